//! Products of matrices: two prepared factors in, sums in single precision out.
//!
//! Every element of the output is a sum down the depth in an order that depends on the sizes alone, so a product has
//! the same bits whatever runs beside it.

use crate::operand::{Left, Right};
use crate::tile::{self, Tile};
use crate::tiling::{Into, PANEL, ROWS};
use crate::{Isa, MatrixMut, bytes};

/// Words of a panel that stay in the nearest cache while the rows of a block pass by.
const DEPTH: usize = 192;

/// Rows of a block, whose words stay in the second cache while the panels pass by.
const BLOCK_ROWS: usize = 256;

/// `output = left right`.
///
/// # Panics
/// Where the sizes do not fit, or the factors were prepared for other numbers or instructions.
pub fn multiply(isa: Isa, left: &Left, right: &Right, output: &mut MatrixMut) {
    run(isa, left, right, output, Into::Store);
}

/// `output += left right`.
///
/// # Panics
/// As [`multiply`].
pub fn multiply_add(isa: Isa, left: &Left, right: &Right, output: &mut MatrixMut) {
    run(isa, left, right, output, Into::Add);
}

/// `output = left right + bias`, the same bias in every row.
///
/// # Panics
/// As [`multiply`], or where the bias is not as long as a row.
pub fn multiply_bias(isa: Isa, left: &Left, right: &Right, output: &mut MatrixMut, bias: &[f32]) {
    assert_eq!(bias.len(), right.columns(), "one bias a column");
    run(isa, left, right, output, Into::Bias(bias));
}

fn run(isa: Isa, left: &Left, right: &Right, output: &mut MatrixMut, into: Into) {
    let [rows, columns] = output.shape();
    let fits = (left.rows(), left.depth(), right.columns()) == (rows, right.depth(), columns);
    assert!(
        fits,
        "[{}, {}] times [{}, {}] is not [{rows}, {columns}]",
        left.rows(),
        left.depth(),
        right.depth(),
        right.columns()
    );
    assert!(left.layout() == right.layout(), "factors in different numbers");
    if let (Some(left), Some(right)) = (left.bytes(), right.bytes()) {
        return bytes::run(isa, left, right, output, into);
    }
    let kernel = tile::kernel(isa, left.layout());
    let depth_words = left.layout().words(left.depth());
    if depth_words == 0 {
        return without_depth(output, into);
    }
    let (left_words, left_length) = left.words();
    let [row_stride, depth_stride] = left.strides();
    let is_whole = rows == 0 || (rows - 1) * row_stride + (depth_words - 1) * depth_stride < left_length;
    assert!(is_whole, "the left factor ends before its last element");
    let output_stride = output.stride();
    let output = output.data();
    for first_row in (0..rows).step_by(BLOCK_ROWS) {
        let last_row = rows.min(first_row + BLOCK_ROWS);
        for first_column in (0..columns).step_by(PANEL) {
            let panel = right.panel(first_column / PANEL);
            let width = PANEL.min(columns - first_column);
            for first_depth in (0..depth_words).step_by(DEPTH) {
                let depth = DEPTH.min(depth_words - first_depth);
                let panel = &panel[first_depth * PANEL..][..depth * PANEL];
                let into = match into {
                    _ if first_depth > 0 => Into::Add,
                    Into::Bias(bias) => Into::Bias(&bias[first_column..][..width]),
                    other => other,
                };
                for row in (first_row..last_row).step_by(ROWS) {
                    let n_rows = ROWS.min(last_row - row);
                    let output =
                        &mut output[row * output_stride + first_column..][..(n_rows - 1) * output_stride + width];
                    let tile = Tile {
                        left: left_words.wrapping_add(row * row_stride + first_depth * depth_stride),
                        strides: [row_stride, depth_stride],
                        right: panel.as_ptr(),
                        depth,
                        output: output.as_mut_ptr(),
                        output_stride,
                        rows: n_rows,
                        columns: width,
                        into,
                    };
                    // SAFETY: the left factor was found long enough above for every row and depth, the panel and the
                    // output are slices of the sizes that the tile names, and `isa` is the proof of the instructions.
                    unsafe { kernel(&tile) };
                }
            }
        }
    }
}

/// The sum of no products.
fn without_depth(output: &mut MatrixMut, into: Into) {
    let ([rows, columns], stride) = (output.shape(), output.stride());
    for row in 0..rows {
        let row = &mut output.data()[row * stride..][..columns];
        match into {
            Into::Store => row.fill(0.0),
            Into::Add => {}
            Into::Bias(bias) => row.copy_from_slice(bias),
        }
    }
}
