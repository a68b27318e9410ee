//! The reader's settings in this browser: language, theme, and how live counts are shown. They are kept in the
//! browser's own storage.

use leptos::prelude::*;

use leptos_i18n::I18nContext;

use crate::{
    i18n::{Locale, use_i18n},
    span::Span,
};

/// The texts, in the language of the reader.
pub type Texts = I18nContext<Locale>;

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

/// Every language, with its own name.
pub const LANGUAGES: [(Locale, &str); 3] = [(Locale::en, "English"), (Locale::de, "Deutsch"), (Locale::fr, "Français")];

/// Takes up what was chosen last time and keeps what is chosen from now on.
pub fn provide() {
    let texts = use_i18n();
    let known = stored(LANGUAGE).and_then(|name| name.parse::<Locale>().ok());
    if let Some(locale) = known {
        texts.set_locale(locale);
        // The provider of the texts sets the browser's language once more, in an effect that runs before this one.
        Effect::new(move |_| texts.set_locale(locale));
    }
    let theme = RwSignal::new(stored(THEME).map(|name| Theme::by_name(&name)).unwrap_or_default());
    provide_context(theme);
    Effect::new(move |_| {
        if let Some(root) = document().document_element() {
            // An attribute failing to be set leaves the theme of the system.
            let _ = root.set_attribute("data-theme", theme.get().name());
        }
    });
}

/// Changes the language, from now on.
pub fn choose_language(texts: Texts, locale: Locale) {
    texts.set_locale(locale);
    store(LANGUAGE, locale.as_ref());
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
