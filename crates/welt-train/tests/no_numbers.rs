//! Scores that are no numbers never become labels, whatever weight they come from.

#![allow(clippy::unwrap_used)]

use std::ops::ControlFlow;

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{Device, Tensor, TensorData};
use proptest::prelude::*;
use welt_models::{EncoderConfig, Tagger};
use welt_settings::Precision;
use welt_subwords::{Window, WordStart};
use welt_train::{PredictConfig, TrainError, predict};

const N_LABELS: usize = 3;

fn sizes() -> EncoderConfig {
    serde_json::from_str(
        r#"{ "vocab_size": 8, "hidden_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2,
             "intermediate_size": 16, "hidden_dropout_prob": 0.1,
             "attention_probs_dropout_prob": 0.1, "max_position_embeddings": 8, "type_vocab_size": 1 }"#,
    )
    .unwrap()
}

/// Puts one number in the place of all weights of the parameter with an index.
struct Spoil {
    parameter: usize,
    seen: usize,
    number: f32,
}

impl ModuleMapper for Spoil {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        self.seen += 1;
        if self.seen != self.parameter + 1 {
            return param;
        }
        let (id, tensor, mapper) = param.consume();
        let data = TensorData::full(tensor.shape(), self.number);
        Param::from_mapped_value(id, Tensor::from_data(data, &tensor.device()), mapper)
    }
}

fn spoilt(parameter: usize, number: f32) -> (Tagger, usize) {
    let mut spoil = Spoil { parameter, seen: 0, number };
    let model = sizes().init(N_LABELS, 7, &Device::flex()).map(&mut spoil);
    (model, spoil.seen)
}

fn labels(model: &Tagger, max_subwords: usize) -> Result<Vec<Vec<Option<usize>>>, TrainError> {
    let window = |sentence: usize, n_words: usize| Window {
        sentence,
        input_ids: (0..n_words as u32 + 2).map(|id| id % 8).collect(),
        words: (0..n_words).map(|word| WordStart { word, position: word + 1 }).collect(),
    };
    let windows = [window(0, 3), window(1, 6), window(2, 1)];
    let config = PredictConfig { max_subwords };
    predict((model, &sizes()), &windows, &[3, 6, 1], config, &|_| ControlFlow::Continue(()))
}

static DRAWING: std::sync::Mutex<()> = std::sync::Mutex::new(());

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(96) })]
    #[test]
    fn a_weight_that_is_no_number_is_an_error(
        parameter in 0_usize..64,
        number in prop::sample::select(vec![f32::NAN, f32::INFINITY, f32::NEG_INFINITY]),
        max_subwords in prop::sample::select(vec![1, 16, 1000]),
    ) {
        let _drawing = DRAWING.lock();
        let n_parameters = spoilt(0, 0.0).1;
        let (model, _) = spoilt(parameter % n_parameters, number);
        let found = labels(&model, max_subwords);
        let is_named = matches!(found, Err(TrainError::Score { precision: Precision::F32, .. }));
        prop_assert!(is_named, "{} {number}: {found:?}", parameter % n_parameters);
    }
}

/// The weights are numbers, and what is computed of them is none: in single precision, and sooner in half.
#[test]
fn a_model_that_overflows_is_an_error() {
    let _drawing = DRAWING.lock();
    let n_parameters = spoilt(0, 0.0).1;
    let mut refused = 0;
    for parameter in 0..n_parameters {
        for (number, precision) in [(1e38, Precision::F32), (6e4, Precision::F16)] {
            let (model, _) = spoilt(parameter, number);
            match labels(&model.with_precision(precision), 64) {
                Err(TrainError::Score { precision: named, score, .. }) => {
                    assert!(named == precision && !score.is_finite());
                    refused += 1;
                }
                // A normalisation may bring all of it back.
                Ok(labels) => assert_eq!(
                    labels.iter().flatten().filter(|label| label.is_some_and(|label| label < N_LABELS)).count(),
                    10
                ),
                Err(error) => panic!("{error}"),
            }
        }
    }
    assert!(refused >= 4, "{refused} of {} overflow", 2 * n_parameters);
    let sound = spoilt(usize::MAX - 1, 0.0).0;
    assert_eq!(labels(&sound, 64).unwrap(), labels(&sound, 1).unwrap());
}
