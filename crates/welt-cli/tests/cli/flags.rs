//! The flags that all commands share, their old spellings, and what is said where a tagged file is wanted.

use std::fs;

use expect_test::expect;
use serde_json::Value;

use crate::folder::{Bench, TRAIN, finish};

const PUBTATOR: &str = "1|t|Ataxia.\n1|a|No cure.\n1\t0\t6\tAtaxia\tDisease\tD001259\n\n";

/// What a command says to a user who got it wrong, and that it ends with 2.
fn usage(bench: &Bench, arguments: &str) -> String {
    let ran = bench.run(arguments);
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{arguments}: {}", ran.err);
    ran.err.lines().next().unwrap_or_default().to_owned() + "\n"
}

#[test]
fn more_or_less_is_said() {
    let bench = Bench::new();
    assert_eq!(bench.run("weights train.tsv").err, "");
    expect![[r#"
        debug: train.tsv: 24 sentences; tags in column 2: the last, a tag in every line
    "#]]
    .assert_eq(&bench.run("weights train.tsv -v").err);
    // Neither knows that the last column is none of tags.
    bench.write(
        "more.tsv",
        bench.read("train.tsv").replace("\tO\n", "\tO\tx-y\n").replace("Disease\n", "Disease\tx-y\n"),
    );
    expect![[r#"
        info: more.tsv: 24 sentences; tags in column 2: the second, a tag in every line, unlike the last
    "#]]
    .assert_eq(&bench.run("weights more.tsv").err);
    assert_eq!(bench.run("weights more.tsv -q").err, "");
    for both in ["-qv weights train.tsv", "-q weights train.tsv --verbose", "weights train.tsv -v -q"] {
        let said = usage(&bench, both);
        assert_eq!(said, "error: --quiet and --verbose contradict each other: leave one of them out\n");
    }
}

#[test]
fn threads_are_as_many_as_are_asked_for() {
    let bench = Bench::new();
    let threads = |arguments: &str| {
        let ran = finish(bench.command(&format!("devices --format json {arguments}")).env("RAYON_NUM_THREADS", "3"));
        let listed: Value = serde_json::from_str(&ran.succeeded()).unwrap();
        listed["backends"][0]["devices"][0]["name"].as_str().unwrap().to_owned()
    };
    assert_eq!([threads(""), threads("--threads 2")], ["3 threads", "2 threads"]);
    for wrong in ["0", "-1", "x", "1.5"] {
        let said = usage(&bench, &format!("devices --threads={wrong}"));
        let expected = format!("error: invalid value '{wrong}' for '--threads <N>': expected a whole number above 0\n");
        assert_eq!(said, expected);
    }
}

#[test]
fn colours_are_there_where_they_are_wanted() {
    let bench = Bench::new();
    let coloured = |arguments: &str, variable: (&str, &str)| {
        let ran = finish(bench.command(arguments).env(variable.0, variable.1));
        assert_ne!(ran.err, "", "{arguments}");
        ran.err.contains('\u{1b}')
    };
    let nothing = ("UNSET", "");
    // What clap says, what this program says, and what it logs.
    for said in ["weights", "weights missing.tsv", "weights -qv train.tsv", "weights train.tsv -v"] {
        assert!(!coloured(said, nothing), "{said}");
        assert!(coloured(&format!("{said} --color always"), nothing), "{said}");
        assert!(coloured(&format!("{said} --color=always"), ("NO_COLOR", "1")), "{said}");
        assert!(coloured(said, ("CLICOLOR_FORCE", "1")), "{said}");
        assert!(!coloured(&format!("--color never {said}"), ("CLICOLOR_FORCE", "1")), "{said}");
    }
}

#[test]
fn results_go_where_output_says() {
    let bench = Bench::with_run();
    for command in [
        "evaluate run/predictions/test.tsv --format json",
        "compare a=run/predictions/test.tsv b=run/predictions/test.tsv --resamples 10",
        "errors run/predictions/test.tsv",
        "stats train.tsv",
        "check train.tsv",
        "weights train.tsv --format json",
        "models",
        "devices",
    ] {
        let said = bench.run(command).succeeded();
        assert_ne!(said, "", "{command}");
        for output in ["-o result", "--output result"] {
            assert_eq!(bench.run(&format!("{command} {output}")).succeeded(), "", "{command}");
            assert_eq!(bench.read("result"), said, "{command}");
        }
        assert_eq!(bench.run(&format!("{command} -o -")).succeeded(), said, "{command}");
    }
    let before = bench.read("train.tsv");
    for command in ["stats train.tsv", "check train.tsv", "weights train.tsv", "evaluate train.tsv"] {
        let ran = bench.run(&format!("{command} -o ./train.tsv"));
        assert_eq!(ran.refused(), "error: --output is ./train.tsv, which is read: name another path", "{command}");
    }
    assert_eq!(bench.read("train.tsv"), before);
    bench.run(&format!("{TRAIN} -o short")).succeeded();
    bench.run("convert train.tsv --to json-lines -o train.jsonl").succeeded();
    bench.run("export --model short/model --dtype bf16 -o half").succeeded();
    bench.run("predict --model half test.tsv -o tags").succeeded();
}

#[test]
fn old_spellings_go_on_working() {
    let bench = Bench::with_run();
    bench.write("text.txt", "No sign of cystic fibrosis.\n");
    let new = bench.run("predict --model run/model --from text text.txt").succeeded();
    assert_eq!(bench.run("predict --model run/model --input text text.txt").succeeded(), new);
    bench.run("export run/model --dtype f32 --output old").succeeded();
    bench.run("export --model run/model --dtype f32 --output new").succeeded();
    assert_eq!(
        fs::read(bench.path("old/model.safetensors")).unwrap(),
        fs::read(bench.path("new/model.safetensors")).unwrap()
    );
    let new = bench.run("push --model run/model me/tagger --dry-run").succeeded();
    assert_eq!(bench.run("push run/model me/tagger --dry-run").succeeded(), new);
    expect![[r#"
        error: which model? name its directory with --model DIR
        error: the argument '--model <DIR>' cannot be used with '[REPOSITORY_AFTER_DIRECTORY]'
        error: the following required arguments were not provided:
        error: the following required arguments were not provided:
    "#]]
    .assert_eq(
        &["push me/tagger", "push --model run/model me/tagger me/other", "export --dtype f32 -o x", "fetch"]
            .map(|arguments| usage(&bench, arguments))
            .concat(),
    );
}

#[test]
fn a_shell_completes_and_pages_are_written() {
    let bench = Bench::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = bench.run(&format!("completions {shell}")).succeeded();
        assert!(script.contains("evaluate") && script.contains("metrics") && !script.contains("sweep-task"), "{shell}");
    }
    assert!(bench.run("man").succeeded().contains(".TH welt 1"));
    bench.run("man --output pages").succeeded();
    let pages = fs::read_dir(bench.path("pages")).unwrap().count();
    assert!(pages > 23, "{pages}");
    assert!(bench.read("pages/welt-split-folds.1").contains(".TH"));
    assert!(!bench.path("pages/welt-sweep-task.1").exists());
    assert_eq!(bench.run("-V").succeeded(), format!("welt {}\n", env!("CARGO_PKG_VERSION")));
    let long = bench.run("--version").succeeded();
    assert!(long.contains("(computes ") && long.contains("; cpu"), "{long}");
}

/// What may be given where a tagged file is wanted.
const KINDS: [&str; 13] = [
    "corpus.PubTator",
    "corpus.txt",
    "c.xml",
    "c.json",
    "c.jsonl",
    "brat",
    "brat/1.ann",
    "brat/1.txt",
    "plain.txt",
    "plain",
    "packed.gz",
    "corpus.tar.xz",
    "paper.pdf",
];

/// A folder with all of them.
fn with_kinds() -> Bench {
    let bench = Bench::new();
    bench.write("corpus.PubTator", PUBTATOR);
    bench.write("corpus.txt", PUBTATOR);
    let formats = [("bioc-xml", "c.xml"), ("bioc-json", "c.json"), ("json-lines", "c.jsonl"), ("brat", "brat")];
    for (format, output) in formats {
        bench.run(&format!("convert corpus.PubTator --to {format} -o {output} --allow all -q")).succeeded();
    }
    for name in ["plain.txt", "plain"] {
        bench.write(name, "No sign of cystic fibrosis was found.\nAll is well with vitamin B\n");
    }
    bench.write("packed.gz", b"\x1f\x8b\x08\x00");
    bench.write("corpus.tar.xz", b"\xfd7zXZ\0\0\0");
    bench.write("paper.pdf", "%PDF-1.4\n");
    bench
}

#[test]
fn what_is_no_tagged_file_is_told_by_name_and_kind() {
    let errors = KINDS.map(|kind| format!("errors {kind}"));
    let errors: Vec<&str> = errors.iter().map(String::as_str).collect();
    expect![[r#"
        $ welt errors corpus.PubTator
        error: corpus.PubTator: looks like pubtator, expected a tagged file (a word and its tag on each line); make one with `welt convert corpus.PubTator --output corpus.tsv`
        $ welt errors corpus.txt
        error: corpus.txt: looks like pubtator, expected a tagged file (a word and its tag on each line); make one with `welt convert corpus.txt --output corpus.tsv`
        $ welt errors c.xml
        error: c.xml: looks like bioc-xml, expected a tagged file (a word and its tag on each line); make one with `welt convert c.xml --output c.tsv`
        $ welt errors c.json
        error: c.json: looks like bioc-json, expected a tagged file (a word and its tag on each line); make one with `welt convert c.json --output c.tsv`
        $ welt errors c.jsonl
        error: c.jsonl: looks like json-lines, expected a tagged file (a word and its tag on each line); make one with `welt convert c.jsonl --output c.tsv`
        $ welt errors brat
        error: brat: looks like brat, a folder of documents, expected a tagged file (a word and its tag on each line); make one with `welt convert brat --output brat.tsv`
        $ welt errors brat/1.ann
        error: brat/1.ann: looks like brat, expected a tagged file (a word and its tag on each line); make one with `welt convert brat/1.ann --output brat/1.tsv`
        $ welt errors brat/1.txt
        error: brat/1.txt: looks like brat, expected a tagged file (a word and its tag on each line); make one with `welt convert brat/1.txt --output brat/1.tsv`
        $ welt errors plain.txt
        error: plain.txt: looks like plain-text, which has no tags; expected a tagged file (a word and its tag on each line); `welt predict --from text` gives tags to a text
        $ welt errors plain
        error: plain: looks like plain-text, which has no tags; expected a tagged file (a word and its tag on each line); `welt predict --from text` gives tags to a text
        $ welt errors packed.gz
        error: packed.gz: is packed by gzip and ends too early, after 0 bytes of text: it is not complete; fetch or pack it again
        $ welt errors corpus.tar.xz
        error: corpus.tar.xz: is packed by xz, expected text: unpack it first, with `tar -xf corpus.tar.xz`
        $ welt errors paper.pdf
        error: paper.pdf: is a PDF, expected text: take its text out first, with `pdftotext paper.pdf`
    "#]].assert_eq(&with_kinds().refusals(&errors));
}

#[test]
fn every_command_tells_it_alike() {
    let bench = with_kinds();
    let commands = [
        "evaluate KIND",
        "evaluate train.tsv KIND",
        "evaluate --metrics errors test.tsv --gold 2 --predicted 2 --train KIND",
        "compare x=train.tsv KIND --gold 2 --predicted 2",
    ];
    // These take documents too.
    let of_documents = ["train --model encoder --output run --train KIND", "weights KIND"];
    for kind in KINDS {
        let expected = bench.run(&format!("errors {kind}")).err;
        let others = of_documents.iter().filter(|_| !expected.contains("make one with"));
        for command in commands.iter().chain(others) {
            assert_eq!(bench.run(&command.replace("KIND", kind)).err, expected, "{command}");
        }
    }
}

#[test]
fn tagged_files_with_a_mistake_are_told_where_it_is() {
    let bench = Bench::new();
    bench.write("tagged.txt", "a\tO\nb\nc\tO\nd\tB-X\n");
    bench.write("bracket.tsv", "[\tO\n{\tO\nx\tB-X\n");
    let said = bench.run("weights tagged.txt");
    assert!(said.refused().starts_with("error: tagged.txt:2:1: found 1 column(s)"), "{}", said.err);
    bench.run("weights bracket.tsv").succeeded();
    bench.run("evaluate bracket.tsv --gold 2 --predicted 2").succeeded();
}
