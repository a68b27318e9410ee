//! Wait for event: the token rests until its contact has an event, or until a time is over.

use serde::{Deserialize, Serialize};

use super::{Asked, Awaits, EVENT, Family, Gives, NodeKind, Rest, Visit};
use crate::{
    Effect, EventType, Expr, Field, Finding, Input, Next, Outcome, Period, Phase, Port, Problem, Reason, Scope,
};

/// The event came, or it did not come in time. A disabled node lets everybody pass by the last port.
static PORTS: [Port; 2] = [Port::named("came"), Port::named("timed_out")];
/// The longest name of a joined event, in characters.
const MAX_NAME: usize = 40;

/// Keeps the token until an event of its contact comes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WaitForEvent {
    /// Which event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<EventType>,
    /// A CEL expression on `incoming`, the event that has come, and all that a step knows. Without it every event of the
    /// type will do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<Expr>,
    /// How long at most.
    pub timeout: Period,
    /// By which name the event is known from then on, as in `joined.payment.total`.
    #[serde(default, rename = "as", skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl Default for WaitForEvent {
    fn default() -> Self {
        const DAYS: u64 = 3 * 86_400_000;
        let timeout = Period::from_millis(DAYS).unwrap_or(Period::MAX);
        Self { event: None, filter: None, timeout, name: None }
    }
}

impl NodeKind for WaitForEvent {
    fn title(&self) -> &'static str {
        "Wait for event"
    }

    fn family(&self) -> Family {
        Family::Time
    }

    fn ports(&self) -> &'static [Port] {
        &PORTS
    }

    fn fields(&self) -> &'static [Field] {
        &[
            EVENT,
            Field {
                name: "filter",
                label: "Only when",
                help: "An expression on incoming, the event that has come; an event that it cannot be decided about does \
                       not fit.",
                input: Input::Expression { scope: Scope::Incoming },
                required: false,
            },
            Field {
                name: "timeout",
                label: "At most",
                help: "A length of time, such as 30m, 36h or 2d.",
                input: Input::Period,
                required: true,
            },
            Field {
                name: "as",
                label: "Known as",
                help: "A name for the event, by which conditions and mails read it: joined.payment.total.",
                input: Input::Text { max: MAX_NAME },
                required: false,
            },
        ]
    }

    fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        if self.event.is_none() {
            problems.push(Problem::error("event_missing", Finding::NoAwaitedEvent).field("event"));
        }
        if let Some(event) = self.event.clone().filter(|event| EventType::facts() == Some(event)) {
            problems.push(Problem::error("event_never_comes", Finding::NeverComes { event }).field("event"));
        }
        problems.extend(self.filter.as_ref().and_then(|filter| filter.problem_of("filter")));
        if self.name.as_ref().is_some_and(|name| !is_word(name)) {
            problems.push(Problem::error("joined_name", Finding::JoinedName { most: MAX_NAME }).field("as"));
        }
        problems
    }

    fn exprs(&self) -> Vec<Asked<'_>> {
        self.filter
            .iter()
            .map(|expr| Asked { field: "filter", expr, scope: Scope::Incoming, gives: Gives::Answer })
            .collect()
    }

    fn rest(&self) -> Option<Rest> {
        Some(Rest::UpTo(self.timeout))
    }

    fn awaits(&self) -> Option<Awaits<'_>> {
        let (event, filter) = (self.event.as_ref(), self.filter.as_ref());
        Some(Awaits { event, filter, name: self.name.as_deref(), came: &PORTS[0] })
    }

    fn step(&self, visit: &Visit<'_>) -> Result<Outcome, Reason> {
        let event = self.event.clone().ok_or_else(|| Reason::Text("the node names no event".into()))?;
        let within = self.timeout;
        // One that stands here and nobody knows since when begins to wait.
        let Some(awaited) = visit.facts.awaited.as_ref().filter(|_| visit.phase == Phase::Due) else {
            return Ok(Outcome::wait_for(visit.now + within.delta(), Reason::Awaits { event, within }));
        };
        for came in &awaited.events {
            let fits = match self.filter.as_ref().map(|filter| filter.holds_of(visit.facts, &came.data)) {
                None => true,
                Some(Ok(holds)) => holds,
                Some(Err(reason @ Reason::TooManySteps { .. })) => return Err(reason),
                // Of somebody else's event a field may be missing: that is no reason for the token to stand still.
                Some(Err(_)) => false,
            };
            if fits {
                let join = self.name.iter().map(|name| Effect::JoinEvent { name: name.clone(), event: came.id });
                return Ok(Outcome {
                    effects: join.collect(),
                    next: Next::Pass(PORTS[0].clone()),
                    reason: Reason::Came { event },
                });
            }
        }
        if visit.now < awaited.until {
            return Ok(Outcome::wait_for(awaited.until, Reason::NONE));
        }
        Ok(Outcome::pass(PORTS[1].clone(), Reason::DidNotCome { event, within }))
    }
}

