//! A layer of an encoder (Vaswani et al. 2017, section 3.1, with the normalisation after each block), forward and back.
//!
//! Sizes: `B` rows, `T` sub-words of each with its padding, `H` hidden size, `I` inner size, `A` heads.

use crate::attention::{Attention, Batch};
use crate::gelu::{gelu, gelu_slopes};
use crate::operand::{Left, Numbers, Right};
use crate::prepared::{Prepared, PreparedLinear};
use crate::product::{multiply, multiply_add, multiply_bias};
use crate::rows::{
    Mask, Norm, NormGradients, NormalRow, add, column_sums, drop_out, normalise, normalise_slopes, scale_by,
};
use crate::{Buffer, Isa, Matrix, MatrixMut};

/// Sub-words that go through a layer together in prediction: few enough for the second cache, enough to use weights often.
const GROUP: usize = 320;

/// A linear map: `x W + b`.
#[derive(Debug, Clone, Copy)]
pub struct Linear<'a> {
    /// `[d_input, d_output]`
    pub weight: &'a [f32],
    /// `[d_output]`
    pub bias: &'a [f32],
}

/// The parameters of a layer.
#[derive(Debug, Clone, Copy)]
pub struct Weights<'a> {
    /// `[H, H]` each: queries, keys and values.
    pub attention: [Linear<'a>; 3],
    /// `[H, H]`
    pub attention_output: Linear<'a>,
    /// Over `H`.
    pub attention_norm: Norm<'a>,
    /// `[H, I]`
    pub intermediate: Linear<'a>,
    /// `[I, H]`
    pub output: Linear<'a>,
    /// Over `H`.
    pub output_norm: Norm<'a>,
}

/// How a layer computes.
#[derive(Debug, Clone, Copy)]
pub struct Arithmetic {
    /// The instructions.
    pub isa: Isa,
    /// The numbers of the products with weights; attention itself is in single precision.
    pub numbers: Numbers,
    /// `A`, which divides `H`.
    pub n_heads: usize,
}

/// What dropout keeps; none where nothing is dropped.
#[derive(Debug, Clone, Copy, Default)]
pub struct Masks<'a> {
    /// `[B, A, T, T]`, on the attention weights.
    pub attention: Option<Mask<'a>>,
    /// `[B, T, H]`, on the output of attention.
    pub attended: Option<Mask<'a>>,
    /// `[B, T, H]`, on the output of the feed-forward part.
    pub output: Option<Mask<'a>>,
}

/// What the way back needs of the way there.
#[derive(Debug, Clone)]
pub struct Trace {
    /// Queries, keys and values, `[B T, 3 H]`.
    three: Buffer<f32>,
    /// Attention weights before dropout, `[B, A, T, T]`.
    weights: Buffer<f32>,
    /// `[B T, H]`
    context: Buffer<f32>,
    attended: Normalised,
    /// What enters the feed-forward part, `[B T, H]`.
    middle: Buffer<f32>,
    /// The slopes of the GELU, `[B T, I]`.
    gelu_slopes: Buffer<f32>,
    /// Its values, `[B T, I]`.
    wide: Buffer<f32>,
    output: Normalised,
}

/// Normalised rows, `[B T, H]`, and what each was divided by, as its inverse.
#[derive(Debug, Clone)]
struct Normalised {
    rows: Buffer<f32>,
    inverses: Buffer<f32>,
}

/// The gradients of a [`Linear`].
#[derive(Debug)]
pub struct LinearGradients {
    /// `[d_input, d_output]`
    pub weight: Buffer<f32>,
    /// `[d_output]`
    pub bias: Buffer<f32>,
}

/// The gradients of a layer's parameters and input, named as [`Weights`].
#[derive(Debug)]
#[allow(missing_docs, reason = "named as the parameters")]
pub struct Gradients {
    /// `[B T, H]`
    pub input: Buffer<f32>,
    pub attention: [LinearGradients; 3],
    pub attention_output: LinearGradients,
    pub attention_norm: [Buffer<f32>; 2],
    pub intermediate: LinearGradients,
    pub output: LinearGradients,
    /// `gamma` and `beta`.
    pub output_norm: [Buffer<f32>; 2],
}

/// A layer over a batch.
#[derive(Debug, Clone, Copy)]
pub struct Layer<'a> {
    /// How it computes.
    pub arithmetic: Arithmetic,
    /// Its parameters.
    pub weights: Weights<'a>,
    /// What it computes on.
    pub batch: Batch<'a>,
    /// What dropout keeps.
    pub masks: Masks<'a>,
}

