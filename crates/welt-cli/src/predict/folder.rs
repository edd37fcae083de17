//! Many files of documents into one folder: an output a file, those that are whole passed over, and a manifest of all.
//! Files and settings go in; outputs, a report of each and the manifest come out. Who else is at work on the same folder, on this machine or
//! another, is told apart by the locks of its files.
//!
//! ```text
//! NAME.jsonl               an output, whole; NAME.jsonl.partial until then
//! reports/NAME.jsonl.json  what was read and found, with the SHA-256 of the output
//! manifest.tsv             a row a whole output
//! SHA256SUMS               for `sha256sum -c`
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use welt_data::formats::Format;
use welt_files::{FilesError, Lock, is_one_path, make_folders, resolved, write_whole};
use welt_tagger::Tagger;

use super::documents::{self, Tagging, Target};
use super::left::{self, Heading};
use super::report::Report;
use super::{Input, PredictArguments};
use crate::convert;
use crate::destination;
use crate::interrupt::is_interrupted;

/// One part of the files, of several that are tagged apart from each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shard {
    /// Which, from 1.
    index: usize,
    /// Of how many.
    of: usize,
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parsed = text.split_once('/').and_then(|(index, of)| Some((index.parse().ok()?, of.parse().ok()?)));
        match parsed {
            Some((index, of)) if (1..=of).contains(&index) => Ok(Self { index, of }),
            _ => Err(format!("{} is no part of a whole, expected one such as 3/16", text.escape_debug())),
        }
    }
}

impl Shard {
    /// Whether it holds the file at an index.
    const fn holds(self, index: usize) -> bool {
        index % self.of == self.index - 1
    }
}

/// A file and what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// What is read.
    pub input: PathBuf,
    /// What is written.
    pub output: PathBuf,
    /// Where its account goes.
    report: PathBuf,
    /// What it is written as.
    target: Target,
}

/// How far the files of a folder are.
pub struct Collected {
    /// Files whose outputs are whole.
    pub whole: usize,
    /// All files.
    pub all: usize,
    /// Of those that this process was to tag, how many are not whole.
    pub missing: usize,
    documents: usize,
    entities: usize,
}

/// The outputs of files in a folder.
///
/// # Errors
/// A file whose format cannot be told or is not one of documents, two with one output, or an output that is an input.
pub fn files(arguments: &PredictArguments, folder: &Path) -> Result<Vec<File>> {
    let mut files = Vec::with_capacity(arguments.files.len());
    let mut inputs: BTreeMap<PathBuf, &Path> = BTreeMap::new();
    let read: BTreeSet<PathBuf> = arguments.files.iter().map(|input| resolved(input)).collect();
    for input in &arguments.files {
        let target = target(arguments, input)?;
        let output = folder.join(name_of_output(input, target)?);
        if let Some(other) = inputs.insert(output.clone(), input) {
            bail!(
                "{} and {} would both become {}: tag them into two folders",
                other.display(),
                input.display(),
                output.display()
            );
        }
        if read.contains(&resolved(&output)) {
            bail!(
                "{} would become {}, which is read: name another folder with --output",
                input.display(),
                output.display()
            );
        }
        let name = output.file_name().unwrap_or_default().to_string_lossy();
        let report = folder.join(REPORTS).join(format!("{name}.json"));
        files.push(File { input: input.clone(), output, report, target });
    }
    Ok(files)
}

/// The folder of reports.
const REPORTS: &str = "reports";

/// What a file becomes.
fn target(arguments: &PredictArguments, input: &Path) -> Result<Target> {
    let target = match (arguments.to, arguments.from) {
        (Some(to), _) => to,
        (None, Some(Input::Documents(format))) => Target::of(format),
        (None, _) if fs::metadata(input).is_ok_and(|metadata| convert::is_read_once(&metadata)) => bail!(
            "{}: can be read only once, and what it holds is told by a look at it: say so with --from",
            input.display()
        ),
        (None, _) => match Input::told(input)?.0 {
            Input::Documents(format) => Target::of(format),
            _ => bail!("{}: holds sentences, and a folder takes documents: name a file with --output", input.display()),
        },
    };
    if let Target::Documents(format) = target
        && format.is_written_as_folder()
    {
        bail!("{format} is a folder of files for each of the files: name another format with --to");
    }
    Ok(target)
}

