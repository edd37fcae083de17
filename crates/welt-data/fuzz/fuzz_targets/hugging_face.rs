//! Any bytes as JSON lines of words and tags.
#![no_main]

use libfuzzer_sys::fuzz_target;
use welt_data::formats::Format;

fuzz_target!(|bytes: &[u8]| welt_data_fuzz::stream(Format::HuggingFace, bytes));
