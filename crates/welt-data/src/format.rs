//! The formats of documents by their names, and what is known of each before a file is opened.
//! How a format is read and written is not known here.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A format of documents; it prints as its name, such as `bioc-xml`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Format {
    /// Lines of title, abstract and annotations, a blank line after each document.
    #[serde(rename = "pubtator")]
    PubTator,
    /// The XML of BioC.
    #[serde(rename = "bioc-xml")]
    BiocXml,
    /// The JSON of BioC.
    #[serde(rename = "bioc-json")]
    BiocJson,
    /// The XML of PubMed: titles and abstracts.
    #[serde(rename = "pubmed")]
    Pubmed,
    /// The XML of JATS: full texts.
    Jats,
    /// Standoff annotation: for each document a `.txt` and an `.ann`.
    Brat,
    /// One [`Document`](crate::Document) as JSON on each line: holds everything.
    JsonLines,
    /// Prodigy's JSON lines of texts and spans.
    Prodigy,
    /// doccano's JSON lines of texts and labels.
    Doccano,
    /// The JSON of PubAnnotation: texts and denotations.
    #[serde(rename = "pubannotation")]
    PubAnnotation,
    /// The JSON that Label Studio exports: tasks and their annotations.
    LabelStudio,
    /// JSON lines of words and tags, as data sets of Hugging Face have them.
    HuggingFace,
    /// Nothing but text: one document a file.
    PlainText,
    /// One word a line with its tag.
    Conll,
    /// CoNLL-U and CoNLL-U Plus: words with numbers, forms and features.
    ConllU,
    /// TSV 3 of WebAnno and INCEpTION: tokens and their annotations.
    #[serde(rename = "webanno-tsv")]
    WebAnnoTsv,
    /// DrugProt and ChemProt: abstracts, entities and relations in files of their own.
    #[serde(rename = "drugprot")]
    DrugProt,
    /// The concepts of i2b2 and n2c2: for each document a `.txt` and a `.con`.
    I2b2,
    /// The gene mentions of BioCreative II: sentences in one file, their annotations in others.
    Bc2gm,
    /// The species names of LINNAEUS: `tags.tsv` and a folder of texts.
    Linnaeus,
    /// The chemical names of CHEMDNER: abstracts in one file, their annotations in another.
    Chemdner,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 21] = [
        Self::PubTator,
        Self::BiocXml,
        Self::BiocJson,
        Self::Pubmed,
        Self::Jats,
        Self::Brat,
        Self::JsonLines,
        Self::Prodigy,
        Self::Doccano,
        Self::PubAnnotation,
        Self::LabelStudio,
        Self::HuggingFace,
        Self::PlainText,
        Self::Conll,
        Self::ConllU,
        Self::WebAnnoTsv,
        Self::DrugProt,
        Self::I2b2,
        Self::Bc2gm,
        Self::Linnaeus,
        Self::Chemdner,
    ];

    /// Its name, such as `bioc-xml`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PubTator => "pubtator",
            Self::BiocXml => "bioc-xml",
            Self::BiocJson => "bioc-json",
            Self::Pubmed => "pubmed",
            Self::Jats => "jats",
            Self::Brat => "brat",
            Self::JsonLines => "json-lines",
            Self::Prodigy => "prodigy",
            Self::Doccano => "doccano",
            Self::PubAnnotation => "pubannotation",
            Self::LabelStudio => "label-studio",
            Self::HuggingFace => "hugging-face",
            Self::PlainText => "plain-text",
            Self::Conll => "conll",
            Self::ConllU => "conll-u",
            Self::WebAnnoTsv => "webanno-tsv",
            Self::DrugProt => "drugprot",
            Self::I2b2 => "i2b2",
            Self::Bc2gm => "bc2gm",
            Self::Linnaeus => "linnaeus",
            Self::Chemdner => "chemdner",
        }
    }

    /// Whether documents can be written in it; all formats can be read.
    #[must_use]
    pub const fn can_be_written(self) -> bool {
        matches!(
            self,
            Self::PubTator
                | Self::BiocXml
                | Self::BiocJson
                | Self::Brat
                | Self::JsonLines
                | Self::Prodigy
                | Self::Doccano
                | Self::PubAnnotation
                | Self::PlainText
        )
    }

    /// Whether what is written in it is a folder of files instead of one file.
    #[must_use]
    pub const fn is_written_as_folder(self) -> bool {
        matches!(self, Self::Brat | Self::PlainText)
    }

    /// Whether what is written in it are words and their tags, which documents become by rules ([`align`](crate::alignment::align)).
    #[must_use]
    pub const fn holds_words_and_tags(self) -> bool {
        matches!(self, Self::Conll | Self::HuggingFace)
    }

    /// Whether what is written in it is nothing but its documents one after the other, so that many can be written at the same time.
    #[must_use]
    pub const fn is_written_in_pieces(self) -> bool {
        matches!(self, Self::PubTator | Self::JsonLines | Self::Prodigy | Self::Doccano)
    }

    /// Whether all of a corpus stands in one file, so that it can be read from a stream.
    #[must_use]
    pub const fn is_read_from_stream(self) -> bool {
        matches!(
            self,
            Self::PubTator
                | Self::BiocXml
                | Self::BiocJson
                | Self::Pubmed
                | Self::Jats
                | Self::JsonLines
                | Self::Prodigy
                | Self::Doccano
                | Self::PubAnnotation
                | Self::LabelStudio
                | Self::HuggingFace
                | Self::PlainText
                | Self::Conll
                | Self::ConllU
                | Self::WebAnnoTsv
        )
    }

    /// Whether its documents can be told apart before they are understood, so that many can be parsed at the same time.
    #[must_use]
    pub const fn is_cut(self) -> bool {
        matches!(self, Self::PubTator | Self::BiocJson | Self::Pubmed | Self::Jats | Self::JsonLines)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, UnknownFormat> {
        let found = Self::ALL.into_iter().find(|format| format.name() == name);
        found.ok_or_else(|| UnknownFormat { name: name.to_owned() })
    }
}

/// A name that is no format's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not a format, expected one of {}", name.escape_debug(), Format::ALL.map(Format::name).join(", "))]
pub struct UnknownFormat {
    /// The name.
    pub name: String,
}
