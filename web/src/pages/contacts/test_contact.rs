//! Whether a contact is a test contact, and what that means.

use api::contacts::{Contact, MarkTest};
use leptos::{prelude::*, task::spawn_local};

use crate::{address::fill, client, i18n::use_i18n, parts::toast::Toasts};

/// The switch.
#[component]
pub fn TestContact(id: String, is_test: RwSignal<bool>) -> impl IntoView {
    let (texts, toasts) = (use_i18n(), Toasts::here());
    let busy = RwSignal::new(false);
    let path = fill(api::path::CONTACT_TEST, &[&id]);
    let mark = move |event| {
        let (path, test) = (path.clone(), event_target_checked(&event));
        busy.set(true);
        is_test.set(test);
        spawn_local(async move {
            let marked = client::put::<Contact>(&path, &MarkTest { test }).await;
            let _ = is_test.try_set(marked.as_ref().map_or(!test, |contact| contact.test));
            let _ = busy.try_set(false);
            if let Err(problem) = marked {
                toasts.problem(texts, &problem);
            }
        });
    };
    view! {
        <label class="check">
            <input type="checkbox" data-field="test" prop:checked=is_test disabled=busy on:change=mark />
            {say!(texts, contacts.test)}
        </label>
        <p class="small">{say!(texts, contacts.test_lead)}</p>
    }
}
