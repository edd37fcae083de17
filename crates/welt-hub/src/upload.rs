//! Sends files to the Hub in one commit, by the endpoints that its own Python library uses.
//!
//! hf-hub 0.5 only fetches. The Hub is asked which files are large; those go to its storage first, by the basic transfer
//! of Git LFS in one request each (5 GB at most), and the commit names them by their hashes. Large files that are there
//! already are not sent again.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use welt_files::Doing;
use welt_terminal::cut;

use crate::api::Api;
use crate::error::{HubError, Purpose, io};
use crate::name::MAIN;
use crate::refusal::Failure;
use crate::settings::Settings;
use crate::transfer::{OnTransfer, Transfer};
use crate::{Push, Visibility};

const JSON: &str = "application/json";
const LFS: &str = "application/vnd.git-lfs+json";
const LINES: &str = "application/x-ndjson";

/// How much of a file's beginning the Hub wants to see to tell text from numbers.
const SAMPLE: u64 = 512;

/// The most characters that are told of an address of the Hub's, and of its reasons.
const LONGEST_URL: usize = 400;
const LONGEST_REASON: usize = 200;

#[derive(Deserialize)]
struct Modes {
    files: Vec<Mode>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Mode {
    path: String,
    upload_mode: String,
    #[serde(default)]
    should_ignore: bool,
}

#[derive(Deserialize)]
struct Batch {
    objects: Vec<Object>,
}

#[derive(Deserialize)]
struct Object {
    oid: String,
    #[serde(default)]
    actions: Option<Actions>,
    #[serde(default)]
    error: Option<ObjectError>,
}

#[derive(Deserialize)]
struct ObjectError {
    message: String,
}

/// What is to be done with a large file; nothing where the storage has it.
#[derive(Deserialize)]
struct Actions {
    upload: Option<Action>,
    verify: Option<Action>,
}

#[derive(Deserialize)]
struct Action {
    href: String,
    #[serde(default)]
    header: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Committed {
    commit_url: String,
}

/// A file that goes into storage.
struct Large<'a> {
    name: &'a str,
    path: &'a Path,
    size: u64,
    oid: String,
}

/// Sends everything and says where the commit is to be seen.
pub fn upload(push: &Push, settings: &Settings, on_transfer: &mut OnTransfer) -> Result<String, HubError> {
    let target = push.target;
    if settings.token.is_none() {
        return Err(HubError::NoToken { target: target.clone(), endpoint: settings.endpoint.clone() });
    }
    let upload = Upload { push, settings, api: Api::new(settings) };
    upload.make_repository()?;
    upload.make_branch()?;
    let modes = upload.modes()?;
    let mut lines = vec![json!({ "key": "header", "value": { "summary": push.message, "description": "" } })];
    let mut large = Vec::new();
    for (name, path) in push.files {
        let mode = modes.files.iter().find(|mode| mode.path == *name);
        let size = length(path)?;
        match mode.map(|mode| (mode.should_ignore, mode.upload_mode.as_str())) {
            Some((true, _)) => tracing::warn!("{target}: {name} is left out, as a .gitignore there asks"),
            // An empty file cannot be stored.
            Some((false, "lfs")) if size > 0 => large.push(Large { name, path, size, oid: hashed(path)? }),
            Some((false, _)) => lines.push(upload.small(name, path)?),
            None => return Err(upload.no_hub(&format!("it does not say how to send {name}"))),
        }
    }
    upload.store(&large, on_transfer)?;
    lines.extend(large.iter().map(|file| {
        json!({ "key": "lfsFile", "value": { "path": file.name, "algo": "sha256", "oid": file.oid, "size": file.size } })
    }));
    upload.commit(&lines)
}

struct Upload<'a> {
    push: &'a Push<'a>,
    settings: &'a Settings,
    api: Api,
}

