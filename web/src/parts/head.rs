//! The head of a page: where it stands, its title, state chips, and its actions on the right.

use leptos::prelude::*;

/// The page that this one lies below: its path and name.
pub type Crumb = (String, String);

/// The head. Its title is also the title of the browser's tab.
#[component]
pub fn Head(
    /// The title.
    #[prop(into)]
    title: Signal<String>,
    /// The page above.
    #[prop(optional, into)]
    crumb: Option<Signal<Crumb>>,
    /// Chips beside the title.
    #[prop(optional, into)]
    chips: ViewFn,
    /// Actions: one primary button at most.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    Effect::new(move |_| document().set_title(&format!("{} – Stafette", title.get())));
    let crumb = crumb.map(|crumb| {
        view! {
            <a class="crumb" href=move || crumb.get().0>
                {move || crumb.get().1}
            </a>
            <span class="crumb" aria-hidden="true">
                "/"
            </span>
        }
    });
    view! {
        <header class="page-head">
            <div class="where">{crumb} <h1>{move || title.get()}</h1> {chips.run()}</div>
            <div class="actions">{children.map(|children| children())}</div>
        </header>
    }
}
