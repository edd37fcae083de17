//! Other corpora made of a corpus: splits put together, folds, samples, chosen types, other tagging schemes.
//! Sentences in, sentences out, and a report wherever something is lost; files are read and written elsewhere.
//!
//! The order of the sentences is always that of the file, and every sentence keeps its line number.
//! What is left to chance hangs on a seed alone: neither the machine nor the number of threads changes it.
//!
//! ```
//! use std::path::Path;
//! use welt_data::{conll, views};
//! use welt_tags::{Chunking, Scheme};
//!
//! let text = b"renal\tB-Disease\nfailure\tI-Disease\n\naspirin\tB-Chemical\n\ngout\tB-Disease\n";
//! let corpus = conll::parse(Path::new("train.tsv"), text, conll::TagColumn::Find)?;
//!
//! let folds = views::folds(&corpus.sentences, 3, 1)?;
//! assert_eq!((folds.held_out(&corpus.sentences, 0).len(), folds.training(&corpus.sentences, 0).len()), (1, 2));
//!
//! let diseases = views::keep_types(&corpus.sentences, &["Disease"])?;
//! assert_eq!(diseases[1].tags[0].to_string(), "O");
//!
//! let converted = views::convert(&diseases, Chunking::Strict(Scheme::Iob2), Scheme::Iobes)?;
//! assert_eq!(converted.sentences[0].tags[1].to_string(), "E-Disease");
//! assert_eq!((converted.entities, converted.dropped.len()), (2, 0));
//! # Ok::<(), welt_data::DataError>(())
//! ```

mod sample;
mod schemes;
mod types;

use crate::corpus::Sentence;

pub use sample::{Folds, folds, subset};
pub(crate) use schemes::TypeNumbers;
pub use schemes::{Converted, DroppedTag, MendedTag, convert, convert_from};
pub use types::{Conflict, MergedTypes, keep_types, merge_types, rename_types};

/// Puts splits one behind the other; documents stay apart, since those of a later split are numbered on.
///
/// No split, or splits without sentences, give no sentences.
#[must_use]
pub fn merge_splits(splits: &[&[Sentence]]) -> Vec<Sentence> {
    let mut merged = Vec::with_capacity(splits.iter().map(|split| split.len()).sum());
    let mut documents: usize = 0;
    for split in splits {
        let before = documents;
        for sentence in *split {
            let mut sentence = sentence.clone();
            if sentence.document > 0 {
                sentence.document = sentence.document.saturating_add(before);
                documents = documents.max(sentence.document);
            }
            merged.push(sentence);
        }
    }
    merged
}
