//! Any address that leads nowhere.

use leptos::prelude::*;

use crate::{
    i18n::use_i18n,
    parts::{head::Head, icon::Glyph, notice::Empty},
};

/// There is no such page.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    let texts = use_i18n();
    view! {
        <Head title=say!(texts, error.no_page) />
        <Empty
            glyph=Glyph::Search
            title=say!(texts, error.no_page)
            lead=say!(texts, error.no_page_detail)
        >
            <a href="/programs" class="button primary">{say!(texts, error.to_programs)}</a>
        </Empty>
    }
}
