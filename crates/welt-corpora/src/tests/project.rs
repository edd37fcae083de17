//! The manifests of the project against what the paper prints and what the reference material says.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::built_in::built_in;
use crate::manifest::{Manifest, Split};

/// The root of the repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn manifests() -> Vec<Manifest> {
    built_in().unwrap()
}

/// The rows of a table with separators, by the names of the columns.
fn rows(text: &str, separator: char) -> Vec<BTreeMap<String, String>> {
    let mut lines = text.lines();
    let heads: Vec<&str> = lines.next().unwrap().split(separator).collect();
    let named = |(head, cell): (&&str, &str)| ((*head).to_owned(), cell.to_owned());
    lines.map(|line| heads.iter().zip(line.split(separator)).map(named).collect()).collect()
}

#[test]
fn the_manifests_have_the_paper_s_numbers() {
    let text = fs::read_to_string(root().join("docs/paper/corpora.csv")).unwrap();
    let rows = rows(&text, ',');
    let manifests = manifests();
    assert_eq!(rows.len(), manifests.len());
    for row in rows {
        let manifest = manifests.iter().find(|manifest| manifest.name == row["dataset"]).unwrap();
        let paper = &manifest.paper;
        assert_eq!(paper.name, row["paper_name"]);
        let shares = [paper.outside, paper.begin, paper.inside];
        let published = ["O_percent", "B_percent", "I_percent"].map(|head| row[head].parse::<f64>().unwrap());
        assert_eq!(shares, published, "{}", manifest.name);
        for split in Split::ALL {
            assert_eq!(paper.sentences[&split].to_string(), row[&format!("{split}_sentences")], "{}", manifest.name);
        }
    }
}

/// A file of the reference material, which not every copy of the project has.
fn reference(name: &str) -> Option<String> {
    let path = root().join("../shared/datasets").join(name);
    let text = fs::read_to_string(&path).ok();
    if text.is_none() {
        eprintln!("skipped: no reference material in ../shared/datasets");
    }
    text
}

#[test]
fn the_manifests_have_the_checksums_of_the_references() {
    let Some(text) = reference("SOURCES.tsv") else { return };
    let mut known = BTreeMap::new();
    for row in rows(&text, '\t') {
        let url =
            format!("https://raw.githubusercontent.com/{}/{}/{}", row["repo"], row["commit"], row["path_in_repo"]);
        known.insert(url, (row["sha256"].clone(), row["bytes"].parse::<u64>().unwrap()));
    }
    let mut checked = 0;
    for file in manifests().iter().flat_map(|manifest| &manifest.sources).flat_map(|source| &source.files) {
        match (&file.sha256, known.get(&file.url)) {
            (Some(sha256), Some((known, bytes))) => {
                assert_eq!((sha256, file.bytes), (known, Some(*bytes)), "{}", file.url);
                checked += 1;
            }
            (None, None) => {}
            _ => panic!("{}", file.url),
        }
    }
    assert_eq!(checked, 24);
}

#[test]
fn the_manifests_have_the_counts_of_the_references() {
    let Some(text) = reference("COUNTS.tsv") else { return };
    let known = rows(&text, '\t');
    for manifest in manifests() {
        for split in Split::ALL {
            // Of BioRED the paper used its authors' own files.
            let alternative = if manifest.name.starts_with("biored") { "alt/welt-author/" } else { "" };
            let name = format!("{}/{alternative}{split}.tsv", manifest.name);
            let Some(row) = known.iter().find(|row| row["file"] == name) else {
                assert_eq!(manifest.name, "bc4chemd");
                continue;
            };
            let expected = manifest.counts[&split];
            let numbers = [expected.tokens, expected.entities, expected.outside, expected.begin, expected.inside];
            let references = ["tokens", "entities", "O", "B", "I"].map(|head| row[head].parse::<u64>().ok());
            assert_eq!((expected.sentences.to_string(), numbers), (row["sentences"].clone(), references), "{name}");
        }
    }
}

#[test]
fn no_manifest_names_a_place_outside_the_web() {
    for manifest in manifests() {
        for file in manifest.sources.iter().flat_map(|source| &source.files) {
            assert!(file.url.starts_with("https://"), "{}", file.url);
            assert!(Path::new(file.host_and_path()).is_relative());
        }
    }
}
