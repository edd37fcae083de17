//! Attention of a layer, head by head, on queries, keys and values that stand beside one another in rows.
//!
//! Only what is not padding attends and is attended to: what padding would get means nothing, and is 0.

use std::ops::Range;

use crate::operand::{Left, Numbers, Right};
use crate::product::{multiply, multiply_add};
use crate::rows::{Mask, drop_out, softmax, softmax_slopes};
use crate::{Buffer, Isa, Matrix, MatrixMut};

/// Rows of sub-words, padded to a common length or one behind the other.
#[derive(Debug, Clone, Copy)]
pub struct Batch<'a> {
    lengths: &'a [usize],
    longest: usize,
    is_packed: bool,
}

impl<'a> Batch<'a> {
    /// Rows of `longest` sub-words, of which `lengths`, all at the start, are not padding.
    #[must_use]
    pub const fn padded(lengths: &'a [usize], longest: usize) -> Self {
        Self { lengths, longest, is_packed: false }
    }

    /// Rows of so many sub-words without padding: what is `B T` elsewhere is then the sum of the lengths, and `T` the longest.
    #[must_use]
    pub fn packed(lengths: &'a [usize]) -> Self {
        Self { lengths, longest: lengths.iter().copied().max().unwrap_or(0), is_packed: true }
    }

    /// Sub-words of all rows, padding included.
    #[must_use]
    pub fn n_subwords(&self) -> usize {
        if self.is_packed { self.lengths.iter().sum() } else { self.lengths.len() * self.longest }
    }

    /// The same rows in groups of at most `most` sub-words, but at least one row, each with where its sub-words stand.
    pub(crate) fn groups(self, most: usize) -> impl Iterator<Item = (Self, Range<usize>)> {
        let (mut first, mut start) = (0, 0);
        std::iter::from_fn(move || {
            let size = |row: &usize| if self.is_packed { *row } else { self.longest };
            let rest = self.lengths.get(first..).filter(|rest| !rest.is_empty())?;
            let mut end = start + size(&rest[0]);
            let mut n_rows = 1;
            while let Some(row) = rest.get(n_rows)
                && end + size(row) - start <= most
            {
                end += size(row);
                n_rows += 1;
            }
            let group = (Self { lengths: &rest[..n_rows], ..self }, start..end);
            (first, start) = (first + n_rows, end);
            Some(group)
        })
    }

    /// The first sub-word of each row, and how many follow.
    fn rows(self) -> impl Iterator<Item = (usize, usize)> {
        let mut next = 0;
        self.lengths.iter().map(move |&length| {
            let start = next;
            next += if self.is_packed { length } else { self.longest };
            (start, length)
        })
    }
}

/// Where a head of a row stands.
#[derive(Debug, Clone, Copy)]
struct Head {
    /// The first number of the row's first sub-word that belongs to the head, among hidden states.
    start: usize,
    /// The same among queries, keys and values, which are three times as wide.
    start_of_three: usize,
    /// The first of the head's weights.
    weights: usize,
    length: usize,
}

/// What attention is made of, beside its input.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attention<'a> {
    pub isa: Isa,
    pub batch: Batch<'a>,
    pub hidden: usize,
    pub n_heads: usize,
    pub mask: Option<Mask<'a>>,
}

