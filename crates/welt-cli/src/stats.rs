//! `welt stats`: the paper's Tables 1 and 11 for any corpus, and what else is worth knowing before training on it.

mod tables;

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::error::ErrorKind;
use clap::{Args, ValueEnum};
use serde_json::{Value, json};
use welt_data::conll::{FoundTagColumn, Layout};
use welt_data::{
    AxisLabels, ClassCounts, Counter, Histogram, MentionStatistics, Sentence, Statistics, Training, Unseen,
};

use crate::annotated::{Annotated, Origin, ReadFlags, SchemeFlag, warn_of_lost};
use crate::convert::refuse_standard_input_twice;
use crate::corpus::short_names;
use crate::destination::{Destination, ForPeople, OutputFlag};
use crate::parts::{Corpus, Parts};
use crate::table::{Table, TableFormat, write_tables};

const EXAMPLES: &str = "\
Examples:
  welt stats train.tsv dev.tsv test.tsv
  welt stats train.tsv dev.tsv test.tsv --classes --mentions --unseen --ambiguous 10
  welt stats test.tsv --train train.tsv --train dev.tsv --unseen --format latex
  welt stats train.tsv --histogram --svg lengths.svg
  welt stats CDR_TrainingSet.PubTator.txt --classes
  welt stats --tag-column 4 --format json eng.train";

/// Columns of a terminal that histograms take.
const COLUMNS: usize = 80;

/// Count sentences, words, entities and classes of corpora, one row a file
///
/// O %, B % and I % are shares of all words; imbalance is how many words of the most frequent tag come on one of the rarest.
/// Unseen % is the share of the mentions that the training file, which is the first one, does not have as an entity of the same type.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct StatsArguments {
    /// Files or folders in any format that convert reads: tagged files, or documents, which become words and tags by the rules of convert; - reads standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    reading: ReadFlags,
    #[command(flatten)]
    scheme: SchemeFlag,
    /// A training file that tells what is unseen; the first file where none is named
    #[arg(long, value_name = "FILE")]
    train: Vec<PathBuf>,
    /// Show the words of each tag and the entities of each type
    #[arg(long)]
    classes: bool,
    /// Show how many mentions are distinct or ambiguous, and of how many words
    #[arg(long)]
    mentions: bool,
    /// Show the words and mentions that training does not have
    #[arg(long)]
    unseen: bool,
    /// Show the N most ambiguous mentions of each file: of several types, or here and there untagged
    #[arg(long, value_name = "N")]
    ambiguous: Option<usize>,
    /// Show how many sentences have how many words, as bars
    #[arg(long)]
    histogram: bool,
    /// Draw the histogram of all files together
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Whose words the histograms count
    #[arg(long, value_enum, default_value = "sentences")]
    lengths: Lengths,
    /// Digits after the point, in text, markdown and latex
    #[arg(long, default_value_t = 2)]
    digits: u8,
    /// How to write the counts; as json, one object a line with all but the ambiguous mentions
    #[arg(long, value_enum, default_value = "text")]
    format: TableFormat,
    #[command(flatten)]
    output: OutputFlag,
}

/// What is as long as it has words.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Lengths {
    Sentences,
    Mentions,
}

/// What was counted in one file.
struct Counted {
    file: PathBuf,
    /// What the file is called where there is little room.
    name: String,
    statistics: Statistics,
    classes: ClassCounts,
    mentions: MentionStatistics,
    sentence_lengths: Histogram,
    mention_lengths: Histogram,
    /// Nothing for the training file itself.
    unseen: Option<Unseen>,
    /// What a tagged file looks like; nothing where documents were read.
    layout: Option<(Layout, FoundTagColumn)>,
}

/// The sentences that tell what is unseen, if there are any.
struct Known {
    training: Training,
    /// The names of their files.
    name: String,
}

