//! /keys: who may call the API.

use api::access::KeySummary;
use leptos::{prelude::*, task::spawn_local};

use self::new::NewKeyDialog;
use crate::{
    address::fill,
    client,
    i18n::{t_string, use_i18n},
    parts::{
        chip::Chip,
        dialog::Confirm,
        head::Head,
        icon::{Glyph, Icon},
        list::List,
        notice::Empty,
        table::{Row, column, table},
        time::{MaybeWhen, When},
        toast::Toasts,
    },
    prefs::Texts,
};

mod new;

/// The list.
#[component]
pub fn KeysPage() -> impl IntoView {
    let texts = use_i18n();
    let toasts = Toasts::here();
    let list = List::<KeySummary>::new(|| api::path::KEYS.to_owned());
    let (making, asking) = (RwSignal::new(false), RwSignal::new(false));
    let doomed = RwSignal::new(None::<KeySummary>);
    let revoke = move |()| {
        let Some(key) = doomed.get_untracked() else { return };
        spawn_local(async move {
            match client::delete(&fill(api::path::KEY, &[&key.id.to_string()])).await {
                Ok(()) => toasts.say(|| t_string!(texts, access.revoked)),
                Err(problem) => toasts.problem(texts, &problem),
            }
            list.again();
        });
    };
    let ask = move |key: KeySummary| {
        doomed.set(Some(key));
        asking.set(true);
    };
    let name = move || doomed.with(|key| key.as_ref().map(|key| key.name.clone()).unwrap_or_default());
    let columns = vec![
        column("main", move || t_string!(texts, access.name).to_owned()),
        column("", move || t_string!(texts, access.state).to_owned()),
        column("wide", move || t_string!(texts, access.scopes).to_owned()),
        column("wide", move || t_string!(texts, access.used).to_owned()),
        column("named", move || t_string!(texts, access.created).to_owned()),
        column("wide", move || t_string!(texts, access.expires).to_owned()),
        column("num", move || t_string!(texts, access.revoke_column).to_owned()),
    ];
    view! {
        <Head title=say!(texts, access.title)>
            <button class="primary" on:click=move |_| making.set(true)>
                <Icon glyph=Glyph::Plus />
                {say!(texts, access.new)}
            </button>
        </Head>
        <div class="page">
            {table(list, columns, |key: &KeySummary| (key.id, key.revoked_at, key.last_used_at), move |key| row(texts, key, ask), empty)}
        </div>
        <NewKeyDialog open=making list=list />
        <Confirm
            open=asking
            danger=true
            title=Signal::derive(move || t_string!(texts, access.revoke_title, name = name()))
            text=say!(texts, access.revoke_text)
            act=say!(texts, access.revoke_do)
            on_act=Callback::new(revoke)
        />
    }
}

/// What a scope allows, in words.
fn scope_words(texts: Texts, scope: &str) -> String {
    match scope {
        "events:write" => t_string!(texts, access.scope_events),
        "read" => t_string!(texts, access.scope_read),
        "admin" => t_string!(texts, access.scope_admin),
        other => return other.to_owned(),
    }
    .to_owned()
}

fn row(texts: Texts, key: KeySummary, ask: impl Fn(KeySummary) + Send + 'static) -> Row {
    let revoked = key.revoked_at.is_some();
    let ended = key.expires_at.is_some_and(|end| (end.timestamp_millis() as f64) < js_sys::Date::now());
    let state = move || match (revoked, ended) {
        (true, _) => ("bad", t_string!(texts, state.revoked).to_owned()),
        (_, true) => ("warn", t_string!(texts, state.expired).to_owned()),
        _ => ("good", t_string!(texts, state.active).to_owned()),
    };
    let scopes = key.scopes.clone();
    let scopes = move || scopes.iter().map(|scope| scope_words(texts, scope)).collect::<Vec<_>>().join(", ");
    let used = match key.last_used_at {
        Some(at) => view! { <When at=at /> }.into_any(),
        None => view! { <span class="quiet">{say!(texts, common.never)}</span> }.into_any(),
    };
    let asked = key.clone();
    let button = (!revoked).then(|| view! { <button class="small-button" on:click=move |_| ask(asked.clone())>{say!(texts, access.revoke)}</button> });
    Row {
        href: None,
        cells: vec![
            view! { <strong>{key.name}</strong> }.into_any(),
            view! { <Chip state=Signal::derive(state) /> }.into_any(),
            scopes.into_any(),
            used,
            view! { <When at=key.created_at /> }.into_any(),
            view! { <MaybeWhen at=key.expires_at /> }.into_any(),
            button.into_any(),
        ],
    }
}

fn empty() -> AnyView {
    let texts = use_i18n();
    view! {
        <Empty
            glyph=Glyph::Key
            title=say!(texts, access.empty)
            lead=say!(texts, access.empty_lead)
        />
    }
    .into_any()
}
