//! Addresses of HTTP: the text of one in, what it leads to out; and where a server may send on to.
//! It knows no headers and asks nobody.

use std::fmt;

/// An address that holds no password, with a host and characters that mean the same to every reader of addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    is_secure: bool,
    /// Host and port, in small letters; no port where it is the usual one.
    authority: String,
    /// From the first slash on, with what stands behind a question mark.
    path: String,
}

impl Address {
    /// Reads an address of http or https; what stands behind a `#` is no matter of the server's and is left out.
    pub fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let is_secure = scheme.eq_ignore_ascii_case("https");
        if !is_secure && !scheme.eq_ignore_ascii_case("http") {
            return None;
        }
        let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let authority = authority.to_ascii_lowercase();
        let usual_port = if is_secure { ":443" } else { ":80" };
        let authority = authority.strip_suffix(usual_port).unwrap_or(&authority).to_owned();
        let is_host = |each: char| each.is_ascii_alphanumeric() || "-._:[]".contains(each);
        let starts = authority.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '[');
        let path = path.split('#').next().unwrap_or_default();
        if !starts || !authority.chars().all(is_host) || !path.chars().all(|each| each.is_ascii_graphic()) {
            return None;
        }
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        Some(Self { is_secure, authority, path })
    }

    /// Whether it leads to the same host and port in the same way, so that what one may know the other may.
    pub fn is_same_origin(&self, other: &Self) -> bool {
        (self.is_secure, &self.authority) == (other.is_secure, &other.authority)
    }

    /// Whether what is sent there can be read on the way.
    pub const fn is_secure(&self) -> bool {
        self.is_secure
    }

    /// Something under it.
    pub fn join(&self, path: &str) -> Self {
        let folder = self.path.trim_end_matches('/');
        Self { path: format!("{folder}/{path}"), ..self.clone() }
    }

    /// Where this address leads on to when its server says `location`.
    ///
    /// # Errors
    /// What speaks against going there.
    pub fn redirected(&self, location: &str) -> Result<Self, &'static str> {
        let location = location.trim();
        let scheme = if self.is_secure { "https" } else { "http" };
        let origin = format!("{scheme}://{}", self.authority);
        let path = self.path.split('?').next().unwrap_or_default();
        let before_path = location.split(['/', '?', '#']).next().unwrap_or_default();
        let whole = if location.starts_with("//") {
            format!("{scheme}:{location}")
        } else if location.starts_with('/') {
            format!("{origin}{location}")
        } else if before_path.contains(':') {
            location.to_owned()
        } else if location.starts_with('?') {
            format!("{origin}{path}{location}")
        } else {
            let folder = path.rfind('/').map_or("/", |slash| &path[..=slash]);
            format!("{origin}{folder}{location}")
        };
        let Some(target) = Self::parse(&whole) else {
            return Err("it sends on to what is no address of http or https, or one with a password");
        };
        if self.is_secure && !target.is_secure {
            return Err("it sends on from https to http, where everybody on the way could change what comes");
        }
        Ok(target)
    }

    /// The whole of it, as a server is asked; what stands behind the question mark may be a secret.
    pub fn to_request(&self) -> String {
        format!("{self}{}", &self.path[self.shown_path().len()..])
    }

    fn shown_path(&self) -> &str {
        self.path.split('?').next().unwrap_or_default()
    }
}

/// Without what stands behind a question mark: signatures do.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_secure { "https" } else { "http" };
        write!(f, "{scheme}://{}{}", self.authority, self.shown_path())
    }
}

