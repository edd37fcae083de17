//! The factors of a product as the innermost loops want them.
//! Views of f32 in; f32 or pairs of bfloat16 out, in rows or in panels of [`PANEL`] columns.

use crate::buffer::Buffer;
use crate::isa::vectorised;
use crate::{Isa, Matrix};

/// Columns of a panel: what the innermost loops take at a time.
pub(crate) const PANEL: usize = 48;

/// In which numbers the factors of a product are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Numbers {
    /// Single precision.
    F32,
    /// Rounded to bfloat16, to nearest and ties to even; products are summed in single precision.
    Bf16,
}

/// How numbers lie in memory: one f32 a word, or two neighbours along the depth of a product as bfloat16.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    Single,
    /// f32 words whose values are those of bfloat16: for processors without products of pairs.
    RoundedSingle,
    Pairs,
}

impl Layout {
    pub(crate) fn of(numbers: Numbers, isa: Isa) -> Self {
        match numbers {
            Numbers::F32 => Self::Single,
            Numbers::Bf16 if isa.multiplies_bf16() => Self::Pairs,
            Numbers::Bf16 => Self::RoundedSingle,
        }
    }

    /// Words along the depth of a product.
    pub(crate) const fn words(self, elements: usize) -> usize {
        match self {
            Self::Pairs => elements.div_ceil(2),
            Self::Single | Self::RoundedSingle => elements,
        }
    }
}

/// The bits of the nearest bfloat16 in the upper half of a word, ties to even; NaN stays NaN.
#[inline(always)]
fn rounded(x: f32) -> u32 {
    let bits = x.to_bits();
    let nearest = bits.wrapping_add(0x7FFF + ((bits >> 16) & 1));
    let is_nan = bits & 0x7FFF_FFFF > 0x7F80_0000;
    (if is_nan { bits | 0x0040_0000 } else { nearest }) & 0xFFFF_0000
}

#[inline(always)]
fn pair(first: f32, second: f32) -> u32 {
    (rounded(first) >> 16) | rounded(second)
}

/// A left factor, `[rows, depth]`: its elements are read one by one, so it may lie in any way.
#[derive(Debug)]
pub struct Left<'a> {
    words: Words<'a>,
    layout: Layout,
    rows: usize,
    depth: usize,
    row_stride: usize,
    depth_stride: usize,
}

#[derive(Debug)]
enum Words<'a> {
    AsTheyAre(&'a [f32]),
    Converted(Buffer<u32>),
}

impl<'a> Left<'a> {
    /// For products in `numbers` by `isa`: f32 stays where it is.
    #[must_use]
    pub fn new(isa: Isa, numbers: Numbers, matrix: Matrix<'a>) -> Self {
        let layout = Layout::of(numbers, isa);
        let [rows, depth] = [matrix.rows(), matrix.columns()];
        let depth_words = layout.words(depth);
        let mut left = Self { words: Words::AsTheyAre(matrix.data()), layout, rows, depth, row_stride: 0, depth_stride: 0 };
        if layout == Layout::Single {
            (left.row_stride, left.depth_stride) = (matrix.row_stride(), matrix.column_stride());
            return left;
        }
        let mut words = Buffer::new(rows * depth_words);
        if matrix.column_stride() == 1 {
            (left.row_stride, left.depth_stride) = (depth_words, 1);
            for (row, words) in words.chunks_exact_mut(depth_words.max(1)).enumerate() {
                let numbers = &matrix.data()[row * matrix.row_stride()..][..depth];
                if layout == Layout::Pairs { pairs_of_row(isa, numbers, words) } else { round_row(isa, numbers, words) }
            }
        } else {
            (left.row_stride, left.depth_stride) = (1, rows);
            for (word, words) in words.chunks_exact_mut(rows.max(1)).enumerate() {
                pack_depth(isa, matrix.transposed(), layout, (word, 0), words);
            }
        }
        left.words = Words::Converted(words);
        left
    }

    pub(crate) const fn rows(&self) -> usize {
        self.rows
    }

    pub(crate) const fn depth(&self) -> usize {
        self.depth
    }

    pub(crate) const fn layout(&self) -> Layout {
        self.layout
    }

    pub(crate) const fn strides(&self) -> [usize; 2] {
        [self.row_stride, self.depth_stride]
    }

    pub(crate) fn words(&self) -> (*const u32, usize) {
        match &self.words {
            Words::AsTheyAre(data) => (data.as_ptr().cast(), data.len()),
            Words::Converted(data) => (data.as_ptr(), data.len()),
        }
    }
}

/// A right factor, `[depth, columns]`, in panels of [`PANEL`] columns, each from the first row to the last.
///
/// The last panel is filled up with zeros.
#[derive(Debug)]
pub struct Right {
    words: Buffer<u32>,
    layout: Layout,
    depth: usize,
    columns: usize,
}

