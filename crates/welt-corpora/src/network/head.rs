//! The head of a response: what its status and its headers say of the bytes that follow.

use std::time::{Duration, SystemTime};

use ureq::http::{HeaderMap, StatusCode, header};

/// The part of a response's head that matters here.
pub struct Head {
    pub status: StatusCode,
    pub headers: HeaderMap,
}

/// Where the bytes of a response belong.
pub enum Answer {
    At(u64),
    /// There are no more.
    Complete,
    Busy,
    /// Not where they were asked for.
    Elsewhere,
    /// There are none.
    Nowhere,
}

impl Head {
    fn text(&self, name: header::HeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// How many bytes follow.
    pub fn length(&self) -> Option<u64> {
        self.text(header::CONTENT_LENGTH).and_then(|length| length.trim().parse().ok())
    }

    /// Where they belong, if they were asked for from `offset` on.
    pub fn answer(&self, offset: u64) -> Answer {
        match self.status {
            StatusCode::OK => Answer::At(0),
            StatusCode::PARTIAL_CONTENT => match self.text(header::CONTENT_RANGE).and_then(range_start) {
                Some(start) if start == offset => Answer::At(start),
                _ => Answer::Elsewhere,
            },
            StatusCode::RANGE_NOT_SATISFIABLE => match self.text(header::CONTENT_RANGE).and_then(range_total) {
                Some(total) if total == offset => Answer::Complete,
                _ => Answer::Elsewhere,
            },
            StatusCode::REQUEST_TIMEOUT
            | StatusCode::TOO_EARLY
            | StatusCode::TOO_MANY_REQUESTS
            | StatusCode::INTERNAL_SERVER_ERROR
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT => Answer::Busy,
            _ => Answer::Nowhere,
        }
    }

    /// The wait that the server asks for: a number of seconds, or a moment in time.
    pub fn retry_after(&self, now: SystemTime) -> Option<Duration> {
        let text = self.text(header::RETRY_AFTER)?.trim();
        match text.parse() {
            Ok(seconds) => Some(Duration::from_secs(seconds)),
            Err(_) => Some(http_date(text)?.duration_since(now).unwrap_or_default()),
        }
    }

    /// What names this version of the file, if it is strong enough to join bytes of two responses.
    pub fn validator(&self) -> Option<&str> {
        let etag = self.text(header::ETAG).filter(|etag| etag.starts_with('"'));
        etag.or_else(|| self.text(header::LAST_MODIFIED))
    }
}

/// The first number of `bytes 5-9/10`.
fn range_start(text: &str) -> Option<u64> {
    text.trim().strip_prefix("bytes ")?.split_once('-')?.0.trim().parse().ok()
}

/// The last number of `bytes */10`.
fn range_total(text: &str) -> Option<u64> {
    text.rsplit_once('/')?.1.trim().parse().ok()
}

/// Reads a date as in `Sun, 06 Nov 1994 08:49:37 GMT`, the only form that servers may send.
fn http_date(text: &str) -> Option<SystemTime> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let [_, day, month, year, time, "GMT"] = text.split_whitespace().collect::<Vec<_>>()[..] else { return None };
    let [hour, minute, second] = time.split(':').collect::<Vec<_>>()[..] else { return None };
    let (day, year): (u64, u64) = (day.parse().ok()?, year.parse().ok()?);
    let (hour, minute, second): (u64, u64, u64) = (hour.parse().ok()?, minute.parse().ok()?, second.parse().ok()?);
    let month = MONTHS.iter().position(|name| *name == month)?;
    let divides = |number: u64, year: u64| year.is_multiple_of(number);
    let is_leap = |year: u64| divides(4, year) && (!divides(100, year) || divides(400, year));
    if !(1970..10_000).contains(&year) || !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let days_of_years: u64 = (1970..year).map(|year| if is_leap(year) { 366 } else { 365 }).sum();
    let lengths = [31, if is_leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let days = days_of_years + lengths[..month].iter().sum::<u64>() + day - 1;
    Some(SystemTime::UNIX_EPOCH + Duration::from_secs(days * 86_400 + hour * 3600 + minute * 60 + second))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_servers_are_read() {
        let seconds = |text: &str| {
            http_date(text).and_then(|date| date.duration_since(SystemTime::UNIX_EPOCH).ok()).map(|time| time.as_secs())
        };
        // As `date -d DATE +%s` says.
        assert_eq!(seconds("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777));
        assert_eq!(seconds("Thu, 29 Feb 2024 23:59:59 GMT"), Some(1_709_251_199));
        assert_eq!(seconds("Sun, 06 Nov 1994 08:49:37 CET"), None);
        assert_eq!(seconds("in a while"), None);
    }
}
