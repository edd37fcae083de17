//! What several tests make of each other: the more there are, the more of them come out small by chance.
//! P-values in, adjusted p-values out, in the same order.

use crate::EvalError;

/// Adjusts the p-values of a family of tests, as the cells of a table are, so that the chance of any wrong rejection among them stays below the level (Holm 1979).
///
/// The smallest of `m` p-values is taken `m` times, the next `m - 1` times, and so on; none becomes smaller than the one before it, and none larger than 1.
/// Nothing is assumed about how the tests depend on each other.
///
/// ```
/// use welt_eval::uncertainty::holm;
///
/// assert_eq!(holm(&[0.5, 0.0625, 0.125])?, [0.5, 0.1875, 0.25]);
/// # Ok::<(), welt_eval::EvalError>(())
/// ```
///
/// # Errors
/// A p-value is not a number from 0 to 1.
pub fn holm(p_values: &[f64]) -> Result<Vec<f64>, EvalError> {
    if let Some(index) = p_values.iter().position(|p| !(0.0..=1.0).contains(p)) {
        return Err(EvalError::PValue { index, found: p_values[index].to_string() });
    }
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&left, &right| p_values[left].total_cmp(&p_values[right]));
    let mut adjusted = vec![0.0; p_values.len()];
    let mut least = 0.0_f64;
    for (rank, &index) in order.iter().enumerate() {
        let n_left = p_values.len() - rank;
        least = least.max(p_values[index] * n_left as f64).min(1.0);
        adjusted[index] = least;
    }
    Ok(adjusted)
}
