//! Any bytes as a file packed by gzip, first as it is, then with those bytes packed.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| welt_data_fuzz::packed(bytes));
