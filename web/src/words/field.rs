//! What the fields of each kind are called, and a line of help for each.

use program::Field;

use crate::{i18n::t_string, prefs::Texts};

/// A text of a field; under another key where Rust keeps the name for itself.
macro_rules! word {
    ($texts:ident $what:ident $kind:ident $field:ident) => {
        t_string!($texts, $what.$kind.$field)
    };
    ($texts:ident $what:ident $kind:ident $field:ident $key:ident) => {
        t_string!($texts, $what.$kind.$key)
    };
}

/// The fields of each kind that have words, in `locales/*.json` under `field.KIND.FIELD` and `help.KIND.FIELD`.
macro_rules! fields {
    ($($kind:ident: $($field:ident $(($key:ident))?)*,)*) => {
        /// All of them; a test compares them with the kinds.
        #[cfg(test)]
        const KNOWN: &[(&str, &str)] = &[$($((stringify!($kind), stringify!($field)),)*)*];

        /// The label of a field of a kind, or of the title that every node has.
        pub fn field_name(texts: Texts, kind: &str, field: &str) -> Option<&'static str> {
            Some(match (kind, field) {
                (_, "title") => t_string!(texts, field.title),
                $($((stringify!($kind), stringify!($field)) => word!(texts field $kind $field $($key)?),)*)*
                _ => return None,
            })
        }

        /// One line of help for a field.
        pub fn help(texts: Texts, kind: &str, field: &Field) -> &'static str {
            match (kind, field.name) {
                $($((stringify!($kind), stringify!($field)) => word!(texts help $kind $field $($key)?),)*)*
                _ => field.help,
            }
        }
    };
}

fields! {
    call_webhook: url,
    condition: when,
    entry: event filter again,
    loyalty_invite: stream club valid,
    send_mail: stream,
    split: weights,
    survey: stream question scale,
    update_contact: changes,
    wait: duration,
    wait_for_event: event filter timeout as(joined_as),
    wait_until: at zone,
    wait_window: days hours zone,
}

/// The label of a field.
pub fn field(texts: Texts, kind: &str, field: &Field) -> &'static str {
    field_name(texts, kind, field.name).unwrap_or(field.label)
}

#[cfg(test)]
mod tests {
    use program::Kind;

    use super::*;

    #[test]
    fn every_field_of_every_kind_has_words() {
        let blanks = Kind::blanks();
        let fields =
            blanks.iter().flat_map(|kind| kind.as_kind().fields().iter().map(|field| (kind.tag(), field.name)));
        let (mut fields, mut known): (Vec<_>, Vec<_>) = (fields.collect(), KNOWN.to_vec());
        fields.sort();
        known.sort();
        assert_eq!(fields, known);
    }
}
