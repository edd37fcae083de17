//! A word for each method, and the whole judgement of a grid.
//! Tests go in, words and sentences come out.

use serde::{Deserialize, Serialize};

use super::corpora::{OfCorpora, corpora};
use super::needed::{MOST_SEEDS, MOST_SOURCES, needed};
use super::pairs::{Pairs, Reading, collapsed};
use super::primary::{Basis, Primary, primary};
use super::{Grid, UnitNoise};
use crate::EvalError;

/// What a grid says of its methods.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// One for each method of the grid, in its order.
    pub methods: Vec<MethodVerdict>,
    /// How many tests of single corpora there are, which is what their p-values were adjusted for.
    pub n_corpus_tests: usize,
}

/// What is known of a method.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MethodVerdict {
    /// Its name.
    pub method: String,
    /// The whole verdict in words.
    pub text: String,
    /// By pairs in which neither run collapsed: this gives the word.
    pub trained: Verdict,
    /// By all pairs.
    pub all: Verdict,
    /// Which runs collapsed.
    pub collapsed: Collapsed,
    /// Each corpus apart.
    pub corpora: OfCorpora,
}

/// How many runs collapsed, of how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collapsed {
    /// Of the method.
    pub method: [usize; 2],
    /// Of vanilla.
    pub vanilla: [usize; 2],
}

/// What one reading says of a method.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// The word alone.
    pub word: Word,
    /// Whether the difference is smaller than the margin, whichever way it goes.
    pub within_margin: bool,
    /// The word with what belongs to it.
    pub text: String,
    /// How many further seeds would tell, where nothing is known; none where no number up to 50 in all would.
    pub more_seeds: Option<usize>,
    /// How many further sources would tell, where nothing is known; none where no number up to 100 in all would.
    pub more_sources: Option<usize>,
    /// The smallest true difference that one test would see four times of five.
    pub visible: Option<f64>,
    /// The same for the first of all methods that Holm's adjustment looks at.
    pub visible_first: Option<f64>,
    /// The test that the word rests on.
    pub primary: Primary,
}

/// What a method does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Word {
    /// It is better than vanilla.
    #[serde(rename = "helps")]
    Helps,
    /// It is worse.
    #[serde(rename = "hurts")]
    Hurts,
    /// It is neither by as much as the margin.
    #[serde(rename = "the same")]
    Same,
    /// The runs do not tell.
    #[serde(rename = "not known")]
    NotKnown,
}

impl Word {
    /// The word as it is printed.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Helps => "helps",
            Self::Hurts => "hurts",
            Self::Same => "the same",
            Self::NotKnown => "not known",
        }
    }
}

/// Judges every method of a grid. The noise of a test set is asked for by pairs, whose corpus, method and seeds it is of.
///
/// # Errors
/// A level, margin or F1 that is none, corpora with fewer methods than the grid, and errors of `noise`.
pub fn judge<E: From<EvalError>>(
    grid: &Grid,
    mut noise: impl FnMut(&Pairs) -> Result<UnitNoise, E>,
) -> Result<Judgement, E> {
    let trained = primary(grid, Reading::Trained, &mut noise)?;
    let all = primary(grid, Reading::All, &mut noise)?;
    let corpora = corpora(grid, &mut noise)?;
    let n_corpus_tests = corpora.iter().flat_map(|of| &of.corpora).filter(|of| of.test.is_some()).count();
    let mut methods = Vec::new();
    for (method, ((trained, all), corpora)) in trained.into_iter().zip(all).zip(corpora).enumerate() {
        let (trained, all) = (verdict(grid, trained), verdict(grid, all));
        let collapsed = Collapsed {
            method: n_collapsed(grid, Some(method), |corpus| corpus.methods[method].len()),
            vanilla: n_collapsed(grid, None, |corpus| corpus.vanilla.len()),
        };
        let mut text = trained.text.clone();
        if all.word != trained.word {
            text = format!("{text}; with collapsed runs: {}", all.text);
        }
        let Collapsed { method: [bad, of], vanilla: [bad_vanilla, of_vanilla] } = collapsed;
        if bad + bad_vanilla > 0 {
            text = format!("{text}; collapsed: {bad} of {of} runs, vanilla {bad_vanilla} of {of_vanilla}");
        }
        methods.push(MethodVerdict { method: grid.methods[method].clone(), text, trained, all, collapsed, corpora });
    }
    Ok(Judgement { methods, n_corpus_tests })
}

