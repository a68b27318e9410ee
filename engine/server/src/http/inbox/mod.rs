//! The built-in inbox: mails that were handed over to nobody. Those of test runs are in no list, but can be read.

pub mod get;
pub mod html;
pub mod list;
pub mod source;

use program::{MessageId, WorkspaceId};
use store::{Error, InboxMailBody};

use super::error::ApiResult;
use crate::app::App;

/// One mail, of a test run of this workspace, too.
async fn find(app: &App, workspace: WorkspaceId, id: MessageId) -> ApiResult<InboxMailBody> {
    let missing = match app.store.inbox_mail(workspace, id).await {
        Err(missing @ Error::NotFound { .. }) => missing,
        found => return Ok(found?),
    };
    let run = app.store.test_run_of(workspace, id).await?.ok_or(missing)?;
    Ok(app.store.inbox_mail(run, id).await?)
}
