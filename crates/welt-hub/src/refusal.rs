//! What the Hub or the way to it answers instead of what was asked for, and what a user can do about it.

use std::fmt;
use std::time::Duration;

use anyhow::{Error, anyhow};
use serde_json::Value;
use ureq::Body;
use ureq::http::Response;

use crate::HubModel;
use crate::settings::Settings;

/// The most of an error's body that is read.
const LONGEST_BODY: u64 = 1 << 16;

/// Why a request came to nothing.
#[derive(Debug)]
pub enum Failure {
    /// The Hub said so.
    Refused(Refusal),
    /// Nobody answered, or not to the end.
    Unreachable(ureq::Error),
    /// Something else than the Hub answered.
    Strange(Error),
}

/// An answer that is an error.
#[derive(Debug)]
pub struct Refusal {
    /// The status of HTTP.
    pub status: u16,
    /// Which error it is, in a word such as `GatedRepo`.
    pub code: Option<String>,
    message: Option<String>,
    retry_after: Option<u64>,
}

/// What was about to be done.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Something was to be fetched.
    Read,
    /// Something was to be sent.
    Write,
}

impl From<ureq::Error> for Failure {
    fn from(error: ureq::Error) -> Self {
        match error {
            ureq::Error::StatusCode(status) => Self::Refused(Refusal::of_status(status)),
            error => Self::Unreachable(error),
        }
    }
}

impl Refusal {
    /// An error without words.
    pub fn of_status(status: u16) -> Self {
        Self { status, code: None, message: None, retry_after: None }
    }

    /// Reads what an answer says of itself.
    pub fn of(response: &mut Response<Body>) -> Self {
        let header = |name: &str| {
            let text = response.headers().get(name)?.to_str().ok()?.trim();
            (!text.is_empty()).then(|| text.to_owned())
        };
        let (status, code, message) = (response.status().as_u16(), header("x-error-code"), header("x-error-message"));
        let retry_after = header("retry-after").and_then(|text| text.parse().ok());
        let in_body = |response: &mut Response<Body>| {
            let text = response.body_mut().with_config().limit(LONGEST_BODY).read_to_string().ok()?;
            let body: Value = serde_json::from_str(&text).ok()?;
            Some(body.get("error")?.as_str()?.to_owned())
        };
        let message = message.or_else(|| in_body(response));
        Self { status, code, message, retry_after }
    }

    fn is(&self, code: &str) -> bool {
        self.code.as_deref() == Some(code)
    }

    /// What is missing is the branch, the tag or the commit.
    pub fn is_missing_revision(&self) -> bool {
        self.status == 404 && self.is("RevisionNotFound")
    }
}

impl fmt::Display for Refusal {
    /// The status and what the Hub says, on one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.status)?;
        let Some(message) = &self.message else { return Ok(()) };
        // Somebody else's words: one line of them, and not a page.
        let words: Vec<&str> = message.split_whitespace().collect();
        let line: String = words.join(" ").chars().filter(|each| !each.is_control()).take(200).collect();
        write!(f, ": {}", line.trim_end_matches(['.', ':', ' ']))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => write!(f, "{refusal}"),
            Self::Unreachable(error) => write!(f, "{error}"),
            Self::Strange(error) => write!(f, "{error}"),
        }
    }
}

impl Failure {
    /// How long to wait before the next try, where a next try may help; `tries` were made.
    pub fn pause(&self, tries: u32) -> Option<Duration> {
        let doubled = Duration::from_millis(250 << tries.min(6));
        match self {
            Self::Refused(refusal) if matches!(refusal.status, 408 | 429 | 500 | 502..=504) => {
                Some(refusal.retry_after.map_or(doubled, Duration::from_secs))
            }
            Self::Unreachable(error) => {
                let is_final = match error {
                    ureq::Error::HostNotFound
                    | ureq::Error::BadUri(_)
                    | ureq::Error::Tls(_)
                    | ureq::Error::Rustls(_)
                    | ureq::Error::InvalidProxyUrl => true,
                    ureq::Error::Io(error) => is_no_way(error.kind()),
                    _ => false,
                };
                (!is_final).then_some(doubled)
            }
            Self::Refused(_) | Self::Strange(_) => None,
        }
    }

