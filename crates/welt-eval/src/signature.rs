//! How a score came about, in one line that can be cited: which program, which metric, how tags were read, and on which gold tags.
//! What was chosen goes in, a line comes out; nothing is computed here but that line.
//!
//! ```
//! use welt_eval::{Chunking, Notation, Scheme, Signature, gold_lines};
//!
//! let signature = Signature {
//!     metric: "seqeval".to_owned(),
//!     chunking: Chunking::Strict(Scheme::Iob2),
//!     notation: Notation::Prefix,
//!     dropped_tags: Some([0, 2]),
//!     options: vec![("zero_division", "0".to_owned())],
//!     gold_sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".to_owned(),
//! };
//! let line = signature.to_string();
//! assert!(line.starts_with("welt:") && line.ends_with(
//!     "|metric:seqeval|mode:strict|scheme:IOB2|tags:prefix|dropped:0+2|zero_division:0|gold:9f86d081884c7d65"
//! ));
//! // The digest is that of the gold tags alone, one a line and an empty line after each sentence.
//! let gold: String = [vec!["B-Gene", "O"], vec!["O"]].iter().map(|tags| gold_lines(tags)).collect();
//! assert_eq!(gold, "B-Gene\nO\n\nO\n\n");
//! ```

use std::fmt;

use serde::{Serialize, Serializer};
use welt_tags::{Chunking, Notation};

/// The version of this crate, which is that of the programs that are made of it.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// So many digits of a digest tell test sets apart.
const DIGITS: usize = 16;

/// How a score came about.
///
/// Its text is the line; as JSON it is the line and its parts, with the whole digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// The metric, such as `seqeval`.
    pub metric: String,
    /// How entities were read.
    pub chunking: Chunking,
    /// Where the letter of a tag was looked for.
    pub notation: Notation,
    /// How many tags went into no entity, of gold and of predictions; none where that is not known.
    pub dropped_tags: Option<[usize; 2]>,
    /// What else was chosen, by name.
    pub options: Vec<(&'static str, String)>,
    /// The SHA-256 of the gold tags: each sentence as [`gold_lines`] writes it, one after the other.
    pub gold_sha256: String,
}

/// The tags of a sentence, one a line, with an empty line behind them: what the digest of a signature is taken of.
///
/// Of a file whose second of three columns has the gold tags it is what `cut -f2` prints, without lines of documents.
#[must_use]
pub fn gold_lines<T: AsRef<str>>(tags: &[T]) -> String {
    let mut text = String::with_capacity(1 + tags.iter().map(|tag| tag.as_ref().len() + 1).sum::<usize>());
    for tag in tags {
        match tag.as_ref() {
            // What nearly all are, and of a length that needs no call to copy it.
            "O" => text.push_str("O\n"),
            tag => {
                text.push_str(tag);
                text.push('\n');
            }
        }
    }
    text.push('\n');
    text
}

impl Signature {
    fn mode(&self) -> &'static str {
        match self.chunking {
            Chunking::Lenient => "default",
            Chunking::Strict(_) => "strict",
        }
    }

    fn scheme(&self) -> Option<String> {
        match self.chunking {
            Chunking::Lenient => None,
            Chunking::Strict(scheme) => Some(scheme.to_string()),
        }
    }

    fn tags(&self) -> &'static str {
        match self.notation {
            Notation::Prefix => "prefix",
            Notation::Suffix => "suffix",
        }
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { metric, dropped_tags, options, gold_sha256, .. } = self;
        let scheme = self.scheme().unwrap_or_else(|| "any".to_owned());
        write!(f, "welt:{VERSION}|metric:{metric}|mode:{}|scheme:{scheme}|tags:{}", self.mode(), self.tags())?;
        if let Some([gold, predicted]) = dropped_tags {
            write!(f, "|dropped:{gold}+{predicted}")?;
        }
        for (name, value) in options {
            write!(f, "|{name}:{value}")?;
        }
        write!(f, "|gold:{}", gold_sha256.get(..DIGITS).unwrap_or(gold_sha256))
    }
}

impl Serialize for Signature {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap as _;

        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("line", &self.to_string())?;
        map.serialize_entry("tool", "welt")?;
        map.serialize_entry("version", VERSION)?;
        map.serialize_entry("metric", &self.metric)?;
        map.serialize_entry("mode", self.mode())?;
        map.serialize_entry("scheme", &self.scheme())?;
        map.serialize_entry("tags", self.tags())?;
        map.serialize_entry("dropped_tags", &self.dropped_tags)?;
        for (name, value) in &self.options {
            map.serialize_entry(name, value)?;
        }
        map.serialize_entry("gold_sha256", &self.gold_sha256)?;
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gold_lines_are_what_cut_prints() {
        assert_eq!(gold_lines(&["O", "B-Gene", "", "O"]), "O\nB-Gene\n\nO\n\n");
        assert_eq!(gold_lines::<&str>(&[]), "\n");
    }
}
