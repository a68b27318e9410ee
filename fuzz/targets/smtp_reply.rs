//! Long runs of `smtp_reply`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    fuzz::pure::smtp_reply(bytes);
});
