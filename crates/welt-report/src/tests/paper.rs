//! Reports beside the paper's numbers, and what all reports have in common.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use expect_test::{expect, expect_file};
use welt_settings::Weighting;
use welt_weights::LabelOrder;

use super::fake::{Fake, LONG, SHORT, Wrong, fields, file, intended, scores, weighting};
use crate::render;
use crate::store::Evidence;
use crate::{Published, PublishedCorpus, PublishedRow, PublishedScores, PublishedStrictRow};

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The numbers of `docs/paper`.
fn paper() -> Published {
    let text = |name: &str| fs::read_to_string(workspace().join("docs/paper").join(name)).unwrap();
    let hundredths = |text: &str| (100.0 * text.parse::<f64>().unwrap()).round() as i64;
    let mut paper = Published {
        methods: ["vanilla", "ins", "isns", "ens-0.3", "ens-0.5", "ens-0.9", "welt"].map(str::to_owned).into(),
        vanilla: 0,
        rows: Vec::new(),
        strict_rows: Vec::new(),
        corpora: Vec::new(),
    };
    let n_methods = paper.methods.len();
    for line in fields(&text("results.csv")) {
        let (dataset, model) = (line["dataset"].clone(), line["model"].clone());
        let (method, value) = (paper.method(&line["scheme"]).unwrap(), hundredths(&line["value"]));
        if line["table"] == "10" {
            if paper.strict_rows.iter().all(|row| row.model != model) {
                paper.strict_rows.push(PublishedStrictRow { dataset, model, scores: vec![[0; 2]; n_methods] });
            }
            let scorer = usize::from(line["metric"] == "faireval_fair_f1");
            paper.strict_rows.last_mut().unwrap().scores[method][scorer] = value;
            continue;
        }
        if paper.rows.iter().all(|row| (&row.dataset, &row.model) != (&dataset, &model)) {
            let none = PublishedScores { precision: 0, recall: 0, f1: 0 };
            paper.rows.push(PublishedRow { dataset, model, scores: vec![none; n_methods] });
        }
        let scores = &mut paper.rows.last_mut().unwrap().scores[method];
        match line["metric"].as_str() {
            "precision" => scores.precision = value,
            "recall" => scores.recall = value,
            _ => scores.f1 = value,
        }
    }
    for line in fields(&text("corpora.csv")) {
        paper.corpora.push(PublishedCorpus {
            name: line["dataset"].clone(),
            shares: ["O_percent", "B_percent", "I_percent"].map(|share| hundredths(&line[share])),
            sentences: ["train_sentences", "dev_sentences", "test_sentences"].map(|name| line[name].parse().unwrap()),
        });
    }
    paper
}

/// Two corpora, a failure, a run that was not started, and methods that are vanilla.
fn small() -> Fake {
    let mut fake = Fake::new();
    fake.section("ncbi-disease", "BioBERT")
        .row(intended("vanilla"), &[Some([6, 4, 5]), Some([8, 4, 6])])
        .row(intended("ins"), &[Some([2, 5, 30]), Some([3, 4, 28])])
        .row(weighting("ins", LabelOrder::AsPublished), &[Some([25, 6, 1]), None])
        .same(intended("ens-0.5"), 0)
        .row(intended("welt"), &[Some([5, 4, 6]), Some([6, 4, 5])])
        .section("bc2gm", "MiniLM")
        .row(intended("vanilla"), &[Some([10, 4, 9])])
        .row(intended("welt"), &[None]);
    fake.plan("A small grid", "welt 1");
    let failed = &fake.sections[0].rows[2].runs[1].run;
    let line = "{\"when\":\"x\",\"status\":\"exit status 1\",\"seconds\":2.5,\"tail\":\"error: /place/welt: out of memory\"}\n";
    fs::write(fake.path().join(format!("cells/{failed}.failures.jsonl")), line).unwrap();
    fake
}

#[test]
fn a_small_store_is_reported() {
    let report = small().report(Some(&paper()));
    expect_file!["golden-paper.md"].assert_eq(file(&report, "report.md"));
}

#[test]
fn the_same_store_gives_the_same_bytes() {
    let fake = small();
    assert_eq!(fake.report(Some(&paper())).files, fake.report(Some(&paper())).files);
}