impl Right {
    /// For products in `numbers` by `isa`.
    #[must_use]
    pub fn new(isa: Isa, numbers: Numbers, matrix: Matrix) -> Self {
        let layout = Layout::of(numbers, isa);
        let [depth, columns] = [matrix.rows(), matrix.columns()];
        let depth_words = layout.words(depth);
        let mut words = Buffer::new(depth_words * columns.next_multiple_of(PANEL));
        for (panel, words) in words.chunks_exact_mut((depth_words * PANEL).max(1)).enumerate() {
            let first = panel * PANEL;
            let width = PANEL.min(columns - first);
            if matrix.column_stride() == 1 {
                for (word, words) in words.chunks_exact_mut(PANEL).enumerate() {
                    pack_depth(isa, matrix, layout, (word, first), &mut words[..width]);
                    words[width..].fill(0);
                }
            } else {
                if width < PANEL {
                    words.fill(0);
                }
                for column in 0..width {
                    let start = (first + column) * matrix.column_stride();
                    let numbers = Strided { data: &matrix.data()[start..], stride: matrix.row_stride(), depth };
                    spread_column(isa, numbers, layout, &mut words[column..]);
                }
            }
        }
        Self { words, layout, depth, columns }
    }

    pub(crate) const fn depth(&self) -> usize {
        self.depth
    }

    pub(crate) const fn columns(&self) -> usize {
        self.columns
    }

    pub(crate) const fn layout(&self) -> Layout {
        self.layout
    }

    /// A panel by its number.
    pub(crate) fn panel(&self, panel: usize) -> &[u32] {
        let length = self.layout.words(self.depth) * PANEL;
        &self.words[panel * length..][..length]
    }
}

/// The words of a depth for neighbouring columns, from `first` on, of a matrix with neighbouring columns.
fn pack_depth(isa: Isa, matrix: Matrix, layout: Layout, (word, first): (usize, usize), words: &mut [u32]) {
    let row = |depth: usize| &matrix.data()[depth * matrix.row_stride() + first..][..words.len()];
    match layout {
        Layout::Single => copy_row(isa, row(word), words),
        Layout::RoundedSingle => round_row(isa, row(word), words),
        Layout::Pairs if 2 * word + 1 < matrix.rows() => pairs_of_rows(isa, row(2 * word), row(2 * word + 1), words),
        Layout::Pairs => halves_of_row(isa, row(2 * word), words),
    }
}

vectorised! {
    fn copy_row(isa: Isa, numbers: &[f32], words: &mut [u32]) {
        words.iter_mut().zip(numbers).for_each(|(word, number)| *word = number.to_bits());
    }
}

vectorised! {
    fn round_row(isa: Isa, numbers: &[f32], words: &mut [u32]) {
        words.iter_mut().zip(numbers).for_each(|(word, number)| *word = rounded(*number));
    }
}

vectorised! {
    fn pairs_of_rows(isa: Isa, first: &[f32], second: &[f32], words: &mut [u32]) {
        for ((word, first), second) in words.iter_mut().zip(first).zip(second) {
            *word = pair(*first, *second);
        }
    }
}

vectorised! {
    fn halves_of_row(isa: Isa, numbers: &[f32], words: &mut [u32]) {
        words.iter_mut().zip(numbers).for_each(|(word, number)| *word = rounded(*number) >> 16);
    }
}

vectorised! {
    /// Neighbours of one row, the last with a zero where it has none.
    fn pairs_of_row(isa: Isa, numbers: &[f32], words: &mut [u32]) {
        for (word, numbers) in words.iter_mut().zip(numbers.chunks_exact(2)) {
            *word = pair(numbers[0], numbers[1]);
        }
        if let ([last], Some(word)) = (numbers.chunks_exact(2).remainder(), words.last_mut()) {
            *word = pair(*last, 0.0);
        }
    }
}

#[derive(Clone, Copy)]
struct Strided<'a> {
    data: &'a [f32],
    stride: usize,
    depth: usize,
}

vectorised! {
    /// One column, down its depth, into every [`PANEL`]th word.
    fn spread_column(isa: Isa, column: Strided<'_>, layout: Layout, words: &mut [u32]) {
        let at = |depth: usize| column.data[depth * column.stride];
        let words = words.iter_mut().step_by(PANEL).take(layout.words(column.depth)).enumerate();
        match layout {
            Layout::Single => words.for_each(|(depth, word)| *word = at(depth).to_bits()),
            Layout::RoundedSingle => words.for_each(|(depth, word)| *word = rounded(at(depth))),
            Layout::Pairs => {
                for (word, target) in words {
                    let second = if 2 * word + 1 < column.depth { at(2 * word + 1) } else { 0.0 };
                    *target = pair(at(2 * word), second);
                }
            }
        }
    }
}
