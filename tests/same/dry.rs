//! Dry runs of the same programs, on events of contacts of their own that nothing has happened to, compared whole: all
//! figures, counted anew from the steps of the simulator and, where chance has no part, of the runner.

use std::collections::{BTreeMap, HashMap};

use api::programs::{Branch, Close, DayMails, DryRunState, Figures};
use chrono::TimeDelta;
use program::{Action, ContactId, Kind, Plan, SimEvent, Time, TraceStep, numbered, simulate};
use server::dry_run::{DryRuns, Task};
use store::Ingested;

use super::{
    Played, calls,
    case::Case,
    play::{merged, take},
};
use crate::{
    load::Chance,
    random,
    world::{WORKSPACE, World},
};

/// All that happens is over by then.
const DAYS: u16 = 60;
/// How many of those who get two mails within a day are named.
const NAMED: usize = 20;
/// What the names of these contacts begin with.
const PREFIX: &str = "dry-";

/// What a dry run said of a program.
pub(super) struct Dry {
    figures: Figures,
    left_out: u64,
    /// The contacts' ids by their names in the history.
    contacts: HashMap<String, ContactId>,
    until: Time,
}

/// Contacts with what happened to their tokens.
type Ways = Vec<(ContactId, Vec<TraceStep>)>;

pub(super) async fn run(world: &World, cases: &[Case]) -> Vec<Dry> {
    for case in cases {
        world.keep(&case.program).await;
    }
    let histories: Vec<_> = cases.iter().map(|case| case.constant(PREFIX)).collect();
    let mut contacts: Vec<HashMap<String, ContactId>> = vec![HashMap::new(); cases.len()];
    let events = merged(&histories);
    let (mut left, mut chance) = (&events[..], Chance::new());
    while let Some((_, first)) = left.first() {
        world.hands.set(first.at);
        let (come, rest) = left.split_at(left.partition_point(|(_, event)| event.at <= first.at));
        left = rest;
        for ((case, answer), (_, event)) in take(world, come, &mut chance).await.into_iter().zip(come) {
            let Ingested::Accepted { contact, tokens, .. } = answer else { panic!("{answer:?}") };
            assert!(tokens.is_empty(), "a draft lets nobody in");
            contacts[case].insert(event.contact.clone(), contact);
        }
    }
    let until = random::epoch() + TimeDelta::days(i64::from(DAYS) - 1);
    world.hands.set(until);
    let runs = DryRuns::new(world.store.clone(), world.clock.clone());
    let mut dry = Vec::with_capacity(cases.len());
    for (case, contacts) in cases.iter().zip(contacts) {
        let program = world.store.program_by_name(WORKSPACE, &case.program.name).await.unwrap().id;
        let task = Task { workspace: WORKSPACE, program, draft: case.program.clone(), days: DAYS };
        let id = runs.start(task).await.unwrap().id;
        let result = loop {
            let run = runs.get(WORKSPACE, program, id).unwrap();
            match run.state {
                DryRunState::Running => tokio::task::yield_now().await,
                DryRunState::Done => break run.result.unwrap(),
                DryRunState::Failed => panic!("{:?}\n{case}", run.error),
            }
        };
        dry.push(Dry { figures: result.draft, left_out: result.left_out, contacts, until });
    }
    dry
}

impl Dry {
    /// How it is not what the simulator, or the runner, did.
    pub(super) fn differs(&self, case: &Case, run: &Played) -> Option<String> {
        assert_eq!(self.left_out, 0);
        let plan = Plan::new(case.program.clone()).unwrap();
        let differs = |ways: &Ways, who: &str| {
            let expected = figures(&plan, ways, self.until);
            let figures = &self.figures;
            (expected != *figures).then(|| format!("dry run\n{figures:#?}\n{who}\n{expected:#?}"))
        };
        let history = case.constant(PREFIX);
        let mut ways = Ways::new();
        for (name, contact) in &self.contacts {
            let own: Vec<SimEvent> = history.iter().filter(|event| event.contact == *name).cloned().collect();
            // Chance goes by the contact in a dry run.
            let runs = simulate(&plan, &own, Some(self.until), numbered(contact.uuid()));
            ways.extend(runs.into_iter().map(|run| (*contact, run.steps)));
        }
        differs(&ways, "simulated").or_else(|| {
            let by_chance = plan.program().nodes.values().any(|node| matches!(node.kind, Kind::Split(_)));
            if by_chance || !case.constant || !calls::are_taken(&case.program) {
                return None;
            }
            // The same tokens, made in the same order.
            let ids = || program::TokenId(uuid::Uuid::nil());
            let owners = simulate(&plan, &case.live(), None, ids).into_iter().map(|run| run.contact);
            let ways = owners.zip(run).map(|(owner, (_, steps))| {
                let contact = self.contacts[&format!("{PREFIX}{owner}")];
                (contact, steps.iter().filter(|step| step.at <= self.until).cloned().collect())
            });
            differs(&ways.collect(), "run")
        })
    }
}

/// What happened, in figures.
fn figures(plan: &Plan, ways: &Ways, until: Time) -> Figures {
    let (mut branches, mut days, mut minutes) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::<_, u64>::new());
    let mut mails: BTreeMap<ContactId, Vec<Time>> = BTreeMap::new();
    let mut figures = Figures::default();
    for (contact, step) in ways.iter().flat_map(|(contact, steps)| steps.iter().map(move |step| (*contact, step))) {
        assert!(step.at <= until);
        match &step.action {
            Action::Passed { port } => {
                figures.entered += u64::from(plan.program().nodes[&step.node].kind.is_entry());
                *branches.entry((step.node.clone(), port.clone())).or_default() += 1;
            }
            Action::Failed { .. } => figures.failed += 1,
            _ => {}
        }
        for _ in step.effects.iter().filter(|effect| effect.mail().is_some()) {
            figures.mails += 1;
            *days.entry((step.at.date_naive(), step.node.clone())).or_default() += 1;
            *minutes.entry(step.at.timestamp() / 60).or_default() += 1;
            mails.entry(contact).or_default().push(step.at);
        }
    }
    let mut close: Vec<Close> = Vec::new();
    for (contact, times) in &mut mails {
        times.sort();
        let two = times.windows(2).find(|two| two[1] < two[0] + TimeDelta::days(1));
        close.extend(two.map(|two| Close { contact: contact.uuid(), first: two[0], second: two[1] }));
    }
    close.sort_by_key(|close| (close.first, close.contact));
    let mut each: Vec<_> = mails.values().map(|times| times.len() as u64).collect();
    each.sort_unstable();
    figures.contacts = each.len() as u64;
    figures.most_per_contact = each.last().copied().unwrap_or_default();
    // So few contacts that one is more than a hundredth of them.
    figures.p99_per_contact = figures.most_per_contact;
    figures.close = close.len() as u64;
    figures.close_first = close.into_iter().take(NAMED).collect();
    figures.peak = minutes.values().max().copied().unwrap_or_default();
    let first = minutes.iter().find(|(_, n)| **n == figures.peak);
    figures.peak_at = first.and_then(|(minute, _)| Time::from_timestamp(minute * 60, 0));
    let day = |((day, node), mails): ((_, program::NodeId), u64)| DayMails { day, node: node.to_string(), mails };
    figures.by_day = days.into_iter().map(day).collect();
    let branch = |((node, port), tokens): ((program::NodeId, program::Port), u64)| Branch {
        node: node.to_string(),
        port: port.to_string(),
        tokens,
    };
    figures.branches = branches.into_iter().map(branch).collect();
    figures
}
