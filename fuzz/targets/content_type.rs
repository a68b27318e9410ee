//! Long runs of `content_type`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    fuzz::pure::content_type(bytes);
});
