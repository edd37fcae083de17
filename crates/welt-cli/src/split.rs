//! `welt split`: other corpora made of a corpus, in files of their own.
//! Corpora in any format in, tagged files out; what is made of them stands in `welt_data::views`.

mod shares;
mod view;

use std::path::PathBuf;

use anyhow::Result;
use clap::{ArgGroup, Args, Subcommand};
use welt_tags::Scheme;

use crate::allow::Permission;
use crate::annotated::{ReadFlags, SchemeFlag};

pub use shares::Shares;

const EXAMPLES: &str = "\
Examples:
  welt split merge train.tsv dev.tsv --output traindev.tsv
  welt split folds train.tsv dev.tsv --folds 10 --output folds
  welt split sample train.tsv --fraction 0.1 --seed 3 --output tenth.tsv
  welt split parts corpus.BioC.xml --parts 80,10,10 --output splits
  welt split types train.tsv --keep Disease,Chemical --rename Chemical=Drug --output drugs.tsv
  welt split join diseases.tsv chemicals.tsv --output both.tsv";

const MERGE_EXAMPLES: &str = "\
Examples:
  welt split merge train.tsv dev.tsv --output traindev.tsv
  welt split merge part-*.tsv | gzip > whole.tsv.gz";

const FOLDS_EXAMPLES: &str = "\
Examples:
  welt split folds train.tsv --folds 5 --output folds
  welt split folds train.tsv dev.tsv test.tsv --folds 10 --seed 7 --output folds
  cd folds/fold-1; welt train --train train.tsv --test test.tsv --model biobert --output run";

const SAMPLE_EXAMPLES: &str = "\
Examples:
  welt split sample train.tsv --fraction 0.1 --output tenth.tsv
  welt split sample all.tsv --fraction 0.9 --seed 7 --output train.tsv --rest dev.tsv
  for n in 1 2 3; do welt split sample train.tsv --fraction 0.1 --seed $n --output $n.tsv; done";

const PARTS_EXAMPLES: &str = "\
Examples:
  welt split parts corpus.tsv --parts 80,10,10 --output splits
  welt split parts brat/ --from brat --parts 70,15,15 --seed 7 --allow all --output splits
  cd splits; welt train --train train.tsv --dev dev.tsv --test test.tsv --model biobert --output run";

const TYPES_EXAMPLES: &str = "\
Examples:
  welt split types train.tsv --keep Disease --output diseases.tsv
  welt split types train.tsv --rename DNA=Gene,RNA=Gene --output genes.tsv
  welt split types train.tsv --keep Chemical --rename Chemical=_ --output bare.tsv";

const JOIN_EXAMPLES: &str = "\
Examples:
  welt split join bc5cdr-disease/train.tsv bc5cdr-chemical/train.tsv --output train.tsv
  welt split join diseases.tsv chemicals.tsv genes.tsv --scheme IOBES --output all.tsv";

/// Make other corpora of a corpus: merged, in folds, sampled, in parts, of other types
///
/// What is written is a word, a TAB and its tag on each line, with an empty line after each sentence;
/// -DOCSTART- lines tell the documents where they are known. Other columns are left out.
/// An output has its name once it is whole. The same seed gives the same sentences on every machine.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct SplitArguments {
    #[command(subcommand)]
    view: View,
}

// What these are for stands with their arguments: a comment here would hide the longer one there.
#[derive(Subcommand)]
enum View {
    Merge(MergeArguments),
    Folds(FoldsArguments),
    Sample(SampleArguments),
    Parts(PartsArguments),
    Types(TypesArguments),
    Join(JoinArguments),
}

/// The corpus to make another of.
#[derive(Args)]
struct Input {
    /// Files or folders in any format that convert reads, read as one corpus in this order; - reads standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    reading: Reading,
}

#[derive(Args)]
struct Reading {
    #[command(flatten)]
    flags: ReadFlags,
    #[command(flatten)]
    scheme: SchemeFlag,
    /// Losses and changes that may be where documents become words and tags, or a scheme is named: their names, or all
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = Permission::parse)]
    allow: Vec<Permission>,
}

