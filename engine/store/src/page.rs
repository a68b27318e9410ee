//! Pages of a list.

use uuid::Uuid;

use crate::{Error, Result, row::Row};

/// The most items of one page.
pub(crate) const MAX_LIMIT: u32 = 200;

/// The most bytes of text that the rows of one page hold, unless its first row alone holds more; see [`program::weight`].
/// What is read becomes objects, and then an answer: both many times as large.
pub(crate) const ROOM: usize = 2 << 20;

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
    /// How many items at most, 1 to 200; more is cut to 200. A page of large items ends earlier.
    pub limit: u32,
}

impl Default for Paging {
    fn default() -> Self {
        Self { after: None, limit: 50 }
    }
}

/// What the next page starts behind.
pub(crate) enum Cursor {
    Id(Uuid),
    Text(String),
}

impl Paging {
    fn limit(&self) -> usize {
        self.limit.clamp(1, MAX_LIMIT) as usize
    }

    /// How many rows to ask for: one more than the page holds tells whether there is another.
    pub(crate) fn fetch(&self) -> i64 {
        self.limit().cast_signed() as i64 + 1
    }

    /// The id that the page's ids are below.
    pub(crate) fn before(&self) -> Result<Uuid> {
        self.after.as_deref().map_or(Ok(Uuid::max()), |after| Uuid::parse_str(after).map_err(|_| foreign()))
    }

    /// The number that the page's numbers are below.
    pub(crate) fn below(&self) -> Result<i64> {
        self.after.as_deref().map_or(Ok(i64::MAX), |after| after.parse().map_err(|_| foreign()))
    }
}

/// A cursor that was not made here.
pub(crate) fn foreign() -> Error {
    Error::Invalid { field: "cursor", why: "this is not a cursor of this list".into() }
}

/// Turns rows into a page. It ends where there is no room left, as reading did.
pub(crate) fn collect<T>(
    rows: &[Row],
    paging: &Paging,
    read: impl Fn(&Row) -> Result<T>,
    cursor: impl Fn(&T) -> Cursor,
) -> Result<Page<T>> {
    let count = fitting(rows.iter().map(Row::bytes), ROOM).min(paging.limit());
    let items: Vec<T> = rows.iter().take(count).map(read).collect::<Result<_>>()?;
    let next = (rows.len() > count).then(|| items.last().map(&cursor)).flatten().map(|cursor| match cursor {
        Cursor::Id(id) => id.as_simple().to_string(),
        Cursor::Text(text) => text,
    });
    Ok(Page { items, next })
}

/// How many of them fit into so much room; the first one does in any case.
pub(crate) fn fitting(sizes: impl IntoIterator<Item = usize>, room: usize) -> usize {
    let mut sum = 0;
    let mut fits = |at: usize, size: usize| {
        sum += size;
        at == 0 || sum <= room
    };
    sizes.into_iter().enumerate().take_while(|(at, size)| fits(*at, *size)).count()
}
