//! The way from a grid to its table, with a `welt` that is a few lines of shell.

use super::grid::{Grid, Selection};
use super::locations::Locations;
use super::store::{failures, is_running};
use super::*;
use expect_test::{Expect, expect};
use std::fs;
use std::sync::{Mutex, MutexGuard, PoisonError};
use welt_process::output;
use welt_settings::Method;
use welt_weights::{LabelOrder, Scheme};

#[cfg(unix)]
mod other_losses;
#[cfg(unix)]
mod shared_training;

const WELT: Method = Method::weighting(Scheme::Welt);

#[test]
fn the_paper_s_grid_has_the_published_numbers() {
    let folder = crate::workspace_root().join("docs/paper");
    let grid = Grid::read(&folder.join("grid.toml")).unwrap();
    let published = fs::read_to_string(folder.join("hyperparameters.csv")).unwrap();
    let mut pairs = 0;
    for line in published.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let training = grid.training(fields[0], fields[1]);
        assert_eq!([training.batch_size.to_string(), training.epochs.to_string()], fields[3..5], "{line}");
        pairs += 1;
    }
    assert_eq!((grid.datasets.len(), grid.models.len(), grid.methods.len(), pairs), (8, 5, 7, 40));
    let results = Published::read(&folder.join(grid.published.unwrap())).unwrap();
    assert_eq!(results.len(), 8 * 5 * 7);
}

#[test]
fn the_sample_s_grid_is_there() {
    let grid = Grid::read(&crate::workspace_root().join("datasets/sample/grid.toml")).unwrap();
    assert_eq!(grid.methods.len(), 7);
}

/// Answers as `welt` does; the scheme ins fails with seed 2, every training leaves a line in `calls`.
#[cfg(unix)]
const FAKE_WELT: &str = r#"#!/bin/sh
here=$(dirname "$0")
command=$1
while [ $# -gt 0 ]; do
  case $1 in
    --scheme|--method) scheme=$2 ;;
    --seed) seed=$2 ;;
    --output) output=$2 ;;
    --trained) trained=$2; if [ ! -f "$2/record.json" ]; then echo "$2: no such run" >&2; exit 1; fi ;;
    --dry-run) command=dry-run ;;
    --version) echo "welt 0.1.0 (fake)" ;;
  esac
  shift
done
case $command in
  weights)
    case $scheme in
      vanilla|ens-*) echo '{"weights": {"B-X": 0.5, "I-X": 0.5, "O": 0.5}}' ;;
      *) echo '{"weights": {"B-X": 3, "I-X": 2, "O": 1}}' ;;
    esac ;;
  train)
    echo "$scheme $seed${trained:+ by another}" >> "$here/calls"
    if [ "$scheme $seed" = "ins 2" ]; then echo "first"; echo "the disk is full" >&2; exit 1; fi
    mkdir "$output.partial" || exit 1
    case $scheme in vanilla) f1=0.7$seed ;; *) f1=0.72$seed ;; esac
    scores="{\"precision\": 0.8, \"recall\": 0.6, \"f1\": $f1, \"support\": 10}"
    modes="{\"default\": $scores, \"strict\": $scores}"
    asked="\"config\": {\"train\": [\"a.tsv\"], \"model\": \"m\"}, \"labels\": [\"O\"], \"counts\": [1], \"class_weights\": [1]"
    echo "{\"format\": 1, $asked, \"scores\": {\"dev\": $modes, \"test\": $modes}, \"tokens_per_second\": 1000}" \
      > "$output.partial/record.json"
    mv "$output.partial" "$output" ;;
esac
"#;

#[cfg(unix)]
const FAKE_GRID: &str = r#"
title = "Small"
published = "results.csv"
methods = ["vanilla", "ens-0.5", "ins", "welt"]
label_orders = ["intended"]
seeds = [1, 2]
[training]
epochs = 2
batch_size = 8
learning_rate = 5e-5
warmup_ratio = 0.0
weight_decay = 0.0
max_length = 128
window_context = 24
micro_batch_size = 16
batches_sorted_together = 50
max_gradient_norm = 1.0
keep = "last"
[[dataset]]
name = "a"
train = ["a.tsv"]
dev = "a.tsv"
test = "a.tsv"
[[model]]
name = "M"
hub = "somebody/m"
"#;

