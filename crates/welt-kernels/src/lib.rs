//! Arithmetic of transformer encoders on the processor: matrix products, whole layers, forward and backward, and steps of
//! AdamW.
//! Slices of numbers in, slices of numbers out; it knows no tensors, devices or threads.

#![allow(unsafe_code, reason = "instructions of the processor, and the pointers that the innermost loops take")]

mod adam;
mod attention;
mod buffer;
mod bytes;
mod exponential;
mod gelu;
mod isa;
mod lanes;
mod layer;
mod matrix;
mod operand;
mod prepared;
mod product;
mod rows;
mod tile;
mod tiling;

pub use adam::{AdamStep, Parameter, adam};
pub use attention::Batch;
pub use buffer::{Buffer, Word, recycle};
pub use gelu::{gelu, gelu_slopes};
pub use isa::Isa;
pub use layer::{Arithmetic, Gradients, Layer, Linear, LinearGradients, Masks, Trace, Weights};
pub use matrix::{Matrix, MatrixMut};
pub use operand::{Left, Numbers, Right};
pub use prepared::Prepared;
pub use product::{multiply, multiply_add, multiply_bias};
pub use rows::{Mask, Norm};

/// The examples of the README, which are tests as well.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
