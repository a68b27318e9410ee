//! Pausing a program, letting it go on, stopping it.

use program::Period;
use serde::{Deserialize, Serialize};

use super::ProgramSummary;

/// What a program has set aside while it was paused or stopped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Held {
    /// Tokens that fell due.
    pub tokens: u64,
    /// Messages that were to be handed over.
    pub messages: u64,
    /// Tokens that a stop took out, whether they were due or not.
    pub ejected: u64,
    /// Calls of other people's servers that were to be made.
    #[serde(default)]
    pub calls: u64,
}

/// What `POST …/pause` did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Paused {
    /// The program, now paused.
    #[serde(flatten)]
    pub summary: ProgramSummary,
    /// Mails whose hand-over had begun before; they come to their end. No other mail goes out.
    pub handing_over: u64,
}

/// What `POST …/stop` did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Stopped {
    /// The program, now stopped.
    #[serde(flatten)]
    pub summary: ProgramSummary,
    /// Tokens that were taken out by this call.
    pub ejected: u64,
    /// Mails whose hand-over had begun before; they come to their end. No other mail goes out.
    pub handing_over: u64,
}

/// Body of `POST …/resume`; all of it may be left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Resume {
    /// What becomes of what fell due meanwhile; without it, all of it runs.
    #[serde(default)]
    pub catch_up: CatchUp,
}

/// What becomes of what fell due while a program was paused or stopped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "rule", rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum CatchUp {
    /// All of it now, what was due first goes first.
    #[default]
    Run,
    /// What was due longer ago than this ends there; the rest runs.
    Skip {
        /// Such as `3d`, counted from now.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        older_than: Period,
    },
    /// Evenly over this time from now, what was due first goes first.
    Spread {
        /// Such as `6h`.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        over: Period,
    },
}

/// What `POST …/resume` did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Resumed {
    /// The program, now live.
    #[serde(flatten)]
    pub summary: ProgramSummary,
    /// What became of what was set aside.
    pub caught_up: CaughtUp,
}

/// How much of what was set aside came back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CaughtUp {
    /// Tokens that go on, now or spread over a time.
    pub tokens: u64,
    /// Tokens that a stop had taken out and that wait on: they are not due yet.
    pub waiting: u64,
    /// Messages that go on, now or spread over a time.
    pub messages: u64,
    /// Calls of other people's servers that go on, now or spread over a time.
    #[serde(default)]
    pub calls: u64,
    /// Tokens that ended, because they were due too long ago.
    pub skipped_tokens: u64,
    /// Messages that are not sent, for the same reason.
    pub skipped_messages: u64,
    /// Calls that are not made, for the same reason.
    #[serde(default)]
    pub skipped_calls: u64,
    /// There was more than one call brings back; it goes on by itself.
    pub more: bool,
}
