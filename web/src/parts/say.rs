//! Texts that follow what they depend on: the language, a count, the time.

use leptos::prelude::*;

/// Words as a signal. Leptos compiles the code that keeps a text current once for every type of closure, about a
/// kilobyte each; signals of text are all of one type, and there are hundreds of texts.
pub fn say<T: Into<String>>(words: impl Fn() -> T + Send + Sync + 'static) -> Signal<String> {
    Signal::derive(move || words().into())
}

/// A text of `locales/` by its key, with its variables.
macro_rules! say {
    ($texts:expr, $($key:ident).+) => {
        $crate::i18n::said($texts, $crate::i18n::keys::$($key)::+)
    };
    ($($text:tt)*) => {
        $crate::parts::say::say(move || $crate::i18n::t_string!($($text)*))
    };
}
