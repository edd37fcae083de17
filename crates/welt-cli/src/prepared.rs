//! What a run learns from and is scored on: sentences as windows, the training loop around them, scores of splits.
//! It knows nothing of arguments; files are written through the run directory.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use cpu_time::ProcessTime;
use indicatif::ProgressBar;
use welt_data::Sentence;
use welt_data::ledger::{Counts, Item, Ledger, Stage};
use welt_models::{EncoderConfig, Tagger};
use welt_record::{Metric, ReadData, SplitData};
use welt_settings::{BestBy, Settings};
use welt_subwords::{SubwordTokenizer, Windowing, Windows};
use welt_tags::{LabelSet, Span};
use welt_train::{
    Breaks, Epoch, Hooks, Moment, PredictConfig, Progress, Run, ScoredStep, Step, TrainError, TrainingData, predict,
    word_scores,
};

use crate::choosing::ScoredSplit;
use crate::dev_scores::{self, Watch};
use crate::interrupt::{is_interrupted, stop_if_interrupted};
use crate::run_checkpoints::{Checkpoints, Elapsed};
use crate::run_directory::RunDirectory;
use crate::split_files::Split;
use crate::unseen_words::{UnseenWords, learn_from_seen_words};
use crate::{allow, progress};

/// Sub-words of one forward pass in prediction.
pub const PREDICTION_SUBWORDS: usize = 2048;

/// The three splits of a run, as they were read.
pub struct Splits {
    /// To learn from.
    pub train: Split,
    /// To choose the epoch on.
    pub dev: Split,
    /// To score the kept model on.
    pub test: Split,
}

/// Sentences with their windows.
pub struct PreparedSplit<'a> {
    /// `train`, `dev` or `test`, or the file where it is one.
    name: String,
    sentences: Vec<&'a Sentence>,
    windows: Windows,
    ledger: Ledger,
}

/// What training, scoring and recording read.
pub struct Prepared<'a> {
    labels: &'a LabelSet,
    gold: Vec<Vec<usize>>,
    train: PreparedSplit<'a>,
    /// To choose the epoch on.
    pub dev: Option<PreparedSplit<'a>>,
    /// To score the kept model on.
    pub test: Option<PreparedSplit<'a>>,
}

