//! Stores that are made here, whose scores can be counted by hand.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::json;
use welt_files::sha256_of;
use welt_record::{Cell, Identity, Plan, Row, Section};
use welt_settings::{Keep, Training, Weighting};
use welt_weights::LabelOrder;

use crate::store::Evidence;
use crate::{Published, Report, render};

/// One-word entities, two-word entities and sentences without any in every test set.
pub const SHORT: usize = 60;
pub const LONG: usize = 20;
const EMPTY: usize = 60;

/// How many of them a run gets wrong: missed, with other bounds, made up.
pub type Wrong = [usize; 3];

/// A store that grows.
pub struct Fake {
    folder: tempfile::TempDir,
    pub sections: Vec<Section>,
}

pub fn weighting(scheme: &str, label_order: LabelOrder) -> Weighting {
    Weighting { method: scheme.parse().unwrap(), label_order }
}

pub fn intended(scheme: &str) -> Weighting {
    weighting(scheme, LabelOrder::Intended)
}

impl Fake {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), sections: Vec::new() }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn section(&mut self, dataset: &str, model: &str) -> &mut Self {
        let training = Training { epochs: 2, batch_size: 8, keep: Keep::Last, ..Training::defaults() };
        self.sections.push(Section {
            dataset: dataset.to_owned(),
            source: Some(dataset.to_owned()),
            model: model.to_owned(),
            checkpoint: model.to_lowercase(),
            stands_in_for: None,
            from_scratch: false,
            training,
            rows: Vec::new(),
        });
        self
    }

    /// A row whose runs get so much wrong, one a seed; runs of none have no record.
    pub fn row(&mut self, weighting: Weighting, wrong: &[Option<Wrong>]) -> &mut Self {
        let mut runs = Vec::new();
        for (index, wrong) in wrong.iter().enumerate() {
            let section = self.sections.last().unwrap();
            let seed = index as u64 + 1;
            let identity = identity(section, weighting, seed);
            let run = Identity::run_of(&identity);
            if let Some(wrong) = wrong {
                write_run(&self.path().join("cells"), &run, &identity, (seed, *wrong));
            }
            runs.push(Cell { seed, run });
        }
        self.sections.last_mut().unwrap().rows.push(Row { weighting, same_as: None, runs });
        self
    }

    /// A row that shows the runs of another.
    pub fn same(&mut self, weighting: Weighting, as_row: usize) -> &mut Self {
        let rows = &mut self.sections.last_mut().unwrap().rows;
        let runs = rows[as_row].runs.clone();
        rows.push(Row { weighting, same_as: Some(rows[as_row].weighting), runs });
        self
    }

    pub fn plan(&self, title: &str, welt: &str) -> &Self {
        let (title, welt, device) = (title.to_owned(), welt.to_owned(), "cpu".to_owned());
        let (sections, problems) = (self.sections.clone(), Vec::new());
        let plan = Plan { format: Plan::FORMAT, title, welt, device, margin: 1.0, sections, problems };
        plan.write(self.path()).unwrap();
        self
    }

    /// Lets the runs have scored dev once, at their end, with an F1 of a half, and after no epoch.
    pub fn dev_at_the_end(&self) -> &Self {
        for entry in fs::read_dir(self.path().join("cells")).unwrap() {
            let Ok(text) = fs::read_to_string(entry.as_ref().unwrap().path().join("record.json")) else { continue };
            let mut record: serde_json::Value = serde_json::from_str(&text).unwrap();
            let half = json!({ "precision": 0.5, "recall": 0.5, "f1": 0.5, "support": 10 });
            record["scores"]["dev"] = json!({ "default": half, "strict": half });
            for epoch in record["epochs"].as_array_mut().unwrap() {
                epoch["score"] = serde_json::Value::Null;
            }
            fs::write(entry.unwrap().path().join("record.json"), record.to_string()).unwrap();
        }
        self
    }

    pub fn report(&self, published: Option<&Published>) -> Report {
        render(&Evidence::read(&[self.path().to_owned()]).unwrap(), published).unwrap()
    }
}

fn identity(section: &Section, weighting: Weighting, seed: u64) -> String {
    let sources = |name: &str| sha256_of(format!("{} {name}", section.dataset).as_bytes());
    let identity = Identity {
        format: Identity::FORMAT,
        welt: "computes 0".to_owned(),
        device: "cpu".to_owned(),
        train: vec![sources("train")],
        counts_from: vec![sources("train")],
        dev: sources("dev"),
        test: sources("test"),
        model: vec![("config.json".to_owned(), sha256_of(section.model.as_bytes()))],
        from_scratch: section.from_scratch,
        method: weighting.method,
        label_order: weighting.label_order,
        seed,
        training: section.training,
        choice: None,
    };
    identity.canonical().unwrap()
}

