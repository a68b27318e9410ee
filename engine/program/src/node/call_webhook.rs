//! Call webhook: calls somebody's server. The token rests until the call is over, and goes on by its result.

use serde::{Deserialize, Serialize};

use super::{Family, NodeKind, Rest, Visit};
use crate::{Answer, Effect, Field, Finding, Input, Next, Outcome, Phase, Port, Problem, Reason};

/// Tells a server who the contact is and what happened, and waits for its answer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallWebhook {
    /// What is called.
    #[serde(default)]
    pub url: String,
}

/// The longest URL, in characters: nobody's endpoint needs more, and it stands in tables.
const MAX_URL: usize = 2_048;

static PORTS: [Port; 2] = [CallWebhook::ANSWERED, CallWebhook::FAILED];

impl CallWebhook {
    /// The server took the call.
    pub const ANSWERED: Port = Port::named("answered");
    /// It did not, or not in time.
    pub const FAILED: Port = Port::named("failed");

    /// The host that it calls, with the port if it names one; none while there is no URL.
    pub fn place(&self) -> Option<String> {
        place(&self.url)
    }
}

impl NodeKind for CallWebhook {
    fn title(&self) -> &'static str {
        "Call webhook"
    }

    fn family(&self) -> Family {
        Family::Message
    }

    fn ports(&self) -> &'static [Port] {
        &PORTS
    }

    fn fields(&self) -> &'static [Field] {
        &[Field {
            name: "url",
            label: "URL",
            help: "It gets a POST with contact and event as JSON, signed as Standard Webhooks say.",
            input: Input::Text { max: MAX_URL },
            required: true,
        }]
    }

    fn problems(&self) -> Vec<Problem> {
        let finding = match place(&self.url) {
            Some(_) => return Vec::new(),
            None if self.url.is_empty() => Finding::NoUrl,
            None => Finding::BadUrl,
        };
        vec![Problem::error("url", finding).field("url")]
    }

    fn calls(&self) -> Option<&str> {
        Some(&self.url)
    }

    fn rest(&self) -> Option<Rest> {
        Some(Rest::Answer)
    }

    /// Nobody asked, so nobody refused.
    fn skipped(&self) -> Option<&Port> {
        self.ports().first()
    }

    fn step(&self, visit: &Visit<'_>) -> Result<Outcome, Reason> {
        let answer = visit.facts.answer.as_ref().filter(|_| visit.phase == Phase::Due);
        Ok(match answer {
            // Just arrived, or moved here by a publication.
            None => {
                let place = place(&self.url).ok_or_else(|| Reason::Text("the node names no URL".into()))?;
                Outcome {
                    effects: vec![Effect::CallWebhook { url: self.url.clone() }],
                    next: Next::AwaitAnswer { until: visit.now + Answer::PATIENCE.delta() },
                    reason: Reason::Calls { place },
                }
            }
            Some(Answer::Taken { status }) => {
                Outcome::pass(Self::ANSWERED, Reason::CallTaken { status: u64::from(*status) })
            }
            Some(Answer::Failed { cause }) => {
                Outcome::pass(Self::FAILED, Reason::CallFailed { cause: cause.clone().into() })
            }
            // A pause held it, or somebody has it tried anew.
            Some(Answer::Open { until }) if *until > visit.now => {
                Outcome { effects: Vec::new(), next: Next::AwaitAnswer { until: *until }, reason: Reason::NONE }
            }
            Some(Answer::Open { .. }) => Outcome::pass(Self::FAILED, Reason::NoAnswer),
        })
    }
}

/// The host of a URL, with its port if it names one; none of what is no URL to be called. Whether it may be called is
/// another question, which only the server can answer.
fn place(url: &str) -> Option<String> {
    let strange = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '\\' | '#');
    if url.len() > MAX_URL || url.contains(strange) {
        return None;
    }
    let (scheme, rest) = url.split_once("://")?;
    if !scheme.eq_ignore_ascii_case("https") && !scheme.eq_ignore_ascii_case("http") {
        return None;
    }
    let authority = rest.split(['/', '?']).next()?;
    let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
    let plain = !host.is_empty() && !authority.contains(['@', '%']);
    plain.then(|| authority.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Facts, NodeId, Time};

    fn step(phase: Phase, answer: Option<Answer>) -> Outcome {
        let facts = Facts { answer, ..Facts::default() };
        let id = NodeId::new("n").unwrap();
        let call = CallWebhook { url: "https://Example.com/hook?key=1".into() };
        call.step(&Visit { node: &id, now: Time::UNIX_EPOCH, phase, facts: &facts }).unwrap()
    }

    #[test]
    fn calls_and_goes_on_by_the_answer() {
        let until = Time::UNIX_EPOCH + Answer::PATIENCE.delta();
        let called = Outcome {
            effects: vec![Effect::CallWebhook { url: "https://Example.com/hook?key=1".into() }],
            next: Next::AwaitAnswer { until },
            reason: Reason::Calls { place: "example.com".into() },
        };
        assert_eq!(step(Phase::Arrived, None), called);
        // Another visit's answer is not this one's.
        assert_eq!(step(Phase::Arrived, Some(Answer::Taken { status: 200 })), called);
        assert_eq!(step(Phase::Due, None), called);
        let next = |answer| step(Phase::Due, Some(answer)).next;
        assert_eq!(next(Answer::Taken { status: 204 }), Next::Pass(CallWebhook::ANSWERED));
        assert_eq!(next(Answer::Failed { cause: "gone".into() }), Next::Pass(CallWebhook::FAILED));
        assert_eq!(next(Answer::Open { until }), Next::AwaitAnswer { until });
        assert_eq!(next(Answer::Open { until: Time::UNIX_EPOCH }), Next::Pass(CallWebhook::FAILED));
    }

    #[test]
    fn a_url_is_looked_at_before_anybody_calls_it() {
        let codes = |url: &str| {
            let problems = CallWebhook { url: url.into() }.problems();
            problems.into_iter().map(|problem| problem.message).collect::<Vec<_>>()
        };
        for good in
            ["https://example.com", "http://127.0.0.1:8080/a?b=c", "HTTPS://[::1]:1/", "https://müller.example/"]
        {
            assert_eq!(codes(good), Vec::<String>::new(), "{good}");
        }
        assert_eq!(codes(""), [String::from(Finding::NoUrl)]);
        let long = format!("https://example.com/{}", "x".repeat(MAX_URL));
        for bad in [
            "example.com",
            "ftp://example.com",
            "https://",
            "https://a b",
            "https://u@a",
            "https:\\\\a",
            "https://a#b",
            &long,
        ] {
            assert_eq!(codes(bad), [String::from(Finding::BadUrl)], "{bad}");
        }
    }
}
