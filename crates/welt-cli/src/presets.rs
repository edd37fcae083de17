//! The encoders that the paper fine-tuned, by short names: where they are, which commit, how their words are cased.
//! `welt models` lists them. Nothing is fetched here.

use std::io::{Write, stdout};

use anyhow::{Context, Result};
use clap::Args;
use serde_json::json;
use welt_subwords::Casing;

use crate::Format;
use crate::hub::{self, HubModel};

/// An encoder that has a short name.
pub struct Preset {
    /// The short name.
    pub name: &'static str,
    /// Its id on the Hub.
    pub id: &'static str,
    /// Ids that the Hub forwards from.
    former_ids: &'static [&'static str],
    /// The commit that is meant; a branch where no commit could be looked up when this was written.
    pub revision: &'static str,
    /// What happens to the letters of words, used where the files do not say.
    pub casing: Casing,
    /// Where it was published.
    pub citation: &'static str,
}

/// The paper's five, in its order.
///
/// BioBERT is the one with a cased vocabulary; most of the others say nothing of casing in their files.
pub const PRESETS: [Preset; 5] = [
    Preset {
        name: "biobert",
        id: "dmis-lab/biobert-v1.1",
        former_ids: &[],
        revision: "551ca18efd7f052c8dfa0b01c94c2a8e68bc5488",
        casing: Casing::CASED,
        citation: "Lee et al. 2020, doi:10.1093/bioinformatics/btz682",
    },
    Preset {
        name: "bluebert",
        id: "bionlp/bluebert_pubmed_uncased_L-12_H-768_A-12",
        former_ids: &[],
        revision: hub::MAIN,
        casing: Casing::UNCASED,
        citation: "Peng et al. 2019, doi:10.18653/v1/W19-5006",
    },
    Preset {
        name: "pubmedbert",
        id: "microsoft/BiomedNLP-BiomedBERT-base-uncased-abstract",
        former_ids: &["microsoft/BiomedNLP-PubMedBERT-base-uncased-abstract"],
        revision: "d673b8835373c6fa116d6d8006b33d48734e305d",
        casing: Casing::UNCASED,
        citation: "Gu et al. 2021, doi:10.1145/3458754",
    },
    Preset {
        name: "scibert",
        id: "allenai/scibert_scivocab_uncased",
        former_ids: &[],
        revision: "24f92d32b1bfb0bcaf9ab193ff3ad01e87732fc1",
        casing: Casing::UNCASED,
        citation: "Beltagy et al. 2019, doi:10.18653/v1/D19-1371",
    },
    Preset {
        name: "bioelectra",
        id: "kamalkraj/bioelectra-base-discriminator-pubmed",
        former_ids: &[],
        revision: hub::MAIN,
        casing: Casing::UNCASED,
        citation: "Kanakarajan et al. 2021, doi:10.18653/v1/2021.bionlp-1.16",
    },
];

/// The preset of a short name, or of an id whatever its capitals.
pub fn of(name_or_id: &str) -> Option<&'static Preset> {
    PRESETS.iter().find(|preset| {
        let ids = [preset.name, preset.id].into_iter().chain(preset.former_ids.iter().copied());
        ids.into_iter().any(|id| id.eq_ignore_ascii_case(name_or_id))
    })
}

impl Preset {
    /// The model of the Hub that the short name means.
    pub fn model(&self) -> HubModel {
        HubModel { id: self.id.to_owned(), revision: self.revision.to_owned() }
    }
}

/// List the encoders that have short names.
///
/// Any BERT or ELECTRA of the Hugging Face Hub can be named by its id too, as OWNER/NAME or OWNER/NAME@REVISION.
#[derive(Args)]
pub struct ModelsArguments {
    /// How to write the list; as json, one object a line
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

/// Runs the command.
///
/// # Errors
/// No folder for the cache, or standard output that cannot be written.
pub fn run(arguments: &ModelsArguments) -> Result<()> {
    let cached = PRESETS.iter().map(|preset| hub::is_cached(&preset.model())).collect::<Result<Vec<_>>>()?;
    let rows = PRESETS.iter().zip(&cached);
    let text = match arguments.format {
        Format::Text => {
            let rows = rows.map(|(preset, cached)| {
                let words = if preset.casing.lower_case { "uncased" } else { "cased" };
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
                let Preset { name, id, revision, casing, citation, .. } = preset;
                let line = json!({ "name": name, "id": id, "revision": revision, "lower_case": casing.lower_case,
                                   "cached": cached, "citation": citation });
                format!("{line}\n")
            })
            .collect(),
    };
    stdout().lock().write_all(text.as_bytes()).context("standard output")
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
