//! `welt sweep --init`: a grid file with comments, from a corpus in any format and an encoder.
//! What the user has goes in; the grid goes out, and beside it, where documents were given, a folder of tagged files.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use welt_data::formats::Format;
use welt_process::shown;
use welt_settings::Method;
use welt_sweep::{ModelPath, NewGrid, NewModel};

use crate::allow::loss_name;
use crate::annotated::corpus_format;
use crate::convert::Input;
use crate::destination::{Destination, new_folder};
use crate::split::Shares;

/// What is compared where nothing else is asked for: no weights, the weightings, and the losses without weights.
const METHODS: [&str; 6] = ["vanilla", "ins", "isns", "welt", "focal-2", "logit-adjustment-1"];

/// Seeds of a new grid: fewer see little.
const SEEDS: u64 = 5;

/// A new grid
#[derive(Args)]
pub struct InitFlags {
    /// Write a grid file with comments, for the corpus that the flags below name and the encoders of --model, a folder or a name each, and run nothing
    #[arg(long, value_name = "FILE", help_heading = "A new grid")]
    init: Option<PathBuf>,
    /// What is learnt from: tagged files, or documents in any format that convert reads
    #[arg(long, value_name = "FILE", num_args = 1.., requires_all = ["init", "dev", "test"], help_heading = "A new grid")]
    train: Vec<PathBuf>,
    /// What an epoch is chosen on
    #[arg(long, value_name = "FILE", num_args = 1.., requires = "train", help_heading = "A new grid")]
    dev: Vec<PathBuf>,
    /// What results are scored on
    #[arg(long, value_name = "FILE", num_args = 1.., requires = "train", help_heading = "A new grid")]
    test: Vec<PathBuf>,
    /// The format of what is read [default: told from the name or the content of each]
    #[arg(long, value_name = "FORMAT", value_parser = corpus_format(), requires = "init", help_heading = "A new grid")]
    from: Option<Format>,
    /// A corpus without splits: its documents are shared out by --split
    #[arg(long, value_name = "FILE", num_args = 1.., requires = "init", conflicts_with = "train")]
    #[arg(help_heading = "A new grid")]
    documents: Vec<PathBuf>,
    /// Per cent of the sentences of --documents for train, dev and test; documents stay whole
    #[arg(long, value_name = "A,B,C", default_value = "80,10,10", value_parser = Shares::parse, help_heading = "A new grid")]
    split: Shares,
    /// The entity types of documents to keep, each under its name or another one, as in Chemical,Disease=Illness [default: all]
    #[arg(long, value_name = "TYPE[=NAME],..", value_delimiter = ',', requires = "init", help_heading = "A new grid")]
    types: Vec<String>,
    /// Losses and changes that may be where documents become words and tags: their names, or all
    #[arg(long, value_name = "NAME,..", value_delimiter = ',', value_parser = loss_name, requires = "init")]
    #[arg(help_heading = "A new grid")]
    allow: Vec<String>,
}

/// What the splits and their files are called.
const SPLITS: [&str; 3] = ["train", "dev", "test"];

/// The splits of a corpus, as the grid file's folder sees them.
struct Splits {
    train: Vec<PathBuf>,
    dev: PathBuf,
    test: PathBuf,
}

