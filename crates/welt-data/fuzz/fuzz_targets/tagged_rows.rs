//! Any bytes as a CoNLL-like file, read as a whole and sentence by sentence.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| welt_data_fuzz::tagged_rows(bytes));
