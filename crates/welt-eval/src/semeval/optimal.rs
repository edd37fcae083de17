//! The best one-to-one matching of two sides: as many right pairs as can be, and then as many other pairs as can be.
//! Which pairs are right and which are possible comes in, how many of each there are goes out; nothing here knows what is paired.
//!
//! The numbers are those of a rank-maximal matching of two ranks (Irving, Kavitha, Mehlhorn, Michail and Paluch 2004, "Rank-maximal matchings").
//! Right pairs are matched first; whoever is right in every largest matching of them may then be given no other partner, and within that limit further pairs only add.
//! Two bits are kept for each pair of a row and a column; time grows with the number of these pairs and the smaller of both sides, 64 pairs at a step.

use super::Pairs;

/// How many pairs the best matching of `n_rows` and `n_columns` has.
///
/// `possible` is to hold for other pairs than right ones; for those that are right it plays no part.
pub(super) fn pairs(
    n_rows: usize,
    n_columns: usize,
    right: impl Fn(usize, usize) -> bool,
    possible: impl Fn(usize, usize) -> bool,
) -> Pairs {
    let right_pairs = Table::new(n_rows, n_columns, &right);
    let mut matching = Matching::new(n_rows, n_columns);
    matching.extend(&right_pairs);
    let n_right = matching.len();
    let reach = Reach::new(&right_pairs, &matching);
    let other_pairs = Table::new(n_rows, n_columns, |row, column| {
        reach.rows[row] == Place::Even && reach.columns[column] == Place::Even && possible(row, column)
    });
    let mut limited = right_pairs;
    for row in 0..n_rows {
        let kept = reach.kept_right_columns(row);
        let others = other_pairs.row(row);
        for ((word, kept), other) in limited.row_mut(row).iter_mut().zip(kept).zip(others) {
            *word = *word & kept | other;
        }
    }
    matching.extend(&limited);
    Pairs { right: n_right, other: matching.len() - n_right }
}

/// A bit for every row and column.
struct Table {
    n_columns: usize,
    words_per_row: usize,
    words: Vec<u64>,
}

const WORD_BITS: usize = u64::BITS as usize;

impl Table {
    fn new(n_rows: usize, n_columns: usize, holds: impl Fn(usize, usize) -> bool) -> Self {
        let words_per_row = n_columns.div_ceil(WORD_BITS);
        let mut words = vec![0; n_rows * words_per_row];
        for row in 0..n_rows {
            for column in (0..n_columns).filter(|column| holds(row, *column)) {
                words[row * words_per_row + column / WORD_BITS] |= 1 << (column % WORD_BITS);
            }
        }
        Self { n_columns, words_per_row, words }
    }

    fn n_rows(&self) -> usize {
        self.words.len().checked_div(self.words_per_row).unwrap_or(0)
    }

    fn row(&self, row: usize) -> &[u64] {
        &self.words[row * self.words_per_row..(row + 1) * self.words_per_row]
    }

    fn row_mut(&mut self, row: usize) -> &mut [u64] {
        &mut self.words[row * self.words_per_row..(row + 1) * self.words_per_row]
    }

    fn holds(&self, row: usize, column: usize) -> bool {
        self.row(row)[column / WORD_BITS] >> (column % WORD_BITS) & 1 == 1
    }

    /// The columns of a row that were not seen before, which are seen from now on.
    fn unseen(&self, row: usize, seen: &mut [u64]) -> Vec<usize> {
        let mut columns = Vec::new();
        for (index, (word, seen)) in self.row(row).iter().zip(seen).enumerate() {
            let mut rest = word & !*seen;
            *seen |= rest;
            while rest != 0 {
                columns.push(index * WORD_BITS + rest.trailing_zeros() as usize);
                rest &= rest - 1;
            }
        }
        columns
    }
}

/// The partner of each row and column, if it has one.
struct Matching {
    of_row: Vec<Option<usize>>,
    of_column: Vec<Option<usize>>,
}

impl Matching {
    fn new(n_rows: usize, n_columns: usize) -> Self {
        Self { of_row: vec![None; n_rows], of_column: vec![None; n_columns] }
    }

    fn len(&self) -> usize {
        self.of_row.iter().flatten().count()
    }

    /// Adds pairs until there is no larger matching; who has a partner keeps having one, though maybe another.
    fn extend(&mut self, pairs: &Table) {
        for row in 0..pairs.n_rows() {
            if self.of_row[row].is_none() {
                self.augment(pairs, row);
            }
        }
    }

