//! Gives free memory back to the system.

use std::{env, os::unix::process::CommandExt as _, process::Command};

/// What glibc's `malloc` is told (mallopt(3)). By itself it asks the system for a block of its own for what is large, and
/// gives that back at once; but each one given back raises what counts as large, up to 32 MiB. Whatever is smaller
/// lies in one of a dozen heaps from then on, which only shrink from their ends: a few files of 10 MB, and the process
/// keeps 300 MB for ever. A size that is given stays.
const SETTINGS: [(&str, &str); 2] = [("MALLOC_MMAP_THRESHOLD_", "1048576"), ("MALLOC_TRIM_THRESHOLD_", "4194304")];
/// Tells the process that it was begun anew. A program that has capabilities of its own is not told the settings by newer
/// systems (ld.so(8), secure-execution mode), and would begin for ever.
const BEGUN: &str = "STAFETTE_BEGUN";

/// Begins this process anew with these settings, which are read before anything else runs. Where somebody has set one of
/// them, or that fails, all stays as it is.
pub fn give_back() {
    let set = |name: &str| env::var_os(name).is_some();
    let told = set("GLIBC_TUNABLES") || set(BEGUN) || SETTINGS.iter().any(|(name, _)| set(name));
    if told || !cfg!(target_env = "gnu") {
        return;
    }
    let (Ok(program), mut args) = (env::current_exe(), env::args_os()) else { return };
    let mut again = Command::new(program);
    if let Some(name) = args.next() {
        again.arg0(name);
    }
    // Comes back only where it could not.
    let _ = again.args(args).envs(SETTINGS).env(BEGUN, "1").exec();
}
