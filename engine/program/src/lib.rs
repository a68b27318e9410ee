//! What a program is and what it does. Pure: no I/O, no clock, no chance; time and ids are arguments.
//!
//! The server, the browser and the tests run the same code: the runner *performs* what a step describes, the simulator
//! *records* it. In reading order:
//!
//! - [`Program`]: nodes and edges, as the file says them; [`Node`] has a [`Kind`].
//! - [`check`]: what is wrong with a program, as a list of [`Problem`]s; [`check_against`] what is [`Known`].
//! - [`Plan`]: a checked program, ready to run; [`Plan::run`] carries a token as far as it goes.
//! - [`Outcome`]: what one step decides, with its [`Reason`]; [`TraceStep`]: what happened to a token.
//! - [`simulate`]: events in virtual time.
//!
//! ```
//! use program::{EventType, Facts, Place, Plan, Program};
//!
//! let program = Program::parse("
//! stafette: 1
//! name: welcome
//! title: Welcome
//! nodes:
//!   joined: { kind: entry, event: user.joined, next: hello }
//!   hello: { kind: send_mail, stream: welcome }
//! ").unwrap();
//! let plan = Plan::new(program).unwrap();
//! let joined = EventType::new("user.joined").unwrap();
//! let (node, _) = plan.entries(&joined).next().unwrap();
//! let now = "2026-03-01T09:00:00Z".parse().unwrap();
//! let run = plan.run(&Place::entry(node.clone()), &mut Facts::default(), now);
//! assert_eq!(run.steps.len(), 2);
//! ```

mod answer;
pub mod brief;
mod calendar;
mod check;
mod compare;
mod contract;
mod diff;
mod drawing;
mod edit;
mod expr;
mod field;
pub mod file;
mod finding;
mod fix;
mod graph;
mod history;
mod ids;
mod known;
mod merge;
mod near;
pub mod node;
mod outcome;
mod own;
mod period;
mod plan;
mod port;
mod problem;
mod promotional;
mod reason;
mod same;
mod seen;
mod sentence;
mod shape;
mod simulate;
mod stream;
mod trace;
mod value_kinds;
mod weight;

pub use answer::Answer;
pub use calendar::{CalendarError, Hours, LocalTime, WEEKDAYS, Weekdays, Zone};
pub use check::{Sender, check, check_against, senders};
pub use compare::{Difference, compare};
pub use contract::{Contract, ContractMode, Rule, Violation};
pub use diff::{Change, FieldDiff, NodeDiff, diff};
pub use drawing::{Note, Places, Spot};
pub(crate) use edit::json_bytes;
pub use edit::{Edit, EditKind, MAX_CONTACT, RESERVED, attribute_bytes};
pub use expr::{
    Awaited, Budget, Came, Clause, Expr, ExprError, Facts, Fault, Items, Join, Looked, Operand, Path, Reference, Root,
    Row, Rows, Scope, Step, Subject, Test, Unshown, Which, quoted,
};
pub use field::{Field, Input};
pub use file::FileError;
pub use finding::Finding;
pub use fix::Fix;
pub use graph::{Node, Program};
pub use history::CountFact;
pub use ids::{
    CallId, ContactId, EventId, EventType, KeyId, MessageId, NameError, NodeId, ProgramId, ProgramName, StreamId,
    StreamName, TokenId, UserId, VersionId, WorkspaceId,
};
pub use known::{Known, KnownEvent, KnownField, KnownProgram, KnownStream};
pub use merge::{Change as MergeChange, Merged, Side, Whose, merge};
pub use node::{Family, Kind, NodeKind, Rest};
pub use outcome::{Effect, Next, Outcome, Phase, Purpose};
pub use period::{Period, PeriodError};
pub use plan::{End, Needs, Place, Plan, Run};
pub use port::Port;
pub use problem::{Problem, Severity};
pub use reason::Reason;
pub use same::same_data;
pub use seen::{SHARED, SeenField, SeenRoom, SeenType};
pub use sentence::{At, Count, Names, Suggestion, Window};
pub use shape::{MOST_FIELDS, Shape, ValueKind};
pub use simulate::{MOST_CAME, SimEvent, SimRun, numbered, numbered_event, simulate, simulate_while};
pub use stream::{Attachments, Mailbox, PerClass, Stream, StreamClass, UnknownOutcome};
pub use trace::{Action, TraceStep};
pub use value_kinds::Kinds;
pub use weight::{Scales, weight};

/// A point in time, in UTC, to the millisecond.
pub type Time = chrono::DateTime<chrono::Utc>;

/// A JSON object: contact attributes, event data.
pub type Object = serde_json::Map<String, serde_json::Value>;
