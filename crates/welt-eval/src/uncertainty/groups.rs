//! Units grouped by equal rows, and the resamples that can be drawn from them.
//! The units of one or several systems in, sums of resampled rows out; the statistic is not known here.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::coins::Coins;
use super::units::Units;
use crate::EvalError;

/// The most units of which all resamples are enumerated: 15^15 is the last such number below 2^64.
const MOST_ENUMERATED_UNITS: usize = 15;

/// The most different resamples that are enumerated.
const MOST_COMPOSITIONS: u64 = 1 << 20;

/// The units of systems that were scored on the same test set, side by side in one row, each different row once.
pub(super) struct Groups {
    /// Counts of a row: those of all systems.
    width: usize,
    /// The different rows, those of the most units first.
    rows: Vec<u64>,
    /// How many units have each of them.
    sizes: Vec<u64>,
    n_units: usize,
    /// How many of the first rows are drawn by how often they are taken.
    n_counted: usize,
    /// The units that have the others, which are drawn one by one.
    rare: RareUnits,
}

/// The sum of drawn rows.
pub(super) struct Sum {
    /// The counts of all systems.
    pub(super) counts: Vec<u64>,
    /// How often each of the rare units was drawn.
    taken: Vec<u32>,
}

impl Groups {
    /// Groups the units of systems or runs that were scored on the same test set.
    ///
    /// # Errors
    /// There are no systems or no units, they differ in number or width, or their counts are so large that a sum might not fit.
    pub(super) fn side_by_side(systems: &[&Units]) -> Result<Self, EvalError> {
        let first = systems.first().ok_or(EvalError::NoRuns)?;
        let n_units = first.len();
        if n_units == 0 {
            return Err(EvalError::NoUnits);
        }
        for (index, system) in systems.iter().enumerate() {
            if system.len() != n_units {
                return Err(EvalError::UnitCount { expected: n_units, found: system.len() });
            }
            if system.width() != first.width() {
                let (expected, found) = (first.width(), system.width());
                return Err(EvalError::SystemWidth { system: index, expected, found });
            }
        }
        let width = first.width() * systems.len();
        let mut side_by_side = Vec::with_capacity(width * n_units);
        let mut each: Vec<_> = systems.iter().map(|system| system.rows()).collect();
        for _ in 0..n_units {
            side_by_side.extend(each.iter_mut().flat_map(Iterator::next).flatten());
        }
        check_sums(&side_by_side, n_units, width)?;
        let (rows, sizes) = group(&side_by_side, width);
        let n_counted = n_counted(&sizes);
        let rare_rows = rows.chunks_exact(width).zip(&sizes).skip(n_counted);
        let rare = RareUnits::of(rare_rows.map(|(row, &size)| (row, size as usize)), first.width());
        Ok(Self { width, rows, sizes, n_units, n_counted, rare })
    }

    /// How many units there are.
    pub(super) fn n_units(&self) -> usize {
        self.n_units
    }

    /// A sum of no rows.
    pub(super) fn zeros(&self) -> Vec<u64> {
        vec![0; self.width]
    }

    /// Memory for the sums of draws.
    pub(super) fn sum(&self) -> Sum {
        Sum { counts: self.zeros(), taken: vec![0; self.rare.n_units] }
    }

    /// The different rows, and how many units have each.
    pub(super) fn rows(&self) -> impl Iterator<Item = (&[u64], u64)> {
        self.rows.chunks_exact(self.width).zip(self.sizes.iter().copied())
    }

    /// The sum of all units.
    pub(super) fn total(&self) -> Vec<u64> {
        let mut sum = self.zeros();
        for (row, size) in self.rows() {
            add_times(&mut sum, row, size);
        }
        sum
    }

    /// Sums as many units as there are, drawn with replacement.
    pub(super) fn draw(&self, coins: &mut Coins, sum: &mut Sum) {
        sum.counts.fill(0);
        sum.taken.fill(0);
        let (mut n_draws, mut n_units) = (self.n_units as u64, self.n_units as u64);
        for (row, size) in self.rows().take(self.n_counted) {
            let times = coins.successes(n_draws, size, n_units);
            add_times(&mut sum.counts, row, times);
            n_draws -= times;
            n_units -= size;
        }
        for _ in 0..n_draws {
            sum.taken[coins.below(n_units) as usize] += 1;
        }
        self.rare.add(sum);
    }

