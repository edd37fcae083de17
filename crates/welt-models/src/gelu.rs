//! The exact GELU with its exact slope, computed together in the forward pass.
//!
//! Burn's own is neither fast nor exact everywhere. Its CPU backend calls a scalar error function for every element,
//! forward and backward: a sixth of the time of a training step. On graphics cards it differentiates the approximation
//! by a hyperbolic tangent whatever the forward pass computed, which leaves gradients off by one part in ten thousand.

use std::f32::consts::FRAC_1_SQRT_2;

use burn::tensor::{Tensor, TensorData};
use welt_kernels::Isa;

use crate::Memory;

const INVERSE_ROOT_OF_TWO_PI: f32 = 0.398_942_3;

/// `x * P(X <= x)` for a standard normal `X` (Hendrycks and Gimpel 2016), element by element.
///
/// With the slope `s` and the value `v` at each `x` taken as constants, `s * x + (v - s * x)` has the value and the
/// gradient of the GELU there, so that Burn differentiates a product and a sum, and keeps one tensor for it.
pub(crate) fn gelu<const D: usize>(x: Tensor<D>, memory: Memory) -> Tensor<D> {
    match memory {
        Memory::Shared => on_host(x),
        Memory::Separate => on_device(x),
    }
}

/// In the operations of the backend.
fn on_device<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    let is_differentiated = x.device().is_autodiff();
    let constant = if is_differentiated { x.clone().inner() } else { x.clone() };
    let below = (constant.clone() * FRAC_1_SQRT_2).erf() * 0.5 + 0.5;
    let value = constant.clone() * below.clone();
    if !is_differentiated {
        return value;
    }
    let bell = (constant.clone().square() * -0.5).exp() * INVERSE_ROOT_OF_TWO_PI;
    let slope = below + constant.clone() * bell;
    let rest = value - slope.clone() * constant;
    x * slope + rest
}

/// In one pass over memory that is at hand, with one exponential.
fn on_host<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    let device = x.device().inner();
    let constant = if x.device().is_autodiff() { x.clone().inner() } else { x.clone() };
    let shape = constant.shape();
    let isa = Isa::of_machine();
    let Ok(mut numbers) = constant.into_data().try_into_vec::<f32>() else { return on_device(x) };
    if !x.device().is_autodiff() {
        welt_kernels::gelu(isa, &mut numbers);
        return Tensor::from_data(TensorData::new(numbers, shape), &device);
    }
    let mut slopes = numbers.clone();
    let mut rest = vec![0.0; numbers.len()];
    welt_kernels::gelu_slopes(isa, &mut slopes, &mut rest);
    for ((rest, slope), x) in rest.iter_mut().zip(&slopes).zip(&numbers) {
        *rest -= slope * x;
    }
    let slopes = Tensor::from_data(TensorData::new(slopes, shape.clone()), &device);
    x * slopes + Tensor::from_data(TensorData::new(rest, shape), &device)
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, activation};

    use super::*;

    /// Compares with the GELU of Burn's CPU backend, which computes it and its slope from the error function.
    fn check(x: &[f32]) {
        let device = Device::flex();
        let run = |gelu: &dyn Fn(Tensor<1>) -> Tensor<1>, device: Device| {
            let x = Tensor::<1>::from_floats(x, &device).require_grad();
            let y = gelu(x.clone());
            let gradients = y.clone().sum().backward();
            [y.inner().into_data(), x.grad(&gradients).unwrap().into_data()]
                .map(|data| data.try_into_vec::<f32>().unwrap())
        };
        let expected = run(&|x| activation::gelu(x), device.clone().autodiff());
        for memory in [Memory::Shared, Memory::Separate] {
            let found = run(&|x| gelu(x, memory), device.clone().autodiff());
            let inference = gelu(Tensor::<1>::from_floats(x, &device), memory);
            let inference = inference.into_data().try_into_vec::<f32>().unwrap();
            for (index, x) in x.iter().enumerate() {
                let scale = x.abs().max(1.0);
                for (found, expected) in found.iter().chain([&inference]).zip(expected.iter().chain([&expected[0]])) {
                    let difference = (found[index] - expected[index]).abs() / scale;
                    assert!(difference < 4e-7, "{memory:?} at {x}: {}, expected {}", found[index], expected[index]);
                }
            }
        }
    }

    #[test]
    fn equals_the_backends_gelu() {
        let grid: Vec<f32> = (-400_000..=400_000).map(|step| step as f32 * 5e-5).collect();
        check(&grid);
        check(&[0.0, -0.0, 1e-30, -1e-30, 50.0, -50.0, 1e4, -1e4]);
    }
}
