//! The innermost loops: up to [`crate::tiling::ROWS`] rows of a left factor times a panel of a right one.
//! Words go in as they lie in memory, sums go to an output; what they are a part of is not known here.

mod plain;
#[cfg(target_arch = "x86_64")]
mod x86;

use crate::Isa;
use crate::operand::Layout;
use crate::tiling::Into;

/// One call of the innermost loop. Pointers must hold for all that the sizes name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tile<'a> {
    /// Word `(row, depth)` at `row * strides[0] + depth * strides[1]`.
    pub left: *const u32,
    pub strides: [usize; 2],
    /// [`crate::tiling::PANEL`] words a depth.
    pub right: *const u32,
    pub depth: usize,
    pub output: *mut f32,
    pub output_stride: usize,
    pub rows: usize,
    pub columns: usize,
    pub into: Into<'a>,
}

/// The function for such words on a processor with such instructions.
pub(crate) fn kernel(isa: Isa, layout: Layout) -> unsafe fn(&Tile) {
    match (isa.set(), layout) {
        #[cfg(target_arch = "x86_64")]
        (crate::isa::Set::Avx512Bf16, Layout::Pairs) => x86::bf16_avx512,
        #[cfg(target_arch = "x86_64")]
        (crate::isa::Set::Avx512 | crate::isa::Set::Avx512Bf16, _) => x86::f32_avx512,
        #[cfg(target_arch = "x86_64")]
        (crate::isa::Set::Avx2, _) => x86::f32_avx2,
        _ => plain::f32_plain,
    }
}
