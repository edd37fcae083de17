//! Tensors where they lie in a file: how to find one, how to read it as single precision, and how numbers are written.
//!
//! Nothing is read but what is asked for, through a small buffer into the memory that the model keeps; only a matrix
//! that lies in another order than the model's is in memory twice while it is turned.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use burn::tensor::{bf16, f16};

/// How numbers are stored, least significant byte first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NumberFormat {
    F16,
    BF16,
    F32,
    F64,
    /// What no weight is, by its name.
    Other(String),
}

impl NumberFormat {
    /// Bytes of one number; none where that is not for us to know.
    pub fn size(&self) -> Option<u64> {
        match self {
            Self::F16 | Self::BF16 => Some(2),
            Self::F32 => Some(4),
            Self::F64 => Some(8),
            Self::Other(_) => None,
        }
    }

    fn decode(&self, bytes: &[u8], numbers: &mut Vec<f32>) {
        match self {
            Self::F16 => numbers.extend(each(bytes).map(|two| f16::from_le_bytes(two).to_f32())),
            Self::BF16 => numbers.extend(each(bytes).map(|two| bf16::from_le_bytes(two).to_f32())),
            Self::F32 => numbers.extend(each(bytes).map(f32::from_le_bytes)),
            Self::F64 => numbers.extend(each(bytes).map(|eight| f64::from_le_bytes(eight) as f32)),
            Self::Other(_) => (),
        }
    }
}

/// How weights are written: the numbers of a model are single precision and are rounded to the nearest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WeightFormat {
    /// Single precision, four bytes a number: nothing is rounded.
    F32,
    /// Half precision, two bytes a number: eleven significant bits, up to 65504.
    F16,
    /// Brain float, two bytes a number: eight significant bits, with the range of single precision.
    Bf16,
}

impl WeightFormat {
    /// Its name in `config.json`, as PyTorch has it.
    pub(super) const fn name_in_config(self) -> &'static str {
        match self {
            Self::F32 => "float32",
            Self::F16 => "float16",
            Self::Bf16 => "bfloat16",
        }
    }

    pub(super) const fn name_in_safetensors(self) -> &'static str {
        match self {
            Self::F32 => "F32",
            Self::F16 => "F16",
            Self::Bf16 => "BF16",
        }
    }

    /// Bytes of one number.
    pub(super) const fn size(self) -> u64 {
        match self {
            Self::F32 => 4,
            Self::F16 | Self::Bf16 => 2,
        }
    }

    /// The largest number that is not infinite.
    pub(super) fn largest(self) -> f32 {
        match self {
            Self::F32 => f32::MAX,
            Self::F16 => f16::MAX.to_f32(),
            Self::Bf16 => bf16::MAX.to_f32(),
        }
    }

    /// Whether a number stays finite.
    pub(super) fn holds(self, number: f32) -> bool {
        match self {
            Self::F32 => number.is_finite(),
            Self::F16 => f16::from_f32(number).is_finite(),
            Self::Bf16 => bf16::from_f32(number).is_finite(),
        }
    }

    /// Numbers as they lie in a file.
    pub(super) fn encode(self, numbers: &[f32]) -> Vec<u8> {
        match self {
            Self::F32 => numbers.iter().flat_map(|number| number.to_le_bytes()).collect(),
            Self::F16 => numbers.iter().flat_map(|number| f16::from_f32(*number).to_le_bytes()).collect(),
            Self::Bf16 => numbers.iter().flat_map(|number| bf16::from_f32(*number).to_le_bytes()).collect(),
        }
    }
}

fn each<const N: usize>(bytes: &[u8]) -> impl Iterator<Item = [u8; N]> + '_ {
    bytes.as_chunks::<N>().0.iter().copied()
}

/// One tensor of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StoredTensor {
    pub format: NumberFormat,
    pub shape: Vec<usize>,
    /// How many numbers lie between neighbours along each dimension.
    pub strides: Vec<usize>,
    /// The byte of the file where the first number begins.
    pub start: u64,
    /// The byte of the file where the numbers that it may read end.
    pub end: u64,
}

