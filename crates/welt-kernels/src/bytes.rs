//! Products of bytes, for prediction: rows are quantised when the program runs, columns once, sums have 32 bits.
//! Views of f32 go in, an output in f32 comes out; every set of instructions gives the same bits.
//!
//! A row of the left factor is `minimum + scale * byte` with bytes from 0 to 255, a column of the right one `scale * byte` with
//! bytes from -127 to 127. Their product is then exact but for three roundings of the sum made wide again.

mod plain;
#[cfg(target_arch = "x86_64")]
mod x86;

use crate::buffer::Buffer;
use crate::isa::vectorised;
use crate::lanes;
use crate::tiling::{Into, PANEL, ROWS};
use crate::{Isa, Matrix, MatrixMut};

/// Bytes of a word, which the innermost loops take at a time.
const WORD: usize = 4;

/// The deepest product: the sum of so many products of 255 and 127 still has 31 bits.
const DEEPEST: usize = 1 << 16;

/// Rows that are worked on while their bytes stay in the second cache.
const BLOCK_ROWS: usize = 256;

/// The range of a row below which all its numbers count as equal: its inverse still is a number.
const NARROWEST: f32 = 1e-30;

/// A left factor, `[rows, depth]`.
#[derive(Debug)]
pub(crate) struct Rows {
    bytes: Buffer<u8>,
    /// `[rows]` each; the scale of a row that holds what is no number, or that is too wide to have a range, is NaN.
    scales: Buffer<f32>,
    minima: Buffer<f32>,
    depth: usize,
}

/// A right factor, `[depth, columns]`, in panels of [`PANEL`] columns, each from the first word of the depth to the last.
#[derive(Debug)]
pub(crate) struct Columns {
    /// As two's complement.
    bytes: Buffer<u8>,
    /// One a column, and zeros to the end of the last panel.
    scales: Buffer<f32>,
    /// What each column adds up to, for the minima of rows.
    sums: Buffer<f32>,
    depth: usize,
}

impl Rows {
    pub fn new(isa: Isa, matrix: Matrix) -> Self {
        let [rows, depth] = [matrix.rows(), matrix.columns()];
        let width = depth.next_multiple_of(WORD);
        let mut quantised =
            Self { bytes: Buffer::new(rows * width), scales: Buffer::new(rows), minima: Buffer::new(rows), depth };
        let mut gathered = Buffer::new(depth);
        let parameters = quantised.scales.iter_mut().zip(quantised.minima.iter_mut());
        for (row, (scale, minimum)) in parameters.enumerate() {
            let numbers = if matrix.column_stride() == 1 {
                &matrix.data()[row * matrix.row_stride()..][..depth]
            } else {
                gathered.iter_mut().enumerate().for_each(|(column, number)| *number = matrix.at(row, column));
                &gathered[..]
            };
            let bytes = &mut quantised.bytes[row * width..][..width];
            bytes[depth..].fill(0);
            [*scale, *minimum] = quantise_row(isa, numbers, &mut bytes[..depth]);
        }
        quantised
    }
}

vectorised! {
    /// A row as bytes, and its scale and minimum.
    fn quantise_row(isa: Isa, numbers: &[f32], bytes: &mut [u8]) -> [f32; 2] {
        /// Adding this rounds to a whole number, ties to even, which then stands in the lowest bits.
        const ROUND: f32 = 12_582_912.0;
        if numbers.is_empty() {
            return [0.0, 0.0];
        }
        let [largest, smallest] = [lanes::max(numbers), -lanes::max_of(numbers, |number| -number)];
        let range = largest - smallest;
        let scale = range / 255.0;
        let inverse = if range > NARROWEST { 1.0 / scale } else { 0.0 };
        for (byte, number) in bytes.iter_mut().zip(numbers) {
            *byte = ((number - smallest) * inverse + ROUND).to_bits() as u8;
        }
        // 0 times any number but what is none.
        let is_finite = lanes::sum([numbers], |[number]| number * 0.0) == 0.0 && range.is_finite();
        if is_finite { [if inverse == 0.0 { 0.0 } else { scale }, smallest] } else { [f32::NAN, 0.0] }
    }
}

