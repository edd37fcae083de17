//! What a run learns from and is scored on: sentences as windows, the training loop around them, scores of splits.
//! It knows nothing of arguments; files are written through the run directory.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use cpu_time::ProcessTime;
use indicatif::ProgressBar;
use welt_data::Sentence;
use welt_data::ledger::{Counts, Item, Ledger, Stage};
use welt_data::predictions::{PredictedSentence, PredictionWriter};
use welt_eval::seqeval::{self, Mode};
use welt_models::{EncoderConfig, Tagger};
use welt_record::{Metric, ReadData, Reports, SplitData};
use welt_settings::Settings;
use welt_subwords::{Windowing, Windows, WordPieceTokenizer};
use welt_tags::{LabelSet, Span};
use welt_train::{Epoch, Fitted, Hooks, PredictConfig, Progress, Step, TrainConfig, TrainingData, fit, predict};

use crate::interrupt::{is_interrupted, stop_if_interrupted};
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
        tokenizer: &WordPieceTokenizer,
        config: &Settings,
        sizes: &EncoderConfig,
    ) -> Result<Self> {
        let limit = sizes.max_position_embeddings;
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
            Ok(PreparedSplit { sentences, windows, ledger })
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

    /// Trains `model`, writing steps and epochs down as they come.
    pub fn fit(
        &self,
        model: (Tagger, &EncoderConfig),
        class_weights: &[f64],
        config: &Settings,
        directory: &mut RunDirectory,
    ) -> Result<FittedRun> {
        let sizes = model.1;
        let data = TrainingData { windows: &self.train.windows.windows, gold: &self.gold, class_weights };
        // A batch size of 0 is refused by `fit`, in its own words.
        let steps_an_epoch = data.windows.len().div_ceil(config.training.batch_size.max(1));
        let bar = progress::bar(config.training.epochs.saturating_mul(steps_an_epoch), "training");
        let mut log = RunLog { directory, bar: bar.clone(), subwords: 0, started: Instant::now(), error: None };
        let cpu = ProcessTime::now();
        let mut cpu_in_scoring = 0.0;
        let mut score = |_: usize, model: &Tagger| {
            let started = ProcessTime::now();
            let score = self.dev.as_ref().map(|dev| self.micro_f1(dev, (model, sizes))).transpose()?;
            cpu_in_scoring += started.elapsed().as_secs_f64();
            Ok(score)
        };
        let mut hooks = Hooks { on_progress: &mut |progress| log.write(&progress), score: &mut score };
        let Settings { training, seed, .. } = *config;
        let fitted = fit(model, &data, &TrainConfig { training, loss: config.method.loss, seed }, &mut hooks);
        bar.finish_and_clear();
        if let Some(error) = log.error.take() {
            return Err(error);
        }
        let Fitted { model, kept_epoch, epochs } = fitted?;
        Ok(FittedRun { model, kept_epoch, epochs, cpu_seconds: cpu.elapsed().as_secs_f64() - cpu_in_scoring })
    }

    fn micro_f1(&self, split: &PreparedSplit, model: (&Tagger, &EncoderConfig)) -> Result<f64> {
        let predicted = self.predicted(split, model)?;
        Ok(seqeval::evaluate(&split.gold(), &predicted, Mode::Default)?.micro.f1)
    }

    /// One tag for every word; one without a sub-word goes on with the entity around it.
    fn predicted(&self, split: &PreparedSplit, model: (&Tagger, &EncoderConfig)) -> Result<Vec<Vec<&str>>> {
        let n_words: Vec<usize> = split.sentences.iter().map(|sentence| sentence.words.len()).collect();
        let config = PredictConfig { max_subwords: PREDICTION_SUBWORDS };
        let bar = progress::bar(split.windows.windows.len(), "scoring");
        let predicted = predict(model, &split.windows.windows, &n_words, config, &|n| progress::advance(&bar, n))?;
        bar.finish_and_clear();
        Ok(predicted.iter().map(|labels| self.labels.tags(labels)).collect())
    }

    /// Predicts a split, writes its words with gold and predicted tags, and scores it; none where there is no split.
    pub fn score(
        &self,
        split: Option<&PreparedSplit>,
        model: (&Tagger, &EncoderConfig),
        directory: &RunDirectory,
        name: &str,
    ) -> Result<Option<Reports>> {
        let Some(split) = split else { return Ok(None) };
        stop_if_interrupted()?;
        let (gold, predicted) = (split.gold(), self.predicted(split, model)?);
        directory.file(&format!("predictions/{name}.tsv"), |out| {
            let mut writer = PredictionWriter::new(out);
            for ((sentence, gold), predicted) in split.sentences.iter().zip(&gold).zip(&predicted) {
                writer.write(&PredictedSentence {
                    words: sentence.words.iter().map(String::as_str).collect(),
                    gold: gold.iter().map(String::as_str).collect(),
                    predicted: predicted.clone(),
                    document: sentence.document,
                })?;
            }
            Ok(())
        })?;
        let strict = seqeval::evaluate(&gold, &predicted, Mode::StrictDetected);
        let strict = strict.inspect_err(|error| tracing::warn!("{name}: no strict scores: {error}")).ok();
        let default = seqeval::evaluate(&gold, &predicted, Mode::Default)?;
        tracing::info!("{name}: F1 {:.2}", 100.0 * default.micro.f1);
        Ok(Some(Reports { default, strict }))
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

/// Writes steps and epochs down and moves the bar; the first failure stops the run.
struct RunLog<'a> {
    directory: &'a mut RunDirectory,
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
        self.directory.metric(&Metric::Step(recorded_step(step)))?;
        if step.step.is_multiple_of(STEPS_BETWEEN_FLUSHES) { self.directory.flush() } else { Ok(()) }
    }

    fn epoch(&mut self, epoch: &Epoch) -> Result<()> {
        let score = epoch.score.map(|score| format!(", dev F1 {:.2}", 100.0 * score)).unwrap_or_default();
        tracing::info!("epoch {}: mean loss {:.4}{score}", epoch.epoch, epoch.mean_loss);
        self.directory.metric(&Metric::Epoch(recorded_epoch(epoch)))?;
        self.directory.flush()
    }
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

/// A model with the account of its training.
pub struct FittedRun {
    /// The model that was kept.
    pub model: Tagger,
    /// The epoch it comes from, from 1.
    pub kept_epoch: usize,
    /// Every epoch.
    pub epochs: Vec<Epoch>,
    /// Processor seconds of all threads, scoring left out.
    pub cpu_seconds: f64,
}
