//! What a comparison may be about and how it may compare, in words.

use leptos::prelude::*;
use program::{Input, Path, Root, Scope, Test};

use super::{
    form::{Form, Place, seen_as},
    known::{fields, incoming},
    one::One,
};
use crate::{i18n::t_string, prefs::Texts};

/// What a row may be about, beside the fields of subjects and items.
pub(super) const COUNT: &str = "count";
pub(super) const SIZE: &str = "size";

/// What rows may be about here: items first, since they are the nearest.
pub(super) fn subjects(form: Form, place: &Place) -> Vec<String> {
    let Input::Expression { scope } = form.slot.field.input else { return Vec::new() };
    let items = place.items.iter().rev().map(|(name, _)| name.clone());
    let of_step: &[&str] = if scope.is_step() { &["contact", "joined"] } else { &[] };
    let awaited: &[&str] = if scope == Scope::Incoming { &["incoming"] } else { &[] };
    let counted: &[&str] = if scope.is_step() { &[COUNT] } else { &[] };
    let known = awaited.iter().chain(&["event"]).chain(of_step).chain(&[SIZE]).chain(counted);
    items.chain(known.map(|name| (*name).to_owned())).collect()
}

/// Names that are offered.
pub(super) fn offered(one: One, about: &str) -> Vec<String> {
    let slot = one.form.slot;
    let known = slot.editor.known.read();
    let paths = || fields(slot).into_iter().map(|(path, _)| path);
    let plain = |path: &String| !path.contains('[');
    let mut names: Vec<String> = match about {
        "event" => paths().filter(plain).collect(),
        "contact" => known.attributes.keys().cloned().chain(["email".into(), "opt_in".into()]).collect(),
        "incoming" => incoming(slot),
        COUNT => known.events.keys().map(ToString::to_string).collect(),
        SIZE => paths()
            .filter(|path| path.ends_with("[]"))
            .map(|path| format!("event.{}", path.trim_end_matches("[]")))
            .collect(),
        item => {
            let of = one.place.with_value(|place| {
                seen_as(&Path { root: Root::Item(item.to_owned()), steps: Vec::new() }, &place.items)
            });
            let prefix = of.map(|(_, list)| list + ".").unwrap_or_default();
            paths().filter_map(|path| path.strip_prefix(&prefix).map(str::to_owned)).filter(plain).collect()
        }
    };
    names.sort();
    names.dedup();
    names
}

pub(super) fn about_words(texts: Texts, about: &str) -> String {
    match about {
        "event" => t_string!(texts, clause.event).to_owned(),
        "contact" => t_string!(texts, clause.contact).to_owned(),
        "incoming" => t_string!(texts, clause.incoming).to_owned(),
        "joined" => t_string!(texts, clause.joined).to_owned(),
        COUNT => t_string!(texts, clause.count).to_owned(),
        SIZE => t_string!(texts, clause.size).to_owned(),
        item => t_string!(texts, clause.item, name = item),
    }
}

pub(super) fn test_words(texts: Texts, test: Test) -> &'static str {
    match test {
        Test::Is => t_string!(texts, clause.is),
        Test::IsNot => t_string!(texts, clause.is_not),
        Test::Less => t_string!(texts, clause.less),
        Test::AtMost => t_string!(texts, clause.at_most),
        Test::More => t_string!(texts, clause.more),
        Test::AtLeast => t_string!(texts, clause.at_least),
        Test::OneOf => t_string!(texts, clause.one_of),
        Test::NoneOf => t_string!(texts, clause.none_of),
        Test::Contains => t_string!(texts, clause.contains),
        Test::Starts => t_string!(texts, clause.starts),
        Test::Ends => t_string!(texts, clause.ends),
        Test::Present => t_string!(texts, clause.present),
        Test::Absent => t_string!(texts, clause.absent),
        Test::Holds => t_string!(texts, clause.holds),
        Test::Past => t_string!(texts, clause.past),
        Test::ToCome => t_string!(texts, clause.to_come),
        Test::LongerAgo => t_string!(texts, clause.longer),
        Test::NotLongerAgo => t_string!(texts, clause.not_longer),
        Test::Further => t_string!(texts, clause.further),
        Test::NotFurther => t_string!(texts, clause.not_further),
    }
}
