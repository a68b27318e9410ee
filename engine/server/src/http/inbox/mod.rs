//! The built-in inbox: mails that were handed over to nobody. Those of test runs are in no list, but can be read.

pub mod get;
pub mod html;
pub mod list;
pub mod source;

use program::{MessageId, WorkspaceId};
use store::{Error, InboxMailBody};

use tokio::sync::{Semaphore, SemaphorePermit};

use super::error::{ApiError, ApiResult};
use crate::App;

/// So many are read at once: one may have 14 MB, and is in memory a few times over meanwhile.
static READING: Semaphore = Semaphore::const_new(2);

/// One mail, of a test run of this workspace, too, with its turn to be read.
async fn find(
    app: &App,
    workspace: WorkspaceId,
    id: MessageId,
) -> ApiResult<(InboxMailBody, SemaphorePermit<'static>)> {
    let turn = READING.acquire().await.map_err(|_| ApiError::Internal("nobody reads mails any more".into()))?;
    let missing = match app.store.inbox_mail(workspace, id).await {
        Err(missing @ Error::NotFound { .. }) => missing,
        found => return Ok((found?, turn)),
    };
    let run = app.store.test_run_of(workspace, id).await?.ok_or(missing)?;
    Ok((app.store.inbox_mail(run, id).await?, turn))
}
