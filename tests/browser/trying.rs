//! *Try it*: an event with a file is sent, and then a test with one; each mail brings its own.

use fantoccini::Client;

use super::{click, in_the_browser, life::open, read, see};
use crate::process::Client as Api;

#[test]
fn files_go_with_what_is_tried() {
    in_the_browser(async |page, server, key| {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, size: usize| {
            let path = folder.path().join(name);
            std::fs::write(&path, vec![b'%'; size]).unwrap();
            path.to_str().unwrap().to_owned()
        };
        open(page, server).await;
        click(page, "[data-open='try-it']").await;
        click(page, "[data-mode='Send']").await;
        choose(page, &file("offer.pdf", 5)).await;
        click(page, "form button.primary:enabled").await;
        click(page, ".toast a").await;
        read(page, "rows", "offer.pdf").await;

        // Whom tests may be sent to.
        page.goto(&format!("{}/contacts", server.url)).await.unwrap();
        click(page, "main a[href^='/contacts/']").await;
        click(page, "[data-field='test']").await;
        see(page, ".page-head .chip").await;

        // What is too large is said beside the field, and is not sent.
        open(page, server).await;
        click(page, "[data-open='try-it']").await;
        click(page, "[data-mode='Test']").await;
        see(page, "[data-tester]:checked").await;
        choose(page, &file("large.zip", (10 << 20) + 1)).await;
        see(page, ".add-files + .error").await;
        see(page, "[data-test='send']:disabled").await;
        click(page, ".files button").await;
        choose(page, &file("invoice.pdf", 2 << 20)).await;
        click(page, "[data-test='send']:enabled").await;
        see(page, "[data-test='skip']").await;
        click(page, ".test-mail a").await;
        read(page, "rows", "invoice.pdf").await;
        let address = page.current_url().await.unwrap();
        let (_, mail) = Api::new(key).get(&format!("{}/api/v1{}", server.url, address.path())).unwrap();
        assert_eq!(mail["attachments"][0]["size"], 2 << 20, "{mail}");
    });
}

/// Puts a file into the field.
async fn choose(page: &Client, path: &str) {
    see(page, "[data-field='files']").await.send_keys(path).await.unwrap();
    see(page, ".files li").await;
}
