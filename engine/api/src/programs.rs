//! Programs, their versions and their live counts.

use chrono::{DateTime, Utc};
use program::{Problem, Program};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

mod draft;
mod dry_run;
mod holding;
mod publish;
mod test_run;

pub use draft::{Draft, SaveDraft};
pub use dry_run::{Branch, Close, DayMails, DryRun, DryRunResult, DryRunState, Figures, StartDryRun};
pub use holding::{CatchUp, CaughtUp, Held, Paused, Resume, Resumed, Stopped};
pub use publish::{
    Change, Choice, ChoiceName, FieldChange, Moved, NodeChange, NodeMove, PreviewPublish, Publish, PublishPreview,
    Published, Returned, UndoPublish, Undone,
};
pub use test_run::{SkipWaits, StartTestRun, TestEvent, TestRun, TestRunSummary};

/// What a program is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ProgramState {
    /// Never published.
    Draft,
    /// Events start tokens.
    Live,
    /// Events start tokens, and all that falls due is held: no step, no mail.
    Paused,
    /// Events start no tokens; those inside run out. Shown as `stopped` once nobody is inside.
    Finishing,
    /// Events start no tokens, and those inside were taken out; `resume` brings them back.
    Stopped,
    /// Put away: events start no tokens; those inside go on.
    Archived,
}

/// One program in a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProgramSummary {
    /// Id.
    pub id: Uuid,
    /// Name in paths and files.
    pub name: String,
    /// Shown to people.
    pub title: String,
    /// What it is for.
    pub description: String,
    /// What it is doing.
    pub state: ProgramState,
    /// Number of the live version; absent where never published.
    pub version: Option<u32>,
    /// Event types that start it.
    pub entry_events: Vec<String>,
    /// Contacts that entered, ever.
    pub entered: u64,
    /// Contacts inside now.
    pub inside: u64,
    /// Parked tokens.
    pub failed: u64,
    /// Last changed.
    pub updated_at: DateTime<Utc>,
}

/// One program with its live graph.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProgramDetail {
    /// As in the list.
    #[serde(flatten)]
    pub summary: ProgramSummary,
    /// What a pause or a stop has set aside.
    #[serde(default)]
    pub held: Held,
    /// The live version, or the newest where none is live.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub program: Program,
    /// What the checker finds in it.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Object>))]
    pub problems: Vec<Problem>,
}

/// What `POST` of a program or stream did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Saved {
    /// Name.
    pub name: String,
    /// Number of the version that now holds it.
    pub version: u32,
    /// False where it was there already.
    pub changed: bool,
    /// What the checker finds; errors are refused, so these are warnings.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Object>))]
    pub problems: Vec<Problem>,
}

/// What the checker finds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Checked {
    /// Errors first.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Object>))]
    pub problems: Vec<Problem>,
}

/// Counts of one node, over all versions: of ever, or of a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NodeCount {
    /// Node.
    pub node: String,
    /// Tokens that came here.
    pub entered: u64,
    /// Tokens that rest here now, whatever the time.
    pub waiting: u64,
    /// Tokens parked here now, whatever the time.
    pub failed: u64,
    /// Tokens that left after they had rested here: they waited, or could not go on at once.
    #[serde(default)]
    pub rested: u64,
    /// How long those were here, in milliseconds, on average; absent where none was.
    #[serde(default)]
    pub dwell: Option<u64>,
    /// Tokens that left, by port; `finished` for those whose run ended here, `moved` for those that a
    /// publication took elsewhere.
    pub left: Vec<PortCount>,
}

/// Tokens that left by one port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PortCount {
    /// Port.
    pub port: String,
    /// How many.
    pub n: u64,
}
