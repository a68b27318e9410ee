//! Moves tokens: one batch in one transaction. There is no lease and no outside I/O in it. If a node dies, the database
//! frees its claim.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet, hash_map::Entry},
    ops::AddAssign,
    time::Instant,
};

use program::{
    Action, Budget, ContactId, CountFact, End, Facts, Object, Phase, Plan, Reason, Run, StreamClass, Time, TokenId,
    TraceStep, VersionId, WorkspaceId,
};
use store::{
    CallAnswer, Claim, ContactWrite, DueToken, Error, Loaded, MAX_CONTACT, MessageState, Result, Store, TokenState,
    TokenWrite, Waits,
};

use crate::{
    Clock, Topic, Wake, calls,
    doors::{Doors, LATER, put_off},
    failpoint::{self, Point},
    guard::guard,
    outbox,
    plans::{Plans, Usable},
    waits,
};

mod asked;
mod wanted;
use asked::{called, is_over};
use wanted::{asking, awaiting, wanted};

/// Moves due tokens. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Advancer {
    store: Store,
    clock: Clock,
    wake: Wake,
    plans: Plans,
    /// Waits pass this many times faster than the clock.
    scale: f64,
    /// The most bytes that a batch of several tokens loads.
    bytes: usize,
    /// The most bytes of attributes that a contact may have after a step.
    max_contact: usize,
}

/// What a batch works on.
struct Ground {
    /// How many tokens were claimed, before some were let go because the batch loads too much.
    claimed: usize,
    tokens: Vec<DueToken>,
    versions: Versions,
    loaded: Loaded,
}

/// The result of one token.
struct Gone {
    run: Run,
    /// It was not this token's turn, so no step was taken.
    put_off: bool,
}

/// What one batch did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Advanced {
    /// Tokens that were claimed and written.
    pub tokens: usize,
    /// How many of these tokens belong to test runs. Not counted in metrics.
    pub tests: usize,
    /// Steps of these tokens.
    pub steps: usize,
    /// Messages put into the outbox, including those that may not be sent.
    pub messages: usize,
    /// Calls put into the outbox.
    pub calls: usize,
    /// Tokens parked as dead letters, without those of test runs.
    pub failed: usize,
    /// Tokens set aside, because their program is paused or stopped.
    pub held: usize,
    /// Tokens let go, still due, because the batch would load too much with them.
    pub left: usize,
}

/// What a step gets beside its token.
struct Turn<'a> {
    now: Time,
    /// The state of the call that the token waits for.
    answer: Option<&'a CallAnswer>,
    /// Whether waits pass faster than the clock.
    scaled: bool,
    /// The most bytes of attributes that the contact may hold.
    max_contact: usize,
    /// Steps that conditions have used in this batch.
    spent: &'a mut u64,
}

/// The most steps that the conditions of one batch may use. They take about a tenth of a second, and the transaction is
/// open meanwhile. Tokens that are left over go into a later batch.
const MAX_STEPS: u64 = 4_000_000;

/// Plans of the versions in a batch.
type Versions = HashMap<VersionId, Usable<Plan>>;

/// The state of the calls that tokens of a batch wait for.
type Answers = HashMap<TokenId, CallAnswer>;

impl Advancer {
    /// Moves tokens of this store. Waits pass `time_scale` times faster than the clock. A batch loads at most `bytes`
    /// bytes of contacts and events.
    pub fn new(store: Store, clock: Clock, wake: Wake, plans: Plans, time_scale: f64, bytes: usize) -> Self {
        let scale = if time_scale.is_finite() && time_scale > 0.0 { time_scale } else { 1.0 };
        Self { store, clock, wake, plans, scale, bytes, max_contact: MAX_CONTACT }
    }

    /// The same with the limit that ingest has for the attributes of a contact, in bytes.
    pub fn with_max_contact(self, max_contact: usize) -> Self {
        Self { max_contact, ..self }
    }

