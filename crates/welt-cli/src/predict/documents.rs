//! Documents through a tagger: corpora in any format in, the same documents with entities out, in their order and in bounded memory.
//! What is whole of an output is written down group by group, so that a run that ends early can be gone on with.

use std::io::Write;
use std::path::Path;
use std::vec;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use welt_data::formats::Format;
use welt_data::ledger::Ledger;
use welt_data::{Document, Mention};
use welt_files::Hasher;
use welt_tagger::{Entity, Tagged, Tagger, tag_groups};

use super::left::{self, Heading, Run, State};
use super::report::{self, Report};
use super::watching::Watching;
use crate::convert::{Input, Output, Source, TagReading, parse};
use crate::destination::Destination;

/// What documents become.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Target {
    /// Documents of a format.
    Documents(Format),
    /// One JSON object an entity and line.
    Entities,
}

/// What becomes of the annotations that a document has already.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// They stay, before what is found.
    Kept,
    /// They are taken out.
    Replaced,
}

/// Where a run of documents ends up.
pub struct Tagging<'a> {
    /// What is written.
    pub target: Target,
    /// What becomes of what is annotated already.
    pub existing: Existing,
    /// The file or folder to write; `-` is standard output.
    pub output: &'a Path,
    /// How the model is called in what is written.
    pub model: &'a str,
    /// Whether to go on with what an earlier run left.
    pub resume: bool,
    /// What moves the bytes of the output.
    pub heading: &'a Heading,
    /// Where to write when each stage was at work.
    pub trace: Option<&'a Path>,
    /// Where to write what was read and found.
    pub report: Option<&'a Path>,
}

impl Target {
    /// Its name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Entities => "entities",
            Self::Documents(format) => format.name(),
        }
    }
}

impl Existing {
    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Replaced => "replaced",
        }
    }
}

/// An entity as a line of its own, flat, so that tables can be made of it.
#[derive(Serialize)]
struct Line<'a> {
    document: &'a str,
    passage: &'a str,
    #[serde(flatten)]
    entity: &'a Entity,
    model: &'a str,
}

/// Documents one by one, parsed batch by batch on all processors.
struct Documents<'w> {
    source: Source,
    parsed: vec::IntoIter<(Document, Ledger)>,
    read: usize,
    watching: &'w Watching,
}

impl Iterator for Documents<'_> {
    type Item = Result<Document>;

    fn next(&mut self) -> Option<Result<Document>> {
        if let Some(document) = self.parsed_before() {
            return Some(Ok(document));
        }
        match self.source.next_batch().and_then(|batch| parse(batch, 1)) {
            Ok(batch) => self.parsed = batch.into_iter(),
            Err(error) => return Some(Err(error)),
        }
        self.read += self.parsed.len();
        self.watching.has_read(self.read);
        self.parsed_before().map(Ok)
    }
}

impl Documents<'_> {
    fn parsed_before(&mut self) -> Option<Document> {
        let (document, skipped) = self.parsed.next()?;
        self.source.skipped.merge(skipped);
        Some(document)
    }

    /// Reads what an earlier run has tagged, and makes sure that it is the same.
    fn pass_over(&mut self, state: &State, output: &Path) -> Result<Hasher> {
        let (mut read, mut found) = (0, Hasher::new());
        while read < state.done {
            let Some(document) = self.next().transpose()? else { break };
            add(&mut found, &document)?;
            read += 1;
        }
        left::refuse_other_input(state, (read, &found), output)?;
        self.watching.skips(read);
        Ok(found)
    }
}

/// Adds all that a document says to a digest.
fn add(hasher: &mut Hasher, document: &Document) -> Result<()> {
    hasher.add_text(&serde_json::to_string(document).context("a document as text")?);
    Ok(())
}

/// Tags corpora, one after the other.
///
/// # Errors
/// What cannot be read or written; a format that cannot hold a document; Ctrl-C, after which a file has not got its name.
pub fn run(tagger: &Tagger, inputs: Vec<Input>, tagging: &Tagging<'_>) -> Result<Report> {
    let watching = Watching::new(inputs.iter().map(Input::extent).collect(), "documents", tagging.trace.is_some());
    let paths = inputs.iter().map(|input| input.path.display().to_string()).collect();
    let source = Source::silent(inputs, TagReading::LENIENT, 1);
    let mut documents = Documents { source, parsed: Vec::new().into_iter(), read: 0, watching: &watching };
    let (mut out, state) = Target::open(tagging)?;
    let read = match &state {
        None => Hasher::new(),
        Some(state) => documents.pass_over(state, tagging.output)?,
    };
    let mut run = Run::new(state, read);
    let write = |group: Vec<(Document, Tagged)>| write(&mut run, group, (&mut out, tagging), &watching);
    tag_groups(tagger, &mut documents, write, tagger.flow(), &watching)?;
    watching.end();
    run.note(watching.seconds());
    let mut state = run.state;
    state.unwritten = out.unwritten(state.unwritten.take());
    let skipped = &documents.source.skipped;
    if !skipped.is_lossless() {
        tracing::warn!("of what was read is not kept: {}", skipped.summary());
    }
    if let Some(unwritten) = state.unwritten.as_ref().filter(|ledger| !ledger.is_lossless()) {
        tracing::warn!("{} does not hold: {}", tagging.output.display(), unwritten.summary());
    }
    let mut report = Report::new(&state, tagging.heading, (tagger, &watching), paths);
    report.not_kept = report::losses([Some(skipped), state.unwritten.as_ref()]);
    out.finish(&mut report, tagging)?;
    if let Some(trace) = tagging.trace {
        watching.write_trace_to(trace)?;
    }
    Ok(report)
}

