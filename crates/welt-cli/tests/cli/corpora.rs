//! Corpora that cannot be used: what each command says of them.

use expect_test::{Expect, expect};

use crate::folder::{Bench, TRAIN};

fn bench() -> Bench {
    let bench = Bench::with_run();
    bench.write("empty.tsv", "");
    bench.write("binary.tsv", b"\x7fELF\x02\x01\x01\0\0\0\0\0");
    bench.write("latin1.tsv", b"no\tO\nna\xefve\tO\n");
    bench.write("mistake.tsv", "no\tO\nsign\tO\nof\tO\nataxia\tDisease\nhere\tO\n");
    bench.write("words.tsv", "no\nsign\n");
    bench.write("ragged.tsv", "no\tO\nsign\tO\textra\n");
    bench.write("all-outside.tsv", "no\tO\nsign\tO\n");
    bench.write("genes.tsv", "the\tO\nBRCA1\tB-Gene\ngene\tO\n");
    std::fs::create_dir(bench.path("folder")).unwrap();
    bench
}

const FILES: [&str; 7] =
    ["missing.tsv", "empty.tsv", "folder", "binary.tsv", "latin1.tsv", "mistake.tsv", "ragged.tsv"];

#[track_caller]
fn check(bench: &Bench, commands: &[&str], expected: &Expect) {
    expected.assert_eq(&bench.refusals(commands));
}

