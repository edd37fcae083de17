//! The flags of whatever tags: which model, how it reads, how labels are chosen. Flags in, a tagger out.

use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow};
use clap::Args;
use serde::{Deserialize, Serialize};
use welt_settings::Precision;
use welt_tagger::{Decoding, Options, Tagger, TaggerError};

use crate::global_flags::at_least_one;
use crate::prepared::PREDICTION_SUBWORDS;
use crate::shift_flag::AskedShift;
use crate::{devices, model_source};

/// Which model tags, and how.
#[derive(Clone, Args, Serialize, Deserialize)]
pub struct TaggerFlags {
    /// The directory of a fine-tuned model, or OWNER/NAME on the Hugging Face Hub
    #[arg(long, value_name = "MODEL")]
    pub model: PathBuf,
    /// Takes only sequences of labels that their scheme allows, the most probable one (Viterbi)
    #[arg(long)]
    constrained: bool,
    /// Puts entities of one type together that stand side by side, as where `amphotericin B-` and `sodium deoxycholate` are found
    /// for one (the split errors of the WeLT paper)
    #[arg(long)]
    join_split: bool,
    /// Added to the scores of a label before any decision: below 0 for O finds more entities, above 0 fewer; may be repeated.
    /// Without it the shifts hold that `welt tune` stored in the model; none takes no shift, and nothing else that is stored
    #[arg(long, value_name = "LABEL=NUMBER|none", allow_hyphen_values = true)]
    shift: Vec<AskedShift>,
    /// Sub-words of the longest window; longer sentences are read in several [default: what the model can read]
    #[arg(long, value_name = "N")]
    pub max_length: Option<usize>,
    /// Sub-words on each side of a window that only inform
    #[arg(long, value_name = "N", default_value_t = 24)]
    pub window_context: usize,
    /// Sub-words of one forward pass, at most; more suit a graphics card
    #[arg(long, value_name = "N", default_value_t = PREDICTION_SUBWORDS, value_parser = at_least_one)]
    pub batch_sub_words: usize,
    #[arg(long, value_name = "DEVICE", default_value = "cpu", help = devices::HELP)]
    pub device: String,
    /// The dtype of the encoder's matrix products: f32, bf16, f16 or int8
    #[arg(long, value_name = "DTYPE", default_value_t)]
    pub precision: Precision,
}

impl TaggerFlags {
    /// Loads the model, from its folder or by its name, and gives the folder too.
    ///
    /// # Errors
    /// A model, a device or a label that is not there; flags that do not fit the model.
    pub fn load(&self) -> Result<(Tagger, PathBuf)> {
        let model = model_source::find(&self.model)?;
        let options = self.options();
        let tagger =
            Tagger::from_folder(&model.folder, model.casing, &options).map_err(|error| self.explained(error))?;
        if *tagger.decoding() != options.decoding {
            let (model, decoding) = (self.model_name(), tagger.decoding());
            tracing::info!("labels are chosen as {model} has it stored: {decoding}; --shift none turns that off");
        }
        Ok((tagger, model.folder))
    }

    /// The folder of the model, and how labels are chosen with it, without loading it.
    ///
    /// # Errors
    /// A model that is not there, or whose configuration cannot be read.
    pub fn look_up(&self) -> Result<(PathBuf, Decoding)> {
        let folder = model_source::find(&self.model)?.folder;
        let decoding = self.options().decoding_for(&folder).map_err(|error| self.explained(error))?;
        Ok((folder, decoding))
    }

    fn options(&self) -> Options {
        Options {
            device: self.device.clone(),
            precision: self.precision,
            max_length: self.max_length,
            window_context: self.window_context,
            batch_subwords: self.batch_sub_words,
            decoding: Decoding {
                constrained: self.constrained,
                join_split: self.join_split,
                shifts: self.shift.iter().filter_map(AskedShift::shift).collect(),
            },
            takes_stored: !self.shift.contains(&AskedShift::Nothing),
        }
    }

    /// The error in the words of the flags.
    fn explained(&self, error: TaggerError) -> anyhow::Error {
        match error {
            TaggerError::TooLong { asked, limit } => anyhow!(
                "{}: --max-length is {asked}, and the model reads at most {limit} sub-words: lower it, or leave it out",
                self.model_name()
            ),
            TaggerError::Labels { reason, .. } => anyhow::Error::from(reason).context(self.model_name()),
            TaggerError::Shift { .. } => anyhow!("--shift: {error}"),
            TaggerError::Device(error) => devices::advised(&error),
            TaggerError::Precision { .. } => {
                anyhow!("{} does not compute in {}: leave --precision out", self.device, self.precision)
            }
            TaggerError::Checkpoint(error) => error.into(),
            TaggerError::Subwords(error) => error.into(),
            other => other.into(),
        }
    }

    /// The model as it was named.
    pub fn model_name(&self) -> String {
        self.model.display().to_string()
    }

    /// The last part of that name, with the one before it where the last is `model`, as runs call theirs.
    pub fn short_name(&self) -> String {
        short_name(&self.model)
    }
}

fn short_name(model: &Path) -> String {
    let parts: Vec<String> = model.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    match parts.as_slice() {
        [.., run, last] if last == "model" => format!("{run}/{last}"),
        [.., last] => last.clone(),
        [] => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_have_short_names() {
        let named = ["runs/first/model", "/data/biobert/", "dmis-lab/biobert", "model", ""];
        let short = named.map(|model| short_name(Path::new(model)));
        assert_eq!(short, ["first/model", "biobert", "biobert", "model", ""]);
    }
}
