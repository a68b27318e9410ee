//! The live feed: server-sent events, as they come. The browser reconnects by itself.

use api::live::FeedItem;
use leptos::prelude::*;
use send_wrapper::SendWrapper;
use wasm_bindgen::{JsCast, prelude::Closure};
use web_sys::{EventSource, MessageEvent};

use crate::address::with_query;

/// Whether news come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connection {
    /// Not yet.
    Connecting,
    /// Yes.
    Open,
    /// Not any more; the browser tries again.
    Lost,
}

/// Follows one program until the current page is left.
pub fn follow(program: &str, on_item: impl Fn(FeedItem) + 'static) -> ReadSignal<Connection> {
    let (state, set_state) = signal(Connection::Connecting);
    let url = with_query(api::path::LIVE, &[("program", program)]);
    let Ok(source) = EventSource::new(&url) else {
        set_state.set(Connection::Lost);
        return state;
    };
    let item = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        let text = event.data().as_string().unwrap_or_default();
        match serde_json::from_str(&text) {
            Ok(item) => on_item(item),
            Err(error) => leptos::logging::warn!("a feed item that this page does not know: {error}"),
        }
    });
    let opened = Closure::<dyn Fn()>::new(move || set_state.set(Connection::Open));
    let lost = Closure::<dyn Fn()>::new(move || set_state.set(Connection::Lost));
    // Listening cannot fail on a source that was made.
    let _ = source.add_event_listener_with_callback("item", item.as_ref().unchecked_ref());
    source.set_onopen(Some(opened.as_ref().unchecked_ref()));
    source.set_onerror(Some(lost.as_ref().unchecked_ref()));
    let held = SendWrapper::new((source, item, opened, lost));
    on_cleanup(move || held.0.close());
    state
}
