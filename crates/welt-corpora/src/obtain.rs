//! Makes one corpus from its manifest: finds its files, unpacks, converts, counts, and puts it in its place.
//! A manifest goes in; a folder with three splits and a record of their checksums comes out, or the reason why not.
//! It knows nothing of tables and arguments.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Error, Result};
use serde::{Deserialize, Serialize};

use super::archive;
use super::counts::{self, SplitCounts, count, differences};
use super::download::{Client, Failure, Watch};
use super::manifest::{Format, Manifest, Source, SourceFile, Split};
use super::mirror::{Found, Mirror, wanted};
use super::splits;
use welt_files::{sha256, write_whole};

/// Where corpora are made.
pub struct Workshop<'a> {
    /// The folder of corpora.
    pub output: &'a Path,
    pub origin: Origin,
    /// Corpora whose terms the user has accepted.
    pub accepted: &'a [String],
    /// Gives the `welt` program, which may have to be built first.
    pub welt: &'a dyn Fn() -> Result<PathBuf>,
    /// Set from outside to end everything.
    pub stop: &'static AtomicBool,
    /// Hosts that gave no answer in this run.
    pub silent_hosts: BTreeSet<String>,
}

/// Where files come from.
#[derive(Debug)]
pub enum Origin {
    Network(Client),
    Folder(Mirror),
}

/// What became of a corpus.
#[derive(Debug)]
pub struct Outcome {
    pub state: State,
    /// The title of the source that it was made from.
    pub source: Option<String>,
    /// What is in its splits, as far as there are any.
    pub counts: SplitCounts,
}

/// Whether a corpus is there.
#[derive(Debug, Clone, PartialEq)]
pub enum State {
    /// All counts are the expected ones.
    Verified,
    /// Made by another splitting of the text: the same words, sentences off by no more than this share.
    Close(f64),
    /// It can be made, but not as expected; nothing was put in its place.
    Differs(Vec<String>),
    /// No source can be had.
    Missing(Vec<String>),
    /// Something went wrong with what was there.
    Failed(Vec<String>),
    Stopped,
}

/// What lies beside the splits of a finished corpus.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Record {
    source: String,
    /// SHA-256 of each split.
    files: BTreeMap<Split, String>,
    counts: SplitCounts,
    /// How far the counts may be off, where the source says so.
    within: Option<f64>,
    /// SHA-256 of what was fetched, by URL.
    fetched: BTreeMap<String, String>,
}

const RECORD: &str = "verified.json";

/// What a corpus that was put there by hand says as its source.
const BY_HAND: &str = "found in its place";

/// Why a source gave no corpus.
enum Lack {
    Missing(Vec<String>),
    Failed(Error),
    Differs { differences: Vec<String>, counts: SplitCounts },
    Stopped,
}

impl From<Error> for Lack {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl Outcome {
    fn without_counts(state: State) -> Self {
        Self { state, source: None, counts: SplitCounts::new() }
    }
}

impl Workshop<'_> {
    /// The corpus in its place, made if it is not there.
    pub fn obtain(&mut self, manifest: &Manifest, watch: &mut dyn Watch) -> Outcome {
        let found = match self.look(manifest) {
            Ok(Some(found)) if matches!(found.state, State::Verified | State::Close(_)) => return found,
            Ok(found) => found,
            Err(error) => return Outcome::without_counts(State::Failed(vec![format!("{error:#}")])),
        };
        let made = self.make(manifest, watch);
        match (made, found) {
            // What is there without being right tells more than that nothing better can be had.
            (Outcome { state: State::Missing(why), .. }, Some(Outcome { state: State::Differs(what), counts, .. })) => {
                let all = what.into_iter().map(|what| format!("in its place: {what}")).chain(why).collect();
                Outcome { state: State::Differs(all), source: None, counts }
            }
            (made, _) => made,
        }
    }

