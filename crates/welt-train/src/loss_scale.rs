//! How far losses are scaled up before the backward pass, so that gradients in half precision do not vanish.
//! The outcome of steps goes in, a power of two comes out; it touches no tensor.

use serde::{Deserialize, Serialize};
use welt_settings::Precision;

/// Half precision starts here, as PyTorch's `GradScaler` does: the first steps find what holds.
const FIRST: f64 = 65_536.0;

/// After so many steps in a row without an overflow, twice the scale is tried, as PyTorch's `GradScaler` does.
const STEPS_BEFORE_GROWTH: u32 = 2000;

/// The scale of Micikevicius et al. (2018), section 3.2, halved when gradients overflow and doubled when they long did not.
///
/// Only half precision wants one: single precision and bfloat16 hold gradients of any size, and stay at 1.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct LossScale {
    scale: f64,
    steps: u32,
    fixed: bool,
}

impl LossScale {
    pub fn new(precision: Precision) -> Self {
        let fixed = precision != Precision::F16;
        Self { scale: if fixed { 1.0 } else { FIRST }, steps: 0, fixed }
    }

    /// What the next loss is multiplied by.
    pub fn get(&self) -> f64 {
        self.scale
    }

    /// Gradients were not finite; whether a smaller scale is left to take the same step again with.
    pub fn overflowed(&mut self) -> bool {
        self.steps = 0;
        let smaller = !self.fixed && self.scale > 1.0;
        if smaller {
            self.scale /= 2.0;
        }
        smaller
    }

    /// Gradients were finite.
    pub fn held(&mut self) {
        self.steps += 1;
        if !self.fixed && self.steps == STEPS_BEFORE_GROWTH {
            self.steps = 0;
            self.scale *= 2.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_precision_finds_its_scale() {
        let mut scale = LossScale::new(Precision::F16);
        assert!(scale.overflowed() && scale.overflowed());
        assert_eq!(scale.get(), 16_384.0);
        (0..STEPS_BEFORE_GROWTH).for_each(|_| scale.held());
        assert_eq!(scale.get(), 32_768.0);
        while scale.overflowed() {}
        assert_eq!(scale.get(), 1.0);
    }

    #[test]
    fn wide_ranges_want_none() {
        for precision in [Precision::F32, Precision::Bf16] {
            let mut scale = LossScale::new(precision);
            (0..2 * STEPS_BEFORE_GROWTH).for_each(|_| scale.held());
            assert!(!scale.overflowed());
            assert_eq!(scale.get(), 1.0);
        }
    }
}