    /// Claims at most `limit` due tokens of all workspaces and carries each up to its next wait or end.
    #[tracing::instrument(level = "debug", skip(self))]
    pub async fn advance_once(&self, limit: u32) -> Result<Advanced> {
        let started = Instant::now();
        let now = self.clock.now();
        let claim = self.store.claim(now, limit).await?;
        let ids: Vec<TokenId> = claim.tokens().iter().map(|token| token.id).collect();
        if ids.is_empty() && claim.corrupt().is_empty() && claim.held() == 0 {
            claim.rollback().await?;
            return Ok(Advanced::default());
        }
        failpoint::pass(Point::AfterClaim);
        let advanced = match self.carry(claim, now).await {
            Err(error) if !error.retryable() => self.bisect(now, ids, error).await?,
            carried => carried?,
        };
        metrics::histogram!("stafette_advance_batch_seconds").record(started.elapsed().as_secs_f64());
        metrics::counter!("stafette_tokens_advanced_total").increment((advanced.tokens - advanced.tests) as u64);
        metrics::counter!("stafette_tokens_failed_total").increment(advanced.failed as u64);
        Ok(advanced)
    }

    /// Runs the claimed tokens in memory and writes all results in one commit.
    async fn carry(&self, mut claim: Claim, now: Time) -> Result<Advanced> {
        let (writes, mut done, woken) = match self.prepare(&mut claim, now).await {
            Ok(prepared) => prepared,
            Err(error) => {
                // Roll back at once: a transaction that is only dropped keeps its tokens until its connection is used
                // again. An error of the rollback is ignored, because the first error says more.
                let _ = claim.rollback().await;
                return Err(error);
            }
        };
        let queued = writes.iter().flat_map(|write| &write.messages);
        let queued = queued.filter(|message| message.state == MessageState::Queued);
        let queued: HashSet<StreamClass> = queued.map(|message| message.class).collect();
        let (called, over) = called(&writes);
        let due = claim.tokens().iter().filter(|token| token.place.phase == Phase::Due);
        let due: Vec<Time> = due.map(|token| token.due_at).collect();
        let (corrupt, held) = (claim.corrupt().to_vec(), claim.held());
        failpoint::pass(Point::BeforeCommit);
        claim.commit(writes).await?;
        failpoint::pass(Point::AfterCommit);
        queued.into_iter().for_each(|class| self.wake.messages(class));
        if called {
            self.wake.wake(Topic::Calls);
        }
        if over || woken {
            self.wake.tokens();
        }
        self.wake.wake(Topic::Changes);
        // A wait ends when its step is stored, not when the token was claimed.
        let now = self.clock.now();
        let late = due.into_iter().map(|due| (now - due).as_seconds_f64());
        late.for_each(|late| metrics::histogram!("stafette_wait_lateness_seconds").record(late));
        for token in &corrupt {
            tracing::error!(token = %token.id, error = token.error, "a token cannot be read and is parked");
        }
        done.tokens += corrupt.len();
        done.failed += corrupt.len();
        done.held += held;
        Ok(done)
    }

    /// Loads what the claimed tokens need and runs each. Returns the writes of the tokens, and whether other tokens
    /// became due by them.
    async fn prepare(&self, claim: &mut Claim, now: Time) -> Result<(Vec<TokenWrite>, Advanced, bool)> {
        let mut ground = self.load(claim, now).await?;
        let entered = claim.entered(&asking(&ground.tokens, &ground.versions)).await?;
        let answers = claim.answers(&awaiting(&ground.tokens, &ground.versions)).await?;
        let went = self.runs(&mut ground, &answers, Doors::new(entered), now);
        self.writes(claim, ground, went, now).await
    }

