//! What the Hub says of a file before it sends it: headers in, a name for the cache, a size and an address out.
//! Nothing of it is believed that could be something else than the Hub's: names of files come from here.

use std::fmt;

use ureq::http::HeaderMap;
use welt_terminal::quoted;

use crate::address::Address;
use crate::cache::is_commit;

/// What a file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileHead {
    /// Its name in the cache.
    pub etag: Etag,
    /// Its bytes, where the Hub says so.
    pub size: Option<u64>,
    /// Where its bytes are to be had.
    pub at: Address,
}

/// What names the content of a file: 40 hexadecimal digits, those that Git has for small ones, or 64, its SHA-256.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Etag(String);

impl Etag {
    /// Reads the value of a header, in quotation marks or without, and said to be weak or not.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = text.strip_prefix("W/").unwrap_or(text);
        let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
        let is_digest = matches!(text.len(), 40 | 64) && text.bytes().all(|digit| digit.is_ascii_hexdigit());
        is_digest.then(|| Self(text.to_ascii_lowercase()))
    }

    /// The SHA-256 that the bytes must have; none for a small file.
    pub fn sha256(&self) -> Option<&str> {
        (self.0.len() == 64).then_some(self.0.as_str())
    }
}

impl fmt::Display for Etag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FileHead {
    /// Reads the headers of an answer from `from`, which sends on to another host or has the bytes itself.
    ///
    /// # Errors
    /// What is odd about them.
    pub fn of(headers: &HeaderMap, commit: &str, from: Address, onward: Option<Address>) -> Result<Self, String> {
        let found = text(headers, "x-repo-commit").ok_or("it does not say which commit the file is of")?;
        if !is_commit(found) || !found.eq_ignore_ascii_case(commit) {
            return Err(format!("the file is said to be of the commit {}, expected {commit}", quoted(found)));
        }
        let linked = text(headers, "x-linked-etag");
        let found =
            linked.or_else(|| text(headers, "etag")).ok_or("it does not say which version of the file it has")?;
        let etag = Etag::parse(found)
            .ok_or_else(|| format!("the ETag is {}, expected 40 or 64 hexadecimal digits", quoted(found)))?;
        // The length of an answer that sends on is that of a few words.
        let own_length = || text(headers, "content-length").filter(|_| onward.is_none());
        let size = match text(headers, "x-linked-size").or_else(own_length) {
            None => None,
            Some(found) => {
                Some(number(found).ok_or_else(|| format!("the size is {}, expected a number", quoted(found)))?)
            }
        };
        Ok(Self { etag, size, at: onward.unwrap_or(from) })
    }
}

/// Where the bytes of an answer of status 206 begin, and of how many they are a part: `bytes 5-9/10`.
pub fn content_range(headers: &HeaderMap) -> Option<(u64, Option<u64>)> {
    let (range, total) = text(headers, "content-range")?.strip_prefix("bytes ")?.split_once('/')?;
    let (start, end) = range.split_once('-')?;
    let (start, end) = (number(start)?, number(end)?);
    (start <= end).then(|| (start, number(total).filter(|total| end < *total)))
}

/// How many bytes an answer is said to have.
pub fn content_length(headers: &HeaderMap) -> Option<u64> {
    number(text(headers, "content-length")?)
}

/// The text of a header, which has no line ends and is ASCII.
pub fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

