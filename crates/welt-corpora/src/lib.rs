//! Fetches the corpora of the paper, makes their splits, and says whether they are what they should be.
//! The manifests in `datasets/` go in; a folder a corpus and a table come out.
//!
//! [`manifest`] says what is wanted, [`download`] fetches it or [`mirror`] finds it, [`archive`] unpacks it, [`splits`]
//! gives it its form, [`counts`] counts it, [`obtain`] puts all this together, and [`table`] shows it.

#![forbid(unsafe_code)]

mod archive;
mod command;
mod counts;
mod download;
#[cfg(test)]
mod fetching;
mod manifest;
mod mirror;
mod obtain;
mod progress;
#[cfg(test)]
mod server;
mod splits;
mod table;
#[cfg(test)]
mod tests;

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::AtomicBool;

use anyhow::{Context, Result, bail};
use clap::Args;
use indicatif::HumanBytes;

use download::{Client, Policy};
use manifest::SourceFile;
pub use manifest::{Manifest, Split};
use mirror::Mirror;
use obtain::{Origin, Outcome, State, Workshop};
use progress::Progress;
use table::{Form, Rows};
pub use table::{aligned, markdown};

/// A name or an option that does not exist.
const USAGE: u8 = 2;
/// Some corpora cannot be had.
const PARTIAL: u8 = 3;
/// Ended by Ctrl-C, as a shell says it.
const INTERRUPTED: u8 = 130;

/// Fetch corpora, make their splits, check them, and print them beside the paper's Tables 1 and 11
#[derive(Debug, Args)]
pub struct Flags {
    /// The corpora [default: all that have a manifest in datasets/]
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Where corpora go, a folder each [default: corpora of this workspace]
    #[arg(long, value_name = "DIR", env = "WELT_DATASETS")]
    output: Option<PathBuf>,
    /// Use no network but the files in this folder, found by path, name or checksum
    #[arg(long, value_name = "DIR")]
    from: Option<PathBuf>,
    /// Corpora whose uncertain terms you accept
    #[arg(long, value_name = "NAME,..", value_delimiter = ',')]
    accept: Vec<String>,
    /// A URL under which HOST/PATH of every file is asked for instead
    #[arg(long, value_name = "URL", env = "WELT_MIRROR", conflicts_with = "from")]
    mirror: Option<String>,
    /// How to write the table
    #[arg(long, value_enum, default_value = "text")]
    format: Form,
    /// List the corpora with their terms and sources, and fetch none
    #[arg(long, conflicts_with = "dry_run")]
    list: bool,
    /// Print what would be fetched from where, and fetch none
    #[arg(long)]
    dry_run: bool,
}

/// Fetches, makes and shows what is asked for, with the program that `find_welt` gives; the manifests lie in `workspace`.
/// Whoever sets `stop` ends it.
///
/// # Errors
/// Manifests or a folder that cannot be read or written.
pub fn run(
    request: &Flags,
    workspace: &Path,
    find_welt: &dyn Fn() -> Result<PathBuf>,
    stop: &'static AtomicBool,
) -> Result<ExitCode> {
    let all = manifest::read_all(&workspace.join("datasets"))?;
    let chosen = match request.choose(&all) {
        Ok(chosen) => chosen,
        Err(error) => {
            eprintln!("error: {error:#}");
            return Ok(ExitCode::from(USAGE));
        }
    };
    if request.list {
        print!("{}", list(&chosen));
        return Ok(ExitCode::SUCCESS);
    }
    let output = request.output.clone().unwrap_or_else(|| {
        let ours = workspace.join("corpora");
        // Messages read better without a leading `./`.
        ours.strip_prefix(".").unwrap_or(&ours).to_owned()
    });
    let found: OnceCell<PathBuf> = OnceCell::new();
    let welt = || match found.get() {
        Some(path) => Ok(path.clone()),
        None => {
            let path = find_welt()?;
            Ok(found.get_or_init(|| path).clone())
        }
    };
    let mut workshop = Workshop {
        output: &output,
        origin: request.origin(stop)?,
        accepted: &request.accept,
        welt: &welt,
        stop,
        silent_hosts: BTreeSet::new(),
    };
    if request.dry_run {
        print!("{}", plan(&chosen, &workshop));
        return Ok(ExitCode::SUCCESS);
    }
    let _lock = lock(&output)?;
    let mut rows: Vec<(&Manifest, Outcome)> = Vec::new();
    for manifest in chosen {
        let outcome = workshop.obtain(manifest, &mut Progress::new());
        let is_over = outcome.state == State::Stopped;
        if !is_over {
            eprintln!("{}: {}", manifest.name, table::word(&outcome.state));
        }
        rows.push((manifest, outcome));
        if is_over {
            break;
        }
    }
    print!("{}", table::render(request.format, &rows));
    Ok(end(request, &rows, &output))
}

impl Flags {
    /// The manifests of the corpora that are named, or all.
    fn choose<'a>(&self, all: &'a [Manifest]) -> Result<Vec<&'a Manifest>> {
        let names: Vec<&str> = all.iter().map(|manifest| manifest.name.as_str()).collect();
        for name in self.names.iter().chain(&self.accept) {
            if !names.contains(&name.as_str()) {
                bail!("no corpus `{name}`: expected one of {}", names.join(", "));
            }
        }
        let is_chosen = |manifest: &&Manifest| self.names.is_empty() || self.names.contains(&manifest.name);
        Ok(all.iter().filter(is_chosen).collect())
    }

    fn origin(&self, stop: &'static AtomicBool) -> Result<Origin> {
        Ok(match &self.from {
            Some(folder) => Origin::Folder(Mirror::open(folder).context("--from")?),
            None => {
                let mirror = self.mirror.clone().filter(|mirror| !mirror.is_empty());
                Origin::Network(Client::new(Policy::PATIENT, ureq::Proxy::try_from_env(), mirror, stop)?)
            }
        })
    }
}

