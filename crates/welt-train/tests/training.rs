//! The loop on a tiny model: same bits for the same seed on any number of threads, best or last kept, refusals.

#![allow(clippy::unwrap_used)]

use std::ops::ControlFlow;

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor};
use welt_subwords::{Window, WordStart};

use welt_models::{EncoderConfig, Tagger};
use welt_settings::{Changes, Keep, Loss, Precision, Training};
use welt_train::{
    Fitted, Hooks, PredictConfig, Progress, TrainConfig, TrainError, TrainingData, fit, gradient_norm, predict,
};

const N_LABELS: usize = 3;

fn sizes() -> EncoderConfig {
    serde_json::from_str(
        r#"{ "vocab_size": 40, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2,
             "intermediate_size": 32, "hidden_dropout_prob": 0.1, "attention_probs_dropout_prob": 0.1,
             "max_position_embeddings": 16, "type_vocab_size": 2 }"#,
    )
    .unwrap()
}

fn config(seed: u64) -> TrainConfig {
    let training = Training {
        batch_size: 8,
        micro_batch_size: 3,
        batches_sorted_together: 2,
        learning_rate: 1e-2,
        warmup_ratio: 0.1,
        weight_decay: 0.01,
        keep: Keep::Last,
        ..Training::defaults()
    };
    TrainConfig { training, loss: Loss::CROSS_ENTROPY, seed }
}

/// The same with other numbers.
fn changed(changes: Changes) -> TrainConfig {
    let config = config(1);
    TrainConfig { training: config.training.changed(&changes), ..config }
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

fn train(config: &TrainConfig, scores: &[f64]) -> Result<Fitted, TrainError> {
    let (windows, gold) = corpus();
    let data = TrainingData { windows: &windows, gold: &gold, class_weights: &[1.0, 2.0, 0.5] };
    let sizes = sizes();
    let mut score = |epoch: usize, _: &Tagger| Ok(scores.get(epoch - 1).copied());
    let mut hooks = Hooks { on_progress: &mut |_| ControlFlow::Continue(()), score: &mut score };
    fit((sizes.init(N_LABELS, 7, &Device::flex()), &sizes), &data, config, &mut hooks)
}

fn parameters(model: &Tagger) -> Vec<u32> {
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

/// One test draws the first weights at a time: they come from one stream for the whole backend.
static DRAWING: std::sync::Mutex<()> = std::sync::Mutex::new(());

#[test]
fn same_seed_same_bits_on_any_number_of_threads() {
    let _drawing = DRAWING.lock();
    let on = |threads: usize, seed: u64| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| parameters(&train(&config(seed), &[]).unwrap().model))
    };
    let one = on(1, 1);
    assert_eq!(one, on(1, 1));
    assert_eq!(one, on(2, 1));
    assert_eq!(one, on(5, 1));
    assert_ne!(one, on(1, 2));
}

/// A table of 5.1 million numbers, as real vocabularies have: beyond what the backend adds up on one thread.
#[test]
fn the_norm_of_large_gradients_has_the_same_bits_on_any_number_of_threads() {
    let _drawing = DRAWING.lock();
    struct Parameters(GradientsParams);
    impl ModuleVisitor for Parameters {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            self.0.register::<D>(param.id, param.val());
        }
    }
    let norm = || {
        let sizes = EncoderConfig { vocab_size: 320_000, num_hidden_layers: 0, ..sizes() };
        let model = sizes.init(N_LABELS, 7, &Device::flex());
        let mut parameters = Parameters(GradientsParams::new());
        model.visit(&mut parameters);
        gradient_norm(&model, &parameters.0).to_bits()
    };
    let on = |threads: usize| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(norm);
    let one = on(1);
    for threads in [2, 3, 5, 2, 3, 5] {
        assert_eq!(one, on(threads));
    }
}

/// Labels of words that all have one.
fn labelled(rows: &[Vec<usize>]) -> Vec<Vec<Option<usize>>> {
    rows.iter().map(|row| row.iter().copied().map(Some).collect()).collect()
}

#[test]
fn learns_and_predicts_every_word() {
    let _drawing = DRAWING.lock();
    let fitted = train(&changed(Changes { epochs: Some(30), ..Changes::default() }), &[]).unwrap();
    let (windows, gold) = corpus();
    let n_words: Vec<usize> = gold.iter().map(Vec::len).collect();
    // One row at a time, and all together: filling must not move a label.
    for max_subwords in [1, 10_000] {
        let settings = PredictConfig { max_subwords };
        let found =
            predict((&fitted.model, &sizes()), &windows, &n_words, settings, &|_| ControlFlow::Continue(())).unwrap();
        assert_eq!(found, labelled(&gold));
    }
    // A word that no window answers for has no label.
    let n_words: Vec<usize> = n_words.iter().map(|n_words| n_words + 1).collect();
    let settings = PredictConfig { max_subwords: 64 };
    let found =
        predict((&fitted.model, &sizes()), &windows, &n_words, settings, &|_| ControlFlow::Continue(())).unwrap();
    assert!(found.iter().all(|labels| labels.last() == Some(&None)));
}

