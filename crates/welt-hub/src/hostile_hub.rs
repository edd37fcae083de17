//! A Hub that plays every header it has: whatever it says, nothing is written outside of the cache, nothing is taken that was
//! not announced, and the token stays with it.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use proptest::prelude::*;
use tempfile::TempDir;

use crate::address::Address;
use crate::download::download;
use crate::error::HubError;
use crate::name::HubModel;
use crate::settings::{Settings, Token};

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
const SMALL: &str = "89abcdef0123456789abcdef0123456789abcdef";
const CONFIG: &[u8] = b"{\"model_type\": \"bert\"}";
const TOKEN: &str = "hf_secretsecret";

/// Who asked for what.
#[derive(Debug, Clone)]
struct Asked {
    method: String,
    path: String,
    headers: Vec<String>,
}

impl Asked {
    fn header(&self, name: &str) -> Option<&str> {
        let of_name = |line: &&String| line.to_lowercase().starts_with(&format!("{name}:"));
        Some(self.headers.iter().find(of_name)?.split_once(':')?.1.trim())
    }

    fn is_file(&self, name: &str) -> bool {
        self.path.ends_with(&format!("/resolve/{COMMIT}/{name}"))
    }
}

/// What is said instead of the truth: a head with its body, and whether the body never ends.
#[derive(Clone, Default)]
struct Lie {
    head: Vec<u8>,
    body: Vec<u8>,
    is_endless: bool,
}

