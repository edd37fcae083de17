//! The factors of a product as the innermost loops want them.
//! Views of f32 in; f32, pairs of bfloat16 or bytes out, in rows or in panels of [`PANEL`] columns.

use crate::buffer::Buffer;
use crate::bytes;
use crate::isa::vectorised;
use crate::tiling::PANEL;
use crate::{Isa, Matrix};

/// Rows and columns that are exchanged at a time.
const BLOCK: usize = 16;

/// In which numbers the factors of a product are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Numbers {
    /// Single precision.
    F32,
    /// Rounded to bfloat16, to nearest and ties to even; products are summed in single precision.
    Bf16,
    /// Each row of the left factor in 256 equal steps from its least number to its largest, each column of the right one in 255
    /// around zero; products are summed in whole numbers.
    ///
    /// What is no number makes all of its row or column none. For prediction alone: gradients are finer than such steps.
    Int8,
}

/// How numbers lie in memory: one f32 a word, or two neighbours along the depth of a product as bfloat16.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    Single,
    /// f32 words whose values are those of bfloat16: for processors without products of pairs.
    RoundedSingle,
    Pairs,
    Bytes,
}

impl Layout {
    pub(crate) fn of(numbers: Numbers, isa: Isa) -> Self {
        match numbers {
            Numbers::F32 => Self::Single,
            Numbers::Bf16 if isa.multiplies_bf16() => Self::Pairs,
            Numbers::Bf16 => Self::RoundedSingle,
            Numbers::Int8 => Self::Bytes,
        }
    }

