//! A layer against the same formulas in double precision, and its slopes against differences of these.
#![allow(clippy::unwrap_used)]

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};
use welt_kernels::{Arithmetic, Batch, Isa, Layer, Linear, Mask, Masks, Norm, Numbers, Prepared, Weights};

const HIDDEN: usize = 24;
const INNER: usize = 52;
const HEADS: usize = 3;
const LENGTHS: [usize; 3] = [7, 4, 1];
const LONGEST: usize = 7;
const EPSILON: f32 = 1e-5;
const N: usize = LENGTHS.len() * LONGEST;

/// Name, length and the scale of each parameter; the first is the input.
const PARTS: [(&str, usize, f64); 17] = [
    ("input", N * HIDDEN, 1.0),
    ("query", HIDDEN * HIDDEN, 0.5),
    ("query bias", HIDDEN, 0.1),
    ("key", HIDDEN * HIDDEN, 0.5),
    ("key bias", HIDDEN, 0.1),
    ("value", HIDDEN * HIDDEN, 0.3),
    ("value bias", HIDDEN, 0.1),
    ("attention output", HIDDEN * HIDDEN, 0.3),
    ("attention output bias", HIDDEN, 0.1),
    ("attention gamma", HIDDEN, 1.0),
    ("attention beta", HIDDEN, 0.1),
    ("intermediate", HIDDEN * INNER, 0.3),
    ("intermediate bias", INNER, 0.1),
    ("output", INNER * HIDDEN, 0.3),
    ("output bias", HIDDEN, 0.1),
    ("output gamma", HIDDEN, 1.0),
    ("output beta", HIDDEN, 0.1),
];

fn draw(stream: &mut Xoshiro256PlusPlus, n: usize, scale: f64) -> Vec<f64> {
    // Of single precision, so that both sides see the same numbers.
    (0..n).map(|_| f64::from((((stream.next_u64() >> 11) as f64 / (1u64 << 52) as f64 - 1.0) * scale) as f32)).collect()
}

struct Kept {
    attention: Vec<u8>,
    attended: Vec<u8>,
    output: Vec<u8>,
}

const SCALE: f64 = 1.25;

fn linear(x: &[f64], weight: &[f64], bias: &[f64]) -> Vec<f64> {
    let (width, height) = (bias.len(), weight.len() / bias.len());
    let element = |at: usize| {
        let (row, column) = (at / width, at % width);
        bias[column] + (0..height).map(|k| x[row * height + k] * weight[k * width + column]).sum::<f64>()
    };
    (0..x.len() / height * width).map(element).collect()
}

fn norm(x: &[f64], gamma: &[f64], beta: &[f64]) -> Vec<f64> {
    let rows = x.chunks(HIDDEN).flat_map(|row| {
        let mean = row.iter().sum::<f64>() / HIDDEN as f64;
        let variance = row.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / HIDDEN as f64;
        let root = (variance + f64::from(EPSILON)).sqrt();
        row.iter()
            .zip(gamma.iter().zip(beta))
            .map(|(x, (gamma, beta))| (x - mean) / root * gamma + beta)
            .collect::<Vec<_>>()
    });
    rows.collect()
}

/// `erf` by its series and its continued fraction.
fn erf(x: f64) -> f64 {
    if x.abs() > 6.0 {
        return x.signum();
    }
    let (mut term, mut sum) = (x, x);
    for n in 1..200 {
        term *= -x * x / f64::from(n);
        sum += term / f64::from(2 * n + 1);
    }
    sum * 2.0 / std::f64::consts::PI.sqrt()
}

fn attention(three: [&[f64]; 3], kept: Option<&Kept>) -> Vec<f64> {
    let size = HIDDEN / HEADS;
    let mut context = vec![0.0; N * HIDDEN];
    for (row, &length) in LENGTHS.iter().enumerate() {
        for head in 0..HEADS {
            let at = |subword: usize, k: usize| (row * LONGEST + subword) * HIDDEN + head * size + k;
            for query in 0..length {
                let score = |key: usize| {
                    (0..size).map(|k| three[0][at(query, k)] * three[1][at(key, k)]).sum::<f64>() / (size as f64).sqrt()
                };
                let exps: Vec<f64> = (0..length).map(|key| score(key).exp()).collect();
                let total: f64 = exps.iter().sum();
                for (key, exp) in exps.iter().enumerate() {
                    let index = ((row * HEADS + head) * LONGEST + query) * LONGEST + key;
                    let factor = kept.map_or(1.0, |kept| f64::from(kept.attention[index]) * SCALE);
                    (0..size).for_each(|k| context[at(query, k)] += exp / total * factor * three[2][at(key, k)]);
                }
            }
        }
    }
    context
}

