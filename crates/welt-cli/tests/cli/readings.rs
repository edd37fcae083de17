//! Tagged files mean the same entities to every command: those that `evaluate` counts as gold.

use std::fs;

use expect_test::expect;
use serde_json::Value;

use crate::folder::{Bench, finish};

/// Every loss but that of a tag, of which there must be none.
const ALLOWED: &str = "--allow unread-mended-tag,unwritten-words,unwritten-passages";

/// Words are numbered, tags stand between spaces and sentences between bars.
fn write(bench: &Bench, name: &str, tags: &str) {
    let mut text = String::new();
    for sentence in tags.split('|') {
        for tag in sentence.split_whitespace() {
            text += &format!("w{}\t{tag}\n", text.len());
        }
        text.push('\n');
    }
    bench.write(name, text);
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// How many entities a command finds in a tagged file.
fn evaluated(bench: &Bench, file: &str) -> u64 {
    let text = bench.run(&format!("evaluate {file} {file} --format json -q")).succeeded();
    json(&text)["gold"]["entities"].as_u64().unwrap()
}

fn counted(bench: &Bench, file: &str, flags: &str) -> u64 {
    let text = bench.run(&format!("stats {file} --format json -q {flags}")).succeeded();
    json(&text)["statistics"]["entities"].as_u64().unwrap()
}

/// An entity of more words than none is a finding.
fn checked(bench: &Bench, file: &str) -> u64 {
    let flags = "--only long-entity --longest-entity 0 --limit 1000 --format json -q";
    bench.run(&format!("check {file} {flags}")).succeeded().lines().count() as u64
}

fn mentions_of_json_lines(text: &str) -> u64 {
    text.lines().map(|line| json(line)["mentions"].as_array().unwrap().len() as u64).sum()
}

#[test]
fn every_command_finds_the_entities_that_evaluate_counts() {
    let bench = Bench::new();
    let corpora = [
        ("iob1.tsv", "I-A I-A B-A I-B O | I-A O"),
        ("iob1-with-begins.tsv", "I-A I-A O B-A I-A | I-A B-A O | I-A"),
        ("iob2-with-strays.tsv", "B-A I-A O I-A | I-B B-A I-B | B-A O"),
        ("ioe.tsv", "I-A E-A E-A O | E-B I-A"),
        ("iobes-dangling.tsv", "B-A I-A O S-A | I-B E-B E-B | B-A"),
        ("mixed.tsv", "B-A I-A E-B S-B I-A | E-A B-A O"),
        ("bare.tsv", "B I O I | I B I"),
    ];
    let mut table = String::new();
    for (file, tags) in corpora {
        write(&bench, file, tags);
        let expected = evaluated(&bench, file);
        let convert = |to: &str, output: &str| {
            bench.run(&format!("convert {file} --to {to} --output {output} {ALLOWED} -q")).succeeded()
        };
        assert_eq!(mentions_of_json_lines(&convert("json-lines", "-")), expected, "{file}: json-lines");
        let pubtator = convert("pubtator", "-");
        assert_eq!(pubtator.matches("\tw").count() as u64, expected, "{file}: {pubtator}");
        convert("brat", "brat");
        let annotations = fs::read_dir(bench.path("brat")).unwrap().map(|entry| entry.unwrap().path());
        let annotations = annotations.filter(|path| path.extension().is_some_and(|ending| ending == "ann"));
        let annotations: usize = annotations.map(|path| fs::read_to_string(path).unwrap().lines().count()).sum();
        assert_eq!(annotations as u64, expected, "{file}: brat");
        fs::remove_dir_all(bench.path("brat")).unwrap();
        for scheme in ["IOB1", "IOB2", "IOE1", "IOE2", "IOBES"] {
            convert(&format!("conll --scheme {scheme}"), "new.tsv");
            assert_eq!(evaluated(&bench, "new.tsv"), expected, "{file}: {scheme}");
        }
        bench.run(&format!("split merge {file} --output new.tsv -q")).succeeded();
        assert_eq!(evaluated(&bench, "new.tsv"), expected, "{file}: split");
        bench.run(&format!("split join {file} {file} --scheme IOBES --output new.tsv -q")).succeeded();
        assert_eq!(evaluated(&bench, "new.tsv"), expected, "{file}: split join");
        assert_eq!(counted(&bench, file, ""), expected, "{file}: stats");
        assert_eq!(checked(&bench, file), expected, "{file}: check");
        table += &format!("{file} {expected}\n");
    }
    expect![[r#"
        iob1.tsv 4
        iob1-with-begins.tsv 5
        iob2-with-strays.tsv 6
        ioe.tsv 4
        iobes-dangling.tsv 5
        mixed.tsv 6
        bare.tsv 4
    "#]]
    .assert_eq(&table);
}

#[test]
fn bilou_needs_no_name() {
    let bench = Bench::new();
    write(&bench, "bilou.tsv", "U-A U-A B-A L-A O B-B I-B L-B");
    assert_eq!(mentions_of_json_lines(&bench.run("convert bilou.tsv --to json-lines --output - -q").succeeded()), 4);
    bench.run("convert bilou.tsv --output new.tsv -q").succeeded();
    assert_eq!((evaluated(&bench, "new.tsv"), counted(&bench, "bilou.tsv", "")), (4, 4));
    // Nor do training files, whose first entity is one word here.
    bench.write("one.tsv", "w0\tB-A\n");
    let text = bench.run("evaluate one.tsv one.tsv --metrics errors --train bilou.tsv --format json -q").succeeded();
    assert_eq!(json(&text)["mentions"]["familiarity"]["seen"]["exact"], 1);
}

#[test]
fn what_a_named_scheme_forbids_is_a_loss_everywhere() {
    let bench = Bench::new();
    write(&bench, "strays.tsv", "B-A I-A O I-A | I-B B-A I-B");
    write(&bench, "ends.tsv", "I-A E-A");
    bench.write("one.pubtator", "1|t|Gout.\n1\t0\t4\tGout\tDisease\n\n");
    let refusals = bench.refusals(&[
        "convert strays.tsv --from-scheme IOB2 --output new.jsonl",
        "convert strays.tsv --from-scheme IOB2 --output new.tsv",
        "split merge strays.tsv --from-scheme IOB2 --output new.tsv",
        "convert ends.tsv --from-scheme IOB2 --output new.jsonl",
        "stats ends.tsv --from-scheme IOB2",
        "split merge ends.tsv --from-scheme IOB2",
        "stats one.pubtator --from-scheme IOB2",
    ]);
    expect![[r#"
        $ welt convert strays.tsv --from-scheme IOB2 --output new.jsonl
        error: new.jsonl was not written: 3 unread-tag in the stage `read`: strays 10..13 `w20` (A) at strays.tsv:4:1, strays 14..17 `w29` (B) at strays.tsv:6:1, strays 22..25 `w45` (B) at strays.tsv:8:1; allow what may be lost or changed with `--allow unread-tag`
        $ welt convert strays.tsv --from-scheme IOB2 --output new.tsv
        error: new.tsv was not written: 3 unread-tag in the stage `read`: strays.tsv:4: I-A, strays.tsv:6: I-B, strays.tsv:8: I-B; allow what may be lost or changed with `--allow unread-tag`
        $ welt split merge strays.tsv --from-scheme IOB2 --output new.tsv
        error: 3 unread-tag in the stage `read`: strays.tsv:4: I-A, strays.tsv:6: I-B, strays.tsv:8: I-B; allow what may be lost or changed with `--allow unread-tag`
        $ welt convert ends.tsv --from-scheme IOB2 --output new.jsonl
        error: ends.tsv:2:1: word 1: `E-A` is no tag of IOB2, whose prefixes are B, I, O; correct the line or name another column of tags than 2
        $ welt stats ends.tsv --from-scheme IOB2
        error: ends.tsv:2:1: word 1: `E-A` is no tag of IOB2, whose prefixes are B, I, O
        $ welt split merge ends.tsv --from-scheme IOB2
        error: ends.tsv:2:1: word 1: `E-A` is no tag of IOB2, whose prefixes are B, I, O
        $ welt stats one.pubtator --from-scheme IOB2
        error: one.pubtator: read as documents, which have no tags: leave --from-scheme out
    "#]].assert_eq(&refusals);
    // The same is left everywhere, and from standard input.
    let allowed = "--from-scheme IOB2 --allow unread-tag -q";
    let documents = bench.run(&format!("convert strays.tsv --to json-lines --output - {allowed}")).succeeded();
    let mut shell = bench.shell(&format!("\"$WELT\" convert - --to json-lines --output - {allowed} <strays.tsv"));
    let piped = finish(&mut shell).succeeded();
    assert_eq!((mentions_of_json_lines(&documents), mentions_of_json_lines(&piped)), (2, 2));
    bench.run(&format!("convert strays.tsv --output new.tsv {allowed}")).succeeded();
    let converted = bench.read("new.tsv");
    bench.run(&format!("split merge strays.tsv --output new.tsv {allowed}")).succeeded();
    assert_eq!((bench.read("new.tsv"), evaluated(&bench, "new.tsv")), (converted, 2));
    assert_eq!(counted(&bench, "strays.tsv", "--from-scheme IOB2"), 2);
    let ran = bench.run("stats strays.tsv --from-scheme IOB2");
    assert!(
        ran.err.contains("warning: strays.tsv: tags that the scheme forbids belong to no entity: 3"),
        "{}",
        ran.err
    );
}
