//! `welt convert`: corpora from one format or tagging scheme into another, with an account of every loss.

mod account;
mod batch;
mod choices;
mod input;
mod output;
mod tagged;

use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow, bail};
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use welt_data::alignment::Types;
use welt_data::formats::Format;
use welt_data::ledger::Ledger;
use welt_data::{DataError, Document};
use welt_tags::{Chunking, Scheme};

use crate::allow::{self, Permission, advised};
use crate::corpus::ColumnFlag;
use crate::destination::Destination;
use crate::tag_names::TagNamesFlag;

pub use account::Account;
pub use batch::parse;
use batch::{Piece, TaggedLines, Tagging, Target};
use choices::RuleFlags;
pub use choices::usage;
pub use input::{BytesRead, Input, Source, TagReading, Work, is_read_once, refuse_pipe, refuse_standard_input_twice};
use output::Complete;
pub use output::Output;
use tagged::{Retagged, Retagging};
pub use tagged::{noted, placed};

const EXAMPLES: &str = "\
Examples:
  welt convert train.PubTator --output train.jsonl
  welt convert CDR_TrainingSet.PubTator.txt --types Disease --allow all --output train.tsv
  welt convert corpus.xml --to brat --output folder --ledger losses.json --allow all
  welt convert train.tsv --scheme IOBES --output train-iobes.tsv
  zcat abstracts.pubtator.gz | welt convert - --to json-lines --output - | head -1

What is lost:
  Each loss and change has a name, such as nested, widened or unread-relation. One that --allow
  does not name is an error, and no file is written but that of --ledger; on standard output
  stands what came before it. Mentions of types that --types leaves out and sentences that a
  mention made one are counted and no error. Tags that break their scheme change where they
  become other tags (unread-mended-tag), and are lost where --from-scheme names the scheme that
  they break (unread-tag). CoNLL holds words and tags: identifiers, ids of annotations, relations,
  notes and whatever else is said of mentions are counted and no error, as is that a mention grew
  to whole words, and the bounds of passages go without a count.";

/// Convert corpora between formats and tagging schemes, with an account of every loss.
///
/// Documents become documents of another format, or sentences of words and tags in CoNLL; tagged files become documents, or get other tags and keep their words.
/// Documents are converted as they come, in bounded memory, and tagged files sentence by sentence; --sort holds everything.
/// Tags are read as evaluate counts them, whatever scheme they are in and also where they break it, unless --from-scheme names one.
/// Tagged files are read twice, since only the whole of one tells its column of tags and its scheme:
/// what of them comes from standard input goes to a temporary file where it is longer than 16 MiB.
/// Several corpora become one, in the order in which they are named.
#[derive(Args)]
#[command(after_help = EXAMPLES, after_long_help = allow::help_with_names(EXAMPLES))]
pub struct ConvertArguments {
    /// Files, or folders where the format is one of several files; - reads standard input
    #[arg(required = true, value_name = "IN")]
    inputs: Vec<PathBuf>,
    /// The file or new folder to write; - is standard output
    #[arg(long, short, value_name = "OUT")]
    output: PathBuf,
    /// The format of what is read [default: told from the name or the content of each]
    #[arg(long, value_name = "FORMAT", value_parser = format(|_| true))]
    from: Option<Format>,
    /// The format of what is written; brat and plain-text are folders [default: told from the ending of OUT]
    #[arg(long, value_name = "FORMAT", value_parser = format(is_written))]
    to: Option<Format>,
    /// Write the documents in the order of their ids as text, for which all are held in memory
    #[arg(long)]
    sort: bool,
    /// The tagging scheme of CoNLL: IOB1, IOB2, IOE1, IOE2, IOBES or BILOU [default: IOB2]
    #[arg(long)]
    scheme: Option<Scheme>,
    /// The scheme of the tags of tagged files: what its rules forbid is lost as unread-tag [default: any, and every tag belongs to an entity]
    #[arg(long, value_name = "SCHEME")]
    from_scheme: Option<Scheme>,
    #[command(flatten)]
    column: ColumnFlag,
    #[command(flatten)]
    tag_names: TagNamesFlag,
    /// Write no line -DOCSTART- before the documents in CoNLL, which then are not told apart; those of tagged files are always kept
    #[arg(long)]
    no_document_lines: bool,
    /// Begin tagged files with such a line too where they have none
    #[arg(long, conflicts_with = "no_document_lines")]
    document_lines: bool,
    #[command(flatten)]
    rules: RuleFlags,
    /// Losses and changes that may be: their names, or all
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = Permission::parse)]
    allow: Vec<Permission>,
    /// Write the account of all stages and losses here as JSON, also where losses are refused; - is standard output.
    /// Every loss is listed in it with its mention and place, and held in memory until then
    #[arg(long, value_name = "FILE", verbatim_doc_comment)]
    ledger: Option<PathBuf>,
    /// Losses that are listed one by one under each name on the terminal
    #[arg(long, value_name = "N", default_value_t = 3)]
    list: usize,
}

