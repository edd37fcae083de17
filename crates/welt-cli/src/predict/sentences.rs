//! Sentences through a tagger: words on lines or a sentence a line in, the same with tags or entities out, in their order.
//! What is whole of an output is written down part by part, so that a run that ends early can be gone on with.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::json;
use welt_data::conll::WordColumn;
use welt_data::{CorpusError, CorpusErrorKind, DataError, LONGEST_LINE, Unpacked, Words, conll, entities_of, tokenize};
use welt_files::Hasher;
use welt_tagger::{Tagger, TaggerError, Watch as _};
use welt_tags::Tag;
use welt_train::TrainError;

use super::left::{self, Heading, State};
use super::report::Report;
use super::watching::Watching;
use super::{Input, SentenceFormat};
use crate::convert;
use crate::corpus::warn_of_trimmed;
use crate::destination::Destination;

/// The most sentences that are tagged together: enough to sort by length, few enough for bounded memory and for little to be lost
/// where a run is killed.
const SENTENCES_AT_ONCE: usize = 2048;

const BYTE_ORDER_MARK: char = '\u{feff}';

/// A sentence with its words and where they stand in it, in characters.
struct Tokenized {
    /// From 1, where it begins.
    line: usize,
    text: String,
    words: Vec<String>,
    offsets: Vec<(usize, usize)>,
}

/// Where the tags of sentences end up.
pub struct Tagging<'a> {
    /// What the file holds.
    pub input: Input,
    /// The column of words.
    pub column: WordColumn,
    /// How tags are written.
    pub format: SentenceFormat,
    /// The file to write; `-` is standard output.
    pub output: &'a Path,
    /// Whether to go on with what an earlier run left.
    pub resume: bool,
    /// What moves the bytes of the output.
    pub heading: &'a Heading,
    /// Where to write what was read and found.
    pub report: Option<&'a Path>,
}

/// Tags sentences as they come; a file that was opened to see what it holds is not opened again.
///
/// # Errors
/// What cannot be read or written; Ctrl-C, after which a file has not got its name.
pub fn run(tagger: &Tagger, (file, opened): (&Path, Option<convert::Input>), tagging: &Tagging<'_>) -> Result<Report> {
    let watching = Watching::new(vec![None], "sentences", false);
    let (mut out, left) = left::open(tagging.output, tagging.heading, tagging.resume)?;
    let mut sentences = match (tagging.input, opened) {
        (Input::Text, _) => from_text(file)?,
        (_, Some(mut opened)) => of_words(conll::parse_words(file, &opened.bytes()?, tagging.column)?),
        (_, None) => from_conll(file, tagging.column)?,
    };
    let (mut state, mut read) = (State::default(), Hasher::new());
    if let Some(left) = left {
        let mut skipped = 0;
        for sentence in sentences.by_ref().take(left.done) {
            add(&mut read, &sentence?);
            skipped += 1;
        }
        left::refuse_other_input(&left, (skipped, &read), tagging.output)?;
        watching.skips(skipped);
        state = left;
    }
    let before = state.seconds;
    state.runs += 1;
    loop {
        let together = sentences.by_ref().take(SENTENCES_AT_ONCE).collect::<Result<Vec<_>>>()?;
        if together.is_empty() {
            break;
        }
        let tags = tags(tagger, &together, (&watching, &mut state))
            .map_err(|error| located(error, &together, (file, tagging.input)))?;
        for (sentence, tags) in together.iter().zip(&tags) {
            add(&mut read, sentence);
            write_sentence(&mut out, sentence, tags, tagging.format).with_context(|| out.name.clone())?;
        }
        state.done += together.len();
        state.read = read.clone().digits();
        state.seconds = before + watching.seconds();
        let text = serde_json::to_string(&state).context("writing down how far the run is")?;
        out.commit(&text, &format!("{} sentences", state.done))?;
        watching.has_written(state.done);
    }
    watching.end();
    state.unseen.warn(&shown(file), "tagged as the entity around goes on, else O");
    out.writer.flush().with_context(|| out.name.clone())?;
    let mut report = Report::new(&state, tagging.heading, (tagger, &watching), vec![shown(file)]);
    report.set_output(tagging.output, out.extent());
    if let Some(path) = tagging.report {
        report.write(path)?;
    }
    out.finish()?;
    Ok(report)
}

/// Adds a sentence to a digest.
fn add(hasher: &mut Hasher, sentence: &Tokenized) {
    hasher.add_text(&sentence.text);
    sentence.words.iter().for_each(|word| hasher.add_text(word));
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
    Ok(of_words(words))
}

fn of_words(words: Words) -> Sentences {
    warn_of_trimmed(&words.path, &words.layout);
    Box::new(words.sentences.into_iter().map(|sentence| Ok(spaced(sentence.words, sentence.line_number))))
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
fn tags(tagger: &Tagger, sentences: &[Tokenized], told: (&Watching, &mut State)) -> Result<Vec<Vec<String>>> {
    let (watching, state) = told;
    let words: Vec<&[String]> = sentences.iter().map(|sentence| sentence.words.as_slice()).collect();
    let tagged = tagger.tag_sentences(&words, &|windows| watching.pass(windows));
    let (tagged, counts) = tagged.map_err(|error| match error {
        TaggerError::Model(error) => anyhow::Error::from(error),
        other => other.into(),
    })?;
    state.counts += counts;
    let mut tags = Vec::with_capacity(tagged.len());
    for (words, sentence) in words.iter().zip(tagged) {
        for (word, probability) in words.iter().zip(&sentence.probabilities) {
            if probability.is_none() {
                state.unseen.note(word);
            }
        }
        for entity in entities_of(&parsed(&sentence.tags)?) {
            state.counts.entities += 1;
            *state.types.entry(entity.entity_type.to_owned()).or_default() += 1;
        }
        tags.push(sentence.tags);
    }
    Ok(tags)
}

fn parsed(tags: &[String]) -> Result<Vec<Tag>> {
    Ok(tags.iter().map(|tag| tag.parse()).collect::<Result<_, _>>()?)
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// A sentence with its entities, as one line of JSON.
fn entities(sentence: &Tokenized, tags: &[String]) -> Result<String> {
    let tags = parsed(tags)?;
    let spans = entities_of(&tags);
    let entities = spans.iter().map(|span| {
        let (start, end) = (sentence.offsets[span.start].0, sentence.offsets[span.end - 1].1);
        let text: String = sentence.text.chars().skip(start).take(end - start).collect();
        json!({ "type": span.entity_type, "start": start, "end": end, "text": text })
    });
    Ok(json!({ "text": sentence.text, "entities": entities.collect::<Vec<_>>() }).to_string())
}
