//! The modules of a crate, and what each of them names of the others.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use super::{root, words::words};

/// A module, by the names that lead to it from the root of its crate.
pub(super) type Place = Vec<String>;

/// How many names may stand for each other until one says what is meant.
const DEPTH: usize = 16;

/// The modules of one crate.
#[derive(Default)]
pub(super) struct Modules(BTreeMap<Place, Module>);

#[derive(Default)]
struct Module {
    file: PathBuf,
    /// Whether it is compiled for tests alone.
    test: bool,
    /// What is defined in it.
    items: BTreeSet<String>,
    macros: BTreeSet<String>,
    /// Its names for what stands elsewhere.
    names: BTreeMap<String, Vec<String>>,
    /// From where it takes all names.
    globs: Vec<Vec<String>>,
    /// The paths in its code, those of `use` among them.
    paths: BTreeSet<Vec<String>>,
}

/// A module that names another one, which is neither above nor below it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Named {
    pub(super) user: Place,
    pub(super) used: Place,
    /// Where, and by what words.
    pub(super) at: String,
}

/// Where a name is defined.
enum Found {
    Module(Place),
    Item(Place),
}

impl Modules {
    /// Reads a crate by the file of its root.
    pub(super) fn read(root: &Path) -> Self {
        let mut modules = Self::default();
        modules.file(Place::new(), root.into(), root.parent().unwrap().into(), false);
        modules
    }

    /// What the product's code of a module names, name by name.
    pub(super) fn words(&self) -> impl Iterator<Item = (&Place, &String)> {
        self.0
            .iter()
            .filter(|(_, module)| !module.test)
            .flat_map(|(place, module)| module.paths.iter().flatten().map(move |word| (place, word)))
    }

    fn file(&mut self, place: Place, file: PathBuf, home: PathBuf, test: bool) {
        let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        self.code(place, &words(&text), (file, home), test);
    }

    /// Reads the code of a module, which stands in this file; the files of those below it are in `home`.
    fn code(&mut self, place: Place, words: &[String], (file, home): (PathBuf, PathBuf), test: bool) {
        let mut module = Module { file: file.clone(), test, ..Module::default() };
        let is = |at: usize, word: &str| words.get(at).is_some_and(|it| it == word);
        let says = |at: usize, phrase: &str| phrase.split(' ').enumerate().all(|(n, word)| is(at + n, word));
        let below = |name: &String| place.iter().chain([name]).cloned().collect::<Place>();
        let (mut at, mut for_tests, mut elsewhere) = (0, false, None);
        while let Some(word) = words.get(at) {
            let next = words.get(at + 1).filter(|next| is_name(next));
            match (word.as_str(), next) {
                ("#", _) if says(at, "# [ cfg ( test ) ]") => for_tests = true,
                ("#", _) if says(at, "# [ path =") => elsewhere = words.get(at + 4).map(|text| text.trim_matches('"')),
                (";" | "{" | "}", _) => for_tests = false,
                ("mod", Some(name)) if is(at + 2, ";") => {
                    let mut files = match elsewhere.take() {
                        Some(other) => vec![file.parent().unwrap().join(other)],
                        None => vec![home.join(name).with_extension("rs"), home.join(name).join("mod.rs")],
                    };
                    files.retain(|file| file.exists());
                    let found = files.pop().unwrap_or_else(|| panic!("{}: no file of {name}", file.display()));
                    let home = if found.ends_with("mod.rs") {
                        found.parent().unwrap().into()
                    } else {
                        found.with_extension("")
                    };
                    self.file(below(name), found, home, test || for_tests);
                }
                ("mod", Some(name)) if is(at + 2, "{") => {
                    let end = at + 3 + block(&words[at + 3..]);
                    self.code(below(name), &words[at + 3..end], (file.clone(), home.join(name)), test || for_tests);
                    (at, for_tests) = (end, false);
                }
                ("use", _) if !is(at + 1, "<") => {
                    let end = words[at..].iter().position(|word| word == ";").map_or(words.len(), |length| at + length);
                    module.takes(&words[at + 1..end]);
                    (at, for_tests) = (end, false);
                }
                ("macro_rules", _) => {
                    module.items.extend(words.get(at + 2).cloned());
                    module.macros.extend(words.get(at + 2).cloned());
                    at += 2;
                }
                ("fn" | "struct" | "enum" | "trait" | "const" | "static" | "type" | "union", Some(name)) => {
                    module.items.insert(name.clone());
                }
                _ if is_name(word) => {
                    let field = at > 0 && is(at - 1, ".") && !(at > 1 && is(at - 2, "."));
                    let goes_on = field || at > 0 && is(at - 1, "::");
                    let mut path = vec![word.clone()];
                    while let Some(next) = words.get(at + 2).filter(|next| is(at + 1, "::") && is_name(next)) {
                        path.push(next.clone());
                        at += 2;
                    }
                    if is(at + 1, "!") {
                        path.push("!".into());
                    }
                    module.paths.extend((!goes_on).then_some(path));
                }
                _ => {}
            }
            at += 1;
        }
        self.0.insert(place, module);
    }

