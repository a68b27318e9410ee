//! The texts of `locales/` in the reader's language.
//!
//! `web/build.rs` makes a key of each text, so that one that is missing is a compile error, and a table of each language:
//! a file of the site. The page loads that of its reader beside the module; `load` fetches another one when the
//! language is changed. Only what is said when there is no table is compiled in, in English.

mod language;
#[cfg(target_arch = "wasm32")]
mod load;

pub use language::Language;

#[cfg(target_arch = "wasm32")]
pub use shown::*;

#[cfg(target_arch = "wasm32")]
mod shown {
    use leptos::prelude::*;

    use super::{
        Language, language,
        load::{Table, load},
    };
    use crate::client::Answer;

    /// The texts, in the language of the reader. Whoever reads one follows the language.
    #[derive(Clone, Copy)]
    pub struct Texts {
        shown: RwSignal<(Language, Table)>,
        wanted: StoredValue<Language>,
    }

    impl Texts {
        /// In this language.
        pub async fn load(language: Language) -> Answer<Self> {
            let table = load(language).await?;
            Ok(Self { shown: RwSignal::new((language, table)), wanted: StoredValue::new(language) })
        }

        /// The language.
        pub fn language(self) -> Language {
            self.shown.get().0
        }

        /// Changes it as soon as its texts are here. Tells whether it is changed: who has chosen again meanwhile gets
        /// the later one.
        pub async fn change(self, language: Language) -> Answer<bool> {
            self.wanted.set_value(language);
            let table = load(language).await;
            if self.wanted.get_value() != language {
                return Ok(false);
            }
            table.map(|table| {
                self.shown.set((language, table));
                true
            })
        }

        /// A text by its line in the tables.
        pub fn plain(self, line: u16) -> &'static str {
            self.shown.get().1.get(usize::from(line)).copied().unwrap_or_default()
        }

        /// The same with values for its variables, in their order.
        pub fn filled(self, line: u16, values: &[&str]) -> String {
            language::fill(self.plain(line), values)
        }

        /// The line of the form that a number asks for, and the number as the reader writes it. Not by `format`, which
        /// stands upon this module.
        pub fn counted(self, line: u16, n: u64) -> (u16, String) {
            let language = self.language();
            let written = js_sys::Number::from(n as f64).to_locale_string(language.name());
            (line + u16::from(!language.is_one(n)), written.into())
        }
    }

    /// The texts, from anywhere below.
    pub fn use_i18n() -> Texts {
        expect_context()
    }

    /// A text without variables as a signal, see [`say`](crate::parts::say::say).
    pub fn said(texts: Texts, line: u16) -> Signal<String> {
        Signal::derive(move || texts.plain(line).to_owned())
    }

    /// A text by its key, with its variables: `t_string!(texts, group.text, name = value)`. Values are text, because numbers
    /// are written by `format`; only `n` of a text that has forms is a number.
    macro_rules! t_string {
        ($texts:expr, $($key:ident).+ $(,)?) => {
            $texts.plain($crate::i18n::keys::$($key)::+)
        };
        ($texts:expr, $($key:ident).+, $($name:ident = $value:expr),+ $(,)?) => {
            $crate::i18n::keys::$($key)::+ { $($name: &$value),+ }.said($texts)
        };
    }
    pub(crate) use t_string;

    /// A text in English, for when there is no table.
    macro_rules! english {
        ($($key:ident).+) => { $crate::i18n::english::$($key)::+ };
    }
    pub(crate) use english;

    mod made {
        #![allow(
            missing_docs,
            dead_code,
            unused_imports,
            non_camel_case_types,
            non_upper_case_globals,
            reason = "keys as they are"
        )]

        use super::Texts;

        include!(concat!(env!("OUT_DIR"), "/keys.rs"));
    }
    pub use made::*;
}
