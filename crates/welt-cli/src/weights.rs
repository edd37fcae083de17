//! `welt weights`: what each method of weighting would do to a corpus.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;
use serde_json::json;
use welt_tags::LabelSet;
use welt_terminal::cut;
use welt_weights::{LabelOrder, Scheme, Warning, WeightError, lint, same_loss};

use crate::Format;
use crate::annotated::ReadFlags;
use crate::corpus::{say_warnings, warnings};
use crate::destination::{ForPeople, OutputFlag};
use crate::split_files::Split;

const EXAMPLES: &str = "\
Examples:
  welt weights train.tsv
  welt weights CDR_TrainingSet.BioC.xml --method welt
  welt weights train.tsv --method welt --method ens-0.9999 --label-order as-published
  welt weights train.tsv --method welt --format json";

/// Show the class weights that each method gives, and how often each class occurs.
///
/// A loss that is a weighted mean sees only their ratios, so the text shows each weight as a multiple of that of O.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct WeightsArguments {
    /// Tagged files, or documents in any format that convert reads, whose tags are counted together
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// vanilla, ins, isns, ens-BETA, ens-as-coded-BETA or welt; those of the paper where none is given
    #[arg(long = "method", alias = "scheme", value_name = "METHOD")]
    schemes: Vec<Scheme>,
    /// intended, or as-published: the order in which the paper's code gave weights to labels
    #[arg(long, value_name = "ORDER", default_value = "intended")]
    label_order: LabelOrder,
    #[command(flatten)]
    reading: ReadFlags,
    /// How to write the weights; as json, one object a method and line, with the weights as the formula gives them
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    #[command(flatten)]
    output: OutputFlag,
}

/// The most classes of which weights are shown to people.
const MOST_CLASSES: usize = 50;

/// The most characters that are shown of the name of a class.
const LONGEST_NAME: usize = 40;

const PAPER: [Scheme; 7] = [
    Scheme::Vanilla,
    Scheme::InverseCount,
    Scheme::InverseSquareRoot,
    Scheme::EffectiveNumber { beta: 0.3 },
    Scheme::EffectiveNumber { beta: 0.5 },
    Scheme::EffectiveNumber { beta: 0.9 },
    Scheme::Welt,
];

/// Runs the command.
///
/// # Errors
/// A file that cannot be read as a corpus, or a class that a method cannot weight.
pub fn run(arguments: &WeightsArguments) -> Result<()> {
    arguments.output.refuse_inputs(&arguments.files)?;
    let split = Split::read(&arguments.files, &arguments.reading)?;
    split.say_columns();
    let labels = split.label_set()?;
    let counts = split.counts(&labels)?;
    let schemes = if arguments.schemes.is_empty() { &PAPER[..] } else { &arguments.schemes };
    let weigh = |scheme: &Scheme| Weighted {
        scheme: *scheme,
        weights: scheme
            .weights(&counts)
            .map(|weights| arguments.label_order.arrange(&weights, labels.outside()))
            .map_err(|error| named(&error, &labels)),
    };
    let weighted: Vec<Weighted> = schemes.iter().map(weigh).collect();
    if let Some(Weighted { scheme, weights: Err(error) }) = weighted.first()
        && weighted.iter().all(|row| row.weights.is_err())
    {
        bail!("{scheme}: {error}");
    }
    for scheme in schemes {
        // Equal weights are marked in their row, and so are methods that give none.
        let Ok(weights) = scheme.weights(&counts) else { continue };
        let mut warnings = warnings(*scheme, &weights, &counts);
        warnings.retain(|warning| *warning != Warning::SameAsVanilla);
        say_warnings(*scheme, &warnings, &labels);
    }
    arguments.output.write(|out| {
        match arguments.format {
            Format::Text => text(&mut ForPeople(out), &labels, &counts, &weighted),
            Format::Json => json_lines(out, (&labels, &counts), &weighted, arguments.label_order),
        }?;
        Ok(())
    })
}

