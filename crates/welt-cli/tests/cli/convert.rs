//! `convert`: small corpora in every direction, what is lost on the way, and what is left behind when it fails.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use expect_test::{Expect, expect};
use serde_json::Value;

use crate::folder::{Bench, finish};

/// Two documents: a nested mention and one of another type in the first, a relation in the second.
const PUBTATOR: &str = "\
20|t|Ataxia-telangiectasia (A-T).
20|a|Breast cancer risk with aspirin. No cure.
20\t0\t21\tAtaxia-telangiectasia\tDisease\tD001260
20\t29\t42\tBreast cancer\tDisease\tD001943
20\t36\t42\tcancer\tDisease\tD009369
20\t53\t60\taspirin\tChemical\tD001241

100|t|Renal failure.
100\t0\t13\tRenal failure\tDisease\tD051437
100\tCID\tD001241\tD051437

";

/// Three documents: ids of annotations and of databases, two types, and nothing in the last.
const THREE: &str = r#"{"id":"a","passages":[{"kind":"","offset":0,"text":"Old flu. New flu."}],"mentions":[{"id":"T1","entity_type":"D","parts":[{"start":4,"end":7}],"identifiers":[{"id":"1"}]},{"entity_type":"D","parts":[{"start":13,"end":16}],"identifiers":[{"id":"1"}]}]}
{"id":"b","passages":[{"kind":"","offset":0,"text":"A cold."}],"mentions":[{"id":"T2","entity_type":"E","parts":[{"start":2,"end":6}]}]}
{"id":"c","passages":[{"kind":"","offset":0,"text":"No."}],"mentions":[]}
"#;

fn bench() -> Bench {
    let bench = Bench::new();
    bench.write("two.pubtator", PUBTATOR);
    bench
}

/// What a conversion writes.
#[track_caller]
fn check(bench: &Bench, arguments: &str, expected: &Expect) {
    expected.assert_eq(&bench.run(&format!("convert {arguments} --output - --quiet")).succeeded());
}

