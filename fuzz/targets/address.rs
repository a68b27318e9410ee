//! Long runs of `address`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    fuzz::pure::address(bytes);
});
