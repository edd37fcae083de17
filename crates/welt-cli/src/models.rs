//! `welt models`: the encoders that have short names, with what the cache holds of them, and the families that are read.

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
/// Any model of the Hugging Face Hub whose config.json says one of these families as its model_type can be named by its id
/// too, as OWNER/NAME or OWNER/NAME@REVISION: bert, electra, roberta, xlm-roberta, camembert, deberta-v2 (which DeBERTa-v3
/// says too) and modernbert.
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
                let (layers, hidden) = preset.size;
                let size = format!("{layers} x {hidden}");
                let licence = preset.licence.unwrap_or("not known");
                [
                    preset.name,
                    preset.family,
                    &size,
                    words,
                    licence,
                    cached,
                    preset.citation,
                    &preset.model().to_string(),
                ]
                .map(str::to_owned)
                .to_vec()
            });
            let heads = ["name", "family", "layers", "words", "licence", "in the cache", "published in", "on the Hub"];
            aligned([heads.map(str::to_owned).to_vec()].into_iter().chain(rows).collect())
        }
        Format::Json => rows
            .map(|(preset, cached)| {
                let Preset { name, id, revision, family, size, licence, lower_case, citation, .. } = preset;
                let line = json!({ "name": name, "id": id, "revision": revision, "family": family,
                                   "layers": size.0, "hidden_size": size.1, "licence": licence,
                                   "lower_case": lower_case, "cached": cached, "citation": citation });
                format!("{line}\n")
            })
            .collect(),
    };
    arguments.output.write(|out| Ok(out.write_all(text.as_bytes())?))
}

/// Rows of cells below each other.
fn aligned(rows: Vec<Vec<String>>) -> String {
    let widths: Vec<usize> = (0..rows.first().map_or(0, Vec::len))
        .map(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0))
        .collect();
    let line = |row: Vec<String>| {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        format!("{}\n", cells.join("  ").trim_end())
    };
    rows.into_iter().map(line).collect()
}
