//! Any bytes as a text and its concepts as i2b2 has them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use welt_data::formats::Format;

fuzz_target!(|bytes: &[u8]| welt_data_fuzz::folder(Format::I2b2, &["a.txt", "a.con", "a.rel"], bytes));