    /// The message for a user who wanted to read or write a model; `near` names what may have been meant.
    pub fn explain(self, model: &HubModel, purpose: Purpose, settings: &Settings, near: &str) -> Error {
        match self {
            Self::Strange(error) => error.context(model.to_string()),
            Self::Unreachable(error) if purpose == Purpose::Write => {
                anyhow!("{model}: {} cannot be reached ({error}): try again when it can", settings.endpoint)
            }
            Self::Unreachable(error) => anyhow!(
                "{model}: {} cannot be reached ({error}): without a network, run `welt fetch {model}` where there is \
                 one and copy {} to the same place here, or name a folder with the model's files; HF_ENDPOINT names a \
                 mirror",
                settings.endpoint,
                crate::cache::repository(&settings.cache, &model.id).display()
            ),
            Self::Refused(refusal) => explain_refusal(&refusal, model, purpose, settings, near),
        }
    }
}

fn explain_refusal(refusal: &Refusal, model: &HubModel, purpose: Purpose, settings: &Settings, near: &str) -> Error {
    let (endpoint, id) = (&settings.endpoint, &model.id);
    let does = if purpose == Purpose::Read { "read" } else { "write" };
    match (refusal.status, &settings.token) {
        (401 | 403, token) if refusal.is("GatedRepo") => {
            let account = token.as_ref().map_or_else(
                || ", then set HF_TOKEN to a token of the account that asked".to_owned(),
                |token| format!(" with the account that the token of {} belongs to", token.source),
            );
            anyhow!(
                "{model}: is open only to those who were granted access ({refusal}): ask for it at \
                 {endpoint}/{id}{account}"
            )
        }
        (401, None) => anyhow!(
            "{model}: the Hub at {endpoint} shows no such model without a token ({refusal}){near}: check the name, or set \
             HF_TOKEN to a token that may {does} it"
        ),
        (401, Some(token)) => anyhow!(
            "{model}: the Hub at {endpoint} does not accept the token of {} ({refusal}): make another one at \
             {endpoint}/settings/tokens",
            token.source
        ),
        (403, token) => {
            let whose =
                token.as_ref().map_or("nobody's token".to_owned(), |token| format!("the token of {}", token.source));
            anyhow!(
                "{model}: {whose} may not {does} it ({refusal}): set HF_TOKEN to one that may, from \
                 {endpoint}/settings/tokens"
            )
        }
        (404, _) if refusal.is_missing_revision() => {
            anyhow!(
                "{id}: has no branch, tag or commit `{}` ({refusal}){near}: check what stands behind @",
                model.revision
            )
        }
        (404, _) => anyhow!("{model}: there is no such model at {endpoint} ({refusal}){near}: check the name"),
        (429, _) => anyhow!(
            "{model}: {endpoint} has had too many requests ({refusal}): wait some minutes, or set HF_TOKEN, which is \
             allowed more"
        ),
        (500.., _) => {
            anyhow!("{model}: {endpoint} is in trouble ({refusal}): try again later; what was fetched is kept")
        }
        _ => anyhow!("{model}: {endpoint} refuses ({refusal}): expected a Hugging Face Hub there; check HF_ENDPOINT"),
    }
}

/// Whether trying again at once leads nowhere.
pub fn is_no_way(kind: std::io::ErrorKind) -> bool {
    use std::io::ErrorKind;
    matches!(
        kind,
        ErrorKind::ConnectionRefused
            | ErrorKind::NetworkUnreachable
            | ErrorKind::HostUnreachable
            | ErrorKind::InvalidData
    )
}
