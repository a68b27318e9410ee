//! Long runs of `cursor`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    fuzz::doors::cursor(bytes);
});
