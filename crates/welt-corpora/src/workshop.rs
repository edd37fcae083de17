//! Makes one corpus from its manifest: finds its files, unpacks, converts, counts, and puts it in its place.
//! A manifest goes in; a folder with three splits and a record of their checksums comes out, or the reason why not.
//! It knows nothing of tables and arguments.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Error, Result};
use welt_files::sha256;

use crate::counts::{SplitCounts, count, differences};
use crate::making::Making;
use crate::manifest::{Format, Manifest, Source, SourceFile, Split};
use crate::mirror::{Found, Mirror};
use crate::network::{Client, Failure, Watch};
use crate::outcome::{Outcome, State};
use crate::record::Record;
use crate::settings::{Files, Settings};
use crate::splits;
use crate::wanted::Wanted;

/// Where corpora are made.
pub struct Workshop<'a> {
    settings: &'a Settings,
    origin: Origin,
    /// Gives the `welt` program, which may have to be built first.
    find_welt: &'a dyn Fn() -> Result<PathBuf>,
    /// The program, once it was needed.
    welt: OnceCell<PathBuf>,
    /// Set from outside to end everything.
    stop: &'static AtomicBool,
    /// Hosts that gave no answer in this run.
    silent_hosts: BTreeSet<String>,
}

/// Where files come from.
#[derive(Debug)]
pub enum Origin {
    Network(Client),
    Folder(Mirror),
}

impl Origin {
    /// Gets ready to take files from there.
    ///
    /// # Errors
    /// A folder that cannot be listed, or certificates that cannot be read.
    pub fn open(files: &Files, stop: &'static AtomicBool) -> Result<Self> {
        Ok(match files {
            Files::Folder(folder) => Self::Folder(Mirror::open(folder).context("--downloads")?),
            Files::Servers { mirror } => Self::Network(Client::open(mirror.clone(), stop)?),
        })
    }
}

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

impl<'a> Workshop<'a> {
    /// A workshop in which nothing was made yet.
    pub fn new(
        settings: &'a Settings,
        origin: Origin,
        find_welt: &'a dyn Fn() -> Result<PathBuf>,
        stop: &'static AtomicBool,
    ) -> Self {
        Self { settings, origin, find_welt, welt: OnceCell::new(), stop, silent_hosts: BTreeSet::new() }
    }

    fn welt(&self) -> Result<PathBuf> {
        match self.welt.get() {
            Some(path) => Ok(path.clone()),
            None => (self.find_welt)().map(|path| self.welt.get_or_init(|| path).clone()),
        }
    }

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
        let folder = self.settings.output.join(&manifest.name);
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
            let changed: Vec<String> =
                changed.map(|(split, _)| format!("{split}.tsv was changed after it was verified")).collect();
            let (found, counts) = if changed.is_empty() {
                (differences(&record.counts, &manifest.counts, record.within), record.counts)
            } else {
                (changed, SplitCounts::new())
            };
            let state = State::of(found, record.within);
            return Ok(Some(Outcome { state, source: Some(record.source), counts }));
        }
        let counts = match count(&self.welt()?, &folder) {
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
        if manifest.terms.accept && !self.settings.accepted.contains(&manifest.name) {
            let why = format!(
                "its terms are yours to accept ({}): read what `{} --list {name}` says of them, then add --accept {name}",
                manifest.terms.licence,
                self.settings.command,
                name = manifest.name
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
        let making = Making::begin(&self.settings.output, &manifest.name)?;
        let unpacked = making.unpack(source, &found);
        if unpacked.is_err() {
            self.forget(source)?;
        }
        let (inputs, fetched) = unpacked?;
        let welt = self.welt()?;
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
        making.take_its_place(&self.settings.output.join(&manifest.name), &record, watch)?;
        Ok((State::of(differences, source.within), counts))
    }

    /// The files of a source, in their order.
    fn gather(&mut self, manifest: &Manifest, source: &Source, watch: &mut dyn Watch) -> Result<Vec<Found>, Lack> {
        let mut found = Vec::new();
        let mut missing: Vec<String> = Vec::new();
        for file in &source.files {
            let result = match &self.origin {
                Origin::Folder(mirror) => mirror.find(&manifest.name, source.format, file),
                Origin::Network(client) => fetch(client, &mut self.silent_hosts, &self.settings.output, file, watch)?,
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
                let path = download_path(&self.settings.output, file);
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
    let address = client.shown_address(&file.url);
    let host = address.split('/').nth(2).unwrap_or_default().to_owned();
    if silent_hosts.contains(&host) && !to.exists() {
        return Ok(Err(format!("{host} gives no answer")));
    }
    watch.begin(&address);
    let result = client.fetch(&Wanted::from(file), &to, watch);
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

/// Where a file is kept as it was fetched.
pub fn download_path(output: &Path, file: &SourceFile) -> PathBuf {
    output.join(".downloads").join(file.host_and_path())
}
