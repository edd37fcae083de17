//! The innermost loops in AVX2 and AVX-512.
//!
//! Eight rows by three vectors of 16 columns are 24 sums in registers: with three vectors of the right factor and one
//! element of the left one, 28 of the 32 registers, and 24 multiplications for 11 loads.

#![allow(clippy::needless_range_loop, reason = "counted loops are unrolled, and their sums stay in registers")]

use std::arch::x86_64::{
    __m256, __m512, __m512bh, __mmask16, _mm256_broadcast_ss, _mm256_fmadd_ps, _mm256_loadu_ps, _mm256_setzero_ps,
    _mm256_storeu_ps, _mm512_add_ps, _mm512_castps_si512, _mm512_dpbf16_ps, _mm512_fmadd_ps, _mm512_loadu_ps,
    _mm512_mask_storeu_ps, _mm512_maskz_loadu_ps, _mm512_set1_ps, _mm512_setzero_ps,
};

use super::Tile;
use crate::tiling::{Into, PANEL};

/// Numbers of an AVX-512 vector.
const LANES: usize = 16;

/// Calls a function that is generic over rows and vectors with the tile's own.
macro_rules! by_size {
    ($function:ident, $tile:ident, $vectors:expr) => {
        match ($tile.rows, $vectors) {
            (1, 1) => $function::<1, 1>($tile),
            (2, 1) => $function::<2, 1>($tile),
            (3, 1) => $function::<3, 1>($tile),
            (4, 1) => $function::<4, 1>($tile),
            (5, 1) => $function::<5, 1>($tile),
            (6, 1) => $function::<6, 1>($tile),
            (7, 1) => $function::<7, 1>($tile),
            (8, 1) => $function::<8, 1>($tile),
            (1, 2) => $function::<1, 2>($tile),
            (2, 2) => $function::<2, 2>($tile),
            (3, 2) => $function::<3, 2>($tile),
            (4, 2) => $function::<4, 2>($tile),
            (5, 2) => $function::<5, 2>($tile),
            (6, 2) => $function::<6, 2>($tile),
            (7, 2) => $function::<7, 2>($tile),
            (8, 2) => $function::<8, 2>($tile),
            (1, 3) => $function::<1, 3>($tile),
            (2, 3) => $function::<2, 3>($tile),
            (3, 3) => $function::<3, 3>($tile),
            (4, 3) => $function::<4, 3>($tile),
            (5, 3) => $function::<5, 3>($tile),
            (6, 3) => $function::<6, 3>($tile),
            (7, 3) => $function::<7, 3>($tile),
            _ => $function::<8, 3>($tile),
        }
    };
}

/// # Safety
/// The pointers of `tile` hold for all that its sizes name, and the processor has these instructions.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
pub(crate) unsafe fn f32_avx512(tile: &Tile) {
    // SAFETY: as this function's.
    unsafe { by_size!(f32_tile, tile, tile.columns.div_ceil(LANES)) }
}

/// # Safety
/// The pointers of `tile` hold for all that its sizes name, and the processor has these instructions.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")]
pub(crate) unsafe fn bf16_avx512(tile: &Tile) {
    // SAFETY: as this function's.
    unsafe { by_size!(bf16_tile, tile, tile.columns.div_ceil(LANES)) }
}

/// # Safety
/// As of [`f32_avx512`], with `ROWS` and `VECTORS` those of the tile.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
unsafe fn f32_tile<const ROWS: usize, const VECTORS: usize>(tile: &Tile) {
    let mut sums = [[_mm512_setzero_ps(); VECTORS]; ROWS];
    let [stride, step] = tile.strides;
    let (mut left, mut right) = (tile.left.cast::<f32>(), tile.right.cast::<f32>());
    for _ in 0..tile.depth {
        // SAFETY: the caller's: the factors hold as many words as the sizes name.
        unsafe {
            let mut columns = [_mm512_setzero_ps(); VECTORS];
            for vector in 0..VECTORS {
                columns[vector] = _mm512_loadu_ps(right.add(vector * LANES));
            }
            for row in 0..ROWS {
                let element = _mm512_set1_ps(*left.add(row * stride));
                for vector in 0..VECTORS {
                    sums[row][vector] = _mm512_fmadd_ps(element, columns[vector], sums[row][vector]);
                }
            }
            left = left.wrapping_add(step);
            right = right.wrapping_add(PANEL);
        }
    }
    // SAFETY: the caller's.
    unsafe { write(tile, sums) }
}

/// # Safety
/// As of [`bf16_avx512`], with `ROWS` and `VECTORS` those of the tile.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")]
unsafe fn bf16_tile<const ROWS: usize, const VECTORS: usize>(tile: &Tile) {
    /// The same bits.
    #[target_feature(enable = "avx512f,avx512bf16")]
    fn pairs(words: __m512) -> __m512bh {
        // SAFETY: both are 64 bytes, of which any are a value.
        unsafe { std::mem::transmute(_mm512_castps_si512(words)) }
    }
    let mut sums = [[_mm512_setzero_ps(); VECTORS]; ROWS];
    let [stride, step] = tile.strides;
    let (mut left, mut right) = (tile.left.cast::<f32>(), tile.right.cast::<f32>());
    for _ in 0..tile.depth {
        // SAFETY: the caller's: the factors hold as many words as the sizes name.
        unsafe {
            let mut columns = [_mm512_setzero_ps(); VECTORS];
            for vector in 0..VECTORS {
                columns[vector] = _mm512_loadu_ps(right.add(vector * LANES));
            }
            for row in 0..ROWS {
                let element = pairs(_mm512_set1_ps(*left.add(row * stride)));
                for vector in 0..VECTORS {
                    sums[row][vector] = _mm512_dpbf16_ps(sums[row][vector], element, pairs(columns[vector]));
                }
            }
            left = left.wrapping_add(step);
            right = right.wrapping_add(PANEL);
        }
    }
    // SAFETY: the caller's.
    unsafe { write(tile, sums) }
}

