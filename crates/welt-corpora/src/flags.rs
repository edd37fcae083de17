//! The flags of the command line, the same in every program that has them.

use std::path::{Path, PathBuf};

use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};

use crate::overview::Form;
use crate::settings::{Files, Settings};

/// Which corpora are wanted, from where, and what is to be shown of them.
#[derive(Debug, Args)]
pub struct Flags {
    /// The corpora [default: all that --list shows]
    #[arg(value_name = "NAME")]
    pub(crate) names: Vec<String>,
    /// Where corpora go, a folder each [default: corpora]
    #[arg(long, short, value_name = "DIR", env = "WELT_DATASETS")]
    pub(crate) output: Option<PathBuf>,
    /// Use no network but the files in this folder, found by path, name or checksum
    // Once called --from, which elsewhere is the format of a corpus.
    #[arg(long, alias = "from", value_name = "DIR")]
    pub(crate) downloads: Option<PathBuf>,
    /// Corpora whose uncertain terms you accept
    #[arg(long, value_name = "NAME,..", value_delimiter = ',')]
    pub(crate) accept: Vec<String>,
    /// A URL under which HOST/PATH of every file is asked for instead
    #[arg(long, value_name = "URL", env = "WELT_MIRROR", conflicts_with = "downloads")]
    pub(crate) mirror: Option<String>,
    /// How to write the table
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: Form,
    /// List the corpora with their terms and sources, and fetch none
    #[arg(long, conflicts_with = "dry_run")]
    pub(crate) list: bool,
    /// Print what would be fetched from where, and fetch none
    #[arg(long)]
    pub(crate) dry_run: bool,
}

impl ValueEnum for Form {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Text, Self::Markdown, Self::Json, Self::Csv]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(match self {
            Self::Text => "text",
            Self::Markdown => "markdown",
            Self::Json => "json",
            Self::Csv => "csv",
        }))
    }
}

impl Flags {
    /// What they ask for, of a program that is called `command` and has corpora in `output` unless they say otherwise.
    #[must_use]
    pub fn settings(&self, command: &str, output: &Path, quiet: bool) -> Settings {
        let files = match &self.downloads {
            Some(folder) => Files::Folder(folder.clone()),
            None => Files::Servers { mirror: self.mirror.clone().filter(|mirror| !mirror.is_empty()) },
        };
        Settings {
            command: command.to_owned(),
            output: self.output.clone().unwrap_or_else(|| output.to_owned()),
            files,
            accepted: self.accept.clone(),
            quiet,
        }
    }
}
