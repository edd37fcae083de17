//! Manifests of corpora: where a corpus comes from, under what terms, and what must be in it.
//! The text of `datasets/NAME.toml` goes in, a checked [`Manifest`] comes out; it fetches nothing and knows no folders.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use crate::archive;

/// A corpus: what `datasets/NAME.toml` says.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The name of the manifest's file and of the corpus' folder.
    pub name: String,
    /// Its name for people.
    pub title: String,
    /// Entity types that are kept, as they stand in the tags.
    pub types: Vec<String>,
    /// Which documents are in which split, in a sentence.
    pub split: String,
    /// Who may use it.
    pub terms: Terms,
    /// What to cite.
    pub citation: Citation,
    /// In order of preference; each gives all splits.
    #[serde(rename = "source")]
    pub sources: Vec<Source>,
    /// What must be in the splits.
    pub counts: BTreeMap<Split, Expected>,
    /// What the paper says of it.
    pub paper: Paper,
}

/// Who may use a corpus.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// The licence that is stated, or that none is.
    pub licence: String,
    /// Who states it, and what is not certain.
    pub note: String,
    /// Whether the terms are so uncertain that the user has to accept them by name.
    #[serde(default)]
    pub accept: bool,
}

/// The article to cite, with the fields of a BibTeX entry.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Citation {
    /// The name of the entry.
    pub key: String,
    /// At least one, in the article's order.
    pub authors: Vec<String>,
    /// The article's title.
    pub title: String,
    /// The year of publication.
    pub year: u16,
    /// The journal or the conference.
    pub venue: String,
    /// As in `10.1016/j.jbi.2013.12.006`.
    pub doi: Option<String>,
}

/// One place that has the whole corpus in one form.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Its name for people.
    pub title: String,
    /// The form of all its files.
    pub format: Format,
    /// The entity types as this source calls them, where it has other names.
    pub types: Option<Vec<String>>,
    /// Losses and changes that `welt convert` may make, by the names that it has for them.
    #[serde(default)]
    pub allow: Vec<String>,
    /// How far the number of sentences may lie from the expected one, as a share of it, for a form that is split into
    /// sentences by another program; none means that all counts are equal, and otherwise words must still be, and entities to
    /// one in a thousand.
    pub within: Option<f64>,
    /// What to fetch; at least one file a split.
    #[serde(rename = "file")]
    pub files: Vec<SourceFile>,
}

/// A file to fetch; several files of one split belong together, in their order.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceFile {
    /// The split that it is of.
    pub split: Split,
    /// A host and a path, with `https://` or `http://` before.
    pub url: String,
    /// Of the file at `url`, in lower-case hexadecimal digits.
    pub sha256: Option<String>,
    /// The exact size of the file at `url`, where it is known.
    pub bytes: Option<u64>,
    /// The most bytes that are taken from `url`, where its size is not known.
    pub at_most: Option<u64>,
    /// The file in the archive at `url`: a whole path, or a name that only one file has.
    pub member: Option<String>,
}

/// A part of a corpus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Split {
    /// To learn from.
    Train,
    /// To choose an epoch on.
    Dev,
    /// To be scored on.
    Test,
}

/// The form of a source, by the name that `welt convert` has for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// A word and its tag a line.
    Conll,
    /// PubTator's text.
    Pubtator,
    /// BioC's XML.
    BiocXml,
    /// BioC's JSON.
    BiocJson,
    /// Sentences and spans in two files, as those of BioCreative II's gene mentions.
    Bc2gm,
    /// Texts and a list of tags, as those of LINNAEUS.
    Linnaeus,
    /// A text and an `.ann` a document.
    Brat,
    /// Abstracts and annotations in two files, as those of CHEMDNER.
    Chemdner,
}

/// What must be in a split; only the number of sentences is always known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// Sentences.
    pub sentences: u64,
    /// Words, each of which has a tag.
    pub tokens: Option<u64>,
    /// Entities of all types.
    pub entities: Option<u64>,
    /// Words with the tag O.
    pub outside: Option<u64>,
    /// Words with a tag that begins with B.
    pub begin: Option<u64>,
    /// Words with a tag that begins with I.
    pub inside: Option<u64>,
}

