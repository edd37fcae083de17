//! The first two derivatives of the logarithm of the gamma function, by which variances of few degrees of freedom are described.
//! Positive numbers in, numbers out, to about 14 digits (Abramowitz and Stegun 1964, 6.3 and 6.4).

/// From here on the asymptotic series are exact to the last digits.
const FAR: f64 = 16.0;

/// ψ(x), the derivative of ln Γ(x), for x above 0.
pub fn digamma(x: f64) -> f64 {
    let (mut x, mut below) = (x, 0.0);
    while x < FAR {
        below += x.recip();
        x += 1.0;
    }
    let square = (x * x).recip();
    let terms = [1.0 / 12.0, -1.0 / 120.0, 1.0 / 252.0, -1.0 / 240.0, 1.0 / 132.0, -691.0 / 32760.0];
    x.ln() - 0.5 / x - square * series(&terms, square) - below
}

/// ψ'(x), the second derivative of ln Γ(x), for x above 0.
pub fn trigamma(x: f64) -> f64 {
    let (mut x, mut below) = (x, 0.0);
    while x < FAR {
        below += (x * x).recip();
        x += 1.0;
    }
    let (inverse, square) = (x.recip(), (x * x).recip());
    let terms = [1.0 / 6.0, -1.0 / 30.0, 1.0 / 42.0, -1.0 / 30.0, 5.0 / 66.0, -691.0 / 2730.0];
    inverse + 0.5 * square + inverse * square * series(&terms, square) + below
}

/// The third derivative of ln Γ(x), for x above 0.
fn tetragamma(x: f64) -> f64 {
    let (mut x, mut below) = (x, 0.0);
    while x < FAR {
        below += 2.0 / (x * x * x);
        x += 1.0;
    }
    let (inverse, square) = (x.recip(), (x * x).recip());
    let terms = [1.0 / 2.0, -1.0 / 6.0, 1.0 / 6.0, -3.0 / 10.0, 5.0 / 6.0, -691.0 / 210.0];
    -square - square * inverse - square * square * series(&terms, square) - below
}

/// The number whose [`trigamma`] is this, which is above 0.
///
/// Newton's method on 1 / ψ', which is nearly a straight line and convex, so that every step comes closer from one side (Smyth 2004, appendix).
pub fn inverse_trigamma(value: f64) -> f64 {
    let mut x = if value > 1e7 { value.sqrt().recip() } else { 0.5 + value.recip() };
    for _ in 0..100 {
        let found = trigamma(x);
        let step = found * (1.0 - found / value) / tetragamma(x);
        x += step;
        if step.abs() <= 1e-15 * x || !x.is_finite() {
            break;
        }
    }
    x
}

fn series(terms: &[f64], square: f64) -> f64 {
    terms.iter().rev().fold(0.0, |sum, term| sum * square + term)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(found: f64, expected: f64) {
        assert!((found - expected).abs() <= 1e-13 * expected.abs(), "{found:e}, expected {expected:e}");
    }

    #[test]
    fn known_values_are_met() {
        // Closed forms: ψ(1) = -γ, ψ(1/2) = -γ - 2 ln 2, ψ'(1) = π² / 6, ψ'(1/2) = π² / 2, ψ''(1) = -2 ζ(3).
        let gamma = 0.577_215_664_901_532_9;
        let square = std::f64::consts::PI.powi(2);
        check(digamma(1.0), -gamma);
        check(digamma(0.5), -gamma - 2.0 * std::f64::consts::LN_2);
        check(digamma(20.0), 1.0 - gamma + (2..20).map(|n| 1.0 / f64::from(n)).sum::<f64>());
        check(trigamma(1.0), square / 6.0);
        check(trigamma(0.5), square / 2.0);
        check(trigamma(20.0), square / 6.0 - (1..20).map(|n| 1.0 / f64::from(n * n)).sum::<f64>());
        check(tetragamma(1.0), -2.0 * 1.202_056_903_159_594_2);
    }

    #[test]
    fn the_inverse_is_one() {
        for x in [1e-5, 0.03, 0.4, 1.0, 2.5, 17.0, 900.0, 1e7] {
            check(inverse_trigamma(trigamma(x)), x);
        }
    }
}
