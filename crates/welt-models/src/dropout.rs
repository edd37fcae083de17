//! Dropout whose masks depend on a seed and the kind of device: not on the number of threads or what ran before.

use burn::tensor::{Device, Distribution, Tensor, TensorData};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

/// Where a forward pass takes its dropout masks from.
///
/// Burn's own dropout draws from one stream for the whole backend, so two threads would take turns in an order
/// that nobody fixed; here every forward pass brings its own stream, in masks that this program makes.
/// A processor does not notice that (1 % of a training step), but a graphics card would wait for every mask.
/// There the device draws, from a stream that starts anew with every forward pass, and passes go one after another.
#[derive(Debug)]
pub struct Dropout {
    masks: Masks,
}

#[derive(Debug)]
enum Masks {
    Off,
    Made(Xoshiro256PlusPlus),
    DrawnByDevice,
}

impl Dropout {
    /// Nothing is dropped: evaluation and prediction.
    #[must_use]
    pub const fn off() -> Self {
        Self { masks: Masks::Off }
    }

    /// Masks drawn from `seed`: training on a device that shares this program's memory, by any number of threads.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self { masks: Masks::Made(Xoshiro256PlusPlus::seed_from_u64(seed)) }
    }

    /// Masks that `device` draws from `seed`: training on a device with a memory of its own, by one thread.
    ///
    /// The same seed gives the same masks as long as nothing else draws from the backend until the pass is over.
    #[must_use]
    pub fn seeded_on(device: &Device, seed: u64) -> Self {
        device.seed(seed);
        Self { masks: Masks::DrawnByDevice }
    }

    /// Which of `n` elements are kept, each dropped with `probability`: the same that [`Dropout::apply`] would keep.
    ///
    /// None where nothing is dropped, or the device draws, which keeps what it draws to itself.
    #[cfg(feature = "cpu")]
    pub(crate) fn draw(&mut self, n: usize, probability: f64) -> Option<Kept> {
        match &mut self.masks {
            Masks::Made(stream) if probability > 0.0 => Some(kept(stream, n, probability)),
            _ => None,
        }
    }

    /// Whether nothing is dropped.
    #[cfg(feature = "cpu")]
    pub(crate) const fn is_off(&self) -> bool {
        matches!(self.masks, Masks::Off)
    }

    /// Whether this program makes the masks, where there are any.
    #[cfg(feature = "cpu")]
    pub(crate) const fn is_made_here(&self) -> bool {
        !matches!(self.masks, Masks::DrawnByDevice)
    }

    /// Sets each element to 0 with `probability` and scales the others by `1 / (1 - probability)`.
    ///
    /// The probability is rounded to a multiple of 2^-16 where this program makes the masks.
    pub fn apply<const D: usize>(&mut self, x: Tensor<D>, probability: f64) -> Tensor<D> {
        if probability <= 0.0 {
            return x;
        }
        let device = x.device().inner();
        match &mut self.masks {
            Masks::Off => x,
            Masks::Made(stream) => {
                let Kept { elements, scale } = kept(stream, x.shape().num_elements(), probability);
                let mask: Vec<f32> = elements.iter().map(|kept| f32::from(*kept) * scale).collect();
                let mask = TensorData::new(mask, x.shape());
                x * Tensor::from_data(mask, &device)
            }
            Masks::DrawnByDevice => {
                let kept = 1.0 - probability;
                let mask = Tensor::<D>::random(x.shape(), Distribution::Bernoulli(kept), &device);
                x * (mask * kept.recip())
            }
        }
    }
}

/// What a mask keeps.
#[derive(Debug)]
pub(crate) struct Kept {
    /// 1 for an element that is kept, 0 for one that is dropped.
    pub elements: Vec<u8>,
    /// What is kept is multiplied by this: `1 / (1 - probability)`.
    pub scale: f32,
}

/// `n` elements, each dropped with `probability`; four come from each 64-bit draw.
fn kept(stream: &mut Xoshiro256PlusPlus, n: usize, probability: f64) -> Kept {
    let threshold = (probability * f64::from(1 << 16)).round() as u64;
    let mut elements = vec![0; n.next_multiple_of(4)];
    for four in elements.chunks_exact_mut(4) {
        let draw = stream.next_u64();
        for (index, element) in four.iter_mut().enumerate() {
            *element = u8::from((draw >> (16 * index)) & 0xFFFF >= threshold);
        }
    }
    elements.truncate(n);
    Kept { elements, scale: (1.0 / (1.0 - probability)) as f32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Masks of ones are the masks themselves.
    fn check(dropout: impl Fn(&Device) -> Dropout) {
        let device = Device::flex();
        let ones = || Tensor::<2>::ones([1000, 401], &device.clone().autodiff());
        let draw = || dropout(&device).apply(ones(), 0.1).inner().into_data().try_into_vec::<f32>().unwrap();
        let mask = draw();
        assert_eq!(mask, draw(), "the same seed gives the same mask");
        let values = mask.iter().all(|element| *element == 0.0 || (element - 1.0 / 0.9).abs() < 1e-6);
        assert!(values, "zeros, and ones scaled up");
        let dropped = mask.iter().filter(|element| **element == 0.0).count() as f64 / mask.len() as f64;
        let mean = mask.iter().map(|element| f64::from(*element)).sum::<f64>() / mask.len() as f64;
        // The standard error of the share is 0.0005.
        assert!((dropped - 0.1).abs() < 0.003, "{dropped}");
        assert!((mean - 1.0).abs() < 0.003, "{mean}");
        let mut off = dropout(&device);
        assert_eq!(off.apply(ones(), 0.0).inner().into_data(), ones().inner().into_data());
    }

    #[test]
    fn masks_that_are_made() {
        check(|_| Dropout::seeded(1));
    }

    #[test]
    fn masks_that_the_device_draws() {
        check(|device| Dropout::seeded_on(device, 1));
    }
}