/// What the WeLT paper's Tables 1 and 11 say of the corpus.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Paper {
    /// The corpus' name in the paper.
    pub name: String,
    /// Per cent of the words of the training split that are tagged O.
    pub outside: f64,
    /// Per cent of the words that are tagged B.
    pub begin: f64,
    /// Per cent of the words that are tagged I.
    pub inside: f64,
    /// The sentences of each split.
    pub sentences: BTreeMap<Split, u64>,
}

impl Split {
    /// The three of them, in the order of their use.
    pub const ALL: [Self; 3] = [Self::Train, Self::Dev, Self::Test];

    /// Its name, as in `train`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Dev => "dev",
            Self::Test => "test",
        }
    }

    /// The file of the split in a corpus' folder.
    #[must_use]
    pub fn file_name(self) -> String {
        format!("{self}.tsv")
    }
}

impl fmt::Display for Split {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Format {
    /// Whether the files of a split are read together from one folder.
    #[must_use]
    pub fn is_of_several_files(self) -> bool {
        matches!(self, Self::Bc2gm | Self::Linnaeus | Self::Brat | Self::Chemdner)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Conll => "conll",
            Self::Pubtator => "pubtator",
            Self::BiocXml => "bioc-xml",
            Self::BiocJson => "bioc-json",
            Self::Bc2gm => "bc2gm",
            Self::Linnaeus => "linnaeus",
            Self::Brat => "brat",
            Self::Chemdner => "chemdner",
        })
    }
}

impl Manifest {
    /// Reads and checks the manifest of the corpus that the file has its name of.
    ///
    /// # Errors
    /// A file that cannot be read, or a mistake in it; the message names the file and the key.
    pub fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        Self::parse(&text, &name).with_context(|| path.display().to_string())
    }

    /// Reads and checks the text of the manifest of the corpus `name`.
    ///
    /// # Errors
    /// A mistake in it; the message names the key.
    pub fn parse(text: &str, name: &str) -> Result<Self> {
        let manifest: Self = toml::from_str(text)?;
        if manifest.name != name {
            bail!("name: `{}`, expected `{name}` as in the file's name", manifest.name);
        }
        manifest.check()?;
        Ok(manifest)
    }

    fn check(&self) -> Result<()> {
        let texts = [
            ("title", &self.title),
            ("split", &self.split),
            ("terms.licence", &self.terms.licence),
            ("terms.note", &self.terms.note),
        ];
        if let Some((key, _)) = texts.iter().find(|(_, text)| text.trim().is_empty()) {
            bail!("{key}: expected some text");
        }
        check_names("types", &self.types)?;
        self.citation.check().context("citation")?;
        if self.sources.is_empty() {
            bail!("source: expected at least one");
        }
        for (index, source) in self.sources.iter().enumerate() {
            source.check().with_context(|| format!("source[{index}]"))?;
        }
        for split in Split::ALL {
            let counts = self.counts.get(&split).with_context(|| format!("counts.{split}: is not there"))?;
            counts.check().with_context(|| format!("counts.{split}"))?;
            if !self.paper.sentences.contains_key(&split) {
                bail!("paper.sentences.{split}: is not there");
            }
        }
        let sum = self.paper.outside + self.paper.begin + self.paper.inside;
        if !(99.95..=100.05).contains(&sum) {
            bail!("paper: outside, begin and inside add up to {sum:.2}, expected 100");
        }
        Ok(())
    }
}

impl Citation {
    fn check(&self) -> Result<()> {
        if self.authors.is_empty() {
            bail!("authors: expected at least one");
        }
        if [&self.key, &self.title, &self.venue].iter().any(|text| text.trim().is_empty()) {
            bail!("expected a key, a title and a venue");
        }
        match &self.doi {
            Some(doi) if !doi.starts_with("10.") => bail!("doi: `{doi}`, expected it to start with 10."),
            _ => Ok(()),
        }
    }
}

impl Source {
    /// The types to keep, as this source calls them.
    #[must_use]
    pub fn types<'a>(&'a self, manifest: &'a Manifest) -> &'a [String] {
        self.types.as_deref().unwrap_or(&manifest.types)
    }

