//! Lists: pages of the store become pages of the wire.

use api::Page;

/// A page whose items were converted.
pub fn page<T>(items: Vec<T>, next: Option<String>) -> Page<T> {
    Page { items, next_cursor: next }
}
