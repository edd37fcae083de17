//! Dropout whose masks depend on a seed alone: not on the backend, the number of threads or what ran before.

use burn::tensor::{Tensor, TensorData};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

/// Where a forward pass takes its dropout masks from.
///
/// Burn's own dropout draws from one stream for the whole backend, so two threads would take turns in an order
/// that nobody fixed; here every forward pass brings its own stream.
/// The masks are made on the host, which a processor does not notice (1 % of a training step) and a graphics card
/// would: a backend of that kind wants a variant that draws on the device.
#[derive(Debug)]
pub struct Dropout {
    stream: Option<Xoshiro256PlusPlus>,
}

impl Dropout {
    /// Nothing is dropped: evaluation and prediction.
    #[must_use]
    pub const fn off() -> Self {
        Self { stream: None }
    }

    /// Masks drawn from `seed`: training.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self { stream: Some(Xoshiro256PlusPlus::seed_from_u64(seed)) }
    }

    /// Sets each element to 0 with `probability` and scales the others by `1 / (1 - probability)`.
    ///
    /// The probability is rounded to a multiple of 2^-16.
    pub fn apply<const D: usize>(&mut self, x: Tensor<D>, probability: f64) -> Tensor<D> {
        let Some(stream) = self.stream.as_mut().filter(|_| probability > 0.0) else {
            return x;
        };
        let mask = TensorData::new(mask(stream, x.shape().num_elements(), probability), x.shape());
        let mask = Tensor::from_data(mask, &x.device().inner());
        x * mask
    }
}

/// `n` elements, each 0 with `probability` and `1 / (1 - probability)` otherwise; four come from each 64-bit draw.
fn mask(stream: &mut Xoshiro256PlusPlus, n: usize, probability: f64) -> Vec<f32> {
    let threshold = (probability * f64::from(1 << 16)).round() as u64;
    let kept = (1.0 / (1.0 - probability)) as f32;
    let mut mask = vec![0.0; n.next_multiple_of(4)];
    for four in mask.chunks_exact_mut(4) {
        let draw = stream.next_u64();
        for (index, element) in four.iter_mut().enumerate() {
            let sixteen_bits = (draw >> (16 * index)) & 0xFFFF;
            *element = if sixteen_bits < threshold { 0.0 } else { kept };
        }
    }
    mask.truncate(n);
    mask
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_keeps_the_share_and_the_mean() {
        let mut stream = Xoshiro256PlusPlus::seed_from_u64(1);
        let mask = mask(&mut stream, 400_001, 0.1);
        let dropped = mask.iter().filter(|element| **element == 0.0).count() as f64 / mask.len() as f64;
        let mean = mask.iter().map(|element| f64::from(*element)).sum::<f64>() / mask.len() as f64;
        // The standard error of the share is 0.0005.
        assert!((dropped - 0.1).abs() < 0.003, "{dropped}");
        assert!((mean - 1.0).abs() < 0.003, "{mean}");
    }
}
