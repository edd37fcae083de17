//! Documents that are tagged: runs that are killed and gone on with, what they say, and what they account for.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, Instant};

use expect_test::expect;
use serde_json::Value;
use welt_data::formats::{self, Format};
use welt_data::{Document, Passage};

use crate::folder::{Bench, finish};

/// Small groups of documents, and entities whatever the model has learnt.
pub const PREDICT: &str = "predict --model run/model --batch-sub-words 32 --shift O=-3 --quiet";

/// A folder with a model and `many.pubtator`, of so many documents.
pub fn bench(n: usize) -> Bench {
    let bench = Bench::with_run();
    let mut text = String::new();
    for id in 1..=n {
        let more = "A β-thalassaemia and cystic fibrosis were seen in 𝛽 cells. ".repeat(id % 5);
        write!(text, "{id}|t|Ataxia {id}.\n{id}|a|No sign of gout. {more}\n\n").unwrap();
    }
    bench.write("many.pubtator", text);
    bench
}

/// Kills a run again and again at moments without a pattern, until it has had its `kills`; how many left something.
fn kill(bench: &Bench, command: &str, longest: Duration, kills: u64) -> usize {
    let mut left = 0;
    for attempt in 1..=kills {
        let mut child = bench.command(command).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let longest = u64::try_from(longest.as_millis()).unwrap().max(1);
        sleep(Duration::from_millis(attempt.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(23) % longest));
        drop(child.kill());
        child.wait().unwrap();
        left += usize::from(bench.path("out.partial").exists());
        // A folder that is whole is not written again; killed when it had its name already, its mark may be left in it.
        if bench.path("out").is_dir() {
            drop(fs::remove_file(bench.path("out/welt-unfinished.txt")));
            assert!(contents(&bench.path("out")) == contents(&bench.path("undisturbed")), "{command}");
            remove(&bench.path("out"));
        }
    }
    left
}

/// A file, or the files of a folder at any depth, by their names.
fn contents(path: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let (mut all, mut next) = (BTreeMap::new(), vec![path.to_owned()]);
    while let Some(one) = next.pop() {
        if one.is_dir() {
            next.extend(fs::read_dir(one).unwrap().map(|entry| entry.unwrap().path()));
        } else {
            all.insert(one.strip_prefix(path).unwrap().to_owned(), fs::read(&one).unwrap());
        }
    }
    all
}

fn remove(path: &Path) {
    if path.is_dir() { fs::remove_dir_all(path).unwrap() } else { fs::remove_file(path).unwrap() }
}

#[test]
fn a_run_that_is_killed_anywhere_comes_to_the_same_bytes() {
    let bench = bench(150);
    let conll: String = (0..5000).map(|index| format!("Ataxia\nand\ngout{index}\n\n")).collect();
    bench.write("many.tsv", conll);
    bench.write("many.txt", (0..2000).map(|index| format!("Ataxia 𝛽 and gout{index}.\n\n")).collect::<String>());
    // Each id is there twice, so that what is written of the second depends on the first.
    let twice = bench.read("many.pubtator");
    bench.write("twice.pubtator", format!("{twice}{twice}"));
    let mut left = 0;
    for what in [
        "many.pubtator",
        "many.pubtator --to bioc-xml",
        "many.pubtator --to bioc-json --replace",
        "many.pubtator --to pubannotation",
        "many.pubtator --to entities --constrained",
        "many.tsv",
        "many.tsv --format json",
        "many.txt --from text --format json",
        "twice.pubtator --to brat",
        "twice.pubtator --to plain-text --replace",
    ] {
        let command = format!("{PREDICT} {what} --resume --output");
        let began = Instant::now();
        bench.run(&format!("{command} undisturbed")).succeeded();
        left += kill(&bench, &format!("{command} out"), began.elapsed(), 5);
        bench.run(&format!("{command} out --threads 3")).succeeded();
        assert!(contents(&bench.path("out")) == contents(&bench.path("undisturbed")), "{what}");
        assert!(!bench.names().iter().any(|name| name.contains("partial")), "{:?}", bench.names());
        ["out", "undisturbed"].iter().for_each(|name| remove(&bench.path(name)));
    }
    assert!(left > 0, "no kill left anything to go on with");
}

