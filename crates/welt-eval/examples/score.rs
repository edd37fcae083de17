//! Scores a file of words, gold tags and predicted tags by every metric, and lists what is wrong.
//!
//! ```text
//! cargo run -p welt-eval --example score -- predictions.tsv
//! ```
//!
//! Without a file it scores `examples/data/first.tsv`.

use std::error::Error;

use welt_eval::errors;
use welt_eval::semeval::Options;
use welt_eval::{Chunk, Chunking, Pairs, Scheme, Span, conlleval, faireval, semeval, seqeval};

fn main() -> Result<(), Box<dyn Error>> {
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/first.tsv");
    let path = std::env::args().nth(1).unwrap_or_else(|| own.to_owned());
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
    let pairs = Pairs::parse(&text).map_err(|error| format!("{path}:{error}"))?;

    let strict = Chunking::Strict(Scheme::Iob2);
    println!("seqeval, strict IOB2\n{}", seqeval::strict(&pairs, Scheme::Iob2)?);
    println!(
        "seqeval, default mode, which makes entities of an I- that follows nothing\n{}",
        seqeval::default(&pairs)?
    );
    println!("{}", faireval::score(&pairs, strict)?);
    println!("{}", semeval::score(&pairs, strict, Options::NERVALUATE)?);
    println!("conlleval.pl\n{}", conlleval::score(&pairs)?);

    for (index, sentence) in pairs.iter().enumerate() {
        let gold = strict.spans(&sentence.gold, pairs.notation())?;
        let predicted = strict.spans(&sentence.predicted, pairs.notation())?;
        let [gold, predicted] = [&gold, &predicted].map(|spans| spans.iter().map(Chunk::from).collect::<Vec<_>>());
        for error in errors::find(&gold, &predicted) {
            println!("sentence {}: {}", index + 1, error.kind);
            for (side, spans) in [("gold", &error.gold), ("predicted", &error.predicted)] {
                for span in spans {
                    println!("  {side:9} {} \"{}\"", span.entity_type, text_of(span, &sentence.words));
                }
            }
        }
    }
    Ok(())
}

fn text_of(span: &Span, words: &[&str]) -> String {
    words.get(span.start..span.end).unwrap_or_default().join(" ")
}
