//! Calls that are refused, or that nobody answers. The simulator has every call taken at once. So it plays another program
//! in their place, and what it says of them is put right.

use program::{
    Action, Answer, Effect, Kind, Port, Program, Reason, TraceStep,
    node::{CallWebhook, Wait},
};
use store::CallEnd;

/// What becomes of a call, by its host.
const HOSTS: [&str; 3] = ["takes.example", "refuses.example", "is-silent.example"];
const REFUSED: &str = "the server answered with status 410";

/// Where one call of many goes.
pub(super) fn url(n: usize) -> String {
    format!("https://{}/hook", HOSTS[n % HOSTS.len()])
}

/// How a call of this host ends; none: nobody answers.
pub(super) fn end(host: &str) -> Option<CallEnd> {
    match host {
        host if host.starts_with(HOSTS[0]) => Some(CallEnd::Answered),
        host if host.starts_with(HOSTS[1]) => Some(CallEnd::Failed { reason: REFUSED.into() }),
        _ => None,
    }
}

/// What becomes of the calls of a node that the simulator would have taken.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Odd {
    Refused,
    Silent,
}

fn odd(kind: &Kind) -> Option<Odd> {
    let Kind::CallWebhook(CallWebhook { url }) = kind else { return None };
    match () {
        () if url.contains(HOSTS[1]) => Some(Odd::Refused),
        () if url.contains(HOSTS[2]) => Some(Odd::Silent),
        () => None,
    }
}

/// Whether the simulator does with it what a running system does.
pub(super) fn are_taken(program: &Program) -> bool {
    program.nodes.values().all(|node| odd(&node.kind).is_none())
}

/// A program by which contacts go where those go whose calls end so: a call that is taken and leads where a refusal does,
/// and a wait for one that nobody answers.
pub(super) fn stand_in(program: &Program) -> Program {
    let mut program = program.clone();
    for node in program.nodes.values_mut() {
        let (Some(odd), failed) = (odd(&node.kind), node.next.get(&CallWebhook::FAILED).cloned()) else { continue };
        let port = match odd {
            Odd::Refused => CallWebhook::ANSWERED,
            Odd::Silent => {
                node.kind = Wait { duration: Answer::PATIENCE }.into();
                Port::NEXT
            }
        };
        node.next.clear();
        node.next.extend(failed.map(|to| (port, to)));
    }
    program
}

/// What a running system says of the program, where this was said of its stand-in.
pub(super) fn put_right(program: &Program, steps: &mut [TraceStep]) {
    for step in steps {
        let Kind::CallWebhook(call) = &program.nodes[&step.node].kind else { continue };
        let Some(odd) = odd(&program.nodes[&step.node].kind) else { continue };
        match (&step.action, odd) {
            (Action::Passed { .. }, _) => {
                step.action = Action::Passed { port: CallWebhook::FAILED };
                step.reason = match odd {
                    Odd::Refused => Reason::CallFailed { cause: Box::new(REFUSED.into()) },
                    Odd::Silent => Reason::NoAnswer,
                };
            }
            (Action::Waiting { .. }, Odd::Silent) => {
                step.effects = vec![Effect::CallWebhook { url: call.url.clone() }];
                step.reason = Reason::Calls { place: HOSTS[2].into() };
            }
            _ => {}
        }
    }
}