#[test]
fn scores_are_those_that_were_counted_by_hand() {
    let report = small().report(Some(&paper()));
    let cells = fields(file(&report, "cells.csv"));
    let check = |scheme: &str, order: &str, seeds: &[Wrong]| {
        let cell = (cells.iter())
            .find(|cell| cell["dataset"] == "ncbi-disease" && cell["method"] == scheme && cell["label_order"] == order)
            .unwrap();
        for (index, name) in ["precision", "recall", "f1"].into_iter().enumerate() {
            let mean = seeds.iter().map(|wrong| scores(*wrong)[index]).sum::<f64>() / seeds.len() as f64;
            assert_eq!(cell[name], format!("{:.4}", 100.0 * mean), "{scheme} {name}");
        }
        assert_eq!(cell["seeds"], seeds.len().to_string());
        // Fair F1 counts a wrong bound once, seqeval twice: 2 TP / (2 TP + FP + FN + others).
        let fair = |[missed, bounds, made_up]: &Wrong| {
            let right = 2 * (SHORT - missed + LONG - bounds);
            right as f64 / (right + made_up + missed + bounds) as f64
        };
        let mean = seeds.iter().map(fair).sum::<f64>() / seeds.len() as f64;
        assert_eq!(cell["fair_f1"], format!("{:.4}", 100.0 * mean));
        let types = [2, 0, 1].map(|kind| seeds.iter().map(|wrong| wrong[kind]).sum::<usize>() as f64);
        let types = types.map(|errors| format!("{:.4}", 100.0 * errors / 80.0 / seeds.len() as f64));
        assert_eq!([&cell["type_1"], &cell["type_2"], &cell["type_3"]], types.each_ref());
    };
    check("vanilla", "intended", &[[6, 4, 5], [8, 4, 6]]);
    check("ens-0.5", "intended", &[[6, 4, 5], [8, 4, 6]]);
    check("ins", "intended", &[[2, 5, 30], [3, 4, 28]]);
    check("ins", "as-published", &[[25, 6, 1]]);
}

#[test]
fn a_record_that_its_predictions_do_not_give_is_no_score() {
    let fake = small();
    let run = &fake.sections[1].rows[0].runs[0].run;
    let path = fake.path().join(format!("cells/{run}/record.json"));
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("\"f1\":0.8", "\"f1\":0.9")).unwrap();
    let report = fake.report(Some(&paper()));
    let line = file(&report, "runs.csv").lines().find(|line| line.starts_with(run.as_str())).unwrap();
    assert!(line.contains(",\"its record cannot be used: record.json has an F1 of 0.9"), "{line}");
    assert!(line.ends_with(&",".repeat(12)), "{line}");
}

#[test]
fn a_pack_gives_the_same_report() {
    let fake = small();
    let folder = tempfile::tempdir().unwrap();
    let pack = folder.path().join("pack");
    Evidence::read(&[fake.path().to_owned()]).unwrap().write_pack(&pack).unwrap();
    let packed = Evidence::read(std::slice::from_ref(&pack)).unwrap();
    assert_eq!(render(&packed, Some(&paper())).unwrap().files, fake.report(Some(&paper())).files);
    let runs = fs::read_to_string(pack.join("runs.jsonl")).unwrap();
    assert!(!runs.contains("/place"), "a path of a computer is in the pack");
    assert_eq!(runs.lines().count(), 10);
    assert!(runs.lines().all(|line| line.len() < 15_000));
    // Packed again, and over what was there, it is the same.
    packed.write_pack(&pack).unwrap();
    assert_eq!(fs::read_to_string(pack.join("runs.jsonl")).unwrap(), runs);
    // A store and its pack together are the store.
    let both = Evidence::read(&[pack, fake.path().to_owned()]).unwrap();
    assert_eq!(render(&both, Some(&paper())).unwrap().files, fake.report(Some(&paper())).files);
    let error = packed.write_pack(fake.path()).unwrap_err().to_string();
    assert!(error.ends_with("holds the runs of a sweep: choose another folder with --pack"), "{error}");
}

