//! What whole layers reach on one core: forward for prediction, and forward and backward as in training.
//!
//! `cargo bench -p welt-kernels --bench layers`; docs/performance.md has the outcome.

use std::hint::black_box;
use std::time::Duration;

use cpu_time::ThreadTime;
use welt_kernels::{Arithmetic, Batch, Isa, Layer, Linear, Mask, Masks, Norm, Numbers, Prepared, Weights};

/// Hidden size, inner size, heads, rows, sub-words.
const CASES: [[usize; 5]; 4] =
    [[384, 1536, 12, 8, 34], [384, 1536, 12, 32, 34], [384, 1536, 12, 8, 128], [768, 3072, 12, 8, 128]];

fn main() {
    for [hidden, inner, n_heads, n_rows, longest] in CASES {
        let n = n_rows * longest;
        println!("H {hidden}, I {inner}, {n_rows} x {longest}");
        let weights = (vec![0.01_f32; hidden * hidden], vec![0.01_f32; hidden * inner]);
        let (narrow, wide) = (vec![0.1; hidden], vec![0.1; inner]);
        let x: Vec<f32> = (0..n * hidden).map(|at| (at * 7919 % 1000) as f32 / 500.0 - 1.0).collect();
        let square = Linear { weight: &weights.0, bias: &narrow };
        let norm = Norm { gamma: &narrow, beta: &narrow, epsilon: 1e-12 };
        let kept = vec![1; n * n_heads * longest.max(hidden / n_heads)];
        let mask = |length: usize| Some(Mask { kept: &kept[..length], scale: 1.0 });
        let lengths = vec![longest; n_rows];
        for isa in Isa::available() {
            for numbers in [Numbers::F32, Numbers::Bf16, Numbers::Int8] {
                let layer = Layer {
                    arithmetic: Arithmetic { isa, numbers, n_heads },
                    weights: Weights {
                        attention: [square; 3],
                        attention_output: square,
                        attention_norm: norm,
                        intermediate: Linear { weight: &weights.1, bias: &wide },
                        output: Linear { weight: &weights.1, bias: &narrow },
                        output_norm: norm,
                    },
                    batch: Batch::padded(&lengths, longest),
                    masks: Masks {
                        attention: mask(n * n_heads * longest),
                        attended: mask(n * hidden),
                        output: mask(n * hidden),
                    },
                };
                let prepared = Prepared::new(layer.arithmetic, &layer.weights);
                let predicted = best(|| drop(black_box(layer.predict(&prepared, &x))));
                // Multiplications and additions of the products with weights, and of those of attention.
                let forward = 2.0 * n as f64 * (4 * hidden * hidden + 2 * hidden * inner + 2 * longest * hidden) as f64;
                let rate = |seconds: f64, passes: f64| passes * forward / seconds / 1e9;
                print!(
                    "  {:<10} {numbers:?}: predict {:>6.2} ms, {:>4.0} G/s",
                    isa.name(),
                    predicted * 1e3,
                    rate(predicted, 1.0)
                );
                if numbers == Numbers::Int8 {
                    println!();
                    continue;
                }
                let trained = best(|| {
                    let (y, trace) = layer.forward(&x);
                    drop(black_box(layer.backward(&x, &trace, &y)));
                });
                println!("; train {:>6.2} ms, {:>4.0} G/s", trained * 1e3, rate(trained, 3.0));
            }
        }
    }
}

/// The shortest of some runs: the others were disturbed.
fn best(mut run: impl FnMut()) -> f64 {
    let mut best = Duration::MAX;
    let mut total = Duration::ZERO;
    while total < Duration::from_millis(300) {
        let started = ThreadTime::now();
        run();
        let elapsed = started.elapsed();
        total += elapsed;
        best = best.min(elapsed);
    }
    best.as_secs_f64()
}
