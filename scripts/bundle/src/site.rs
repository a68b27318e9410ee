//! From the page and the module to the list of files that make the site.

use std::fs;
use std::ops::Range;
use std::path::Path;

use crate::bindgen::Module;
use crate::dist::{File, Need, files_below, fingerprint, slashed};
use crate::page::{self, Link};
use crate::split::{LOADER, SCRIPT};
use crate::{Failure, Result, texts};

/// What the server replaces in `index.html` for every request, so that the content security policy lets it start.
pub const NONCE: &str = "__NONCE__";

/// Every file that the page asks for besides the module, as path and content: what decides whether to bundle again.
pub fn inputs(page: &Path) -> Result<Vec<(String, Vec<u8>)>> {
    let html = fs::read_to_string(page).map_err(Failure::at(page))?;
    let mut found = Vec::new();
    for link in page::links(&html)? {
        if link.get("rel") != Some("rust") {
            found.extend(assets(page, &link)?.into_iter().map(|file| (file.name, file.bytes)));
        }
    }
    found.extend(tables(page)?.into_iter().map(|(language, table)| (language.to_owned(), table.into_bytes())));
    found.push(("index.html".to_owned(), html.into_bytes()));
    Ok(found)
}

/// The texts of each language, of the folder beside the page.
fn tables(page: &Path) -> Result<Vec<(&'static str, String)>> {
    let folder = page.parent().unwrap_or(Path::new(".")).join("locales");
    let mut found: Vec<(&str, texts::Texts)> = Vec::new();
    for language in texts::LANGUAGES {
        let path = folder.join(format!("{language}.json"));
        let file = fs::read_to_string(&path).map_err(Failure::at(&path))?;
        let own = texts::read(&file).map_err(Failure::at(&path))?;
        // The module knows the lines of the tables by number.
        let differs = found.first().and_then(|(_, english)| texts::differences(english, &own).pop());
        if let Some(difference) = differs {
            return Err(Failure::at(&path)(difference));
        }
        found.push((language, own));
    }
    found.iter().map(|(language, own)| Ok((*language, texts::table(own).map_err(Failure::new)?))).collect()
}

/// The files of the site; `index.html` comes last.
pub fn lay_out(page: &Path, module: Module) -> Result<Vec<File>> {
    let html = fs::read_to_string(page).map_err(Failure::at(page))?;
    let links = page::links(&html)?;
    if links.iter().filter(|link| link.get("rel") == Some("rust")).count() != 1 {
        return Err(Failure::new(format!("{}: exactly one <link data-trunk rel=\"rust\"> is needed", page.display())));
    }
    let mut files = Vec::new();
    let mut parts: Vec<(Range<usize>, String)> = Vec::new();
    let rel = |link: &Link| link.get("rel").unwrap_or_default().to_owned();
    let (named, copied): (Vec<_>, Vec<_>) =
        links.into_iter().partition(|link| matches!(&*rel(link), "rust" | "css" | "icon"));
    let mut renamed = Vec::new();
    for link in copied {
        for mut file in assets(page, &link)? {
            // What the page names by itself comes with it, as the font does.
            if html.contains(&format!("href=\"/{}\"", file.name)) {
                let name = hashed_name(&file.name, &file.bytes);
                renamed.push((format!("/{}", file.name), format!("/{name}")));
                file = File { name, need: Need::First, ..file };
            }
            files.push(file);
        }
        parts.push((link.span, String::new()));
    }
    let rename = |text: String| renamed.iter().fold(text, |text, (old, new)| text.replace(old, new));

    let (module_link, links): (Vec<_>, Vec<_>) = named.into_iter().partition(|link| rel(link) == "rust");
    let mut later = Vec::new();
    for link in links {
        let mut file = assets(page, &link)?.pop().ok_or_else(|| Failure::new("a link of the page names no file"))?;
        let mut rel = rel(&link);
        if rel == "css" {
            file.bytes = rename(String::from_utf8_lossy(&file.bytes).into_owned()).into_bytes();
            rel = "stylesheet".to_owned();
        }
        file.name = hashed_name(&file.name, &file.bytes);
        let mut tag = format!("<link rel=\"{rel}\" href=\"/{}\"{}>", file.name, link.others());
        if link.get("data-later").is_some() {
            later.push(file.name.clone());
            file.need = Need::Later;
            tag.clear();
        }
        files.push(file);
        parts.push((link.span, tag));
    }
    let tags = texts_first(tables(page)?, &mut files) + &start(module, &later, &mut files);
    parts.extend(module_link.into_iter().map(|link| link.span).zip([tags]));
    parts.sort_by_key(|(span, _)| span.start);
    let html = rename(page::replace(&html, &parts));
    files.push(File { name: "index.html".to_owned(), bytes: html.into_bytes(), need: Need::First });
    Ok(files)
}

