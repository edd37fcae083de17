//! Products of bytes against plain loops: every set of instructions that the processor has gives the same bits, and these
//! are as near to the product of the numbers as the steps of the bytes allow.
#![allow(clippy::unwrap_used)]

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};
use welt_kernels::{Isa, Left, Matrix, MatrixMut, Numbers, Right, multiply, multiply_add, multiply_bias};

struct Draw(Xoshiro256PlusPlus);

impl Draw {
    fn new() -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(1))
    }

    fn below(&mut self, n: usize) -> usize {
        (self.0.next_u64() % n as u64) as usize
    }

    fn numbers(&mut self, n: usize) -> Vec<f32> {
        (0..n).map(|_| (self.0.next_u64() >> 40) as f32 / 8_388_608.0 - 1.0).collect()
    }
}

/// The bytes of a row, its scale and its minimum.
fn row_bytes(row: &[f32]) -> (Vec<i64>, f32, f32) {
    let largest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let minimum = row.iter().copied().fold(f32::INFINITY, f32::min);
    let scale = (largest - minimum) / 255.0;
    let byte = |x: &f32| if scale == 0.0 { 0 } else { ((x - minimum) * (1.0 / scale)).round_ties_even() as i64 };
    (row.iter().map(byte).collect(), scale, minimum)
}

/// The bytes of a column and its scale.
fn column_bytes(column: &[f32]) -> (Vec<i64>, f32) {
    let largest = column.iter().copied().map(f32::abs).fold(0.0, f32::max);
    let byte = |x: &f32| if largest == 0.0 { 0 } else { (x * (127.0 / largest)).round_ties_even() as i64 };
    (column.iter().map(byte).collect(), largest / 127.0)
}

/// The product of bytes, and how far it may be from that of the numbers.
fn plain(left: Matrix, right: Matrix, i: usize, j: usize) -> (f32, f64) {
    let row: Vec<f32> = (0..left.columns()).map(|k| left.at(i, k)).collect();
    let column: Vec<f32> = (0..right.rows()).map(|k| right.at(k, j)).collect();
    if row.is_empty() {
        return (0.0, 0.0);
    }
    let ((x, scale, minimum), (w, w_scale)) = (row_bytes(&row), column_bytes(&column));
    let sum: i64 = x.iter().zip(&w).map(|(x, w)| x * w).sum();
    let value = sum as f32 * w_scale * scale + minimum * (w.iter().sum::<i64>() as f32 * w_scale);
    // Half a step of each factor, times the other, and the roundings of the scales and of the last sum.
    let far = row.iter().zip(&column).map(|(x, w)| {
        let (x, w, step, w_step) = (f64::from(x.abs()), f64::from(w.abs()), f64::from(scale), f64::from(w_scale));
        step / 2.0 * w + w_step / 2.0 * x + step * w_step / 4.0
    });
    (value, far.sum::<f64>() * 1.001 + 1e-5 * row.len() as f64)
}

fn check(left: Matrix, right: Matrix, draw: &mut Draw) {
    let (rows, columns) = (left.rows(), right.columns());
    let stride = columns + draw.below(3);
    let (before, bias) = (draw.numbers(rows * stride), draw.numbers(columns));
    let expected: Vec<(f32, f64)> =
        (0..rows * columns).map(|at| plain(left, right, at / columns, at % columns)).collect();
    for isa in Isa::available() {
        let factors = (Left::new(isa, Numbers::Int8, left), Right::new(isa, Numbers::Int8, right));
        let run = |write: &dyn Fn(&Left, &Right, &mut MatrixMut)| {
            let mut output = before.clone();
            write(&factors.0, &factors.1, &mut MatrixMut::new(&mut output, rows, columns, stride));
            output
        };
        let stored = run(&|left, right, output| multiply(isa, left, right, output));
        let added = run(&|left, right, output| multiply_add(isa, left, right, output));
        let biased = run(&|left, right, output| multiply_bias(isa, left, right, output, &bias));
        for (index, before) in before.iter().enumerate() {
            let (i, j) = (index / stride, index % stride);
            let found = [stored[index], added[index], biased[index]];
            if j >= columns {
                assert_eq!(found, [*before; 3], "outside of the output");
                continue;
            }
            let (value, far) = expected[i * columns + j];
            let bits = [value, before + value, bias[j] + value].map(f32::to_bits);
            let at = format!("{} [{rows}, {columns}, {}] at [{i}, {j}]", isa.name(), left.columns());
            assert_eq!(found.map(f32::to_bits), bits, "{at}: {found:?}, expected {value}");
            let exact: f64 = (0..left.columns()).map(|k| f64::from(left.at(i, k)) * f64::from(right.at(k, j))).sum();
            assert!((f64::from(value) - exact).abs() <= far, "{at}: {value}, exactly {exact}, {far} allowed");
        }
    }
}

