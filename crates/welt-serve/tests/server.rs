//! A server on loopback with an engine of rules, asked by plain sockets: what it answers, what it refuses, and how it ends.

#![allow(clippy::unwrap_used, reason = "clippy allows it in test functions only, not in what they call")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use expect_test::{Expect, expect};
use serde_json::Value;
use tokio::sync::oneshot;
use welt_data::{Document, Mention, Score};
use welt_serve::{About, Engine, Guard, Limits, Tagged, serve};

/// Finds every `gout`; a text of `slow` takes a while, `fails` fails and `panics` panics.
#[derive(Default)]
struct Gout {
    n_tagged: AtomicUsize,
}

const A_WHILE: Duration = Duration::from_millis(300);

impl Engine for Gout {
    fn about(&self) -> About {
        About {
            model: "gout".to_owned(),
            entity_types: vec!["Disease".to_owned()],
            device: "cpu".to_owned(),
            longest_window: 512,
        }
    }

    fn tag(&self, documents: &[Document], _: &(dyn Fn() -> bool + Sync)) -> Result<Vec<Tagged>, String> {
        let texts: Vec<String> = documents.iter().map(Document::text).collect();
        if texts.iter().any(|text| text == "slow") {
            thread::sleep(A_WHILE);
        }
        if texts.iter().any(|text| text == "fails") {
            return Err("the scores are no numbers".to_owned());
        }
        assert!(!texts.iter().any(|text| text == "panics"), "on request");
        self.n_tagged.fetch_add(documents.len(), Ordering::SeqCst);
        Ok(texts.iter().map(|text| tagged(text)).collect())
    }
}

fn tagged(text: &str) -> Tagged {
    let mentions = text.match_indices("gout").map(|(at, name)| {
        let start = text[..at].chars().count();
        let mention = Mention::new("Disease", start..start + 4);
        Mention { text: Some(name.to_owned()), score: Score::try_from(0.9731).ok(), ..mention }
    });
    let mut tagged = Tagged { mentions: mentions.collect(), ..Tagged::default() };
    tagged.reading.words = text.split_whitespace().count();
    tagged
}

struct Server {
    address: SocketAddr,
    engine: Arc<Gout>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    fn start(guard: Guard, limits: Limits) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let engine = Arc::new(Gout::default());
        let (stop, stopped) = oneshot::channel::<()>();
        let served = Arc::clone(&engine);
        let thread = thread::spawn(move || {
            let stop = async move { drop(stopped.await) };
            serve(listener, &*served, guard, limits, stop).unwrap();
        });
        Self { address, engine, stop: Some(stop), thread: Some(thread) }
    }

    fn open() -> Self {
        Self::start(Guard::Loopback, Limits::default())
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream
    }

    /// The status, the head and the body of the answer to raw bytes.
    fn raw(&self, request: &[u8]) -> (u16, String, String) {
        let mut stream = self.connect();
        // What is refused early is not read to its end.
        let _ = stream.write_all(request);
        answer(&mut stream)
    }

    fn post(&self, path: &str, body: &str) -> (u16, String, String) {
        self.raw(&post(path, body))
    }

    fn get(&self, path: &str) -> (u16, String, String) {
        self.raw(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").as_bytes())
    }

    /// Asks it to end.
    fn ask_to_end(&mut self) {
        drop(self.stop.take());
    }

    fn join(&mut self) {
        self.ask_to_end();
        self.thread.take().into_iter().for_each(|thread| thread.join().unwrap());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.ask_to_end();
    }
}

