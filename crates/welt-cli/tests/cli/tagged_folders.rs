//! Folders of tagged documents: what is whole in them is passed over only where the same command would make it again.

#![cfg(unix)]

use std::fs;

use expect_test::expect;

use crate::folder::{Bench, finish};
use crate::prediction::{PREDICT, bench, interrupted};

/// The command without what keeps it quiet.
fn predict() -> String {
    PREDICT.replace(" --quiet", "")
}

/// A folder where `a/x.pubtator` is tagged, and `b/x.pubtator` is another file of that name and length.
fn tagged() -> Bench {
    let bench = bench(5);
    for name in ["a", "b"] {
        fs::create_dir(bench.path(name)).unwrap();
        bench.write(&format!("{name}/x.pubtator"), bench.read("many.pubtator").replace("gout", &format!("gou{name}")));
    }
    bench.run(&format!("{PREDICT} a/x.pubtator --output out/")).succeeded();
    bench
}

#[test]
fn what_is_whole_was_made_of_the_same_file_with_the_same_settings() {
    let bench = tagged();
    // Neither another way to the same file nor a file that the model does not read moves a byte.
    bench.write("run/model/notes.txt", "");
    let same = ["a/x.pubtator", "b/../a/x.pubtator"];
    for file in same {
        bench.run(&format!("{PREDICT} {file} --output out/")).succeeded();
        bench.run(&format!("{PREDICT} {file} --output out/ --launcher slurm --jobs 3")).succeeded();
    }
    let predict = predict();
    let mut said = bench.refusals(&[
        &format!("{predict} b/x.pubtator --output out/"),
        &format!("{predict} b/x.pubtator --output out/ --launcher slurm"),
        &format!("{predict} a/x.pubtator --output out/ --launcher slurm --max-length 60 --shift O=-2"),
        &format!("{predict} a/x.pubtator --output out/ --launcher slurm --model encoder")
            .replace("--model run/model ", ""),
        &format!("{predict} a/x.pubtator --output out/ --report report.json"),
        &format!("{predict} a/x.pubtator --output out/ --trace trace.json"),
        &format!("{predict} a/x.pubtator --output out/ --launcher slurm --shard 1/2"),
    ]);
    bench.write("a/x.pubtator", bench.read("many.pubtator") + &bench.read("a/x.pubtator"));
    said += &bench.refusals(&[&format!("{predict} a/x.pubtator --output out/")]);
    let said = said.replace(&predict, "P");
    expect![[r#"
        $ welt P b/x.pubtator --output out/
        error: out/x.pubtator was made of a/x.pubtator and not of b/x.pubtator: name another folder with --output, or remove the file
        $ welt P b/x.pubtator --output out/ --launcher slurm
        error: out/x.pubtator was made of a/x.pubtator and not of b/x.pubtator: name another folder with --output, or remove the file
        $ welt P a/x.pubtator --output out/ --launcher slurm --max-length 60 --shift O=-2
        error: out/x.pubtator was made with another decoding, max length: name another folder with --output, or remove the file
        $ welt predict --batch-sub-words 32 --shift O=-3 a/x.pubtator --output out/ --launcher slurm --model encoder
        error: out/x.pubtator was made with another model files: name another folder with --output, or remove the file
        $ welt P a/x.pubtator --output out/ --report report.json
        error: --report and --trace are for one output: each file of a folder has a report in its folder reports
        $ welt P a/x.pubtator --output out/ --trace trace.json
        error: --report and --trace are for one output: each file of a folder has a report in its folder reports
        $ welt P a/x.pubtator --output out/ --launcher slurm --shard 1/2
        error: --shard is for a scheduler of one's own, and --launcher slurm spreads the files itself: leave one out
        $ welt P a/x.pubtator --output out/
        error: out/x.pubtator was made of a/x.pubtator when that had 815 bytes, and it has 1630: name another folder with --output, or remove the file
    "#]].assert_eq(&said);
}

/// Whatever file is being written, the folder is what stays.
#[test]
fn an_interrupted_folder_is_gone_on_with_by_the_same_command() {
    let bench = bench(600);
    let command = format!("{PREDICT} many.pubtator --output tagged/");
    let said = interrupted(&bench, &command, "tagged/many.pubtator");
    assert_eq!(
        said.lines().last(),
        Some("interrupted: what is whole and what is begun is in tagged/; the same command goes on")
    );
}

/// As the shell's `<(...)`: what tells the format is not lost.
#[test]
fn a_pipe_is_read_from_its_beginning() {
    let bench = bench(5);
    for (file, to) in
        [("many.pubtator", "--to entities"), ("many.pubtator", ""), ("test.tsv", ""), ("test.tsv", "--format json")]
    {
        let plain = bench.run(&format!("{PREDICT} {file} {to}")).succeeded();
        let piped = bench.shell(&format!("cat {file} | \"$WELT\" {PREDICT} /dev/stdin {to}"));
        assert_eq!(finish(&mut { piped }).succeeded(), plain, "{file} {to}");
    }
    let refused =
        finish(&mut bench.shell(&format!("cat many.pubtator | \"$WELT\" {PREDICT} /dev/stdin --output out/")));
    let expected =
        "error: /dev/stdin: can be read only once, and what it holds is told by a look at it: say so with --from";
    assert_eq!(refused.refused(), expected);
}
