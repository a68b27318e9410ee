//! A checked program, ready to run, and the step function that runs it.

use std::collections::{BTreeSet, HashSet};

use crate::{
    Action, Answer, CountFact, Effect, EventId, EventType, Facts, MAX_CONTACT, Next, NodeId, Outcome, Phase, Problem,
    Program, Reason, Severity, StreamName, Subject, Time, TraceStep, check, edit,
    graph::Node,
    node::{Asked, Rest, Visit, WayIn},
};

/// A program without errors. Versions that were published are plans.
#[derive(Clone, Debug)]
pub struct Plan {
    program: Program,
    /// By position of the node.
    needs: Vec<Needs>,
}

/// What a token that stands at a node may have to know before it rests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// History counts, each once.
    pub counts: Vec<CountFact>,
    /// What is known of its contact.
    pub contact: bool,
    /// The payload of the event that started it.
    pub event: bool,
    /// The events that joined it, and their payloads.
    pub joined: bool,
    /// Whether it may change what is known of its contact.
    pub edits: bool,
}

/// Where a token stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// At which node.
    pub node: NodeId,
    /// Just arrived, or done with waiting.
    pub phase: Phase,
    /// Steps taken so far.
    pub seq: u32,
}

/// What became of a token that was carried as far as it goes.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// The steps taken, in order.
    pub steps: Vec<TraceStep>,
    /// Where it stands now.
    pub place: Place,
    /// Why it went no further.
    pub end: End,
}

/// Why a token went no further.
#[derive(Clone, Debug, PartialEq)]
pub enum End {
    /// It waits at its place until then, and is then `Due`.
    Waiting(Time),
    /// It waits at its place for the answer to its calls, until then at the latest, and is then `Due`.
    AwaitsAnswer(Time),
    /// The run is over.
    Finished,
    /// The step at its place failed; the text says why.
    Failed(Reason),
}

impl Place {
    /// Where a new token stands.
    pub fn entry(node: NodeId) -> Self {
        Self { node, phase: Phase::Arrived, seq: 0 }
    }
}

impl Run {
    /// The run of a token that cannot take its step; a replay takes it again, at the same place.
    pub fn failed(place: &Place, error: Reason, now: Time) -> Self {
        let place = Place { seq: place.seq + 1, ..place.clone() };
        let action = Action::Failed { error: error.clone() };
        let (seq, node) = (place.seq, place.node.clone());
        let step = TraceStep { seq, at: now, node, action, reason: Reason::NONE, effects: Vec::new() };
        Self { steps: vec![step], place, end: End::Failed(error) }
    }

    /// The run of a token that ends at its entry.
    pub fn refused(place: &Place, reason: Reason, now: Time) -> Self {
        let place = Place { seq: place.seq + 1, ..place.clone() };
        let (seq, node) = (place.seq, place.node.clone());
        let step = TraceStep { seq, at: now, node, action: Action::Finished, reason, effects: Vec::new() };
        Self { steps: vec![step], place, end: End::Finished }
    }

    /// When the token entered, if it has in this run: it stood at an entry and was let in.
    pub fn entered(&self, plan: &Plan) -> Option<Time> {
        let first = self.steps.first()?;
        let entry = plan.program.nodes.get(&first.node)?.kind.is_entry();
        (entry && matches!(first.action, Action::Passed { .. })).then_some(first.at)
    }

    /// The attributes of the contact that it changed, each once. Their values are in the facts that it ran with.
    pub fn edited(&self) -> BTreeSet<&str> {
        let effects = self.steps.iter().flat_map(|step| &step.effects);
        let edits = effects.filter_map(|effect| match effect {
            Effect::UpdateContact { edits } => Some(edits),
            Effect::SendMail { .. } | Effect::CallWebhook { .. } | Effect::JoinEvent { .. } => None,
        });
        edits.flatten().map(|edit| edit.attribute.as_str()).collect()
    }

    /// The events that joined the token, by name.
    pub fn joined(&self) -> impl Iterator<Item = (&str, EventId)> {
        self.steps.iter().flat_map(|step| &step.effects).filter_map(|effect| match effect {
            Effect::JoinEvent { name, event } => Some((name.as_str(), *event)),
            Effect::SendMail { .. } | Effect::CallWebhook { .. } | Effect::UpdateContact { .. } => None,
        })
    }