impl Columns {
    pub fn new(matrix: Matrix) -> Self {
        let [depth, columns] = [matrix.rows(), matrix.columns()];
        assert!(depth <= DEEPEST, "a product of bytes over {depth} columns may exceed 32 bits");
        let words = depth.div_ceil(WORD);
        let padded = columns.next_multiple_of(PANEL);
        let mut quantised = Self {
            bytes: Buffer::zeros(padded * words * WORD),
            scales: Buffer::zeros(padded),
            sums: Buffer::zeros(padded),
            depth,
        };
        for column in 0..columns {
            let numbers = (0..depth).map(|row| matrix.at(row, column));
            let is_finite = numbers.clone().all(f32::is_finite);
            let largest = numbers.clone().map(f32::abs).fold(0.0, f32::max);
            let scale = largest / 127.0;
            let inverse = if largest > NARROWEST { 127.0 / largest } else { 0.0 };
            let start = column / PANEL * words * PANEL * WORD + column % PANEL * WORD;
            let mut sum = 0;
            for (row, number) in numbers.enumerate() {
                let byte = (number * inverse).round_ties_even() as i8;
                sum += i32::from(byte);
                quantised.bytes[start + row / WORD * PANEL * WORD + row % WORD] = byte.cast_unsigned();
            }
            quantised.scales[column] = if is_finite { scale } else { f32::NAN };
            quantised.sums[column] = sum as f32 * quantised.scales[column];
        }
        quantised
    }
}

/// One call of the innermost loop. Pointers must hold for all that the sizes name.
#[derive(Debug, Clone, Copy)]
struct Tile<'a> {
    /// Word `(row, depth)` at `row * left_stride + depth * WORD`.
    left: *const u8,
    left_stride: usize,
    /// [`PANEL`] words a depth.
    right: *const u8,
    words: usize,
    output: *mut f32,
    output_stride: usize,
    columns: usize,
    /// One a row.
    row_scales: &'a [f32],
    row_minima: &'a [f32],
    /// [`PANEL`] each.
    column_scales: &'a [f32],
    column_sums: &'a [f32],
    into: Into<'a>,
}

impl Tile<'_> {
    fn rows(&self) -> usize {
        self.row_scales.len()
    }
}

/// The product in place of the output, or added to it, or with a bias.
pub(crate) fn run(isa: Isa, left: &Rows, right: &Columns, output: &mut MatrixMut, into: Into) {
    let ([rows, columns], stride) = (output.shape(), output.stride());
    let words = left.depth.div_ceil(WORD);
    assert!(left.depth == right.depth && left.scales.len() == rows, "factors do not fit");
    let output = output.data();
    for first_row in (0..rows).step_by(BLOCK_ROWS) {
        let last_row = rows.min(first_row + BLOCK_ROWS);
        for first_column in (0..columns).step_by(PANEL) {
            let width = PANEL.min(columns - first_column);
            let panel = &right.bytes[first_column * words * WORD..][..PANEL * words * WORD];
            for row in (first_row..last_row).step_by(ROWS) {
                let n_rows = ROWS.min(last_row - row);
                let bytes = &left.bytes[row * words * WORD..][..n_rows * words * WORD];
                let output = &mut output[row * stride + first_column..][..(n_rows - 1) * stride + width];
                let tile = Tile {
                    left: bytes.as_ptr(),
                    left_stride: words * WORD,
                    right: panel.as_ptr(),
                    words,
                    output: output.as_mut_ptr(),
                    output_stride: stride,
                    columns: width,
                    row_scales: &left.scales[row..][..n_rows],
                    row_minima: &left.minima[row..][..n_rows],
                    column_scales: &right.scales[first_column..][..PANEL],
                    column_sums: &right.sums[first_column..][..PANEL],
                    into: match into {
                        Into::Bias(bias) => Into::Bias(&bias[first_column..][..width]),
                        other => other,
                    },
                };
                // SAFETY: bytes, panel and output are slices of the sizes that the tile names, and `isa` is the proof
                // of the instructions.
                unsafe { kernel(isa)(&tile) };
            }
        }
    }
}

/// The innermost loop for a processor with such instructions.
fn kernel(isa: Isa) -> unsafe fn(&Tile) {
    match isa.set() {
        #[cfg(target_arch = "x86_64")]
        crate::isa::Set::Avx512 | crate::isa::Set::Avx512Bf16 => x86::avx512,
        #[cfg(target_arch = "x86_64")]
        crate::isa::Set::Avx2 => x86::avx2,
        _ => plain::plain,
    }
}
