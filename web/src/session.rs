//! Who is signed in.

use api::access::Session;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::client::{self, Answer};

/// The session, for every page.
#[derive(Clone, Copy)]
pub struct Me {
    session: RwSignal<Option<Answer<Session>>>,
    /// Whether it ended while a page was open. The page stays, because there may be work in it.
    out: RwSignal<bool>,
    /// Whether the dialog to sign in again is open.
    pub asking: RwSignal<bool>,
    entered: RwSignal<u32>,
}

impl Me {
    /// Makes it known to everything below and asks the server.
    pub fn provide() -> Self {
        let (out, asking) = (RwSignal::new(false), RwSignal::new(false));
        let me = Self { session: RwSignal::new(None), out, asking, entered: RwSignal::new(0) };
        provide_context(me);
        me.load();
        let listening = window_event_listener_untyped(client::SIGNED_OUT, move |_| me.ended());
        on_cleanup(move || listening.remove());
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

    /// The mail address of whoever is signed in; empty where nobody is.
    pub fn email(self) -> String {
        self.session().and_then(|session| session.email).unwrap_or_default()
    }

    /// Whether the session is over while a page of it is open.
    pub fn is_out(self) -> bool {
        self.out.get()
    }

    /// Counts how often somebody has signed in again on the spot.
    pub fn entered(self) -> u32 {
        self.entered.get()
    }

    /// A call was refused because the session is over: the page stays and asks, once.
    fn ended(self) {
        let email = self.session.with_untracked(|answer| answer.as_ref()?.as_ref().ok()?.email.clone());
        if email.is_some() && !self.out.get_untracked() {
            self.out.set(true);
            self.asking.set(true);
        }
    }

    /// Somebody has signed in on the spot. Whoever it was before goes on; for anybody else the page begins anew.
    pub async fn back(self) {
        let email = untrack(|| self.email());
        match client::get::<Session>(api::path::SESSION).await {
            Ok(session) if session.email.as_ref() == Some(&email) => {
                self.session.set(Some(Ok(session)));
                self.out.set(false);
                self.asking.set(false);
                self.entered.update(|times| *times += 1);
            }
            _ => drop(location().reload()),
        }
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