#[test]
fn a_pack_that_was_changed_is_refused() {
    let fake = small();
    let folder = tempfile::tempdir().unwrap();
    let pack = folder.path().to_owned();
    Evidence::read(&[fake.path().to_owned()]).unwrap().write_pack(&pack).unwrap();
    let path = pack.join("runs.jsonl");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("\\\"seed\\\":1", "\\\"seed\\\":3")).unwrap();
    let error = Evidence::read(std::slice::from_ref(&pack)).unwrap_err().to_string();
    assert!(error.ends_with("its hash is not that of its settings; were files renamed?"), "{error}");
    fs::write(&path, "{}\n").unwrap();
    let error = Evidence::read(std::slice::from_ref(&pack)).unwrap_err().to_string();
    assert!(error.ends_with("runs.jsonl:1: not a run of a pack"), "{error}");
}

#[test]
fn a_store_without_plans_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let check = |path: PathBuf, expected: expect_test::Expect| {
        let error = format!("{:#}", Evidence::read(&[path]).unwrap_err());
        expected.assert_eq(&error.replace(&folder.path().display().to_string(), "STORE"));
    };
    check(
        folder.path().to_owned(),
        expect![
            "STORE: no plans, so that nobody knows which run answers which cell; give the command of its sweep again for this folder: finished runs are kept, and the plan is written down"
        ],
    );
    check(
        folder.path().join("x"),
        expect!["STORE/x: no such folder, expected the folder that a sweep has written its runs into, or a pack"],
    );
}

#[test]
fn published_numbers_are_those_of_the_csv_file() {
    let results = fs::read_to_string(workspace().join("docs/paper/results.csv")).unwrap();
    let published = fields(&results);
    let mut fake = Fake::new();
    let schemes = ["vanilla", "ins", "isns", "ens-0.3", "ens-0.5", "ens-0.9", "welt"];
    let mut known: Vec<[String; 2]> = Vec::new();
    for line in &published {
        let names = [line["dataset"].clone(), line["model"].clone()];
        if !known.contains(&names) {
            fake.section(&names[0], &names[1]);
            for scheme in schemes {
                fake.row(intended(scheme), &[None]);
            }
            known.push(names);
        }
    }
    fake.plan("All", "welt 1");
    let report = fake.report(Some(&paper()));
    let cells = fields(file(&report, "cells.csv"));
    assert_eq!(cells.len(), 280);
    let mut compared = 0;
    for line in published.iter().filter(|line| line["table"] != "10") {
        let cell = (cells.iter())
            .find(|cell| {
                ["dataset", "model"].iter().all(|key| cell[*key] == line[*key]) && cell["method"] == line["scheme"]
            })
            .unwrap();
        assert_eq!(cell["table"], line["table"]);
        assert_eq!(cell[&format!("paper_{}", line["metric"])], line["value"]);
        compared += 1;
    }
    assert_eq!(compared, 840);
    // Without a result there is no table, but a line that says so.
    let text = file(&report, "report.md");
    assert!(text.contains("- Table 2 (linnaeus): its runs are planned, and none has a result."), "{text}");
    assert!(!text.contains("Table 2 of the paper"));
}

#[test]
fn tables_1_10_and_11_have_the_published_numbers() {
    let corpora = fs::read_to_string(workspace().join("docs/paper/corpora.csv")).unwrap();
    let mut fake = Fake::new();
    for line in fields(&corpora) {
        fake.section(&line["dataset"], "SciBERT").row(intended("vanilla"), &[Some([1, 1, 1])]);
    }
    fake.plan("Corpora", "welt 1");
    let report = fake.report(Some(&paper()));
    let text = file(&report, "report.md");
    let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split('|').map(str::trim).collect()).collect();
    let has = |start: &[&str]| lines.iter().any(|line| line.len() > start.len() && &line[1..=start.len()] == start);
    for line in fields(&corpora) {
        let shares = [&line["dataset"], &line["O_percent"], &line["B_percent"], &line["I_percent"]].map(String::as_str);
        assert!(has(&[&shares[..], &["90.00", "8.00", "2.00", "1000"]].concat()), "{shares:?}");
        let names = ["dataset", "train_sentences", "dev_sentences", "test_sentences"];
        let sentences = names.map(|name| line[name].as_str());
        assert!(has(&[&sentences[..], &["100", "20", "140"]].concat()), "{sentences:?}");
    }
    let results = fs::read_to_string(workspace().join("docs/paper/results.csv")).unwrap();
    for (metric, name) in [("seqeval_strict_f1", "seqeval, strict"), ("faireval_fair_f1", "FairEval, fair")] {
        let published = fields(&results).into_iter().find(|line| {
            line["table"] == "10"
                && line["model"] == "SciBERT"
                && line["scheme"] == "vanilla"
                && line["metric"] == metric
        });
        let line = lines.iter().find(|line| line.get(3) == Some(&name)).unwrap();
        assert_eq!(line[line.len() - 2], published.unwrap()["value"]);
    }
}

