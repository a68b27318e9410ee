//! The keys of the texts as Rust: a text that a page asks for and that is missing, or a variable that it is not given, is a
//! compile error.

use std::fmt::{self, Write};

use super::texts::{COUNT, Text, Texts};

/// The module `keys`, and `english` with the texts that need no variables.
pub(crate) fn modules(english: &Texts) -> Result<String, fmt::Error> {
    let mut code = String::new();
    let lines: usize = english.values().map(|text| text.forms().len()).sum();
    writeln!(code, "/// How many lines a table has.\npub const LINES: usize = {lines};")?;
    let mut keys = Group::default();
    let mut words = Group::default();
    let mut line = 0;
    for (path, text) in english {
        keys.add(path, &key(path, text, line)?);
        if let (Text::Plain(said), true) = (text, text.variables().is_empty()) {
            words.add(path, &format!("pub const {}: &str = {said:?};\n", last(path)));
        }
        line += text.forms().len();
    }
    keys.write("keys", &mut code)?;
    words.write("english", &mut code)?;
    Ok(code)
}

fn last(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

/// A constant for a text without variables, a struct of them for another one.
fn key(path: &str, text: &Text, line: usize) -> Result<String, fmt::Error> {
    let (name, variables) = (last(path), text.variables());
    if variables.is_empty() {
        return Ok(format!("pub const {name}: u16 = {line};\n"));
    }
    let mut code = format!("pub struct {name}<'a> {{\n");
    let counts = matches!(text, Text::Forms(..));
    for variable in &variables {
        let kind = if counts && *variable == COUNT { "u64" } else { "str" };
        writeln!(code, "    pub {variable}: &'a {kind},")?;
    }
    writeln!(code, "}}\nimpl {name}<'_> {{\n    #[inline]\n    pub fn said(self, texts: Texts) -> String {{")?;
    let mut at = line.to_string();
    if counts {
        writeln!(code, "        let (line, n) = texts.counted({line}, *self.{COUNT});")?;
        at = "line".to_owned();
    }
    let given: Vec<_> = variables
        .iter()
        .map(|variable| if counts && *variable == COUNT { "&n".to_owned() } else { format!("self.{variable}") })
        .collect();
    writeln!(code, "        texts.filled({at}, &[{}])\n    }}\n}}", given.join(", "))?;
    Ok(code)
}

/// A module with modules in it.
#[derive(Default)]
struct Group {
    items: String,
    groups: std::collections::BTreeMap<String, Group>,
}

impl Group {
    fn add(&mut self, path: &str, item: &str) {
        match path.split_once('.') {
            Some((group, rest)) => self.groups.entry(group.to_owned()).or_default().add(rest, item),
            None => self.items.push_str(item),
        }
    }

    fn write(&self, name: &str, code: &mut String) -> fmt::Result {
        writeln!(code, "pub mod {name} {{\nuse super::Texts;\n{}", self.items)?;
        for (name, group) in &self.groups {
            group.write(name, code)?;
        }
        writeln!(code, "}}")
    }
}
