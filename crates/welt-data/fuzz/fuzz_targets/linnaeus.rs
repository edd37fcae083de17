//! Any bytes as the tags and a text of LINNAEUS.
#![no_main]

use libfuzzer_sys::fuzz_target;
use welt_data::formats::Format;

fuzz_target!(|bytes: &[u8]| welt_data_fuzz::folder(Format::Linnaeus, &["tags.tsv", "txt/a.txt"], bytes));
