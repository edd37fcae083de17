//! What products of matrices reach on one core beside the limit of the arithmetic, in processor time.
//!
//! `cargo bench -p welt-kernels --bench products`; docs/performance.md has the outcome.
#![allow(unsafe_code, reason = "gemm is called by pointers")]

use std::hint::black_box;
use std::time::Duration;

use cpu_time::ThreadTime;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};
use welt_kernels::{Isa, Left, Matrix, MatrixMut, Numbers, Right, multiply};

/// Rows, columns and depth: products of MiniLM's layers, forward and backward, and of attention.
const SIZES: [[usize; 3]; 9] = [
    [272, 384, 384],
    [272, 1536, 384],
    [272, 384, 1536],
    [1088, 1536, 384],
    [384, 1536, 272],
    [1536, 384, 1088],
    [1152, 3072, 768],
    [34, 34, 32],
    [34, 32, 34],
];

fn main() {
    let filter: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let wanted = |name: &str| filter.is_empty() || filter.iter().any(|filter| name.contains(filter.as_str()));
    if wanted("limit") {
        limit::print();
    }
    for size in SIZES {
        let [rows, columns, depth] = size;
        let name = format!("{rows} x {columns} x {depth}");
        if wanted(&name) {
            println!("{name}");
            measure(size);
        }
    }
}

fn measure([rows, columns, depth]: [usize; 3]) {
    let mut stream = Xoshiro256PlusPlus::seed_from_u64(1);
    let mut draw =
        |n: usize| -> Vec<f32> { (0..n).map(|_| (stream.next_u64() >> 40) as f32 / 16_777_216.0 - 0.5).collect() };
    let (left, right) = (draw(rows * depth), draw(depth * columns));
    let transposed_left: Vec<f32> = (0..depth * rows).map(|at| left[at % rows * depth + at / rows]).collect();
    let transposed_right: Vec<f32> = (0..depth * columns).map(|at| right[at % depth * columns + at / depth]).collect();
    let mut output = vec![0.0; rows * columns];
    let operations = 2.0 * (rows * columns * depth) as f64;
    let print = |name: &str, seconds: f64| println!("  {name:<34} {:>6.0} GFLOP/s", operations / seconds / 1e9);
    let seconds = best(|| with_gemm([rows, columns, depth], &left, &right, &mut output));
    print("gemm 0.19, f32", seconds);
    for isa in Isa::available() {
        for numbers in [Numbers::F32, Numbers::Bf16] {
            let left_view = Matrix::new(&left, rows, depth, depth);
            let right_view = Matrix::new(&right, depth, columns, columns);
            let name = |what: &str| format!("{} {numbers:?} {what}", isa.name());
            let packed = (Left::new(isa, numbers, left_view), Right::new(isa, numbers, right_view));
            let seconds = best(|| {
                let mut output = MatrixMut::new(&mut output, rows, columns, columns);
                multiply(isa, &packed.0, &packed.1, &mut output);
            });
            print(&name("prepared"), seconds);
            let mut whole = |left: Matrix, right: Matrix| {
                best(|| {
                    let left = Left::new(isa, numbers, left);
                    let right = Right::new(isa, numbers, right);
                    multiply(isa, &left, &right, &mut MatrixMut::new(&mut output, rows, columns, columns));
                })
            };
            print(&name("forward"), whole(left_view, right_view));
            print(
                &name("right transposed"),
                whole(left_view, Matrix::new(&transposed_right, columns, depth, depth).transposed()),
            );
            print(
                &name("left transposed"),
                whole(Matrix::new(&transposed_left, depth, rows, rows).transposed(), right_view),
            );
        }
    }
}

/// The shortest of some runs: the others were disturbed.
fn best(mut run: impl FnMut()) -> f64 {
    let mut best = Duration::MAX;
    let mut total = Duration::ZERO;
    while total < Duration::from_millis(100) {
        let started = ThreadTime::now();
        let mut repeats = 0;
        while repeats < 1 || started.elapsed() < Duration::from_micros(500) {
            run();
            repeats += 1;
        }
        let elapsed = started.elapsed();
        total += elapsed;
        best = best.min(elapsed / repeats);
    }
    best.as_secs_f64()
}

fn with_gemm([rows, columns, depth]: [usize; 3], left: &[f32], right: &[f32], output: &mut [f32]) {
    // SAFETY: the slices hold as many numbers as the sizes and strides name.
    unsafe {
        gemm::gemm(
            rows,
            columns,
            depth,
            output.as_mut_ptr(),
            1,
            columns as isize,
            false,
            left.as_ptr(),
            1,
            depth as isize,
            right.as_ptr(),
            1,
            columns as isize,
            0.0,
            1.0,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
    black_box(output);
}

/// Loops of nothing but the instruction.
#[cfg(target_arch = "x86_64")]
mod limit {
    use std::arch::x86_64::{
        _mm512_castps_si512, _mm512_castsi512_ps, _mm512_dpbf16_ps, _mm512_dpbusd_epi32, _mm512_fmadd_ps,
        _mm512_reduce_add_ps, _mm512_set1_ps,
    };
    use std::hint::black_box;

    use welt_kernels::Isa;

    const SUMS: usize = 24;
    const STEPS: usize = 200_000;

    pub fn print() {
        let print = |name: &str, operations: usize, run: unsafe fn()| {
            // SAFETY: called below where the processor has the instructions.
            let seconds = super::best(|| unsafe { run() });
            println!("{name:<36} {:>6.0} GFLOP/s", (SUMS * STEPS * operations) as f64 / seconds / 1e9);
        };
        let names: Vec<&str> = Isa::available().into_iter().map(Isa::name).collect();
        println!("limits of one core");
        if names.contains(&"avx512") {
            print("f32, 512-bit multiply-add", 32, f32);
            print("int8, 512-bit dot products", 128, int8);
        }
        if names.contains(&"avx512bf16") {
            print("bf16, 512-bit dot products", 64, bf16);
        }
    }

    macro_rules! limit {
        ($name:ident, $step:expr) => {
            #[target_feature(enable = "avx512f,avx512bw,avx512bf16,avx512vnni")]
            unsafe fn $name() {
                let mut sums = [_mm512_set1_ps(0.0); SUMS];
                let factor = black_box(_mm512_set1_ps(1e-3));
                for _ in 0..STEPS {
                    for sum in &mut sums {
                        *sum = $step(*sum, factor);
                    }
                }
                black_box(sums.iter().map(|sum| _mm512_reduce_add_ps(*sum)).sum::<f32>());
            }
        };
    }
    limit!(f32, |sum, factor| _mm512_fmadd_ps(factor, factor, sum));
    limit!(bf16, |sum, factor| {
        // SAFETY: both are 64 bytes, of which any are a value.
        let pairs = unsafe { std::mem::transmute::<std::arch::x86_64::__m512, std::arch::x86_64::__m512bh>(factor) };
        _mm512_dpbf16_ps(sum, pairs, pairs)
    });
    limit!(int8, |sum, factor| {
        let bytes = _mm512_castps_si512(factor);
        _mm512_castsi512_ps(_mm512_dpbusd_epi32(_mm512_castps_si512(sum), bytes, bytes))
    });
}

#[cfg(not(target_arch = "x86_64"))]
mod limit {
    pub fn print() {}
}