/// What a method does with the classes: their weights, or why it has none.
struct Weighted {
    scheme: Scheme,
    weights: Result<Vec<f64>, String>,
}

/// Why a method has no weights, with the name of the class that it is about.
fn named(error: &WeightError, labels: &LabelSet) -> String {
    match error {
        WeightError::EmptyClass { class_index, .. } => {
            format!("no word has the tag {}, which would get an infinite weight", labels.names()[*class_index])
        }
        error => error.to_string(),
    }
}

fn text(out: &mut impl Write, labels: &LabelSet, counts: &[u64], weighted: &[Weighted]) -> io::Result<()> {
    let shown = shown_classes(counts, labels.outside());
    let names: Vec<String> =
        shown.iter().map(|&class| cut(&labels.names()[class], LONGEST_NAME).into_owned()).collect();
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0).max(10);
    let row = |first: &str, cells: Vec<String>| {
        let cells: String = cells.iter().map(|cell| format!(" {cell:>width$}")).collect();
        format!("{first:<20}{cells}")
    };
    let total: u64 = counts.iter().sum();
    writeln!(out, "{}", row("class", names))?;
    writeln!(out, "{}", row("words", shown.iter().map(|&class| counts[class].to_string()).collect()))?;
    let shares = shown.iter().map(|&class| format!("{:.2}", 100.0 * counts[class] as f64 / total as f64));
    writeln!(out, "{}\n", row("%", shares.collect()))?;
    writeln!(out, "weight as a multiple of that of O")?;
    for Weighted { scheme, weights } in weighted {
        let weights = match weights {
            Ok(weights) => weights,
            Err(error) => {
                writeln!(out, "{}  {error}", row(&scheme.to_string(), vec!["-".to_owned(); shown.len()]))?;
                continue;
            }
        };
        let multiples = shown.iter().map(|&class| format!("{:.4}", weights[class] / weights[labels.outside()]));
        let same = if *scheme != Scheme::Vanilla && same_loss(weights, &vec![1.0; weights.len()]) {
            "  same loss as vanilla"
        } else {
            ""
        };
        writeln!(out, "{}{same}", row(&scheme.to_string(), multiples.collect()))?;
    }
    let n_others = counts.len() - shown.len();
    if n_others > 0 {
        writeln!(out, "\n{n_others} rarer classes are not shown: --format json has all")?;
    }
    Ok(())
}

/// The most frequent classes, as many as a person compares, and O; in their order.
fn shown_classes(counts: &[u64], outside: usize) -> Vec<usize> {
    let mut classes: Vec<usize> = (0..counts.len()).collect();
    classes.sort_by_key(|&class| (class != outside, std::cmp::Reverse(counts[class])));
    classes.truncate(MOST_CLASSES);
    classes.sort_unstable();
    classes
}

fn json_lines(
    out: &mut impl Write,
    (labels, counts): (&LabelSet, &[u64]),
    weighted: &[Weighted],
    order: LabelOrder,
) -> io::Result<()> {
    for Weighted { scheme, weights } in weighted {
        let counts_by_name: BTreeMap<_, _> = labels.names().iter().zip(counts).collect();
        let weights = match weights {
            Ok(weights) => weights,
            Err(error) => {
                let line = json!({ "method": scheme, "label_order": order, "counts": counts_by_name,
                                   "weights": null, "error": error });
                writeln!(out, "{line}")?;
                continue;
            }
        };
        let by_name: BTreeMap<_, _> = labels.names().iter().zip(weights).collect();
        let warnings: Vec<String> = lint(weights, counts).iter().map(ToString::to_string).collect();
        let line = json!({ "method": scheme, "label_order": order, "counts": counts_by_name, "weights": by_name,
                           "same_loss_as_vanilla": same_loss(weights, &vec![1.0; weights.len()]),
                           "warnings": warnings });
        writeln!(out, "{line}")?;
    }
    Ok(())
}