/// The files that a link other than the one of the module names, under their own names.
fn assets(page: &Path, link: &Link) -> Result<Vec<File>> {
    let rel = link.get("rel").unwrap_or_default();
    let href = link.get("href").filter(|href| !href.is_empty());
    let href = href.ok_or_else(|| Failure::new(format!("the page has a {rel} link for Trunk without href")))?;
    let source = page.parent().unwrap_or(Path::new(".")).join(href);
    let target = link.get("data-target-path").map(|path| path.trim_matches('/')).filter(|path| !path.is_empty());
    let name = source.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    match rel {
        "css" | "icon" | "copy-file" => {
            let name = target.map_or(name.clone(), |target| format!("{target}/{name}"));
            let bytes = fs::read(&source).map_err(Failure::at(&source))?;
            Ok(vec![File { name, bytes, need: if rel == "css" { Need::First } else { Need::Never } }])
        }
        "copy-dir" => files_below(&source)?
            .iter()
            .map(|file| {
                let name = format!("{}/{}", target.unwrap_or(&name), slashed(&source, file));
                Ok(File { name, bytes: fs::read(file).map_err(Failure::at(file))?, need: Need::Never })
            })
            .collect(),
        _ => Err(Failure::new(format!(
            "the page has a link for Trunk with rel=\"{rel}\": known are rust, css, icon, copy-file and copy-dir"
        ))),
    }
}

fn hashed_name(name: &str, bytes: &[u8]) -> String {
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, "bin"));
    format!("{stem}-{}.{ending}", fingerprint(bytes))
}

/// Adds the tables to the files and gives the script that tells the app where they are. It begins to load the one of the
/// reader, whose language the page has chosen before.
fn texts_first(tables: Vec<(&str, String)>, files: &mut Vec<File>) -> String {
    let largest = tables.iter().map(|(_, table)| table.len()).max();
    let mut named = Vec::new();
    for (language, table) in tables {
        let name = hashed_name(&format!("{language}.txt"), table.as_bytes());
        named.push(format!("{language}: \"/{name}\""));
        // A reader needs one of them: as a part of the first load, the largest counts.
        let need = if Some(table.len()) == largest { Need::First } else { Need::Never };
        files.push(File { name, bytes: table.into_bytes(), need });
    }
    format!(
        "<script nonce=\"{NONCE}\">window.texts = {{ {} }}; \
         document.head.append(Object.assign(document.createElement(\"link\"), \
         {{ rel: \"preload\", as: \"fetch\", crossOrigin: \"\", \
         href: texts[document.documentElement.lang] }}));</script>\n",
        named.join(", ")
    )
}

/// Adds the module with its scripts and parts to the files and gives the tags that load them. The parts and their styles
/// are fetched when a page asks for them, or when nothing else is any more, so that they are there when one does.
fn start(module: Module, styles: &[String], files: &mut Vec<File>) -> String {
    let mut js = module.js;
    let mut tags = String::new();
    for (path, text) in module.snippets {
        let file = path.rsplit('/').next().unwrap_or("snippet.js");
        let name = hashed_name(file, text.as_bytes());
        js = js.replace(&path, &format!("/{name}"));
        tags.push_str(&preload_script(&name));
        files.push(File { name, bytes: text.into_bytes(), need: Need::First });
    }
    let mut loader = module.loader;
    let mut later: Vec<_> = styles.iter().map(|name| format!("[\"/{name}\", \"style\"]")).collect();
    for (path, bytes) in module.parts {
        let name = hashed_name(path.trim_start_matches("./"), &bytes);
        loader = loader.replace(&path, &format!("/{name}"));
        later.push(format!("[\"/{name}\", \"fetch\"]"));
        files.push(File { name, bytes, need: Need::Later });
    }
    let wasm_name = hashed_name("web.wasm", &module.wasm);
    let [js_name, loader_name] = link(&mut js, &mut loader);
    tags.push_str(&preload_script(&js_name));
    tags.push_str(&preload_script(&loader_name));
    // Nothing that comes later has a tag: the first module would have to share the line.
    let script = START.replace("JS", &js_name).replace("WASM", &wasm_name).replace("LATER", &later.join(", "));
    tags.push_str(&format!(
        "<link rel=\"preload\" href=\"/{wasm_name}\" as=\"fetch\" type=\"application/wasm\" crossorigin>\n\
         <script type=\"module\" nonce=\"{NONCE}\">{script}</script>"
    ));
    files.push(File { name: js_name, bytes: js.into_bytes(), need: Need::First });
    files.push(File { name: loader_name, bytes: loader.into_bytes(), need: Need::First });
    files.push(File { name: wasm_name, bytes: module.wasm, need: Need::First });
    tags
}

