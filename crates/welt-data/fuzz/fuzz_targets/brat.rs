//! Any bytes as a text and its annotations in BRAT's standoff format.
#![no_main]

use libfuzzer_sys::fuzz_target;
use welt_data::formats::Format;

fuzz_target!(|bytes: &[u8]| welt_data_fuzz::folder(Format::Brat, &["a.txt", "a.ann"], bytes));
