//! Many draws of one statistic or several, on as many threads as there are.
//! A seed and a way to draw in, the statistics in the order of the draws out; what is drawn is not known here.
//!
//! Every draw has its own generator, so that the result is the same on any number of threads.

use super::coins::Coins;
use crate::{EvalError, Sample};

/// The statistics of each of `n` draws; `scratch` makes the memory that draws on one thread share.
///
/// # Errors
/// A statistic is not a finite number: the first one in the order of the draws is told.
pub(super) fn draws<S, const N: usize>(
    n: u32,
    seed: u64,
    scratch: impl Fn() -> S + Sync,
    draw: impl Fn(&mut Coins, &mut S) -> [f64; N] + Sync,
) -> Result<Vec<[f64; N]>, EvalError> {
    let numbers = in_order(n, scratch, |scratch, index| draw(&mut Coins::new(seed, u64::from(index)), scratch));
    for (index, number) in numbers.iter().enumerate().flat_map(|(index, of_draw)| of_draw.map(|number| (index, number)))
    {
        finite(number, Sample::Drawn(index))?;
    }
    Ok(numbers)
}

/// The statistic, if it is a finite number.
///
/// # Errors
/// It is none.
pub(super) fn finite(number: f64, sample: Sample) -> Result<f64, EvalError> {
    if number.is_finite() { Ok(number) } else { Err(EvalError::Statistic { sample, found: number.to_string() }) }
}

#[cfg(feature = "rayon")]
fn in_order<S, T: Send>(n: u32, scratch: impl Fn() -> S + Sync, each: impl Fn(&mut S, u32) -> T + Sync) -> Vec<T> {
    use rayon::prelude::*;

    (0..n).into_par_iter().map_init(&scratch, &each).collect()
}

#[cfg(not(feature = "rayon"))]
fn in_order<S, T>(n: u32, scratch: impl Fn() -> S, each: impl Fn(&mut S, u32) -> T) -> Vec<T> {
    let mut scratch = scratch();
    (0..n).map(|index| each(&mut scratch, index)).collect()
}
