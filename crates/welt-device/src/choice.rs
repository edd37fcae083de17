//! From what a user names to a device: `cpu`, `wgpu:1` or `auto` in, an open device out.
//! It knows backends as the rows of a table and nothing of what they were built with.

use std::path::Path;

use burn::tensor::Device;

use crate::error::DeviceError;
use crate::failure::{attempt, in_use};
use crate::{BACKENDS, Backend, Description, Driver, Kind};

/// A device with its name.
pub struct Opened {
    /// The device.
    pub device: Device,
    /// Its name, which for `auto` is that of what was chosen, and what it is.
    pub name: String,
}

/// A device that this machine has.
pub struct Found {
    /// As [`open`] takes it.
    pub name: String,
    /// What it is.
    pub description: Description,
    device: Device,
}

/// Which of a backend's devices is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Which {
    Bare,
    Numbered(usize),
}

/// In the order in which `auto` tries them: cards by the backend that is written for them, then the processor, and
/// last what only plays a card.
const AUTOMATIC: [(&str, Which, Kind); 6] = [
    ("cuda", Which::Bare, Kind::Card),
    ("tch", Which::Numbered(0), Kind::Card),
    ("wgpu", Which::Bare, Kind::Card),
    ("cpu", Which::Bare, Kind::Processor),
    ("tch", Which::Bare, Kind::Processor),
    ("wgpu", Which::Bare, Kind::Software),
];

/// The device of a name.
///
/// # Errors
/// A name that is not known, a backend that this program was built without, a device that this machine lacks.
pub fn open(name: &str) -> Result<Opened, DeviceError> {
    let found = match parse(name)? {
        None => automatic().ok_or(DeviceError::NothingFound)?,
        Some((backend, which)) => named(backend, which)?,
    };
    let Description { name: hardware, kind } = &found.description;
    if name == "auto" || *kind != Kind::Processor {
        tracing::info!("device {}: {hardware}", found.name);
    }
    if *kind == Kind::Software {
        tracing::warn!("device {} is the processor playing a graphics card: cpu is many times as fast", found.name);
    }
    if found.name != "cpu" {
        in_use(&found.name);
    }
    Ok(Opened { name: format!("{} ({hardware})", found.name), device: found.device })
}

/// What `auto` stands for on this machine; none where this program was built without any backend that works here.
#[must_use]
pub fn automatic() -> Option<Found> {
    AUTOMATIC.into_iter().find_map(|(name, which, kind)| {
        let backend = BACKENDS.iter().find(|backend| backend.name == name)?;
        let driver = backend.driver.as_ref()?;
        // A driver that fails is passed over; whoever names it is told why.
        attempt(|| look_up(backend, driver, which)).ok().flatten().filter(|found| found.description.kind == kind)
    })
}

/// Every device of a backend, the bare name first where it is one of its own; none where it is not built in.
///
/// # Errors
/// What the driver complained of.
pub fn found(backend: &Backend) -> Option<Result<Vec<Found>, String>> {
    let driver = backend.driver.as_ref()?;
    let list = || {
        let n_numbered = (driver.numbered)().len();
        let numbered = (0..n_numbered).map(Which::Numbered);
        let bare = look_up(backend, driver, Which::Bare).filter(|found| {
            // For cards the bare name is another name of one of the numbers.
            n_numbered == 0 || found.description.kind == Kind::Processor
        });
        bare.into_iter().chain(numbered.filter_map(|which| look_up(backend, driver, which))).collect()
    };
    Some(attempt(list))
}

fn look_up(backend: &Backend, driver: &Driver, which: Which) -> Option<Found> {
    let (name, device) = match which {
        Which::Bare => (backend.name.to_owned(), (driver.bare)()?),
        Which::Numbered(n) => (format!("{}:{n}", backend.name), (driver.numbered)().into_iter().nth(n)?),
    };
    Some(Found { name, description: (driver.describe)(&device), device })
}

/// The device of one backend, or why there is none.
fn named(backend: &Backend, which: Which) -> Result<Found, DeviceError> {
    let Backend { name, needs, .. } = *backend;
    let Some(driver) = &backend.driver else {
        return Err(DeviceError::NotBuiltIn { backend: name, built_in: built_in() });
    };
    let found = attempt(|| look_up(backend, driver, which));
    let found = found.map_err(|failure| DeviceError::Driver { backend: name, failure, needs })?;
    found.ok_or_else(|| match which {
        Which::Bare => DeviceError::NoDevice { backend: name, needs },
        Which::Numbered(number) => match attempt(|| (driver.numbered)().len()) {
            Ok(0) | Err(_) => DeviceError::NoNumberedDevice { backend: name, needs },
            Ok(count) => DeviceError::NotThere { backend: name, number, count },
        },
    })
}

/// The backend and which of its devices; none for `auto`.
fn parse(text: &str) -> Result<Option<(&'static Backend, Which)>, DeviceError> {
    if text == "auto" {
        return Ok(None);
    }
    let (name, number) = match text.split_once(':') {
        Some((name, number)) => (name, Some(number)),
        None => (text, None),
    };
    let Some(backend) = BACKENDS.iter().find(|backend| backend.name == name) else {
        let known = BACKENDS.iter().map(with_number).collect();
        return Err(DeviceError::Unknown { text: text.to_owned(), known, built_in: built_in() });
    };
    let text = || text.to_owned();
    let which = match (number, backend.numbers) {
        (None, _) => Which::Bare,
        (Some(number), Some(_)) => {
            Which::Numbered(number.parse().map_err(|_| DeviceError::Number { text: text(), backend: backend.name })?)
        }
        (Some(_), None) => return Err(DeviceError::TakesNoNumber { text: text(), backend: backend.name }),
    };
    Ok(Some((backend, which)))
}

/// Whether this program was built with a backend.
#[must_use]
pub const fn is_built_in(backend: &Backend) -> bool {
    backend.driver.is_some()
}

fn with_number(backend: &Backend) -> String {
    if backend.numbers.is_some() { format!("{}[:N]", backend.name) } else { backend.name.to_owned() }
}

fn built_in() -> Vec<&'static str> {
    BACKENDS.iter().filter(|backend| is_built_in(backend)).map(|backend| backend.name).collect()
}

/// Where NVIDIA's driver shows itself on Linux, on Windows, and on Windows' Linux.
const NVIDIA_DRIVER: [&str; 3] =
    ["/proc/driver/nvidia/version", "C:/Windows/System32/nvcuda.dll", "/usr/lib/wsl/lib/libcuda.so.1"];

/// The file that shows that NVIDIA's driver is on this machine, whatever this program was built with.
#[must_use]
pub fn nvidia_driver() -> Option<&'static Path> {
    NVIDIA_DRIVER.into_iter().map(Path::new).find(|path| path.exists())
}
