//! Several corpora in one folder: what is foretold, what is made, who may write there.

use std::cell::Cell;
use std::fs;

use expect_test::expect;
use welt_files::Lock;

use super::stand_in::{Bench, DEV, NEVER, TEST, TRAIN, conll};
use crate::listing::{list, plan};
use crate::manifest::{Manifest, Split};
use crate::obtain::obtain;
use crate::outcome::State;
use crate::settings::Files;
use crate::workshop::Origin;

/// Two corpora with the same files, the second of which has terms to be accepted.
fn two(bench: &Bench) -> [Manifest; 2] {
    for split in Split::ALL {
        bench.put(
            &format!("from/data/{}", ["train.tsv", "devel.tsv", "test.tsv"][split as usize]),
            [TRAIN, DEV, TEST][split as usize],
        );
    }
    let first = conll("https://a.invalid");
    let mut second = first.clone();
    "b".clone_into(&mut second.name);
    second.terms.accept = true;
    [first, second]
}

#[test]
fn corpora_are_made_one_after_the_other() {
    let bench = Bench::new();
    let manifests = two(&bench);
    let asked = Cell::new(0);
    let welt = || {
        asked.set(asked.get() + 1);
        Ok(bench.at("welt"))
    };
    let states = |accepted: &[&str]| -> Vec<&str> {
        let mut settings = bench.settings();
        settings.accepted = accepted.iter().map(|&name| name.to_owned()).collect();
        let outcomes = obtain(&settings, &manifests.each_ref(), &welt, &NEVER).unwrap();
        outcomes.iter().map(|(_, outcome)| outcome.state.word()).collect()
    };
    assert_eq!(states(&[]), ["verified", "missing"]);
    fs::remove_dir_all(bench.at("out/a")).unwrap();
    assert_eq!(states(&["b"]), ["verified", "verified"]);
    assert_eq!(asked.get(), 2, "once a run");
    // What is in its place with a record needs no program.
    assert_eq!(states(&[]), ["verified", "verified"]);
    assert_eq!(asked.get(), 2);
}

#[test]
fn what_ends_a_corpus_ends_all() {
    use std::sync::atomic::AtomicBool;

    static STOP: AtomicBool = AtomicBool::new(true);
    let bench = Bench::new();
    let manifests = two(&bench);
    let outcomes = obtain(&bench.settings(), &manifests.each_ref(), &|| Ok(bench.at("welt")), &STOP).unwrap();
    assert!(matches!(&outcomes[..], [(_, outcome)] if outcome.state == State::Stopped), "{outcomes:?}");
}

#[test]
fn a_folder_is_written_by_one_run() {
    let bench = Bench::new();
    let manifests = two(&bench);
    let _held = Lock::try_take(&bench.at("out/.lock")).unwrap().unwrap();
    let error = obtain(&bench.settings(), &manifests.each_ref(), &|| Ok(bench.at("welt")), &NEVER).unwrap_err();
    expect!["another run is writing to HERE/out: wait for it, or choose another folder with --output"]
        .assert_eq(&bench.hidden(&error.to_string()));
}

#[test]
fn what_would_be_done_is_foretold() {
    let bench = Bench::new();
    let manifests = two(&bench);
    fs::remove_file(bench.at("from/data/devel.tsv")).unwrap();
    let settings = bench.settings();
    let foretell = |files: &Files| {
        let origin = Origin::open(files, &NEVER).unwrap();
        bench.hidden(&plan(&manifests.each_ref(), &settings, &origin))
    };
    expect![[r#"
        a: goes to HERE/out/a
          from Files (conll)
            HERE/from/data/train.tsv
            missing: put https://a.invalid/data/devel.tsv at HERE/from/a/dev.tsv
            HERE/from/data/test.tsv
        b: goes to HERE/out/b, if its terms are accepted with --accept b
          from Files (conll)
            HERE/from/data/train.tsv
            missing: put https://a.invalid/data/devel.tsv at HERE/from/b/dev.tsv
            HERE/from/data/test.tsv
    "#]]
    .assert_eq(&foretell(&settings.files));
    let servers = Files::Servers { mirror: Some("https://b.invalid/copy".to_owned()) };
    bench.put("out/.downloads/a.invalid/data/test.tsv", TEST);
    expect![[r#"
        a: goes to HERE/out/a
          from Files (conll)
            https://b.invalid/copy/a.invalid/data/train.tsv (at most 1000 B)
            https://b.invalid/copy/a.invalid/data/devel.tsv (at most 1000 B)
            https://b.invalid/copy/a.invalid/data/test.tsv (at most 1000 B, fetched already)
        b: goes to HERE/out/b, if its terms are accepted with --accept b
          from Files (conll)
            https://b.invalid/copy/a.invalid/data/train.tsv (at most 1000 B)
            https://b.invalid/copy/a.invalid/data/devel.tsv (at most 1000 B)
            https://b.invalid/copy/a.invalid/data/test.tsv (at most 1000 B, fetched already)
    "#]]
    .assert_eq(&foretell(&servers));
}

#[test]
fn corpora_are_listed_with_their_terms() {
    let [_, second] = two(&Bench::new());
    expect![[r#"
        b: A
          types    Disease
          splits   As published.
          terms    None, to be accepted by name
                   Nobody says.
          cite     Ada Lovelace (1843): Notes, Memoirs
          source   Files (conll)
    "#]]
    .assert_eq(&list(&[&second]));
}
