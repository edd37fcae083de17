//! In which numbers matrix products are computed: two tensors in, a product in single precision out.
//!
//! Parameters, their gradients, the sums that run from layer to layer, softmax, normalisation and loss stay in single
//! precision; only the factors of matrix products are rounded (Micikevicius et al. 2018, section 3).

use burn::nn::Linear;
use burn::tensor::{Device, FloatDType, Tensor};
use welt_settings::Precision;

#[cfg(feature = "cpu")]
use crate::fused;

/// Whether a device computes in these numbers.
///
/// ```
/// use burn::tensor::Device;
/// use welt_settings::Precision;
///
/// assert!(welt_models::computes_in(&Device::flex(), Precision::F32));
/// assert!(welt_models::computes_in(&Device::flex(), Precision::Int8));
/// ```
#[must_use]
pub fn computes_in(device: &Device, precision: Precision) -> bool {
    match precision {
        Precision::Int8 => has_bytes(device),
        _ => narrow(precision).is_none_or(|dtype| device.supports_dtype(dtype)),
    }
}

/// Products of bytes are our own, and of the processor alone.
#[cfg(feature = "cpu")]
fn has_bytes(device: &Device) -> bool {
    *device == Device::flex()
}

#[cfg(not(feature = "cpu"))]
const fn has_bytes(_: &Device) -> bool {
    false
}

/// The products of an encoder in the numbers that were asked for.
pub(crate) trait Products {
    /// `x: [.., d_input] -> [.., d_output]`, in single precision whatever `x` is in.
    fn linear<const D: usize>(self, linear: &Linear, x: Tensor<D>) -> Tensor<D>;

    /// `[.., n, k]` and `[.., k, m] -> [.., n, m]`, in single precision.
    fn matmul<const D: usize>(self, left: Tensor<D>, right: Tensor<D>) -> Tensor<D>;

    /// In these numbers: what several products share is rounded once.
    fn round<const D: usize>(self, x: Tensor<D>) -> Tensor<D>;
}

impl Products for Precision {
    fn linear<const D: usize>(self, linear: &Linear, x: Tensor<D>) -> Tensor<D> {
        #[cfg(feature = "cpu")]
        if self == Self::Int8 {
            return fused::linear_of_bytes(linear, x);
        }
        if narrow(self).is_none() {
            return linear.forward(x);
        }
        let product = self.matmul(x, linear.weight.val().unsqueeze());
        match &linear.bias {
            Some(bias) => product + bias.val().unsqueeze(),
            None => product,
        }
    }

    fn matmul<const D: usize>(self, left: Tensor<D>, right: Tensor<D>) -> Tensor<D> {
        match narrow(self) {
            None => left.matmul(right),
            Some(_) => self.round(left).matmul(self.round(right)).cast(FloatDType::F32),
        }
    }

    fn round<const D: usize>(self, x: Tensor<D>) -> Tensor<D> {
        match narrow(self) {
            None => x,
            Some(dtype) => x.cast(dtype),
        }
    }
}

/// None for single precision, which everything is in anyway, and for bytes, which no tensor holds: of them are products with
/// weights alone, and all else is in single precision.
const fn narrow(precision: Precision) -> Option<FloatDType> {
    match precision {
        Precision::F32 | Precision::Int8 => None,
        Precision::Bf16 => Some(FloatDType::BF16),
        Precision::F16 => Some(FloatDType::F16),
    }
}
