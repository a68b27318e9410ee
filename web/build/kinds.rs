//! Look-ups of the texts of node kinds by their tags.

use std::fmt::Write as _;

use serde_json::Value;

/// The look-ups of `src/words/field.rs`: names of kinds, names of their fields, help for these.
pub(crate) fn look_ups(english: &Value) -> Result<String, std::fmt::Error> {
    let mut code = String::new();
    let keys = |of: &Value| of.as_object().into_iter().flatten().map(|(key, _)| key.clone()).collect::<Vec<_>>();
    writeln!(code, "/// The name of a kind, by its tag.")?;
    writeln!(code, "fn kind_line(kind: &str) -> Option<u16> {{\n    Some(match kind {{")?;
    for kind in keys(&english["kind"]) {
        writeln!(code, "        \"{kind}\" => keys::kind::{kind},")?;
    }
    writeln!(code, "        _ => return None,\n    }})\n}}")?;
    for (what, about) in
        [("field", "The name of a field of a kind."), ("help", "One line of help for a field of a kind.")]
    {
        writeln!(code, "\n/// {about}")?;
        writeln!(code, "fn {what}_line(kind: &str, field: &str) -> Option<u16> {{")?;
        writeln!(code, "    Some(match (kind, field) {{")?;
        for kind in keys(&english[what]) {
            for key in keys(&english[what][&kind]) {
                // Rust keeps some names for itself: the text of `as` stands under `as_`.
                let field = key.trim_end_matches('_');
                writeln!(code, "        (\"{kind}\", \"{field}\") => keys::{what}::{kind}::{key},")?;
            }
        }
        writeln!(code, "        _ => return None,\n    }})\n}}")?;
    }
    Ok(code)
}
