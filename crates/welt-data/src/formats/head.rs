//! The beginning of a file, taken apart once so that every format can look for itself in it.
//! A path and a text go in, whole lines, the keys of JSON or the first element of XML come out; no format is known here.

use std::path::Path;

use super::json_keys::Keys;

/// The beginning of a file.
#[derive(Debug)]
pub(super) struct Head<'h> {
    /// Where the file is, so that a format can look at what lies beside it.
    pub path: &'h Path,
    /// Its name in lower case, without the ending of a packed file.
    pub name: String,
    /// What stands behind the last dot of the name.
    pub ending: String,
    /// Its lines as far as they are whole; a line that is the only one counts as whole.
    pub lines: Vec<&'h str>,
    /// What it is besides lines.
    pub shape: Shape,
}

/// What a text can be besides lines.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// JSON, by its keys.
    Json(Keys),
    /// XML, by the name of its first element.
    Xml(String),
    /// Neither.
    Lines,
}

/// How much speaks for a format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Evidence {
    /// Something speaks against it, or nothing for it.
    Nothing,
    /// The name of the file is one that many formats share, this one among them.
    Possible,
    /// Lines or values are such as the format has them, and others may have too.
    Likely,
    /// The name of the file is that of the format, and nothing speaks against it.
    Named,
    /// Whole lines or values are such as only this format has them.
    Certain,
}

impl<'h> Head<'h> {
    /// Takes apart a text that may end anywhere.
    pub fn new(path: &'h Path, text: &'h str) -> Self {
        let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
        let name = name.strip_suffix(".gz").unwrap_or(&name).to_owned();
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending).to_owned();
        let text = text.trim_start_matches('\u{feff}');
        let mut lines: Vec<&str> = text.lines().collect();
        if !text.ends_with('\n') && lines.len() > 1 {
            lines.pop();
        }
        Self { path, name, ending, lines, shape: Shape::of(text) }
    }

    /// The first line that is not blank.
    pub fn first_line(&self) -> &'h str {
        self.lines.iter().find(|line| !line.trim().is_empty()).copied().unwrap_or_default()
    }

    /// Whether nothing of the file is known but its name.
    pub fn is_empty(&self) -> bool {
        self.lines.iter().all(|line| line.trim().is_empty())
    }
}

impl Shape {
    fn of(text: &str) -> Self {
        if let Some(keys) = Keys::of(text) {
            return Self::Json(keys);
        }
        first_element(text).map_or(Self::Lines, |name| Self::Xml(name.to_owned()))
    }

    /// The keys, where it is JSON.
    pub const fn keys(&self) -> Option<&Keys> {
        match self {
            Self::Json(keys) => Some(keys),
            _ => None,
        }
    }

    /// The first element, where it is XML.
    pub fn element(&self) -> Option<&str> {
        match self {
            Self::Xml(name) => Some(name),
            _ => None,
        }
    }
}

/// The name of the first element of XML; nothing where the text is none, as with `<` or `<b>` before a TAB.
fn first_element(text: &str) -> Option<&str> {
    let mut rest = text.trim_start();
    // What may stand before it: how each begins and ends.
    const BEFORE: [(&str, &str); 3] = [("<?", "?>"), ("<!--", "-->"), ("<!DOCTYPE", ">")];
    let mut is_declared = false;
    while let Some((open, close)) = BEFORE.iter().find(|(open, _)| rest.starts_with(open)) {
        is_declared = true;
        let end = match rest
            .find('[')
            .filter(|subset| *open == "<!DOCTYPE" && rest.find('>').is_some_and(|end| *subset < end))
        {
            Some(_) => rest.find("]>").map(|at| at + 2),
            None => rest.find(close).map(|at| at + close.len()),
        };
        rest = rest.get(end?..)?.trim_start();
    }
    let inner = rest.strip_prefix('<')?;
    let end =
        inner.find(|character: char| !(character.is_alphanumeric() || matches!(character, ':' | '_' | '-' | '.')))?;
    let (name, after) = inner.split_at(end);
    let tag_end = after.find(['<', '>']);
    let is_tag = name.starts_with(char::is_alphabetic)
        && after.starts_with(|character: char| character.is_whitespace() || matches!(character, '/' | '>'))
        && tag_end.is_none_or(|at| after.as_bytes()[at] == b'>');
    // A tag alone may be a word with its column of tags behind it.
    let is_word = tag_end.is_some_and(|at| after[at + 1..].starts_with(['\t', ' ']));
    (is_tag && (is_declared || !is_word)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_told_from_words() {
        let check = |text: &str, expected: Option<&str>| assert_eq!(first_element(text), expected, "{text}");
        check(
            "<?xml version='1.0'?>\n<!DOCTYPE collection SYSTEM \"BioC.dtd\">\n<collection><source>",
            Some("collection"),
        );
        check("<!DOCTYPE a [ <!ENTITY b 'c'> ]>\n<!-- d -->\n<a id=\"1\"/>", Some("a"));
        check("<PubmedArticleSet>\n", Some("PubmedArticleSet"));
        check("<xmi:XMI xmi:version=\"2.0\"", Some("xmi:XMI"));
        check("<\tO\n0.05\tO\n", None);
        check("< O\n0.05 O\n", None);
        check("<b>\tO\nx\tO\n", None);
        check("<0.05\tO\n", None);
        check("<!-- cut o", None);
        check("p < 0.05", None);
    }

    #[test]
    fn the_last_line_is_left_out_where_it_may_be_cut() {
        let lines = |text| Head::new(Path::new("a.TSV.gz"), text).lines;
        assert_eq!((lines("\u{feff}a\nb"), lines("a"), lines("a\nb\n")), (vec!["a"], vec!["a"], vec!["a", "b"]));
        assert_eq!(Head::new(Path::new("x/a.TSV.gz"), "").ending, "tsv");
    }
}