/// Runs the command.
///
/// # Errors
/// A corpus that cannot be read, a loss that is not allowed, or an output that cannot be written.
pub fn run(arguments: &ConvertArguments) -> Result<()> {
    let to = arguments.target_format()?;
    arguments.refuse_one_place_for_two()?;
    refuse_standard_input_twice(&arguments.inputs)?;
    let inputs: Vec<Input> = arguments.inputs.iter().map(|path| arguments.input(path)).collect::<Result<_>>()?;
    let read: Vec<(PathBuf, Format)> = inputs.iter().map(|input| (input.path.clone(), input.format)).collect();
    for (path, format) in &read {
        tracing::debug!("{}: read as {format}", path.display());
    }
    let retagging = to == Format::Conll && inputs.iter().all(|input| input.format == Format::Conll);
    arguments.refuse_idle_flags(to, retagging, inputs.iter().any(|input| input.format == Format::Conll))?;
    let ledger_file = arguments.open_ledger()?;
    // What is left out of a list cannot be told later.
    let listed = if ledger_file.is_some() { usize::MAX } else { arguments.list };
    let allowed = match to.holds_words_and_tags() {
        true => allow::in_words_and_tags(&arguments.allow),
        false => allow::in_documents(&arguments.allow),
    };
    let account = Account::new(allowed, listed);
    let conversion =
        Conversion { account, output: arguments.open_output(to, listed)?, has_begun: false, is_refused: false };
    let Ended { mut ledger, outcome } = match retagging {
        true => conversion.retag(inputs, arguments.retagging()?, listed)?,
        false => {
            let source = Source::new(inputs, arguments.tag_reading(), listed);
            let source = if arguments.sort { sorted(source, listed)? } else { source };
            conversion.convert(source, &arguments.documents_target(to)?, listed)?
        }
    };
    match ledger_file {
        None => outcome?.finish()?,
        Some(mut file) => {
            let inputs: Vec<(&Path, Format)> = read.iter().map(|(path, format)| (path.as_path(), *format)).collect();
            account::write(&mut file, &ledger, &inputs, outcome.is_ok())?;
            let name = file.name.clone();
            match outcome {
                Ok(complete) => complete.finish().and_then(|()| file.finish())?,
                Err(refusal) => {
                    file.finish()?;
                    return Err(anyhow!("{refusal}; {name} holds the whole account"));
                }
            }
        }
    }
    ledger.shorten(arguments.list);
    account::show(&ledger);
    Ok(())
}

impl ConvertArguments {
    fn input(&self, path: &Path) -> Result<Input> {
        Ok(Input::new(path, self.from, None)?.with_tag_names(self.tag_names.given()))
    }

    fn target_format(&self) -> Result<Format> {
        if let Some(format) = self.to {
            return Ok(format);
        }
        let name = self.output.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
        match name.rsplit_once('.').map_or("", |(_, ending)| ending) {
            "pubtator" => Ok(Format::PubTator),
            "txt" if name.ends_with(".pubtator.txt") => Ok(Format::PubTator),
            "xml" => Ok(Format::BiocXml),
            "json" => Ok(Format::BiocJson),
            "jsonl" | "ndjson" => Ok(Format::JsonLines),
            "tsv" | "conll" | "iob" | "iob2" | "bio" => Ok(Format::Conll),
            _ => bail!(
                "{}: the format to write cannot be told from its ending; name it with --to: {}",
                self.output.display(),
                names(is_written).collect::<Vec<_>>().join(", ")
            ),
        }
    }

