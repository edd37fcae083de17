//! The one place that knows which backends this program was built with.

use anyhow::{Result, bail};
use burn::tensor::Device;

/// The device that a user names with `--device`.
///
/// # Errors
/// A name that is not known, or a backend that this program was built without.
pub fn open(name: &str) -> Result<Device> {
    match name {
        #[cfg(feature = "cpu")]
        "cpu" => Ok(Device::flex()),
        #[cfg(not(feature = "cpu"))]
        "cpu" => bail!("this welt was built without the CPU backend: build it with `--features cpu`"),
        _ => bail!("`{name}` is not a device: expected cpu, the only backend of this version"),
    }
}