    /// What the world must do, each with the step that asked for it and its position in that step.
    pub fn outer(&self) -> impl Iterator<Item = (&TraceStep, u32, &Effect)> {
        let all = self.steps.iter().flat_map(|step| (0_u32..).zip(&step.effects).map(move |(n, it)| (step, n, it)));
        all.filter(|(.., effect)| !effect.is_inner())
    }
}

impl Plan {
    /// A plan, or the errors that stand against it. Warnings do not.
    pub fn new(program: Program) -> Result<Self, Vec<Problem>> {
        // Versions of former builds may count more than is taken today, or wait for no time; they go on.
        let goes_on = |problem: &Problem| [check::TOO_MANY_COUNTS, check::NO_TIME].contains(&problem.code.as_str());
        let stands = |problem: &Problem| problem.severity == Severity::Error && !goes_on(problem);
        let errors: Vec<_> = check(&program).into_iter().filter(stands).collect();
        if !errors.is_empty() {
            return Err(errors);
        }
        let facts = Counted::of(&program);
        let joins = program.nodes.values().any(|node| node.kind.as_kind().awaits().is_some_and(|it| it.name.is_some()));
        let needs = (0..program.nodes.len()).map(|at| needs(&program, (&facts, joins), at)).collect();
        Ok(Self { program, needs })
    }

    /// The program.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// The entry nodes that an event of this type may start tokens at.
    pub fn entries<'a>(&'a self, event: &'a EventType) -> impl Iterator<Item = (&'a NodeId, WayIn<'a>)> {
        let open = self.program.nodes.iter().filter(|(_, node)| !node.disabled);
        let ways = open.filter_map(|(id, node)| Some((id, node.kind.as_kind().way_in()?)));
        ways.filter(move |(_, way)| way.event == Some(event))
    }

    /// The event types that start tokens.
    pub fn entry_events(&self) -> HashSet<&EventType> {
        self.program.entry_events().collect()
    }

    /// The event type that a token at this place waits for, if it does: it rests at a node that waits. Of one that waits
    /// for a condition [`EventType::facts`].
    pub fn awaits(&self, place: &Place) -> Option<&EventType> {
        let node = self.program.nodes.get(&place.node).filter(|node| !node.disabled && place.phase == Phase::Due)?;
        node.awaited()
    }

    /// The streams that it sends through.
    pub fn streams(&self) -> HashSet<&StreamName> {
        self.program.nodes.values().filter_map(|node| node.kind.as_kind().stream()).collect()
    }

    /// What [`Plan::run`] may ask for from this node on.
    pub fn needs(&self, node: &NodeId) -> &Needs {
        static NOTHING: Needs = Needs { counts: Vec::new(), contact: false, event: false, joined: false, edits: false };
        self.program.nodes.get_index_of(node).map_or(&NOTHING, |at| &self.needs[at])
    }

    /// Whether a token that stands here stands at an entry whose filter could not be evaluated when its event came in
    /// ([`Facts::undecided`]): at an entry a token takes one step, and this one did not take it.
    pub fn undecided(&self, place: &Place) -> bool {
        place.seq > 0 && self.way_in(place).is_some_and(|way| way.filter.is_some())
    }

    /// Whether a token that stands here must know when its contact entered before ([`Facts::entered`]).
    pub fn asks_entered(&self, place: &Place) -> bool {
        self.way_in(place).is_some_and(|way| way.asks_entered())
    }

    /// Whether a token that stands here must know how its call stands ([`Facts::answer`]).
    pub fn asks_answer(&self, place: &Place) -> bool {
        let node = self.program.nodes.get(&place.node).filter(|node| !node.disabled && place.phase == Phase::Due);
        node.is_some_and(|node| node.kind.as_kind().calls().is_some())
    }

    fn way_in(&self, place: &Place) -> Option<WayIn<'_>> {
        let node = self.program.nodes.get(&place.node).filter(|node| !node.disabled)?;
        node.kind.as_kind().way_in()
    }

    /// Carries a token as far as it goes without waiting. Pure: same arguments, same run. Inner effects are folded into
    /// the facts, so each node sees what those before it did.
    pub fn run(&self, place: &Place, facts: &mut Facts, now: Time) -> Run {
        let mut run = Run { steps: Vec::new(), place: place.clone(), end: End::Finished };
        facts.now = Some(now);
        // The graph has no cycle, so each node is stepped at most twice: on arrival and when due.
        loop {
            let at = run.place.clone();
            let seq = at.seq + 1;
            run.place.seq = seq;
            let mut log = |action, reason, effects| {
                run.steps.push(TraceStep { seq, at: now, node: at.node.clone(), action, reason, effects });
            };
            let stepped = match self.program.nodes.get(&at.node) {
                Some(node) if node.disabled => Ok((node, skip(node))),
                Some(node) => {
                    let visit = Visit { node: &at.node, now, phase: at.phase, facts: &*facts };
                    let outcome = node.kind.as_kind().step(&visit);
                    outcome.and_then(|outcome| fold(facts, &outcome.effects).map(|()| (node, outcome)))
                }
                None => Err(Reason::NoNode { node: at.node.clone() }),
            };
            let (node, outcome) = match stepped {
                Ok(stepped) => stepped,
                Err(reason) => {
                    log(Action::Failed { error: reason.clone() }, Reason::NONE, Vec::new());
                    run.end = End::Failed(reason);
                    return run;
                }
            };
            match outcome.next {
                Next::WaitUntil(until) => {
                    log(Action::Waiting { until }, outcome.reason, outcome.effects);
                    run.place.phase = Phase::Due;
                    run.end = End::Waiting(until);
                    return run;
                }
                Next::Await { until } if at.phase == Phase::Due && facts.awaited.is_some() => {
                    // Nothing happened.
                    run.place = at;
                    run.end = End::Waiting(until);
                    return run;
                }
                Next::AwaitAnswer { until }
                    if at.phase == Phase::Due
                        && matches!(facts.answer, Some(Answer::Open { .. }))
                        && outcome.effects.is_empty() =>
                {
                    // A call is over and another one is not, or a pause held it.
                    run.place = at;
                    run.end = End::AwaitsAnswer(until);
                    return run;
                }
                Next::Await { until } => {
                    log(Action::Waiting { until }, outcome.reason, outcome.effects);
                    run.place.phase = Phase::Due;
                    run.end = End::Waiting(until);
                    return run;
                }
                Next::AwaitAnswer { until } => {
                    log(Action::Waiting { until }, outcome.reason, outcome.effects);
                    run.place.phase = Phase::Due;
                    run.end = End::AwaitsAnswer(until);
                    return run;
                }
                Next::Finish => {
                    log(Action::Finished, outcome.reason, outcome.effects);
                    return run;
                }
                Next::Pass(port) => {
                    let target = node.next.get(&port).cloned();
                    log(Action::Passed { port }, outcome.reason, outcome.effects);
                    let Some(target) = target else { return run };
                    run.place.node = target;
                    run.place.phase = Phase::Arrived;
                }
            }
        }
    }
}

