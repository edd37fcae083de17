//! Approximate randomization: how often two systems that are exchangeable would differ as much as these do.
//! The units of two systems in, a p-value out.
//!
//! A shuffle swaps the two rows of every unit with a chance of one half, and all that a statistic sees of it is how much the sum of the first system moved.
//! Units whose rows differ alike move it alike, so that the number of those that are swapped is drawn at once;
//! and where the sums that can come out are few, the chance of each is computed unit by unit, and the p-value is exact.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::coins::Coins;
use super::draws::{draws, finite};
use super::groups::Groups;
use super::units::Units;
use super::{Computation, Exactness, TOLERANCE};
use crate::{EvalError, Sample};

/// The most steps from sum to sum that an exact p-value may take: about half a second of one core.
const MOST_STEPS: f64 = 2e8;

/// The most different sums that are kept: 64 MiB with those of the step before.
const MOST_SUMS: f64 = (1 << 20) as f64;

/// How the units of two systems are shuffled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shuffling {
    /// How many shuffles are drawn, where they are not enumerated: 10,000 tell a p-value of 0.05 with a standard error of 0.002.
    pub rounds: u32,
    /// What decides the draws.
    pub seed: u64,
    /// Whether all shuffles are enumerated where that is feasible.
    pub exactness: Exactness,
}

/// A test of two systems by approximate randomization.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Randomization {
    /// The statistic of the first system less that of the second.
    pub difference: f64,
    /// The chance of a difference at least as large, in either direction, if the two are exchangeable.
    ///
    /// It is the share of all shuffles if they were enumerated, and (c + 1) / (R + 1) if c of R that were drawn differ so much.
    /// It is never 0: what is below [`f64::MIN_POSITIVE`], about 2e-308, is given as that, as with a thousand units that all differ in one direction.
    pub p_value: f64,
    /// How many units there are.
    pub n_units: usize,
    /// In how many of them the two systems have different counts: the others play no part.
    pub n_different: usize,
    /// Whether the shuffles were enumerated or drawn.
    pub computation: Computation,
}

/// `p 0.0310 (randomization test, all shuffles; 87 of 940 units counted differently)`, with four digits after the point or as many as asked for.
impl fmt::Display for Randomization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let p = p_text(self.p_value, f.precision().unwrap_or(4));
        let Self { n_units, n_different, computation, .. } = self;
        let shuffles = computation.of("shuffles");
        write!(f, "p {p} (randomization test, {shuffles}; {n_different} of {n_units} units counted differently)")
    }
}

/// A p-value that is never 0: what is too small for the digits is said to be less than the last of them.
pub(super) fn p_text(p: f64, digits: usize) -> String {
    let least = 0.1_f64.powi(i32::try_from(digits).unwrap_or(i32::MAX));
    if p < least { format!("<{least:.digits$}") } else { format!("{p:.digits$}") }
}

/// Tests whether two systems that were scored on the same units are exchangeable, by a statistic of their summed rows (Noreen 1989, Yeh 2000).
///
/// # Errors
/// The systems have no units, not the same number of them, or not the same counts in each; their counts are too large to be added, nothing is to be drawn, or the statistic of a shuffle is not a finite number.
pub fn randomization(
    first: &Units,
    second: &Units,
    statistic: impl Fn(&[u64]) -> f64 + Sync,
    shuffling: &Shuffling,
) -> Result<Randomization, EvalError> {
    if shuffling.rounds == 0 {
        return Err(EvalError::NoDraws);
    }
    let groups = Groups::side_by_side(&[first, second])?;
    let total = groups.total();
    let (first, second) = total.split_at(total.len() / 2);
    let difference = finite(statistic(first) - statistic(second), Sample::Observed)?;
    let is_as_large = |other: f64| other.abs() >= difference.abs() - TOLERANCE;

    let swaps = Swaps::of(&groups);
    let keys = if shuffling.exactness == Exactness::WhereFeasible { swaps.feasible_keys() } else { None };
    let (p_value, computation) = match keys {
        Some(keys) => {
            let mut p_value = 0.0_f64;
            let (mut one, mut other) = (swaps.least.clone(), swaps.least.clone());
            for (index, (key, chance)) in swaps.chances(&keys).into_iter().enumerate() {
                swaps.decode(key, &keys, &mut one, &mut other);
                if is_as_large(finite(statistic(&one) - statistic(&other), Sample::Drawn(index))?) {
                    p_value += chance;
                }
            }
            // Chances below about 1e-308 underflow, yet the observed difference itself has one.
            (p_value.clamp(f64::MIN_POSITIVE, 1.0), Computation::Exact)
        }
        None => {
            let scratch = || (swaps.least.clone(), swaps.least.clone());
            let differences = draws(shuffling.rounds, shuffling.seed, scratch, |coins, (one, other)| {
                swaps.draw(coins, one, other);
                [statistic(one) - statistic(other)]
            })?;
            let n_as_large = differences.into_iter().filter(|[other]| is_as_large(*other)).count();
            let computation = Computation::Drawn { draws: shuffling.rounds };
            ((n_as_large + 1) as f64 / (f64::from(shuffling.rounds) + 1.0), computation)
        }
    };
    let n_different = swaps.swaps.iter().map(|swap| swap.times as usize).sum();
    Ok(Randomization { difference, p_value, n_units: groups.n_units(), n_different, computation })
}

/// What swapping can do to the sum of the first system.
struct Swaps {
    /// The sum if of every unit the row that comes first in order is taken.
    least: Vec<u64>,
    /// The sum of both systems, which no swap changes.
    both: Vec<u64>,
    /// What the other row of a unit would change; those of the most units first.
    swaps: Vec<Swap>,
    /// How far each count of the sum can fall and rise.
    reach: Vec<(u64, u64)>,
}

