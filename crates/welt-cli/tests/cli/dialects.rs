//! Dialects of corpora as people hold them: what every command makes of them, and what it says of what it leaves out.

use expect_test::expect;
use serde_json::Value;

use crate::folder::{Bench, Ran, finish};

/// Labels, offsets and lemmas around the words, as NERsuite writes them.
const LABEL_FIRST: &str = "O\t0\t2\tAn\ta\tB-NP\nB-Disease\t3\t6\tflu\tflu\tI-NP\nO\t7\t13\tpassed\tpass\tB-VP\n\n";
/// Indices before the words.
const INDEX_FIRST: &str = "1\tAn\tO\n2\tflu\tB-Disease\n3\tpassed\tO\n\n1\tNone\tO\n2\tcame\tO\n\n";

const PUBTATOR: &str = "11|t|Old flu.\n11|a|It was flu.\n11\t0\t7\tOld flu\tDiseaseClass\tD7\n11\t4\t7\tflu\tModifier\tD7|D8\tflu|old flu\n11\tCID\tD7\tD8\n\n12|t|\n12|a|\n\n13|t|Gout and flus.\n13|a|\n13\t9\t12\tflu\tModifier\tD7\n13\t0\t5\tGout \tDiseaseClass\tD9\n\n";

fn bench() -> Bench {
    let bench = Bench::new();
    bench.write("label.tsv", LABEL_FIRST);
    bench.write("index.tsv", INDEX_FIRST);
    bench.write("corpus.PubTator", PUBTATOR);
    bench
}

fn both(ran: &Ran) -> String {
    format!("{}{}", ran.out, ran.err)
}

#[test]
fn words_are_found_behind_other_columns() {
    let bench = bench();
    let convert = |arguments: &str| {
        bench
            .run(&format!("convert {arguments} --allow unread-column,unwritten-words,unwritten-passages -o - -q"))
            .succeeded()
    };
    assert_eq!(convert("label.tsv --to conll"), "An\tO\nflu\tB-Disease\npassed\tO\n\n");
    assert_eq!(convert("index.tsv --to conll"), "An\tO\nflu\tB-Disease\npassed\tO\n\nNone\tO\ncame\tO\n\n");
    assert!(convert("index.tsv --to json-lines").contains("\"text\":\"An flu passed None came\""));
    assert!(convert("index.tsv --to json-lines --word-column 1").contains("\"text\":\"1 2 3 1 2\""));
    for (arguments, tags) in
        [("stats index.tsv", 1), ("stats label.tsv", 1), ("stats label.tsv --word-column 4 --tag-column 6", 2)]
    {
        let text = bench.run(&format!("{arguments} --format json -q")).succeeded();
        let json: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(json["statistics"]["entities"], tags, "{arguments}");
    }
    let weights = bench.run("weights label.tsv --format json -q").succeeded();
    assert!(weights.lines().next().unwrap().contains("\"counts\":{\"B-Disease\":1,\"O\":2}"), "{weights}");
    bench.write("pairs.tsv", "1\tAn\tO\tO\n2\tflu\tB-Disease\tB-Disease\n");
    let json: Value = serde_json::from_str(&bench.run("evaluate pairs.tsv --format json -q").succeeded()).unwrap();
    assert_eq!(json["gold"]["entities"], 1);
    let refused = bench.run("convert corpus.PubTator --word-column 2 -o out.tsv -q");
    assert_eq!(refused.code, Some(2), "{}", refused.err);
}

