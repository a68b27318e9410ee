//! PURE: a draft in virtual time. The input becomes events, and the result becomes a list of steps.

use program::{
    End, EventType, Object, Period, Plan, Problem, Program, Purpose, SimEvent, StreamName, Time, TraceStep, numbered,
    simulate,
};
use uuid::Uuid;

/// The most earlier events; a simulation plays each of them.
pub const MOST_EARLIER: u32 = 1_000;

/// What is to be played.
#[derive(Clone, Debug, PartialEq)]
pub struct Setup {
    /// When the event happens; everything after it is virtual.
    pub at: Time,
    /// What happens.
    pub event: EventType,
    /// The contact as conditions and templates see it.
    pub contact: Object,
    /// The payload.
    pub data: Object,
    /// What happened to the contact before, for conditions that count.
    pub earlier: Vec<Earlier>,
    /// What chance is drawn from.
    pub seed: Uuid,
}

/// Events that the contact had before.
#[derive(Clone, Debug, PartialEq)]
pub struct Earlier {
    /// Of which type.
    pub event: EventType,
    /// How many.
    pub times: u32,
    /// In which time before the event; they are spread evenly over it.
    pub within: Period,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Played {
    /// The draft cannot run; these errors stand against it.
    Refused(Vec<Problem>),
    /// The event starts nothing: no entry takes it, or a filter keeps it out.
    Nothing,
    /// What happened, in order. Where two entries take the event, one way stands behind the other.
    Steps(Vec<Step>),
}

/// One step of a simulation.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What happened, when and why.
    pub trace: TraceStep,
    /// Which way through the program, from 0.
    pub way: usize,
    /// How much time was jumped over before it, in milliseconds.
    pub jumped: u64,
}

impl Step {
    /// The mails that it asks for.
    pub fn mails(&self) -> impl Iterator<Item = (&StreamName, &Purpose)> {
        self.trace.effects.iter().filter_map(|effect| effect.mail())
    }
}

/// Plays it, to the end of every wait.
pub fn play(program: &Program, setup: &Setup) -> Played {
    let plan = match Plan::new(program.clone()) {
        Ok(plan) => plan,
        Err(errors) => return Played::Refused(errors),
    };
    let events = events(setup);
    let last = events.len() - 1;
    let runs = simulate(&plan, &events, None, numbered(setup.seed));
    let runs = runs.into_iter().filter(|run| run.event == last);
    let mut steps = Vec::new();
    for (way, run) in runs.enumerate() {
        let waits = matches!(run.end, End::Waiting(_) | End::AwaitsAnswer(_));
        debug_assert!(!waits, "nothing ends a simulation before its waits do");
        let mut before = setup.at;
        for trace in run.steps {
            let jumped = (trace.at - before).num_milliseconds().try_into().unwrap_or_default();
            before = trace.at;
            steps.push(Step { trace, way, jumped });
        }
    }
    if steps.is_empty() { Played::Nothing } else { Played::Steps(steps) }
}

/// The earlier events and the one that is tried, which stands last.
fn events(setup: &Setup) -> Vec<SimEvent> {
    let event = |at: Time, event: &EventType, data: &Object| SimEvent {
        at,
        event: event.clone(),
        contact: "contact".into(),
        attributes: setup.contact.clone(),
        data: data.clone(),
    };
    let mut events = Vec::new();
    for earlier in &setup.earlier {
        let times = earlier.times.min(MOST_EARLIER);
        // Those of the same type are taken to be alike, so that filters treat them alike.
        let empty = Object::new();
        let data = if earlier.event == setup.event { &setup.data } else { &empty };
        for n in 1..=times {
            // Never at the ends: the bounds of a count of the same length are not what is tried here.
            let before = earlier.within.millis() / u64::from(times + 1) * u64::from(n);
            let before = Period::from_millis(before).unwrap_or(Period::MAX);
            events.push(event(setup.at - before.delta(), &earlier.event, data));
        }
    }
    events.push(event(setup.at, &setup.event, &setup.data));
    events
}

