//! Files that an event brings: chosen, listed, and read when it is sent.

use api::events::{AttachmentIn, MAX_ATTACHMENT_BYTES, MAX_ATTACHMENTS};
use js_sys::Promise;
use leptos::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Event, File, FileReader, HtmlInputElement};

use crate::{
    format::number::{bytes, number},
    i18n::{t_string, use_i18n},
    parts::icon::{Glyph, Icon},
};

/// Stands for a file's bytes where the event is shown.
const BYTES: &str = "BASE64";

/// The chosen ones, each with a key. A file belongs to the browser's one thread.
#[derive(Clone, Copy)]
pub struct Files {
    chosen: RwSignal<Vec<(usize, File)>, LocalStorage>,
    /// Name of the one that could not be read.
    unread: RwSignal<Option<String>>,
    last: StoredValue<usize>,
}

impl Files {
    /// None yet.
    pub fn new() -> Self {
        Self { chosen: RwSignal::new_local(Vec::new()), unread: RwSignal::new(None), last: StoredValue::new(0) }
    }

    /// Whether there is one.
    pub fn any(self) -> bool {
        !self.chosen.read().is_empty()
    }

    /// Whether they are more or larger than an event may bring.
    pub fn over(self) -> bool {
        let chosen = self.chosen.read();
        let size: f64 = chosen.iter().map(|(_, file)| file.size()).sum();
        chosen.len() > MAX_ATTACHMENTS || size > MAX_ATTACHMENT_BYTES as f64
    }

    /// As they will be sent, without their bytes.
    pub fn outlined(self) -> Vec<AttachmentIn> {
        self.chosen.read().iter().map(|(_, file)| attachment(file, BYTES.to_owned())).collect()
    }

    /// Reads them; none if one cannot be read, which is then said beside the field.
    pub async fn read(self) -> Option<Vec<AttachmentIn>> {
        let chosen = self.chosen.try_get_untracked()?;
        let mut read = Vec::with_capacity(chosen.len());
        for (_, file) in chosen {
            let Some(data) = base64(&file).await else {
                let _ = self.unread.try_set(Some(file.name()));
                return None;
            };
            read.push(attachment(&file, data));
        }
        Some(read)
    }

    fn add(self, event: &Event) {
        let input: HtmlInputElement = event_target(event);
        let list = input.files();
        let given = list.iter().flat_map(|list| (0..list.length()).filter_map(|at| list.get(at)));
        let keyed = given.map(|file| {
            self.last.update_value(|last| *last += 1);
            (self.last.get_value(), file)
        });
        let given: Vec<_> = keyed.collect();
        self.unread.set(None);
        self.chosen.update(|chosen| chosen.extend(given));
        // The list is ours; the same file may be chosen again.
        input.set_value("");
    }

    fn remove(self, key: usize) {
        self.unread.set(None);
        self.chosen.update(|chosen| chosen.retain(|(known, _)| *known != key));
    }
}

/// The list, and the field that takes more; files can be dropped on it as well.
pub fn files_field(files: Files) -> impl IntoView {
    let texts = use_i18n();
    let line = move |(key, file): (usize, File)| {
        let (name, size) = (file.name(), file.size() as u64);
        view! {
            <li>
                <span>{name.clone()}</span>
                <span class="num quiet">{move || bytes(texts, size)}</span>
                <button type="button" class="icon-only" aria-label=say!(texts, trial.remove_file, name = name.clone()) on:click=move |_| files.remove(key)>
                    <Icon glyph=Glyph::Close />
                </button>
            </li>
        }
    };
    let wrong = move || match (files.over(), files.unread.get()) {
        (true, _) => {
            let (n, size) = (number(texts, MAX_ATTACHMENTS as u64), bytes(texts, MAX_ATTACHMENT_BYTES as u64));
            Some(t_string!(texts, trial.files_over, n = n, size = size))
        }
        (false, name) => name.map(|name| t_string!(texts, trial.file_unread, name = name)),
    };
    view! {
        <fieldset class="earlier">
            <legend>{say!(texts, trial.files)}</legend>
            <Show when=move || files.any()>
                <ul class="files">
                    <For each=move || files.chosen.get() key=|(key, _)| *key children=line />
                </ul>
            </Show>
            <label class="button small-button add-files">
                <Icon glyph=Glyph::Plus />
                {say!(texts, trial.add_files)}
                <input
                    type="file"
                    multiple
                    data-field="files"
                    aria-invalid=move || wrong().is_some().to_string()
                    on:change=move |event| files.add(&event)
                />
            </label>
            {move || wrong().map(|why| view! { <span class="error" role="alert">{why}</span> })}
        </fieldset>
    }
}

fn attachment(file: &File, data: String) -> AttachmentIn {
    let content_type = Some(file.type_()).filter(|kind| !kind.is_empty());
    AttachmentIn { filename: file.name(), content_type, data }
}

/// The bytes of a file, by the browser's own encoder.
async fn base64(file: &File) -> Option<String> {
    let reader = FileReader::new().ok()?;
    let read = Promise::new(&mut |done, failed| {
        reader.set_onload(Some(&done));
        reader.set_onerror(Some(&failed));
    });
    reader.read_as_data_url(file).ok()?;
    JsFuture::from(read).await.ok()?;
    let url = reader.result().ok()?.as_string()?;
    // An empty file may come without a comma.
    Some(url.split_once(',').map_or_else(String::new, |(_, data)| data.to_owned()))
}