    /// Who names whom. Tests may use whatever they test; that does not make the tested one use it.
    pub(super) fn named(&self) -> BTreeSet<Named> {
        let mut found = BTreeSet::new();
        for (user, module) in &self.0 {
            for path in &module.paths {
                let used = match self.resolve(user, path, DEPTH) {
                    // A module's bare name may be that of a variable.
                    Some(Found::Module(used)) if path.len() > 1 => used,
                    Some(Found::Item(used)) => used,
                    _ => continue,
                };
                let apart = !user.starts_with(&used) && !used.starts_with(user);
                if apart && (!module.test || self.0[&used].test) {
                    let file = module.file.strip_prefix(root()).unwrap_or(&module.file);
                    let at = format!("{}: {}", file.display(), path.join("::"));
                    found.insert(Named { user: user.clone(), used, at });
                }
            }
        }
        found
    }

    /// What a path of a module leads to; none where that is not of this crate.
    fn resolve(&self, at: &Place, path: &[String], depth: usize) -> Option<Found> {
        let depth = depth.checked_sub(1)?;
        let called = path.last().is_some_and(|last| last == "!");
        let path = &path[..path.len() - usize::from(called)];
        let (mut place, mut inside) = (at.clone(), false);
        for name in path {
            match name.as_str() {
                "crate" => place.clear(),
                "self" => {}
                "super" => drop(place.pop()?),
                _ => match self.find(&place, name, depth) {
                    Some(Found::Module(found)) => place = found,
                    // A part of that may follow.
                    Some(item) => return Some(item),
                    // Made by a macro.
                    None if inside => return Some(Found::Item(place)),
                    // Macros are known below where they stand, by their name alone.
                    None if called && !self.0[at].names.contains_key(name) => {
                        let home = self.0.iter().find(|(_, module)| module.macros.contains(name));
                        return home.map(|(home, _)| Found::Item(home.clone()));
                    }
                    None => return None,
                },
            }
            inside = true;
        }
        Some(Found::Module(place))
    }

    /// What a module knows by this name.
    fn find(&self, at: &Place, name: &String, depth: usize) -> Option<Found> {
        let depth = depth.checked_sub(1)?;
        let module = self.0.get(at)?;
        let below: Place = at.iter().chain([name]).cloned().collect();
        if self.0.contains_key(&below) {
            return Some(Found::Module(below));
        }
        if let Some(path) = module.names.get(name).filter(|path| path[..] != [name.clone()]) {
            return self.resolve(at, path, depth);
        }
        if module.items.contains(name) {
            return Some(Found::Item(at.clone()));
        }
        module.globs.iter().find_map(|path| match self.resolve(at, path, depth)? {
            Found::Module(home) => self.find(&home, name, depth),
            Found::Item(_) => None,
        })
    }
}

impl Module {
    /// Reads what stands between `use` and its end.
    fn takes(&mut self, words: &[String]) {
        let (mut stems, mut path, mut alias) = (vec![Vec::new()], Vec::new(), None);
        let end = ",".to_owned();
        let mut words = words.iter().chain([&end]);
        while let Some(word) = words.next() {
            match word.as_str() {
                "{" => stems.push(path.clone()),
                "as" => alias = words.next().cloned(),
                "," | "}" => {
                    if path.len() > stems.last().map_or(0, Vec::len) {
                        self.takes_one(path, alias.take());
                    }
                    stems.truncate(stems.len() - usize::from(word == "}"));
                    path = stems.last().cloned().unwrap_or_default();
                }
                "::" => {}
                name => path.push(name.to_owned()),
            }
        }
    }

    fn takes_one(&mut self, mut path: Vec<String>, alias: Option<String>) {
        if path.len() > 1 && path.last().is_some_and(|last| last == "self") {
            path.pop();
        }
        let all = path.pop_if(|last| last == "*").is_some();
        self.paths.insert(path.clone());
        match (all, alias.or_else(|| path.last().cloned())) {
            (true, _) => self.globs.push(path),
            (false, Some(name)) => drop(self.names.insert(name, path)),
            (false, None) => {}
        }
    }
}

fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// How many words there are until the block ends that they stand in.
fn block(words: &[String]) -> usize {
    let mut depth = 1;
    let ends = |word: &String| {
        depth += i32::from(word == "{") - i32::from(word == "}");
        depth == 0
    };
    words.iter().position(ends).unwrap_or(words.len())
}
