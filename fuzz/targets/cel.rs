//! Long runs of `cel`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    fuzz::pure::cel(bytes);
});