impl Attention<'_> {
    /// Attention weights in all.
    pub fn n_weights(&self) -> usize {
        self.batch.lengths.len() * self.n_heads * self.batch.longest * self.batch.longest
    }

    fn heads(&self) -> impl Iterator<Item = Head> {
        let Self { batch, hidden, n_heads, .. } = *self;
        let size = hidden / n_heads;
        batch.rows().enumerate().flat_map(move |(row, (start, length))| {
            (0..n_heads).map(move |head| Head {
                start: start * hidden + head * size,
                start_of_three: start * 3 * hidden + head * size,
                weights: (row * n_heads + head) * batch.longest * batch.longest,
                length,
            })
        })
    }

    fn scale(&self) -> f32 {
        1.0 / ((self.hidden / self.n_heads) as f32).sqrt()
    }

    /// The part of `three` that a head's queries (0), keys (1) or values (2) are: `[length, H / A]`.
    fn part<'t>(&self, three: &'t [f32], head: Head, which: usize) -> Matrix<'t> {
        let start = head.start_of_three + which * self.hidden;
        Matrix::new(&three[start..], head.length, self.hidden / self.n_heads, 3 * self.hidden)
    }

    fn part_mut<'t>(&self, three: &'t mut [f32], head: Head, which: usize) -> MatrixMut<'t> {
        let start = head.start_of_three + which * self.hidden;
        MatrixMut::new(&mut three[start..], head.length, self.hidden / self.n_heads, 3 * self.hidden)
    }

    fn left<'t>(&self, matrix: Matrix<'t>) -> Left<'t> {
        Left::new(self.isa, Numbers::F32, matrix)
    }

    fn right(&self, matrix: Matrix) -> Right {
        Right::new(self.isa, Numbers::F32, matrix)
    }

    /// The weights of a head, after dropout: `[length, length]` at a distance of the longest.
    fn dropped(&self, weights: &[f32], head: Head, dropped: &mut [f32]) {
        let Self { batch, .. } = *self;
        for query in 0..head.length {
            let at = query * batch.longest;
            let dropped = &mut dropped[at..][..head.length];
            dropped.copy_from_slice(&weights[head.weights + at..][..head.length]);
            self.drop_row(dropped, head.weights + at);
        }
    }

    fn drop_row(&self, row: &mut [f32], start: usize) {
        if let Some(Mask { kept, scale }) = self.mask {
            drop_out(self.isa, row, Mask { kept: &kept[start..][..row.len()], scale });
        }
    }

    /// From `three: [B * T, 3 H]` the context `[B * T, H]` and the weights before dropout `[B, A, T, T]`, of which only
    /// those between sub-words that are not padding are set.
    pub fn forward(&self, three: &[f32], context: &mut [f32], weights: &mut [f32]) {
        let Self { isa, batch: Batch { longest, .. }, hidden, n_heads, .. } = *self;
        let mut dropped = Buffer::new(longest * longest);
        context.fill(0.0);
        for head in self.heads().filter(|head| head.length > 0) {
            let Head { length, .. } = head;
            let queries = self.left(self.part(three, head, 0));
            let keys = self.right(self.part(three, head, 1).transposed());
            let scores = &mut weights[head.weights..];
            multiply(isa, &queries, &keys, &mut MatrixMut::new(scores, length, length, longest));
            for row in scores.chunks_mut(longest).take(length) {
                softmax(isa, &mut row[..length], self.scale());
            }
            self.dropped(weights, head, &mut dropped);
            let weights = self.left(Matrix::new(&dropped, length, length, longest));
            let values = self.right(self.part(three, head, 2));
            let mut context = MatrixMut::new(&mut context[head.start..], length, hidden / n_heads, hidden);
            multiply(isa, &weights, &values, &mut context);
        }
    }

    /// The context as [`Attention::forward`] gives it, without dropout, and no weights.
    pub fn predict(&self, three: &[f32], context: &mut [f32]) {
        let Self { isa, batch: Batch { longest, is_packed, .. }, hidden, n_heads, .. } = *self;
        let mut weights = Buffer::new(longest * longest);
        if !is_packed {
            context.fill(0.0);
        }
        for head in self.heads().filter(|head| head.length > 0) {
            let Head { length, .. } = head;
            let queries = self.left(self.part(three, head, 0));
            let keys = self.right(self.part(three, head, 1).transposed());
            multiply(isa, &queries, &keys, &mut MatrixMut::new(&mut weights, length, length, length));
            for row in weights.chunks_mut(length).take(length) {
                softmax(isa, row, self.scale());
            }
            let weights = self.left(Matrix::new(&weights, length, length, length));
            let values = self.right(self.part(three, head, 2));
            let mut context = MatrixMut::new(&mut context[head.start..], length, hidden / n_heads, hidden);
            multiply(isa, &weights, &values, &mut context);
        }
    }

    /// From the slopes of the context those of queries, keys and values in `three_slopes`, all of them set.
    pub fn backward(&self, slopes: &[f32], three: &[f32], weights: &[f32], three_slopes: &mut [f32]) {
        let Self { isa, batch: Batch { longest, .. }, hidden, n_heads, .. } = *self;
        let mut dropped = Buffer::new(longest * longest);
        let mut score_slopes = Buffer::new(longest * longest);
        three_slopes.fill(0.0);
        for head in self.heads().filter(|head| head.length > 0) {
            let Head { length, .. } = head;
            self.dropped(weights, head, &mut dropped);
            let slopes = Matrix::new(&slopes[head.start..], length, hidden / n_heads, hidden);
            let values = self.right(self.part(three, head, 2).transposed());
            multiply(isa, &self.left(slopes), &values, &mut MatrixMut::new(&mut score_slopes, length, length, longest));
            let dropped = Matrix::new(&dropped, length, length, longest).transposed();
            multiply_add(isa, &self.left(dropped), &self.right(slopes), &mut self.part_mut(three_slopes, head, 2));
            for query in 0..length {
                let start = head.weights + query * longest;
                let row = &mut score_slopes[query * longest..][..length];
                self.drop_row(row, start);
                softmax_slopes(isa, row, &weights[start..][..length], self.scale());
            }
            let scores = Matrix::new(&score_slopes, length, length, longest);
            let keys = self.right(self.part(three, head, 1));
            multiply_add(isa, &self.left(scores), &keys, &mut self.part_mut(three_slopes, head, 0));
            let queries = self.right(self.part(three, head, 0));
            multiply_add(isa, &self.left(scores.transposed()), &queries, &mut self.part_mut(three_slopes, head, 1));
        }
    }
}
