//! Products against plain loops in double precision: every set of instructions that the processor has, random shapes,
//! edges, and numbers that are none.
#![allow(clippy::unwrap_used)]

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};
use welt_kernels::{Isa, Left, Matrix, MatrixMut, Numbers, Right, multiply, multiply_add, multiply_bias};

struct Draw(Xoshiro256PlusPlus);

impl Draw {
    fn below(&mut self, n: usize) -> usize {
        (self.0.next_u64() % n as u64) as usize
    }

    fn numbers(&mut self, n: usize) -> Vec<f32> {
        (0..n).map(|_| (self.0.next_u64() >> 40) as f32 / 8_388_608.0 - 1.0).collect()
    }
}

/// To nearest, ties to even, by the definition: the nearer of both neighbours.
fn bf16(x: f32) -> f32 {
    if !x.is_finite() {
        return x;
    }
    let below = f32::from_bits(x.to_bits() & 0xFFFF_0000);
    let above = f32::from_bits((x.to_bits() & 0xFFFF_0000).wrapping_add(0x1_0000));
    // What would come after the largest number counts as such, and is infinite.
    let value = |y: f32| if y.is_finite() { f64::from(y) } else { 2.0_f64.powi(128).copysign(f64::from(x)) };
    let [to_below, to_above] = [below, above].map(|y| (value(y) - f64::from(x)).abs());
    let is_even = below.to_bits() & 0x1_0000 == 0;
    if to_below < to_above || (to_below == to_above && is_even) { below } else { above }
}

#[derive(Clone, Copy)]
struct Case<'a> {
    left: Matrix<'a>,
    right: Matrix<'a>,
    /// What stands in the output before, with room beside its rows.
    before: &'a [f32],
    stride: usize,
    bias: &'a [f32],
}

/// All three ways to write a product, by one set of instructions in one kind of numbers.
fn check(isa: Isa, numbers: Numbers, case: Case) {
    let Case { left, right, before, stride, bias } = case;
    let (rows, columns) = (left.rows(), right.columns());
    let prepared = (Left::new(isa, numbers, left), Right::new(isa, numbers, right));
    let run = |write: &dyn Fn(&Left, &Right, &mut MatrixMut)| {
        let mut output = before.to_vec();
        write(&prepared.0, &prepared.1, &mut MatrixMut::new(&mut output, rows, columns, stride));
        output
    };
    let stored = run(&|left, right, output| multiply(isa, left, right, output));
    let added = run(&|left, right, output| multiply_add(isa, left, right, output));
    let biased = run(&|left, right, output| multiply_bias(isa, left, right, output, bias));
    let round = |x| if numbers == Numbers::Bf16 { bf16(x) } else { x };
    for (index, before) in before.iter().enumerate() {
        let (i, j) = (index / stride, index % stride);
        if i >= rows || j >= columns {
            assert_eq!([stored[index], added[index], biased[index]], [*before; 3], "outside of the output");
            continue;
        }
        let products = (0..left.columns()).map(|k| f64::from(round(left.at(i, k))) * f64::from(round(right.at(k, j))));
        let sum: f64 = products.clone().sum();
        // Each of the additions is off by half a unit in the last place of sums that are no larger than this.
        let size = products.map(f64::abs).sum::<f64>() + f64::from(before.abs()) + f64::from(bias[j].abs());
        let tolerance = size * f64::from(f32::EPSILON) * (left.columns() as f64 + 2.0);
        let expected = [sum, sum + f64::from(*before), sum + f64::from(bias[j])];
        for (found, expected) in [stored[index], added[index], biased[index]].into_iter().zip(expected) {
            let found = f64::from(found);
            let equal =
                (found - expected).abs() <= tolerance || found == expected || found.is_nan() && expected.is_nan();
            let shape = [rows, columns, left.columns()];
            assert!(equal, "{} {numbers:?} {shape:?} at [{i}, {j}]: {found}, expected {expected}", isa.name());
        }
    }
}

fn check_all(case: Case) {
    for isa in Isa::available() {
        check(isa, Numbers::F32, case);
        check(isa, Numbers::Bf16, case);
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

fn check_shape(draw: &mut Draw, [rows, columns, depth]: [usize; 3]) {
    let room = |a: usize, b: usize| (a + 5) * (b + 5);
    let (left, right) = (draw.numbers(room(rows, depth)), draw.numbers(room(depth, columns)));
    let stride = columns + draw.below(3);
    let before = draw.numbers(rows * stride);
    let bias = draw.numbers(columns);
    for [left_transposed, right_transposed] in [[false, false], [false, true], [true, false], [true, true]] {
        check_all(Case {
            left: view(&left, rows, depth, left_transposed),
            right: view(&right, depth, columns, right_transposed),
            before: &before,
            stride: stride.max(1),
            bias: &bias,
        });
    }
}

#[test]
fn shapes_equal_plain_loops() {
    let mut draw = Draw(Xoshiro256PlusPlus::seed_from_u64(1));
    let edges =
        [[1, 1, 1], [8, 48, 192], [9, 49, 193], [7, 47, 1], [1, 48, 385], [257, 3, 2], [16, 96, 384], [3, 1, 400]];
    for shape in edges.into_iter().chain([[0, 5, 5], [5, 0, 5], [5, 5, 0]]) {
        check_shape(&mut draw, shape);
    }
    for _ in 0..25 {
        let shape = [1 + draw.below(40), 1 + draw.below(120), 1 + draw.below(90)];
        check_shape(&mut draw, shape);
    }
}

/// A number that is none, or too large, reaches the elements that it is a part of, and no others.
#[test]
fn what_is_no_number_stays_in_its_row_and_column() {
    let (rows, columns, depth) = (11, 53, 7);
    for odd in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX] {
        let mut left = vec![0.5_f32; rows * depth];
        let right = vec![1.0_f32; depth * columns];
        left[3 * depth + 6] = odd;
        let before = vec![0.0; rows * columns];
        let bias = vec![0.25; columns];
        check_all(Case {
            left: Matrix::new(&left, rows, depth, depth),
            right: Matrix::new(&right, depth, columns, columns),
            before: &before,
            stride: columns,
            bias: &bias,
        });
    }
}

/// Products of whole numbers are exact, so every order of additions gives the same bits.
#[test]
fn whole_numbers_are_exact_for_every_set_of_instructions() {
    let (rows, columns, depth) = (13, 61, 200);
    let left: Vec<f32> = (0..rows * depth).map(|at| (at % 17) as f32 - 8.0).collect();
    let right: Vec<f32> = (0..depth * columns).map(|at| (at % 13) as f32 - 6.0).collect();
    let outputs = Isa::available().into_iter().flat_map(|isa| {
        [Numbers::F32, Numbers::Bf16].map(|numbers| {
            let mut output = vec![0.0; rows * columns];
            let left = Left::new(isa, numbers, Matrix::new(&left, rows, depth, depth));
            let right = Right::new(isa, numbers, Matrix::new(&right, depth, columns, columns));
            multiply(isa, &left, &right, &mut MatrixMut::new(&mut output, rows, columns, columns));
            output
        })
    });
    let outputs: Vec<Vec<f32>> = outputs.collect();
    assert!(outputs.iter().all(|output| *output == outputs[0]));
    assert_eq!(outputs[0][0], (0..depth).map(|k| left[k] * right[k * columns]).sum::<f32>());
}
