//! Fetches the files that a model needs into the cache that Hugging Face's programs share.
//!
//! hf-hub knows how that cache is laid out, and no more of it is used: its client takes what the Hub says for the names of files
//! to write (an ETag of `../../x` is written to), copies a body that never ends, shows the token to whoever the Hub sends on
//! to, and goes on with what another program left. None of this can be stopped from outside, since it asks for these headers itself.
//! So the three requests are made here: the commit with its list of files, the head of a file, its bytes. What the Hub says is
//! held against what it can be before anything is done with it ([`head`](crate::head)); no more bytes are taken than were
//! announced; every file is measured and, where the Hub tells its SHA-256, hashed; what does not fit is fetched again.

use std::fs;
use std::io::{self, ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use hf_hub::{Cache, Repo, RepoType};
use serde::Deserialize;
use serde_json::Value;
use ureq::Body;
use ureq::http::{Response, StatusCode};
use welt_files::model_folder::{
    ANY_TOKENIZER, BESIDE_TOKENIZER, CONFIG_FILE, WEIGHTS_FILES, is_index, tokenizer_files, weights_files,
};
use welt_files::{Doing, Lock};
use welt_terminal::{cut, quoted};

use crate::address::encoded;
use crate::api::{Api, TRIES};
use crate::cache::{self, Snapshot};
use crate::error::{HubError, Purpose, io};
use crate::head::{FileHead, content_length, content_range};
use crate::name::HubModel;
use crate::part::{Part, is_whole, point};
use crate::refusal::Failure;
use crate::settings::Settings;
use crate::transfer::{OnTransfer, Transfer};

/// How long to wait for another program that fetches the same file.
const LONGEST_LOCK: Duration = Duration::from_secs(5);

/// How often it is looked whether the other program is done.
const POLL: Duration = Duration::from_millis(100);

/// The most bytes of a file that holds no weights: vocabularies have some millions.
const LONGEST_TEXT: u64 = 256 << 20;

/// Bytes that are read at a time.
const CHUNK: usize = 64 << 10;

/// The most characters that a message tells of a name of the Hub's.
const LONGEST_NAME: usize = 80;

/// What the Hub says of a model at a revision.
#[derive(Deserialize)]
struct Repository {
    sha: String,
    siblings: Vec<Sibling>,
}

#[derive(Deserialize)]
struct Sibling {
    rfilename: String,
}

/// Fetches what the cache lacks of the newest commit of a revision.
pub fn download(model: &HubModel, settings: &Settings, on_transfer: &mut OnTransfer) -> Result<Snapshot, HubError> {
    let api = Api::new(settings);
    let path = format!("api/models/{}/revision/{}", model.id, model.revision.replace('/', "%2F"));
    let found = api.get::<Repository>(&path);
    let repository = found.map_err(|failure| {
        let near = near(&api, model, &failure);
        failure.explain(model, Purpose::Read, settings, near)
    })?;
    if !cache::is_commit(&repository.sha) {
        let reason = format!("the commit is {}, expected 40 hexadecimal digits", quoted(&repository.sha));
        return Err(HubError::NoHub { model: model.to_string(), address: settings.endpoint.clone(), reason });
    }
    let folder = cache::snapshot_folder(&settings.cache, &model.id, &repository.sha);
    let download = Download { model, settings, api, folder: folder.clone(), commit: &repository.sha };
    let snapshot = Snapshot { folder, commit: repository.sha.clone() };
    let names: Vec<&str> = repository.siblings.iter().map(|sibling| sibling.rfilename.as_str()).collect();
    let needed =
        needed(&names).map_err(|missing| HubError::NoModel { model: model.clone(), missing, found: shown(&names) })?;
    let is_new = snapshot.missing().is_some();
    if is_new {
        let (id, endpoint) = (&model.id, &settings.endpoint);
        tracing::info!("fetching {id} (commit {}) from {endpoint} into {}", snapshot.commit, settings.cache.display());
    }
    for name in needed {
        download.file(name, on_transfer)?;
    }
    // An index is there now and names its parts.
    for part in weights_files(&snapshot.folder)? {
        let name = part.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        download.file(&name, on_transfer)?;
    }
    if let Some(missing) = snapshot.missing() {
        return Err(HubError::StillLacks { model: model.clone(), folder: snapshot.folder, missing });
    }
    download.name_revision()?;
    Ok(snapshot)
}

/// The files that a model needs, small ones first, so that what cannot be used is known before its weights come.
fn needed<'n>(names: &[&'n str]) -> Result<Vec<&'n str>, &'static str> {
    let one_of = |wanted: &[&str], missing| {
        let found = wanted.iter().find_map(|wanted| names.iter().find(|name| *name == wanted).copied());
        found.ok_or(missing)
    };
    let mut needed = vec![one_of(&[CONFIG_FILE], CONFIG_FILE)?];
    needed.extend(BESIDE_TOKENIZER.iter().filter_map(|name| one_of(&[name], "").ok()));
    needed.extend(tokenizer_files(|name| names.contains(&name)).ok_or(ANY_TOKENIZER)?);
    needed.push(one_of(&WEIGHTS_FILES, "model.safetensors or pytorch_model.bin")?);
    Ok(needed)
}

