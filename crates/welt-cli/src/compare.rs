//! `welt compare`: whether one system is better than another on the same sentences, or only looks so.

mod systems;
mod words;

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use serde::Serialize;
use welt_data::formats::Format;
use welt_eval::uncertainty::{
    self, Bounds, Computation, Estimate, Exactness, Method, Resampling, Seeds, Shuffling, Units, holm,
};
use welt_eval::{Signature, ZeroDivision};

use crate::annotated::corpus_format;
use crate::destination::OutputFlag;
use crate::table::Cell::{Count, Nothing, Number, Text};
use crate::table::{Cell, Kind, Table, TableFormat, write_tables};
use crate::tag_pairs::{ColumnFlags, ReadingFlags};
use systems::{Named, SystemRuns, read_document_systems, read_systems};

const EXAMPLES: &str = "\
Examples:
  welt compare first/predictions/test.tsv second/predictions/test.tsv
  welt compare vanilla=v1.tsv,v2.tsv,v3.tsv welt=w1.tsv,w2.tsv,w3.tsv
  welt compare --against gold.BioC.xml vanilla=v1.jsonl,v2.jsonl welt=w1.jsonl,w2.jsonl
  welt compare base=a.tsv b.tsv c.tsv --metric fair-f1 --unit document --format json";

/// Compare systems on the same sentences: differences with intervals and p-values.
///
/// Each system is a file with gold and predicted tags, or several files of runs with different seeds: NAME=FILE,FILE,...
/// All must hold the same words and gold tags. Or they are documents with predicted mentions, and --against names the gold ones: offsets are compared, and documents are the units.
///  The first system is what the others are compared with.
///
/// One run of each: the interval is that of a paired bootstrap over sentences, the p-value that of a randomization test, exact where it can be computed.
/// Several runs: both are of Student's t, from what differs between runs and what differs between sentences, so that few runs are no proof.
/// P-values of several systems are adjusted together by Holm's method.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct CompareArguments {
    /// The systems, at least two
    #[arg(required = true, num_args = 2.., value_name = "[NAME=]FILE[,FILE...]")]
    systems: Vec<Named>,
    #[command(flatten)]
    columns: ColumnFlags,
    #[command(flatten)]
    reading: ReadingFlags,
    /// Documents with the gold mentions, in any format that convert reads: the systems are then documents with predicted ones
    #[arg(long, value_name = "FILE")]
    against: Option<PathBuf>,
    /// The format of documents [default: told from the name or the content of each]
    #[arg(long, value_name = "FORMAT", value_parser = corpus_format(), requires = "against")]
    from: Option<Format>,
    /// What is compared
    #[arg(long, value_enum, default_value = "f1")]
    metric: Metric,
    /// What the test set is a sample of: documents where -DOCSTART- lines tell them
    #[arg(long, value_enum, default_value = "sentence")]
    unit: Unit,
    /// How many resamples and shuffles are drawn
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..))]
    resamples: u32,
    /// What decides the draws
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The confidence of intervals, above 0 and below 1
    #[arg(long, default_value_t = 0.95, value_parser = confidence)]
    confidence: f64,
    /// How intervals are made of resamples
    #[arg(long, value_enum, default_value = "bca")]
    interval: IntervalName,
    /// Whether runs of two systems belong together in the order in which they are named
    #[arg(long, value_enum, default_value = "paired")]
    runs: RunsName,
    /// Digits after the point, in text, markdown and latex
    #[arg(long, default_value_t = 4)]
    digits: u8,
    /// How to write the comparison
    #[arg(long, value_enum, default_value = "text")]
    format: TableFormat,
    #[command(flatten)]
    output: OutputFlag,
}

