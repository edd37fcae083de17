//! The exponential of numbers that are not positive, in arithmetic that compilers turn into vector instructions.

use std::f32::consts::{LN_2, LOG2_E};

/// `exp(y)` for `y <= 0` within two units in the last place; below -87 it is `exp(-87)`, which is next to nothing.
///
/// NaN counts as 0, so that a caller who must not lose it keeps it by other means.
#[inline(always)]
pub(crate) fn exp_of_negative(y: f32) -> f32 {
    /// Adding and subtracting 1.5 * 2^23 rounds to a whole number, which then stands in the lowest bits.
    const ROUND: f32 = 12_582_912.0;
    let y = y.max(-87.0);
    let shifted = y * LOG2_E + ROUND;
    let rest = y - (shifted - ROUND) * LN_2;
    let power = 1.0
        + rest
            * (1.0
                + rest
                    * (0.5 + rest * (1.0 / 6.0 + rest * (1.0 / 24.0 + rest * (1.0 / 120.0 + rest * (1.0 / 720.0))))));
    let exponent = shifted.to_bits().wrapping_sub(ROUND.to_bits()).wrapping_add(127) << 23;
    power * f32::from_bits(exponent)
}
