//! THE table of routes: each with who may call it. Nothing else decides that.

use axum::{extract::DefaultBodyLimit, http::Method};
use utoipa_axum::{
    router::{UtoipaMethodRouter, UtoipaMethodRouterExt as _},
    routes,
};

use super::{
    answers, audit, contacts, dead_letters, events, inbox, keys, live, messages, methods, programs, queues, session,
    streams, system, tokens, webhooks,
};
use crate::{
    App,
    access::Right::{self, Administer, Operate, Read, SendEvents, WriteDefinitions},
};

use self::Access::{May, Metrics, Open, Watched};

/// Who may call a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everybody; it checks for itself what must be checked.
    Open,
    /// Everybody: machines that watch this one. Every role answers it.
    Watched,
    /// As with [`Right::Read`], but this machine and, if so configured, everybody may ask. Every role answers it.
    Metrics,
    /// Who has this right.
    May(Right),
}

impl Access {
    /// The right that it asks for.
    pub fn right(self) -> Option<Right> {
        match self {
            Open | Watched => None,
            Metrics => Some(Read),
            May(right) => Some(right),
        }
    }
}

/// One operation of the interface.
#[derive(Clone, Debug)]
pub struct Operation {
    /// Its id in the OpenAPI document.
    pub id: String,
    /// Its method.
    pub method: Method,
    /// Its path, with parameters in braces.
    pub path: String,
    /// Who may call it.
    pub access: Access,
}

/// All of them.
pub fn operations() -> Vec<Operation> {
    let mut all = Vec::new();
    for (access, (_, paths, _)) in table() {
        for (path, item) in paths.paths {
            let of = |(method, id)| Operation { id, method, path: path.clone(), access };
            all.extend(methods::ids(&item).map(of));
        }
    }
    all
}

/// A route that takes files, as an event brings them.
fn files(routes: UtoipaMethodRouter<App>) -> UtoipaMethodRouter<App> {
    routes.layer(DefaultBodyLimit::max(events::create::MAX_BODY))
}

/// Every route with who may call it.
pub(super) fn table() -> Vec<(Access, UtoipaMethodRouter<App>)> {
    vec![
        (Open, routes!(answers::show::show_question, answers::give::give_answer)),
        (Open, routes!(session::get::get_session, session::create::create_session)),
        (Open, routes!(session::setup::create_first_user)),
        (Open, routes!(system::openapi::get_openapi)),
        (Watched, routes!(system::health::get_health)),
        (Watched, routes!(system::ready::get_ready)),
        (Metrics, routes!(system::metrics::get_metrics)),
        (May(SendEvents), files(routes!(events::create::create_events))),
        (May(Read), routes!(contacts::list::list_contacts)),
        (May(Read), routes!(contacts::get::get_contact)),
        (May(Read), routes!(contacts::timeline::get_timeline)),
        (May(Read), routes!(dead_letters::list::list_dead_letters)),
        (May(Read), routes!(events::list::list_events)),
        (May(Read), routes!(events::get::get_event)),
        (May(Read), routes!(events::types::list_event_types)),
        (May(Read), routes!(events::get_contract::get_contract)),
        (May(Read), routes!(inbox::list::list_mails)),
        (May(Read), routes!(inbox::get::get_mail)),
        (May(Read), routes!(inbox::html::get_mail_html)),
        (May(Read), routes!(inbox::source::get_mail_source)),
        (May(Read), routes!(live::get_live)),
        (May(Read), routes!(messages::list::list_messages)),
        (May(Read), routes!(messages::get::get_message)),
        (May(Read), routes!(programs::list::list_programs)),
        (May(Read), routes!(programs::get::get_program)),
        (May(Read), routes!(programs::check::check_program)),
        (May(Read), routes!(programs::counts::get_counts)),
        (May(Read), routes!(programs::draft::get_draft)),
        (May(Read), routes!(programs::draft_problems::get_draft_problems)),
        (May(Read), routes!(programs::start_dry_run::start_dry_run)),
        (May(Read), routes!(programs::get_dry_run::get_dry_run, programs::cancel_dry_run::cancel_dry_run)),
        (May(Read), routes!(programs::list_test_runs::list_test_runs)),
        (May(Read), routes!(programs::get_test_run::get_test_run)),
        (May(Read), routes!(programs::known::get_known)),
        (May(Read), routes!(programs::preview::preview_publish)),
        (May(Read), routes!(programs::compare::compare_program)),
        (May(Read), routes!(programs::versions::list_versions)),
        (May(Read), routes!(programs::version::get_version)),
        (May(Read), routes!(programs::visits::list_visits)),
        (May(Read), routes!(queues::list::list_queues)),
        (May(Read), routes!(session::delete::delete_session)),
        (May(Read), routes!(streams::list::list_streams)),
        (May(Read), routes!(streams::get::get_stream)),
        (May(Read), routes!(streams::preview::preview_mail)),
        (May(Read), routes!(streams::preview_html::preview_mail_html)),
        (May(Read), routes!(tokens::list::list_tokens)),
        (May(Read), routes!(tokens::get::get_token)),
        (May(WriteDefinitions), routes!(events::put_contract::put_contract, events::delete_contract::delete_contract)),
        (May(WriteDefinitions), routes!(programs::create::create_program)),
        (May(WriteDefinitions), routes!(programs::archive::archive_program)),
        (May(WriteDefinitions), routes!(programs::duplicate::duplicate_program)),
        (May(WriteDefinitions), routes!(programs::publish::publish_program)),
        (May(WriteDefinitions), routes!(programs::reset_draft::reset_draft)),
        (May(WriteDefinitions), routes!(programs::save_draft::save_draft)),
        (May(WriteDefinitions), routes!(programs::unarchive::unarchive_program)),
        (May(WriteDefinitions), routes!(programs::undo::undo_publication)),
        (May(WriteDefinitions), routes!(streams::create::create_stream)),
        (May(Operate), files(routes!(programs::start_test_run::start_test_run))),
        (May(Operate), routes!(contacts::mark_test::mark_test_contact)),
        (May(Operate), routes!(dead_letters::replay::replay_dead_letters)),
        (May(Operate), routes!(messages::resolve::resolve_messages)),
        (May(Operate), routes!(programs::finish::finish_program)),
        (May(Operate), routes!(programs::pause::pause_program)),
        (May(Operate), routes!(programs::skip_wait::skip_wait)),
        (May(Operate), routes!(programs::clear_test_run::clear_test_run)),
        (May(Operate), routes!(programs::resume::resume_program)),
        (May(Operate), routes!(programs::stop::stop_program)),
        (May(Operate), routes!(queues::flush::flush_queue)),
        (May(Operate), routes!(queues::hold::hold_queue)),
        (May(Operate), routes!(queues::release::release_queue)),
        (May(Administer), routes!(audit::list::list_audit)),
        (May(Administer), routes!(keys::list::list_keys, keys::create::create_key)),
        (May(Administer), routes!(keys::revoke::revoke_key)),
        (May(Administer), routes!(webhooks::secret::get_webhook_secret)),
    ]
}
