//! `welt predict`: documents, words or raw sentences in, the same with entities or tags out.

mod documents;

use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use serde_json::json;
use welt_data::conll::WordColumn;
use welt_data::formats::Format;
use welt_data::{CorpusError, CorpusErrorKind, DataError, LONGEST_LINE, Unpacked, conll, entities_of, tokenize};
use welt_models::computes_in;
use welt_settings::Precision;
use welt_tagger::{Counts, Decoding, Options, Tagger, TaggerError};
use welt_tags::Tag;
use welt_train::TrainError;

use crate::convert::{self, refuse_standard_input_twice};
use crate::corpus::{WordColumnFlag, warn_of_trimmed};
use crate::destination::Destination;
use crate::prepared::PREDICTION_SUBWORDS;
use crate::shift_flag::AskedShift;
use crate::unseen_words::UnseenWords;
use crate::{devices, model_source, progress};
use documents::{Existing, Tagging, Target};

const EXAMPLES: &str = "\
Examples:
  welt predict --model runs/first/model pubmed26n0001.xml.gz --to entities -o entities.jsonl
  welt predict --model runs/first/model corpus.PubTator -o tagged.PubTator
  welt predict --model runs/first/model brat/ --to bioc-xml -o tagged.xml --shift O=-0.5
  welt predict --model runs/first/model test.tsv > predicted.tsv
  welt predict --model runs/first/model --from text sentences.txt --format json -o sentences.jsonl
  echo 'No sign of cystic fibrosis.' | welt predict --model runs/first/model --from text -";