/// Runs the command.
///
/// # Errors
/// A file that cannot be read as a corpus, or an output that cannot be written.
pub fn run(arguments: &StatsArguments) -> Result<()> {
    if arguments.unseen && arguments.train.is_empty() && arguments.files.len() == 1 {
        let message =
            "--unseen needs training to hold the file against: name a second file, or training files with --train";
        return Err(clap::Error::raw(ErrorKind::ArgumentConflict, format!("{message}\n")).into());
    }
    if let Some(svg) = &arguments.svg
        && arguments.files.iter().chain(&arguments.train).any(|file| welt_files::is_one_path(svg, file))
    {
        let message = format!("--svg is {}, which is read: name another path\n", svg.display());
        return Err(clap::Error::raw(ErrorKind::ArgumentConflict, message).into());
    }
    arguments.output.refuse_inputs(arguments.files.iter().chain(&arguments.train))?;
    // All files are read before the first row is written, so that a mistake in the last leaves no half table.
    let (counted, training) = arguments.counted()?;
    let histogram = |counted: &Counted| match arguments.lengths {
        Lengths::Sentences => counted.sentence_lengths.clone(),
        Lengths::Mentions => counted.mention_lengths.clone(),
    };
    let histograms: Vec<Histogram> = counted.iter().map(histogram).collect();
    if let Some(path) = &arguments.svg {
        draw(path, &arguments.lengths.title(&counted), arguments.lengths.name(), &together(&histograms))?;
    }
    arguments.output.write(|out| match arguments.format {
        TableFormat::Json => {
            let line = |counted: &Counted| json_line(counted, &training.name, arguments.ambiguous);
            Ok(counted.iter().try_for_each(|counted| writeln!(out, "{}", line(counted)))?)
        }
        TableFormat::Text => Ok(arguments.write(&mut ForPeople(out), &counted, &training.name, &histograms)?),
        _ => Ok(arguments.write(out, &counted, &training.name, &histograms)?),
    })
}

impl StatsArguments {
    /// Counts what is in each file, one file after the other and documents part by part: of training its distinct words and mentions are kept.
    fn counted(&self) -> Result<(Vec<Counted>, Known)> {
        refuse_standard_input_twice(self.train.iter().chain(&self.files))?;
        let names = short_names(&self.files);
        let mut known = Known { training: Training::new(), name: short_names(&self.train).join(", ") };
        for file in &self.train {
            self.look_through(file, false, |sentences| known.training.add(sentences))?;
        }
        let mut all = Vec::with_capacity(self.files.len());
        for (file, name) in self.files.iter().zip(names) {
            let against = Some(&known.training).filter(|training| !training.is_empty());
            // Where no training was named, the first file is what the others are held against.
            let is_first = against.is_none() && self.files.len() > 1;
            let (mut counter, mut own) = (Counter::new(), Training::new());
            let again = self.look_through(file, self.shows_mentions(), |sentences| {
                counter.add(sentences, against);
                if is_first {
                    own.add(sentences);
                }
            })?;
            let (path, layout) = (again.path().to_owned(), again.layout());
            if self.shows_mentions() && counter.wants_second_look() {
                again.look(|sentences| counter.look_again(sentences))?;
            }
            all.push(Counted::of(&counter, (path, name.clone(), layout), against));
            if is_first {
                known = Known { training: own, name };
            }
        }
        Ok((all, known))
    }

    /// Whether ambiguous mentions are shown, for which every file is looked through twice.
    fn shows_mentions(&self) -> bool {
        self.mentions || self.ambiguous.is_some() || self.format == TableFormat::Json
    }

    /// Hands the sentences of a file on, some at a time.
    fn look_through(
        &self,
        file: &Path,
        is_read_again: bool,
        mut take: impl FnMut(&[Sentence]) + Send,
    ) -> Result<Again> {
        match self.reading.open(file, is_read_again)? {
            Corpus::Tagged(mut corpus) => {
                self.scheme.apply(&mut corpus)?;
                corpus.warn_of_losses();
                take(&corpus.sentences);
                Ok(Again::Tagged(corpus))
            }
            Corpus::Documents(mut parts) => {
                self.scheme.refuse_documents(&parts.path)?;
                parts.each(|part| {
                    take(&part.sentences);
                    Ok(())
                })?;
                warn_of_lost(&parts.path, &parts.lost);
                Ok(Again::Documents(parts))
            }
        }
    }

    fn write(
        &self,
        out: &mut impl Write,
        counted: &[Counted],
        training: &str,
        histograms: &[Histogram],
    ) -> std::io::Result<()> {
        let mut all = vec![tables::counts(counted, training)];
        if self.classes {
            all.extend([tables::classes(counted), tables::types(counted)]);
        }
        if self.mentions {
            all.extend([tables::mentions(counted), tables::mention_lengths(counted)]);
        }
        if self.unseen {
            all.push(tables::unseen(counted, training));
        }
        if let Some(most) = self.ambiguous {
            all.extend(counted.iter().map(|counted| tables::ambiguous(counted, most)));
        }
        if self.histogram && self.format != TableFormat::Text {
            all.push(self.histogram_table(counted, histograms));
        }
        write_tables(out, &all, self.format, usize::from(self.digits))?;
        if self.histogram && self.format == TableFormat::Text {
            for (counted, histogram) in counted.iter().zip(histograms) {
                let (name, of, mean) = (&counted.name, self.lengths.name(), histogram.mean());
                let middle = histogram.quantile(0.5).map_or(String::new(), |median| format!(", median {median}"));
                writeln!(out, "\n{name}: {of} by their number of words: mean {mean:.2}{middle}")?;
                write!(out, "{}", histogram.to_text(COLUMNS))?;
            }
        }
        Ok(())
    }

