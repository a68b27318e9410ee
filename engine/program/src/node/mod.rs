//! Node kinds: the contract, and THE list. A kind is one file here plus one line in the list; what it is
//! called and looks like in the web app stands there. CONTRIBUTING.md lists all of it.

use chrono::TimeDelta;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::{
    CountFact, Expr, Facts, Field, Finding, Input, NodeId, Outcome, Period, Phase, Port, Problem, Reason, Scope,
    StreamName, Time,
    file::{self, PathError},
};

mod again;
mod awaits;
mod max_age;
mod way_in;

pub use again::Again;
pub use awaits::Awaits;
pub use max_age::MaxAge;
pub use split::WAYS;
pub use update_contact::{ContactChange, Given};
pub use way_in::WayIn;

/// What every node kind can say and do.
pub trait NodeKind {
    /// Its name on screen, in English; the web app translates by tag.
    fn title(&self) -> &'static str;
    /// Which colour and palette group it has.
    fn family(&self) -> Family;
    /// Its ways out, in the order in which they are drawn.
    fn ports(&self) -> &'static [Port];
    /// Its form.
    fn fields(&self) -> &'static [Field];
    /// What is wrong with its fields. Their place is filled in by the checker.
    fn problems(&self) -> Vec<Problem> {
        Vec::new()
    }
    /// The stream that it sends through, as its field `stream` says, if it sends.
    fn stream(&self) -> Option<&StreamName> {
        None
    }
    /// The way in that it is, as its fields `event` and `again` say, if it is one.
    fn way_in(&self) -> Option<WayIn<'_>> {
        None
    }
    /// The expressions in its fields.
    fn exprs(&self) -> Vec<Asked<'_>> {
        Vec::new()
    }
    /// How long tokens rest here, if they do.
    fn rest(&self) -> Option<Rest> {
        None
    }
    /// The event that tokens wait for here, as its fields `event` and `as` say, if they do.
    fn awaits(&self) -> Option<Awaits<'_>> {
        None
    }
    /// Whether tokens wait here for what its expressions look at to change.
    fn watches(&self) -> bool {
        false
    }
    /// Whether it changes what is known of contacts ([`Effect::UpdateContact`](crate::Effect::UpdateContact)).
    fn edits_contact(&self) -> bool {
        false
    }
    /// The events that it brings about when contacts answer.
    fn emits(&self) -> &'static [&'static str] {
        &[]
    }
    /// The URL that it calls, if it calls somebody's server. What it says there is about contact and event.
    fn calls(&self) -> Option<&str> {
        None
    }
    /// The way on while it is disabled; none ends the run.
    fn skipped(&self) -> Option<&Port> {
        self.ports().last()
    }
    /// For how long contacts can answer, as its field `valid` says; none: for ever, or they are asked nothing.
    fn valid(&self) -> Option<Period> {
        None
    }
    /// One step of one token. An error parks the token with this reason.
    fn step(&self, visit: &Visit<'_>) -> Result<Outcome, Reason>;
}

/// One token at one node.
#[derive(Clone, Copy, Debug)]
pub struct Visit<'a> {
    /// Where it stands.
    pub node: &'a NodeId,
    /// The time of the step.
    pub now: Time,
    /// Whether the token has just arrived, or its wait is over.
    pub phase: Phase,
    /// What the step may know.
    pub facts: &'a Facts,
}

/// An expression of a node.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Asked<'a> {
    /// The field that holds it.
    pub field: &'static str,
    /// What is asked.
    pub expr: &'a Expr,
    /// Of what.
    pub scope: Scope,
    /// What it must give.
    pub gives: Gives,
}

/// What an expression of a node must give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gives {
    /// Yes or no.
    Answer,
    /// A value of any kind.
    Value,
}

/// How long tokens rest at a node.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rest {
    /// So long after they came: nobody goes on at once.
    For(Period),
    /// So long after they came at most: something may end it, and where a node watches, they may go on at once.
    UpTo(Period),
    /// Until then, all of them.
    Until(Time),
    /// Until the next of times that come again and again.
    Window,
    /// Until somebody's server has answered, or was tried for too long.
    Answer,
}

impl Rest {
    /// How much later this rest ends than another one would have; none where that depends on who rests.
    pub fn later_than(self, was: Self) -> Option<TimeDelta> {
        match (was, self) {
            (Self::For(was), Self::For(is)) | (Self::UpTo(was), Self::UpTo(is)) => Some(is.delta() - was.delta()),
            (Self::Until(was), Self::Until(is)) => Some(is - was),
            _ => None,
        }
    }
}

/// Families of kinds, in the order in which they are offered; each has a colour (`--k-entry` …).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// Ways in.
    Entry,
    /// Mail to the contact.
    Message,
    /// Waiting.
    Time,
    /// Branches.
    Decision,
    /// What concerns the contact's standing.
    Contact,
    /// Ways out.
    Exit,
}

