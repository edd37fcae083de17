//! Fetches one file over HTTP: it goes on where an earlier try ended, checks what came, and only then gives it its name.
//! A URL, a size and a checksum go in, a whole file or the reason why there is none comes out.
//! It knows nothing of corpora; every wait and every limit is a number in [`Policy`].

use std::fs;
use std::hash::{BuildHasher as _, Hasher as _};
use std::io::{self, Read as _, Write as _};
use std::net::ToSocketAddrs as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result, anyhow};
use ureq::http::{StatusCode, header};
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};

use super::head::{Answer, Head};
use super::pace::Pace;
use super::part::Part;
use super::policy::Policy;
use super::{Failure, Watch, address, shown_address};
use crate::wanted::{Size, Wanted};

/// Fetches files, one at a time.
#[derive(Debug)]
pub struct Client {
    agent: ureq::Agent,
    policy: Policy,
    has_proxy: bool,
    /// Stands before host and path of every URL.
    mirror: Option<String>,
    stop: &'static AtomicBool,
}

/// How often a silent connection and a pause look whether to stop.
const POLL: Duration = Duration::from_millis(50);
/// Bytes that are read at a time.
const CHUNK: usize = 64 * 1024;
/// Chunks that may wait to be written.
const CHUNKS_AHEAD: usize = 16;

/// What one request came to.
enum Try {
    /// The server says that this is all.
    Whole,
    /// The connection ended early; a further try may go on from there.
    Cut(anyhow::Error),
    /// The server asks to come again.
    Busy { status: StatusCode, wait: Option<Duration> },
}

/// What the reading thread reports.
enum Message {
    Head(Box<Head>),
    Bytes(Vec<u8>),
    End,
    Failed(Box<ureq::Error>),
    Broken(io::Error),
}

impl Client {
    /// A patient client that goes through the proxy that the environment names; see [`Client::new`].
    ///
    /// # Errors
    /// A certificate file that cannot be read.
    pub fn open(mirror: Option<String>, stop: &'static AtomicBool) -> Result<Self> {
        Self::new(Policy::PATIENT, ureq::Proxy::try_from_env(), mirror, stop)
    }

    /// A client that goes through `proxy`, trusts the certificates in the file that SSL_CERT_FILE names (else those of
    /// Mozilla), and stops when `stop` is set. With a `mirror`, HOST/PATH is asked for under that URL.
    ///
    /// # Errors
    /// A certificate file that cannot be read.
    pub fn new(
        policy: Policy,
        proxy: Option<ureq::Proxy>,
        mirror: Option<String>,
        stop: &'static AtomicBool,
    ) -> Result<Self> {
        let mut tls = TlsConfig::builder();
        if let Some(path) = std::env::var_os("SSL_CERT_FILE").filter(|path| !path.is_empty()) {
            tls = tls.root_certs(certificates(Path::new(&path))?);
        }
        let has_proxy = proxy.is_some();
        let config = ureq::Agent::config_builder()
            .tls_config(tls.build())
            .proxy(proxy)
            .http_status_as_error(false)
            .max_redirects(policy.redirects)
            .timeout_resolve(Some(policy.connect))
            .timeout_connect(Some(policy.connect))
            .timeout_recv_response(Some(policy.stall))
            .timeout_per_read(Some(policy.stall))
            // A connection that was cut in the middle is not used again.
            .max_idle_connections(0)
            .user_agent(concat!("welt/", env!("CARGO_PKG_VERSION")))
            .build();
        Ok(Self { agent: config.new_agent(), policy, has_proxy, mirror, stop })
    }

    /// Where `url` is asked for.
    fn address(&self, url: &str) -> String {
        address(self.mirror.as_deref(), url)
    }

    /// Where `url` is asked for, for messages.
    pub fn shown_address(&self, url: &str) -> String {
        shown_address(self.mirror.as_deref(), url)
    }