/// Writes a group, and writes down that it is whole.
fn write(
    run: &mut Run,
    group: Vec<(Document, Tagged)>,
    (out, tagging): (&mut Opened, &Tagging<'_>),
    watching: &Watching,
) -> Result<()> {
    for (document, tagged) in group {
        add(&mut run.read, &document)?;
        let state = &mut run.state;
        state.done += 1;
        state.counts += tagged.counts;
        for entity in &tagged.entities {
            match state.types.get_mut(&entity.entity_type) {
                Some(count) => *count += 1,
                None => drop(state.types.insert(entity.entity_type.clone(), 1)),
            }
        }
        out.write(document, &tagged, tagging)?;
    }
    run.note(watching.seconds());
    out.commit(&mut run.state)?;
    watching.has_written(run.state.done);
    Ok(())
}

/// What takes tagged documents.
enum Opened {
    /// A file or folder of documents, and what it could not hold of those that an earlier run wrote.
    Documents(Output, Option<Ledger>),
    Entities(Destination),
}

impl Target {
    fn open(tagging: &Tagging<'_>) -> Result<(Opened, Option<State>)> {
        let output = tagging.output;
        let format = match tagging.target {
            Self::Entities => {
                let (out, state) = left::open(output, tagging.heading, tagging.resume)?;
                return Ok((Opened::Entities(out), state));
            }
            Self::Documents(format) => format,
        };
        if !format.is_written_as_folder() {
            let (out, state) = left::open(output, tagging.heading, tagging.resume)?;
            return Opened::going_on(Output::documents(out, format, 1)?, state);
        }
        if output.as_os_str() == "-" {
            bail!("{format} is a folder of files: name it with --output, or write another format with --to")
        }
        let (folder, state) = left::open_folder(output, tagging.heading, tagging.resume)?;
        Opened::going_on(Output::growing_folder(folder, format, 1)?, state)
    }
}

impl Opened {
    /// An output of documents, brought to where an earlier run was, if there was one.
    fn going_on(mut out: Output, mut state: Option<State>) -> Result<(Self, Option<State>)> {
        let mut before = None;
        if let Some(state) = &mut state {
            out.go_on()?;
            before = state.unwritten.take();
        }
        Ok((Self::Documents(out, before), state))
    }

    fn write(&mut self, mut document: Document, tagged: &Tagged, tagging: &Tagging<'_>) -> Result<()> {
        match self {
            Self::Entities(out) => {
                for entity in &tagged.entities {
                    let passage = document.passages.iter().find(|passage| passage.range().contains(&entity.start));
                    let passage = passage.map_or("", |passage| passage.kind.as_str());
                    let line = Line { document: &document.id, passage, entity, model: tagging.model };
                    serde_json::to_writer(&mut out.writer, &line).context(out.name.clone())?;
                    out.writer.write_all(b"\n").with_context(|| out.name.clone())?;
                }
                Ok(())
            }
            Self::Documents(out, _) => {
                if tagging.existing == Existing::Replaced {
                    document.mentions.clear();
                }
                document.mentions.extend(tagged.entities.iter().map(Mention::from));
                out.write(&[], std::slice::from_ref(&document))
            }
        }
    }

    /// Writes down that all so far is whole.
    fn commit(&mut self, state: &mut State) -> Result<()> {
        if let Self::Documents(out, before) = self {
            state.unwritten = merged(before.clone(), out);
        }
        let done = format!("{} documents", state.done);
        let text = serde_json::to_string(state).context("writing down how far the run is")?;
        match self {
            Self::Entities(out) => out.commit(&text, &done),
            Self::Documents(out, _) => out.commit(&text, &done),
        }
    }

    /// What the format could not hold, in all runs; `otherwise` where nothing was written in this one.
    fn unwritten(&self, otherwise: Option<Ledger>) -> Option<Ledger> {
        match self {
            Self::Entities(_) => otherwise,
            Self::Documents(out, before) => merged(before.clone(), out),
        }
    }

    /// Writes the report, and gives the output its name.
    fn finish(self, report: &mut Report, tagging: &Tagging<'_>) -> Result<()> {
        let complete = match self {
            Self::Entities(out) => Output::Text(out).complete()?,
            Self::Documents(out, _) => out.complete()?,
        };
        report.set_output(tagging.output, complete.extent());
        if let Some(path) = tagging.report {
            report.write(path)?;
        }
        complete.finish()
    }
}

fn merged(before: Option<Ledger>, out: &Output) -> Option<Ledger> {
    let Some(now) = out.unwritten() else { return before };
    let mut all = before.unwrap_or_else(|| Ledger::listing(1));
    all.merge(now.clone());
    Some(all)
}
