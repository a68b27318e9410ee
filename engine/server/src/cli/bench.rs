//! `stafette bench`: what the crate `bench` measures. It stands below the server, so this starts one for it.

use std::io;

use ::bench::{BenchError, Host, Later, Site};
use program::KeyId;
use runner::Clock;
use store::NewKey;

use super::{Done, Failure};
use crate::{
    WebApp,
    access::key::{KeyText, Scope},
    config::{Config, Database, Http, Ingest, Mail, Place},
};

/// Runs a bench and prints its report.
pub(super) async fn run(options: ::bench::Bench) -> Done {
    ::bench::run(options, start, &mut io::stdout()).await.map_err(|error| Failure(error.to_string()))
}

fn start(site: Site) -> Later<Result<Host, BenchError>> {
    Box::pin(async move {
        let Site { store, database_url, folder, smtp, workspace } = site;
        let database = Database { database_url: Some(database_url), ..Database::default() };
        let place = Place { data: Some(folder), database };
        let http = Http { listen: Some("127.0.0.1:0".into()), ..Http::default() };
        // All events come from one address.
        let ingest = Ingest { rate_limit: Some(0), ..Ingest::default() };
        let mail = Mail { smtp, ..Mail::default() };
        let config = Config { place, http, ingest, mail, ..Config::default() };
        let server = crate::serve(config, WebApp::NONE).await?;
        let clock = Clock::system();
        let text = KeyText::draw(KeyId(clock.uuid()));
        let key = NewKey {
            id: text.id,
            name: "bench".into(),
            scopes: vec![Scope::EventsWrite.name().into()],
            digest: text.digest(),
            expires_at: None,
        };
        store.create_key(workspace, &key, clock.now()).await?;
        let events = format!("http://{}{}", server.addr, api::path::EVENTS);
        Ok(Host { events, key: text.reveal(), stop: Box::pin(server.shutdown()) })
    })
}
