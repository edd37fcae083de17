//! Which keys stand where in a JSON text, and what kind of value each has; the end of the text may be cut off.
//! The beginning of a file goes in, names of keys come out: a format is told by these and never by a bracket, which may be a word.

use std::collections::BTreeMap;

/// Values within values that are looked into.
const DEEPEST: usize = 64;

/// What stands behind a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value {
    Text,
    Number,
    /// `true`, `false` or `null`.
    Word,
    Array,
    Object,
}

/// The keys of a JSON text.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Keys {
    /// What was met first at each path, such as `passages[].offset`; an array around everything is no part of a path.
    values: BTreeMap<String, Value>,
    /// Whether an array is around everything.
    pub in_array: bool,
    /// Whether the first value ends within the text, on its first line.
    pub is_one_line: bool,
}

impl Keys {
    /// The keys of a text that is JSON as far as it goes.
    ///
    /// A text whose first value has a mistake is JSON where a key with its colon was read before it; else it is none,
    /// as `[` or `[1]` before a TAB, which are words of a tagged file.
    pub fn of(text: &str) -> Option<Self> {
        let text = text.trim_start();
        let in_array = text.starts_with('[');
        if !in_array && !text.starts_with('{') {
            return None;
        }
        let mut scanner = Scanner { text: text.as_bytes(), at: 0, path: String::new(), values: BTreeMap::new() };
        let ended = scanner.value(0);
        let line = text.split('\n').next().unwrap_or_default().trim_end().len();
        let is_one_line = ended.is_ok() && scanner.at <= line;
        let is_json = match ended {
            Ok(()) => !scanner.values.is_empty() || scanner.rest().iter().all(u8::is_ascii_whitespace),
            Err(Stop::Cut) => scanner.at > 1,
            Err(Stop::Wrong) => !scanner.values.is_empty(),
        };
        is_json.then_some(Self { values: scanner.values, in_array, is_one_line })
    }

    /// Whether a value of some kind stands at a path.
    pub fn is(&self, path: &str, value: Value) -> bool {
        self.values.get(path) == Some(&value)
    }

    /// Whether anything stands at a path.
    pub fn has(&self, path: &str) -> bool {
        self.values.contains_key(path)
    }

    /// The keys of the outermost objects.
    pub fn outermost(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(String::as_str).filter(|path| !path.contains(['.', '[']))
    }
}

/// Why no more is read.
enum Stop {
    /// The text ends.
    Cut,
    /// This is no JSON.
    Wrong,
}

struct Scanner<'t> {
    text: &'t [u8],
    at: usize,
    /// Where in the outermost value the scanner is.
    path: String,
    values: BTreeMap<String, Value>,
}

impl Scanner<'_> {
    fn rest(&self) -> &[u8] {
        &self.text[self.at..]
    }

    /// The next byte that is no white space.
    fn peek(&mut self) -> Result<u8, Stop> {
        let spaces = self.rest().iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        self.at += spaces;
        self.text.get(self.at).copied().ok_or(Stop::Cut)
    }

    fn value(&mut self, depth: usize) -> Result<(), Stop> {
        let value = match self.peek()? {
            b'"' => Value::Text,
            b'-' | b'0'..=b'9' => Value::Number,
            b't' | b'f' | b'n' => Value::Word,
            b'[' if depth < DEEPEST => Value::Array,
            b'{' if depth < DEEPEST => Value::Object,
            _ => return Err(Stop::Wrong),
        };
        if self.path.bytes().any(|byte| !matches!(byte, b'[' | b']')) {
            self.values.entry(self.path.clone()).or_insert(value);
        }
        match value {
            Value::Text => self.quoted().map(|_| ()),
            Value::Number => self.run(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.')),
            Value::Word => self.run(|byte| byte.is_ascii_lowercase()),
            Value::Array => self.array(depth),
            Value::Object => self.object(depth),
        }
    }

    fn array(&mut self, depth: usize) -> Result<(), Stop> {
        let length = self.path.len();
        // What is around everything is no part of a path.
        if depth > 0 {
            self.path.push_str("[]");
        }
        self.at += 1;
        while self.peek()? != b']' {
            self.value(depth + 1)?;
            self.end_member(b']')?;
        }
        self.at += 1;
        self.path.truncate(length);
        Ok(())
    }

    fn object(&mut self, depth: usize) -> Result<(), Stop> {
        let length = self.path.len();
        self.at += 1;
        loop {
            match self.peek()? {
                b'}' => break,
                b'"' => {}
                _ => return Err(Stop::Wrong),
            }
            let key = self.quoted()?;
            if self.peek()? != b':' {
                return Err(Stop::Wrong);
            }
            self.at += 1;
            if length > 0 {
                self.path.push('.');
            }
            self.path.push_str(&key);
            self.value(depth + 1)?;
            self.path.truncate(length);
            self.end_member(b'}')?;
        }
        self.at += 1;
        Ok(())
    }

    /// Takes a comma, or leaves the bracket that closes.
    fn end_member(&mut self, close: u8) -> Result<(), Stop> {
        match self.peek()? {
            b',' => self.at += 1,
            byte if byte == close => {}
            _ => return Err(Stop::Wrong),
        }
        Ok(())
    }

    /// Takes a text in quotation marks, escapes as they stand.
    fn quoted(&mut self) -> Result<String, Stop> {
        let start = self.at + 1;
        let mut at = start;
        loop {
            match self.text.get(at) {
                None => return Err(Stop::Cut),
                Some(b'"') => break,
                Some(b'\\') => at += 2,
                Some(byte) if *byte < b' ' => return Err(Stop::Wrong),
                Some(_) => at += 1,
            }
        }
        self.at = at + 1;
        Ok(String::from_utf8_lossy(&self.text[start..at]).into_owned())
    }

    fn run(&mut self, belongs: impl Fn(u8) -> bool) -> Result<(), Stop> {
        self.at += self.rest().iter().take_while(|byte| belongs(**byte)).count();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(text: &str, expected: &Expect) {
        let shown = Keys::of(text).map_or("no JSON".to_owned(), |keys| {
            let values: Vec<String> = keys.values.iter().map(|(path, value)| format!("{path}: {value:?}")).collect();
            let around = if keys.in_array { "in an array, " } else { "" };
            let line = if keys.is_one_line { "one line, " } else { "" };
            format!("{around}{line}{}", values.join(", "))
        });
        expected.assert_eq(&shown);
    }

    #[test]
    fn keys_are_told_from_words() {
        check(
            "{\"a\": [{\"b\": 1}, {\"c\": null}], \"d\": \"x\"}\n",
            &expect!["one line, a: Array, a[]: Object, a[].b: Number, a[].c: Word, d: Text"],
        );
        check("[\n{\"a\": {\"b\\\"\": \"cut o", &expect![[r#"in an array, a: Object, a.b\": Text"#]]);
        check("{\"a\": 1,, \"b\"", &expect!["a: Number"]);
        check("[\tO\nAtaxia\tB-Disease\n", &expect!["no JSON"]);
        check("[ O\n", &expect!["no JSON"]);
        check("{\n\"\n}\n", &expect!["no JSON"]);
        check("[1]\tO\n", &expect!["no JSON"]);
        check("[\n1\n]\n.\n", &expect!["no JSON"]);
        check("[]\n", &expect!["in an array, one line, "]);
        check("[", &expect!["no JSON"]);
        check(&"[".repeat(1000), &expect!["no JSON"]);
        check("\"a\"", &expect!["no JSON"]);
    }
}
