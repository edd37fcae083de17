//! The encoders that the paper fine-tuned, by short names: where they are, which commit, how their words are cased.
//! Nothing is fetched here.

use crate::name::{HubModel, MAIN};

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
    /// Whether words are lower-cased, used where the files do not say.
    pub lower_case: bool,
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
        lower_case: false,
        citation: "Lee et al. 2020, doi:10.1093/bioinformatics/btz682",
    },
    Preset {
        name: "bluebert",
        id: "bionlp/bluebert_pubmed_uncased_L-12_H-768_A-12",
        former_ids: &[],
        revision: MAIN,
        lower_case: true,
        citation: "Peng et al. 2019, doi:10.18653/v1/W19-5006",
    },
    Preset {
        name: "pubmedbert",
        id: "microsoft/BiomedNLP-BiomedBERT-base-uncased-abstract",
        former_ids: &["microsoft/BiomedNLP-PubMedBERT-base-uncased-abstract"],
        revision: "d673b8835373c6fa116d6d8006b33d48734e305d",
        lower_case: true,
        citation: "Gu et al. 2021, doi:10.1145/3458754",
    },
    Preset {
        name: "scibert",
        id: "allenai/scibert_scivocab_uncased",
        former_ids: &[],
        revision: "24f92d32b1bfb0bcaf9ab193ff3ad01e87732fc1",
        lower_case: true,
        citation: "Beltagy et al. 2019, doi:10.18653/v1/D19-1371",
    },
    Preset {
        name: "bioelectra",
        id: "kamalkraj/bioelectra-base-discriminator-pubmed",
        former_ids: &[],
        revision: MAIN,
        lower_case: true,
        citation: "Kanakarajan et al. 2021, doi:10.18653/v1/2021.bionlp-1.16",
    },
];

impl Preset {
    /// The preset of a short name, or of an id whatever its capitals.
    #[must_use]
    pub fn of(name_or_id: &str) -> Option<&'static Self> {
        PRESETS.iter().find(|preset| {
            let ids = [preset.name, preset.id].into_iter().chain(preset.former_ids.iter().copied());
            ids.into_iter().any(|id| id.eq_ignore_ascii_case(name_or_id))
        })
    }

    /// The model of the Hub that the short name means.
    #[must_use]
    pub fn model(&self) -> HubModel {
        HubModel { id: self.id.to_owned(), revision: self.revision.to_owned() }
    }
}
