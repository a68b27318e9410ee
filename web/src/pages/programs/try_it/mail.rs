//! A mail of a simulation, as the server writes it.

use api::streams::{MailPreview as Written, PreviewMail};
use leptos::{html, prelude::*, task::spawn_local};
use program::Severity;

use crate::{
    address::fill,
    client::{self, Answer},
    i18n::use_i18n,
    parts::{load::Skeleton, notice::ProblemBox},
    words,
};

/// A button, and the mail when it was asked for.
#[component]
pub fn MailPreview(stream: String, mail: PreviewMail) -> impl IntoView {
    let texts = use_i18n();
    let open = RwSignal::new(false);
    let given = StoredValue::new((stream, mail));
    view! {
        <button type="button" class="small-button" data-sim="mail" aria-expanded=move || open.get().to_string() on:click=move |_| open.update(|open| *open = !*open)>
            {move || if open.get() { say!(texts, sim.hide_mail) } else { say!(texts, sim.show_mail) }}
        </button>
        <Show when=move || open.get()>
            {let (stream, mail) = given.get_value(); view! { <Shown stream=stream mail=mail /> }}
        </Show>
    }
}

#[component]
fn Shown(stream: String, mail: PreviewMail) -> impl IntoView {
    let answer = RwSignal::new(None::<Answer<Written>>);
    let path = fill(api::path::STREAM_PREVIEW, &[&stream]);
    let body = mail.clone();
    spawn_local(async move {
        let written = client::post::<Written>(&path, &body).await;
        // It may have been closed.
        let _ = answer.try_set(Some(written));
    });
    let given = StoredValue::new((stream, mail));
    move || match answer.get() {
        None => view! { <Skeleton /> }.into_any(),
        Some(Err(problem)) => view! { <ProblemBox problem=*problem /> }.into_any(),
        Some(Ok(written)) => {
            let (stream, mail) = given.get_value();
            view! { <Contents stream=stream mail=mail written=written /> }.into_any()
        }
    }
}

#[component]
fn Contents(stream: String, mail: PreviewMail, written: Written) -> impl IntoView {
    let texts = use_i18n();
    let as_text = RwSignal::new(false);
    let Written { subject, html, text, problems } = written;
    let failed = problems.iter().any(|problem| problem.severity == Severity::Error);
    let problems: Vec<_> = problems
        .into_iter()
        .map(|problem| {
            let tone = if problem.severity == Severity::Error { "bad" } else { "warn" };
            view! { <li class=tone>{words::finding(texts, &problem.message)}</li> }
        })
        .collect();
    let tab = move |of: bool, words: Signal<String>| {
        view! {
            <button type="button" role="tab" aria-selected=move || (as_text.get() == of).to_string() on:click=move |_| as_text.set(of)>
                {words}
            </button>
        }
    };
    let title = subject.clone();
    view! {
        <div class="sim-mail">
            {(!problems.is_empty()).then(|| view! { <ul class="sim-problems">{problems}</ul> })}
            {(!failed).then(|| view! {
                <p class="sim-subject"><b>{subject}</b></p>
                <div class="tabs" role="tablist" aria-label=say!(texts, inbox.views)>
                    {tab(false, say!(texts, inbox.html))}
                    {tab(true, say!(texts, inbox.text))}
                </div>
                <div hidden=move || as_text.get()>
                    {if html.trim().is_empty() {
                        view! { <p class="quiet">{say!(texts, inbox.no_html)}</p> }.into_any()
                    } else {
                        view! { <Frame stream=stream mail=mail title=title /> }.into_any()
                    }}
                </div>
                <pre class="mail-text" tabindex="0" hidden=move || !as_text.get()>{text}</pre>
            })}
        </div>
    }
}

/// The HTML part in a frame in which nothing runs. The server fills it, under a policy of its own: a frame that this
/// page filled would have this page's policy, which allows no mail its styles.
#[component]
fn Frame(stream: String, mail: PreviewMail, title: String) -> impl IntoView {
    let form = NodeRef::<html::Form>::new();
    let name = format!("mail-{}", (js_sys::Math::random() * 1e15) as u64);
    let body = serde_json::to_string(&mail).unwrap_or_default();
    let path = fill(api::path::STREAM_PREVIEW_HTML, &[&stream]);
    Effect::new(move |_| {
        if let Some(form) = form.get() {
            let form = send_wrapper::SendWrapper::new(form);
            // After the frame is in the page, so that its name is known.
            request_animation_frame(move || drop(form.submit()));
        }
    });
    view! {
        <form node_ref=form method="post" action=path target=name.clone() hidden>
            <input type="hidden" name="mail" value=body />
        </form>
        <iframe class="mail" sandbox="" name=name title=title></iframe>
    }
}
