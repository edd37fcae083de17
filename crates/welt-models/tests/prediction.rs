//! What prediction keeps between passes, and what it leaves out, moves no bit of its outcome.
#![allow(clippy::unwrap_used)]

use std::sync::Mutex;

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{Device, Tensor};
use welt_models::{Dropout, EncoderConfig, EncoderInput, Tagger};
use welt_settings::Precision;

const NUMBERS: [Precision; 3] = [Precision::F32, Precision::Bf16, Precision::Int8];

fn config() -> EncoderConfig {
    let sizes = serde_json::json!({
        "vocab_size": 50, "hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 3, "intermediate_size": 52,
        "hidden_dropout_prob": 0.1, "attention_probs_dropout_prob": 0.1, "max_position_embeddings": 16,
        "type_vocab_size": 2, "initializer_range": 0.3,
    });
    serde_json::from_value(sizes).unwrap()
}

/// Weights are drawn from a stream that all threads of these tests share.
static DRAWING: Mutex<()> = Mutex::new(());

fn model(precision: Precision) -> Tagger {
    let _drawing = DRAWING.lock();
    config().init(3, 1, &Device::flex()).with_precision(precision)
}

/// The states of each row without its padding.
fn states(model: &Tagger, rows: &[&[u32]]) -> Vec<Vec<f32>> {
    let input = EncoderInput::from_rows(rows, 0, &Device::flex());
    let states = model.encoder.forward(&input, &mut Dropout::off());
    let of_row = |(row, ids): (usize, &&[u32])| {
        let states: Tensor<3> = states.clone().slice([row..row + 1, 0..ids.len()]);
        states.into_data().iter::<f32>().collect()
    };
    rows.iter().enumerate().map(of_row).collect()
}

/// What shares a pass with a row, and how much padding that brings, has nothing to do with it.
#[test]
fn rows_are_as_if_alone() {
    let rows: [&[u32]; 4] = [&[1, 2, 3, 4, 5, 6, 7, 8, 9], &[10, 11, 12], &[13], &[14, 15, 16, 17]];
    for precision in NUMBERS {
        let model = model(precision);
        let together = states(&model, &rows);
        for (row, together) in rows.iter().zip(together) {
            assert_eq!(states(&model, &[row]), [together], "{precision}, {} sub-words", row.len());
        }
    }
}

/// Half of every parameter.
struct Halve;

impl ModuleMapper for Halve {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, tensor, mapper) = param.consume();
        Param::from_mapped_value(id, tensor * 0.5, mapper)
    }
}

/// What was prepared of weights is not used for others, nor for other numbers.
#[test]
fn weights_that_change_are_prepared_anew() {
    let row: &[u32] = &[1, 2, 3];
    for precision in NUMBERS {
        let first = model(precision);
        let before = states(&first, &[row]);
        assert_eq!(states(&first, &[row]), before, "{precision}, a second time");
        assert_eq!(states(&model(precision), &[row]), before, "{precision}, drawn again");
        let halved = first.map(&mut Halve);
        assert_eq!(states(&halved, &[row]), states(&halved.clone(), &[row]), "{precision}, a copy");
        let halved = states(&halved, &[row]);
        assert_eq!(halved, states(&model(precision).map(&mut Halve), &[row]), "{precision}");
        assert_ne!(halved, before, "{precision}");
        let mut changed = model(precision);
        for precision in NUMBERS {
            changed = changed.with_precision(precision);
            assert_eq!(states(&changed, &[row]), states(&model(precision), &[row]), "{precision}");
        }
    }
}
