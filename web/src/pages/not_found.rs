//! Any address that leads nowhere.

use leptos::prelude::*;
use leptos_router::components::A;

use crate::{
    i18n::{t, t_string, use_i18n},
    parts::{head::Head, icon::Glyph, notice::Empty},
};

/// There is no such page.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    let texts = use_i18n();
    view! {
        <Head title=Signal::derive(move || t_string!(texts, error.no_page).to_owned()) />
        <Empty
            glyph=Glyph::Search
            title=Signal::derive(move || t_string!(texts, error.no_page).to_owned())
            lead=Signal::derive(move || t_string!(texts, error.no_page_detail).to_owned())
        >
            <A href="/programs" attr:class="button primary">{t!(texts, error.to_programs)}</A>
        </Empty>
    }
}
