//! Where the lines and columns of a buffer end, found in blocks of 64 bytes.
//! Bytes in, positions out, one after the other.

use crate::layout::Separator;

/// Bytes of a block: as many as a mask has bits.
const BLOCK: usize = 64;

/// The ends of lines and the separators from some position on.
///
/// Lines are too short for a search that begins anew in each, and a loop over bytes cannot foresee where a word ends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Marks {
    /// What stands between columns.
    pub separator: u8,
    /// Where the block at hand starts, and where it ends.
    block: [usize; 2],
    /// Those of the block that were not given yet, the first byte's in the lowest bit.
    mask: u64,
    /// Behind the last one that was given.
    next: usize,
}

impl Marks {
    /// Those from a position on.
    pub const fn from(position: usize, separator: Separator) -> Self {
        Self { separator: separator.byte(), block: [position; 2], mask: 0, next: position }
    }

    /// Goes on at a position: where it stands already, as nearly always, the block at hand is not looked at again.
    pub const fn go_to(&mut self, position: usize, separator: Separator) {
        if self.next != position || self.separator != separator.byte() {
            *self = Self::from(position, separator);
        }
    }

    /// The position of the next one, if there is one in the buffer.
    #[inline]
    pub fn next(&mut self, buffer: &[u8]) -> Option<usize> {
        while self.mask == 0 {
            let rest = buffer.get(self.block[1]..).filter(|rest| !rest.is_empty())?;
            let mut bytes = [0; BLOCK];
            let length = rest.len().min(BLOCK);
            match rest.first_chunk() {
                Some(whole) => bytes = *whole,
                // What is no byte of the buffer is no mark either.
                None => bytes[..length].copy_from_slice(rest),
            }
            self.mask = mask(&bytes, self.separator);
            self.block = [self.block[1], self.block[1] + length];
        }
        let at = self.block[0] + self.mask.trailing_zeros() as usize;
        self.mask &= self.mask - 1;
        self.next = at + 1;
        Some(at)
    }
}

/// A bit for each byte that ends a line or separates.
#[inline]
fn mask(bytes: &[u8; BLOCK], separator: u8) -> u64 {
    let mut marks = [0_u8; BLOCK];
    for (mark, &byte) in marks.iter_mut().zip(bytes) {
        *mark = u8::from(byte == b'\n') | u8::from(byte == separator);
    }
    let mut mask = 0;
    for (index, eight) in marks.as_chunks::<8>().0.iter().enumerate() {
        // Each of eight lowest bits lands in the highest byte, in its order, and no two sums of exponents are the same.
        let bits = u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        mask |= bits << (8 * index);
    }
    mask
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_mark_is_found_from_anywhere(
            bytes in prop::collection::vec(prop::sample::select(b"\n\t a\x80\xff\0".to_vec()), 0..300),
            start in 0_usize..300,
            stride in 1_usize..40,
        ) {
            let start = start.min(bytes.len());
            let expected: Vec<usize> = (start..bytes.len()).filter(|at| matches!(bytes[*at], b'\n' | b'\t')).collect();
            let mut marks = Marks::from(start, Separator::Tab);
            let mut found = Vec::new();
            while let Some(at) = marks.next(&bytes) {
                found.push(at);
                // To where it stands: nothing is lost and nothing comes twice.
                if found.len() % stride == 0 {
                    marks.go_to(at + 1, Separator::Tab);
                }
            }
            prop_assert_eq!(&found, &expected);
            marks.go_to(start, Separator::Space);
            let spaces = std::iter::from_fn(|| marks.next(&bytes)).count();
            prop_assert_eq!(spaces, bytes[start..].iter().filter(|byte| matches!(byte, b'\n' | b' ')).count());
        }
    }
}