#[test]
fn documents_become_words_and_tags() {
    let bench = bench();
    let lossy = "two.pubtator --to conll --allow unread-relation,nested";
    check(
        &bench,
        lossy,
        &expect![[r#"
            -DOCSTART-	O

            Ataxia	B-Disease
            -	I-Disease
            telangiectasia	I-Disease
            (	O
            A	O
            -	O
            T	O
            )	O
            .	O

            Breast	B-Disease
            cancer	I-Disease
            risk	O
            with	O
            aspirin	B-Chemical
            .	O

            No	O
            cure	O
            .	O

            -DOCSTART-	O

            Renal	B-Disease
            failure	I-Disease
            .	O

        "#]],
    );
}

#[test]
fn types_schemes_and_order_are_chosen() {
    let bench = bench();
    let lossy = "two.pubtator --to conll --allow unread-relation,nested";
    check(
        &bench,
        &format!("{lossy} --types Disease=Illness --scheme IOBES --sort --document-lines"),
        &expect![[r#"
        -DOCSTART-	O

        Renal	B-Illness
        failure	E-Illness
        .	O

        -DOCSTART-	O

        Ataxia	B-Illness
        -	I-Illness
        telangiectasia	E-Illness
        (	O
        A	O
        -	O
        T	O
        )	O
        .	O

        Breast	B-Illness
        cancer	E-Illness
        risk	O
        with	O
        aspirin	O
        .	O

        No	O
        cure	O
        .	O

    "#]],
    );
    check(
        &bench,
        &format!("{lossy} --types Disease,Chemical --type-name Thing --overlaps shortest --breaks passages"),
        &expect![[r#"
            -DOCSTART-	O

            Ataxia	B-Thing
            -	I-Thing
            telangiectasia	I-Thing
            (	O
            A	O
            -	O
            T	O
            )	O
            .	O

            Breast	O
            cancer	B-Thing
            risk	O
            with	O
            aspirin	B-Thing
            .	O
            No	O
            cure	O
            .	O

            -DOCSTART-	O

            Renal	B-Thing
            failure	I-Thing
            .	O

        "#]],
    );
}

#[test]
fn documents_become_documents() {
    let bench = bench();
    for format in ["pubtator", "bioc-xml", "bioc-json", "json-lines"] {
        let written =
            bench.run(&format!("convert two.pubtator --to {format} --allow unread-relation --output file.{format} -q"));
        written.succeeded();
        // Whatever a format holds of these documents, it gives them back.
        let back = bench.run(&format!("convert file.{format} --from {format} --to pubtator --allow all --output - -q"));
        assert_eq!(back.succeeded(), PUBTATOR.replace("100\tCID\tD001241\tD051437\n", ""), "{format}");
    }
    check(
        &bench,
        "two.pubtator --to json-lines --allow unread-relation --types Chemical",
        &expect![[r#"
        {"id":"20","passages":[{"kind":"title","offset":0,"text":"Ataxia-telangiectasia (A-T)."},{"kind":"abstract","offset":29,"text":"Breast cancer risk with aspirin. No cure."}],"mentions":[{"entity_type":"Chemical","parts":[{"start":53,"end":60}],"text":"aspirin","identifiers":[{"id":"D001241"}]}]}
        {"id":"100","passages":[{"kind":"title","offset":0,"text":"Renal failure."}],"mentions":[]}
    "#]],
    );
    check(
        &bench,
        "two.pubtator --to bioc-xml --allow unread-relation --types Chemical=Drug",
        &expect![[r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <!DOCTYPE collection SYSTEM "BioC.dtd">
        <collection>
        <source></source>
        <date></date>
        <key></key>
        <document>
        <id>20</id>
        <passage>
        <infon key="type">title</infon>
        <offset>0</offset>
        <text>Ataxia-telangiectasia (A-T).</text>
        </passage>
        <passage>
        <infon key="type">abstract</infon>
        <offset>29</offset>
        <text>Breast cancer risk with aspirin. No cure.</text>
        <annotation id="1">
        <infon key="identifier">D001241</infon>
        <infon key="type">Drug</infon>
        <location offset="53" length="7"/>
        <text>aspirin</text>
        </annotation>
        </passage>
        </document>
        <document>
        <id>100</id>
        <passage>
        <infon key="type">title</infon>
        <offset>0</offset>
        <text>Renal failure.</text>
        </passage>
        </document>
        </collection>
    "#]],
    );
}

#[test]
fn folders_are_written_and_read() {
    let bench = bench();
    bench.run("convert two.pubtator --to brat --output folder --allow all -q").succeeded();
    bench.run("convert two.pubtator --to plain-text --output texts --allow all -q").succeeded();
    expect![[r#"
        T1	Disease 0 21	Ataxia-telangiectasia
        N1	Reference T1 identifier:D001260	
        T2	Disease 29 42	Breast cancer
        N2	Reference T2 identifier:D001943	
        T3	Disease 36 42	cancer
        N3	Reference T3 identifier:D009369	
        T4	Chemical 53 60	aspirin
        N4	Reference T4 identifier:D001241	
    "#]]
    .assert_eq(&bench.read("folder/20.ann"));
    expect!["Renal failure."].assert_eq(&bench.read("texts/100.txt"));
    check(
        &bench,
        "folder --to conll --allow nested --breaks found-in-lines --types Chemical",
        &expect![[r#"
            -DOCSTART-	O

            Renal	O
            failure	O
            .	O

            -DOCSTART-	O

            Ataxia	O
            -	O
            telangiectasia	O
            (	O
            A	O
            -	O
            T	O
            )	O
            .	O

            Breast	O
            cancer	O
            risk	O
            with	O
            aspirin	B-Chemical
            .	O

            No	O
            cure	O
            .	O

        "#]],
    );
    check(
        &bench,
        "texts --to json-lines",
        &expect![[r#"
        {"id":"100","passages":[{"kind":"","offset":0,"text":"Renal failure."}],"mentions":[]}
        {"id":"20","passages":[{"kind":"","offset":0,"text":"Ataxia-telangiectasia (A-T).\nBreast cancer risk with aspirin. No cure."}],"mentions":[]}
    "#]],
    );
    assert_eq!(bench.names().iter().filter(|name| name.contains("partial")).count(), 0);
}

#[test]
fn words_that_came_cut_stay_so() {
    let bench = Bench::new();
    bench.write("cut.tsv", "Don't\tO\nuse\tO\nB-cell\tB-Cell\n\nUse\tO\nit\tO\n\n");
    bench.run("convert cut.tsv --output cut.jsonl -q").succeeded();
    bench.run("convert cut.jsonl --no-document-lines --output back.tsv -q").succeeded();
    assert_eq!(bench.read("back.tsv"), bench.read("cut.tsv"));
    check(
        &bench,
        "cut.jsonl --to conll --breaks found --allow widened",
        &expect![[r#"
            -DOCSTART-	O

            Don	O
            '	O
            t	O
            use	O
            B	B-Cell
            -	I-Cell
            cell	I-Cell
            Use	O
            it	O

        "#]],
    );
    check(
        &bench,
        "cut.tsv --to pubtator --allow unwritten-words,unwritten-passages",
        &expect![[r#"
        cut|t|Don't use B-cell Use it
        cut	10	16	B-cell	Cell	

    "#]],
    );
}

#[test]
fn tags_become_other_tags() {
    let bench = Bench::new();
    bench.write("tagged.tsv", "a\tI-X\nb\tB-X\nc\tO\nd\tB-Y\n\n-DOCSTART-\tO\n\ne\tB-X\nf\tI-X\n\n");
    check(
        &bench,
        "tagged.tsv --to conll --scheme IOBES --allow unread-mended-tag",
        &expect![[r#"
            a	S-X
            b	S-X
            c	O
            d	S-Y

            -DOCSTART-	O

            e	B-X
            f	E-X

        "#]],
    );
    check(
        &bench,
        "tagged.tsv --to conll --types X=Z --document-lines --allow unread-mended-tag",
        &expect![[r#"
            -DOCSTART-	O

            a	B-Z
            b	B-Z
            c	O
            d	O

            -DOCSTART-	O

            e	B-Z
            f	I-Z

        "#]],
    );
    let strict = bench.run("convert tagged.tsv --to conll --from-scheme IOB2 --output new.tsv -q");
    expect!["error: new.tsv was not written: 1 unread-tag in the stage `read`: tagged.tsv:1: I-X; allow what may be lost or changed with `--allow unread-tag`"].assert_eq(strict.refused());
    check(
        &bench,
        "tagged.tsv --to conll --from-scheme IOB2 --scheme BILOU --allow unread-tag",
        &expect![[r#"
            a	O
            b	U-X
            c	O
            d	U-Y

            -DOCSTART-	O

            e	B-X
            f	L-X

        "#]],
    );
    // Entities side by side are counted in every scheme.
    bench.write("beside.tsv", "a\tB-X\nb\tB-X\nc\tI-X\nd\tB-X\n\n");
    for scheme in ["IOB1", "IOB2", "IOE1", "IOE2", "IOBES", "BILOU"] {
        bench.run(&format!("convert beside.tsv --to conll --scheme {scheme} --output - -q")).succeeded();
        bench.run(&format!("convert beside.tsv --to conll --scheme {scheme} --types X --output - -q")).succeeded();
    }
    bench.run("convert train.tsv --scheme BILOU --output bilou.tsv -q").succeeded();
    for flag in ["", "--from-scheme BILOU"] {
        bench.run(&format!("convert bilou.tsv {flag} --output train2.tsv -q")).succeeded();
        assert_eq!(bench.read("train2.tsv"), bench.read("train.tsv"));
    }
}

#[test]
fn losses_need_leave() {
    let bench = bench();
    fs::write(bench.path("bad.pubtator"), PUBTATOR.replace("20\t36\t42", "20\t37\t42")).unwrap();
    let refusals = bench.refusals(&[
        "convert two.pubtator --output out.tsv",
        "convert two.pubtator --output out.xml --types Disease",
        "convert two.pubtator --output folder --to brat --allow unread-relation",
        "convert bad.pubtator --output out.tsv --allow unread-relation,nested --wrong-text drop",
    ]);
    expect![[r#"
        $ welt convert two.pubtator --output out.tsv
        error: out.tsv was not written: 1 nested in the stage `tag`: 20 36..42 `cancer` (Disease) beside 29..42; allow what may be lost or changed with `--allow nested`
        $ welt convert two.pubtator --output out.xml --types Disease
        error: out.xml was not written: 1 unread-relation in the stage `read`: 100 `D001241 D051437` (CID) at two.pubtator:10:1; allow what may be lost or changed with `--allow unread-relation`
        $ welt convert two.pubtator --output folder --to brat --allow unread-relation
        error: folder was not written: 2 unwritten-passages in the stage `write`: 20, 100; allow what may be lost or changed with `--allow unwritten-passages`
        $ welt convert bad.pubtator --output out.tsv --allow unread-relation,nested --wrong-text drop
        error: out.tsv was not written: 1 wrong-text in the stage `tag`: 20 37..42 `ancer` (Disease) stated as `cancer`; allow what may be lost or changed with `--allow wrong-text`
    "#]].assert_eq(&refusals);
    // On standard output stands what came before, which is nothing where the loss is found with it.
    let ran = bench.run("convert two.pubtator --to conll --output - -q");
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""));
    bench.write("late.pubtator", "1|t|A cure.\n\n".repeat(2000) + PUBTATOR);
    for (to, loss) in [("conll", "nested"), ("bioc-json", "unread-relation")] {
        let ran = bench.run(&format!("convert late.pubtator --to {to} --output - -q"));
        assert_eq!((ran.code, ran.out.matches("cure").count()), (Some(1), 1024), "{to}");
        let said = format!("error: standard output is not complete: 1 {loss}");
        assert!(ran.err.starts_with(&said), "{}", ran.err);
    }
    bench.run("convert two.pubtator --output out.tsv --allow all -q").succeeded();
}

#[test]
fn lines_of_documents_stay_as_they_are() {
    let bench = Bench::new();
    let one = "-DOCSTART-\tO\n\na\tB-X\nb\tI-X\n\nc\tO\n\n-DOCSTART-\tO\n\nd\tB-Y\n\n";
    let late = "e\tO\n\n-DOCSTART-\tO\n\nf\tB-X\n\n";
    let none = "g\tB-Y\nh\tO\n\n";
    for (name, text) in [("one.tsv", one), ("late.tsv", late), ("none.tsv", none)] {
        bench.write(name, text);
        assert_eq!(bench.run(&format!("convert {name} --to conll --output - -q")).succeeded(), text, "{name}");
    }
    let line = "-DOCSTART-\tO\n\n";
    // As soon as one file tells its documents, each file begins another.
    for (inputs, expected) in [
        ("none.tsv one.tsv", format!("{line}{none}{one}")),
        ("one.tsv none.tsv", format!("{one}{line}{none}")),
        ("none.tsv none.tsv late.tsv", format!("{line}{none}{line}{none}{line}{late}")),
        ("none.tsv none.tsv", none.repeat(2)),
        ("none.tsv --document-lines", format!("{line}{none}")),
        ("one.tsv --document-lines", one.to_owned()),
    ] {
        assert_eq!(bench.run(&format!("convert {inputs} --to conll --output - -q")).succeeded(), expected, "{inputs}");
    }
    let mut command = bench.command("convert - one.tsv --to conll --output - -q");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(none.as_bytes()).unwrap();
    let written = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
    assert_eq!(written, format!("{line}{none}{one}"));
}

#[test]
fn types_that_do_not_occur_are_mistakes() {
    let bench = bench();
    bench.write("cut.tsv", "B-cell\tB-Cell\nx\tB-Gene\n\n");
    let refusals = bench.refusals(&[
        "convert two.pubtator --output out.tsv --allow all --types Diseaze",
        "convert two.pubtator --output out.xml --allow all --types Diseaze,Disease,Drug=Chemical --sort",
        "convert two.pubtator --output out --to brat --types disease",
        "convert cut.tsv --output out.tsv --types Cel",
        "convert cut.tsv --output out.jsonl --types Cel",
    ]);
    expect![[r#"
        $ welt convert two.pubtator --output out.tsv --allow all --types Diseaze
        error: out.tsv was not written: --types names Diseaze, which no mention has; the types that occur are Chemical, Disease
        $ welt convert two.pubtator --output out.xml --allow all --types Diseaze,Disease,Drug=Chemical --sort
        error: out.xml was not written: --types names Diseaze, Drug, which no mention has; the types that occur are Chemical, Disease
        $ welt convert two.pubtator --output out --to brat --types disease
        error: out was not written: --types names disease, which no mention has; the types that occur are Chemical, Disease
        $ welt convert cut.tsv --output out.tsv --types Cel
        error: out.tsv was not written: --types names Cel, which no mention has; the types that occur are Cell, Gene
        $ welt convert cut.tsv --output out.jsonl --types Cel
        error: out.jsonl was not written: --types names Cel, which no mention has; the types that occur are Cell, Gene
    "#]].assert_eq(&refusals);
    // Each type is asked of all inputs together.
    bench.run("convert two.pubtator cut.tsv --to json-lines --output - --allow all --types Chemical,Cell").succeeded();
    let ran = bench.run("convert two.pubtator --to conll --output - --allow all --types Diseaze -q");
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.err.starts_with("error: standard output is not what was asked for: --types names Diseaze"),
        "{}",
        ran.err
    );
}

#[test]
fn what_conll_cannot_hold_is_counted() {
    let bench = Bench::new();
    bench.write("three.jsonl", THREE);
    let told = |flags: &str| bench.run(&format!("convert three.jsonl --to conll --output out.tsv {flags}")).err;
    expect![[r#"
        stage            documents   sentences       words    mentions
        read in                  3           0           0           3
        read out                 3           0           0           3
        sentence in              3           4          11           3
        sentence out             3           4          11           3
        tag in                   3           4          11           3
        tag out                  3           4          11           3
        write in                 3           4          11           3
        write out                3           4          11           3
        write: unwritten-annotation-ids: 2 lost, 0 changed
            a 4..7 `flu` (D)
            b 2..6 `cold` (E)
        write: unwritten-identifiers: 2 lost, 0 changed
            a 4..7 `flu` (D)
            a 13..16 `flu` (D)
    "#]]
    .assert_eq(&told(""));
    expect![[r#"
        stage            documents   sentences       words    mentions
        read in                  3           0           0           3
        read out                 3           0           0           3
        sentence in              3           4          11           3
        sentence out             3           4          11           3
        tag in                   3           4          11           3
        tag out                  3           4          11           2
        write in                 3           4          11           2
        write out                3           4          11           2
        tag: other-type: 1 lost, 0 changed
        write: unwritten-annotation-ids: 1 lost, 0 changed
        write: unwritten-identifiers: 2 lost, 0 changed
    "#]]
    .assert_eq(&told("--document-lines --types D --list 0"));
    bench.write("cut.tsv", "Don't\tO\nuse\tB-X\n\nUse\tB-Y\nit\tO\n\n");
    expect![[r#"
        stage            documents   sentences       words    mentions
        read in                  2           4           8           4
        read out                 2           4           8           4
        tag in                   2           4           8           4
        tag out                  2           4           8           2
        write in                 2           4           8           2
        write out                1           4           8           2
        tag: other-type: 2 lost, 0 changed
            cut.tsv:4: Use B-Y
            cut.tsv:4: Use B-Y
        write: unwritten-documents: 1 lost, 0 changed
    "#]]
    .assert_eq(&bench.run("convert cut.tsv cut.tsv --types X --output out.tsv").err);
    // Where a format holds no words, the account balances too.
    expect![[r#"
        stage            documents   sentences       words    mentions
        read in                  1           2           4           2
        read out                 1           2           4           2
        write in                 1           0           0           2
        write out                1           0           0           2
        write: unwritten-words: 1 lost, 0 changed
            cut
    "#]]
    .assert_eq(&bench.run("convert cut.tsv --to bioc-json --allow all --output out.json").err);
}

#[test]
fn the_account_of_what_is_written_is_what_a_reader_finds() {
    let bench = Bench::new();
    bench.write("three.jsonl", THREE);
    let counts = |text: &str, row: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(row)).unwrap();
        line.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    for flags in ["", "--document-lines", "--types D --scheme BILOU", "--breaks passages --document-lines"] {
        let told = bench.run(&format!("convert -v three.jsonl --to conll --output out.tsv {flags}")).err;
        let read = bench.run("convert -v out.tsv --output back.jsonl").err;
        assert_eq!(counts(&read, "read in"), counts(&told, "write out"), "{flags}");
    }
    for flags in ["--document-lines", "--types Disease=D --scheme IOBES", "--scheme IOE1"] {
        let told = bench.run(&format!("convert -v train.tsv dev.tsv --output out.tsv {flags}")).err;
        let read = bench.run("convert -v out.tsv --output back.jsonl").err;
        assert_eq!(counts(&read, "read in"), counts(&told, "write out"), "{flags}");
    }
}

#[test]
fn the_account_is_written_where_losses_are_refused() {
    let bench = Bench::new();
    bench.write("many.pubtator", (0..40).map(|id| PUBTATOR.replace("20", &format!("7{id}"))).collect::<String>());
    let ran = bench.run("convert many.pubtator --output out.tsv --ledger l.json --list 1 -q");
    expect!["error: out.tsv was not written: 40 nested in the stage `tag`: 70 36..42 `cancer` (Disease) beside 29..42, 71 36..42 `cancer` (Disease) beside 29..42, 72 36..42 `cancer` (Disease) beside 29..42 and 37 more; allow what may be lost or changed with `--allow nested`; l.json holds the whole account"].assert_eq(ran.refused());
    assert!(!bench.names().iter().any(|name| name.starts_with("out") || name.contains("partial")));
    let ledger: Value = serde_json::from_str(&bench.read("l.json")).unwrap();
    assert_eq!(ledger["is_written"], false);
    let nested = &ledger["stages"]["tag"]["entries"]["nested"];
    assert_eq!((&nested["lost"], nested["items"].as_array().unwrap().len()), (&40.into(), 40));

    let ran = bench.run("convert many.pubtator --output out.tsv --ledger - --allow all --list 1");
    assert_eq!(ran.err.matches("beside").count(), 1, "{}", ran.err);
    let ledger: Value = serde_json::from_str(&ran.succeeded()).unwrap();
    assert_eq!(ledger["is_written"], true);
    assert_eq!(ledger["stages"]["tag"]["entries"]["nested"]["items"].as_array().unwrap().len(), 40);
    assert!(bench.path("out.tsv").exists() && !bench.path("-").exists());
}

#[test]
fn the_account_is_shown_and_written() {
    let bench = bench();
    let ran = bench.run(
        "convert two.pubtator --output out.tsv --allow unread-relation,nested --types Disease --ledger ledger.json --list 1",
    );
    expect![[r#"
        stage            documents   sentences       words    mentions
        read in                  2           0           0           5
        read out                 2           0           0           5
        sentence in              2           4          21           5
        sentence out             2           4          21           5
        tag in                   2           4          21           5
        tag out                  2           4          21           3
        write in                 2           4          21           3
        write out                2           4          21           3
        read: unread-relation: 1 lost, 0 changed
            100 `D001241 D051437` (CID) at two.pubtator:10:1
        tag: other-type: 1 lost, 0 changed
            20 53..60 `aspirin` (Chemical)
        tag: nested: 1 lost, 0 changed
            20 36..42 `cancer` (Disease) beside 29..42
        write: unwritten-identifiers: 4 lost, 0 changed
            20 0..21 `Ataxia-telangiectasia` (Disease)
            and 3 more
    "#]]
    .assert_eq(&ran.err);
    assert_eq!(ran.succeeded(), "");
    let ledger: Value = serde_json::from_str(&bench.read("ledger.json")).unwrap();
    assert_eq!(ledger["inputs"][0]["format"], "pubtator");
    let tag = &ledger["stages"]["tag"];
    assert_eq!((&tag["into"]["mentions"], &tag["out"]["mentions"]), (&5.into(), &3.into()));
    assert_eq!(tag["entries"]["nested"]["lost"], 1);
    assert_eq!(tag["entries"]["nested"]["items"][0]["text"], "cancer");
    assert_eq!(ledger["stages"]["read"]["entries"]["unread-relation"]["lost"], 1);
    bench.run("convert two.pubtator --to plain-text --output texts --allow all --ledger ledger.json -q").succeeded();
    let ledger: Value = serde_json::from_str(&bench.read("ledger.json")).unwrap();
    let write = &ledger["stages"]["write"];
    assert_eq!((&write["into"]["mentions"], &write["out"]["mentions"]), (&5.into(), &0.into()));
    assert_eq!(write["entries"]["unwritten-mentions"]["items"][0]["document"], "20");
}

#[test]
fn streams_are_read_and_written() {
    let bench = bench();
    let expected = bench.run("convert two.pubtator --to json-lines --allow all --output - -q").succeeded();
    for from in ["", "--from pubtator"] {
        let mut command = bench.command(&format!("convert - {from} --to json-lines --allow all --output - -q"));
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(PUBTATOR.as_bytes()).unwrap();
        assert_eq!(String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap(), expected);
    }
    // Two inputs of two formats are one corpus.
    bench.write("one.jsonl", &expected);
    let ran = bench.run("convert one.jsonl two.pubtator --to json-lines --allow all --output - -q");
    assert_eq!(ran.succeeded(), expected.repeat(2));
    let sorted = bench.run("convert one.jsonl --sort --to json-lines --output - -q").succeeded();
    let [first, second] = expected.lines().collect::<Vec<_>>()[..] else { panic!("{expected}") };
    assert_eq!(sorted, format!("{second}\n{first}\n"));
}

#[test]
fn mistakes_leave_nothing() {
    let bench = bench();
    fs::create_dir(bench.path("there")).unwrap();
    fs::create_dir(bench.path("half.partial")).unwrap();
    bench.write("half.partial/20.txt", "years of work");
    bench.write("broken.pubtator", format!("{PUBTATOR}3|t|Title.\n3\t0\t1\tT\rx\tDisease\n\n"));
    bench.write("empty.jsonl", "\n");
    bench.write("odd.bin", "nothing that is known");
    let refusals = bench.refusals(&[
        "convert missing.pubtator --output out.tsv",
        "convert odd.bin --output out.tsv",
        "convert there --from pubtator --output out.tsv",
        "convert empty.jsonl --output out.tsv",
        "convert broken.pubtator --output out.tsv --allow all",
        "convert broken.pubtator --output out.xml --allow all --ledger ledger.json",
        "convert broken.pubtator --output out --to brat --allow all",
        "convert two.pubtator --output there --to brat --allow all",
        "convert two.pubtator --output there --to json-lines --allow all",
        "convert two.pubtator --output half --to brat --allow all",
        "convert two.pubtator --output missing/out --to brat --allow all",
        "convert two.pubtator --output missing/out.tsv --allow all",
        "convert two.pubtator --output out.tsv --allow all --ledger missing/ledger.json",
        "convert two.pubtator --output - --to brat --allow all",
        "convert - --from brat --output out.tsv",
        "convert train.tsv --output out.tsv --types no/such --from-scheme IOE2",
        "convert two.pubtator --output out.txt --allow all",
    ]);
    expect![[r#"
        $ welt convert missing.pubtator --output out.tsv
        error: missing.pubtator: cannot be read: No such file or directory (os error 2); expected a file to read, check the path
        $ welt convert odd.bin --output out.tsv
        error: odd.bin: its format cannot be told from its name or content; name it with --from: pubtator, bioc-xml, bioc-json, pubmed, jats, brat, json-lines, prodigy, doccano, pubannotation, label-studio, hugging-face, plain-text, conll, conll-u, webanno-tsv, drugprot, i2b2, bc2gm, linnaeus, chemdner
        $ welt convert there --from pubtator --output out.tsv
        error: there:1:1: found no document, expected at least one as pubtator; is this the right file, and is it complete?
        $ welt convert empty.jsonl --output out.tsv
        error: empty.jsonl:1:1: found no document, expected at least one as json-lines; is this the right file, and is it complete?
        $ welt convert broken.pubtator --output out.tsv --allow all
        error: broken.pubtator:13:8: found a carriage return within a line, expected lines that end in LF or CRLF; convert the line ends
        $ welt convert broken.pubtator --output out.xml --allow all --ledger ledger.json
        error: broken.pubtator:13:8: found a carriage return within a line, expected lines that end in LF or CRLF; convert the line ends
        $ welt convert broken.pubtator --output out --to brat --allow all
        error: broken.pubtator:13:8: found a carriage return within a line, expected lines that end in LF or CRLF; convert the line ends
        $ welt convert two.pubtator --output there --to brat --allow all
        error: there exists already: name another folder with --output, or remove it
        $ welt convert two.pubtator --output there --to json-lines --allow all
        error: there: is a folder: name a file in it with --output
        $ welt convert two.pubtator --output half --to brat --allow all
        error: half.partial exists already: name another folder with --output, or remove it
        $ welt convert two.pubtator --output missing/out --to brat --allow all
        error: missing/out.partial: cannot be made: No such file or directory (os error 2); name a folder with --output that can be
        $ welt convert two.pubtator --output missing/out.tsv --allow all
        error: missing/out.tsv: cannot be written: No such file or directory (os error 2); name a file in a folder that takes it with --output
        $ welt convert two.pubtator --output out.tsv --allow all --ledger missing/ledger.json
        error: missing/ledger.json: cannot be written: No such file or directory (os error 2); name a file in a folder that takes it with --ledger
        $ welt convert two.pubtator --output - --to brat --allow all
        error: brat is a format of several files, expected one that stands in a single stream; name a path instead
        $ welt convert - --from brat --output out.tsv
        error: brat is a format of several files, expected one that stands in a single stream; name a path instead
        $ welt convert train.tsv --output out.tsv --types no/such --from-scheme IOE2
        error: train.tsv:6:1: word 5: `B-Disease` is no tag of IOE2, whose prefixes are I, O, E
        $ welt convert two.pubtator --output out.txt --allow all
        error: out.txt: the format to write cannot be told from its ending; name it with --to: pubtator, bioc-xml, bioc-json, brat, json-lines, prodigy, doccano, pubannotation, hugging-face, plain-text, conll
    "#]].assert_eq(&refusals);
    assert_eq!(bench.read("half.partial/20.txt"), "years of work");
}

#[test]
fn wrong_usage_is_told() {
    let bench = bench();
    let mut told = String::new();
    for arguments in [
        "two.pubtator --output out.xml --breaks lines",
        "two.pubtator --output out.xml --scheme IOB1",
        "two.pubtator --output out.tsv --from-scheme IOB1",
        "train.tsv --output out.tsv --overlaps first",
        "train.tsv --output out.tsv --sort",
        "two.pubtator --output out.tsv --types =",
        "two.pubtator --output out.tsv --types A,A=B",
        "two.pubtator --output out.tsv --types A=B --type-name C",
        "two.pubtator --output out.tsv --allow nestd",
        "two.pubtator --output out.tsv --allow nested,unread-relations",
        "two.pubtator --output out.tsv --allow relation",
        "two.pubtator --output out.tsv --allow unwritten-things-of-all-kinds",
        "missing.pubtator --output out.tsv --ledger ./out.tsv",
        "missing.pubtator --output train.tsv --ledger encoder/../train.tsv",
        "- --from pubtator --to conll --output - --ledger -",
    ] {
        let ran = bench.run(&format!("convert {arguments} --quiet"));
        assert_eq!(ran.code, Some(2), "{arguments}: {}", ran.err);
        told += &ran.err;
    }
    expect![[r#"
        error: --breaks has a meaning only where words and tags are written (conll, hugging-face): leave it out
        error: --scheme has a meaning only where words and tags are written (conll, hugging-face): leave it out
        error: --from-scheme has a meaning only where CoNLL is read: leave it out
        error: --overlaps has no meaning where CoNLL stays CoNLL, which keeps its words and their order: leave it out
        error: --sort has no meaning where CoNLL stays CoNLL, which keeps its words and their order: leave it out
        error: --types: `=`, expected TYPE or TYPE=NAME
        error: --types names `A` twice, expected each type once
        error: --type-name is one name for all --types, expected a name, and none behind a `=`
        error: invalid value 'nestd' for '--allow <NAME>': not the name of a loss, expected nested

        For more information, try '--help'.
        error: invalid value 'unread-relations' for '--allow <NAME>': not the name of a loss, expected unread-relation

        For more information, try '--help'.
        error: invalid value 'relation' for '--allow <NAME>': not the name of a loss, expected unread-relation

        For more information, try '--help'.
        error: invalid value 'unwritten-things-of-all-kinds' for '--allow <NAME>': not the name of a loss, expected all, unread-alternative, unread-annotation-infon, unread-attribute, unread-bookkeeping, unread-carriage-returns, unread-category-code, unread-choice, unread-collection-infon, unread-column, unread-composite-role, unread-deletion, unread-document-infon, unread-equivalence, unread-event, unread-file, unread-formula, unread-individual-mention, unread-individual-names, unread-line, unread-markup, unread-mended-tag, unread-mention, unread-metadata, unread-missing-annotations, unread-normalization, unread-normalization-name, unread-note, unread-other-abstract, unread-other-annotations, unread-other-annotator, unread-passage-infon, unread-passage-offset, unread-proposal, unread-rejected, unread-relation, unread-sentence, unread-sentence-text, unread-sub-article, unread-sub-folder, unread-table, unread-tag, unread-unknown-part, unread-words, empty-document, other-type, empty, outside-text, crosses-passage, wrong-text, discontinuous, no-word, crosses-sentence, duplicate, nested, overlapping, shares-word, widened, narrowed, trimmed, merged-sentences, word-without-sub-words, sentence-without-sub-words, mention-without-sub-words, cut-word, windowed, unwritten-annotation-ids, unwritten-discontinuous, unwritten-documents, unwritten-entity-types, unwritten-identifiers, unwritten-mention-order, unwritten-mentions, unwritten-moved-offsets, unwritten-outside-text, unwritten-passages, unwritten-repeated-ids, unwritten-scores, unwritten-white-space, unwritten-without-offsets, unwritten-words

        For more information, try '--help'.
        error: --ledger and --output are both ./out.tsv: name two paths
        error: --ledger and --output are both encoder/../train.tsv: name two paths
        error: --ledger and --output are both -: name two paths
    "#]].assert_eq(&told);
    assert!(!bench.names().iter().any(|name| name.starts_with("out")));
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_leaves_nothing() {
    let bench = bench();
    bench.write("long.pubtator", PUBTATOR.repeat(2000));
    std::os::unix::fs::symlink("/dev/full", bench.path("full")).unwrap();
    let before = bench.names();
    for to in ["conll", "json-lines", "bioc-xml"] {
        let ran = bench.run(&format!("convert long.pubtator --to {to} --allow all --quiet --output full"));
        assert_eq!(ran.refused(), "error: full: No space left on device (os error 28)", "{to}");
        let line = format!(
            "trap '' XFSZ; ulimit -f 1; exec \"$WELT\" convert long.pubtator --to {to} --allow all -q --output out"
        );
        assert_eq!(finish(&mut bench.shell(&line)).refused(), "error: out: File too large (os error 27)", "{to}");
    }
    let line = "trap '' XFSZ; ulimit -f 0; exec \"$WELT\" convert two.pubtator --to brat --allow all -q --output out";
    assert!(finish(&mut bench.shell(line)).refused().contains("File too large"));
    assert_eq!(bench.names(), before);
}

#[test]
#[cfg(unix)]
fn an_interrupted_conversion_leaves_nothing() {
    let bench = bench();
    let before = bench.names();
    for output in ["--to conll --output out.tsv", "--to brat --output out"] {
        let mut command =
            bench.command(&format!("convert two.pubtator - --from pubtator {output} --ledger l.json --allow all -q"));
        let mut child = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut open = child.stdin.take().unwrap();
        // Two bytes tell that standard input is not packed; what is packed is known before anything is written.
        open.write_all(b"1|").unwrap();
        while bench.names().len() < before.len() + 2 && child.try_wait().unwrap().is_none() {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        finish(std::process::Command::new("kill").args(["-INT", &child.id().to_string()]));
        let ended = child.wait_with_output().unwrap();
        drop(open);
        assert_eq!(ended.status.code(), Some(130), "{ended:?}");
        assert_eq!(String::from_utf8(ended.stderr).unwrap(), "interrupted: nothing was written\n");
        assert_eq!(bench.names(), before);
    }
}

/// The corpora beside the project, where they are.
fn corpora() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/datasets");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: {} is absent", folder.display());
    None
}

/// The words and tags of a file, without the borders of its sentences.
fn rows(text: &str) -> Vec<&str> {
    text.lines().filter(|line| !line.is_empty()).collect()
}

#[test]
fn published_files_follow_from_their_originals() {
    let Some(corpora) = corpora() else { return };
    let bench = Bench::new();
    let ncbi = "SpecificDisease,DiseaseClass,Modifier,CompositeMention --type-name Disease";
    for (original, published, types, n_different) in [
        ("ncbi-disease/originals/NCBItrainset_corpus.txt", "ncbi-disease/train.tsv", ncbi, 0),
        ("ncbi-disease/originals/NCBIdevelopset_corpus.txt", "ncbi-disease/dev.tsv", ncbi, 0),
        ("ncbi-disease/originals/NCBItestset_corpus.txt", "ncbi-disease/test.tsv", ncbi, 0),
        ("bc5cdr-chemical/originals/CDR_TrainingSet.PubTator.txt", "bc5cdr-disease/train.tsv", "Disease", 0),
        ("bc5cdr-chemical/originals/CDR_TrainingSet.PubTator.txt", "bc5cdr-chemical/train.tsv", "Chemical", 0),
        // One mention follows another of its type at once, which the published file takes for a part of it; twice.
        ("bc5cdr-chemical/originals/CDR_DevelopmentSet.PubTator.txt", "bc5cdr-disease/dev.tsv", "Disease", 2),
        ("bc5cdr-chemical/originals/CDR_DevelopmentSet.PubTator.txt", "bc5cdr-chemical/dev.tsv", "Chemical", 0),
    ] {
        let original = corpora.join(original);
        // As they come, without a permission: what words and tags cannot hold of them is counted and no error.
        let flags = format!("--types {types} --no-document-lines --sort --quiet --output converted.tsv");
        bench.run(&format!("convert {} {flags}", original.display())).succeeded();
        let (converted, expected) = (bench.read("converted.tsv"), fs::read_to_string(corpora.join(published)).unwrap());
        let (converted, expected) = (rows(&converted), rows(&expected));
        assert_eq!(converted.len(), expected.len(), "{published}");
        let different = converted.iter().zip(&expected).filter(|(one, other)| one != other);
        assert_eq!(different.count(), n_different, "{published}");
    }
}

#[test]
fn three_forms_of_one_corpus_become_one() {
    let Some(corpora) = corpora() else { return };
    let bench = Bench::new();
    let mut written = ["PubTator", "BioC.XML", "BioC.JSON"].map(|form| {
        let original = corpora.join(format!("biored-chemical/originals/Dev.{form}"));
        let flags = "--allow unread-relation,unread-collection-infon,unwritten-annotation-ids,unwritten-passages";
        let ran = bench.run(&format!("convert {} --to pubtator {flags} --output - -q", original.display()));
        ran.succeeded()
    });
    assert_eq!(written[0].matches("|t|").count(), 100);
    written.sort();
    assert!(written[0] == written[2], "the forms differ");
}

/// Longer than what is held of a tagged file at a time, so that it is converted in parts.
#[test]
fn long_tagged_files_are_converted_in_parts() {
    let bench = Bench::new();
    let document = format!("-DOCSTART-\tO\n\n{}", "renal\tB-D\nfailure\tI-D\ngout\tB-D\n\nno\tO\n\n".repeat(450));
    bench.write("long.tsv", document.repeat(3));
    let expected = bench.read("long.tsv").replace("I-D", "E-D").replace("gout\tB-D", "gout\tS-D");
    assert_eq!(bench.run("convert long.tsv --to conll --scheme IOBES --output - -q").succeeded(), expected);
    let back = bench.run("convert long.tsv --to json-lines --output long.jsonl -q");
    assert_eq!(back.succeeded(), "");
    assert_eq!(bench.read("long.jsonl").lines().count(), 3);
    let again = bench.run("convert long.jsonl --to conll --document-lines --output - -q").succeeded();
    assert_eq!(again, bench.read("long.tsv"));
    let loud = bench.run("convert long.tsv --scheme IOBES --output out.tsv -v");
    expect![[r#"
        stage            documents   sentences       words    mentions
        read in                  3        2700        5400        2700
        read out                 3        2700        5400        2700
        tag in                   3        2700        5400        2700
        tag out                  3        2700        5400        2700
        write in                 3        2700        5400        2700
        write out                3        2700        5400        2700
    "#]]
    .assert_eq(&loud.err.lines().skip(1).map(|line| format!("{line}\n")).collect::<String>());
}

/// A stream is kept in a temporary file where it is longer than 16 MiB, and converted as the file is.
#[test]
fn tagged_streams_are_read_twice() {
    let bench = Bench::new();
    let sentences = |tags: [&str; 3]| {
        let word = "x".repeat(3000);
        let sentence: String = tags.iter().map(|tag| format!("{word}\t{tag}\n")).collect();
        format!("{sentence}\n").repeat(2000)
    };
    bench.write("c.tsv", sentences(["I-D", "I-D", "B-D"]));
    assert!(fs::metadata(bench.path("c.tsv")).unwrap().len() > 16 << 20);
    for input in ["c.tsv", "-"] {
        let convert = format!("cat c.tsv | \"$WELT\" convert {input} --from conll --scheme IOBES --output out.tsv -q");
        assert_eq!(finish(&mut bench.shell(&convert)).succeeded(), "");
        assert!(bench.read("out.tsv") == sentences(["B-D", "E-D", "S-D"]), "{input}");
    }
}

#[test]
fn what_a_killed_conversion_left_is_removed() {
    let bench = bench();
    fs::create_dir(bench.path("out.partial")).unwrap();
    bench.write("out.partial/20.txt", "half");
    bench.write("out.partial/welt-unfinished.txt", "");
    let lock = fs::File::create(bench.path(".out.partial.welt-lock")).unwrap();
    lock.lock().unwrap();
    let convert = "convert two.pubtator --output out --to brat --allow all --quiet";
    expect!["error: another run is writing out.partial: name another folder with --output"]
        .assert_eq(bench.run(convert).refused());
    drop(lock);
    assert_eq!(bench.run(convert).succeeded(), "");
    assert!(!bench.path("out.partial").exists() && !bench.path(".out.partial.welt-lock").exists());
    assert_eq!(fs::read_dir(bench.path("out")).unwrap().count(), 4);
}

/// What is listed of losses is what is counted of them, mention by mention.
#[test]
fn every_loss_of_readers_and_writers_is_in_the_account() {
    let bench = bench();
    bench.write("three.jsonl", THREE);
    let ran = bench.run("convert three.jsonl --to pubtator --output out.pubtator --ledger l.json --list 1 --allow all");
    expect![[r#"
        write out                3           0           0           3
        write: unwritten-annotation-ids: 2 lost, 0 changed
            a 4..7 `flu` (D)
            and 1 more
        write: unwritten-passages: 3 lost, 0 changed
            a
            and 2 more
    "#]]
    .assert_eq(&ran.err.lines().skip(4).map(|line| format!("{line}\n")).collect::<String>());
    let ledger: Value = serde_json::from_str(&bench.read("l.json")).unwrap();
    let items = &ledger["stages"]["write"]["entries"]["unwritten-annotation-ids"]["items"];
    let spans: Vec<String> =
        items.as_array().unwrap().iter().map(|item| format!("{} {}", item["document"], item["text"])).collect();
    assert_eq!(spans, [r#""a" "flu""#, r#""b" "cold""#]);
}