    /// Flags that would mean nothing are mistakes of whoever wrote them.
    fn refuse_idle_flags(&self, to: Format, retagging: bool, reads_tags: bool) -> Result<()> {
        let about_tags = self.rules.first_about_tags();
        let (flags, reason) = if retagging {
            let sort = self.sort.then_some("--sort");
            (sort.or(about_tags), "has no meaning where CoNLL stays CoNLL, which keeps its words and their order")
        } else if self.from_scheme.is_some() && !reads_tags {
            (Some("--from-scheme"), "has a meaning only where CoNLL is read")
        } else if self.column.first_given().is_some() && !reads_tags {
            (self.column.first_given(), "has a meaning only where CoNLL is read")
        } else if to != Format::Conll && (self.document_lines || self.no_document_lines) {
            let flag = if self.document_lines { "--document-lines" } else { "--no-document-lines" };
            (Some(flag), "has a meaning only where CoNLL is written")
        } else if !to.holds_words_and_tags() {
            let written = self.scheme.map(|_| "--scheme");
            (written.or(about_tags), "has a meaning only where words and tags are written (conll, hugging-face)")
        } else {
            (None, "")
        };
        flags.map_or(Ok(()), |flag| Err(usage(&format!("{flag} {reason}: leave it out"))))
    }

    /// The later of two that get one name would replace the other, and an account a corpus.
    fn refuse_one_place_for_two(&self) -> Result<()> {
        let Some(ledger) = &self.ledger else { return Ok(()) };
        if ledger.as_os_str() != "-" && self.inputs.iter().any(|input| welt_files::is_one_path(ledger, input)) {
            return Err(usage(&format!("--ledger is {}, which is read: name another path", ledger.display())));
        }
        if welt_files::is_one_path(ledger, &self.output) {
            return Err(usage(&format!("--ledger and --output are both {}: name two paths", ledger.display())));
        }
        Ok(())
    }

    fn open_ledger(&self) -> Result<Option<Destination>> {
        match self.ledger.as_deref() {
            None => Ok(None),
            Some(path) => Destination::file(path, "--ledger").map(Some),
        }
    }

    fn open_output(&self, to: Format, listed: usize) -> Result<Output> {
        if to.is_written_as_folder() && self.output.as_os_str() != "-" {
            return Output::folder(&self.output, to, listed);
        }
        if to.is_written_as_folder() {
            return Err(DataError::FormatOfSeveralFiles { format: to }.into());
        }
        let destination = Destination::file(&self.output, "--output")?;
        match to {
            _ if to.holds_words_and_tags() || to.is_written_in_pieces() => Ok(Output::Text(destination)),
            _ => Output::documents(destination, to, listed),
        }
    }

    /// How tagged files are read.
    fn tag_reading(&self) -> TagReading {
        TagReading { columns: self.column.columns(), chunking: self.chunking() }
    }

    /// How the tags of tagged files are read, whatever becomes of them.
    fn chunking(&self) -> Chunking {
        self.from_scheme.map_or(Chunking::Lenient, Chunking::Strict)
    }

    fn retagging(&self) -> Result<Retagging> {
        Ok(Retagging {
            columns: self.column.columns(),
            reader: self.chunking(),
            scheme: self.scheme.unwrap_or(Scheme::Iob2),
            types: self.rules.rules()?.types,
            document_lines: self.document_lines,
        })
    }

    fn documents_target(&self, to: Format) -> Result<Target> {
        let rules = self.rules.rules()?;
        if !to.holds_words_and_tags() {
            return Ok(Target::Documents(to, rules.types));
        }
        let scheme = self.scheme.unwrap_or(Scheme::Iob2);
        let lines = match to {
            Format::HuggingFace => TaggedLines::Json,
            _ => TaggedLines::Words { has_document_lines: !self.no_document_lines },
        };
        Ok(Target::Tagged(Tagging::new(rules, self.rules.breaks, scheme, lines)))
    }
}

/// A conversion that has ended.
struct Ended {
    ledger: Ledger,
    /// What is left to do, or why there is no output.
    outcome: Result<Complete>,
}

/// A conversion that is under way.
struct Conversion {
    account: Account,
    output: Output,
    /// Whether something was written that cannot be taken back.
    has_begun: bool,
    /// Whether something was lost that may not be: the rest is counted and not written.
    is_refused: bool,
}