/// Starts the module. `styles` is for `lazy.rs`: it adds the styles of the parts to the page, once. What comes later is
/// fetched when nothing has been for a second.
const START: &str = r#"
const link = (more) => document.head.appendChild(Object.assign(document.createElement("link"), more));
const later = [LATER];
let styled;
window.styles = () => styled ??= Promise.all(later.filter(([, as]) => as === "style").map(([href]) =>
  new Promise((onload, onerror) => link({ rel: "stylesheet", href, onload, onerror }))
)).catch((error) => { styled = undefined; throw error; });
let quiet;
const seen = new PerformanceObserver(() => wait());
const wait = () => {
  clearTimeout(quiet);
  quiet = setTimeout(() => {
    seen.disconnect();
    for (const [href, as] of later) link({ rel: "prefetch", as, crossOrigin: as === "fetch" ? "" : null, href });
  }, 1000);
};
import init from "/JS";
await init({ module_or_path: "/WASM" });
wait();
seen.observe({ type: "resource" });
"#;

/// Makes the two scripts import each other by their names in the site. Each name would depend on the other, so both
/// have the hash of both.
fn link(js: &mut String, loader: &mut String) -> [String; 2] {
    let both = format!("{js}{loader}");
    let [js_name, loader_name] = ["web.js", "load.js"].map(|name| hashed_name(name, both.as_bytes()));
    *js = js.replace(&format!("from \"{LOADER}\""), &format!("from \"/{loader_name}\""));
    *loader = loader.replace(&format!("from \"{SCRIPT}\""), &format!("from \"/{js_name}\""));
    [js_name, loader_name]
}

