//! A server on this machine that plays the Hugging Face Hub, and can be as rude as the way to it.
//! It keeps models in memory, answers as the Hub's endpoints do, and remembers what it was asked.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};
use std::{fs, thread};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The commit of every model.
pub const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// The token that opens what is closed.
pub const TOKEN: &str = "hf_secretsecret";

/// What a client asked for.
#[derive(Debug, Clone)]
pub struct Asked {
    pub method: String,
    pub path: String,
    headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// Whether the storage was asked and not the Hub.
    pub is_storage: bool,
}

impl Asked {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The bytes that are asked for, of so many.
    fn range(&self, length: usize) -> Option<(usize, usize)> {
        let (start, end) = self.header("range")?.strip_prefix("bytes=")?.split_once('-')?;
        Some((start.parse().ok()?, end.parse::<usize>().map_or(length, |end| end + 1).min(length)))
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// An answer.
pub struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    /// Bytes of the body after which the connection ends.
    cut: Option<usize>,
}

impl Answer {
    pub fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new(), cut: None }
    }

    pub fn with(mut self, name: &'static str, value: impl AsRef<str>) -> Self {
        self.headers.push((name, value.as_ref().to_owned()));
        self
    }

    pub fn of(status: u16, body: &[u8]) -> Self {
        Self { body: body.to_vec(), ..Self::status(status) }
    }

    pub fn json(value: &Value) -> Self {
        Self { body: value.to_string().into_bytes(), ..Self::status(200) }
    }

    /// As the Hub refuses.
    pub fn refusal(status: u16, code: &str, message: &str) -> Self {
        let body = json!({ "error": message }).to_string().into_bytes();
        Self { body, ..Self::status(status).with("X-Error-Code", code).with("X-Error-Message", message) }
    }
}

type Rudeness = Box<dyn Fn(&Asked, usize) -> Option<Answer> + Send>;

#[derive(Default)]
struct State {
    /// By id: the files by name.
    models: BTreeMap<String, BTreeMap<String, Vec<u8>>>,
    /// Ids that want the token.
    closed: BTreeSet<String>,
    /// What came into the storage, by hash.
    stored: BTreeMap<String, Vec<u8>>,
    asked: Vec<Asked>,
    /// Asked before everything else, with how often the same was asked before.
    rude: Option<Rudeness>,
    /// Bytes of a file after which the storage cuts the connection, once each.
    cuts: Vec<usize>,
}

/// Listens until the tests are over: the Hub on one port, its storage on another.
pub struct PretendHub {
    pub endpoint: String,
    pub storage: String,
    state: Arc<Mutex<State>>,
}

impl PretendHub {
    pub fn start() -> Self {
        let [hub, storage] = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
        let address = |listener: &TcpListener| format!("http://{}", listener.local_addr().unwrap());
        let (endpoint, storage_address) = (address(&hub), address(&storage));
        let state = Arc::new(Mutex::new(State::default()));
        for (listener, is_storage) in [(hub, false), (storage, true)] {
            let (state, storage, endpoint) = (Arc::clone(&state), storage_address.clone(), endpoint.clone());
            thread::spawn(move || {
                for stream in listener.incoming() {
                    let (state, storage, endpoint) = (Arc::clone(&state), storage.clone(), endpoint.clone());
                    thread::spawn(move || serve(stream.unwrap(), is_storage, (&endpoint, &storage), &state));
                }
            });
        }
        Self { endpoint, storage: storage_address, state }
    }

