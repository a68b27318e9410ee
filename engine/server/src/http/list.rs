//! Lists: pages of the store become pages of the wire.

use api::Page;
use store::Paging;

use super::error::ApiResult;

/// How many pages of the store one answer looks through at most for items that a filter keeps.
const ROUNDS: usize = 20;

/// A page of items that a filter keeps, where the store's own filters do not reach. Never more than asked for; maybe
/// fewer, or none, though more follow: then there is a cursor.
pub async fn filtered<T, F>(
    paging: Paging,
    fetch: impl Fn(Paging) -> F,
    keep: impl Fn(&T) -> bool,
) -> ApiResult<store::Page<T>>
where
    F: Future<Output = store::Result<store::Page<T>>>,
{
    let limit = paging.limit as usize;
    let mut found = Vec::new();
    let mut after = paging.after;
    for _ in 0..ROUNDS {
        // Asking for no more than is missing keeps the cursor exact.
        let missing = u32::try_from(limit - found.len()).unwrap_or(paging.limit);
        let page = fetch(Paging { after, limit: missing }).await?;
        found.extend(page.items.into_iter().filter(&keep));
        after = page.next;
        if after.is_none() || found.len() >= limit {
            break;
        }
    }
    Ok(store::Page { items: found, next: after })
}

/// A page whose items were converted.
pub fn page<T>(items: Vec<T>, next: Option<String>) -> Page<T> {
    Page { items, next_cursor: next }
}