fn reference(parts: &[Vec<f64>], kept: Option<&Kept>) -> Vec<f64> {
    let drop = |x: Vec<f64>, kept: Option<&Vec<u8>>| -> Vec<f64> {
        match kept {
            Some(kept) => x.iter().zip(kept).map(|(x, kept)| x * f64::from(*kept) * SCALE).collect(),
            None => x,
        }
    };
    let add = |x: &[f64], y: Vec<f64>| -> Vec<f64> { x.iter().zip(y).map(|(x, y)| x + y).collect() };
    let x = &parts[0];
    let [query, key, value] = [1, 3, 5].map(|at| linear(x, &parts[at], &parts[at + 1]));
    let context = attention([&query, &key, &value], kept);
    let attended = drop(linear(&context, &parts[7], &parts[8]), kept.map(|kept| &kept.attended));
    let middle = norm(&add(x, attended), &parts[9], &parts[10]);
    let wide = linear(&middle, &parts[11], &parts[12]);
    let wide: Vec<f64> = wide.iter().map(|x| x * 0.5 * (1.0 + erf(x / 2.0_f64.sqrt()))).collect();
    let narrow = drop(linear(&wide, &parts[13], &parts[14]), kept.map(|kept| &kept.output));
    norm(&add(&middle, narrow), &parts[15], &parts[16])
}

/// Does something with a layer of such parts, and its input.
fn with_layer<R>(
    arithmetic: Arithmetic,
    parts: &[Vec<f64>],
    kept: Option<&Kept>,
    run: impl FnOnce(Layer, &[f32]) -> R,
) -> R {
    let parts: Vec<Vec<f32>> = parts.iter().map(|part| narrow(part)).collect();
    let linear = |at: usize| Linear { weight: &parts[at], bias: &parts[at + 1] };
    let norm = |at: usize| Norm { gamma: &parts[at], beta: &parts[at + 1], epsilon: EPSILON };
    let layer = Layer {
        arithmetic,
        weights: Weights {
            attention: [linear(1), linear(3), linear(5)],
            attention_output: linear(7),
            attention_norm: norm(9),
            intermediate: linear(11),
            output: linear(13),
            output_norm: norm(15),
        },
        batch: Batch::padded(&LENGTHS, LONGEST),
        masks: Masks {
            attention: mask(kept.map(|kept| &kept.attention)),
            attended: mask(kept.map(|kept| &kept.attended)),
            output: mask(kept.map(|kept| &kept.output)),
        },
    };
    run(layer, &parts[0])
}

fn mask(kept: Option<&Vec<u8>>) -> Option<Mask<'_>> {
    kept.map(|kept| Mask { kept, scale: SCALE as f32 })
}

fn narrow(numbers: &[f64]) -> Vec<f32> {
    numbers.iter().map(|&x| x as f32).collect()
}

/// The output, and the gradients in the order of [`PARTS`], of a layer whose output has such slopes.
fn run(layer: Layer, x: &[f32], slopes: &[f64]) -> (Vec<f32>, Vec<Vec<f32>>) {
    let (output, trace) = layer.forward(x);
    if layer.masks.output.is_none() {
        check_prediction(layer, x, &output);
    }
    let gradients = layer.backward(x, &trace, &narrow(slopes));
    let mut found = vec![gradients.input.to_vec()];
    for linear in gradients.attention.iter().chain([&gradients.attention_output]) {
        found.extend([linear.weight.to_vec(), linear.bias.to_vec()]);
    }
    found.extend(gradients.attention_norm.map(|part| part.to_vec()));
    for linear in [&gradients.intermediate, &gradients.output] {
        found.extend([linear.weight.to_vec(), linear.bias.to_vec()]);
    }
    found.extend(gradients.output_norm.map(|part| part.to_vec()));
    (output.to_vec(), found)
}

/// Prediction has the bits of the way there, and those of rows without their padding.
fn check_prediction(layer: Layer, x: &[f32], output: &[f32]) {
    let prepared = Prepared::new(layer.arithmetic, &layer.weights);
    assert_eq!(layer.predict(&prepared, x).to_vec(), output, "prediction has other bits");
    let packed = Layer { batch: Batch::packed(&LENGTHS), ..layer };
    assert_eq!(packed.predict(&prepared, &without_padding(x)).to_vec(), without_padding(output), "packed rows");
}

fn without_padding<T: Copy>(rows: &[T]) -> Vec<T> {
    let rows = rows.chunks_exact(LONGEST * HIDDEN).zip(LENGTHS);
    rows.flat_map(|(row, length)| row[..length * HIDDEN].iter().copied()).collect()
}

/// How the sum of `slopes * output` moves when a part moves along a direction, by a central difference.
fn difference(parts: &[Vec<f64>], kept: Option<&Kept>, slopes: &[f64], (part, direction): (usize, &[f64])) -> f64 {
    const STEP: f64 = 1e-5;
    let value = |sign: f64| {
        let mut moved = parts.to_vec();
        moved[part].iter_mut().zip(direction).for_each(|(x, direction)| *x += sign * STEP * direction);
        reference(&moved, kept).iter().zip(slopes).map(|(y, slope)| y * slope).sum::<f64>()
    };
    (value(1.0) - value(-1.0)) / (2.0 * STEP)
}