/// Tag documents, words or raw sentences with a fine-tuned model.
///
/// Documents of any format that `welt convert` reads come out as documents again, with entities by exact characters of the original text,
/// or as one flat JSON object an entity and line, with its score: the mean over its words of the probability of the label that was chosen.
/// Every character is covered: texts are cut into sentences, and sentences that are too long for the model into windows that overlap.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct PredictArguments {
    /// Files or folders to tag; - reads standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The directory of a fine-tuned model, or OWNER/NAME on the Hugging Face Hub
    #[arg(long, value_name = "MODEL")]
    model: PathBuf,
    /// What the files hold: conll (a word a line), text (a sentence a line), or a format of documents [default: told from the
    /// name or the content, and conll where these do not tell]
    #[arg(long, alias = "input", value_name = "FORMAT", value_parser = input_format())]
    from: Option<Input>,
    #[command(flatten)]
    words: WordColumnFlag,
    /// What becomes of documents: a format of documents, or entities (one JSON object an entity and line) [default: the format
    /// that was read, where it can be written, and else entities]
    #[arg(long, value_name = "FORMAT", value_parser = target_format())]
    to: Option<Target>,
    /// How the sentences of conll and text are written
    #[arg(long, value_enum, default_value = "conll")]
    format: SentenceFormat,
    /// The file or folder to write; standard output where none is named
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Takes the annotations that documents have already out, before those that are found are put in
    #[arg(long)]
    replace: bool,
    /// Takes only sequences of labels that their scheme allows, the most probable one (Viterbi)
    #[arg(long)]
    constrained: bool,
    /// Puts entities of one type together that stand side by side, as where `amphotericin B-` and `sodium deoxycholate` are found
    /// for one (the split errors of the WeLT paper)
    #[arg(long)]
    join_split: bool,
    /// Added to the scores of a label before any decision: below 0 for O finds more entities, above 0 fewer; may be repeated.
    /// Without it the shifts hold that `welt tune` stored in the model; none takes no shift, and nothing else that is stored
    #[arg(long, value_name = "LABEL=NUMBER|none", allow_hyphen_values = true)]
    shift: Vec<AskedShift>,
    /// Sub-words of the longest window; longer sentences are read in several [default: what the model can read]
    #[arg(long, value_name = "N")]
    max_length: Option<usize>,
    /// Sub-words on each side of a window that only inform
    #[arg(long, value_name = "N", default_value_t = 24)]
    window_context: usize,
    #[arg(long, value_name = "DEVICE", default_value = "cpu", help = devices::HELP)]
    device: String,
    /// The dtype of the encoder's matrix products: f32, bf16, f16 or int8
    #[arg(long, value_name = "DTYPE", default_value_t)]
    precision: Precision,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Input {
    /// One word a line, in the first column, with an empty line between sentences.
    Conll,
    /// One sentence a line.
    Text,
    /// Documents.
    Documents(Format),
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum SentenceFormat {
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
    let tagger = load(arguments)?;
    let input = arguments.input()?;
    if let Input::Documents(_) = input {
        return tag_documents(&tagger, arguments);
    }
    let [file] = arguments.files.as_slice() else {
        bail!(
            "{} files of sentences are named, and one is tagged at a time: name one, or documents",
            arguments.files.len()
        );
    };
    if arguments.to.is_some() {
        bail!(
            "--to says what becomes of documents, and {} holds sentences: leave it out, or name --from",
            file.display()
        );
    }
    match &arguments.output {
        None => tag(&tagger, (file, input), arguments, &mut Destination::standard_output()),
        Some(path) => {
            let mut out = Destination::file(path, "--output")?;
            tag(&tagger, (file, input), arguments, &mut out)?;
            out.finish()
        }
    }
}

fn load(arguments: &PredictArguments) -> Result<Tagger> {
    let device = devices::open(&arguments.device)?.device;
    if !computes_in(&device, arguments.precision) {
        bail!("{} does not compute in {}: leave --precision out", arguments.device, arguments.precision);
    }
    let model = model_source::find(&arguments.model)?;
    let options = Options {
        device: arguments.device.clone(),
        precision: arguments.precision,
        max_length: arguments.max_length,
        window_context: arguments.window_context,
        batch_subwords: PREDICTION_SUBWORDS,
        decoding: Decoding {
            constrained: arguments.constrained,
            join_split: arguments.join_split,
            shifts: arguments.shift.iter().filter_map(AskedShift::shift).collect(),
        },
        takes_stored: !arguments.shift.contains(&AskedShift::Nothing),
    };
    let asked = options.decoding.clone();
    let tagger = Tagger::from_folder(&model.folder, model.casing, &options).map_err(|error| match error {
        TaggerError::TooLong { asked, limit } => anyhow!(
            "{}: --max-length is {asked}, and the model reads at most {limit} sub-words: lower it, or leave it out",
            shown(&arguments.model)
        ),
        TaggerError::Labels { reason, .. } => anyhow::Error::from(reason).context(shown(&arguments.model)),
        TaggerError::Shift { .. } => anyhow!("--shift: {error}"),
        TaggerError::Checkpoint(error) => error.into(),
        TaggerError::Subwords(error) => error.into(),
        other => other.into(),
    })?;
    if *tagger.decoding() != asked {
        let (model, decoding) = (shown(&arguments.model), tagger.decoding());
        tracing::info!("labels are chosen as {model} has it stored: {decoding}; --shift none turns that off");
    }
    Ok(tagger)
}

impl PredictArguments {
    /// What the files hold.
    fn input(&self) -> Result<Input> {
        if let Some(input) = self.from {
            return Ok(input);
        }
        let mut found = Vec::new();
        for file in self.files.iter().filter(|file| file.as_os_str() != "-") {
            found.push(Input::told(file)?);
        }
        Ok(match found.as_slice() {
            [] => Input::Conll,
            [first, ..] => *first,
        })
    }
}

impl Input {
    /// What a file or folder holds, by its name and how it begins.
    fn told(path: &Path) -> Result<Self> {
        let input = convert::Input::new(path, None, Some(Format::Conll))?;
        Ok(match input.format {
            Format::Conll => Self::Conll,
            Format::PlainText if !path.is_dir() => Self::Conll,
            format => Self::Documents(format),
        })
    }
}

/// Tags documents, one corpus after the other, into one output.
fn tag_documents(tagger: &Tagger, arguments: &PredictArguments) -> Result<()> {
    let named = match arguments.from {
        Some(Input::Documents(format)) => Some(format),
        _ => None,
    };
    refuse_standard_input_twice(&arguments.files)?;
    let inputs =
        arguments.files.iter().map(|file| convert::Input::new(file, named, None)).collect::<Result<Vec<_>>>()?;
    let read = inputs.first().map_or(Format::JsonLines, |input| input.format);
    let same = if read.can_be_written() { Target::Documents(read) } else { Target::Entities };
    let counts = documents::run(
        tagger,
        inputs,
        &Tagging {
            target: arguments.to.unwrap_or(same),
            existing: if arguments.replace { Existing::Replaced } else { Existing::Kept },
            output: arguments.output.as_deref().unwrap_or_else(|| Path::new("-")),
            model: &shown(&arguments.model),
        },
    )?;
    say(&counts);
    Ok(())
}

/// Says what was read and found.
fn say(counts: &Counts) {
    let Counts {
        documents,
        sentences,
        words,
        windows,
        sentences_in_several_windows,
        unseen_words,
        cut_words,
        entities,
    } = counts;
    tracing::info!(
        "{documents} documents, {sentences} sentences, {words} words, {windows} windows ({sentences_in_several_windows} sentences in \
         several), {entities} entities"
    );
    if *unseen_words > 0 {
        tracing::warn!("{unseen_words} words give no sub-word: tagged as the entity around goes on, else O");
    }
    if *cut_words > 0 {
        tracing::warn!("{cut_words} words are longer than a window, and read by their beginnings");
    }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// Tags sentences as they come.
fn tag(
    tagger: &Tagger,
    (file, input): (&Path, Input),
    arguments: &PredictArguments,
    out: &mut Destination,
) -> Result<()> {
    let mut sentences =
        if input == Input::Text { from_text(file)? } else { from_conll(file, arguments.words.column())? };
    let mut unseen = UnseenWords::default();
    loop {
        let together = sentences.by_ref().take(SENTENCES_AT_ONCE).collect::<Result<Vec<_>>>()?;
        if together.is_empty() {
            unseen.warn(&shown(file), "tagged as the entity around goes on, else O");
            return out.writer.flush().with_context(|| out.name.clone());
        }
        let tags = tags(tagger, &together, &mut unseen).map_err(|error| located(error, &together, (file, input)))?;
        for (sentence, tags) in together.iter().zip(&tags) {
            write_sentence(out, sentence, tags, arguments.format).with_context(|| out.name.clone())?;
        }
    }
}

/// The error with the word that it is about.
fn located(error: anyhow::Error, sentences: &[Tokenized], (file, input): (&Path, Input)) -> anyhow::Error {
    let Some(&TrainError::Score { sentence, word, .. }) = error.downcast_ref::<TrainError>() else { return error };
    let Some(of) = sentences.get(sentence) else { return error };
    let name = if file.as_os_str() == "-" { "standard input".to_owned() } else { shown(file) };
    let (line, column) = match input {
        Input::Text => (of.line, of.offsets.get(word).map_or(1, |offsets| offsets.0 + 1)),
        _ => (of.line + word, 1),
    };
    let shown: String = of.words.get(word).into_iter().flat_map(|word| word.chars()).take(40).collect();
    error.context(format!("{name}:{line}:{column}: no label for the word `{}`", shown.escape_debug()))
}

fn write_sentence(out: &mut Destination, sentence: &Tokenized, tags: &[String], format: SentenceFormat) -> Result<()> {
    match format {
        SentenceFormat::Conll => conll::write_columns(&mut out.writer, &sentence.words, &[tags])?,
        SentenceFormat::Json => writeln!(out.writer, "{}", entities(sentence, tags)?)?,
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

/// One tag for every word; one without a sub-word, which is counted, goes on with the entity around it.
fn tags(tagger: &Tagger, sentences: &[Tokenized], unseen: &mut UnseenWords) -> Result<Vec<Vec<String>>> {
    let words: Vec<&[String]> = sentences.iter().map(|sentence| sentence.words.as_slice()).collect();
    let bar = progress::bar(sentences.len(), "tagging");
    let tagged = tagger.tag_words(&words, &|windows| progress::advance(&bar, windows));
    bar.finish_and_clear();
    let tagged = tagged.map_err(|error| match error {
        TaggerError::Model(error) => anyhow::Error::from(error),
        other => other.into(),
    })?;
    let mut tags = Vec::with_capacity(tagged.len());
    for (words, sentence) in words.iter().zip(tagged) {
        for (word, probability) in words.iter().zip(&sentence.probabilities) {
            if probability.is_none() {
                unseen.note(word);
            }
        }
        tags.push(sentence.tags);
    }
    Ok(tags)
}

/// A sentence with its entities, as one line of JSON.
fn entities(sentence: &Tokenized, tags: &[String]) -> Result<String> {
    let tags = tags.iter().map(|tag| tag.parse()).collect::<Result<Vec<Tag>, _>>()?;
    let spans = entities_of(&tags);
    let entities = spans.iter().map(|span| {
        let (start, end) = (sentence.offsets[span.start].0, sentence.offsets[span.end - 1].1);
        let text: String = sentence.text.chars().skip(start).take(end - start).collect();
        json!({ "type": span.entity_type, "start": start, "end": end, "text": text })
    });
    Ok(json!({ "text": sentence.text, "entities": entities.collect::<Vec<_>>() }).to_string())
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
