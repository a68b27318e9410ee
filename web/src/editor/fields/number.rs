//! A whole number with its limits.

use leptos::prelude::*;

use super::{
    Slot,
    entry::{Entry, entry},
};

pub(super) fn number(slot: Slot) -> impl IntoView {
    entry(slot, Entry { class: "num-in", ..Entry::of(slot) })
}
