//! Any bytes as the sentences, the gene mentions and their alternatives of BioCreative II.
#![no_main]

use libfuzzer_sys::fuzz_target;
use welt_data::formats::Format;

fuzz_target!(|bytes: &[u8]| welt_data_fuzz::folder(Format::Bc2gm, &["a.in", "GENE.eval", "ALTGENE.eval"], bytes));
