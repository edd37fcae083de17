//! A run that stops anywhere and goes on, also from files, comes to the same bits as one that never stopped.

#![allow(clippy::unwrap_used)]

use std::cell::Cell;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Device, Tensor};
use welt_models::{EncoderConfig, Tagger};
use welt_settings::{Changes, Evaluate, Keep, Loss, Precision, Training};
use welt_subwords::{Window, WordStart};
use welt_train::{Breaks, Hooks, Moment, Run, TrainConfig, TrainError, TrainingData};

const N_LABELS: usize = 3;

/// One test draws the first weights at a time: they come from one stream for the whole backend.
static DRAWING: std::sync::Mutex<()> = std::sync::Mutex::new(());

fn sizes() -> EncoderConfig {
    serde_json::from_str(
        r#"{ "vocab_size": 40, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2,
             "intermediate_size": 32, "hidden_dropout_prob": 0.1, "attention_probs_dropout_prob": 0.1,
             "max_position_embeddings": 16, "type_vocab_size": 2 }"#,
    )
    .unwrap()
}

fn config(changes: Changes) -> TrainConfig {
    let training = Training {
        epochs: 3,
        batch_size: 8,
        micro_batch_size: 3,
        batches_sorted_together: 2,
        learning_rate: 1e-2,
        warmup_ratio: 0.1,
        weight_decay: 0.01,
        ..Training::defaults()
    };
    TrainConfig { training: training.changed(&changes), loss: Loss::CROSS_ENTROPY, seed: 1 }
}

/// Sentences of one sub-word a word, whose label is the sub-word modulo the number of labels.
fn corpus() -> (Vec<Window>, Vec<Vec<usize>>) {
    let sentence = |index: usize| {
        let words: Vec<u32> = (0..1 + index % 7).map(|word| 5 + ((index * 13 + word * 7) % 30) as u32).collect();
        let starts = (0..words.len()).map(|word| WordStart { word, position: word + 1 }).collect();
        let gold = words.iter().map(|&id| id as usize % N_LABELS).collect();
        let input_ids = [&[2], words.as_slice(), &[3]].concat();
        (Window { sentence: index, input_ids, words: starts }, gold)
    };
    (0..40).map(sentence).unzip()
}

fn bits(model: &Tagger) -> Vec<u32> {
    struct Bits(Vec<u32>);
    impl ModuleVisitor for Bits {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            let values = param.val().into_data().try_into_vec::<f32>().unwrap();
            self.0.extend(values.into_iter().map(f32::to_bits));
        }
    }
    let mut bits = Bits(Vec::new());
    model.visit(&mut bits);
    bits.0
}

/// What a run came to, but for times.
#[derive(Debug, PartialEq)]
struct Outcome {
    model: Vec<u32>,
    kept: (usize, usize),
    epochs: Vec<(usize, u64, usize, Option<u64>)>,
    evaluations: Vec<(usize, Option<u64>)>,
}

/// A score that depends on every weight, so that the best comes anywhere; it says 0 from the third on where `falls`.
fn score_of(model: &Tagger) -> f64 {
    let sum: u64 = bits(model).into_iter().map(u64::from).fold(0, |sum, bits| sum.rotate_left(7) ^ bits);
    (sum % 1000) as f64 / 1000.0
}