fn n_collapsed(grid: &Grid, method: Option<usize>, n_runs: impl Fn(&super::Corpus) -> usize) -> [usize; 2] {
    let bad = grid.corpora.iter().map(|corpus| collapsed(corpus, method).len()).sum();
    [bad, grid.corpora.iter().map(n_runs).sum()]
}

fn verdict(grid: &Grid, primary: Primary) -> Verdict {
    let (level, margin) = (grid.level, grid.margin);
    let within_margin = primary.test.is_some_and(|test| test.adjusted_same < level);
    let word = match primary.test {
        Some(test) if test.adjusted < level && primary.difference > 0.0 => Word::Helps,
        Some(test) if test.adjusted < level => Word::Hurts,
        Some(_) if within_margin => Word::Same,
        _ => Word::NotKnown,
    };
    let [more_seeds, more_sources] = match word {
        Word::NotKnown => needed(&primary, margin.max(primary.difference.abs())),
        _ => [None, None],
    };
    let visible = primary.test.and_then(|test| test.visible(level));
    let visible_first = primary.test.and_then(|test| test.visible(test.first_level));
    let text = String::new();
    let verdict = Verdict { word, within_margin, text, more_seeds, more_sources, visible, visible_first, primary };
    Verdict { text: verdict.in_words(margin), ..verdict }
}

impl Verdict {
    fn in_words(&self, margin: f64) -> String {
        let about = match (&self.primary.basis, self.primary.n_corpora) {
            (Some(Basis::Seeds { .. }), 1) => " on this corpus",
            (Some(Basis::Seeds { .. }), _) => " on these corpora",
            _ => "",
        };
        let by_less = if self.within_margin { format!(", by less than {margin}") } else { String::new() };
        match (self.word, &self.primary.basis, &self.primary.test) {
            (Word::Helps | Word::Hurts, ..) => format!("{}{about}{by_less}", self.word.name()),
            (Word::Same, ..) => format!("the same within {margin}{about}"),
            (Word::NotKnown, None, _) => "not known: no pairs to compare".to_owned(),
            (Word::NotKnown, Some(_), None) => format!(
                "not known: one seed compares two models, not two methods; {}",
                self.needed().unwrap_or_default()
            ),
            (Word::NotKnown, Some(basis), Some(_)) => {
                let beyond = match basis {
                    Basis::Sources { .. } => {
                        format!("more than {MOST_SEEDS} seeds or {MOST_SOURCES} corpora of other texts")
                    }
                    Basis::Seeds { .. } => format!("more than {MOST_SEEDS} seeds, or a larger test set"),
                };
                format!("not known{about}: {}", self.needed().unwrap_or(beyond))
            }
        }
    }

    /// How many further seeds or sources would tell; none where no number would.
    fn needed(&self) -> Option<String> {
        let counted = |n: usize, one: &str, several: &str| format!("{n} more {}", if n == 1 { one } else { several });
        let seeds = self.more_seeds.map(|n| counted(n, "seed", "seeds"));
        let sources = self.more_sources.map(|n| counted(n, "corpus of other texts", "corpora of other texts"));
        match (seeds, sources) {
            (None, None) => None,
            (Some(one), None) | (None, Some(one)) => Some(format!("about {one}")),
            (Some(seeds), Some(sources)) => Some(format!("about {seeds} or {sources}")),
        }
    }
}