fn post(path: &str, body: &str) -> Vec<u8> {
    let head = "Host: localhost\r\nContent-Type: application/json\r\nConnection: close";
    format!("POST {path} HTTP/1.1\r\n{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

/// Reads until the connection is closed.
fn answer(stream: &mut TcpStream) -> (u16, String, String) {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    while let Ok(length @ 1..) = stream.read(&mut buffer) {
        bytes.extend_from_slice(&buffer[..length]);
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    (status, head.to_ascii_lowercase(), body.to_owned())
}

#[expect(clippy::needless_pass_by_value, reason = "so that calls read well")]
fn check((status, _, body): (u16, String, String), expected: Expect) {
    expected.assert_eq(&format!("{status} {body}"));
}

#[test]
fn texts_documents_and_bioc() {
    let server = Server::open();
    check(
        server.post("/v1/tag", r#"{"text": "𝛽 gout\r\nand gout"}"#),
        expect![[
            r#"200 {"model":"gout","entities":[{"start":2,"end":6,"text":"gout","type":"Disease","score":0.9731},{"start":12,"end":16,"text":"gout","type":"Disease","score":0.9731}],"reading":{"sentences":0,"words":4,"windows":0,"unseen_words":0,"cut_words":0}}"#
        ]],
    );
    check(
        server.post("/v1/tag", r#"{"documents": [{"id": "1", "text": "gout"}, {"id": "2", "text": ""}]}"#),
        expect![[
            r#"200 {"model":"gout","documents":[{"id":"1","entities":[{"start":0,"end":4,"text":"gout","type":"Disease","score":0.9731}],"reading":{"sentences":0,"words":1,"windows":0,"unseen_words":0,"cut_words":0}},{"id":"2","entities":[],"reading":{"sentences":0,"words":0,"windows":0,"unseen_words":0,"cut_words":0}}]}"#
        ]],
    );
    let bioc = r#"{"source":"s","documents":[{"id":"1","passages":[{"offset":0,"infons":{"type":"title"},"text":"Of gout.","annotations":[{"id":"T1","infons":{"type":"Old"},"text":"Of","locations":[{"offset":0,"length":2}]}]},{"offset":9,"text":"gout"}],"relations":[{"id":"R1","infons":{},"nodes":[]}]}]}"#;
    let (status, head, body) = server.post("/v1/tag", bioc);
    check(
        (status, String::new(), body),
        expect![[r#"
        200 {"source":"","date":"","key":"","infons":{},"documents":[
        {"id":"1","infons":{},"passages":[{"infons":{"type":"title"},"offset":0,"text":"Of gout.","sentences":[],"annotations":[{"id":"T1","infons":{"type":"Old"},"text":"Of","locations":[{"offset":0,"length":2}]},{"id":"1","infons":{"score":"0.9731","type":"Disease"},"text":"gout","locations":[{"offset":3,"length":4}]}],"relations":[]},{"infons":{},"offset":9,"text":"gout","sentences":[],"annotations":[{"id":"2","infons":{"score":"0.9731","type":"Disease"},"text":"gout","locations":[{"offset":9,"length":4}]}],"relations":[]}],"annotations":[],"relations":[]}
        ]}
    "#]],
    );
    assert!(head.contains("1 unread-relation (first at body:1:28)"), "{head}");
    check(
        server.post("/v1/tag?to=entities", bioc),
        expect![[
            r#"200 {"model":"gout","documents":[{"id":"1","entities":[{"start":3,"end":7,"text":"gout","type":"Disease","score":0.9731},{"start":9,"end":13,"text":"gout","type":"Disease","score":0.9731}],"reading":{"sentences":0,"words":3,"windows":0,"unseen_words":0,"cut_words":0}}]}"#
        ]],
    );
    let (_, _, body) = server.post("/v1/tag?replace=true", bioc);
    assert!(!body.contains("Old") && body.contains("Disease"), "{body}");
    check(
        server.post("/v1/tag?to=bioc-json", r#"{"id": "x", "text": "gout"}"#),
        expect![[r#"
        200 {"source":"","date":"","key":"","infons":{},"documents":[
        {"id":"x","infons":{},"passages":[{"infons":{},"offset":0,"text":"gout","sentences":[],"annotations":[{"id":"1","infons":{"score":"0.9731","type":"Disease"},"text":"gout","locations":[{"offset":0,"length":4}]}],"relations":[]}],"annotations":[],"relations":[]}
        ]}
    "#]],
    );
}

#[test]
fn what_is_wrong_is_said() {
    let server = Server::open();
    check(
        server.post("/v1/tag", r#"{"texts": "gout"}"#),
        expect![[
            r#"400 {"detail":"unknown field `texts`, expected `text` or `id` at line 1 column 8; expected {\"text\": \"...\"}, {\"documents\": [{\"id\": \"...\", \"text\": \"...\"}]} or a collection of BioC JSON","status":400,"title":"Bad Request"}"#
        ]],
    );
    check(
        server.post("/v1/tag?form=bioc", r#"{"text": "gout"}"#),
        expect![[
            r#"400 {"detail":"Failed to deserialize query string: form: unknown field `form`, expected `to` or `replace`","status":400,"title":"Bad Request"}"#
        ]],
    );
    check(
        server.get("/v1/tag"),
        expect![[
            r#"405 {"detail":"the path is asked in another way; /openapi.json says how","status":405,"title":"Method Not Allowed"}"#
        ]],
    );
    check(
        server.get("/v2"),
        expect![[
            r#"404 {"detail":"nothing is here; /openapi.json says what is where","status":404,"title":"Not Found"}"#
        ]],
    );
    check(
        server.post("/v1/tag", r#"{"text": "fails"}"#),
        expect![[r#"500 {"detail":"the scores are no numbers","status":500,"title":"Internal Server Error"}"#]],
    );
    check(
        server.post("/v1/tag", r#"{"text": "panics"}"#),
        expect![[r#"500 {"detail":"the model failed","status":500,"title":"Internal Server Error"}"#]],
    );
    let plain = String::from_utf8(post("/v1/tag", "gout")).unwrap().replace("application/json", "text/plain");
    check(
        server.raw(plain.as_bytes()),
        expect![[
            r#"415 {"detail":"the body is said to be `text/plain`, expected Content-Type: application/json","status":415,"title":"Unsupported Media Type"}"#
        ]],
    );
    let foreign =
        String::from_utf8(post("/v1/tag", r#"{"text": "gout"}"#)).unwrap().replace("localhost", "example.org");
    check(
        server.raw(foreign.as_bytes()),
        expect![[
            r#"403 {"detail":"the host of the request is not this machine, expected localhost, 127.0.0.1 or [::1]","status":403,"title":"Forbidden"}"#
        ]],
    );
    assert_eq!(server.raw(b"nonsense\r\n\r\n").0, 400);
    // The server is as it was.
    assert_eq!(server.post("/v1/tag", r#"{"text": "gout"}"#).0, 200);
}

#[test]
fn large_and_slow_requests_are_refused() {
    let limits = Limits {
        body_bytes: 1000,
        body_within: Duration::from_millis(200),
        head_within: Duration::from_millis(200),
        ..Limits::default()
    };
    let server = Server::start(Guard::Loopback, limits);
    let large = format!(r#"{{"text": "{}"}}"#, "gout ".repeat(1000));
    check(
        server.post("/v1/tag", &large),
        expect![[
            r#"413 {"detail":"the body is larger than 1000 bytes: send fewer documents at a time","status":413,"title":"Payload Too Large"}"#
        ]],
    );
    let chunked = format!(
        "POST /v1/tag HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{large}\r\n0\r\n\r\n",
        large.len()
    );
    assert_eq!(server.raw(chunked.as_bytes()).0, 413);
    let whole = post("/v1/tag", r#"{"text": "gout"}"#);
    check(
        server.raw(&whole[..whole.len() - 3]),
        expect![[r#"408 {"detail":"the body did not come within 0.2 s","status":408,"title":"Request Timeout"}"#]],
    );
    // A head that does not come closes the connection.
    let started = Instant::now();
    server.raw(b"POST /v1/tag HTTP/1.1\r\nHost: loc");
    assert!(started.elapsed() < Duration::from_secs(10));
    // One that goes away in the middle concerns nobody else.
    drop(server.connect().write_all(&whole[..60]));
    assert_eq!(server.post("/v1/tag", r#"{"text": "gout"}"#).0, 200);
}

#[test]
fn a_full_queue_is_told() {
    let limits = Limits { waiting_characters: 10, workers: 1, ..Limits::default() };
    let server = Server::start(Guard::Loopback, limits);
    let mut first = server.connect();
    first.write_all(&post("/v1/tag", r#"{"text": "slow"}"#)).unwrap();
    let mut refused = None;
    for _ in 0..100 {
        let answer = server.post("/v1/tag", r#"{"text": "gout gout"}"#);
        if answer.0 == 503 {
            refused = Some(answer);
            break;
        }
    }
    let (status, head, body) = refused.unwrap();
    assert!(head.contains("retry-after: "), "{head}");
    check(
        (status, head, body),
        expect![[
            r#"503 {"detail":"too many requests wait: try again later","status":503,"title":"Service Unavailable"}"#
        ]],
    );
    assert_eq!(answer(&mut first).0, 200);
}

/// Bodies that come slowly take room, and those that find none are told to come again.
#[test]
fn large_bodies_do_not_fill_the_memory() {
    let limits = Limits { body_bytes: 2048, bytes_at_once: 2048, ..Limits::default() };
    let server = Server::start(Guard::Loopback, limits);
    let large = post("/v1/tag", &format!(r#"{{"text": "{}"}}"#, "gout ".repeat(300)));
    let mut slow = server.connect();
    slow.write_all(&large[..large.len() - 10]).unwrap();
    let refused = (0..200).any(|_| {
        thread::sleep(Duration::from_millis(10));
        server.raw(&large).0 == 503
    });
    assert!(refused);
    slow.write_all(&large[large.len() - 10..]).unwrap();
    assert_eq!((answer(&mut slow).0, server.raw(&large).0), (200, 200));
}

/// A client that does not read its answer loses its connection, which others wait for.
#[test]
fn answers_have_to_be_read() {
    let limits = Limits { connections: 1, read_within: Duration::from_millis(200), ..Limits::default() };
    let server = Server::start(Guard::Loopback, limits);
    let mut deaf = server.connect();
    deaf.write_all(&post("/v1/tag", &format!(r#"{{"text": "{}"}}"#, "gout ".repeat(60_000)))).unwrap();
    assert_eq!(server.post("/v1/tag", r#"{"text": "gout"}"#).0, 200);
}

#[test]
fn an_answer_that_takes_too_long_is_told() {
    let limits = Limits { answer_within: Duration::from_millis(50), ..Limits::default() };
    let server = Server::start(Guard::Loopback, limits);
    check(
        server.post("/v1/tag", r#"{"text": "slow"}"#),
        expect![[
            r#"504 {"detail":"there was no answer within 0.05 s: send fewer documents","status":504,"title":"Gateway Timeout"}"#
        ]],
    );
}

#[test]
fn the_token_is_asked_for() {
    let server = Server::start(Guard::token("secret"), Limits::default());
    let (status, head, _) = server.post("/v1/tag", r#"{"text": "gout"}"#);
    assert!(status == 401 && head.contains("www-authenticate: bearer"), "{status} {head}");
    for (path, status) in [("/", 200), ("/page.js", 200), ("/healthz", 200), ("/v1/model", 401), ("/metrics", 401)] {
        assert_eq!(server.get(path).0, status, "{path}");
    }
    let known =
        "GET /v1/model HTTP/1.1\r\nHost: example.org\r\nAuthorization: Bearer secret\r\nConnection: close\r\n\r\n";
    check(
        server.raw(known.as_bytes()),
        expect![[r#"200 {"model":"gout","entity_types":["Disease"],"device":"cpu","longest_window":512}"#]],
    );
}

#[test]
fn counts_grow() {
    let server = Server::open();
    server.post("/v1/tag", r#"{"documents": [{"text": "gout"}, {"text": "no"}]}"#);
    server.get("/nowhere");
    let (_, _, body) = server.get("/metrics");
    let rows: Vec<&str> = body.lines().filter(|line| !line.starts_with('#') && !line.contains("seconds")).collect();
    expect![[r#"
        welt_answers_total{status="200"} 1
        welt_answers_total{status="404"} 1
        welt_documents_total 2
        welt_characters_total 8
        welt_entities_total 1
        welt_groups_total 1
        welt_waiting_characters 0"#]]
    .assert_eq(&rows.join("\n"));
}

/// Requests that were sent before the end are answered, those after find nobody.
#[test]
fn nothing_that_was_taken_is_lost() {
    let mut server = Server::open();
    let mut streams: Vec<TcpStream> = (0..40).map(|_| server.connect()).collect();
    for (index, stream) in streams.iter_mut().enumerate() {
        let text = if index % 10 == 0 { r#"{"text": "slow"}"# } else { r#"{"text": "gout"}"# };
        let kept =
            String::from_utf8(post("/v1/tag", text)).unwrap().replace("Connection: close", "Connection: keep-alive");
        stream.write_all(kept.as_bytes()).unwrap();
    }
    server.ask_to_end();
    for stream in &mut streams {
        let (status, ..) = answer(stream);
        assert_eq!(status, 200);
    }
    server.join();
    assert_eq!(server.engine.n_tagged.load(Ordering::SeqCst), 40);
    assert!(TcpStream::connect(server.address).is_err());
}

/// The description names every path, and no other.
#[test]
fn the_description_is_true() {
    let server = Server::open();
    let (_, _, body) = server.get("/openapi.json");
    let description: Value = serde_json::from_str(&body).unwrap();
    for (path, ways) in description["paths"].as_object().unwrap() {
        for way in ways.as_object().unwrap().keys() {
            let answer = if way == "get" { server.get(path) } else { server.post(path, r#"{"text": "gout"}"#) };
            assert_eq!(answer.0, 200, "{way} {path}");
        }
    }
    let (_, head, page) = server.get("/");
    assert!(head.contains("content-security-policy: default-src 'none'"), "{head}");
    for file in ["page.css", "page.js", "openapi.json"] {
        assert!(page.contains(&format!("\"{file}\"")) && server.get(&format!("/{file}")).0 == 200, "{file}");
    }
}
