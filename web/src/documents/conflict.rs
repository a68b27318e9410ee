//! Two drafts of one document: both as picture or text, and what they make together, place by place.

use std::collections::HashMap;

use leptos::prelude::*;
use program::{MergeChange, Side, Whose, merge};
use serde_json::Value;

use super::{document::Document, lines::lines, saver::Saver, shared::Shared};
use crate::{
    format::number::number,
    i18n::{t_string, use_i18n},
    parts::{
        dialog::Dialog,
        icon::{Glyph, Icon},
        say::say,
    },
    prefs::Texts,
};

/// A document that can be looked at beside another one.
pub trait Pictured: Document {
    /// What a place of it is called: of what it is a part, and its own name.
    fn place(texts: Texts, path: &str, sides: &[&Self]) -> (String, String);

    /// The document, with what differs from the common ancestor.
    fn picture(&self, base: &Self, texts: Texts) -> AnyView;

    /// How many errors it has.
    fn errors(&self) -> usize;
}

/// The dialog. Whoever closes it decides later: both drafts stay.
#[component]
pub fn ConflictDialog<T: Pictured>(saver: Saver<T>) -> impl IntoView {
    let texts = use_i18n();
    view! {
        <Dialog open=saver.comparing title=say!(texts, draft.two)>
            <Meeting saver />
        </Dialog>
    }
}

#[component]
fn Meeting<T: Pictured>(saver: Saver<T>) -> impl IntoView {
    let texts = use_i18n();
    let chosen = RwSignal::new(HashMap::<String, Side>::new());
    let as_text = RwSignal::new(false);
    let base = move || saver.saved.get().0;
    let mine = move || saver.document.get().0;
    let theirs = Memo::new(move |_| saver.theirs.read().as_ref().map(|theirs| theirs.document.clone()));
    let merged = Memo::new(move |_| {
        let theirs = theirs.get()?.0;
        let choose = |path: &str| chosen.read().get(path).copied().unwrap_or(Side::Mine);
        merge(&*base(), &*mine(), &*theirs, choose).ok()
    });
    let changes = Memo::new(move |_| merged.get().map(|merged| merged.changes).unwrap_or_default());
    let whole = Memo::new(move |_| {
        let merged = merged.get().map(|merged| serde_json::from_value::<T>(merged.value));
        merged.and_then(Result::ok).map(|merged| Shared(std::sync::Arc::new(merged)))
    });
    let asked = move |change: &&MergeChange| change.whose == Whose::Both;
    let open_asks = Memo::new(move |_| {
        let changes = changes.read();
        changes.iter().filter(asked).filter(|change| !chosen.read().contains_key(&change.path)).count()
    });
    let lead = say(move || {
        let (all, asks) = (changes.read().len(), changes.read().iter().filter(asked).count());
        let (n, m) = (number(texts, (all - asks) as u64), number(texts, asks as u64));
        t_string!(texts, draft.conflict_lead, n = n, m = m)
    });
    let settle = move |whole: Option<Shared<T>>| {
        if let Some(whole) = whole {
            saver.settle((*whole.0).clone());
        }
    };
    let side = move |side: Side| {
        let document = move || match side {
            Side::Mine => Some(saver.document.get()),
            Side::Theirs => theirs.get(),
        };
        let (act, take, name) = match side {
            Side::Mine => ("mine", say!(texts, draft.mine), say!(texts, draft.yours)),
            Side::Theirs => ("theirs", say!(texts, draft.theirs), say!(texts, draft.of_theirs)),
        };
        let shown = move || {
            let (base, side) = (base(), document()?.0);
            Some(match as_text.get() {
                true => view! { <pre class="diff" tabindex="0">{lines(&base.file(), &side.file())}</pre> }.into_any(),
                false => side.picture(&base, texts),
            })
        };
        view! {
            <section data-side=act>
                <header>
                    <h3>{name}</h3>
                    <button class="small-button" data-act=act on:click=move |_| settle(document())>{take}</button>
                </header>
                {shown}
            </section>
        }
    };
    let row = move |change: MergeChange| view! { <Row saver change chosen /> };
    let state = say(move || match whole.get() {
        None => t_string!(texts, draft.no_whole).to_owned(),
        Some(whole) => t_string!(texts, program.problems, n = number(texts, whole.0.errors() as u64)),
    });
    let ready = Memo::new(move |_| open_asks.get() == 0 && whole.read().is_some());
    view! {
        <p class="dialog-text">
            <b>{say(move || saver.other(texts))} "."</b>
            " "
            {lead}
        </p>
        <div class="merge">
            {side(Side::Mine)}
            <section class="merged">
                <header>
                    <h3>{say!(texts, draft.merged)}</h3>
                    <button
                        class="small-button"
                        data-act="as-text"
                        aria-pressed=move || as_text.get().to_string()
                        on:click=move |_| as_text.update(|text| *text = !*text)
                    >
                        {say!(texts, changes.as_text)}
                    </button>
                </header>
                <ol class="rows">
                    <For each=move || changes.get() key=|change| (change.path.clone(), format!("{:?}", change.mine)) children=row />
                </ol>
                <p class="small" data-errors=move || whole.get().map_or(1, |whole| whole.0.errors()).to_string()>{state}</p>
            </section>
            {side(Side::Theirs)}
        </div>
        <footer>
            <button data-act="later" on:click=move |_| saver.comparing.set(false)>{say!(texts, draft.later)}</button>
            <button class="primary" data-act="merge" disabled=move || !ready.get() on:click=move |_| settle(whole.get_untracked())>
                {say!(texts, draft.save_merged)}
            </button>
        </footer>
    }
}

