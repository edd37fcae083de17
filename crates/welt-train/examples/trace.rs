//! The losses of the first steps of a fine-tuning, one a line, in an order of batches that another program can repeat:
//! `scripts/trace.py` makes the model and takes the same steps with PyTorch.
//!
//! In a checkout: `cargo run --release -p welt-train --example trace -- MODEL TRAIN.tsv STEPS`

use std::path::Path;

use burn::module::Module;
use burn::tensor::Device;
use welt_data::conll::{self, TagColumn};
use welt_models::checkpoint::{self, Checkpoint};
use welt_settings::Training;
use welt_subwords::{CasingChoice, SubwordTokenizer, Window, Windowing, Windows};
use welt_tags::LabelSet;
use welt_train::{AdamW, LinearSchedule, MicroBatch, Objective, gradient_norm, step_gradients};

type Error = Box<dyn std::error::Error>;

/// Sentences of a step, which are taken in the order of the file, from its beginning again at its end.
const BATCH: usize = 16;

/// Sub-words of the longest sentence that is taken.
const LONGEST: usize = 128;

fn main() -> Result<(), Error> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [model, train, steps] = arguments.as_slice() else { return Err("expected MODEL TRAIN.tsv STEPS".into()) };
    let (model, steps) = (Path::new(model), steps.parse::<usize>()?);
    let device = Device::flex();
    let Checkpoint { config, labels, model: tagger, .. } = checkpoint::load_tagger(model, &device)?;
    let tokenizer = SubwordTokenizer::from_directory(model, CasingChoice::FromFiles)?;
    let corpus = conll::read(Path::new(train), TagColumn::Find)?;
    let gold = corpus.gold(&LabelSet::new(labels.clone())?)?;
    let words: Vec<&[String]> = corpus.sentences.iter().map(|sentence| sentence.words.as_slice()).collect();
    let whole = Windows::encode(&tokenizer, &words, Windowing::new(100_000, 0)?)?;
    let windows: Vec<&Window> = whole.windows.iter().filter(|window| window.input_ids.len() <= LONGEST).collect();

    let training = Training { learning_rate: 1e-3, weight_decay: 0.01, warmup_ratio: 0.1, ..Training::defaults() };
    let schedule = LinearSchedule::of(&training, steps);
    let mut optimizer = AdamW::new(&training);
    let class_weights = vec![1.0; labels.len()];
    let mut tagger = tagger.train();
    for step in 0..steps {
        let rows: Vec<&Window> = (0..BATCH).map(|row| windows[(step * BATCH + row) % windows.len()]).collect();
        let batch = MicroBatch::new(&rows, &gold, config.padding(), &device);
        let found = step_gradients(&tagger, &[batch], &Objective::weighted(&class_weights), 1, 1.0);
        let norm = gradient_norm(&tagger, &found.gradients);
        println!("{step}\t{:.7}\t{norm:.6}", found.loss);
        tagger = optimizer.step(tagger, found.gradients, norm, schedule.at(step));
    }
    let [first, last] = [0, windows.len() - 1].map(|index| &windows[index].input_ids);
    eprintln!("{} sentences; the first is {first:?}, the last {last:?}", windows.len());
    Ok(())
}
