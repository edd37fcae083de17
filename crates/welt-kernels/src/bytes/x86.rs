//! The innermost loops of products of bytes in AVX2 and AVX-512 with VNNI.

#![allow(clippy::needless_range_loop, reason = "counted loops are unrolled, and their sums stay in registers")]

use std::arch::x86_64::{
    __m512i, __mmask16, _mm_loadu_si128, _mm_set1_epi32, _mm256_add_epi32, _mm256_cvtepi8_epi16, _mm256_cvtepu8_epi16,
    _mm256_hadd_epi32, _mm256_madd_epi16, _mm256_permute4x64_epi64, _mm256_setzero_si256, _mm256_storeu_si256,
    _mm512_add_ps, _mm512_cvtepi32_ps, _mm512_dpbusd_epi32, _mm512_loadu_ps, _mm512_loadu_si512, _mm512_mask_storeu_ps,
    _mm512_maskz_loadu_ps, _mm512_mul_ps, _mm512_set1_epi32, _mm512_set1_ps, _mm512_setzero_ps, _mm512_setzero_si512,
};

use super::plain::write_row;
use super::{Tile, WORD};
use crate::tiling::{Into, PANEL, ROWS};

/// Sums of an AVX-512 vector.
const LANES: usize = 16;

/// # Safety
/// The pointers of `tile` hold for all that its sizes name, and the processor has these instructions.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) unsafe fn avx512(tile: &Tile) {
    // SAFETY: as this function's.
    unsafe {
        match tile.rows() {
            1 => avx512_rows::<1>(tile),
            2 => avx512_rows::<2>(tile),
            3 => avx512_rows::<3>(tile),
            4 => avx512_rows::<4>(tile),
            5 => avx512_rows::<5>(tile),
            6 => avx512_rows::<6>(tile),
            7 => avx512_rows::<7>(tile),
            _ => avx512_rows::<ROWS>(tile),
        }
    }
}

/// # Safety
/// As of [`avx512`].
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
unsafe fn avx512_rows<const N: usize>(tile: &Tile) {
    // SAFETY: as this function's.
    unsafe {
        match tile.columns.div_ceil(LANES) {
            1 => avx512_tile::<N, 1>(tile),
            2 => avx512_tile::<N, 2>(tile),
            _ => avx512_tile::<N, 3>(tile),
        }
    }
}

/// # Safety
/// As of [`avx512`], with `N` and `VECTORS` the rows and vectors of the tile.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
unsafe fn avx512_tile<const N: usize, const VECTORS: usize>(tile: &Tile) {
    let mut sums = [[_mm512_setzero_si512(); VECTORS]; N];
    let (mut left, mut right) = (tile.left, tile.right);
    for _ in 0..tile.words {
        // SAFETY: the caller's: the factors hold as many words as the sizes name.
        unsafe {
            let mut columns = [_mm512_setzero_si512(); VECTORS];
            for vector in 0..VECTORS {
                columns[vector] = _mm512_loadu_si512(right.add(vector * LANES * WORD).cast());
            }
            for row in 0..N {
                let word = _mm512_set1_epi32(left.add(row * tile.left_stride).cast::<i32>().read_unaligned());
                for vector in 0..VECTORS {
                    sums[row][vector] = _mm512_dpbusd_epi32(sums[row][vector], word, columns[vector]);
                }
            }
            left = left.wrapping_add(WORD);
            right = right.wrapping_add(PANEL * WORD);
        }
    }
    // SAFETY: the caller's.
    unsafe { write(tile, sums) }
}

