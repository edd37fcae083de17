//! `welt split`: what each view writes, reads back as, and refuses.

use std::collections::BTreeSet;

use expect_test::expect;

use crate::folder::{Bench, finish};

/// Three documents of two, one and one sentences, a file without documents, and other entities of the words of both.
fn bench() -> Bench {
    let bench = Bench::new();
    let write = |name: &str, text: &str| bench.write(name, text.replace(' ', "\t").replace('/', "\n"));
    write(
        "documents.tsv",
        "-DOCSTART- O//renal B-Disease/failure I-Disease//aspirin B-Drug//-DOCSTART- O//no O//-DOCSTART- O//gout B-Disease//",
    );
    write("plain.tsv", "the O/flu B-Disease//");
    write("parts.tsv", "renal B-Part/failure O//aspirin O//no O//gout B-Part//");
    write("bilou.tsv", "renal U-Part/failure O//");
    bench
}

/// What a command writes, lines as words with tags, sentences apart.
fn shown(text: &str) -> String {
    text.replace('\t', "/").replace("\n\n", "\n.\n")
}

#[test]
fn files_are_merged_and_their_documents_stay_apart() {
    let bench = bench();
    let merged = bench.run("split merge plain.tsv documents.tsv documents.tsv plain.tsv --quiet").succeeded();
    expect![[r#"
        the/O
        flu/B-Disease
        .
        -DOCSTART-/O
        .
        renal/B-Disease
        failure/I-Disease
        .
        aspirin/B-Drug
        .
        -DOCSTART-/O
        .
        no/O
        .
        -DOCSTART-/O
        .
        gout/B-Disease
        .
        -DOCSTART-/O
        .
        renal/B-Disease
        failure/I-Disease
        .
        aspirin/B-Drug
        .
        -DOCSTART-/O
        .
        no/O
        .
        -DOCSTART-/O
        .
        gout/B-Disease
        .
        -DOCSTART-/O
        .
        the/O
        flu/B-Disease
        .
    "#]]
    .assert_eq(&shown(&merged));
    // Written once, a corpus stays as it is.
    bench.write("merged.tsv", &merged);
    assert_eq!(bench.run("split merge merged.tsv --output again.tsv").succeeded(), "");
    assert_eq!(bench.read("again.tsv"), merged);
    bench.write("wide.tsv", "the\tDT\tO\nflu\tNN\tB-Disease\n");
    let ran = bench.run("split merge wide.tsv bilou.tsv --output wide.tsv --quiet");
    expect![[r#"
        warning: wide.tsv: columns besides words and tags are left out: 1
        warning: the tags of wide.tsv read as IOB2, but those of bilou.tsv as BILOU
    "#]]
    .assert_eq(&ran.err);
    assert_eq!(bench.read("wide.tsv"), "the\tO\nflu\tB-Disease\n\nrenal\tU-Part\nfailure\tO\n\n");
}

#[test]
fn each_sentence_is_in_the_test_file_of_one_fold() {
    let bench = bench();
    let before: BTreeSet<String> = bench.names().into_iter().collect();
    bench.run("split folds documents.tsv plain.tsv --folds 3 --output folds").succeeded();
    let after: BTreeSet<String> = bench.names().into_iter().collect();
    assert_eq!(after.difference(&before).collect::<Vec<_>>(), ["folds"]);
    let words = |file: &str| -> BTreeSet<String> {
        let text = bench.read(file);
        let words = text.lines().filter_map(|line| line.split_once('\t')).map(|(word, _)| word.to_owned());
        words.filter(|word| word != "-DOCSTART-").collect()
    };
    let all: BTreeSet<String> = ["renal", "failure", "aspirin", "no", "gout", "the", "flu"].map(str::to_owned).into();
    let mut tested = Vec::new();
    for fold in 1..=3 {
        let (train, test) =
            (words(&format!("folds/fold-{fold}/train.tsv")), words(&format!("folds/fold-{fold}/test.tsv")));
        assert!(train.is_disjoint(&test) && train.union(&test).eq(&all), "fold {fold}: {train:?} {test:?}");
        assert_eq!(test.contains("renal"), test.contains("aspirin"), "a document is torn");
        tested.extend(test);
    }
    assert_eq!(tested.len(), all.len());
    bench.run("split folds documents.tsv plain.tsv --folds 3 --output again").succeeded();
    for file in ["fold-1/train.tsv", "fold-2/test.tsv"] {
        assert_eq!(bench.read(&format!("again/{file}")), bench.read(&format!("folds/{file}")));
    }
}

#[test]
fn a_sample_lies_within_a_larger_one() {
    let bench = bench();
    let sample = |fraction: &str, seed: &str| {
        bench.run(&format!("split sample train.tsv --fraction {fraction} --seed {seed} --quiet")).succeeded()
    };
    let sentences = |text: &str| -> BTreeSet<String> { text.split_terminator("\n\n").map(str::to_owned).collect() };
    let (some, more) = (sentences(&sample("0.25", "1")), sentences(&sample("0.5", "1")));
    assert_eq!((some.len(), more.len()), (6, 12));
    assert!(some.is_subset(&more));
    assert_ne!(some, sentences(&sample("0.25", "2")));
    let whole = "split sample documents.tsv --fraction 0.25 --seed 3 --output drawn.tsv --rest rest.tsv";
    bench.run(whole).succeeded();
    expect![[r#"
        -DOCSTART-/O
        .
        gout/B-Disease
        .
        rest:
        -DOCSTART-/O
        .
        renal/B-Disease
        failure/I-Disease
        .
        aspirin/B-Drug
        .
        -DOCSTART-/O
        .
        no/O
        .
    "#]]
    .assert_eq(&format!("{}rest:\n{}", shown(&bench.read("drawn.tsv")), shown(&bench.read("rest.tsv"))));
    assert_eq!(sample("1", "1"), bench.run("split merge train.tsv --quiet").succeeded());
}

#[test]
fn types_are_kept_and_renamed() {
    let bench = bench();
    let types = |flags: &str| {
        let text = bench.run(&format!("split types documents.tsv --quiet {flags}")).succeeded();
        let lines: Vec<String> = text
            .lines()
            .filter(|line| !line.ends_with("\tO") && !line.is_empty())
            .map(|line| line.replace('\t', "/"))
            .collect();
        lines.join(" ")
    };
    assert_eq!(types("--keep Disease"), "renal/B-Disease failure/I-Disease gout/B-Disease");
    assert_eq!(types("--keep Drug --rename Drug=Chemical"), "aspirin/B-Chemical");
    assert_eq!(
        types("--rename Drug=Disease,Disease=Drug"),
        "renal/B-Drug failure/I-Drug aspirin/B-Disease gout/B-Drug"
    );
    assert_eq!(types("--keep Disease --rename Disease=_"), "renal/B failure/I gout/B");
}

#[test]
fn entities_of_two_files_are_joined_and_conflicts_told() {
    let bench = bench();
    let ran = bench.run("split join documents.tsv parts.tsv --quiet");
    expect![[r#"
        -DOCSTART-/O
        .
        renal/B-Disease
        failure/I-Disease
        .
        aspirin/B-Drug
        .
        -DOCSTART-/O
        .
        no/O
        .
        -DOCSTART-/O
        .
        gout/B-Disease
        .
        warning: documents.tsv:3: `renal failure` (Disease) stays, `renal` (Part) is left out
        warning: documents.tsv:14: `gout` (Disease) stays, `gout` (Part) is left out
        warning: parts.tsv: entities left out, since they share words with another: 2
    "#]]
    .assert_eq(&(shown(&ran.out) + &ran.err));
    let ran = bench.run("split join parts.tsv documents.tsv --scheme BILOU --limit 1 --quiet");
    expect![[r#"
        renal/U-Part
        failure/O
        .
        aspirin/U-Drug
        .
        no/O
        .
        gout/U-Part
        .
        warning: parts.tsv:1: `renal` (Part) stays, `renal failure` (Disease) is left out
        warning: documents.tsv: entities left out, since they share words with another: 2
    "#]]
    .assert_eq(&(shown(&ran.out) + &ran.err));
}

#[test]
fn what_cannot_be_done_leaves_nothing_behind() {
    let bench = bench();
    expect![[r#"
        $ welt split folds documents.tsv --folds 4 --output new
        error: --folds 4: documents.tsv: 4 folds were asked of 3 documents, expected at least 2 and no more than there are documents
        $ welt split folds documents.tsv --folds 1 --output new
        error: --folds 1: documents.tsv: 1 folds were asked of 3 documents, expected at least 2 and no more than there are documents
        $ welt split folds missing.tsv --folds 2 --output encoder
        error: encoder exists already: name another directory with --output, or remove it
        $ welt split folds documents.tsv --folds 2 --output missing/new
        error: missing/new.partial: cannot be made: No such file or directory (os error 2); name a folder with --output that can be
        $ welt split folds documents.tsv --folds 2 --output plain.tsv/new
        error: plain.tsv/new.partial: cannot be made: Not a directory (os error 20); name a folder with --output that can be
        $ welt split sample documents.tsv --fraction 1.5 --output new.tsv
        error: --fraction: a share of 1.5 of the sentences was asked for, expected a number from 0 to 1
        $ welt split sample documents.tsv --fraction 0.5 --output encoder
        error: encoder: is a folder: name a file in it with --output
        $ welt split sample documents.tsv --fraction 0.5 --output encoder --rest new.tsv
        error: encoder: is a folder: name a file in it with --output
        $ welt split sample documents.tsv --fraction 0.5 --output new.tsv --rest encoder
        error: encoder: is a folder: name a file in it with --rest
        $ welt split sample documents.tsv --fraction 0.5 --output new.tsv --rest new.tsv
        error: --output and --rest are one file: name two
        $ welt split types documents.tsv plain.tsv --keep Gene --output new.tsv
        error: documents.tsv, plain.tsv: no entity is of type `Gene`, expected one of Disease, Drug; name a type that occurs
        $ welt split types documents.tsv --rename Drug=A,Drug=B --output new.tsv
        error: documents.tsv: the type `Drug` is to be renamed twice, expected one new name for each type
        $ welt split join documents.tsv plain.tsv --output new.tsv
        error: documents.tsv and plain.tsv: the corpora have 4 and 1 sentences, expected the same sentences in both
        $ welt split join parts.tsv bilou.tsv
        error: parts.tsv and bilou.tsv: the corpora have 4 and 1 sentences, expected the same sentences in both
    "#]].assert_eq(&bench.refusals(&[
        "split folds documents.tsv --folds 4 --output new",
        "split folds documents.tsv --folds 1 --output new",
        "split folds missing.tsv --folds 2 --output encoder",
        "split folds documents.tsv --folds 2 --output missing/new",
        "split folds documents.tsv --folds 2 --output plain.tsv/new",
        "split sample documents.tsv --fraction 1.5 --output new.tsv",
        "split sample documents.tsv --fraction 0.5 --output encoder",
        "split sample documents.tsv --fraction 0.5 --output encoder --rest new.tsv",
        "split sample documents.tsv --fraction 0.5 --output new.tsv --rest encoder",
        "split sample documents.tsv --fraction 0.5 --output new.tsv --rest new.tsv",
        "split types documents.tsv plain.tsv --keep Gene --output new.tsv",
        "split types documents.tsv --rename Drug=A,Drug=B --output new.tsv",
        "split join documents.tsv plain.tsv --output new.tsv",
        "split join parts.tsv bilou.tsv",
    ]));
    let mut said = String::new();
    for command in ["split", "split types plain.tsv", "split types plain.tsv --rename Disease", "split join plain.tsv"]
    {
        let ran = bench.run(command);
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{command}");
        let lines: Vec<&str> = ran.err.lines().take_while(|line| !line.is_empty()).collect();
        said += &format!("$ welt {command}\n{}\n", lines.join("\n"));
    }
    expect![[r#"
        $ welt split
        Make other corpora of a corpus: merged, in folds, sampled, in parts, of other types
        $ welt split types plain.tsv
        error: the following required arguments were not provided:
          <--keep <TYPE>|--rename <OLD=NEW>>
        $ welt split types plain.tsv --rename Disease
        error: invalid value 'Disease' for '--rename <OLD=NEW>': `Disease` names no type and its new name: expected OLD=NEW, as in DNA=Gene
        $ welt split join plain.tsv
        error: 2 values required by '<FILE> <FILE>...'; only 1 was provided
    "#]].assert_eq(&said);
}

#[test]
#[cfg(unix)]
fn a_disk_that_is_full_leaves_no_folds() {
    let bench = bench();
    let before = bench.names();
    let line = "trap '' XFSZ; ulimit -f 1; exec \"$WELT\" split folds train.tsv --folds 2 --output new --quiet";
    let ran = crate::folder::finish(&mut bench.shell(line));
    expect!["error: new/fold-1/train.tsv: cannot be written: File too large (os error 27)"].assert_eq(ran.refused());
    assert_eq!(bench.names(), before);
}

#[test]
fn documents_are_split_where_their_losses_are_allowed() {
    let bench = bench();
    let text = (1..4)
        .map(|id| format!("{id}|t|Gout and flu.\n{id}\t0\t4\tGout\tDisease\n{id}\t0\t12\tGout and flu\tDisease\n\n"));
    bench.write("three.pubtator", text.collect::<String>());
    expect![[r#"
        $ welt split merge three.pubtator --output out.tsv
        error: 3 nested in the stage `tag`: 1 0..4 `Gout` (Disease) beside 0..12, 2 0..4 `Gout` (Disease) beside 0..12, 3 0..4 `Gout` (Disease) beside 0..12; allow what may be lost or changed with `--allow nested`
    "#]]
    .assert_eq(&bench.refusals(&["split merge three.pubtator --output out.tsv"]));
    let merged = bench.run("split merge three.pubtator plain.tsv --allow nested --quiet").succeeded();
    assert_eq!(merged.matches("-DOCSTART-").count(), 4);
    let line = "cat three.pubtator | \"$WELT\" split folds - --folds 3 --output folds --allow nested --quiet";
    assert_eq!(finish(&mut bench.shell(line)).succeeded(), "");
    let test = bench.read("folds/fold-1/test.tsv");
    assert_eq!(shown(&test), "-DOCSTART-/O\n.\nGout/B-Disease\nand/I-Disease\nflu/I-Disease\n./O\n.\n");
}

#[test]
fn one_place_has_one_name_however_it_is_written() {
    let bench = bench();
    let before = bench.names();
    let ran = bench.run("split sample train.tsv --fraction 0.5 --output out.tsv --rest ./out.tsv");
    expect!["error: --output and --rest are one file: name two"].assert_eq(ran.refused());
    let written = bench.run("split merge train.tsv --output - --quiet").succeeded();
    assert_eq!(written, bench.run("split merge train.tsv --quiet").succeeded());
    assert_eq!(bench.names(), before);
}