/// Another test that starts a process would have it inherit the program that is being written, which then cannot run.
#[cfg(unix)]
static ALONE: Mutex<()> = Mutex::new(());

#[cfg(unix)]
fn build_of(welt: &Welt) -> Build {
    Build { welt: welt.identity.clone(), computes: welt.computes.clone(), device: "default".to_owned() }
}

/// A folder with a grid, its corpus and checkpoint, and the fake program.
#[cfg(unix)]
struct Bench {
    _alone: MutexGuard<'static, ()>,
    folder: tempfile::TempDir,
    welt: Welt,
}

#[cfg(unix)]
static NEVER: AtomicBool = AtomicBool::new(false);
#[cfg(unix)]
static AT_ONCE: AtomicBool = AtomicBool::new(true);

#[cfg(unix)]
impl Bench {
    fn new() -> Self {
        use std::os::unix::fs::PermissionsExt as _;

        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("grid.toml"), FAKE_GRID).unwrap();
        fs::write(at("a.tsv"), "w\tO\n\n").unwrap();
        fs::write(
            at("results.csv"),
            "table,dataset,model,scheme,metric,value\n2,a,M,vanilla,f1,80.5\n2,a,M,welt,f1,82\n",
        )
        .unwrap();
        fs::create_dir(at("m")).unwrap();
        fs::write(at("m/config.json"), "{}").unwrap();
        fs::write(at("m/model.safetensors"), "").unwrap();
        fs::write(at("m/vocab.txt"), "").unwrap();
        fs::write(at("welt"), FAKE_WELT).unwrap();
        fs::set_permissions(at("welt"), fs::Permissions::from_mode(0o755)).unwrap();
        let welt = Welt::at(&at("welt")).unwrap();
        Self { _alone: alone, folder, welt }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Where there is no corpus and no model, but for what the project knows of them.
    fn locations_without_files(&self) -> Locations {
        Locations {
            datasets: self.at("nowhere"),
            grid: self.at("nowhere"),
            models: None,
            stand_ins: Vec::new(),
            find_model: None,
        }
    }

    fn plan(&self, selection: &Selection) -> Plan {
        let whole = Grid::read(&self.at("grid.toml")).unwrap();
        let grid = whole.clone().select(selection).unwrap();
        let folder = self.folder.path().to_owned();
        let locations = Locations {
            datasets: folder.clone(),
            grid: folder,
            models: None,
            stand_ins: vec![("M".to_owned(), self.at("m"))],
            find_model: None,
        };
        let build = build_of(&self.welt);
        plan::plan(&grid, &whole, &locations, &build, &self.welt).unwrap()
    }

    /// Runs the plan; the table, and how many trainings were started since the folder was made.
    fn sweep(&self, plan: &Plan, stop: &'static AtomicBool) -> (String, usize) {
        self.sweep_into("runs", plan, stop, 0)
    }

    fn sweep_into(&self, folder: &str, plan: &Plan, stop: &'static AtomicBool, retries: u32) -> (String, usize) {
        let store = Store::open(&self.at(folder)).unwrap();
        let welt = self.welt.hold(&store.folder).unwrap();
        let outcomes = Runner { retries, ..self.runner(&welt, &store, plan, stop) }.run(plan).unwrap();
        let sweep = Sweep {
            title: "Small".to_owned(),
            build: build_of(&self.welt),
            plan: plan.clone(),
            published: Some(self.at("results.csv")),
        };
        let table = sweep.write_tables(&store, &outcomes).unwrap();
        (table, self.calls(folder))
    }

    fn runner<'a>(&self, welt: &'a Welt, store: &'a Store, plan: &Plan, stop: &'static AtomicBool) -> Runner<'a> {
        Runner {
            processes: Processes { welt: &welt.path, store, threads: 1, stop },
            slots: vec![None, None],
            retries: 0,
            budget: None,
            work: estimate::work(plan),
            is_quiet: true,
        }
    }

    fn calls(&self, folder: &str) -> usize {
        fs::read_to_string(self.at(folder).join("calls")).unwrap_or_default().lines().count()
    }

    fn check(&self, table: &str, expected: &Expect) {
        let here = self.folder.path().canonicalize().unwrap();
        let hashes: Vec<String> = self.plan(&Selection::default()).runs.into_iter().map(|run| run.hash).collect();
        let table = table.replace(&self.welt.identity, "WELT");
        let mut table =
            table.replace(&here.display().to_string(), "HERE").replace(&self.at("").display().to_string(), "HERE/");
        for hash in hashes {
            table = table.replace(&hash, "HASH");
        }
        expected.assert_eq(&table);
    }
}