    /// A model with the files of a folder.
    pub fn hold(&self, id: &str, folder: &Path) {
        let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
        let files = entries.map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap()));
        let files = files.collect();
        self.state().models.insert(id.to_owned(), files);
    }

    /// Changes the files of a model.
    pub fn change(&self, id: &str, change: impl FnOnce(&mut BTreeMap<String, Vec<u8>>)) {
        change(self.state().models.get_mut(id).unwrap());
    }

    /// Opens a model only to those who have the token.
    pub fn close(&self, id: &str) {
        self.state().closed.insert(id.to_owned());
    }

    /// Puts `answer` before the ordinary answers.
    pub fn rude(&self, answer: impl Fn(&Asked, usize) -> Option<Answer> + Send + 'static) {
        self.state().rude = Some(Box::new(answer));
    }

    /// Cuts the next downloads from the storage off, each after so many bytes.
    pub fn cut(&self, after: &[usize]) {
        self.state().cuts = after.iter().rev().copied().collect();
    }

    /// The files of a model.
    pub fn files(&self, id: &str) -> BTreeMap<String, Vec<u8>> {
        self.state().models.get(id).cloned().unwrap_or_default()
    }

    /// All requests since the last call.
    pub fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut self.state().asked)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

fn serve(stream: TcpStream, is_storage: bool, addresses: (&str, &str), state: &Mutex<State>) {
    let Some(asked) = read(&stream, is_storage) else { return };
    let mut state = state.lock().unwrap();
    let before = state.asked.iter().filter(|each| each.path == asked.path && each.method == asked.method).count();
    state.asked.push(asked.clone());
    let rude = state.rude.as_ref().and_then(|rude| rude(&asked, before));
    let answer = match rude {
        Some(answer) => answer,
        None if is_storage => from_storage(&mut state, &asked),
        None => from_hub(&mut state, &asked, addresses),
    };
    drop(state);
    write(stream, &asked, &answer);
}

fn read(stream: &TcpStream, is_storage: bool) -> Option<Asked> {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace().map(str::to_owned);
    let (method, path) = (words.next()?, words.next()?);
    let mut headers = Vec::new();
    loop {
        let mut header = String::new();
        if reader.read_line(&mut header).ok()? == 0 || header.trim().is_empty() {
            break;
        }
        let (name, value) = header.split_once(':')?;
        headers.push((name.to_lowercase(), value.trim().to_owned()));
    }
    let mut asked = Asked { method, path, headers, body: Vec::new(), is_storage };
    let length = asked.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    reader.take(length).read_to_end(&mut asked.body).ok()?;
    Some(asked)
}

fn write(mut stream: TcpStream, asked: &Asked, answer: &Answer) {
    let length = answer.body.len();
    let mut head = format!("HTTP/1.1 {} Of Course\r\nConnection: close\r\nContent-Length: {length}\r\n", answer.status);
    for (name, value) in &answer.headers {
        head += &format!("{name}: {value}\r\n");
    }
    let body = if asked.method == "HEAD" { &[][..] } else { &answer.body[..answer.cut.unwrap_or(length)] };
    // A client that has gone does not matter.
    let _ = stream.write_all(format!("{head}\r\n").as_bytes()).and_then(|()| stream.write_all(body));
}

/// A part of some bytes, as a good server gives it.
fn part(asked: &Asked, bytes: &[u8]) -> Answer {
    match asked.range(bytes.len()) {
        None => Answer { body: bytes.to_vec(), ..Answer::status(200) },
        Some((start, _)) if start >= bytes.len() => {
            Answer::status(416).with("Content-Range", format!("bytes */{}", bytes.len()))
        }
        Some((start, end)) => {
            let range = format!("bytes {start}-{}/{}", end - 1, bytes.len());
            Answer { body: bytes[start..end].to_vec(), ..Answer::status(206).with("Content-Range", range) }
        }
    }
}

/// Large files by their hashes: in with PUT, out with GET.
fn from_storage(state: &mut State, asked: &Asked) -> Answer {
    let hash = asked.path.trim_start_matches('/').to_owned();
    if asked.method == "PUT" {
        assert_eq!(hex(&Sha256::digest(&asked.body)), hash, "not the bytes that were announced");
        state.stored.insert(hash, asked.body.clone());
        return Answer::status(200);
    }
    let models = state.models.values().flat_map(BTreeMap::values);
    let Some(bytes) = models.chain(state.stored.values()).find(|bytes| hex(&Sha256::digest(bytes)) == hash).cloned()
    else {
        return Answer::status(404);
    };
    let mut answer = part(asked, &bytes);
    if asked.header("range") != Some("bytes=0-0") && answer.body.len() > 1 {
        answer.cut = state.cuts.pop().map(|after| after.min(answer.body.len()));
    }
    answer
}

