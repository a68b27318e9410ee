//! PURE: paths and queries of calls and pages, with their parts encoded.

/// Fills the `{…}` of a path, in order.
pub fn fill(path: &str, parts: &[&str]) -> String {
    let mut parts = parts.iter();
    let mut filled = String::with_capacity(path.len() + 36);
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        filled.push_str(&encode(parts.next().copied().unwrap_or_default()));
        rest = after.split_once('}').map_or("", |(_, rest)| rest);
    }
    filled.push_str(rest);
    filled
}

/// Adds a query; parts without a value are left out.
pub fn with_query(path: &str, query: &[(&str, &str)]) -> String {
    let mut url = path.to_owned();
    for (name, value) in query.iter().filter(|(_, value)| !value.is_empty()) {
        url.push(if url.contains('?') { '&' } else { '?' });
        url.push_str(&format!("{name}={}", encode(value)));
    }
    url
}

/// Percent-encodes everything but what RFC 3986 calls unreserved.
pub fn encode(text: &str) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().map(|byte| if keep(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_filled_in_order_and_encoded() {
        assert_eq!(fill("/a/{x}/b/{y}", &["1", "ü/2"]), "/a/1/b/%C3%BC%2F2");
        assert_eq!(fill("/a", &[]), "/a");
    }

    #[test]
    fn empty_filters_are_no_filters() {
        assert_eq!(with_query("/a", &[("q", ""), ("state", "a b"), ("n", "1")]), "/a?state=a%20b&n=1");
        assert_eq!(with_query("/a", &[]), "/a");
    }
}
