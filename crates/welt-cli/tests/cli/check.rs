//! `welt check`: what it finds, in which form, and with which exit code.

use expect_test::expect;
use serde_json::{Value, json};

use crate::folder::{Bench, Ran, finish};

/// A file with a broken tag and a sentence that stands in both files.
fn bench() -> Bench {
    let bench = Bench::new();
    let write = |name: &str, text: &str| bench.write(name, text.replace(' ', "\t").replace('/', "\n"));
    write(
        "first.tsv",
        "no O/renal I-Disease/failure I-Disease//ten O/words O/that O/stand O/in O/both O/files O/as O/they O/are O//gout B-Disease//",
    );
    write(
        "second.tsv",
        "ten O/words O/that O/stand O/in O/both O/files B-Disease/as O/they O/are O//gout O//gout B-Disease//gout B-Disease//gout B-Disease//",
    );
    write("fine.tsv", "no O/renal B-Disease/failure I-Disease//");
    bench
}

/// The report of a check that found something, which says so in one line.
#[track_caller]
fn failed(ran: &Ran) -> String {
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
    format!("{}stderr: {}", ran.out, ran.err)
}

#[test]
fn findings_are_lines_and_an_exit_code() {
    let bench = bench();
    expect![[r#"
        first.tsv:2: error: `I-Disease` after `O` breaks IOB2 (invalid-transition)
        second.tsv:1: warning: the sentence stands in split `first` too, first.tsv:5, with other entities (shared-sentence)
        first.tsv:16: note: `gout` is not always the same: `Disease` 4, untagged 1 (inconsistent-mention)

        1 error, 1 warning, 1 note in 2 files
        check                 errors  warnings  notes
        invalid-transition         1         0      0
        shared-sentence            0         1      0
        inconsistent-mention       0         0      1
        stderr: error: found 1 error; what is meant to be so is passed over with --skip CHECK
    "#]].assert_eq(&failed(&bench.run("check first.tsv second.tsv --quiet")));
    expect![[r#"
        0 errors, 0 warnings, 0 notes in 1 file
    "#]]
    .assert_eq(&bench.run("check fine.tsv --quiet").succeeded());
    let loud = bench.run("check fine.tsv -v").err;
    expect![[r#"
        debug: fine.tsv: 1 sentences; tags in column 2: the last, a tag in every line
        debug: fine.tsv: tags held against IOB2
    "#]]
    .assert_eq(&loud);
}

#[test]
fn what_is_a_failure_can_be_chosen() {
    let bench = bench();
    let codes = |flags: &str| bench.run(&format!("check first.tsv second.tsv --quiet {flags}")).code;
    assert_eq!(codes("--skip invalid-transition"), Some(0));
    assert_eq!(codes("--skip invalid-transition --deny warnings"), Some(1));
    assert_eq!(codes("--only inconsistent-mention --deny warnings"), Some(0));
    assert_eq!(codes("--only inconsistent-mention --deny notes"), Some(1));
    assert_eq!(codes("--scheme IOB1 --only invalid-transition"), Some(1));
    assert_eq!(bench.run("check first.tsv --scheme IOB1 --only foreign-tag --quiet").code, Some(0));
    expect![[r#"
        second.tsv:1: warning: the sentence stands in split `first` too, first.tsv:5, with other entities (shared-sentence)
        first.tsv:16: note: `gout` is not always the same: `Disease` 4, untagged 1 (inconsistent-mention)

        0 errors, 1 warning, 1 note in 2 files
        check                 errors  warnings  notes
        shared-sentence            0         1      0
        inconsistent-mention       0         0      1
        stderr: error: found 1 warning, 1 note; what is meant to be so is passed over with --skip CHECK
    "#]]
        .assert_eq(&failed(&bench.run("check first.tsv second.tsv --skip invalid-transition --deny notes --quiet")));
}

#[test]
fn thresholds_decide_what_is_suspicious() {
    let bench = bench();
    let found = |flags: &str| bench.run(&format!("check first.tsv second.tsv --quiet --format csv {flags}")).out;
    expect![[r#"
        path,line,severity,check,message
        second.tsv,1,warning,shared-sentence,"the sentence stands in split `first` too, first.tsv:5, with other entities"
    "#]].assert_eq(&found("--only shared-sentence"));
    expect![[r#"
        path,line,severity,check,message
        second.tsv,14,warning,repeated-sentence,"the sentence stands on line 12 already, with other entities"
        second.tsv,16,warning,repeated-sentence,"the sentence stands on line 12 already, with other entities"
        second.tsv,18,warning,repeated-sentence,"the sentence stands on line 12 already, with other entities"
        second.tsv,1,warning,shared-sentence,"the sentence stands in split `first` too, first.tsv:5, with other entities"
        second.tsv,12,warning,shared-sentence,"the sentence stands in split `first` too, first.tsv:16, with other entities"
        second.tsv,14,warning,shared-sentence,"the sentence stands in split `first` too, first.tsv:16, with the same entities"
        second.tsv,16,warning,shared-sentence,"the sentence stands in split `first` too, first.tsv:16, with the same entities"
        second.tsv,18,warning,shared-sentence,"the sentence stands in split `first` too, first.tsv:16, with the same entities"
    "#]].assert_eq(&found("--only shared-sentence,repeated-sentence --least-words 1"));
    expect![[r#"
        path,line,severity,check,message
    "#]]
    .assert_eq(&found("--only shared-sentence --least-words 11"));
    expect![[r#"
        path,line,severity,check,message
    "#]]
    .assert_eq(&found("--only inconsistent-mention --least-mentions 5"));
    expect![[r#"
        path,line,severity,check,message
        first.tsv,2,warning,long-entity,an entity of type `Disease` has 2 words: renal failure ...
    "#]]
    .assert_eq(&found("--only long-entity --longest-entity 1"));
}

#[test]
fn no_more_is_listed_than_asked_for_and_all_is_counted() {
    let bench = bench();
    let flags = "--only repeated-sentence,shared-sentence --least-words 1 --limit 1 --deny notes --quiet";
    expect![[r#"
        second.tsv:14: warning: the sentence stands on line 12 already, with other entities (repeated-sentence)
        second.tsv:1: warning: findings in this split: 3, of which listed: 1 (repeated-sentence)
        second.tsv:1: warning: the sentence stands in split `first` too, first.tsv:5, with other entities (shared-sentence)
        second.tsv:1: warning: findings in this split: 5, of which listed: 1 (shared-sentence)

        0 errors, 8 warnings, 0 notes in 2 files
        check              errors  warnings  notes
        repeated-sentence       0         3      0
        shared-sentence         0         5      0
        stderr: error: found 8 warnings; what is meant to be so is passed over with --skip CHECK
    "#]].assert_eq(&failed(&bench.run(&format!("check first.tsv second.tsv {flags}"))));
    expect![[r#"
        | path | line | severity | check | message |
        | --- | ---: | --- | --- | --- |
        | second.tsv | 14 | warning | repeated-sentence | the sentence stands on line 12 already, with other entities |
        | second.tsv | 1 | warning | repeated-sentence | findings in this split: 3, of which listed: 1 |
        | second.tsv | 1 | warning | shared-sentence | the sentence stands in split `first` too, first.tsv:5, with other entities |
        | second.tsv | 1 | warning | shared-sentence | findings in this split: 5, of which listed: 1 |

        0 errors, 8 warnings, 0 notes in 2 files

        | check             | errors | warnings | notes |
        | ----------------- | -----: | -------: | ----: |
        | repeated-sentence |      0 |        3 |     0 |
        | shared-sentence   |      0 |        5 |     0 |
        stderr: error: found 8 warnings; what is meant to be so is passed over with --skip CHECK
    "#]].assert_eq(&failed(&bench.run(&format!("check first.tsv second.tsv {flags} --format markdown"))));
    expect![[r#"
        0 errors, 0 warnings, 0 notes in 1 file
    "#]]
    .assert_eq(&bench.run("check fine.tsv --format markdown --quiet").succeeded());
}

#[test]
fn json_is_one_finding_a_line() {
    let ran = bench().run("check first.tsv second.tsv --only invalid-transition,shared-sentence --format json --quiet");
    let lines: Vec<Value> = ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let expected = json!({
        "split": "first",
        "location": { "path": "first.tsv", "line": 2 },
        "finding": "invalid-transition",
        "before": "O",
        "tag": "I-Disease",
        "scheme": "IOB2",
        "severity": "error",
        "check": "invalid-transition",
        "message": "`I-Disease` after `O` breaks IOB2",
    });
    assert_eq!((ran.code, lines.len(), &lines[0]), (Some(1), 2, &expected));
    assert_eq!(lines[1]["repeat"], "other-entities");
}

#[test]
fn help_lists_the_checks() {
    let bench = bench();
    let help = bench.run("check --help").succeeded();
    let checks: Vec<&str> = help.lines().map(str::trim).filter(|line| line.starts_with("- ")).collect();
    expect![[r#"
        - empty:                Files without a sentence, sentences with too few or too many tags
        - left-out:             What the reader left out or changed: lines, files, relations,
        - word-column:          Columns of words that hold tags or counts
        - only-outside:         Files without an entity
        - mixed-schemes:        Prefixes of more than one scheme, in a file or between files
        - foreign-tag:          Tags that the scheme does not have
        - invalid-transition:   Tags that may not stand beside each other in the scheme
        - bare-tags:            Bare tags beside tags with a type
        - type-case:            Types that differ in letter case only
        - type-in-one-split:    Types that occur in one file only
        - repeated-document:    Ids that several documents of a file have
        - shared-document:      Ids that documents of several files have: leakage
        - misplaced-mention:    Mentions that do not fit the text of their document
        - repeated-sentence:    Sentences that stand in a file more than once
        - shared-sentence:      Sentences that stand in more than one file: leakage
        - inconsistent-mention: Words that are tagged here and untagged there, or of several types
        - long-entity:          Entities of very many words
        - odd-character:        Words with characters that no text has
        - unseen-word:          Words of characters that encoders do not see
        - text:     For people: a finding a line, then how many each check has
        - json:     One finding a line, as an object
        - csv:      One finding a line, under a line of heads
        - markdown: Two tables: the findings, and how many each check has"#]]
    .assert_eq(&checks.join("\n"));
    let wrong = bench.run("check fine.tsv --only leakage");
    assert_eq!((wrong.code, wrong.out.as_str()), (Some(2), ""));
}

/// A document twice, one with another text in the second file, and mentions that do not fit.
const DOCUMENTS: [&str; 2] = [
    "1|t|Gout and flu.\n1\t0\t4\tGout\tDisease\n\n2|t|No cold.\n2\t3\t7\tcough\tDisease\n\n1|t|Gout and flu.\n1\t9\t12\tflu\tDisease\n\n",
    "2|t|A cough.\n2\t2\t99\tcough\tDisease\n\n",
];

#[test]
fn documents_are_checked_with_their_ids_and_offsets() {
    let bench = Bench::new();
    let [first, second] = DOCUMENTS;
    bench.write("first.pubtator", first);
    bench.write("second.txt", second);
    let command = "check first.pubtator second.txt --quiet --least-words 3 --least-mentions 1";
    expect![[r#"
        second.txt:1: warning: all 3 words are tagged O: the split has no entity (only-outside)
        first.pubtator: document 1, character 0: warning: document 1 of the split has this id already, with the same text and with other entities (repeated-document)
        second.txt: document 2, character 0: warning: a document in split `first`, first.pubtator, has this id too, with another text and with other entities (shared-document)
        first.pubtator: document 2, character 3: warning: 2 3..7 `cold` (Disease) stated as `cough`: the text at its offsets is another one (misplaced-mention)
        second.txt: document 2, character 2: error: 2 2..99 `cough` (Disease): the mention lies outside of the text (misplaced-mention)
        first.pubtator: document 1, character 0: warning: the sentence stands in document 1, character 0 already, with other entities (repeated-sentence)
        first.pubtator: document 1, character 0: note: `Gout` is not always the same: `Disease` 1, untagged 1 (inconsistent-mention)
        first.pubtator: document 1, character 9: note: `flu` is not always the same: `Disease` 1, untagged 1 (inconsistent-mention)

        1 error, 5 warnings, 2 notes in 2 files
        check                 errors  warnings  notes
        only-outside               0         1      0
        repeated-document          0         1      0
        shared-document            0         1      0
        misplaced-mention          1         1      0
        repeated-sentence          0         1      0
        inconsistent-mention       0         0      2
    "#]]
    .assert_eq(&bench.run(command).out);
    assert_eq!(bench.run(command).code, Some(1));
    expect![[r#"
        path,line,severity,check,message,document,character
        second.txt,,warning,shared-document,"a document in split `first`, first.pubtator, has this id too, with another text and with other entities",2,0
        first.pubtator,,warning,repeated-sentence,"the sentence stands in document 1, character 0 already, with other entities",1,0
    "#]]
    .assert_eq(&bench.run(&format!("{command} --format csv --only shared-document,repeated-sentence")).out);
    let json = bench.run(&format!("{command} --format json --only misplaced-mention")).out;
    let line: Value = serde_json::from_str(json.lines().next().unwrap()).unwrap();
    assert_eq!(line["location"], json!({ "path": "first.pubtator", "document": { "id": "2", "character": 3 } }));
    // The same from a stream.
    let piped = |from: &str| {
        let line = format!("cat first.pubtator | \"$WELT\" check - {from} --quiet --only repeated-document");
        finish(&mut bench.shell(&line)).succeeded()
    };
    assert_eq!(
        piped(""),
        bench
            .run("check first.pubtator --quiet --only repeated-document")
            .succeeded()
            .replace("first.pubtator", "standard input")
    );
    assert_eq!(piped(""), piped("--from pubtator"));
}

#[test]
fn flags_of_tagged_files_are_refused_for_documents() {
    let bench = Bench::new();
    bench.write("first.pubtator", DOCUMENTS[0]);
    for (flags, expected) in [
        ("--tag-column 2", "error: first.pubtator: read as pubtator, which has no columns: leave --tag-column out"),
        ("--scheme IOB2", "error: --scheme has a meaning only for tagged files, and these are documents: leave it out"),
    ] {
        assert_eq!(bench.run(&format!("check first.pubtator --quiet {flags}")).refused(), expected);
    }
}