fn preload_script(name: &str) -> String {
    format!("<link rel=\"modulepreload\" href=\"/{name}\" nonce=\"{NONCE}\">\n")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{File, Need, lay_out};
    use crate::bindgen::Module;
    use crate::dist::fingerprint;

    /// A page in a folder of its own, and the files that come of it.
    fn site(name: &str, page: &str) -> crate::Result<Vec<File>> {
        let folder = std::env::temp_dir().join(format!("bundle-{}-{name}", std::process::id()));
        std::fs::create_dir_all(folder.join("fonts/old")).unwrap();
        std::fs::create_dir_all(folder.join("locales")).unwrap();
        for (language, text) in [("en", "one {{ n }}"), ("de", "of {{ n }}, the longest"), ("fr", "{{ n }}")] {
            let file = format!("{{ \"a\": {{ \"b\": {text:?} }} }}");
            std::fs::write(folder.join(format!("locales/{language}.json")), file).unwrap();
        }
        for (path, text) in [
            ("index.html", page),
            ("a.css", "a{}"),
            ("font.css", "src:/fonts/old/b.txt"),
            ("robots.txt", "*"),
            ("fonts/old/b.txt", "b"),
        ] {
            std::fs::write(folder.join(path), text).unwrap();
        }
        let js = "import { a } from './snippets/x-1/inline0.js';import * as b from \"./load.js\";\"./load.js\":b";
        let snippets = BTreeMap::from([("./snippets/x-1/inline0.js".to_owned(), "export const a = 1;".to_owned())]);
        let loader = "import { initSync } from \"./app.js\"; fetch(\"./split_a.wasm\")".to_owned();
        let parts = BTreeMap::from([("./split_a.wasm".to_owned(), b"\0asm-a".to_vec())]);
        let module = Module { js: js.to_owned(), wasm: b"\0asm".to_vec(), snippets, loader, parts };
        let files = lay_out(&folder.join("index.html"), module);
        std::fs::remove_dir_all(&folder).unwrap();
        files
    }

    #[test]
    fn the_page_names_files_by_their_content() {
        let files = site(
            "whole",
            "<link rel=\"preload\" href=\"/fonts/old/b.txt\"><link data-trunk rel=\"css\" href=\"a.css\">\
             <link data-trunk rel=\"copy-file\" href=\"robots.txt\">\
             <link data-trunk rel=\"copy-dir\" href=\"fonts\"><link data-trunk rel=\"rust\" href=\"Cargo.toml\">",
        )
        .unwrap();
        let names: Vec<_> = files.iter().map(|file| file.name.as_str()).collect();
        let css = format!("a-{}.css", fingerprint(b"a{}"));
        let wasm = format!("web-{}.wasm", fingerprint(b"\0asm"));
        assert!(names.contains(&css.as_str()) && names.contains(&wasm.as_str()), "{names:?}");
        let font = format!("fonts/old/b-{}.txt", fingerprint(b"b"));
        assert!(names.contains(&"robots.txt") && names.contains(&font.as_str()), "{names:?}");
        let need = |name: &str| files.iter().find(|file| file.name == name).unwrap().need;
        assert_eq!((need(&font), need("robots.txt")), (Need::First, Need::Never));
        let page = String::from_utf8(files.last().unwrap().bytes.clone()).unwrap();
        assert!(page.contains(&format!("<link rel=\"stylesheet\" href=\"/{css}\">")), "{page}");
        assert!(page.contains(&format!("<link rel=\"preload\" href=\"/{font}\">")), "{page}");
        assert!(page.contains(&format!("module_or_path: \"/{wasm}\"")), "{page}");
        assert!(page.contains("<script type=\"module\" nonce=\"__NONCE__\">"), "{page}");
        assert!(!page.contains("data-trunk"), "{page}");
        let js = files.iter().find(|file| file.name.starts_with("web-") && file.name.ends_with(".js")).unwrap();
        assert!(String::from_utf8_lossy(&js.bytes).starts_with("import { a } from '/inline0-"), "{:?}", js.bytes);
    }

    /// A style is named after what it says of the font, and one that comes later has no tag.
    #[test]
    fn styles_name_the_font_and_may_come_later() {
        let page = "<link rel=\"preload\" href=\"/fonts/old/b.txt\"><link data-trunk rel=\"copy-dir\" href=\"fonts\">\
                    <link data-trunk rel=\"rust\"><link data-trunk rel=\"css\" href=\"font.css\" data-later>";
        let files = site("later", page).unwrap();
        let css = files.iter().find(|file| file.name.ends_with(".css")).unwrap();
        let text = format!("src:/fonts/old/b-{}.txt", fingerprint(b"b"));
        assert_eq!((String::from_utf8_lossy(&css.bytes).into_owned(), css.need), (text.clone(), Need::Later));
        assert_eq!(css.name, format!("font-{}.css", fingerprint(text.as_bytes())));
        let page = String::from_utf8_lossy(&files.last().unwrap().bytes).into_owned();
        assert!(
            page.contains(&format!("[\"/{}\", \"style\"]", css.name)) && !page.contains("stylesheet\" href"),
            "{page}"
        );
    }

    #[test]
    fn scripts_and_parts_find_each_other() {
        let files = site("parts", "<link data-trunk rel=\"rust\">").unwrap();
        let named = |start: &str, ending: &str| {
            let fits = |file: &&File| file.name.starts_with(start) && file.name.ends_with(ending);
            files
                .iter()
                .find(fits)
                .map(|file| (file.name.clone(), String::from_utf8_lossy(&file.bytes), file.need))
                .unwrap()
        };
        let (js_name, js, _) = named("web-", ".js");
        let (loader_name, loader, _) = named("load-", ".js");
        let (part_name, _, need) = named("split_a-", ".wasm");
        assert!(js.contains(&format!("from \"/{loader_name}\"")), "{js}");
        // The name under which the module knows it stays.
        assert!(js.ends_with("\"./load.js\":b"), "{js}");
        assert!(loader.contains(&format!("from \"/{js_name}\"")), "{loader}");
        assert!(loader.contains(&format!("fetch(\"/{part_name}\")")), "{loader}");
        assert_eq!(need, Need::Later);
        let (_, page, _) = named("index", ".html");
        assert!(page.contains(&format!("const later = [[\"/{part_name}\", \"fetch\"]];")), "{page}");
        assert!(!page.contains(&format!("href=\"/{part_name}\"")), "it waits: {page}");
    }

    #[test]
    fn the_page_asks_for_the_texts_of_one_language() {
        let files = site("texts", "<link data-trunk rel=\"rust\">").unwrap();
        let page = String::from_utf8(files.last().unwrap().bytes.clone()).unwrap();
        for (language, text, need) in [
            ("en", "one {0}\n", Need::Never),
            ("de", "of {0}, the longest\n", Need::First),
            ("fr", "{0}\n", Need::Never),
        ] {
            let name = format!("{language}-{}.txt", fingerprint(text.as_bytes()));
            let file = files.iter().find(|file| file.name == name).expect(&name);
            assert_eq!((String::from_utf8_lossy(&file.bytes).as_ref(), file.need), (text, need));
            assert!(page.contains(&format!("{language}: \"/{name}\"")), "{page}");
        }
        assert!(page.find("window.texts").unwrap() < page.find("await init").unwrap(), "before the module: {page}");
    }

    #[test]
    fn refuses_what_it_cannot_do() {
        for (name, page) in [
            ("none", "<p>no module</p>"),
            ("sass", "<link data-trunk rel=\"rust\"><link data-trunk rel=\"sass\" href=\"a.css\">"),
            ("missing", "<link data-trunk rel=\"rust\"><link data-trunk rel=\"css\" href=\"b.css\">"),
        ] {
            assert!(site(name, page).is_err(), "{name}");
        }
    }
}
