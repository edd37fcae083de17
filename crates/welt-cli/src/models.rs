//! `welt models`: the encoders that have short names, with what the cache holds of them.

use std::io::Write;

use anyhow::Result;
use clap::Args;
use serde_json::json;
use welt_hub::{PRESETS, Preset, is_cached};

use crate::Format;
use crate::destination::OutputFlag;

const EXAMPLES: &str = "\
Examples:
  welt models
  welt models --format json
  welt train --model pubmedbert --train train.tsv --output runs/first";

/// List the encoders that have short names.
///
/// Any BERT or ELECTRA of the Hugging Face Hub can be named by its id too, as OWNER/NAME or OWNER/NAME@REVISION.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct ModelsArguments {
    /// How to write the list; as json, one object a line
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    #[command(flatten)]
    output: OutputFlag,
}

/// Runs the command.
///
/// # Errors
/// No folder for the cache, or standard output that cannot be written.
pub fn run(arguments: &ModelsArguments) -> Result<()> {
    let cached = PRESETS.iter().map(|preset| Ok(is_cached(&preset.model())?)).collect::<Result<Vec<_>>>()?;
    let rows = PRESETS.iter().zip(&cached);
    let text = match arguments.format {
        Format::Text => {
            let rows = rows.map(|(preset, cached)| {
                let words = if preset.lower_case { "uncased" } else { "cased" };
                let cached = if *cached { "yes" } else { "no" };
                [preset.name, words, cached, preset.citation]
                    .map(str::to_owned)
                    .into_iter()
                    .chain([preset.model().to_string()])
            });
            let heads = ["name", "words", "in the cache", "published in", "on the Hub"].map(str::to_owned);
            aligned([heads.to_vec()].into_iter().chain(rows.map(Iterator::collect)).collect())
        }
        Format::Json => rows
            .map(|(preset, cached)| {
                let Preset { name, id, revision, lower_case, citation, .. } = preset;
                let line = json!({ "name": name, "id": id, "revision": revision, "lower_case": lower_case,
                                   "cached": cached, "citation": citation });
                format!("{line}\n")
            })
            .collect(),
    };
    arguments.output.write(|out| Ok(out.write_all(text.as_bytes())?))
}

/// Rows of cells below each other.
fn aligned(rows: Vec<Vec<String>>) -> String {
    let widths: Vec<usize> =
        (0..5).map(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0)).collect();
    let line = |row: Vec<String>| {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        format!("{}\n", cells.join("  ").trim_end())
    };
    rows.into_iter().map(line).collect()
}