impl Upload<'_> {
    /// Makes the repository unless it is there.
    fn make_repository(&self) -> Result<(), HubError> {
        let id = &self.push.target.id;
        let (owner, name) = id.split_once('/').unwrap_or(("", id));
        let private = self.push.visibility == Visibility::Private;
        let body = json!({ "name": name, "organization": owner, "private": private, "type": "model" });
        match self.api.post::<Value>("api/repos/create", &body, JSON) {
            Ok(_) => {
                tracing::info!("made {}/{id}", self.settings.endpoint);
                Ok(())
            }
            Err(Failure::Refused(refusal)) if refusal.status == 409 => Ok(()),
            // A token may be allowed to write to a repository and not to make one.
            Err(failure) => match self.api.get::<Value>(&format!("api/models/{id}")) {
                Ok(_) => Ok(()),
                Err(_) => Err(self.explain(failure)),
            },
        }
    }

    fn make_branch(&self) -> Result<(), HubError> {
        if self.push.target.revision == MAIN {
            return Ok(());
        }
        match self.api.post::<Value>(&self.path("branch"), &json!({}), JSON) {
            Err(Failure::Refused(refusal)) if refusal.status == 409 => Ok(()),
            Err(failure) => Err(self.explain(failure)),
            Ok(_) => Ok(()),
        }
    }

    /// Which files go into storage and which into the commit itself.
    fn modes(&self) -> Result<Modes, HubError> {
        let file = |(name, path): &(String, PathBuf)| {
            let mut sample = Vec::new();
            let opened = File::open(path).and_then(|file| file.take(SAMPLE).read_to_end(&mut sample));
            opened.map_err(io(path, Doing::Read))?;
            Ok(json!({ "path": name, "size": length(path)?, "sample": STANDARD.encode(sample) }))
        };
        let files = self.push.files.iter().map(file).collect::<Result<Vec<_>, HubError>>()?;
        let answer = self.api.post(&self.path("preupload"), &json!({ "files": files }), JSON);
        answer.map_err(|failure| self.explain(failure))
    }

    fn small(&self, name: &str, path: &Path) -> Result<Value, HubError> {
        let content = fs::read(path).map_err(io(path, Doing::Read))?;
        let content = STANDARD.encode(content);
        Ok(json!({ "key": "file", "value": { "path": name, "encoding": "base64", "content": content } }))
    }

    /// Sends the large files that the storage does not have.
    fn store(&self, files: &[Large], on_transfer: &mut OnTransfer) -> Result<(), HubError> {
        if files.is_empty() {
            return Ok(());
        }
        let objects: Vec<Value> = files.iter().map(|file| json!({ "oid": file.oid, "size": file.size })).collect();
        let body = json!({
            "operation": "upload",
            "transfers": ["basic"],
            "objects": objects,
            "hash_algo": "sha256",
            "ref": { "name": self.push.target.revision },
        });
        let path = format!("{}.git/info/lfs/objects/batch", self.push.target.id);
        let batch: Batch = self.api.post(&path, &body, LFS).map_err(|failure| self.explain(failure))?;
        for file in files {
            let object = batch.objects.iter().find(|object| object.oid == file.oid);
            let object = object.ok_or_else(|| self.no_hub(&format!("it says nothing of {}", file.name)))?;
            if let Some(error) = &object.error {
                return Err(self.not_taken(file, cut(&error.message, LONGEST_REASON).into_owned()));
            }
            match &object.actions {
                Some(Actions { upload: Some(action), verify }) => {
                    self.send(file, action, on_transfer)?;
                    self.verify(file, verify.as_ref())?;
                }
                _ => tracing::info!("{} is there already", file.name),
            }
        }
        Ok(())
    }

    fn send(&self, file: &Large, action: &Action, on_transfer: &mut OnTransfer) -> Result<(), HubError> {
        if action.header.contains_key("chunk_size") {
            let reason = format!("it is to go in parts ({} bytes), which is not done here: use `hf upload`", file.size);
            return Err(self.not_taken(file, reason));
        }
        let headers: Vec<(String, String)> =
            action.header.iter().filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect();
        let transfer = |arrived, is_over| Transfer { name: file.name, size: file.size, arrived, is_over };
        let sent = self.api.put(&action.href, &headers, file.path, &mut |sent| on_transfer(&transfer(sent, false)));
        on_transfer(&transfer(file.size, true));
        sent.map_err(|failure| HubError::Sending {
            target: self.push.target.clone(),
            file: file.name.to_owned(),
            reason: failure.to_string(),
        })
    }

    /// Tells the Hub that a file is in its storage.
    fn verify(&self, file: &Large, action: Option<&Action>) -> Result<(), HubError> {
        let Some(action) = action else { return Ok(()) };
        // The token goes to the Hub alone, whatever address it names.
        let Some(path) = action.href.strip_prefix(&format!("{}/", self.settings.endpoint)) else { return Ok(()) };
        let body = json!({ "oid": file.oid, "size": file.size });
        let answer = self.api.post::<Value>(path, &body, LFS);
        answer.map(drop).map_err(|failure| self.explain(failure))
    }

    fn commit(&self, lines: &[Value]) -> Result<String, HubError> {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let answer: Result<Committed, Failure> = self.api.post_once(&self.path("commit"), &text, LINES);
        let url = answer.map_err(|failure| self.explain(failure))?.commit_url;
        Ok(cut(&url, LONGEST_URL).into_owned())
    }

    fn path(&self, what: &str) -> String {
        let target = self.push.target;
        format!("api/models/{}/{what}/{}", target.id, target.revision.replace('/', "%2F"))
    }

    fn explain(&self, failure: Failure) -> HubError {
        failure.explain(self.push.target, Purpose::Write, self.settings, Vec::new())
    }

    fn no_hub(&self, reason: &str) -> HubError {
        let (model, address) = (self.push.target.to_string(), self.settings.endpoint.clone());
        HubError::NoHub { model, address, reason: reason.to_owned() }
    }

    fn not_taken(&self, file: &Large, reason: String) -> HubError {
        HubError::NotTaken { target: self.push.target.clone(), file: file.name.to_owned(), reason }
    }
}

fn length(path: &Path) -> Result<u64, HubError> {
    Ok(fs::metadata(path).map_err(io(path, Doing::Read))?.len())
}

fn hashed(path: &Path) -> Result<String, HubError> {
    Ok(welt_files::sha256(path)?)
}
