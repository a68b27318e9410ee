//! What `locales/*.json` say, in an order that all languages share, and the table of each language: what the browser
//! loads. The build script and `scripts/bundle` use this same file, so that keys and tables fit each other.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// The languages, by the names of their files; a text that English lacks is no text.
pub(crate) const LANGUAGES: [&str; 3] = ["en", "de", "fr"];

/// The variable whose number chooses the form, where a text has forms.
pub(crate) const COUNT: &str = "n";

/// What a text says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Text {
    /// The same for every number.
    Plain(String),
    /// For one (in French, for none, too), and for other numbers.
    Forms(String, String),
}

/// The texts of a language by their keys, `group.text`.
pub(crate) type Texts = BTreeMap<String, Text>;

impl Text {
    /// As `{ "one": …, "other": … }` or as a string; nothing for a group of texts.
    fn read(value: &Value) -> Option<Self> {
        let form = |name: &str| value.get(name)?.as_str().map(str::to_owned);
        match value {
            Value::String(text) => Some(Self::Plain(text.clone())),
            Value::Object(forms) if forms.len() == 2 => Some(Self::Forms(form("one")?, form("other")?)),
            _ => None,
        }
    }

    /// Its forms in their order: one line of the table each.
    pub(crate) fn forms(&self) -> Vec<&str> {
        match self {
            Self::Plain(text) => vec![text],
            Self::Forms(one, other) => vec![one, other],
        }
    }

    /// Its variables in their order, which is that of their names.
    pub(crate) fn variables(&self) -> BTreeSet<&str> {
        let counted = matches!(self, Self::Forms(..)).then_some(COUNT);
        self.forms().into_iter().flat_map(variables).chain(counted).collect()
    }
}

/// The variables of one form, as they come.
fn variables(form: &str) -> impl Iterator<Item = &str> {
    form.split("{{").skip(1).map(|rest| rest.split("}}").next().unwrap_or_default().trim())
}

/// The texts of a file.
pub(crate) fn read(file: &str) -> Result<Texts, String> {
    fn gather(path: &str, group: &Value, into: &mut Texts) -> Result<(), String> {
        let group = group.as_object().ok_or_else(|| format!("{path} is neither a text nor a group of texts"))?;
        for (key, value) in group {
            let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            match Text::read(value) {
                Some(text) => drop(into.insert(path, text)),
                None => gather(&path, value, into)?,
            }
        }
        Ok(())
    }
    let mut texts = Texts::new();
    gather("", &serde_json::from_str(file).map_err(|error| error.to_string())?, &mut texts)?;
    Ok(texts)
}

/// Where a language differs from English in what it says, or in what its texts need to be told.
pub(crate) fn differences(english: &Texts, other: &Texts) -> Vec<String> {
    let mut found = Vec::new();
    for (key, text) in english {
        match other.get(key) {
            None => found.push(format!("{key} is missing")),
            Some(own) if own.forms().len() != text.forms().len() => found.push(format!("{key} has other forms")),
            Some(own) if own.variables() != text.variables() => {
                found.push(format!("{key} has the variables {:?}, not {:?}", own.variables(), text.variables()));
            }
            Some(_) => {}
        }
    }
    found.extend(other.keys().filter(|key| !english.contains_key(*key)).map(|key| format!("{key} is not in English")));
    found
}

/// One form a line. In the place of a variable stands its number among those of the text, as `{0}`.
pub(crate) fn table(texts: &Texts) -> Result<String, String> {
    let mut lines = String::new();
    for (key, text) in texts {
        let names = text.variables();
        for form in text.forms() {
            let mut parts = form.split("{{");
            let mut line = parts.next().unwrap_or_default().to_owned();
            for part in parts {
                let (name, rest) = part.split_once("}}").ok_or_else(|| format!("{key}: a variable has no end"))?;
                let at = names.iter().position(|of| *of == name.trim()).unwrap_or_default();
                line.push_str(&format!("{{{at}}}{rest}"));
            }
            if line.contains('\n') || line.matches('{').count() != variables(form).count() || names.len() > 10 {
                return Err(format!("{key} has a line break, a brace of its own, or more than ten variables"));
            }
            lines.push_str(&line);
            lines.push('\n');
        }
    }
    Ok(lines)
}
