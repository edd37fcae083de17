//! The way from a corpus to a model to tags, and that it is the same way every time.

use std::fs;
use std::io::Write;
use std::process::Stdio;

use expect_test::expect;
use serde_json::Value;

use crate::folder::{Bench, Ran, TRAIN, finish};

/// The files of a run that must not differ from those of its twin.
const RESULTS: [&str; 4] =
    ["predictions/dev.tsv", "predictions/test.tsv", "model/model.safetensors", "model/config.json"];

#[track_caller]
fn check_twins(bench: &Bench, one: &str, other: &str) {
    for name in RESULTS {
        let read = |run: &str| fs::read(bench.path(run).join(name)).unwrap();
        assert!(read(one) == read(other), "{name} differs between {one} and {other}");
    }
}

/// One column of a file, with empty strings between sentences.
fn column(text: &str, index: usize) -> Vec<&str> {
    text.lines().map(|line| line.split('\t').nth(index).unwrap_or_default()).collect()
}

/// Runs the program with `text` on its standard input.
fn feed(bench: &Bench, arguments: &str, text: &str) -> Ran {
    let mut command = bench.command(arguments);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

#[test]
fn a_run_holds_what_it_says_and_its_scores_and_model_can_be_had_again() {
    let bench = Bench::new();
    let trained = bench.run(&format!("{TRAIN} --output deep/run"));
    assert!(trained.err.lines().all(|line| line.starts_with("info: ")), "{}", trained.err);
    let report = trained.succeeded();
    assert_eq!(bench.run("evaluate deep/run/predictions/test.tsv --digits 4").succeeded(), report);

    let record: Value = serde_json::from_str(&bench.read("deep/run/record.json")).unwrap();
    let scores = bench.run("evaluate deep/run/predictions/test.tsv --format json").succeeded();
    let scores: Value = serde_json::from_str(&scores).unwrap();
    assert_eq!(record["scores"]["test"]["default"], scores["seqeval"]["micro"]);
    for line in bench.read("deep/run/metrics.jsonl").lines() {
        assert!(serde_json::from_str::<Value>(line).unwrap()["kind"].is_string());
    }

    let written = bench.read("deep/run/predictions/test.tsv");
    let tagged = bench.run("predict --model deep/run/model test.tsv --quiet").succeeded();
    assert_eq!(column(&tagged, 0), column(&written, 0));
    assert_eq!(column(&tagged, 1), column(&written, 2));
    assert_eq!(bench.run("predict --model deep/run/model test.tsv --output tags.tsv").succeeded(), "");
    assert_eq!(bench.read("tags.tsv"), tagged);
    assert_eq!(feed(&bench, "predict --model deep/run/model -", &bench.read("test.tsv")).succeeded(), tagged);
}

#[test]
fn the_same_seed_gives_the_same_bits() {
    let bench = Bench::new();
    let train = |output: &str, threads: &str| {
        let mut command = bench.command(&format!("{TRAIN} --seed 7 --quiet --output {output}"));
        let ran = finish(command.env("RAYON_NUM_THREADS", threads));
        assert!(ran.err.lines().all(|line| line.contains("the model never predicts B-Disease")), "{}", ran.err);
        ran.succeeded()
    };
    train("one", "1");
    train("two", "2");
    train("two-again", "2");
    check_twins(&bench, "one", "two");
    check_twins(&bench, "two", "two-again");
    bench.run("train --config one/config.json --output from-config").succeeded();
    check_twins(&bench, "one", "from-config");
    assert_eq!(bench.read("one/config.json"), bench.read("from-config/config.json"));
    bench.run("train --config one/config.json --output other --seed 8").succeeded();
    assert_ne!(bench.read("one/predictions/test.tsv"), bench.read("other/predictions/test.tsv"));
}

#[test]
fn no_model_is_written_where_none_is_wanted() {
    let bench = Bench::new();
    bench
        .run("train --train train.tsv --model encoder --from-scratch --epochs 1 --no-save-model --output run")
        .succeeded();
    assert!(!bench.path("run/model").exists() && !bench.path("run/predictions").exists());
}

/// A trained model that finds something in any text.
fn eager() -> Bench {
    eager_for("B-Disease")
}

/// The same for another tag.
fn eager_for(every: &str) -> Bench {
    let bench = Bench::new();
    let tagged: String = bench
        .read("train.tsv")
        .lines()
        .map(|line| match line.split_once('\t') {
            Some((word, tag)) if tag == "O" && word.len() < 3 => format!("{word}\tO\n"),
            Some((word, _)) => format!("{word}\t{every}\n"),
            None => "\n".to_owned(),
        })
        .collect();
    bench.write("eager.tsv", tagged);
    let train = "train --train eager.tsv --model encoder --from-scratch --epochs 4 --learning-rate 1e-3 --output run";
    bench.run(train).succeeded();
    bench
}

#[test]
fn offsets_count_characters_of_the_sentence() {
    let bench = eager();
    let long = "familial β-thalassaemia , type II ".repeat(60);
    let sentences = ["Naïve patients – with Ménière’s disease (5 µg/ml).", "  β-thalassaemia\tmajor 😀 again", &long];
    let text = format!("\u{feff}{}\r\n\n{}\n{}", sentences[0], sentences[1], sentences[2]);
    let out = feed(&bench, "predict --model run/model --input text - --format json --quiet", &text).succeeded();
    let objects: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(objects.len(), 3);
    for (object, sentence) in objects.iter().zip(sentences) {
        assert_eq!(object["text"], sentence);
        let characters: Vec<char> = sentence.chars().collect();
        let entities = object["entities"].as_array().unwrap();
        assert!(!entities.is_empty(), "nothing was found in {sentence}");
        let mut before = 0;
        for entity in entities {
            let offset = |name: &str| usize::try_from(entity[name].as_u64().unwrap()).unwrap();
            let found: String = characters[offset("start")..offset("end")].iter().collect();
            assert_eq!(entity["text"], found.as_str());
            assert!(before <= offset("start") && found.trim() == found && !found.is_empty());
            before = offset("end");
        }
    }
    // The last words of a sentence that is longer than the model can read are tagged too.
    let last = objects[2]["entities"].as_array().unwrap().last().unwrap();
    assert!(last["end"].as_u64().unwrap() > 1900, "{last}");
}

#[test]
fn documents_get_entities_by_their_characters() {
    let bench = eager();
    let texts = ["Naïve patients – with Ménière’s disease.", "😀 β-thalassaemia\u{200b}s, familial 𝛽."];
    let corpus = format!("1|t|{}\n1|a|{}\n1\t0\t5\tNaïve\tOld\n\n", texts[0], texts[1]);
    bench.write("corpus.PubTator", &corpus);
    let text: Vec<char> = format!("{} {}", texts[0], texts[1]).chars().collect();
    let lines = bench.run("predict --model run/model corpus.PubTator --to entities --quiet").succeeded();
    let entities: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(entities.len() > 1, "{lines}");
    for entity in &entities {
        let offset = |name: &str| usize::try_from(entity[name].as_u64().unwrap()).unwrap();
        let found: String = text[offset("start")..offset("end")].iter().collect();
        assert_eq!(entity["text"], found.as_str());
        assert!(entity["score"].as_f64().is_some_and(|score| score > 0.0 && score <= 1.0), "{entity}");
        assert_eq!((&entity["document"], &entity["model"]), (&"1".into(), &"run/model".into()));
    }
    // In the format that was read, beside what was there or in its place.
    let kept = bench.run("predict --model run/model corpus.PubTator --quiet").succeeded();
    assert!(kept.starts_with(corpus.trim_end()), "{kept}");
    let rows = |tagged: &str| tagged.lines().filter(|line| line.contains('\t')).count();
    assert_eq!(rows(&kept), entities.len() + 1);
    bench.run("predict --model run/model corpus.PubTator --replace --output new.PubTator --quiet").succeeded();
    assert_eq!(rows(&bench.read("new.PubTator")), entities.len());
    // No entity where O is wanted at any price.
    let none = bench.run("predict --model run/model corpus.PubTator --to entities --shift O=1e9 --constrained --quiet");
    assert_eq!(none.succeeded(), "");
    let refused = bench.run("predict --model run/model corpus.PubTator --shift X=1 --quiet");
    assert!(refused.refused().starts_with("error: --shift: the label `X`"), "{}", refused.err);
}

#[test]
fn every_word_gets_a_tag() {
    let bench = eager();
    let mut words: Vec<String> = (0..400).map(|index| format!("familial{index}")).collect();
    words[7] = "\u{200b}".to_owned();
    words[9] = "Ménière".to_owned();
    let endless = "x".repeat(5000);
    words[11].clone_from(&endless);
    let input = words.iter().map(|word| format!("{word}\n")).collect::<String>() + "\n\u{200b}\n\n";
    let out = feed(&bench, "predict --model run/model - --quiet", &input).succeeded();
    let mut expected: Vec<&str> = words.iter().map(String::as_str).collect();
    expected.extend(["", "\u{200b}", ""]);
    assert_eq!(column(&out, 0), expected);
    let tags = column(&out, 1);
    assert_eq!((tags[7], tags[401]), ("O", "O"));
    assert!(tags.iter().zip(&expected).all(|(tag, word)| tag.is_empty() == word.is_empty()));
    let object = feed(&bench, "predict --model run/model - --format json", &input).succeeded();
    let first: Value = serde_json::from_str(object.lines().next().unwrap()).unwrap();
    assert_eq!(first["text"], words.join(" "));
}

/// Words that give no sub-word cut no entity, and train, predict and check count the same ones.
#[test]
fn words_that_the_encoder_does_not_see_cut_no_entity() {
    let bench = eager_for("I-Disease");
    let seen: Vec<String> = (0..40).map(|index| format!("familial{index}")).collect();
    let tags = |words: &[String]| {
        let input = words.iter().map(|word| format!("{word}\n")).collect::<String>();
        let tagged = feed(&bench, "predict --model run/model -", &input);
        let tags = column(&tagged.out, 1).into_iter().filter(|tag| !tag.is_empty());
        (tags.map(str::to_owned).collect::<Vec<String>>(), tagged.err)
    };
    let (whole, said) = tags(&seen);
    assert!(!said.contains("sub-word"), "{said}");
    let with: Vec<String> = seen.iter().flat_map(|word| [word.clone(), "\u{ad}\u{200b}".to_owned()]).collect();
    let (cut, said) = tags(&with);
    let told = "warning: -: 40 words give no sub-word (the first is U+00AD U+200B): ";
    assert!(said.contains(told), "{said}");
    assert_eq!(cut.iter().step_by(2).collect::<Vec<_>>(), whole.iter().collect::<Vec<_>>());
    let within = whole.windows(2).map(|pair| if pair[1].starts_with("I-") && pair[0] != "O" { &pair[1] } else { "O" });
    assert_eq!(cut[1..79].iter().step_by(2).collect::<Vec<_>>(), within.collect::<Vec<_>>());
    assert!(cut.iter().skip(1).step_by(2).any(|tag| tag.starts_with("I-")), "{cut:?}");

    let file: String = with.iter().map(|word| format!("{word}\tO\n")).collect();
    bench.write("unseen.tsv", format!("renal\tB-Disease\n\n{file}"));
    let checked = bench.run("check unseen.tsv --only unseen-word --limit 1").out;
    assert!(checked.contains("found: 40") || checked.contains("40 warnings"), "{checked}");
    let trained = bench.run(&format!("{TRAIN} --output other").replace("test.tsv", "unseen.tsv")).err;
    assert!(trained.contains("warning: test: 40 words give no sub-word (the first is U+00AD U+200B): "), "{trained}");

    // In a text such characters are within words, or words of their own that go on.
    bench.write("text.txt", "familial1\u{200b} fami\u{ad}lial2 familial3\u{200b}\n");
    let objects = bench.run("predict --model run/model --from text text.txt --format json");
    assert!(objects.err.contains("text.txt: 2 words give no sub-word (the first is U+200B): "), "{}", objects.err);
}

/// A tag that training never saw, and a word that begins with a zero-width mark, cost a miss each and not the run.
#[test]
fn a_test_file_may_hold_what_training_never_saw() {
    let bench = Bench::new();
    bench.write("odd.tsv", "the\tO\n\u{feff}BRCA1\tB-Gene\ngene\tO\n");
    let arguments = format!("{TRAIN} --output run").replace("test.tsv", "odd.tsv");
    let trained = bench.run(&arguments);
    assert!(trained.err.contains("warning: test: B-Gene not seen in training"), "{}", trained.err);
    let report = trained.succeeded();
    assert!(report.lines().any(|line| line.trim().starts_with("Gene") && line.ends_with(" 1")), "{report}");
    assert_eq!(column(&bench.read("run/predictions/test.tsv"), 1), ["O", "B-Gene", "O", ""]);
}

/// A second run with the same output directory must not touch the first one's files.
#[test]
fn a_run_under_way_keeps_its_directory() {
    let bench = Bench::new();
    fs::create_dir(bench.path("run.partial")).unwrap();
    bench.write("run.partial/welt-unfinished.txt", "");
    let held = fs::File::create(bench.path(".run.partial.welt-lock")).unwrap();
    held.lock().unwrap();
    let refused = bench.run(&format!("{TRAIN} --output run --quiet"));
    assert_eq!(refused.code, Some(1));
    assert!(refused.err.contains("another run is writing run.partial"), "{}", refused.err);
    assert!(bench.path("run.partial/welt-unfinished.txt").is_file());
    drop(held);
    bench.run(&format!("{TRAIN} --output run --quiet")).succeeded();
    assert_eq!(bench.names(), ["dev.tsv", "encoder", "run", "test.tsv", "train.tsv"]);
}

#[test]
fn documents_of_the_test_split_stay_documents_in_its_predictions() {
    let bench = Bench::new();
    let sentences = bench.read("test.tsv");
    let (one, other) = sentences.split_at(sentences.match_indices("\n\n").nth(3).unwrap().0 + 2);
    bench.write("test.tsv", format!("-DOCSTART-\tO\n\n{one}-DOCSTART-\tO\n\n{other}"));
    bench.run(&format!("{TRAIN} --output run --no-save-model --quiet")).succeeded();
    let predictions = bench.read("run/predictions/test.tsv");
    let starts: Vec<usize> = predictions.match_indices("-DOCSTART-").map(|(at, _)| at).collect();
    let before_the_second = predictions[..starts[1]].lines().filter(|line| line.split('\t').count() == 3).count();
    assert_eq!(starts.len(), 2);
    assert_eq!(before_the_second, one.lines().filter(|line| !line.is_empty()).count());
    let compared = "compare one=run/predictions/test.tsv two=run/predictions/test.tsv --unit document";
    assert!(bench.run(compared).succeeded().contains("documents"));
}

#[test]
fn products_can_be_computed_in_other_numbers() {
    let bench = Bench::new();
    for precision in ["bf16", "f16"] {
        bench.run(&format!("{TRAIN} --precision {precision} --output {precision} --quiet")).succeeded();
        let config: Value = serde_json::from_str(&bench.read(&format!("{precision}/config.json"))).unwrap();
        assert_eq!(config["training"]["precision"], precision);
        let tagged = bench.run(&format!("predict --model {precision}/model test.tsv --precision {precision} --quiet"));
        assert_eq!(column(&tagged.succeeded(), 0), column(&bench.read("test.tsv"), 0));
    }
    let of_bytes = bench.run("predict --model bf16/model test.tsv --precision int8 --quiet");
    assert_eq!(column(&of_bytes.succeeded(), 0), column(&bench.read("test.tsv"), 0));
    let refused = bench.run(&format!("{TRAIN} --precision int8 --output int8"));
    assert_eq!(refused.code, Some(1));
    assert!(refused.err.contains("gradients are finer than the steps of bytes"), "{}", refused.err);
    let refused = bench.run("predict --model bf16/model test.tsv --precision f8");
    assert_eq!(refused.code, Some(2));
    assert!(refused.err.contains("`f8`: expected f32, bf16, f16 or int8"), "{}", refused.err);
}

#[test]
fn a_loss_named_alone_has_no_class_weights() {
    let bench = Bench::new();
    let mut methods = Vec::new();
    for (run, flags) in [
        ("focal", "--focal-gamma 2"),
        ("named", "--method focal-2"),
        ("both", "--focal-gamma 2 --weights welt"),
        ("plain", ""),
    ] {
        bench.run(&format!("{TRAIN} {flags} --output {run} --quiet")).succeeded();
        let record: Value = serde_json::from_str(&bench.read(&format!("{run}/record.json"))).unwrap();
        let is_even = record["class_weights"].as_array().unwrap().iter().all(|weight| *weight == 1.0);
        methods.push(format!("{} {is_even}", record["config"]["method"].as_str().unwrap()));
    }
    assert_eq!(methods, ["focal-2 true", "focal-2 true", "welt+focal-2 false", "welt false"]);
    check_twins(&bench, "focal", "named");
    // The method of a file is changed in the part that a flag names.
    bench.run("train --config both/config.json --weights ins --output changed --quiet").succeeded();
    let config: Value = serde_json::from_str(&bench.read("changed/config.json")).unwrap();
    assert_eq!(config["method"], "ins+focal-2");
}

#[test]
fn a_dry_run_says_what_there_is_and_writes_nothing() {
    let bench = Bench::new();
    let before = bench.names();
    let said = bench.run(&format!("{TRAIN} --dry-run --quiet")).succeeded();
    assert!(said.contains("train: 24 sentences, ") && said.contains("test: 8 sentences, "), "{said}");
    assert!(said.ends_with("nothing was trained or written (--dry-run)\n"), "{said}");
    for costs in ["3 steps over 708 sub-words", "disk: 574 kB for the model", "memory: 2 MB for parameters"] {
        assert!(said.contains(costs), "{said}");
    }
    let measured = bench.run(&format!("{TRAIN} --dry-run")).succeeded();
    assert!(measured.contains(" at most in the first 3 steps\n") && measured.contains("time: about "), "{measured}");
    assert_eq!(bench.run(&format!("{TRAIN} --dry-run --output run --quiet")).succeeded(), said);
    assert_eq!(bench.names(), before);
    bench.write("encoder/vocab.txt", "");
    assert!(bench.run(&format!("{TRAIN} --dry-run --quiet")).refused().starts_with("error: "));
}

#[test]
fn documents_of_several_files_stay_apart() {
    let bench = Bench::new();
    let sentences = bench.read("test.tsv");
    bench.write("one.tsv", format!("-DOCSTART-\tO\n\n{sentences}"));
    bench.write("two.tsv", format!("-DOCSTART-\tO\n\n{}", bench.read("dev.tsv")));
    let marks = |test: &str, run: &str| {
        bench.run(&format!("{} {test} --output {run} --quiet", TRAIN.replace("--test test.tsv", ""))).succeeded();
        bench.read(&format!("{run}/predictions/test.tsv")).matches("-DOCSTART-").count()
    };
    assert_eq!(marks("--test one.tsv --test two.tsv", "both"), 2);
    assert_eq!(marks("--test one.tsv --test test.tsv", "mixed"), 2);
    assert_eq!(marks("--test test.tsv --test dev.tsv", "none"), 0);
}

#[test]
fn documents_in_two_splits_are_told() {
    let bench = Bench::new();
    let again = bench.run(&TRAIN.replace("test.tsv", "dev.tsv").replace("train --train", "train --output run --train"));
    assert!(again.err.contains("warning: dev and test share "), "{}", again.err);
}

#[test]
fn the_version_says_what_computes() {
    let said = Bench::new().run("--version").succeeded();
    let (_, computes) = said.split_once(" (computes ").unwrap();
    assert!(computes[..12].bytes().all(|byte| byte.is_ascii_hexdigit()) && computes.contains("; cpu"), "{said}");
}

/// Puts one number in the place of all weights of a tensor of a model.
fn fill(bench: &Bench, model: &str, tensor: &str, number: f32) {
    let path = format!("{model}/model.safetensors");
    let mut bytes = fs::read(bench.path(&path)).unwrap();
    let header = 8 + usize::try_from(u64::from_le_bytes(bytes[..8].try_into().unwrap())).unwrap();
    let tensors: Value = serde_json::from_slice(&bytes[8..header]).unwrap();
    let edge =
        |index: usize| header + usize::try_from(tensors[tensor]["data_offsets"][index].as_u64().unwrap()).unwrap();
    let (start, end) = (edge(0), edge(1));
    bytes[start..end].chunks_exact_mut(4).for_each(|four| four.copy_from_slice(&number.to_le_bytes()));
    bench.write(&path, bytes);
}

/// Scores that are no numbers are no labels: the word is named, and what may help.
#[test]
fn a_model_that_overflows_tags_nothing() {
    let bench = Bench::with_run();
    bench.copy("run/model", "large");
    bench.copy("run/model", "half");
    // Numbers that single precision holds; a product of them it does not hold, or half precision alone does not.
    for (model, weight) in [("large", 3e38), ("half", 100.0)] {
        fill(&bench, model, "bert.encoder.layer.0.intermediate.dense.bias", 6e4);
        fill(&bench, model, "bert.encoder.layer.0.output.dense.weight", weight);
    }
    bench.write("two.tsv", "\nthe\nword\n");
    bench.write("two.txt", "the word\n");
    bench.write("two.pubtator", "1|t|𝛽 the word\n1|a|\n\n");
    let refusals = bench.refusals(&[
        "predict --model large two.tsv",
        "predict --model large --from text two.txt --output tags.tsv",
        "predict --model half two.tsv --precision f16",
        "predict --model large two.pubtator --output tagged.pubtator",
    ]);
    expect![[r#"
        $ welt predict --model large two.tsv
        error: two.tsv:2:1: no label for the word `the`: word 0 of sentence 0 (both from 0) has the label score NaN: the model overflows when it is computed in f32; its weights are too large to be used, as after training at too high a learning rate
        $ welt predict --model large --from text two.txt --output tags.tsv
        error: two.txt:1:1: no label for the word `the`: word 0 of sentence 0 (both from 0) has the label score NaN: the model overflows when it is computed in f32; its weights are too large to be used, as after training at too high a learning rate
        $ welt predict --model half two.tsv --precision f16
        error: two.tsv:2:1: no label for the word `the`: word 0 of sentence 0 (both from 0) has the label score NaN: the model overflows when it is computed in f16; f32 has the range for it (--precision f32)
        $ welt predict --model large two.pubtator --output tagged.pubtator
        error: document 1, character 0: no label for the word `𝛽`: word 0 of sentence 0 (both from 0) has the label score NaN: the model overflows when it is computed in f32; its weights are too large to be used, as after training at too high a learning rate
    "#]].assert_eq(&refusals);
    bench.run("predict --model half two.tsv --quiet").succeeded();
    // Dev is scored by the same way, and a run that would fail again in it leaves nothing.
    let before = bench.names();
    let train =
        "train --train train.tsv --dev dev.tsv --model half --epochs 1 --learning-rate 0 --precision f16 --output new";
    let ran = bench.run(&format!("{train} --quiet"));
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    assert_eq!(bench.names(), before);
}

#[test]
fn what_is_suspicious_about_scores_is_said() {
    let bench = Bench::new();
    let wild = TRAIN.replace("--learning-rate 1e-3", "--learning-rate 1e3").replace("--epochs 1", "--epochs 3");
    let ran = bench.run(&format!("{wild} --output wild --quiet"));
    let said = ran.err.clone();
    assert!(said.contains("warning: test: the model never predicts ") || ran.code == Some(1), "{said}");
    let every_other = format!("{TRAIN} --output twice --quiet --keep last --evaluate-every 2-steps --best-by type-f1");
    bench.run(&every_other).succeeded();
    let metrics = bench.read("twice/metrics.jsonl");
    let kinds: Vec<String> = metrics
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["kind"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(kinds, ["step", "step", "evaluation", "step", "epoch"]);
    // Where nothing asks for scores on dev, there are none until the end.
    bench.run(&format!("{TRAIN} --output last --quiet --keep last")).succeeded();
    let record: Value = serde_json::from_str(&bench.read("last/record.json")).unwrap();
    assert!(record["epochs"][0]["score"].is_null() && record["scores"]["dev"]["default"]["f1"].is_number());
    let refused = bench.run(&format!("{TRAIN} --output never --quiet --evaluate-every never"));
    assert!(
        refused.refused().contains("evaluate_every is never: expected another value, for keep = best"),
        "{}",
        refused.err
    );
}