/// An answer of some status with some headers.
fn lie(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Lie {
    let rows: Vec<(&str, Vec<u8>)> = headers.iter().map(|(name, value)| (*name, value.as_bytes().to_vec())).collect();
    lie_of_bytes(status, &rows, body)
}

fn lie_of_bytes(status: u16, headers: &[(&str, Vec<u8>)], body: &[u8]) -> Lie {
    let mut head = format!("HTTP/1.1 {status} Of Course\r\nConnection: close\r\n").into_bytes();
    for (name, value) in headers {
        head.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
    }
    Lie { head, body: body.to_vec(), is_endless: false }
}

type Lies = Box<dyn Fn(&Asked) -> Option<Lie> + Send>;

/// A server that tells the truth where nothing else is put before it.
struct Server {
    address: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    lies: Arc<Mutex<Option<Lies>>>,
}

impl Server {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let server = Self { address, asked: Arc::default(), lies: Arc::default() };
        let (asked, lies) = (Arc::clone(&server.asked), Arc::clone(&server.lies));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (asked, lies) = (Arc::clone(&asked), Arc::clone(&lies));
                std::thread::spawn(move || serve(&stream.unwrap(), &asked, &lies));
            }
        });
        server
    }

    fn says(&self, lies: impl Fn(&Asked) -> Option<Lie> + Send + 'static) {
        *lock(&self.lies) = Some(Box::new(lies));
        lock(&self.asked).clear();
    }

    fn asked(&self) -> Vec<Asked> {
        lock(&self.asked).clone()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn serve(stream: &TcpStream, asked: &Mutex<Vec<Asked>>, lies: &Mutex<Option<Lies>>) {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let Some(first) = lines.next() else { return };
    let mut words = first.split(' ').map(str::to_owned);
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let headers = lines.take_while(|line| !line.is_empty()).collect();
    let request = Asked { method, path, headers };
    lock(asked).push(request.clone());
    let lie = lock(lies).as_ref().and_then(|lies| lies(&request)).unwrap_or_else(|| truth(&request));
    let mut stream = stream;
    let body: &[u8] = if request.method == "HEAD" { b"" } else { &lie.body };
    // Whoever has gone does not matter.
    let mut written = stream.write_all(&[&lie.head, &b"\r\n"[..], body].concat());
    while lie.is_endless && request.method != "HEAD" && written.is_ok() {
        written = stream.write_all(&[b'x'; 1 << 16]);
    }
}

fn truth(asked: &Asked) -> Lie {
    if asked.path.contains("/api/models/lab/encoder/revision/") {
        let names =
            ["config.json", "vocab.txt", "model.safetensors"].map(|name| format!("{{\"rfilename\": \"{name}\"}}"));
        let body = format!("{{\"sha\": \"{COMMIT}\", \"siblings\": [{}]}}", names.join(", "));
        return lie(200, &[("Content-Length", &body.len().to_string())], body.as_bytes());
    }
    if !asked.path.starts_with("/lab/encoder/resolve/") {
        return lie(404, &[], b"");
    }
    let length = CONFIG.len().to_string();
    lie(200, &[("X-Repo-Commit", COMMIT), ("ETag", &format!("\"{SMALL}\"")), ("Content-Length", &length)], CONFIG)
}

/// A folder with a cache in it and somebody's file beside it, a Hub, and a storage.
struct Scene {
    folder: TempDir,
    hub: Server,
    storage: Server,
}

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("cache")).unwrap();
        fs::write(folder.path().join("victim"), "mine").unwrap();
        Self { folder, hub: Server::start(), storage: Server::start() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn blob(&self, name: &str) -> PathBuf {
        self.path("cache/models--lab--encoder/blobs").join(name)
    }

    fn fetch(&self) -> Result<(), HubError> {
        let settings = Settings {
            endpoint: self.hub.address.clone(),
            hub: Address::parse(&self.hub.address).unwrap(),
            cache: self.path("cache"),
            offline: false,
            token: Some(Token { secret: TOKEN.to_owned(), source: "HF_TOKEN".to_owned() }),
            patience: Duration::from_secs(5),
            pause: Duration::from_millis(1),
        };
        download(&HubModel::parse("lab/encoder").unwrap(), &settings, &mut |_| {}).map(drop)
    }

    /// Everything in the folder that is not where and what it may be.
    fn strange(&self) -> Vec<String> {
        let mut found = BTreeMap::new();
        walk(self.folder.path(), &mut found);
        let is_digest =
            |name: &str| matches!(name.len(), 40 | 64) && name.bytes().all(|digit| digit.is_ascii_hexdigit());
        let is_expected = |path: &str, target: Option<&str>| match path.split('/').collect::<Vec<_>>()[..] {
            ["victim"] => fs::read(self.path("victim")).unwrap() == b"mine",
            ["cache", "models--lab--encoder", "blobs", name] => is_digest(name.split('.').next().unwrap_or_default()),
            ["cache", "models--lab--encoder", "refs", "main"] => true,
            ["cache", "models--lab--encoder", "snapshots", COMMIT, _] => {
                target.and_then(|target| target.strip_prefix("../../blobs/")).is_some_and(is_digest)
            }
            _ => false,
        };
        found.into_iter().filter(|(path, target)| !is_expected(path, target.as_deref())).map(|(path, _)| path).collect()
    }

    #[track_caller]
    fn check_refused(&self, expected: &str) {
        let error = self.fetch().unwrap_err().to_string();
        assert!(error.contains(expected), "{error}\nexpected {expected}");
        assert!(!error.contains(TOKEN), "{error}");
        assert_eq!(self.strange(), Vec::<String>::new());
    }
}

/// The files below a folder, and where links among them lead to.
fn walk(folder: &Path, found: &mut BTreeMap<String, Option<String>>) {
    fn below(folder: &Path, root: &Path, found: &mut BTreeMap<String, Option<String>>) {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if entry.file_type().unwrap().is_dir() {
                below(&path, root, found);
            } else {
                let target = fs::read_link(&path).ok().map(|target| target.to_string_lossy().into_owned());
                found.insert(path.strip_prefix(root).unwrap().to_string_lossy().into_owned(), target);
            }
        }
    }
    below(folder, folder, found);
}

#[test]
fn a_good_hub_fills_the_cache() {
    let scene = Scene::new();
    // The three files are one and the same here, and have one blob.
    scene.fetch().unwrap();
    assert_eq!(scene.strange(), Vec::<String>::new());
    assert_eq!(fs::read(scene.blob(SMALL)).unwrap(), CONFIG);
    assert_eq!(
        fs::read(scene.path("cache/models--lab--encoder/snapshots").join(COMMIT).join("vocab.txt")).unwrap(),
        CONFIG
    );
}