/// The predictions of a run; which of the entities it gets wrong depends on its seed.
fn predictions(seed: u64, [missed, bounds, made_up]: Wrong) -> String {
    let is_wrong = |index: usize, of: usize, n: usize| (index + 7 * seed as usize) % of < n;
    let mut text = String::new();
    for index in 0..SHORT {
        let predicted = if is_wrong(index, SHORT, missed) { "O" } else { "B-Disease" };
        text.push_str(&format!("flu\tB-Disease\t{predicted}\n\n"));
    }
    for index in 0..LONG {
        let predicted = if is_wrong(index, LONG, bounds) { "O" } else { "I-Disease" };
        text.push_str(&format!("renal\tB-Disease\tB-Disease\nfailure\tI-Disease\t{predicted}\n\n"));
    }
    for index in 0..EMPTY {
        let predicted = if is_wrong(index, EMPTY, made_up) { "B-Disease" } else { "O" };
        text.push_str(&format!("none\tO\t{predicted}\n\n"));
    }
    text
}

/// Precision, recall and F1 of a run, counted by hand.
pub fn scores([missed, bounds, made_up]: Wrong) -> [f64; 3] {
    let right = (SHORT - missed + LONG - bounds) as f64;
    let precision = right / (right + (bounds + made_up) as f64);
    let recall = right / (SHORT + LONG) as f64;
    [precision, recall, 2.0 * precision * recall / (precision + recall).max(f64::MIN_POSITIVE)]
}

fn write_run(cells: &Path, run: &str, identity: &str, (seed, wrong): (u64, Wrong)) {
    let folder = cells.join(run);
    fs::create_dir_all(folder.join("predictions")).unwrap();
    fs::write(cells.join(format!("{run}.json")), format!("{identity}\n")).unwrap();
    fs::write(folder.join("predictions/test.tsv"), predictions(seed, wrong)).unwrap();
    let [precision, recall, f1] = scores(wrong);
    let modes = json!({ "precision": precision, "recall": recall, "f1": f1, "support": 100 });
    let size = |sentences: u64| json!({ "sentences": sentences, "words": 10 * sentences, "examples": sentences });
    let epoch = |epoch: u64, mean_loss: f64, score: f64| json!({ "epoch": epoch, "mean_loss": mean_loss, "subwords": 1000, "seconds": 40.0, "score": score });
    let record = json!({
        "format": 1,
        "config": { "train": ["/place/train.tsv"], "dev": [], "test": [], "counts_from": [], "model": "/place/model",
                    "save_model": false, "weights": "ins", "training": { "learning_rate": 5e-5, "seed": seed } },
        "labels": ["B-Disease", "I-Disease", "O"], "counts": [80, 20, 900], "class_weights": [1.0, 2.0, 1.0 / 3.0],
        "data": { "train": size(100), "dev": size(20), "test": size(140) },
        "epochs": [epoch(1, 0.5, 0.25), epoch(2, 0.125, f1)],
        "seconds": { "training": 80.0, "total": 90.0 },
        "scores": { "test": { "default": modes, "strict": modes } },
    });
    fs::write(folder.join("record.json"), record.to_string()).unwrap();
    let environment = json!({ "architecture": "x86_64", "device": "cpu", "threads": 2, "sha256": { "/place/x": "0" } });
    fs::write(folder.join("environment.json"), environment.to_string()).unwrap();
    let step = |step: u64| format!("{{\"kind\":\"step\",\"step\":{step},\"loss\":{}}}\n", 1.0 / step as f64);
    fs::write(folder.join("metrics.jsonl"), (1..=40).map(step).collect::<String>()).unwrap();
}

pub fn file<'r>(report: &'r Report, name: &str) -> &'r str {
    let (_, text) = report.files.iter().find(|(known, _)| *known == name).unwrap();
    text
}

/// The fields of a CSV text by the names of its header; nothing in it is quoted.
pub fn fields(csv: &str) -> Vec<BTreeMap<String, String>> {
    let mut lines = csv.lines().map(|line| line.split(','));
    let header: Vec<String> = lines.next().unwrap().map(str::to_owned).collect();
    lines.map(|line| header.iter().cloned().zip(line.map(str::to_owned)).collect()).collect()
}
