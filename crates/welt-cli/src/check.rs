//! `welt check`: what is wrong or suspicious in the splits of a corpus, and an exit code that says so.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use serde_json::Value;
use welt_data::checks::{
    self, Check, CheckOptions, Checked, Checker, Finding, FindingKind, InDocument, SchemeChoice, Severity,
};
use welt_tags::Scheme;

use crate::annotated::ReadFlags;
use crate::convert::refuse_standard_input_twice;
use crate::corpus::short_names;
use crate::destination::OutputFlag;
use crate::parts::Corpus;
use crate::table::{Cell, Kind, Table, TableFormat, csv, markdown, write_tables};

const EXAMPLES: &str = "\
Examples:
  welt check train.tsv dev.tsv test.tsv
  welt check CDR_TrainingSet.PubTator.txt CDR_DevelopmentSet.PubTator.txt
  zcat corpus.xml.gz | welt check - --from bioc-xml
  welt check train.tsv --scheme IOB2 --only foreign-tag,invalid-transition
  welt check train.tsv dev.tsv test.tsv --skip inconsistent-mention --deny warnings
  welt check train.tsv test.tsv --only shared-sentence --limit 1000 --format csv > shared.csv";

/// Look for what is wrong or suspicious in the splits of a corpus
///
/// Each finding is a line `path:line: severity: message (check)`, or `path: document ID, character N: ...` where documents were read: an error where a file does not mean what it says, a warning where
/// something is likely a mistake or makes scores look better than they are, a note where it is worth knowing.
/// The exit code is 1 where there is an error, or a finding that --deny counts, and 0 otherwise.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct CheckArguments {
    /// Files or folders in any format that convert reads, each a split of the corpus: what stands in more than one is told by their order; - reads standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    reading: ReadFlags,
    /// The scheme that the tags of tagged files should follow: IOB1, IOB2, IOE1, IOE2, IOBES or BILOU; the one that fits each file best where not given
    #[arg(long)]
    scheme: Option<Scheme>,
    /// Report the findings of these checks alone
    #[arg(long, value_enum, value_delimiter = ',', value_name = "CHECK")]
    only: Vec<CheckName>,
    /// Do not report the findings of these checks
    #[arg(
        long,
        value_enum,
        value_delimiter = ',',
        value_name = "CHECK",
        hide_possible_values = true,
        conflicts_with = "only"
    )]
    skip: Vec<CheckName>,
    /// The least severe findings that are a failure
    #[arg(long, value_enum, default_value = "errors")]
    deny: Deny,
    /// Sentences of fewer words may be repeated, in a file and between files: headings are
    #[arg(long, value_name = "WORDS", default_value_t = 10)]
    least_words: usize,
    /// Words that are an entity less often may be untagged elsewhere
    #[arg(long, value_name = "MENTIONS", default_value_t = 3)]
    least_mentions: usize,
    /// Entities of more words are suspicious
    #[arg(long, value_name = "WORDS", default_value_t = 20)]
    longest_entity: usize,
    /// List no more than so many findings of one check in one file; all are counted
    #[arg(long, value_name = "N", default_value_t = 10)]
    limit: usize,
    /// How to write them: json and csv have one finding a line
    #[arg(long, value_enum, default_value = "text")]
    format: ListFormat,
    #[command(flatten)]
    output: OutputFlag,
}