    /// Makes the writes of tokens from their runs. Inner effects and changes of waits are written here. Without any
    /// there is no statement.
    async fn writes(
        &self,
        claim: &mut Claim,
        ground: Ground,
        (gone, contacts): (Vec<Gone>, Vec<ContactWrite>),
        now: Time,
    ) -> Result<(Vec<TokenWrite>, Advanced, bool)> {
        let Ground { claimed, tokens, versions, loaded } = ground;
        let heads = self.heads(claim, &tokens, &gone).await?;
        let mut waits = Waits::default();
        let changed: HashSet<ContactId> = contacts.iter().map(|write| write.contact).collect();
        let mut done = Advanced { left: claimed - tokens.len(), ..Advanced::default() };
        let writes = tokens.iter().zip(gone).map(|(token, Gone { run, put_off })| {
            let plan = versions.get(&token.version).and_then(|plan| plan.as_ref().ok()).map(AsRef::as_ref);
            let rests = !put_off && waits::became(&mut waits, plan, token, &run, &loaded);
            let messages = outbox::messages(token, &run, &loaded, &heads, &self.clock);
            let contact = loaded.contacts.get(&token.contact);
            let event = loaded.events.get(&token.event);
            let calls = contact.zip(plan).map_or_else(Vec::new, |(contact, plan)| {
                calls::calls(token, &run, plan.program(), (contact, event), &self.clock)
            });
            let until = |due_at| if rests { TokenState::Resting { due_at } } else { TokenState::Ready { due_at } };
            let state = match run.end {
                // Nobody is called, so the answer is there already. Of a run's calls only those of its last step count.
                End::AwaitsAnswer(_) if is_over(&calls, run.place.seq) => TokenState::Ready { due_at: now },
                End::AwaitsAnswer(due_at) if run.steps.is_empty() => TokenState::Resting { due_at },
                End::AwaitsAnswer(due_at) => TokenState::Ready { due_at },
                // This batch changes the contact, so its tokens that wait for a condition look again at once.
                End::Waiting(_) if !put_off && changed.contains(&token.contact) && waits::watches(plan, &run) => {
                    until(now)
                }
                End::Waiting(due_at) => until(due_at),
                End::Finished => TokenState::Done,
                End::Failed(error) => TokenState::Failed { error },
            };
            done.tokens += 1;
            done.tests += usize::from(token.workspace.is_test_run());
            done.steps += run.steps.len();
            done.messages += messages.len();
            done.calls += calls.len();
            let failed = matches!(state, TokenState::Failed { .. });
            done.failed += usize::from(failed && !token.workspace.is_test_run());
            TokenWrite {
                token: token.id,
                seen_seq: token.place.seq,
                place: run.place,
                state,
                steps: run.steps,
                messages,
                calls,
            }
        });
        let writes = writes.collect();
        claim.edit_contacts(&contacts).await?;
        let woken = claim.write_waits(&waits).await?;
        Ok((writes, done, woken))
    }

    /// Writes a run that no program makes, for the one due token. Returns the token.
    #[cfg(test)]
    pub(crate) async fn by_hand(&self, run: Run) -> Result<(DueToken, Advanced)> {
        let now = self.clock.now();
        let mut claim = self.store.claim(now, 1).await?;
        let ground = self.load(&mut claim, now).await?;
        let token = claim.tokens()[0].clone();
        let gone = vec![Gone { run, put_off: false }];
        let (writes, done, _) = self.writes(&mut claim, ground, (gone, Vec::new()), now).await?;
        claim.commit(writes).await?;
        Ok((token, done))
    }

    /// Loads what the tokens need. If that is too much, it keeps the half that is due longest, and tries again.
    async fn load(&self, claim: &mut Claim, now: Time) -> Result<Ground> {
        let claimed = claim.tokens().len();
        loop {
            let tokens = claim.tokens().to_vec();
            let versions = self.versions(&tokens).await?;
            let wanted = wanted(&tokens, &versions);
            // A single token is loaded whatever its size. Otherwise it would never go on.
            let most = if tokens.len() > 1 { self.bytes } else { usize::MAX };
            match claim.facts(&wanted, now, most).await? {
                Some(loaded) => return Ok(Ground { claimed, tokens, versions, loaded }),
                None => claim.keep(tokens.len() / 2),
            }
        }
    }

