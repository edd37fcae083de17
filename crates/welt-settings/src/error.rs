//! Why settings cannot be used.

/// Why settings cannot be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// A number that no training can be made with.
    #[error("{name} is {found}: expected {expected}")]
    Number {
        /// The setting.
        name: &'static str,
        /// Its value.
        found: String,
        /// What would do.
        expected: String,
    },
    /// A text that is no value of a setting.
    #[error("`{found}`: expected {expected}")]
    Value {
        /// The text as it stood.
        found: String,
        /// What would do.
        expected: &'static str,
    },
    /// The name of a method is not known.
    #[error(
        "{reason}, or another loss: focal-GAMMA, logit-adjustment-TAU or dice-ALPHA (with a number of at least 0, as in \
         focal-2), or what needs no training of its own: tuned-shift or constrained; alone or joined, as in welt+focal-2"
    )]
    UnknownMethod {
        /// What is wrong with it as a weighting scheme.
        reason: String,
    },
    /// A method that names two things of one kind.
    #[error("`{found}` names {what} twice: expected at most one scheme, and each other part once")]
    TwiceInMethod {
        /// The name as it stood.
        found: String,
        /// Of what there are two.
        what: &'static str,
    },
    /// A method that is to have both losses.
    #[error("a dice loss and a focal loss are two losses of a word: expected one of them")]
    TwoLosses,
    /// A setting that is not known.
    #[error("unknown setting `{found}`{}, expected one of {}", said(nearest), expected.join(", "))]
    Unknown {
        /// The name as it stood.
        found: String,
        /// The known name that is like it.
        nearest: Option<String>,
        /// All names that are known there.
        expected: Vec<&'static str>,
    },
    /// A setting that stands outside of its heading.
    #[error("`{name}` stands at the top: put it under [training]")]
    Misplaced {
        /// The setting.
        name: String,
    },
    /// A setting that stands in two places of one file.
    #[error("`{name}` stands twice, at the top and under [training]: expected it in one of them")]
    Twice {
        /// The setting.
        name: &'static str,
    },
    /// Two settings of one file that say the same thing.
    #[error("`{one}` and `{other}` stand side by side: the method says both, expected one of them")]
    Both {
        /// The one.
        one: &'static str,
        /// The other.
        other: &'static str,
    },
    /// A setting without which nothing can be run.
    #[error("--{name} is missing: name it as a flag or in --config")]
    Missing {
        /// The setting.
        name: &'static str,
    },
    /// A text that is no table of settings, or a value of another type.
    #[error("{0}")]
    Unreadable(String),
    /// Any of these, in a file.
    #[error("{file}: {problem}")]
    In {
        /// The file.
        file: String,
        /// What is wrong in it.
        problem: Box<Self>,
    },
}

impl SettingsError {
    /// An unknown name where some are known, beside the one that is most like it: `elsewhere` are names under a heading.
    pub(crate) fn unknown(found: &str, expected: Vec<&'static str>, elsewhere: (&str, Vec<&'static str>)) -> Self {
        let (heading, names) = elsewhere;
        let here = expected.iter().map(|name| (*name, (*name).to_owned()));
        let there = names.iter().map(|name| (*name, format!("{name} under [{heading}]")));
        let likeness = |(name, _): &(&str, String)| (strsim::jaro_winkler(found, name) * 1e6) as u64;
        let nearest = here.chain(there).max_by_key(likeness).filter(|name| likeness(name) > 850_000);
        Self::Unknown { found: found.to_owned(), nearest: nearest.map(|(_, name)| name), expected }
    }

    /// The error with the name of the file that it stands in.
    pub(crate) fn in_file(self, file: &std::path::Path) -> Self {
        Self::In { file: file.display().to_string(), problem: Box::new(self) }
    }
}

fn said(nearest: &Option<String>) -> String {
    nearest.as_ref().map(|name| format!(" (did you mean {name}?)")).unwrap_or_default()
}
