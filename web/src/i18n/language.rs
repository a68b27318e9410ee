//! PURE: the languages, the form that a number asks for, and a text with its variables in place.

/// A language of the reader.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// German.
    German,
    /// French.
    French,
}

impl Language {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::English, Self::German, Self::French];

    /// Its name in storage, in `lang` attributes, and for `Intl`.
    pub fn name(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
            Self::French => "fr",
        }
    }

    /// What it calls itself.
    pub fn own_name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::German => "Deutsch",
            Self::French => "Français",
        }
    }

    /// By its name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.name() == name)
    }

    /// Whether it speaks of this many as of one. French says `0 contact`.
    pub fn is_one(self, n: u64) -> bool {
        n == 1 || (n == 0 && self == Self::French)
    }
}

/// A line of a table with the values where their numbers stand: `{0} and {1}`.
pub fn fill(line: &str, values: &[&str]) -> String {
    let mut parts = line.split('{');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (at, rest) = part.split_once('}').unwrap_or(("", part));
        text.push_str(at.parse().ok().and_then(|at: usize| values.get(at)).copied().unwrap_or_default());
        text.push_str(rest);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stand_where_their_numbers_are() {
        assert_eq!(fill("no variable", &[]), "no variable");
        assert_eq!(fill("{1} of {0}: {1}!", &["ten", "two"]), "two of ten: two!");
        // What a reader wrote is not looked through again.
        assert_eq!(fill("{0} and {1}", &["{1}", "{"]), "{1} and {");
    }

    #[test]
    fn each_language_counts_in_its_way() {
        let ones = |language: Language| [0, 1, 2, 1_000_000].map(|n| language.is_one(n));
        assert_eq!(ones(Language::English), [false, true, false, false]);
        assert_eq!(ones(Language::German), [false, true, false, false]);
        assert_eq!(ones(Language::French), [true, true, false, false]);
    }

    /// The page chooses among the languages before anything of the app is there, the bundler makes a file of each.
    #[test]
    fn the_page_and_the_bundler_know_them_all() {
        let names = Language::ALL.map(Language::name);
        assert_eq!(crate::texts::LANGUAGES, names);
        let page = include_str!("../../index.html");
        assert!(page.contains(&format!("const languages = {names:?};")), "{page}");
    }
}
