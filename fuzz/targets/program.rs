//! Long runs of `program`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    fuzz::pure::program(bytes);
});