    /// Makes `to` the file that is wanted; one that is there and right is left alone, one that is wrong is replaced.
    ///
    /// # Errors
    /// See [`Failure`]; there is then no file `to`, or the one that was there before.
    pub fn fetch(&self, wanted: &Wanted, to: &Path, watch: &mut dyn Watch) -> Result<(), Failure> {
        if to.exists() {
            match wanted.check(to) {
                Ok(()) => return Ok(()),
                Err(error) => watch.say(&format!("{} is fetched again: {error:#}", to.display())),
            }
        }
        let folder = to.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display())).map_err(Failure::Wrong)?;
        let part = Part::beside(to);
        let was_begun = part.length() > 0;
        self.complete(wanted, &part, watch)?;
        let mut verdict = wanted.check(&part.path);
        if verdict.is_err() && was_begun {
            // What was left from an earlier try may be of another version of the file.
            watch.say("what an earlier try had left does not fit: starting anew");
            part.clear().map_err(Failure::Wrong)?;
            self.complete(wanted, &part, watch)?;
            verdict = wanted.check(&part.path);
        }
        if let Err(error) = verdict {
            part.clear().map_err(Failure::Wrong)?;
            return Err(Failure::Wrong(error.context(self.shown_address(wanted.url))));
        }
        part.take_its_place(to).map_err(Failure::Wrong)
    }

    /// Tries until the part holds all bytes.
    fn complete(&self, wanted: &Wanted, part: &Part, watch: &mut dyn Watch) -> Result<(), Failure> {
        let address = self.shown_address(wanted.url);
        let mut fruitless = 0;
        let mut has_answered = false;
        for count in 1.. {
            let before = part.length();
            if wanted.size == Size::Exactly(before) {
                return Ok(());
            }
            let outcome = self.request(wanted, part, watch)?;
            has_answered |= part.length() > before || matches!(outcome, Try::Busy { .. } | Try::Whole);
            let (why, wait) = match outcome {
                Try::Whole => match wanted.size {
                    Size::Exactly(bytes) if part.length() < bytes => {
                        (anyhow!("{} of {bytes} bytes came", part.length()), None)
                    }
                    _ => return Ok(()),
                },
                // Some servers end a connection rudely after the last byte.
                Try::Cut(_) if wanted.size == Size::Exactly(part.length()) => return Ok(()),
                Try::Cut(error) => (error, None),
                Try::Busy { status, wait } => (anyhow!("the server answers {status}"), wait),
            };
            fruitless = if part.length() > before { 0 } else { fruitless + 1 };
            if fruitless >= self.policy.tries || count >= self.policy.most_tries {
                let error = why.context(format!("{address}: given up after {count} tries"));
                return Err(if has_answered { Failure::Unavailable(error) } else { Failure::Unreachable(error) });
            }
            let pause = match wait {
                Some(wait) if wait > self.policy.longest_wait => {
                    let seconds = wait.as_secs();
                    let error = why.context(format!("{address}: asks to wait for {seconds} s, try again later"));
                    return Err(Failure::Unavailable(error));
                }
                Some(wait) => wait,
                None => self.back_off(fruitless),
            };
            watch.say(&format!("{why:#}; trying again in {:.1} s", pause.as_secs_f64()));
            self.sleep(pause)?;
        }
        Err(Failure::Stopped)
    }

    /// One request, for what the part lacks; what comes goes to its end.
    fn request(&self, wanted: &Wanted, part: &Part, watch: &mut dyn Watch) -> Result<Try, Failure> {
        let (offset, validator) = part.state(wanted).map_err(Failure::Wrong)?;
        let messages = self.start(self.address(wanted.url), offset, validator);
        let mut pace = Pace::new(self.policy);
        let head = match self.next(&messages, &mut pace)? {
            Ok(Message::Head(head)) => *head,
            Ok(Message::Failed(error)) => return self.refused(wanted, *error),
            Ok(_) => return Ok(Try::Cut(anyhow!("no head came"))),
            Err(cut) => return Ok(Try::Cut(cut)),
        };
        let start = match head.answer(offset) {
            Answer::At(start) => start,
            Answer::Complete => return Ok(Try::Whole),
            Answer::Busy => return Ok(Try::Busy { status: head.status, wait: head.retry_after(SystemTime::now()) }),
            Answer::Elsewhere => {
                part.clear().map_err(Failure::Wrong)?;
                return Ok(Try::Cut(anyhow!("the server sent another part than was asked for")));
            }
            Answer::Nowhere => {
                let error = anyhow!("{}: the server answers {}", self.shown_address(wanted.url), head.status);
                return Err(Failure::Unavailable(error));
            }
        };
        let mut file = part.open(start, head.validator().unwrap_or_default()).map_err(Failure::Wrong)?;
        // A server may say any number.
        let total = head.length().and_then(|length| start.checked_add(length));
        let mut at = start;
        watch.at(at, total);
        loop {
            match self.next(&messages, &mut pace)? {
                Ok(Message::Bytes(bytes)) => {
                    at += bytes.len() as u64;
                    let (Size::Exactly(limit) | Size::AtMost(limit)) = wanted.size;
                    if at > limit {
                        drop(file);
                        part.clear().map_err(Failure::Wrong)?;
                        let address = self.shown_address(wanted.url);
                        let error = anyhow!("{address}: more than {limit} bytes come, expected {}", wanted.size);
                        return Err(Failure::Wrong(error));
                    }
                    file.write_all(&bytes)
                        .with_context(|| format!("writing {}", part.path.display()))
                        .map_err(Failure::Wrong)?;
                    watch.at(at, total);
                }
                Ok(Message::End) => return Ok(Try::Whole),
                Ok(Message::Broken(error)) => {
                    return Ok(Try::Cut(anyhow::Error::from(error).context(cut_at(at, total))));
                }
                Ok(Message::Head(_) | Message::Failed(_)) => return Ok(Try::Cut(anyhow!(cut_at(at, total)))),
                Err(cut) => return Ok(Try::Cut(cut)),
            }
        }
    }

    /// Sends the request from a thread of its own, so that a silent server cannot hold up Ctrl-C.
    fn start(&self, address: String, offset: u64, validator: Option<String>) -> Receiver<Message> {
        let (sender, receiver) = sync_channel(CHUNKS_AHEAD);
        let agent = self.agent.clone();
        thread::spawn(move || {
            // What was asked for safely does not come unsafely, wherever a server sends on to.
            let is_secure = address.starts_with("https://");
            let request = agent.get(&address).config().https_only(is_secure).build();
            let mut request = request.header(header::ACCEPT_ENCODING, "identity");
            if offset > 0 {
                request = request.header(header::RANGE, format!("bytes={offset}-"));
                if let Some(validator) = validator {
                    request = request.header(header::IF_RANGE, validator);
                }
            }
            // Nobody listens only when the request is given up.
            let _ = match request.call() {
                Ok(response) => pass_on(response, &sender),
                Err(error) => sender.send(Message::Failed(Box::new(error))).map_err(drop),
            };
        });
        receiver
    }

    /// The next message, or the reason why none will come.
    fn next(&self, messages: &Receiver<Message>, pace: &mut Pace) -> Result<Result<Message, anyhow::Error>, Failure> {
        loop {
            if self.stop.load(Ordering::Relaxed) {
                return Err(Failure::Stopped);
            }
            match messages.recv_timeout(POLL.min(self.policy.stall)) {
                Ok(Message::Bytes(bytes)) => {
                    pace.add(bytes.len() as u64);
                    return Ok(pace.too_slow().map_or(Ok(Message::Bytes(bytes)), Err));
                }
                Ok(message) => {
                    *pace = Pace::new(self.policy);
                    return Ok(Ok(message));
                }
                Err(RecvTimeoutError::Timeout) => {
                    if let Some(error) = pace.too_slow() {
                        return Ok(Err(error));
                    }
                }
                Err(RecvTimeoutError::Disconnected) => return Ok(Err(anyhow!("the connection ended without a word"))),
            }
        }
    }

    /// What becomes of a request that got no response.
    fn refused(&self, wanted: &Wanted, error: ureq::Error) -> Result<Try, Failure> {
        let (address, asked) = (self.shown_address(wanted.url), self.address(wanted.url));
        let final_kinds = [
            io::ErrorKind::ConnectionRefused,
            io::ErrorKind::NetworkUnreachable,
            io::ErrorKind::HostUnreachable,
            // A certificate that is not trusted.
            io::ErrorKind::InvalidData,
        ];
        let is_final = match &error {
            ureq::Error::Io(error) => final_kinds.contains(&error.kind()) || self.is_unknown_host(&asked),
            ureq::Error::TooManyRedirects => {
                let error = anyhow!("{address}: redirects more than {} times", self.policy.redirects);
                return Err(Failure::Unavailable(error));
            }
            ureq::Error::RequireHttpsOnly(_) => {
                return Err(Failure::Unavailable(anyhow!("{address}: sends on from https to http")));
            }
            ureq::Error::Timeout(_) | ureq::Error::Protocol(_) | ureq::Error::ConnectionFailed => false,
            _ => true,
        };
        let error = anyhow::Error::from(error);
        if is_final { Err(Failure::Unreachable(error.context(address))) } else { Ok(Try::Cut(error)) }
    }

    /// Whether the host of a URL has no address. The kind of an error does not tell.
    fn is_unknown_host(&self, address: &str) -> bool {
        let authority = address.split('/').nth(2).unwrap_or_default();
        let host = authority.rsplit('@').next().unwrap_or_default();
        let address = if host.contains(':') { host.to_owned() } else { format!("{host}:443") };
        // Behind a proxy it is the proxy that asks for the address.
        !self.has_proxy && address.to_socket_addrs().is_err()
    }

    /// A wait that doubles with every try, with chance in it so that many clients do not come back at once.
    fn back_off(&self, fruitless: u32) -> Duration {
        let doubled = 2_u32.saturating_pow(fruitless.saturating_sub(1));
        let pause = self.policy.first_pause.saturating_mul(doubled).min(self.policy.longest_pause);
        let chance = std::hash::RandomState::new().build_hasher().finish() as f64 / u64::MAX as f64;
        pause.mul_f64(0.5 + 0.5 * chance)
    }

    fn sleep(&self, pause: Duration) -> Result<(), Failure> {
        let until = Instant::now() + pause;
        while let Some(left) = until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
            if self.stop.load(Ordering::Relaxed) {
                return Err(Failure::Stopped);
            }
            thread::sleep(left.min(POLL));
        }
        Ok(())
    }
}