    /// The corpus as it lies in its place, if all three splits are there.
    pub fn look(&self, manifest: &Manifest) -> Result<Option<Outcome>> {
        let folder = self.output.join(&manifest.name);
        let paths = Split::ALL.map(|split| folder.join(split.file_name()));
        if !paths.iter().all(|path| path.is_file()) {
            return Ok(None);
        }
        let mut digests = BTreeMap::new();
        for (split, path) in Split::ALL.into_iter().zip(&paths) {
            digests.insert(split, sha256(path)?);
        }
        if let Some(record) = Record::read(&folder) {
            let changed = digests.iter().filter(|&(split, digest)| record.files.get(split) != Some(digest));
            // Counts alone would not find a word that was changed, so what was verified once is held to its checksum.
            let mut differences: Vec<String> =
                changed.map(|(split, _)| format!("{split}.tsv was changed after it was verified")).collect();
            let counts = if differences.is_empty() { record.counts } else { SplitCounts::new() };
            if differences.is_empty() {
                differences = counts::differences(&counts, &manifest.counts, record.within);
            }
            let state = State::of(differences, record.within);
            return Ok(Some(Outcome { state, source: Some(record.source), counts }));
        }
        let counts = match count(&(self.welt)()?, &folder) {
            Ok(counts) => counts,
            Err(error) => {
                let state = State::Differs(vec![format!("it cannot be counted: {error:#}")]);
                return Ok(Some(Outcome::without_counts(state)));
            }
        };
        let state = State::of(differences(&counts, &manifest.counts, None), None);
        if state == State::Verified {
            let source = BY_HAND.to_owned();
            let record =
                Record { source, files: digests, counts: counts.clone(), within: None, fetched: BTreeMap::new() };
            record.write(&folder)?;
        }
        Ok(Some(Outcome { state, source: Some(BY_HAND.to_owned()), counts }))
    }

    /// Makes the corpus from the first source that can be had.
    fn make(&mut self, manifest: &Manifest, watch: &mut dyn Watch) -> Outcome {
        if manifest.terms.accept && !self.accepted.contains(&manifest.name) {
            let why = format!(
                "its terms are yours to accept ({}): read datasets/{}.toml, then add --accept {}",
                manifest.terms.licence, manifest.name, manifest.name
            );
            return Outcome::without_counts(State::Missing(vec![why]));
        }
        let (mut missing, mut failed, mut differing) = (Vec::new(), Vec::new(), None);
        for source in &manifest.sources {
            let said = |why: &str| format!("{}: {why}", source.title);
            match self.make_from(manifest, source, watch) {
                Ok((state, counts)) => return Outcome { state, source: Some(source.title.clone()), counts },
                Err(Lack::Stopped) => return Outcome::without_counts(State::Stopped),
                Err(Lack::Missing(why)) => missing.extend(why.iter().map(|why| said(why))),
                Err(Lack::Failed(error)) => failed.push(said(&format!("{error:#}"))),
                Err(Lack::Differs { differences, counts }) => {
                    let what = differences.iter().map(|difference| said(difference)).collect::<Vec<_>>();
                    differing.get_or_insert((what, counts, source.title.clone()));
                }
            }
        }
        match differing {
            Some((what, counts, source)) => Outcome { state: State::Differs(what), source: Some(source), counts },
            None if !failed.is_empty() => {
                failed.extend(missing);
                Outcome::without_counts(State::Failed(failed))
            }
            None => Outcome::without_counts(State::Missing(missing)),
        }
    }

    fn make_from(
        &mut self,
        manifest: &Manifest,
        source: &Source,
        watch: &mut dyn Watch,
    ) -> Result<(State, SplitCounts), Lack> {
        let found = self.gather(manifest, source, watch)?;
        let making = Making::begin(self.output, &manifest.name)?;
        let unpacked = making.unpack(source, &found);
        if unpacked.is_err() {
            self.forget(source)?;
        }
        let (inputs, fetched) = unpacked?;
        let welt = (self.welt)()?;
        let write = |split: &Split| {
            let to = making.folder.join(split.file_name());
            splits::write(&welt, manifest, source, inputs.get(split).map_or(&[][..], Vec::as_slice), &to)
        };
        let counted = Split::ALL.iter().try_for_each(write).and_then(|()| count(&welt, &making.folder));
        // Ctrl-C goes to `welt` as well, which then seems to fail.
        if self.stop.load(Ordering::Relaxed) {
            return Err(Lack::Stopped);
        }
        if counted.is_err() && source.format == Format::Conll {
            // A page that says who must log in comes with a good status, too.
            self.forget(source)?;
        }
        let counts = counted?;
        let differences = differences(&counts, &manifest.counts, source.within);
        if !differences.is_empty() {
            self.forget(source)?;
            return Err(Lack::Differs { differences, counts });
        }
        let record = Record {
            source: source.title.clone(),
            files: making.digests()?,
            counts: counts.clone(),
            within: source.within,
            fetched,
        };
        making.take_its_place(&self.output.join(&manifest.name), &record, watch)?;
        Ok((State::of(differences, source.within), counts))
    }