#[derive(Args)]
struct OutputFile {
    /// Where to write, replaced if it is there; - is standard output, also where not given
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Put files one behind the other
///
/// Documents stay apart: those of a later file come after those of the file before.
#[derive(Args)]
#[command(after_help = MERGE_EXAMPLES)]
struct MergeArguments {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    output: OutputFile,
}

/// Share sentences out into folds for cross-validation: fold-1/train.tsv, fold-1/test.tsv and so on
///
/// Each sentence is in the test file of one fold and in the training files of all others.
/// Documents stay in one fold where the format or -DOCSTART- lines tell them.
#[derive(Args)]
#[command(after_help = FOLDS_EXAMPLES)]
struct FoldsArguments {
    #[command(flatten)]
    input: Input,
    /// How many folds, at least 2
    #[arg(long, value_name = "K")]
    folds: usize,
    /// What decides which sentences go together
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// A new folder for the folds
    #[arg(long, short, value_name = "DIR")]
    output: PathBuf,
}

/// Draw a share of the sentences, which stay in the order of the file
///
/// Documents stay whole where the format or -DOCSTART- lines tell them, so that the share may be a little larger.
/// With the same seed, a smaller sample lies within a larger one.
#[derive(Args)]
#[command(after_help = SAMPLE_EXAMPLES)]
struct SampleArguments {
    #[command(flatten)]
    input: Input,
    /// The share of the sentences, from 0 to 1
    #[arg(long, value_name = "SHARE")]
    fraction: f64,
    /// What decides which sentences are drawn
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    output: OutputFile,
    /// Where to write the sentences that are not drawn
    #[arg(long, value_name = "FILE")]
    rest: Option<PathBuf>,
}

/// Share sentences out into train.tsv, dev.tsv and test.tsv
///
/// Documents stay whole where the format or -DOCSTART- lines tell them, so that shares may differ a little.
#[derive(Args)]
#[command(after_help = PARTS_EXAMPLES)]
struct PartsArguments {
    #[command(flatten)]
    input: Input,
    /// Per cent of the sentences for train, dev and test
    #[arg(long, value_name = "A,B,C", default_value = "80,10,10", value_parser = Shares::parse)]
    parts: Shares,
    /// What decides which sentences go together
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// A new folder for the three files
    #[arg(long, short, value_name = "DIR")]
    output: PathBuf,
}

/// Keep some types of entities, or give types other names
///
/// Types are kept first and renamed then; `_` stands for tags without a type, on either side.
#[derive(Args)]
#[command(after_help = TYPES_EXAMPLES, group(ArgGroup::new("change").args(["keep", "rename"]).required(true).multiple(true)))]
struct TypesArguments {
    #[command(flatten)]
    input: Input,
    /// Keep the entities of these types; the words of all others become O
    #[arg(long, value_delimiter = ',', value_name = "TYPE")]
    keep: Vec<String>,
    /// Give a type another name; several may get the same one
    #[arg(long, value_delimiter = ',', value_name = "OLD=NEW", value_parser = renaming)]
    rename: Vec<(String, String)>,
    #[command(flatten)]
    output: OutputFile,
}

/// Join the entities of files that hold the same words
///
/// The documents are those of the first file.
/// Where entities of two files share words and are not the same, that of the file named first stays, and a warning tells of the other.
#[derive(Args)]
#[command(after_help = JOIN_EXAMPLES)]
struct JoinArguments {
    /// Files or folders of the same sentences, in any format that convert reads, each with entities of its own; - reads standard input
    #[arg(required = true, num_args = 2.., value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    reading: Reading,
    /// The scheme of the joined tags, such as IOB2; that of the first file where not given
    #[arg(long)]
    scheme: Option<Scheme>,
    /// Tell no more than so many conflicts of each file; all are counted
    #[arg(long, value_name = "N", default_value_t = 10)]
    limit: usize,
    #[command(flatten)]
    output: OutputFile,
}

/// Runs the command.
///
/// # Errors
/// A file that cannot be read as a corpus, a view that cannot be made of it, or an output that cannot be written.
pub fn run(arguments: &SplitArguments) -> Result<()> {
    match &arguments.view {
        View::Merge(arguments) => view::merge(arguments),
        View::Folds(arguments) => view::folds(arguments),
        View::Sample(arguments) => view::sample(arguments),
        View::Parts(arguments) => view::parts(arguments),
        View::Types(arguments) => view::types(arguments),
        View::Join(arguments) => view::join(arguments),
    }
}

/// An old and a new name, as in `DNA=Gene`.
fn renaming(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((old, new)) if !old.is_empty() && !new.is_empty() => Ok((old.to_owned(), new.to_owned())),
        _ => Err(format!("`{text}` names no type and its new name: expected OLD=NEW, as in DNA=Gene")),
    }
}
