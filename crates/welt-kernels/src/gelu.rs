//! The exact GELU with its exact slope, one exponential an element; numbers in, numbers out.

use std::f32::consts::FRAC_1_SQRT_2;

use crate::exponential::exp_of_negative;
use crate::isa::vectorised;

const INVERSE_ROOT_OF_TWO_PI: f32 = 0.398_942_3;

vectorised! {
    /// `x * P(X <= x)` for a standard normal `X` (Hendrycks and Gimpel 2016), in place of each element.
    pub fn gelu(isa: Isa, numbers: &mut [f32]) {
        numbers.iter_mut().for_each(|x| *x = value_and_slope(*x).0);
    }
}

vectorised! {
    /// The slope of [`gelu`] in place of each element, and its value in `values`, which is as long.
    pub fn gelu_slopes(isa: Isa, numbers: &mut [f32], values: &mut [f32]) {
        for (x, value) in numbers.iter_mut().zip(values) {
            (*value, *x) = value_and_slope(*x);
        }
    }
}

/// `x Phi(x)` and `Phi(x) + x phi(x)`, with the normal distribution's `Phi` and density `phi`.
///
/// The tail of `Phi` is Abramowitz and Stegun's 7.1.26, whose error is below 1.5e-7.
#[inline(always)]
fn value_and_slope(x: f32) -> (f32, f32) {
    const P: f32 = 0.327_591_1 * FRAC_1_SQRT_2;
    const A: [f32; 5] = [0.254_829_6, -0.284_496_74, 1.421_413_7, -1.453_152, 1.061_405_4];
    let bell = exp_of_negative(-0.5 * x * x);
    let t = 1.0 / (1.0 + P * x.abs());
    let tail = 0.5 * bell * t * (A[0] + t * (A[1] + t * (A[2] + t * (A[3] + t * A[4]))));
    let below = if x < 0.0 { tail } else { 1.0 - tail };
    (x * below, below + x * INVERSE_ROOT_OF_TWO_PI * bell)
}
