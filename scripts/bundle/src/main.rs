//! `bundle --wasm FILE --page FILE --dist FOLDER [--best] [--budget KB]`: see the library's first lines.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool speaks through them")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bundle::dist::{self, File, Need, Sizes};
use bundle::{Failure, Result, bindgen, site};
use sha2::{Digest, Sha256};

/// Takes a tenth of the time of the best for a few per cent more bytes.
const QUICK: i32 = 9;
const BEST: i32 = 11;
/// What a first visit may cost, in kB (1,000 bytes) of brotli. Only `--best` is held to it: that is what is shipped,
/// and a newcomer's first run shall not fail because of someone else's kilobytes. The texts of the designer are among it,
/// because all texts of a language are one table.
const BUDGET: usize = 560;
/// The same for what loads later, with the page that needs it: the designer, of which 65 are the world's time zones.
const LATER_BUDGET: usize = 720;

struct Options {
    wasm: PathBuf,
    page: PathBuf,
    dist: PathBuf,
    quality: i32,
    budget: usize,
}

fn main() -> ExitCode {
    match options(std::env::args().skip(1)).and_then(|options| run(&options)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("bundle: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn options(mut arguments: impl Iterator<Item = String>) -> Result<Options> {
    let (mut wasm, mut page, mut dist) = (None, None, None);
    let (mut quality, mut budget) = (QUICK, BUDGET);
    while let Some(argument) = arguments.next() {
        if argument == "--best" {
            quality = BEST;
            continue;
        }
        let value = arguments.next().ok_or_else(|| Failure::new(format!("{argument} needs a value")))?;
        match argument.as_str() {
            "--wasm" => wasm = Some(PathBuf::from(value)),
            "--page" => page = Some(PathBuf::from(value)),
            "--dist" => dist = Some(PathBuf::from(value)),
            "--budget" => {
                budget = value.parse().map_err(|error| Failure::new(format!("--budget {value}: {error}")))?;
            }
            _ => return Err(Failure::new(format!("what is {argument}?"))),
        }
    }
    let needed = |value: Option<PathBuf>, name: &str| value.ok_or_else(|| Failure::new(format!("{name} is missing")));
    Ok(Options {
        wasm: needed(wasm, "--wasm")?,
        page: needed(page, "--page")?,
        dist: needed(dist, "--dist")?,
        quality,
        budget,
    })
}

fn run(options: &Options) -> Result<()> {
    let wasm_opt = bindgen::wasm_opt();
    let stamp = options.wasm.with_extension("bundled");
    let key = key(options, wasm_opt.as_deref())?;
    if is_current(&options.dist, &stamp, &key, options.quality) {
        println!("  {} is current", options.dist.display());
        return Ok(());
    }
    let scratch = options.wasm.with_extension("bindgen");
    let module = bindgen::generate(&options.wasm, &scratch, wasm_opt.is_some())?;
    let mut files = site::lay_out(&options.page, module)?;

    let (mut first, mut later) = (Sizes::default(), Sizes::default());
    let mut packed = Vec::new();
    println!("  {:>9} {:>9} {:>9}  kB of {}", "raw", "gzip", "brotli", options.dist.display());
    for file in &files {
        let (siblings, sizes) = dist::pack(file, options.quality)?;
        packed.extend(siblings);
        row(&sizes, &file.name);
        match file.need {
            Need::First => first += sizes,
            Need::Later => later += sizes,
            Need::Never => {}
        }
    }
    row(&first, "= first load");
    row(&later, "= later, with the page that needs it");
    check_budget(options, "a first visit costs", first.brotli, options.budget)?;
    check_budget(options, "what loads later costs", later.brotli, LATER_BUDGET)?;

    files.append(&mut packed);
    // git need not know of what can be made again.
    files.push(File { name: ".gitignore".to_owned(), bytes: b"*\n".to_vec(), need: Need::Never });
    let mut kept = BTreeSet::new();
    for file in &files {
        dist::write(&options.dist, file, &mut kept)?;
    }
    dist::sweep(&options.dist, &kept)?;
    write_stamp(&options.dist, &stamp, &format!("{} {key}", options.quality), &kept)
}

/// Before anything is written, so that the bundle of before stays whole. What is packed in a hurry says nothing.
fn check_budget(options: &Options, what: &str, brotli: usize, budget: usize) -> Result<()> {
    if options.quality < BEST || brotli <= budget * 1000 {
        return Ok(());
    }
    Err(Failure::new(format!("{what} {} kB of brotli, the budget is {budget} kB: what grew?", brotli / 1000)))
}

fn row(sizes: &Sizes, name: &str) {
    let kb = |bytes: usize| format!("{}.{}", bytes / 1000, bytes % 1000 / 100);
    println!("  {:>9} {:>9} {:>9}  {name}", kb(sizes.raw), kb(sizes.gzip), kb(sizes.brotli));
}

/// One value for everything the bundle depends on: this program, its options, the module, the page, its files.
fn key(options: &Options, wasm_opt: Option<&str>) -> Result<String> {
    let mut hash = Sha256::new();
    let mut add = |name: &str, bytes: &[u8]| {
        hash.update((name.len() as u64).to_le_bytes());
        hash.update(name);
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    };
    if let Ok(about) = std::env::current_exe().and_then(fs::metadata) {
        add("program", format!("{} {:?}", about.len(), about.modified().ok()).as_bytes());
    }
    add("options", format!("{} {} {wasm_opt:?}", options.quality, options.budget).as_bytes());
    add("module", &fs::read(&options.wasm).map_err(Failure::at(&options.wasm))?);
    for (name, bytes) in site::inputs(&options.page)? {
        add(&name, &bytes);
    }
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The stamp holds the quality and the key in its first line, then every file of the bundle with its length.
/// A bundle of a better quality than asked for will do: the server need not be built again because of it.
fn is_current(dist: &Path, stamp: &Path, key: &str, quality: i32) -> bool {
    let Ok(text) = fs::read_to_string(stamp) else {
        return false;
    };
    let mut lines = text.lines();
    let (had, of) = lines.next().and_then(|line| line.split_once(' ')).unwrap_or_default();
    of == key
        && had.parse::<i32>().is_ok_and(|had| had >= quality)
        && lines.all(|line| {
            let (length, name) = line.split_once(' ').unwrap_or_default();
            fs::metadata(dist.join(name)).is_ok_and(|about| about.len().to_string() == length)
        })
}

fn write_stamp(dist: &Path, stamp: &Path, head: &str, kept: &BTreeSet<PathBuf>) -> Result<()> {
    let mut text = format!("{head}\n");
    for path in kept {
        let length = fs::metadata(path).map_err(Failure::at(path))?.len();
        writeln!(text, "{length} {}", dist::slashed(dist, path)).map_err(Failure::at(stamp))?;
    }
    fs::write(stamp, text).map_err(Failure::at(stamp))
}