impl<'a> Prepared<'a> {
    /// Cuts the sentences of all splits into windows, and says what of them the model cannot see whole.
    pub fn new(
        splits: &'a Splits,
        labels: &'a LabelSet,
        tokenizer: &SubwordTokenizer,
        config: &Settings,
        sizes: &EncoderConfig,
    ) -> Result<Self> {
        let limit = sizes.longest_input();
        let found = config.training.max_length;
        if found > limit {
            bail!("max_length is {found}, and the model reads at most {limit} sub-words: add --max-length {limit}");
        }
        let windowing = Windowing::new(config.training.max_length, config.training.window_context)?;
        let allowed = allow::in_training(&config.allow)?;
        let prepare = |split: &'a Split, name: &str| -> Result<PreparedSplit<'a>> {
            let sentences: Vec<&Sentence> = split.sentences().collect();
            let words: Vec<&[String]> = sentences.iter().map(|sentence| sentence.words.as_slice()).collect();
            let windows = Windows::encode(tokenizer, &words, windowing)?;
            report_losses(&windows, name, |sentence, word| words[sentence][word].as_str());
            let ledger = ledger(&sentences, &windows);
            ledger.check(&allowed).map_err(|refused| allow::advised(&refused)).with_context(|| name.to_owned())?;
            let name = match split.corpora() {
                [corpus] => corpus.path.display().to_string(),
                _ => name.to_owned(),
            };
            Ok(PreparedSplit { name, sentences, windows, ledger })
        };
        let optional = |split: &'a Split, name: &str| {
            warn_of_unknown_tags(split, labels, name);
            split.sentences().next().is_some().then(|| prepare(split, name)).transpose()
        };
        let train = prepare(&splits.train, "train")?;
        let mut gold = splits.train.gold(labels)?;
        learn_from_seen_words(&mut gold, &train.windows, labels);
        Ok(Self { labels, gold, train, dev: optional(&splits.dev, "dev")?, test: optional(&splits.test, "test")? })
    }

    /// What the loop reads.
    pub fn training_data<'d>(&'d self, class_weights: &'d [f64]) -> TrainingData<'d> {
        TrainingData { windows: &self.train.windows.windows, gold: &self.gold, class_weights }
    }

    /// Takes the steps of a run that are left, writing steps and epochs down as they come, and checkpoints when they are due;
    /// how many processor seconds that took, scoring left out.
    pub fn fit(&self, run: &mut Run, sizes: &EncoderConfig, config: &Settings, writing: &mut Writing) -> Result<f64> {
        let bar = progress::bar(run.total_steps(), "training");
        bar.set_position(run.steps_taken() as u64);
        let cpu = ProcessTime::now();
        let cpu_in_scoring = Cell::new(0.0);
        let spent = || cpu.elapsed().as_secs_f64() - cpu_in_scoring.get();
        let log = RefCell::new(RunLog { writing, bar: bar.clone(), subwords: 0, started: Instant::now(), error: None });
        let mut watch = Watch::default();
        let mut score = |epoch: usize, model: &Tagger| {
            let started = ProcessTime::now();
            let score = self.dev.as_ref().map(|dev| self.dev_score(dev, (model, sizes), config.training.best_by));
            let score = score.transpose()?;
            score.into_iter().for_each(|score| watch.see(score, epoch));
            cpu_in_scoring.set(cpu_in_scoring.get() + started.elapsed().as_secs_f64());
            Ok(score)
        };
        let mut on_progress = |progress: Progress| log.borrow_mut().write(&progress);
        let mut between = |run: &Run, moment: Moment| {
            log.borrow_mut().writing.checkpoint_if_due(run, moment, spent());
            Ok(())
        };
        let mut hooks = Hooks { on_progress: &mut on_progress, score: &mut score };
        let done = run.go_on(&mut hooks, &mut Breaks { stop: &is_interrupted, between: &mut between });
        bar.finish_and_clear();
        let spent = spent();
        let RunLog { writing, error, .. } = log.into_inner();
        writing.elapsed.cpu_seconds += spent;
        match error {
            Some(error) => Err(error),
            None => Ok(done?),
        }?;
        Ok(writing.elapsed.cpu_seconds)
    }

    fn dev_score(&self, split: &PreparedSplit, model: (&Tagger, &EncoderConfig), by: BestBy) -> Result<f64> {
        dev_scores::score(&split.gold(), &self.predicted(split, model)?, by)
    }

    /// One tag for every word; one without a sub-word goes on with the entity around it.
    fn predicted(&self, split: &PreparedSplit, model: (&Tagger, &EncoderConfig)) -> Result<Vec<Vec<&str>>> {
        let n_words: Vec<usize> = split.sentences.iter().map(|sentence| sentence.words.len()).collect();
        let config = PredictConfig { max_subwords: PREDICTION_SUBWORDS };
        let bar = progress::bar(split.windows.windows.len(), "scoring");
        let predicted = predict(model, &split.windows.windows, &n_words, config, &|n| progress::advance(&bar, n));
        bar.finish_and_clear();
        let predicted = predicted.map_err(|error| split.located(error))?;
        Ok(predicted.iter().map(|labels| self.labels.tags(labels)).collect())
    }

    /// What the model says of the words of a split; none where there is no split.
    pub fn scored(
        &self,
        split: Option<&'a PreparedSplit<'a>>,
        model: (&Tagger, &EncoderConfig),
        name: &'static str,
    ) -> Result<Option<ScoredSplit<'a>>> {
        let Some(split) = split else { return Ok(None) };
        stop_if_interrupted()?;
        let sentences = &split.sentences;
        let n_words: Vec<usize> = sentences.iter().map(|sentence| sentence.words.len()).collect();
        let windows = &split.windows.windows;
        let bar = progress::bar(windows.len(), "scoring");
        let scores = word_scores(model, windows, &n_words, PREDICTION_SUBWORDS, &|n| progress::advance(&bar, n));
        bar.finish_and_clear();
        Ok(Some(ScoredSplit {
            name,
            words: sentences.iter().map(|sentence| sentence.words.iter().map(String::as_str).collect()).collect(),
            gold: split.gold(),
            documents: sentences.iter().map(|sentence| sentence.document).collect(),
            scores: scores.map_err(|error| split.located(error))?,
        }))
    }
}

