//! Why a step went as it did, or what became of a message, in the reader's language.

use program::{At, Count, Reason};

use super::{period, window};
use crate::{
    format::{
        number::{bytes, number, unit},
        time,
    },
    i18n::t_string,
    prefs::Texts,
};

/// A reason that need not be there, as the wire carries it: its sentence, and what that says.
pub fn heard(sentence: Option<String>, why: Option<Reason>) -> Option<Reason> {
    sentence.map(|sentence| Reason::heard(sentence, why))
}

/// What is no sentence of ours, such as a mail server's reply, stays as it is.
pub fn reason(texts: Texts, reason: &Reason) -> String {
    let n = |n: u32| number(texts, n.into());
    match reason.clone() {
        Reason::Disabled => t_string!(texts, reason.disabled).to_owned(),
        Reason::NeverAgain { day } => t_string!(texts, reason.never_again, day = time::day(texts, day)),
        Reason::NotAgain { day, within } => {
            t_string!(texts, reason.not_again, day = time::day(texts, day), period = period(texts, within))
        }
        Reason::TooOld { day, within } => {
            t_string!(texts, reason.too_old, day = time::day(texts, day), period = period(texts, within))
        }
        Reason::FilteredOut => t_string!(texts, reason.filtered_out).to_owned(),
        Reason::Scale { best } => t_string!(texts, reason.scale, best = n(best.into())),
        Reason::Drew { drawn } => t_string!(texts, reason.drew, n = n(drawn)),
        Reason::TakenOut { version } => t_string!(texts, reason.taken_out, n = n(version)),
        Reason::Retimed { version } => t_string!(texts, reason.retimed, n = n(version)),
        Reason::Moved { version } => t_string!(texts, reason.moved, n = n(version)),
        Reason::Mended { version } => t_string!(texts, reason.mended, n = n(version)),
        Reason::Returned => t_string!(texts, reason.returned).to_owned(),
        Reason::Changed { names } => t_string!(texts, reason.changed, names = names),
        Reason::ContactFull { size, most } => {
            t_string!(texts, reason.contact_full, size = bytes(texts, size as u64), most = bytes(texts, most as u64))
        }
        Reason::ValueTooLarge { name, size, most } => {
            let (size, most) = (bytes(texts, size as u64), bytes(texts, most as u64));
            t_string!(texts, reason.value_too_large, name = name, size = size, most = most)
        }
        Reason::NoList { name } => t_string!(texts, reason.no_list, name = name),
        Reason::TooManyEdits { name } => t_string!(texts, reason.too_many_edits, name = name),
        Reason::Awaits { event, within } => {
            t_string!(texts, reason.awaits, event = event.to_string(), period = period(texts, within))
        }
        Reason::DidNotCome { event, within } => {
            t_string!(texts, reason.did_not_come, event = event.to_string(), period = period(texts, within))
        }
        Reason::Came { event } => t_string!(texts, reason.came, event = event.to_string()),
        Reason::AwaitsCondition { within } => {
            t_string!(texts, reason.awaits_condition, period = period(texts, within))
        }
        Reason::NotMet { within } => t_string!(texts, reason.not_met, period = period(texts, within)),
        Reason::PassedOver { names } => t_string!(texts, reason.passed_over, names = names),
        Reason::Missed { window: open } => {
            t_string!(texts, reason.missed, window = window(texts, open.days, open.hours, &open.zone))
        }
        Reason::Overdue { by } => t_string!(texts, reason.overdue, period = period(texts, by)),
        Reason::WaitSkipped => t_string!(texts, reason.wait_skipped).to_owned(),
        Reason::NoNode { node } => t_string!(texts, reason.no_node, node = node.to_string()),
        Reason::ContactGone => t_string!(texts, reason.contact_gone).to_owned(),
        Reason::EventGone => t_string!(texts, reason.event_gone).to_owned(),
        Reason::NoQuestion { expr } => t_string!(texts, reason.no_question, expr = expr),
        Reason::Undecided { expr, error } => {
            t_string!(texts, reason.undecided, expr = expr, error = self::reason(texts, &error))
        }
        Reason::NoKey { name } => t_string!(texts, reason.no_key, name = name),
        Reason::TooManySteps { expr, most } => {
            t_string!(texts, reason.too_many_steps, expr = expr, most = most.to_string())
        }
        Reason::Defect { error } => t_string!(texts, reason.defect, error = error),
        Reason::NoStream { stream } => t_string!(texts, reason.no_stream, stream = stream.to_string()),
        Reason::NoAddress => t_string!(texts, reason.no_address).to_owned(),
        Reason::NoOptIn => t_string!(texts, reason.no_opt_in).to_owned(),
        Reason::NoAttachments => t_string!(texts, reason.no_attachments).to_owned(),
        Reason::TooMuchMemory { mib } => t_string!(texts, reason.too_much_memory, n = mib.to_string()),
        Reason::TooMuchTime { ms } => t_string!(texts, reason.too_much_time, n = ms.to_string()),
        Reason::Orphaned => t_string!(texts, reason.orphaned).to_owned(),
        Reason::OnHold => t_string!(texts, reason.on_hold).to_owned(),
        Reason::Expired { hours, last } => {
            t_string!(texts, reason.expired, period = unit(texts, hours, "hour"), last = self::reason(texts, &last))
        }
        Reason::TooOften { times, last } => {
            t_string!(texts, reason.too_often, n = times, last = self::reason(texts, &last))
        }
        Reason::TooUnsure { times, last } => {
            t_string!(texts, reason.too_unsure, n = times, last = self::reason(texts, &last))
        }
        Reason::RelayDown { cause } => t_string!(texts, reason.relay_down, cause = self::reason(texts, &cause)),
        Reason::QueueHeld => t_string!(texts, reason.queue_held).to_owned(),
        Reason::Unsettled { error } => t_string!(texts, reason.unsettled, error = error),
        Reason::StoppedBefore => t_string!(texts, reason.stopped_before).to_owned(),
        Reason::LeaseOver => t_string!(texts, reason.lease_over).to_owned(),
        Reason::CountedByHand => t_string!(texts, reason.counted_by_hand).to_owned(),
        Reason::TooLarge { size, most } => {
            t_string!(texts, reason.too_large, size = bytes(texts, size as u64), most = bytes(texts, most as u64))
        }
        Reason::CalledInVain { hours, last } => {
            t_string!(
                texts,
                reason.called_in_vain,
                period = unit(texts, hours, "hour"),
                last = self::reason(texts, &last)
            )
        }
        Reason::CalledTooOften { times, last } => {
            t_string!(texts, reason.called_too_often, n = times, last = self::reason(texts, &last))
        }
        Reason::NotTaken { status } => t_string!(texts, reason.not_taken, status = status.to_string()),
        Reason::CallTooLarge { size, most } => {
            t_string!(texts, reason.call_too_large, size = bytes(texts, size as u64), most = bytes(texts, most as u64))
        }
        Reason::NobodyCalled => t_string!(texts, reason.nobody_called).to_owned(),
        Reason::Calls { place } => t_string!(texts, reason.calls, place = place),
        Reason::CallTaken { status } => t_string!(texts, reason.call_taken, status = status.to_string()),
        Reason::CallFailed { cause } => t_string!(texts, reason.call_failed, cause = self::reason(texts, &cause)),
        Reason::NoAnswer => t_string!(texts, reason.no_answer).to_owned(),
        Reason::NotAscii => t_string!(texts, reason.not_ascii).to_owned(),
        Reason::ConnectionGone => t_string!(texts, reason.connection_gone).to_owned(),
        Reason::Resent { seen } => t_string!(texts, reason.resent, seen = self::reason(texts, &seen)),
        Reason::Kept { seen } => t_string!(texts, reason.kept, seen = self::reason(texts, &seen)),
        Reason::Counted { seen } => t_string!(texts, reason.counted, seen = self::reason(texts, &seen)),
        Reason::StoppedAmid => t_string!(texts, reason.stopped_amid).to_owned(),
        Reason::NoReplyInLease => t_string!(texts, reason.no_reply_in_lease).to_owned(),
        Reason::NoReply { error } => t_string!(texts, reason.no_reply, error = self::reason(texts, &error)),
        Reason::Late => t_string!(texts, reason.late).to_owned(),
        Reason::NoConnection { server } => t_string!(texts, reason.no_connection, server = server),
        Reason::Filtered { event } => t_string!(texts, reason.filtered, event = event.to_string()),
        Reason::WasBefore { at } => t_string!(texts, reason.was_before, at = clock(texts, &at)),
        Reason::HasCome { at } => t_string!(texts, reason.has_come, at = clock(texts, &at)),
        Reason::Until { at } => clock(texts, &at),
        Reason::Within { window: open } => window(texts, open.days, open.hours, &open.zone),
        Reason::Over { wait } => t_string!(texts, reason.over, period = period(texts, wait)),
        Reason::For { wait } => period(texts, wait),
        Reason::Counts { counts } => counts.iter().map(|of| count(texts, of)).collect::<Vec<_>>().join(", "),
        Reason::TemplateSteps { most } => t_string!(texts, reason.template_steps, n = number(texts, most)),
        Reason::TextTooLong { most } => t_string!(texts, reason.text_too_long, most = bytes(texts, most as u64)),
        Reason::TemplateTooLarge { size, most } => {
            let (size, most) = (bytes(texts, size as u64), bytes(texts, most as u64));
            t_string!(texts, reason.template_too_large, size = size, most = most)
        }
        Reason::EmptySubject => t_string!(texts, reason.empty_subject).to_owned(),
        Reason::Undefined { name } => t_string!(texts, reason.undefined, name = name),
        Reason::NoValue => t_string!(texts, reason.no_value).to_owned(),
        Reason::NullValue => t_string!(texts, reason.null_value).to_owned(),
        Reason::NotPrintable => t_string!(texts, reason.not_printable).to_owned(),
        Reason::UnknownName { name, known } => t_string!(texts, reason.unknown_name, name = name, known = known),
        Reason::UnknownField { owner, field, known } => {
            t_string!(texts, reason.unknown_field, owner = owner, field = field, known = known)
        }
        Reason::UnknownFilter { name, known } => t_string!(texts, reason.unknown_filter, name = name, known = known),
        Reason::UnknownTest { name, known } => t_string!(texts, reason.unknown_test, name = name, known = known),
        Reason::UnknownFunction { name } => t_string!(texts, reason.unknown_function, name = name),
        Reason::UnknownMethod { name } => t_string!(texts, reason.unknown_method, name = name),
        Reason::UnknownTag { name } => t_string!(texts, reason.unknown_tag, name = name),
        Reason::CodeLink { attribute, scheme } => {
            t_string!(texts, reason.code_link, attribute = attribute, scheme = scheme)
        }
        Reason::TemplateSyntax { said } => t_string!(texts, reason.template_syntax, said = said),
        Reason::Line { line, error } => {
            let line = number(texts, line as u64);
            t_string!(texts, reason.line, line = line, error = self::reason(texts, &error))
        }
        Reason::InLine { part: of, line, error } => {
            let (of, line) = (part(texts, &of), number(texts, line as u64));
            t_string!(texts, reason.in_line, part = of, line = line, error = self::reason(texts, &error))
        }
        Reason::Text(text) => of_mail(texts, &text).unwrap_or(text),
    }
}