macro_rules! kinds {
    ($($tag:ident: $kind:ident,)*) => {
        $(mod $tag; pub use $tag::$kind;)*

        /// Every kind of node.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Kind {
            $(#[doc = concat!("See [`", stringify!($kind), "`].")] $kind($kind),)*
        }

        impl Kind {
    /// What the editor begins a program with.
    pub fn way_in() -> Self {
        Entry::default().into()
    }

    /// What it ends one with.
    pub fn end() -> Self {
        Exit::default().into()
    }

    /// What it puts between two steps that are too close together.
    pub fn pause(duration: Period) -> Self {
        Wait { duration }.into()
    }

            /// The tags of all kinds, in alphabetical order.
            pub fn tags() -> &'static [&'static str] {
                &[$(stringify!($tag)),*]
            }

            /// Its name in files. Not a question of the contract: who only writes a program need not carry what its
            /// kinds can do.
            pub fn tag(&self) -> &'static str {
                match self { $(Self::$kind(_) => stringify!($tag),)* }
            }

            /// Its family. As with the tag: who draws an icon need not carry the contract.
            pub fn family(&self) -> Family {
                match self { $(Self::$kind(kind) => NodeKind::family(kind),)* }
            }

            /// The kind behind its contract.
            pub fn as_kind(&self) -> &dyn NodeKind {
                match self { $(Self::$kind(kind) => kind,)* }
            }

            /// A blank one of each kind, for the palette.
            pub fn blanks() -> Vec<Self> {
                vec![$(Self::$kind($kind::default())),*]
            }

            /// The names that files may give the fields of each.
            #[cfg(test)]
            fn names() -> Vec<&'static [&'static str]> {
                vec![$(tests::names::<$kind>()),*]
            }

            pub(crate) fn from_fields(tag: &str, fields: Value, path: &str) -> Result<Self, PathError> {
                match tag {
                    $(stringify!($tag) => file::typed(fields, path).map(Self::$kind),)*
                    _ => Err(PathError {
                        path: format!("{path}.kind"),
                        message: format!("kind \"{tag}\" is not known; kinds are {}", Self::tags().join(", ")),
                    }),
                }
            }

            pub(crate) fn to_fields(&self) -> Map<String, Value> {
                let value = match self { $(Self::$kind(kind) => serde_json::to_value(kind),)* };
                match value {
                    Ok(Value::Object(fields)) => fields,
                    // Kinds are structs of plain fields, so this arm is never taken.
                    _ => Map::new(),
                }
            }
        }

        $(impl From<$kind> for Kind {
            fn from(kind: $kind) -> Self {
                Self::$kind(kind)
            }
        })*
    };
}

kinds! {
    call_webhook: CallWebhook,
    condition: Condition,
    entry: Entry,
    exit: Exit,
    loyalty_invite: LoyaltyInvite,
    send_mail: SendMail,
    split: Split,
    survey: Survey,
    update_contact: UpdateContact,
    wait: Wait,
    wait_for_condition: WaitForCondition,
    wait_for_event: WaitForEvent,
    wait_until: WaitUntil,
    wait_window: WaitWindow,
}

impl Kind {
    /// The same kind with another value in a field; null leaves it out. What does not fit is refused in words.
    pub fn with_field(&self, name: &str, value: Value) -> Result<Self, String> {
        let mut fields = self.to_fields();
        match value {
            Value::Null => drop(fields.shift_remove(name)),
            value => drop(fields.insert(name.to_owned(), value)),
        }
        Self::from_fields(self.tag(), Value::Object(fields), "").map_err(|error| error.message)
    }

    /// The value of a field as files have it; none where it is left out.
    pub fn field(&self, name: &str) -> Option<Value> {
        self.to_fields().shift_remove(name)
    }

    /// Whether it is a way in.
    pub fn is_entry(&self) -> bool {
        self.as_kind().way_in().is_some()
    }

    /// The history counts that a step needs.
    pub fn counts(&self) -> impl Iterator<Item = &CountFact> {
        self.as_kind().exprs().into_iter().flat_map(|asked| asked.expr.counts())
    }
}

/// The field of an event's type, for whoever enters or waits by it.
pub(crate) const EVENT: Field = Field {
    name: "event",
    label: "Event",
    help: "The type that the API call names.",
    input: Input::Event,
    required: true,
};

/// The field of the stream that somebody sends through.
pub(crate) const STREAM: Field = Field {
    name: "stream",
    label: "Mail stream",
    help: "The stream holds subject, texts and sender.",
    input: Input::Stream,
    required: true,
};

/// The problem of a stream that is not named yet.
fn missing_stream(stream: &Option<StreamName>) -> Vec<Problem> {
    match stream {
        Some(_) => Vec::new(),
        None => vec![Problem::error("stream_missing", Finding::NoStream).field(STREAM.name)],
    }
}

/// The stream, or why a step cannot be taken.
fn chosen(stream: &Option<StreamName>) -> Result<StreamName, Reason> {
    stream.clone().ok_or_else(|| Reason::Text("the node names no stream".into()))
}

#[cfg(test)]
mod tests;
