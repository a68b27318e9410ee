//! Who is signed in.

use api::access::Session;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::client::{self, Answer};

/// The session, for every page.
#[derive(Clone, Copy)]
pub struct Me {
    session: RwSignal<Option<Answer<Session>>>,
}

impl Me {
    /// Makes it known to everything below and asks the server.
    pub fn provide() -> Self {
        let me = Self { session: RwSignal::new(None) };
        provide_context(me);
        me.load();
        me
    }

    /// From anywhere below.
    pub fn here() -> Self {
        expect_context()
    }

    /// Asks the server (again).
    pub fn load(self) {
        spawn_local(async move {
            let answer = client::get(api::path::SESSION).await;
            self.session.set(Some(answer));
        });
    }

    /// What the server says; nothing while it is being asked.
    pub fn answer(self) -> Option<Answer<Session>> {
        self.session.get()
    }

    /// The session of whoever is signed in.
    pub fn session(self) -> Option<Session> {
        self.session.with(|answer| answer.as_ref()?.as_ref().ok().cloned())
    }

    /// A call was refused because the session is over: the page then asks to sign in.
    pub fn ended(self) {
        self.session.update(|answer| {
            if let Some(Ok(session)) = answer {
                session.email = None;
            }
        });
    }

    /// Signs out.
    pub fn sign_out(self) {
        spawn_local(async move {
            if client::delete(api::path::SESSION).await.is_ok() {
                self.load();
            }
        });
    }
}
