//! Requests to the Hub and to where it sends on to: JSON in and out, the heads of files and their bytes.
//! They are tried again where that may help. Redirects are followed here and not by the library below, because the token is
//! for the Hub alone: it goes to no other host, and nothing goes from https to http.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::thread;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::Value;
use ureq::http::{HeaderMap, Response, StatusCode, header};
use ureq::{Agent, Body, RequestBuilder};
use welt_terminal::cut;

use crate::address::Address;
use crate::error::Refusal;
use crate::head;
use crate::refusal::Failure;
use crate::settings::{Settings, Token};

/// How often a request is sent before it is given up.
pub const TRIES: u32 = 4;

/// The longest wait that a server may ask for; for a longer one nobody stays at the screen.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// The most bytes of an answer: lists of a repository's files can be long.
const LONGEST_ANSWER: u64 = 64 << 20;

/// The most characters of what a message tells of an answer.
const LONGEST_REASON: usize = 200;

/// How often servers may send on.
const MOST_REDIRECTS: u32 = 8;

/// Headers that say where a request ends and who it is for, over which no server has a say.
const OURS: [&str; 6] = ["connection", "content-length", "expect", "host", "transfer-encoding", "upgrade"];

/// Speaks to one Hub.
pub struct Api {
    hub: Address,
    agent: Agent,
    token: Option<Token>,
    pause: Duration,
}

/// An answer that sends on to nobody who may be asked.
struct Arrived {
    response: Response<Body>,
    /// Who gave it.
    from: Address,
    /// The other host that it sends on to.
    onward: Option<Address>,
}

/// Whether other hosts than the one that was asked are asked too.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Others {
    Asked,
    NotAsked,
}