/// # Safety
/// As of [`f32_avx512`].
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
#[inline]
unsafe fn write<const ROWS: usize, const VECTORS: usize>(tile: &Tile, sums: [[__m512; VECTORS]; ROWS]) {
    for vector in 0..VECTORS {
        let rest = tile.columns.saturating_sub(vector * LANES);
        let mask: __mmask16 = if rest >= LANES { !0 } else { (1 << rest) - 1 };
        let bias = match tile.into {
            // SAFETY: reads what the mask names, which lies within the bias as it does within the columns.
            Into::Bias(bias) => unsafe { _mm512_maskz_loadu_ps(mask, bias.as_ptr().wrapping_add(vector * LANES)) },
            Into::Store | Into::Add => _mm512_setzero_ps(),
        };
        for (row, sums) in sums.iter().enumerate() {
            let output = tile.output.wrapping_add(row * tile.output_stride + vector * LANES);
            // SAFETY: reads and writes what the mask names, which lies within the output, as the caller says.
            unsafe {
                let sum = match tile.into {
                    Into::Store => sums[vector],
                    Into::Add => _mm512_add_ps(_mm512_maskz_loadu_ps(mask, output), sums[vector]),
                    Into::Bias(_) => _mm512_add_ps(bias, sums[vector]),
                };
                _mm512_mask_storeu_ps(output, mask, sum);
            }
        }
    }
}

/// Rows and vectors of eight columns whose sums fit into the 16 registers of AVX2.
const AVX2_ROWS: usize = 4;
const AVX2_VECTORS: usize = 2;
const AVX2_LANES: usize = 8;

/// # Safety
/// The pointers of `tile` hold for all that its sizes name, and the processor has these instructions.
#[target_feature(enable = "avx2,fma")]
pub(crate) unsafe fn f32_avx2(tile: &Tile) {
    for first_row in (0..tile.rows).step_by(AVX2_ROWS) {
        for first_column in (0..tile.columns).step_by(AVX2_VECTORS * AVX2_LANES) {
            let part = Tile {
                left: tile.left.wrapping_add(first_row * tile.strides[0]),
                right: tile.right.wrapping_add(first_column),
                output: tile.output.wrapping_add(first_row * tile.output_stride + first_column),
                rows: AVX2_ROWS.min(tile.rows - first_row),
                columns: (AVX2_VECTORS * AVX2_LANES).min(tile.columns - first_column),
                into: match tile.into {
                    Into::Bias(bias) => Into::Bias(&bias[first_column..]),
                    other => other,
                },
                ..*tile
            };
            // SAFETY: a part of the tile, whose pointers hold.
            unsafe {
                match part.rows {
                    1 => f32_avx2_tile::<1>(&part),
                    2 => f32_avx2_tile::<2>(&part),
                    3 => f32_avx2_tile::<3>(&part),
                    _ => f32_avx2_tile::<AVX2_ROWS>(&part),
                }
            }
        }
    }
}

/// # Safety
/// As of [`f32_avx2`], with at most `AVX2_VECTORS` vectors of columns and `ROWS` rows.
#[target_feature(enable = "avx2,fma")]
unsafe fn f32_avx2_tile<const ROWS: usize>(tile: &Tile) {
    let mut sums = [[_mm256_setzero_ps(); AVX2_VECTORS]; ROWS];
    let [stride, step] = tile.strides;
    let (mut left, mut right) = (tile.left.cast::<f32>(), tile.right.cast::<f32>());
    for _ in 0..tile.depth {
        // SAFETY: the caller's; a panel is a multiple of the columns here, and its last words are zeros.
        unsafe {
            let mut columns = [_mm256_setzero_ps(); AVX2_VECTORS];
            for vector in 0..AVX2_VECTORS {
                columns[vector] = _mm256_loadu_ps(right.add(vector * AVX2_LANES));
            }
            for row in 0..ROWS {
                let element = _mm256_broadcast_ss(&*left.add(row * stride));
                for vector in 0..AVX2_VECTORS {
                    sums[row][vector] = _mm256_fmadd_ps(element, columns[vector], sums[row][vector]);
                }
            }
            left = left.wrapping_add(step);
            right = right.wrapping_add(PANEL);
        }
    }
    // SAFETY: the caller's.
    unsafe { write_avx2(tile, sums) }
}

/// # Safety
/// As of [`f32_avx2_tile`].
#[target_feature(enable = "avx2,fma")]
#[inline]
unsafe fn write_avx2<const ROWS: usize>(tile: &Tile, sums: [[__m256; AVX2_VECTORS]; ROWS]) {
    for row in 0..ROWS {
        let mut values = [0.0_f32; AVX2_VECTORS * AVX2_LANES];
        for vector in 0..AVX2_VECTORS {
            // SAFETY: eight numbers of an array of our own.
            unsafe { _mm256_storeu_ps(values.as_mut_ptr().add(vector * AVX2_LANES), sums[row][vector]) };
        }
        // SAFETY: such a row is there, as the caller says, and nothing else refers to it.
        let output = unsafe { std::slice::from_raw_parts_mut(tile.output.add(row * tile.output_stride), tile.columns) };
        match tile.into {
            Into::Store => output.copy_from_slice(&values[..tile.columns]),
            Into::Add => output.iter_mut().zip(values).for_each(|(output, value)| *output += value),
            Into::Bias(bias) => {
                output.iter_mut().zip(values).zip(bias).for_each(|((output, value), bias)| *output = bias + value);
            }
        }
    }
}
