//! The paper's numbers, as `docs/paper` holds them, and what is known of its corpora.
//! CSV files and manifests go in; checked tables of whole hundredths come out. It computes nothing.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use welt_corpora::{Manifest, Split};
use welt_weights::{Scheme, same_loss};

/// Everything that the audit looks at.
#[derive(Debug)]
pub struct Paper {
    /// The weightings, in the order of the tables' columns.
    pub methods: Vec<Method>,
    /// The index of vanilla among the methods.
    pub vanilla: usize,
    /// The indices of the other methods whose loss is vanilla's on every corpus.
    pub replicates: Vec<usize>,
    /// One for each corpus and encoder, in the order of the tables.
    pub rows: Vec<Row>,
    /// Table 10, one for each encoder.
    pub strict_rows: Vec<StrictRow>,
    pub corpora: Vec<Corpus>,
    pub worked: WorkedExample,
}

/// A column of the tables.
#[derive(Debug)]
pub struct Method {
    pub name: String,
    pub scheme: Scheme,
}

/// What the tables say of one corpus and encoder.
#[derive(Debug)]
pub struct Row {
    pub dataset: String,
    pub model: String,
    /// One for each method.
    pub scores: Vec<Triple>,
}

/// Scores in hundredths of a per cent, so that printed numbers are exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Triple {
    pub precision: i64,
    pub recall: i64,
    pub f1: i64,
}

/// What Table 10 says of one encoder, in hundredths of a per cent.
#[derive(Debug)]
pub struct StrictRow {
    pub dataset: String,
    pub model: String,
    /// F1 of seqeval's strict mode and of FairEval, for each method.
    pub scores: Vec<[i64; 2]>,
}

/// What Tables 1 and 11 say of one corpus, and what is in it.
#[derive(Debug)]
pub struct Corpus {
    pub name: String,
    /// O, B and I of the training split in hundredths of a per cent.
    pub shares: [i64; 3],
    /// Training, development and test.
    pub sentences: [u64; 3],
    /// What was counted in the files themselves, where somebody did.
    pub counted: Option<Counted>,
}

/// What is in the files of a corpus.
#[derive(Debug, Clone)]
pub struct Counted {
    /// Training, development and test.
    pub sentences: [u64; 3],
    /// Words of the training split with the tags O, B and I.
    pub classes: [u64; 3],
    pub test_entities: u64,
}

/// The numbers of the paper's section 3, in the order O, B, I.
#[derive(Debug)]
pub struct WorkedExample {
    pub counts: [u64; 3],
    pub total: u64,
    /// Of equation 1.
    pub weights: [f64; 3],
    /// Of equation 2.
    pub softmax: [f64; 3],
    /// As one extraction of the text has it.
    pub softmax_other_reading: [f64; 3],
}

/// The scores of one row of the grid, by method and metric.
type Metrics = HashMap<(String, String), i64>;

/// The method that the paper proposes.
pub const PROPOSED: &str = "welt";

/// The method that everything is compared with.
const BASELINE: &str = "vanilla";

