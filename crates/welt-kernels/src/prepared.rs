//! The weights of a layer as products take them: made once, for many predictions.

use crate::layer::{Arithmetic, Linear, Weights};
use crate::operand::Right;
use crate::{Buffer, Matrix};

/// The factors of a layer's products, prepared for one kind of numbers.
#[derive(Debug)]
pub struct Prepared {
    /// Queries, keys and values beside one another: `[H, 3 H]`.
    pub(crate) three: PreparedLinear,
    pub(crate) attention_output: PreparedLinear,
    pub(crate) intermediate: PreparedLinear,
    pub(crate) output: PreparedLinear,
}

/// A linear map whose weight is prepared.
#[derive(Debug)]
pub(crate) struct PreparedLinear {
    pub right: Right,
    pub bias: Vec<f32>,
}

impl Prepared {
    /// For products as `arithmetic` has them.
    #[must_use]
    pub fn new(arithmetic: Arithmetic, weights: &Weights) -> Self {
        let prepare = |linear: Linear| {
            let width = linear.bias.len();
            let matrix = Matrix::new(linear.weight, linear.weight.len() / width.max(1), width, width);
            PreparedLinear { right: Right::new(arithmetic.isa, arithmetic.numbers, matrix), bias: linear.bias.to_vec() }
        };
        let hidden = weights.attention_output.bias.len();
        let mut three = Buffer::new(hidden * 3 * hidden);
        for (which, linear) in weights.attention.iter().enumerate() {
            for (row, numbers) in linear.weight.chunks_exact(hidden.max(1)).enumerate() {
                three[(3 * row + which) * hidden..][..hidden].copy_from_slice(numbers);
            }
        }
        let bias = weights.attention.map(|linear| linear.bias).concat();
        Self {
            three: prepare(Linear { weight: &three, bias: &bias }),
            attention_output: prepare(weights.attention_output),
            intermediate: prepare(weights.intermediate),
            output: prepare(weights.output),
        }
    }
}