    /// Looks, breadth first, for a row of partners that can each move on to make room for a row without partner.
    fn augment(&mut self, pairs: &Table, start: usize) {
        let mut seen = vec![0; pairs.words_per_row];
        let mut reached_from: Vec<usize> = vec![start; pairs.n_columns];
        let mut queue = vec![start];
        let mut next = 0;
        while let Some(&row) = queue.get(next) {
            next += 1;
            for column in pairs.unseen(row, &mut seen) {
                reached_from[column] = row;
                match self.of_column[column] {
                    Some(partner) => queue.push(partner),
                    None => return self.shift(column, &reached_from),
                }
            }
        }
    }

    fn shift(&mut self, column: usize, reached_from: &[usize]) {
        let mut column = Some(column);
        while let Some(free) = column {
            let row = reached_from[free];
            self.of_column[free] = Some(row);
            column = self.of_row[row].replace(free);
        }
    }
}

/// Where a row or column stands on the alternating paths that start at those without partner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// At an even distance: some largest matching leaves it without partner.
    Even,
    /// At an odd distance: it has a partner in every largest matching.
    Odd,
    /// On none: it has a partner in every largest matching.
    Unreached,
}

struct Reach {
    rows: Vec<Place>,
    columns: Vec<Place>,
    even_columns: Vec<u64>,
    odd_columns: Vec<u64>,
    unreached_columns: Vec<u64>,
}

impl Reach {
    /// Follows the paths from both sides; `matching` is a largest one of `pairs`.
    fn new(pairs: &Table, matching: &Matching) -> Self {
        let (n_rows, n_columns) = (matching.of_row.len(), pairs.n_columns);
        let mut rows = vec![Place::Unreached; n_rows];
        let mut columns = vec![Place::Unreached; n_columns];
        let free = |partners: &[Option<usize>]| -> Vec<usize> {
            (0..partners.len()).filter(|place| partners[*place].is_none()).collect()
        };

        let mut seen = vec![0; pairs.words_per_row];
        let mut even_rows = free(&matching.of_row);
        while let Some(row) = even_rows.pop() {
            rows[row] = Place::Even;
            for column in pairs.unseen(row, &mut seen) {
                columns[column] = Place::Odd;
                even_rows.extend(matching.of_column[column]);
            }
        }

        let mut even_columns = free(&matching.of_column);
        while let Some(column) = even_columns.pop() {
            columns[column] = Place::Even;
            for (row, place) in rows.iter_mut().enumerate() {
                if *place == Place::Unreached && pairs.holds(row, column) {
                    *place = Place::Odd;
                    even_columns.extend(matching.of_row[row]);
                }
            }
        }

        let mask = |place: Place| {
            let mut words = vec![0; pairs.words_per_row];
            for column in (0..n_columns).filter(|column| columns[*column] == place) {
                words[column / WORD_BITS] |= 1 << (column % WORD_BITS);
            }
            words
        };
        let [even_columns, odd_columns, unreached_columns] = [Place::Even, Place::Odd, Place::Unreached].map(mask);
        Self { rows, columns, even_columns, odd_columns, unreached_columns }
    }

    /// The columns that a row may have as right partners if the right pairs are to be as many as can be.
    fn kept_right_columns(&self, row: usize) -> &[u64] {
        match self.rows[row] {
            Place::Even => &self.odd_columns,
            Place::Odd => &self.even_columns,
            Place::Unreached => &self.unreached_columns,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The best pairs of the rows from `row` on, by trying everything.
    fn tried(table: &[Vec<u8>], row: usize, taken: u32) -> (usize, usize) {
        let Some(cells) = table.get(row) else { return (0, 0) };
        let mut best = tried(table, row + 1, taken);
        for (column, cell) in cells.iter().enumerate() {
            if *cell > 0 && taken >> column & 1 == 0 {
                let (right, other) = tried(table, row + 1, taken | 1 << column);
                best = best.max(if *cell == 2 { (right + 1, other) } else { (right, other + 1) });
            }
        }
        best
    }

    proptest! {
        #[test]
        fn nothing_that_can_be_tried_is_better(
            table in (0..6_usize).prop_flat_map(|n| prop::collection::vec(prop::collection::vec(0..3_u8, n), 0..6)),
        ) {
            let n_columns = table.first().map_or(0, Vec::len);
            let cell = |row: usize, column: usize| table[row][column];
            let found = pairs(table.len(), n_columns, |r, c| cell(r, c) == 2, |r, c| cell(r, c) == 1);
            prop_assert_eq!((found.right, found.other), tried(&table, 0, 0));
        }
    }
}