impl Prepared<'_> {
    /// What went in, split by split.
    pub fn data(&self) -> ReadData {
        let optional = |split: &Option<PreparedSplit>| split.as_ref().map(PreparedSplit::data);
        ReadData { train: self.train.data(), dev: optional(&self.dev), test: optional(&self.test) }
    }
}

impl PreparedSplit<'_> {
    /// The gold tags as they stood: a tag that training never saw is one that the model misses.
    fn gold(&self) -> Vec<Vec<String>> {
        let tags = |sentence: &&Sentence| sentence.tags.iter().map(ToString::to_string).collect();
        self.sentences.iter().map(tags).collect()
    }

    /// The error with the word that it is about.
    fn located(&self, error: TrainError) -> anyhow::Error {
        let TrainError::Score { sentence, word, .. } = &error else { return error.into() };
        let Some(of) = self.sentences.get(*sentence) else { return error.into() };
        let shown: String = of.words.get(*word).into_iter().flat_map(|word| word.chars()).take(40).collect();
        let line = of.line_number + word;
        anyhow::Error::new(error).context(format!(
            "{}:{line}:1: no label for the word `{}`",
            self.name,
            shown.escape_debug()
        ))
    }

    /// The account of what went in, for the record.
    fn data(&self) -> SplitData {
        let windows = &self.windows;
        SplitData {
            sentences: windows.sentences,
            words: windows.words,
            examples: windows.windows.len(),
            sentences_windowed: windows.sentences_windowed,
            words_cut: windows.words_cut,
            words_without_subwords: windows.words_without_subwords,
            ledger: Some(self.ledger.clone()),
        }
    }
}

/// Losses of one name that are listed in a record.
const LISTED: usize = 100;

/// What became of words and mentions on their way to the network.
fn ledger(sentences: &[&Sentence], windows: &Windows) -> Ledger {
    let spans = |sentence: &&Sentence| sentence.entities().into_iter().map(Span::from).collect();
    let spans: Vec<Vec<Span>> = sentences.iter().map(spans).collect();
    let spans: Vec<&[Span]> = spans.iter().map(Vec::as_slice).collect();
    let documents: BTreeSet<usize> = sentences.iter().map(|sentence| sentence.document).collect();
    let counts = Counts {
        documents: documents.len(),
        sentences: sentences.len(),
        words: windows.words,
        mentions: spans.iter().map(|spans| spans.len()).sum(),
    };
    let mut ledger = Ledger::listing(LISTED);
    ledger.pass(Stage::Tag, counts, counts);
    windows.account(&mut ledger, &spans, |index, span| {
        let sentence = sentences[index];
        Item {
            document: format!("line {}", sentence.line_number + span.start),
            parts: Vec::new(),
            text: sentence.words[span.start..span.end].join(" "),
            entity_type: span.entity_type.to_string(),
            note: String::new(),
        }
    });
    ledger
}

fn warn_of_unknown_tags(split: &Split, labels: &LabelSet, name: &str) {
    let tags = split.sentences().flat_map(|sentence| &sentence.tags).map(ToString::to_string);
    let unknown: BTreeSet<String> = tags.filter(|tag| labels.index(tag).is_none()).collect();
    if !unknown.is_empty() {
        let unknown = unknown.into_iter().collect::<Vec<_>>().join(", ");
        tracing::warn!("{name}: {unknown} not seen in training: the model cannot predict it, and misses it");
    }
}

/// Says what of a split the model cannot see whole.
fn report_losses<'w>(windows: &Windows, name: &str, word: impl Fn(usize, usize) -> &'w str) {
    if windows.sentences_windowed > 0 {
        tracing::info!("{name}: {} sentences are read in overlapping windows", windows.sentences_windowed);
    }
    let mut unseen = UnseenWords::default();
    unseen.add(windows, word);
    unseen.warn(name, "not learnt, and tagged as the entity around goes on, else O");
    if windows.words_cut > 0 {
        let (words, subwords) = (windows.words_cut, windows.subwords_cut);
        tracing::warn!("{name}: {words} words are longer than a window: {subwords} of their sub-words are not read");
    }
}

/// Where a run is written.
pub struct Writing {
    /// Its directory.
    pub directory: RunDirectory,
    /// Its checkpoints.
    pub checkpoints: Checkpoints,
    /// What earlier processes took, and what this one did, as far as it is known.
    pub elapsed: Elapsed,
    /// When this process took the run up.
    pub started: Instant,
}

