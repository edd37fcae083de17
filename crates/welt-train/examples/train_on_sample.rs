//! From two tagged files to an F1 score: a tiny BERT learns diseases from scratch, with the class weights of WeLT.
//! The corpus is made up (`datasets/sample`), and so small that a debug build trains within a minute.
//!
//! In a checkout: `cargo run -p welt-train --example train_on_sample`

use std::ops::ControlFlow;
use std::path::Path;

use burn::tensor::Device;
use welt_data::Corpus;
use welt_data::conll::{self, TagColumn};
use welt_eval::seqeval::{self, Mode, Report};
use welt_models::checkpoint::{self, Checkpoint};
use welt_models::{EncoderConfig, Tagger};
use welt_settings::{Evaluate, Keep, Loss, Training};
use welt_subwords::{CasingChoice, SubwordTokenizer, Windowing, Windows};
use welt_tags::LabelSet;
use welt_train::{Hooks, PredictConfig, Progress, TrainConfig, TrainingData, fit, predict};
use welt_weights::Scheme;

/// Whatever goes wrong, in a form that the training loop hands on.
type Error = Box<dyn std::error::Error + Send + Sync>;

fn main() -> Result<(), Error> {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../datasets/sample");
    let train = conll::read(&sample.join("train.tsv"), TagColumn::Find)?;
    let dev = conll::read(&sample.join("dev.tsv"), TagColumn::Find)?;
    let labels = train.label_set()?;
    let gold = train.gold(&labels)?;
    let class_weights = class_weights(&labels, &gold)?;

    // Words become sub-words, and sentences windows that the encoder can read.
    let encoder = sample.join("encoder");
    let tokenizer = SubwordTokenizer::from_directory(&encoder, CasingChoice::FromFiles)?;
    let windows = |corpus: &Corpus| {
        let words: Vec<&[String]> = corpus.sentences.iter().map(|sentence| sentence.words.as_slice()).collect();
        Windows::encode(&tokenizer, &words, Windowing::new(64, 8)?)
    };
    let (train_windows, dev_windows) = (windows(&train)?, windows(&dev)?);

    let seed = 1;
    let Checkpoint { config: sizes, model, .. } =
        checkpoint::from_scratch(&encoder, labels.names().to_vec(), seed, &Device::flex())?;
    let training = Training {
        epochs: 4,
        batch_size: 16,
        learning_rate: 2e-3,
        keep: Keep::Last,
        evaluate_every: Evaluate::Epochs(1),
        ..Training::defaults()
    };
    let config = TrainConfig { training, loss: Loss::CROSS_ENTROPY, seed };
    let data = TrainingData { windows: &train_windows.windows, gold: &gold, class_weights: &class_weights };
    let mut score = |_: usize, model: &Tagger| Ok(Some(report(model, &sizes, &dev, &dev_windows, &labels)?.micro.f1));
    let mut hooks = Hooks { on_progress: &mut |progress| say(&progress), score: &mut score };
    let fitted = fit((model, &sizes), &data, &config, &mut hooks)?;

    println!("{:.4}", report(&fitted.model, &sizes, &dev, &dev_windows, &labels)?);
    Ok(())
}

/// What a mistake on each label costs.
fn class_weights(labels: &LabelSet, gold: &[Vec<usize>]) -> Result<Vec<f64>, Error> {
    let mut counts = vec![0; labels.names().len()];
    for &label in gold.iter().flatten() {
        counts[label] += 1;
    }
    let weights = Scheme::Welt.weights(&counts)?;
    println!("{:?} occur {counts:?} times and weigh {weights:.4?}", labels.names());
    Ok(weights)
}

fn say(progress: &Progress) -> ControlFlow<()> {
    if let Progress::Epoch(epoch) = progress {
        let (loss, f1) = (epoch.mean_loss, epoch.score.unwrap_or_default());
        println!("epoch {}: loss {loss:.4}, F1 on dev {f1:.4}, {:.1} s", epoch.epoch, epoch.seconds);
    }
    ControlFlow::Continue(())
}

/// Tags a corpus and scores it as seqeval does.
fn report(
    model: &Tagger,
    sizes: &EncoderConfig,
    corpus: &Corpus,
    windows: &Windows,
    labels: &LabelSet,
) -> Result<Report, Error> {
    let n_words: Vec<usize> = corpus.sentences.iter().map(|sentence| sentence.words.len()).collect();
    let config = PredictConfig { max_subwords: 2048 };
    let predicted = predict((model, sizes), &windows.windows, &n_words, config, &|_| ControlFlow::Continue(()))?;
    let predicted: Vec<Vec<&str>> = predicted.iter().map(|row| labels.tags(row)).collect();
    let gold: Vec<Vec<String>> =
        corpus.sentences.iter().map(|sentence| sentence.tags.iter().map(ToString::to_string).collect()).collect();
    Ok(seqeval::evaluate(&gold, &predicted, Mode::Default)?)
}