fn from_hub(state: &mut State, asked: &Asked, addresses: (&str, &str)) -> Answer {
    let has_token = asked.header("authorization") == Some(&format!("Bearer {TOKEN}"));
    let path = asked.path.split('?').next().unwrap_or_default().trim_start_matches('/').to_owned();
    let parts: Vec<&str> = path.split('/').collect();
    if asked.method == "POST" && !has_token {
        return Answer::refusal(401, "", "Invalid username or password.");
    }
    match (asked.method.as_str(), &parts[..]) {
        ("GET", ["api", "models"]) => {
            let ids: Vec<Value> = state.models.keys().map(|id| json!({ "id": id })).collect();
            Answer::json(&ids.into())
        }
        ("GET", ["api", "models", owner, name, "refs"]) if state.models.contains_key(&format!("{owner}/{name}")) => {
            Answer::json(&json!({ "branches": [{ "name": "main" }, { "name": "half" }], "tags": [{ "name": "v1.0" }] }))
        }
        ("GET", ["api", "models", owner, name, rest @ ..]) => {
            let id = format!("{owner}/{name}");
            let revision = rest.get(1).copied().unwrap_or("main");
            match entry(state, &id, revision, has_token) {
                Err(answer) => answer,
                Ok(files) => {
                    let siblings: Vec<Value> = files.keys().map(|name| json!({ "rfilename": name })).collect();
                    let closed = state.closed.contains(&id);
                    Answer::json(
                        &json!({ "id": id, "sha": COMMIT, "siblings": siblings, "private": closed, "gated": false }),
                    )
                }
            }
        }
        ("GET" | "HEAD", [owner, name, "resolve", revision, file]) => {
            match entry(state, &format!("{owner}/{name}"), revision, has_token) {
                Err(answer) => answer,
                Ok(files) => resolve(asked, files.get(*file), addresses.1),
            }
        }
        ("POST", ["api", "repos", "create"]) => create(state, &asked.json()),
        ("POST", ["api", "models", _, _, "branch", branch]) => {
            if *branch == "half" {
                Answer::refusal(409, "", "Reference already exists")
            } else {
                Answer::json(&json!({}))
            }
        }
        ("POST", ["api", "models", _, _, "preupload", _]) => preupload(&asked.json()),
        ("POST", [_, name, "info", "lfs", "objects", "batch"]) if name.ends_with(".git") => {
            batch(state, &asked.json(), addresses)
        }
        ("POST", ["lfs", "verify"]) => Answer::json(&json!({})),
        ("POST", ["api", "models", owner, name, "commit", branch]) => {
            commit(state, &format!("{owner}/{name}"), branch, asked, addresses.0)
        }
        _ => Answer::refusal(404, "RepoNotFound", "Not Found"),
    }
}

/// The files of a model, or what the Hub says to those who may not see it.
fn entry<'s>(
    state: &'s State,
    id: &str,
    revision: &str,
    has_token: bool,
) -> Result<&'s BTreeMap<String, Vec<u8>>, Answer> {
    if state.closed.contains(id) && !has_token {
        return Err(Answer::refusal(401, "", "Invalid username or password."));
    }
    let Some(files) = state.models.get(id) else {
        let answer = Answer::refusal(404, "RepoNotFound", "Repository not found");
        return Err(if has_token {
            answer
        } else {
            Answer::refusal(401, "RepoNotFound", "Invalid username or password.")
        });
    };
    if ![COMMIT, "main", "half", "refs%2Fpr%2F1"].contains(&revision) {
        return Err(Answer::refusal(404, "RevisionNotFound", &format!("Invalid rev id: {revision}")));
    }
    Ok(files)
}

