//! Sentences through a tagger: words on lines or a sentence a line in, the same with tags or entities out, in their order.
//! What is whole of an output is written down part by part, so that a run that ends early can be gone on with.

use std::io::{BufRead, Read, Write};
use std::iter;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use serde_json::json;
use welt_data::conll::{self, TaggedReader, WordColumn};
use welt_data::formats::Format;
use welt_data::{CorpusError, CorpusErrorKind, DataError, LONGEST_LINE, entities_of, tokenize};
use welt_files::Hasher;
use welt_tagger::{Counts, Sentence, TaggedWords, Tagger, tag_groups_of_sentences};
use welt_tags::Tag;

use super::left::{self, Heading, Run, State};
use super::report::Report;
use super::watching::Watching;
use super::{Input, SentenceFormat};
use crate::convert;
use crate::corpus::warn_of_trimmed_cells;
use crate::destination::Destination;

/// How many sentences are read before that is told.
const BETWEEN_MARKS: usize = 256;

const BYTE_ORDER_MARK: char = '\u{feff}';

/// A sentence with its words and where they stand in it, in characters.
struct Tokenized {
    /// What it was read from, for messages.
    path: Arc<Path>,
    /// From 1, where it begins.
    line: usize,
    text: String,
    words: Vec<String>,
    offsets: Vec<(usize, usize)>,
    /// Whether each word stands on a line of its own.
    is_of_lines: bool,
}

impl Sentence for Tokenized {
    fn words(&self) -> &[String] {
        &self.words
    }

    fn position(&self, word: usize) -> String {
        let (line, column) = match self.is_of_lines {
            true => (self.line + word, 1),
            false => (self.line, self.offsets.get(word).map_or(1, |offsets| offsets.0 + 1)),
        };
        format!("{}:{line}:{column}", self.path.display())
    }
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
    /// Where to write when each stage was at work.
    pub trace: Option<&'a Path>,
    /// Where to write what was read and found.
    pub report: Option<&'a Path>,
}

/// Tags sentences as they come; a file that was opened to see what it holds is not opened again.
///
/// # Errors
/// What cannot be read or written; Ctrl-C, after which a file has not got its name.
pub fn run(tagger: &Tagger, (file, opened): (&Path, Option<convert::Input>), tagging: &Tagging<'_>) -> Result<Report> {
    let format = if tagging.input == Input::Text { Format::PlainText } else { Format::Conll };
    let (mut out, left) = left::open(tagging.output, tagging.heading, tagging.resume)?;
    let input = match opened {
        Some(input) => input,
        None => convert::Input::new(file, Some(format), None)?,
    };
    let watching = Watching::new(vec![input.extent()], "sentences", tagging.trace.is_some());
    let path: Arc<Path> = Arc::from(input.path.as_path());
    let source: Source = match tagging.input {
        Input::Text => Box::new(from_text(path, input.into_reader()?)),
        _ => Box::new(from_conll(path, input.into_reader()?, tagging.column)),
    };
    let mut sentences = Sentences { source, read: 0, watching: &watching };
    let read = match &left {
        None => Hasher::new(),
        Some(left) => sentences.pass_over(left, tagging.output)?,
    };
    let mut run = Run::new(left, read);
    let write = |group, counts| write(&mut run, (group, counts), (&mut out, tagging.format), &watching);
    tag_groups_of_sentences(tagger, &mut sentences, write, tagger.flow(), &watching)?;
    watching.end();
    run.note(watching.seconds());
    let state = run.state;
    state.unseen.warn(&shown(file), "tagged as the entity around goes on, else O");
    out.writer.flush().with_context(|| out.name.clone())?;
    let mut report = Report::new(&state, tagging.heading, (tagger, &watching), vec![shown(file)]);
    report.set_output(tagging.output, out.extent());
    if let Some(path) = tagging.report {
        report.write(path)?;
    }
    out.finish()?;
    if let Some(trace) = tagging.trace {
        watching.write_trace_to(trace)?;
    }
    Ok(report)
}

type Source = Box<dyn Iterator<Item = Result<Tokenized, DataError>> + Send>;

/// Sentences as they are read, which is told now and then.
struct Sentences<'w> {
    source: Source,
    read: usize,
    watching: &'w Watching,
}

impl Iterator for Sentences<'_> {
    type Item = Result<Tokenized>;

    fn next(&mut self) -> Option<Result<Tokenized>> {
        let next = self.source.next();
        self.read += usize::from(matches!(next, Some(Ok(_))));
        if next.is_none() || self.read.is_multiple_of(BETWEEN_MARKS) {
            self.watching.has_read(self.read);
        }
        next.map(|sentence| Ok(sentence?))
    }
}

impl Sentences<'_> {
    /// Reads what an earlier run has tagged, and makes sure that it is the same.
    fn pass_over(&mut self, left: &State, output: &Path) -> Result<Hasher> {
        let (mut skipped, mut found) = (0, Hasher::new());
        for sentence in self.by_ref().take(left.done) {
            add(&mut found, &sentence?);
            skipped += 1;
        }
        left::refuse_other_input(left, (skipped, &found), output)?;
        self.watching.skips(skipped);
        Ok(found)
    }
}

