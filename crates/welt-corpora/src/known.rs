//! How large the corpora are, for plans that are made before they are there.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;

use crate::built_in::built_in;
use crate::manifest::{Expected, Split};

/// What is known of the size of a corpus.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownSize {
    /// What is in each split; of some only the number of sentences is known.
    pub splits: BTreeMap<Split, Expected>,
    /// How the words of the training split are tagged as the WeLT paper prints it, where they were not counted.
    pub shares: Shares,
}

/// Per cent of words.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shares {
    /// Of those that begin an entity.
    pub begin: f64,
    /// Of those inside an entity, the first one aside.
    pub inside: f64,
    /// Of those outside of all entities.
    pub outside: f64,
}

impl KnownSize {
    /// What is in the split whose file this is, as in `ncbi-disease/train.tsv`; none for files that have no split's name.
    #[must_use]
    pub fn of_file(&self, file: &Path) -> Option<&Expected> {
        let stem = file.file_stem()?.to_str()?;
        self.splits.iter().find(|(split, _)| split.name() == stem).map(|(_, size)| size)
    }
}

/// What is known of the size of each corpus that has a manifest built in, by its name.
///
/// # Errors
/// As [`built_in`].
pub fn known_sizes() -> Result<BTreeMap<String, KnownSize>> {
    let sizes = built_in()?.into_iter().map(|manifest| {
        let paper = manifest.paper;
        let shares = Shares { begin: paper.begin, inside: paper.inside, outside: paper.outside };
        (manifest.name, KnownSize { splits: manifest.counts, shares })
    });
    Ok(sizes.collect())
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(corpus: &str, file: &str, expected: &Expect) {
        let sizes = known_sizes().unwrap();
        let size = &sizes[corpus];
        let said = match size.of_file(Path::new(file)) {
            Some(size) => {
                let counts = [size.tokens, size.begin, size.inside, size.outside];
                let counts = counts.map(|count| count.map_or("?".to_owned(), |count| count.to_string()));
                format!(
                    "{} sentences, {} words: {} B, {} I, {} O",
                    size.sentences, counts[0], counts[1], counts[2], counts[3]
                )
            }
            None => "unknown".to_owned(),
        };
        let Shares { begin, inside, outside } = size.shares;
        expected.assert_eq(&format!("{said}; {begin} {inside} {outside} %"));
    }

    #[test]
    fn sizes_are_those_of_the_manifests() {
        check(
            "ncbi-disease",
            "ncbi-disease/train.tsv",
            &expect!["5432 sentences, 136086 words: 5145 B, 6122 I, 124819 O; 12.67 12.89 74.44 %"],
        );
        check(
            "bc4chemd",
            "corpora/bc4chemd/dev.tsv",
            &expect!["30639 sentences, ? words: ? B, ? I, ? O; 3.3 4.01 92.69 %"],
        );
        check("bc4chemd", "bc4chemd/train-1.tsv", &expect!["unknown; 3.3 4.01 92.69 %"]);
        assert_eq!(known_sizes().unwrap().len(), 8);
    }
}
