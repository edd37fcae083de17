//! Fair coins, and what can be drawn with them exactly: how many of `n` fall on heads, how often an event of a rational chance happens, and an index.
//! A seed and the number of a draw in, numbers out.

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

/// The coins of one draw.
pub(super) struct Coins {
    generator: Xoshiro256PlusPlus,
    /// Coins that were thrown and not looked at, from the lowest bit on.
    kept: u64,
    n_kept: u32,
}

impl Coins {
    /// The coins that belong to this seed and the draw of this number.
    ///
    /// The seed is mixed before the number joins it, for neighbouring seeds would otherwise share draws.
    pub(super) fn new(seed: u64, draw: u64) -> Self {
        let generator = Xoshiro256PlusPlus::seed_from_u64(mix(mix(seed) ^ draw));
        Self { generator, kept: 0, n_kept: 0 }
    }

    /// How many of `n` coins fall on heads: binomial with a chance of one half.
    pub(super) fn heads(&mut self, n: u64) -> u64 {
        let mut heads = 0;
        // Eight words at a time are counted twice as fast, for they are counted side by side.
        for _ in 0..n / 512 {
            let words: [u64; 8] = std::array::from_fn(|_| self.generator.next_u64());
            heads += words.iter().map(|word| u64::from(word.count_ones())).sum::<u64>();
        }
        for _ in 0..n % 512 / 64 {
            heads += u64::from(self.generator.next_u64().count_ones());
        }
        let rest = (n % 64) as u32;
        if rest == 0 {
            return heads;
        }
        if self.n_kept < rest {
            self.kept = self.generator.next_u64();
            self.n_kept = 64;
        }
        let taken = self.kept & ((1 << rest) - 1);
        self.kept >>= rest;
        self.n_kept -= rest;
        heads + u64::from(taken.count_ones())
    }

    /// How often an event of the chance `part / whole` happens in `n` trials; `part <= whole < 2^63`.
    ///
    /// A trial succeeds if a uniform number below 1 is below the chance, and the first binary digit in which the two differ decides.
    /// All undecided trials throw for the same digit at once, and half of them are decided by it, so that about `2 n` coins are thrown, and no digit of the chance is rounded away.
    pub(super) fn successes(&mut self, n: u64, part: u64, whole: u64) -> u64 {
        if part >= whole {
            return n;
        }
        let (mut undecided, mut successes, mut remainder) = (n, 0, part);
        // Without a remainder all further digits of the chance are 0, and what is undecided is not below it.
        while undecided > 0 && remainder > 0 {
            remainder *= 2;
            let heads = self.heads(undecided);
            if remainder >= whole {
                remainder -= whole;
                successes += undecided - heads;
                undecided = heads;
            } else {
                undecided -= heads;
            }
        }
        successes
    }

    /// A number below `n`, each as likely as any other (Lemire 2019); `n` is not 0.
    pub(super) fn below(&mut self, n: u64) -> u64 {
        let mut product = u128::from(self.generator.next_u64()) * u128::from(n);
        if (product as u64) < n {
            let threshold = n.wrapping_neg() % n;
            while (product as u64) < threshold {
                product = u128::from(self.generator.next_u64()) * u128::from(n);
            }
        }
        (product >> 64) as u64
    }
}