/// Takes inner effects into what the token knows. A step whose effects do not fit has not happened.
fn fold(facts: &mut Facts, effects: &[Effect]) -> Result<(), Reason> {
    for effect in effects {
        match effect {
            Effect::SendMail { .. } | Effect::CallWebhook { .. } => {}
            Effect::UpdateContact { edits } => {
                let most = facts.max_contact.unwrap_or(MAX_CONTACT);
                edit::fold(&mut facts.contact, edits, most, &facts.budget)?;
            }
            Effect::JoinEvent { name, event } => {
                let awaited = facts.awaited.take().into_iter().flat_map(|awaited| awaited.events);
                let data = awaited.into_iter().find(|came| came.id == *event).map(|came| came.data);
                facts.joined.insert(name.clone(), data.unwrap_or_default().into());
                // In an order that does not depend on who keeps them: expressions may look through all of them.
                facts.joined.sort_keys();
            }
        }
    }
    Ok(())
}

/// What a disabled node decides: as if it were not there, or as if its question were answered with no.
fn skip(node: &Node) -> Outcome {
    match node.kind.as_kind().skipped() {
        Some(port) => Outcome::pass(port.clone(), Reason::Disabled),
        None => Outcome::finish(Reason::Disabled),
    }
}

/// The counts of a program, each once, and by position of the node which of them it asks for: so that a walk from each
/// node to all others compares numbers.
struct Counted<'a> {
    facts: Vec<&'a CountFact>,
    of: Vec<Vec<usize>>,
}

impl<'a> Counted<'a> {
    fn of(program: &'a Program) -> Self {
        let mut facts: Vec<&CountFact> = program.nodes.values().flat_map(|node| node.kind.counts()).collect();
        facts.sort();
        facts.dedup();
        let at = |fact: &CountFact| facts.binary_search(&fact).ok();
        let of = program.nodes.values().map(|node| node.kind.counts().filter_map(at).collect()).collect();
        Self { facts, of }
    }
}

