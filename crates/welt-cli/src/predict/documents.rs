//! Documents through a tagger: corpora in any format in, the same documents with entities out, in their order and in bounded memory.

use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;
use std::vec;

use anyhow::{Context, Result, bail};
use serde::Serialize;
use welt_data::formats::Format;
use welt_data::ledger::Ledger;
use welt_data::{Document, Mention};
use welt_tagger::{Counts, Entity, Flow, Tagged, Tagger, tag_stream};

use crate::convert::{Input, Output, Source, TagReading, parse};
use crate::destination::Destination;
use crate::interrupt::is_interrupted;

/// What documents become.
#[derive(Clone, Copy, PartialEq, Eq)]
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
struct Documents {
    source: Source,
    parsed: vec::IntoIter<(Document, Ledger)>,
}

impl Iterator for Documents {
    type Item = Result<Document>;

    fn next(&mut self) -> Option<Result<Document>> {
        if let Some((document, skipped)) = self.parsed.next() {
            self.source.skipped.merge(skipped);
            return Some(Ok(document));
        }
        match self.source.next_batch().and_then(|batch| parse(batch, 1)) {
            Ok(batch) => self.parsed = batch.into_iter(),
            Err(error) => return Some(Err(error)),
        }
        let (document, skipped) = self.parsed.next()?;
        self.source.skipped.merge(skipped);
        Some(Ok(document))
    }
}

/// Tags corpora, one after the other.
///
/// # Errors
/// What cannot be read or written; a format that cannot hold a document; Ctrl-C, after which nothing has its name.
pub fn run(tagger: &Tagger, inputs: Vec<Input>, tagging: &Tagging<'_>) -> Result<Counts> {
    let source = Source::new(inputs, TagReading::LENIENT, 1);
    let mut documents = Documents { source, parsed: Vec::new().into_iter() };
    let mut out = Target::open(tagging)?;
    let write = |document: Document, tagged: Tagged| out.write(document, &tagged, tagging);
    let done = |_| if is_interrupted() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
    let counts = tag_stream(tagger, &mut documents, write, Flow::default(), &done)?;
    let skipped = &documents.source.skipped;
    if !skipped.is_lossless() {
        tracing::warn!("of what was read is not kept: {}", skipped.summary());
    }
    out.finish()?;
    Ok(counts)
}

/// What takes tagged documents.
enum Opened {
    Documents(Output),
    Entities(Destination),
}

impl Target {
    fn open(tagging: &Tagging<'_>) -> Result<Opened> {
        let output = tagging.output;
        match tagging.target {
            Self::Entities => Ok(Opened::Entities(Destination::file(output, "--output")?)),
            Self::Documents(format) if !format.is_written_as_folder() => {
                Ok(Opened::Documents(Output::documents(Destination::file(output, "--output")?, format, 1)?))
            }
            Self::Documents(format) if output.as_os_str() == "-" => {
                bail!("{format} is a folder of files: name it with --output, or write another format with --to")
            }
            Self::Documents(format) => Ok(Opened::Documents(Output::folder(output, format, 1)?)),
        }
    }
}

impl Opened {
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
            Self::Documents(out) => {
                if tagging.existing == Existing::Replaced {
                    document.mentions.clear();
                }
                document.mentions.extend(tagged.entities.iter().map(Mention::from));
                out.write(&[], std::slice::from_ref(&document))
            }
        }
    }

    /// Gives the output its name.
    fn finish(self) -> Result<()> {
        match self {
            Self::Entities(mut out) => {
                out.writer.flush().with_context(|| out.name.clone())?;
                out.finish()
            }
            Self::Documents(out) => {
                if let Some(unwritten) = out.unwritten().filter(|ledger| !ledger.is_lossless()) {
                    tracing::warn!("{} does not hold: {}", out.name(), unwritten.summary());
                }
                out.complete()?.finish()
            }
        }
    }
}
