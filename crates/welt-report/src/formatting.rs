//! How numbers are written: scores in per cent, differences in points, p-values to three decimals.
//! Numbers from 0 to 1 go in, text comes out.

use super::differences::{Difference, Floor};
use crate::statistics::{deviation, mean};

/// Stands where there is nothing to say.
pub const NOTHING: &str = "–";

/// Mean and standard deviation of scores, in per cent.
pub fn spread(scores: &[f64]) -> String {
    match scores {
        [] => NOTHING.to_owned(),
        [one] => format!("{:.2}", 100.0 * one),
        _ => format!("{:.2} ± {:.2}", 100.0 * mean(scores), 100.0 * deviation(scores)),
    }
}

/// A difference of fractions in points, with its sign.
pub fn points(difference: f64) -> String {
    let text = format!("{:+.2}", 100.0 * difference);
    match text.trim_start_matches(['+', '-']) {
        "0.00" => "0.00".to_owned(),
        _ => text.replace('-', "−"),
    }
}

pub fn interval(difference: &Difference) -> String {
    format!("[{}, {}]", points(difference.lower), points(difference.upper))
}

/// An interval of points.
pub fn between([lower, upper]: [f64; 2]) -> String {
    format!("[{}, {}]", points(lower / 100.0), points(upper / 100.0))
}

/// A p-value to three decimals.
pub fn p_value(p: f64) -> String {
    if p < 0.001 { "<0.001".to_owned() } else { format!("{p:.3}") }
}

/// How far the means of so many vanilla runs of each corpus may lie apart, in words.
pub fn floor(floor: Option<&Floor>, n: usize) -> String {
    match floor {
        Some(floor) => format!("±{:.2}", 100.0 * floor.of_means(n)),
        None => NOTHING.to_owned(),
    }
}
