//! Which windows go into a step together.
//! Lengths and a seed in, batches of indices out; it knows nothing of tensors.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_xoshiro::Xoshiro256PlusPlus;
use welt_settings::Training;

use crate::TrainConfig;

/// The windows of one step, by index, longest first.
pub type Batch = Vec<usize>;

/// The batches of one epoch, counted from 0: every window once, in an order that the seed and the epoch decide.
///
/// The windows are shuffled, runs of `batches_sorted_together` batches are sorted by length and cut,
/// and the batches are shuffled: what shares a batch is of like length, and where a batch comes is chance.
///
/// ```
/// use welt_settings::{Loss, Training};
/// use welt_train::{TrainConfig, epoch_batches};
///
/// let training = Training { batch_size: 2, ..Training::defaults() };
/// let config = TrainConfig { training, loss: Loss::CROSS_ENTROPY, seed: 1 };
/// let lengths = [3, 9, 4, 8];
/// let mut batches = epoch_batches(&lengths, &config, 0);
/// batches.sort();
/// assert_eq!(batches, [[1, 3], [2, 0]]);
/// ```
#[must_use]
pub fn epoch_batches(lengths: &[usize], config: &TrainConfig, epoch: usize) -> Vec<Batch> {
    let mut stream = Xoshiro256PlusPlus::seed_from_u64(mix(config.seed, epoch as u64));
    let Training { batch_size, batches_sorted_together, .. } = config.training;
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    order.shuffle(&mut stream);
    let mut batches = Vec::new();
    for together in order.chunks_mut(batch_size.saturating_mul(batches_sorted_together)) {
        together.sort_by_key(|&window| std::cmp::Reverse(lengths[window]));
        batches.extend(together.chunks(batch_size).map(<[usize]>::to_vec));
    }
    batches.shuffle(&mut stream);
    batches
}

/// One seed from a seed and a number, far from those of neighbouring numbers (the finaliser of SplitMix64).
pub(crate) fn mix(seed: u64, number: u64) -> u64 {
    let mut z = seed.wrapping_add(number.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