    /// Runs all tokens in memory, in the order of their ids: the first one to enter decides whether later ones may.
    /// Each token sees what earlier ones changed of its contact. Also returns the changed contacts.
    fn runs(
        &self,
        ground: &mut Ground,
        answers: &Answers,
        mut doors: Doors,
        now: Time,
    ) -> (Vec<Gone>, Vec<ContactWrite>) {
        let Ground { tokens, versions, loaded, .. } = ground;
        let mut edited: BTreeMap<(WorkspaceId, ContactId), BTreeSet<String>> = BTreeMap::new();
        let mut order: Vec<usize> = (0..tokens.len()).collect();
        order.sort_unstable_by_key(|at| tokens[*at].id);
        let mut runs: Vec<Option<Gone>> = tokens.iter().map(|_| None).collect();
        let went = |run| Gone { run, put_off: false };
        let stays = |run| Gone { run, put_off: true };
        let mut spent = 0;
        for at in order {
            let token = &tokens[at];
            let missing = || Err("its version was not loaded".into());
            let plan = versions.get(&token.version).cloned().unwrap_or_else(missing);
            runs[at] = Some(match (plan, doors.before(token, now)) {
                (_, Err(until)) => stays(put_off(token, until)),
                _ if spent > MAX_STEPS => stays(put_off(token, now + LATER)),
                (Err(error), _) => went(Run::failed(&token.place, error.into(), now)),
                (Ok(plan), Ok(entered)) => {
                    let (scaled, max_contact) = (self.scale != 1.0, self.max_contact);
                    let turn = Turn { now, answer: answers.get(&token.id), scaled, max_contact, spent: &mut spent };
                    match run(&plan, token, loaded, entered, turn) {
                        Ok(run) => {
                            doors.pass(token, &run, &plan);
                            let names = run.edited();
                            if !names.is_empty() {
                                let known = edited.entry((token.workspace, token.contact)).or_default();
                                known.extend(names.into_iter().map(str::to_owned));
                            }
                            went(self.scaled(run, now))
                        }
                        // An error of one token fails only that token.
                        Err(error) => went(Run::failed(&token.place, error, now)),
                    }
                }
            });
        }
        let write = |((workspace, contact), edited): ((WorkspaceId, ContactId), BTreeSet<String>)| {
            let attributes = loaded.contacts.get(&contact)?.attributes.clone();
            Some(ContactWrite { workspace, contact, attributes, edited: edited.into_iter().collect() })
        };
        (runs.into_iter().flatten().collect(), edited.into_iter().filter_map(write).collect())
    }

    /// The same run with its wait scaled to this installation's time. The trace says when the wait ends.
    fn scaled(&self, mut run: Run, now: Time) -> Run {
        // A token that keeps waiting keeps its end time.
        if let End::Waiting(until) = &mut run.end
            && self.scale != 1.0
            && !run.steps.is_empty()
        {
            let millis = (*until - now).num_milliseconds() as f64 / self.scale;
            *until = now + chrono::TimeDelta::milliseconds(millis.round() as i64);
            if let Some(TraceStep { action: Action::Waiting { until: said }, .. }) = run.steps.last_mut() {
                *said = *until;
            }
        }
        run
    }

    async fn versions(&self, tokens: &[DueToken]) -> Result<Versions> {
        let mut versions = Versions::new();
        for token in tokens {
            if let Entry::Vacant(version) = versions.entry(token.version) {
                version.insert(self.plans.plan(token.workspace, token.version).await?);
            }
        }
        Ok(versions)
    }

    /// Handles a batch whose transaction fails: halves it until the faulty token is alone, parks that token with its
    /// error, and carries the others.
    async fn bisect(&self, now: Time, ids: Vec<TokenId>, error: Error) -> Result<Advanced> {
        let mut done = Advanced::default();
        let all = ids.len();
        let (mut open, mut blamed) = (vec![(ids, error)], Vec::new());
        while let Some((ids, error)) = open.pop() {
            if let [id] = ids[..] {
                blamed.push((id, error));
                continue;
            }
            let (first, second) = ids.split_at(ids.len() / 2);
            for half in [first, second] {
                let carried = match self.store.claim_exactly(now, half).await {
                    Ok(claim) => self.carry(claim, now).await,
                    Err(error) => Err(error),
                };
                match carried {
                    Ok(carried) => done += carried,
                    Err(error) if error.retryable() => return Err(error),
                    Err(error) => open.push((half.to_vec(), error)),
                }
            }
        }
        // If every token fails by damage, the database is damaged and no token is at fault. They wait until it is
        // restored.
        if all > 1 && blamed.len() == all && blamed.iter().all(|(_, error)| matches!(error, Error::Damaged(_))) {
            return blamed.pop().map_or(Ok(done), |(_, error)| Err(error));
        }
        for (id, error) in blamed {
            done += self.park(now, id, &error).await?;
        }
        Ok(done)
    }

