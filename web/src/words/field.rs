//! What kinds and their fields are called, and a line of help for each field. `build.rs` makes the look-ups of
//! `locales/en.json`: `kind.KIND`, `field.KIND.FIELD` and `help.KIND.FIELD`.

use program::{Field, Kind};

use crate::{i18n::t_string, prefs::Texts};

include!(concat!(env!("OUT_DIR"), "/kinds.rs"));

/// The name of a kind.
pub fn kind(texts: Texts, kind: &Kind) -> String {
    kind_name(texts, kind.tag()).unwrap_or_else(|| kind.tag()).to_owned()
}

/// The label of a field of a kind, or of the title that every node has.
pub fn field_name(texts: Texts, kind: &str, field: &str) -> Option<&'static str> {
    match field {
        "title" => Some(t_string!(texts, field.title)),
        field => field_text(texts, kind, field),
    }
}

/// The label of a field.
pub fn field(texts: Texts, kind: &str, field: &Field) -> &'static str {
    field_name(texts, kind, field.name).unwrap_or(field.label)
}

/// One line of help for a field.
pub fn help(texts: Texts, kind: &str, field: &Field) -> &'static str {
    help_text(texts, kind, field.name).unwrap_or(field.help)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use program::Kind;
    use serde_json::Value;

    /// `KIND` or `KIND.FIELD`, as `locales/en.json` has them. The build checks that the other languages have the same.
    fn texts(of: &str) -> BTreeSet<String> {
        let english: Value = serde_json::from_str(include_str!("../../locales/en.json")).unwrap();
        let mut found = BTreeSet::new();
        for (kind, fields) in english[of].as_object().unwrap() {
            match fields.as_object() {
                Some(fields) => {
                    found.extend(fields.keys().map(|field| format!("{kind}.{}", field.trim_end_matches('_'))))
                }
                None => drop(found.insert(kind.clone())),
            }
        }
        found
    }

    #[test]
    fn every_kind_and_every_field_has_words() {
        let kinds: BTreeSet<String> = Kind::tags().iter().map(|tag| (*tag).to_owned()).collect();
        assert_eq!(texts("kind"), kinds);
        let mut fields = BTreeSet::new();
        for kind in Kind::blanks() {
            fields.extend(kind.as_kind().fields().iter().map(|field| format!("{}.{}", kind.tag(), field.name)));
        }
        assert_eq!(texts("help"), fields);
        fields.insert("title".into());
        assert_eq!(texts("field"), fields);
    }
}
