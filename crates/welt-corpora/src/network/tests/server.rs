//! A small HTTP server for tests, which can be as rude as real ones.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// What a client asked for.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The first line of the request.
    pub line: String,
    /// In lower case.
    headers: Vec<(String, String)>,
    /// How many requests came before.
    pub count: usize,
}

impl Asked {
    /// The value of a header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The first byte that is asked for.
    pub fn start(&self) -> Option<usize> {
        self.header("range")?.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok()
    }

    pub fn path(&self) -> &str {
        self.line.split(' ').nth(1).unwrap_or_default()
    }
}

/// Listens on a port of this machine until the tests are over.
pub struct Server {
    /// Such as `127.0.0.1:4711`.
    pub host: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    /// Answers every request with what `answer` writes; then the connection is closed.
    pub fn start(answer: impl Fn(&Asked, &mut TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (answer, seen) = (Arc::new(answer), Arc::clone(&asked));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (answer, seen) = (Arc::clone(&answer), Arc::clone(&seen));
                thread::spawn(move || serve(stream.unwrap(), &seen, answer.as_ref()));
            }
        });
        Self { host, asked }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}/{path}", self.host)
    }

    /// All requests so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn serve(mut stream: TcpStream, seen: &Mutex<Vec<Asked>>, answer: &(impl Fn(&Asked, &mut TcpStream) + ?Sized)) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut line = String::new();
    reader.read_line(&mut line).unwrap_or_default();
    let mut headers = Vec::new();
    loop {
        let mut header = String::new();
        if reader.read_line(&mut header).unwrap_or_default() == 0 || header.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = header.split_once(':') {
            headers.push((name.to_lowercase(), value.trim().to_owned()));
        }
    }
    let asked = {
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        let asked = Asked { line: line.trim().to_owned(), headers, count: seen.len() };
        seen.push(asked.clone());
        asked
    };
    answer(&asked, &mut stream);
}

/// Writes a head and a body; a client that has gone does not matter.
pub fn reply(stream: &mut TcpStream, status: &str, headers: &str, body: &[u8]) {
    let head = format!("HTTP/1.1 {status}\r\nConnection: close\r\n{headers}\r\n");
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body)).and_then(|()| stream.flush());
}

/// Answers as a good server does: a part with 206 if one is asked for, with this ETag.
pub fn behave(asked: &Asked, stream: &mut TcpStream, etag: &str, body: &[u8]) {
    let is_same = asked.header("if-range").is_none_or(|wanted| wanted == etag);
    match asked.start().filter(|_| is_same) {
        Some(start) if start >= body.len() => {
            let headers = format!("Content-Range: bytes */{}\r\nContent-Length: 0\r\n", body.len());
            reply(stream, "416 Range Not Satisfiable", &headers, b"");
        }
        Some(start) => {
            let (length, last) = (body.len() - start, body.len() - 1);
            let headers = format!(
                "Content-Length: {length}\r\nContent-Range: bytes {start}-{last}/{}\r\nETag: {etag}\r\n",
                body.len()
            );
            reply(stream, "206 Partial Content", &headers, &body[start..]);
        }
        None => reply(stream, "200 OK", &format!("Content-Length: {}\r\nETag: {etag}\r\n", body.len()), body),
    }
}