impl Paper {
    /// Reads the CSV files of `folder`, and the manifests of the corpora in `manifests`.
    pub fn read(folder: &Path, manifests: &Path) -> Result<Self> {
        let file = |name: &str| {
            let path = folder.join(name);
            fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))
        };
        let mut corpora = corpora(&file("corpora.csv")?).context("corpora.csv")?;
        for corpus in &mut corpora {
            corpus.counted = counted(&Manifest::read(&manifests.join(format!("{}.toml", corpus.name)))?);
        }
        let worked = worked(&file("worked-example.csv")?).context("worked-example.csv")?;
        Self::new(&file("results.csv")?, corpora, worked).context("results.csv")
    }

    /// Puts the text of `results.csv` and the rest together.
    pub fn new(results: &str, corpora: Vec<Corpus>, worked: WorkedExample) -> Result<Self> {
        let mut names: Vec<String> = Vec::new();
        let mut row_names: Vec<[String; 2]> = Vec::new();
        let mut cells: HashMap<[String; 2], Metrics> = HashMap::new();
        for fields in records::<6>(results)? {
            let [_, dataset, model, scheme, metric, value] = fields;
            let row_name = [dataset.to_owned(), model.to_owned()];
            let key = (scheme.to_owned(), metric.to_owned());
            let value = hundredths(value)?;
            if !cells.contains_key(&row_name) {
                row_names.push(row_name.clone());
            }
            if !names.contains(&key.0) {
                names.push(key.0.clone());
            }
            if cells.entry(row_name).or_default().insert(key, value).is_some() {
                bail!("{dataset}, {model}: {scheme} has two values of {metric}, expected one");
            }
        }
        let vanilla = names.iter().position(|name| name == BASELINE).context("there is no vanilla, expected one")?;
        let methods = names.iter().map(|name| Ok(Method { name: name.clone(), scheme: name.parse()? }));
        let methods = methods.collect::<Result<Vec<_>>>()?;
        let replicates = replicates(&methods, vanilla, &corpora)?;
        let mut paper =
            Self { methods, vanilla, replicates, rows: Vec::new(), strict_rows: Vec::new(), corpora, worked };
        for row_name in row_names {
            let metrics = &cells[&row_name];
            paper.push(row_name, &names, metrics)?;
        }
        Ok(paper)
    }

    fn push(&mut self, [dataset, model]: [String; 2], names: &[String], metrics: &Metrics) -> Result<()> {
        let score = |method: &String, metric: &str| {
            let found = metrics.get(&(method.clone(), metric.to_owned())).copied();
            found.with_context(|| format!("{dataset}, {model}: {method} has no {metric}, expected one"))
        };
        let triple = |method| {
            Ok(Triple {
                precision: score(method, "precision")?,
                recall: score(method, "recall")?,
                f1: score(method, "f1")?,
            })
        };
        let scores = names.iter().map(triple).collect::<Result<Vec<_>>>()?;
        if metrics.keys().any(|(_, metric)| metric == STRICT) {
            let pair = |method| Ok([score(method, STRICT)?, score(method, FAIR)?]);
            let scores = names.iter().map(pair).collect::<Result<Vec<_>>>()?;
            self.strict_rows.push(StrictRow { dataset: dataset.clone(), model: model.clone(), scores });
        }
        self.rows.push(Row { dataset, model, scores });
        Ok(())
    }

    /// The methods that give classes different costs.
    pub fn mechanisms(&self) -> Vec<usize> {
        (0..self.methods.len()).filter(|method| *method != self.vanilla && !self.replicates.contains(method)).collect()
    }

    /// Vanilla and all methods of the same loss.
    pub fn same_objective(&self) -> Vec<usize> {
        [self.vanilla].into_iter().chain(self.replicates.iter().copied()).collect()
    }

    /// The index of a method of this name.
    pub fn method(&self, name: &str) -> Option<usize> {
        self.methods.iter().position(|method| method.name == name)
    }
}

/// Names without repetition, in the order of their first occurrence.
pub fn distinct<'a>(names: impl Iterator<Item = &'a String>) -> Vec<&'a str> {
    let mut found: Vec<&str> = Vec::new();
    for name in names {
        if !found.contains(&name.as_str()) {
            found.push(name);
        }
    }
    found
}

impl Row {
    /// For a table.
    pub fn name(&self) -> String {
        format!("{} {}", self.dataset, self.model)
    }

    /// F1 of one method less that of another, in hundredths of a point.
    pub fn f1_gain(&self, method: usize, baseline: usize) -> i64 {
        self.scores[method].f1 - self.scores[baseline].f1
    }
}