/// A number of bytes: digits and nothing else.
fn number(text: &str) -> Option<u64> {
    let text = text.trim();
    text.bytes().all(|digit| digit.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use proptest::prelude::*;
    use ureq::http::{HeaderName, HeaderValue};

    const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

    fn hub() -> Address {
        Address::parse("https://hub.example/file").unwrap()
    }

    fn headers(rows: &[(&'static str, &[u8])]) -> HeaderMap {
        let row = |(name, value): &(&'static str, &[u8])| {
            Some((HeaderName::from_static(name), HeaderValue::from_bytes(value).ok()?))
        };
        rows.iter().filter_map(row).collect()
    }

    #[test]
    fn what_is_no_digest_is_no_name() {
        let sha256 = COMMIT.to_owned() + &COMMIT[..24];
        for fits in [COMMIT.to_owned(), format!("\"{COMMIT}\""), format!("W/\"{sha256}\""), sha256.to_uppercase()] {
            assert!(Etag::parse(&fits).is_some(), "{fits}");
        }
        let above = format!("{}/..", &COMMIT[..37]);
        let cut = format!("{}\u{df}", &COMMIT[..38]);
        let freaks = ["/etc/passwd", "../../..", "", "\"\"", "\"", "W/", &above, &COMMIT[1..], &cut, "\"..\""];
        for freak in freaks {
            assert_eq!(Etag::parse(freak), None, "{freak}");
        }
    }

    #[test]
    fn heads_say_what_is_odd() {
        let shown = |rows: &[(&'static str, &[u8])]| match FileHead::of(&headers(rows), COMMIT, hub(), None) {
            Ok(head) => format!("{} {:?} {}\n", head.etag, head.size, head.at),
            Err(reason) => format!("{reason}\n"),
        };
        let (commit, etag) = (("x-repo-commit", COMMIT.as_bytes()), ("etag", COMMIT.as_bytes()));
        let rows = [
            shown(&[commit, etag, ("content-length", b"609")]),
            shown(&[commit, etag, ("content-length", b"609"), ("x-linked-size", b"7")]),
            shown(&[commit, etag]),
            shown(&[etag]),
            shown(&[("x-repo-commit", b"../.."), etag]),
            shown(&[("x-repo-commit", b"ffffffffffffffffffffffffffffffffffffffff"), etag]),
            shown(&[commit]),
            shown(&[commit, ("etag", b"/path/victim")]),
            shown(&[commit, etag, ("x-linked-etag", b"../../..")]),
            shown(&[commit, etag, ("content-length", b"-1")]),
            shown(&[commit, etag, ("content-length", b"+1")]),
            shown(&[commit, etag, ("x-linked-size", b"99999999999999999999")]),
        ];
        expect![[r#"
            0123456789abcdef0123456789abcdef01234567 Some(609) https://hub.example/file
            0123456789abcdef0123456789abcdef01234567 Some(7) https://hub.example/file
            0123456789abcdef0123456789abcdef01234567 None https://hub.example/file
            it does not say which commit the file is of
            the file is said to be of the commit `../..`, expected 0123456789abcdef0123456789abcdef01234567
            the file is said to be of the commit `ffffffffffffffffffffffffffffffffffffffff`, expected 0123456789abcdef0123456789abcdef01234567
            it does not say which version of the file it has
            the ETag is `/path/victim`, expected 40 or 64 hexadecimal digits
            the ETag is `../../..`, expected 40 or 64 hexadecimal digits
            the size is `-1`, expected a number
            the size is `+1`, expected a number
            the size is `99999999999999999999`, expected a number
        "#]].assert_eq(&rows.concat());
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_header_becomes_a_path(
            etag in any::<Vec<u8>>(), linked in "[W/\"0-9a-fA-F.\\\\/-]{0,70}",
            commit in "[0-9a-f./\\\\]{38,42}", size in any::<Vec<u8>>(), range in "bytes [0-9*]{0,25}-?[0-9]{0,25}/?[0-9*]{0,25}",
        ) {
            let all = headers(&[
                ("etag", &etag), ("x-linked-etag", linked.as_bytes()), ("x-repo-commit", commit.as_bytes()),
                ("x-linked-size", &size), ("content-length", &size), ("content-range", range.as_bytes()),
            ]);
            // As asked for, so that the commit is not what stops it.
            if let Ok(head) = FileHead::of(&all, &commit, hub(), None) {
                let name = head.etag.to_string();
                prop_assert!(matches!(name.len(), 40 | 64) && name.bytes().all(|digit| digit.is_ascii_hexdigit()));
                prop_assert!(is_commit(&commit));
            }
            if let Some((start, Some(total))) = content_range(&all) {
                prop_assert!(start < total);
            }
            content_length(&all);
        }
    }
}
