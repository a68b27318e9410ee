//! What the checker says of a program, in the reader's language.

use program::{Fault, Finding, Kinds, Names, Reason, Suggestion, ValueKind};

use super::{period, port, reason, reason::part};
use crate::{
    format::number::{bytes, number, percent},
    i18n::t_string,
    prefs::Texts,
};

/// A finding as checker and server write it. What is nobody's sentence, such as the error of a template, stays as it is.
pub fn finding(texts: Texts, text: &str) -> String {
    let n = |n: usize| number(texts, n as u64);
    match Finding::read(text) {
        Finding::Title { most, length } => t_string!(texts, finding.title, most = n(most), length = n(length)),
        Finding::LongTitle { most } => t_string!(texts, finding.long_title, most = n(most)),
        Finding::TooManyNodes { nodes, most } => t_string!(texts, finding.too_many_nodes, n = n(nodes), most = n(most)),
        Finding::TooManyEdges { edges, most } => t_string!(texts, finding.too_many_edges, n = n(edges), most = n(most)),
        Finding::TooManyCounts { counts, most } => {
            t_string!(texts, finding.too_many_counts, n = n(counts), most = n(most))
        }
        Finding::NoEntry => t_string!(texts, finding.no_entry).to_owned(),
        Finding::UnknownPort { port: name, known } => {
            let known: Vec<_> = known.split(", ").map(|known| port(texts, known)).collect();
            t_string!(texts, finding.unknown_port, port = name, known = known.join(", "))
        }
        Finding::NoPort { port: name } => t_string!(texts, finding.no_port, port = name),
        Finding::UnknownNode { port: name, node } => {
            t_string!(texts, finding.unknown_node, port = port(texts, &name), node = node.to_string())
        }
        Finding::EdgeIntoEntry { port: name, node } => {
            t_string!(texts, finding.edge_into_entry, port = port(texts, &name), node = node.to_string())
        }
        Finding::OpenPort { port: name } => t_string!(texts, finding.open_port, port = port(texts, &name)),
        Finding::Cycle { nodes } => t_string!(texts, finding.cycle, nodes = names(texts, nodes)),
        Finding::Unreachable => t_string!(texts, finding.unreachable).to_owned(),
        Finding::UnreachablePart { nodes } => t_string!(texts, finding.unreachable_part, n = n(nodes)),
        Finding::BehindDisabled => t_string!(texts, finding.behind_disabled).to_owned(),
        Finding::Unread { typed } => t_string!(texts, finding.unread, typed = typed),
        Finding::Emptied => t_string!(texts, finding.emptied).to_owned(),
        Finding::NoTime => t_string!(texts, finding.no_time).to_owned(),
        Finding::NoEvent => t_string!(texts, finding.no_event).to_owned(),
        Finding::FilterScope => t_string!(texts, finding.filter_scope).to_owned(),
        Finding::WaitsForTime => t_string!(texts, finding.waits_for_time).to_owned(),
        Finding::NoAgain => t_string!(texts, finding.no_again).to_owned(),
        Finding::ProgramCircle { way } => t_string!(texts, finding.program_circle, way = way),
        Finding::NoStream => t_string!(texts, finding.no_stream).to_owned(),
        Finding::NoChanges => t_string!(texts, finding.no_changes).to_owned(),
        Finding::TooManyChanges { changes, most } => {
            t_string!(texts, finding.too_many_changes, n = n(changes), most = n(most))
        }
        Finding::AttributeName { most, length } => {
            t_string!(texts, finding.attribute_name, most = n(most), length = n(length))
        }
        Finding::AttributeReserved { name } => t_string!(texts, finding.attribute_reserved, name = name),
        Finding::NoValue { name } => t_string!(texts, finding.no_value, name = name),
        Finding::ValueKind { name } => t_string!(texts, finding.value_kind, name = name),
        Finding::ValueTooLarge { name, size, most } => {
            let (size, most) = (bytes(texts, size as u64), bytes(texts, most as u64));
            t_string!(texts, finding.value_too_large, name = name, size = size, most = most)
        }
        Finding::NoAwaitedEvent => t_string!(texts, finding.no_awaited_event).to_owned(),
        Finding::NeverComes { event } => t_string!(texts, finding.never_comes, event = event.to_string()),
        Finding::JoinedName { most } => t_string!(texts, finding.joined_name, most = n(most)),
        Finding::IncomingScope => t_string!(texts, finding.incoming_scope).to_owned(),
        Finding::UnknownJoined { name, suggestion } => {
            t_string!(texts, finding.unknown_joined, name = name, hint = hint(texts, suggestion))
        }
        Finding::NoJoined { name } => t_string!(texts, finding.no_joined, name = name),
        Finding::MaybeJoined { name } => t_string!(texts, finding.maybe_joined, name = name),
        Finding::JoinedTwice { name } => t_string!(texts, finding.joined_twice, name = name),
        Finding::NoUrl => t_string!(texts, finding.no_url).to_owned(),
        Finding::BadUrl => t_string!(texts, finding.bad_url).to_owned(),
        Finding::UrlRefused { why } => t_string!(texts, finding.url_refused, why = why),
        Finding::Question { most, length } => t_string!(texts, finding.question, most = n(most), length = n(length)),
        Finding::Scale { scale } => t_string!(texts, finding.scale, n = n(scale.into())),
        Finding::Club { most, length } => t_string!(texts, finding.club, most = n(most), length = n(length)),
        Finding::Ways { fewest, most, ways } => {
            t_string!(texts, finding.ways, fewest = n(fewest), most = n(most), n = n(ways))
        }
        Finding::WeightsSum { sum } => t_string!(texts, finding.weights_sum, n = number(texts, sum.into())),
        Finding::NoDays => t_string!(texts, finding.no_days).to_owned(),
        Finding::NoDate => t_string!(texts, finding.no_date).to_owned(),
        Finding::MailsPerDay { mails, most, names } => {
            t_string!(texts, finding.mails_per_day, n = n(mails), most = n(most), names = names)
        }
        Finding::NoWaitBefore { mail, event } => {
            t_string!(texts, finding.no_wait_before, mail = mail.to_string(), event = event.to_string())
        }
        Finding::InviteOver { valid, waited, node } => {
            let (valid, waited) = (period(texts, valid), period(texts, waited));
            t_string!(texts, finding.invite_over, valid = valid, waited = waited, node = node.to_string())
        }
        Finding::UnknownStream { stream, suggestion } => {
            t_string!(texts, finding.unknown_stream, stream = stream.to_string(), hint = hint(texts, suggestion))
        }
        Finding::PromotionalWords { stream, words } => {
            t_string!(texts, finding.promotional_words, stream = stream.to_string(), words = words)
        }
        Finding::UnknownEvent { event, suggestion } => {
            t_string!(texts, finding.unknown_event, event = event, hint = hint(texts, suggestion))
        }
        Finding::UnknownAttribute { path, suggestion } => {
            t_string!(texts, finding.unknown_attribute, path = path, hint = hint(texts, suggestion))
        }
        Finding::UnknownField { events, path, suggestion } => {
            t_string!(texts, finding.unknown_field, events = events, path = path, hint = hint(texts, suggestion))
        }
        Finding::RareField { carried, all, event, percent: share, path } => {
            let all = number(texts, all);
            let share = percent(texts, share as f64 / 100.0);
            t_string!(texts, finding.rare_field, n = carried, all = all, event = event, percent = share, path = path)
        }
        Finding::NoQuestion { kind } => t_string!(texts, finding.no_question, kind = kinds(texts, kind)),
        Finding::UnlikeKinds { left, left_kind, right, right_kind } => {
            let (left_kind, right_kind) = (kinds(texts, left_kind), kinds(texts, right_kind));
            t_string!(
                texts,
                finding.unlike_kinds,
                left = left,
                left_kind = left_kind,
                right = right,
                right_kind = right_kind
            )
        }
        Finding::UnfitKind { what, kind, wanted } => {
            t_string!(texts, finding.unfit_kind, what = what, kind = kinds(texts, kind), wanted = kinds(texts, wanted))
        }
        Finding::MailFails { stream, all, error } => {
            let error = reason(texts, &Reason::read(&error));
            t_string!(texts, finding.mail_fails, stream = stream.to_string(), n = all as u64, error = error)
        }
        Finding::MailMayFail { stream, failed, all, error } => {
            let error = reason(texts, &Reason::read(&error));
            let (stream, failed) = (stream.to_string(), failed as u64);
            t_string!(texts, finding.mail_may_fail, stream = stream, n = failed, all = n(all), error = error)
        }
        Finding::MailNeedsOther { stream, error } => {
            let error = reason(texts, &Reason::read(&error));
            t_string!(texts, finding.mail_needs_other, stream = stream.to_string(), error = error)
        }
        Finding::MailsNotTried { most } => t_string!(texts, finding.mails_not_tried, n = n(most)),
        Finding::NotCompared => t_string!(texts, finding.not_compared).to_owned(),
        Finding::More { errors, warnings } => {
            t_string!(texts, finding.more, errors = n(errors), warnings = n(warnings))
        }
        Finding::Expression { line, column, error } => {
            t_string!(texts, finding.expression, line = n(line), column = n(column), error = fault(texts, &error))
        }
        Finding::Behind { latest, base } => {
            let (latest, base) = (number(texts, latest.into()), number(texts, base.into()));
            t_string!(texts, finding.behind, latest = latest, base = base)
        }
        Finding::BehindNew { latest } => {
            t_string!(texts, finding.behind_new, latest = number(texts, latest.into()))
        }
        Finding::NoAddress => t_string!(texts, finding.no_address).to_owned(),
        Finding::NoOptIn => t_string!(texts, finding.no_opt_in).to_owned(),
        Finding::NotWritten { field } => t_string!(texts, finding.not_written, field = part(texts, &field)),
        Finding::NeedsFiles => t_string!(texts, finding.needs_files).to_owned(),
        // Why a template was stopped is a reason.
        Finding::Text(text) => reason(texts, &Reason::read(&text)),
    }
}