#[test]
fn an_etag_names_no_file_of_the_user() {
    let scene = Scene::new();
    let victim = scene.path("victim").display().to_string();
    for name in ["ETag", "X-Linked-ETag"] {
        for value in [victim.as_str(), "../../victim", "../../../victim", "..", "", "\"\"", "a/b", SMALL.split_at(39).0]
        {
            let headers = [("X-Repo-Commit", COMMIT), (name, value), ("Content-Length", "22")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()));
            scene.hub.says(move |asked| {
                let headers: Vec<(&str, &str)> =
                    headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
                asked.is_file("config.json").then(|| lie(200, &headers, CONFIG))
            });
            scene.check_refused("expected 40 or 64 hexadecimal digits");
        }
    }
}

#[test]
fn a_commit_names_no_folder_of_the_user() {
    let scene = Scene::new();
    for commit in ["../..", "main", "", "89abcdef0123456789abcdef0123456789abcdef"] {
        scene.hub.says(move |asked| {
            let headers = [("X-Repo-Commit", commit), ("ETag", SMALL), ("Content-Length", "22")];
            asked.is_file("config.json").then(|| lie(200, &headers, CONFIG))
        });
        scene.check_refused(&format!("the file is said to be of the commit `{commit}`, expected {COMMIT}"));
        scene.hub.says(move |asked| {
            let body = format!("{{\"sha\": \"{commit}\", \"siblings\": []}}");
            let is_lie = asked.path.starts_with("/api/") && commit.len() != 40;
            is_lie.then(|| lie(200, &[], body.as_bytes()))
        });
        if commit.len() != 40 {
            scene.check_refused(&format!("the commit is `{commit}`, expected 40 hexadecimal digits"));
        }
    }
}

#[test]
fn no_more_is_taken_than_was_announced() {
    let scene = Scene::new();
    scene.hub.says(|asked| {
        let headers: &[(&str, &str)] = if asked.method == "HEAD" {
            &[("X-Repo-Commit", COMMIT), ("ETag", SMALL), ("Content-Length", "609")]
        } else {
            &[]
        };
        asked.is_file("config.json").then(|| Lie { is_endless: true, ..lie(200, headers, b"") })
    });
    scene.check_refused("more bytes come than the 609 that were announced");
    let length = |path: PathBuf| fs::metadata(path).map_or(0, |metadata| metadata.len());
    assert!(length(scene.blob(&format!("{SMALL}.part"))) <= 609);
    // Nor is a length believed that no such file has.
    scene.hub.says(|asked| {
        let headers = [("X-Repo-Commit", COMMIT), ("ETag", SMALL), ("X-Linked-Size", "99999999999")];
        asked.is_file("config.json").then(|| Lie { is_endless: true, ..lie(200, &headers, b"") })
    });
    scene.check_refused("it is said to have 99999999999 bytes, expected at most 268435456");
    scene.hub.says(|asked| {
        let headers = [("X-Repo-Commit", COMMIT), ("ETag", SMALL)];
        asked.is_file("config.json").then(|| Lie { is_endless: true, ..lie(200, &headers, b"") })
    });
    scene.check_refused("it does not say how many bytes the file has");
}

#[test]
fn the_token_is_for_the_hub_alone() {
    let scene = Scene::new();
    let storage = scene.storage.address.clone();
    let answer = |asked: &Asked, to: &str| {
        asked.is_file("model.safetensors").then(|| {
            let etag = welt_files::sha256_of(CONFIG);
            let headers =
                [("Location", to), ("X-Repo-Commit", COMMIT), ("X-Linked-ETag", &etag), ("X-Linked-Size", "22")];
            lie(302, &headers, b"")
        })
    };
    let to_storage = format!("{storage}/lab/encoder/resolve/there?signature=s");
    scene.hub.says(move |asked| answer(asked, &to_storage));
    scene.fetch().unwrap();
    let asked = scene.storage.asked();
    assert_eq!(asked.len(), 1, "for the bytes and nothing else: {asked:?}");
    assert_eq!((asked[0].method.as_str(), asked[0].header("authorization")), ("GET", None));
    assert!(scene.hub.asked().iter().all(|asked| asked.header("authorization").is_some()));
    // What was renamed is at the Hub all the same.
    fs::remove_dir_all(scene.path("cache")).unwrap();
    scene.hub.says(move |asked| {
        let location = asked.path.replace("/lab/encoder", "/lab/encoder/resolve/new");
        let is_old = asked.path.contains("/lab/encoder/resolve/0");
        is_old.then(|| lie(307, &[("Location", &location)], b""))
    });
    scene.fetch().unwrap();
    assert!(scene.hub.asked().iter().all(|asked| asked.header("authorization").is_some()));
    // The list of files comes from elsewhere.
    fs::remove_dir_all(scene.path("cache")).unwrap();
    scene.storage.says(|_| None);
    scene.hub.says(move |asked| {
        let location = format!("{storage}{}", asked.path);
        asked.path.starts_with("/api/").then(|| lie(302, &[("Location", &location)], b""))
    });
    scene.fetch().unwrap();
    assert!(scene.storage.asked().iter().all(|asked| asked.header("authorization").is_none()));
}