    /// The files of a source, in their order.
    fn gather(&mut self, manifest: &Manifest, source: &Source, watch: &mut dyn Watch) -> Result<Vec<Found>, Lack> {
        let mut found = Vec::new();
        let mut missing: Vec<String> = Vec::new();
        for file in &source.files {
            let result = match &self.origin {
                Origin::Folder(mirror) => mirror.find(&manifest.name, source.format, file),
                Origin::Network(client) => fetch(client, &mut self.silent_hosts, self.output, file, watch)?,
            };
            match result {
                Ok(path) => found.push(path),
                // One archive may hold all splits.
                Err(why) if missing.contains(&why) => {}
                Err(why) => missing.push(why),
            }
            // In a folder all that is missing is listed; a server that lacks one file need not be asked for the others.
            if matches!(self.origin, Origin::Network(_)) && !missing.is_empty() {
                break;
            }
        }
        if missing.is_empty() { Ok(found) } else { Err(Lack::Missing(missing)) }
    }

    /// Removes what was fetched without a checksum: it is not what it should be, and would be taken for it again.
    fn forget(&self, source: &Source) -> Result<()> {
        if let Origin::Network(_) = self.origin {
            for file in source.files.iter().filter(|file| file.sha256.is_none()) {
                let path = download_path(self.output, file);
                if path.exists() {
                    fs::remove_file(&path).with_context(|| format!("removing {}", path.display()))?;
                }
            }
        }
        Ok(())
    }
}

/// Fetches a file of a source, or says why that cannot be done here.
fn fetch(
    client: &Client,
    silent_hosts: &mut BTreeSet<String>,
    output: &Path,
    file: &SourceFile,
    watch: &mut dyn Watch,
) -> Result<Result<Found, String>, Lack> {
    let to = download_path(output, file);
    let address = client.address(&file.url);
    let host = address.split('/').nth(2).unwrap_or_default().to_owned();
    if silent_hosts.contains(&host) && !to.exists() {
        return Ok(Err(format!("{host} gives no answer")));
    }
    watch.begin(&address);
    let result = client.fetch(&wanted(file), &to, watch);
    watch.end();
    match result {
        Ok(()) => Ok(Ok(Found::Whole(to))),
        Err(Failure::Unavailable(error)) => Ok(Err(format!("{error:#}"))),
        Err(Failure::Unreachable(error)) => {
            silent_hosts.insert(host);
            Ok(Err(format!("{error:#}")))
        }
        Err(Failure::Wrong(error)) => Err(Lack::Failed(error)),
        Err(Failure::Stopped) => Err(Lack::Stopped),
    }
}

/// Whether a corpus lies in its place with a record that fits it; nothing is counted.
pub fn is_finished(manifest: &Manifest, output: &Path) -> bool {
    let folder = output.join(&manifest.name);
    let Some(record) = Record::read(&folder) else { return false };
    let is_same = |(split, wanted): (&Split, &String)| {
        sha256(&folder.join(split.file_name())).is_ok_and(|found| found == *wanted)
    };
    record.files.len() == Split::ALL.len()
        && record.files.iter().all(is_same)
        && differences(&record.counts, &manifest.counts, record.within).is_empty()
}

/// Where a file is kept as it was fetched.
pub fn download_path(output: &Path, file: &SourceFile) -> PathBuf {
    output.join(".downloads").join(file.host_and_path())
}

