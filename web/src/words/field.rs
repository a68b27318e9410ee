//! What kinds and their fields are called, and a line of help for each field. `build.rs` makes the look-ups of
//! `locales/en.json`: `kind.KIND`, `field.KIND.FIELD` and `help.KIND.FIELD`.

use program::{Field, Kind, Node};

use super::port;
use crate::{
    i18n::{keys, t_string},
    prefs::Texts,
};

include!(concat!(env!("OUT_DIR"), "/kinds.rs"));

/// The name of a kind.
pub fn kind(texts: Texts, kind: &Kind) -> String {
    kind_line(kind.tag()).map_or_else(|| kind.tag(), |line| texts.plain(line)).to_owned()
}

/// The label of a field of a kind, or of the title that every node has.
pub fn field_name(texts: Texts, kind: &str, field: &str) -> Option<&'static str> {
    match field {
        "title" => Some(t_string!(texts, field.title)),
        field => field_line(kind, field).map(|line| texts.plain(line)),
    }
}

/// What a place within a node is called: its field as the inspector labels it, its exit, or where it goes on.
pub fn place(texts: Texts, node: Option<&Node>, names: &[&str]) -> String {
    let own = |name: &str| node.and_then(|node| field_name(texts, node.kind.tag(), name));
    match names {
        ["next", way] => t_string!(texts, versions.way, port = port(texts, way)),
        ["next"] => t_string!(texts, versions.ways).to_owned(),
        ["kind"] => t_string!(texts, versions.kind).to_owned(),
        ["disabled"] => t_string!(texts, versions.disabled).to_owned(),
        [name, ..] => own(name).map_or_else(|| names.join(" › "), str::to_owned),
        [] => String::new(),
    }
}

/// The label of a field.
pub fn field(texts: Texts, kind: &str, field: &Field) -> &'static str {
    field_name(texts, kind, field.name).unwrap_or(field.label)
}

/// One line of help for a field.
pub fn help(texts: Texts, kind: &str, field: &Field) -> &'static str {
    help_line(kind, field.name).map_or(field.help, |line| texts.plain(line))
}