#[test]
fn redirects_lead_nowhere_else() {
    let scene = Scene::new();
    for location in
        ["file:///etc/passwd", "ftp://127.0.0.1/", "http://me:secret@127.0.0.1/", "http://", "https://h\\@x/"]
    {
        scene.hub.says(move |asked| {
            let headers =
                [("Location", location), ("X-Repo-Commit", COMMIT), ("X-Linked-ETag", SMALL), ("X-Linked-Size", "22")];
            asked.is_file("config.json").then(|| lie(302, &headers, b""))
        });
        scene.check_refused("it sends on to what is no address of http or https, or one with a password");
    }
    scene.hub.says(|asked| Some(lie(302, &[("Location", &asked.path)], b"")));
    scene.check_refused("it sends on more than 8 times");
}

#[test]
fn what_another_program_left_is_not_trusted() {
    let scene = Scene::new();
    let sha256 = welt_files::sha256_of(CONFIG);
    fs::create_dir_all(scene.blob("")).unwrap();
    // A small file begins anew, whatever is there.
    fs::write(scene.blob(&format!("{SMALL}.part")), [b'x'; 21]).unwrap();
    // Of a large one the hash tells, also where all of it seems to be there.
    let digest = sha256.clone();
    let with_hash = move |asked: &Asked| {
        let is_weights = asked.is_file("model.safetensors");
        is_weights.then(|| lie(200, &[("X-Repo-Commit", COMMIT), ("ETag", &digest), ("Content-Length", "22")], CONFIG))
    };
    for left in [&b"xxxxxxxxxxxxxxxxxxxxxx"[..], b"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", b"{\"mod", CONFIG] {
        fs::write(scene.blob(&format!("{sha256}.part")), left).unwrap();
        scene.hub.says(with_hash.clone());
        scene.fetch().unwrap();
        assert_eq!(fs::read(scene.blob(SMALL)).unwrap(), CONFIG);
        assert_eq!(fs::read(scene.blob(&sha256)).unwrap(), CONFIG);
        fs::remove_dir_all(scene.path("cache/models--lab--encoder/snapshots")).unwrap();
        fs::remove_file(scene.blob(&sha256)).unwrap();
    }
    // A blob that is not what its name says.
    fs::write(scene.blob(&sha256), [b'x'; 22]).unwrap();
    scene.fetch().unwrap();
    assert_eq!(fs::read(scene.blob(&sha256)).unwrap(), CONFIG);
    assert_eq!(scene.strange(), Vec::<String>::new());
}

#[cfg(unix)]
#[test]
fn links_in_the_cache_are_not_written_through() {
    let scene = Scene::new();
    fs::create_dir_all(scene.blob("")).unwrap();
    for name in [format!("{SMALL}.part"), SMALL.to_owned()] {
        std::os::unix::fs::symlink(scene.path("victim"), scene.blob(&name)).unwrap();
    }
    scene.fetch().unwrap();
    assert_eq!(fs::read(scene.path("victim")).unwrap(), b"mine");
    assert_eq!(fs::read(scene.blob(SMALL)).unwrap(), CONFIG);
    assert_eq!(scene.strange(), Vec::<String>::new());
}

