//! What can be done with a test run, and how it is looked at while something can happen.

use api::{
    problem::ProblemDetails,
    programs::{SkipWaits, TestRun as Run},
    tokens::{TokenDetail, TokenState},
};
use leptos::{prelude::*, task::spawn_local};
use uuid::Uuid;

use crate::{address::fill, client, editor::stage::Stage, testing::again};

/// A run, and what can be done with it.
#[derive(Clone, Copy)]
pub struct Desk {
    /// The run.
    pub run: RwSignal<Option<Run>>,
    /// Names of the program and the run.
    names: StoredValue<[String; 2]>,
    /// Where its program is drawn.
    pub stage: Stage,
    /// Whether something is being done.
    pub busy: RwSignal<bool>,
    /// What went wrong last.
    pub problem: RwSignal<Option<ProblemDetails>>,
    /// Which look is planned; one that comes too late is left out.
    turn: StoredValue<u32>,
}

impl Desk {
    /// On the run of this signal, which there is.
    pub fn new(run: RwSignal<Option<Run>>) -> Self {
        let stage = Stage::here();
        let name = stage.editor.program.get_untracked().0.name.to_string();
        let id = run.with_untracked(|run| run.as_ref().map(|run| run.summary.id.to_string()).unwrap_or_default());
        let (busy, problem) = (RwSignal::new(false), RwSignal::new(None));
        Self { run, names: StoredValue::new([name, id]), stage, busy, problem, turn: StoredValue::new(0) }
    }

    fn path(self, of: &str) -> String {
        self.names.with_value(|[program, run]| fill(of, &[program, run]))
    }

    /// Reads one of its tokens, if it is there.
    pub fn token<T>(self, id: Uuid, read: impl FnOnce(&TokenDetail) -> T) -> Option<T> {
        self.run.with(|run| run.as_ref()?.tokens.iter().find(|token| token.summary.id == id).map(read))
    }

    /// Whether anybody waits.
    pub fn waits(self) -> bool {
        let waits = |token: &TokenDetail| token.summary.state == TokenState::Waiting;
        self.run.with(|run| run.as_ref().is_some_and(|run| run.tokens.iter().any(waits)))
    }

    /// Looks again when it is time to, until the page is left.
    fn follow(self) {
        let Some(pause) = self.run.with_untracked(|run| run.as_ref().and_then(again)) else { return };
        let turn = self.turn.with_value(|turn| turn + 1);
        self.turn.set_value(turn);
        let look = move || {
            if self.turn.try_with_value(|now| *now == turn) == Some(true) {
                self.look();
            }
        };
        set_timeout(look, pause);
    }

    /// Looks at it now.
    pub fn look(self) {
        let path = self.path(api::path::PROGRAM_TEST_RUN);
        spawn_local(async move {
            let found = client::get::<Run>(&path).await;
            if self.turn.try_with_value(|_| ()).is_none() {
                return;
            }
            match found {
                Ok(found) => {
                    self.problem.set(None);
                    // Another one may have taken its place.
                    self.run.update(|run| {
                        if run.as_ref().is_some_and(|run| run.summary.id == found.summary.id) {
                            *run = Some(found);
                        }
                    });
                    self.follow();
                }
                Err(refused) => {
                    let is_gone = refused.status == 404;
                    self.problem.set(Some(*refused));
                    if !is_gone {
                        self.follow();
                    }
                }
            }
        });
    }

    /// Ends waits: of these tokens, or all.
    pub fn skip(self, tokens: Option<Vec<Uuid>>) {
        let path = self.path(api::path::PROGRAM_TEST_RUN_SKIP);
        self.busy.set(true);
        spawn_local(async move {
            let done = client::command(&path, &SkipWaits { tokens }).await;
            if self.busy.try_set(false).is_none() {
                match done {
                    Ok(()) => self.look(),
                    Err(refused) => self.problem.set(Some(*refused)),
                }
            }
        });
    }

    /// Stops it and lets it go.
    pub fn clear(self) {
        let path = self.path(api::path::PROGRAM_TEST_RUN);
        self.busy.set(true);
        spawn_local(async move {
            let done = client::delete(&path).await;
            let _ = self.busy.try_set(false);
            match done {
                Ok(()) => drop(self.run.try_set(None)),
                Err(refused) => drop(self.problem.try_set(Some(*refused))),
            }
        });
    }
}
