//! `evaluate`, `compare` and `errors` on files small enough to count by hand.

use expect_test::expect;
use serde_json::{Value, json};

use crate::folder::{Bench, finish};

/// One entity found, one cut short, one missed, one found where there is none, one of the wrong type.
const PAIRS: &str = "\
Amphotericin\tB-Drug\tB-Drug
B\tI-Drug\tO
harms\tO\tO
kidneys\tB-Organ\tB-Organ
.\tO\tO

<b>\"PAN\"</b>\tB-Disease\tO
&\tO\tO
aspirin\tB-Drug\tB-Disease
helps\tO\tB-Drug
";

fn bench() -> Bench {
    let bench = Bench::new();
    bench.write("pairs.tsv", PAIRS);
    let columns = |number: usize| -> String {
        let line = |line: &str| match line.split('\t').collect::<Vec<_>>()[..] {
            [word, ..] if !word.is_empty() => format!("{word} {}\n", line.split('\t').nth(number).unwrap()),
            _ => "\n".to_owned(),
        };
        PAIRS.lines().map(line).collect()
    };
    bench.write("gold.tsv", columns(1));
    bench.write("predicted.tsv", columns(2));
    bench
}

#[test]
fn texts_are_those_of_the_tools() {
    let bench = bench();
    expect![[r#"
        seqeval, entities read in mode default
                      precision    recall  f1-score   support

             Disease       0.00      0.00      0.00         1
                Drug       0.00      0.00      0.00         2
               Organ       1.00      1.00      1.00         1

           micro avg       0.25      0.25      0.25         4
           macro avg       0.33      0.33      0.33         4
        weighted avg       0.25      0.25      0.25         4

        conlleval.pl, by its own reading of the tags
        processed 9 tokens with 4 phrases; found: 4 phrases; correct: 1.
        accuracy:  55.56%; precision:  25.00%; recall:  25.00%; FB1:  25.00
                  Disease: precision:   0.00%; recall:   0.00%; FB1:   0.00  1
                     Drug: precision:   0.00%; recall:   0.00%; FB1:   0.00  2
                    Organ: precision: 100.00%; recall: 100.00%; FB1: 100.00  1
    "#]]
    .assert_eq(&bench.run("evaluate pairs.tsv --metrics seqeval,conlleval --quiet").succeeded());
    let one = bench.run("evaluate pairs.tsv --metrics conlleval --quiet").succeeded();
    assert!(one.starts_with("processed 9 tokens with 4 phrases; found: 4 phrases; correct: 1.\n"), "{one}");
}

#[test]
fn faireval_is_three_tables() {
    expect![[r#"
        FairEval: entities found (TP), spurious (FP), missed (FN), with a wrong label (LE), wrong bounds (BE: smaller, larger, overlapping) or both (LBE)
                 TP  FP  FN  LE  BES  BEL  BEO  LBE
        Disease   0   0   1   0    0    0    0    0
        Drug      0   1   0   1    1    0    0    0
        Organ     1   0   0   0    0    0    0    0
        (all)     1   1   1   1    1    0    0    0

        FairEval: traditional, fair and weighted scores
                 P trad.  R trad.  F1 trad.  P fair  R fair  F1 fair  P weighted  R weighted  F1 weighted
        Disease     0.00     0.00      0.00    0.00    0.00     0.00        0.00        0.00         0.00
        Drug        0.00     0.00      0.00    0.00    0.00     0.00        0.25        0.33         0.29
        Organ       1.00     1.00      1.00    1.00    1.00     1.00        1.00        1.00         1.00
        (all)       0.25     0.25      0.25    0.33    0.33     0.33        0.50        0.43         0.46

        FairEval: what was taken for what, gold in rows, predicted in columns, without true positives
                    (missed)  Disease  Drug
        (spurious)         0        0     1
        Disease            1        0     0
        Drug               0        1     1
    "#]].assert_eq(&bench().run("evaluate pairs.tsv --metrics faireval --quiet").succeeded());
}

#[test]
fn semeval_is_a_table_a_mode() {
    expect![[r#"
        SemEval-2013 strict, greedy pairs as in nervaluate 1.2.1, of entities that share at least 1 %
                 COR  INC  PAR  MIS  SPU  precision  recall    f1
        Disease    0    0    0    1    1       0.00    0.00  0.00
        Drug       0    1    0    1    1       0.00    0.00  0.00
        Organ      1    0    0    0    0       1.00    1.00  1.00
        (all)      1    2    0    1    1       0.25    0.25  0.25

        SemEval-2013 exact, greedy pairs as in nervaluate 1.2.1, of entities that share at least 1 %
                 COR  INC  PAR  MIS  SPU  precision  recall    f1
        Disease    0    0    0    1    1       0.00    0.00  0.00
        Drug       0    1    0    1    1       0.00    0.00  0.00
        Organ      1    0    0    0    0       1.00    1.00  1.00
        (all)      2    1    0    1    1       0.50    0.50  0.50

        SemEval-2013 partial, greedy pairs as in nervaluate 1.2.1, of entities that share at least 1 %
                 COR  INC  PAR  MIS  SPU  precision  recall    f1
        Disease    0    0    0    1    1       0.00    0.00  0.00
        Drug       0    0    1    1    1       0.25    0.25  0.25
        Organ      1    0    0    0    0       1.00    1.00  1.00
        (all)      2    0    1    1    1       0.62    0.62  0.62

        SemEval-2013 ent_type, greedy pairs as in nervaluate 1.2.1, of entities that share at least 1 %
                 COR  INC  PAR  MIS  SPU  precision  recall    f1
        Disease    0    0    0    1    1       0.00    0.00  0.00
        Drug       1    0    0    1    1       0.50    0.50  0.50
        Organ      1    0    0    0    0       1.00    1.00  1.00
        (all)      2    1    0    1    1       0.50    0.50  0.50
    "#]]
    .assert_eq(&bench().run("evaluate pairs.tsv --metrics semeval --quiet").succeeded());
}

#[test]
fn errors_are_counted_by_type_label_and_mention() {
    let text = bench().run("evaluate pairs.tsv --metrics errors --train gold.tsv --quiet").succeeded();
    expect![[r#"
        Error types of the WeLT paper: spurious (1), missed (2), overlapping (3), the last by shape
                         exact  Type-1  Type-2  Type-3  label  boundary  split  merge  complex
        Disease              0       0       1       0      0         0      0      0        0
        Drug                 0       1       0       1      0         1      0      0        0
        Organ                1       0       0       0      0         0      0      0        0
        (labels differ)                              1      1         0      0      0        0
        (all)                1       1       1       2      1         1      0      0        0

        Labels of entities with the same bounds: gold in rows, predicted in columns
                    (missed)  Disease  Drug  Organ
        (spurious)         0        0     1      0
        Disease            1        0     0      0
        Drug               0        1     0      0
        Organ              0        0     0      1

        Labels of entities that overlap with other bounds: gold in rows, predicted in columns
              Drug
        Drug     1

        Entities by what they look like: exact, spurious (Type-1), missed (Type-2), in overlaps (Type-3)
                            exact  Type-1  Type-2  gold in 3  predicted in 3  precision  recall    f1
        1 word                  1       1       1          1               2       0.25    0.33  0.29
        2 words                 0       0       0          1               0       0.00    0.00  0.00
        3 words                 0       0       0          0               0       0.00    0.00  0.00
        4 words or more         0       0       0          0               0       0.00    0.00  0.00
        abbreviations           0       0       0          0               0       0.00    0.00  0.00
        no abbreviations        1       1       1          2               2       0.25    0.25  0.25
        seen in training        1       0       1          2               1       0.50    0.25  0.33
        seen in other case      0       0       0          0               0       0.00    0.00  0.00
        unseen                  0       1       0          0               1       0.00    0.00  0.00
    "#]]
    .assert_eq(&text);
}

#[test]
fn scores_are_written_in_every_format() {
    let bench = bench();
    let written = |format: &str| bench.run(&format!("evaluate pairs.tsv --quiet --format {format}")).succeeded();
    expect![[r#"
        seqeval, entities read in mode default

        |              | precision | recall | f1-score | support |  TP |  FP |  FN |
        | ------------ | --------: | -----: | -------: | ------: | --: | --: | --: |
        | Disease      |      0.00 |   0.00 |     0.00 |       1 |   0 |   1 |   1 |
        | Drug         |      0.00 |   0.00 |     0.00 |       2 |   0 |   2 |   2 |
        | Organ        |      1.00 |   1.00 |     1.00 |       1 |   1 |   0 |   0 |
        | micro avg    |      0.25 |   0.25 |     0.25 |       4 |   1 |   3 |   3 |
        | macro avg    |      0.33 |   0.33 |     0.33 |       4 |     |     |     |
        | weighted avg |      0.25 |   0.25 |     0.25 |       4 |     |     |     |

        Words, by their tags

        |       | accuracy |  TP |  FP |  FN |  TN |
        | ----- | -------: | --: | --: | --: | --: |
        | (all) |     0.56 |   2 |   2 |   2 |   3 |
    "#]]
    .assert_eq(&written("markdown"));
    expect![[r#"
        % seqeval, entities read in mode default
        \begin{tabular}{lrrrrrrr}
        \toprule
         & precision & recall & f1-score & support & TP & FP & FN \\
        \midrule
        Disease & 0.00 & 0.00 & 0.00 & 1 & 0 & 1 & 1 \\
        Drug & 0.00 & 0.00 & 0.00 & 2 & 0 & 2 & 2 \\
        Organ & 1.00 & 1.00 & 1.00 & 1 & 1 & 0 & 0 \\
        micro avg & 0.25 & 0.25 & 0.25 & 4 & 1 & 3 & 3 \\
        macro avg & 0.33 & 0.33 & 0.33 & 4 &  &  &  \\
        weighted avg & 0.25 & 0.25 & 0.25 & 4 &  &  &  \\
        \bottomrule
        \end{tabular}

        % Words, by their tags
        \begin{tabular}{lrrrrr}
        \toprule
         & accuracy & TP & FP & FN & TN \\
        \midrule
        (all) & 0.56 & 2 & 2 & 2 & 3 \\
        \bottomrule
        \end{tabular}
    "#]]
    .assert_eq(&written("latex"));
    expect![[r#"
        table,row,column,value,row_kind,column_kind
        semeval-strict,Disease,COR,0,type,measure
        semeval-strict,Disease,INC,0,type,measure
        semeval-strict,Disease,PAR,0,type,measure
        semeval-strict,Disease,MIS,1,type,measure"#]]
    .assert_eq(&written("csv --metrics semeval").lines().take(5).collect::<Vec<_>>().join("\n"));
    let json: Value = serde_json::from_str(&written("json --metrics all")).unwrap();
    assert_eq!(json["faireval"]["overall"]["counts"]["smaller"], 1);
    assert_eq!(json["faireval"]["overall"]["fair"]["f1"], json!(2.0 / 6.0));
    assert_eq!(json["semeval"]["overall"]["ent_type"]["counts"]["correct"], 2);
    assert_eq!(json["conlleval"]["overall"]["fb1"], json!(25.0));
    assert_eq!(json["errors"]["overlaps"], 2);
    assert_eq!(json["mentions"]["form"]["other"]["missed"], 1);
    assert_eq!(json["chunking"], "default");
}

#[test]
fn types_may_be_called_as_averages_are() {
    let bench = bench();
    let names =
        ["micro avg", "macro avg", "(all)", "(missed)", "(spurious)", "(labels differ)", "micro", "a,\"b\"", "_"];
    let mut text = String::new();
    for (index, name) in names.iter().enumerate() {
        // Every type is found, taken for the next, missed and found where there is nothing.
        let next = names[(index + 1) % names.len()];
        text += &format!("w\tB-{name}\tB-{name}\nw\tB-{name}\tB-{next}\nw\tB-{name}\tO\nw\tO\tB-{name}\n\n");
    }
    bench.write("freaks.tsv", text);
    let csv = bench.run("evaluate freaks.tsv --metrics all --format csv -q").succeeded();
    let mut lines: Vec<&str> = csv.lines().collect();
    let keys = |line: &&str| {
        let (name, rest) = line.rsplit_once(',').and_then(|(rest, kind)| Some((kind, rest.rsplit_once(',')?))).unwrap();
        let (cells, row_kind) = rest;
        (cells.rsplit_once(',').unwrap().0.to_owned(), row_kind.to_owned(), name.to_owned())
    };
    let n_lines = lines.len();
    lines.sort_by_key(keys);
    lines.dedup_by_key(|line| keys(line));
    assert_eq!(lines.len(), n_lines, "two numbers have one name");
    let of = |start: &str| csv.lines().filter(|line| line.starts_with(start)).collect::<Vec<_>>().join("\n");
    expect![[r#"
        seqeval,micro avg,precision,0.3333333333333333,type,measure
        seqeval,micro avg,recall,0.3333333333333333,type,measure
        seqeval,micro avg,f1-score,0.3333333333333333,type,measure
        seqeval,micro avg,support,3,type,measure
        seqeval,micro avg,TP,1,type,measure
        seqeval,micro avg,FP,2,type,measure
        seqeval,micro avg,FN,2,type,measure
        seqeval,micro avg,precision,0.3333333333333333,average,measure
        seqeval,micro avg,recall,0.3333333333333333,average,measure
        seqeval,micro avg,f1-score,0.3333333333333333,average,measure
        seqeval,micro avg,support,27,average,measure
        seqeval,micro avg,TP,9,average,measure
        seqeval,micro avg,FP,18,average,measure
        seqeval,micro avg,FN,18,average,measure"#]]
    .assert_eq(&of("seqeval,micro avg,"));
    // Where a matrix would be too wide, no label stands in the place of one that is not there.
    let wide: String = (0..42).map(|n| format!("w\tB-T{n}\tB-U{n}\nw\tB-(missed)\tO\n\n")).collect();
    bench.write("wide.tsv", wide.replacen("\tB-U9\n", "\tB-(missed)\n", 1));
    let wide = bench.run("evaluate wide.tsv --metrics faireval --format csv -q").succeeded();
    let cells = wide.lines().filter(|line| line.starts_with("faireval-confusion,") && line.contains("redicted"));
    let cells: Vec<&str> = cells.filter(|line| !line.contains(",U") || line.contains("U10")).collect();
    expect![[r#"
        faireval-confusion,1,predicted,,group,measure
        faireval-confusion,4,predicted,U10,group,measure
        faireval-confusion,43,predicted,(missed),group,measure"#]]
    .assert_eq(&cells.join("\n"));
    let text = bench.run("evaluate freaks.tsv --metrics errors --format markdown -q").succeeded();
    expect![[r#"
        | "(all)"           |     1 |      1 |      1 |      0 |     0 |        0 |     0 |     0 |       0 |
        | (all)             |     9 |      9 |      9 |      9 |     9 |        0 |     0 |     0 |       0 |
        |                   | (missed) | "(all)" | "(labels differ)" | "(missed)" | "(spurious)" |   _ | a,"b" | macro avg | micro | micro avg |
        | "(all)"           |        1 |       1 |                 0 |          1 |            0 |   0 |     0 |         0 |     0 |         0 |"#]].assert_eq(&text.lines().filter(|line| line.contains("(all)")).collect::<Vec<_>>().join("\n"));
}

#[test]
fn standard_input_is_a_file() {
    let bench = bench();
    let ran = finish(&mut bench.shell("\"$WELT\" evaluate - -q <pairs.tsv"));
    assert_eq!(ran.succeeded(), bench.run("evaluate pairs.tsv -q").succeeded());
    let ran = finish(&mut bench.shell("\"$WELT\" evaluate - -q --mode strict <pairs.tsv"));
    let expected = "error: standard input can be read once only, but the scheme of strict mode is to be found first: name it with --scheme";
    assert_eq!(ran.refused(), expected);
}

#[test]
fn two_files_are_read_as_one() {
    let bench = bench();
    for format in ["text", "json"] {
        let scores =
            |files: &str| bench.run(&format!("evaluate {files} --metrics all --format {format} -q")).succeeded();
        // JSON names the files.
        let named = |scores: String| {
            scores.replace("\"predicted.tsv\"", "\"pairs.tsv\"").replace("\"gold.tsv\"", "\"pairs.tsv\"")
        };
        assert!(named(scores("gold.tsv predicted.tsv")) == scores("pairs.tsv"), "{format}");
    }
    let said = bench.run("evaluate gold.tsv predicted.tsv --mode strict -v").err;
    expect![[r#"
        debug: predicted.tsv against gold.tsv: 2 sentences, gold tags in column 2, predicted in column 2 of their file, entities read in mode strict IOB2
        debug: gold: 4 entities of 5 tags; 0 tags went into no entity, 0 entities begin without B, S or U
        debug: predicted: 4 entities of 4 tags; 0 tags went into no entity, 0 entities begin without B, S or U
        debug: to be cited as welt:0.1.0|metric:seqeval|mode:strict|scheme:IOB2|tags:prefix|dropped:0+0|zero_division:0|gold:4848c89eb2fcfc87
    "#]].assert_eq(&said);
}

#[test]
fn files_that_do_not_fit_are_refused() {
    let bench = bench();
    bench.write("short.tsv", "Amphotericin O\nB O\n\n");
    bench.write("other.tsv", "Amphotericin\tB-Drug\tO\nC\tI-Drug\tO\n");
    bench.write("fewer.tsv", PAIRS.split_inclusive("\n\n").next().unwrap());
    bench.write("fewer-predicted.tsv", "Amphotericin O\nB O\nharms O\nkidneys O\n. O\n\n");
    bench.write("odd.tsv", "a O O\n\nb B-X B-X\nc I-X E-X\n");
    bench.write("bare.tsv", "a I-X I-X\n");
    expect![[r#"
        $ welt evaluate gold.tsv short.tsv
        error: short.tsv:3:1: found the end of the sentence, but gold.tsv:3 has `harms`: expected the same words in both files; was a sentence cut short?
        $ welt evaluate gold.tsv fewer-predicted.tsv
        error: gold.tsv:7:1: found a further sentence, but fewer-predicted.tsv has no more: expected the same sentences in both
        $ welt evaluate odd.tsv --mode strict --scheme IOB2
        error: odd.tsv:4:1: among the predicted tags, `E-X` is no tag of IOB2, whose prefixes are B, I, O; name another --scheme, or leave --mode strict out
        $ welt evaluate bare.tsv --mode strict
        error: bare.tsv: the scheme of the gold tags cannot be detected, name it with --scheme: the prefixes that occur, {I}, tell no scheme: IOB2, IOE2, IOBES and BILOU can be detected, IOB1 and IOE1 must be named
        $ welt evaluate pairs.tsv --min-overlap 0
        error: --min-overlap: the least overlap is 0 percent, expected 1 to 100
        $ welt evaluate pairs.tsv --metrics errors --train missing.tsv
        error: missing.tsv: cannot be read: No such file or directory (os error 2); expected a file to read, check the path
        $ welt compare pairs.tsv other.tsv
        error: other.tsv:1:1: this sentence differs from pairs.tsv:1: expected the same words and gold tags in all files
        $ welt compare pairs.tsv b=fewer.tsv
        error: fewer.tsv has 1 sentences and pairs.tsv has 2: expected the same sentences in all files
        $ welt compare a=pairs.tsv,pairs.tsv b=pairs.tsv
        error: b has one run and another system has several: name several runs of each, or one of each, for what one run varies by is not known
        $ welt compare a=pairs.tsv b=pairs.tsv --unit document
        error: a: found no -DOCSTART- lines between documents, expected them for --unit document; leave it out
        $ welt errors odd.tsv --mode strict --scheme BILOU
        error: odd.tsv:4:1: among the predicted tags, `E-X` is no tag of BILOU, whose prefixes are B, I, L, O, U; name another --scheme, or leave --mode strict out
        $ welt errors pairs.tsv --output missing/errors.html --format html
        error: missing/errors.html: cannot be written: No such file or directory (os error 2); name a file in a folder that takes it with --output
    "#]].assert_eq(&bench.refusals(&[
        "evaluate gold.tsv short.tsv",
        "evaluate gold.tsv fewer-predicted.tsv",
        "evaluate odd.tsv --mode strict --scheme IOB2",
        "evaluate bare.tsv --mode strict",
        "evaluate pairs.tsv --min-overlap 0",
        "evaluate pairs.tsv --metrics errors --train missing.tsv",
        "compare pairs.tsv other.tsv",
        "compare pairs.tsv b=fewer.tsv",
        "compare a=pairs.tsv,pairs.tsv b=pairs.tsv",
        "compare a=pairs.tsv b=pairs.tsv --unit document",
        "errors odd.tsv --mode strict --scheme BILOU",
        "errors pairs.tsv --output missing/errors.html --format html",
    ]));
}

#[test]
fn wrong_comparisons_are_wrong_usage() {
    let bench = bench();
    for command in [
        "compare a=pairs.tsv a=pairs.tsv",
        "compare a=pairs.tsv b=pairs.tsv --confidence 1",
        "evaluate pairs.tsv --train gold.tsv",
    ] {
        let ran = bench.run(command);
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{command}: {}", ran.err);
    }
}

#[test]
fn systems_are_compared() {
    let bench = bench();
    bench.write("perfect.tsv", PAIRS.lines().map(perfect).collect::<String>());
    expect![[r#"
        f1 on 2 sentences, with 95 % intervals (BCa, percentiles where BCa is not defined)
                   runs      f1   lower   upper
        pairs.tsv     1  0.2500  0.0188  0.4812
        best          1  1.0000  1.0000  1.0000
        same          1  0.2500  0.0188  0.4812

        Differences to pairs.tsv; p by randomization, exact, p (Holm) adjusted over this table
              difference   lower   upper       p  p (Holm)  differing
        best      0.7500  0.5188  0.9812  0.5000    1.0000          2
        same      0.0000  0.0000  0.0000  1.0000    1.0000          0
    "#]]
    .assert_eq(&bench.run("compare pairs.tsv best=perfect.tsv same=pairs.tsv -q").succeeded());
    let json = bench.run("compare a=pairs.tsv,pairs.tsv b=perfect.tsv,pairs.tsv --metric fair-f1 --format json -q");
    let json: Value = serde_json::from_str(&json.succeeded()).unwrap();
    assert_eq!(json["systems"][1]["runs"], json!([1.0, 2.0 / 6.0]));
    assert_eq!(json["differences"][0]["difference"]["observed"], json!((1.0 + 2.0 / 6.0) / 2.0 - 2.0 / 6.0));
    for metric in ["precision", "recall", "macro-f1"] {
        let json = bench.run(&format!("compare a=pairs.tsv b=perfect.tsv --metric {metric} --format json -q"));
        let json: Value = serde_json::from_str(&json.succeeded()).unwrap();
        assert_eq!(json["systems"][1]["estimate"]["observed"], 1.0, "{metric}");
    }
    // Drug: 2 in gold, 2 predicted, none of them right; Organ is right; Disease is not: (0 + 1 + 0) / 3.
    let json = bench.run("compare a=pairs.tsv b=perfect.tsv --metric macro-f1 --format json -q").succeeded();
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["systems"][0]["estimate"]["observed"], json!(1.0 / 3.0));
}

/// The line of a system that predicts what there is.
fn perfect(line: &str) -> String {
    match line.split('\t').collect::<Vec<_>>()[..] {
        [word, gold, _] => format!("{word}\t{gold}\t{gold}\n"),
        _ => "\n".to_owned(),
    }
}

#[test]
fn scores_can_be_cited() {
    let bench = bench();
    let json = bench.run("evaluate pairs.tsv --metrics all --mode strict --scheme IOB2 --format json -q").succeeded();
    let json: Value = serde_json::from_str(&json).unwrap();
    // What `cut -f2 pairs.tsv` prints, and the empty line that ends the last sentence.
    let column = |line: &str| format!("{}\n", line.split('\t').nth(1).unwrap_or_default());
    let gold = PAIRS.lines().map(column).collect::<String>() + "\n";
    let digest = welt_files::sha256_of(gold.as_bytes());
    let signatures = &json["signatures"];
    let named: Vec<&String> = signatures.as_object().unwrap().keys().collect();
    assert_eq!(named, ["conlleval", "errors", "faireval", "semeval", "seqeval"]);
    assert_eq!(signatures["seqeval"]["gold_sha256"], json!(digest));
    let (version, short) = (env!("CARGO_PKG_VERSION"), &digest[..16]);
    let line = format!(
        "welt:{version}|metric:seqeval|mode:strict|scheme:IOB2|tags:prefix|dropped:0+0|zero_division:0|gold:{short}"
    );
    assert_eq!(signatures["seqeval"]["line"], json!(line));
    // The same is said of text, beside it: the text is the tool's byte for byte.
    let ran = bench.run("evaluate pairs.tsv --mode strict --scheme IOB2 --verbose");
    assert!(ran.err.contains(&format!("to be cited as {line}\n")), "{}", ran.err);
    let json = bench.run("compare a=pairs.tsv b=pairs.tsv --format json -q").succeeded();
    let json: Value = serde_json::from_str(&json).unwrap();
    let line = format!("welt:{version}|metric:f1|mode:default|scheme:any|tags:prefix|dropped:0+0|gold:{short}");
    assert_eq!(json["systems"][1]["signature"]["line"], json!(line));
}

/// Runs of so many sentences with an entity each, of which some are missed.
fn missed(bench: &Bench, name: &str, missed: &[usize]) -> String {
    let run = |(index, missed): (usize, &usize)| {
        let file = format!("{name}{index}.tsv");
        let tag = |sentence: usize| if (sentence * 7 + index) % 60 < *missed { "O" } else { "B-X" };
        let sentence = |sentence: usize| format!("word\tB-X\t{}\n\n", tag(sentence));
        bench.write(&file, (0..60).map(sentence).collect::<String>());
        file
    };
    let files: Vec<String> = missed.iter().enumerate().map(run).collect();
    format!("{name}={}", files.join(","))
}

#[test]
fn several_runs_have_a_word() {
    let bench = Bench::new();
    let words = |vanilla: &[usize], better: &[usize], other: &[usize]| -> Vec<String> {
        let systems = [("vanilla", vanilla), ("better", better), ("other", other)];
        let systems = systems.map(|(name, counts)| missed(&bench, name, counts)).join(" ");
        let json = bench.run(&format!("compare {systems} --format json -q")).succeeded();
        let json: Value = serde_json::from_str(&json).unwrap();
        assert_eq!(json["margin"], json!(1.0));
        (0..2).map(|index| json["differences"][index]["word"].as_str().unwrap().to_owned()).collect()
    };
    expect![[r#"
        helps on this corpus
        not known on this corpus: more than 50 seeds, or a larger test set"#]]
    .assert_eq(&words(&[30, 32], &[10, 13], &[31, 30]).join("\n"));
    expect![[r#"
        helps on this corpus
        not known on this corpus: more than 50 seeds, or a larger test set"#]]
    .assert_eq(&words(&[30, 32, 31], &[10, 13, 12], &[31, 30, 33]).join("\n"));
    expect![[r#"
        helps on this corpus
        not known on this corpus: more than 50 seeds, or a larger test set; collapsed: 1 of 5 runs, vanilla 0 of 5"#]]
    .assert_eq(&words(&[30, 32, 31, 33, 30], &[10, 13, 12, 11, 12], &[31, 60, 33, 30, 31]).join("\n"));
    // One run of each has none.
    let systems = [("vanilla", 30), ("better", 10)].map(|(name, count)| missed(&bench, name, &[count])).join(" ");
    let json = bench.run(&format!("compare {systems} --format json -q")).succeeded();
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&json["margin"], &json["differences"][0]["word"]), (&Value::Null, &Value::Null));
}

#[test]
fn documents_are_units_where_they_are_told() {
    let bench = Bench::new();
    let document = "-DOCSTART- O O\n\na B-X B-X\n\nb B-X O\n\n";
    bench.write("a.tsv", document.repeat(5));
    bench.write("b.tsv", document.repeat(5).replace("b B-X O", "b B-X B-X"));
    let json = bench.run("compare a.tsv b.tsv --unit document --format json -q").succeeded();
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&json["units"], &json["differences"][0]["units_that_differ"]), (&json!(5), &json!(5)));
    // Five documents, each for the better: two of the 32 shuffles are as far apart.
    assert_eq!(json["differences"][0]["p_value"], json!(2.0 / 32.0));
    assert_eq!(json["differences"][0]["computation"]["kind"], "exact");
    // What the file says is told as it is: one document is not none.
    bench.write("one.tsv", "-DOCSTART-\tO\n\na\tB-X\tO\n\nb\tO\tO\n");
    bench.write("none.tsv", "a\tB-X\tO\n\nb\tO\tO\n");
    let refused = |file: &str| {
        let ran = bench.run(&format!("compare a={file} b={file} --unit document -q"));
        ran.refused().to_owned()
    };
    expect!["error: a: found one document, expected several for --unit document; leave it out"]
        .assert_eq(&refused("one.tsv"));
    expect!["error: a: found no -DOCSTART- lines between documents, expected them for --unit document; leave it out"]
        .assert_eq(&refused("none.tsv"));
}

#[test]
fn errors_are_listed() {
    let bench = bench();
    expect![[r#"
        pairs.tsv:1: Type-3 (boundary, same label)
          gold       Drug  Amphotericin B
          predicted  Drug  Amphotericin
          » Amphotericin B « harms kidneys .

        pairs.tsv:7: Type-2 (missed)
          gold       Disease  <b>"PAN"</b>
          » <b>"PAN"</b> « & aspirin helps

        2 of 4 errors listed, in 2 of 2 sentences, entities read in mode default

        Error types of the WeLT paper: spurious (1), missed (2), overlapping (3), the last by shape
                         exact  Type-1  Type-2  Type-3  label  boundary  split  merge  complex
        Disease              0       0       1       0      0         0      0      0        0
        Drug                 0       1       0       1      0         1      0      0        0
        Organ                1       0       0       0      0         0      0      0        0
        (labels differ)                              1      1         0      0      0        0
        (all)                1       1       1       2      1         1      0      0        0

        Labels of entities with the same bounds: gold in rows, predicted in columns
                    (missed)  Disease  Drug  Organ
        (spurious)         0        0     1      0
        Disease            1        0     0      0
        Drug               0        1     0      0
        Organ              0        0     0      1

        Labels of entities that overlap with other bounds: gold in rows, predicted in columns
              Drug
        Drug     1

        Entities by what they look like: exact, spurious (Type-1), missed (Type-2), in overlaps (Type-3)
                          exact  Type-1  Type-2  gold in 3  predicted in 3  precision  recall      f1
        1 word                1       1       1          1               2     0.2500  0.3333  0.2857
        2 words               0       0       0          1               0     0.0000  0.0000  0.0000
        3 words               0       0       0          0               0     0.0000  0.0000  0.0000
        4 words or more       0       0       0          0               0     0.0000  0.0000  0.0000
        abbreviations         0       0       0          0               0     0.0000  0.0000  0.0000
        no abbreviations      1       1       1          2               2     0.2500  0.2500  0.2500
    "#]]
    .assert_eq(&bench.run("errors pairs.tsv --only type-2,type-3 --limit 2 -q").succeeded());
    let lines = bench.run("errors pairs.tsv --train gold.tsv --format json -q").succeeded();
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 4);
    assert_eq!(
        (&lines[0]["line"], &lines[0]["text"], &lines[0]["shape"]),
        (&json!(1), &json!("Amphotericin B"), &json!("boundary"))
    );
    assert_eq!((&lines[2]["line"], &lines[2]["gold"][0]["text"]), (&json!(9), &json!("aspirin")));
    assert_eq!(lines[0]["gold"][0]["familiarity"], "seen");
}

#[test]
fn the_page_of_errors_needs_nothing_else() {
    let bench = bench();
    assert_eq!(bench.run("errors pairs.tsv --format html --output errors.html -q").succeeded(), "");
    let page = bench.read("errors.html");
    assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>\n"));
    assert!(!page.contains("http") && !page.contains("src="), "the page asks for something else");
    assert!(page.contains("&lt;b&gt;&quot;PAN&quot;&lt;/b&gt;") && !page.contains("<b>\"PAN"), "words are not escaped");
    assert_eq!(page.matches("<li ").count(), 4);
    assert_eq!(page.matches("<section ").count(), 2);
}
