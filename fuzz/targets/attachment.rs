//! Long runs of `attachment`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    fuzz::doors::attachment(bytes);
});