/// Whether a name can be written behind a dot.
fn is_word(name: &str) -> bool {
    name.chars().count() <= MAX_NAME
        && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use serde_json::{Value, json};

    use super::*;
    use crate::{Awaited, Came, EventId, Facts, Time};

    fn at(hours: i64) -> Time {
        Time::UNIX_EPOCH + TimeDelta::hours(hours)
    }

    fn object(value: Value) -> crate::Object {
        value.as_object().unwrap().clone()
    }

    fn step(node: &WaitForEvent, hour: i64, came: Option<&[Value]>) -> Result<Outcome, Reason> {
        let one =
            |(n, data): (u128, &Value)| Came { id: EventId(uuid::Uuid::from_u128(n)), data: object(data.clone()) };
        let awaited = came.map(|came| Awaited { until: at(48), events: (0..).zip(came).map(one).collect() });
        let phase = if awaited.is_some() { Phase::Due } else { Phase::Arrived };
        let facts = Facts { awaited, event: object(json!({ "order": 7 })), ..Facts::default() };
        let id = crate::NodeId::new("n").unwrap();
        node.step(&Visit { node: &id, now: at(hour), phase, facts: &facts })
    }

    #[test]
    fn the_first_event_that_fits_joins_or_the_time_is_over() {
        let event = EventType::new("paid").ok();
        let node = WaitForEvent {
            event,
            filter: Some(Expr::new("incoming.order == event.order && incoming.total / 1 > 0")),
            timeout: "2d".parse().unwrap(),
            name: Some("payment".into()),
        };
        assert_eq!(node.problems(), []);
        let next = |hour, came: Option<&[Value]>| {
            let Outcome { effects, next, reason } = step(&node, hour, came).unwrap();
            (effects, next, reason.to_string())
        };
        let waits = |until, reason: &str| (vec![], Next::Await { until }, reason.to_owned());
        assert_eq!(next(5, None), waits(at(53), "waits for paid, at most 2 days"));
        assert_eq!(next(5, Some(&[])), waits(at(48), ""));
        // Of others, undecidable, of others.
        let others = [json!({ "order": 8, "total": 1 }), json!({ "total": 1 }), json!({ "order": 7, "total": "x" })];
        assert_eq!(next(5, Some(&others)), waits(at(48), ""));
        let out = || (vec![], Next::Pass(PORTS[1].clone()), "no paid within 2 days".to_owned());
        assert_eq!(next(48, Some(&others)), out());
        assert_eq!(next(60, Some(&[])), out());
        // What has come counts, though the time is over.
        let fits = json!({ "order": 7, "total": 1 });
        let came = [others[0].clone(), fits.clone(), fits];
        let join = Effect::JoinEvent { name: "payment".into(), event: EventId(uuid::Uuid::from_u128(1)) };
        assert_eq!(next(48, Some(&came)), (vec![join], Next::Pass(PORTS[0].clone()), "paid came".into()));
    }

    #[test]
    fn what_is_missing_is_found() {
        let codes =
            |node: &WaitForEvent| -> Vec<_> { node.problems().iter().map(|problem| problem.code.clone()).collect() };
        assert_eq!(codes(&WaitForEvent::default()), ["event_missing"]);
        // By this name waits for conditions are found; whoever waited for it would be woken by everything and pass.
        let facts = WaitForEvent { event: EventType::facts().cloned(), ..WaitForEvent::default() };
        assert_eq!(codes(&facts), ["event_never_comes"]);
        let node = WaitForEvent {
            event: EventType::new("paid").ok(),
            filter: Some(Expr::new("incomming.x == 1")),
            name: Some("a b".into()),
            ..WaitForEvent::default()
        };
        assert_eq!(codes(&node), ["expression", "joined_name"]);
    }
}
