//! `welt push`: the directory of a fine-tuned model in, a commit on the Hugging Face Hub out.

use std::io::{Write, stdout};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use welt_files::model_folder::{settings_files, weights_files};
use welt_hub::{HubError, HubModel, MAIN, Push, Visibility};
use welt_models::checkpoint;

use crate::convert::usage;
use crate::destination::ForPeople;
use crate::progress;

const EXAMPLES: &str = "\
Examples:
  welt push --model runs/first/model me/disease-tagger --dry-run
  HF_TOKEN=... welt push --model runs/first/model me/disease-tagger --private
  welt push --model runs/first/model me/disease-tagger --revision candidate --message 'Seed 3'";

/// Upload a fine-tuned model with its model card to the Hugging Face Hub.
///
/// The repository is made if need be. The token of HF_TOKEN, or of `hf auth login`, must be one that may write.
/// Only the files of a model go; anything else in the directory stays.
#[derive(Args)]
#[command(after_help = EXAMPLES, override_usage = "welt push [OPTIONS] --model <DIR> <REPO>")]
pub struct PushArguments {
    /// The directory of a fine-tuned model
    #[arg(long, value_name = "DIR")]
    model: Option<PathBuf>,
    /// The repository, as OWNER/NAME
    #[arg(value_name = "REPO")]
    target: String,
    /// The repository where the directory stands before it, as it once did
    #[arg(hide = true, conflicts_with = "model")]
    repository_after_directory: Option<String>,
    /// Make a repository that only its owners see; one that is there stays as it is
    #[arg(long)]
    private: bool,
    /// The branch, which is made if need be
    #[arg(long, value_name = "BRANCH", default_value = MAIN)]
    revision: String,
    /// What the commit says
    #[arg(long, value_name = "TEXT", default_value = "Upload a token classifier fine-tuned with welt")]
    message: String,
    /// Only list what would be sent; needs neither network nor token
    #[arg(long)]
    dry_run: bool,
}

/// Runs the command.
///
/// # Errors
/// A directory that holds no fine-tuned model, a name that is none, or a Hub that does not take it.
pub fn run(arguments: &PushArguments) -> Result<()> {
    let (model, repository) = arguments.model_and_repository()?;
    let text = format!("{repository}@{}", arguments.revision);
    let Some(target) = HubModel::parse(&text).filter(|_| !repository.contains('@')) else {
        bail!("{text}: is no repository of the Hub and branch: expected OWNER/NAME, and for --revision a plain name");
    };
    let files = files(&model)?;
    if arguments.dry_run {
        return list(arguments, &model, &target, &files);
    }
    let visibility = if arguments.private { Visibility::Private } else { Visibility::Public };
    let push = Push { target: &target, files: &files, visibility, message: &arguments.message };
    let url = welt_hub::push(&push, &mut progress::transfers()).map_err(advised)?;
    writeln!(stdout().lock(), "{url}").context("standard output")
}

/// What went wrong, and what works without a network.
fn advised(error: HubError) -> anyhow::Error {
    match error {
        HubError::NotSent { .. } => anyhow!("{error}: add --dry-run to see what would go"),
        error => error.into(),
    }
}

impl PushArguments {
    /// The directory and the repository: by flag and name, or by both names as they were given once.
    fn model_and_repository(&self) -> Result<(PathBuf, &str)> {
        match (&self.model, &self.repository_after_directory) {
            (Some(model), _) => Ok((model.clone(), &self.target)),
            (None, Some(repository)) => Ok((PathBuf::from(&self.target), repository)),
            (None, None) => Err(usage("which model? name its directory with --model DIR")),
        }
    }
}

/// The files of a fine-tuned model, by their names, in order.
fn files(model: &Path) -> Result<Vec<(String, PathBuf)>> {
    let labels = checkpoint::read_labels(model)?;
    let weights = weights_files(model)?;
    if weights.is_empty() {
        bail!("{}: there are no weights here: expected the directory that `welt train` wrote", model.display());
    }
    let others = ["README.md"].into_iter().chain(settings_files());
    let others = others.map(|name| model.join(name)).filter(|path| path.is_file());
    let mut files = Vec::new();
    for path in others.chain(weights) {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        files.push((name, path));
    }
    files.sort();
    files.iter().try_for_each(|(_, path)| refuse_link_out(model, path))?;
    for needed in ["README.md", "tokenizer_config.json"] {
        if !files.iter().any(|(name, _)| name == needed) {
            tracing::warn!("{}: there is no {needed}, which readers of the Hub expect", model.display());
        }
    }
    tracing::debug!("{}: a tagger for {}", model.display(), labels.join(", "));
    Ok(files)
}

/// Refuses to send what a link in the model's directory leads to elsewhere: a model from somebody else may hold links to
/// anything of the user's.
fn refuse_link_out(model: &Path, path: &Path) -> Result<()> {
    let real = |path: &Path| path.canonicalize().with_context(|| format!("reading {}", path.display()));
    let (folder, target) = (real(model)?, real(path)?);
    if target.starts_with(&folder) {
        return Ok(());
    }
    bail!(
        "{}: is a link to {}, outside of the model's directory, and is not sent: put a copy of the file there",
        path.display(),
        target.display()
    )
}

fn list(arguments: &PushArguments, model: &Path, target: &HubModel, files: &[(String, PathBuf)]) -> Result<()> {
    let private =
        if arguments.private { ", made private if it is not there" } else { ", made public if it is not there" };
    let mut text = format!("would send to {target}{private}, with the message `{}`:\n", arguments.message);
    for (name, path) in files {
        let size = std::fs::metadata(path).with_context(|| format!("reading {}", path.display()))?.len();
        text += &format!("{size:>12} bytes  {name}\n");
    }
    let entries = std::fs::read_dir(model).with_context(|| model.display().to_string())?;
    let names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut left: Vec<String> = names.filter(|name| !files.iter().any(|(sent, _)| sent == name)).collect();
    left.sort();
    if !left.is_empty() {
        text += &format!("would leave here: {}\n", left.join(", "));
    }
    ForPeople(&mut stdout().lock()).write_all(text.as_bytes()).context("standard output")
}
