//! The way from a manifest to a corpus, with a `welt` that is a few lines of shell; and the manifests of the project.

#![cfg(unix)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::AtomicBool;

use anyhow::Result;
use expect_test::{Expect, expect};

use super::archive::tests::{tarred, zipped};
use super::download::Client;
use super::fetching::{HASTY, Notes};
use super::manifest::{self, Manifest, Split};
use super::mirror::Mirror;
use super::obtain::{Origin, Outcome, State, Workshop};
use super::server::{Server, behave, reply};
use super::table::{self, Form};

static NEVER: AtomicBool = AtomicBool::new(false);

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

const TRAIN: &str = "a\tB-Disease\nb\tI-Disease\nc\tO\n\nd\tO\n\n";
const DEV: &str = "e\tO\n\n";
const TEST: &str = "f\tB-Disease\n\n";

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
struct Bench {
    folder: tempfile::TempDir,
    accepted: Vec<String>,
    notes: Notes,
}

impl Bench {
    fn new() -> Self {
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

    fn at(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn put(&self, path: &str, text: impl AsRef<[u8]>) {
        fs::create_dir_all(self.at(path).parent().unwrap()).unwrap();
        fs::write(self.at(path), text).unwrap();
    }

    fn obtain(&mut self, origin: Origin, manifest: &Manifest) -> Outcome {
        let (output, welt) = (self.at("out"), self.at("welt"));
        let program = || -> Result<PathBuf> { Ok(welt.clone()) };
        let mut workshop = Workshop {
            output: &output,
            origin,
            accepted: &self.accepted,
            welt: &program,
            stop: &NEVER,
            silent_hosts: BTreeSet::new(),
        };
        workshop.obtain(manifest, &mut self.notes)
    }

    fn offline(&mut self, manifest: &Manifest) -> Outcome {
        let origin = Origin::Folder(Mirror::open(&self.at("from")).unwrap());
        self.obtain(origin, manifest)
    }

    fn online(&mut self, manifest: &Manifest) -> Outcome {
        let origin = Origin::Network(Client::new(HASTY, None, None, &NEVER).unwrap());
        self.obtain(origin, manifest)
    }

    /// How often the program ran.
    fn calls(&self) -> usize {
        fs::read_to_string(self.at("calls")).unwrap_or_default().lines().count()
    }

    /// Holds what became of a corpus, and what lies in its place, against what is expected.
    fn check(&self, outcome: &Outcome, expected: &Expect) {
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
        expected.assert_eq(&lines.join("\n").replace(&self.folder.path().display().to_string(), "HERE"));
    }

    /// The corpus is in its place, word for word.
    fn check_splits(&self) {
        for (name, text) in [("train", TRAIN), ("dev", DEV), ("test", TEST)] {
            assert_eq!(fs::read_to_string(self.at(&format!("out/a/{name}.tsv"))).unwrap(), text, "{name}");
        }
    }
}

/// A manifest with one CoNLL source under `base`.
fn conll(base: &str) -> Manifest {
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

fn parse(sources: &str) -> Manifest {
    // A table that is open when the sources begin would take them in.
    Manifest::parse(&format!("{HEAD}{sources}"), "a").unwrap()
}

#[test]
fn a_corpus_is_made_once() {
    let mut bench = Bench::new();
    let manifest = conll("https://a.invalid");
    bench.put("from/a.invalid/data/train.tsv", TRAIN.replace('\n', "\r\n"));
    bench.put("from/data/devel.tsv", DEV);
    bench.put("from/a/test.tsv", TEST.trim());
    let outcome = bench.offline(&manifest);
    bench.check(
        &outcome,
        &expect![[r#"
        verified: Files
        HERE/out/a/dev.tsv
        HERE/out/a/test.tsv
        HERE/out/a/train.tsv
        HERE/out/a/verified.json"#]],
    );
    bench.check_splits();
    assert_eq!(bench.calls(), 1);
    assert_eq!(bench.offline(&manifest).state, State::Verified);
    assert_eq!(bench.calls(), 1);
}

#[test]
fn what_is_missing_is_listed() {
    let mut bench = Bench::new();
    bench.put("from/a/train.tsv", TRAIN);
    let outcome = bench.offline(&conll("https://a.invalid"));
    bench.check(&outcome, &expect![[r#"Missing(["Files: put https://a.invalid/data/devel.tsv at HERE/from/a/dev.tsv", "Files: put https://a.invalid/data/test.tsv at HERE/from/a/test.tsv"])"#]]);
}

#[test]
fn counts_that_differ_are_not_put_in_place() {
    let mut bench = Bench::new();
    for (name, text) in [("train", DEV), ("dev", DEV), ("test", TEST)] {
        bench.put(&format!("from/a/{name}.tsv"), text);
    }
    let outcome = bench.offline(&conll("https://a.invalid"));
    bench.check(&outcome, &expect![[r#"Differs(["Files: train: sentences 1, expected 2", "Files: train: tokens 1, expected 4", "Files: train: entities 0, expected 1", "Files: train: O 1, expected 2", "Files: train: B 0, expected 1", "Files: train: I 0, expected 1"])"#]]);
}

#[test]
fn files_are_found_by_their_checksum() {
    let mut bench = Bench::new();
    let digest = |text: &str| {
        bench.put("digested", text);
        (welt_files::sha256(&bench.at("digested")).unwrap(), text.len())
    };
    let mut files = String::new();
    for (split, text) in [("train", TRAIN), ("dev", DEV), ("test", TEST)] {
        let (sha256, bytes) = digest(text);
        let url = format!("https://a.invalid/{split}.tsv");
        files.push_str(&format!("{{ split = \"{split}\", url = \"{url}\", bytes = {bytes}, sha256 = \"{sha256}\" }},"));
    }
    let manifest = parse(&format!("[[source]]\ntitle = \"Files\"\nformat = \"conll\"\nfile = [{files}]\n"));
    bench.put("from/somewhere/else/one", TRAIN);
    bench.put("from/somewhere/two", DEV);
    bench.put("from/three", TEST);
    // One that has the right name and the wrong content is passed over.
    bench.put("from/a/train.tsv", TEST);
    let outcome = bench.offline(&manifest);
    assert_eq!(outcome.state, State::Verified);
    bench.check_splits();
}

#[test]
fn terms_that_are_not_certain_are_accepted_by_name() {
    let mut bench = Bench::new();
    let mut manifest = conll("https://a.invalid");
    manifest.terms.accept = true;
    for split in Split::ALL {
        bench.put(&format!("from/a/{split}.tsv"), [TRAIN, DEV, TEST][split as usize]);
    }
    let outcome = bench.offline(&manifest);
    bench.check(
        &outcome,
        &expect![[r#"Missing(["its terms are yours to accept (None): read datasets/a.toml, then add --accept a"])"#]],
    );
    bench.accepted.push("a".to_owned());
    assert_eq!(bench.offline(&manifest).state, State::Verified);
}

#[test]
fn a_corpus_that_somebody_put_there_is_taken() {
    let mut bench = Bench::new();
    for split in Split::ALL {
        bench.put(&format!("out/a/{split}.tsv"), [TRAIN, DEV, TEST][split as usize]);
    }
    let manifest = conll("https://a.invalid");
    let outcome = bench.offline(&manifest);
    bench.check(
        &outcome,
        &expect![[r#"
        verified: found in its place
        HERE/out/a/dev.tsv
        HERE/out/a/test.tsv
        HERE/out/a/train.tsv
        HERE/out/a/verified.json"#]],
    );
    bench.offline(&manifest);
    assert_eq!(bench.calls(), 1);
}

#[test]
fn a_corpus_that_is_not_right_is_kept_beside() {
    let mut bench = Bench::new();
    for split in Split::ALL {
        bench.put(&format!("out/a/{split}.tsv"), [DEV, DEV, TEST][split as usize]);
        bench.put(&format!("from/a/{split}.tsv"), [TRAIN, DEV, TEST][split as usize]);
    }
    let manifest = conll("https://a.invalid");
    let outcome = bench.offline(&manifest);
    bench.check(
        &outcome,
        &expect![[r#"
        verified: Files
        HERE/out/a/train.tsv is now HERE/out/a/train.tsv.old
        HERE/out/a/dev.tsv
        HERE/out/a/test.tsv
        HERE/out/a/train.tsv
        HERE/out/a/train.tsv.old
        HERE/out/a/verified.json"#]],
    );
    bench.check_splits();
    assert_eq!(fs::read_to_string(bench.at("out/a/train.tsv.old")).unwrap(), DEV);
    // Its counts would do, as only the sentences of this split are known.
    fs::write(bench.at("out/a/test.tsv"), "damaged\tO\n").unwrap();
    assert_eq!(bench.offline(&manifest).state, State::Verified);
    bench.check_splits();
    // Without a source, what is there is still told apart from nothing.
    fs::write(bench.at("out/a/test.tsv"), "damaged\tO\n").unwrap();
    fs::remove_dir_all(bench.at("from/a")).unwrap();
    assert!(matches!(bench.offline(&manifest).state, State::Differs(_)));
}

#[test]
fn archives_are_unpacked_and_converted() {
    let mut bench = Bench::new();
    let source = |format: &str, name: &str, members: [&str; 3]| {
        let mut files = String::new();
        for (split, member) in Split::ALL.iter().zip(members) {
            let url = format!("https://a.invalid/{name}");
            files.push_str(&format!(
                "{{ split = \"{split}\", url = \"{url}\", at_most = 9999, member = \"{member}\" }},"
            ));
        }
        parse(&format!(
            "[[source]]\ntitle = \"Archive\"\nformat = \"{format}\"\ntypes = [\"X\", \"Y\"]\nallow = [\"nested\", \"widened\"]\nwithin = 0.1\nfile = [{files}]\n"
        ))
    };
    let train = TRAIN.replace("B-Disease", "B-Modifier");
    let files = [("x/train.txt", train.as_str()), ("x/dev.txt", DEV), ("x/test.txt", TEST)];
    for (format, name, bytes) in [("pubtator", "x.zip", zipped(&files)), ("bc2gm", "x.tar.gz", tarred(&files))] {
        bench.put(&format!("from/{name}"), bytes);
        let outcome = bench.offline(&source(format, name, ["train.txt", "x/dev.txt", "test.txt"]));
        assert_eq!(outcome.state, State::Close(0.1), "{format}");
        bench.check_splits();
        fs::remove_dir_all(bench.at("out/a")).unwrap();
    }
    let calls = fs::read_to_string(bench.at("calls")).unwrap();
    let here = bench.folder.path().display().to_string();
    expect![[r#"
        convert --from pubtator --to conll --types X,Y HERE/out/.making-a/of-train/train.txt --allow nested,widened --output HERE/out/.making-a/train.converted
        convert --from pubtator --to conll --types X,Y HERE/out/.making-a/of-dev/dev.txt --allow nested,widened --output HERE/out/.making-a/dev.converted
        convert --from pubtator --to conll --types X,Y HERE/out/.making-a/of-test/test.txt --allow nested,widened --output HERE/out/.making-a/test.converted
        stats --format json HERE/out/.making-a/train.tsv HERE/out/.making-a/dev.tsv HERE/out/.making-a/test.tsv
        convert --from bc2gm --to conll --types X,Y HERE/out/.making-a/of-train --allow nested,widened --output HERE/out/.making-a/train.converted
        convert --from bc2gm --to conll --types X,Y HERE/out/.making-a/of-dev --allow nested,widened --output HERE/out/.making-a/dev.converted
        convert --from bc2gm --to conll --types X,Y HERE/out/.making-a/of-test --allow nested,widened --output HERE/out/.making-a/test.converted
        stats --format json HERE/out/.making-a/train.tsv HERE/out/.making-a/dev.tsv HERE/out/.making-a/test.tsv
    "#]].assert_eq(&calls.replace(&here, "HERE"));
    // A damaged archive is an error, not a corpus that is missing.
    bench.put("from/x.zip", b"PK");
    let outcome = bench.offline(&source("pubtator", "x.zip", ["train.txt", "dev.txt", "test.txt"]));
    bench.check(&outcome, &expect![[r#"Failed(["Archive: train.txt of HERE/from/x.zip: reading the zip archive: invalid Zip archive: Could not find EOCD"])"#]]);
}

#[test]
fn a_second_source_stands_in_for_the_first() {
    let mut bench = Bench::new();
    let server = Server::start(|asked, stream| match asked.path() {
        "/good/data/train.tsv" => behave(asked, stream, "\"1\"", TRAIN.as_bytes()),
        "/good/data/devel.tsv" => behave(asked, stream, "\"1\"", DEV.as_bytes()),
        "/good/data/test.tsv" => behave(asked, stream, "\"1\"", TEST.as_bytes()),
        _ => reply(stream, "404 Not Found", "Content-Length: 0\r\n", b""),
    });
    let mut manifest = conll(&server.url("bad"));
    manifest.sources.extend(conll(&server.url("good")).sources);
    manifest.sources[1].title = "Others".to_owned();
    let outcome = bench.online(&manifest);
    assert_eq!((&outcome.state, outcome.source.as_deref()), (&State::Verified, Some("Others")));
    bench.check_splits();
    let asked = server.asked().len();
    fs::remove_dir_all(bench.at("out/a")).unwrap();
    assert_eq!(bench.online(&manifest).state, State::Verified);
    // What was fetched is kept; what was not there is asked for again.
    assert_eq!(server.asked().len() - asked, 1);
}

#[test]
fn a_wrong_file_without_a_checksum_is_not_kept() {
    let mut bench = Bench::new();
    let server = Server::start(|asked, stream| {
        let train = if asked.count == 0 { DEV } else { TRAIN };
        let text = match asked.path() {
            "/data/train.tsv" => train,
            "/data/devel.tsv" => DEV,
            _ => TEST,
        };
        behave(asked, stream, "\"1\"", text.as_bytes());
    });
    let manifest = conll(server.url("").trim_end_matches('/'));
    let outcome = bench.online(&manifest);
    assert!(matches!(outcome.state, State::Differs(_)), "{outcome:?}");
    assert_eq!(bench.online(&manifest).state, State::Verified);
}

#[test]
fn a_page_instead_of_an_archive_is_not_kept() {
    let mut bench = Bench::new();
    let server = Server::start(|asked, stream| {
        let page = b"<html>Please log in</html>".to_vec();
        let archive = zipped(&[("train.txt", TRAIN), ("dev.txt", DEV), ("test.txt", TEST)]);
        behave(asked, stream, "\"1\"", if asked.count == 0 { &page } else { &archive });
    });
    let mut manifest = conll(server.url("").trim_end_matches('/'));
    for file in &mut manifest.sources[0].files {
        file.url = server.url("x.zip");
        file.member = Some(format!("{}.txt", file.split));
    }
    let outcome = bench.online(&manifest);
    assert!(matches!(outcome.state, State::Failed(_)), "{outcome:?}");
    assert_eq!(bench.online(&manifest).state, State::Verified);
    // One request an archive, not one a split.
    assert_eq!(server.asked().len(), 2);
}

#[test]
fn a_silent_host_is_asked_once() {
    let mut bench = Bench::new();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut manifest = conll(&format!("http://{free}"));
    manifest.sources.extend(manifest.sources.clone());
    let outcome = bench.online(&manifest);
    let State::Missing(reasons) = outcome.state else { panic!("{outcome:?}") };
    assert_eq!(reasons.len(), 2, "{reasons:?}");
    assert!(reasons[1].ends_with("gives no answer"), "{reasons:?}");
}

#[test]
fn a_place_that_cannot_be_written_is_named() {
    let mut bench = Bench::new();
    for split in Split::ALL {
        bench.put(&format!("from/a/{split}.tsv"), [TRAIN, DEV, TEST][split as usize]);
    }
    bench.put("out/a", "a file");
    let outcome = bench.offline(&conll("https://a.invalid"));
    let State::Failed(reasons) = outcome.state else { panic!("{outcome:?}") };
    assert!(reasons[0].contains("out/a: "), "{reasons:?}");
    assert!(!bench.at("out/.making-a").exists());
}

#[test]
fn tables_stand_beside_the_paper_s() {
    let mut bench = Bench::new();
    let manifest = conll("https://a.invalid");
    let missing = bench.offline(&manifest);
    for split in Split::ALL {
        bench.put(&format!("from/a/{split}.tsv"), [TRAIN, DEV, TEST][split as usize]);
    }
    let verified = bench.offline(&manifest);
    let rows = [(&manifest, verified), (&manifest, missing)];
    let here = bench.folder.path().display().to_string();
    let shown = |form| table::render(form, &rows).replace(&here, "HERE");
    expect![[r#"
        Classes of the training split in per cent of its tokens, beside the paper's Table 1

        corpus      O  paper      B  paper      I  paper  state
        a       50.00  50.00  25.00  25.00  25.00  25.00  verified
        a           -  50.00      -  25.00      -  25.00  missing

        Sentences, beside the paper's Table 11, which has one more for a file that ends with an empty line

        corpus  train  paper  dev  paper  test  paper  state
        a           2      3    1      2     1      2  verified
        a           -      3    -      2     -      2  missing

        What is in the splits

        corpus  split  sentences  tokens  entities  O  B  I
        a       train          2       4         1  2  1  1
        a       dev            1       1         0  1  0  0
        a       test           1       1         1  0  1  0

        What is not as expected

        - a missing: Files: put https://a.invalid/data/train.tsv at HERE/from/a/train.tsv
        - a missing: Files: put https://a.invalid/data/devel.tsv at HERE/from/a/dev.tsv
        - a missing: Files: put https://a.invalid/data/test.tsv at HERE/from/a/test.tsv
    "#]]
    .assert_eq(&shown(Form::Text));
    expect![[r#"
        dataset,split,state,sentences,paper_sentences,tokens,entities,O,B,I,O_percent,paper_O_percent,B_percent,paper_B_percent,I_percent,paper_I_percent
        a,train,verified,2,3,4,1,2,1,1,50.00,50.00,25.00,25.00,25.00,25.00
        a,dev,verified,1,2,1,0,1,0,0,100.00,,0.00,,0.00,
        a,test,verified,1,2,1,1,0,1,0,0.00,,100.00,,0.00,
        a,train,missing,,3,,,,,,,50.00,,25.00,,25.00
        a,dev,missing,,2,,,,,,,,,,,
        a,test,missing,,2,,,,,,,,,,,
    "#]].assert_eq(&shown(Form::Csv));
    let markdown = shown(Form::Markdown);
    expect![[r#"
        Classes of the training split in per cent of its tokens, beside the paper's Table 1

        | corpus |     O | paper |     B | paper |     I | paper | state    |
        |--------|------:|------:|------:|------:|------:|------:|----------|
        | a      | 50.00 | 50.00 | 25.00 | 25.00 | 25.00 | 25.00 | verified |
        | a      |     - | 50.00 |     - | 25.00 |     - | 25.00 | missing  |"#]]
    .assert_eq(&markdown.lines().take(6).collect::<Vec<_>>().join("\n"));
    let json: serde_json::Value = serde_json::from_str(&shown(Form::Json)).unwrap();
    assert_eq!(json[0]["counts"]["train"]["tokens"], 4);
    assert_eq!(json[1]["state"], "missing");
}

fn manifests() -> Vec<Manifest> {
    manifest::read_all(&crate::workspace_root().join("datasets")).unwrap()
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
    let text = fs::read_to_string(crate::workspace_root().join("docs/paper/corpora.csv")).unwrap();
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
    let path = crate::workspace_root().join("../shared/datasets").join(name);
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
