//! Requests to the Hub's own endpoints: JSON in and out, tried again where that may help.
//! Files of models go another way.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::thread;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::Value;
use ureq::http::{Response, StatusCode};
use ureq::{Agent, Body, RequestBuilder};

use crate::error::Refusal;
use crate::refusal::Failure;
use crate::settings::{Settings, Token};

/// How often a request is sent before it is given up.
pub const TRIES: u32 = 4;

/// The longest wait that a server may ask for; for a longer one nobody stays at the screen.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// The most bytes of an answer: lists of a repository's files can be long.
const LONGEST_ANSWER: u64 = 64 << 20;

/// Speaks to one Hub.
pub struct Api {
    /// Its address, without a slash at its end.
    pub endpoint: String,
    agent: Agent,
    token: Option<Token>,
}

impl Api {
    /// Sends nothing yet.
    pub fn new(settings: &Settings) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .user_agent(concat!("welt/", env!("CARGO_PKG_VERSION")))
            .timeout_connect(Some(settings.patience))
            .timeout_recv_response(Some(settings.patience))
            .timeout_per_read(Some(settings.patience))
            .timeout_per_write(Some(settings.patience));
        Self { endpoint: settings.endpoint.clone(), agent: config.build().into(), token: settings.token.clone() }
    }

    /// Gets JSON.
    pub fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        let request = || self.signed(self.agent.get(self.address(path))).call();
        self.json(path, again(request)?)
    }

    /// Posts JSON and gets JSON, with another kind of JSON where the endpoint wants one.
    pub fn post<T: DeserializeOwned>(&self, path: &str, body: &Value, kind: &str) -> Result<T, Failure> {
        let text = body.to_string();
        let request = || {
            let request = self.signed(self.agent.post(self.address(path)));
            request.header("Content-Type", kind).header("Accept", kind).send(text.as_str())
        };
        self.json(path, again(request)?)
    }

    /// Posts a text once: whether a commit that got no answer was made, nobody can tell.
    pub fn post_once<T: DeserializeOwned>(&self, path: &str, text: &str, kind: &str) -> Result<T, Failure> {
        let request = self.signed(self.agent.post(self.address(path))).header("Content-Type", kind);
        self.json(path, accepted(request.send(text))?)
    }

    /// Sends a file to a place that the Hub named, which has its own way to know who asks; `on_sent` is told how many bytes are gone.
    pub fn put(
        &self,
        address: &str,
        headers: &[(String, String)],
        path: &Path,
        on_sent: &mut dyn FnMut(u64),
    ) -> Result<(), Failure> {
        let mut send = || {
            let file = File::open(path)?;
            let size = file.metadata()?.len();
            let mut request = self.agent.put(address).header("Content-Length", size.to_string());
            for (name, value) in headers {
                request = request.header(name, value);
            }
            let mut reader = Counted { file, sent: 0, on_sent: &mut *on_sent };
            request.send(ureq::SendBody::from_reader(&mut reader))
        };
        again(&mut send).map(drop)
    }

    fn address(&self, path: &str) -> String {
        format!("{}/{path}", self.endpoint)
    }

    /// The token goes to the Hub alone.
    fn signed<B>(&self, request: RequestBuilder<B>) -> RequestBuilder<B> {
        match &self.token {
            Some(token) => request.header("Authorization", format!("Bearer {}", token.secret)),
            None => request,
        }
    }

    fn json<T: DeserializeOwned>(&self, path: &str, mut response: Response<Body>) -> Result<T, Failure> {
        let text = response.body_mut().with_config().limit(LONGEST_ANSWER).read_to_string().map_err(Failure::from)?;
        let strange =
            |error: serde_json::Error| Failure::Strange { address: self.address(path), reason: error.to_string() };
        serde_json::from_str(&text).map_err(strange)
    }
}

/// A file that says how much of it has been read.
struct Counted<'a> {
    file: File,
    sent: u64,
    on_sent: &'a mut dyn FnMut(u64),
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.file.read(buffer)?;
        self.sent += bytes as u64;
        (self.on_sent)(self.sent);
        Ok(bytes)
    }
}

/// Sends a request until it is answered by other than "later".
fn again(mut request: impl FnMut() -> Result<Response<Body>, ureq::Error>) -> Result<Response<Body>, Failure> {
    let mut tries = 1;
    loop {
        let failure = match accepted(request()) {
            Ok(response) => return Ok(response),
            Err(failure) => failure,
        };
        let Some(pause) = failure.pause(tries).filter(|pause| tries < TRIES && *pause <= LONGEST_PAUSE) else {
            return Err(failure);
        };
        tracing::info!("the Hub: {failure}; asking again in {:.1} s", pause.as_secs_f64());
        thread::sleep(pause);
        tries += 1;
    }
}

fn accepted(answer: Result<Response<Body>, ureq::Error>) -> Result<Response<Body>, Failure> {
    let mut response = answer.map_err(Failure::from)?;
    match response.status() {
        StatusCode::OK | StatusCode::CREATED | StatusCode::PARTIAL_CONTENT | StatusCode::NO_CONTENT => Ok(response),
        _ => Err(Failure::Refused(Refusal::of(&mut response))),
    }
}
