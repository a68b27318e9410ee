//! The path of each call, in one place for server, web app and tests. `{…}` are path parameters.

/// Every call below is under this prefix.
pub const V1: &str = "/api/v1";
/// POST [`crate::events::EventIn`] or up to 1,000 of them; GET the list.
pub const EVENTS: &str = "/api/v1/events";
/// GET one event, with what it started.
pub const EVENT: &str = "/api/v1/events/{event}";
/// GET the known event types.
pub const EVENT_TYPES: &str = "/api/v1/event-types";
/// GET the contract of an event type, and what stood against it; PUT [`crate::events::PutContract`]; DELETE.
pub const EVENT_CONTRACT: &str = "/api/v1/event-types/{event_type}/contract";
/// GET the list of programs; POST a program file to make or change one.
pub const PROGRAMS: &str = "/api/v1/programs";
/// GET one program by name.
pub const PROGRAM: &str = "/api/v1/programs/{program}";
/// POST: all that falls due is held; contacts go on entering.
pub const PROGRAM_PAUSE: &str = "/api/v1/programs/{program}/pause";
/// POST [`crate::programs::Resume`]: it goes on, and what was held comes back by a rule.
pub const PROGRAM_RESUME: &str = "/api/v1/programs/{program}/resume";
/// POST: nobody enters, those inside run out.
pub const PROGRAM_FINISH: &str = "/api/v1/programs/{program}/finish";
/// POST: nobody enters, those inside are taken out.
pub const PROGRAM_STOP: &str = "/api/v1/programs/{program}/stop";
/// GET what the installation knows beside a program: streams, events, attributes, other programs.
pub const PROGRAM_KNOWN: &str = "/api/v1/programs/{program}/known";
/// GET the immutable versions.
pub const PROGRAM_VERSIONS: &str = "/api/v1/programs/{program}/versions";
/// GET one version by its number.
pub const PROGRAM_VERSION: &str = "/api/v1/programs/{program}/versions/{number}";
/// GET the counts of each node.
pub const PROGRAM_COUNTS: &str = "/api/v1/programs/{program}/counts";
/// GET who came by a node.
pub const PROGRAM_VISITS: &str = "/api/v1/programs/{program}/visits";
/// `GET`: what differs between two states of a program.
pub const PROGRAM_COMPARE: &str = "/api/v1/programs/{program}/compare";
/// GET the draft; PUT [`crate::programs::SaveDraft`]; DELETE: back to the live version.
pub const PROGRAM_DRAFT: &str = "/api/v1/programs/{program}/draft";
/// GET: what only a server finds in the draft.
pub const PROGRAM_DRAFT_PROBLEMS: &str = "/api/v1/programs/{program}/draft/problems";
/// POST [`crate::documents::Duplicate`]: a draft under another name.
pub const PROGRAM_DUPLICATE: &str = "/api/v1/programs/{program}/duplicate";
/// POST: put it away.
pub const PROGRAM_ARCHIVE: &str = "/api/v1/programs/{program}/archive";
/// POST: take it out of the archive.
pub const PROGRAM_UNARCHIVE: &str = "/api/v1/programs/{program}/unarchive";
/// POST [`crate::programs::PreviewPublish`]: what publishing the draft would do.
pub const PROGRAM_PUBLISH_PREVIEW: &str = "/api/v1/programs/{program}/publish/preview";
/// POST [`crate::programs::Publish`]: the draft goes live.
pub const PROGRAM_PUBLISH: &str = "/api/v1/programs/{program}/publish";
/// POST [`crate::programs::UndoPublish`]: the former version is live again.
pub const PROGRAM_PUBLISH_UNDO: &str = "/api/v1/programs/{program}/publish/undo";
/// POST [`crate::programs::StartDryRun`]: a draft on the events of the last days, without sending.
pub const PROGRAM_DRY_RUNS: &str = "/api/v1/programs/{program}/dry-run";
/// GET how far it is and what came of it; DELETE: cancel.
pub const PROGRAM_DRY_RUN: &str = "/api/v1/programs/{program}/dry-run/{run}";
/// POST [`crate::programs::StartTestRun`]: an event through the real runner, to test contacts only; GET the runs.
pub const PROGRAM_TEST_RUNS: &str = "/api/v1/programs/{program}/test-runs";
/// GET a run, with all that happened in it; DELETE: clear it.
pub const PROGRAM_TEST_RUN: &str = "/api/v1/programs/{program}/test-runs/{run}";
/// POST [`crate::programs::SkipWaits`]: its waits end now.
pub const PROGRAM_TEST_RUN_SKIP: &str = "/api/v1/programs/{program}/test-runs/{run}/skip-wait";
/// POST a program file: what is wrong with it.
pub const PROGRAM_CHECK: &str = "/api/v1/programs/check";
/// GET the list of streams; POST a stream file to make or change one.
pub const STREAMS: &str = "/api/v1/streams";
/// GET one stream by name.
pub const STREAM: &str = "/api/v1/streams/{stream}";
/// POST [`crate::streams::PreviewMail`]: the mail that a contact would get, without sending it.
pub const STREAM_PREVIEW: &str = "/api/v1/streams/{stream}/preview";
/// POST a form with such a mail as JSON: its HTML part as a sandboxed page of its own.
pub const STREAM_PREVIEW_HTML: &str = "/api/v1/streams/{stream}/preview/html";
/// GET the list of contacts.
pub const CONTACTS: &str = "/api/v1/contacts";
/// GET one contact.
pub const CONTACT: &str = "/api/v1/contacts/{contact}";
/// PUT [`crate::contacts::MarkTest`]: whether it is a test contact.
pub const CONTACT_TEST: &str = "/api/v1/contacts/{contact}/test";
/// GET what happened to a contact, with the reason of each step.
pub const CONTACT_TIMELINE: &str = "/api/v1/contacts/{contact}/timeline";
/// GET the list of tokens.
pub const TOKENS: &str = "/api/v1/tokens";
/// GET one token with its trace.
pub const TOKEN: &str = "/api/v1/tokens/{token}";
/// GET the list of messages.
pub const MESSAGES: &str = "/api/v1/messages";
/// GET one message.
pub const MESSAGE: &str = "/api/v1/messages/{message}";
/// POST [`crate::messages::Resolve`]: decide messages whose outcome is unknown.
pub const MESSAGES_RESOLVE: &str = "/api/v1/messages/resolve";
/// GET what cannot go on by itself.
pub const DEAD_LETTERS: &str = "/api/v1/dead-letters";
/// GET the secret that signs calls of other people's servers.
pub const WEBHOOK_SECRET: &str = "/api/v1/webhooks/secret";
/// POST [`crate::messages::Replay`]: try again.
pub const DEAD_LETTERS_REPLAY: &str = "/api/v1/dead-letters/replay";
/// GET the queues of mails and of calls, and how the relays and hosts stand that they lead to.
pub const QUEUES: &str = "/api/v1/queues";
/// POST: what waits for another try is tried at once.
pub const QUEUE_FLUSH: &str = "/api/v1/queues/{queue}/flush";
/// POST: nothing of it is handed over any more.
pub const QUEUE_HOLD: &str = "/api/v1/queues/{queue}/hold";
/// POST: it is handed over again.
pub const QUEUE_RELEASE: &str = "/api/v1/queues/{queue}/release";
/// GET the mails in the built-in inbox.
pub const INBOX: &str = "/api/v1/inbox";
/// GET one mail, parsed.
pub const INBOX_MAIL: &str = "/api/v1/inbox/{mail}";
/// GET the HTML part as a sandboxed page of its own.
pub const INBOX_MAIL_HTML: &str = "/api/v1/inbox/{mail}/html";
/// GET the mail as it would have gone over the wire.
pub const INBOX_MAIL_SOURCE: &str = "/api/v1/inbox/{mail}/source";
/// GET a stream of server-sent events, each a [`crate::live::FeedItem`].
pub const LIVE: &str = "/api/v1/live";
/// GET the list of keys; POST to create one.
pub const KEYS: &str = "/api/v1/keys";
/// DELETE: revoke a key.
pub const KEY: &str = "/api/v1/keys/{key}";
/// GET who is signed in; POST to sign in; DELETE to sign out.
pub const SESSION: &str = "/api/v1/session";
/// POST: make the first user by the one-time link.
pub const SETUP: &str = "/api/v1/setup";
/// GET the OpenAPI 3.1 document.
pub const OPENAPI: &str = "/api/v1/openapi.json";
/// GET who changed what.
pub const AUDIT: &str = "/api/v1/audit";