impl Target {
    /// The format that was read, where it can be written, and else entities.
    pub const fn of(read: Format) -> Self {
        if read.can_be_written() { Self::Documents(read) } else { Self::Entities }
    }

    /// How files of it end.
    const fn ending(self) -> &'static str {
        match self {
            Self::Documents(Format::PubTator) => "pubtator",
            Self::Documents(Format::BiocXml) => "xml",
            Self::Documents(Format::BiocJson | Format::PubAnnotation) => "json",
            _ => "jsonl",
        }
    }
}

fn name_of_output(input: &Path, target: Target) -> Result<String> {
    let name = input.file_name().and_then(OsStr::to_str);
    let name = name.filter(|_| input.as_os_str() != "-").with_context(|| {
        format!("{}: expected a file whose name can be that of its output: name a file with --output", input.display())
    })?;
    let name = name.strip_suffix(".gz").unwrap_or(name);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    Ok(format!("{stem}.{}", target.ending()))
}

impl File {
    /// What was written down of its output, where that is whole.
    pub fn whole(&self) -> Option<Report> {
        let length = fs::metadata(&self.output).ok()?.len();
        let report: Report = serde_json::from_slice(&fs::read(&self.report).ok()?).ok()?;
        (report.bytes == Some(length)).then_some(report)
    }

    /// The settings that it is made with, of those of all files; `model` is what the model is called where what is written says so.
    pub fn heading(&self, all: &Heading, model: &str) -> Heading {
        let model = (self.target == Target::Entities).then(|| model.to_owned());
        Heading { to: self.target.name().to_owned(), model, ..all.clone() }
    }

    /// Makes sure that what is whole of it was made of its input.
    fn refuse_other_input(&self, report: &Report) -> Result<()> {
        let (input, output) = (self.input.display().to_string(), self.output.display());
        let advice = "name another folder with --output, or remove the file";
        if let [read] = report.inputs.as_slice()
            && *read != input
            && !is_one_path(Path::new(read), &self.input)
        {
            bail!("{output} was made of {read} and not of {input}: {advice}");
        }
        let length = fs::metadata(&self.input).ok().filter(fs::Metadata::is_file).map(|file| file.len());
        if let (Some(then), Some(now)) = (report.input_bytes, length)
            && then != now
        {
            bail!("{output} was made of {input} when that had {then} bytes, and it has {now}: {advice}");
        }
        Ok(())
    }
}

/// Makes sure that of some files what is whole was made of the same inputs and with the same settings; `heading` gives these.
///
/// # Errors
/// An output that was not.
pub fn refuse_others<'f>(
    files: impl IntoIterator<Item = &'f File>,
    heading: impl Fn(&File, &Report) -> Heading,
) -> Result<()> {
    for (file, report) in files.into_iter().filter_map(|file| Some((file, file.whole()?))) {
        file.refuse_other_input(&report)?;
        refuse_other_settings(file, &report, &heading(file, &report))?;
    }
    Ok(())
}

/// Tags the files that are not whole, those of the shard where one is named, and writes the manifest.
///
/// # Errors
/// A folder that cannot be written, an output that was made with other settings, Ctrl-C. What is wrong with a file is said, and the
/// others are tagged.
pub fn run(loaded: (&Tagger, &Path), arguments: &PredictArguments, folder: &Path) -> Result<Collected> {
    let files = files(arguments, folder)?;
    let missing = tag_missing(loaded, (arguments, &files), folder)?;
    Ok(Collected { missing, ..collect(&files, folder)? })
}