/// Units whose rows differ alike.
struct Swap {
    /// The row that comes last in order less the other one.
    change: Vec<i64>,
    /// How many units there are.
    times: u64,
}

impl Swaps {
    /// The swaps of the units of two systems.
    ///
    /// Each system has either row of a unit with the same chance, so that it does not matter which had which.
    fn of(groups: &Groups) -> Self {
        let zeros = groups.zeros();
        let width = zeros.len() / 2;
        let (mut least, mut both, mut reach) = (vec![0; width], vec![0; width], vec![(0, 0); width]);
        let mut indices: HashMap<Vec<i64>, usize> = HashMap::new();
        let mut swaps: Vec<Swap> = Vec::new();
        for (row, size) in groups.rows() {
            let (one, other) = row.split_at(width);
            let (low, high) = if one <= other { (one, other) } else { (other, one) };
            for column in 0..width {
                least[column] += low[column] * size;
                both[column] += (low[column] + high[column]) * size;
                reach[column].0 += low[column].saturating_sub(high[column]) * size;
                reach[column].1 += high[column].saturating_sub(low[column]) * size;
            }
            if low == high {
                continue;
            }
            let change: Vec<i64> = high.iter().zip(low).map(|(&high, &low)| high as i64 - low as i64).collect();
            let index = *indices.entry(change.clone()).or_insert(swaps.len());
            if index == swaps.len() {
                swaps.push(Swap { change, times: 0 });
            }
            swaps[index].times += size;
        }
        swaps.sort_by_key(|swap| Reverse(swap.times));
        Self { least, both, swaps, reach }
    }

    /// Sums both systems after a shuffle.
    fn draw(&self, coins: &mut Coins, one: &mut [u64], other: &mut [u64]) {
        one.copy_from_slice(&self.least);
        for swap in &self.swaps {
            let times = coins.heads(swap.times) as i64;
            for (sum, change) in one.iter_mut().zip(&swap.change) {
                *sum = sum.wrapping_add_signed(change * times);
            }
        }
        self.rest(one, other);
    }

    /// What the second system is left with.
    fn rest(&self, one: &[u64], other: &mut [u64]) {
        for ((other, both), one) in other.iter_mut().zip(&self.both).zip(one) {
            *other = both - one;
        }
    }

    /// The chance of every sum of the first system, by its key.
    fn chances(&self, keys: &[u128]) -> Vec<(u128, f64)> {
        let origin = self.reach.iter().zip(keys).map(|((fall, _), key)| u128::from(*fall) * key).sum();
        let mut chances = vec![(origin, 1.0)];
        let mut next = Vec::new();
        for swap in &self.swaps {
            let step: i128 = swap.change.iter().zip(keys).map(|(change, key)| i128::from(*change) * *key as i128).sum();
            for _ in 0..swap.times {
                step_all(&chances, step.unsigned_abs(), &mut next);
                std::mem::swap(&mut chances, &mut next);
            }
        }
        chances
    }

    /// Whether the sums that can come out stay few: no more than the boxes that hold them have cells, nor than there are ways to choose how many units of each kind are swapped.
    fn is_feasible(&self) -> bool {
        let mut spans = vec![0.0; self.least.len()];
        let (mut ways, mut steps) = (1.0, 0.0);
        for swap in &self.swaps {
            let before = ways;
            for times in 1..=swap.times {
                for (span, change) in spans.iter_mut().zip(&swap.change) {
                    *span += change.unsigned_abs() as f64;
                }
                ways = before * (times + 1) as f64;
                let cells: f64 = spans.iter().map(|span| span + 1.0).product();
                let sums = cells.min(ways);
                steps += sums;
                if sums > MOST_SUMS || steps > MOST_STEPS {
                    return false;
                }
            }
        }
        true
    }

    /// What one count of each column adds to the key of a sum, so that different sums have different keys; nothing if the sums are too many or keys do not fit.
    ///
    /// The first column weighs most: the first count in which two rows differ then decides the sign of a step, and it is positive.
    fn feasible_keys(&self) -> Option<Vec<u128>> {
        if !self.is_feasible() {
            return None;
        }
        let mut keys = vec![0; self.reach.len()];
        let mut next: u128 = 1;
        for (key, (fall, rise)) in keys.iter_mut().zip(&self.reach).rev() {
            *key = next;
            next = next.checked_mul(u128::from(fall + rise + 1)).filter(|next| *next < i128::MAX as u128)?;
        }
        Some(keys)
    }

    /// Sums both systems at a key; `keys` are those of [`Self::feasible_keys`].
    fn decode(&self, mut key: u128, keys: &[u128], one: &mut [u64], other: &mut [u64]) {
        for (column, (count, of_one)) in one.iter_mut().zip(keys).enumerate() {
            let change = (key / of_one) as u64;
            key %= of_one;
            *count = self.least[column] + change - self.reach[column].0;
        }
        self.rest(one, other);
    }
}

/// The chances after one more unit that is swapped or not: what was reached before, and the same one step further, both in the order of their keys.
fn step_all(chances: &[(u128, f64)], step: u128, next: &mut Vec<(u128, f64)>) {
    next.clear();
    let mut stay = chances.iter().peekable();
    for (key, chance) in chances {
        let moved = key + step;
        while let Some(&&(key, chance)) = stay.peek().filter(|(key, _)| *key < moved) {
            next.push((key, chance / 2.0));
            stay.next();
        }
        match stay.next_if(|(key, _)| *key == moved) {
            Some((_, other)) => next.push((moved, (chance + other) / 2.0)),
            None => next.push((moved, chance / 2.0)),
        }
    }
    next.extend(stay.map(|&(key, chance)| (key, chance / 2.0)));
}