/// The same operations in the same order as [`write_row`].
///
/// # Safety
/// As of [`avx512`].
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
#[inline]
unsafe fn write<const N: usize, const VECTORS: usize>(tile: &Tile, sums: [[__m512i; VECTORS]; N]) {
    for vector in 0..VECTORS {
        let start = vector * LANES;
        let rest = tile.columns.saturating_sub(start);
        let mask: __mmask16 = if rest >= LANES { !0 } else { (1 << rest) - 1 };
        // SAFETY: both have a number for each of the panel's columns; of the bias, what the mask names is read.
        let (scale, sum_of_column, bias) = unsafe {
            let bias = match tile.into {
                Into::Bias(bias) => _mm512_maskz_loadu_ps(mask, bias.as_ptr().wrapping_add(start)),
                Into::Store | Into::Add => _mm512_setzero_ps(),
            };
            let [scale, sum] = [tile.column_scales, tile.column_sums].map(|of| _mm512_loadu_ps(of[start..].as_ptr()));
            (scale, sum, bias)
        };
        for (row, sums) in sums.iter().enumerate() {
            let wide = _mm512_mul_ps(_mm512_cvtepi32_ps(sums[vector]), scale);
            let wide = _mm512_mul_ps(wide, _mm512_set1_ps(tile.row_scales[row]));
            let value = _mm512_add_ps(wide, _mm512_mul_ps(_mm512_set1_ps(tile.row_minima[row]), sum_of_column));
            let output = tile.output.wrapping_add(row * tile.output_stride + start);
            // SAFETY: reads and writes what the mask names, which lies within the output, as the caller says.
            unsafe {
                let value = match tile.into {
                    Into::Store => value,
                    Into::Add => _mm512_add_ps(_mm512_maskz_loadu_ps(mask, output), value),
                    Into::Bias(_) => _mm512_add_ps(bias, value),
                };
                _mm512_mask_storeu_ps(output, mask, value);
            }
        }
    }
}

/// Rows and columns whose sums fit into the 16 registers of AVX2.
const AVX2_ROWS: usize = 4;
const AVX2_COLUMNS: usize = 8;

/// Bytes are made 16 bits wide, as the products of bytes that AVX2 has add up to no more than 15 bits.
///
/// # Safety
/// The pointers of `tile` hold for all that its sizes name, and the processor has these instructions.
#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn avx2(tile: &Tile) {
    let mut sums = [[0_i32; PANEL]; ROWS];
    for first_row in (0..tile.rows()).step_by(AVX2_ROWS) {
        for first_column in (0..tile.columns).step_by(AVX2_COLUMNS) {
            let at = (first_row, first_column);
            // SAFETY: as this function's.
            unsafe {
                match tile.rows() - first_row {
                    1 => avx2_tile::<1>(tile, at, &mut sums),
                    2 => avx2_tile::<2>(tile, at, &mut sums),
                    3 => avx2_tile::<3>(tile, at, &mut sums),
                    _ => avx2_tile::<AVX2_ROWS>(tile, at, &mut sums),
                }
            }
        }
    }
    for (row, sums) in sums.iter().enumerate().take(tile.rows()) {
        // SAFETY: the caller's.
        unsafe { write_row(tile, row, sums) };
    }
}

/// # Safety
/// As of [`avx2`], with `N` rows from the first row on.
#[target_feature(enable = "avx2,fma")]
#[inline]
unsafe fn avx2_tile<const N: usize>(tile: &Tile, (row, column): (usize, usize), output: &mut [[i32; PANEL]; ROWS]) {
    // Each sum in two halves beside one another, of four columns in the first vector and of four in the second.
    let mut sums = [[_mm256_setzero_si256(); 2]; N];
    let mut left = tile.left.wrapping_add(row * tile.left_stride);
    let mut right = tile.right.wrapping_add(column * WORD);
    for _ in 0..tile.words {
        // SAFETY: the caller's: the factors hold as many words as the sizes name, and a panel a multiple of eight columns.
        unsafe {
            let columns = [0, 16].map(|at| _mm256_cvtepi8_epi16(_mm_loadu_si128(right.add(at).cast())));
            for index in 0..N {
                let word = left.add(index * tile.left_stride).cast::<i32>().read_unaligned();
                let word = _mm256_cvtepu8_epi16(_mm_set1_epi32(word));
                for half in 0..2 {
                    sums[index][half] = _mm256_add_epi32(sums[index][half], _mm256_madd_epi16(word, columns[half]));
                }
            }
            left = left.wrapping_add(WORD);
            right = right.wrapping_add(PANEL * WORD);
        }
    }
    for index in 0..N {
        // Halves are added within each 128 bits, which leaves pairs of columns in the order 0, 2, 1, 3.
        let whole = _mm256_hadd_epi32(sums[index][0], sums[index][1]);
        let whole = _mm256_permute4x64_epi64::<0b11_01_10_00>(whole);
        let output = &mut output[row + index][column..][..AVX2_COLUMNS];
        // SAFETY: eight sums of an array of our own.
        unsafe { _mm256_storeu_si256(output.as_mut_ptr().cast(), whole) };
    }
}