/// The finaliser of SplitMix64 after one step: a bijection in which every bit of the input moves about half of the bits of the output.
fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether numbers fall into cells as often as they should, by chi-square at five standard deviations of its normal approximation (Wilson and Hilferty 1931); cells that expect less than five are pooled.
    fn check_distribution(drawn: impl Iterator<Item = u64>, pmf: &[f64], what: &str) {
        let mut counts = vec![0_u64; pmf.len()];
        let mut n = 0;
        for number in drawn {
            counts[number as usize] += 1;
            n += 1;
        }
        let (mut statistic, mut cells, mut pool) = (0.0, 0, (0.0, 0.0));
        let mut add = |expected: f64, count: f64| {
            statistic += (count - expected) * (count - expected) / expected;
            cells += 1;
        };
        for (share, &count) in pmf.iter().zip(&counts) {
            let expected = share * f64::from(n);
            assert!(expected > 0.0 || count == 0, "{what}: what cannot happen happened");
            pool = (pool.0 + expected, pool.1 + count as f64);
            if pool.0 >= 5.0 {
                add(pool.0, pool.1);
                pool = (0.0, 0.0);
            }
        }
        if pool.0 >= 0.5 {
            add(pool.0, pool.1);
        }
        let degrees_of_freedom = f64::from(cells - 1);
        if degrees_of_freedom < 1.0 {
            return;
        }
        let spread = 2.0 / (9.0 * degrees_of_freedom);
        let deviation = ((statistic / degrees_of_freedom).cbrt() - (1.0 - spread)) / spread.sqrt();
        assert!(deviation < 5.0, "{what}: chi-square {statistic} with {degrees_of_freedom} degrees of freedom");
    }

    /// P(k) of the binomial distribution, from the logarithms of factorials.
    fn binomial(n: u64, part: u64, whole: u64) -> Vec<f64> {
        let log_factorial = |k: u64| (1..=k).map(|factor| (factor as f64).ln()).sum::<f64>();
        let power = |share: f64, k: u64| if k == 0 { 0.0 } else { k as f64 * share.ln() };
        let chance = part as f64 / whole as f64;
        let log = |k: u64| {
            log_factorial(n) - log_factorial(k) - log_factorial(n - k) + power(chance, k) + power(1.0 - chance, n - k)
        };
        (0..=n).map(|k| log(k).exp()).collect()
    }

    #[test]
    fn successes_are_binomial() {
        let cases =
            [(1, 1, 3), (2, 1, 2), (5, 2, 7), (63, 1, 3), (64, 5, 8), (65, 999, 1000), (130, 1, 97), (900, 4, 9)];
        for (n, part, whole) in cases {
            let what = format!("{n} trials at {part}/{whole}");
            let drawn = (0..20_000).map(|draw| Coins::new(7, draw).successes(n, part, whole));
            check_distribution(drawn, &binomial(n, part, whole), &what);
            // One stream, in which coins are kept from trial to trial.
            let mut coins = Coins::new(8, 0);
            let drawn = (0..20_000).map(|_| coins.successes(n, part, whole));
            check_distribution(drawn, &binomial(n, part, whole), &what);
        }
    }

    #[test]
    fn what_is_certain_needs_no_coins() {
        let mut coins = Coins::new(1, 2);
        for n in [0, 1, 63, 64, 65, 100_000] {
            assert_eq!(coins.successes(n, 0, 5), 0);
            assert_eq!(coins.successes(n, 5, 5), n);
        }
        assert_eq!(coins.successes(0, 1, 2), 0);
        assert_eq!(coins.below(1), 0);
    }

    #[test]
    fn heads_are_binomial() {
        for n in [1, 63, 64, 65, 200] {
            let mut coins = Coins::new(3, 4);
            let drawn = (0..20_000).map(|_| coins.heads(n));
            check_distribution(drawn, &binomial(n, 1, 2), &format!("{n} coins"));
        }
    }

    #[test]
    fn indices_are_uniform() {
        for n in [2, 3, 10, 100] {
            let mut coins = Coins::new(5, 6);
            check_distribution((0..20_000).map(|_| coins.below(n)), &vec![1.0 / n as f64; n as usize], "indices");
        }
    }

    #[test]
    fn large_binomials_have_their_mean_and_spread() {
        let (n, part, whole) = (26_365, 9001, 26_365);
        let drawn: Vec<f64> = (0..4000).map(|draw| Coins::new(11, draw).successes(n, part, whole) as f64).collect();
        let chance = part as f64 / whole as f64;
        let (mean, variance) = (n as f64 * chance, n as f64 * chance * (1.0 - chance));
        let found = drawn.iter().sum::<f64>() / 4000.0;
        assert!((found - mean).abs() < 4.5 * (variance / 4000.0).sqrt(), "mean {found}, expected {mean}");
        let found = drawn.iter().map(|number| (number - mean).powi(2)).sum::<f64>() / 4000.0;
        assert!((found / variance - 1.0).abs() < 4.5 * (2.0_f64 / 4000.0).sqrt(), "{found}, expected {variance}");
    }
}
