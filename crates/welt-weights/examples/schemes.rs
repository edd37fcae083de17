//! What every weighting scheme would do with the counts of a corpus.
//!
//! ```text
//! cargo run -p welt-weights --example schemes -- B=5145 I=6122 O=124819
//! ```
//!
//! Without counts it takes those of NCBI-disease's training split.

use std::error::Error;

use welt_weights::{LabelOrder, Scheme, lint};

const SCHEMES: [&str; 8] =
    ["vanilla", "ins", "isns", "ens-0.9", "ens-0.999", "ens-0.9999", "ens-as-coded-0.9999", "welt"];

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.is_empty() {
        arguments = ["B=5145", "I=6122", "O=124819"].map(str::to_owned).to_vec();
    }
    let (labels, counts) = labels_and_counts(&arguments)?;
    let welt = Scheme::Welt.weights(&counts).map_err(|error| error.to_string())?;
    println!("{:22}{}", "", labels.iter().map(|label| format!("{label:>12}")).collect::<String>());
    let total: u64 = counts.iter().sum();
    let shares = counts.iter().map(|count| format!("{:>10.1} %", 100.0 * *count as f64 / total as f64));
    println!("{:22}{}\n", "share of the words", shares.collect::<String>());

    let mut notes = Vec::new();
    for scheme in SCHEMES.iter().map(|name| name.parse::<Scheme>()) {
        let scheme = scheme?;
        match scheme.weights(&counts) {
            Ok(weights) => {
                println!("{:22}{}", scheme.to_string(), ratios(&weights, &counts));
                // Vanilla's weights are equal on purpose.
                let warnings = lint(&weights, &counts).into_iter().filter(|_| scheme != Scheme::Vanilla);
                notes.extend(warnings.map(|warning| format!("{scheme}: {warning}")));
            }
            Err(error) => notes.push(format!("{scheme}: {error}")),
        }
    }
    // The order in which the paper's code let weights meet labels; O has to be among them.
    if let Some(outside) = labels.iter().position(|label| label == "O") {
        let published = LabelOrder::AsPublished.arrange(&welt, outside);
        println!("{:22}{}", "welt, as published", ratios(&published, &counts));
    }
    println!("\nWeights are divided by that of the most frequent label, for a weighted mean knows their ratios alone.");
    notes.iter().for_each(|note| println!("- {note}"));
    Ok(())
}

fn labels_and_counts(arguments: &[String]) -> Result<(Vec<String>, Vec<u64>), Box<dyn Error>> {
    let mut counted = (Vec::new(), Vec::new());
    for argument in arguments {
        let (label, count) = argument.split_once('=').ok_or_else(|| format!("`{argument}`: expected LABEL=COUNT"))?;
        counted.0.push(label.to_owned());
        counted.1.push(count.parse().map_err(|error| format!("`{argument}`: {error}"))?);
    }
    Ok(counted)
}

fn ratios(weights: &[f64], counts: &[u64]) -> String {
    let most = (0..counts.len()).max_by_key(|index| counts[*index]).unwrap_or(0);
    weights.iter().map(|weight| format!("{:>12.3}", weight / weights[most])).collect()
}
