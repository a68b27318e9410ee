//! Explains errors in `stafette.toml` without its values, because they may be passwords.

use std::path::Path;

use figment::{Error, Figment, error::Kind};

use super::ConfigError;

/// The first error, with the file and the option.
pub(super) fn explain(errors: Error, toml: &Figment, file: &Path) -> ConfigError {
    let Some(error) = errors.into_iter().next() else {
        return ConfigError(format!("{}: the options cannot be read", file.display()));
    };
    let why = match &error.kind {
        Kind::InvalidType(_, expected) | Kind::InvalidValue(_, expected) => format!("expected {expected}"),
        Kind::UnknownVariant(_, names) => format!("expected one of {}", names.join(", ")),
        Kind::Message(text) => without_values(text, &error.path, toml),
        // The other kinds name no value.
        Kind::InvalidLength(..) | Kind::MissingField(_) | Kind::DuplicateField(_) => error.kind.to_string(),
        _ => "the value cannot be used".into(),
    };
    let option = error.path.join(".");
    let joint = if option.is_empty() { "" } else { ": " };
    ConfigError(format!("{}: {option}{joint}{why}", file.display()))
}

/// A message without the line that it quotes, and without the value of the option.
fn without_values(text: &str, path: &[String], toml: &Figment) -> String {
    let quoted = |line: &&str| {
        let line = line.trim_start().trim_start_matches(|c: char| c.is_ascii_digit());
        line.trim_start().starts_with('|')
    };
    let text = text.lines().filter(|line| !quoted(line)).collect::<Vec<_>>().join(": ");
    match toml.find_value(&path.join(".")).ok().and_then(|value| value.into_string()) {
        Some(value) if !value.is_empty() => text.replace(&value, "…"),
        _ => text,
    }
}
