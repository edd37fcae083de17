//! The labels that a model chooses among, each with its index.
//! Names in, checked labels out; which label stands for which output is settled here and nowhere else.
//!
//! ```
//! use welt_tags::LabelSet;
//!
//! let labels = LabelSet::new(vec!["O".to_owned(), "B-Gene".to_owned(), "I-Gene".to_owned()])?;
//! assert_eq!((labels.index("I-Gene"), labels.outside()), (Some(2), 0));
//! // A word that the model could not see goes on with the entity around it.
//! assert_eq!(labels.tags(&[Some(1), None, Some(2), None]), ["B-Gene", "I-Gene", "I-Gene", "O"]);
//! # Ok::<(), welt_tags::TagError>(())
//! ```

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::{Prefix, Tag, TagError};

/// The labels of a model in the order of its outputs; always holds `O`, and no label twice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct LabelSet {
    names: Vec<String>,
    outside: usize,
    tags: Vec<Tag>,
    /// For each label the tag of a word within an entity of its type.
    inside: Vec<String>,
}

impl LabelSet {
    /// Labels in the order given, as a checkpoint's `id2label` lists them.
    ///
    /// # Errors
    /// A label that is no tag, a label that stands twice, or no `O`.
    pub fn new(names: Vec<String>) -> Result<Self, TagError> {
        let mut met = HashSet::with_capacity(names.len());
        let mut tags = Vec::with_capacity(names.len());
        for name in &names {
            tags.push(name.parse::<Tag>()?);
            if !met.insert(name) {
                return Err(TagError::Duplicate { label: name.clone() });
            }
        }
        let inside = tags.iter().map(|tag| Tag::new(Prefix::Inside, tag.entity_type()).to_string()).collect();
        match names.iter().position(|name| name == "O") {
            Some(outside) => Ok(Self { names, outside, tags, inside }),
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

    /// The tag of each word of a sentence by the label that a model chose for it.
    ///
    /// A word without a label, which the model could not see, goes on with the entity around it, so that none is cut:
    /// where the label behind it continues an entity with the one before it, the word is tagged I with their type, and else O.
    /// An index that no label has is read as a word without one.
    #[must_use]
    pub fn tags(&self, labels: &[Option<usize>]) -> Vec<&str> {
        let known = |label: &Option<usize>| label.filter(|label| *label < self.names.len());
        let mut tags = Vec::with_capacity(labels.len());
        let mut before = None;
        while let Some(label) = labels.get(tags.len()) {
            if let Some(label) = known(label) {
                tags.push(self.names[label].as_str());
                before = Some(label);
                continue;
            }
            let rest = &labels[tags.len()..];
            let gap = rest.iter().take_while(|label| known(label).is_none()).count();
            let behind = rest.get(gap).and_then(known);
            let tag = before.zip(behind).and_then(|(before, behind)| self.between(before, behind)).unwrap_or("O");
            tags.resize(tags.len() + gap, tag);
        }
        tags
    }

    /// The tag of what lies between two words of one entity, by the labels of these.
    fn between(&self, before: usize, behind: usize) -> Option<&str> {
        let (before, tag) = (&self.tags[before], &self.tags[behind]);
        let goes_on = matches!(before.prefix(), Prefix::Begin | Prefix::Inside);
        let continues = matches!(tag.prefix(), Prefix::Inside | Prefix::End | Prefix::Last);
        (goes_on && continues && before.entity_type() == tag.entity_type()).then_some(self.inside[behind].as_str())
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
    fn unseen_words_go_on_with_the_entity_around_them() {
        let names = ["O", "B-A", "I-A", "B-B", "E-A", "S-A", "I-B", "L-A"];
        let labels = LabelSet::new(owned(&names)).unwrap();
        let check = |text: &str, expected: &str| {
            let labels_of: Vec<Option<usize>> = text.split(' ').map(|name| labels.index(name)).collect();
            assert_eq!(labels.tags(&labels_of).join(" "), expected, "{text}");
        };
        check("B-A ? I-A ? ? E-A", "B-A I-A I-A I-A I-A E-A");
        check("B-A ? L-A", "B-A I-A L-A");
        // Nothing to go on with: an edge, another entity, another type.
        check("? I-A ?", "O I-A O");
        check("B-A ? B-A", "B-A O B-A");
        check("B-A ? I-B", "B-A O I-B");
        check("E-A ? I-A", "E-A O I-A");
        check("S-A ? O ? I-A", "S-A O O O I-A");
        check("?", "O");
        assert!(labels.tags(&[]).is_empty());
        // A set of labels without the tag of the inner words.
        let short = LabelSet::new(owned(&["O", "B", "E"])).unwrap();
        assert_eq!(short.tags(&[Some(1), None, Some(2), Some(9)]), ["B", "I", "E", "O"]);
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