/// How often a method's difference stands bold and with a star.
fn marks(vanilla: &[Option<Wrong>], welt: &[Option<Wrong>]) -> (usize, usize) {
    let mut fake = Fake::new();
    fake.section("ncbi-disease", "BioBERT").row(intended("vanilla"), vanilla).row(intended("welt"), welt);
    fake.plan("Marks", "welt 1");
    let report = fake.report(Some(&paper()));
    let text = file(&report, "report.md");
    let table = &text[text.find("Table 9 of the paper, ncbi").unwrap()..];
    let line = table.lines().find(|line| line.starts_with("| WeLT ") && line.contains('[')).unwrap();
    (line.matches("**").count() / 2, line.matches("\\*").count())
}

#[test]
fn bold_takes_a_test_over_seeds() {
    let vanilla: Vec<Option<Wrong>> = [6, 7, 5, 6, 7, 6].map(|missed| Some([missed, 4, 5])).into();
    let worse: Vec<Option<Wrong>> = [26, 27, 25, 26, 27, 25].map(|missed| Some([missed, 14, 25])).into();
    assert_eq!(marks(&vanilla, &worse), (1, 1));
    // As good as vanilla.
    assert_eq!(marks(&vanilla, &vanilla[..].iter().rev().copied().collect::<Vec<_>>()), (0, 0));
    // The test of one seed is about two models alone, also beside other seeds of vanilla.
    assert_eq!(marks(&vanilla[..1], &worse[..1]), (0, 0));
    assert_eq!(marks(&vanilla, &[worse[0], None, None, None, None, None]), (0, 0));
    // Always worse by the same, however far vanilla's seeds spread: runs of a seed are pairs.
    let spread: Vec<Option<Wrong>> = [0, 40, 10, 50, 20, 30].map(|missed| Some([missed, 4, 5])).into();
    let below: Vec<Option<Wrong>> = [8, 48, 18, 58, 28, 38].map(|missed| Some([missed, 4, 5])).into();
    assert_eq!(marks(&spread, &below), (1, 1));
}

#[test]
fn plans_of_one_grid_are_one_section() {
    let sections = |first: (&str, &str), second: (&str, &str)| {
        let mut fake = Fake::new();
        fake.section("ncbi-disease", "BioBERT").row(intended("vanilla"), &[Some([6, 4, 5])]);
        fake.plan(first.0, first.1);
        fake.sections.clear();
        fake.section("ncbi-disease", "BioBERT")
            .row(intended("vanilla"), &[Some([6, 4, 5]), Some([7, 4, 5])])
            .row(intended("welt"), &[Some([5, 4, 5]), None]);
        fake.plan(second.0, second.1);
        let report = fake.report(Some(&paper()));
        let cells = fields(file(&report, "cells.csv"));
        cells
            .iter()
            .map(|cell| format!("{} {}/{}", cell["method"], cell["seeds"], cell["seeds_planned"]))
            .collect::<Vec<_>>()
    };
    assert_eq!(sections(("A", "welt 1"), ("A", "welt 1")), ["vanilla 2/2", "welt 1/2"]);
    assert_eq!(sections(("A", "welt 1"), ("A", "welt 2")), ["vanilla 1/1", "vanilla 2/2", "welt 1/2"]);
    assert_eq!(sections(("A", "welt 1"), ("B", "welt 1")), ["vanilla 1/1", "vanilla 2/2", "welt 1/2"]);
}