impl Api {
    /// Sends nothing yet.
    pub fn new(settings: &Settings) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .https_only(settings.hub.is_secure())
            .user_agent(concat!("welt/", env!("CARGO_PKG_VERSION")))
            .timeout_connect(Some(settings.patience))
            .timeout_recv_response(Some(settings.patience))
            .timeout_per_read(Some(settings.patience))
            .timeout_per_write(Some(settings.patience));
        Self {
            hub: settings.hub.clone(),
            agent: config.build().into(),
            token: settings.token.clone(),
            pause: settings.pause,
        }
    }

    /// Gets JSON.
    pub fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        let request = || {
            let arrived = self.follow(&self.hub.join(path), Others::Asked, &|address| {
                self.signed(self.agent.get(address.to_request()), address).call()
            })?;
            accepted(arrived.response)
        };
        json(&self.hub.join(path), self.again(request)?)
    }

    /// Posts JSON and gets JSON, with another kind of JSON where the endpoint wants one.
    pub fn post<T: DeserializeOwned>(&self, path: &str, body: &Value, kind: &str) -> Result<T, Failure> {
        let (address, text) = (self.hub.join(path), body.to_string());
        let request = || {
            let request = self.signed(self.agent.post(address.to_request()), &address);
            accepted(request.header("Content-Type", kind).header("Accept", kind).send(text.as_str())?)
        };
        json(&address, self.again(request)?)
    }

    /// Posts a text once: whether a commit that got no answer was made, nobody can tell.
    pub fn post_once<T: DeserializeOwned>(&self, path: &str, text: &str, kind: &str) -> Result<T, Failure> {
        let address = self.hub.join(path);
        let request = self.signed(self.agent.post(address.to_request()), &address).header("Content-Type", kind);
        json(&address, accepted(request.send(text)?)?)
    }

    /// Sends a file to a place that the Hub named, which has its own way to know who asks; `on_sent` is told how many bytes
    /// are gone.
    pub fn put(
        &self,
        address: &str,
        headers: &[(String, String)],
        path: &Path,
        on_sent: &mut dyn FnMut(u64),
    ) -> Result<(), Failure> {
        let named = Address::parse(address).filter(|named| named.is_secure() || !self.hub.is_secure());
        let named = named.ok_or_else(|| Failure::Strange {
            address: self.hub.to_string(),
            reason: "it names no address of https to send a file to".to_owned(),
        })?;
        let send = || {
            let file = File::open(path).map_err(ureq::Error::Io)?;
            let size = file.metadata().map_err(ureq::Error::Io)?.len();
            let mut request = self.agent.put(named.to_request()).header("Content-Length", size.to_string());
            for (name, value) in headers {
                if !OURS.iter().any(|ours| name.eq_ignore_ascii_case(ours)) {
                    request = request.header(name, value);
                }
            }
            let mut reader = Counted { file, sent: 0, on_sent: &mut *on_sent };
            accepted(request.send(ureq::SendBody::from_reader(&mut reader))?)
        };
        self.again(send).map(drop)
    }

    /// Asks for the headers of a file, of the Hub alone: whoever it sends on to is asked for the bytes and for nothing else.
    /// The last is where that would be, if it is another host.
    pub fn head(&self, path: &str) -> Result<(HeaderMap, Address, Option<Address>), Failure> {
        let request = || {
            let Arrived { response, from, onward } =
                self.follow(&self.hub.join(path), Others::NotAsked, &|address| {
                    let request = self.signed(self.agent.head(address.to_request()), address);
                    request.header(header::ACCEPT_ENCODING, "identity").call()
                })?;
            let response = if onward.is_some() { response } else { accepted(response)? };
            Ok((response.headers().clone(), from, onward))
        };
        self.again(request)
    }

    /// Asks for the bytes of a file from `offset` on.
    pub fn bytes(&self, address: &Address, offset: u64) -> Result<Response<Body>, Failure> {
        let arrived = self.follow(address, Others::Asked, &|address| {
            let request = self.signed(self.agent.get(address.to_request()), address);
            let request = request.header(header::ACCEPT_ENCODING, "identity");
            if offset > 0 { request.header(header::RANGE, format!("bytes={offset}-")).call() } else { request.call() }
        })?;
        accepted(arrived.response)
    }

    /// Whether the token is shown there.
    pub fn is_hub(&self, address: &Address) -> bool {
        address.is_same_origin(&self.hub)
    }

    /// The token goes to the Hub alone.
    fn signed<B>(&self, request: RequestBuilder<B>, address: &Address) -> RequestBuilder<B> {
        match self.token.as_ref().filter(|_| self.is_hub(address)) {
            Some(token) => request.header("Authorization", format!("Bearer {}", token.secret)),
            None => request,
        }
    }

    /// Goes where servers send on to.
    fn follow(
        &self,
        start: &Address,
        others: Others,
        call: &dyn Fn(&Address) -> Result<Response<Body>, ureq::Error>,
    ) -> Result<Arrived, Failure> {
        let mut from = start.clone();
        for _ in 0..=MOST_REDIRECTS {
            let response = call(&from)?;
            let Some(location) = location(&response) else { return Ok(Arrived { response, from, onward: None }) };
            let to = from
                .redirected(location)
                .map_err(|reason| Failure::Strange { address: from.to_string(), reason: reason.to_owned() })?;
            if others == Others::NotAsked && !to.is_same_origin(&from) {
                return Ok(Arrived { response, from, onward: Some(to) });
            }
            from = to;
        }
        let reason = format!("it sends on more than {MOST_REDIRECTS} times");
        Err(Failure::Strange { address: start.to_string(), reason })
    }

    /// Sends a request until it is answered by other than "later".
    fn again<T>(&self, mut request: impl FnMut() -> Result<T, Failure>) -> Result<T, Failure> {
        let mut tries = 1;
        loop {
            let failure = match request() {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            let Some(pause) = failure.pause(tries, self.pause).filter(|pause| tries < TRIES && *pause <= LONGEST_PAUSE)
            else {
                return Err(failure);
            };
            tracing::info!("the Hub: {failure}; asking again in {:.1} s", pause.as_secs_f64());
            thread::sleep(pause);
            tries += 1;
        }
    }
}

/// Where an answer sends on to.
fn location(response: &Response<Body>) -> Option<&str> {
    let sends_on = matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308);
    head::text(response.headers(), "location").filter(|_| sends_on)
}

fn json<T: DeserializeOwned>(address: &Address, mut response: Response<Body>) -> Result<T, Failure> {
    let text = response.body_mut().with_config().limit(LONGEST_ANSWER).read_to_string().map_err(Failure::from)?;
    serde_json::from_str(&text).map_err(|error| Failure::Strange {
        address: address.to_string(),
        reason: cut(&error.to_string(), LONGEST_REASON).into_owned(),
    })
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

fn accepted(mut response: Response<Body>) -> Result<Response<Body>, Failure> {
    match response.status() {
        StatusCode::OK | StatusCode::CREATED | StatusCode::PARTIAL_CONTENT | StatusCode::NO_CONTENT => Ok(response),
        _ => Err(Failure::Refused(Refusal::of(&mut response))),
    }
}
