//! The reader's settings in this browser: language, theme, and how live counts are shown. They are kept in the
//! browser's own storage.

use leptos::prelude::*;

use crate::{client::Answer, i18n::Language, span::Span};

pub use crate::i18n::Texts;

const LANGUAGE: &str = "stafette.language";
const THEME: &str = "stafette.theme";
const SPAN: &str = "stafette.span";
const HEAT: &str = "stafette.heat";

/// Light, dark, or whatever the system says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the system.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// Its name in storage and in the page's `data-theme`.
    pub fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// By its name.
    pub fn by_name(name: &str) -> Self {
        Self::ALL.into_iter().find(|theme| theme.name() == name).unwrap_or_default()
    }
}

/// The language that the page has chosen: the one of last time, or else the browser's. `index.html` does that, so that
/// the texts come together with the module.
pub fn first_language() -> Language {
    let lang = document().document_element().and_then(|root| root.get_attribute("lang"));
    lang.and_then(|lang| Language::by_name(&lang)).unwrap_or_default()
}

/// Takes up what was chosen last time and keeps what is chosen from now on.
pub fn provide(texts: Texts) {
    Effect::new(move |_| set_on_root("lang", texts.language().name()));
    let theme = RwSignal::new(stored(THEME).map(|name| Theme::by_name(&name)).unwrap_or_default());
    provide_context(theme);
    Effect::new(move |_| set_on_root("data-theme", theme.get().name()));
}

/// An attribute of the whole page. One that cannot be set leaves what the system and the browser say.
fn set_on_root(name: &str, value: &str) {
    if let Some(root) = document().document_element() {
        let _ = root.set_attribute(name, value);
    }
}

/// Changes the language, from now on, once its texts are here.
pub async fn choose_language(texts: Texts, language: Language) -> Answer<()> {
    if texts.change(language).await? {
        store(LANGUAGE, language.name());
    }
    Ok(())
}

/// Changes the theme, from now on.
pub fn choose_theme(current: RwSignal<Theme>, theme: Theme) {
    current.set(theme);
    store(THEME, theme.name());
}

/// The time whose counts were shown last.
pub fn span() -> Span {
    stored(SPAN).map(|name| Span::by_name(&name)).unwrap_or_default()
}

/// Shows the counts of this time, from now on.
pub fn choose_span(span: Span) {
    store(SPAN, span.name());
}

/// Whether cards showed how long contacts stay.
pub fn heat() -> bool {
    stored(HEAT).is_some_and(|heat| heat == "true")
}

/// Shows how long contacts stay, or not, from now on.
pub fn choose_heat(heat: bool) {
    store(HEAT, &heat.to_string());
}

fn stored(name: &str) -> Option<String> {
    window().local_storage().ok()??.get_item(name).ok()?
}

/// A browser without storage forgets; that is all.
fn store(name: &str, value: &str) {
    if let Ok(Some(storage)) = window().local_storage() {
        let _ = storage.set_item(name, value);
    }
}
