//! The activation functions of feed-forward layers, by their names in `config.json`.
//! A tensor in, a tensor of the same shape out.

use burn::tensor::Tensor;
use burn::tensor::activation::{gelu_approximate, relu, silu, tanh};
use serde::{Deserialize, Serialize};

use crate::Memory;
use crate::gelu::gelu;

/// An activation function by its name in `config.json`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// `x / 2 * (1 + erf(x / sqrt(2)))`, the exact form (Hendrycks and Gimpel 2016).
    #[default]
    Gelu,
    /// `x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3)))`, its approximation, which transformers
    /// has several implementations of.
    #[serde(alias = "gelu_pytorch_tanh", alias = "gelu_fast")]
    GeluNew,
    /// `max(x, 0)`.
    Relu,
    /// `x / (1 + exp(-x))`.
    #[serde(alias = "swish")]
    Silu,
    /// The hyperbolic tangent.
    Tanh,
}

impl Activation {
    /// Element by element, on a device with such `memory`.
    pub(crate) fn apply<const D: usize>(self, x: Tensor<D>, memory: Memory) -> Tensor<D> {
        match self {
            Self::Gelu => gelu(x, memory),
            Self::GeluNew => gelu_approximate(x),
            Self::Relu => relu(x),
            Self::Silu => silu(x),
            Self::Tanh => tanh(x),
        }
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;

    /// Made with torch 2.9.0 and transformers 5.23.0 in double precision:
    /// `[f"{y:.9g}" for y in transformers.activations.ACT2FN[name](torch.tensor(X, dtype=torch.float64)).tolist()]`.
    const X: [f32; 14] = [-10.0, -5.0, -3.0, -2.0, -1.0, -0.5, -0.01, 0.0, 0.01, 0.5, 1.0, 2.0, 3.0, 10.0];
    const GELU: [f64; 14] = [
        -0.0,
        -1.43325786e-06,
        -0.00404969409,
        -0.0455002639,
        -0.158655254,
        -0.154268769,
        -0.00496010644,
        0.0,
        0.00503989356,
        0.345731231,
        0.841344746,
        1.95449974,
        2.99595031,
        10.0,
    ];
    const GELU_NEW: [f64; 14] = [
        -0.0,
        -2.2917962e-07,
        -0.00363739208,
        -0.0454023059,
        -0.158808009,
        -0.15428599,
        -0.00496010644,
        0.0,
        0.00503989356,
        0.34571401,
        0.841191991,
        1.95459769,
        2.99636261,
        10.0,
    ];
    const RELU: [f64; 14] = [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.01, 0.5, 1.0, 2.0, 3.0, 10.0];
    const SILU: [f64; 14] = [
        -0.000453978687,
        -0.0334642546,
        -0.14227762,
        -0.238405844,
        -0.268941421,
        -0.188770334,
        -0.00497500021,
        0.0,
        0.00502499979,
        0.311229666,
        0.731058579,
        1.76159416,
        2.85772238,
        9.99954602,
    ];

    const TANH: [f64; 14] = [
        -0.999999996,
        -0.999909204,
        -0.995054754,
        -0.96402758,
        -0.761594156,
        -0.462117157,
        -0.00999966668,
        0.0,
        0.00999966668,
        0.462117157,
        0.761594156,
        0.96402758,
        0.995054754,
        0.999999996,
    ];

    fn check(name: &str, expected: [f64; 14]) {
        let activation: Activation = serde_json::from_value(name.into()).unwrap();
        let device = Device::flex();
        for memory in [Memory::Shared, Memory::Separate] {
            let found = activation.apply(Tensor::<1>::from_floats(X, &device), memory);
            for ((x, found), expected) in X.iter().zip(found.into_data().iter::<f64>()).zip(expected) {
                // The last places of single precision at the size of the argument.
                let tolerance = 3e-7 * f64::from(x.abs()).max(1.0);
                assert!((found - expected).abs() < tolerance, "{name} at {x}: {found}, torch has {expected}");
            }
        }
    }

    #[test]
    fn equals_torch() {
        check("gelu", GELU);
        check("gelu_new", GELU_NEW);
        check("relu", RELU);
        check("silu", SILU);
        check("swish", SILU);
        check("tanh", TANH);
    }
}