#[test]
fn other_parts_than_were_asked_for_are_not_joined() {
    let scene = Scene::new();
    let sha256 = welt_files::sha256_of(CONFIG);
    for range in ["bytes 0-21/22", "bytes 7-21/22", "bytes 6-99999999999999999999/22", "6-21/22", "bytes 21-6/22", ""] {
        drop(fs::remove_dir_all(scene.path("cache")));
        fs::create_dir_all(scene.blob("")).unwrap();
        fs::write(scene.blob(&format!("{sha256}.part")), &CONFIG[..6]).unwrap();
        let digest = sha256.clone();
        scene.hub.says(move |asked| {
            let is_weights = asked.is_file("model.safetensors");
            let whole = [("X-Repo-Commit", COMMIT), ("ETag", digest.as_str()), ("Content-Length", "22")];
            is_weights.then(|| match asked.header("range") {
                Some(_) => lie(206, &[("Content-Range", range)], b"is not what was asked"),
                None => lie(200, &whole, CONFIG),
            })
        });
        scene.fetch().unwrap();
        assert_eq!(fs::read(scene.blob(&sha256)).unwrap(), CONFIG, "{range}");
    }
}

#[test]
fn the_names_of_files_are_not_paths() {
    let scene = Scene::new();
    let body = format!(
        "{{\"sha\": \"{COMMIT}\", \"siblings\": [{{\"rfilename\": \"config.json\"}}, {{\"rfilename\": \"vocab.txt\"}}, \
         {{\"rfilename\": \"../../victim\"}}, {{\"rfilename\": \"model.safetensors.index.json\"}}]}}"
    );
    for name in ["../../../../victim", "/etc/passwd", "..", "a/b", "."] {
        drop(fs::remove_dir_all(scene.path("cache")));
        let (body, index) = (body.clone(), format!("{{\"weight_map\": {{\"a\": \"{name}\"}}}}"));
        scene.hub.says(move |asked| {
            let length = index.len().to_string();
            let etag = "abcdef0123456789abcdef0123456789abcdef01";
            let headers = [("X-Repo-Commit", COMMIT), ("ETag", etag), ("Content-Length", length.as_str())];
            match asked.path.starts_with("/api/") {
                true => Some(lie(200, &[], body.as_bytes())),
                false => asked.is_file("model.safetensors.index.json").then(|| lie(200, &headers, index.as_bytes())),
            }
        });
        scene.check_refused("expected the name of a file beside the index");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_headers_say_nothing_is_strange(
        status in prop::sample::select(vec![200_u16, 200, 200, 204, 206, 301, 302, 304, 307, 401, 404, 416]),
        values in prop::collection::vec(header_value(), 8),
        is_head in any::<bool>(),
    ) {
        let scene = Scene::new();
        let names =
            ["X-Repo-Commit", "ETag", "X-Linked-ETag", "X-Linked-Size", "Content-Length", "Content-Range", "Location", "Retry-After"];
        let headers: Vec<(&'static str, Vec<u8>)> =
            names.into_iter().zip(values).filter_map(|(name, value)| Some((name, value?))).collect();
        scene.hub.says(move |asked| {
            let is_lie = asked.path.contains("/resolve/") && (asked.method == "HEAD") == is_head;
            is_lie.then(|| lie_of_bytes(status, &headers, CONFIG))
        });
        drop(scene.fetch());
        prop_assert_eq!(scene.strange(), Vec::<String>::new());
        let elsewhere = scene.storage.asked();
        prop_assert!(elsewhere.iter().all(|asked| asked.header("authorization").is_none()));
    }
}

/// The value of a header, be it true, nearly true or nonsense; none where it is left out.
fn header_value() -> impl Strategy<Value = Option<Vec<u8>>> {
    let fixed = [
        COMMIT,
        SMALL,
        "../../victim",
        "/victim",
        "0",
        "22",
        "18446744073709551615",
        "-1",
        "bytes 0-21/22",
        "bytes 5-4/3",
        "/lab/encoder/resolve/x",
        "..",
        "W/\"",
        "http://127.0.0.1:1/",
        "//127.0.0.1:1/x",
    ];
    prop_oneof![
        2 => Just(None),
        6 => prop::sample::select(fixed.to_vec()).prop_map(|text| Some(text.as_bytes().to_vec())),
        2 => "[ -~\u{80}-\u{ff}]{0,80}".prop_map(|text| Some(text.into_bytes())),
    ]
}