    /// Calls `each` with the sum of every different resample and with how many of all `n^n` ordered ones it stands for, if that is feasible.
    pub(super) fn enumerate(&self, mut each: impl FnMut(&[u64], u64)) -> bool {
        if self.n_units > MOST_ENUMERATED_UNITS || self.n_compositions() > MOST_COMPOSITIONS {
            return false;
        }
        self.compose(0, Taken { n_left: self.n_units as u64, ways: 1, sum: self.zeros() }, &mut each);
        true
    }

    /// How many ways there are to write the number of units as a sum of as many numbers as there are rows; called for few units only.
    fn n_compositions(&self) -> u64 {
        let (n, n_rows) = (self.n_units as u64, self.sizes.len() as u64);
        choose(n + n_rows - 1, n)
    }

    /// Goes on with every number of times that the rows from this one on can be taken.
    fn compose(&self, index: usize, mut taken: Taken, each: &mut impl FnMut(&[u64], u64)) {
        let row = &self.rows[index * self.width..(index + 1) * self.width];
        let (size, n_left) = (self.sizes[index], taken.n_left);
        if index + 1 == self.sizes.len() {
            add_times(&mut taken.sum, row, n_left);
            return each(&taken.sum, taken.ways * size.pow(n_left as u32));
        }
        let mut power = 1;
        for times in 0..=n_left {
            let ways = taken.ways * choose(n_left, times) * power;
            self.compose(index + 1, Taken { n_left: n_left - times, ways, sum: taken.sum.clone() }, each);
            add_times(&mut taken.sum, row, 1);
            power *= size;
        }
    }
}

/// The beginning of a resample: some rows, each taken so many times.
struct Taken {
    /// How many units are still to be drawn.
    n_left: u64,
    /// In how many ways the draws of the resample can be given to what was taken.
    ways: u64,
    sum: Vec<u64>,
}

/// Units whose rows few others have, column by column.
///
/// Most systems are right or wrong about a unit in the same way: what they have in common is added at once, and the columns hold what is different.
struct RareUnits {
    n_units: usize,
    /// Counts of one system.
    width: usize,
    /// The counts that most systems have, and where the units end that have them; these lie together.
    common: Vec<(Vec<u64>, usize)>,
    /// For each count of all systems, which units have another one than that, and what it has to be changed by, modulo 2^64.
    changes: Vec<Vec<(u32, u64)>>,
}

impl RareUnits {
    /// The units that have these rows, each by their number.
    fn of<'r>(rows: impl Iterator<Item = (&'r [u64], usize)>, width: usize) -> Self {
        let with_common = |(row, size): (&'r [u64], usize)| {
            let n_alike = |one: &&[u64]| row.chunks_exact(width).filter(|other| one == other).count();
            let common = row.chunks_exact(width).max_by_key(n_alike).unwrap_or_default();
            std::iter::repeat_n((common, row), size)
        };
        let mut units: Vec<(&[u64], &[u64])> = rows.flat_map(with_common).collect();
        units.sort_by_key(|(common, _)| *common);
        let mut rare = Self { n_units: units.len(), width, common: Vec::new(), changes: Vec::new() };
        for (unit, (common, row)) in units.into_iter().enumerate() {
            match rare.common.last_mut() {
                Some((known, end)) if known == common => *end += 1,
                _ => rare.common.push((common.to_vec(), unit + 1)),
            }
            rare.changes.resize(row.len(), Vec::new());
            for ((changes, count), common) in rare.changes.iter_mut().zip(row).zip(common.iter().cycle()) {
                if count != common {
                    changes.push((unit as u32, count.wrapping_sub(*common)));
                }
            }
        }
        rare
    }

    /// Adds the units that were taken.
    fn add(&self, sum: &mut Sum) {
        let mut start = 0;
        for (row, end) in &self.common {
            let times = sum.taken[start..*end].iter().map(|times| u64::from(*times)).sum();
            for system in sum.counts.chunks_exact_mut(self.width) {
                add_times(system, row, times);
            }
            start = *end;
        }
        for (count, changes) in sum.counts.iter_mut().zip(&self.changes) {
            let add = |count: u64, &(unit, change): &(u32, u64)| {
                count.wrapping_add(change.wrapping_mul(u64::from(sum.taken[unit as usize])))
            };
            *count = changes.iter().fold(*count, add);
        }
    }
}

/// Adds a row as often as it was taken; sums of parts may wrap around, the whole never does.
fn add_times(sum: &mut [u64], row: &[u64], times: u64) {
    for (sum, count) in sum.iter_mut().zip(row) {
        *sum = sum.wrapping_add(count * times);
    }
}

