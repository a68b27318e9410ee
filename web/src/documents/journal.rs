//! The browser's database, in which this device keeps what the server has not yet. A page that dies leaves it behind.

use js_sys::{Array, Promise};
use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    IdbDatabase, IdbKeyRange, IdbObjectStore, IdbOpenDbRequest, IdbRequest, IdbTransaction, IdbTransactionMode,
};

const NAME: &str = "stafette";
const KEPT: &str = "kept";

type Result<T> = std::result::Result<T, JsValue>;

/// An entry: its key, and what it says.
pub type Entry = (String, String);

/// The database, open. Some browsers have none in private windows.
#[derive(Clone, Debug)]
pub struct Journal(IdbDatabase);

impl Journal {
    /// Opens it.
    pub async fn open() -> Result<Self> {
        let factory = window().indexed_db()?.ok_or(JsValue::NULL)?;
        let request: IdbOpenDbRequest = factory.open_with_u32(NAME, 1)?;
        let asked = request.clone();
        let make = Closure::once(move || {
            let database = asked.result().map(JsCast::unchecked_into::<IdbDatabase>);
            // What cannot be made is missed by the first who looks for it.
            let _ = database.and_then(|database| database.create_object_store(KEPT));
        });
        request.set_onupgradeneeded(Some(make.as_ref().unchecked_ref()));
        answer(&request).await.map(|database| Self(database.unchecked_into()))
    }

    /// The entries whose keys begin so.
    pub async fn find(&self, beginning: &str) -> Result<Vec<Entry>> {
        let (_, store) = self.store(IdbTransactionMode::Readonly)?;
        let range = IdbKeyRange::bound(&beginning.into(), &format!("{beginning}\u{ffff}").into())?;
        let (keys, values) = (store.get_all_keys_with_key(&range)?, store.get_all_with_key(&range)?);
        // The answers come in the order of the questions; who waits for the second one has missed the first.
        let (keys, values) = futures::join!(answer(&keys), answer(&values));
        let (keys, values) = (Array::from(&keys?), Array::from(&values?));
        let text = |value: JsValue| value.as_string();
        Ok(keys.iter().zip(values.iter()).filter_map(|(key, value)| Some((text(key)?, text(value)?))).collect())
    }

    /// Writes an entry, or removes it, and removes those of others that still say the same. All of it, or nothing.
    pub async fn write(&self, key: &str, value: Option<&str>, spent: &[Entry]) -> Result<()> {
        let (transaction, store) = self.store(IdbTransactionMode::Readwrite)?;
        for (key, said) in spent {
            if answer(&store.get(&key.into())?).await?.as_string().as_ref() == Some(said) {
                store.delete(&key.into())?;
            }
        }
        match value {
            Some(value) => store.put_with_key(&value.into(), &key.into())?,
            None => store.delete(&key.into())?,
        };
        done(&transaction).await
    }

    fn store(&self, mode: IdbTransactionMode) -> Result<(IdbTransaction, IdbObjectStore)> {
        let transaction = self.0.transaction_with_str_and_mode(KEPT, mode)?;
        let store = transaction.object_store(KEPT)?;
        Ok((transaction, store))
    }
}

async fn answer(request: &IdbRequest) -> Result<JsValue> {
    let promise = Promise::new(&mut |resolve, reject| {
        request.set_onsuccess(Some(&resolve));
        request.set_onerror(Some(&reject));
    });
    JsFuture::from(promise).await?;
    request.result()
}

async fn done(transaction: &IdbTransaction) -> Result<()> {
    let promise = Promise::new(&mut |resolve, reject| {
        transaction.set_oncomplete(Some(&resolve));
        transaction.set_onabort(Some(&reject));
    });
    JsFuture::from(promise).await.map(drop)
}
