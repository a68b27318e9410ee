//! Pages of a list.

/// The most items of one page.
pub(crate) const MAX_LIMIT: u32 = 200;

/// One page of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<T> {
    /// The items, newest first.
    pub items: Vec<T>,
    /// Where the next page starts; none on the last one. Opaque.
    pub next: Option<String>,
}

/// Which page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paging {
    /// [`Page::next`] of the page before; none for the first.
    pub after: Option<String>,
    /// How many items, 1 to 200; more is cut to 200.
    pub limit: u32,
}

impl Default for Paging {
    fn default() -> Self {
        Self { after: None, limit: 50 }
    }
}