/// A score.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Metric {
    /// seqeval's micro F1
    F1,
    /// seqeval's micro precision
    Precision,
    /// seqeval's micro recall
    Recall,
    /// seqeval's macro F1, over the types of all systems
    MacroF1,
    /// FairEval's fair F1
    FairF1,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Unit {
    Sentence,
    Document,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum IntervalName {
    /// Bias-corrected and accelerated (Efron 1987)
    Bca,
    /// Between percentiles of the resamples
    Percentile,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum RunsName {
    /// The first run of one with the first run of the other
    Paired,
    /// In no order
    Independent,
}

/// So many points of F1 are too few to matter, unless a grid says otherwise.
const MARGIN: f64 = 1.0;

/// Everything that was found out.
#[derive(Serialize)]
struct Comparison {
    metric: &'static str,
    unit: &'static str,
    units: usize,
    systems: Vec<System>,
    differences: Vec<Difference>,
    /// So many points of F1 were taken to be too few to matter; nothing where no word was found.
    margin: Option<f64>,
}

/// One system by itself.
#[derive(Serialize)]
struct System {
    name: String,
    /// The score of each run.
    runs: Vec<f64>,
    estimate: Estimate,
    /// How the scores came about, in a line that can be cited; the tags dropped are those of the first run.
    signature: Option<Signature>,
}

/// A system less the first one.
#[derive(Serialize)]
struct Difference {
    system: String,
    baseline: String,
    difference: Estimate,
    p_value: f64,
    /// Among the differences here, by Holm's method.
    adjusted_p_value: f64,
    test: &'static str,
    computation: Computation,
    /// How many units the two systems were counted differently on; nothing where several runs were compared.
    units_that_differ: Option<usize>,
    /// The share of resamples without an advantage (Koehn 2004), and with twice the advantage (Berg-Kirkpatrick 2012); nothing where several runs were compared.
    shares: Option<Shares>,
    /// Whether the system helps, hurts, is the same or is not known to; of the F1 of several paired runs alone.
    word: Option<String>,
}

/// What the paired bootstrap has been read by.
#[derive(Serialize)]
struct Shares {
    not_above: f64,
    above_twice: f64,
}

/// Runs the command.
///
/// # Errors
/// Files that cannot be read or hold different sentences.
pub fn run(arguments: &CompareArguments) -> Result<()> {
    arguments.output.refuse_inputs(arguments.systems.iter().flat_map(Named::files).chain(&arguments.against))?;
    let systems = arguments.read()?;
    let compared = arguments.compare(&systems)?;
    if arguments.format != TableFormat::Json {
        for System { name, signature, .. } in &compared.systems {
            if let Some(signature) = signature {
                tracing::debug!("{name}: to be cited as {signature}");
            }
        }
    }
    arguments.output.write(|out| arguments.write(out, &compared))
}

fn confidence(text: &str) -> Result<f64, String> {
    let between = text.parse().ok().filter(|share: &f64| *share > 0.0 && *share < 1.0);
    between.ok_or_else(|| format!("{text} is no number above 0 and below 1"))
}

impl Metric {
    /// The score of summed counts, whose row has three counts a type; in fair F1 there are four: right, spurious, missed, and wrong in another way.
    fn statistic(self) -> fn(&[u64]) -> f64 {
        match self {
            Self::F1 => uncertainty::micro_f1,
            Self::Precision => |row| uncertainty::total(row).precision(ZeroDivision::Zero),
            Self::Recall => |row| uncertainty::total(row).recall(ZeroDivision::Zero),
            Self::MacroF1 => uncertainty::macro_f1,
            Self::FairF1 => |row| {
                let right = 2 * row.first().copied().unwrap_or(0);
                let wrong: u64 = row.iter().skip(1).sum();
                if right == 0 { 0.0 } else { right as f64 / (right + wrong) as f64 }
            },
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::F1 => "f1",
            Self::Precision => "precision",
            Self::Recall => "recall",
            Self::MacroF1 => "macro-f1",
            Self::FairF1 => "fair-f1",
        }
    }
}

impl CompareArguments {
    /// The counts of all systems, by the units that are asked for.
    fn read(&self) -> Result<Vec<SystemRuns>> {
        if let Some(gold) = &self.against {
            if self.columns.is_given() || self.reading.is_given() {
                bail!(
                    "--gold, --predicted, --mode, --scheme and --suffix have a meaning for tagged files only: leave them out with --against"
                );
            }
            return read_document_systems(&self.systems, gold, self.from, self.metric);
        }
        let systems = read_systems(&self.systems, self.columns, self.reading, self.metric)?;
        match self.unit {
            Unit::Sentence => Ok(systems),
            Unit::Document => systems.into_iter().map(SystemRuns::by_document).collect(),
        }
    }

    fn resampling(&self) -> Resampling {
        let bounds = match self.interval {
            IntervalName::Bca => Bounds::Bca,
            IntervalName::Percentile => Bounds::Percentile,
        };
        let (resamples, seed, confidence) = (self.resamples, self.seed, self.confidence);
        Resampling { resamples, seed, confidence, bounds, exactness: Exactness::WhereFeasible }
    }

    fn compare(&self, systems: &[SystemRuns]) -> Result<Comparison> {
        let Some((baseline, others)) = systems.split_first() else { bail!("name at least two systems") };
        let statistic = self.metric.statistic();
        let resampling = self.resampling();
        let several = systems.iter().filter(|system| system.runs.len() > 1).count();
        if let Some(single) = systems.iter().find(|system| system.runs.len() == 1).filter(|_| several > 0) {
            bail!(
                "{} has one run and another system has several: name several runs of each, or one of each, for what one run varies by is not known",
                single.name
            );
        }
        let scored = |system: &SystemRuns| -> Result<System> {
            let estimate = match system.runs.as_slice() {
                [run] => uncertainty::interval(run, statistic, &resampling)?,
                runs => uncertainty::over_seeds(runs, statistic, &resampling)?,
            };
            let runs = system.runs.iter().map(|run| statistic(&run.sum())).collect();
            Ok(System { name: system.name.clone(), runs, estimate, signature: system.signature.clone() })
        };
        let scores = systems.iter().map(scored).collect::<Result<Vec<_>>>()?;
        let mut differences =
            others.iter().map(|other| self.difference(other, baseline)).collect::<Result<Vec<_>>>()?;
        let raw: Vec<f64> = differences.iter().map(|difference| difference.p_value).collect();
        for (difference, adjusted) in differences.iter_mut().zip(holm(&raw)?) {
            difference.adjusted_p_value = adjusted;
        }
        let unit = match self.unit {
            Unit::Sentence if self.against.is_none() => "sentence",
            Unit::Sentence | Unit::Document => "document",
        };
        let units = baseline.runs.first().map_or(0, Units::len);
        let mut margin = None;
        if several > 0 && self.metric == Metric::F1 && self.runs == RunsName::Paired {
            margin = Some(MARGIN);
            for (difference, word) in differences.iter_mut().zip(words::words(baseline, others, &resampling, MARGIN)?) {
                difference.word = Some(word);
            }
        }
        Ok(Comparison { metric: self.metric.name(), unit, units, systems: scores, differences, margin })
    }

    fn difference(&self, other: &SystemRuns, baseline: &SystemRuns) -> Result<Difference> {
        let statistic = self.metric.statistic();
        let resampling = self.resampling();
        let (system, base) = (other.name.clone(), baseline.name.clone());
        if let ([run], [base_run]) = (other.runs.as_slice(), baseline.runs.as_slice()) {
            let shuffling = Shuffling { rounds: self.resamples, seed: self.seed, exactness: Exactness::WhereFeasible };
            let test = uncertainty::randomization(run, base_run, statistic, &shuffling)?;
            let paired = uncertainty::paired_bootstrap(run, base_run, statistic, &resampling)?;
            let shares = Shares { not_above: paired.share_not_above, above_twice: paired.share_above_twice };
            return Ok(Difference {
                system,
                baseline: base,
                difference: paired.difference,
                shares: Some(shares),
                p_value: test.p_value,
                adjusted_p_value: test.p_value,
                test: "randomization",
                computation: test.computation,
                units_that_differ: Some(test.n_different),
                word: None,
            });
        }
        let seeds = match self.runs {
            RunsName::Paired if other.runs.len() == baseline.runs.len() => Seeds::Paired,
            RunsName::Paired => {
                let (here, there) = (other.runs.len(), baseline.runs.len());
                bail!(
                    "{system} has {here} runs and {base} has {there}: name as many of both, or add --runs independent"
                )
            }
            RunsName::Independent => Seeds::Independent,
        };
        let compared = uncertainty::compare_over_seeds(&other.runs, &baseline.runs, seeds, statistic, &resampling)?;
        Ok(Difference {
            system,
            baseline: base,
            computation: compared.difference.computation,
            difference: compared.difference,
            p_value: compared.p_value,
            adjusted_p_value: compared.p_value,
            test: "Student's t over runs and units",
            units_that_differ: None,
            shares: None,
            word: None,
        })
    }

    fn write(&self, out: &mut impl Write, compared: &Comparison) -> Result<()> {
        if self.format == TableFormat::Json {
            return Ok(writeln!(out, "{}", serde_json::to_string_pretty(compared)?)?);
        }
        let tables = [self.systems_table(compared), self.differences_table(compared)];
        Ok(write_tables(out, &tables, self.format, usize::from(self.digits))?)
    }

    fn systems_table(&self, compared: &Comparison) -> Table {
        let percent = (1000.0 * self.confidence).round() / 10.0;
        let Comparison { metric, units, unit, .. } = compared;
        let mut methods: Vec<&str> = compared.systems.iter().map(|system| method(&system.estimate)).collect();
        methods.sort_unstable();
        methods.dedup();
        let methods = methods.join(", ");
        let caption = format!("{metric} on {units} {unit}s, with {percent} % intervals ({methods})");
        let mut table = Table::new(
            "systems",
            caption,
            Kind::System,
            &["", "runs", metric, "lower", "upper", "lowest run", "highest run"],
        );
        for system in &compared.systems {
            let Estimate { observed, interval, .. } = &system.estimate;
            let mut cells = vec![Count(system.runs.len())];
            cells.extend([*observed, interval.lower, interval.upper].map(Number));
            let extremes = [f64::min as fn(f64, f64) -> f64, f64::max].map(|of| system.runs.iter().copied().reduce(of));
            cells.extend(extremes.map(|run| match run {
                Some(run) if system.runs.len() > 1 => Number(run),
                _ => Nothing,
            }));
            table.push(system.name.clone(), cells);
        }
        table.without_empty_columns()
    }

    fn differences_table(&self, compared: &Comparison) -> Table {
        let baseline = compared.systems.first().map_or("", |system| &system.name);
        let caption = format!("Differences to {baseline}; p by {}, p (Holm) adjusted over this table", tests(compared));
        let heads = ["", "difference", "lower", "upper", "p", "p (Holm)", "differing", "word"];
        let mut table = Table::new("differences", caption, Kind::System, &heads);
        for difference in &compared.differences {
            let Estimate { observed, interval, .. } = &difference.difference;
            let mut cells: Vec<Cell> = [*observed, interval.lower, interval.upper].map(Number).to_vec();
            cells.extend([difference.p_value, difference.adjusted_p_value].map(|p| self.p_cell(p)));
            cells.push(difference.units_that_differ.map_or(Nothing, Count));
            cells.push(difference.word.clone().map_or(Nothing, Text));
            table.push(difference.system.clone(), cells);
        }
        table.without_empty_columns()
    }

    /// Very small p-values are not 0, and no p-value is told by one digit.
    fn p_cell(&self, p: f64) -> Cell {
        if self.format == TableFormat::Csv {
            return Number(p);
        }
        let digits = usize::from(self.digits.max(4));
        let least = 0.1_f64.powi(i32::from(self.digits.max(4)));
        Text(if p < least { format!("< {least:.digits$}") } else { format!("{p:.digits$}") })
    }
}

/// How an interval was found.
const fn method(estimate: &Estimate) -> &'static str {
    match estimate.interval.method {
        Method::Percentile => "percentiles",
        Method::Bca { .. } => "BCa",
        Method::PercentileForBca { .. } => "percentiles where BCa is not defined",
        Method::Student { .. } => "Student's t over runs and units",
        _ => "of another kind",
    }
}

/// How the p-values were computed.
fn tests(compared: &Comparison) -> String {
    let mut tests: Vec<String> = compared
        .differences
        .iter()
        .map(|difference| match difference.computation {
            Computation::Exact => format!("{}, exact", difference.test),
            Computation::Drawn { draws } if difference.units_that_differ.is_some() => {
                format!("{}, {draws} draws", difference.test)
            }
            _ => difference.test.to_owned(),
        })
        .collect();
    tests.dedup();
    tests.join("; ")
}