/// A small file itself, or for a large one the way to the storage.
fn resolve(asked: &Asked, bytes: Option<&Vec<u8>>, storage: &str) -> Answer {
    let Some(bytes) = bytes else { return Answer::refusal(404, "EntryNotFound", "Entry not found") };
    let hash = hex(&Sha256::digest(bytes));
    if bytes.len() > 100_000 {
        return Answer::status(302)
            .with("Location", format!("{storage}/{hash}"))
            .with("X-Repo-Commit", COMMIT)
            .with("X-Linked-Size", bytes.len().to_string())
            .with("X-Linked-ETag", format!("\"{hash}\""))
            .with("ETag", "\"of-the-redirect\"");
    }
    part(asked, bytes).with("X-Repo-Commit", COMMIT).with("ETag", format!("\"{}\"", &hash[..40]))
}

fn create(state: &mut State, asked: &Value) -> Answer {
    let id = format!("{}/{}", asked["organization"].as_str().unwrap(), asked["name"].as_str().unwrap());
    if state.models.contains_key(&id) {
        return Answer::refusal(409, "", "You already created this model repo");
    }
    state.models.insert(id.clone(), BTreeMap::new());
    if asked["private"] == true {
        state.closed.insert(id);
    }
    Answer::json(&json!({ "url": "" }))
}

fn preupload(asked: &Value) -> Answer {
    let mode = |file: &Value| {
        let large = file["size"].as_u64().unwrap() > 100_000;
        json!({ "path": file["path"], "uploadMode": if large { "lfs" } else { "regular" }, "shouldIgnore": false })
    };
    let files: Vec<Value> = asked["files"].as_array().unwrap().iter().map(mode).collect();
    Answer::json(&json!({ "files": files }))
}

fn batch(state: &State, asked: &Value, (endpoint, storage): (&str, &str)) -> Answer {
    let object = |object: &Value| {
        let oid = object["oid"].as_str().unwrap();
        let actions = json!({
            "upload": { "href": format!("{storage}/{oid}"), "header": { "X-Signed": "yes" } },
            "verify": { "href": format!("{endpoint}/lfs/verify") },
        });
        let mut answer = json!({ "oid": oid, "size": object["size"] });
        if !state.stored.contains_key(oid) {
            answer["actions"] = actions;
        }
        answer
    };
    let objects: Vec<Value> = asked["objects"].as_array().unwrap().iter().map(object).collect();
    Answer::json(&json!({ "transfer": "basic", "objects": objects }))
}

fn commit(state: &mut State, id: &str, branch: &str, asked: &Asked, endpoint: &str) -> Answer {
    let text = String::from_utf8(asked.body.clone()).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[0]["key"], "header");
    for line in &lines[1..] {
        let value = &line["value"];
        let bytes = match line["key"].as_str().unwrap() {
            "file" => base64(value["content"].as_str().unwrap()),
            "lfsFile" => state.stored[value["oid"].as_str().unwrap()].clone(),
            other => panic!("{other}"),
        };
        state.models.get_mut(id).unwrap().insert(value["path"].as_str().unwrap().to_owned(), bytes);
    }
    Answer::json(&json!({ "commitUrl": format!("{endpoint}/{id}/commit/{COMMIT}#{branch}"), "commitOid": COMMIT }))
}

fn base64(text: &str) -> Vec<u8> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bytes = Vec::new();
    let (mut bits, mut held) = (0_u32, 0);
    for digit in text.bytes().filter(|&digit| digit != b'=') {
        let value = DIGITS.iter().position(|&each| each == digit).unwrap();
        (bits, held) = (bits << 6 | u32::try_from(value).unwrap(), held + 6);
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held) as u8);
            bits &= (1 << held) - 1;
        }
    }
    bytes
}

pub fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