/// A matrix of these sizes in numbers that have room for it, in rows or in columns.
fn view(numbers: &[f32], rows: usize, columns: usize, is_transposed: bool) -> Matrix<'_> {
    if is_transposed {
        Matrix::new(numbers, columns, rows, rows + 3).transposed()
    } else {
        Matrix::new(numbers, rows, columns, columns + 5)
    }
}

#[test]
fn shapes_equal_plain_loops() {
    let mut draw = Draw::new();
    let edges = [
        [1, 1, 1],
        [8, 48, 192],
        [9, 49, 193],
        [7, 47, 3],
        [1, 48, 385],
        [257, 3, 2],
        [16, 96, 1536],
        [0, 5, 5],
        [5, 5, 0],
    ];
    let drawn: Vec<[usize; 3]> =
        (0..25).map(|_| [1 + draw.below(40), 1 + draw.below(120), 1 + draw.below(90)]).collect();
    for [rows, columns, depth] in edges.into_iter().chain(drawn) {
        let room = |a: usize, b: usize| (a + 5) * (b + 5);
        let (left, right) = (draw.numbers(room(rows, depth)), draw.numbers(room(depth, columns)));
        for [left_transposed, right_transposed] in [[false, false], [false, true], [true, false], [true, true]] {
            let left = view(&left, rows, depth, left_transposed);
            check(left, view(&right, depth, columns, right_transposed), &mut draw);
        }
    }
}

/// Rows and columns of one number, of zeros, far from zero, and with one number that is larger than all others.
#[test]
fn rows_of_any_range() {
    let mut draw = Draw::new();
    let (rows, columns, depth) = (9, 50, 37);
    let mut left = draw.numbers(rows * depth);
    left[..depth].fill(0.75);
    left[depth..2 * depth].fill(0.0);
    left[2 * depth..3 * depth].iter_mut().for_each(|x| *x += 100.0);
    left[3 * depth] = 1000.0;
    left[4 * depth..5 * depth].iter_mut().for_each(|x| *x = x.abs());
    let mut right = draw.numbers(depth * columns);
    (0..depth).for_each(|k| right[k * columns + 3] = 0.0);
    right[5] = 50.0;
    check(Matrix::new(&left, rows, depth, depth), Matrix::new(&right, depth, columns, columns), &mut draw);
}

/// What is no number makes all of its row or column none, and nothing else.
#[test]
fn what_is_no_number_stays_in_its_row_and_column() {
    let (rows, columns, depth) = (11, 53, 70);
    let mut draw = Draw::new();
    let (left, right) = (draw.numbers(rows * depth), draw.numbers(depth * columns));
    for odd in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let (mut odd_left, mut odd_right) = (left.clone(), right.clone());
        odd_left[3 * depth + 69] = odd;
        odd_right[69 * columns + 52] = odd;
        for isa in Isa::available() {
            let product = |left: &[f32], right: &[f32]| {
                let mut output = vec![0.0; rows * columns];
                let left = Left::new(isa, Numbers::Int8, Matrix::new(left, rows, depth, depth));
                let right = Right::new(isa, Numbers::Int8, Matrix::new(right, depth, columns, columns));
                multiply(isa, &left, &right, &mut MatrixMut::new(&mut output, rows, columns, columns));
                output
            };
            let whole = product(&left, &right);
            for (at, found) in product(&odd_left, &odd_right).into_iter().enumerate() {
                if at / columns == 3 || at % columns == 52 {
                    assert!(found.is_nan(), "{} at {at}: {found}", isa.name());
                } else {
                    assert_eq!(found, whole[at], "{} at {at}", isa.name());
                }
            }
        }
    }
}
