//! The best one-to-one matching of two sides: as many right pairs as can be, and then as many other pairs as can be.
//! Which pairs are right and which are possible comes in, how many of each there are goes out; nothing here knows what is paired.
//!
//! The numbers are those of a rank-maximal matching of two ranks (Irving, Kavitha, Mehlhorn, Michail and Paluch 2004, "Rank-maximal matchings").
//! Right pairs are matched first; whoever is right in every largest matching of them may then be given no other partner, and within that limit further pairs only add.
//! Only the cells of a run of columns are looked at in each row, for two entities far from each other are no pair.
//! Two bits are kept for each such cell; time grows with the number of these cells and the smaller of both sides at worst, 64 cells at a step.

use std::ops::Range;

use super::Matched;

/// Where pairs are to be looked for.
pub(super) struct Grid {
    /// The columns that each row may make a pair with.
    pub(super) row_runs: Vec<Range<usize>>,
    /// The rows that each column may make a pair with.
    pub(super) column_runs: Vec<Range<usize>>,
}

/// How many pairs the best matching of the rows and columns has.
///
/// `possible` is to hold for other pairs than right ones; for those that are right it plays no part.
pub(super) fn pairs(
    grid: &Grid,
    right: impl Fn(usize, usize) -> bool,
    possible: impl Fn(usize, usize) -> bool,
) -> Matched {
    let right_pairs = Table::new(grid, &right);
    let mut matching = Matching::new(grid);
    matching.extend(&right_pairs);
    let n_right = matching.len();
    let reach = Reach::new(grid, &right_pairs, &matching);
    let other_pairs = Table::new(grid, |row, column| {
        reach.rows[row] == Place::Even && reach.columns[column] == Place::Even && possible(row, column)
    });
    let mut limited = right_pairs;
    for row in 0..grid.row_runs.len() {
        let kept = &reach.kept_right_columns(row)[limited.rows[row].first_word..];
        let others = other_pairs.row(row);
        for ((word, kept), other) in limited.row_mut(row).iter_mut().zip(kept).zip(others) {
            *word = *word & kept | other;
        }
    }
    matching.extend(&limited);
    Matched { right: n_right, other: matching.len() - n_right }
}

/// A bit for every row and each column of its run.
struct Table {
    n_columns: usize,
    rows: Vec<Row>,
    words: Vec<u64>,
}

/// The words of a row: their indices in the table, and which the first would be if there were words for all columns.
struct Row {
    words: Range<usize>,
    first_word: usize,
}

const WORD_BITS: usize = u64::BITS as usize;

impl Table {
    fn new(grid: &Grid, holds: impl Fn(usize, usize) -> bool) -> Self {
        let (mut rows, mut words) = (Vec::with_capacity(grid.row_runs.len()), Vec::new());
        for (row, run) in grid.row_runs.iter().enumerate() {
            let (start, first_word) = (words.len(), run.start / WORD_BITS);
            let n_words = run.end.div_ceil(WORD_BITS).saturating_sub(first_word);
            words.resize(start + n_words, 0);
            for column in run.clone().filter(|column| holds(row, *column)) {
                words[start + column / WORD_BITS - first_word] |= 1 << (column % WORD_BITS);
            }
            rows.push(Row { words: start..words.len(), first_word });
        }
        Self { n_columns: grid.column_runs.len(), rows, words }
    }

    fn row(&self, row: usize) -> &[u64] {
        &self.words[self.rows[row].words.clone()]
    }

    fn row_mut(&mut self, row: usize) -> &mut [u64] {
        &mut self.words[self.rows[row].words.clone()]
    }

    /// Whether a bit is set, which must be of a column in the run of the row.
    fn holds(&self, row: usize, column: usize) -> bool {
        self.row(row)[column / WORD_BITS - self.rows[row].first_word] >> (column % WORD_BITS) & 1 == 1
    }

    /// Adds the columns of a row that were not seen before, which are seen from now on.
    fn take_unseen(&self, row: usize, seen: &mut [u64], columns: &mut Vec<usize>) {
        let first_word = self.rows[row].first_word;
        for (index, word) in (first_word..).zip(self.row(row)) {
            let mut rest = word & !seen[index];
            seen[index] |= rest;
            while rest != 0 {
                columns.push(index * WORD_BITS + rest.trailing_zeros() as usize);
                rest &= rest - 1;
            }
        }
    }
}

/// A bit for every column that holds.
fn column_bits(n_columns: usize, holds: impl Fn(usize) -> bool) -> Vec<u64> {
    let mut words = vec![0; n_columns.div_ceil(WORD_BITS)];
    for column in (0..n_columns).filter(|column| holds(*column)) {
        words[column / WORD_BITS] |= 1 << (column % WORD_BITS);
    }
    words
}

/// The partner of each row and column, if it has one.
struct Matching {
    of_row: Vec<Option<usize>>,
    of_column: Vec<Option<usize>>,
}

/// What a search for a row without partner has come by.
struct Search {
    /// A bit for every column that was reached, now or by a search in vain.
    seen: Vec<u64>,
    /// The columns that were reached now, in the order in which that happened.
    reached: Vec<usize>,
    /// The row from which each column was reached.
    reached_from: Vec<usize>,
}

