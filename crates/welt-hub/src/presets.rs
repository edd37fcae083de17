//! Encoders that are often fine-tuned, by short names: where they are, which commit, how their words are cased.
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
    /// Its `model_type`.
    pub family: &'static str,
    /// Its layers, and their hidden size.
    pub size: (usize, usize),
    /// What its page on the Hub states; none where nothing is stated there, or it was not looked up.
    pub licence: Option<&'static str>,
    /// Whether words are lower-cased, used where the files do not say.
    pub lower_case: bool,
    /// Where it was published.
    pub citation: &'static str,
}

/// The paper's five, in its order, and one of each other family.
///
/// BioBERT is the one of the five with a cased vocabulary; most of the others say nothing of casing in their files.
pub const PRESETS: [Preset; 9] = [
    Preset {
        name: "biobert",
        id: "dmis-lab/biobert-v1.1",
        former_ids: &[],
        revision: "551ca18efd7f052c8dfa0b01c94c2a8e68bc5488",
        family: "bert",
        size: (12, 768),
        licence: None,
        lower_case: false,
        citation: "Lee et al. 2020, doi:10.1093/bioinformatics/btz682",
    },
    Preset {
        name: "bluebert",
        id: "bionlp/bluebert_pubmed_uncased_L-12_H-768_A-12",
        former_ids: &[],
        revision: MAIN,
        family: "bert",
        size: (12, 768),
        licence: Some("CC0-1.0"),
        lower_case: true,
        citation: "Peng et al. 2019, doi:10.18653/v1/W19-5006",
    },
    Preset {
        name: "pubmedbert",
        id: "microsoft/BiomedNLP-BiomedBERT-base-uncased-abstract",
        former_ids: &["microsoft/BiomedNLP-PubMedBERT-base-uncased-abstract"],
        revision: "d673b8835373c6fa116d6d8006b33d48734e305d",
        family: "bert",
        size: (12, 768),
        licence: Some("MIT"),
        lower_case: true,
        citation: "Gu et al. 2021, doi:10.1145/3458754",
    },
    Preset {
        name: "scibert",
        id: "allenai/scibert_scivocab_uncased",
        former_ids: &[],
        revision: "24f92d32b1bfb0bcaf9ab193ff3ad01e87732fc1",
        family: "bert",
        size: (12, 768),
        licence: None,
        lower_case: true,
        citation: "Beltagy et al. 2019, doi:10.18653/v1/D19-1371",
    },
    Preset {
        name: "bioelectra",
        id: "kamalkraj/bioelectra-base-discriminator-pubmed",
        former_ids: &[],
        revision: "b08ce00d5a23e2682a20e9d33356730530bdecd1",
        family: "electra",
        size: (12, 768),
        licence: None,
        lower_case: true,
        citation: "Kanakarajan et al. 2021, doi:10.18653/v1/2021.bionlp-1.16",
    },
    Preset {
        name: "biomed-roberta",
        id: "allenai/biomed_roberta_base",
        former_ids: &[],
        revision: MAIN,
        family: "roberta",
        size: (12, 768),
        licence: None,
        lower_case: false,
        citation: "Gururangan et al. 2020, doi:10.18653/v1/2020.acl-main.740",
    },
    Preset {
        name: "camembert-bio",
        id: "almanach/camembert-bio-base",
        former_ids: &[],
        revision: MAIN,
        family: "camembert",
        size: (12, 768),
        licence: Some("MIT"),
        lower_case: false,
        citation: "Touchent and de la Clergerie 2024, arXiv:2306.15550",
    },
    Preset {
        name: "deberta-v3",
        id: "microsoft/deberta-v3-base",
        former_ids: &[],
        revision: MAIN,
        family: "deberta-v2",
        size: (12, 768),
        licence: Some("MIT"),
        lower_case: false,
        citation: "He et al. 2023, arXiv:2111.09543",
    },
    Preset {
        name: "bioclinical-modernbert",
        id: "thomas-sounack/BioClinical-ModernBERT-base",
        former_ids: &[],
        revision: MAIN,
        family: "modernbert",
        size: (22, 768),
        licence: Some("MIT"),
        lower_case: false,
        citation: "Sounack et al. 2025, arXiv:2506.10896",
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