#[cfg(unix)]
#[test]
fn a_sweep_runs_what_is_missing_and_shows_what_is_there() {
    let bench = Bench::new();
    let plan = bench.plan(&Selection::default());
    assert_eq!((plan.cells, plan.runs.len()), (8, 4), "ens-0.5 is vanilla, welt is ins");

    let (table, calls) = bench.sweep(&plan, &AT_ONCE);
    assert!(table.contains("- a, M, vanilla, seed 1 (`") && table.contains("not run"), "{table}");
    assert_eq!(calls, 0);

    let (table, calls) = bench.sweep(&plan, &NEVER);
    assert_eq!(calls, 4);
    bench.check(&table, &expect![[r#"
        # Small

        WELT, device default; 8 cells, 3 of 4 distinct runs finished.
        Precision, recall and F1 of entities in the test split, in per cent, as seqeval counts them by default; *strict F1* in its strict mode.
        Mean ± standard deviation over seeds; *F1 − vanilla* is the mean of the differences seed by seed.
        The published runs most likely used the label order as-published, which this table does not hold: compare with care.

        ## a, M

        checkpoint `m`, which stands in for somebody/m; epochs 2, batch size 8, learning rate 5e-5, warm-up 0, weight decay 0, windows of 128 sub-words, last epoch kept, micro batch size 16.

        | method  |  seeds |            P |            R |           F1 | F1 − vanilla |    strict F1 | published P |   R |    F1 | F1 − vanilla | same run as |
        | ------- | -----: | -----------: | -----------: | -----------: | -----------: | -----------: | ----------: | --: | ----: | -----------: | ----------- |
        | vanilla |      2 | 80.00 ± 0.00 | 60.00 ± 0.00 | 71.50 ± 0.71 |              | 71.50 ± 0.71 |             |     | 80.50 |              |             |
        | ens-0.5 |      2 | 80.00 ± 0.00 | 60.00 ± 0.00 | 71.50 ± 0.71 |              | 71.50 ± 0.71 |             |     |       |              | = vanilla   |
        | ins     | 1 of 2 |        80.00 |        60.00 |        72.10 |        +1.10 |        72.10 |             |     |       |              |             |
        | welt    | 1 of 2 |        80.00 |        60.00 |        72.10 |        +1.10 |        72.10 |             |     | 82.00 |        +1.50 | = ins       |

        ## Runs without a result

        - a, M, ins, seed 2 (`HASH`): failed: exit status: 1 and no record, log in cells/HASH.log
    "#]]);

    // Only the failed run is tried again, and no row is listed twice.
    let (_, calls) = bench.sweep(&plan, &NEVER);
    assert_eq!(calls, 5);
    let rows = || fs::read_to_string(bench.at("runs/runs.csv")).unwrap().lines().count();
    assert_eq!(rows(), 1 + 3);

    // Runs of other numbers are not listed beside these.
    fs::write(bench.at("grid.toml"), FAKE_GRID.replace("epochs = 2", "epochs = 3")).unwrap();
    bench.sweep(&bench.plan(&Selection { seeds: vec![1], ..Selection::default() }), &NEVER);
    assert_eq!(rows(), 1 + 2);
}

#[cfg(unix)]
#[test]
fn a_sweep_keeps_the_program_it_began_with() {
    let bench = Bench::new();
    let folder = bench.at("runs");
    fs::create_dir(&folder).unwrap();
    let held = bench.welt.hold(&folder).unwrap();
    fs::write(bench.at("welt"), FAKE_WELT.replace("welt 0.1.0", "welt 0.2.0")).unwrap();
    assert_eq!(output(std::process::Command::new(&held.path).arg("--version")).unwrap(), "welt 0.1.0 (fake)\n");
    // A second sweep of the same program finds it, and one of the new program has a copy of its own.
    assert_eq!(bench.welt.hold(&folder).unwrap().path, held.path);
    let new = Welt::at(&bench.at("welt")).unwrap();
    assert_ne!(new.hold(&folder).unwrap().path, held.path);
    fs::remove_file(&held.path).unwrap();
    let error = bench.welt.hold(&folder).unwrap_err().to_string();
    assert!(error.ends_with("welt was built anew while the grid was being planned: run this again"), "{error}");
}

#[cfg(unix)]
#[test]
fn published_scores_stand_beside_the_order_they_were_made_with() {
    let bench = Bench::new();
    let plan = bench.plan(&Selection {
        methods: vec![Method::VANILLA, WELT],
        label_orders: vec![LabelOrder::Intended, LabelOrder::AsPublished],
        seeds: vec![1],
        ..Selection::default()
    });
    let (table, _) = bench.sweep(&plan, &NEVER);
    bench.check(&table, &expect![[r#"
        # Small

        WELT, device default; 4 cells, 2 of 2 distinct runs finished.
        Precision, recall and F1 of entities in the test split, in per cent, as seqeval counts them by default; *strict F1* in its strict mode.
        Mean ± standard deviation over seeds; *F1 − vanilla* is the mean of the differences seed by seed.
        The published runs most likely used the label order as-published: their scores stand beside the rows of that order.

        ## a, M

        checkpoint `m`, which stands in for somebody/m; epochs 2, batch size 8, learning rate 5e-5, warm-up 0, weight decay 0, windows of 128 sub-words, last epoch kept, micro batch size 16.

        | method                | seeds |     P |     R |    F1 | F1 − vanilla | strict F1 | published P |   R |    F1 | F1 − vanilla | same run as |
        | --------------------- | ----: | ----: | ----: | ----: | -----------: | --------: | ----------: | --: | ----: | -----------: | ----------- |
        | vanilla               |     1 | 80.00 | 60.00 | 71.00 |              |     71.00 |             |     |       |              |             |
        | vanilla, as published |     1 | 80.00 | 60.00 | 71.00 |              |     71.00 |             |     | 80.50 |              | = vanilla   |
        | welt                  |     1 | 80.00 | 60.00 | 72.10 |        +1.10 |     72.10 |             |     |       |              | = ins       |
        | welt, as published    |     1 | 80.00 | 60.00 | 72.10 |        +1.10 |     72.10 |             |     | 82.00 |        +1.50 | = ins       |
    "#]]);
}

#[cfg(unix)]
#[test]
fn a_part_of_a_grid_has_the_runs_of_the_whole() {
    let bench = Bench::new();
    let whole = bench.plan(&Selection::default());
    let seeds: Vec<u64> = bench.plan(&Selection::default()).runs.iter().map(|run| run.settings.seed).collect();
    assert!(
        seeds.is_sorted() && seeds.len() > 2 && seeds.ends_with(&[2]),
        "{seeds:?}: a seed is whole before the next"
    );
    let part = bench.plan(&Selection { methods: vec![WELT], seeds: vec![2], ..Selection::default() });
    assert_eq!(part.runs.len(), 1);
    assert!(whole.runs.iter().any(|run| run.hash == part.runs[0].hash));
}

#[cfg(unix)]
#[test]
fn whatever_can_move_a_result_moves_the_hash() {
    let bench = Bench::new();
    let hash = || bench.plan(&Selection { seeds: vec![1], ..Selection::default() }).runs[0].hash.clone();
    let before = hash();
    assert_eq!(hash(), before);
    fs::write(bench.at("m/vocab.txt"), "[PAD]\n").unwrap();
    let other_model = hash();
    assert_ne!(other_model, before);
    fs::write(bench.at("m/model-00001-of-00002.safetensors"), "").unwrap();
    let other_weights = hash();
    assert_ne!(other_weights, other_model);
    fs::write(bench.at("a.tsv"), "w\tO\n\nv\tO\n\n").unwrap();
    let other_corpus = hash();
    assert_ne!(other_corpus, other_weights);
    fs::write(bench.at("grid.toml"), FAKE_GRID.replace("epochs = 2", "epochs = 3")).unwrap();
    assert_ne!(hash(), other_corpus);
}

#[cfg(unix)]
#[test]
fn a_corpus_that_is_read_alike_leaves_the_hash() {
    let bench = Bench::new();
    fs::write(bench.at("grid.toml"), format!("allow = [\"shared-documents\"]\n{FAKE_GRID}")).unwrap();
    fs::write(bench.at("a.tsv"), "w\tB-X\nv\tO\n\nu\tO\n").unwrap();
    let hash = || {
        let plan = bench.plan(&Selection { seeds: vec![1], ..Selection::default() });
        assert_eq!(plan.problems, Vec::<String>::new());
        plan.runs[0].hash.clone()
    };
    let before = hash();
    for alike in ["w B-X\r\nv O\r\n\r\nu O\r\n", "w\tB-X\nv\tO\n\n\n\nu\tO\n\n", "w\tNN\tB-X\nv\tNN\tO\n\nu\tNN\tO\n"] {
        fs::write(bench.at("a.tsv"), alike).unwrap();
        assert_eq!(hash(), before, "{alike:?}");
    }
    for other in [
        "w\tB-X\nv\tO\nu\tO\n",
        "w\tB-Y\nv\tO\n\nu\tO\n",
        "W\tB-X\nv\tO\n\nu\tO\n",
        "w\tB-X\nv\tO\n\n-DOCSTART-\tO\n\nu\tO\n",
    ] {
        fs::write(bench.at("a.tsv"), other).unwrap();
        assert_ne!(hash(), before, "{other:?}");
    }
}

#[cfg(unix)]
#[test]
fn settings_and_what_computes_move_the_hash_and_titles_do_not() {
    let bench = Bench::new();
    let hash = |from: &str, to: &str| {
        fs::write(bench.at("grid.toml"), FAKE_GRID.replacen(from, to, 1)).unwrap();
        bench.plan(&Selection { seeds: vec![1], ..Selection::default() }).runs[0].hash.clone()
    };
    let before = hash("", "");
    assert_eq!(hash("title = \"Small\"", "title = \"Other\""), before);
    assert_eq!(hash("name = \"M\"", "name = \"M\"\nsubwords_per_word = 1.2"), before);
    // What stands there is the default.
    assert_eq!(hash("window_context = 24\n", ""), before);
    for setting in ["epochs = 2", "batch_size = 8", "keep = \"last\""] {
        assert_ne!(hash(&format!("{setting}\n"), ""), before, "{setting}");
    }
    for setting in ["beta_1 = 0.8", "epsilon = 1e-6", "precision = \"bf16\""] {
        assert_ne!(hash("[training]", &format!("[training]\n{setting}")), before, "{setting}");
    }
    // A program that says nothing of what it computes is known by its bytes.
    fs::write(bench.at("welt"), FAKE_WELT.replace("(fake)", "(computes 0123456789ab; cpu)")).unwrap();
    let one = Welt::at(&bench.at("welt")).unwrap();
    fs::write(bench.at("welt"), FAKE_WELT.replace("(fake)", "(computes 0123456789ab; cpu, hub)")).unwrap();
    let other = Welt::at(&bench.at("welt")).unwrap();
    assert_eq!((one.identity.as_str(), &one.computes), ("welt 0.1.0, computes 0123456789ab", &other.computes));
    assert!(bench.welt.computes.starts_with("program ") && bench.welt.computes != one.computes);
}

#[cfg(unix)]
#[test]
fn documents_in_dev_and_test_are_told_before_anything_runs() {
    let bench = Bench::new();
    let sentence = |n: usize| (0..16).map(|word| format!("word{n}x{word}\tO\n")).collect::<String>() + "\n";
    fs::write(bench.at("a.tsv"), (0..8).map(sentence).collect::<String>()).unwrap();
    let problems = |from: &str, to: &str| {
        fs::write(bench.at("grid.toml"), FAKE_GRID.replacen(from, to, 1)).unwrap();
        bench.plan(&Selection::default()).problems.join("\n")
    };
    bench.check(&problems("", ""), &expect![[r#"dataset a: dev and test share 4 runs of sentences, first HERE/a.tsv:1 and HERE/a.tsv:1; its test scores would tell too much: split it anew, or put allow = ["shared-documents"] into the grid"#]]);
    assert_eq!(problems("seeds =", "allow = [\"shared-documents\"]\nseeds ="), "");
    fs::write(bench.at("a.tsv"), "a b\nc\n").unwrap();
    bench.check(&problems("", ""), &expect!["dataset a: HERE/a.tsv:2:1: found 1 column(s), expected 2 as on line 1 (columns are separated by spaces); correct the line"]);
}

#[cfg(unix)]
#[test]
fn what_welt_refuses_is_told_before_anything_runs() {
    let bench = Bench::new();
    let refusing =
        FAKE_WELT.replace("--dry-run) command=dry-run", "--dry-run) echo 'error: m: no such tensor' >&2; exit 1");
    fs::write(bench.at("welt"), refusing).unwrap();
    let plan = bench.plan(&Selection::default());
    let settings = SweepSettings {
        output: bench.at("runs"),
        device: "default".to_owned(),
        slots: vec![None],
        threads: 1,
        retries: 0,
        budget: None,
        launcher: Launcher::Local,
        collect: false,
        is_quiet: true,
        stated: None,
    };
    assert_eq!(try_out::problems(&plan, &settings, &bench.at("welt")).unwrap(), ["a with M: m: no such tensor"]);
    // A pair with a finished run needs no trial.
    fs::write(bench.at("welt"), FAKE_WELT).unwrap();
    bench.sweep(&plan, &NEVER);
    assert!(try_out::problems(&plan, &settings, Path::new("nowhere")).unwrap().is_empty());
}

#[cfg(unix)]
#[test]
fn what_is_not_there_is_said_before_anything_runs() {
    let bench = Bench::new();
    fs::remove_file(bench.at("a.tsv")).unwrap();
    fs::remove_file(bench.at("m/config.json")).unwrap();
    let plan = bench.plan(&Selection::default());
    assert_eq!((plan.cells, plan.runs.len()), (8, 0));
    bench.check(&format!("{:#}", plan::refuse_problems(&plan, plan::WHERE_THINGS_ARE).unwrap_err()), &expect![[r#"
        the grid cannot run:
        - model M: no config.json in HERE/m
        - dataset a: no file HERE/a.tsv
        Give the folder of the corpora with --corpora DIR, that of the encoders with --checkpoints DIR, or take a part of the grid with --datasets and --models."#]]);
}

#[cfg(unix)]
#[test]
fn a_model_that_welt_would_refuse_is_not_planned() {
    let bench = Bench::new();
    let said = |config: &str| {
        fs::write(bench.at("m/config.json"), config).unwrap();
        bench.plan(&Selection::default()).problems.join("\n")
    };
    assert_eq!(said(r#"{"model_type": "bert"}"#), "");
    bench.check(
        &said(r#"{"model_type": "llama"}"#),
        &expect!["model M in HERE/m: model_type is `llama`, and this version reads `bert`, `electra`, `roberta`, `xlm-roberta`, `camembert`, `deberta-v2` or `modernbert` only"],
    );
    fs::rename(bench.at("m/model.safetensors"), bench.at("m/pytorch_model.bin")).unwrap();
    assert_eq!(said(r#"{"model_type": "electra"}"#), "");
    fs::remove_file(bench.at("m/pytorch_model.bin")).unwrap();
    fs::remove_file(bench.at("m/vocab.txt")).unwrap();
    bench.check(&said("BERT"), &expect!["model M in HERE/m: config.json is not JSON (expected value at line 1 column 1); there is neither model.safetensors nor pytorch_model.bin; there is no tokenizer, which would be tokenizer.json, vocab.txt, vocab.json with merges.txt, spm.model, or sentencepiece.bpe.model"]);
}

#[cfg(unix)]
#[test]
fn a_failed_run_is_tried_again_and_every_try_is_written_down() {
    let bench = Bench::new();
    let plan = bench.plan(&Selection::default());
    let (table, calls) = bench.sweep_into("runs", &plan, &NEVER, 2);
    assert_eq!(calls, 3 + 3, "three runs that end and three tries of the one that does not");
    assert!(table.contains("failed: exit status: 1 and no record, 3 tries, log in cells/"), "{table}");
    let failed = plan.runs.iter().find(|run| run.to_string() == "a M ins seed 2").unwrap();
    let found = failures(&bench.at("runs"), &failed.hash);
    assert_eq!(found.len(), 3);
    for failure in &found {
        assert_eq!(
            (failure.status.as_str(), &failure.tail[..]),
            ("exit status: 1 and no record", &["first".to_owned(), "the disk is full".to_owned()][..])
        );
    }
    // Only a new command tries it again.
    let (_, calls) = bench.sweep_into("runs", &plan, &NEVER, 0);
    assert_eq!((calls, failures(&bench.at("runs"), &failed.hash).len()), (7, 4));
}

#[cfg(unix)]
#[test]
fn two_sweeps_share_a_folder() {
    let bench = Bench::new();
    let plan = bench.plan(&Selection { methods: vec![Method::VANILLA], ..Selection::default() });
    let whole =
        bench.plan(&Selection { methods: vec![Method::VANILLA, WELT], seeds: vec![1, 3], ..Selection::default() });
    let store = Store::open(&bench.at("runs")).unwrap();
    let welt = bench.welt.hold(&store.folder).unwrap();
    let taken = store.lock(&plan.runs[0]).unwrap().unwrap();
    assert!(store.lock(&plan.runs[0]).unwrap().is_none());
    assert!(is_running(&store.folder, &plan.runs[0].hash) && !is_running(&store.folder, &plan.runs[1].hash));
    let outcomes = std::thread::scope(|scope| {
        let sweeps = [&plan, &whole].map(|plan| {
            let runner = bench.runner(&welt, &store, plan, &NEVER);
            scope.spawn(move || runner.run(plan).unwrap())
        });
        // Both make what is free and wait for the one that somebody else has.
        let others = || plan.runs.iter().chain(&whole.runs).filter(|run| run.hash != plan.runs[0].hash);
        while others().any(|run| records::record(&store.folder, run).unwrap().is_none()) {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        assert!(records::record(&store.folder, &plan.runs[0]).unwrap().is_none());
        drop(taken);
        sweeps.map(|sweep| sweep.join().unwrap())
    });
    assert!(outcomes.iter().flatten().all(|outcome| matches!(outcome, Outcome::Finished(_))));
    assert_eq!(bench.calls("runs"), 5, "vanilla with seeds 1, 2, 3 and welt with 1, 3: one of them is in both");
}

#[cfg(unix)]
#[test]
fn folders_of_several_machines_merge_by_copying() {
    let bench = Bench::new();
    let of_seed = |seed| bench.plan(&Selection { seeds: vec![seed], ..Selection::default() });
    bench.sweep_into("here", &of_seed(1), &NEVER, 0);
    bench.sweep_into("there", &of_seed(3), &NEVER, 0);
    // What a machine was at when it was copied.
    let both = bench.plan(&Selection { seeds: vec![1, 3], ..Selection::default() });
    fs::create_dir_all(bench.at(&format!("there/cells/{}.partial", both.runs[0].hash))).unwrap();
    for folder in ["here", "there"] {
        let mut copy = std::process::Command::new("cp");
        output(copy.arg("-r").arg(bench.at(folder).join(".")).arg(bench.at("both"))).unwrap();
    }
    fs::remove_file(bench.at("both/calls")).unwrap();
    let (table, calls) = bench.sweep_into("both", &both, &NEVER, 0);
    assert_eq!(calls, 0, "{table}");
    let (undisturbed, _) = bench.sweep_into("runs", &both, &NEVER, 0);
    assert_eq!(table, undisturbed);
}

/// What a failure of power leaves: files that are empty, cut off, or gone from their folder.
#[cfg(unix)]
#[test]
fn a_record_that_cannot_be_read_is_set_aside_and_made_again() {
    let bench = Bench::new();
    let plan = bench.plan(&Selection::default());
    let (table, calls) = bench.sweep_into("runs", &plan, &NEVER, 0);
    for (index, run) in plan.runs.iter().take(3).enumerate() {
        let record = bench.at(&format!("runs/cells/{}/record.json", run.hash));
        match index {
            0 => fs::write(record, "").unwrap(),
            1 => fs::write(&record, &fs::read(&record).unwrap()[..20]).unwrap(),
            _ => fs::remove_file(record).unwrap(),
        }
    }
    let (again, all_calls) = bench.sweep_into("runs", &plan, &NEVER, 0);
    // One of the plan always fails, and is tried in every sweep.
    assert_eq!((again, all_calls), (table, calls + 3 + 1));
    for run in plan.runs.iter().take(3) {
        assert!(bench.at(&format!("runs/cells/{}.unreadable", run.hash)).is_dir());
    }
    // A newer program knows more: what it wrote stays.
    let record = bench.at(&format!("runs/cells/{}/record.json", plan.runs[0].hash));
    fs::write(&record, "{\"format\": 9}").unwrap();
    let (_, none) = bench.sweep_into("runs", &plan, &NEVER, 0);
    assert_eq!((none, fs::read_to_string(&record).unwrap().as_str()), (all_calls + 1, "{\"format\": 9}"));
}

#[cfg(unix)]
#[test]
fn a_budget_starts_nothing_that_would_not_end_in_time() {
    let bench = Bench::new();
    let plan = bench.plan(&Selection::default());
    let store = Store::open(&bench.at("runs")).unwrap();
    let welt = bench.welt.hold(&store.folder).unwrap();
    let mut runner = bench.runner(&welt, &store, &plan, &NEVER);
    let ends = Instant::now() + std::time::Duration::from_secs(3600);
    runner.budget = Some(Budget { ends, seconds: vec![1e12, 60.0, 1e12, 1e12] });
    let outcomes = runner.run(&plan).unwrap();
    let shown: Vec<bool> = outcomes.iter().map(|outcome| matches!(outcome, Outcome::Finished(_))).collect();
    assert_eq!((shown, bench.calls("runs")), (vec![false, true, false, false], 1));
}

#[cfg(unix)]
#[test]
fn the_size_of_a_grid_is_known_without_its_files() {
    let bench = Bench::new();
    let grid = Grid::read(&crate::workspace_root().join("docs/paper/grid.toml")).unwrap();
    let locations = bench.locations_without_files();
    let build = build_of(&bench.welt);
    let plan = plan::plan(&grid, &grid, &locations, &build, &bench.welt).unwrap();
    let shown: Vec<String> =
        plan.sharing.iter().map(|sharing| format!("{} {} {}", sharing.order, sharing.cells, sharing.runs)).collect();
    assert_eq!(shown, ["intended 280 160", "as-published 280 160"]);
    let runs: usize = plan.absent.iter().map(|absent| absent.runs.unwrap().0).sum();
    assert_eq!((plan.cells, runs), (560, 280));
    let steps = |absent: &plan::Absent| estimate::Effort::of(&absent.runs.unwrap().1, &absent.training, 1.0).steps;
    // A step a batch: what the paper's code did for its 280 cells.
    let published: f64 = plan.absent.iter().map(|absent| 7.0 * steps(absent)).sum();
    assert!((14.0e6..15.2e6).contains(&published), "{published}");
    let stated = Some(Stated { tokens_per_second: 20_000.0, seconds_a_step: 0.02 });
    let timing = calibrate::Timing {
        welt: &bench.welt.path,
        folder: &bench.at("runs"),
        device: None,
        threads: 1,
        is_quiet: true,
    };
    let speeds = calibrate::speeds(&plan, &timing, stated).unwrap();
    expect![[r#"
        560 cells are 280 distinct runs; 0 of these are finished, 280 to run.
        Cells with the same loss share a run:
          intended: 280 cells are 160 runs a seed
          as-published: 280 cells are 160 runs a seed
          all orders: 560 cells are 280 runs a seed

        to run                cells   runs        steps      sub-words       time      disk
        ncbi-disease             70     35      442,246    102,044,666      4.0 h    210 MB
        bc5cdr-disease           70     35      924,336    208,413,256      8.6 h    551 MB
        bc5cdr-chemical          70     35    1,438,997    294,048,079     12.8 h    750 MB
        bc4chemd                 70     35    8,425,060  2,946,092,310   4.0 days    4.5 GB
        bc2gm                    70     35      748,860    537,323,220     12.1 h    462 MB
        biored-chemical          70     35    1,363,600    262,529,103     11.5 h    576 MB
        biored-disease           70     35      507,549    142,092,266      4.9 h    247 MB
        linnaeus                 70     35      745,101    241,355,100      7.8 h    495 MB
        all                     560    280   14,595,749  4,733,898,000   6.5 days    7.8 GB

        One run after the other: 6.5 days (156.5 hours); 4 at a time, if they do not slow each other: 39.1 h
        BioBERT: 20000 sub-words/s in training and 0.0200 s a step, 60000 in scoring, 1.44 sub-words a word; as stated with --rate
        BioELECTRA: 20000 sub-words/s in training and 0.0200 s a step, 60000 in scoring, 1.16 sub-words a word; as stated with --rate
        BlueBERT: 20000 sub-words/s in training and 0.0200 s a step, 60000 in scoring, 1.36 sub-words a word; as stated with --rate
        PubMedBERT: 20000 sub-words/s in training and 0.0200 s a step, 60000 in scoring, 1.16 sub-words a word; as stated with --rate
        SciBERT: 20000 sub-words/s in training and 0.0200 s a step, 60000 in scoring, 1.20 sub-words a word; as stated with --rate
    "#]].assert_eq(&estimate::summary(&plan, &[], &speeds, 4));
}
