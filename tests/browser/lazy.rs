//! The designer is fetched when a program is opened: if that fails, the page says so and tries again when asked.

use super::{click, in_the_browser, read, see};

/// From here on nothing that ends in `.wasm` can be fetched.
const CUT: &str = "const fetched = window.fetch;
    window.fetch = what => /\\.wasm$/.test(what) ? Promise.reject(new TypeError('cut')) : fetched(what);
    window.mend = () => { window.fetch = fetched; };";

#[test]
fn a_designer_that_does_not_come_is_asked_for_again() {
    in_the_browser(async |page, _, _| {
        page.execute(CUT, Vec::new()).await.unwrap();
        read(page, "strong", "Order follow-up").await.click().await.unwrap();
        read(page, "problem", "could not be loaded").await;
        page.execute("window.mend()", Vec::new()).await.unwrap();
        click(page, ".problem button").await;
        see(page, "[data-node='done']").await;
    });
}
