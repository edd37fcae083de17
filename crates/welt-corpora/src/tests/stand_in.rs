//! A `welt` that is a few lines of shell, a folder to work in, and a small corpus with its manifest.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::AtomicBool;

use expect_test::Expect;

use super::notes::Notes;
use crate::manifest::Manifest;
use crate::outcome::{Outcome, State};
use crate::settings::{Files, Settings};
use crate::workshop::{Origin, Workshop};

/// Nobody ends these tests.
pub static NEVER: AtomicBool = AtomicBool::new(false);

/// Counts as `welt` does, converts by copying, and leaves a line in `calls` each time.
const FAKE_WELT: &str = r#"#!/bin/sh
echo "$*" >> "$(dirname "$0")/calls"
case $1 in
  stats)
    shift 3
    for file; do
      awk -F'\t' '
        $2 == "O" { o++ } $2 ~ /^B/ { b++ } $2 ~ /^I/ { i++ }
        NF { t++; open = 1 } !NF { s += open; open = 0 }
        END { printf "{\"statistics\": {\"sentences\": %d, \"tokens\": %d, \"entities\": %d, ", s + open, t, b
              printf "\"outside\": %d, \"begin\": %d, \"inside\": %d}}\n", o, b, i }' "$file"
    done ;;
  convert)
    input=$8
    for output; do :; done
    if [ -d "$input" ]; then cat "$input"/* > "$output"; else cp "$input" "$output"; fi ;;
esac
"#;

pub const TRAIN: &str = "a\tB-Disease\nb\tI-Disease\nc\tO\n\nd\tO\n\n";
pub const DEV: &str = "e\tO\n\n";
pub const TEST: &str = "f\tB-Disease\n\n";

/// What these three hold, and what a paper says of them.
const HEAD: &str = r#"
name = "a"
title = "A"
types = ["Disease"]
split = "As published."
terms = { licence = "None", note = "Nobody says.", accept = false }
citation = { key = "ada1843notes", authors = ["Ada Lovelace"], title = "Notes", year = 1843, venue = "Memoirs" }
[counts]
train = { sentences = 2, tokens = 4, entities = 1, outside = 2, begin = 1, inside = 1 }
dev = { sentences = 1, tokens = 1 }
test = { sentences = 1 }
[paper]
name = "A"
outside = 50.0
begin = 25.0
inside = 25.0
sentences = { train = 3, dev = 2, test = 2 }
"#;

/// A folder with the fake program, files to take and a place for corpora.
pub struct Bench {
    pub folder: tempfile::TempDir,
    pub accepted: Vec<String>,
    pub notes: Notes,
}

impl Bench {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["out", "from"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        // By another process: one that is started meanwhile would inherit the file open for writing, and could not run it.
        let mut child = Command::new("sh")
            .args(["-c", "cat > \"$0\" && chmod +x \"$0\""])
            .arg(folder.path().join("welt"))
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(FAKE_WELT.as_bytes()).unwrap();
        assert!(child.wait().unwrap().success());
        Self { folder, accepted: Vec::new(), notes: Notes::default() }
    }

    pub fn at(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    pub fn put(&self, path: &str, text: impl AsRef<[u8]>) {
        fs::create_dir_all(self.at(path).parent().unwrap()).unwrap();
        fs::write(self.at(path), text).unwrap();
    }

    /// What is asked for: corpora from the folder `from`, in the folder `out`.
    pub fn settings(&self) -> Settings {
        Settings {
            command: "welt corpora".to_owned(),
            output: self.at("out"),
            files: Files::Folder(self.at("from")),
            accepted: self.accepted.clone(),
            quiet: true,
        }
    }

    pub fn obtain(&mut self, origin: Origin, manifest: &Manifest) -> Outcome {
        let (settings, welt) = (self.settings(), self.at("welt"));
        let find_welt = || Ok(welt.clone());
        Workshop::new(&settings, origin, &find_welt, &NEVER).obtain(manifest, &mut self.notes)
    }

    pub fn offline(&mut self, manifest: &Manifest) -> Outcome {
        let origin = Origin::open(&self.settings().files, &NEVER).unwrap();
        self.obtain(origin, manifest)
    }

    /// How often the program ran.
    pub fn calls(&self) -> usize {
        fs::read_to_string(self.at("calls")).unwrap_or_default().lines().count()
    }

    /// Holds what became of a corpus, and what lies in its place, against what is expected.
    pub fn check(&self, outcome: &Outcome, expected: &Expect) {
        let mut lines = vec![match &outcome.state {
            State::Verified => format!("verified: {}", outcome.source.as_deref().unwrap_or_default()),
            other => format!("{other:?}"),
        }];
        lines.extend(self.notes.0.iter().cloned());
        let mut names: Vec<PathBuf> = Vec::new();
        let mut waiting = vec![self.at("out")];
        while let Some(folder) = waiting.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() { waiting.push(path) } else { names.push(path) }
            }
        }
        names.sort();
        lines.extend(names.iter().map(|name| name.display().to_string()));
        expected.assert_eq(&self.hidden(&lines.join("\n")));
    }

    /// A text without the path of the folder.
    pub fn hidden(&self, text: &str) -> String {
        text.replace(&self.folder.path().display().to_string(), "HERE")
    }

    /// The corpus is in its place, word for word.
    pub fn check_splits(&self) {
        for (name, text) in [("train", TRAIN), ("dev", DEV), ("test", TEST)] {
            assert_eq!(fs::read_to_string(self.at(&format!("out/a/{name}.tsv"))).unwrap(), text, "{name}");
        }
    }
}

/// A manifest with one CoNLL source under `base`.
pub fn conll(base: &str) -> Manifest {
    parse(&format!(
        r#"
[[source]]
title = "Files"
format = "conll"
file = [
  {{ split = "train", url = "{base}/data/train.tsv", at_most = 1000 }},
  {{ split = "dev", url = "{base}/data/devel.tsv", at_most = 1000 }},
  {{ split = "test", url = "{base}/data/test.tsv", at_most = 1000 }},
]
"#
    ))
}

pub fn parse(sources: &str) -> Manifest {
    // A table that is open when the sources begin would take them in.
    Manifest::parse(&format!("{HEAD}{sources}"), "a").unwrap()
}