/// A check, as it is named on the command line.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum CheckName {
    /// Files without a sentence, sentences with too few or too many tags
    Empty,
    /// What the reader left out or changed: lines, files, relations, mentions that tags cannot hold
    LeftOut,
    /// Columns of words that hold tags or counts
    WordColumn,
    /// Files without an entity
    OnlyOutside,
    /// Prefixes of more than one scheme, in a file or between files
    MixedSchemes,
    /// Tags that the scheme does not have
    ForeignTag,
    /// Tags that may not stand beside each other in the scheme
    InvalidTransition,
    /// Bare tags beside tags with a type
    BareTags,
    /// Types that differ in letter case only
    TypeCase,
    /// Types that occur in one file only
    TypeInOneSplit,
    /// Ids that several documents of a file have
    RepeatedDocument,
    /// Ids that documents of several files have: leakage
    SharedDocument,
    /// Mentions that do not fit the text of their document
    MisplacedMention,
    /// Sentences that stand in a file more than once
    RepeatedSentence,
    /// Sentences that stand in more than one file: leakage
    SharedSentence,
    /// Words that are tagged here and untagged there, or of several types
    InconsistentMention,
    /// Entities of very many words
    LongEntity,
    /// Words with characters that no text has
    OddCharacter,
    /// Words of characters that encoders do not see
    UnseenWord,
}

/// The least severity that is a failure.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Deny {
    Errors,
    Warnings,
    Notes,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ListFormat {
    /// For people: a finding a line, then how many each check has
    Text,
    /// One finding a line, as an object
    Json,
    /// One finding a line, under a line of heads
    Csv,
    /// Two tables: the findings, and how many each check has
    Markdown,
}

/// How many findings there are, the worst first.
#[derive(Clone, Copy, Default)]
struct Counts {
    errors: usize,
    warnings: usize,
    notes: usize,
}

/// Runs the command.
///
/// # Errors
/// A file that cannot be read as a corpus, or findings that count as a failure, which are written all the same.
pub fn run(arguments: &CheckArguments) -> Result<()> {
    arguments.output.refuse_inputs(&arguments.files)?;
    let Checked { mut findings, counts } = arguments.checked()?;
    findings.retain(|finding| arguments.reports(finding.kind.check()));
    let counts = by_check(counts.into_iter().filter(|((check, _), _)| arguments.reports(*check)));
    arguments.output.write(|out| arguments.write(out, &findings, &counts))?;
    let denied = denied(total(&counts), arguments.deny);
    if denied.is_empty() {
        return Ok(());
    }
    bail!("found {}; what is meant to be so is passed over with --skip CHECK", denied.join(", "))
}

impl CheckArguments {
    /// Looks through all files, of which those of documents are read part by part, and twice.
    fn checked(&self) -> Result<Checked> {
        refuse_standard_input_twice(&self.files)?;
        let is_read_again = self.reports(Check::InconsistentMention);
        let open = |file: &PathBuf| self.reading.open(file, is_read_again);
        let corpora = self.files.iter().map(open).collect::<Result<Vec<Corpus>>>()?;
        if self.scheme.is_some() && corpora.iter().all(|corpus| matches!(corpus, Corpus::Documents(_))) {
            bail!("--scheme has a meaning only for tagged files, and these are documents: leave it out");
        }
        let names = short_names(&self.files);
        let mut checker = Checker::new(self.options());
        let mut again = Vec::with_capacity(corpora.len());
        let mut of_reading = Vec::new();
        for (corpus, name) in corpora.into_iter().zip(&names) {
            let corpus = self.look_at(&mut checker, corpus, name)?;
            of_reading.extend(of_reader(&corpus, name));
            again.push(corpus);
        }
        if is_read_again && checker.wants_second_look() {
            for (corpus, name) in again.into_iter().zip(&names) {
                match corpus {
                    Corpus::Tagged(corpus) => checker.look_again(&corpus.split(name)),
                    Corpus::Documents(parts) => {
                        let mut parts = parts.again()?;
                        let path = parts.path.clone();
                        parts.each(|part| {
                            checker.look_again(&part.split(name, &path));
                            Ok(())
                        })?;
                    }
                }
            }
        }
        let mut checked = checker.finish()?;
        for finding in of_reading {
            let count = match finding.kind {
                FindingKind::LeftOut { count, .. } => count,
                _ => 1,
            };
            *checked.counts.entry((finding.kind.check(), finding.kind.severity())).or_default() += count;
            checked.findings.push(finding);
        }
        checked.findings.sort_by_key(|finding| finding.kind.check());
        Ok(checked)
    }

