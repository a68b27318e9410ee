//! `stafette dead-letters list|replay`.

use api::messages::DeadLetterKind;
use clap::{Args, Subcommand};
use program::{CallId, MessageId, ProgramName, TokenId};
use runner::Clock;
use store::{DeadLetter, DeadLetterFilter, Paging, Store};
use uuid::Uuid;

use super::{Done, Failure, moment, print, say};
use crate::{access::HOME, audit, config::Place, http::dead_letter_parts, open};

/// List what cannot go on by itself, and try it again.
#[derive(Subcommand)]
pub(super) enum DeadLetters {
    /// List failed tokens, failed messages, messages whose outcome is unknown and failed calls: when, kind, id, node and reason. An
    /// asterisk behind the kind says that program or stream have a newer version than the one that it failed by.
    List(List),
    /// Try failed tokens, messages and calls again, in the version in which they failed or in the current one. A running server
    /// takes them up by itself.
    Replay(Replay),
}

/// Which ones.
#[derive(Args)]
pub(super) struct List {
    /// Only of this program.
    #[arg(long, value_name = "NAME")]
    program: Option<ProgramName>,
    #[command(flatten)]
    place: Place,
}

/// Which ones.
#[derive(Args)]
pub(super) struct Replay {
    /// Ids, as `list` prints them; or --all.
    #[arg(required_unless_present = "all", value_parser = super::id)]
    ids: Vec<Uuid>,
    /// All that failed; those whose outcome is unknown are left alone.
    #[arg(long, conflicts_with = "ids")]
    all: bool,
    /// By what was mended since: tokens in the current version of their program, messages by that of their stream.
    #[arg(long)]
    current: bool,
    #[command(flatten)]
    place: Place,
}

impl DeadLetters {
    pub(super) async fn run(self) -> Done {
        match self {
            Self::List(command) => command.run().await,
            Self::Replay(command) => command.run().await,
        }
    }
}

async fn all(store: &Store, filter: &DeadLetterFilter) -> Result<Vec<DeadLetter>, Failure> {
    let mut paging = Paging { after: None, limit: 200 };
    let mut letters = Vec::new();
    loop {
        let page = store.dead_letters(HOME, filter, &paging).await?;
        letters.extend(page.items);
        match page.next {
            Some(next) => paging.after = Some(next),
            None => return Ok(letters),
        }
    }
}

impl List {
    async fn run(self) -> Done {
        let store = open::existing(&self.place.load()?).await?;
        let program = match &self.program {
            Some(name) => Some(store.program_by_name(HOME, name).await?.id),
            None => None,
        };
        for letter in all(&store, &DeadLetterFilter { program, ..DeadLetterFilter::default() }).await? {
            let (kind, id) = dead_letter_parts(letter.kind);
            let kind = match kind {
                DeadLetterKind::Token => "token",
                DeadLetterKind::Message => "message",
                DeadLetterKind::UnknownOutcome => "unknown",
                DeadLetterKind::Call => "call",
            };
            let newer = if letter.newer { "*" } else { " " };
            let at = moment(letter.at);
            print(&format!("{at}  {kind:<7}{newer} {id}  {}  {}", letter.node, letter.reason))?;
        }
        store.close().await;
        Ok(())
    }
}

impl Replay {
    async fn run(self) -> Done {
        let store = open::existing(&self.place.load()?).await?;
        let now = Clock::system().now();
        let ids = match self.all {
            false => self.ids,
            true => all(&store, &DeadLetterFilter::default())
                .await?
                .into_iter()
                .map(|letter| dead_letter_parts(letter.kind).1)
                .collect(),
        };
        let mut changed = 0;
        // Whoever names some is told of each that cannot be tried.
        for ids in ids.chunks(if self.all { 1_000 } else { 1 }) {
            let before = changed;
            let tokens: Vec<_> = ids.iter().copied().map(TokenId).collect();
            let messages: Vec<_> = ids.iter().copied().map(MessageId).collect();
            let calls: Vec<_> = ids.iter().copied().map(CallId).collect();
            changed += store.replay_calls(HOME, &calls, now).await?;
            let told = if self.current {
                let mut told = self.all;
                for mended in
                    [store.mend_tokens(HOME, &tokens, now).await?, store.mend_messages(HOME, &messages, now).await?]
                {
                    changed += mended.changed;
                    mended.left.iter().for_each(|left| say(&format!("{}: {}", left.id, left.why)));
                    told |= !mended.left.is_empty();
                }
                told
            } else {
                changed += store.replay_tokens(HOME, &tokens, now).await?;
                changed += store.replay_messages(HOME, &messages, now).await?;
                self.all
            };
            if !told && changed == before {
                ids.iter().for_each(|id| say(&format!("{id}: no such dead letter; see `dead-letters list`")));
            }
        }
        let (clock, number) = (Clock::system(), ids.len().to_string());
        audit::command(&store, &clock, "replay_dead_letters", ("dead letters", None, &number)).await;
        store.close().await;
        let done = format!("{changed} of {} are tried again", ids.len());
        if self.all || changed == ids.len() as u64 { print(&done) } else { Err(Failure(done)) }
    }
}