fn shown(names: &[&str]) -> String {
    let mut shown: Vec<String> = names.iter().take(12).map(|name| cut(name, LONGEST_NAME).into_owned()).collect();
    if names.len() > shown.len() {
        shown.push("and more".to_owned());
    }
    if shown.is_empty() { "nothing".to_owned() } else { shown.join(", ") }
}

/// What may have been meant.
fn near(api: &Api, model: &HubModel, failure: &Failure) -> Vec<String> {
    let Failure::Refused(refusal) = failure else { return Vec::new() };
    if refusal.is_missing_revision() {
        let refs: Value = api.get(&format!("api/models/{}/refs", model.id)).unwrap_or_default();
        let lists = ["branches", "tags"].into_iter().filter_map(|kind| refs.get(kind)?.as_array());
        let names = lists.flatten().filter_map(|each| Some(each.get("name")?.as_str()?.to_owned()));
        return names.take(8).map(|name| cut(&name, LONGEST_NAME).into_owned()).collect();
    }
    if !matches!(refusal.status, 401 | 404) || refusal.is("GatedRepo") {
        return Vec::new();
    }
    let name = model.id.split('/').next_back().unwrap_or_default();
    let found: Value = api.get(&format!("api/models?search={name}&limit=4")).unwrap_or_default();
    let ids = found.as_array().into_iter().flatten().filter_map(|each| Some(each.get("id")?.as_str()?.to_owned()));
    ids.filter(|id| HubModel::parse(id).is_some()).take(4).collect()
}

/// The download of one commit.
struct Download<'a> {
    model: &'a HubModel,
    settings: &'a Settings,
    api: Api,
    /// Where the files are to be.
    folder: PathBuf,
    commit: &'a str,
}

/// How one try to fetch a file ended.
enum Try {
    Done,
    /// It may go better the next time.
    Failed(String),
}

/// How far a file is.
struct Progress<'p, 'f> {
    name: &'p str,
    size: u64,
    arrived: u64,
    on_transfer: &'p mut OnTransfer<'f>,
}

impl Progress<'_, '_> {
    fn tell(&mut self, is_over: bool) {
        let (name, size, arrived) = (self.name, self.size, self.arrived);
        (self.on_transfer)(&Transfer { name, size, arrived, is_over });
    }

    /// What is said of an error in the middle of a file.
    fn cut(&self, error: &dyn std::fmt::Display) -> String {
        match self.size {
            0 => error.to_string(),
            size => format!("the connection was cut after {} of {size} bytes: {error}", self.arrived),
        }
    }
}