    /// Looks at a corpus for the first time, and gives it back for the second.
    fn look_at(&self, checker: &mut Checker, corpus: Corpus, name: &str) -> Result<Corpus> {
        match corpus {
            Corpus::Tagged(corpus) => {
                let found = self.scheme.or_else(|| checks::likely_scheme(&corpus.sentences));
                let none = "no scheme: there are no entities, or prefixes of several schemes";
                let path = corpus.path.display();
                tracing::debug!("{path}: tags held against {}", found.map_or(none, Scheme::name));
                checker.begin(name, &corpus.path);
                checker.add(&corpus.split(name))?;
                Ok(Corpus::Tagged(corpus))
            }
            Corpus::Documents(mut parts) => {
                checker.begin(name, &parts.path);
                let path = parts.path.clone();
                parts.each(|part| Ok(checker.add(&part.split(name, &path))?))?;
                Ok(Corpus::Documents(parts))
            }
        }
    }

    fn options(&self) -> CheckOptions {
        CheckOptions {
            scheme: self.scheme.map_or(SchemeChoice::Detect, SchemeChoice::Given),
            least_words: self.least_words,
            least_mentions: self.least_mentions,
            longest_entity: self.longest_entity,
            listed: self.limit,
        }
    }

    fn reports(&self, check: Check) -> bool {
        let names = |checks: &[CheckName]| checks.iter().any(|name| name.check() == check);
        (self.only.is_empty() || names(&self.only)) && !names(&self.skip)
    }

    fn write(&self, out: &mut impl Write, listed: &[Finding], counts: &BTreeMap<Check, Counts>) -> Result<()> {
        let summary = [summary(counts, self.files.len())];
        match self.format {
            ListFormat::Text => {
                for finding in listed {
                    writeln!(out, "{}", welt_terminal::line(&finding.to_string()))?;
                }
                if counts.is_empty() {
                    return Ok(writeln!(out, "{}", summary[0].caption)?);
                }
                writeln!(out)?;
                Ok(write_tables(out, &summary, TableFormat::Text, 0)?)
            }
            ListFormat::Json => {
                for finding in listed {
                    writeln!(out, "{}", json_line(finding)?)?;
                }
                Ok(())
            }
            ListFormat::Csv => {
                let names_documents = listed.iter().any(|finding| finding.location.document.is_some());
                let more = if names_documents { ",document,character" } else { "" };
                writeln!(out, "path,line,severity,check,message{more}")?;
                for finding in listed {
                    write!(out, "{}", cells(finding).map(|cell| csv(&cell)).join(","))?;
                    match &finding.location.document {
                        Some(InDocument { id, character }) => writeln!(out, ",{},{character}", csv(id))?,
                        None => writeln!(out, "{}", if more.is_empty() { "" } else { ",," })?,
                    }
                }
                Ok(())
            }
            ListFormat::Markdown => {
                if !listed.is_empty() {
                    writeln!(out, "| path | line | severity | check | message |\n| --- | ---: | --- | --- | --- |")?;
                }
                for finding in listed {
                    let mut cells = cells(finding);
                    if let Some(InDocument { id, character }) = &finding.location.document {
                        cells[1] = format!("{id}, {character}");
                    }
                    writeln!(out, "| {} |", cells.map(|cell| markdown(&cell)).join(" | "))?;
                }
                if counts.is_empty() {
                    return Ok(writeln!(out, "{}", summary[0].caption)?);
                }
                writeln!(out)?;
                Ok(write_tables(out, &summary, TableFormat::Markdown, 0)?)
            }
        }
    }
}

/// What is found where a corpus is read, before anything is looked for in it.
fn of_reader(corpus: &Corpus, name: &str) -> Vec<Finding> {
    match corpus {
        Corpus::Tagged(corpus) => {
            let mut findings = checks::left_out(name, &corpus.path, corpus.left_out());
            findings.extend(checks::word_column(&corpus.split(name)));
            findings
        }
        Corpus::Documents(parts) => checks::left_out(name, &parts.path, &parts.lost),
    }
}

