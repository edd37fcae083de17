//! `welt predict`: words or raw sentences in, tags or entities out.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use serde_json::json;
use welt_data::conll::WordColumn;
use welt_data::{CorpusError, CorpusErrorKind, DataError, LONGEST_LINE, Unpacked, conll, entities_of, tokenize};
use welt_models::checkpoint::{self, Checkpoint};
use welt_models::computes_in;
use welt_settings::Precision;
use welt_subwords::{Windowing, Windows, WordPieceTokenizer};
use welt_tags::{LabelSet, Tag};
use welt_train::{PredictConfig, TrainError, predict};

use crate::corpus::{WordColumnFlag, warn_of_trimmed};
use crate::destination::Destination;
use crate::prepared::PREDICTION_SUBWORDS;
use crate::unseen_words::UnseenWords;
use crate::{devices, model_source, progress};

const EXAMPLES: &str = "\
Examples:
  welt predict --model runs/first/model test.tsv > predicted.tsv
  welt predict --model runs/first/model --from text abstracts.txt --format json -o entities.jsonl
  echo 'No sign of cystic fibrosis.' | welt predict --model runs/first/model --from text -";

/// Tag words or raw sentences with a fine-tuned model.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct PredictArguments {
    /// The file to tag; - reads standard input
    file: PathBuf,
    /// The directory of a fine-tuned model, or OWNER/NAME on the Hugging Face Hub
    #[arg(long, value_name = "MODEL")]
    model: PathBuf,
    /// What the file holds
    #[arg(long, alias = "input", value_name = "FORMAT", value_enum, default_value = "conll")]
    from: Input,
    #[command(flatten)]
    words: WordColumnFlag,
    /// What is written
    #[arg(long, value_enum, default_value = "conll")]
    format: Output,
    /// The file to write; standard output where none is named
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Sub-words of the longest window; longer sentences are read in several [default: 128, or what the model can read]
    #[arg(long, value_name = "N")]
    max_length: Option<usize>,
    /// Sub-words on each side of a window that only inform
    #[arg(long, value_name = "N", default_value_t = 24)]
    window_context: usize,
    #[arg(long, value_name = "DEVICE", default_value = "cpu", help = devices::HELP)]
    device: String,
    /// The dtype of the encoder's matrix products: f32, bf16 or f16
    #[arg(long, value_name = "DTYPE", default_value_t)]
    precision: Precision,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Input {
    /// One word a line, in the first column, with an empty line between sentences.
    Conll,
    /// One sentence a line.
    Text,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Output {
    /// A word and its tag on each line.
    Conll,
    /// One object a sentence and line, with the entities in it; offsets count characters.
    Json,
}

/// Sentences that are tagged together: enough to sort by length, few enough for bounded memory.
const SENTENCES_AT_ONCE: usize = 8192;

const BYTE_ORDER_MARK: char = '\u{feff}';

/// A sentence with its words and where they stand in it, in characters.
struct Tokenized {
    /// From 1, where it begins.
    line: usize,
    text: String,
    words: Vec<String>,
    offsets: Vec<(usize, usize)>,
}

/// Runs the command.
///
/// # Errors
/// A model or file that cannot be read, or an output that cannot be written.
pub fn run(arguments: &PredictArguments) -> Result<()> {
    let device = devices::open(&arguments.device)?.device;
    if !computes_in(&device, arguments.precision) {
        bail!("{} does not compute in {}: leave --precision out", arguments.device, arguments.precision);
    }
    let model = model_source::find(&arguments.model)?;
    let mut checkpoint = checkpoint::load_tagger(&model.folder, &device)?;
    checkpoint.model = checkpoint.model.with_precision(arguments.precision);
    let tagger = Tagger {
        labels: LabelSet::new(checkpoint.labels.clone()).with_context(|| shown(&arguments.model))?,
        tokenizer: WordPieceTokenizer::from_directory(&model.folder, model.casing)?,
        windowing: windowing(arguments, checkpoint.config.max_position_embeddings)?,
        checkpoint,
    };
    match &arguments.output {
        None => tag(&tagger, arguments, &mut Destination::standard_output()),
        Some(path) => {
            let mut out = Destination::file(path, "--output")?;
            tag(&tagger, arguments, &mut out)?;
            out.finish()
        }
    }
}

fn windowing(arguments: &PredictArguments, limit: usize) -> Result<Windowing> {
    if let Some(asked) = arguments.max_length.filter(|&asked| asked > limit) {
        bail!(
            "{}: --max-length is {asked}, and the model reads at most {limit} sub-words: lower it, or leave it out",
            shown(&arguments.model)
        );
    }
    Ok(Windowing::new(arguments.max_length.unwrap_or(limit.min(128)), arguments.window_context)?)
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

struct Tagger {
    checkpoint: Checkpoint,
    labels: LabelSet,
    tokenizer: WordPieceTokenizer,
    windowing: Windowing,
}

/// Tags sentences as they come.
fn tag(tagger: &Tagger, arguments: &PredictArguments, out: &mut Destination) -> Result<()> {
    let mut sentences = match arguments.from {
        Input::Conll => from_conll(&arguments.file, arguments.words.column())?,
        Input::Text => from_text(&arguments.file)?,
    };
    let mut unseen = UnseenWords::default();
    loop {
        let together = sentences.by_ref().take(SENTENCES_AT_ONCE).collect::<Result<Vec<_>>>()?;
        if together.is_empty() {
            unseen.warn(&shown(&arguments.file), "tagged as the entity around goes on, else O");
            return out.writer.flush().with_context(|| out.name.clone());
        }
        let tags = tagger.tags(&together, &mut unseen).map_err(|error| located(error, &together, arguments))?;
        for (sentence, tags) in together.iter().zip(&tags) {
            write_sentence(out, sentence, tags, arguments.format).with_context(|| out.name.clone())?;
        }
    }
}

/// The error with the word that it is about.
fn located(error: anyhow::Error, sentences: &[Tokenized], arguments: &PredictArguments) -> anyhow::Error {
    let Some(&TrainError::Score { sentence, word, .. }) = error.downcast_ref::<TrainError>() else { return error };
    let Some(of) = sentences.get(sentence) else { return error };
    let name = if arguments.file.as_os_str() == "-" { "standard input".to_owned() } else { shown(&arguments.file) };
    let (line, column) = match arguments.from {
        Input::Conll => (of.line + word, 1),
        Input::Text => (of.line, of.offsets.get(word).map_or(1, |offsets| offsets.0 + 1)),
    };
    let shown: String = of.words.get(word).into_iter().flat_map(|word| word.chars()).take(40).collect();
    error.context(format!("{name}:{line}:{column}: no label for the word `{}`", shown.escape_debug()))
}

fn write_sentence(out: &mut Destination, sentence: &Tokenized, tags: &[&str], format: Output) -> Result<()> {
    match format {
        Output::Conll => conll::write_columns(&mut out.writer, &sentence.words, &[tags])?,
        Output::Json => writeln!(out.writer, "{}", entities(sentence, tags)?)?,
    }
    Ok(())
}

type Sentences = Box<dyn Iterator<Item = Result<Tokenized>>>;

fn from_conll(path: &Path, column: WordColumn) -> Result<Sentences> {
    let words = if path.as_os_str() == "-" {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes).context("standard input")?;
        conll::parse_words(Path::new("standard input"), &bytes, column)?
    } else {
        conll::read_words(path, column)?
    };
    warn_of_trimmed(&words.path, &words.layout);
    Ok(Box::new(words.sentences.into_iter().map(|sentence| Ok(spaced(sentence.words, sentence.line_number)))))
}

/// Words with a space between them.
fn spaced(words: Vec<String>, line: usize) -> Tokenized {
    let mut start = 0;
    let offsets = words.iter().map(|word| {
        let end = start + word.chars().count();
        let offsets = (start, end);
        start = end + 1;
        offsets
    });
    let offsets = offsets.collect();
    Tokenized { line, text: words.join(" "), words, offsets }
}

/// Lines one by one, so that a file larger than memory can be tagged; lines of white space alone are passed over.
///
/// At least one line must hold a word.
fn from_text(path: &Path) -> Result<Sentences> {
    let (mut reader, name): (Box<dyn BufRead>, PathBuf) = if path.as_os_str() == "-" {
        let name = PathBuf::from("standard input");
        let input = Unpacked::new(BufReader::new(io::stdin()));
        (Box::new(input.map_err(|source| DataError::unreadable(&name, source))?), name)
    } else {
        (Box::new(welt_data::open_file(path)?), path.to_owned())
    };
    let (mut line_number, mut found_one, mut ended) = (0, false, false);
    Ok(Box::new(std::iter::from_fn(move || {
        while !ended {
            line_number += 1;
            match read_sentence(reader.as_mut(), (&name, line_number)) {
                Ok(Some(sentence)) if sentence.words.is_empty() => {}
                Ok(Some(sentence)) => {
                    found_one = true;
                    return Some(Ok(sentence));
                }
                Ok(None) => {
                    ended = true;
                    let kind = CorpusErrorKind::NoSentence { lines: line_number - 1 };
                    let error = DataError::from(CorpusError { path: name.clone(), line: 1, column: 1, kind });
                    return (!found_one).then_some(Err(error.into()));
                }
                Err(error) => {
                    ended = true;
                    return Some(Err(error.into()));
                }
            }
        }
        None
    })))
}

/// The next line, cut into words, if there is one; `at` is the name of the file and the number of the line.
fn read_sentence(reader: &mut dyn BufRead, at: (&Path, usize)) -> Result<Option<Tokenized>, DataError> {
    let (path, line) = at;
    let error = |before: &[u8], kind| {
        let column = String::from_utf8_lossy(before).trim_start_matches(BYTE_ORDER_MARK).chars().count() + 1;
        DataError::from(CorpusError { path: path.to_owned(), line, column, kind })
    };
    let mut bytes = Vec::new();
    let read = Read::take(&mut *reader, LONGEST_LINE as u64 + 2).read_until(b'\n', &mut bytes);
    let ended = bytes.ends_with(b"\n");
    if bytes.len() - usize::from(ended) > LONGEST_LINE {
        return Err(error(b"", CorpusErrorKind::LongLine));
    }
    if read.map_err(|source| DataError::unreadable(path, source))? == 0 {
        return Ok(None);
    }
    if let Some(at) = bytes.iter().position(|&byte| byte == 0) {
        return Err(error(&bytes[..at], CorpusErrorKind::Nul));
    }
    let text = std::str::from_utf8(&bytes).map_err(|problem| {
        let at = problem.valid_up_to();
        error(&bytes[..at], CorpusErrorKind::NotUtf8 { byte: bytes[at] })
    })?;
    let text = if line == 1 { text.trim_start_matches(BYTE_ORDER_MARK) } else { text };
    let text = text.trim_end_matches('\n').trim_end_matches('\r');
    let words = tokenize(text);
    let offsets = words.iter().map(|word| (word.start, word.end)).collect();
    let words = words.iter().map(|word| word.text.to_owned()).collect();
    Ok(Some(Tokenized { line, words, offsets, text: text.to_owned() }))
}

impl Tagger {
    /// One tag for every word; one without a sub-word, which is counted, goes on with the entity around it.
    fn tags(&self, sentences: &[Tokenized], unseen: &mut UnseenWords) -> Result<Vec<Vec<&str>>> {
        let words: Vec<&[String]> = sentences.iter().map(|sentence| sentence.words.as_slice()).collect();
        let windows = Windows::encode(&self.tokenizer, &words, self.windowing)?;
        unseen.add(&windows, |sentence, word| words[sentence][word].as_str());
        let n_words: Vec<usize> = words.iter().map(|words| words.len()).collect();
        let config = PredictConfig { max_subwords: PREDICTION_SUBWORDS };
        let bar = progress::bar(windows.windows.len(), "tagging");
        let model = (&self.checkpoint.model, &self.checkpoint.config);
        let labels = predict(model, &windows.windows, &n_words, config, &|windows| progress::advance(&bar, windows))?;
        bar.finish_and_clear();
        Ok(labels.iter().map(|labels| self.labels.tags(labels)).collect())
    }
}

/// A sentence with its entities, as one line of JSON.
fn entities(sentence: &Tokenized, tags: &[&str]) -> Result<String> {
    let tags = tags.iter().map(|tag| tag.parse()).collect::<Result<Vec<Tag>, _>>()?;
    let spans = entities_of(&tags);
    let entities = spans.iter().map(|span| {
        let (start, end) = (sentence.offsets[span.start].0, sentence.offsets[span.end - 1].1);
        let text: String = sentence.text.chars().skip(start).take(end - start).collect();
        json!({ "type": span.entity_type, "start": start, "end": end, "text": text })
    });
    Ok(json!({ "text": sentence.text, "entities": entities.collect::<Vec<_>>() }).to_string())
}