/// Writes a group, and writes down that it is whole.
fn write(
    run: &mut Run,
    (group, counts): (Vec<(Tokenized, TaggedWords)>, Counts),
    (out, format): (&mut Destination, SentenceFormat),
    watching: &Watching,
) -> Result<()> {
    run.state.counts += counts;
    run.state.done += group.len();
    for (sentence, tagged) in &group {
        add(&mut run.read, sentence);
        account(&mut run.state, sentence, tagged)?;
        write_sentence(out, sentence, &tagged.tags, format).with_context(|| out.name.clone())?;
    }
    run.note(watching.seconds());
    let text = serde_json::to_string(&run.state).context("writing down how far the run is")?;
    out.commit(&text, &format!("{} sentences", run.state.done))?;
    watching.has_written(run.state.done);
    Ok(())
}

/// Counts what was found in a sentence. A word without a sub-word, which is counted too, goes on with the entity around it.
fn account(state: &mut State, sentence: &Tokenized, tagged: &TaggedWords) -> Result<()> {
    for (word, probability) in sentence.words.iter().zip(&tagged.probabilities) {
        if probability.is_none() {
            state.unseen.note(word);
        }
    }
    for entity in entities_of(&parsed(&tagged.tags)?) {
        state.counts.entities += 1;
        *state.types.entry(entity.entity_type.to_owned()).or_default() += 1;
    }
    Ok(())
}

/// Adds a sentence to a digest.
fn add(hasher: &mut Hasher, sentence: &Tokenized) {
    hasher.add_text(&sentence.text);
    sentence.words.iter().for_each(|word| hasher.add_text(word));
}

fn write_sentence(out: &mut Destination, sentence: &Tokenized, tags: &[String], format: SentenceFormat) -> Result<()> {
    match format {
        SentenceFormat::Conll => conll::write_columns(&mut out.writer, &sentence.words, &[tags])?,
        SentenceFormat::Json => writeln!(out.writer, "{}", entities(sentence, tags)?)?,
    }
    Ok(())
}

/// Sentences whose words stand on lines, one by one.
fn from_conll(
    path: Arc<Path>,
    reader: impl Read,
    column: WordColumn,
) -> impl Iterator<Item = Result<Tokenized, DataError>> {
    let mut reader = TaggedReader::new(&path, reader, &[]).words_in(column);
    let mut has_ended = false;
    iter::from_fn(move || {
        if has_ended {
            return None;
        }
        let sentence = reader.next_sentence().map(|rows| {
            let rows = rows?;
            Some(spaced(&path, rows.words.into_iter().map(str::to_owned).collect(), rows.line_number))
        });
        let sentence = sentence.transpose();
        has_ended = !matches!(sentence, Some(Ok(_)));
        if sentence.is_none() {
            warn_of_trimmed_cells(&path, reader.trimmed_cells());
        }
        sentence
    })
}

/// Words with a space between them.
fn spaced(path: &Arc<Path>, words: Vec<String>, line: usize) -> Tokenized {
    let mut start = 0;
    let offsets = words.iter().map(|word| {
        let end = start + word.chars().count();
        let offsets = (start, end);
        start = end + 1;
        offsets
    });
    let offsets = offsets.collect();
    Tokenized { path: Arc::clone(path), line, text: words.join(" "), words, offsets, is_of_lines: true }
}

/// Lines one by one, so that a file larger than memory can be tagged; lines of white space alone are passed over.
///
/// At least one line must hold a word.
fn from_text(path: Arc<Path>, mut reader: impl BufRead) -> impl Iterator<Item = Result<Tokenized, DataError>> {
    let (mut line, mut found_one, mut has_ended) = (0, false, false);
    iter::from_fn(move || {
        while !has_ended {
            line += 1;
            match read_sentence(&mut reader, (&path, line)).transpose() {
                Some(Ok(sentence)) if sentence.words.is_empty() => {}
                Some(sentence) => {
                    (found_one, has_ended) = (true, sentence.is_err());
                    return Some(sentence);
                }
                None => {
                    has_ended = true;
                    let kind = CorpusErrorKind::NoSentence { lines: line - 1 };
                    let error = DataError::from(CorpusError { path: path.to_path_buf(), line: 1, column: 1, kind });
                    return (!found_one).then_some(Err(error));
                }
            }
        }
        None
    })
}

/// The next line, cut into words, if there is one; `at` is the name of the file and the number of the line.
fn read_sentence(reader: &mut impl BufRead, (path, line): (&Arc<Path>, usize)) -> Result<Option<Tokenized>, DataError> {
    let error = |before: &[u8], kind| {
        let column = String::from_utf8_lossy(before).trim_start_matches(BYTE_ORDER_MARK).chars().count() + 1;
        DataError::from(CorpusError { path: path.to_path_buf(), line, column, kind })
    };
    let mut bytes = Vec::new();
    let read = Read::take(reader, LONGEST_LINE as u64 + 2).read_until(b'\n', &mut bytes);
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
    Ok(Some(Tokenized { path: Arc::clone(path), line, words, offsets, text: text.to_owned(), is_of_lines: false }))
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