impl Writing {
    /// Seconds that all processes took so far.
    pub fn seconds(&self) -> f64 {
        self.elapsed.seconds + self.started.elapsed().as_secs_f64()
    }

    /// Writes a checkpoint.
    ///
    /// # Errors
    /// A disk that is full.
    pub fn checkpoint(&mut self, run: &Run, cpu_seconds: f64) -> Result<()> {
        let elapsed = Elapsed { seconds: self.seconds(), cpu_seconds: self.elapsed.cpu_seconds + cpu_seconds };
        self.checkpoints.write(run, &mut self.directory, elapsed)
    }

    /// The same when it is time; a run goes on without one that cannot be written.
    fn checkpoint_if_due(&mut self, run: &Run, moment: Moment, cpu_seconds: f64) {
        if !self.checkpoints.is_due(run, moment) {
            return;
        }
        let started = Instant::now();
        match self.checkpoint(run, cpu_seconds) {
            Ok(()) => {
                let seconds = started.elapsed().as_secs_f64();
                tracing::debug!("checkpoint after step {}, {seconds:.1} s", run.steps_taken());
            }
            Err(error) => {
                self.checkpoints.wait();
                tracing::warn!("no checkpoint could be written, and the run goes on without: {error:#}");
            }
        }
    }
}

/// Writes steps and epochs down and moves the bar; the first failure stops the run.
struct RunLog<'a> {
    writing: &'a mut Writing,
    bar: ProgressBar,
    subwords: usize,
    started: Instant,
    error: Option<anyhow::Error>,
}

/// Steps between two moments at which what was written can be followed from outside.
const STEPS_BETWEEN_FLUSHES: usize = 20;

impl RunLog<'_> {
    fn write(&mut self, progress: &Progress) -> ControlFlow<()> {
        let written = match progress {
            Progress::Step(step) => self.step(step),
            Progress::Epoch(epoch) => self.epoch(epoch),
            Progress::Evaluation(scored) => self.evaluation(scored),
        };
        if let Err(error) = written {
            self.error = Some(error);
            return ControlFlow::Break(());
        }
        if is_interrupted() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn step(&mut self, step: &Step) -> Result<()> {
        self.subwords += step.subwords;
        let speed = self.subwords as f64 / self.started.elapsed().as_secs_f64();
        self.bar.set_message(format!("epoch {} loss {:.4} {speed:.0} tokens/s", step.epoch, step.loss));
        self.bar.inc(1);
        let directory = &mut self.writing.directory;
        directory.metric(&Metric::Step(recorded_step(step)))?;
        if step.step.is_multiple_of(STEPS_BETWEEN_FLUSHES) { directory.flush() } else { Ok(()) }
    }

    fn epoch(&mut self, epoch: &Epoch) -> Result<()> {
        let score = epoch.score.map(|score| format!(", dev {:.2}", 100.0 * score)).unwrap_or_default();
        tracing::info!("epoch {}: mean loss {:.4}{score}", epoch.epoch, epoch.mean_loss);
        self.writing.directory.metric(&Metric::Epoch(recorded_epoch(epoch)))?;
        self.writing.directory.flush()
    }

    fn evaluation(&mut self, scored: &ScoredStep) -> Result<()> {
        if let Some(score) = scored.score {
            tracing::info!("step {}: dev {:.2}", scored.step, 100.0 * score);
        }
        self.writing.directory.metric(&Metric::Evaluation(recorded_evaluation(scored)))?;
        self.writing.directory.flush()
    }
}

/// A scoring as a record has it.
pub fn recorded_evaluation(scored: &ScoredStep) -> welt_record::ScoredStep {
    let ScoredStep { step, epoch, score } = *scored;
    welt_record::ScoredStep { step, epoch, score }
}

/// A step as a record has it.
fn recorded_step(step: &Step) -> welt_record::Step {
    let Step { step, total_steps, epoch, loss, learning_rate, gradient_norm, subwords } = *step;
    welt_record::Step { step, total_steps, epoch, loss, learning_rate, gradient_norm, subwords }
}

/// An epoch as a record has it.
pub fn recorded_epoch(epoch: &Epoch) -> welt_record::Epoch {
    let Epoch { epoch, mean_loss, subwords, seconds, score } = *epoch;
    welt_record::Epoch { epoch, mean_loss, subwords, seconds, score }
}