fn cut_at(at: u64, total: Option<u64>) -> String {
    match total {
        Some(total) => format!("the connection was cut after {at} of {total} bytes"),
        None => format!("the connection was cut after {at} bytes"),
    }
}

fn certificates(path: &Path) -> Result<RootCerts> {
    let pem = fs::read(path).with_context(|| format!("SSL_CERT_FILE: reading {}", path.display()))?;
    let mut found = Vec::new();
    for item in parse_pem(&pem) {
        if let PemItem::Certificate(certificate) = item.with_context(|| format!("SSL_CERT_FILE: {}", path.display()))? {
            found.push(certificate);
        }
    }
    Ok(RootCerts::Specific(Arc::new(found)))
}

/// Hands a response on in chunks, until nobody listens any more.
fn pass_on(response: ureq::http::Response<ureq::Body>, sender: &SyncSender<Message>) -> Result<(), ()> {
    let (head, body) = response.into_parts();
    sender.send(Message::Head(Box::new(Head { status: head.status, headers: head.headers }))).map_err(drop)?;
    let mut reader = body.into_reader();
    loop {
        let mut chunk = vec![0; CHUNK];
        match reader.read(&mut chunk) {
            Ok(0) => return sender.send(Message::End).map_err(drop),
            Ok(length) => {
                chunk.truncate(length);
                sender.send(Message::Bytes(chunk)).map_err(drop)?;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return sender.send(Message::Broken(error)).map_err(drop),
        }
    }
}
