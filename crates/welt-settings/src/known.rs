//! What methods there are: their names, where they come from and when they help, for help texts and documentation.

use std::fmt::Write as _;

use crate::Method;

/// A method that `--methods all` compares, with its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownMethod {
    /// The name, with the number that its source recommends.
    pub name: &'static str,
    /// What it does, in a line.
    pub what: &'static str,
    /// Who published it, and where its number comes from.
    pub source: &'static str,
    /// When it helps, in a line.
    pub helps: &'static str,
}

/// The methods that `--methods all` compares, in the order of its tables.
///
/// Their numbers are those of their sources: a choice on dev would cost each as many trainings as it has candidates.
pub const KNOWN_METHODS: [KnownMethod; 11] = [
    KnownMethod {
        name: "vanilla",
        what: "the cross-entropy without class weights",
        source: "what all others are compared with",
        helps: "where entities are frequent enough, and wherever nothing else is shown to be better",
    },
    KnownMethod {
        name: "ins",
        what: "weights a class by one over its count",
        source: "the usual inverse frequency; a baseline of Mobasher et al. 2023",
        helps: "where entities would otherwise never be predicted; costs much precision elsewhere",
    },
    KnownMethod {
        name: "isns",
        what: "weights a class by one over the root of its count",
        source: "Mahajan et al. 2018 for sampling; a baseline of Mobasher et al. 2023",
        helps: "as ins, where that gives up too much precision",
    },
    KnownMethod {
        name: "ens-0.999",
        what: "weights a class by its effective number of samples (class-balanced loss)",
        source: "Cui et al. 2019, equation 2; beta is one of theirs",
        helps: "where some classes have fewer than a thousand words: counts above are taken for alike",
    },
    KnownMethod {
        name: "ens-0.9999",
        what: "the same with a larger beta",
        source: "Cui et al. 2019, equation 2; beta is one of theirs",
        helps: "where some classes have fewer than ten thousand words; near ins for small corpora",
    },
    KnownMethod {
        name: "welt",
        what: "weights a class by the softmax of one minus its share",
        source: "Mobasher et al. 2023, equations 1 and 2",
        helps: "mildest of the weightings: at most e times as much for a rare class as for O",
    },
    KnownMethod {
        name: "focal-2",
        what: "words that are already told well count less (focal loss)",
        source: "Lin et al. 2017, equation 4; gamma 2 was their best",
        helps: "where most words are easy, and scores should be less sure of themselves",
    },
    KnownMethod {
        name: "logit-adjustment-1",
        what: "adds the logarithm of a label's share to its scores in training",
        source: "Menon et al. 2021, equation 10; tau 1 is consistent for the balanced error",
        helps: "where recall of rare labels matters more than precision",
    },
    KnownMethod {
        name: "dice-0.01",
        what: "one minus a soft F1 of each word (self-adjusting dice loss)",
        source: "Li et al. 2020, section 3.4; alpha 0.01 and smoothing 1 are those of their code for CoNLL 2003",
        helps: "where words that are told well drown the others: they stop to count; it may find nothing but O, and then ins+dice-0.01 may learn",
    },
    KnownMethod {
        name: "tuned-shift",
        what: "vanilla, with the score of O shifted by the number that scores best on dev; no training of its own",
        source: "Lipton et al. 2014; Menon et al. 2021, equation 9",
        helps: "wherever weights help because precision and recall are out of balance: the control that costs nothing",
    },
    KnownMethod {
        name: "constrained",
        what: "vanilla, with the most probable sequence that the tagging scheme allows; no training of its own",
        source: "Viterbi 1967",
        helps: "where models are small or little trained and predict entities that never began",
    },
];

impl Method {
    /// What `--methods all` compares.
    #[must_use]
    pub fn all() -> Vec<Self> {
        KNOWN_METHODS.iter().filter_map(|known| known.name.parse().ok()).collect()
    }
}

/// All known methods for a help text: a line with what each does, one with when it helps, and its source.
#[must_use]
pub fn list_of_known_methods() -> String {
    let mut text = String::from("Methods (numbers are examples; parts are joined by +, as in welt+focal-2):\n");
    for KnownMethod { name, what, source, helps } in KNOWN_METHODS {
        let _ = writeln!(text, "  {name:<19} {what}\n{0:<21} helps {helps}\n{0:<21} [{source}]", "");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_a_method_and_written_as_it_stands() {
        let names: Vec<String> = Method::all().iter().map(Method::to_string).collect();
        assert_eq!(names, KNOWN_METHODS.map(|known| known.name));
    }
}
