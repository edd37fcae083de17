//! `welt evaluate`: the scores of gold and predicted tags, or of gold and predicted documents, by every metric that is asked for.

mod tables;

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::error::ErrorKind;
use clap::{Args, ValueEnum};
use serde_json::{Map, Value, json};
use welt_data::formats::Format;
use welt_eval::faireval::Focus;
use welt_eval::semeval::{Matching, MinOverlap};
use welt_eval::{Evaluation, Signature, Totals, ZeroDivision, conlleval, gold_lines, semeval, seqeval};
use welt_files::Hasher;
use welt_tags::Chunking;

use crate::annotated::corpus_format;
use crate::destination::{ForPeople, OutputFlag};
use crate::document_pairs::{DocumentPairs, are_documents, chunks, read_documents};
use crate::table::{Table, TableFormat, write_tables};
use crate::tag_pairs::{ColumnFlags, PairSource, ReadingFlags, describe, training_mentions};

pub use tables::errors as error_tables;

const EXAMPLES: &str = "\
Examples:
  welt evaluate predictions.tsv
  welt evaluate predictions.tsv --mode strict --scheme IOB2 --digits 4
  welt evaluate gold.tsv predicted.tsv --metrics all --train train.tsv
  welt evaluate gold.BioC.xml predicted.jsonl --metrics seqeval,faireval,semeval
  welt evaluate predictions.tsv --gold 2 --predicted 5 --metrics seqeval,faireval --format json";

/// Score predicted against gold tags as seqeval, FairEval, nervaluate and conlleval do.
///
/// A line holds a word and its columns, separated by tabs or spaces; an empty line ends a sentence.
/// The tags stand in two columns of one file, or in two files that hold the same words.
/// Or both files are documents in any format that convert reads: matched by their ids, their mentions are compared by the characters that they stand for,
/// each document a text of its own; all metrics but conlleval, which counts words, apply to them as they do to words, nested and crossing mentions included.
/// The files are read once, in the memory of their longest sentence (twice where the scheme of strict mode is to be found).
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct EvaluateArguments {
    /// The file of the gold tags, and of the predicted ones if no other file is named; - is standard input
    file: PathBuf,
    /// The file of the predicted tags
    predicted_file: Option<PathBuf>,
    #[command(flatten)]
    columns: ColumnFlags,
    #[command(flatten)]
    reading: ReadingFlags,
    /// The format of both files; documents are compared by the offsets of their mentions [default: told from the name or the content of each]
    #[arg(long, value_name = "FORMAT", value_parser = corpus_format())]
    from: Option<Format>,
    /// What to compute
    #[arg(long, value_enum, value_delimiter = ',', default_value = "seqeval")]
    metrics: Vec<Metric>,
    /// Tagged training files, to tell mentions seen there from unseen ones
    #[arg(long, value_name = "FILE")]
    train: Vec<PathBuf>,
    /// What a ratio without a denominator is, in seqeval: 0 or 1
    #[arg(long, value_name = "0|1", default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=1))]
    zero_division: u8,
    /// Whose type an error with two types counts under, in FairEval
    #[arg(long, value_enum, default_value = "target")]
    focus: FocusName,
    /// How entities are paired in SemEval-2013: greedily as nervaluate does, or as is best for all together
    #[arg(long, value_enum, default_value = "greedy")]
    matching: MatchingName,
    /// The percentage of a gold entity that a prediction must share to be paired with it, in SemEval-2013
    #[arg(long, value_name = "PERCENT", default_value_t = 1.0)]
    min_overlap: f64,
    /// Digits after the point, in text, markdown and latex
    #[arg(long, default_value_t = 2)]
    digits: u8,
    /// How to write the scores
    #[arg(long, value_enum, default_value = "text")]
    format: TableFormat,
    #[command(flatten)]
    output: OutputFlag,
}

