//! How long the runs of a plan take and how much disk they fill, before they run.
//! What each run reads and how fast a device is go in; steps, sub-words, seconds and bytes come out.

use std::collections::BTreeMap;

use welt_record::Record;
use welt_settings::Training;

use super::follow::duration;
use super::locations::Work;
use super::plan::{Plan, Run};

/// How fast a device trains one encoder.
#[derive(Debug, Clone, PartialEq)]
pub struct Speed {
    /// Sub-words learnt from in a second.
    pub training: f64,
    /// Sub-words tagged in a second.
    pub scoring: f64,
    /// What a step costs beside its sub-words.
    pub seconds_a_step: f64,
    /// Sub-words of a word of its corpora, special tokens counted.
    pub subwords_a_word: f64,
    /// Where these numbers come from.
    pub source: String,
}

/// A sub-word that is only tagged costs about a third of one that is learnt from: there is no backward pass.
pub const SCORING_SPEEDUP: f64 = 3.0;

/// Sub-words of a word, special tokens counted, where neither the encoder nor the grid tells: between the 1.16 of
/// PubMedBERT's vocabulary and the 1.44 of BERT's cased one on the paper's corpora.
pub const SUBWORDS_A_WORD: f64 = 1.3;

/// What a run does.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Effort {
    pub steps: f64,
    /// Sub-words learnt from.
    pub trained: f64,
    /// Sub-words tagged: dev after every epoch and at the end, test at the end.
    pub scored: f64,
    /// Bytes on disk: a line and four numbers for TensorBoard a step, a line a word of dev and test, and the record.
    pub bytes: f64,
}

/// Measured: bytes of `metrics.jsonl` and of the TensorBoard events for a step, of predictions for a word with its scores (of
/// the three labels of one entity type), and of the rest of a run.
const BYTES_A_STEP: f64 = 385.0;
const BYTES_A_WORD: f64 = 11.0 + 12.0;
const BYTES_A_RUN: f64 = 16_000.0;

impl Effort {
    /// What a run of a plan does: one that takes the training of another does nothing that would take time.
    fn of_run(run: &Run, subwords_a_word: f64) -> Self {
        if run.trains() { Self::of(&run.work, &run.settings.training, subwords_a_word) } else { Self::default() }
    }

    /// What one training does.
    pub fn of(work: &Work, training: &Training, subwords_a_word: f64) -> Self {
        let epochs = training.epochs as f64;
        let batches = work.train.sentences.div_ceil(training.batch_size as u64);
        let (dev, test) = (work.dev.words as f64, work.test.words as f64);
        let steps = batches as f64 * epochs;
        Self {
            steps,
            trained: work.train.words as f64 * subwords_a_word * epochs,
            scored: (dev * (epochs + 1.0) + test) * subwords_a_word,
            bytes: steps * BYTES_A_STEP + (dev + test) * BYTES_A_WORD + BYTES_A_RUN,
        }
    }

    /// The work in sub-words learnt from.
    pub fn weight(&self) -> f64 {
        self.trained + self.scored / SCORING_SPEEDUP
    }

    /// What it takes at a speed.
    pub fn seconds(&self, speed: &Speed) -> f64 {
        self.steps * speed.seconds_a_step + self.trained / speed.training + self.scored / speed.scoring
    }

    fn times(self, n: f64) -> Self {
        Self { steps: self.steps * n, trained: self.trained * n, scored: self.scored * n, bytes: self.bytes * n }
    }

    fn plus(self, other: Self) -> Self {
        Self {
            steps: self.steps + other.steps,
            trained: self.trained + other.trained,
            scored: self.scored + other.scored,
            bytes: self.bytes + other.bytes,
        }
    }
}

/// How much work each run of a plan is, in sub-words.
pub fn work(plan: &Plan) -> Vec<f64> {
    plan.runs.iter().map(|run| Effort::of_run(run, SUBWORDS_A_WORD).weight().max(1.0)).collect()
}

