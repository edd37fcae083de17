//! Any bytes as the abstracts, entities and relations of DrugProt.
#![no_main]

use libfuzzer_sys::fuzz_target;
use welt_data::formats::Format;

fuzz_target!(|bytes: &[u8]| welt_data_fuzz::folder(
    Format::DrugProt,
    &["abstracts.tsv", "entities.tsv", "relations.tsv"],
    bytes
));