/// What conditions of the program count: event types and how far back, without repetition.
pub fn counted(program: &Program) -> Vec<(EventType, Period)> {
    let mut counted: Vec<(EventType, Period)> = Vec::new();
    for fact in program.nodes.values().filter(|node| !node.disabled).flat_map(|node| node.kind.counts()) {
        if !counted.iter().any(|(event, _)| *event == fact.event) {
            counted.push((fact.event.clone(), fact.within));
        }
    }
    counted
}

/// A length of time, largest units first, at most two of them: `[(2, "day"), (3, "hour")]`.
pub fn units(millis: u64) -> Vec<(u64, &'static str)> {
    const UNITS: [(&str, u64); 4] = [("day", 86_400_000), ("hour", 3_600_000), ("minute", 60_000), ("second", 1_000)];
    let mut rest = millis;
    let mut parts = Vec::new();
    for (name, length) in UNITS {
        if rest >= length && parts.len() < 2 {
            parts.push((rest / length, name));
            rest %= length;
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "
stafette: 1
name: t
title: T
nodes:
  in: { kind: entry, event: order.placed, filter: event.total > 10, next: rest }
  rest: { kind: wait, duration: 2d, next: loyal }
  loyal: { kind: condition, when: 'count(\"order.placed\", duration(\"8760h\")) >= 3', next: { yes: club, no: ask } }
  club: { kind: loyalty_invite, stream: invite, club: C, next: out }
  ask: { kind: send_mail, stream: ask, next: out }
  out: { kind: exit }
";

    fn setup(total: u32, earlier: u32) -> Setup {
        let event = EventType::new("order.placed").unwrap();
        let object = |text: String| serde_json::from_str(&text).unwrap();
        let within = "365d".parse().unwrap();
        Setup {
            at: "2026-03-01T09:00:00Z".parse().unwrap(),
            event: event.clone(),
            contact: object(r#"{ "email": "ada@example.test" }"#.into()),
            data: object(format!(r#"{{ "total": {total} }}"#)),
            earlier: vec![Earlier { event, times: earlier, within }],
            seed: Uuid::nil(),
        }
    }

    fn way(played: Played) -> Vec<String> {
        let Played::Steps(steps) = played else { panic!("{played:?}") };
        let word = |step: &Step| {
            let mail: String = step.mails().map(|(stream, _)| format!(" {stream}")).collect();
            format!("{} +{}h{mail}", step.trace.node, step.jumped / 3_600_000)
        };
        steps.iter().map(word).collect()
    }

    #[test]
    fn waits_are_jumped_and_history_counts() {
        let program = Program::parse(FILE).unwrap();
        let rest = ["in +0h", "rest +0h", "rest +48h", "loyal +0h"];
        for (earlier, last) in [(0, "ask +0h ask"), (1, "ask +0h ask"), (2, "club +0h invite"), (9, "club +0h invite")]
        {
            let way = way(play(&program, &setup(11, earlier)));
            assert_eq!(way[..4], rest);
            assert_eq!(way[4..], [last, "out +0h"], "{earlier}");
        }
    }

    #[test]
    fn the_filter_keeps_out_and_errors_are_told() {
        let program = Program::parse(FILE).unwrap();
        assert_eq!(play(&program, &setup(10, 2)), Played::Nothing);
        let broken = Program::parse(&FILE.replace("next: loyal", "next: gone")).unwrap();
        assert!(
            matches!(play(&broken, &setup(11, 0)), Played::Refused(problems) if problems[0].code == "unknown_node")
        );
    }

    #[test]
    fn two_entries_are_two_ways() {
        let twice = FILE.replace("  rest:", "  too: { kind: entry, event: order.placed, next: out }\n  rest:");
        let Played::Steps(steps) = play(&Program::parse(&twice).unwrap(), &setup(11, 0)) else { panic!() };
        let of = |way| steps.iter().filter(|step| step.way == way).count();
        assert_eq!((of(0), of(1), of(2)), (6, 2, 0));
    }

    #[test]
    fn what_is_counted_and_how_long_it_is() {
        let counted = counted(&Program::parse(FILE).unwrap());
        assert_eq!(counted, [(EventType::new("order.placed").unwrap(), "365d".parse().unwrap())]);
        assert_eq!(units(2 * 86_400_000), [(2, "day")]);
        assert_eq!(units(90_061_000), [(1, "day"), (1, "hour")]);
        assert_eq!(units(999), []);
    }
}
