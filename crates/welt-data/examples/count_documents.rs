//! Reads a corpus of one file in any format, packed by gzip or not, document by document, and prints how many documents, passages, mentions and characters it holds.
//!
//! `cargo run --release -p welt-data --example count_documents -- FORMAT FILE`

use std::path::Path;

use welt_data::formats::{self, Format};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let [_, format, path] = <[String; 3]>::try_from(std::env::args().collect::<Vec<_>>())
        .map_err(|_| "usage: count_documents FORMAT FILE")?;
    let mut documents = formats::open(Path::new(&path), format.parse::<Format>()?)?;
    let [mut n_documents, mut passages, mut mentions, mut characters] = [0_usize; 4];
    for document in &mut documents {
        let document = document?;
        n_documents += 1;
        passages += document.passages.len();
        mentions += document.mentions.len();
        characters += document.passages.last().map_or(0, |passage| passage.range().end);
    }
    println!("{n_documents} documents, {passages} passages, {mentions} mentions, {characters} characters");
    println!("not kept: {}", documents.ledger().summary());
    Ok(())
}
