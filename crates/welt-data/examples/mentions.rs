//! Prints the mentions of a corpus, whatever its format: document, characters, type and text, separated by tabs.
//! What the reader could not keep is named at the end.
//!
//! `cargo run -p welt-data --example mentions -- FILE_OR_FOLDER`

use std::fs::File;
use std::io::{BufWriter, Read as _, Write as _, stdout};
use std::path::Path;

use welt_data::formats::{self, Format};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("usage: mentions FILE_OR_FOLDER")?;
    let path = Path::new(&path);
    // The name of a file tells its format, or else what is at its beginning; folders are looked into.
    let mut start = Vec::new();
    if path.is_file() {
        File::open(path)?.take(1000).read_to_end(&mut start)?;
    }
    let format = Format::detect(path, &start).ok_or("neither the name nor the beginning tells the format")?;

    // One document at a time, so the corpus may be larger than the memory.
    let mut documents = formats::open(path, format)?;
    let mut out = BufWriter::new(stdout().lock());
    for document in &mut documents {
        let document = document?;
        for mention in &document.mentions {
            let (characters, text) = (mention.extent(), document.text_at(mention).unwrap_or_default());
            writeln!(out, "{}\t{characters:?}\t{}\t{text}", document.id, mention.entity_type)?;
        }
    }
    out.flush()?;
    let ledger = documents.ledger();
    let lost = if ledger.is_lossless() { "nothing".to_owned() } else { ledger.summary() };
    eprintln!("read as {format}; not kept: {lost}");
    Ok(())
}
