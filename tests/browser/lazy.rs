//! The designer is fetched when a program is opened: if that fails, the page says so and tries again when asked.

use super::{Driver, read, see, sign_up};
use crate::process::Server;

/// From here on nothing that ends in `.wasm` can be fetched.
const CUT: &str = "const fetched = window.fetch;
    window.fetch = what => /\\.wasm$/.test(what) ? Promise.reject(new TypeError('cut')) : fetched(what);
    window.mend = () => { window.fetch = fetched; };";

#[test]
fn a_designer_that_does_not_come_is_asked_for_again() {
    let data = tempfile::tempdir().unwrap();
    let mut server = Server::start(&["--data", data.path().to_str().unwrap(), "--listen", "127.0.0.1:0", "--example"]);
    let link = server.setup_link();
    let driver = Driver::start();
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let page = driver.open(1440, 900).await;
        sign_up(&page, &link).await;
        page.execute(CUT, Vec::new()).await.unwrap();
        read(&page, "strong", "Order follow-up").await.click().await.unwrap();
        read(&page, "problem", "could not be loaded").await;
        page.execute("window.mend()", Vec::new()).await.unwrap();
        see(&page, ".problem button").await.click().await.unwrap();
        see(&page, "[data-node='done']").await;
        page.close().await.unwrap();
    });
    assert_eq!(server.terminate(), Some(0));
}
