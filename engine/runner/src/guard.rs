//! Catches panics that data can cause: a panic becomes an error of that one token, mail or event.

use std::panic::{AssertUnwindSafe, catch_unwind};

use program::Reason;

/// Runs it; a panic becomes its message. What it changes must be thrown away then.
pub(crate) fn guard<T>(run: impl FnOnce() -> T) -> Result<T, Reason> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|panic| {
        let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
        Reason::Defect { error: text.unwrap_or_else(|| "a panic without a message".into()) }
    })
}