/// The same without the manifest; how many are not whole then.
///
/// # Errors
/// As for [`run`].
pub fn tag_missing(
    (tagger, model): (&Tagger, &Path),
    (arguments, files): (&PredictArguments, &[File]),
    folder: &Path,
) -> Result<usize> {
    let mine = |(index, _): &(usize, &File)| arguments.spread.shard.is_none_or(|shard| shard.holds(*index));
    let mine: Vec<&File> = files.iter().enumerate().filter(mine).map(|(_, file)| file).collect();
    let shown = arguments.tagger.model_name();
    let all = arguments.heading((tagger.device(), tagger.decoding()), model)?;
    refuse_others(mine.iter().copied(), |file, _| file.heading(&all, &shown))?;
    make_folders(&folder.join(REPORTS))?;
    destination::fills(folder);
    for file in &mine {
        if file.whole().is_some() {
            tracing::info!("{} is whole", file.output.display());
            continue;
        }
        match tag(tagger, file, (arguments, &file.heading(&all, &shown), &shown)) {
            Ok(report) => report.say(),
            Err(error) if is_interrupted() => return Err(error),
            Err(error) if is_busy(&error) => tracing::info!("{error}"),
            Err(error) => crate::log::error(&crate::message(&error)),
        }
    }
    Ok(mine.iter().filter(|file| file.whole().is_none()).count())
}

fn tag(
    tagger: &Tagger,
    file: &File,
    (arguments, heading, model): (&PredictArguments, &Heading, &str),
) -> Result<Report> {
    let format = match arguments.from {
        Some(Input::Documents(format)) => Some(format),
        _ => None,
    };
    let input = convert::Input::new(&file.input, format, None)?;
    tracing::info!("{} becomes {}", file.input.display(), file.output.display());
    let tagging = Tagging {
        target: file.target,
        existing: arguments.existing(),
        output: &file.output,
        model,
        resume: true,
        heading,
        trace: None,
        report: Some(&file.report),
    };
    documents::run(tagger, vec![input], &tagging)
}

fn refuse_other_settings(file: &File, report: &Report, heading: &Heading) -> Result<()> {
    let differences = left::differences(&left::text(&report.settings)?, &left::text(heading)?);
    if differences.is_empty() {
        return Ok(());
    }
    bail!(
        "{} was made with another {}: name another folder with --output, or remove the file",
        file.output.display(),
        differences.join(", ")
    )
}

fn is_busy(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| matches!(cause.downcast_ref::<FilesError>(), Some(FilesError::Busy { .. })))
}

/// Writes the manifest of the outputs that are whole.
///
/// # Errors
/// A folder that cannot be written.
pub fn collect(files: &[File], folder: &Path) -> Result<Collected> {
    let _held = Lock::take(&folder.join(REPORTS).join(".lock"))?;
    let mut manifest =
        "output\tbytes\tsha256\tinput\tdocuments\tsentences\twords\tunseen_words\twindows\tentities\tseconds\n"
            .to_owned();
    let mut sums = String::new();
    let mut collected = Collected { whole: 0, all: files.len(), missing: 0, documents: 0, entities: 0 };
    for (file, report) in files.iter().filter_map(|file| Some((file, file.whole()?))) {
        let name = file.output.file_name().unwrap_or_default().to_string_lossy();
        let input = file.input.display().to_string().replace(['\t', '\n'], " ");
        let (counts, sha256) = (report.counts, report.sha256.unwrap_or_default());
        let bytes = report.bytes.unwrap_or_default();
        let _ = writeln!(
            manifest,
            "{name}\t{bytes}\t{sha256}\t{input}\t{}\t{}\t{}\t{}\t{}\t{}\t{:.1}",
            counts.documents,
            counts.sentences,
            counts.words,
            counts.unseen_words,
            counts.windows,
            counts.entities,
            report.seconds
        );
        let _ = writeln!(sums, "{sha256}  {name}");
        collected.whole += 1;
        collected.documents += counts.documents;
        collected.entities += counts.entities;
    }
    collected.missing = collected.all - collected.whole;
    write_whole(&folder.join("manifest.tsv"), &manifest)?;
    write_whole(&folder.join("SHA256SUMS"), &sums)?;
    Ok(collected)
}

impl Collected {
    /// Says how far all files are.
    pub fn say(&self, folder: &Path) {
        let Self { whole, all, documents, entities, .. } = self;
        let manifest = folder.join("manifest.tsv");
        tracing::info!(
            "{whole} of {all} files are whole: {documents} documents, {entities} entities; {}",
            manifest.display()
        );
    }
}