#[test]
fn every_command_says_the_same_of_an_unusable_corpus() {
    let bench = bench();
    let said = |command: &str| -> Vec<String> {
        let refusal = |file: &&str| bench.run(&format!("{command} {file} --quiet")).refused().to_owned();
        FILES.iter().map(refusal).collect()
    };
    let expected = said("stats");
    expect![[r#"
        error: missing.tsv: cannot be read: No such file or directory (os error 2); expected a file to read, check the path
        error: empty.tsv:1:1: found no sentence in 0 lines, expected at least one word; is this the right file, and is it complete?
        error: folder: is a folder, expected a file; name one of the files in it
        error: binary.tsv:1:8: found a NUL byte, expected UTF-8 text: the file is binary or in UTF-16; name another file or convert it with `iconv -f UTF-16 -t UTF-8`
        error: latin1.tsv:2:3: the byte 0xef is not UTF-8, expected UTF-8 text; convert the file, for example with `iconv -f LATIN1 -t UTF-8`
        error: mistake.tsv:4:8: `Disease` is not a tag: expected O, a bare B, I, E, S, L or U, or one of these, a hyphen and a type, as in B-Disease; correct the line or name another column of tags than 2
        error: ragged.tsv:2:1: found 3 column(s), expected 2 as on line 1 (columns are separated by TAB); correct the line
    "#]].assert_eq(&(expected.join("\n") + "\n"));
    assert_eq!(said("weights"), expected);
    assert_eq!(said("stats --format json train.tsv"), expected);
    assert_eq!(said("stats train.tsv --train"), expected);
    assert_eq!(said("check train.tsv"), expected);
    for view in
        ["merge", "sample --fraction 1", "types --keep Disease", "join train.tsv", "folds --folds 2 --output new"]
    {
        assert_eq!(said(&format!("split {view}")), expected);
    }
    let train = "train --model encoder --from-scratch --epochs 1 --output new";
    assert_eq!(said(&format!("{train} --train")), expected);
    assert_eq!(said(&format!("{train} --train train.tsv --dev")), expected);
    assert_eq!(said(&format!("{train} --train train.tsv --test")), expected);
    assert_eq!(said(&format!("{train} --train train.tsv --counts-from")), expected);
    let about_bytes = |said: Vec<String>| said[..5].to_vec();
    // One column for both, since these files have no other; what is no tag is a warning there.
    let of_pairs = |file: &&str| bench.run(&format!("evaluate --gold -1 {file} --quiet")).refused().to_owned();
    assert_eq!(FILES[..5].iter().map(of_pairs).collect::<Vec<_>>(), about_bytes(expected.clone()));
    assert_eq!(about_bytes(said_of_words(&bench, "predict --model run/model")), about_bytes(expected.clone()));
    let of_text = said_of_words(&bench, "predict --model run/model --input text");
    assert_eq!(about_bytes(of_text), about_bytes(expected));
}

/// What a command that reads no tags, and writes sentences as they come, says of the files before the first mistake in a tag.
fn said_of_words(bench: &Bench, command: &str) -> Vec<String> {
    let refusal = |file: &&str| bench.run(&format!("{command} {file} --quiet")).failed().to_owned();
    FILES[..5].iter().map(refusal).collect()
}

#[test]
fn columns_that_are_not_there() {
    let commands = [
        "stats words.tsv",
        "stats --tag-column 3 train.tsv",
        "stats --tag-column 1 train.tsv",
        "weights --tag-column -2 train.tsv",
        "evaluate train.tsv",
        "evaluate run/predictions/test.tsv --gold 2 --predicted 5",
    ];
    check(
        &bench(),
        &commands,
        &expect![[r#"
            $ welt stats words.tsv
            error: words.tsv:1:1: found no column of tags among 1 column(s), here `no`; expected one such as O, B-Disease or I in every line after the word; name the column or another file
            $ welt stats --tag-column 3 train.tsv
            error: train.tsv:1:1: found 2 column(s), expected a column 3; name one that is there, from 1 or from -1 at the end
            $ welt stats --tag-column 1 train.tsv
            error: train.tsv:1:1: column 1 of 2 holds the words, expected another one for the tags; name another column, or a file with more columns
            $ welt weights --tag-column -2 train.tsv
            error: train.tsv:1:1: column -2 of 2 holds the words, expected another one for the tags; name another column, or a file with more columns
            $ welt evaluate train.tsv
            error: train.tsv:1:1: column -2 of 2 holds the words, expected another one for the tags; name another column, or a file with more columns
            $ welt evaluate run/predictions/test.tsv --gold 2 --predicted 5
            error: run/predictions/test.tsv:1:1: found 3 column(s), expected a column 5; name one that is there, from 1 or from -1 at the end
        "#]],
    );
}

#[test]
fn tags_that_do_not_fit() {
    let counting_genes = format!("{TRAIN} --output new --counts-from genes.tsv");
    let commands =
        [counting_genes.as_str(), "train --train all-outside.tsv --model encoder --from-scratch --output new"];
    check(
        &bench(),
        &commands,
        &expect![[r#"
            $ welt train --train train.tsv --dev dev.tsv --test test.tsv --model encoder --from-scratch --epochs 1 --batch-size 8 --learning-rate 1e-3 --output new --counts-from genes.tsv
            error: genes.tsv:2:1: the tag `B-Gene` in column 2 is not among the labels B-Disease, I-Disease, O; correct the line, or take the labels from this file too
            $ welt train --train all-outside.tsv --model encoder --from-scratch --output new
            error: all-outside.tsv: every word has the tag O, so there is nothing to learn: expected a tag such as B-Disease on some; check the file and --tag-column
        "#]],
    );
}

#[test]
fn the_place_of_a_byte_that_is_no_text_is_told_in_raw_sentences_too() {
    let bench = Bench::with_run();
    bench.write("late.txt", b"\xef\xbb\xbffine\nna\xc3\xafve \xff\n");
    bench.write("blank.txt", "\n  \n");
    let late = bench.run("predict --model run/model --input text late.txt --quiet");
    expect![[r#"
        error: late.txt:2:7: the byte 0xff is not UTF-8, expected UTF-8 text; convert the file, for example with `iconv -f LATIN1 -t UTF-8`"#]]
    .assert_eq(late.failed());
    assert_eq!(late.out, "fine\tO\n\n", "what was read before is written");
    let commands = [
        "predict --model run/model --input text blank.txt",
        "predict --model run/model -",
        "predict --model run/model --input text -",
    ];
    check(
        &bench,
        &commands,
        &expect![[r#"
        $ welt predict --model run/model --input text blank.txt
        error: blank.txt:1:1: found no sentence in 2 lines, expected at least one word; is this the right file, and is it complete?
        $ welt predict --model run/model -
        error: standard input:1:1: found no sentence in 0 lines, expected at least one word; is this the right file, and is it complete?
        $ welt predict --model run/model --input text -
        error: standard input:1:1: found no sentence in 0 lines, expected at least one word; is this the right file, and is it complete?
    "#]],
    );
}

/// A mention of which the tokenizer makes nothing can neither be learnt nor found.
#[test]
fn mentions_without_sub_words_are_an_error_unless_allowed() {
    let bench = Bench::new();
    let text = bench.read("dev.tsv");
    bench.write("dev.tsv", format!("{text}\u{200b}\tB-Disease\nis\tO\nthere\tO\n\n"));
    let refused = bench.run(&format!("{TRAIN} --output run"));
    assert_eq!(refused.code, Some(1));
    let expected = "1 mention-without-sub-words in the stage `sub-word`";
    assert!(refused.err.contains("error: dev: ") && refused.err.contains(expected), "{}", refused.err);
    assert!(refused.err.contains("--allow mention-without-sub-words"), "{}", refused.err);
    bench.run(&format!("{TRAIN} --output run --allow mention-without-sub-words --quiet")).succeeded();
    let record: serde_json::Value = serde_json::from_str(&bench.read("run/record.json")).unwrap();
    let stages = &record["data"]["dev"]["ledger"]["stages"];
    assert_eq!(stages["sub-word"]["entries"]["mention-without-sub-words"]["lost"], 1);
    let mentions = |way: &str| stages["sub-word"][way]["mentions"].as_u64().unwrap();
    assert_eq!(mentions("into"), mentions("out") + 1);
    let unknown = bench.run(&format!("{TRAIN} --output other --allow nothing"));
    assert!(unknown.err.contains("`nothing`"), "{}", unknown.err);
}
