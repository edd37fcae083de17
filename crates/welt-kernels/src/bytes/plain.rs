//! The innermost loop of products of bytes without vector instructions of any particular processor, and how its sums are written.

use super::{Tile, WORD};
use crate::tiling::{Into, PANEL, ROWS};

/// Columns whose sums are kept at a time.
const WIDTH: usize = 8;

/// # Safety
/// The pointers of `tile` hold for all that its sizes name.
pub(super) unsafe fn plain(tile: &Tile) {
    let mut sums = [[0_i32; PANEL]; ROWS];
    for first in (0..tile.columns).step_by(WIDTH) {
        for (row, sums) in sums.iter_mut().enumerate().take(tile.rows()) {
            let sums = &mut sums[first..][..WIDTH];
            for word in 0..tile.words {
                // SAFETY: such a row and word are there, as the caller says, and a panel has `PANEL` words a depth, of which
                // `PANEL` is a multiple of `WIDTH`.
                let (left, right) = unsafe {
                    let left = tile.left.add(row * tile.left_stride + word * WORD).cast::<[u8; WORD]>().read();
                    let right = tile.right.add((word * PANEL + first) * WORD).cast::<[[i8; WORD]; WIDTH]>().read();
                    (left, right)
                };
                for (sum, right) in sums.iter_mut().zip(right) {
                    *sum +=
                        left.iter().zip(right).map(|(left, right)| i32::from(*left) * i32::from(right)).sum::<i32>();
                }
            }
        }
    }
    for (row, sums) in sums.iter().enumerate().take(tile.rows()) {
        // SAFETY: the caller's.
        unsafe { write_row(tile, row, sums) };
    }
}

/// Writes the sums of a row: times both scales, with what the minimum of the row adds.
///
/// # Safety
/// The output of `tile` holds for the row, and nothing else refers to it.
#[inline(always)]
pub(super) unsafe fn write_row(tile: &Tile, row: usize, sums: &[i32; PANEL]) {
    // SAFETY: such a row is there, as the caller says.
    let output = unsafe { std::slice::from_raw_parts_mut(tile.output.add(row * tile.output_stride), tile.columns) };
    let (row_scale, minimum) = (tile.row_scales[row], tile.row_minima[row]);
    let columns = tile.column_scales.iter().zip(tile.column_sums).zip(sums);
    for (at, (output, ((scale, sum_of_column), sum))) in output.iter_mut().zip(columns).enumerate() {
        let value = *sum as f32 * scale * row_scale + minimum * sum_of_column;
        *output = match tile.into {
            Into::Store => value,
            Into::Add => *output + value,
            Into::Bias(bias) => bias[at] + value,
        };
    }
}
