//! Mentions by characters become tags of words, as a network learns them, and tags become mentions by characters again.
//! A mention that tags cannot say is in the ledger, by name.
//!
//! `cargo run -p welt-data --example tags_and_back`

use welt_data::alignment::{Rules, align};
use welt_data::ledger::Ledger;
use welt_data::{Document, Mention, Passage};
use welt_tags::{Chunking, Notation, Scheme};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let text = "No ataxia-telangiectasia was seen. Breast cancer was.";
    let document = Document {
        id: "1".to_owned(),
        passages: vec![Passage { kind: "abstract".to_owned(), offset: 0, text: text.to_owned() }],
        // The last one lies within another, and one word has one tag.
        mentions: vec![Mention::new("Disease", 3..24), Mention::new("Disease", 35..48), Mention::new("Organ", 35..41)],
        sentences: None,
    };

    let mut ledger = Ledger::listing(10);
    for sentence in align(&document, &Rules::corpora(), &mut ledger)? {
        let tags: Vec<String> = sentence.tags(Scheme::Iob2)?.iter().map(ToString::to_string).collect();
        for (word, tag) in sentence.words.iter().zip(&tags) {
            println!("{:<16}{tag}", word.text);
        }
        // A model would give other tags; the way back is the same.
        let spans = Chunking::Lenient.spans(&tags, Notation::Prefix)?;
        for mention in sentence.mentions(&spans)? {
            println!("-> {:?} {}: {}\n", mention.extent(), mention.entity_type, mention.text.unwrap_or_default());
        }
    }
    println!("lost or changed: {}", ledger.summary());
    Ok(())
}