    /// Words along the depth of a product.
    pub(crate) const fn words(self, elements: usize) -> usize {
        match self {
            Self::Pairs => elements.div_ceil(2),
            Self::Bytes => elements.div_ceil(4),
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
    Bytes(bytes::Rows),
}

impl<'a> Left<'a> {
    /// For products in `numbers` by `isa`: f32 stays where it is.
    #[must_use]
    pub fn new(isa: Isa, numbers: Numbers, matrix: Matrix<'a>) -> Self {
        let layout = Layout::of(numbers, isa);
        let [rows, depth] = [matrix.rows(), matrix.columns()];
        let depth_words = layout.words(depth);
        let mut left =
            Self { words: Words::AsTheyAre(matrix.data()), layout, rows, depth, row_stride: 0, depth_stride: 0 };
        if layout == Layout::Single {
            (left.row_stride, left.depth_stride) = (matrix.row_stride(), matrix.column_stride());
            return left;
        }
        if layout == Layout::Bytes {
            left.words = Words::Bytes(bytes::Rows::new(isa, matrix));
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
            Words::Bytes(_) => (std::ptr::null(), 0),
        }
    }

    /// What [`Layout::Bytes`] has in place of words.
    pub(crate) const fn bytes(&self) -> Option<&bytes::Rows> {
        if let Words::Bytes(rows) = &self.words { Some(rows) } else { None }
    }
}

/// A right factor, `[depth, columns]`, in panels of as many columns as the products take at once, each from the first row to the last.
///
/// The last panel is filled up with zeros.
#[derive(Debug)]
pub struct Right {
    words: Buffer<u32>,
    /// What [`Layout::Bytes`] has in place of words.
    bytes: Option<bytes::Columns>,
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
        if layout == Layout::Bytes {
            let bytes = Some(bytes::Columns::new(matrix));
            return Self { words: Buffer::new(0), bytes, layout, depth, columns };
        }
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
                turn_panel(isa, matrix, layout, (first, width), words);
            }
        }
        Self { words, bytes: None, layout, depth, columns }
    }

    pub(crate) const fn bytes(&self) -> Option<&bytes::Columns> {
        self.bytes.as_ref()
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
        Layout::Bytes => {}
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

/// A panel of `width` columns from `first` on, of a matrix whose columns each lie in one piece.
fn turn_panel(isa: Isa, matrix: Matrix, layout: Layout, (first, width): (usize, usize), words: &mut [u32]) {
    let depth = matrix.rows();
    let step = if layout == Layout::Pairs { 2 * BLOCK } else { BLOCK };
    for (at, words) in (0..depth).step_by(step).zip(words.chunks_mut(BLOCK * PANEL)) {
        let deep = step.min(depth - at);
        let n_words = layout.words(deep);
        for group in (0..PANEL).step_by(BLOCK) {
            let mut block = [[0; BLOCK]; BLOCK];
            for (column, block) in block.iter_mut().enumerate().take(width.saturating_sub(group)) {
                let start = (first + group + column) * matrix.column_stride() + at;
                let numbers = &matrix.data()[start..][..deep];
                let block = &mut block[..n_words];
                match layout {
                    Layout::Single => copy_row(isa, numbers, block),
                    Layout::RoundedSingle => round_row(isa, numbers, block),
                    Layout::Pairs => pairs_of_row(isa, numbers, block),
                    Layout::Bytes => {}
                }
            }
            turn(isa, &block, &mut words[group..], n_words);
        }
    }
}

/// The first `n_words` columns of a block as rows that stand [`PANEL`] words apart.
fn turn(isa: Isa, block: &[[u32; BLOCK]; BLOCK], words: &mut [u32], n_words: usize) {
    #[cfg(target_arch = "x86_64")]
    if isa.has_avx512() && n_words == BLOCK && words.len() >= (BLOCK - 1) * PANEL + BLOCK {
        // SAFETY: the processor has the instructions, and the words reach to the end of the last row.
        return unsafe { turn_avx512(block, words.as_mut_ptr()) };
    }
    let _ = isa;
    for (depth, row) in words.chunks_mut(PANEL).take(n_words).enumerate() {
        row.iter_mut().zip(block).for_each(|(word, column)| *word = column[depth]);
    }
}

/// Pairs of rows are woven together at distances of 1, 2, 4 and 8, which exchanges rows and columns.
///
/// # Safety
/// The processor has AVX-512F, and `words` holds for sixteen rows that stand [`PANEL`] apart.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
unsafe fn turn_avx512(block: &[[u32; BLOCK]; BLOCK], words: *mut u32) {
    use std::arch::x86_64::{
        __m512i, _mm512_loadu_si512, _mm512_setzero_si512, _mm512_shuffle_i32x4, _mm512_storeu_si512,
        _mm512_unpackhi_epi32, _mm512_unpackhi_epi64, _mm512_unpacklo_epi32, _mm512_unpacklo_epi64,
    };
    let mut rows: [__m512i; BLOCK] = [_mm512_setzero_si512(); BLOCK];
    for index in 0..BLOCK {
        // SAFETY: a row of the block is 64 bytes.
        rows[index] = unsafe { _mm512_loadu_si512(block[index].as_ptr().cast()) };
    }
    let mut woven = rows;
    for index in 0..8 {
        woven[2 * index] = _mm512_unpacklo_epi32(rows[2 * index], rows[2 * index + 1]);
        woven[2 * index + 1] = _mm512_unpackhi_epi32(rows[2 * index], rows[2 * index + 1]);
    }
    for index in 0..4 {
        let [a, b, c, d] = [woven[4 * index], woven[4 * index + 1], woven[4 * index + 2], woven[4 * index + 3]];
        rows[4 * index] = _mm512_unpacklo_epi64(a, c);
        rows[4 * index + 1] = _mm512_unpackhi_epi64(a, c);
        rows[4 * index + 2] = _mm512_unpacklo_epi64(b, d);
        rows[4 * index + 3] = _mm512_unpackhi_epi64(b, d);
    }
    // Now row `4 i + j` holds in its quarter `q` the words `4 q + j` of the columns `4 i` to `4 i + 3`.
    for depth in 0..4 {
        let [a, b, c, d] = [rows[depth], rows[4 + depth], rows[8 + depth], rows[12 + depth]];
        let even_low = _mm512_shuffle_i32x4::<0b10_00_10_00>(a, b);
        let odd_low = _mm512_shuffle_i32x4::<0b11_01_11_01>(a, b);
        let even_high = _mm512_shuffle_i32x4::<0b10_00_10_00>(c, d);
        let odd_high = _mm512_shuffle_i32x4::<0b11_01_11_01>(c, d);
        let columns = [
            (depth, _mm512_shuffle_i32x4::<0b10_00_10_00>(even_low, even_high)),
            (4 + depth, _mm512_shuffle_i32x4::<0b10_00_10_00>(odd_low, odd_high)),
            (8 + depth, _mm512_shuffle_i32x4::<0b11_01_11_01>(even_low, even_high)),
            (12 + depth, _mm512_shuffle_i32x4::<0b11_01_11_01>(odd_low, odd_high)),
        ];
        for (row, column) in columns {
            // SAFETY: the caller's: there is such a row.
            unsafe { _mm512_storeu_si512(words.add(row * PANEL).cast(), column) };
        }
    }
}
