//! A program tried by the real runner: to test contacts only, and apart from everything else.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Object, contacts::Contact, events::AttachmentIn, tokens::TokenDetail};

/// What is to be tried, and on whom.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StartTestRun {
    /// Revision of the draft that is tried; the live version where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<u64>,
    /// Test contacts, 1 to 10. Their mails are really sent.
    pub contacts: Vec<Uuid>,
    /// What happens to each of them.
    pub event: TestEvent,
}

/// The event of a test run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TestEvent {
    /// One that enters the program.
    #[serde(rename = "type")]
    pub kind: String,
    /// The payload; at most 1 MB.
    #[serde(default)]
    pub data: Object,
    /// Files for mails that attach them; at most 10, together 10 MB.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<AttachmentIn>,
}

/// A test run in a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TestRunSummary {
    /// Id; also in the header `X-Stafette-Test-Run` of its mails.
    pub id: Uuid,
    /// Revision of the draft that is tried; absent for the live version.
    pub revision: Option<u64>,
    /// Type of the event that was sent.
    pub event: String,
    /// Its payload.
    pub data: Object,
    /// When it was sent.
    pub started_at: DateTime<Utc>,
    /// By whom, if that is known.
    pub started_by: Option<String>,
}

/// A test run, with all that happened in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TestRun {
    /// As in the list.
    #[serde(flatten)]
    pub summary: TestRunSummary,
    /// Whom it may send to, as they were when it began.
    pub contacts: Vec<Contact>,
    /// What entered, oldest first; none where a filter keeps the event out.
    pub tokens: Vec<TokenDetail>,
}

/// Waits that are to end now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SkipWaits {
    /// Tokens of the run; all of them where absent. Those that do not wait stay as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<Vec<Uuid>>,
}
