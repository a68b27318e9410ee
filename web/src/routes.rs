//! PURE: which page an address shows.

/// The parts of the address that a route's `:names` stand for, in order.
pub type Names = Vec<String>;

/// Finds the first pattern that fits a path: what belongs to it, and the parts that its `:names` stand for.
pub fn find<'a, T>(routes: &'a [(&str, T)], path: &str) -> Option<(&'a T, Names)> {
    let path: Vec<&str> = path.trim_matches('/').split('/').collect();
    routes.iter().find_map(|(pattern, page)| Some((page, fit(pattern, &path)?)))
}

/// The only part of an address that names something.
pub fn first(names: Names) -> String {
    names.into_iter().next().unwrap_or_default()
}

fn fit(pattern: &str, path: &[&str]) -> Option<Names> {
    let pattern: Vec<&str> = pattern.trim_matches('/').split('/').collect();
    let fits = pattern.len() == path.len()
        && pattern.iter().zip(path).all(|(want, got)| (want.starts_with(':') && !got.is_empty()) || want == got);
    let named = pattern.iter().zip(path).filter(|(want, _)| want.starts_with(':'));
    fits.then(|| named.map(|(_, got)| (*got).to_owned()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_pattern_that_fits() {
        let routes = [("/", 0), ("/programs", 1), ("/programs/:name", 2), ("/programs/:name/tokens", 3)];
        let found = |path| find(&routes, path).map(|(page, parts)| (*page, parts.concat()));
        assert_eq!(found("/"), Some((0, String::new())));
        assert_eq!(found("/programs/"), Some((1, String::new())));
        assert_eq!(found("/programs/a"), Some((2, "a".to_owned())));
        assert_eq!(found("/programs/a/tokens"), Some((3, "a".to_owned())));
        assert_eq!(found("/programs/a/b"), None);
        assert_eq!(found("/nowhere"), None);
    }
}
