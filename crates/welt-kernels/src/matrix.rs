//! Matrices as views into slices, with any distance between rows and between columns.

/// A matrix in a slice: element `(i, j)` stands at `i * row_stride + j * column_stride`.
#[derive(Debug, Clone, Copy)]
pub struct Matrix<'a> {
    data: &'a [f32],
    rows: usize,
    columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl<'a> Matrix<'a> {
    /// Rows that stand `stride` apart.
    ///
    /// # Panics
    /// Where the slice ends before the last element.
    #[must_use]
    pub fn new(data: &'a [f32], rows: usize, columns: usize, stride: usize) -> Self {
        let end = if rows == 0 || columns == 0 { 0 } else { (rows - 1) * stride + columns };
        assert!(end <= data.len(), "{rows} x {columns} by {stride} of {}", data.len());
        Self { data, rows, columns, row_stride: stride, column_stride: 1 }
    }

    /// The same numbers with rows and columns exchanged.
    #[must_use]
    pub const fn transposed(self) -> Self {
        Self {
            data: self.data,
            rows: self.columns,
            columns: self.rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
        }
    }

    /// How many rows there are.
    #[must_use]
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// How many columns there are.
    #[must_use]
    pub const fn columns(&self) -> usize {
        self.columns
    }

    pub(crate) const fn row_stride(&self) -> usize {
        self.row_stride
    }

    pub(crate) const fn column_stride(&self) -> usize {
        self.column_stride
    }

    pub(crate) const fn data(&self) -> &'a [f32] {
        self.data
    }

    /// The element in row `i` and column `j`.
    #[must_use]
    pub fn at(&self, i: usize, j: usize) -> f32 {
        self.data[i * self.row_stride + j * self.column_stride]
    }
}

/// A matrix that is written: rows of neighbouring columns.
#[derive(Debug)]
pub struct MatrixMut<'a> {
    data: &'a mut [f32],
    rows: usize,
    columns: usize,
    stride: usize,
}

impl<'a> MatrixMut<'a> {
    /// Rows that stand `stride` apart.
    ///
    /// # Panics
    /// Where the slice ends before the last element, or rows overlap.
    #[must_use]
    pub fn new(data: &'a mut [f32], rows: usize, columns: usize, stride: usize) -> Self {
        let end = if rows == 0 || columns == 0 { 0 } else { (rows - 1) * stride + columns };
        assert!(end <= data.len() && columns <= stride, "{rows} x {columns} by {stride} of {}", data.len());
        Self { data, rows, columns, stride }
    }

    pub(crate) const fn shape(&self) -> [usize; 2] {
        [self.rows, self.columns]
    }

    pub(crate) const fn stride(&self) -> usize {
        self.stride
    }

    pub(crate) fn data(&mut self) -> &mut [f32] {
        self.data
    }
}