/// Keeps a second run out of the folder.
fn lock(output: &Path) -> Result<File> {
    fs::create_dir_all(output).with_context(|| format!("making {}", output.display()))?;
    let path = output.join(".lock");
    let lock = File::create(&path).with_context(|| format!("writing {}", path.display()))?;
    if lock.try_lock().is_err() {
        bail!("another run is writing to {}: wait for it, or choose another folder with --output", output.display());
    }
    Ok(lock)
}

/// What corpora there are.
fn list(manifests: &[&Manifest]) -> String {
    let mut text = String::new();
    for manifest in manifests {
        let citation = &manifest.citation;
        let accept = if manifest.terms.accept { ", to be accepted by name" } else { "" };
        let doi = citation.doi.as_ref().map_or(String::new(), |doi| format!(", https://doi.org/{doi}"));
        let first = citation.authors.first().map_or("", String::as_str);
        let others = if citation.authors.len() > 1 { " and others" } else { "" };
        let _ = writeln!(text, "{}: {}", manifest.name, manifest.title);
        let _ = writeln!(text, "  types    {}", manifest.types.join(", "));
        let _ = writeln!(text, "  splits   {}", manifest.split);
        let _ = writeln!(text, "  terms    {}{accept}", manifest.terms.licence);
        let _ = writeln!(text, "           {}", manifest.terms.note);
        let _ = writeln!(
            text,
            "  cite     {first}{others} ({}): {}, {}{doi}",
            citation.year, citation.title, citation.venue
        );
        for source in &manifest.sources {
            let _ = writeln!(text, "  source   {} ({})", source.title, source.format);
        }
    }
    text
}

/// What would be done, from what can be seen without fetching anything.
fn plan(manifests: &[&Manifest], workshop: &Workshop) -> String {
    let mut text = String::new();
    for manifest in manifests {
        let name = &manifest.name;
        let place = workshop.output.join(name);
        if obtain::is_finished(manifest, workshop.output) {
            let _ = writeln!(text, "{name}: is in {}", place.display());
            continue;
        }
        let needs_consent = manifest.terms.accept && !workshop.accepted.contains(name);
        let consent =
            if needs_consent { format!(", if its terms are accepted with --accept {name}") } else { String::new() };
        let _ = writeln!(text, "{name}: goes to {}{consent}", place.display());
        for (index, source) in manifest.sources.iter().enumerate() {
            let order = if index == 0 { "from" } else { "or else from" };
            let _ = writeln!(text, "  {order} {} ({})", source.title, source.format);
            let mut seen = BTreeSet::new();
            for file in source.files.iter().filter(|file| seen.insert(&file.url)) {
                let _ = match &workshop.origin {
                    Origin::Network(client) => {
                        let is_there = obtain::download_path(workshop.output, file).exists();
                        let there = if is_there { ", fetched already" } else { "" };
                        writeln!(text, "    {} ({}{there})", client.address(&file.url), size(file))
                    }
                    Origin::Folder(mirror) => match mirror.find(name, source.format, file) {
                        Ok(mirror::Found::Whole(path) | mirror::Found::Member(path)) => {
                            writeln!(text, "    {}", path.display())
                        }
                        Err(why) => writeln!(text, "    missing: {why}"),
                    },
                };
            }
        }
    }
    text
}

fn size(file: &SourceFile) -> String {
    match (file.bytes, file.at_most) {
        (Some(bytes), _) => HumanBytes(bytes).to_string(),
        (None, Some(limit)) => format!("at most {}", HumanBytes(limit)),
        (None, None) => "size unknown".to_owned(),
    }
}

/// Says on standard error what is lacking and what to do; gives the exit code.
fn end(request: &Flags, rows: &Rows, output: &Path) -> ExitCode {
    let has = |wanted: fn(&State) -> bool| rows.iter().any(|(_, outcome)| wanted(&outcome.state));
    if has(|state| *state == State::Stopped) {
        eprintln!("stopped; run the same command again to go on");
        return ExitCode::from(INTERRUPTED);
    }
    if matches!(request.format, Form::Json | Form::Csv) {
        eprint!("{}", table::reasons(rows));
    }
    let is_missing = has(|state| matches!(state, State::Missing(_)));
    if is_missing {
        eprint!("{}", by_hand(rows, &request.accept));
    }
    if has(|state| matches!(state, State::Differs(_) | State::Failed(_))) {
        return ExitCode::from(1);
    }
    if is_missing {
        return ExitCode::from(PARTIAL);
    }
    eprintln!("all corpora are in {}", output.display());
    ExitCode::SUCCESS
}

/// How to provide what could not be had, terms aside.
fn by_hand(rows: &Rows, accepted: &[String]) -> String {
    let mut text = String::new();
    for (manifest, outcome) in rows {
        let needs_consent = manifest.terms.accept && !accepted.contains(&manifest.name);
        let (State::Missing(_), Some(source), false) = (&outcome.state, manifest.sources.first(), needs_consent) else {
            continue;
        };
        let mut seen = BTreeSet::new();
        for file in source.files.iter().filter(|file| seen.insert(&file.url)) {
            let place = mirror::shortest_place(&manifest.name, source.format, file);
            let _ = writeln!(text, "  {} as DIR/{}", file.url, place.display());
        }
    }
    if text.is_empty() {
        return text;
    }
    format!("To provide what is missing by hand, save these files in any folder DIR and add --from DIR:\n{text}")
}

/// The root of the repository.
#[cfg(test)]
fn workspace_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
