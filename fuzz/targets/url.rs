//! Long runs of `url`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    fuzz::pure::url(bytes);
});
