//! Any bytes as the abstracts and annotations of CHEMDNER.
#![no_main]

use libfuzzer_sys::fuzz_target;
use welt_data::formats::Format;

fuzz_target!(|bytes: &[u8]| welt_data_fuzz::folder(Format::Chemdner, &["abstracts.txt", "annotations.txt"], bytes));