impl InitFlags {
    /// Writes the grid and the tagged files that it needs; `models` are folders or names, each with a name for tables if one is given.
    ///
    /// # Errors
    /// A file that is there already, a corpus or an encoder that cannot be used, a loss that is not allowed.
    pub fn write(&self, models: &[String], methods: Vec<Method>, is_quiet: bool) -> Result<()> {
        let path = self.init.as_deref().context("--init FILE: expected the name of a grid file to write")?;
        let stem = path.file_stem().ok_or_else(|| anyhow!("--init {}: expected a file", path.display()))?;
        let name = stem.to_string_lossy().into_owned();
        if path.exists() {
            bail!("{}: is there already; choose another name, or remove it first", path.display());
        }
        if models.is_empty() {
            bail!(
                "--init: which encoder? add --model with its folder, a name on the Hub or a name that `welt models` lists"
            );
        }
        if self.train.is_empty() && self.documents.is_empty() {
            bail!("--init: which corpus? add --train, --dev and --test, or --documents for a corpus without splits");
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let models: Vec<NewModel> = models.iter().map(|model| new_model(model, folder)).collect::<Result<_>>()?;
        let splits = self.splits(folder, &name)?;
        let methods = if methods.is_empty() {
            METHODS.iter().map(|name| name.parse()).collect::<Result<_, _>>()?
        } else {
            methods
        };
        let grid = NewGrid {
            corpus: &name,
            train: &splits.train,
            dev: &splits.dev,
            test: &splits.test,
            models: &models,
            methods: &methods,
            seeds: SEEDS,
            command: &format!("welt sweep {}", path.display()),
        };
        let mut destination = Destination::file(path, "--init")?;
        std::io::Write::write_all(&mut destination.writer, grid.text().as_bytes())?;
        destination.finish()?;
        if is_quiet {
            return Ok(());
        }
        let trained = methods.iter().filter(|method| !method.shares_training()).count();
        let runs = trained * SEEDS as usize * models.len();
        eprintln!("{}: {} methods, {SEEDS} seeds, {runs} trainings; look at it, then:", path.display(), methods.len());
        eprintln!("  welt sweep {} --dry-run    how long they take\n  welt sweep {}", path.display(), path.display());
        Ok(())
    }

    /// The splits: tagged files as they are, documents as tagged files in a new folder beside the grid.
    fn splits(&self, folder: &Path, name: &str) -> Result<Splits> {
        let given = [&self.train, &self.dev, &self.test];
        let mut tagged = Vec::new();
        for (index, files) in given.into_iter().enumerate() {
            tagged.push(self.are_tagged(files)? && (index == 0 || files.len() == 1));
        }
        let seen = |files: &[PathBuf]| files.iter().map(|path| seen_from(folder, path)).collect::<Result<Vec<_>>>();
        if self.documents.is_empty() && tagged.iter().all(|&tagged| tagged) {
            let [train, mut dev, mut test] = [seen(&self.train)?, seen(&self.dev)?, seen(&self.test)?];
            return Ok(Splits { train, dev: dev.remove(0), test: test.remove(0) });
        }
        // Messages read better without a leading `./`.
        let path = folder.join(name);
        let made = new_folder(path.strip_prefix(".").unwrap_or(&path))?;
        let converter = Converter { folder: made.partial(), from: self.from, types: &self.types, allow: &self.allow };
        let mut splits = Vec::new();
        if self.documents.is_empty() {
            for ((split, files), tagged) in SPLITS.into_iter().zip(given).zip(tagged) {
                splits.push(if tagged {
                    seen(files)?
                } else {
                    vec![Path::new(name).join(converter.convert(split, files)?)]
                });
            }
        } else {
            let names = converter.split(&self.documents, self.split)?;
            splits.extend(names.map(|file| vec![Path::new(name).join(file)]));
        }
        made.finish()?;
        let mut splits = splits.into_iter();
        let mut next = || splits.next().context("a split");
        Ok(Splits { train: next()?, dev: next()?.remove(0), test: next()?.remove(0) })
    }

    /// Whether files are tagged already, as they are to be.
    fn are_tagged(&self, files: &[PathBuf]) -> Result<bool> {
        let mut all = self.types.is_empty();
        for file in files {
            all &= Input::new(file, self.from, Some(Format::Conll))?.format == Format::Conll;
        }
        Ok(all)
    }
}

/// Makes tagged files with other commands of this program.
struct Converter<'a> {
    /// The folder of what is made.
    folder: &'a Path,
    from: Option<Format>,
    types: &'a [String],
    allow: &'a [String],
}