fn check(isa: Isa, numbers: Numbers, with_dropout: bool) {
    let mut stream = Xoshiro256PlusPlus::seed_from_u64(7);
    let parts: Vec<Vec<f64>> = PARTS.iter().map(|(_, n, scale)| draw(&mut stream, *n, *scale)).collect();
    let mut kept = |n: usize| (0..n).map(|_| u8::from(!stream.next_u64().is_multiple_of(5))).collect();
    let kept = Kept {
        attention: kept(LENGTHS.len() * HEADS * LONGEST * LONGEST),
        attended: kept(N * HIDDEN),
        output: kept(N * HIDDEN),
    };
    let kept = with_dropout.then_some(&kept);
    // Padding has no slope, as nothing reads it.
    let is_padding = |at: usize| at / HIDDEN % LONGEST >= LENGTHS[at / HIDDEN / LONGEST];
    let mut slopes = draw(&mut stream, N * HIDDEN, 1.0);
    slopes.iter_mut().enumerate().filter(|(at, _)| is_padding(*at)).for_each(|(_, slope)| *slope = 0.0);
    let arithmetic = Arithmetic { isa, numbers, n_heads: HEADS };
    let (output, gradients) = with_layer(arithmetic, &parts, kept, |layer, x| run(layer, x, &slopes));
    // Single precision keeps 24 bits and bfloat16 eight, in each of some sixty numbers that are added up.
    let tolerance = if numbers == Numbers::F32 { 2e-5 } else { 6e-2 };
    for (at, (found, expected)) in
        output.iter().zip(reference(&parts, kept)).enumerate().filter(|(at, _)| !is_padding(*at))
    {
        let found = f64::from(*found);
        assert!(
            (found - expected).abs() < tolerance,
            "{} {numbers:?} at {at}: {found}, expected {expected}",
            isa.name()
        );
    }
    for (part, (name, n, _)) in PARTS.iter().enumerate() {
        let direction = draw(&mut stream, *n, 1.0);
        let expected = difference(&parts, kept, &slopes, (part, &direction));
        let found: f64 = gradients[part].iter().zip(&direction).map(|(x, y)| f64::from(*x) * y).sum();
        let size = gradients[part].iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt() + 1.0;
        let off = (found - expected).abs() / size;
        assert!(off < tolerance, "{} {numbers:?} {name}: {found}, expected {expected} ({off})", isa.name());
    }
}

#[test]
fn equals_double_precision_and_its_differences() {
    for isa in Isa::available() {
        for numbers in [Numbers::F32, Numbers::Bf16] {
            check(isa, numbers, false);
            check(isa, numbers, true);
        }
    }
}

/// Bytes are as near as their steps, of 1/255 of the range of a row and of 1/127 of that of a column, let them be.
#[test]
fn bytes_are_near() {
    let mut stream = Xoshiro256PlusPlus::seed_from_u64(7);
    let parts: Vec<Vec<f64>> = PARTS.iter().map(|(_, n, scale)| draw(&mut stream, *n, *scale)).collect();
    let expected = without_padding(&reference(&parts, None));
    for isa in Isa::available() {
        let arithmetic = Arithmetic { isa, numbers: Numbers::Int8, n_heads: HEADS };
        let predicted = with_layer(arithmetic, &parts, None, |layer, x| {
            let prepared = Prepared::new(arithmetic, &layer.weights);
            let packed = Layer { batch: Batch::packed(&LENGTHS), ..layer };
            packed.predict(&prepared, &without_padding(x)).to_vec()
        });
        let differences = predicted.iter().zip(&expected).map(|(found, expected)| (f64::from(*found) - expected).abs());
        let furthest = differences.fold(0.0, f64::max);
        assert!(furthest < 6e-2, "{}: {furthest}", isa.name());
        assert!(furthest > 1e-4, "{}: nothing was rounded", isa.name());
    }
}

/// Many rows go through a layer in groups, each row as if it were alone.
#[test]
fn rows_of_large_batches_are_as_if_alone() {
    let mut stream = Xoshiro256PlusPlus::seed_from_u64(9);
    let parts: Vec<Vec<f64>> = PARTS.iter().map(|(_, n, scale)| draw(&mut stream, *n, *scale)).collect();
    let lengths: Vec<usize> = (0..150).map(|row| row % 7).chain([400]).collect();
    let n = lengths.iter().sum::<usize>() * HIDDEN;
    let x = narrow(&draw(&mut stream, n, 1.0));
    for numbers in [Numbers::F32, Numbers::Bf16, Numbers::Int8] {
        let arithmetic = Arithmetic { isa: Isa::of_machine(), numbers, n_heads: HEADS };
        with_layer(arithmetic, &parts, None, |layer, _| {
            let prepared = Prepared::new(arithmetic, &layer.weights);
            let predict = |lengths: &[usize], x: &[f32]| {
                Layer { batch: Batch::packed(lengths), ..layer }.predict(&prepared, x).to_vec()
            };
            let (together, mut start) = (predict(&lengths, &x), 0);
            for length in lengths.iter().copied() {
                let at = start..start + length * HIDDEN;
                assert_eq!(predict(&[length], &x[at.clone()]), together[at.clone()], "{numbers:?} at {start}");
                start = at.end;
            }
            assert_eq!(start, together.len());
        });
    }
}