/// Refuses counts of which as many as there are units and columns do not add up to a signed number of 64 bits, so that neither sums nor differences of sums can overflow.
fn check_sums(cells: &[u64], n_units: usize, width: usize) -> Result<(), EvalError> {
    let largest = cells.iter().copied().max().unwrap_or(0);
    let sum = u128::from(largest) * n_units as u128 * width as u128;
    if sum > i64::MAX as u128 || n_units > u32::MAX as usize {
        return Err(EvalError::CountsTooLarge { largest, units: n_units });
    }
    Ok(())
}

/// The different rows, those of the most units first and among those the one that came first, and how many units have each.
fn group(cells: &[u64], width: usize) -> (Vec<u64>, Vec<u64>) {
    let mut indices: HashMap<&[u64], usize> = HashMap::new();
    let mut groups: Vec<(&[u64], u64)> = Vec::new();
    for row in cells.chunks_exact(width) {
        let index = *indices.entry(row).or_insert(groups.len());
        if index == groups.len() {
            groups.push((row, 0));
        }
        groups[index].1 += 1;
    }
    groups.sort_by_key(|(_, size)| Reverse(*size));
    let rows = groups.iter().flat_map(|(row, _)| row.iter().copied()).collect();
    (rows, groups.into_iter().map(|(_, size)| size).collect())
}

/// How many of the rows, which come by decreasing size, are drawn faster by a binomial number than unit by unit.
///
/// A binomial number of `n` trials costs about `n / 32` words of coins and some turns of its loop, a unit an index and a part of a sum.
fn n_counted(sizes: &[u64]) -> usize {
    let mut n_left: u64 = sizes.iter().sum();
    let is_faster = |&&size: &&u64| {
        let binomial = 32 + n_left / 16;
        let one_by_one = 4 * size;
        n_left -= size;
        one_by_one > binomial
    };
    sizes.iter().take_while(is_faster).count()
}

/// How many ways there are to choose `k` of `n`; of numbers below 32 here.
fn choose(n: u64, k: u64) -> u64 {
    (0..k).fold(1, |ways, i| ways * (n - i) / (i + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Units of three systems, the last of which has the sum of the others; the first count of each of those is 1.
    fn systems(n_units: u64, n_kinds: u64) -> [Units; 3] {
        let mut coins = Coins::new(3, n_kinds);
        let rows: Vec<[[u64; 2]; 2]> = (0..n_units)
            .map(|_| {
                let kind = coins.below(n_kinds);
                [[1, kind], [1, if coins.below(3) == 0 { coins.below(5) } else { kind }]]
            })
            .collect();
        let system = |pick: &dyn Fn(&[[u64; 2]; 2]) -> [u64; 2]| {
            Units::of_rows(&rows.iter().map(pick).collect::<Vec<_>>()).expect("rows of two")
        };
        [system(&|row| row[0]), system(&|row| row[1]), system(&|row| [2, row[0][1] + row[1][1]])]
    }

    #[test]
    fn a_draw_takes_whole_units_and_as_many_as_there_are() {
        for (n_units, n_kinds) in [(1, 1), (7, 9), (300, 1), (300, 2), (300, 12), (300, 400)] {
            let systems = systems(n_units, n_kinds);
            let groups = Groups::side_by_side(&systems.each_ref()).expect("units");
            let mut sum = groups.sum();
            for draw in 0..50 {
                groups.draw(&mut Coins::new(1, draw), &mut sum);
                let [ones, first, more_ones, second, twos, both] = sum.counts[..] else { panic!("six counts") };
                assert_eq!([ones, more_ones, twos], [n_units, n_units, 2 * n_units]);
                assert_eq!(both, first + second);
            }
            let summed: Vec<u64> = systems.iter().flat_map(Units::sum).collect();
            assert_eq!(groups.total(), summed);
        }
    }

    #[test]
    fn all_resamples_are_as_many_as_there_are_ordered_ones() {
        for (n_units, n_kinds) in [(1, 1), (4, 2), (6, 9), (15, 1), (15, 2)] {
            let [first, second, _] = systems(n_units, n_kinds);
            let groups = Groups::side_by_side(&[&first, &second]).expect("units");
            let mut n = 0;
            assert!(groups.enumerate(|sum, times| {
                assert_eq!(sum[0], n_units);
                n += times;
            }));
            assert_eq!(n, n_units.pow(n_units as u32));
        }
        let [many, ..] = systems(16, 1);
        assert!(!Groups::side_by_side(&[&many]).expect("units").enumerate(|_, _| ()));
    }
}