/// A name as it stands in the path of an address.
pub fn encoded(name: &str) -> String {
    let mut encoded = String::with_capacity(name.len());
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => encoded.push(char::from(byte)),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use proptest::prelude::*;

    #[test]
    fn addresses_with_a_catch_are_none() {
        let texts = [
            "https://huggingface.co",
            "HTTPS://Huggingface.co:443/a?b=c#d",
            "http://127.0.0.1:80/x",
            "http://[::1]:8080/",
            "https://host?secret",
            "https://user:password@host/",
            "https://good.example\\@evil.example/",
            "https://good.example%40evil.example/",
            "https:///a",
            "https://",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "https://ho st/",
            "https://host/a b",
            "https://höst/",
            "",
        ];
        let shown = |text: &&str| match Address::parse(text) {
            Some(address) => format!("{text} -> {address} | {}\n", address.to_request()),
            None => format!("{text} -> none\n"),
        };
        expect![[r"
            https://huggingface.co -> https://huggingface.co/ | https://huggingface.co/
            HTTPS://Huggingface.co:443/a?b=c#d -> https://huggingface.co/a | https://huggingface.co/a?b=c
            http://127.0.0.1:80/x -> http://127.0.0.1/x | http://127.0.0.1/x
            http://[::1]:8080/ -> http://[::1]:8080/ | http://[::1]:8080/
            https://host?secret -> https://host/ | https://host/?secret
            https://user:password@host/ -> none
            https://good.example\@evil.example/ -> none
            https://good.example%40evil.example/ -> none
            https:///a -> none
            https:// -> none
            file:///etc/passwd -> none
            javascript:alert(1) -> none
            https://ho st/ -> none
            https://host/a b -> none
            https://höst/ -> none
             -> none
        "]]
        .assert_eq(&texts.iter().map(shown).collect::<String>());
    }

    #[test]
    fn servers_send_on_to_where_they_may() {
        let from = Address::parse("https://hub.example/lab/encoder/resolve/main/config.json?a").unwrap();
        let locations = [
            "/api/resolve-cache/config.json?b",
            "other.json",
            "?c",
            "//storage.example/x?signature",
            "https://storage.example/x",
            "https://HUB.example:443/y",
            "http://hub.example/y",
            "file:///etc/passwd",
            "https://me:secret@hub.example/",
        ];
        let shown = |location: &&str| match from.redirected(location) {
            Ok(to) => format!("{location} -> {} {}\n", to.to_request(), from.is_same_origin(&to)),
            Err(reason) => format!("{location} -> {reason}\n"),
        };
        expect![[r"
            /api/resolve-cache/config.json?b -> https://hub.example/api/resolve-cache/config.json?b true
            other.json -> https://hub.example/lab/encoder/resolve/main/other.json true
            ?c -> https://hub.example/lab/encoder/resolve/main/config.json?c true
            //storage.example/x?signature -> https://storage.example/x?signature false
            https://storage.example/x -> https://storage.example/x false
            https://HUB.example:443/y -> https://hub.example/y true
            http://hub.example/y -> it sends on from https to http, where everybody on the way could change what comes
            file:///etc/passwd -> it sends on to what is no address of http or https, or one with a password
            https://me:secret@hub.example/ -> it sends on to what is no address of http or https, or one with a password
        "]]
        .assert_eq(&locations.iter().map(shown).collect::<String>());
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_location_leads_to_plain_http_or_shows_the_token_to_another(
            start in "(https?:)?/?/?(hub\\.example|evil\\.example|[a-z:@\\\\%.\\[\\]]{0,12})(:[0-9]{0,5})?",
            rest in any::<String>(),
        ) {
            let from = Address::parse("https://hub.example/a/b?c").unwrap();
            for location in [format!("{start}/{rest}"), rest, start] {
                let Ok(to) = from.redirected(&location) else { continue };
                let text = to.to_request();
                prop_assert!(to.is_secure() && text.starts_with("https://"), "{location:?} -> {text}");
                prop_assert_eq!(text.starts_with("https://hub.example/"), from.is_same_origin(&to), "{}", text);
                prop_assert!(text.chars().all(|each| each.is_ascii_graphic()), "{location:?} -> {text}");
                prop_assert_eq!(Address::parse(&text), Some(to), "{}", text);
            }
        }

        #[test]
        fn no_name_leaves_its_folder(name in any::<String>()) {
            let text = encoded(&name);
            prop_assert!(!text.contains(['/', '?', '#', '\\']) && text.is_ascii(), "{text}");
        }
    }
}
