//! One fuzzer for every reader: the environment variable READER names it, as its corpus is named.

#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;

static READER: OnceLock<String> = OnceLock::new();

fuzz_target!(|bytes: &[u8]| {
    let name = READER.get_or_init(|| std::env::var("READER").expect("READER names the reader"));
    crm_core::testing::readers::read(name, bytes);
});
