//! Tests and summaries of a few numbers, exact where chance is small enough to enumerate.
//! Numbers in, numbers out; it knows nothing of scores.

/// The mean; 0 of nothing.
pub fn mean(values: &[f64]) -> f64 {
    // The sum of no floating-point numbers is minus 0.
    (0.0 + values.iter().sum::<f64>()) / values.len().max(1) as f64
}

/// The sample standard deviation; 0 of fewer than two values.
pub fn deviation(values: &[f64]) -> f64 {
    let mean = mean(values);
    let squares = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() + 0.0;
    (squares / values.len().saturating_sub(1).max(1) as f64).sqrt()
}

/// The number below which a share of the values lies, interpolated between two of them as numpy does by default; 0 of nothing.
pub fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let position = share * sorted.len().saturating_sub(1) as f64;
    let (below, above) = (position.floor() as usize, position.ceil() as usize);
    match (sorted.get(below), sorted.get(above)) {
        (Some(low), Some(high)) => low + (high - low) * position.fract(),
        _ => 0.0,
    }
}

/// The value in the middle; 0 of nothing.
pub fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}

/// The least, the middle and the largest; none of nothing.
pub fn range(values: &[f64]) -> Option<[f64; 3]> {
    (!values.is_empty()).then(|| [0.0, 0.5, 1.0].map(|share| quantile(values, share)))
}

/// The two-sided p-value of a sign test: how likely a fair coin is to divide `up + down` throws as unevenly. Ties are left out by the caller.
pub fn sign_test(up: usize, down: usize) -> f64 {
    let chances = tally(&vec![0.5; up + down]);
    let tail: f64 = chances[..=up.min(down)].iter().sum();
    (2.0 * tail).min(1.0)
}

/// The two-sided p-value of Wilcoxon's signed-rank test, exact given the ranks: equal sizes share their middle rank, zeros are left out, and every sign is a fair coin.
pub fn signed_rank(differences: &[i64]) -> f64 {
    let mut sorted: Vec<i64> = differences.iter().copied().filter(|&difference| difference != 0).collect();
    sorted.sort_by_key(|difference| difference.abs());
    // Twice the rank, so that a middle rank is whole.
    let mut ranks = vec![0; sorted.len()];
    let mut start = 0;
    for group in sorted.chunk_by(|left, right| left.abs() == right.abs()) {
        let end = start + group.len();
        ranks[start..end].fill(start + 1 + end);
        start = end;
    }
    let observed: usize =
        sorted.iter().zip(&ranks).filter(|(difference, _)| **difference > 0).map(|(_, rank)| rank).sum();
    let mut chances = vec![0.0; ranks.iter().sum::<usize>() + 1];
    chances[0] = 1.0;
    for &rank in &ranks {
        for sum in (0..chances.len()).rev() {
            let moved = if sum >= rank { chances[sum - rank] } else { 0.0 };
            chances[sum] = (chances[sum] + moved) / 2.0;
        }
    }
    let below: f64 = chances[..=observed].iter().sum();
    let above: f64 = chances[observed..].iter().sum();
    (2.0 * below.min(above)).min(1.0)
}

/// How likely at least `wins` of independent events are, each with its own chance.
pub fn at_least(wins: usize, chances: &[f64]) -> f64 {
    tally(chances).iter().skip(wins).sum::<f64>().min(1.0)
}

/// The chance of each number of events, from none to all.
fn tally(chances: &[f64]) -> Vec<f64> {
    let mut counts = vec![0.0; chances.len() + 1];
    counts[0] = 1.0;
    for (seen, chance) in chances.iter().enumerate() {
        for number in (0..=seen + 1).rev() {
            let moved = if number > 0 { counts[number - 1] * chance } else { 0.0 };
            counts[number] = counts[number] * (1.0 - chance) + moved;
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(found: f64, expected: f64) {
        assert!((found - expected).abs() <= 1e-12 * expected.abs(), "{found:e}, expected {expected:e}");
    }

    #[test]
    fn sign_tests_are_those_of_scipy() {
        // scipy.stats.binomtest(up, up + down).pvalue, scipy 1.17.1.
        check(sign_test(30, 10), 0.0022214337732293643);
        check(sign_test(0, 40), 1.8189894035458565e-12);
        check(sign_test(30, 9), 0.0010650196345523);
        check(sign_test(13, 27), 0.03847730828420026);
        check(sign_test(20, 20), 1.0);
        check(sign_test(0, 0), 1.0);
    }

    #[test]
    fn signed_rank_tests_are_those_of_scipy() {
        // scipy.stats.wilcoxon(differences, method="exact").pvalue, scipy 1.17.1.
        check(signed_rank(&[3, -1, 4, -15, 9, 26, 5, -35, 8, 97]), 0.322265625);
        let forty: Vec<i64> = (1..=40).map(|size| if size % 3 == 0 { -size } else { size }).collect();
        check(signed_rank(&forty), 0.06616061626664305);
        // With ties: method=scipy.stats.PermutationMethod(n_resamples=10**6), which takes all signs in turn.
        check(signed_rank(&[1, 1, -2, 3, 3, 3, -4, 0, 5, 5, -1, 7]), 0.10546875);
        check(signed_rank(&[2, -2, 2, -2, 2, 6]), 0.53125);
        check(signed_rank(&[]), 1.0);
    }

    #[test]
    fn sums_of_unequal_coins_are_those_of_scipy() {
        // 1 - scipy.stats.poisson_binom(chances).cdf(2), scipy 1.17.1.
        check(at_least(3, &[0.25, 0.5, 2.0 / 3.0, 0.75, 0.1]), 0.4052083333333333);
        check(at_least(0, &[0.25]), 1.0);
        check(at_least(2, &[0.25]), 0.0);
    }

    #[test]
    fn summaries_are_those_of_numpy() {
        // numpy.quantile, numpy.median and numpy.std(ddof=1), numpy 2.
        let values = [3.1, -0.2, 7.0, 1.5, 2.25, 9.0, 4.0];
        check(quantile(&values, 0.95), 8.4);
        check(quantile(&values, 0.9), 7.8);
        check(median(&values), 3.1);
        check(deviation(&values), 3.201617894574108);
        assert_eq!([mean(&[]), median(&[]), deviation(&[4.0])], [0.0; 3]);
    }
}