impl Download<'_> {
    /// Writes down which commit the revision means now.
    fn name_revision(&self) -> Result<(), HubError> {
        if cache::is_commit(&self.model.revision) {
            return Ok(());
        }
        let named = Repo::with_revision(self.model.id.clone(), RepoType::Model, self.model.revision.clone());
        let written = Cache::new(self.settings.cache.clone()).repo(named).create_ref(self.commit);
        written.map_err(io(&self.settings.cache, Doing::Written))
    }

    /// Fetches a file unless it is there.
    fn file(&self, name: &str, on_transfer: &mut OnTransfer) -> Result<(), HubError> {
        if self.folder.join(name).is_file() {
            return Ok(());
        }
        let mut progress = Progress { name, size: 0, arrived: 0, on_transfer };
        let (mut tries, mut most) = (0, 0);
        let mut reason = String::new();
        while tries < TRIES {
            let tried = self.one_try(&mut progress);
            progress.tell(true);
            match tried? {
                Try::Done => return Ok(()),
                Try::Failed(error) => reason = error,
            }
            // A file that comes in many short pieces is on its way all the same.
            tries = if progress.arrived > most { 1 } else { tries + 1 };
            most = most.max(progress.arrived);
            tracing::debug!("{}: {name}: {reason}", self.model);
            if tries < TRIES {
                thread::sleep(self.settings.pause * (1 << (tries - 1)));
            }
        }
        let (model, endpoint) = (self.model.clone(), self.settings.endpoint.clone());
        Err(HubError::NotWhole { model, file: name.to_owned(), endpoint, reason })
    }

    fn one_try(&self, progress: &mut Progress) -> Result<Try, HubError> {
        let name = progress.name;
        let path = format!("{}/resolve/{}/{}", self.model.id, self.commit, encoded(name));
        let (headers, from, onward) = match self.api.head(&path) {
            Ok(answer) => answer,
            Err(failure) => return Err(self.explained(failure, progress)),
        };
        let head = FileHead::of(&headers, self.commit, from, onward).map_err(|reason| self.no_hub(name, &reason))?;
        self.refuse_too_long(name, head.size)?;
        let blobs = cache::repository(&self.settings.cache, &self.model.id).join("blobs");
        for folder in [&blobs, &self.folder] {
            fs::create_dir_all(folder).map_err(io(folder, Doing::Made))?;
        }
        let blob = blobs.join(head.etag.to_string());
        let _lock = self.lock(&blob, name)?;
        if !is_whole(&blob, &head.etag, head.size)
            && let Some(fault) = self.receive(&head, &blob, progress)?
        {
            return Ok(Try::Failed(fault));
        }
        let pointer = self.folder.join(name);
        point(&pointer, &blob, &head.etag).map_err(io(&pointer, Doing::Made))?;
        Ok(Try::Done)
    }

    /// Holds what is to be read whole against what such files have.
    fn refuse_too_long(&self, name: &str, size: Option<u64>) -> Result<(), HubError> {
        let is_text = is_index(Path::new(name)) || name.ends_with(".txt");
        match size {
            Some(size) if is_text && size > LONGEST_TEXT => {
                Err(self.no_hub(name, &format!("it is said to have {size} bytes, expected at most {LONGEST_TEXT}")))
            }
            _ => Ok(()),
        }
    }

    /// Keeps other programs from writing the same file.
    fn lock(&self, blob: &Path, name: &str) -> Result<Lock, HubError> {
        let (path, since) = (blob.with_extension("lock"), Instant::now());
        loop {
            if let Some(lock) = Lock::try_take(&path)? {
                return Ok(lock);
            }
            if since.elapsed() > LONGEST_LOCK {
                return Err(HubError::Locked { model: self.model.clone(), file: name.to_owned(), lock: path });
            }
            thread::sleep(POLL);
        }
    }

    /// Fetches what there is not yet of a blob; what went wrong, where it may go better the next time.
    fn receive(&self, head: &FileHead, blob: &Path, progress: &mut Progress) -> Result<Option<String>, HubError> {
        let written = |error: io::Error| self.not_written(progress.name, blob, error);
        let mut part = Part::beside(blob, &head.etag).map_err(written)?;
        if head.size.is_some_and(|size| part.length > size) {
            part.begin_at(0).map_err(written)?;
        }
        (progress.size, progress.arrived) = (head.size.unwrap_or(0), part.length);
        // All of it may have come before a run was killed.
        if head.size != Some(part.length) {
            let response = match self.api.bytes(&head.at, part.length) {
                Ok(response) => response,
                Err(failure) => return self.judge(failure, head, part, progress),
            };
            let (start, total) = match beginning(&response, part.length) {
                Ok(beginning) => beginning,
                Err(odd) => {
                    part.remove().map_err(written)?;
                    return Ok(Some(odd));
                }
            };
            let Some(size) = head.size.or(total) else {
                return Err(self.no_hub(progress.name, "it does not say how many bytes the file has"));
            };
            self.refuse_too_long(progress.name, Some(size))?;
            part.begin_at(start).map_err(written)?;
            (progress.size, progress.arrived) = (size, start);
            if let Some(fault) = self.take(response, &mut part, progress)? {
                return Ok(Some(fault));
            }
        }
        let size = part.length;
        part.become_blob(blob, &head.etag, size).map_err(|error| self.not_written(progress.name, blob, error))
    }

    /// Takes the bytes of an answer, as many as were announced; what went wrong, where it may go better the next time.
    fn take(
        &self,
        response: Response<Body>,
        part: &mut Part,
        progress: &mut Progress,
    ) -> Result<Option<String>, HubError> {
        let mut reader = response.into_body().into_reader();
        let mut chunk = vec![0; CHUNK];
        loop {
            progress.tell(false);
            let length = match reader.read(&mut chunk) {
                Ok(0) => break,
                Ok(length) => length,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) if error.kind() == ErrorKind::TimedOut => return Err(self.silent(progress)),
                Err(error) => return Ok(Some(progress.cut(&error))),
            };
            if progress.size - progress.arrived < length as u64 {
                let fault = format!("more bytes come than the {} that were announced", progress.size);
                return Err(self.no_hub(progress.name, &fault));
            }
            part.add(&chunk[..length]).map_err(|error| self.not_written(progress.name, &self.settings.cache, error))?;
            progress.arrived += length as u64;
        }
        Ok((progress.arrived < progress.size).then(|| progress.cut(&"the answer ended")))
    }

    /// Whether a refusal to send bytes may pass.
    fn judge(
        &self,
        failure: Failure,
        head: &FileHead,
        part: Part,
        progress: &Progress,
    ) -> Result<Option<String>, HubError> {
        match failure {
            Failure::Refused(refusal) if refusal.status == StatusCode::RANGE_NOT_SATISFIABLE.as_u16() => {
                part.remove().map_err(|error| self.not_written(progress.name, &self.settings.cache, error))?;
                Ok(Some("what had come of it did not fit".to_owned()))
            }
            // Whoever keeps the files for the Hub signs addresses for a while: asking anew makes another one.
            Failure::Refused(_) if !self.api.is_hub(&head.at) => Ok(Some(failure.to_string())),
            failure if failure.pause(1, self.settings.pause).is_some() => Ok(Some(progress.cut(&failure))),
            failure => Err(self.explained(failure, progress)),
        }
    }

    /// A failure that no further try helps against.
    fn explained(&self, failure: Failure, progress: &Progress) -> HubError {
        match failure {
            Failure::Unreachable(ureq::Error::Timeout(_)) => self.silent(progress),
            Failure::Strange { address, reason } => HubError::NoHub {
                model: format!("{}: {}", self.model, cut(progress.name, LONGEST_NAME)),
                address,
                reason,
            },
            failure => failure.explain(self.model, Purpose::Read, self.settings, Vec::new()),
        }
    }

    fn silent(&self, progress: &Progress) -> HubError {
        HubError::Silent {
            model: self.model.clone(),
            file: progress.name.to_owned(),
            endpoint: self.settings.endpoint.clone(),
            seconds: self.settings.patience.as_secs(),
            arrived: progress.arrived,
        }
    }

    fn no_hub(&self, file: &str, reason: &str) -> HubError {
        HubError::NoHub {
            model: format!("{}: {}", self.model, cut(file, LONGEST_NAME)),
            address: self.settings.endpoint.clone(),
            reason: reason.to_owned(),
        }
    }

    fn not_written(&self, name: &str, path: &Path, error: io::Error) -> HubError {
        if error.kind() == ErrorKind::StorageFull {
            let (model, cache) = (self.model.clone(), self.settings.cache.clone());
            return HubError::Full { model, file: name.to_owned(), cache };
        }
        io(path, Doing::Written)(error)
    }
}

/// Where the bytes of an answer begin, and how many the file has where the answer says so.
///
/// # Errors
/// Another part than the one that was asked for.
fn beginning(response: &Response<Body>, asked: u64) -> Result<(u64, Option<u64>), String> {
    if response.status() != StatusCode::PARTIAL_CONTENT {
        return Ok((0, content_length(response.headers())));
    }
    match content_range(response.headers()) {
        Some((start, total)) if start == asked => Ok((start, total)),
        _ => Err("the server sent another part than was asked for".to_owned()),
    }
}