impl State {
    fn of(differences: Vec<String>, within: Option<f64>) -> Self {
        match within {
            _ if !differences.is_empty() => Self::Differs(differences),
            Some(within) => Self::Close(within),
            None => Self::Verified,
        }
    }
}

impl Record {
    /// The record in a corpus' folder; one that cannot be read is as good as none.
    fn read(folder: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(folder.join(RECORD)).ok()?).ok()
    }

    fn write(&self, folder: &Path) -> Result<()> {
        let path = folder.join(RECORD);
        let text = serde_json::to_string_pretty(self).context("the record of a corpus")? + "\n";
        Ok(write_whole(&path, &text)?)
    }
}

/// A folder beside a corpus' place, which is removed in the end.
struct Making {
    folder: PathBuf,
}

/// What goes into the splits, and the checksums of what was fetched for it.
type Unpacked = (BTreeMap<Split, Vec<PathBuf>>, BTreeMap<String, String>);

impl Making {
    fn begin(output: &Path, name: &str) -> Result<Self> {
        let folder = output.join(format!(".making-{name}"));
        // An earlier run may have been killed.
        remove_folder(&folder)?;
        fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
        Ok(Self { folder })
    }

    /// What goes into each split: files, or for a form of several files the folder that holds them.
    fn unpack(&self, source: &Source, found: &[Found]) -> Result<Unpacked> {
        let mut inputs: BTreeMap<Split, Vec<PathBuf>> = BTreeMap::new();
        let mut fetched = BTreeMap::new();
        for (file, found) in source.files.iter().zip(found) {
            let folder = self.folder.join(format!("of-{}", file.split));
            fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
            let mut path = match (found, &file.member) {
                (Found::Member(path), _) => path.clone(),
                (Found::Whole(path), member) => {
                    fetched.insert(file.url.clone(), sha256(path)?);
                    match member {
                        Some(member) => {
                            let to = folder.join(file.member_name().unwrap_or_default());
                            archive::extract(path, member, &to)?;
                            to
                        }
                        None => path.clone(),
                    }
                }
            };
            let files = inputs.entry(file.split).or_default();
            if source.format.is_of_several_files() {
                if !path.starts_with(&folder) {
                    let to = folder.join(path.file_name().unwrap_or_default());
                    fs::copy(&path, &to).with_context(|| format!("copying {}", path.display()))?;
                }
                files.clear();
                path = folder;
            }
            files.push(path);
        }
        Ok((inputs, fetched))
    }

    fn digests(&self) -> Result<BTreeMap<Split, String>> {
        Split::ALL.into_iter().map(|split| Ok((split, sha256(&self.folder.join(split.file_name()))?))).collect()
    }

    /// Moves the splits to `place`. Others that lie there are kept beside, as they may be somebody's work.
    fn take_its_place(&self, place: &Path, record: &Record, watch: &mut dyn Watch) -> Result<()> {
        fs::create_dir_all(place).with_context(|| format!("making {}", place.display()))?;
        for (split, wanted) in &record.files {
            let (from, to) = (self.folder.join(split.file_name()), place.join(split.file_name()));
            if to.exists() && sha256(&to)? != *wanted {
                let old = free_name(place, &format!("{split}.tsv.old"));
                fs::rename(&to, &old).with_context(|| format!("moving {}", to.display()))?;
                watch.say(&format!("{} is now {}", to.display(), old.display()));
            }
            fs::rename(&from, &to).with_context(|| format!("writing {}", to.display()))?;
        }
        record.write(place)
    }
}

/// The name, or with a number behind it where it is taken: what was put aside before is somebody's work, too.
fn free_name(folder: &Path, name: &str) -> PathBuf {
    let numbered = (2..).map(|number: u32| folder.join(format!("{name}.{number}")));
    let mut names = std::iter::once(folder.join(name)).chain(numbered);
    names.find(|path| !path.exists()).unwrap_or_else(|| folder.join(name))
}

impl Drop for Making {
    fn drop(&mut self) {
        // What cannot be removed now is removed before the next try.
        let _ = remove_folder(&self.folder);
    }
}

fn remove_folder(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("removing {}", folder.display()))
        }
        _ => Ok(()),
    }
}