impl Matching {
    fn new(grid: &Grid) -> Self {
        Self { of_row: vec![None; grid.row_runs.len()], of_column: vec![None; grid.column_runs.len()] }
    }

    fn len(&self) -> usize {
        self.of_row.iter().flatten().count()
    }

    /// Adds pairs until there is no larger matching; who has a partner keeps having one, though maybe another.
    fn extend(&mut self, pairs: &Table) {
        let mut search = Search {
            seen: column_bits(pairs.n_columns, |_| false),
            reached: Vec::new(),
            reached_from: vec![0; pairs.n_columns],
        };
        for row in 0..pairs.rows.len() {
            if self.of_row[row].is_none() {
                self.augment(pairs, row, &mut search);
            }
        }
    }

    /// Looks, breadth first, for a row of partners that can each move on to make room for a row without partner.
    fn augment(&mut self, pairs: &Table, start: usize, search: &mut Search) {
        let Search { seen, reached, reached_from } = search;
        reached.clear();
        let (mut row, mut next) = (start, 0);
        loop {
            let n_reached = reached.len();
            pairs.take_unseen(row, seen, reached);
            for column in &reached[n_reached..] {
                reached_from[*column] = row;
            }
            if let Some(free) = reached[n_reached..].iter().find(|column| self.of_column[**column].is_none()) {
                self.shift(*free, reached_from);
                for column in reached {
                    seen[*column / WORD_BITS] &= !(1 << (*column % WORD_BITS));
                }
                return;
            }
            // What was reached in vain stays seen: all these columns have partners, and none of them can make room, now or later.
            let Some(partner) = reached.get(next).and_then(|column| self.of_column[*column]) else { return };
            (row, next) = (partner, next + 1);
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
    fn new(grid: &Grid, pairs: &Table, matching: &Matching) -> Self {
        let (n_rows, n_columns) = (matching.of_row.len(), matching.of_column.len());
        let mut rows = vec![Place::Unreached; n_rows];
        let mut columns = vec![Place::Unreached; n_columns];
        let free = |partners: &[Option<usize>]| -> Vec<usize> {
            (0..partners.len()).filter(|index| partners[*index].is_none()).collect()
        };

        let (mut seen, mut reached) = (column_bits(n_columns, |_| false), Vec::new());
        let mut even_rows = free(&matching.of_row);
        while let Some(row) = even_rows.pop() {
            rows[row] = Place::Even;
            pairs.take_unseen(row, &mut seen, &mut reached);
            for column in reached.drain(..) {
                columns[column] = Place::Odd;
                even_rows.extend(matching.of_column[column]);
            }
        }

        let mut even_columns = free(&matching.of_column);
        while let Some(column) = even_columns.pop() {
            columns[column] = Place::Even;
            for row in grid.column_runs[column].clone() {
                // The runs of columns and of rows need not be those of the same cells.
                if rows[row] == Place::Unreached && grid.row_runs[row].contains(&column) && pairs.holds(row, column) {
                    rows[row] = Place::Odd;
                    even_columns.extend(matching.of_row[row]);
                }
            }
        }

        let [even_columns, odd_columns, unreached_columns] = [Place::Even, Place::Odd, Place::Unreached]
            .map(|index| column_bits(n_columns, |column| columns[column] == index));
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
            let grid = Grid { row_runs: vec![0..n_columns; table.len()], column_runs: vec![0..table.len(); n_columns] };
            let found = pairs(&grid, |r, c| cell(r, c) == 2, |r, c| cell(r, c) == 1);
            prop_assert_eq!((found.right, found.other), tried(&table, 0, 0));
        }

        #[test]
        fn runs_come_to_what_the_whole_table_comes_to(
            table in (90..200_usize).prop_flat_map(|n| {
                // A few cells of each row, on both sides of the bounds of a word.
                let row = (0..n - 9, prop::collection::vec(0..3_u8, 9));
                (Just(n), prop::collection::vec(row, 60..130))
            }),
        ) {
            let (n_columns, rows) = table;
            let cell = |row: usize, column: usize| {
                let (start, cells) = &rows[row];
                column.checked_sub(*start).and_then(|index| cells.get(index)).copied().unwrap_or_default()
            };
            let of_column = |column: usize| {
                let mut holding = (0..rows.len()).filter(|row| cell(*row, column) > 0);
                holding.next().map_or(0..0, |first| first..holding.next_back().unwrap_or(first) + 1)
            };
            let narrow = Grid {
                row_runs: rows.iter().map(|(start, _)| *start..start + 9).collect(),
                column_runs: (0..n_columns).map(of_column).collect(),
            };
            let whole = Grid { row_runs: vec![0..n_columns; rows.len()], column_runs: vec![0..rows.len(); n_columns] };
            let best = |grid: &Grid| pairs(grid, |r, c| cell(r, c) == 2, |r, c| cell(r, c) == 1);
            prop_assert_eq!(best(&narrow), best(&whole));
        }
    }
}
