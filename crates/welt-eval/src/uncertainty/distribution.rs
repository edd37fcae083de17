//! The distribution of a statistic: numbers, and how often each comes.
//! Draws or enumerated outcomes in, shares and quantiles out.

use super::TOLERANCE;

/// Numbers in increasing order, each with how often it comes.
pub(super) struct Distribution {
    numbers: Vec<f64>,
    /// How many outcomes are at this number or before it.
    ranks: Vec<u64>,
}

impl Distribution {
    /// The distribution of finite numbers, each with how often it comes. There is at least one, and all together come less than 2^64 times.
    pub(super) fn of(mut outcomes: Vec<(f64, u64)>) -> Self {
        outcomes.sort_unstable_by(|left, right| left.0.total_cmp(&right.0));
        let mut rank = 0;
        let count = |(_, times): &(f64, u64)| {
            rank += times;
            rank
        };
        let ranks = outcomes.iter().map(count).collect();
        Self { numbers: outcomes.into_iter().map(|(number, _)| number).collect(), ranks }
    }

    /// How many outcomes there are.
    pub(super) fn n(&self) -> u64 {
        self.ranks.last().copied().unwrap_or(0)
    }

    /// The mean of all outcomes, summed from the least one on, so that equal outcomes have their own mean to the last bit.
    pub(super) fn mean(&self) -> f64 {
        let least = self.at(0);
        let above: f64 = self.each().map(|(number, times)| (number - least) * times as f64).sum();
        least + above / self.n() as f64
    }

    /// The root of the sum of the squared distances from the mean, whose squares may be too large or too small for a number.
    pub(super) fn norm(&self) -> f64 {
        let mean = self.mean();
        self.each().fold(0.0, |norm, (number, times)| norm.hypot((number - mean) * (times as f64).sqrt()))
    }

    /// How many outcomes are below this number, and not equal to it.
    pub(super) fn n_below(&self, number: f64) -> u64 {
        self.n_until(|outcome| outcome < number - TOLERANCE)
    }

    /// How many outcomes are below this number or equal to it.
    pub(super) fn n_not_above(&self, number: f64) -> u64 {
        self.n_until(|outcome| outcome <= number + TOLERANCE)
    }

    /// The quantile at a share from 0 to 1, linear between two outcomes, as numpy has it by default and in its arithmetic.
    pub(super) fn quantile(&self, share: f64) -> f64 {
        let position = (self.n() - 1) as f64 * share;
        let below = position.floor();
        let between = position - below;
        let (low, high) = (self.at(below as u64), self.at(below as u64 + 1));
        if between >= 0.5 { high - (high - low) * (1.0 - between) } else { low + (high - low) * between }
    }

    /// The outcome of this rank from 0, or the last one.
    fn at(&self, rank: u64) -> f64 {
        let index = self.ranks.partition_point(|&until| until <= rank);
        self.numbers[index.min(self.numbers.len() - 1)]
    }

    fn n_until(&self, is_before: impl Fn(f64) -> bool) -> u64 {
        match self.numbers.partition_point(|&number| is_before(number)) {
            0 => 0,
            n => self.ranks[n - 1],
        }
    }

    /// Every number with how often it comes.
    fn each(&self) -> impl Iterator<Item = (f64, u64)> {
        let mut before = 0;
        let times = move |(&number, &rank): (&f64, &u64)| (number, rank - std::mem::replace(&mut before, rank));
        self.numbers.iter().zip(&self.ranks).map(times)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUANTILES: [(f64, f64); 8] = [
        (0.0, 0.1),
        (0.025, 0.1125),
        (0.3, 0.2),
        (0.5, 0.2),
        (0.7, 0.55),
        (0.77, 0.7950000000000002),
        (0.975, 1.25),
        (1.0, 1.3),
    ];

    #[test]
    fn quantiles_are_those_of_numpy() {
        // numpy.quantile([0.1, 0.2, 0.2, 0.2, 0.9, 1.3], share), numpy 2.4.6.
        let repeated = Distribution::of(vec![(0.9, 1), (0.2, 3), (0.1, 1), (1.3, 1)]);
        let single = Distribution::of([1.3, 0.2, 0.9, 0.2, 0.1, 0.2].map(|number| (number, 1)).to_vec());
        for (share, expected) in QUANTILES {
            assert_eq!(repeated.quantile(share), expected, "{share}");
            assert_eq!(single.quantile(share), expected, "{share}");
        }
    }

    #[test]
    fn ties_are_counted_within_the_tolerance() {
        let distribution = Distribution::of(vec![(0.1, 2), (0.1 + 1e-14, 3), (0.2, 4)]);
        assert_eq!((distribution.n(), distribution.n_below(0.1), distribution.n_not_above(0.1)), (9, 0, 5));
        assert_eq!((distribution.n_below(0.2), distribution.n_not_above(0.0), distribution.n_below(9.0)), (5, 0, 9));
    }
}