#[test]
fn learns_with_rounded_factors_and_with_other_losses() {
    let _drawing = DRAWING.lock();
    let (windows, gold) = corpus();
    let n_words: Vec<usize> = gold.iter().map(Vec::len).collect();
    for (precision, focal_gamma, logit_adjustment) in [
        (Precision::Bf16, 0.0, 0.0),
        (Precision::F16, 0.0, 0.0),
        (Precision::F32, 2.0, 0.0),
        (Precision::F32, 0.0, 1.0),
    ] {
        let changes = Changes { epochs: Some(30), precision: Some(precision), ..Changes::default() };
        let settings =
            TrainConfig { loss: Loss { focal_gamma, logit_adjustment, dice_alpha: None }, ..changed(changes) };
        let fitted = train(&settings, &[]).unwrap();
        let whole = PredictConfig { max_subwords: 64 };
        let found =
            predict((&fitted.model, &sizes()), &windows, &n_words, whole, &|_| ControlFlow::Continue(())).unwrap();
        assert_eq!(found, labelled(&gold), "{settings:?}");
    }
}

#[test]
fn best_and_last_are_kept() {
    let _drawing = DRAWING.lock();
    let kept = |keep, scores: &[f64]| {
        train(&changed(Changes { keep: Some(keep), ..Changes::default() }), scores).unwrap().kept_epoch
    };
    assert_eq!(kept(Keep::Last, &[0.5, 0.9, 0.1]), 3);
    assert_eq!(kept(Keep::Best, &[0.5, 0.9, 0.1]), 2);
    assert_eq!(kept(Keep::Best, &[0.5, 0.5, 0.5]), 1);
    assert_eq!(kept(Keep::Best, &[]), 3);
}

fn check_refused(expected: &str, change: impl FnOnce(&mut TrainConfig)) {
    let _drawing = DRAWING.lock();
    let mut config = config(1);
    change(&mut config);
    let message = train(&config, &[]).unwrap_err().to_string();
    assert!(message.contains(expected), "{message}");
}

#[test]
fn numbers_that_make_no_sense_are_refused() {
    check_refused("epochs is 0", |config| config.training.epochs = 0);
    check_refused("micro_batch_size is 0", |config| config.training.micro_batch_size = 0);
    check_refused("learning_rate is -1", |config| config.training.learning_rate = -1.0);
    check_refused("learning_rate is NaN", |config| config.training.learning_rate = f64::NAN);
    check_refused("warmup_ratio is 1", |config| config.training.warmup_ratio = 1.0);
    check_refused("focal_gamma is -1", |config| config.loss.focal_gamma = -1.0);
    check_refused("logit_adjustment is inf", |config| config.loss.logit_adjustment = f64::INFINITY);
    check_refused("dice_alpha is -1", |config| config.loss.dice_alpha = Some(-1.0));
    check_refused("two losses", |config| {
        config.loss.dice_alpha = Some(1.0);
        config.loss.focal_gamma = 1.0;
    });
    check_refused("max_gradient_norm is 0", |config| config.training.max_gradient_norm = 0.0);
}

#[test]
fn data_that_does_not_fit_the_model_is_refused() {
    let _drawing = DRAWING.lock();
    let sizes = sizes();
    let (windows, gold) = corpus();
    let refused = |windows: &[Window], class_weights: &[f64]| {
        let data = TrainingData { windows, gold: &gold, class_weights };
        let mut hooks = Hooks { on_progress: &mut |_| ControlFlow::Continue(()), score: &mut |_, _| Ok(None) };
        let model = sizes.init(N_LABELS, 7, &Device::flex());
        fit((model, &sizes), &data, &config(1), &mut hooks).unwrap_err()
    };
    assert!(matches!(refused(&[], &[1.0; 3]), TrainError::NoWindows));
    assert!(matches!(refused(&windows, &[1.0; 2]), TrainError::ClassWeights { n_labels: 3, .. }));
    assert!(matches!(refused(&windows, &[1.0, 0.0, 1.0]), TrainError::ClassWeights { .. }));
    let mut unknown = windows.clone();
    unknown[3].input_ids[1] = 40;
    assert!(matches!(refused(&unknown, &[1.0; 3]), TrainError::UnknownSubWord { id: 40, sentence: 3, .. }));
    let mut unlabelled = windows.clone();
    unlabelled[0].words.push(WordStart { word: 1, position: 1 });
    assert!(matches!(refused(&unlabelled, &[1.0; 3]), TrainError::Gold { sentence: 0, word: 1, label: None, .. }));
    let mut long = windows.clone();
    long[0].input_ids.resize(17, 5);
    assert!(matches!(refused(&long, &[1.0; 3]), TrainError::TooLong { found: 17, limit: 16 }));
}

#[test]
fn a_hook_can_stop_the_run() {
    let _drawing = DRAWING.lock();
    let sizes = sizes();
    let (windows, gold) = corpus();
    let data = TrainingData { windows: &windows, gold: &gold, class_weights: &[1.0; 3] };
    let mut steps = 0;
    let mut on_progress = |_: Progress| {
        steps += 1;
        if steps == 4 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let mut hooks = Hooks { on_progress: &mut on_progress, score: &mut |_, _| Ok(None) };
    let model = sizes.init(N_LABELS, 7, &Device::flex());
    let stopped = fit((model, &sizes), &data, &config(1), &mut hooks);
    assert!(matches!(stopped, Err(TrainError::Interrupted)));
    assert_eq!(steps, 4);
}

#[test]
fn a_loss_that_is_no_number_is_reported() {
    let _drawing = DRAWING.lock();
    let error = train(&changed(Changes { learning_rate: Some(1e30), ..Changes::default() }), &[]).unwrap_err();
    assert!(matches!(error, TrainError::Diverged { .. }), "{error}");
}
