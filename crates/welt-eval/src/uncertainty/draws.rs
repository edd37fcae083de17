//! Many draws of one statistic, on as many threads as there are.
//! A seed and a way to draw in, the statistics in the order of the draws out; what is drawn is not known here.
//!
//! Every draw has its own generator, so that the result is the same on any number of threads.

use super::coins::Coins;
use crate::{EvalError, Sample};

/// The statistic of each of `n` draws; `scratch` makes the memory that draws on one thread share.
///
/// # Errors
/// A statistic is not a finite number: the first one in the order of the draws is told.
pub(super) fn draws<S>(
    n: u32,
    seed: u64,
    scratch: impl Fn() -> S + Sync,
    draw: impl Fn(&mut Coins, &mut S) -> f64 + Sync,
) -> Result<Vec<f64>, EvalError> {
    let numbers = in_order(n, scratch, |scratch, index| draw(&mut Coins::new(seed, u64::from(index)), scratch));
    match numbers.iter().position(|number| !number.is_finite()) {
        Some(index) => Err(EvalError::Statistic { sample: Sample::Drawn(index), found: numbers[index].to_string() }),
        None => Ok(numbers),
    }
}

/// The statistic, if it is a finite number.
///
/// # Errors
/// It is none.
pub(super) fn finite(number: f64, sample: Sample) -> Result<f64, EvalError> {
    if number.is_finite() { Ok(number) } else { Err(EvalError::Statistic { sample, found: number.to_string() }) }
}

#[cfg(feature = "rayon")]
fn in_order<S>(n: u32, scratch: impl Fn() -> S + Sync, each: impl Fn(&mut S, u32) -> f64 + Sync) -> Vec<f64> {
    use rayon::prelude::*;

    (0..n).into_par_iter().map_init(&scratch, &each).collect()
}

#[cfg(not(feature = "rayon"))]
fn in_order<S>(n: u32, scratch: impl Fn() -> S, each: impl Fn(&mut S, u32) -> f64) -> Vec<f64> {
    let mut scratch = scratch();
    (0..n).map(|index| each(&mut scratch, index)).collect()
}
