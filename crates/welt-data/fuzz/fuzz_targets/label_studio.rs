//! Any bytes as an export of Label Studio.
#![no_main]

use libfuzzer_sys::fuzz_target;
use welt_data::formats::Format;

fuzz_target!(|bytes: &[u8]| welt_data_fuzz::stream(Format::LabelStudio, bytes));