fn fault(texts: Texts, text: &str) -> String {
    let n = |n: usize| number(texts, n as u64);
    match Fault::read(text) {
        Fault::Empty => t_string!(texts, finding.no_expression).to_owned(),
        Fault::TooLong { bytes, most } => {
            t_string!(texts, finding.long_expression, n = n(bytes), most = n(most))
        }
        Fault::TooDeep { most } => t_string!(texts, finding.deep_expression, n = n(most)),
        Fault::UnknownWord { word, known } => t_string!(texts, finding.unknown_word, word = word, known = known),
        Fault::UnknownFunction { function, known } => {
            t_string!(texts, finding.unknown_function, word = function, known = known)
        }
        Fault::Missing => t_string!(texts, finding.missing).to_owned(),
        Fault::Unread { typed } => t_string!(texts, finding.unread_part, typed = typed),
        Fault::CountParts => t_string!(texts, finding.count_parts).to_owned(),
        Fault::CountEvent => t_string!(texts, finding.count_event).to_owned(),
        Fault::CountTime => t_string!(texts, finding.count_time).to_owned(),
        Fault::DurationText => t_string!(texts, finding.duration_text).to_owned(),
        Fault::DurationForm => t_string!(texts, finding.duration_form).to_owned(),
        Fault::EndsEarly => t_string!(texts, finding.ends_early).to_owned(),
        Fault::Awaited { sign } => t_string!(texts, finding.awaited, sign = sign),
        Fault::Unfit { found } => t_string!(texts, finding.unfit, found = found),
        Fault::OpenText => t_string!(texts, finding.open_text).to_owned(),
        Fault::Reserved { word } => t_string!(texts, finding.reserved, word = word),
        Fault::BadNumber => t_string!(texts, finding.bad_number).to_owned(),
        Fault::TooManyParts { most } => t_string!(texts, finding.many_parts, n = n(most)),
        Fault::Unclear { said } => t_string!(texts, finding.unclear, said = said),
        // As a former build wrote it.
        Fault::Text(text) => text,
    }
}

/// "a text", "a list or an object".
fn kinds(texts: Texts, kinds: Kinds) -> String {
    let word = |kind| match kind {
        ValueKind::String => t_string!(texts, finding.kind_text),
        ValueKind::Number => t_string!(texts, finding.kind_number),
        ValueKind::Bool => t_string!(texts, finding.kind_bool),
        ValueKind::List => t_string!(texts, finding.kind_list),
        ValueKind::Object => t_string!(texts, finding.kind_object),
    };
    let words: Vec<_> = kinds.list().map(word).collect();
    match words.as_slice() {
        [] => t_string!(texts, finding.kind_none).to_owned(),
        [word] => (*word).to_owned(),
        [words @ .., last] => t_string!(texts, finding.either, words = words.join(", "), last = *last),
    }
}

fn names(texts: Texts, Names { shown, more }: Names) -> String {
    match more {
        0 => shown,
        more => t_string!(texts, finding.and_more, names = shown, n = more as u64),
    }
}

fn hint(texts: Texts, suggestion: Suggestion) -> String {
    match suggestion {
        Suggestion::Meant(name) => t_string!(texts, finding.meant, name = name),
        Suggestion::Known(known) => t_string!(texts, finding.known, names = names(texts, known)),
    }
}