impl Layer<'_> {
    /// `H`
    fn hidden(&self) -> usize {
        self.weights.output.bias.len()
    }

    fn attention(&self) -> Attention<'_> {
        let Arithmetic { isa, n_heads, .. } = self.arithmetic;
        Attention { isa, batch: self.batch, hidden: self.hidden(), n_heads, mask: self.masks.attention }
    }

    fn left<'t>(&self, rows: &'t [f32], width: usize) -> Left<'t> {
        Left::new(
            self.arithmetic.isa,
            self.arithmetic.numbers,
            Matrix::new(rows, self.batch.n_subwords(), width, width),
        )
    }

    fn right(&self, matrix: Matrix) -> Right {
        Right::new(self.arithmetic.isa, self.arithmetic.numbers, matrix)
    }

    /// `x W + b` in `width` columns of `output`, whose rows stand `stride` apart.
    fn linear(&self, x: &Left, linear: Linear, output: &mut [f32], stride: usize) {
        let width = linear.bias.len();
        let right = self.right(Matrix::new(linear.weight, linear.weight.len() / width, width, width));
        let mut output = MatrixMut::new(output, self.batch.n_subwords(), width, stride);
        multiply_bias(self.arithmetic.isa, x, &right, &mut output, linear.bias);
    }

    /// `x: [B T, H] -> [B T, H]`, and what [`Layer::backward`] needs.
    #[must_use]
    pub fn forward(&self, x: &[f32]) -> (Buffer<f32>, Trace) {
        let isa = self.arithmetic.isa;
        let (n, hidden, inner) = (self.batch.n_subwords(), self.hidden(), self.weights.intermediate.bias.len());
        let mut three = Buffer::new(n * 3 * hidden);
        {
            let x = self.left(x, hidden);
            for (which, linear) in self.weights.attention.into_iter().enumerate() {
                self.linear(&x, linear, &mut three[which * hidden..], 3 * hidden);
            }
        }
        let attention = self.attention();
        let (mut context, mut weights) = (Buffer::new(n * hidden), Buffer::new(attention.n_weights()));
        attention.forward(&three, &mut context, &mut weights);
        let mut rows = Buffer::new(n * hidden);
        self.linear(&self.left(&context, hidden), self.weights.attention_output, &mut rows, hidden);
        let (attended, middle) = self.normalised(rows, self.masks.attended, x, self.weights.attention_norm);
        let (mut slopes, mut wide) = (Buffer::new(n * inner), Buffer::new(n * inner));
        self.linear(&self.left(&middle, hidden), self.weights.intermediate, &mut slopes, inner);
        gelu_slopes(isa, &mut slopes, &mut wide);
        let mut rows = Buffer::new(n * hidden);
        self.linear(&self.left(&wide, inner), self.weights.output, &mut rows, hidden);
        let (output, y) = self.normalised(rows, self.masks.output, &middle, self.weights.output_norm);
        (y, Trace { three, weights, context, attended, middle, gelu_slopes: slopes, wide, output })
    }

    /// `rows` after dropout plus `rest`, normalised, and the output of the normalisation.
    fn normalised(
        &self,
        mut rows: Buffer<f32>,
        mask: Option<Mask>,
        rest: &[f32],
        norm: Norm,
    ) -> (Normalised, Buffer<f32>) {
        let Arithmetic { isa, .. } = self.arithmetic;
        let hidden = self.hidden();
        let (mut output, mut inverses) = (Buffer::new(rows.len()), Buffer::new(self.batch.n_subwords()));
        for (index, inverse) in inverses.iter_mut().enumerate() {
            let at = index * hidden..(index + 1) * hidden;
            let row = &mut rows[at.clone()];
            if let Some(Mask { kept, scale }) = mask {
                drop_out(isa, row, Mask { kept: &kept[at.clone()], scale });
            }
            add(isa, row, &rest[at.clone()]);
            *inverse = normalise(isa, row, norm, &mut output[at]);
        }
        (Normalised { rows, inverses }, output)
    }

    /// From the slopes of the output, `[B T, H]`, those of the input and of all parameters.
    #[must_use]
    pub fn backward(&self, x: &[f32], trace: &Trace, slopes: &[f32]) -> Gradients {
        let isa = self.arithmetic.isa;
        let (n, hidden, inner) = (self.batch.n_subwords(), self.hidden(), self.weights.intermediate.bias.len());
        let mut rest = Buffer::new(n * hidden);
        rest.copy_from_slice(slopes);
        let output_norm = self.normalised_slopes(&mut rest, &trace.output, self.weights.output_norm.gamma);

        let narrow = self.dropped(&rest, self.masks.output);
        let mut wide = Buffer::new(n * inner);
        let output = self.linear_slopes((&trace.wide, self.weights.output), &narrow, (&mut wide, false));
        drop(narrow);
        scale_by(isa, &mut wide, &trace.gelu_slopes);
        let intermediate = self.linear_slopes((&trace.middle, self.weights.intermediate), &wide, (&mut rest, true));
        drop(wide);
        let attention_norm = self.normalised_slopes(&mut rest, &trace.attended, self.weights.attention_norm.gamma);

        let attended = self.dropped(&rest, self.masks.attended);
        let mut context = Buffer::new(n * hidden);
        let attention_output =
            self.linear_slopes((&trace.context, self.weights.attention_output), &attended, (&mut context, false));
        let mut three = Buffer::new(n * 3 * hidden);
        self.attention().backward(&context, &trace.three, &trace.weights, &mut three);
        let mut which = 0;
        let attention = self.weights.attention.map(|linear| {
            let gradients =
                self.linear_slopes_at((x, linear), (&three[which * hidden..], 3 * hidden), (&mut rest, true));
            which += 1;
            gradients
        });
        Gradients { input: rest, attention, attention_output, attention_norm, intermediate, output, output_norm }
    }

    fn dropped(&self, slopes: &[f32], mask: Option<Mask>) -> Buffer<f32> {
        let mut dropped = Buffer::new(slopes.len());
        dropped.copy_from_slice(slopes);
        if let Some(mask) = mask {
            drop_out(self.arithmetic.isa, &mut dropped, mask);
        }
        dropped
    }

    /// The slopes of a normalisation in place of those of its output, and the gradients of `gamma` and `beta`.
    fn normalised_slopes(&self, slopes: &mut [f32], trace: &Normalised, gamma: &[f32]) -> [Buffer<f32>; 2] {
        let hidden = self.hidden();
        let (mut for_gamma, mut for_beta) = (Buffer::zeros(hidden), Buffer::zeros(hidden));
        let mut gradients = NormGradients { gamma: &mut for_gamma, beta: &mut for_beta };
        let rows = slopes.chunks_exact_mut(hidden).zip(trace.rows.chunks_exact(hidden)).zip(&trace.inverses[..]);
        for ((slopes, normal), inverse) in rows {
            let row = NormalRow { normal, inverse: *inverse };
            normalise_slopes(self.arithmetic.isa, slopes, row, gamma, &mut gradients);
        }
        [for_gamma, for_beta]
    }

    fn linear_slopes(&self, of: (&[f32], Linear), slopes: &[f32], input_slopes: (&mut [f32], bool)) -> LinearGradients {
        let width = of.1.bias.len();
        self.linear_slopes_at(of, (slopes, width), input_slopes)
    }

    /// The gradients of `x W + b`, and the slopes of `x`, which replace what stands there or are added to it.
    fn linear_slopes_at(
        &self,
        (x, linear): (&[f32], Linear),
        (slopes, stride): (&[f32], usize),
        (input_slopes, is_added): (&mut [f32], bool),
    ) -> LinearGradients {
        let Arithmetic { isa, numbers, .. } = self.arithmetic;
        let (n, width) = (self.batch.n_subwords(), linear.bias.len());
        let height = linear.weight.len() / width;
        let (mut weight, mut bias) = (Buffer::new(height * width), Buffer::new(width));
        let slopes_view = Matrix::new(slopes, n, width, stride);
        column_sums(isa, &slopes[..(n - 1) * stride + width], stride, &mut bias);
        let x = Left::new(isa, numbers, Matrix::new(x, n, height, height).transposed());
        multiply(isa, &x, &self.right(slopes_view), &mut MatrixMut::new(&mut weight, height, width, width));
        let right = self.right(Matrix::new(linear.weight, height, width, width).transposed());
        let left = Left::new(isa, numbers, slopes_view);
        let mut input_slopes = MatrixMut::new(input_slopes, n, height, height);
        if is_added {
            multiply_add(isa, &left, &right, &mut input_slopes);
        } else {
            multiply(isa, &left, &right, &mut input_slopes);
        }
        LinearGradients { weight, bias }
    }

    /// `x: [B T, H] -> [B T, H]` where no way back is wanted; `prepared` holds the weights of this layer.
    #[must_use]
    pub fn predict(&self, prepared: &Prepared, x: &[f32]) -> Buffer<f32> {
        let hidden = self.hidden();
        let mut output = Buffer::new(self.batch.n_subwords() * hidden);
        for (batch, subwords) in self.batch.groups(GROUP) {
            let at = subwords.start * hidden..subwords.end * hidden;
            let group = Layer { batch, ..*self };
            output[at.clone()].copy_from_slice(&group.predict_group(prepared, &x[at]));
        }
        output
    }

    fn predict_group(&self, prepared: &Prepared, x: &[f32]) -> Buffer<f32> {
        let hidden = self.hidden();
        let linear = |x: &[f32], linear: &PreparedLinear| {
            let (n, width) = (self.batch.n_subwords(), linear.bias.len());
            let mut output = Buffer::new(n * width);
            let left = self.left(x, linear.right.depth());
            let mut matrix = MatrixMut::new(&mut output, n, width, width);
            multiply_bias(self.arithmetic.isa, &left, &linear.right, &mut matrix, &linear.bias);
            output
        };
        let mut context = Buffer::new(self.batch.n_subwords() * hidden);
        self.attention().predict(&linear(x, &prepared.three), &mut context);
        let rows = linear(&context, &prepared.attention_output);
        let (_, middle) = self.normalised(rows, None, x, self.weights.attention_norm);
        let mut wide = linear(&middle, &prepared.intermediate);
        gelu(self.arithmetic.isa, &mut wide);
        let rows = linear(&wide, &prepared.output);
        self.normalised(rows, None, &middle, self.weights.output_norm).1
    }
}
