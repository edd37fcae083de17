//! Who may ask: programs on this machine, or whoever knows the token. Requests in, a problem out where they may not.

use std::fmt;
use std::net::IpAddr;

use axum::http::{HeaderMap, StatusCode, header};
use sha2::{Digest, Sha256};

use crate::problem::Problem;

/// Who may ask.
#[derive(Clone)]
pub enum Guard {
    /// Programs on this machine, by its own names alone: a page of another site that had its name point here is refused.
    Loopback,
    /// Whoever sends the token, kept as its digest: `Authorization: Bearer TOKEN`.
    Token([u8; 32]),
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Loopback => "Loopback",
            Self::Token(_) => "Token(..)",
        })
    }
}

impl Guard {
    /// Lets those in who know a token.
    #[must_use]
    pub fn token(token: &str) -> Self {
        Self::Token(digest(token))
    }

    /// Whether a request to any path may be answered.
    pub(crate) fn check_host(&self, headers: &HeaderMap) -> Result<(), Problem> {
        if matches!(self, Self::Token(_)) || headers.get(header::HOST).is_none_or(|host| is_own(host.as_bytes())) {
            return Ok(());
        }
        let detail = "the host of the request is not this machine, expected localhost, 127.0.0.1 or [::1]";
        Err(Problem::new(StatusCode::FORBIDDEN, detail))
    }

    /// Whether a request may use the model.
    pub(crate) fn check_token(&self, headers: &HeaderMap) -> Result<(), Problem> {
        let Self::Token(expected) = self else { return Ok(()) };
        let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token =
            given.and_then(|value| value.split_once(' ')).filter(|(kind, _)| kind.eq_ignore_ascii_case("bearer"));
        // Digests are compared, so that the time that it takes says nothing of the token.
        match token {
            Some((_, token)) if digest(token.trim()) == *expected => Ok(()),
            Some(_) => Err(Problem::new(StatusCode::UNAUTHORIZED, "the token is another one")),
            None => {
                let detail = "there is no token, expected the header `Authorization: Bearer TOKEN`";
                Err(Problem::new(StatusCode::UNAUTHORIZED, detail))
            }
        }
    }
}

fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// Whether a host is a name of this machine, whatever the port.
fn is_own(host: &[u8]) -> bool {
    let Ok(host) = std::str::from_utf8(host) else { return false };
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split_once(']').map_or("", |(name, _)| name),
        None => host.split_once(':').map_or(host, |(name, _)| name),
    };
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_names_are_known() {
        for host in ["localhost", "LOCALHOST:8080", "127.0.0.1", "127.0.0.1:1", "127.9.9.9:80", "[::1]:8080", "[::1]"] {
            assert!(is_own(host.as_bytes()), "{host}");
        }
        for host in ["", "example.org", "localhost.example.org", "10.0.0.1", "[::2]", "[::1", "127.0.0.1.example.org"] {
            assert!(!is_own(host.as_bytes()), "{host}");
        }
        assert!(!is_own(b"\xff"));
    }

    #[test]
    fn the_token_is_asked_for() {
        let guard = Guard::token("secret");
        let check = |value: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            if let Some(value) = value {
                headers.insert(header::AUTHORIZATION, value.parse().unwrap());
            }
            guard.check_token(&headers).map_err(|problem| problem.status.as_u16())
        };
        assert_eq!((check(Some("Bearer secret")), check(Some("bearer  secret"))), (Ok(()), Ok(())));
        for value in
            [None, Some("Bearer"), Some("Bearer "), Some("Bearer Secret"), Some("Basic secret"), Some("secret")]
        {
            assert_eq!(check(value), Err(401), "{value:?}");
        }
        assert_eq!(format!("{guard:?}"), "Token(..)");
    }
}
