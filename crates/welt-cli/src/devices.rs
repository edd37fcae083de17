//! `welt devices`: what this program can compute on, and what it would take to compute on more.

use std::io::{self, Write};

use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};
use welt_device::{BACKENDS, Backend, Found, Kind};

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
        None => {
            (Vec::new(), Some(format!("not built in: {}{}", welt_device::how_to_build(backend), beckoning(backend))))
        }
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