impl Converter<'_> {
    /// One tagged file of all files; its name.
    fn convert(&self, split: &str, files: &[PathBuf]) -> Result<String> {
        let name = format!("{split}.tsv");
        let mut command = this_program("convert")?;
        command.args(files).args(["--to", "conll", "--document-lines", "--output"]).arg(self.folder.join(&name));
        if let Some(from) = self.from {
            command.args(["--from", from.name()]);
        }
        for (flag, values) in [("--types", self.types), ("--allow", self.allow)] {
            if !values.is_empty() {
                command.args([flag, &values.join(",")]);
            }
        }
        run(command)?;
        Ok(name)
    }

    /// The documents shared out into three tagged files.
    fn split(&self, files: &[PathBuf], Shares([train, dev, test]): Shares) -> Result<[String; 3]> {
        let all = self.convert("all", files)?;
        let names = SPLITS.map(|split| format!("{split}.tsv"));
        self.sample(&all, train / 100.0, &names[0], "rest.tsv")?;
        self.sample("rest.tsv", dev / (dev + test), &names[1], &names[2])?;
        for name in [&all, "rest.tsv"] {
            let path = self.folder.join(name);
            fs::remove_file(&path).with_context(|| format!("removing {}", path.display()))?;
        }
        Ok(names)
    }

    /// Draws a share of the documents of a file into another, and the others into a third.
    fn sample(&self, from: &str, share: f64, to: &str, rest: &str) -> Result<()> {
        let [from, to, rest] = [from, to, rest].map(|name| self.folder.join(name));
        let mut command = this_program("split")?;
        command.arg("sample").arg(from).args(["--fraction", &share.to_string(), "--output"]).arg(to);
        command.arg("--rest").arg(rest);
        run(command)
    }
}

fn this_program(command: &str) -> Result<Command> {
    let mut program = Command::new(std::env::current_exe().context("finding this program")?);
    program.args([command, "--quiet"]);
    Ok(program)
}

/// Runs a command of this program, whose complaint is the error.
fn run(mut command: Command) -> Result<()> {
    let output = command.output().with_context(|| format!("starting {}", shown(&command)))?;
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.trim();
    if !output.status.success() {
        bail!("{}", said.strip_prefix("error: ").unwrap_or(said));
    }
    if !said.is_empty() {
        eprintln!("{said}");
    }
    Ok(())
}

/// An encoder by folder or name, as in `minilm`, `Mini=checkpoints/minilm` or `dmis-lab/biobert-v1.1`.
fn new_model(text: &str, folder: &Path) -> Result<NewModel> {
    let (name, path_or_name) =
        text.split_once('=').map_or((None, text), |(name, path_or_name)| (Some(name), path_or_name));
    let path = Path::new(path_or_name);
    if path.exists() {
        let last = path.canonicalize().ok().and_then(|path| Some(path.file_name()?.to_string_lossy().into_owned()));
        let name = name.map(str::to_owned).or(last).unwrap_or_else(|| path_or_name.to_owned());
        return Ok(NewModel { name, is: ModelPath::Folder(seen_from(folder, path)?) });
    }
    welt_hub::named(path)?;
    let last = path_or_name.rsplit('/').next().unwrap_or(path_or_name);
    let name = name.unwrap_or_else(|| last.split('@').next().unwrap_or(last));
    Ok(NewModel { name: name.to_owned(), is: ModelPath::Hub(path_or_name.to_owned()) })
}

/// A path as a folder sees it: shorter where it lies in it, absolute elsewhere.
fn seen_from(folder: &Path, path: &Path) -> Result<PathBuf> {
    let whole = |path: &Path| path.canonicalize().with_context(|| format!("finding {}", path.display()));
    let (folder, path) = (whole(folder)?, whole(path)?);
    Ok(path.strip_prefix(&folder).map_or_else(|_| path.clone(), Path::to_owned))
}