/// Trains in as many processes as there are stops, each of which begins from the files of the one before; `stops` say before
/// which micro-batch, scoring or report of progress each stops.
fn train(config: &TrainConfig, stops: &[usize]) -> Outcome {
    let (windows, gold) = corpus();
    let data = TrainingData { windows: &windows, gold: &gold, class_weights: &[1.0, 2.0, 0.5] };
    let sizes = sizes();
    let folder = tempfile::tempdir().unwrap();
    let saved = |number: usize| folder.path().join(number.to_string());
    for number in 0.. {
        let first = sizes.init(N_LABELS, 7, &Device::flex());
        let mut run = Run::new((first, &sizes), &data, config).unwrap();
        if number > 0 {
            run.resume(&saved(number - 1)).unwrap();
        }
        let (asked, limit) = (AtomicUsize::new(0), stops.get(number).copied().unwrap_or(usize::MAX));
        let stop = || asked.fetch_add(1, Ordering::Relaxed) >= limit;
        let mut on_progress = |_: welt_train::Progress| {
            if stop() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let mut score = |_: usize, model: &Tagger| {
            if stop() { Err(TrainError::Interrupted.into()) } else { Ok(Some(score_of(model))) }
        };
        let mut hooks = Hooks { on_progress: &mut on_progress, score: &mut score };
        let done = run.go_on(&mut hooks, &mut Breaks { stop: &stop, between: &mut |_, _| Ok(()) });
        if done.is_ok() {
            let epochs = run.epochs().iter();
            let epochs = epochs.map(|of| (of.epoch, of.mean_loss.to_bits(), of.subwords, of.score.map(f64::to_bits)));
            let evaluations = run.evaluations().iter().map(|of| (of.step, of.score.map(f64::to_bits)));
            return Outcome {
                model: bits(&run.kept_model()),
                kept: run.kept(),
                epochs: epochs.collect(),
                evaluations: evaluations.collect(),
            };
        }
        std::fs::create_dir(saved(number)).unwrap();
        run.save(&saved(number)).unwrap();
    }
    unreachable!("the last process is never stopped")
}

#[test]
fn a_run_that_stops_anywhere_comes_to_the_same_bits() {
    let _drawing = DRAWING.lock();
    let steps = Some(Evaluate::Steps(2));
    for changes in [
        Changes { keep: Some(Keep::Last), ..Changes::default() },
        Changes { keep: Some(Keep::Best), ..Changes::default() },
        Changes { keep: Some(Keep::Best), evaluate_every: steps, patience: Some(3), ..Changes::default() },
        Changes { keep: Some(Keep::Last), precision: Some(Precision::F16), ..Changes::default() },
        Changes { keep: Some(Keep::Last), precision: Some(Precision::Bf16), ..Changes::default() },
    ] {
        let config = config(changes);
        let undisturbed = train(&config, &[]);
        assert_eq!(undisturbed, train(&config, &[]));
        // At the first moments, twice in a row at one, and once at each of many.
        for stops in [vec![0], vec![1, 0, 0, 2], vec![5; 12], vec![9; 6], vec![23, 31], vec![40]] {
            assert_eq!(undisturbed, train(&config, &stops), "{changes:?} {stops:?}");
        }
    }
}

#[test]
fn training_stops_when_dev_no_longer_improves() {
    let _drawing = DRAWING.lock();
    let (windows, gold) = corpus();
    let data = TrainingData { windows: &windows, gold: &gold, class_weights: &[1.0; 3] };
    let sizes = sizes();
    let epochs = Some(20);
    let run = |changes: Changes, scores: &[f64]| {
        let config = config(Changes { epochs, ..changes });
        let scored = Cell::new(0);
        let mut score = |_: usize, _: &Tagger| {
            scored.set(scored.get() + 1);
            Ok(scores.get(scored.get() - 1).copied().or(Some(0.0)))
        };
        let mut hooks = Hooks { on_progress: &mut |_| ControlFlow::Continue(()), score: &mut score };
        let mut run = Run::new((sizes.init(N_LABELS, 7, &Device::flex()), &sizes), &data, &config).unwrap();
        let mut moments = 0;
        let mut between = |_: &Run, moment: Moment| {
            moments += usize::from(moment == Moment::Epoch);
            Ok(())
        };
        run.go_on(&mut hooks, &mut Breaks { stop: &|| false, between: &mut between }).unwrap();
        assert_eq!(moments, run.epochs().len());
        (run.epochs().len(), run.kept().0, scored.get(), run.evaluations().len())
    };
    let best = Changes { patience: Some(2), ..Changes::default() };
    assert_eq!(run(best, &[0.5, 0.4, 0.6, 0.6, 0.5]), (5, 3, 5, 0));
    assert_eq!(run(Changes { keep: Some(Keep::Last), ..best }, &[0.5, 0.4, 0.3]), (3, 3, 3, 0));
    // Five steps an epoch: after steps 3, 6 and 9 there is nothing better.
    let steps = Changes { evaluate_every: Some(Evaluate::Steps(3)), ..best };
    assert_eq!(run(steps, &[0.5, 0.4, 0.3]), (2, 1, 3, 2));
    // Nothing asks for scores.
    assert_eq!(run(Changes { keep: Some(Keep::Last), ..Changes::default() }, &[]).2, 0);
    let every_other = Changes { evaluate_every: Some(Evaluate::Epochs(2)), ..Changes::default() };
    assert_eq!(run(every_other, &[0.1, 0.2]), (20, 4, 10, 0));
}

#[test]
fn what_cannot_be_gone_on_with_is_refused() {
    let _drawing = DRAWING.lock();
    let (windows, gold) = corpus();
    let data = TrainingData { windows: &windows, gold: &gold, class_weights: &[1.0; 3] };
    let (sizes, folder) = (sizes(), tempfile::tempdir().unwrap());
    let config = config(Changes::default());
    let new = |config| Run::new((sizes.init(N_LABELS, 7, &Device::flex()), &sizes), &data, config).unwrap();
    let refused = |config, expected: &str| {
        let error = new(config).resume(folder.path()).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    };
    refused(&config, "position.json: No such file");
    new(&config).save(folder.path()).unwrap();
    new(&config).resume(folder.path()).unwrap();
    let longer = TrainConfig { training: Training { epochs: 4, ..config.training }, ..config };
    refused(&longer, "position.json: has 0 of 15 steps: expected the position of a run");
    std::fs::write(folder.path().join("position.json"), "").unwrap();
    refused(&config, "position.json: EOF");
}