/// A metric, or all of them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Metric {
    /// seqeval 1.2.2: precision, recall and F1 of entities, by type and averaged
    Seqeval,
    /// FairEval: each error counted once, by its kind
    Faireval,
    /// SemEval-2013 as nervaluate 1.2.1 has it: strict, exact, partial and by type
    Semeval,
    /// conlleval.pl of 2004
    Conlleval,
    /// The error types of the WeLT paper, which labels were mistaken, and which mentions were found
    Errors,
    /// All of them
    All,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FocusName {
    /// Under the gold type
    Target,
    /// Under the predicted type
    System,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum MatchingName {
    /// First come, first served
    Greedy,
    /// Independent of the order
    Optimal,
}

/// What was counted, and how.
struct Scored {
    chunking: Chunking,
    matching: semeval::Options,
    totals: Totals,
    /// The SHA-256 of the gold tags, or of the mentions of gold documents.
    gold: String,
    /// Where documents were compared.
    documents: Option<Compared>,
}

/// Which documents were compared.
struct Compared {
    documents: usize,
    missing: Vec<String>,
    extra: Vec<String>,
    discontinuous: usize,
}

/// Runs the command.
///
/// # Errors
/// A file that cannot be read, or tags outside the scheme of strict mode.
pub fn run(arguments: &EvaluateArguments) -> Result<()> {
    let (file, predicted) = (arguments.file.clone(), arguments.predicted_file.clone());
    let source = PairSource { gold: file, predicted, columns: arguments.columns };
    if !arguments.train.is_empty() && !arguments.wants(Metric::Errors) {
        let message = "--train has a meaning for --metrics errors only: add it\n";
        return Err(clap::Error::raw(ErrorKind::ArgumentConflict, message).into());
    }
    let read = [&arguments.file].into_iter().chain(&arguments.predicted_file).chain(&arguments.train);
    arguments.output.refuse_inputs(read)?;
    let matching = arguments.matching()?;
    if let Some(predicted) = &arguments.predicted_file
        && are_documents(&arguments.file, predicted, arguments.from)
    {
        let scored = arguments.documents(predicted, matching)?;
        arguments.cite(&scored);
        return arguments.output.write(|out| arguments.write(out, &scored));
    }
    if let Some(from) = arguments.from.filter(|from| *from != Format::Conll) {
        bail!("--from {from}: expected two files, of gold and of predicted documents: name the second one");
    }
    let chunking = arguments.reading.chunking(&source)?;
    let (totals, gold) = arguments.totals(&source, chunking, matching)?;
    let scored = Scored { chunking, matching, totals, gold, documents: None };
    describe(&scored.totals.gold, &scored.totals.predicted);
    arguments.cite(&scored);
    arguments.output.write(|out| arguments.write(out, &scored))
}

impl EvaluateArguments {
    fn wants(&self, metric: Metric) -> bool {
        self.metrics.contains(&metric) || self.metrics.contains(&Metric::All)
    }

    fn matching(&self) -> Result<semeval::Options> {
        let matching = match self.matching {
            MatchingName::Greedy => Matching::Greedy,
            MatchingName::Optimal => Matching::Optimal,
        };
        Ok(semeval::Options { matching, min_overlap: MinOverlap::new(self.min_overlap).context("--min-overlap")? })
    }

    fn totals(&self, source: &PairSource, chunking: Chunking, matching: semeval::Options) -> Result<(Totals, String)> {
        let notation = self.reading.notation();
        let training = match self.train.as_slice() {
            [] => None,
            files => Some(training_mentions(files, notation)?),
        };
        let mut evaluation = Evaluation::new(chunking, notation, matching);
        let mut reader = source.open()?;
        let by_mention = self.wants(Metric::Errors);
        let mut digest = Hasher::new();
        while let Some(pair) = reader.next_pair()? {
            let (gold, predicted) = (&pair.gold, &pair.predicted);
            digest.add(gold_lines(gold).as_bytes());
            let counted = if by_mention {
                evaluation.add_sentence_with_words(&pair.words, gold, predicted, training.as_ref())
            } else {
                evaluation.add_sentence(gold, predicted)
            };
            counted.map_err(|error| pair.locate(error, source))?;
        }
        let totals = evaluation.totals();
        if self.wants(Metric::Conlleval) && reader.document_lines() > 0 {
            tracing::warn!(
                "{} -DOCSTART- lines were left out, which conlleval.pl takes for words: its token count and accuracy differ",
                reader.document_lines()
            );
        }
        tracing::debug!(
            "{}: {} sentences, {}, entities read in mode {chunking}",
            source.name(),
            totals.sentences,
            reader.columns()
        );
        Ok((totals, digest.digits()))
    }

    /// Says how the scores came about, which JSON holds.
    fn cite(&self, scored: &Scored) {
        if self.format != TableFormat::Json {
            for (_, signature) in self.signatures(scored) {
                tracing::debug!("to be cited as {signature}");
            }
        }
    }

    /// How every score came about, by the name of its metric.
    fn signatures(&self, scored: &Scored) -> Vec<(&'static str, Signature)> {
        let Scored { chunking, matching, totals, gold, documents } = scored;
        let dropped = Some([totals.gold.dropped_tags, totals.predicted.dropped_tags]);
        let signature = |metric: &str, mut options: Vec<(&'static str, String)>| {
            if documents.is_some() {
                options.push(("of", "documents".to_owned()));
            }
            Signature {
                metric: metric.to_owned(),
                chunking: *chunking,
                notation: self.reading.notation(),
                dropped_tags: dropped.filter(|_| documents.is_none()),
                options,
                gold_sha256: gold.clone(),
            }
        };
        let mut all = Vec::new();
        if self.wants(Metric::Seqeval) {
            all.push(("seqeval", signature("seqeval", vec![("zero_division", self.zero_division.to_string())])));
        }
        if self.wants(Metric::Faireval) {
            let focus = match self.focus {
                FocusName::Target => "target",
                FocusName::System => "system",
            };
            all.push(("faireval", signature("faireval", vec![("focus", focus.to_owned())])));
        }
        if self.wants(Metric::Semeval) {
            let pairing = match matching.matching {
                Matching::Greedy => "greedy",
                Matching::Optimal => "optimal",
            };
            let options = vec![("matching", pairing.to_owned()), ("min_overlap", self.min_overlap.to_string())];
            all.push(("semeval", signature("semeval", options)));
        }
        if self.wants(Metric::Conlleval) && documents.is_none() {
            // It reads tags by rules of its own, whatever the mode.
            let own =
                Signature { chunking: Chunking::Lenient, dropped_tags: None, ..signature("conlleval", Vec::new()) };
            all.push(("conlleval", own));
        }
        if self.wants(Metric::Errors) {
            all.push(("errors", signature("errors", Vec::new())));
        }
        all
    }

    /// Counts the mentions of documents.
    fn documents(&self, predicted: &Path, matching: semeval::Options) -> Result<Scored> {
        self.refuse_flags_of_tags()?;
        let [gold, found] = [&self.file, predicted].map(|path| read_documents(path, self.from));
        let compared = DocumentPairs::of(&gold?, &found?)?;
        compared.warn(&self.file, predicted);
        let chunking = Chunking::Lenient;
        let mut evaluation = Evaluation::new(chunking, self.reading.notation(), matching);
        for pair in &compared.pairs {
            evaluation.add_entities(&chunks(&pair.gold), &chunks(&pair.predicted))?;
        }
        let gold = compared.gold_sha256();
        let DocumentPairs { pairs, missing, extra, discontinuous } = compared;
        let documents = Some(Compared { documents: pairs.len(), missing, extra, discontinuous });
        Ok(Scored { chunking, matching, totals: evaluation.totals(), gold, documents })
    }

    /// Columns, schemes and words are things of tagged files.
    fn refuse_flags_of_tags(&self) -> Result<()> {
        if self.metrics.contains(&Metric::Conlleval) {
            bail!("--metrics conlleval: it counts the words of tagged files, and these are documents: leave it out");
        }
        if !self.train.is_empty() {
            bail!("--train tells mentions of words apart, and these are documents: leave it out");
        }
        let given = [
            (self.columns.is_given(), "--gold and --predicted"),
            (self.reading.is_given(), "--mode, --scheme and --suffix"),
        ];
        match given.into_iter().find(|(given, _)| *given) {
            Some((_, flags)) => {
                bail!("{flags} have a meaning for tagged files only, and these are documents: leave them out")
            }
            None => Ok(()),
        }
    }

    fn write(&self, out: &mut impl Write, scored: &Scored) -> Result<()> {
        let totals = &scored.totals;
        let seqeval = seqeval::Report::new(scored.chunking, &totals.seqeval, self.zero_division());
        let conlleval = conlleval::Report::new(&totals.conlleval);
        let digits = usize::from(self.digits);
        match self.format {
            TableFormat::Json => {
                let value = self.json(scored, &seqeval, &conlleval)?;
                Ok(writeln!(out, "{}", serde_json::to_string_pretty(&value)?)?)
            }
            TableFormat::Text => self.write_text(&mut ForPeople(out), scored, &seqeval, &conlleval),
            format => {
                let mut all = Vec::new();
                if self.wants(Metric::Seqeval) {
                    all.push(tables::seqeval(&seqeval));
                    all.extend(scored.documents.is_none().then(|| tables::words(&seqeval)));
                }
                if self.wants(Metric::Conlleval) && scored.documents.is_none() {
                    all.push(tables::conlleval(&conlleval));
                }
                all.extend(self.tables(scored));
                Ok(write_tables(out, &all, format, digits)?)
            }
        }
    }

    /// seqeval's and conlleval's own texts, and tables of the others; a single text stands without a heading, so that it is the tool's byte for byte.
    fn write_text(
        &self,
        out: &mut impl Write,
        scored: &Scored,
        seqeval: &seqeval::Report,
        conlleval: &conlleval::Report,
    ) -> Result<()> {
        let mut texts = Vec::new();
        if self.wants(Metric::Seqeval) {
            let heading = match &scored.documents {
                None => format!("seqeval, entities read in mode {}", seqeval.chunking),
                Some(compared) => format!("seqeval, mentions of {} documents by their characters", compared.documents),
            };
            texts.push((heading, seqeval.to_text(self.digits)));
        }
        if self.wants(Metric::Conlleval) && scored.documents.is_none() {
            texts.push(("conlleval.pl, by its own reading of the tags".to_owned(), conlleval.to_text()));
        }
        let tables = self.tables(scored);
        let single = texts.len() + tables.len() == 1;
        for (index, (heading, text)) in texts.into_iter().enumerate() {
            if index > 0 {
                writeln!(out)?;
            }
            if !single {
                writeln!(out, "{heading}")?;
            }
            write!(out, "{text}")?;
        }
        if !tables.is_empty() && !single && (self.wants(Metric::Seqeval) || self.wants(Metric::Conlleval)) {
            writeln!(out)?;
        }
        Ok(write_tables(out, &tables, TableFormat::Text, usize::from(self.digits))?)
    }

    /// The tables of the metrics that have no text of their own.
    fn tables(&self, scored: &Scored) -> Vec<Table> {
        let Scored { totals, matching, .. } = scored;
        let mut all = Vec::new();
        if self.wants(Metric::Faireval) {
            all.extend(tables::faireval(&totals.faireval, self.focus()));
        }
        if self.wants(Metric::Semeval) {
            all.extend(tables::semeval(&totals.semeval, *matching));
        }
        if self.wants(Metric::Errors) {
            all.extend(tables::errors(&totals.errors.report(), &totals.mentions));
        }
        all
    }

    fn json(&self, scored: &Scored, seqeval: &seqeval::Report, conlleval: &conlleval::Report) -> Result<Value> {
        let Scored { totals, matching, .. } = scored;
        let mut value = Map::new();
        let settings = json!({
            "seqeval": { "version": "1.2.2", "zero_division": self.zero_division, "suffix": self.reading.is_suffix() },
            "faireval": { "version": "a6172f25", "focus": self.focus() },
            "semeval": { "version": "nervaluate 1.2.1", "matching": matching.matching, "min_overlap": matching.min_overlap },
            "conlleval": { "version": "2004-01-26" },
        });
        value.insert(
            "files".to_owned(),
            json!({ "gold": self.file.to_string_lossy(), "predicted": self.predicted_file.as_ref().unwrap_or(&self.file).to_string_lossy() }),
        );
        value.insert("settings".to_owned(), settings);
        let signatures: Map<String, Value> = (self.signatures(scored).into_iter())
            .map(|(metric, signature)| Ok((metric.to_owned(), serde_json::to_value(signature)?)))
            .collect::<Result<_>>()?;
        value.insert("signatures".to_owned(), Value::Object(signatures));
        match &scored.documents {
            None => {
                value.insert("sentences".to_owned(), json!(totals.sentences));
                value.insert("chunking".to_owned(), serde_json::to_value(seqeval.chunking)?);
            }
            Some(Compared { documents, missing, extra, discontinuous }) => {
                value.insert("documents".to_owned(), json!(documents));
                value.insert("missing_documents".to_owned(), json!(missing));
                value.insert("extra_documents".to_owned(), json!(extra));
                value.insert("discontinuous_mentions".to_owned(), json!(discontinuous));
            }
        }
        value.insert("gold".to_owned(), serde_json::to_value(totals.gold)?);
        value.insert("predicted".to_owned(), serde_json::to_value(totals.predicted)?);
        let mut add = |metric, name: &str, scores: Value| {
            if self.wants(metric) && !(metric == Metric::Conlleval && scored.documents.is_some()) {
                value.insert(name.to_owned(), scores);
            }
        };
        add(Metric::Seqeval, "seqeval", serde_json::to_value(seqeval)?);
        add(Metric::Faireval, "faireval", tables::faireval_json(&totals.faireval, self.focus()));
        add(Metric::Semeval, "semeval", tables::semeval_json(&totals.semeval));
        add(Metric::Conlleval, "conlleval", serde_json::to_value(conlleval)?);
        add(Metric::Errors, "errors", serde_json::to_value(totals.errors.report())?);
        add(Metric::Errors, "mentions", serde_json::to_value(totals.mentions)?);
        Ok(Value::Object(value))
    }

    const fn zero_division(&self) -> ZeroDivision {
        if self.zero_division == 0 { ZeroDivision::Zero } else { ZeroDivision::One }
    }

    const fn focus(&self) -> Focus {
        match self.focus {
            FocusName::Target => Focus::Target,
            FocusName::System => Focus::System,
        }
    }
}
