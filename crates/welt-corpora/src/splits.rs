//! Makes a split of a corpus, one word and its tag a line, from the files of a source.
//! Files in any form go in, `train.tsv` and its like come out; forms other than CoNLL are read by `welt convert`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::manifest::{Format, Manifest, Source};
use welt_process::output;

/// Writes one split from its files.
///
/// # Errors
/// A file that cannot be read or converted.
pub fn write(welt: &Path, manifest: &Manifest, source: &Source, inputs: &[PathBuf], to: &Path) -> Result<()> {
    let text = if source.format == Format::Conll {
        let mut text = String::new();
        for input in inputs {
            text.push_str(&tidied(&read(input)?, None));
        }
        text
    } else {
        let converted = to.with_extension("converted");
        convert(welt, source, source.types(manifest), inputs, &converted)?;
        // What the source splits up and the corpus does not, becomes one type.
        let only_type = match &manifest.types[..] {
            [only] => Some(only.as_str()),
            _ => None,
        };
        let text = tidied(&read(&converted)?, only_type);
        fs::remove_file(&converted).with_context(|| format!("removing {}", converted.display()))?;
        text
    };
    fs::write(to, text).with_context(|| format!("writing {}", to.display()))
}

/// Runs `welt convert`.
fn convert(welt: &Path, source: &Source, types: &[String], inputs: &[PathBuf], to: &Path) -> Result<()> {
    let mut command = Command::new(welt);
    command.args(["convert", "--from", &source.format.to_string(), "--to", "conll", "--types", &types.join(",")]);
    command.args(inputs);
    if !source.allow.is_empty() {
        command.args(["--allow", &source.allow.join(",")]);
    }
    command.arg("--output").arg(to);
    output(&mut command).map(drop)
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))
}

/// The same words and tags with LF, one empty line after each sentence, no byte order mark, and `only_type` in all tags.
fn tidied(text: &str, only_type: Option<&str>) -> String {
    let mut tidy = String::with_capacity(text.len() + 1);
    let mut is_open = false;
    for line in text.strip_prefix('\u{feff}').unwrap_or(text).lines() {
        // A no-break space is a word, so only these count as blank.
        if line.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\r')) {
            if is_open {
                tidy.push('\n');
            }
            is_open = false;
            continue;
        }
        match (only_type, line.rsplit_once('\t')) {
            (Some(only_type), Some((words, tag))) if tag.contains('-') => {
                let prefix = tag.split('-').next().unwrap_or(tag);
                tidy.push_str(&format!("{words}\t{prefix}-{only_type}"));
            }
            _ => tidy.push_str(line.trim_end_matches('\r')),
        }
        tidy.push('\n');
        is_open = true;
    }
    if is_open {
        tidy.push('\n');
    }
    tidy
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(text: &str, only_type: Option<&str>, expected: &Expect) {
        let tidy = tidied(text, only_type);
        expected.assert_eq(&tidy);
        assert_eq!(tidied(&tidy, only_type), tidy);
    }

    #[test]
    fn lines_and_sentences_get_one_form() {
        check("a\tO\r\n\r\n\r\n\t\t\t\r\nb\tB-X\r\n", None, &expect!["a\tO\n\nb\tB-X\n\n"]);
        check("\u{feff}a\tO\n\u{a0}\tO\n\n", None, &expect!["a\tO\n\u{a0}\tO\n\n"]);
        check("", None, &expect![""]);
    }

    #[test]
    fn types_become_one() {
        check("a\tB-Modifier\nb\tI-Modifier\nB-c\tO\n", Some("X"), &expect!["a\tB-X\nb\tI-X\nB-c\tO\n\n"]);
    }
}
