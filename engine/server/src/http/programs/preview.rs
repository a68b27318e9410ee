//! What publishing a draft would do.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use api::programs::{Change, ChoiceName, FieldChange, NodeChange, PreviewPublish, PublishPreview};
use axum::extract::State;
use program::{Finding, NodeDiff, NodeId, Problem, Program, VersionId, WorkspaceId};
use store::Standing;

use crate::{
    App,
    access::Caller,
    drafts,
    http::{
        error::ApiResult,
        extract::{Json, Path},
        names,
    },
    rehearsal::Rehearsal,
};

/// What publishing the draft would do: its problems, each node that would be added, removed or changed, and how many
/// tokens of older versions stand there, with what may be chosen for them. Nothing is written.
#[utoipa::path(post, path = api::path::PROGRAM_PUBLISH_PREVIEW, tag = "programs", request_body = PreviewPublish,
    params(("program" = String, Path, description = "Its name.")),
    responses((status = 200, body = PublishPreview), (status = 404, description = "No such program."),
        (status = 409, description = "`draft_changed`: somebody else saved it.")))]
pub async fn preview_publish(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
    Json(form): Json<PreviewPublish>,
) -> ApiResult<axum::Json<PublishPreview>> {
    let workspace = caller.workspace;
    let row = names::find(&app, workspace, &name).await?;
    let draft = drafts::seen(&app.store, workspace, row.id, form.revision).await?;
    let live = match &row.current {
        Some(version) => Some(names::body(&app, workspace, version.id).await?),
        None => None,
    };
    // A draft that is the latest version already becomes no new one, and those inside it stand on no older one.
    let same = row.latest.number > 0 && *names::body(&app, workspace, row.latest.id).await? == draft.body;
    let standing = app.store.standing(workspace, row.id).await?;
    let inside = standing.iter().map(|place| place.tokens - place.failed).sum();
    let older: Vec<_> = standing.into_iter().filter(|place| !same || place.version != row.latest.id).collect();
    let mut versions = HashMap::new();
    for place in &older {
        versions.insert(place.version, names::body(&app, workspace, place.version).await?);
    }
    let version = row.latest.number + u32::from(!same);
    let changes = changes(live.as_deref(), &draft.body, &older, &versions);
    let mut problems = drafts::problems(&app.store, &app.looks, workspace, &draft).await?;
    problems.extend(beyond(&app, workspace, &draft.body).await?);
    Ok(axum::Json(PublishPreview { problems, version, changes, inside }))
}

/// What only a server finds: mails that cannot be written, URLs that it does not call.
pub async fn beyond(app: &App, workspace: WorkspaceId, program: &Program) -> ApiResult<Vec<Problem>> {
    let mut problems = refused(app, program);
    problems.extend(Rehearsal::new(&app.store, app.proofs(), workspace, []).of(program).await?);
    Ok(problems)
}

/// Nodes that call what this installation does not call. Its options say what is let through.
fn refused(app: &App, program: &Program) -> Vec<Problem> {
    let called = program.nodes.iter().filter_map(|(id, node)| Some((id, node.kind.as_kind().calls()?)));
    let refusal = |(id, url): (&NodeId, &str)| {
        let why = app.guard.target(url).err()?.to_string();
        Some(Problem::error("url_refused", Finding::UrlRefused { why }).at(id).field("url"))
    };
    // What is no URL at all was found by the checker.
    called.filter(|(id, _)| program.nodes[*id].kind.as_kind().problems().is_empty()).filter_map(refusal).collect()
}

fn changes(
    live: Option<&Program>,
    draft: &Program,
    older: &[Standing],
    versions: &HashMap<VersionId, Arc<Program>>,
) -> Vec<NodeChange> {
    let mut diffs = program::diff(live, draft);
    // By node, so that a large draft is not looked through for each of them.
    let mut standing: HashMap<&NodeId, Vec<&Standing>> = HashMap::new();
    for place in older {
        standing.entry(&place.node).or_default().push(place);
    }
    let told: HashSet<NodeId> = diffs.iter().map(|diff| diff.node.clone()).collect();
    // Nodes of versions older than the live one, where somebody still stands.
    let mut gone = HashSet::new();
    for place in older {
        if !told.contains(&place.node) && gone.insert(&place.node) {
            let (node, change) = (place.node.clone(), program::Change::Removed);
            diffs.push(NodeDiff { node, change, fields: Vec::new() });
        }
    }
    let change = |diff: NodeDiff| {
        let here = || standing.get(&diff.node).into_iter().flatten();
        let (tokens, failed) = (here().map(|place| place.tokens).sum(), here().map(|place| place.failed).sum());
        let before = here().filter_map(|place| versions.get(&place.version)).map(|version| &**version);
        let retime = other_rest(&diff.node, draft, before.chain(live));
        let choices = match diff.change {
            program::Change::Added if tokens == 0 => Vec::new(),
            _ if retime => vec![ChoiceName::Stay, ChoiceName::Move, ChoiceName::Retime, ChoiceName::Exit],
            _ => vec![ChoiceName::Stay, ChoiceName::Move, ChoiceName::Exit],
        };
        let fields = diff.fields.into_iter();
        let fields = fields.map(|field| FieldChange { field: field.field, from: field.from, to: field.to }).collect();
        NodeChange { node: diff.node.to_string(), change: word(diff.change), fields, tokens, failed, choices }
    };
    diffs.into_iter().map(change).collect()
}

/// Whether a wait ends sooner or later than it did in one of these.
fn other_rest<'a>(node: &NodeId, draft: &Program, mut before: impl Iterator<Item = &'a Program>) -> bool {
    let Some(rest) = draft.rest(node) else { return false };
    let later = |version: &Program| rest.later_than(version.rest(node)?);
    before.any(|version| later(version).is_some_and(|later| !later.is_zero()))
}

fn word(change: program::Change) -> Change {
    match change {
        program::Change::Added => Change::Added,
        program::Change::Removed => Change::Removed,
        program::Change::Changed => Change::Changed,
        program::Change::Unchanged => Change::Unchanged,
    }
}
