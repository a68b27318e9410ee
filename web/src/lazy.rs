//! The designer, as a module of its own that is fetched when a program is first opened. With the checker, the
//! simulator, and the code that reads and writes programs as text it is half of the web app.

use leptos::prelude::*;

use crate::{
    client::Answer,
    pages::{kinds::KindsPage, programs::show::ProgramPage},
    parts::load::{Load, loaded},
    routes::{Names, first},
};

/// A page of the designer's module.
#[derive(Clone, Debug)]
enum Page {
    /// Of this program.
    Program(String),
    /// What kinds of nodes there are.
    Kinds,
}

/// Draws a page.
type Draw = fn(Page) -> AnyView;

/// The page of a program, once its code is here.
pub fn designer(names: Names) -> AnyView {
    page(Page::Program(first(names)))
}

/// The page of all kinds of nodes, once its code is here.
pub fn kinds(_: Names) -> AnyView {
    page(Page::Kinds)
}

fn page(page: Page) -> AnyView {
    let code = Load::by(|| Box::pin(code()));
    loaded(code, move |draw| draw(page.clone())).into_any()
}

/// Nothing outside of `code` may name this, or it is moved to the module that every visit loads.
fn draw(page: Page) -> AnyView {
    match page {
        Page::Program(name) => view! { <ProgramPage name=name /> }.into_any(),
        Page::Kinds => view! { <KindsPage /> }.into_any(),
    }
}

#[cfg(feature = "split")]
async fn code() -> Answer<Draw> {
    use wasm_split_helpers::{SplitLoaderError, wasm_split};

    use crate::client::{NOT_LOADED, failure};

    #[wasm_split(designer, fallible)]
    fn designer() -> Result<Draw, SplitLoaderError> {
        Ok(draw)
    }
    let (styles, code) = futures::join!(styles(), designer());
    styles?;
    code.map_err(|error| failure(NOT_LOADED, &error))
}

/// The page knows where the styles are; `scripts/bundle` has told it.
#[cfg(feature = "split")]
async fn styles() -> Answer<()> {
    use js_sys::{Function, Promise, Reflect};
    use wasm_bindgen::{JsCast, JsValue};

    use crate::client::{NOT_LOADED, failure};

    let asked: Result<Promise, JsValue> = (|| {
        let ask: Function = Reflect::get(&window(), &"styles".into())?.dyn_into()?;
        ask.call0(&JsValue::NULL)?.dyn_into()
    })();
    let come = async { wasm_bindgen_futures::JsFuture::from(asked?).await };
    come.await.map(drop).map_err(|_| failure(NOT_LOADED, &"its style"))
}

#[cfg(not(feature = "split"))]
async fn code() -> Answer<Draw> {
    Ok(draw)
}
