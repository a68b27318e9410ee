//! Checks a stream: a list of what is wrong with it.

use program::{Finding, Mailbox, Problem, Stream};

use crate::{Templates, check_address, compose::display_name};

/// Checks a stream: sender, texts, limits. An empty list means that it can be sent.
pub fn check_stream(stream: &Stream) -> Vec<Problem> {
    let mut problems = Vec::new();
    mailbox("from", &stream.from, &mut problems);
    if let Some(reply_to) = &stream.reply_to {
        mailbox("reply_to", reply_to, &mut problems);
    }
    if stream.from.email.split_once('@').is_some_and(|(local, _)| !local.is_ascii()) {
        let message = "the sender has letters beyond ASCII before the @; many servers refuse such mail";
        problems.push(Problem::warning("sender", Finding::Text(message.into())).field("from.email"));
    }
    problems.extend(letter::missing(stream));
    if let Err(faults) = Templates::compile(stream) {
        problems.extend(faults);
    }
    problems
}

fn mailbox(field: &str, mailbox: &Mailbox, problems: &mut Vec<Problem>) {
    if let Err(error) = check_address(&mailbox.email) {
        problems.push(Problem::error("sender", Finding::Text(error.to_string())).field(&format!("{field}.email")));
    }
    let sent = display_name(&mailbox.name);
    if sent != mailbox.name.trim() {
        let message =
            format!("the name is sent as \"{sent}\": without what cannot be seen, on one line, 256 bytes long");
        problems.push(Problem::warning("sender", Finding::Text(message)).field(&format!("{field}.name")));
    }
}
