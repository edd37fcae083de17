//! The published numbers that stand beside ours.
//! They are handed in by whoever has them, and most reports have none.

use welt_settings::Method;

/// The published numbers that a report sets beside ours. Scores are whole hundredths of a per cent, so that printed numbers
/// are exact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// The names of the methods, in the order of the tables' columns.
    pub methods: Vec<String>,
    /// The index of vanilla among the methods.
    pub vanilla: usize,
    /// One for each corpus and encoder, in the order of the tables.
    pub rows: Vec<PublishedRow>,
    /// F1 by the two scorers of Table 10, one for each encoder.
    pub strict_rows: Vec<PublishedStrictRow>,
    /// Tables 1 and 11.
    pub corpora: Vec<PublishedCorpus>,
}

/// What the tables say of one corpus and encoder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedRow {
    /// The corpus.
    pub dataset: String,
    /// The encoder.
    pub model: String,
    /// One for each method.
    pub scores: Vec<PublishedScores>,
}

/// Scores of one method, in hundredths of a per cent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublishedScores {
    /// Right among the predicted entities.
    pub precision: i64,
    /// Right among the gold entities.
    pub recall: i64,
    /// The harmonic mean of the two.
    pub f1: i64,
}

/// What Table 10 says of one encoder, in hundredths of a per cent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedStrictRow {
    /// The corpus.
    pub dataset: String,
    /// The encoder.
    pub model: String,
    /// F1 of seqeval's strict mode and of FairEval, for each method.
    pub scores: Vec<[i64; 2]>,
}

/// What Tables 1 and 11 say of one corpus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedCorpus {
    /// The corpus.
    pub name: String,
    /// O, B and I of the training split, in hundredths of a per cent.
    pub shares: [i64; 3],
    /// Sentences of training, development and test.
    pub sentences: [u64; 3],
}

/// Precision, recall, F1 and its difference to vanilla, in points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scores {
    pub precision: f64,
    pub recall: f64,
    pub f1: f64,
    pub gain: f64,
}

impl Published {
    /// The index of a method of this name.
    #[must_use]
    pub fn method(&self, name: &str) -> Option<usize> {
        self.methods.iter().position(|method| method == name)
    }

    /// The number of the paper's table on a corpus.
    pub(crate) fn table_number(&self, dataset: &str) -> Option<usize> {
        self.datasets().iter().position(|known| *known == dataset).map(|index| index + 2)
    }

    /// The paper's corpora, in the order of its tables.
    pub(crate) fn datasets(&self) -> Vec<&str> {
        distinct(self.rows.iter().map(|row| row.dataset.as_str()))
    }

    /// The paper's encoders, in the order of its tables.
    pub(crate) fn models(&self) -> Vec<&str> {
        distinct(self.rows.iter().map(|row| row.model.as_str()))
    }

    /// The published scores of a method with an encoder.
    pub(crate) fn scores(&self, dataset: &str, model: &str, method: Method) -> Option<Scores> {
        let method = self.method(&method.to_string())?;
        let row = self.rows.iter().find(|known| known.dataset == dataset && known.model == model)?;
        let points = |hundredths: i64| hundredths as f64 / 100.0;
        let of = row.scores[method];
        Some(Scores {
            precision: points(of.precision),
            recall: points(of.recall),
            f1: points(of.f1),
            gain: points(of.f1 - row.scores[self.vanilla].f1),
        })
    }

    /// The published scores of a method with every encoder of the paper.
    pub(crate) fn over_encoders(&self, dataset: &str, method: Method) -> Vec<Scores> {
        let encoders = self.rows.iter().filter(|known| known.dataset == dataset);
        encoders.filter_map(|known| self.scores(dataset, &known.model, method)).collect()
    }
}

fn distinct<'n>(names: impl Iterator<Item = &'n str>) -> Vec<&'n str> {
    let mut found: Vec<&str> = Vec::new();
    for name in names {
        if !found.contains(&name) {
            found.push(name);
        }
    }
    found
}
