//! The one place that knows which backends a program was built with.
//! A name goes in, a device comes out; it knows nothing of what is computed there.
//!
//! ```
//! let named = welt_device::BACKENDS.map(|backend| backend.name);
//! assert_eq!(named, ["cpu", "wgpu", "cuda", "tch"]);
//! let refusal = welt_device::open("gpu").err().map(|error| error.to_string()).unwrap_or_default();
//! assert!(refusal.starts_with("`gpu` is not a device: expected cpu, wgpu[:N], cuda[:N], tch[:N] or auto"));
//! ```
#![forbid(unsafe_code)]

mod choice;
mod error;
mod failure;

use burn::tensor::Device;
#[cfg(any(feature = "wgpu", feature = "cuda", feature = "tch"))]
use burn::tensor::DeviceType;
use serde::Serialize;

pub use choice::{Found, Opened, automatic, found, is_built_in, nvidia_driver, open};
pub use error::DeviceError;
pub use failure::{guarded, has_failed};

/// A way to compute, built in or not.
pub struct Backend {
    /// The name that `--device` and `--features` take.
    pub name: &'static str,
    /// Its devices with a number, as users name them; none where no number can follow.
    pub numbers: Option<&'static str>,
    /// What it computes on.
    pub computes_on: &'static str,
    /// What a machine needs where it finds no device.
    pub needs: &'static str,
    /// What building it needs beside Rust and a C compiler.
    pub build_needs: &'static str,
    driver: Option<Driver>,
}

/// How a backend that is built in finds its devices.
struct Driver {
    /// The device that the bare name stands for; none where the machine lacks what it needs.
    bare: fn() -> Option<Device>,
    /// The devices that numbers stand for, from 0.
    numbered: fn() -> Vec<Device>,
    /// What a device is, which may open it.
    describe: fn(&Device) -> Description,
}

/// The features that the program was built with.
#[must_use]
pub fn features() -> Vec<&'static str> {
    let known = [
        ("cpu", cfg!(feature = "cpu")),
        ("wgpu", cfg!(feature = "wgpu")),
        ("cuda", cfg!(feature = "cuda")),
        ("tch", cfg!(feature = "tch")),
        ("fusion", cfg!(feature = "fusion")),
    ];
    known.into_iter().filter(|(_, built_in)| *built_in).map(|(name, _)| name).collect()
}

/// What a device is.
#[derive(Debug, Clone, Serialize)]
pub struct Description {
    /// As its driver calls it.
    pub name: String,
    /// What does the work.
    pub kind: Kind,
}

/// What does the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// The processor, by code that is made for it.
    Processor,
    /// A graphics card.
    Card,
    /// The processor, by a driver that plays a graphics card.
    Software,
}

/// Every backend that the sources know.
pub const BACKENDS: [Backend; 4] = [
    Backend {
        name: "cpu",
        numbers: None,
        computes_on: "the processor",
        needs: "",
        build_needs: "nothing",
        driver: CPU,
    },
    Backend {
        name: "wgpu",
        numbers: Some("wgpu:N"),
        computes_on: "graphics cards, through Vulkan, Metal or Direct3D 12",
        needs: "a driver for the graphics card that speaks Vulkan (on Debian mesa-vulkan-drivers, which also plays a slow card on the processor)",
        build_needs: "nothing",
        driver: WGPU,
    },
    Backend {
        name: "cuda",
        numbers: Some("cuda:N"),
        computes_on: "NVIDIA's cards",
        needs: "NVIDIA's driver, and a card that it runs",
        build_needs: "a network, for LLVM from GitHub",
        driver: CUDA,
    },
    Backend {
        name: "tch",
        numbers: Some("tch:N"),
        computes_on: "LibTorch: tch is the processor, tch:N an NVIDIA card",
        needs: "LibTorch with CUDA",
        build_needs: "LibTorch 2.9.0 (scripts/get_libtorch.py)",
        driver: TCH,
    },
];

#[cfg(feature = "cpu")]
const CPU: Option<Driver> =
    Some(Driver { bare: || Some(Device::flex()), numbered: Vec::new, describe: |_| processor() });
#[cfg(not(feature = "cpu"))]
const CPU: Option<Driver> = None;

#[cfg(feature = "wgpu")]
const WGPU: Option<Driver> = Some(Driver {
    bare: || {
        // Without any adapter Burn's default would panic.
        let is_there = !Device::enumerate(DeviceType::Wgpu).is_empty();
        is_there.then(|| Device::wgpu(burn::tensor::DeviceKind::DefaultDevice))
    },
    numbered: || Device::enumerate(DeviceType::Wgpu).iter().cloned().collect(),
    describe: card,
});
#[cfg(not(feature = "wgpu"))]
const WGPU: Option<Driver> = None;

#[cfg(feature = "cuda")]
const CUDA: Option<Driver> = Some(Driver {
    bare: || Device::enumerate(DeviceType::Cuda).iter().next().cloned(),
    numbered: || Device::enumerate(DeviceType::Cuda).iter().cloned().collect(),
    describe: card,
});
#[cfg(not(feature = "cuda"))]
const CUDA: Option<Driver> = None;

#[cfg(feature = "tch")]
#[expect(deprecated, reason = "the last release of Burn that has it is pinned")]
const TCH: Option<Driver> = Some(Driver {
    bare: || Some(Device::libtorch()),
    numbered: || Device::enumerate(DeviceType::LibTorch).iter().cloned().collect(),
    describe: |device| {
        let on_card = *device != Device::libtorch();
        let kind = if on_card { Kind::Card } else { Kind::Processor };
        Description { name: "LibTorch".to_owned(), kind }
    },
});
#[cfg(not(feature = "tch"))]
const TCH: Option<Driver> = None;

/// The processor, with what its own backend makes of it.
#[cfg(feature = "cpu")]
fn processor() -> Description {
    let threads = rayon::current_num_threads();
    let name = if threads == 1 { "1 thread".to_owned() } else { format!("{threads} threads") };
    Description { name, kind: Kind::Processor }
}

/// What a driver says of its device, which it opens for that.
#[cfg(any(feature = "wgpu", feature = "cuda"))]
fn card(device: &Device) -> Description {
    match device.identity() {
        Some(identity) if identity.physical.is_none() => Description { name: identity.name, kind: Kind::Software },
        Some(identity) => Description { name: identity.name, kind: Kind::Card },
        None => Description { name: "unknown".to_owned(), kind: Kind::Card },
    }
}

/// The examples of the README, which are tests as well.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
