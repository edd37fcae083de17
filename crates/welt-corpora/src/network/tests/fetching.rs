//! The client against servers that fail in every way that real ones do.

use std::fs;
use std::io::Write as _;
use std::net::TcpStream;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use expect_test::{Expect, expect};
use sha2::{Digest as _, Sha256};

use super::server::{Asked, Server, behave, reply};
use crate::network::policy::Policy;
use crate::network::{Client, Failure};
use crate::tests::notes::Notes;
use crate::wanted::{Size, Wanted};

static NEVER: AtomicBool = AtomicBool::new(false);

/// Fast enough for tests, slow enough for a busy machine.
pub const HASTY: Policy = Policy {
    tries: 3,
    most_tries: 12,
    first_pause: Duration::from_millis(2),
    longest_pause: Duration::from_millis(10),
    longest_wait: Duration::from_secs(2),
    connect: Duration::from_secs(5),
    stall: Duration::from_secs(5),
    least_bytes: 10,
    redirects: 4,
};

/// A text of 30,000 bytes that has no period.
fn body() -> Vec<u8> {
    (0..5000).flat_map(|number| format!("{number:05}\n").into_bytes()).collect()
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A folder, a server and a file to fetch from it.
struct Bench {
    folder: tempfile::TempDir,
    server: Server,
    policy: Policy,
    sha256: Option<String>,
    size: Size,
    notes: Notes,
}

impl Bench {
    fn new(answer: impl Fn(&Asked, &mut TcpStream) + Send + Sync + 'static) -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            server: Server::start(answer),
            policy: HASTY,
            sha256: Some(sha256(&body())),
            size: Size::Exactly(30_000),
            notes: Notes::default(),
        }
    }

    fn to(&self) -> PathBuf {
        self.folder.path().join("file.tsv")
    }

    fn part(&self) -> PathBuf {
        self.folder.path().join("file.tsv.part")
    }

    fn fetch(&mut self) -> Result<(), Failure> {
        self.fetch_until(&NEVER)
    }

    fn fetch_until(&mut self, stop: &'static AtomicBool) -> Result<(), Failure> {
        let client = Client::new(self.policy, None, None, stop).unwrap();
        let url = self.server.url("file.tsv");
        let wanted = Wanted { url: &url, sha256: self.sha256.as_deref(), size: self.size };
        client.fetch(&wanted, &self.to(), &mut self.notes)
    }

    /// Fetches, and holds the file or the complaint, the requests and what is left against what is expected.
    fn check(&mut self, expected: &Expect) {
        let result = self.fetch();
        let said = match &result {
            Ok(()) => {
                assert_eq!(fs::read(self.to()).unwrap(), body());
                "whole".to_owned()
            }
            Err(failure) => {
                assert!(!self.to().exists(), "{failure}");
                let kind = match failure {
                    Failure::Unreachable(_) => "unreachable",
                    Failure::Unavailable(_) => "unavailable",
                    Failure::Wrong(_) => "wrong",
                    Failure::Stopped => "stopped",
                };
                format!("{kind}: {failure}")
            }
        };
        let mut lines = vec![said];
        lines.extend(self.notes.0.iter().map(|note| note.split("; trying").next().unwrap_or(note).to_owned()));
        for asked in self.server.asked() {
            let header = |name: &str| asked.header(name).map(|value| format!(", {name}: {value}")).unwrap_or_default();
            lines.push(format!("{}{}{}", asked.line, header("range"), header("if-range")));
        }
        lines.push(format!("left: {}", self.left().join(", ")));
        let here = self.folder.path().display().to_string();
        expected.assert_eq(&lines.join("\n").replace(&self.server.host, "HOST").replace(&here, "HERE"));
    }

    /// The names of the files in the folder.
    fn left(&self) -> Vec<String> {
        let names = fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<String> =
            names.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}

#[test]
fn a_good_server_is_asked_once() {
    Bench::new(|asked, stream| behave(asked, stream, "\"1\"", &body())).check(&expect![[r#"
        whole
        GET /file.tsv HTTP/1.1
        left: file.tsv"#]]);
}

#[test]
fn a_cut_connection_is_continued() {
    Bench::new(|asked, stream| match asked.count {
        0 => reply(stream, "200 OK", "Content-Length: 30000\r\nETag: \"1\"\r\n", &body()[..12_345]),
        1 => reply(
            stream,
            "206 Partial Content",
            "Content-Length: 17655\r\nContent-Range: bytes 12345-29999/30000\r\n",
            &body()[12_345..20_000],
        ),
        _ => behave(asked, stream, "\"1\"", &body()),
    })
    .check(&expect![[r#"
        whole
        the connection was cut after 12345 of 30000 bytes: Peer disconnected
        the connection was cut after 20000 of 30000 bytes: Peer disconnected
        GET /file.tsv HTTP/1.1
        GET /file.tsv HTTP/1.1, range: bytes=12345-, if-range: "1"
        GET /file.tsv HTTP/1.1, range: bytes=20000-, if-range: "1"
        left: file.tsv"#]]);
}

#[test]
fn a_server_without_ranges_starts_anew() {
    Bench::new(|asked, stream| {
        let end = if asked.count == 0 { 20_000 } else { 30_000 };
        reply(stream, "200 OK", "Content-Length: 30000\r\n", &body()[..end]);
    })
    .check(&expect![[r#"
        whole
        the connection was cut after 20000 of 30000 bytes: Peer disconnected
        GET /file.tsv HTTP/1.1
        GET /file.tsv HTTP/1.1, range: bytes=20000-
        left: file.tsv"#]]);
}

#[test]
fn a_file_that_changed_in_between_starts_anew() {
    let mut bench = Bench::new(|asked, stream| match asked.count {
        0 => reply(stream, "200 OK", "Content-Length: 30000\r\nETag: \"old\"\r\n", &[b'x'; 20_000]),
        _ => behave(asked, stream, "\"new\"", &body()),
    });
    bench.check(&expect![[r#"
        whole
        the connection was cut after 20000 of 30000 bytes: Peer disconnected
        GET /file.tsv HTTP/1.1
        GET /file.tsv HTTP/1.1, range: bytes=20000-, if-range: "old"
        left: file.tsv"#]]);
}

#[test]
fn another_range_than_asked_for_is_not_joined() {
    Bench::new(|asked, stream| match asked.count {
        0 => reply(stream, "200 OK", "Content-Length: 30000\r\n", &body()[..20_000]),
        1 => reply(
            stream,
            "206 Partial Content",
            "Content-Length: 10\r\nContent-Range: bytes 0-9/30000\r\n",
            &body()[..10],
        ),
        _ => behave(asked, stream, "\"1\"", &body()),
    })
    .check(&expect![[r#"
        whole
        the connection was cut after 20000 of 30000 bytes: Peer disconnected
        the server sent another part than was asked for
        GET /file.tsv HTTP/1.1
        GET /file.tsv HTTP/1.1, range: bytes=20000-
        GET /file.tsv HTTP/1.1
        left: file.tsv"#]]);
}

#[test]
fn a_length_that_is_too_long_does_no_harm() {
    let lie = |asked: &Asked, stream: &mut TcpStream| match asked.start() {
        None => reply(stream, "200 OK", "Content-Length: 60000\r\nETag: \"1\"\r\n", &body()),
        Some(_) => behave(asked, stream, "\"1\"", &body()),
    };
    Bench::new(lie).check(&expect![[r#"
        whole
        GET /file.tsv HTTP/1.1
        left: file.tsv"#]]);
    let mut bench = Bench::new(lie);
    bench.size = Size::AtMost(100_000);
    bench.sha256 = None;
    bench.check(&expect![[r#"
        whole
        the connection was cut after 30000 of 60000 bytes: Peer disconnected
        GET /file.tsv HTTP/1.1
        GET /file.tsv HTTP/1.1, range: bytes=30000-, if-range: "1"
        left: file.tsv"#]]);
}

#[test]
fn a_length_that_is_too_short_does_no_harm() {
    Bench::new(|asked, stream| match asked.count {
        0 => reply(stream, "200 OK", "Content-Length: 1000\r\n", &body()),
        _ => behave(asked, stream, "\"1\"", &body()),
    })
    .check(&expect![[r#"
        whole
        1000 of 30000 bytes came
        GET /file.tsv HTTP/1.1
        GET /file.tsv HTTP/1.1, range: bytes=1000-
        left: file.tsv"#]]);
}

#[test]
fn what_is_not_there_is_not_asked_for_again() {
    Bench::new(|_, stream| reply(stream, "404 Not Found", "Content-Length: 4\r\n", b"gone")).check(&expect![[r#"
        unavailable: http://HOST/file.tsv: the server answers 404 Not Found
        GET /file.tsv HTTP/1.1
        left: "#]]);
}

#[test]
fn a_server_that_is_busy_is_asked_again() {
    Bench::new(|asked, stream| match asked.count {
        0 => reply(stream, "500 Internal Server Error", "Content-Length: 0\r\n", b""),
        _ => behave(asked, stream, "\"1\"", &body()),
    })
    .check(&expect![[r#"
        whole
        the server answers 500 Internal Server Error
        GET /file.tsv HTTP/1.1
        GET /file.tsv HTTP/1.1
        left: file.tsv"#]]);
    Bench::new(|_, stream| reply(stream, "503 Service Unavailable", "Content-Length: 0\r\n", b"")).check(&expect![[
        r#"
        unavailable: http://HOST/file.tsv: given up after 3 tries: the server answers 503 Service Unavailable
        the server answers 503 Service Unavailable
        the server answers 503 Service Unavailable
        GET /file.tsv HTTP/1.1
        GET /file.tsv HTTP/1.1
        GET /file.tsv HTTP/1.1
        left: "#
    ]]);
}

#[test]
fn a_server_says_how_long_to_wait() {
    let started = Instant::now();
    Bench::new(|asked, stream| match asked.count {
        0 => reply(stream, "429 Too Many Requests", "Content-Length: 0\r\nRetry-After: 1\r\n", b""),
        _ => behave(asked, stream, "\"1\"", &body()),
    })
    .check(&expect![[r#"
        whole
        the server answers 429 Too Many Requests
        GET /file.tsv HTTP/1.1
        GET /file.tsv HTTP/1.1
        left: file.tsv"#]]);
    assert!(started.elapsed() >= Duration::from_secs(1));
    let wait = "Content-Length: 0\r\nRetry-After: 3600\r\n";
    Bench::new(move |_, stream| reply(stream, "429 Too Many Requests", wait, b"")).check(&expect![[r#"
        unavailable: http://HOST/file.tsv: asks to wait for 3600 s, try again later: the server answers 429 Too Many Requests
        GET /file.tsv HTTP/1.1
        left: "#]]);
    let date = "Content-Length: 0\r\nRetry-After: Fri, 31 Dec 1999 23:59:59 GMT\r\n";
    Bench::new(move |asked, stream| match asked.count {
        0 => reply(stream, "503 Service Unavailable", date, b""),
        _ => behave(asked, stream, "\"1\"", &body()),
    })
    .check(&expect![[r#"
        whole
        the server answers 503 Service Unavailable
        GET /file.tsv HTTP/1.1
        GET /file.tsv HTTP/1.1
        left: file.tsv"#]]);
}

#[test]
fn a_wrong_checksum_leaves_nothing() {
    let mut bench = Bench::new(|asked, stream| behave(asked, stream, "\"1\"", &[b'x'; 30_000]));
    bench.check(&expect![[r#"
        wrong: http://HOST/file.tsv: its SHA-256 is 8a6d5f7b1061fefacb7509d5bf23a3227c8a3a6ecfe51dc9f666772c99b75b98, expected d11c274c67bce3ae0f5aba8faad84d2945e4da7a859ffb2adc4ec1241af1d748
        GET /file.tsv HTTP/1.1
        left: "#]]);
}

#[test]
fn redirects_are_followed_but_not_for_ever() {
    Bench::new(|asked, stream| match asked.path() {
        "/file.tsv" => reply(stream, "302 Found", "Content-Length: 0\r\nLocation: /there.tsv\r\n", b""),
        _ => behave(asked, stream, "\"1\"", &body()),
    })
    .check(&expect![[r#"
        whole
        GET /file.tsv HTTP/1.1
        GET /there.tsv HTTP/1.1
        left: file.tsv"#]]);
    let loops = "Content-Length: 0\r\nLocation: /file.tsv\r\n";
    Bench::new(move |_, stream| reply(stream, "301 Moved Permanently", loops, b"")).check(&expect![[r#"
        unavailable: http://HOST/file.tsv: redirects more than 4 times
        GET /file.tsv HTTP/1.1
        GET /file.tsv HTTP/1.1
        GET /file.tsv HTTP/1.1
        GET /file.tsv HTTP/1.1
        GET /file.tsv HTTP/1.1
        left: "#]]);
}

/// What a server says of lengths and moments is a text like any other.
#[test]
fn no_header_is_too_much() {
    let most = u64::MAX.to_string();
    for headers in [
        format!("Content-Length: {most}\r\nContent-Range: bytes 1000-{most}/{most}\r\n"),
        format!("Content-Range: bytes 1000-99999999999999999999/{most}\r\nRetry-After: {most}\r\n"),
        "Content-Range: bytes */*\r\nETag: \"\u{7f}\r\n".to_owned(),
        format!("Retry-After: Fri, 31 Dec {most} 23:59:59 GMT\r\nLocation: {most}\r\n"),
    ] {
        for status in ["206 Partial Content", "416 Range Not Satisfiable", "503 Service Unavailable", "302 Found"] {
            let headers = headers.clone();
            let mut bench = Bench::new(move |asked, stream| match asked.count {
                0 => reply(stream, status, &headers, &body()[1000..]),
                _ => behave(asked, stream, "\"1\"", &body()),
            });
            fs::write(bench.part(), &body()[..1000]).unwrap();
            if bench.fetch().is_ok() {
                assert_eq!(fs::read(bench.to()).unwrap(), body(), "{status}");
            }
        }
    }
}

#[cfg(unix)]
#[test]
fn what_is_left_is_no_link_to_another_file() {
    let mut bench = Bench::new(|asked, stream| behave(asked, stream, "\"1\"", &body()));
    let victim = bench.folder.path().join("victim");
    fs::write(&victim, "mine").unwrap();
    std::os::unix::fs::symlink(&victim, bench.part()).unwrap();
    bench.check(&expect![[r#"
        whole
        GET /file.tsv HTTP/1.1
        left: file.tsv, victim"#]]);
    assert_eq!(fs::read(victim).unwrap(), b"mine");
}

#[test]
fn the_password_of_a_mirror_is_not_repeated() {
    let mut bench = Bench::new(|_, stream| reply(stream, "404 Not Found", "Content-Length: 0\r\n", b""));
    let mirror = format!("http://me:secret@{}", bench.server.host);
    let client = Client::new(HASTY, None, Some(mirror), &NEVER).unwrap();
    let wanted = Wanted { url: "https://a.invalid/file.tsv", sha256: None, size: Size::AtMost(100_000) };
    let failure = client.fetch(&wanted, &bench.to(), &mut bench.notes).unwrap_err().to_string();
    assert!(failure.contains("http://***@127.0.0.1:") && !failure.contains("secret"), "{failure}");
}

#[test]
fn an_endless_body_is_cut_off() {
    let endless = |_: &Asked, stream: &mut TcpStream| {
        reply(stream, "200 OK", "", b"");
        while stream.write_all(&[b'x'; 4096]).is_ok() {}
    };
    Bench::new(endless).check(&expect![[r#"
        wrong: http://HOST/file.tsv: more than 30000 bytes come, expected 30000
        GET /file.tsv HTTP/1.1
        left: "#]]);
    let mut bench = Bench::new(endless);
    bench.size = Size::AtMost(100_000);
    bench.sha256 = None;
    bench.check(&expect![[r#"
        wrong: http://HOST/file.tsv: more than 100000 bytes come, expected at most 100000
        GET /file.tsv HTTP/1.1
        left: "#]]);
}

#[test]
fn a_body_that_drips_is_given_up_and_continued() {
    let drip = |asked: &Asked, stream: &mut TcpStream| {
        let start = asked.start().unwrap_or(0);
        if start >= 3 {
            return behave(asked, stream, "\"1\"", &body());
        }
        reply(stream, "200 OK", "Content-Length: 30000\r\nETag: \"1\"\r\n", b"");
        for byte in body() {
            if stream.write_all(&[byte]).is_err() {
                break;
            }
            thread::sleep(Duration::from_millis(60));
        }
    };
    let mut bench = Bench::new(drip);
    bench.policy.stall = Duration::from_millis(500);
    bench.policy.least_bytes = 1000;
    bench.fetch().unwrap();
    assert_eq!(fs::read(bench.to()).unwrap(), body());
    assert!(bench.notes.0[0].contains("bytes came in"), "{:?}", bench.notes);
}

#[test]
fn a_server_that_says_nothing_is_given_up() {
    let mut bench = Bench::new(|_, _| thread::sleep(Duration::from_secs(30)));
    bench.policy.stall = Duration::from_millis(100);
    assert!(matches!(bench.fetch(), Err(Failure::Unreachable(_))));
    assert_eq!(bench.server.asked().len(), 3);
}

#[test]
fn nobody_listening_is_said_at_once() {
    let mut bench = Bench::new(|_, _| {});
    // A port that was given back a moment ago.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    bench.server.host = free.to_string();
    // The system's own words differ.
    assert!(matches!(bench.fetch(), Err(Failure::Unreachable(_))));
    assert!(bench.notes.0.is_empty(), "{:?}", bench.notes);
}

#[test]
fn a_host_without_an_address_is_said_at_once() {
    let mut notes = Notes::default();
    let folder = tempfile::tempdir().unwrap();
    let client = Client::new(HASTY, None, None, &NEVER).unwrap();
    // A name that no server has, by RFC 2606.
    let wanted = Wanted { url: "http://nowhere.invalid/file.tsv", sha256: None, size: Size::AtMost(100_000) };
    let failure = client.fetch(&wanted, &folder.path().join("file.tsv"), &mut notes).unwrap_err();
    assert!(matches!(failure, Failure::Unreachable(_)), "{failure}");
    assert!(notes.0.is_empty(), "{notes:?}");
}

#[test]
fn an_end_before_the_renaming_is_made_good() {
    let mut bench = Bench::new(|asked, stream| behave(asked, stream, "\"1\"", &body()));
    fs::write(bench.part(), body()).unwrap();
    bench.check(&expect![[r#"
        whole
        left: file.tsv"#]]);
}

#[test]
fn what_is_left_of_another_file_is_not_joined() {
    let mut bench = Bench::new(|asked, stream| behave(asked, stream, "\"1\"", &body()));
    fs::write(bench.part(), [b'x'; 1000]).unwrap();
    bench.check(&expect![[r#"
        whole
        what an earlier try had left does not fit: starting anew
        GET /file.tsv HTTP/1.1, range: bytes=1000-
        GET /file.tsv HTTP/1.1
        left: file.tsv"#]]);
    let mut bench = Bench::new(|asked, stream| behave(asked, stream, "\"1\"", &body()));
    fs::write(bench.part(), [b'x'; 30_000]).unwrap();
    bench.check(&expect![[r#"
        whole
        what an earlier try had left does not fit: starting anew
        GET /file.tsv HTTP/1.1
        left: file.tsv"#]]);
    // Without a checksum nothing could tell that the bytes do not belong together.
    let mut bench = Bench::new(|asked, stream| behave(asked, stream, "\"1\"", &body()));
    bench.sha256 = None;
    fs::write(bench.part(), [b'x'; 1000]).unwrap();
    bench.check(&expect![[r#"
        whole
        GET /file.tsv HTTP/1.1
        left: file.tsv"#]]);
}

#[test]
fn a_damaged_file_in_its_place_is_fetched_again() {
    let mut bench = Bench::new(|asked, stream| behave(asked, stream, "\"1\"", &body()));
    fs::write(bench.to(), "damaged").unwrap();
    bench.check(&expect![[r#"
        whole
        HERE/file.tsv is fetched again: it has 7 bytes, expected 30000
        GET /file.tsv HTTP/1.1
        left: file.tsv"#]]);
    bench.notes.0.clear();
    bench.check(&expect![[r#"
        whole
        GET /file.tsv HTTP/1.1
        left: file.tsv"#]]);
}

#[test]
fn a_damaged_file_stays_until_there_is_a_better_one() {
    let mut bench = Bench::new(|_, stream| reply(stream, "404 Not Found", "Content-Length: 0\r\n", b""));
    fs::write(bench.to(), "damaged").unwrap();
    assert!(bench.fetch().is_err());
    assert_eq!(fs::read(bench.to()).unwrap(), b"damaged");
}

#[test]
fn ctrl_c_leaves_what_can_be_continued() {
    let stop: &'static AtomicBool = Box::leak(Box::new(AtomicBool::new(false)));
    let mut bench = Bench::new(move |asked, stream| {
        if asked.count > 0 {
            return behave(asked, stream, "\"1\"", &body());
        }
        reply(stream, "200 OK", "Content-Length: 30000\r\nETag: \"1\"\r\n", &body()[..10_000]);
        thread::sleep(Duration::from_millis(200));
        stop.store(true, Ordering::Relaxed);
        thread::sleep(Duration::from_secs(2));
    });
    assert!(matches!(bench.fetch_until(stop), Err(Failure::Stopped)));
    assert_eq!(bench.left(), ["file.tsv.part", "file.tsv.part-version"]);
    bench.check(&expect![[r#"
        whole
        GET /file.tsv HTTP/1.1
        GET /file.tsv HTTP/1.1, range: bytes=10000-, if-range: "1"
        left: file.tsv"#]]);
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let mut bench = Bench::new(|asked, stream| behave(asked, stream, "\"1\"", &body()));
    let blocked = bench.folder.path().join("blocked");
    fs::write(&blocked, "a file").unwrap();
    let client = Client::new(HASTY, None, None, &NEVER).unwrap();
    let url = bench.server.url("file.tsv");
    let wanted = Wanted { url: &url, sha256: None, size: Size::AtMost(100_000) };
    let failure = client.fetch(&wanted, &blocked.join("file.tsv"), &mut bench.notes).unwrap_err();
    assert!(failure.to_string().starts_with(&format!("making {}", blocked.display())), "{failure}");
    assert!(matches!(failure, Failure::Wrong(_)));
}

#[cfg(unix)]
#[test]
fn a_read_only_folder_is_named() {
    use std::os::unix::fs::PermissionsExt as _;

    let mut bench = Bench::new(|asked, stream| behave(asked, stream, "\"1\"", &body()));
    let folder = bench.folder.path().to_owned();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o555)).unwrap();
    if fs::write(folder.join("probe"), "").is_ok() {
        eprintln!("skipped: this user may write everywhere");
        return;
    }
    let failure = bench.fetch().unwrap_err();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
    assert!(failure.to_string().contains("file.tsv.part"), "{failure}");
    assert!(bench.left().is_empty());
}

#[test]
fn a_mirror_is_asked_for_host_and_path() {
    let server = Server::start(|asked, stream| behave(asked, stream, "\"1\"", &body()));
    let folder = tempfile::tempdir().unwrap();
    let client = Client::new(HASTY, None, Some(server.url("copy/")), &NEVER).unwrap();
    let wanted = Wanted { url: "https://a.invalid/data/file.tsv", sha256: None, size: Size::AtMost(100_000) };
    client.fetch(&wanted, &folder.path().join("file.tsv"), &mut Notes::default()).unwrap();
    assert_eq!(server.asked()[0].line, "GET /copy/a.invalid/data/file.tsv HTTP/1.1");
}

#[test]
fn a_proxy_is_gone_through() {
    let server = Server::start(|_, stream| reply(stream, "403 Forbidden", "Content-Length: 0\r\n", b""));
    let folder = tempfile::tempdir().unwrap();
    let proxy = ureq::Proxy::new(&server.url("")).unwrap();
    let client = Client::new(HASTY, Some(proxy), None, &NEVER).unwrap();
    let wanted = Wanted { url: "https://a.invalid/data/file.tsv", sha256: None, size: Size::AtMost(100_000) };
    assert!(client.fetch(&wanted, &folder.path().join("file.tsv"), &mut Notes::default()).is_err());
    assert_eq!(server.asked()[0].line, "CONNECT a.invalid:443 HTTP/1.1");
}
