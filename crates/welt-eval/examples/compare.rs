//! Compares two systems that tagged the same sentences: how far they differ, give or take what, and whether it may be chance.
//!
//! ```text
//! cargo run -p welt-eval --example compare -- first.tsv second.tsv
//! ```
//!
//! Without files it compares two in `examples/data`.

use std::error::Error;

use welt_eval::{Pairs, Scheme, uncertainty};

fn main() -> Result<(), Box<dyn Error>> {
    let mut paths = std::env::args().skip(1);
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data");
    let mut pairs = |name: &str| -> Result<Pairs, Box<dyn Error>> {
        let path = paths.next().unwrap_or_else(|| format!("{own}/{name}.tsv"));
        let text = std::fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
        Ok(Pairs::parse(&text).map_err(|error| format!("{path}:{error}"))?)
    };
    let (first, second) = (pairs("first")?, pairs("second")?);

    let systems = uncertainty::compare(&first, &second)?.strict(Scheme::Iob2);
    println!("{}", systems.micro_f1().seed(1).run()?);
    println!("{}", systems.fair_f1().seed(1).run()?);
    println!("{}", systems.recall_of("Disease").seed(1).rounds(100_000).confidence(0.99).run()?);
    // Sentences of one document are no independent draws.
    if first.documents().is_some() {
        println!("{}", systems.by_document().micro_f1().seed(1).run()?);
    }
    Ok(())
}
