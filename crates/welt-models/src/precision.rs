//! In which numbers matrix products are computed: two tensors in, a product in single precision out.
//!
//! Parameters, their gradients, the sums that run from layer to layer, softmax, normalisation and loss stay in single
//! precision; only the factors of matrix products are rounded (Micikevicius et al. 2018, section 3).

use std::fmt;
use std::str::FromStr;

use burn::nn::Linear;
use burn::tensor::{Device, FloatDType, Tensor};
use serde::{Deserialize, Serialize};

/// The numbers that enter the matrix products of an encoder.
///
/// ```
/// use welt_models::Precision;
///
/// assert_eq!("bf16".parse(), Ok(Precision::Bf16));
/// assert_eq!(Precision::default().to_string(), "f32");
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Precision {
    /// Single precision: 24 bits of mantissa.
    #[default]
    F32,
    /// bfloat16: the range of single precision with 8 bits of mantissa.
    Bf16,
    /// Half precision: 11 bits of mantissa, nothing above 65,504, and gradients below 6e-8 vanish.
    F16,
}

/// A precision that is not known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a precision: expected f32, bf16 or f16")]
pub struct UnknownPrecision(String);

impl Precision {
    /// Whether a device computes in these numbers.
    #[must_use]
    pub fn is_supported(self, device: &Device) -> bool {
        self.narrow().is_none_or(|dtype| device.supports_dtype(dtype))
    }

    /// `x: [.., d_input] -> [.., d_output]`, in single precision whatever `x` is in.
    pub(crate) fn linear<const D: usize>(self, linear: &Linear, x: Tensor<D>) -> Tensor<D> {
        if self.narrow().is_none() {
            return linear.forward(x);
        }
        let product = self.matmul(x, linear.weight.val().unsqueeze());
        match &linear.bias {
            Some(bias) => product + bias.val().unsqueeze(),
            None => product,
        }
    }

    /// `[.., n, k]` and `[.., k, m] -> [.., n, m]`, in single precision.
    pub(crate) fn matmul<const D: usize>(self, left: Tensor<D>, right: Tensor<D>) -> Tensor<D> {
        match self.narrow() {
            None => left.matmul(right),
            Some(_) => self.round(left).matmul(self.round(right)).cast(FloatDType::F32),
        }
    }

    /// In these numbers: what several products share is rounded once.
    pub(crate) fn round<const D: usize>(self, x: Tensor<D>) -> Tensor<D> {
        match self.narrow() {
            None => x,
            Some(dtype) => x.cast(dtype),
        }
    }

    /// None for single precision, which everything is in anyway.
    fn narrow(self) -> Option<FloatDType> {
        match self {
            Self::F32 => None,
            Self::Bf16 => Some(FloatDType::BF16),
            Self::F16 => Some(FloatDType::F16),
        }
    }
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::F32 => "f32",
            Self::Bf16 => "bf16",
            Self::F16 => "f16",
        })
    }
}

impl FromStr for Precision {
    type Err = UnknownPrecision;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = [Self::F32, Self::Bf16, Self::F16];
        known.into_iter().find(|known| known.to_string() == text).ok_or_else(|| UnknownPrecision(text.to_owned()))
    }
}