/// Why a mail cannot be written, as the runner keeps it: the part and what is wrong with it.
fn of_mail(texts: Texts, text: &str) -> Option<String> {
    if let read @ Reason::InLine { .. } = Reason::read(text) {
        return Some(reason(texts, &read));
    }
    let (of, error) = text.split_once(": ").filter(|(of, _)| PARTS.contains(of))?;
    Some(format!("{}: {}", part(texts, of), reason(texts, &Reason::read(error))))
}

/// The parts of a mail, as errors name them.
const PARTS: [&str; 7] = ["subject", "preheader", "html", "text", "headers", "attachments", "signature"];

/// What a part of a mail, or a text of a stream, is called.
pub fn part(texts: Texts, name: &str) -> String {
    match name {
        "title" => t_string!(texts, field.title),
        "subject" => t_string!(texts, reason.part_subject),
        "preheader" => t_string!(texts, reason.part_preheader),
        "html" => "HTML",
        "text" => t_string!(texts, reason.part_text),
        "headers" => t_string!(texts, reason.part_headers),
        "attachments" => t_string!(texts, reason.part_attachments),
        "signature" => t_string!(texts, reason.part_signature),
        other => other,
    }
    .to_owned()
}

/// `24 Dec 2026, 08:00, Europe/Berlin`.
fn clock(texts: Texts, at: &At) -> String {
    let (date, time) = time::local(texts, at.time);
    format!("{date}, {time}, {}", at.zone)
}

fn count(texts: Texts, Count { fact, times }: &Count) -> String {
    let (event, period) = (fact.event.to_string(), period(texts, fact.within));
    t_string!(texts, reason.times, event = event, n = *times, period = period)
}