impl Corpus {
    /// Words of the training split by class in the order O, B, I: as counted, or at least so many, for a sentence has a word or more.
    pub fn least_classes(&self) -> [u64; 3] {
        match &self.counted {
            Some(counted) => counted.classes,
            None => self.shares.map(|share| {
                let sentences = self.sentences[0].saturating_sub(1);
                // The share may have been rounded up by half of its last digit.
                (sentences as f64 * (share as f64 - 0.5) / 10_000.0) as u64
            }),
        }
    }
}

const STRICT: &str = "seqeval_strict_f1";
const FAIR: &str = "faireval_fair_f1";

/// The methods that have vanilla's loss on every corpus, as their weights differ by a constant factor alone.
fn replicates(methods: &[Method], vanilla: usize, corpora: &[Corpus]) -> Result<Vec<usize>> {
    let mut found = Vec::new();
    for (index, method) in methods.iter().enumerate().filter(|(index, _)| *index != vanilla) {
        let mut same = !corpora.is_empty();
        for corpus in corpora {
            let counts = corpus.least_classes();
            same &= same_loss(&method.scheme.weights(&counts)?, &methods[vanilla].scheme.weights(&counts)?);
        }
        if same {
            found.push(index);
        }
    }
    Ok(found)
}

/// What a manifest knows for certain: where classes are not known, its sentences were taken from the paper.
fn counted(manifest: &Manifest) -> Option<Counted> {
    let split = |split| manifest.counts.get(&split);
    let train = split(Split::Train)?;
    Some(Counted {
        sentences: [train.sentences, split(Split::Dev)?.sentences, split(Split::Test)?.sentences],
        classes: [train.outside?, train.begin?, train.inside?],
        test_entities: split(Split::Test)?.entities?,
    })
}

/// Reads the text of `corpora.csv`.
pub fn corpora(text: &str) -> Result<Vec<Corpus>> {
    let corpus = |[name, _, outside, begin, inside, train, dev, test]: [&str; 8]| {
        Ok(Corpus {
            name: name.to_owned(),
            shares: [hundredths(outside)?, hundredths(begin)?, hundredths(inside)?],
            sentences: [number(train)?, number(dev)?, number(test)?],
            counted: None,
        })
    };
    records(text)?.into_iter().map(corpus).collect()
}

/// Reads the text of `worked-example.csv`.
pub fn worked(text: &str) -> Result<WorkedExample> {
    let records = records::<5>(text)?;
    let [outside, begin, inside, total] = records[..] else { bail!("expected rows for O, B, I and total") };
    let classes = [outside, begin, inside];
    if [classes[0][0], classes[1][0], classes[2][0], total[0]] != ["O", "B", "I", "total"] {
        bail!("expected rows for O, B, I and total, in this order");
    }
    let column = |index: usize| -> Result<[f64; 3]> {
        Ok([number(classes[0][index])?, number(classes[1][index])?, number(classes[2][index])?])
    };
    Ok(WorkedExample {
        counts: [number(outside[1])?, number(begin[1])?, number(inside[1])?],
        total: number(total[1])?,
        weights: column(2)?,
        softmax: column(3)?,
        softmax_other_reading: column(4)?,
    })
}

/// The lines below the header, each of `N` fields.
fn records<const N: usize>(text: &str) -> Result<Vec<[&str; N]>> {
    let mut records = Vec::new();
    for (index, line) in text.lines().enumerate().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        match <[&str; N]>::try_from(fields) {
            Ok(fields) => records.push(fields),
            Err(fields) => bail!("line {}: {} fields, expected {N}", index + 1, fields.len()),
        }
    }
    Ok(records)
}

fn number<T: std::str::FromStr>(text: &str) -> Result<T> {
    text.parse().ok().with_context(|| format!("`{text}`, expected a number"))
}

/// A number of at most two decimals as a whole number of hundredths.
fn hundredths(text: &str) -> Result<i64> {
    let value: f64 = number(text)?;
    let whole = (100.0 * value).round();
    if !whole.is_finite() || (whole / 100.0 - value).abs() > 1e-9 {
        bail!("`{text}`, expected a number with at most two decimals");
    }
    Ok(whole as i64)
}