#[test]
fn columns_of_words_that_hold_none_are_findings() {
    let bench = bench();
    let check = |arguments: &str| bench.run(&format!("check {arguments} --only word-column -q")).out;
    assert_eq!(check("label.tsv index.tsv train.tsv"), "0 errors, 0 warnings, 0 notes in 3 files\n");
    bench.write("counts.tsv", "1\tO\n2\tB-Disease\n3\tO\n");
    expect![[r#"
        counts.tsv:1: error: all words are numbers that count lines or characters: another column may hold the words (word-column)
        label.tsv:1: error: all words are tags: another column may hold the words (word-column)

        2 errors, 0 warnings, 0 notes in 2 files
        check        errors  warnings  notes
        word-column       2         0      0
    "#]].assert_eq(&check("counts.tsv label.tsv --word-column 1"));
}

#[test]
fn what_is_left_out_is_found_by_check() {
    let bench = bench();
    let ran = bench.run("check corpus.PubTator --only left-out --limit 1");
    expect![[r#"
        corpus.PubTator: document 11, character 4: warning: nested: 11 4..7 `flu` (Modifier) beside 0..7: A mention lies within another or around it (left-out)
        corpus.PubTator: document 13, character 9: warning: widened: 13 9..12 `flu` (Modifier) to 9..13: A mention grew to whole words; white space at its ends may have gone (left-out)
        corpus.PubTator: document 13, character 0: warning: trimmed: 13 0..5 `Gout ` (DiseaseClass) to 0..4: White space or characters of no width at the ends of a word, tag, type, identifier or mention are left out (left-out)
        corpus.PubTator: document 11, character 4: note: unread-individual-names: 11 4..7 `flu` (Modifier): The names of the mentions within a composite one are not read (left-out)
        corpus.PubTator:5: note: unread-relation: 11 `D7 D8` (CID): A relation between mentions or identifiers is not read (left-out)
        corpus.PubTator: document 12, character 0: note: empty-document: 12: A document holds no word, and no sentence comes of it (left-out)

        0 errors, 3 warnings, 3 notes in 1 file
        check     errors  warnings  notes
        left-out       0         3      3
    "#]].assert_eq(&both(&ran));
    assert_eq!(ran.code, Some(0));
    assert_eq!(bench.run("check corpus.PubTator --only left-out --deny warnings -q").code, Some(1));
    let text = bench.run("check corpus.PubTator --only left-out --format json -q").succeeded();
    let kinds: Vec<String> = text
        .lines()
        .map(|line| {
            let json: Value = serde_json::from_str(line).unwrap();
            format!("{} {} {}", json["severity"], json["loss"], json["location"])
        })
        .collect();
    expect![[r#"
        "warning" "nested" {"document":{"character":4,"id":"11"},"path":"corpus.PubTator"}
        "warning" "widened" {"document":{"character":9,"id":"13"},"path":"corpus.PubTator"}
        "warning" "trimmed" {"document":{"character":0,"id":"13"},"path":"corpus.PubTator"}
        "note" "unread-individual-names" {"document":{"character":4,"id":"11"},"path":"corpus.PubTator"}
        "note" "unread-relation" {"line":5,"path":"corpus.PubTator"}
        "note" "empty-document" {"document":{"character":0,"id":"12"},"path":"corpus.PubTator"}
    "#]]
    .assert_eq(&(kinds.join("\n") + "\n"));
    bench.write("blank.tsv", "gout\tB-Disease \nhurts\tO\n\nmumps\u{a0}\tB-Disease\n");
    expect![[r#"
        blank.tsv:1: warning: trimmed: White space or characters of no width at the ends of a word, tag, type, identifier or mention are left out; 1 more (left-out)

        0 errors, 2 warnings, 0 notes in 1 file
        check     errors  warnings  notes
        left-out       0         2      0
        warning: blank.tsv:1: white space or characters of no width at the ends of words and tags are left out; cells that have some: 2
        error: found 2 warnings; what is meant to be so is passed over with --skip CHECK
    "#]].assert_eq(&both(&bench.run("check blank.tsv --deny warnings")));
}

#[test]
fn corpora_become_tagged_files_as_they_come() {
    let bench = bench();
    let convert = |flags: &str| bench.run(&format!("convert corpus.PubTator {flags} -o - -q"));
    // Relations, names within mentions, empty documents and parts of words are no errors where words and tags are asked for.
    expect![[r#"
        -DOCSTART-	O

        Old	B-Disease
        flu	I-Disease
        .	O

        It	O
        was	O
        flu	O
        .	O

        -DOCSTART-	O

        Gout	B-Disease
        and	O
        flus	B-Disease
        .	O

    "#]]
    .assert_eq(&both(&convert("--to conll --types Modifier,DiseaseClass --type-name Disease --allow nested")));
    expect![[r#"
        Old	B-Disease
        flu	I-Disease
        .	O

        It	O
        was	O
        flu	O
        .	O

        Gout	B-Disease
        and	O
        flus	B-Disease
        .	O

    "#]]
    .assert_eq(&both(&convert("--to conll --type-name Disease --no-document-lines --allow nested")));
    expect![[r#"
        -DOCSTART-	O

        Old	O
        flu	S-Word
        .	O

        It	O
        was	O
        flu	O
        .	O

        -DOCSTART-	O

        Gout	O
        and	O
        flus	S-Word
        .	O

    "#]]
    .assert_eq(&both(&convert("--to conll --types Modifier=Word --scheme IOBES")));
    let documents = convert("--to json-lines --type-name Disease --allow all").succeeded();
    assert_eq!(documents.matches("\"entity_type\":\"Disease\"").count(), 4, "{documents}");
    bench.write("typed.tsv", "flu\tB-A\nand\tO\ngout\tB-B\n");
    let retagged = bench.run("convert typed.tsv --type-name Disease -o - --to conll -q").succeeded();
    assert_eq!(retagged, "flu\tB-Disease\nand\tO\ngout\tB-Disease\n\n");
}

#[test]
fn one_odd_line_is_a_loss_with_a_name() {
    let bench = bench();
    bench.write("odd.PubTator", "5|t|Flu.\n5|a|\n5\tsome remark\n5\t0\t3\tFlu\tDisease\tD1\n\n6|t|Gout.\n6|a|\n");
    let refused = bench.run("convert odd.PubTator -o out.tsv -q");
    expect![[r#"
        error: out.tsv was not written: 1 unread-line in the stage `read`: 5 `5\tsome remark` at odd.PubTator:3:1; allow what may be lost or changed with `--allow unread-line`
    "#]].assert_eq(&both(&refused));
    let allowed = bench.run("convert odd.PubTator -o - --to conll --allow unread-line -q").succeeded();
    assert_eq!(allowed, "-DOCSTART-\tO\n\nFlu\tB-Disease\n.\tO\n\n-DOCSTART-\tO\n\nGout\tO\n.\tO\n\n");
}

#[test]
fn methods_without_weights_end_no_table() {
    let bench = bench();
    bench.write("no-o.tsv", "gout\tB-Disease\n\nflu\tB-Disease\n\n");
    expect![[r#"
        class                 B-Disease          O
        words                         2          0
        %                        100.00       0.00

        weight as a multiple of that of O
        vanilla                  1.0000     1.0000
        ins                           -          -  no word has the tag O, which would get an infinite weight
        isns                          -          -  no word has the tag O, which would get an infinite weight
        ens-0.3                       -          -  no word has the tag O, which would get an infinite weight
        ens-0.5                       -          -  no word has the tag O, which would get an infinite weight
        ens-0.9                       -          -  no word has the tag O, which would get an infinite weight
        welt                     0.3679     1.0000
        warning: welt: class 1 has no samples (class 1 is O)
    "#]]
    .assert_eq(&both(&bench.run("weights no-o.tsv")));
    let json = bench.run("weights no-o.tsv --format json --method ins --method welt -q").succeeded();
    expect![[r#"
        {"counts":{"B-Disease":2,"O":0},"error":"no word has the tag O, which would get an infinite weight","label_order":"intended","method":"ins","weights":null}
        {"counts":{"B-Disease":2,"O":0},"label_order":"intended","method":"welt","same_loss_as_vanilla":false,"warnings":["class 1 has no samples"],"weights":{"B-Disease":0.2689414213699951,"O":0.7310585786300049}}
    "#]].assert_eq(&json);
    let refused = bench.run("weights no-o.tsv --method ins -q");
    expect![[r#"
        error: ins: no word has the tag O, which would get an infinite weight
    "#]]
    .assert_eq(&both(&refused));
}

#[test]
fn what_is_no_corpus_is_told_with_its_cause() {
    let bench = bench();
    bench.write("spacy.json", "[{\"paragraphs\":[{\"raw\":\"Gout.\"}]}]");
    bench.write("tool.jsonl", "{\"data\": 1, \"marks\": []}\n");
    bench.write("gate.xml", "<GateDocument version=\"3\"><TextWithNodes>");
    let texts = "The patients of this study had no sign of gout, flu or mumps when they came.\nNone of them died.\n";
    bench.write("text.tsv", texts);
    expect![[r#"
        $ welt stats spacy.json
        error: spacy.json: looks like a training file of spaCy, in JSON; convert it with `python -m spacy convert --converter json`, then write its entities as BRAT; if it is in another format, name that with --from
        $ welt convert tool.jsonl --output out.tsv
        error: tool.jsonl: looks like JSON with the keys `data`, `marks`, which no format here has; export its annotations as BRAT or as JSON lines of text and spans, with offsets in characters; if it is in another format, name that with --from
        $ welt weights gate.xml
        error: gate.xml: looks like a document of GATE; export its annotations as BRAT or as JSON lines of text and spans, with offsets in characters; expected a tagged file (a word and its tag on each line)
        $ welt check text.tsv
        error: text.tsv:2:1: found 4 column(s), expected 16 as on line 1 (columns are separated by spaces); correct the line
        $ welt evaluate corpus.PubTator
        error: corpus.PubTator: looks like pubtator, expected a tagged file (a word and its tag on each line); make one with `welt convert corpus.PubTator --output corpus.tsv`
    "#]].assert_eq(&bench.refusals(&[
        "stats spacy.json",
        "convert tool.jsonl --output out.tsv",
        "weights gate.xml",
        "check text.tsv",
        "evaluate corpus.PubTator",
    ]));
    // A word that looks like the beginning of another format is one.
    bench.write("bracket.tsv", "[\tO\nFlu\tB-Disease\nin\tO\nrats\tO\n]\tO\n");
    let ran = finish(&mut bench.shell("cat bracket.tsv | \"$WELT\" stats - --format json -q"));
    let json: Value = serde_json::from_str(&ran.succeeded()).unwrap();
    assert_eq!(json["statistics"]["entities"], 1);
}