/// The needs of this node and of all that a token can reach from it without resting.
fn needs(program: &Program, (counted, joins): (&Counted<'_>, bool), from: usize) -> Needs {
    let mut asked = vec![false; counted.facts.len()];
    let mut seen = HashSet::from([from]);
    let mut open = vec![from];
    let mut needs = Needs::default();
    while let Some(at) = open.pop() {
        let node = &program.nodes[at];
        counted.of[at].iter().for_each(|fact| asked[*fact] = true);
        let kind = node.kind.as_kind();
        // A mail may tell of what joined.
        needs.joined |= joins && kind.stream().is_some();
        if kind.edits_contact() {
            (needs.contact, needs.edits) = (true, true);
        }
        // Whoever begins to wait for a condition must not miss what changes it meanwhile.
        needs.edits |= kind.watches() && !node.disabled;
        for Asked { expr, .. } in kind.exprs().into_iter().filter(|asked| asked.scope.is_step()) {
            needs.joined |= expr.reads(Subject::Joined);
            needs.contact |= expr.reads(Subject::Contact);
            needs.event |= expr.reads(Subject::Event);
        }
        // What a call says is about both.
        let calls = kind.calls().is_some() && !node.disabled;
        needs.contact |= calls;
        needs.event |= calls;
        // A wait ends the walk, but not where it begins: there it may be due. One for a condition may let pass at once.
        let rests = matches!(kind.rest(), Some(Rest::For(_) | Rest::UpTo(_) | Rest::Answer)) && !kind.watches();
        if rests && !node.disabled && at != from {
            continue;
        }
        let targets = node.next.values().filter_map(|target| program.nodes.get_index_of(target));
        open.extend(targets.filter(|target| seen.insert(*target)));
    }
    let counts = counted.facts.iter().zip(asked).filter(|(_, asked)| *asked);
    needs.counts = counts.map(|(fact, _)| (*fact).clone()).collect();
    needs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disabled_node_lets_pass() {
        let program = Program::parse(
            "
stafette: 1
name: t
title: T
nodes:
  a: { kind: entry, event: x, next: b }
  b: { kind: wait, disabled: true, duration: 2d, next: c }
  c: { kind: condition, disabled: true, when: 'true', next: { yes: d, no: e } }
  d: { kind: exit }
  e: { kind: exit }
  f: { kind: entry, disabled: true, event: y, next: b }
",
        );
        let program = program.unwrap();
        assert_eq!(Program::parse(&program.to_yaml()), Ok(program.clone()));
        let plan = Plan::new(program).unwrap();
        let run = plan.run(&Place::entry(NodeId::new("a").unwrap()), &mut Facts::default(), Time::UNIX_EPOCH);
        let way: Vec<_> = run.steps.iter().map(|step| step.node.as_str()).collect();
        assert_eq!((way, run.end), (vec!["a", "b", "c", "e"], End::Finished));
        assert_eq!(plan.entry_events().len(), 1);
    }

    #[test]
    fn a_version_of_former_builds_that_waits_for_no_time_goes_on() {
        let text = "{ stafette: 1, name: t, title: T, nodes: {
            a: { kind: entry, event: x, next: b }, b: { kind: wait, duration: 0s, next: c }, c: { kind: exit } } }";
        let program = Program::parse(text).unwrap();
        assert!(check::check(&program).iter().any(|problem| problem.code == check::NO_TIME));
        assert!(Plan::new(program).is_ok());
    }

    #[test]
    fn a_token_needs_what_it_can_reach_without_resting() {
        let program = Program::parse(
            r#"
stafette: 1
name: t
title: T
nodes:
  a: { kind: entry, event: x, next: b }
  b: { kind: condition, when: has(contact.vip), next: { yes: d, no: c } }
  c: { kind: wait, duration: 2d, next: e }
  d: { kind: exit }
  e: { kind: condition, when: 'event.total > 9 && count("x", duration("1d")) > 1', next: { yes: d, no: d } }
"#,
        );
        let plan = Plan::new(program.unwrap()).unwrap();
        let needs = |node| {
            let Needs { counts, contact, event, .. } = plan.needs(&NodeId::new(node).unwrap());
            (counts.len(), *contact, *event)
        };
        assert_eq!(
            ["a", "b", "c", "d"].map(needs),
            [(0, true, false), (0, true, false), (1, false, true), (0, false, false)]
        );
    }
}