impl Conversion {
    /// Converts documents, the next batch being read while one is converted.
    fn convert(mut self, mut source: Source, target: &Target, listed: usize) -> Result<Ended> {
        let mut batch = source.next_batch()?;
        while !batch.is_empty() {
            let (pieces, next) = rayon::join(|| batch::convert(batch, target, listed), || source.next_batch());
            let mut written = Vec::new();
            for Piece { text, documents, ledger, types_met } in pieces? {
                self.account.meet(types_met);
                self.account.add(ledger);
                written.push((text, documents));
            }
            self.refuse_losses();
            for (text, documents) in &written {
                self.write(text, documents)?;
            }
            batch = next?;
        }
        self.account.add(source.skipped);
        self.end(target.types())
    }

    /// Converts tagged files, each looked through before the first is written.
    fn retag(mut self, mut inputs: Vec<Input>, mut retagging: Retagging, listed: usize) -> Result<Ended> {
        // Without a line of its own a file would go on in the last document of the one before.
        let surveys = inputs.iter_mut().map(|input| input.survey(retagging.columns)).collect::<Result<Vec<_>>>()?;
        retagging.document_lines |= surveys.len() > 1 && surveys.iter().any(|survey| survey.document_lines > 0);
        for (input, survey) in inputs.into_iter().zip(&surveys) {
            retagging.convert((input, survey), listed, |Retagged { text, ledger, types_met }| {
                self.account.meet(types_met);
                self.account.add(ledger);
                self.refuse_losses();
                self.write(&text, &[])
            })?;
        }
        self.end(&retagging.types)
    }

    fn write(&mut self, text: &[u8], documents: &[Document]) -> Result<()> {
        self.has_begun |= !self.is_refused;
        self.output.write(text, documents)
    }

    fn refuse_losses(&mut self) {
        if !self.is_refused && self.account.is_refused() {
            self.is_refused = true;
            self.output.discard_the_rest();
        }
    }

    /// The whole output, unless something was lost that may not be or a type that was asked for is not there.
    fn end(mut self, types: &Types) -> Result<Ended> {
        if let Some(unwritten) = self.output.unwritten() {
            self.account.add(unwritten.clone());
        }
        let is_begun_stream = match &self.output {
            Output::Text(out) | Output::Documents(out, ..) => out.is_stream() && self.has_begun,
            Output::Folder(..) | Output::Growing(..) => false,
        };
        let Self { account, mut output, .. } = self;
        let types = account.check_types(types);
        let (ledger, losses) = account.close()?;
        let state = match (is_begun_stream, types.is_ok()) {
            (false, _) => "was not written",
            (true, true) => "is not complete",
            (true, false) => "is not what was asked for",
        };
        let outcome = match types.and(losses.map_err(|refused| advised(&refused))) {
            Ok(()) => Ok(output.complete()?),
            Err(refusal) => {
                output.discard_the_rest();
                Err(anyhow!("{} {state}: {refusal}", output.name()))
            }
        };
        Ok(Ended { ledger, outcome })
    }
}

/// All documents, in the order of their ids as text; those of the same id as they came.
fn sorted(mut source: Source, listed: usize) -> Result<Source> {
    let mut documents = Vec::new();
    let mut skipped = Ledger::listing(listed);
    loop {
        let batch = source.next_batch()?;
        if batch.is_empty() {
            skipped.merge(source.skipped);
            documents.sort_by(|one: &Document, next| one.id.cmp(&next.id));
            return Ok(Source::of_documents(documents, skipped));
        }
        for (document, more) in batch::parse(batch, listed)? {
            documents.push(document);
            skipped.merge(more);
        }
    }
}

/// Whether a format is one of those that documents are written in, or holds their words and tags.
fn is_written(format: Format) -> bool {
    format.holds_words_and_tags() || format.can_be_written()
}

/// Takes the name of a format for which a condition holds.
fn format(condition: fn(Format) -> bool) -> impl TypedValueParser<Value = Format> {
    PossibleValuesParser::new(names(condition)).try_map(|name| name.parse::<Format>())
}

fn names(condition: fn(Format) -> bool) -> impl Iterator<Item = &'static str> {
    Format::ALL.into_iter().filter(move |format| condition(*format)).map(Format::name)
}