/// What each run of a plan takes; none where an encoder's speed is not known.
pub fn seconds(plan: &Plan, speeds: &BTreeMap<String, Speed>) -> Option<Vec<f64>> {
    let of_run = |run: &Run| {
        let speed = speeds.get(&run.model)?;
        Some(Effort::of_run(run, speed.subwords_a_word).seconds(speed))
    };
    plan.runs.iter().map(of_run).collect()
}

/// The speed that finished runs of an encoder had; none where their records do not tell.
pub fn from_records<'a>(records: impl Iterator<Item = &'a Record>) -> Option<Speed> {
    let (mut trained, mut trained_words, mut training) = (0.0, 0.0, 0.0);
    let (mut scored_words, mut scoring, mut n_records) = (0.0, 0.0, 0);
    for record in records {
        let (Some(seconds), Some(data)) = (record.seconds, &record.data) else { continue };
        let epochs = record.epochs.len() as f64;
        trained += record.epochs.iter().map(|epoch| epoch.subwords as f64).sum::<f64>();
        trained_words += data.train.words as f64 * epochs;
        training += seconds.training;
        scored_words += data.dev.as_ref().map_or(0.0, |dev| dev.words as f64) * (epochs + 1.0);
        scored_words += data.test.as_ref().map_or(0.0, |test| test.words as f64);
        scoring += seconds.total - seconds.training;
        n_records += 1;
    }
    if trained <= 0.0 || training <= 0.0 {
        return None;
    }
    let subwords_a_word = trained / trained_words;
    let speed = trained / training;
    let measured = scored_words * subwords_a_word / scoring;
    let scoring = if measured.is_finite() && measured > 0.0 { measured } else { speed * SCORING_SPEEDUP };
    let source = format!("measured in {n_records} finished runs");
    Some(Speed { training: speed, scoring, seconds_a_step: 0.0, subwords_a_word, source })
}

/// What is printed instead of running: a line a dataset, the sum, and where the numbers come from.
pub fn summary(plan: &Plan, finished: &[bool], speeds: &BTreeMap<String, Speed>, slots: usize) -> String {
    let total_runs: usize =
        plan.trainings() + plan.absent.iter().filter_map(|absent| Some(absent.runs?.0)).sum::<usize>();
    let n_finished = plan.runs.iter().zip(finished).filter(|(run, finished)| run.trains() && **finished).count();
    let mut text = format!(
        "{} cells are {total_runs} distinct runs; {n_finished} of these are finished, {} to run.\n",
        plan.cells,
        total_runs - n_finished,
    );
    let n_sharing = plan.runs.len() - plan.trainings();
    if n_sharing > 0 {
        text.push_str(&format!(
            "{n_sharing} runs more choose labels anew by what these leave: they take no training and next to no time.\n"
        ));
    }
    text.push_str("Cells with the same loss share a run:\n");
    for sharing in &plan.sharing {
        text.push_str(&format!("  {}: {} cells are {} runs a seed\n", sharing.order, sharing.cells, sharing.runs));
    }
    if plan.sharing.len() > 1 {
        let cells: usize = plan.sharing.iter().map(|sharing| sharing.cells).sum();
        text.push_str(&format!("  all orders: {cells} cells are {} runs a seed\n", total_runs / plan.seeds.max(1)));
    }
    let rows = rows(plan, finished, speeds);
    text.push_str(&table(&rows, slots));
    text.push_str(&sources(speeds));
    text
}

/// The cells of a dataset and what is left to run of them.
#[derive(Debug, Clone)]
struct Row {
    name: String,
    cells: usize,
    runs: usize,
    effort: Effort,
    /// None where the size of the corpus or the speed of an encoder is not known.
    seconds: Option<f64>,
}

impl Row {
    fn new(name: &str) -> Self {
        Self { name: name.to_owned(), cells: 0, runs: 0, effort: Effort::default(), seconds: Some(0.0) }
    }

    fn add(&mut self, runs: usize, effort: Effort, speed: Option<&Speed>) {
        self.runs += runs;
        self.effort = self.effort.plus(effort);
        self.seconds = self.seconds.zip(speed).map(|(sum, speed)| sum + effort.seconds(speed));
    }
}

