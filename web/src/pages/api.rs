//! /api: the OpenAPI document, as people read it.

use leptos::prelude::*;
use serde_json::Value;

use crate::{
    i18n::{t_string, use_i18n},
    openapi::{self, Operation},
    parts::{
        copy::CopyBox,
        head::Head,
        json::Json,
        load::{Load, loaded},
    },
};

/// The document.
#[component]
pub fn ApiPage() -> impl IntoView {
    let texts = use_i18n();
    let load = Load::<Value>::new(|| api::path::OPENAPI.to_owned());
    view! {
        <Head title=say!(texts, reference.title)>
            <a class="button" href=api::path::OPENAPI target="_blank" rel="external">{say!(texts, reference.download)}</a>
        </Head>
        <div class="page reference">
            <p class="lead">{say!(texts, reference.lead)}</p>
            {loaded(load, |document| view! { <Document document=document /> })}
        </div>
    }
}

#[component]
fn Document(document: Value) -> impl IntoView {
    let texts = use_i18n();
    let groups = openapi::groups(&document).into_iter().map(|(name, operations)| {
        let operations: Vec<_> =
            operations.into_iter().map(|operation| view! { <Call operation=operation /> }).collect();
        let title = (!name.is_empty()).then_some(name);
        view! {
            <section>
                <h2>{move || title.clone().unwrap_or_else(|| t_string!(texts, reference.other).to_owned())}</h2>
                {operations}
            </section>
        }
    });
    let groups: Vec<_> = groups.collect();
    let schemas = document.pointer("/components/schemas").and_then(Value::as_object).cloned().unwrap_or_default();
    let schemas = schemas.into_iter().map(|(name, schema)| {
        let id = format!("schema-{name}");
        view! {
            <details class="call" id=id>
                <summary><code>{name}</code> <span class="quiet">{text(&schema, "description")}</span></summary>
                <Json value=schema />
            </details>
        }
    });
    let schemas: Vec<_> = schemas.collect();
    view! {
        {groups}
        <section>
            <h2>{say!(texts, reference.schemas)}</h2>
            {schemas}
        </section>
    }
}

fn text(value: &Value, key: &str) -> String {
    value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// One operation. Its parts are drawn when it is opened: a document has many.
#[component]
fn Call(operation: Operation) -> impl IntoView {
    let open = RwSignal::new(false);
    let (method, path, summary) = (operation.method.clone(), operation.path.clone(), operation.summary.clone());
    view! {
        <details class="call" on:toggle=move |_| open.set(true)>
            <summary>
                <b class=format!("method m-{method}")>{method.to_uppercase()}</b>
                <code>{path}</code>
                <span class="quiet">{summary}</span>
            </summary>
            {move || open.get().then(|| view! { <Parts operation=operation.clone() /> })}
        </details>
    }
}

#[component]
fn Parts(operation: Operation) -> impl IntoView {
    let texts = use_i18n();
    let origin = location().origin().unwrap_or_default();
    let curl = operation.curl(&origin);
    let parameters = operation.parameters.iter().map(|parameter| {
        let required = parameter.required.then(|| view! { " " <i class="small">{say!(texts, reference.required)}</i> });
        view! {
            <dt><code>{parameter.name.clone()}</code> <span class="quiet">{parameter.place.clone()}</span> {required}</dt>
            <dd>{parameter.description.clone()}</dd>
        }
    });
    let parameters: Vec<_> = parameters.collect();
    let answers = operation.answers.iter().map(|answer| {
        view! {
            <dt><code>{answer.status.clone()}</code></dt>
            <dd>{answer.description.clone()} " " {answer.schema.clone().map(|name| view! { <SchemaLink name=name /> })}</dd>
        }
    });
    let answers: Vec<_> = answers.collect();
    view! {
        {(!operation.description.is_empty()).then(|| view! { <p>{operation.description.clone()}</p> })}
        {(!parameters.is_empty()).then(|| view! { <h3>{say!(texts, reference.parameters)}</h3> <dl class="facts">{parameters}</dl> })}
        {operation.body.clone().map(|name| view! { <h3>{say!(texts, reference.body)}</h3> <p><SchemaLink name=name /></p> })}
        <h3>{say!(texts, reference.answers)}</h3>
        <dl class="facts">{answers}</dl>
        <h3>{say!(texts, reference.example)}</h3>
        <CopyBox text=curl />
    }
}

/// Leads to the schema and opens it.
#[component]
fn SchemaLink(name: String) -> impl IntoView {
    let id = format!("schema-{name}");
    let go = move |_| {
        if let Some(schema) = document().get_element_by_id(&id) {
            // Opening is a courtesy; scrolling happens anyway.
            let _ = schema.set_attribute("open", "");
            schema.scroll_into_view();
        }
    };
    view! { <button class="link" on:click=go><code>{name}</code></button> }
}
