//! What the Hub or the way to it answers instead of what was asked for, and what a user can do about it.

use std::fmt;
use std::time::Duration;

use serde_json::Value;
use ureq::Body;
use ureq::http::Response;

use crate::error::{HubError, Purpose, Refusal, Refused};
use crate::name::HubModel;
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
    Strange {
        /// What was asked.
        address: String,
        /// What is odd in the answer.
        reason: String,
    },
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
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => write!(f, "{refusal}"),
            Self::Unreachable(error) => write!(f, "{error}"),
            Self::Strange { address, reason } => write!(f, "{address} does not answer as the Hub does ({reason})"),
        }
    }
}

impl Failure {
    /// How long to wait before the next try, where a next try may help; `tries` were made, and the first wait is `first`.
    pub fn pause(&self, tries: u32, first: Duration) -> Option<Duration> {
        let doubled = first * (1 << (tries - 1).min(6));
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
                    // As long as nobody wants to wait has been waited.
                    | ureq::Error::Timeout(_)
                    | ureq::Error::InvalidProxyUrl => true,
                    ureq::Error::Io(error) => is_no_way(error.kind()),
                    _ => false,
                };
                (!is_final).then_some(doubled)
            }
            Self::Refused(_) | Self::Strange { .. } => None,
        }
    }

    /// The error of whoever wanted to read or write a model; `near` names what may have been meant.
    pub fn explain(self, model: &HubModel, purpose: Purpose, settings: &Settings, near: Vec<String>) -> HubError {
        let (model, endpoint) = (model.clone(), settings.endpoint.clone());
        match self {
            Self::Strange { address, reason } => HubError::NoHub { model: model.to_string(), address, reason },
            Self::Unreachable(error) => {
                let folder = (purpose == Purpose::Read).then(|| crate::cache::repository(&settings.cache, &model.id));
                HubError::Unreachable { model, endpoint, reason: Box::new(error), folder }
            }
            Self::Refused(refusal) => {
                let token = settings.token.as_ref().map(|token| token.source.clone());
                HubError::Refused(Box::new(Refused { model, purpose, endpoint, token, refusal, near }))
            }
        }
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
