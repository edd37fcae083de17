//! Where a device keeps its numbers: in the memory that this program works in, or apart from it.
//! A device goes in, an answer that was found by trying comes out; it knows no backend by name.

use burn::tensor::{DType, Device, Tensor, TensorData};

/// Where a device keeps its numbers, which decides how work is best put to it.
///
/// ```
/// # use burn::tensor::Device;
/// # use welt_models::Memory;
/// assert_eq!(Memory::of(&Device::flex()), Memory::Shared);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Memory {
    /// With this program: numbers go to the device and back without being copied, so arithmetic of our own may stand
    /// between the device's, and each thread may give it work.
    Shared,
    /// Apart from it, as on a graphics card: reading waits until all work is done, so numbers stay there, and one
    /// thread gives it work, large pieces in turn.
    Separate,
}

impl Memory {
    /// Hands some numbers to the device and looks where they lie when they come back.
    #[must_use]
    pub fn of(device: &Device) -> Self {
        let numbers = vec![0.0_f32; 64];
        let address = numbers.as_ptr().cast::<u8>();
        let returned = Tensor::<1>::from_data(TensorData::new(numbers, [64]), &device.clone().inner()).into_data();
        if returned.dtype() == DType::F32 && returned.as_bytes().as_ptr() == address {
            Self::Shared
        } else {
            Self::Separate
        }
    }
}
