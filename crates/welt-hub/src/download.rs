//! Fetches the files that a model needs, through hf-hub, into the cache that Hugging Face's programs share.
//!
//! hf-hub writes the cache, follows redirects and goes on where a file was cut off. What it leaves open is done here: it
//! waits for ever, takes what comes for whole, and joins bytes of a server that starts anew; so a silent server is given
//! up, every file is measured and, where the Hub tells its SHA-256, hashed, and what does not fit is fetched again.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use hf_hub::api::Progress;
use hf_hub::api::sync::{Api as HubApi, ApiBuilder, ApiError};
use hf_hub::{Cache, Repo, RepoType};
use serde::Deserialize;
use serde_json::Value;
use welt_files::Doing;
use welt_files::model_folder::{CONFIG_FILE, TOKENIZER_FILES, WEIGHTS_FILES, weights_files};

use crate::api::{Api, TRIES};
use crate::cache::{self, Snapshot};
use crate::error::{HubError, Purpose, io};
use crate::name::HubModel;
use crate::refusal::{Failure, is_no_way};
use crate::settings::Settings;
use crate::transfer::{OnTransfer, Transfer};

/// How often it is looked whether a download moves on.
const POLL: Duration = Duration::from_millis(50);

/// What the Hub says of a model at a revision.
#[derive(Deserialize)]
struct Repository {
    sha: String,
    siblings: Vec<Sibling>,
    /// `false`, `"auto"` or `"manual"`.
    #[serde(default)]
    gated: Value,
    #[serde(default)]
    private: bool,
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
        let reason = format!("the commit is `{}`", repository.sha);
        return Err(HubError::NoHub { model: model.to_string(), address: settings.endpoint.clone(), reason });
    }
    let download = Download::new(model, settings, &repository)?;
    let snapshot = Snapshot { folder: download.folder(), commit: repository.sha.clone() };
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
    needed.extend(one_of(&["tokenizer_config.json"], "").ok());
    needed.push(one_of(&TOKENIZER_FILES, "tokenizer.json or vocab.txt")?);
    needed.push(one_of(&WEIGHTS_FILES, "model.safetensors or pytorch_model.bin")?);
    Ok(needed)
}

fn shown(names: &[&str]) -> String {
    let mut shown: Vec<&str> = names.iter().take(12).copied().collect();
    if names.len() > shown.len() {
        shown.push("and more");
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
        return names.take(8).collect();
    }
    if !matches!(refusal.status, 401 | 404) || refusal.is("GatedRepo") {
        return Vec::new();
    }
    let name = model.id.split('/').next_back().unwrap_or_default();
    let found: Value = api.get(&format!("api/models?search={name}&limit=4")).unwrap_or_default();
    let ids = found.as_array().into_iter().flatten().filter_map(|each| Some(each.get("id")?.as_str()?.to_owned()));
    ids.take(4).collect()
}

/// The download of one commit.
struct Download<'a> {
    model: &'a HubModel,
    settings: &'a Settings,
    hub: HubApi,
    cache: Cache,
    repo: Repo,
}

/// How one try to fetch a file ended.
enum Try {
    Done(PathBuf),
    /// It may go better the next time.
    Failed(String),
}

impl<'a> Download<'a> {
    fn new(model: &'a HubModel, settings: &'a Settings, repository: &Repository) -> Result<Self, HubError> {
        let cache = Cache::new(settings.cache.clone());
        // hf-hub shows the token to the host that keeps the files too, so it gets it only for what is not public.
        let is_closed = repository.private || !matches!(repository.gated, Value::Null | Value::Bool(false));
        let token = settings.token.as_ref().filter(|_| is_closed).map(|token| token.secret.clone());
        let hub = ApiBuilder::from_cache(cache.clone())
            .with_endpoint(settings.endpoint.clone())
            .with_token(token)
            .with_progress(false)
            .with_retries(0)
            .with_user_agent("welt", env!("CARGO_PKG_VERSION"))
            .build();
        let repo = Repo::with_revision(model.id.clone(), RepoType::Model, repository.sha.clone());
        let hub = hub.map_err(|error| HubError::Unreachable {
            model: model.clone(),
            endpoint: settings.endpoint.clone(),
            reason: Box::new(error),
            folder: Some(cache::repository(&settings.cache, &model.id)),
        })?;
        Ok(Self { model, settings, hub, cache, repo })
    }

    fn folder(&self) -> PathBuf {
        self.cache.repo(self.repo.clone()).pointer_path(self.repo.revision())
    }

