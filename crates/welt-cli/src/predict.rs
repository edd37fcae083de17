//! `welt predict`: words or raw sentences in, tags or entities out.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use serde_json::json;
use welt_data::{CasingChoice, Examples, Windowing, WordPieceTokenizer, conll, tokenize};
use welt_models::checkpoint::{self, Checkpoint};
use welt_tags::{Chunking, LabelSet, Notation};
use welt_train::{PredictConfig, predict};

use crate::train::PREDICTION_SUBWORDS;
use crate::{device, progress};

const EXAMPLES: &str = "\
Examples:
  welt predict --model runs/first/model test.tsv > predicted.tsv
  welt predict --model runs/first/model --input text abstracts.txt --format json --output entities.jsonl
  echo 'No sign of cystic fibrosis.' | welt predict --model runs/first/model --input text -";

/// Tag words or raw sentences with a fine-tuned model.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct PredictArguments {
    /// The file to tag; - reads standard input
    file: PathBuf,
    /// The directory of a fine-tuned model
    #[arg(long, value_name = "DIR")]
    model: PathBuf,
    /// What the file holds
    #[arg(long, value_enum, default_value = "conll")]
    input: Input,
    /// What is written
    #[arg(long, value_enum, default_value = "conll")]
    format: Output,
    /// The file to write; standard output where none is named
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Sub-words of the longest window; longer sentences are read in several
    #[arg(long, value_name = "N", default_value_t = 128)]
    max_length: usize,
    /// Sub-words on each side of a window that only inform
    #[arg(long, value_name = "N", default_value_t = 24)]
    window_context: usize,
    /// The backend to compute on
    #[arg(long, default_value = "cpu")]
    device: String,
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

/// A sentence with its words and where they stand in it, in characters.
struct Tokenized {
    text: String,
    words: Vec<String>,
    offsets: Vec<(usize, usize)>,
}

/// Runs the command.
///
/// # Errors
/// A model or file that cannot be read, or an output that cannot be written.
pub fn run(arguments: &PredictArguments) -> Result<()> {
    let device = device::open(&arguments.device)?;
    let checkpoint = checkpoint::load_tagger(&arguments.model, &device)?;
    let tagger = Tagger {
        labels: LabelSet::new(checkpoint.labels.clone()).with_context(|| shown(&arguments.model))?,
        tokenizer: WordPieceTokenizer::from_directory(&arguments.model, CasingChoice::FromFiles)?,
        windowing: Windowing::new(
            arguments.max_length.min(checkpoint.config.max_position_embeddings),
            arguments.window_context,
        )?,
        checkpoint,
    };
    match &arguments.output {
        None => tag(&tagger, arguments, &mut BufWriter::new(io::stdout().lock())),
        Some(path) => {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let file = tempfile::NamedTempFile::new_in(folder).with_context(|| shown(path))?;
            let mut out = BufWriter::new(file);
            tag(&tagger, arguments, &mut out)?;
            let file = out.into_inner().map_err(io::IntoInnerError::into_error).with_context(|| shown(path))?;
            file.persist(path).map_err(|error| error.error).with_context(|| shown(path))?;
            Ok(())
        }
    }
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

fn tag(tagger: &Tagger, arguments: &PredictArguments, out: &mut impl Write) -> Result<()> {
    let mut sentences = match arguments.input {
        Input::Conll => from_conll(&arguments.file)?,
        Input::Text => from_text(&arguments.file)?,
    };
    loop {
        let together = sentences.by_ref().take(SENTENCES_AT_ONCE).collect::<Result<Vec<_>>>()?;
        if together.is_empty() {
            return Ok(out.flush()?);
        }
        let tags = tagger.tags(&together)?;
        for (sentence, tags) in together.iter().zip(&tags) {
            match arguments.format {
                Output::Conll => conll::write_columns(out, &sentence.words, &[tags])?,
                Output::Json => writeln!(out, "{}", entities(sentence, tags)?)?,
            }
        }
    }
}

type Sentences = Box<dyn Iterator<Item = Result<Tokenized>>>;

fn from_conll(path: &Path) -> Result<Sentences> {
    let words = if path.as_os_str() == "-" {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes).context("standard input")?;
        conll::parse_words(Path::new("standard input"), &bytes)?
    } else {
        conll::read_words(path)?
    };
    Ok(Box::new(words.sentences.into_iter().map(|sentence| Ok(spaced(sentence.words)))))
}

/// Words with a space between them.
fn spaced(words: Vec<String>) -> Tokenized {
    let mut start = 0;
    let offsets = words.iter().map(|word| {
        let end = start + word.chars().count();
        let offsets = (start, end);
        start = end + 1;
        offsets
    });
    let offsets = offsets.collect();
    Tokenized { text: words.join(" "), words, offsets }
}

/// Lines one by one, so that a file larger than memory can be tagged; lines of white space alone are passed over.
fn from_text(path: &Path) -> Result<Sentences> {
    let (reader, name): (Box<dyn BufRead>, String) = if path.as_os_str() == "-" {
        (Box::new(BufReader::new(io::stdin())), "standard input".to_owned())
    } else {
        if path.is_dir() {
            bail!("{} is a directory: expected a text file with one sentence a line", path.display());
        }
        (Box::new(BufReader::new(File::open(path).with_context(|| shown(path))?)), shown(path))
    };
    let lines = reader.lines().enumerate().map(move |(index, line)| {
        let text = line.with_context(|| format!("{name}:{}: expected UTF-8 text", index + 1))?;
        let words = tokenize(&text);
        let offsets = words.iter().map(|word| (word.start, word.end)).collect();
        let words = words.iter().map(|word| word.text.to_owned()).collect();
        Ok(Tokenized { words, offsets, text })
    });
    Ok(Box::new(lines.filter(|line: &Result<Tokenized>| line.as_ref().map_or(true, |line| !line.words.is_empty()))))
}

impl Tagger {
    /// One tag for every word.
    fn tags(&self, sentences: &[Tokenized]) -> Result<Vec<Vec<&str>>> {
        let words: Vec<&[String]> = sentences.iter().map(|sentence| sentence.words.as_slice()).collect();
        let examples = Examples::encode(&self.tokenizer, &words, self.windowing)?;
        let n_words: Vec<usize> = words.iter().map(|words| words.len()).collect();
        let config = PredictConfig { max_subwords: PREDICTION_SUBWORDS, outside: self.labels.outside() };
        let bar = progress::bar(examples.examples.len(), "tagging");
        let model = (&self.checkpoint.model, &self.checkpoint.config);
        let labels = predict(model, &examples.examples, &n_words, config, &|examples| bar.inc(examples as u64))?;
        bar.finish_and_clear();
        let names = self.labels.names();
        Ok(labels.iter().map(|sentence| sentence.iter().map(|&label| names[label].as_str()).collect()).collect())
    }
}

/// A sentence with its entities, as one line of JSON.
fn entities(sentence: &Tokenized, tags: &[&str]) -> Result<String> {
    let spans = Chunking::Lenient.spans(tags, Notation::Prefix)?;
    let entities = spans.iter().map(|span| {
        let (start, end) = (sentence.offsets[span.start].0, sentence.offsets[span.end - 1].1);
        let text: String = sentence.text.chars().skip(start).take(end - start).collect();
        json!({ "type": span.entity_type, "start": start, "end": end, "text": text })
    });
    Ok(json!({ "text": sentence.text, "entities": entities.collect::<Vec<_>>() }).to_string())
}
