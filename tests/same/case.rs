//! A random program with its history, and what tells it from others in the same database.

use std::{
    collections::{HashMap, HashSet},
    fmt,
};

use program::{
    EventType, Expr, Kind, Object, Plan, Program, ProgramName, SimEvent, SimRun, Stream, Time, TokenId, simulate,
};
use uuid::Uuid;

use super::calls;
use crate::random::EVENTS;

/// One of many programs in a database.
#[derive(Clone, Debug)]
pub(super) struct Case {
    /// Its number among all.
    pub(super) number: usize,
    pub(super) program: Program,
    pub(super) events: Vec<SimEvent>,
    /// The first event of each contact says all that its events say of it, also where the runner takes them.
    pub(super) constant: bool,
}

impl Case {
    /// The same with its number in all names. Its events come on the quarter of an hour, so that those of many programs
    /// meet.
    pub(super) fn numbered(mut self, number: usize) -> Self {
        const QUARTER: i64 = 900_000;
        self.number = number;
        self.program.name = ProgramName::new(&format!("random-{number}")).unwrap();
        let own = |name: &str| format!("{name}.of.n{number}");
        let renamed = |event: &mut Option<EventType>| {
            *event = event.as_ref().map(|event| EventType::new(&own(event.as_str())).unwrap());
        };
        for (at, node) in self.program.nodes.values_mut().enumerate() {
            match &mut node.kind {
                Kind::CallWebhook(call) => call.url = calls::url(number + at),
                Kind::Entry(entry) => renamed(&mut entry.event),
                Kind::WaitForEvent(wait) => renamed(&mut wait.event),
                Kind::Condition(condition) => condition.when = counting(&condition.when, own),
                Kind::WaitForCondition(wait) => wait.when = counting(&wait.when, own),
                _ => {}
            }
        }
        let epoch = crate::random::epoch();
        for event in &mut self.events {
            let since = (event.at - epoch).num_milliseconds();
            event.at = epoch + chrono::TimeDelta::milliseconds(since / QUARTER * QUARTER);
            event.event = EventType::new(&own(event.event.as_str())).unwrap();
            event.contact = format!("{number}-{}", event.contact);
            event.attributes.insert("email".into(), event.contact.clone().into());
        }
        self
    }

    /// What comes in, for the runner and the simulator.
    pub(super) fn live(&self) -> Vec<SimEvent> {
        if self.constant { self.constant("") } else { self.events.clone() }
    }

    /// What happens by the simulator, with calls that end as they do here. Chance goes by the tokens' ids.
    pub(super) fn simulated(&self, ids: impl FnMut() -> TokenId) -> Vec<SimRun> {
        let plan = Plan::new(calls::stand_in(&self.program)).unwrap();
        let mut runs = simulate(&plan, &self.live(), None, ids);
        runs.iter_mut().for_each(|run| calls::put_right(&self.program, &mut run.steps));
        runs
    }

    /// Whether no token has a part in what becomes of another one, so that they may go in any order: none leaves anything
    /// that another one sees, or no contact has two of them at a time.
    pub(super) fn is_in_any_order(&self) -> bool {
        let kinds = || self.program.nodes.values().map(|node| node.kind.as_kind());
        if !kinds().any(|kind| kind.edits_contact() || kind.way_in().is_some_and(|way| way.asks_entered())) {
            return true;
        }
        let mut free: HashMap<String, Time> = HashMap::new();
        let (events, nobody) = (self.live(), || TokenId(Uuid::nil()));
        self.simulated(nobody).into_iter().all(|run| {
            let begins = events[run.event].at;
            let ends = run.steps.last().map_or(begins, |step| step.at);
            free.insert(run.contact, ends).is_none_or(|free| free < begins)
        })
    }

    /// The same of contacts of which all is known from their first event on, under names that begin with this.
    pub(super) fn constant(&self, prefix: &str) -> Vec<SimEvent> {
        let mut known: HashSet<&str> = HashSet::new();
        let first = |event: &SimEvent| {
            let of = self.events.iter().filter(|other| other.contact == event.contact);
            let mut attributes: Object = of.flat_map(|other| other.attributes.clone()).collect();
            attributes.insert("email".into(), format!("{prefix}{}", event.contact).into());
            attributes
        };
        let mut events = Vec::with_capacity(self.events.len());
        for event in &self.events {
            let mut event_of = SimEvent { contact: format!("{prefix}{}", event.contact), ..event.clone() };
            event_of.attributes = Object::new();
            event_of.attributes.insert("email".into(), event_of.contact.clone().into());
            if known.insert(&event.contact) {
                event_of.attributes = first(event);
            }
            events.push(event_of);
        }
        events
    }
}

/// The same condition on event types of its own.
pub(super) fn counting(when: &Expr, own: impl Fn(&str) -> String) -> Expr {
    let renamed = EVENTS.iter().fold(when.source().to_owned(), |text, name| {
        text.replace(&format!("count(\"{name}\""), &format!("count(\"{}\"", own(name)))
    });
    Expr::new(&renamed)
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n{:#?}", self.program.to_yaml(), self.live())
    }
}

pub(super) fn stream(name: &str) -> Stream {
    let text = format!(
        "stafette: 1\nname: {name}\ntitle: {name}\nclass: operational\nfrom: {{ email: shop@example.test }}\n\
         subject: Hello\nhtml: <p>Hello</p>\ntext: Hello\n"
    );
    Stream::parse(&text).unwrap()
}
