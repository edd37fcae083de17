//! Whether two splits share documents: corpora in, how many documents and where the first is out.
//!
//! Where files mark their documents, two are the same if they have the same words. Where they do not, any five sentences in
//! a row, of sixty words together at least, that stand in both splits are taken for a part of one document. Fewer would not
//! do: in LINNAEUS, three sentences that every article of one publisher ends with stand in two splits.

use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;

use crate::{Corpus, Sentence};

/// Documents that two splits share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedDocuments {
    /// How many of the second split stand in the first.
    pub n: usize,
    /// Whether the files mark their documents; if they do not, runs of sentences are counted.
    pub marked: bool,
    /// The file and the line, from 1, where the first of them begins in the first split and in the second.
    pub first: [(PathBuf, usize); 2],
}

impl fmt::Display for SharedDocuments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.marked { "document" } else { "run of sentences" };
        let plural = if self.n == 1 { "" } else { "s" };
        // "runs of sentences", "documents".
        let what = match what.split_once(' ') {
            Some((first, rest)) => format!("{first}{plural} {rest}"),
            None => format!("{what}{plural}"),
        };
        let [(one, line), (other, other_line)] = &self.first;
        write!(f, "{} {what}, first {}:{line} and {}:{other_line}", self.n, one.display(), other.display())
    }
}

/// Sentences in a row that tell a document where none is marked, and how many words they have at least.
const IN_A_ROW: usize = 5;
const WORDS: usize = 60;

/// The documents that two splits share; none where they share none.
#[must_use]
pub fn shared_documents(one: &[Corpus], other: &[Corpus]) -> Option<SharedDocuments> {
    let marked = |corpora: &[Corpus]| !corpora.is_empty() && corpora.iter().all(is_marked);
    let marked = marked(one) && marked(other);
    let parts = |corpora| if marked { documents(corpora) } else { runs(corpora) };
    let mut known = HashMap::new();
    for part in parts(one) {
        known.entry(part.words()).or_insert(part.location);
    }
    let (mut n, mut first) = (0, None);
    for part in parts(other) {
        if let Some(location) = known.get(&part.words()) {
            n += 1;
            first.get_or_insert_with(|| [location.clone(), part.location.clone()]);
        }
    }
    first.map(|first| SharedDocuments { n, marked, first })
}

fn is_marked(corpus: &Corpus) -> bool {
    corpus.sentences.iter().any(|sentence| sentence.document > 0)
}

/// Sentences that belong together, and where they begin.
struct Part<'c> {
    sentences: &'c [Sentence],
    location: (PathBuf, usize),
}

impl<'c> Part<'c> {
    fn of(corpus: &Corpus, sentences: &'c [Sentence]) -> Self {
        Self { sentences, location: (corpus.path.clone(), sentences[0].line_number) }
    }

    fn words(&self) -> Vec<&'c [String]> {
        self.sentences.iter().map(|sentence| sentence.words.as_slice()).collect()
    }
}

fn documents(corpora: &[Corpus]) -> Vec<Part<'_>> {
    let of_corpus = |corpus| {
        let Corpus { sentences, .. }: &Corpus = corpus;
        let documents = sentences.chunk_by(|one, next| one.document == next.document);
        documents.map(|sentences| Part::of(corpus, sentences))
    };
    corpora.iter().flat_map(of_corpus).collect()
}

fn runs(corpora: &[Corpus]) -> Vec<Part<'_>> {
    let is_long =
        |sentences: &&[Sentence]| sentences.iter().map(|sentence| sentence.words.len()).sum::<usize>() >= WORDS;
    let of_corpus = |corpus| {
        let Corpus { sentences, .. }: &Corpus = corpus;
        sentences.windows(IN_A_ROW).filter(is_long).map(|sentences| Part::of(corpus, sentences))
    };
    corpora.iter().flat_map(of_corpus).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conll::{TagColumn, parse};
    use expect_test::{Expect, expect};

    fn corpus(name: &str, documents: &[&[&str]], marked: bool) -> Corpus {
        let mut text = String::new();
        for document in documents {
            if marked {
                text.push_str("-DOCSTART-\tO\n\n");
            }
            for sentence in *document {
                text.extend(sentence.split(' ').map(|word| format!("{word}\tO\n")));
                text.push('\n');
            }
        }
        parse(name.as_ref(), text.as_bytes(), TagColumn::Find).unwrap()
    }

    fn check(one: &[&[&str]], other: &[&[&str]], marked: bool, expected: &Expect) {
        let shared = shared_documents(&[corpus("dev", one, marked)], &[corpus("test", other, marked)]);
        expected.assert_eq(&shared.map_or("nothing".to_owned(), |shared| shared.to_string()));
    }

    const A: &[&str] = &[
        "A b c d e f g h i j k l m",
        "H i j k l m n o p q r s t",
        "P q r s t u v w x y z a b",
        "C d e f g h i j k l m n o",
        "X y z a b c d e f g h i j",
    ];
    const B: &[&str] = &["Other words", "stand here"];
    const C: &[&str] = &["A b c d e f g h i j k l m", "Here is another one ."];
    /// What articles end with is no document.
    const END: &[&str] = &[
        "All authors read and approved the final manuscript .",
        "Pre - publication history",
        "The pre - publication history for this paper can be accessed here :",
    ];

    #[test]
    fn documents_are_told_by_their_words() {
        check(&[A, B], &[B, C], true, &expect!["1 document, first dev:75 and test:3"]);
        check(&[A, B], &[B, A], true, &expect!["2 documents, first dev:75 and test:3"]);
        check(&[A, B], &[C, C], true, &expect!["nothing"]);
        check(&[A], &[B, A], true, &expect!["1 document, first dev:3 and test:11"]);
    }

    #[test]
    fn without_marks_runs_of_sentences_tell() {
        check(&[A, B], &[C, A], false, &expect!["1 run of sentences, first dev:1 and test:21"]);
        check(&[A, END, B], &[C, END], false, &expect!["nothing"]);
        check(&[A, B], &[A, B], false, &expect!["1 run of sentences, first dev:1 and test:1"]);
        check(&[A, B], &[C, B], false, &expect!["nothing"]);
        assert_eq!(shared_documents(&[], &[corpus("test", &[A], false)]), None);
    }
}