    fn histogram_table(&self, counted: &[Counted], histograms: &[Histogram]) -> Table {
        let names: Vec<&str> = counted.iter().map(|counted| counted.name.as_str()).collect();
        tables::histogram(self.lengths.name(), &names, histograms, &together(histograms).bars())
    }
}

/// A corpus that was looked through, to be looked through again.
enum Again {
    Tagged(Annotated),
    Documents(Parts),
}

impl Again {
    fn path(&self) -> &Path {
        match self {
            Self::Tagged(corpus) => &corpus.path,
            Self::Documents(parts) => &parts.path,
        }
    }

    /// What a tagged file looks like; nothing of documents.
    fn layout(&self) -> Option<(Layout, FoundTagColumn)> {
        match self {
            Self::Tagged(Annotated { origin: Origin::Tagged { layout, tag_column, .. }, .. }) => {
                Some((layout.clone(), *tag_column))
            }
            _ => None,
        }
    }

    fn look(self, mut take: impl FnMut(&[Sentence]) + Send) -> Result<()> {
        match self {
            Self::Tagged(corpus) => take(&corpus.sentences),
            Self::Documents(parts) => {
                parts.again()?.each(|part| {
                    take(&part.sentences);
                    Ok(())
                })?;
            }
        }
        Ok(())
    }
}

impl Counted {
    fn of(
        counter: &Counter,
        (file, name, layout): (PathBuf, String, Option<(Layout, FoundTagColumn)>),
        training: Option<&Training>,
    ) -> Self {
        Self {
            file,
            name,
            statistics: counter.statistics(),
            classes: counter.classes().clone(),
            mentions: counter.mentions(),
            sentence_lengths: counter.sentence_lengths().clone(),
            mention_lengths: counter.mention_lengths().clone(),
            unseen: training.map(|training| counter.unseen(training)),
            layout,
        }
    }
}

impl Lengths {
    const fn name(self) -> &'static str {
        match self {
            Self::Sentences => "sentences",
            Self::Mentions => "mentions",
        }
    }

    fn title(self, counted: &[Counted]) -> String {
        let names: Vec<&str> = counted.iter().map(|counted| counted.name.as_str()).collect();
        format!("{} by their number of words: {}", self.name(), names.join(", "))
    }
}

/// Everything that is known about a file; of ambiguous mentions there may be thousands, so that they are listed where asked for.
fn json_line(counted: &Counted, training: &str, ambiguous: Option<usize>) -> Value {
    let mut mentions = json!(counted.mentions);
    if let Value::Object(fields) = &mut mentions {
        let all = fields.remove("ambiguous");
        fields.insert("n_ambiguous".to_owned(), counted.mentions.ambiguous.len().into());
        if let (Some(most), Some(Value::Array(mut all))) = (ambiguous, all) {
            all.truncate(most);
            fields.insert("ambiguous".to_owned(), all.into());
        }
    }
    let lengths = |histogram: &Histogram| json!({ "mean": histogram.mean(), "median": histogram.quantile(0.5), "counts": histogram.counts });
    json!({
        "file": counted.file.to_string_lossy(),
        "statistics": counted.statistics,
        "layout": counted.layout.as_ref().map(|(layout, _)| layout),
        "tag_column": counted.layout.as_ref().map(|(_, column)| column.number),
        "classes": counted.classes,
        "imbalance": counted.classes.imbalance(),
        "sentence_lengths": lengths(&counted.sentence_lengths),
        "mention_lengths": lengths(&counted.mention_lengths),
        "mentions": mentions,
        "training": counted.unseen.map(|_| training),
        "unseen": counted.unseen,
    })
}

/// The counts of all histograms.
fn together(histograms: &[Histogram]) -> Histogram {
    let mut all = Histogram::default();
    for (value, count) in histograms.iter().flat_map(|histogram| &histogram.counts) {
        *all.counts.entry(*value).or_default() += count;
    }
    all
}

fn draw(path: &Path, title: &str, counts: &str, histogram: &Histogram) -> Result<()> {
    let mut out = Destination::file(path, "--svg")?;
    let svg = histogram.to_svg(&AxisLabels { title, values: "words", counts });
    out.writer.write_all(svg.as_bytes()).and_then(|()| out.writer.flush()).with_context(|| out.name.clone())?;
    out.finish()
}