    /// Writes down which commit the revision means now.
    fn name_revision(&self) -> Result<(), HubError> {
        if cache::is_commit(&self.model.revision) {
            return Ok(());
        }
        let named = Repo::with_revision(self.model.id.clone(), RepoType::Model, self.model.revision.clone());
        let written = self.cache.repo(named).create_ref(self.repo.revision());
        written.map_err(io(&self.settings.cache, Doing::Written))
    }

    /// Fetches a file unless it is there.
    fn file(&self, name: &str, on_transfer: &mut OnTransfer) -> Result<(), HubError> {
        if self.folder().join(name).is_file() {
            return Ok(());
        }
        let mut last = None;
        let (mut tries, mut most) = (0, 0);
        while tries < TRIES {
            let watch = Watch::default();
            match self.one_try(name, &watch, on_transfer)? {
                Try::Done(path) => match fault(&path, watch.size()) {
                    None => return Ok(()),
                    Some(fault) => {
                        self.drop_file(&path)?;
                        last = Some(fault);
                    }
                },
                Try::Failed(error) => last = Some(error),
            }
            // A file that comes in many short pieces is on its way all the same.
            tries = if watch.arrived() > most { 1 } else { tries + 1 };
            most = most.max(watch.arrived());
            if let Some(error) = &last {
                tracing::debug!("{}: {name}: {error}", self.model);
            }
            if tries < TRIES {
                thread::sleep(Duration::from_millis(125 << tries));
            }
        }
        let reason = last.unwrap_or_default();
        let reason = reason.strip_prefix("request error: ").unwrap_or(&reason).to_owned();
        let (model, endpoint) = (self.model.clone(), self.settings.endpoint.clone());
        Err(HubError::NotWhole { model, file: name.to_owned(), endpoint, reason })
    }

