//! `welt predict`: documents, words or raw sentences in, the same with entities or tags out.

mod cluster;
mod documents;
mod folder;
mod left;
mod refused;
mod report;
mod sentences;
mod watching;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};
use welt_data::formats::Format;
use welt_record::COMPUTES;
use welt_tagger::{Decoding, Tagger};

use crate::convert::{self, refuse_standard_input_twice};
use crate::corpus::WordColumnFlag;
use crate::global_flags::at_least_one;
use crate::tagger_flags::TaggerFlags;
pub use cluster::Task;
use documents::{Existing, Tagging, Target};
use folder::Shard;
use left::Heading;
use report::Report;

const EXAMPLES: &str = "\
Examples:
  welt predict --model runs/first/model pubmed26n0001.xml.gz --to entities -o entities.jsonl
  welt predict --model runs/first/model corpus.PubTator -o tagged.PubTator
  welt predict --model runs/first/model brat/ --to bioc-xml -o tagged.xml --shift O=-0.5
  welt predict --model runs/first/model corpus.xml -o tagged.xml --resume --report report.json
      goes on with what an earlier run left, and writes an account
  welt predict --model runs/first/model pubmed/*.xml.gz --to entities --output tagged/
      an output a file, those that are whole passed over, and a manifest
  welt predict --model M *.xml.gz --to entities -o tagged/ --launcher slurm --sbatch time=8:00:00
      as jobs of a cluster; the same command later goes on watching them
  welt predict --model runs/first/model test.tsv > predicted.tsv
  welt predict --model runs/first/model --from text sentences.txt --format json -o sentences.jsonl
  echo 'No sign of cystic fibrosis.' | welt predict --model runs/first/model --from text -";

/// Tag documents, words or raw sentences with a fine-tuned model.
///
/// Documents of any format that `welt convert` reads come out as documents again, with entities by exact characters of the original text,
/// or as one flat JSON object an entity and line, with its score: the mean over its words of the probability of the label that was chosen.
/// Every character is covered: texts are cut into sentences, and sentences that are too long for the model into windows that overlap.
#[derive(Clone, Args, Serialize, Deserialize)]
#[command(after_help = EXAMPLES)]
pub struct PredictArguments {
    /// Files or folders to tag; - reads standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    tagger: TaggerFlags,
    /// What the files hold: conll (a word a line), text (a sentence a line), or a format of documents [default: told from the
    /// name or the content, and conll where these do not tell]
    #[arg(long, alias = "input", value_name = "FORMAT", value_parser = input_format())]
    from: Option<Input>,
    #[command(flatten)]
    #[serde(skip)]
    words: WordColumnFlag,
    /// What becomes of documents: a format of documents, or entities (one JSON object an entity and line) [default: the format
    /// that was read, where it can be written, and else entities]
    #[arg(long, value_name = "FORMAT", value_parser = target_format())]
    to: Option<Target>,
    /// How the sentences of conll and text are written [default: conll]
    #[arg(long, value_enum)]
    format: Option<SentenceFormat>,
    /// The file or folder to write; standard output where none is named
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Goes on with what an earlier run of the same command left in OUTPUT.partial, to the same bytes; begins where there is nothing
    #[arg(long, requires = "output")]
    resume: bool,
    /// Writes what was read, found and taken as JSON: documents, sentences, words, entities by type, seconds, settings
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Writes when each stage was at work, for Perfetto or chrome://tracing
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    trace: Option<PathBuf>,
    /// Takes the annotations that documents have already out, before those that are found are put in
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    spread: Spread,
}

/// How many files are spread over machines.
#[derive(Clone, Args, Serialize, Deserialize)]
#[command(next_help_heading = "Many files, into a folder")]
struct Spread {
    /// Tags only part I of N of the files, as in 3/16, for a scheduler of one's own; the parts may run at the same time
    #[arg(long, value_name = "I/N", requires = "output")]
    shard: Option<Shard>,
    /// Who tags the files: this computer, or the jobs of Slurm
    #[arg(long, value_name = "NAME", value_enum, default_value = "local", requires_if("slurm", "output"))]
    launcher: Launcher,
    /// Files that each task of Slurm tags [default: 1]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    files_per_task: Option<usize>,
    /// An option for Slurm's sbatch, as in partition=gpu or time=8:00:00; may be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    sbatch: Vec<String>,
    /// Tasks of Slurm that run at a time
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    jobs: Option<usize>,
    /// How often a task of Slurm that is lost is submitted again [default: 2]
    #[arg(long, value_name = "N")]
    retries: Option<u32>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
enum Launcher {
    Local,
    Slurm,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Input {
    /// One word a line, in the first column, with an empty line between sentences.
    Conll,
    /// One sentence a line.
    Text,
    /// Documents.
    Documents(Format),
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
enum SentenceFormat {
    /// A word and its tag on each line.
    Conll,
    /// One object a sentence and line, with the entities in it; offsets count characters.
    Json,
}

/// The exit code where not all files are whole.
const PARTIAL: u8 = 3;

/// Runs the command.
///
/// # Errors
/// A model or file that cannot be read, or an output that cannot be written.
pub fn run(arguments: &PredictArguments) -> Result<ExitCode> {
    let many = arguments.folder()?;
    arguments.refuse(many.is_some())?;
    if let Some(many) = many.filter(|_| arguments.spread.launcher == Launcher::Slurm) {
        return cluster::run(arguments, many);
    }
    let (tagger, folder) = arguments.tagger.load()?;
    arguments.refuse_files_of(&folder)?;
    if let Some(many) = many {
        let collected = folder::run((&tagger, &folder), arguments, many)?;
        collected.say(many);
        return Ok(exit_code(collected.missing));
    }
    let (input, opened) = arguments.input()?;
    arguments.refuse_for_input(input)?;
    let report = match input {
        Input::Documents(_) => tag_documents(&tagger, &folder, (arguments, opened)),
        input => tag_sentences(&tagger, &folder, (arguments, input, opened)),
    };
    if report.is_err()
        && let Some(stays) = crate::destination::what_stays()
    {
        tracing::warn!("{stays}, once what is wrong is mended");
    }
    report?.say();
    Ok(ExitCode::SUCCESS)
}

/// Tells whether files are missing.
fn exit_code(missing: usize) -> ExitCode {
    if missing == 0 { ExitCode::SUCCESS } else { ExitCode::from(PARTIAL) }
}

impl PredictArguments {
    /// What moves a byte of any output: on a device, with such a decoding, and with the model of a folder. What is written stands open.
    ///
    /// # Errors
    /// A file of the model that cannot be read.
    fn heading(&self, (device, decoding): (&str, &Decoding), folder: &Path) -> Result<Heading> {
        Ok(Heading {
            program: format!("welt {} (computes {COMPUTES})", env!("CARGO_PKG_VERSION")),
            model: None,
            model_files: left::model_files(folder)?,
            // Which of several like devices it is moves no byte, nor does the number of threads.
            device: device.split([':', ' ']).next().unwrap_or(device).to_owned(),
            precision: self.tagger.precision,
            max_length: self.tagger.max_length,
            window_context: self.tagger.window_context,
            batch_sub_words: self.tagger.batch_sub_words,
            decoding: decoding.clone(),
            to: String::new(),
            annotations: self.existing().name().to_owned(),
        })
    }

    /// The folder that each file gets an output of its own in, where one is meant: a folder that is there, or a name that ends as one.
    ///
    /// # Errors
    /// Flags that are for such a folder alone.
    fn folder(&self) -> Result<Option<&Path>> {
        let output = self.output();
        let spread = self.spread.shard.is_some() || self.spread.launcher == Launcher::Slurm;
        let is_named = output.as_os_str().to_string_lossy().ends_with(['/', std::path::MAIN_SEPARATOR]);
        if spread && output.as_os_str() == "-" {
            bail!("--output is standard output, and each file gets an output of its own: name a folder");
        }
        let writes_folder = matches!(self.to, Some(Target::Documents(format)) if format.is_written_as_folder());
        Ok((spread || !writes_folder && (is_named || output.is_dir())).then_some(output))
    }

    /// What a job of Slurm is to do with some of the files: nothing of how jobs are submitted, which may change from one command to the
    /// next that goes on watching.
    fn of_a_task(&self) -> Self {
        let spread = Spread {
            shard: None,
            launcher: Launcher::Local,
            files_per_task: None,
            sbatch: Vec::new(),
            jobs: None,
            retries: None,
        };
        Self { spread, resume: false, ..self.clone() }
    }

    const fn existing(&self) -> Existing {
        if self.replace { Existing::Replaced } else { Existing::Kept }
    }

    fn output(&self) -> &Path {
        self.output.as_deref().unwrap_or_else(|| Path::new("-"))
    }

    /// What the files hold, as the first that is no standard input tells; with that file, where it was opened for it.
    fn input(&self) -> Result<(Input, Option<Opened>)> {
        if let Some(input) = self.from {
            return Ok((input, None));
        }
        let Some(index) = self.files.iter().position(|file| file.as_os_str() != "-") else {
            return Ok((Input::Conll, None));
        };
        let (told, input) = Input::told(&self.files[index])?;
        Ok((told, Some(Opened { index, input })))
    }
}

/// A file that was opened to see what it holds: of one that can be read only once the beginning is gone from everywhere else.
struct Opened {
    /// Which of all files it is.
    index: usize,
    input: convert::Input,
}

impl Input {
    /// What a file or folder holds, by its name and how it begins; and the file as it was opened.
    fn told(path: &Path) -> Result<(Self, convert::Input)> {
        let input = convert::Input::new(path, None, Some(Format::Conll))?;
        let told = match input.format {
            Format::Conll => Self::Conll,
            Format::PlainText if !path.is_dir() => Self::Conll,
            format => Self::Documents(format),
        };
        Ok((told, input))
    }
}

/// Tags documents, one corpus after the other, into one output.
fn tag_documents(
    tagger: &Tagger,
    folder: &Path,
    (arguments, opened): (&PredictArguments, Option<Opened>),
) -> Result<Report> {
    let named = match arguments.from {
        Some(Input::Documents(format)) => Some(format),
        _ => None,
    };
    refuse_standard_input_twice(&arguments.files)?;
    let (opened, mut input) = opened.map(|Opened { index, input }| (index, input)).unzip();
    let open = |(index, file): (usize, &PathBuf)| match input.take_if(|_| opened == Some(index)) {
        Some(input) => Ok(input),
        None => convert::Input::new(file, named, None),
    };
    let inputs = arguments.files.iter().enumerate().map(open).collect::<Result<Vec<_>>>()?;
    let read = inputs.first().map_or(Format::JsonLines, |input| input.format);
    let target = arguments.to.unwrap_or(Target::of(read));
    let model = arguments.tagger.model_name();
    let named = (target == Target::Entities).then(|| model.clone());
    let heading = arguments.heading((tagger.device(), tagger.decoding()), folder)?;
    let heading = Heading { to: target.name().to_owned(), model: named, ..heading };
    let tagging = Tagging {
        target,
        existing: arguments.existing(),
        output: arguments.output(),
        model: &model,
        resume: arguments.resume,
        heading: &heading,
        trace: arguments.trace.as_deref(),
        report: arguments.report.as_deref(),
    };
    documents::run(tagger, inputs, &tagging)
}

/// Tags the sentences of a file.
fn tag_sentences(
    tagger: &Tagger,
    folder: &Path,
    (arguments, input, opened): (&PredictArguments, Input, Option<Opened>),
) -> Result<Report> {
    let [file] = arguments.files.as_slice() else {
        bail!(
            "{} files of sentences are named, and one is tagged at a time: name one, or documents",
            arguments.files.len()
        );
    };
    let format = arguments.format.unwrap_or(SentenceFormat::Conll);
    let to = match format {
        SentenceFormat::Conll => "conll",
        SentenceFormat::Json => "json",
    };
    let heading = arguments.heading((tagger.device(), tagger.decoding()), folder)?;
    let heading = Heading { to: to.to_owned(), ..heading };
    let tagging = sentences::Tagging {
        input,
        column: arguments.words.column(),
        format,
        output: arguments.output(),
        resume: arguments.resume,
        heading: &heading,
        trace: arguments.trace.as_deref(),
        report: arguments.report.as_deref(),
    };
    sentences::run(tagger, (file, opened.map(|opened| opened.input)), &tagging)
}

/// Takes `conll`, `text`, or the name of a format of documents.
fn input_format() -> impl TypedValueParser<Value = Input> {
    let documents = Format::ALL.into_iter().filter(|format| !matches!(format, Format::Conll | Format::PlainText));
    let names = ["conll", "text", "plain-text"].into_iter().chain(documents.map(Format::name));
    PossibleValuesParser::new(names).try_map(|name| match name.as_str() {
        "conll" => Ok(Input::Conll),
        "text" => Ok(Input::Text),
        _ => name.parse().map(Input::Documents),
    })
}

/// Takes `entities`, or the name of a format that documents are written in.
fn target_format() -> impl TypedValueParser<Value = Target> {
    let written = Format::ALL.into_iter().filter(|format| format.can_be_written()).map(Format::name);
    PossibleValuesParser::new(["entities"].into_iter().chain(written)).try_map(|name| match name.as_str() {
        "entities" => Ok(Target::Entities),
        _ => name.parse().map(Target::Documents),
    })
}