impl StoredTensor {
    /// The strides of a tensor whose last dimension lies together; none where they exceed all measure.
    pub fn row_major(shape: &[usize]) -> Option<Vec<usize>> {
        let mut strides = vec![1_usize; shape.len()];
        for index in (1..shape.len()).rev() {
            strides[index - 1] = strides[index].checked_mul(shape[index])?;
        }
        Some(strides)
    }

    /// Numbers from the first to the last, those between them that are not of the tensor included.
    fn span(&self) -> Option<u64> {
        if self.shape.contains(&0) {
            return Some(0);
        }
        let mut last = 0_u64;
        for (&size, &stride) in self.shape.iter().zip(&self.strides) {
            last = last.checked_add((size as u64 - 1).checked_mul(stride as u64)?)?;
        }
        last.checked_add(1)
    }

    /// Whether the tensor lies inside the bytes that it may read.
    pub fn fits(&self) -> bool {
        let Some(size) = self.format.size() else { return true };
        let end = self.span().and_then(|span| span.checked_mul(size)).and_then(|bytes| bytes.checked_add(self.start));
        end.is_some_and(|end| end <= self.end)
    }

    /// The numbers, the last dimension together.
    pub fn read(&self, file: &File) -> std::io::Result<Vec<f32>> {
        self.read_as(file, &self.shape, &self.strides)
    }

    /// The numbers of a matrix, the first dimension together: `[I, J]` is read as `[J, I]`.
    pub fn read_transposed(&self, file: &File) -> std::io::Result<Vec<f32>> {
        let reversed = |sizes: &[usize]| sizes.iter().rev().copied().collect::<Vec<_>>();
        self.read_as(file, &reversed(&self.shape), &reversed(&self.strides))
    }

    fn read_as(&self, file: &File, shape: &[usize], strides: &[usize]) -> std::io::Result<Vec<f32>> {
        let span = self.span().filter(|_| self.fits()).and_then(|span| usize::try_from(span).ok());
        let span = span.ok_or(std::io::ErrorKind::UnexpectedEof)?;
        // Parts of a larger matrix are read; a view that would need much more memory than it holds is not.
        let is_together = Self::row_major(shape).as_deref() == Some(strides);
        if (shape.len() > 2 && !is_together) || span > 16 * shape.iter().product::<usize>() {
            return Err(std::io::Error::other("the numbers of a tensor lie too far apart"));
        }
        let flat = self.read_flat(file, span)?;
        if shape.contains(&0) || is_together {
            return Ok(flat);
        }
        Ok(in_order(&flat, shape, strides))
    }

    /// The first `count` numbers as they lie in the file.
    fn read_flat(&self, mut file: &File, count: usize) -> std::io::Result<Vec<f32>> {
        let size = self.format.size().ok_or(std::io::ErrorKind::InvalidData)? as usize;
        file.seek(SeekFrom::Start(self.start))?;
        let mut numbers = Vec::with_capacity(count);
        let mut buffer = vec![0; count.saturating_mul(size).min(1 << 18)];
        while numbers.len() < count {
            let bytes = (count - numbers.len()).saturating_mul(size).min(buffer.len());
            file.read_exact(&mut buffer[..bytes])?;
            self.format.decode(&buffer[..bytes], &mut numbers);
        }
        Ok(numbers)
    }
}

/// The numbers of a tensor with these strides, the last dimension together.
fn in_order(flat: &[f32], shape: &[usize], strides: &[usize]) -> Vec<f32> {
    // In tiles, so that what one row leaves in the cache serves the rows below it.
    const TILE: usize = 32;
    let [n_rows, n_columns] = [shape[0], shape[1..].iter().product()];
    let [between_rows, between_columns] = [strides[0], strides.get(1).copied().unwrap_or(1)];
    let mut numbers = vec![0.0; n_rows * n_columns];
    for first_row in (0..n_rows).step_by(TILE) {
        for first_column in (0..n_columns).step_by(TILE) {
            let columns = first_column..n_columns.min(first_column + TILE);
            for row in first_row..n_rows.min(first_row + TILE) {
                for column in columns.clone() {
                    numbers[row * n_columns + column] = flat[row * between_rows + column * between_columns];
                }
            }
        }
    }
    numbers
}
