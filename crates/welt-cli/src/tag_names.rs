//! The flag that names tags which a file holds as numbers: a list or the path of a file in, names out.

use std::fs;
use std::path::Path;

use anyhow::anyhow;
use clap::Args;
use welt_data::formats::TagNames;
use welt_data::{CorpusErrorKind, DataError};

/// What numbers of tags mean.
#[derive(Args, Clone)]
pub struct TagNamesFlag {
    /// The names of tags that hugging-face holds as numbers, in the order of these, as in O,B-Disease,I-Disease;
    /// or a file with them: one a line, or JSON with `names` or `id2label` [default: those in the file, or in dataset_info.json beside it]
    #[arg(long, value_name = "NAMES", value_parser = names)]
    tag_names: Option<TagNames>,
}

impl TagNamesFlag {
    /// As if it was not given.
    pub const NONE: Self = Self { tag_names: None };

    /// The names, where they were given.
    pub fn given(&self) -> Option<TagNames> {
        self.tag_names.clone()
    }
}

fn names(text: &str) -> Result<TagNames, String> {
    let path = Path::new(text);
    let read = path.is_file().then(|| fs::read_to_string(path)).transpose();
    let text = read.map_err(|error| format!("{text}: cannot be read: {error}"))?.unwrap_or_else(|| text.to_owned());
    TagNames::parse(&text).map_err(|error| error.to_string())
}

/// The error of a reader, with the flag that gives names where these are missing.
pub fn advised(error: DataError) -> anyhow::Error {
    match &error {
        DataError::Corpus(corpus) if matches!(corpus.kind, CorpusErrorKind::TagNumber { .. }) => {
            anyhow!("{error}; --tag-names takes them")
        }
        _ => error.into(),
    }
}
