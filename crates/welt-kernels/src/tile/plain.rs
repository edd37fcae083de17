//! The innermost loop without vector instructions of any particular processor.

use super::Tile;
use crate::tiling::{Into, PANEL, ROWS};

/// Columns whose sums are kept at a time.
const WIDTH: usize = 8;

/// # Safety
/// The pointers of `tile` hold for all that its sizes name.
pub(crate) unsafe fn f32_plain(tile: &Tile) {
    for first in (0..tile.columns).step_by(WIDTH) {
        let width = WIDTH.min(tile.columns - first);
        let mut sums = [[0.0_f32; WIDTH]; ROWS];
        for depth in 0..tile.depth {
            // SAFETY: a panel has `PANEL` words a depth, `PANEL` is a multiple of `WIDTH`, and any bits are an f32.
            let right: [f32; WIDTH] = unsafe { tile.right.add(depth * PANEL + first).cast::<[f32; WIDTH]>().read() };
            for (row, sums) in sums.iter_mut().enumerate().take(tile.rows) {
                // SAFETY: such a row and depth are there, as the caller says.
                let left =
                    unsafe { tile.left.add(row * tile.strides[0] + depth * tile.strides[1]).cast::<f32>().read() };
                sums.iter_mut().zip(right).for_each(|(sum, right)| *sum += left * right);
            }
        }
        for (row, sums) in sums.iter().enumerate().take(tile.rows) {
            for (column, sum) in sums.iter().enumerate().take(width) {
                // SAFETY: such a row and column are there, as the caller says, and nothing else refers to them.
                let output = unsafe { &mut *tile.output.add(row * tile.output_stride + first + column) };
                *output = match tile.into {
                    Into::Store => *sum,
                    Into::Add => *output + sum,
                    Into::Bias(bias) => bias[first + column] + sum,
                };
            }
        }
    }
}
