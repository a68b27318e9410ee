//! The texts are compiled in by a macro that cargo cannot see through: build again when one changes.

fn main() {
    println!("cargo::rerun-if-changed=locales");
}
