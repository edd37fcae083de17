//! Into what pieces products are cut, and what becomes of their sums.

/// Columns of a panel: what the innermost loops take at a time.
pub(crate) const PANEL: usize = 48;

/// Rows of a tile at most.
pub(crate) const ROWS: usize = 8;

/// What becomes of a tile's sums.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Into<'a> {
    /// They replace what stands in the output.
    Store,
    /// They are added to it.
    Add,
    /// They replace it, with a number a column added.
    Bias(&'a [f32]),
}