/// A row a dataset, in the order of the plan, and one for all.
fn rows(plan: &Plan, finished: &[bool], speeds: &BTreeMap<String, Speed>) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    let of_sections =
        plan.sections.iter().map(|section| (&section.dataset, section.rows.iter().map(|row| row.runs.len()).sum()));
    for (dataset, cells) in of_sections.chain(plan.absent.iter().map(|absent| (&absent.dataset, absent.cells))) {
        row(&mut rows, dataset).cells += cells;
    }
    for (run, _) in plan.runs.iter().zip(finished).filter(|(run, finished)| run.trains() && !**finished) {
        let speed = speeds.get(&run.model);
        let ratio = speed.map_or(SUBWORDS_A_WORD, |speed| speed.subwords_a_word);
        row(&mut rows, &run.dataset).add(1, Effort::of_run(run, ratio), speed);
    }
    for absent in &plan.absent {
        let speed = speeds.get(&absent.model);
        let row = row(&mut rows, &absent.dataset);
        let Some((runs, work)) = absent.runs else {
            row.seconds = None;
            continue;
        };
        let ratio = speed.map(|speed| speed.subwords_a_word).or(absent.subwords_per_word).unwrap_or(SUBWORDS_A_WORD);
        row.add(runs, Effort::of(&work, &absent.training, ratio).times(runs as f64), speed);
    }
    let mut all = Row::new("all");
    for row in &rows {
        all.cells += row.cells;
        all.runs += row.runs;
        all.effort = all.effort.plus(row.effort);
        all.seconds = all.seconds.zip(row.seconds).map(|(sum, seconds)| sum + seconds);
    }
    rows.push(all);
    rows
}

fn row<'a>(rows: &'a mut Vec<Row>, dataset: &str) -> &'a mut Row {
    let index = rows.iter().position(|row| row.name == dataset).unwrap_or_else(|| {
        rows.push(Row::new(dataset));
        rows.len() - 1
    });
    &mut rows[index]
}

fn table(rows: &[Row], slots: usize) -> String {
    let mut text = format!(
        "\n{:<20} {:>6} {:>6} {:>12} {:>14} {:>10} {:>9}\n",
        "to run", "cells", "runs", "steps", "sub-words", "time", "disk"
    );
    for row in rows {
        text.push_str(&format!(
            "{:<20} {:>6} {:>6} {:>12} {:>14} {:>10} {:>9}\n",
            row.name,
            row.cells,
            row.runs,
            thousands(row.effort.steps),
            thousands(row.effort.trained),
            row.seconds.map_or("not known".to_owned(), duration),
            bytes(row.effort.bytes)
        ));
    }
    if let Some(seconds) = rows.last().and_then(|all| all.seconds) {
        let each = duration(seconds / slots as f64);
        text.push_str(&format!(
            "\nOne run after the other: {} ({:.1} hours); {slots} at a time, if they do not slow each other: {each}\n",
            duration(seconds),
            seconds / 3600.0
        ));
    }
    text
}

fn sources(speeds: &BTreeMap<String, Speed>) -> String {
    let mut text = String::new();
    for (model, speed) in speeds {
        let step = if speed.seconds_a_step > 0.0 {
            format!(" and {:.4} s a step", speed.seconds_a_step)
        } else {
            String::new()
        };
        text.push_str(&format!(
            "{model}: {:.0} sub-words/s in training{step}, {:.0} in scoring, {:.2} sub-words a word; {}\n",
            speed.training, speed.scoring, speed.subwords_a_word, speed.source
        ));
    }
    text
}

fn thousands(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn bytes(bytes: f64) -> String {
    match bytes {
        bytes if bytes < 1e6 => format!("{:.0} kB", bytes / 1e3),
        bytes if bytes < 1e9 => format!("{:.0} MB", bytes / 1e6),
        bytes => format!("{:.1} GB", bytes / 1e9),
    }
}
