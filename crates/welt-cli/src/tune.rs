//! `welt tune`: a model and tagged files in, the shifts of its label scores that score best out, into the model's configuration.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use clap::{Args, ValueEnum};
use welt_settings::{BestBy, Training};
use welt_subwords::CasingChoice;
use welt_tagger::{Decoding, Moved, Options, Shift, Stored, Tagger, Tuned, TunedOn, tune};

use crate::annotated::ReadFlags;
use crate::choosing::Failed;
use crate::destination::ForPeople;
use crate::prepared::PREDICTION_SUBWORDS;
use crate::split_files::Split;
use crate::{dev_scores, devices, model_source, progress};

const EXAMPLES: &str = "\
Examples:
  welt tune --model runs/first/model --dev dev.tsv
      the shift of O with the best F1 on dev; welt predict uses it from then on
  welt tune --model runs/first/model --dev dev.tsv --metric fair-f1 --move types
  welt tune --model runs/first/model --dev dev.tsv --constrained --dry-run
  welt predict --model runs/first/model test.tsv --shift none
      without what was stored";

/// Find shifts of label scores on dev, the answer to imbalance that needs no training.
///
/// The model reads the files once; then shifts are tried on its scores: 81 from -8 to 8 of each number that is moved, in turn where
/// these are several, up to three times. What scores best is stored in the model's config.json under `welt`, where `welt predict`
/// finds it; other programs pass it over. Of shifts that score alike the one nearest to none is taken.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct TuneArguments {
    /// The directory of a fine-tuned model, whose config.json is written
    #[arg(long, value_name = "DIR")]
    model: PathBuf,
    /// Tagged files or documents that the model did not learn from; several are read as one
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    dev: Vec<PathBuf>,
    #[command(flatten)]
    reading: ReadFlags,
    /// What is to be high
    #[arg(long, value_name = "SCORE", default_value = "f1", value_parser = metric())]
    metric: BestBy,
    /// Which numbers are moved
    #[arg(long = "move", value_name = "WHAT", default_value = "outside")]
    moved: MovedFlag,
    /// Tune for the most probable sequence that the scheme of the labels allows, and store that too
    #[arg(long)]
    constrained: bool,
    /// Tune for entities of which those of one type that stand side by side are put together, and store that too
    #[arg(long)]
    join_split: bool,
    /// Say what was found, and store nothing
    #[arg(long)]
    dry_run: bool,
    #[arg(long, value_name = "DEVICE", default_value = "cpu", help = devices::HELP)]
    device: String,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum MovedFlag {
    /// One number, of O: the balance of precision and recall
    Outside,
    /// One number for each entity type
    Types,
    /// One number for each label but O
    Labels,
}

/// The scores that can be made high.
fn metric() -> impl clap::builder::TypedValueParser<Value = BestBy> {
    let words = Training::SETTINGS.iter().find(|setting| setting.name == "best_by").map_or(&[][..], |by| by.words);
    PossibleValuesParser::new(words).try_map(|word| {
        serde_json::from_value::<BestBy>(serde_json::Value::String(word)).map_err(|error| error.to_string())
    })
}

/// Runs the command.
///
/// # Errors
/// A model or a file that cannot be read; a configuration that cannot be written.
pub fn run(arguments: &TuneArguments) -> Result<()> {
    let folder = arguments.model.as_path();
    if !folder.is_dir() {
        bail!(
            "{}: expected the directory of a model, for its config.json is written; `welt fetch` puts a model of the Hub into one",
            folder.display()
        );
    }
    let split = Split::read(&arguments.dev, &arguments.reading)?;
    let words: Vec<&[String]> = split.sentences().map(|sentence| sentence.words.as_slice()).collect();
    let tags = |sentence: &welt_data::Sentence| sentence.tags.iter().map(ToString::to_string).collect();
    let gold: Vec<Vec<String>> = split.sentences().map(tags).collect();
    if gold.iter().flatten().all(|tag| tag == "O") {
        bail!("--dev: no word has a tag but O, so that every shift scores alike: check the file and --tag-column");
    }
    let base = Decoding { constrained: arguments.constrained, join_split: arguments.join_split, ..Decoding::default() };
    let options = Options {
        device: arguments.device.clone(),
        batch_subwords: PREDICTION_SUBWORDS,
        takes_stored: false,
        ..Options::default()
    };
    let source = model_source::find(folder)?;
    let casing: CasingChoice = source.casing;
    let tagger = Tagger::from_folder(folder, casing, &options)?;
    let bar = progress::bar_of_rate(None, "scoring");
    let scores = tagger.score_words(&words, &|windows| progress::advance(&bar, windows));
    bar.finish_and_clear();
    let scores = scores?;
    let moved = match arguments.moved {
        MovedFlag::Outside => Moved::Outside,
        MovedFlag::Types => Moved::Types,
        MovedFlag::Labels => Moved::Labels,
    };
    let score = |tags: &[Vec<&str>]| dev_scores::score(&gold, tags, arguments.metric).map_err(Failed);
    let tuned = tune((&scores, tagger.labels()), &base, moved, &score).map_err(|Failed(error)| error)?;
    let n_words = words.iter().map(|words| words.len()).sum();
    let mut said = told(&tuned, arguments.metric, n_words);
    if arguments.dry_run {
        said.push_str("nothing was stored (--dry-run)\n");
    } else {
        store(arguments, &base, tuned, n_words)?;
        let _ = writeln!(said, "stored in {}, where welt predict finds it", folder.join("config.json").display());
    }
    ForPeople(&mut std::io::stdout().lock()).write_all(said.as_bytes()).context("standard output")
}

fn store(arguments: &TuneArguments, base: &Decoding, tuned: Tuned, words: usize) -> Result<()> {
    let Tuned { shifts, score, score_without, tried } = tuned;
    let on = TunedOn { metric: arguments.metric.to_string(), score, score_without, tried, words };
    let stored = Stored { decoding: Decoding { shifts, ..base.clone() }, tuned: Some(on) };
    Ok(stored.write(&arguments.model)?)
}

/// What was found, for people.
fn told(tuned: &Tuned, metric: BestBy, words: usize) -> String {
    let Tuned { shifts, score, score_without, tried } = tuned;
    let mut said = String::new();
    for Shift { label, by } in shifts {
        let _ = writeln!(said, "{label} is shifted by {by}");
    }
    if shifts.is_empty() {
        said.push_str("no shift scores better than none\n");
    }
    let _ = writeln!(
        said,
        "{metric} on dev {:.2}, without shifts {:.2} ({tried} tried on {words} words)",
        100.0 * score,
        100.0 * score_without
    );
    said
}
