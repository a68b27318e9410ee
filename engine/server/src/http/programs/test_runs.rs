//! Test runs as they travel.

use api::programs::{TestRun, TestRunSummary};
use program::WorkspaceId;
use store::{ContactFilter, Paging, TokenFilter};
use uuid::Uuid;

use crate::{
    App,
    http::{contacts::list::contact, error::ApiResult, names, tokens},
    test_runs::MOST_CONTACTS,
};

/// The most tokens that are told of one run.
const MOST_TOKENS: u32 = 50;

/// The run of a path.
pub async fn find(app: &App, workspace: WorkspaceId, program: &str, run: Uuid) -> ApiResult<store::TestRun> {
    let row = names::find(app, workspace, program).await?;
    Ok(app.store.test_run(workspace, row.id, WorkspaceId(run)).await?)
}

/// A run as it travels, with all that happened in it.
pub async fn shown(app: &App, run: store::TestRun) -> ApiResult<TestRun> {
    let all = |limit| Paging { after: None, limit };
    let people = app.store.contacts(run.id, &ContactFilter::default(), &all(MOST_CONTACTS as u32)).await?;
    let mut tokens = Vec::new();
    for token in app.store.tokens(run.id, &TokenFilter::default(), &all(MOST_TOKENS)).await?.items {
        tokens.push(tokens::get::detail(app, run.id, token).await?);
    }
    tokens.reverse();
    Ok(TestRun { contacts: people.items.into_iter().map(contact).collect(), tokens, summary: summary(run) })
}

/// A run in a list.
pub fn summary(run: store::TestRun) -> TestRunSummary {
    let store::TestRun { id, revision, event, data, started_at, started_by, .. } = run;
    TestRunSummary { id: id.uuid(), revision, event: event.to_string(), data, started_at, started_by }
}
