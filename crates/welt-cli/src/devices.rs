//! `welt devices`: what this program can compute on, and what it would take to compute on more.

use std::io::{self, Write};

use anyhow::{Result, anyhow};
use clap::Args;
use serde_json::{Value, json};
use welt_device::{BACKENDS, Backend, DeviceError, Found, Kind, Opened};

use crate::Format;
use crate::destination::OutputFlag;

/// What `--device` says of itself.
pub const HELP: &str =
    "Where to compute: cpu, wgpu[:N], cuda[:N], tch[:N], or auto for the fastest that is found; see `welt devices`";

const EXAMPLES: &str = "\
Examples:
  welt devices
  welt devices --format json
  welt train --device auto --train train.tsv --model biobert --output runs/first";

/// Opens the device that `--device` names.
///
/// # Errors
/// A name that is not known, a backend that this program was built without, a device that this machine lacks.
pub fn open(name: &str) -> Result<Opened> {
    welt_device::open(name).map_err(|error| advised(&error))
}

/// What went wrong with a device, and what to do about it.
pub fn advised(error: &DeviceError) -> anyhow::Error {
    let all_others = || {
        let others = BACKENDS.iter().filter(|backend| !welt_device::is_built_in(backend));
        others.map(how_to_build).collect::<Vec<_>>().join(", or ")
    };
    let advice = match error {
        DeviceError::Unknown { .. } => ", and `welt devices` says how to get the others".to_owned(),
        DeviceError::NothingFound => format!(": {}", all_others()),
        DeviceError::NotBuiltIn { backend, .. } => {
            let backend = BACKENDS.iter().find(|known| known.name == *backend);
            backend.map_or_else(String::new, |backend| format!("; {}", how_to_build(backend)))
        }
        DeviceError::Driver { .. } => "; `welt devices` shows what is found".to_owned(),
        DeviceError::NoDevice { .. } => "; --device cpu needs nothing".to_owned(),
        error if error.is_of_memory() => {
            "; take fewer sentences at once with --micro-batch-size, shorter windows with \
                                          --max-length, or --device cpu"
                .to_owned()
        }
        DeviceError::Failed { .. } => "; `welt devices` shows what is found, RUST_BACKTRACE=1 where it failed, and \
                                       --device cpu does without"
            .to_owned(),
        _ => String::new(),
    };
    anyhow!("{error}{advice}")
}

/// What a user types to have a backend built in.
fn how_to_build(backend: &Backend) -> String {
    let mut text = format!("build it with `cargo install --locked --path crates/welt-cli --features {}`", backend.name);
    if backend.build_needs != "nothing" {
        text.push_str(", which needs ");
        text.push_str(backend.build_needs);
    }
    text
}

/// Show what this program can compute on here, and how to get the rest.
///
/// --device auto takes the first that is found of: cuda, tch:0 on a card, wgpu on a card, cpu.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct DevicesArguments {
    /// How to write the list; as json, one object
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    #[command(flatten)]
    output: OutputFlag,
}

/// A backend with what was found of it.
struct Row {
    backend: &'static Backend,
    found: Vec<Found>,
    /// Why nothing was found, and what to do; none where something was.
    missing: Option<String>,
}

/// Runs the command.
///
/// # Errors
/// Standard output that cannot be written.
pub fn run(arguments: &DevicesArguments) -> Result<()> {
    let rows: Vec<Row> = BACKENDS.iter().map(row).collect();
    let automatic = welt_device::automatic().map(|found| found.name);
    arguments.output.write(|out| {
        match arguments.format {
            Format::Text => text(out, &rows, automatic.as_deref()),
            Format::Json => writeln!(out, "{:#}", object(&rows, automatic.as_deref())),
        }?;
        Ok(())
    })
}

fn row(backend: &'static Backend) -> Row {
    let (found, missing) = match welt_device::found(backend) {
        None => (Vec::new(), Some(format!("not built in: {}{}", how_to_build(backend), beckoning(backend)))),
        Some(Err(failure)) => (Vec::new(), Some(format!("its driver fails: {failure}; it needs {}", backend.needs))),
        Some(Ok(found)) if found.is_empty() => (found, Some(format!("nothing found: it needs {}", backend.needs))),
        Some(Ok(found)) => (found, None),
    };
    Row { backend, found, missing }
}

/// What speaks for building a backend in.
fn beckoning(backend: &Backend) -> String {
    match welt_device::nvidia_driver().filter(|_| backend.name == "cuda") {
        Some(driver) => format!("; this machine has NVIDIA's driver ({})", driver.display()),
        None => String::new(),
    }
}

const fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Processor => "processor",
        Kind::Card => "card",
        Kind::Software => "processor, playing a card: for tests, far slower than cpu",
    }
}

fn text(out: &mut impl Write, rows: &[Row], automatic: Option<&str>) -> io::Result<()> {
    writeln!(out, "{:<8}  what it is", "--device")?;
    for found in rows.iter().flat_map(|row| &row.found) {
        writeln!(out, "{:<8}  {} ({})", found.name, found.description.name, kind(found.description.kind))?;
    }
    writeln!(out, "{:<8}  {}", "auto", automatic.unwrap_or("nothing"))?;
    for (row, missing) in rows.iter().filter_map(|row| Some((row, row.missing.as_ref()?))) {
        writeln!(out, "\n{} ({})\n  {missing}", row.backend.name, row.backend.computes_on)?;
    }
    Ok(())
}

fn object(rows: &[Row], automatic: Option<&str>) -> Value {
    let device =
        |found: &Found| json!({ "device": found.name, "name": found.description.name, "kind": found.description.kind });
    let backend = |row: &Row| {
        json!({ "backend": row.backend.name, "built_in": welt_device::is_built_in(row.backend),
                "devices": row.found.iter().map(device).collect::<Vec<_>>(), "missing": row.missing })
    };
    json!({ "auto": automatic, "backends": rows.iter().map(backend).collect::<Vec<_>>() })
}