    fn one_try(&self, name: &str, watch: &Watch, on_transfer: &mut OnTransfer) -> Result<Try, HubError> {
        let answer = self.start(name, watch);
        let (mut seen, mut since) = (watch.beats(), Instant::now());
        let answer = loop {
            match answer.recv_timeout(POLL) {
                Ok(answer) => break answer,
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(self.no_hub(name, "the download ended without an answer"));
                }
                Err(RecvTimeoutError::Timeout) => {
                    on_transfer(&watch.transfer(name, false));
                    if watch.beats() != seen {
                        (seen, since) = (watch.beats(), Instant::now());
                    } else if since.elapsed() > self.settings.patience {
                        return Err(HubError::Silent {
                            model: self.model.clone(),
                            file: name.to_owned(),
                            endpoint: self.settings.endpoint.clone(),
                            seconds: self.settings.patience.as_secs(),
                            arrived: watch.arrived(),
                        });
                    }
                }
            }
        };
        on_transfer(&watch.transfer(name, true));
        match answer {
            Ok(path) => Ok(Try::Done(path)),
            Err(error) => self.judge(name, error, watch),
        }
    }

    /// In a thread of its own, so that a silent server can be given up and an odd one stops nothing but itself.
    fn start(&self, name: &str, watch: &Watch) -> Receiver<Result<PathBuf, ApiError>> {
        let (sender, receiver) = channel();
        let (repo, name, watch) = (self.hub.repo(self.repo.clone()), name.to_owned(), watch.clone());
        // Nobody listens only when the download is given up.
        thread::spawn(move || drop(sender.send(repo.download_with_progress(&name, watch))));
        receiver
    }

    /// Whether an error may pass.
    fn judge(&self, name: &str, error: ApiError, watch: &Watch) -> Result<Try, HubError> {
        let explained = |failure: Failure| failure.explain(self.model, Purpose::Read, self.settings, Vec::new());
        let cut = |error: &dyn std::fmt::Display| match watch.size() {
            0 => error.to_string(),
            size => format!("the connection was cut after {} of {size} bytes: {error}", watch.arrived()),
        };
        match error {
            ApiError::InvalidResume => self.drop_part(name),
            ApiError::RequestError(error) => match Failure::from(*error) {
                Failure::Refused(refusal) if refusal.status == 416 => self.drop_part(name),
                failure if failure.pause(1).is_none() => Err(explained(self.in_full(name, failure))),
                failure => Ok(Try::Failed(cut(&failure))),
            },
            ApiError::IoError(error) if error.kind() == std::io::ErrorKind::StorageFull => {
                let (model, cache) = (self.model.clone(), self.settings.cache.clone());
                Err(HubError::Full { model, file: name.to_owned(), cache })
            }
            ApiError::IoError(error) if is_no_way(error.kind()) => {
                Err(explained(Failure::from(ureq::Error::Io(error))))
            }
            ApiError::IoError(error) => Ok(Try::Failed(cut(&error))),
            ApiError::LockAcquisition(lock) => {
                Err(HubError::Locked { model: self.model.clone(), file: name.to_owned(), lock })
            }
            error => Err(self.no_hub(name, &error.to_string())),
        }
    }

    fn no_hub(&self, file: &str, reason: &str) -> HubError {
        HubError::NoHub {
            model: format!("{}: {file}", self.model),
            address: self.settings.endpoint.clone(),
            reason: reason.to_owned(),
        }
    }

    /// hf-hub keeps nothing of a refusal but its status, so the Hub is asked for the rest.
    fn in_full(&self, name: &str, failure: Failure) -> Failure {
        let path = format!("{}/resolve/{}/{name}", self.model.id, self.repo.revision());
        match (&failure, Api::new(self.settings).get::<Value>(&path)) {
            (Failure::Refused(short), Err(Failure::Refused(full))) if short.status == full.status => {
                Failure::Refused(full)
            }
            _ => failure,
        }
    }

    /// Removes what was fetched of a file and does not fit what the Hub has.
    fn drop_part(&self, name: &str) -> Result<Try, HubError> {
        let url = self.hub.repo(self.repo.clone()).url(name);
        let metadata = match self.hub.metadata(&url) {
            Ok(metadata) => metadata,
            Err(error) => return Ok(Try::Failed(error.to_string())),
        };
        let mut part = self.cache.repo(self.repo.clone()).blob_path(metadata.etag());
        part.set_extension("part");
        fs::remove_file(&part).map_err(io(&part, Doing::Removed))?;
        Ok(Try::Failed(format!("{} did not fit", part.display())))
    }

    /// Removes a file of the cache with what it points to.
    fn drop_file(&self, path: &Path) -> Result<(), HubError> {
        let blob = fs::canonicalize(path).map_err(io(path, Doing::Read))?;
        for path in [path, &blob] {
            match fs::remove_file(path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(io(path, Doing::Removed)(error));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// What is wrong with a file that came: its length, or the hash that is its name in the cache where it is a large one.
fn fault(path: &Path, size: u64) -> Option<String> {
    let blob = fs::canonicalize(path).ok()?;
    let length = fs::metadata(&blob).ok()?.len();
    if length != size {
        return Some(format!("it has {length} bytes, expected {size}"));
    }
    let name = blob.file_name()?.to_string_lossy().into_owned();
    if name.len() != 64 || name.chars().any(|digit| !digit.is_ascii_hexdigit()) {
        return None;
    }
    let found = welt_files::sha256(&blob).ok()?;
    (found != name).then(|| format!("its SHA-256 is {found}, expected {name}"))
}

/// How far a file is, seen from another thread.
#[derive(Clone)]
struct Watch {
    size: Arc<AtomicU64>,
    arrived: Arc<AtomicU64>,
    beats: Arc<AtomicU64>,
}

impl Default for Watch {
    fn default() -> Self {
        let zero = || Arc::new(AtomicU64::new(0));
        Self { size: zero(), arrived: zero(), beats: zero() }
    }
}

impl Watch {
    fn size(&self) -> u64 {
        self.size.load(Ordering::Relaxed)
    }

    fn arrived(&self) -> u64 {
        self.arrived.load(Ordering::Relaxed)
    }

    /// What is to be told of the file; no size before the server has been heard.
    fn transfer<'n>(&self, name: &'n str, is_over: bool) -> Transfer<'n> {
        Transfer { name, size: self.size(), arrived: self.arrived(), is_over }
    }

    /// Grows whenever something happens.
    fn beats(&self) -> u64 {
        self.beats.load(Ordering::Relaxed)
    }
}

impl Progress for Watch {
    fn init(&mut self, size: usize, _: &str) {
        self.size.store(size as u64, Ordering::Relaxed);
        self.arrived.store(0, Ordering::Relaxed);
        self.beats.fetch_add(1, Ordering::Relaxed);
    }

    fn update(&mut self, bytes: usize) {
        self.arrived.fetch_add(bytes as u64, Ordering::Relaxed);
        self.beats.fetch_add(1, Ordering::Relaxed);
    }

    fn finish(&mut self) {}
}