    /// Makes a token a dead letter. If even that fails, the token stays where it is, and the log says so.
    async fn park(&self, now: Time, id: TokenId, error: &Error) -> Result<Advanced> {
        tracing::error!(token = %id, %error, "a token cannot be moved and is parked");
        let attempt = async {
            let mut claim = self.store.claim_exactly(now, &[id]).await?;
            let Some(token) = claim.tokens().first().cloned() else { return claim.rollback().await };
            let run = Run::failed(&token.place, error.to_string().into(), now);
            let state = TokenState::Failed { error: error.to_string().into() };
            let failed = waits::failed(&token, &run).into_iter().collect();
            claim.write_waits(&Waits { failed, ..Waits::default() }).await?;
            let write = TokenWrite {
                token: id,
                seen_seq: token.place.seq,
                place: run.place,
                state,
                steps: run.steps,
                messages: Vec::new(),
                calls: Vec::new(),
            };
            claim.commit(vec![write]).await
        };
        match attempt.await {
            Ok(()) => Ok(Advanced { tokens: 1, steps: 1, failed: 1, ..Advanced::default() }),
            Err(error) if error.retryable() => Err(error),
            Err(error) => {
                tracing::error!(token = %id, %error, "a token cannot be parked");
                Ok(Advanced::default())
            }
        }
    }
}

impl AddAssign for Advanced {
    fn add_assign(&mut self, more: Self) {
        self.tokens += more.tokens;
        self.tests += more.tests;
        self.steps += more.steps;
        self.messages += more.messages;
        self.calls += more.calls;
        self.failed += more.failed;
        self.held += more.held;
        self.left += more.left;
    }
}

/// Runs one token. Its changes of the contact are visible to the tokens after it.
fn run(
    plan: &Plan,
    token: &DueToken,
    loaded: &mut Loaded,
    entered: Option<Time>,
    turn: Turn<'_>,
) -> Result<Run, Reason> {
    let Turn { now, answer, scaled, max_contact, spent } = turn;
    let contact = loaded.contacts.get(&token.contact).ok_or(Reason::ContactGone)?;
    let (needs, undecided) = (plan.needs(&token.place.node), plan.undecided(&token.place));
    let event = match loaded.events.get(&token.event) {
        Some(event) => event.data.clone(),
        None if needs.event || undecided => return Err(Reason::EventGone),
        None => Object::new(),
    };
    let count = |fact: &CountFact| loaded.counts.get(&(token.contact, fact.clone())).copied();
    let counts = needs.counts.iter().map(|fact| (fact.clone(), count(fact).unwrap_or_default())).collect();
    let contact = if needs.contact { outbox::contact_object(contact) } else { Object::new() };
    let arrived = token.arrived_at.filter(|_| !scaled);
    let mut facts = Facts {
        contact,
        event,
        joined: waits::joined(token, loaded),
        awaited: waits::awaited(plan, token, loaded),
        max_contact: Some(max_contact),
        counts,
        entered,
        undecided,
        arrived,
        answer: answer.map(calls::told),
        seed: token.id.uuid(),
        ..Facts::default()
    };
    let run = guard(|| plan.run(&token.place, &mut facts, now));
    *spent += Budget::default().left() - facts.budget.left();
    let run = run?;
    if needs.edits
        && let Some(contact) = loaded.contacts.get_mut(&token.contact)
    {
        for name in run.edited() {
            match facts.contact.get(name) {
                Some(value) => drop(contact.attributes.insert(name.to_owned(), value.clone())),
                None => drop(contact.attributes.shift_remove(name)),
            }
        }
    }
    Ok(run)
}