impl CheckName {
    const fn check(self) -> Check {
        match self {
            Self::Empty => Check::Empty,
            Self::LeftOut => Check::LeftOut,
            Self::WordColumn => Check::WordColumn,
            Self::OnlyOutside => Check::OnlyOutside,
            Self::MixedSchemes => Check::MixedSchemes,
            Self::ForeignTag => Check::ForeignTag,
            Self::InvalidTransition => Check::InvalidTransition,
            Self::BareTags => Check::BareTags,
            Self::TypeCase => Check::TypeCase,
            Self::TypeInOneSplit => Check::TypeInOneSplit,
            Self::RepeatedDocument => Check::RepeatedDocument,
            Self::SharedDocument => Check::SharedDocument,
            Self::MisplacedMention => Check::MisplacedMention,
            Self::RepeatedSentence => Check::RepeatedSentence,
            Self::SharedSentence => Check::SharedSentence,
            Self::InconsistentMention => Check::InconsistentMention,
            Self::LongEntity => Check::LongEntity,
            Self::OddCharacter => Check::OddCharacter,
            Self::UnseenWord => Check::UnseenWord,
        }
    }
}

impl Counts {
    fn add(&mut self, severity: Severity, count: usize) {
        match severity {
            Severity::Error => self.errors += count,
            Severity::Warning => self.warnings += count,
            Severity::Note => self.notes += count,
        }
    }
}

/// How many findings each check has.
fn by_check(found: impl Iterator<Item = ((Check, Severity), usize)>) -> BTreeMap<Check, Counts> {
    let mut counts: BTreeMap<Check, Counts> = BTreeMap::new();
    for ((check, severity), count) in found {
        counts.entry(check).or_default().add(severity, count);
    }
    counts
}

fn total(counts: &BTreeMap<Check, Counts>) -> Counts {
    counts.values().fold(Counts::default(), |sum, of| Counts {
        errors: sum.errors + of.errors,
        warnings: sum.warnings + of.warnings,
        notes: sum.notes + of.notes,
    })
}

/// What is a failure, in words; nothing where nothing is.
fn denied(total: Counts, deny: Deny) -> Vec<String> {
    let mut all = vec![(total.errors, "error")];
    if deny != Deny::Errors {
        all.push((total.warnings, "warning"));
    }
    if deny == Deny::Notes {
        all.push((total.notes, "note"));
    }
    all.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| counted(count, what)).collect()
}

/// `1 error` or `2 errors`.
fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn summary(counts: &BTreeMap<Check, Counts>, files: usize) -> Table {
    let sum = total(counts);
    let found = [(sum.errors, "error"), (sum.warnings, "warning"), (sum.notes, "note")];
    let found = found.map(|(count, what)| counted(count, what)).join(", ");
    let caption = format!("{found} in {}", counted(files, "file"));
    let mut table = Table::new("checks", caption, Kind::Group, &["check", "errors", "warnings", "notes"]);
    for (check, of) in counts {
        table.push(check.name(), [of.errors, of.warnings, of.notes].map(Cell::Count));
    }
    table
}

/// Path, line, severity, check and message; no line where a document tells the location.
fn cells(finding: &Finding) -> [String; 5] {
    let Finding { location, kind, .. } = finding;
    let path = location.path.display().to_string();
    let line = if location.document.is_some() { String::new() } else { location.line.to_string() };
    [path, line, kind.severity().to_string(), kind.check().to_string(), kind.to_string()]
}

/// The finding with what it means to people.
fn json_line(finding: &Finding) -> Result<Value> {
    let mut line = serde_json::to_value(finding)?;
    if let Value::Object(fields) = &mut line {
        fields.insert("severity".to_owned(), serde_json::to_value(finding.kind.severity())?);
        fields.insert("check".to_owned(), finding.kind.check().name().into());
        fields.insert("message".to_owned(), finding.kind.to_string().into());
    }
    Ok(line)
}