    fn check(&self) -> Result<()> {
        if let Some(types) = &self.types {
            check_names("types", types)?;
        }
        if !self.allow.is_empty() {
            check_names("allow", &self.allow)?;
        }
        if let Some(within) = self.within
            && !(within > 0.0 && within < 1.0)
        {
            bail!("within: {within}, expected a share above 0 and below 1");
        }
        for (index, file) in self.files.iter().enumerate() {
            file.check().with_context(|| format!("file[{index}]"))?;
        }
        for split in Split::ALL {
            if !self.files.iter().any(|file| file.split == split) {
                bail!("file: none is for the split {split}");
            }
        }
        Ok(())
    }
}

impl SourceFile {
    /// Host and path of the URL.
    #[must_use]
    pub fn host_and_path(&self) -> &str {
        let (_, rest) = self.url.split_once("://").unwrap_or(("", &self.url));
        rest
    }

    /// The last part of the URL's path.
    #[must_use]
    pub fn file_name(&self) -> &str {
        self.url.rsplit('/').next().unwrap_or(&self.url)
    }

    /// The last part of the member's path.
    #[must_use]
    pub fn member_name(&self) -> Option<&str> {
        self.member.as_ref().and_then(|member| member.rsplit('/').next())
    }

    fn check(&self) -> Result<()> {
        let rest = self.url.strip_prefix("https://").or_else(|| self.url.strip_prefix("http://"));
        let Some(rest) = rest else {
            bail!("url: `{}`, expected https:// or http://", self.url);
        };
        let is_plain = |part: &str| !part.is_empty() && part != "." && part != "..";
        if !rest.contains('/') || !rest.split('/').all(is_plain) || rest.contains(['?', '#', '\\', ' ']) {
            bail!("url: `{}`, expected a host and a path without `?`, `#`, spaces and empty parts", self.url);
        }
        if let Some(sha256) = &self.sha256
            && (sha256.len() != 64 || !sha256.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')))
        {
            bail!("sha256: `{sha256}`, expected 64 lower-case hexadecimal digits");
        }
        match (self.bytes, self.at_most) {
            (Some(0), _) | (_, Some(0)) => bail!("bytes: 0, expected a size"),
            (Some(_), None) | (None, Some(_)) => {}
            _ => bail!("bytes: expected either `bytes`, the exact size, or `at_most`, a limit"),
        }
        match (&self.member, archive::Kind::of(&self.url)) {
            (None, Some(_)) => bail!("member: is not there, expected the file to take out of {}", self.file_name()),
            (Some(member), None) => {
                bail!("member: `{member}`, but {} is no archive (.zip, .tar.gz, .tgz)", self.file_name())
            }
            (Some(member), Some(_)) if !member.split('/').all(is_plain) => {
                bail!("member: `{member}`, expected a path inside the archive")
            }
            _ => Ok(()),
        }
    }
}

impl Expected {
    fn check(&self) -> Result<()> {
        if let (Some(tokens), Some(outside), Some(begin), Some(inside)) =
            (self.tokens, self.outside, self.begin, self.inside)
            && outside + begin + inside != tokens
        {
            bail!(
                "tokens: {tokens}, expected outside + begin + inside, which is {}",
                outside.saturating_add(begin).saturating_add(inside)
            );
        }
        if let Some(tokens) = self.tokens
            && tokens < self.sentences
        {
            bail!("tokens: {tokens}, expected at least one a sentence");
        }
        Ok(())
    }
}

fn check_names(key: &str, types: &[String]) -> Result<()> {
    // They are handed to `welt convert` with commas between them.
    let is_plain = |name: &&String| {
        name.trim() == **name && !name.is_empty() && !name.contains([',', '\t', '\n']) && !name.starts_with('-')
    };
    match types.iter().find(|name| !is_plain(name)) {
        _ if types.is_empty() => bail!("{key}: expected at least one"),
        Some(name) => bail!("{key}: `{name}`, expected a name without commas and tabs"),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    pub const SMALL: &str = r#"
name = "a"
title = "A"
types = ["Disease"]
split = "As published."

[terms]
licence = "CC BY 4.0"
note = "Its README says so."

[citation]
key = "ada1843notes"
authors = ["Ada Lovelace"]
title = "Notes"
year = 1843
venue = "Memoirs"

[[source]]
title = "Somewhere"
format = "conll"
file = [
  { split = "train", url = "https://a.org/a/train.tsv", bytes = 10 },
  { split = "dev", url = "https://a.org/a/dev.tsv", at_most = 10 },
  { split = "test", url = "https://a.org/a.zip", at_most = 10, member = "test.tsv" },
]

[counts]
train = { sentences = 1, tokens = 3, outside = 1, begin = 1, inside = 1 }
dev = { sentences = 1 }
test = { sentences = 1 }

[paper]
name = "A"
outside = 90.0
begin = 6.0
inside = 4.0
sentences = { train = 2, dev = 2, test = 2 }
"#;

    fn check(from: &str, to: &str, expected: &Expect) {
        assert!(SMALL.contains(from), "{from}");
        let shown = match Manifest::parse(&SMALL.replacen(from, to, 1), "a") {
            Ok(manifest) => format!("{} sources", manifest.sources.len()),
            Err(error) => format!("{error:#}"),
        };
        expected.assert_eq(shown.trim_end());
    }

    #[test]
    fn mistakes_name_their_key() {
        check("name", "name", &expect!["1 sources"]);
        check("name = \"a\"", "name = \"b\"", &expect!["name: `b`, expected `a` as in the file's name"]);
        check("[\"Disease\"]", "[]", &expect!["types: expected at least one"]);
        check(
            "https://a.org/a/dev",
            "ftp://a.org/a/dev",
            &expect!["source[0]: file[1]: url: `ftp://a.org/a/dev.tsv`, expected https:// or http://"],
        );
        check(
            "a.org/a/dev",
            "a.org/../dev",
            &expect![
                "source[0]: file[1]: url: `https://a.org/../dev.tsv`, expected a host and a path without `?`, `#`, spaces and empty parts"
            ],
        );
        check(
            "bytes = 10",
            "bytes = 10, sha256 = \"AB\"",
            &expect!["source[0]: file[0]: sha256: `AB`, expected 64 lower-case hexadecimal digits"],
        );
        check(
            "bytes = 10",
            "bytes = 10, at_most = 10",
            &expect!["source[0]: file[0]: bytes: expected either `bytes`, the exact size, or `at_most`, a limit"],
        );
        check(
            ", member = \"test.tsv\"",
            "",
            &expect!["source[0]: file[2]: member: is not there, expected the file to take out of a.zip"],
        );
        check(
            "\"test.tsv\"",
            "\"../test.tsv\"",
            &expect!["source[0]: file[2]: member: `../test.tsv`, expected a path inside the archive"],
        );
        check(
            "bytes = 10",
            "bytes = 10, member = \"x\"",
            &expect!["source[0]: file[0]: member: `x`, but train.tsv is no archive (.zip, .tar.gz, .tgz)"],
        );
        check("split = \"dev\"", "split = \"test\"", &expect!["source[0]: file: none is for the split dev"]);
        check(
            "format = \"conll\"",
            "format = \"conll\"\nwithin = 1.5",
            &expect!["source[0]: within: 1.5, expected a share above 0 and below 1"],
        );
        check(
            "format = \"conll\"",
            "format = \"conll\"\nallow = [\"nested,widened\"]",
            &expect!["source[0]: allow: `nested,widened`, expected a name without commas and tabs"],
        );
        check(
            "tokens = 3",
            "tokens = 4",
            &expect!["counts.train: tokens: 4, expected outside + begin + inside, which is 3"],
        );
        check("dev = { sentences = 1 }\n", "", &expect!["counts.dev: is not there"]);
        check("train = 2, ", "", &expect!["paper.sentences.train: is not there"]);
        check(
            "outside = 90.0",
            "outside = 9.0",
            &expect!["paper: outside, begin and inside add up to 19.00, expected 100"],
        );
        check(
            "year = 1843",
            "year = 1843\ndoi = \"doi:10\"",
            &expect!["citation: doi: `doi:10`, expected it to start with 10."],
        );
    }

    #[test]
    fn unknown_keys_and_words_are_refused() {
        check(
            "note = ",
            "notes = ",
            &expect![[r#"
            TOML parse error at line 9, column 1
              |
            9 | notes = "Its README says so."
              | ^^^^^
            unknown field `notes`, expected one of `licence`, `note`, `accept`"#]],
        );
        check(
            "\"conll\"",
            "\"conl\"",
            &expect![[r#"
            TOML parse error at line 20, column 10
               |
            20 | format = "conl"
               |          ^^^^^^
            unknown variant `conl`, expected one of `conll`, `pubtator`, `bioc-xml`, `bioc-json`, `bc2gm`, `linnaeus`, `brat`, `chemdner`"#]],
        );
    }
}