/// Leaves a run unfinished that has written something down of an output, and gives what it said.
pub fn interrupted(bench: &Bench, command: &str, output: &str) -> String {
    let mut child = bench.command(command).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let journal = bench.path(&format!("{output}.partial.journal"));
    while fs::read_to_string(&journal).is_ok_and(|text| text.lines().count() < 3) || !journal.exists() {
        assert!(child.try_wait().unwrap().is_none(), "it was over before it could be interrupted");
        sleep(Duration::from_millis(1));
    }
    let sent = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    String::from_utf8(output.stderr).unwrap()
}

#[test]
#[cfg(unix)]
fn what_is_left_is_told_and_refused_where_it_does_not_fit() {
    let bench = bench(600);
    let command = format!("{PREDICT} many.pubtator --output out");
    let said = interrupted(&bench, &command, "out");
    let said = said.lines().last().unwrap();
    assert!(
        said.starts_with("interrupted: ")
            && said.ends_with(" documents are in out.partial; the same command with --resume goes on"),
        "{said}"
    );
    let (partial, journal) = (bench.read("out.partial"), bench.read("out.partial.journal"));
    bench.write("fewer.pubtator", "1|t|Ataxia 1.\n1|a|No sign of gout.\n\n");
    let command = command.replace(" --quiet", "");
    let predict = PREDICT.replace(" --quiet", "");
    let refusals = bench.refusals(&[
        &command,
        &format!("{command} --resume --max-length 64 --shift O=-2"),
        &format!("{command} --resume --to bioc-xml --replace"),
        &format!("{predict} fewer.pubtator --resume --output out"),
        &format!("{predict} many.pubtator --resume --output -"),
    ]);
    expect![[r#"
        $ welt predict --model run/model --batch-sub-words 32 --shift O=-3 many.pubtator --output out
        error: out.partial holds what an earlier run wrote of out: go on with it by adding --resume, or remove it to begin anew
        $ welt predict --model run/model --batch-sub-words 32 --shift O=-3 many.pubtator --output out --resume --max-length 64 --shift O=-2
        error: out.partial was made with another decoding, max length: go on with the same, remove it to begin anew, or name another file with --output
        $ welt predict --model run/model --batch-sub-words 32 --shift O=-3 many.pubtator --output out --resume --to bioc-xml --replace
        error: out.partial was made with another annotations, to: go on with the same, remove it to begin anew, or name another file with --output
        $ welt predict --model run/model --batch-sub-words 32 --shift O=-3 fewer.pubtator --resume --output out
        error: what is read is not what out.partial was made of, of which N were tagged: name the same files in the same order, or remove it to begin anew
        $ welt predict --model run/model --batch-sub-words 32 --shift O=-3 many.pubtator --resume --output -
        error: --resume goes on with a file, and standard output is none: name one with --output
    "#]].assert_eq(&without_counts(&refusals));
    assert_eq!((bench.read("out.partial"), bench.read("out.partial.journal")), (partial.clone(), journal.clone()));

    let not_kept = || serde_json::from_str::<Value>(&bench.read("report.json")).unwrap()["not_kept"].clone();
    bench.run(&format!("{PREDICT} many.pubtator --output whole --report report.json")).succeeded();
    let of_whole = not_kept();
    // Whatever a failure of power leaves of the two files, the rest is made again.
    for (kept, of_journal) in [(1.0, 1.0), (0.5, 1.0), (0.0, 1.0), (1.0, 0.7), (1.0, 0.02)] {
        let part = |text: &str, share: f64| text.as_bytes()[..(text.len() as f64 * share) as usize].to_vec();
        bench.write("out.partial", part(&partial, kept));
        let mark = journal.find('\n').unwrap() + 1;
        let lines = [&journal.as_bytes()[..mark], &part(&journal[mark..], of_journal)].concat();
        bench.write("out.partial.journal", lines);
        bench.run(&format!("{command} --resume --report report.json")).succeeded();
        assert!(fs::read(bench.path("out")).unwrap() == fs::read(bench.path("whole")).unwrap(), "{kept} {of_journal}");
        assert_eq!(not_kept(), of_whole, "{kept} {of_journal}");
    }
}

/// The files of documents that are whole stay, and nothing else of a folder does.
#[test]
#[cfg(unix)]
fn a_folder_that_is_left_is_gone_on_with_from_what_is_whole() {
    let bench = bench(600);
    let predict = format!("{} many.pubtator --to brat", PREDICT.replace(" --quiet", ""));
    let said = interrupted(&bench, &format!("{predict} --quiet --output out"), "out");
    let said = said.lines().last().unwrap();
    let expected = " documents are in out.partial; the same command with --resume goes on";
    assert!(said.starts_with("interrupted: ") && said.ends_with(expected), "{said}");
    let (left, journal) = (contents(&bench.path("out.partial")), bench.read("out.partial.journal"));
    let refusals = bench.refusals(&[
        &format!("{predict} --output out"),
        &format!("{predict} --output out --resume --window-context 5"),
        &format!("{} many.pubtator --to pubtator --output out", PREDICT.replace(" --quiet", "")),
    ]);
    expect![[r#"
        $ welt predict --model run/model --batch-sub-words 32 --shift O=-3 many.pubtator --to brat --output out
        error: out.partial holds what an earlier run wrote of out: go on with it by adding --resume, or remove it to begin anew
        $ welt predict --model run/model --batch-sub-words 32 --shift O=-3 many.pubtator --to brat --output out --resume --window-context 5
        error: out.partial was made with another window context: go on with the same, remove it to begin anew, or name another file with --output
        $ welt predict --model run/model --batch-sub-words 32 --shift O=-3 many.pubtator --to pubtator --output out
        error: out.partial exists already, and is no file that a run of welt left: move it away
    "#]].assert_eq(&refusals);
    assert!(contents(&bench.path("out.partial")) == left && bench.read("out.partial.journal") == journal);

    bench.run(&format!("{predict} --quiet --output whole")).succeeded();
    for (spoilt, of_journal) in [("", 1.0), ("1.ann", 1.0), ("3.txt", 1.0), ("", 0.4), ("2.ann", 0.4), ("", 0.01)] {
        fs::create_dir_all(bench.path("out.partial")).unwrap();
        left.iter().for_each(|(name, bytes)| fs::write(bench.path("out.partial").join(name), bytes).unwrap());
        bench.write("out.partial/another.txt", "of no document");
        if !spoilt.is_empty() {
            bench.write(&format!("out.partial/{spoilt}"), "spoilt");
        }
        bench.write("out.partial.journal", &journal.as_bytes()[..(journal.len() as f64 * of_journal) as usize]);
        bench.run(&format!("{predict} --quiet --output out --resume")).succeeded();
        assert!(contents(&bench.path("out")) == contents(&bench.path("whole")), "{spoilt} {of_journal}");
        assert!(!bench.names().iter().any(|name| name.contains("partial")), "{:?}", bench.names());
        fs::remove_dir_all(bench.path("out")).unwrap();
    }
}

/// Whatever a text holds, an entity is made of characters of the text that was read, in every format.
#[test]
fn entities_are_characters_of_what_was_read_in_every_format() {
    let bench = bench(1);
    let texts = [
        "No sign\tof 𝛽-thalassaemia 😀, cafe\u{301} gout\u{200b} or ataxia",
        "Gout\r\nand \u{a0}cystic fibrosis.\nA 𝛽 and\u{ad} an\u{feff} ataxia",
    ];
    let passages = texts.iter().scan(0, |offset, text| {
        let passage = Passage { kind: "title".to_owned(), offset: *offset, text: (*text).to_owned() };
        *offset = passage.range().end + 1;
        Some(passage)
    });
    let document = Document { id: "1".to_owned(), passages: passages.collect(), mentions: Vec::new(), sentences: None };
    let mut odd = Vec::new();
    let mut writer = formats::writer(Format::JsonLines, &mut odd).unwrap();
    writer.write(&document).unwrap();
    writer.finish().unwrap();
    bench.write("odd.jsonl", odd);
    let article =
        "<AbstractText>A 𝛽-thalassaemia &amp; cafe\u{301} <i>gout</i>\r\n\tor an\u{200b} ataxia</AbstractText>";
    let pubmed = format!(
        "<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>1</PMID><Article><ArticleTitle>😀 gout</ArticleTitle><Abstract>{article}</Abstract>\
         </Article></MedlineCitation></PubmedArticle></PubmedArticleSet>"
    );
    bench.write("odd-pubmed", pubmed);
    let mut checked = 0;
    for format in Format::ALL.into_iter().filter(|format| format.can_be_written() || *format == Format::Pubmed) {
        let (name, input) = (format.name(), format!("odd-{}", format.name()));
        if format.can_be_written() {
            let to = format!("convert odd.jsonl --to {name} --allow all --output {input} --quiet");
            bench.run(&to).succeeded();
        }
        let predict = format!("{PREDICT} --from {name} {input} --to entities --output entities");
        bench.run(&predict).succeeded();
        let read: Vec<Document> =
            formats::open(&bench.path(&input), format).unwrap().collect::<Result<_, _>>().unwrap();
        for line in bench.read("entities").lines() {
            let entity: Value = serde_json::from_str(line).unwrap();
            let number = |name: &str| usize::try_from(entity[name].as_u64().unwrap()).unwrap();
            let of = |document: &&Document| entity["document"] == document.id.as_str();
            let slice = read.iter().find(of).unwrap().slice(&(number("start")..number("end")));
            assert_eq!(slice, entity["text"].as_str(), "{name}: {line}");
            checked += 1;
        }
    }
    assert!(checked > 60, "{checked}");
}

/// Flags that would overwrite what is read, or that are for something else than is asked for, are told before anything is done.
#[test]
fn flags_that_do_not_go_together_are_refused() {
    let bench = bench(2);
    bench.run("convert many.pubtator --to brat --allow all --output brat --quiet").succeeded();
    let refusals = bench.refusals(&[
        "predict --model run/model many.pubtator --output many.pubtator",
        "predict --model run/model test.tsv --output ./test.tsv",
        "predict --model run/model many.pubtator --output out --report many.pubtator",
        "predict --model run/model many.pubtator --output out --report out",
        "predict --model run/model many.pubtator --output out --report account --trace account",
        "predict --model run/model many.pubtator --output run/model",
        "predict --model run/model many.pubtator --output run/model/config.json",
        "predict --model run/model brat --output brat/tagged --to brat",
        "predict --model run/model many.pubtator --format json",
        "predict --model run/model many.pubtator --word-column 2",
        "predict --model run/model many.pubtator --word-column 2 --output new/",
        "predict --model run/model --from text many.pubtator --word-column 2",
        "predict --model run/model test.tsv --replace",
        "predict --model run/model test.tsv --to entities",
        "predict --model run/model many.pubtator --sbatch time=1 --output new/",
        "predict --model run/model many.pubtator --jobs 3",
        "predict --model run/model many.pubtator --retries 3",
        "predict --model run/model many.pubtator --files-per-task 3",
        "serve --model run/model --token-file nothing",
    ]);
    expect![[r#"
        $ welt predict --model run/model many.pubtator --output many.pubtator
        error: --output is many.pubtator, which is read: name another path
        $ welt predict --model run/model test.tsv --output ./test.tsv
        error: --output is ./test.tsv, which is read: name another path
        $ welt predict --model run/model many.pubtator --output out --report many.pubtator
        error: --report is many.pubtator, which is read: name another path
        $ welt predict --model run/model many.pubtator --output out --report out
        error: --output and --report are both out: name two paths
        $ welt predict --model run/model many.pubtator --output out --report account --trace account
        error: --report and --trace are both account: name two paths
        $ welt predict --model run/model many.pubtator --output run/model
        error: --output is run/model, which is of the model: name another path
        $ welt predict --model run/model many.pubtator --output run/model/config.json
        error: --output is run/model/config.json, which is of the model: name another path
        $ welt predict --model run/model brat --output brat/tagged --to brat
        error: --output is brat/tagged, in brat, which is read: name a path elsewhere
        $ welt predict --model run/model many.pubtator --format json
        error: --format is for sentences, and documents are read: leave it out, or name --from conll or --from text
        $ welt predict --model run/model many.pubtator --word-column 2
        error: --word-column is for sentences, and documents are read: leave it out, or name --from conll or --from text
        $ welt predict --model run/model many.pubtator --word-column 2 --output new/
        error: --word-column is for sentences, and documents are read: leave it out, or name --from conll or --from text
        $ welt predict --model run/model --from text many.pubtator --word-column 2
        error: --word-column is for words on lines, and --from text reads a sentence a line: leave one out
        $ welt predict --model run/model test.tsv --replace
        error: --replace takes annotations out of documents, and test.tsv holds sentences, of which only the words are read: leave it out, or name --from
        $ welt predict --model run/model test.tsv --to entities
        error: --to says what becomes of documents, and test.tsv holds sentences: leave it out, or name --from
        $ welt predict --model run/model many.pubtator --sbatch time=1 --output new/
        error: --sbatch is for the jobs of Slurm: add --launcher slurm, or leave it out
        $ welt predict --model run/model many.pubtator --jobs 3
        error: --jobs is for the jobs of Slurm: add --launcher slurm, or leave it out
        $ welt predict --model run/model many.pubtator --retries 3
        error: --retries is for the jobs of Slurm: add --launcher slurm, or leave it out
        $ welt predict --model run/model many.pubtator --files-per-task 3
        error: --files-per-task is for the jobs of Slurm: add --launcher slurm, or leave it out
        $ welt serve --model run/model --token-file nothing
        error: --token-file nothing: expected a file with the token, as one word of ASCII: No such file or directory (os error 2)
    "#]].assert_eq(&refusals);
}

#[test]
fn markup_that_is_read_as_text_is_told() {
    let bench = bench(2);
    let said = bench.run("predict --model run/model --from text many.pubtator --output tags.tsv").err;
    assert!(
        said.contains("warning: many.pubtator looks like pubtator, and is read as plain-text, as was asked for"),
        "{said}"
    );
}

#[cfg(unix)]
#[test]
fn a_pipe_that_takes_a_report_stays_a_pipe() {
    let bench = bench(2);
    let line = "mkfifo account; cat account > read & \"$WELT\" predict --model run/model many.pubtator --output out \
                --report account --quiet && wait && test -p account";
    assert_eq!(finish(&mut bench.shell(line)).code, Some(0));
    assert!(bench.read("read").contains("\"documents\": 2"));
}

/// How many were tagged depends on the moment.
fn without_counts(text: &str) -> String {
    let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
    for index in 2..words.len() {
        if words[index - 1] == "which" && words[index - 2] == "of" {
            "N".clone_into(&mut words[index]);
        }
    }
    words.join(" ")
}

#[test]
fn reports_account_for_what_was_read_and_found() {
    let bench = bench(40);
    bench
        .run(&format!("{PREDICT} many.pubtator --to entities --output out --report report.json --trace trace.json"))
        .succeeded();
    let report: Value = serde_json::from_str(&bench.read("report.json")).unwrap();
    let lines = bench.read("out").lines().count();
    assert_eq!(report["documents"], 40);
    assert_eq!((report["entities"].as_u64(), report["runs"].as_u64()), (Some(lines as u64), Some(1)));
    let types: u64 =
        report["entities_by_type"].as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum();
    assert_eq!(types, lines as u64);
    assert_eq!(
        (report["sha256"].as_str().unwrap().len(), report["bytes"].as_u64()),
        (64, Some(bench.read("out").len() as u64))
    );
    assert_eq!((&report["settings"]["to"], &report["settings"]["batch_sub_words"]), (&"entities".into(), &32.into()));
    let trace: Value = serde_json::from_str(&bench.read("trace.json")).unwrap();
    let events = trace["traceEvents"].as_array().unwrap();
    let of = |stage: &str| events.iter().filter(|event| event["cat"] == stage).count();
    assert!(of("Infer") > 1);
    for stage in ["Read", "LayOut", "Decode", "Write"] {
        assert_eq!(of(stage), of("Infer"), "{stage}");
    }
    let said = bench.run(&format!("{} many.pubtator --output out", PREDICT.replace(" --quiet", ""))).err;
    let last = said.lines().last().unwrap();
    assert!(last.contains("40 documents, ") && last.ends_with(" documents a second"), "{last}");
}

/// A folder gets a file for each input; what is whole is passed over, what is wrong is told, and the parts of several processes make one whole.
#[test]
fn many_files_go_into_a_folder() {
    let bench = bench(30);
    let one = bench.read("many.pubtator");
    for name in ["a.pubtator", "b.pubtator", "c.pubtator"] {
        bench.write(name, one.replace("Ataxia", &format!("Ataxia {name}")));
    }
    bench.write("bad.pubtator", "1|t|Title.\n1|a|Te\0xt.\n\n");
    let predict = format!("{} --to entities", PREDICT.replace(" --quiet", ""));
    let first = bench.run(&format!("{predict} a.pubtator bad.pubtator b.pubtator --output tagged/"));
    assert_eq!(first.code, Some(3), "{}", first.err);
    assert!(first.err.contains("error: bad.pubtator:2:"), "{}", first.err);
    assert!(first.err.contains("2 of 3 files are whole: 60 documents, "), "{}", first.err);
    assert_eq!(bench.read("tagged/manifest.tsv").lines().count(), 3);

    let all = "a.pubtator b.pubtator c.pubtator --output tagged/";
    let again = bench.run(&format!("{predict} {all}"));
    assert_eq!(again.code, Some(0), "{}", again.err);
    assert!(
        again.err.contains("tagged/a.jsonl is whole") && again.err.contains("c.pubtator becomes tagged/c.jsonl"),
        "{}",
        again.err
    );
    for shard in ["2/2", "1/2"] {
        bench.run(&format!("{predict} {} --shard {shard} --quiet", all.replace("tagged", "parts"))).succeeded();
    }
    bench.run(&format!("{predict} c.pubtator --output alone.jsonl")).succeeded();
    assert_eq!(bench.read("parts/c.jsonl"), bench.read("alone.jsonl"));
    assert_eq!(bench.read("parts/SHA256SUMS"), bench.read("tagged/SHA256SUMS"));
    for sum in bench.read("tagged/SHA256SUMS").lines() {
        let (digest, name) = sum.split_once("  ").unwrap();
        assert_eq!(welt_files::sha256(&bench.path("tagged").join(name)).unwrap(), digest);
    }

    bench.write("tagged/extra.xml", "");
    fs::create_dir(bench.path("other")).unwrap();
    fs::copy(bench.path("a.pubtator"), bench.path("other/a.pubtator")).unwrap();
    let refusals = bench.refusals(&[
        &format!("{predict} {all} --max-length 60"),
        &format!("{predict} a.pubtator other/a.pubtator --output new/"),
        &format!("{predict} a.pubtator --shard 1/2 --output -"),
        &format!("{predict} - --shard 1/2 --output new"),
        &format!("{} a.pubtator --to pubtator --output .", PREDICT.replace(" --quiet", "")),
        &format!("{} test.tsv --output tagged", PREDICT.replace(" --quiet", "")),
        &format!("{} a.pubtator --to brat --shard 1/2 --output new", PREDICT.replace(" --quiet", "")),
        &format!("{predict} - --launcher slurm --output new"),
    ]);
    expect![[r#"
        $ welt predict --model run/model --batch-sub-words 32 --shift O=-3 --to entities a.pubtator b.pubtator c.pubtator --output tagged/ --max-length 60
        error: tagged/a.jsonl was made with another max length: name another folder with --output, or remove the file
        $ welt predict --model run/model --batch-sub-words 32 --shift O=-3 --to entities a.pubtator other/a.pubtator --output new/
        error: a.pubtator and other/a.pubtator would both become new/a.jsonl: tag them into two folders
        $ welt predict --model run/model --batch-sub-words 32 --shift O=-3 --to entities a.pubtator --shard 1/2 --output -
        error: --output is standard output, and each file gets an output of its own: name a folder
        $ welt predict --model run/model --batch-sub-words 32 --shift O=-3 --to entities - --shard 1/2 --output new
        error: -: expected a file whose name can be that of its output: name a file with --output
        $ welt predict --model run/model --batch-sub-words 32 --shift O=-3 a.pubtator --to pubtator --output .
        error: a.pubtator would become ./a.pubtator, which is read: name another folder with --output
        $ welt predict --model run/model --batch-sub-words 32 --shift O=-3 test.tsv --output tagged
        error: test.tsv: holds sentences, and a folder takes documents: name a file with --output
        $ welt predict --model run/model --batch-sub-words 32 --shift O=-3 a.pubtator --to brat --shard 1/2 --output new
        error: brat is a folder of files for each of the files: name another format with --to
        $ welt predict --model run/model --batch-sub-words 32 --shift O=-3 --to entities - --launcher slurm --output new
        error: -: a job cannot read this standard input: name files that all nodes see
    "#]].assert_eq(&refusals);
}

/// Sentences are counted as what they are, and a word that cannot be seen is told of once.
#[test]
fn sentences_are_accounted_for_as_sentences() {
    let bench = bench(1);
    bench.write("some.tsv", "Ataxia\n\u{1}\n\nGout\n\n");
    let predict = format!("{} --output out --report report.json", PREDICT.replace(" --quiet", ""));
    let said = bench.run(&format!("{predict} some.tsv")).err;
    assert_eq!(said.matches("no sub-word").count(), 1, "{said}");
    let last = said.lines().last().unwrap();
    assert!(last.contains("2 sentences, 3 words, ") && last.ends_with(" sentences a second"), "{last}");
    assert!(!last.contains("document"), "{last}");
    assert!(bench.read("report.json").contains("device_idle_seconds"));
    bench.write("more.txt", "No sign of gout.\n".repeat(500));
    bench.run(&format!("{predict} --from text more.txt --trace trace.json")).succeeded();
    let trace: Value = serde_json::from_str(&bench.read("trace.json")).unwrap();
    let of =
        |stage: &str| trace["traceEvents"].as_array().unwrap().iter().filter(|event| event["cat"] == stage).count();
    assert!(of("Infer") > 3 && of("Read") == of("Infer") && of("Write") == of("Infer"));
}

#[test]
fn documents_are_shown_in_colours_where_these_are_wanted() {
    let bench = Bench::new();
    bench.write(
        "some.pubtator",
        "7|t|Ataxia.\n7|a|No \u{1b}[2Kgout.\n7\t0\t6\tAtaxia\tDisease\n\n8|t|Flu.\n8|a|Gone.\n\n",
    );
    let plain = bench.run("show some.pubtator").succeeded();
    expect![[r#"
        7
        title [Ataxia|Disease].
        abstract No \u{1b}[2Kgout.
        Disease 1

        8
        title Flu.
        abstract Gone.
        no mentions

    "#]]
    .assert_eq(&plain);
    let coloured = bench.run("show some.pubtator --color always --id 7").succeeded();
    expect![[r#"
        ESC[1m7ESC[0m
        ESC[2mtitleESC[0m ESC[1mESC[36mAtaxiaESC[0m.
        ESC[2mabstractESC[0m No \u{1b}[2Kgout.
        ESC[1mESC[36mDiseaseESC[0m 1

    "#]]
    .assert_eq(&coloured.replace('\u{1b}', "ESC"));
    let mut command = bench.command("show some.pubtator --limit 1");
    let forced = crate::folder::finish(command.env("NO_COLOR", "1").env("CLICOLOR_FORCE", "1"));
    assert!(plain.starts_with(&forced.succeeded()));
}
