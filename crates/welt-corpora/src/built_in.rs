//! The manifests that the program carries with it: those in the folder `datasets` of the repository.

use anyhow::{Context, Result, bail};

use crate::manifest::Manifest;

/// The names of the corpora and the texts of their manifests, by name.
const TEXTS: &[(&str, &str)] = &[
    ("bc2gm", include_str!("../../../datasets/bc2gm.toml")),
    ("bc4chemd", include_str!("../../../datasets/bc4chemd.toml")),
    ("bc5cdr-chemical", include_str!("../../../datasets/bc5cdr-chemical.toml")),
    ("bc5cdr-disease", include_str!("../../../datasets/bc5cdr-disease.toml")),
    ("biored-chemical", include_str!("../../../datasets/biored-chemical.toml")),
    ("biored-disease", include_str!("../../../datasets/biored-disease.toml")),
    ("linnaeus", include_str!("../../../datasets/linnaeus.toml")),
    ("ncbi-disease", include_str!("../../../datasets/ncbi-disease.toml")),
];

/// A name that is less like another than this is no slip of it (Jaro-Winkler similarity, from 0 to 1).
const ALIKE: f64 = 0.85;

/// All manifests, by name.
///
/// # Errors
/// None that a program has which passed its tests: a manifest with a mistake in it.
pub fn built_in() -> Result<Vec<Manifest>> {
    let read = |(name, text): &(&str, &str)| {
        Manifest::parse(text, name).with_context(|| format!("the manifest of {name} that is built in"))
    };
    TEXTS.iter().map(read).collect()
}

/// The manifests of the corpora that are named, in the order of `all`; all of them where none is named.
///
/// # Errors
/// A name that no corpus has, with the name that is most like it.
pub fn named<'a>(all: &'a [Manifest], names: &[String]) -> Result<Vec<&'a Manifest>> {
    if let Some(name) = names.iter().find(|name| all.iter().all(|manifest| manifest.name != **name)) {
        let known: Vec<&str> = all.iter().map(|manifest| manifest.name.as_str()).collect();
        let likeness = |other: &str| strsim::jaro_winkler(name, other);
        let nearest = known.iter().copied().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
        let nearest = nearest.filter(|other| likeness(other) > ALIKE);
        let hint = nearest.map_or(String::new(), |other| format!(" (did you mean {other}?)"));
        bail!("no corpus `{name}`{hint}, expected one of {}", known.join(", "));
    }
    Ok(all.iter().filter(|manifest| names.is_empty() || names.contains(&manifest.name)).collect())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use expect_test::{Expect, expect};

    use super::*;

    #[test]
    fn every_manifest_is_built_in() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../datasets");
        let mut there = Vec::new();
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "toml") {
                there.push((path.file_stem().unwrap().to_str().unwrap().to_owned(), fs::read_to_string(path).unwrap()));
            }
        }
        there.sort();
        let ours: Vec<(String, String)> =
            TEXTS.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        assert_eq!(ours, there);
        let names: Vec<String> = built_in().unwrap().into_iter().map(|manifest| manifest.name).collect();
        assert!(names.iter().eq(ours.iter().map(|(name, _)| name)), "{names:?}");
    }

    fn check(names: &[&str], expected: &Expect) {
        let all = built_in().unwrap();
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        expected.assert_eq(&match named(&all, &names) {
            Ok(found) => found.iter().map(|manifest| manifest.name.as_str()).collect::<Vec<_>>().join(" "),
            Err(error) => error.to_string(),
        });
    }

    #[test]
    fn names_are_looked_up() {
        check(&["ncbi-disease", "bc2gm"], &expect!["bc2gm ncbi-disease"]);
        check(
            &[],
            &expect![
                "bc2gm bc4chemd bc5cdr-chemical bc5cdr-disease biored-chemical biored-disease linnaeus ncbi-disease"
            ],
        );
        check(
            &["bc2gm", "ncbi-diseases"],
            &expect![
                "no corpus `ncbi-diseases` (did you mean ncbi-disease?), expected one of bc2gm, bc4chemd, bc5cdr-chemical, bc5cdr-disease, biored-chemical, biored-disease, linnaeus, ncbi-disease"
            ],
        );
        check(
            &["conll2003"],
            &expect![
                "no corpus `conll2003`, expected one of bc2gm, bc4chemd, bc5cdr-chemical, bc5cdr-disease, biored-chemical, biored-disease, linnaeus, ncbi-disease"
            ],
        );
    }
}
