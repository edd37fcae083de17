//! The labels that a model chooses among, each with its index.
//! Names in, checked labels out; which label stands for which output is settled here and nowhere else.
//!
//! ```
//! use welt_tags::LabelSet;
//!
//! let labels = LabelSet::new(vec!["O".to_owned(), "B-Gene".to_owned(), "I-Gene".to_owned()])?;
//! assert_eq!((labels.index("I-Gene"), labels.outside()), (Some(2), 0));
//! # Ok::<(), welt_tags::TagError>(())
//! ```

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::{Tag, TagError};

/// The labels of a model in the order of its outputs; always holds `O`, and no label twice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct LabelSet {
    names: Vec<String>,
    outside: usize,
}

impl LabelSet {
    /// Labels in the order given, as a checkpoint's `id2label` lists them.
    ///
    /// # Errors
    /// A label that is no tag, a label that stands twice, or no `O`.
    pub fn new(names: Vec<String>) -> Result<Self, TagError> {
        let mut met = HashSet::with_capacity(names.len());
        for name in &names {
            name.parse::<Tag>()?;
            if !met.insert(name) {
                return Err(TagError::Duplicate { label: name.clone() });
            }
        }
        match names.iter().position(|name| name == "O") {
            Some(outside) => Ok(Self { names, outside }),
            None => Err(TagError::NoOutside { found: names }),
        }
    }

    /// The distinct tags among `tags`, with `O`, in code-point order: for one type B, I, O, as the paper's code sorts them.
    ///
    /// # Errors
    /// A text that is no tag.
    pub fn from_tags<T: AsRef<str>>(tags: impl IntoIterator<Item = T>) -> Result<Self, TagError> {
        let mut names = std::collections::BTreeSet::from(["O".to_owned()]);
        for tag in tags {
            if !names.contains(tag.as_ref()) {
                names.insert(tag.as_ref().to_owned());
            }
        }
        Self::new(names.into_iter().collect())
    }

    /// The labels in order.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The index of a label, from 0.
    #[must_use]
    pub fn index(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|label| label == name)
    }

    /// The index of `O`.
    #[must_use]
    pub const fn outside(&self) -> usize {
        self.outside
    }
}

impl TryFrom<Vec<String>> for LabelSet {
    type Error = TagError;

    fn try_from(names: Vec<String>) -> Result<Self, TagError> {
        Self::new(names)
    }
}

impl From<LabelSet> for Vec<String> {
    fn from(labels: LabelSet) -> Self {
        labels.names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owned(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn labels_keep_their_order() {
        let labels = LabelSet::new(owned(&["I-A", "O", "B-A"])).unwrap();
        assert_eq!(labels.names(), ["I-A", "O", "B-A"]);
        assert_eq!(labels.outside(), 1);
        assert_eq!(labels.index("B-A"), Some(2));
        assert_eq!(labels.index("B-B"), None);
    }

    #[test]
    fn labels_of_a_corpus_always_hold_outside() {
        let labels = LabelSet::from_tags(["I-A", "B-A", "I-A"]).unwrap();
        assert_eq!(labels.names(), ["B-A", "I-A", "O"]);
        assert_eq!(LabelSet::from_tags::<&str>([]).unwrap().names(), ["O"]);
    }

    #[test]
    fn labels_that_make_no_set_are_errors() {
        let malformed = LabelSet::new(owned(&["O", "LABEL_1"])).unwrap_err();
        assert_eq!(malformed, TagError::Malformed { found: "LABEL_1".to_owned() });
        let duplicate = LabelSet::new(owned(&["O", "B", "O"])).unwrap_err();
        assert_eq!(duplicate, TagError::Duplicate { label: "O".to_owned() });
        let no_outside = LabelSet::new(owned(&["B"])).unwrap_err();
        assert_eq!(no_outside, TagError::NoOutside { found: owned(&["B"]) });
    }
}
