//! What is wrong with a stream, as a list.

use program::{Mailbox, Problem, Stream};

use crate::{Templates, check_address, compose::check_name};

/// Checks a stream: sender, texts, limits. An empty list means that it can be sent.
pub fn check_stream(stream: &Stream) -> Vec<Problem> {
    let mut problems = Vec::new();
    mailbox("from", &stream.from, &mut problems);
    if let Some(reply_to) = &stream.reply_to {
        mailbox("reply_to", reply_to, &mut problems);
    }
    if !stream.from.email.is_ascii() {
        let message =
            "the sender has letters beyond ASCII; many servers refuse such mail, write the domain in its xn-- form";
        problems.push(Problem::warning("sender", message).field("from.email"));
    }
    for (field, text) in [("subject", &stream.subject), ("html", &stream.html), ("text", &stream.text)] {
        if text.trim().is_empty() {
            problems.push(Problem::error("empty", format!("the {field} is empty; write one")).field(field));
        }
    }
    if stream.title.trim().is_empty() {
        problems.push(Problem::error("empty", "the title is empty; write one").field("title"));
    }
    if let Err(faults) = Templates::compile(stream) {
        problems.extend(faults);
    }
    problems
}

fn mailbox(field: &str, mailbox: &Mailbox, problems: &mut Vec<Problem>) {
    if let Err(error) = check_address(&mailbox.email) {
        problems.push(Problem::error("sender", error.to_string()).field(&format!("{field}.email")));
    }
    if let Err(error) = check_name(&mailbox.name) {
        problems.push(Problem::error("sender", error).field(&format!("{field}.name")));
    }
}