/// One place, and where both changed it the question whose it is.
#[component]
fn Row<T: Pictured>(saver: Saver<T>, change: MergeChange, chosen: RwSignal<HashMap<String, Side>>) -> impl IntoView {
    let texts = use_i18n();
    let MergeChange { path, whose, base, mine, theirs } = change;
    let place = path.clone();
    let place = Memo::new(move |_| {
        let (base, mine) = (saver.saved.get().0, saver.document.get().0);
        let theirs = saver.theirs.get().map_or_else(|| base.clone(), |theirs| theirs.document.0);
        T::place(texts, &place, &[&*mine, &*theirs, &*base])
    });
    let name = view! {
        <b>{move || place.get().0}</b>
        " "
        <span class="quiet">{move || place.get().1}</span>
    };
    let Whose::Only(side) = whose else {
        let (group, here) = (path.clone(), path.clone());
        let choice = move |side: Side, value: &Option<Value>| {
            let words = match side {
                Side::Mine => say!(texts, draft.yours),
                Side::Theirs => say!(texts, draft.of_theirs),
            };
            let (path, known) = (path.clone(), path.clone());
            view! {
                <label>
                    <input
                        type="radio"
                        name=group.clone()
                        data-choose=format!("{side:?}")
                        prop:checked=move || chosen.read().get(&known) == Some(&side)
                        on:change=move |_| {
                            chosen.update(|chosen| {
                                chosen.insert(path.clone(), side);
                            });
                        }
                    />
                    <span>{words} ": " {said(value)}</span>
                </label>
            }
        };
        return view! {
            <li class="ask" data-path=here>
                <Icon glyph=Glyph::Fork />
                <div role="radiogroup" aria-label=move || { let (of, name) = place.get(); format!("{of} {name}") }>
                    <p>{name}</p>
                    <p class="small">{say!(texts, draft.it_was)} ": " {said(&base)}</p>
                    {choice(Side::Mine, &mine)}
                    {choice(Side::Theirs, &theirs)}
                </div>
            </li>
        }
        .into_any();
    };
    let (whose, now) = match side {
        Side::Mine => (say!(texts, draft.yours), &mine),
        Side::Theirs => (say!(texts, draft.of_theirs), &theirs),
    };
    view! {
        <li data-path=path>
            <Icon glyph=Glyph::Check />
            <div>
                <p>{name}</p>
                <p class="small">{whose} ": " <del>{said(&base)}</del> " → " <ins>{said(now)}</ins></p>
            </div>
        </li>
    }
    .into_any()
}

fn said(value: &Option<Value>) -> String {
    match value {
        None => "–".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}