#[test]
fn losses_without_weights_stand_beside_the_schemes() {
    let vanilla = [30, 32, 34, 31, 33, 35].map(|missed| Some([missed, 4, 5]));
    let better = [10, 12, 14, 11, 13, 15].map(|missed| Some([missed, 4, 5]));
    let published = |name: &str| weighting(name, LabelOrder::AsPublished);
    let mut fake = Fake::new();
    fake.section("ncbi-disease", "BioBERT")
        .row(intended("logit-adjustment-1"), &vanilla)
        .same(published("logit-adjustment-1"), 0)
        .row(intended("focal-2"), &better)
        .same(published("focal-2"), 2)
        .row(intended("vanilla"), &vanilla)
        .same(published("vanilla"), 4);
    fake.plan("A", "welt 1");
    let report = fake.report(Some(&paper()));
    let text = file(&report, "report.md");
    let start = text.find("Table 9 of the paper, ncbi").unwrap();
    let table: Vec<&str> = text[start..].lines().skip_while(|line| !line.starts_with('|')).take(8).collect();
    expect![[r#"
        | method               | seeds |            P |            R |           F1 | F1 − vanilla |      95 % interval |  p (Holm) | noise floor | paper P | paper R | paper F1 | paper F1 − vanilla |
        | -------------------- | ----: | -----------: | -----------: | -----------: | -----------: | -----------------: | --------: | ----------: | ------: | ------: | -------: | -----------------: |
        | vanilla              |     6 | 82.84 ± 0.61 | 54.38 ± 2.34 | 65.64 ± 1.90 |            – |                  – |         – |           – |   86.12 |   87.91 |    87.01 |                  – |
        | focal loss (2)       |     6 | 87.58 ± 0.32 | 79.38 ± 2.34 | 83.26 ± 1.43 | **+17.63\*** | \[+13.68, +21.57\] | &lt;0.001 |       ±2.82 |       – |       – |        – |                  – |
        | logit adjustment (1) |     6 | 82.84 ± 0.61 | 54.38 ± 2.34 | 65.64 ± 1.90 |         0.00 |     \[0.00, 0.00\] |     1.000 |       ±2.82 |       – |       – |        – |                  – |

        The published number stands beside the published label order where there is one, for the published runs most likely had it.
    "#]].assert_eq(&table.join("\n"));
    assert!(text.contains("are losses without class weights, which the paper does not have; the number is gamma"));
    // Both orders of such a loss are one test, and one line of a plot.
    assert!(text.contains(" of 2** methods of which something is known"), "{text}");
    let page = file(&report, "index.html");
    assert!(page.contains("focal loss (2), seed 1:") && !page.contains("focal loss (2), as published"));
}

#[test]
fn a_loss_has_the_seeds_of_both_label_orders() {
    let missed = |counts: &[usize]| counts.iter().map(|&missed| Some([missed, 4, 5])).collect::<Vec<Option<Wrong>>>();
    let (vanilla, focal) = (missed(&[30, 32, 34]), missed(&[10, 12, 14]));
    let published = |name: &str| weighting(name, LabelOrder::AsPublished);
    let mut fake = Fake::new();
    fake.section("ncbi-disease", "BioBERT")
        .row(intended("vanilla"), &vanilla[..1])
        .same(published("vanilla"), 0)
        .row(intended("focal-2"), &focal[..1])
        .same(published("focal-2"), 2);
    fake.plan("A", "welt 1");
    fake.sections.clear();
    fake.section("ncbi-disease", "BioBERT").row(intended("vanilla"), &vanilla).row(intended("focal-2"), &focal);
    fake.plan("A", "welt 1");
    let report = fake.report(Some(&paper()));
    let cells = fields(file(&report, "cells.csv"));
    assert!(cells.iter().all(|cell| cell["seeds"] == "3"), "{cells:?}");
    let text = file(&report, "report.md");
    assert!(text.contains(" of 1** methods of which something is known"), "{text}");
}

#[test]
fn a_collapsed_run_widens_no_other_noise_floor() {
    let mut fake = Fake::new();
    let [good, other, none] = [Some([6, 4, 5]), Some([7, 4, 5]), Some([SHORT, LONG, 0])];
    fake.section("ncbi-disease", "BioBERT")
        .row(intended("vanilla"), &[good, other])
        .row(intended("welt"), &[good, good]);
    fake.plan("A", "welt 1");
    let alone = fields(file(&fake.report(Some(&paper())), "cells.csv"));
    fake.section("linnaeus", "BioBERT").row(intended("vanilla"), &[good, none]).row(intended("welt"), &[good, other]);
    fake.plan("A", "welt 1");
    let report = fake.report(Some(&paper()));
    let cells = fields(file(&report, "cells.csv"));
    let floor = |cells: &[BTreeMap<String, String>], dataset: &str| {
        let cell = cells.iter().find(|cell| cell["dataset"] == dataset && cell["method"] == "welt").unwrap();
        (cell["noise_floor"].clone(), cell["visible"].clone())
    };
    assert_eq!(floor(&cells, "ncbi-disease"), floor(&alone, "ncbi-disease"));
    assert_ne!(floor(&alone, "ncbi-disease").0, "");
    assert_eq!(floor(&cells, "linnaeus"), (String::new(), String::new()));
    let text = file(&report, "report.md");
    assert!(
        text.contains("1 of 8 runs found not one entity: vanilla on linnaeus (1 of 2 seeds). Where vanilla"),
        "{text}"
    );
}

#[test]
fn errors_are_shown_where_only_the_published_order_was_run() {
    let published = |name: &str| weighting(name, LabelOrder::AsPublished);
    let mut fake = Fake::new();
    fake.section("ncbi-disease", "BioBERT")
        .row(published("vanilla"), &[Some([6, 4, 5])])
        .row(published("focal-2"), &[Some([5, 4, 5])]);
    for row in &mut fake.sections[0].rows {
        row.same_as = Some(Weighting { label_order: LabelOrder::Intended, ..row.weighting });
    }
    fake.plan("A", "welt 1");
    let report = fake.report(Some(&paper()));
    let text = file(&report, "report.md");
    let errors = &text[text.find("errors for every 100 gold entities").unwrap()..];
    let rows: Vec<&str> = errors.lines().skip_while(|line| !line.starts_with('|')).skip(2).take(2).collect();
    assert!(rows[0].contains("vanilla") && rows[1].contains("focal loss (2)"), "{rows:?}");
}

#[test]
fn hostile_names_are_only_text() {
    let name = "<script>alert(\"x\")</script> & _$%{}\\|,#^~ 病";
    let mut fake = Fake::new();
    fake.section(name, name)
        .row(intended("vanilla"), &[Some([6, 4, 5]), Some([6, 4, 6])])
        .row(intended("welt"), &[Some([5, 4, 5]), None]);
    fake.plan(name, "=1+1");
    let report = fake.report(Some(&paper()));
    let page = file(&report, "index.html");
    assert!(!page.contains("<script") && page.contains("&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; _$%"));
    assert!(!page.contains("http") && !page.contains("src="), "nothing is loaded");
    let tables = file(&report, "tables.tex");
    let escaped = "\\textless{}script\\textgreater{}alert(\\textquotedbl{}x\\textquotedbl{})\\textless{}/script\\textgreater{} \
                   \\& \\_\\$\\%\\{\\}\\textbackslash{}\\textbar{},\\#\\textasciicircum{}\\textasciitilde{} {[}U+75C5{]}";
    assert!(tables.contains(escaped) && tables.is_ascii(), "{tables}");
    let text = file(&report, "report.md");
    assert!(!text.contains("<script") && text.contains("\\_$%{}\\\\\\|,\\#"));
    let cells = file(&report, "cells.csv");
    assert!(cells.contains("\"<script>alert(\"\"x\"\")</script> & _$%{}\\|,#^~ 病\",'=1+1,"), "{cells}");
}

#[test]
fn a_report_beside_published_numbers_has_the_same_words() {
    for (name, text) in small().report(Some(&paper())).files {
        let text = text.to_lowercase();
        for word in ["outlive", " arm ", " arms ", "<th>weights", "| weights "] {
            assert!(!text.contains(word), "{name} has `{word}`");
        }
    }
}
