//! What is done to rows of numbers between products: dropout, sums, normalisation, softmax, and their slopes.

use crate::exponential::exp_of_negative;
use crate::isa::vectorised;
use crate::lanes;

/// Which elements dropout keeps, and what these are multiplied by.
#[derive(Debug, Clone, Copy)]
pub struct Mask<'a> {
    /// 1 for an element that is kept, 0 for one that is dropped.
    pub kept: &'a [u8],
    /// `1 / (1 - probability)`.
    pub scale: f32,
}

/// `scale` and `shift` of a layer normalisation, and what is added to its variance.
#[derive(Debug, Clone, Copy)]
pub struct Norm<'a> {
    /// One a column.
    pub gamma: &'a [f32],
    /// One a column.
    pub beta: &'a [f32],
    /// Added to the variance.
    pub epsilon: f32,
}

/// What [`normalise`] left in a row, and gave back.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NormalRow<'a> {
    pub normal: &'a [f32],
    pub inverse: f32,
}

/// The gradients of a [`Norm`], added up row by row.
#[derive(Debug)]
pub(crate) struct NormGradients<'a> {
    pub gamma: &'a mut [f32],
    pub beta: &'a mut [f32],
}

vectorised! {
    /// Multiplies with a mask in place.
    pub(crate) fn drop_out(isa: Isa, numbers: &mut [f32], mask: Mask<'_>) {
        for (number, kept) in numbers.iter_mut().zip(mask.kept) {
            *number *= f32::from(*kept) * mask.scale;
        }
    }
}

vectorised! {
    /// `sums += numbers`
    pub(crate) fn add(isa: Isa, sums: &mut [f32], numbers: &[f32]) {
        sums.iter_mut().zip(numbers).for_each(|(sum, number)| *sum += number);
    }
}

vectorised! {
    /// `numbers *= factors`
    pub(crate) fn scale_by(isa: Isa, numbers: &mut [f32], factors: &[f32]) {
        numbers.iter_mut().zip(factors).for_each(|(number, factor)| *number *= factor);
    }
}

vectorised! {
    /// The sum of each column of `rows`.
    pub(crate) fn column_sums(isa: Isa, rows: &[f32], stride: usize, sums: &mut [f32]) {
        sums.fill(0.0);
        let columns = sums.len();
        for row in rows.chunks(stride) {
            sums.iter_mut().zip(&row[..columns]).for_each(|(sum, number)| *sum += number);
        }
    }
}

vectorised! {
    /// A row normalised in place to mean 0 and variance 1, and `gamma` times that plus `beta` in `output`; what the row
    /// was divided by comes back as its inverse.
    pub(crate) fn normalise(isa: Isa, row: &mut [f32], norm: Norm<'_>, output: &mut [f32]) -> f32 {
        let count = row.len() as f32;
        let mean = lanes::sum([row], |[number]| number) / count;
        let variance = lanes::sum([row], |[number]| (number - mean) * (number - mean)) / count;
        let inverse = 1.0 / (variance + norm.epsilon).sqrt();
        for (((number, output), gamma), beta) in row.iter_mut().zip(output).zip(norm.gamma).zip(norm.beta) {
            *number = (*number - mean) * inverse;
            *output = *number * gamma + beta;
        }
        inverse
    }
}

vectorised! {
    /// The slope of [`normalise`] in place of the slope of its output, from what it left of its row.
    pub(crate) fn normalise_slopes(
        isa: Isa,
        slopes: &mut [f32],
        row: NormalRow<'_>,
        gamma: &[f32],
        gradients: &mut NormGradients<'_>,
    ) {
        let NormalRow { normal, inverse } = row;
        let count = slopes.len() as f32;
        let sums = gradients.gamma.iter_mut().zip(gradients.beta.iter_mut());
        for (((gamma, beta), slope), normal) in sums.zip(&*slopes).zip(normal) {
            *gamma += slope * normal;
            *beta += slope;
        }
        let mean = lanes::sum([slopes, gamma], |[slope, gamma]| slope * gamma) / count;
        let along = lanes::sum([slopes, gamma, normal], |[slope, gamma, normal]| slope * gamma * normal) / count;
        for ((slope, gamma), normal) in slopes.iter_mut().zip(gamma).zip(normal) {
            *slope = inverse * (*slope * gamma - mean - normal * along);
        }
    }
}

vectorised! {
    /// `exp(scale * x)` over the sum of these, in place.
    pub(crate) fn softmax(isa: Isa, row: &mut [f32], scale: f32) {
        let largest = lanes::max(row) * scale;
        // What is not a number stays what it is, as the largest of none is below all.
        row.iter_mut().for_each(|x| *x = exp_of_negative(*x * scale - largest) + 0.0 * *x);
        let inverse = 1.0 / lanes::sum([row], |[x]| x);
        row.iter_mut().for_each(|x| *x *= inverse);
    }
}

vectorised! {
    /// The slope of [`softmax`] in place of the slope of its output.
    pub(crate) fn softmax_slopes(isa: Isa, slopes: &mut [f32], output: &[f32], scale: f32) {
        let mean = lanes::sum([slopes, output], |[slope, output]| slope * output);
        for (slope, output) in slopes.iter_mut().zip(output) {
            *slope = output * (*slope - mean) * scale;
        }
    }
}
