//! Takes one file out of a .zip or .tar.gz archive.
//! An archive and a name go in, that one file comes out under a name of ours; nothing else of the archive is written,
//! and an archive with a path that leads out of it is refused as a whole.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Component, Path};

use anyhow::{Context, Result, bail};
use flate2::read::GzDecoder;
use welt_files::NewFile;

/// A form of archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Zip,
    TarGz,
}

impl Kind {
    /// The form that a file's name tells.
    pub fn of(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        if name.ends_with(".zip") {
            Some(Self::Zip)
        } else if name.ends_with(".tar.gz") || name.ends_with(".tgz") {
            Some(Self::TarGz)
        } else {
            None
        }
    }
}

/// The most bytes that a file may have once it is unpacked.
const LONGEST_MEMBER: u64 = 1 << 30;

/// Writes the file `member` of an archive to `to`, whole or not at all.
///
/// # Errors
/// No such file in the archive or more than one, a damaged archive, a path that leads out of it, a disk that fails.
pub fn extract(archive: &Path, member: &str, to: &Path) -> Result<()> {
    let of = || format!("{member} of {}", archive.display());
    let name = archive.file_name().unwrap_or_default().to_string_lossy();
    let file = File::open(archive).with_context(|| format!("opening {}", archive.display()))?;
    match Kind::of(&name) {
        Some(Kind::Zip) => extract_zip(file, member, to).with_context(of),
        Some(Kind::TarGz) => extract_tar(file, member, to).with_context(of),
        None => bail!("{}: expected a name that ends with .zip, .tar.gz or .tgz", archive.display()),
    }
}

fn extract_zip(file: File, member: &str, to: &Path) -> Result<()> {
    let mut archive = zip::ZipArchive::new(file).context("reading the zip archive")?;
    let mut names = Vec::new();
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index).context("reading the zip archive")?;
        names.push((entry.name().to_owned(), entry.is_file()));
    }
    let index = find(names.iter().map(|(name, is_file)| (name.as_str(), *is_file)), member)?;
    let entry = archive.by_index(index).context("reading the zip archive")?;
    write_whole(entry, to)
}

fn extract_tar(file: File, member: &str, to: &Path) -> Result<()> {
    let reading = "reading the tar.gz archive";
    let mut names = Vec::new();
    let mut archive = tar::Archive::new(GzDecoder::new(&file));
    for entry in archive.entries().context(reading)? {
        let entry = entry.context(reading)?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        names.push((name, entry.header().entry_type().is_file()));
    }
    let index = find(names.iter().map(|(name, is_file)| (name.as_str(), *is_file)), member)?;
    // A tar.gz can only be read from its beginning.
    let file = rewound(file)?;
    let mut archive = tar::Archive::new(GzDecoder::new(file));
    let entry = archive.entries().context(reading)?.nth(index).context("the archive changed")?.context(reading)?;
    write_whole(entry, to)
}

fn rewound(mut file: File) -> Result<File> {
    io::Seek::rewind(&mut file).context("reading the tar.gz archive again")?;
    Ok(file)
}

/// The index of the file that is called `member`, by its whole path, or by its last part where no path fits.
fn find<'a>(names: impl Iterator<Item = (&'a str, bool)>, member: &str) -> Result<usize> {
    let mut whole = Vec::new();
    let mut last = Vec::new();
    for (index, (name, is_file)) in names.enumerate() {
        // Archives that are made on Windows may have backslashes.
        let name = name.replace('\\', "/");
        let leads_out = |part: Component| !matches!(part, Component::Normal(_) | Component::CurDir);
        if Path::new(&name).components().any(leads_out) || name.contains(':') {
            bail!("the archive has the path `{name}`, which leads out of it: it is not to be trusted");
        }
        // Beside every file, macOS packs one with its attributes.
        if !is_file || name.starts_with("__MACOSX/") {
            continue;
        }
        let name = name.trim_start_matches("./");
        if name == member {
            whole.push((index, name.to_owned()));
        }
        if name.rsplit('/').next() == Some(member) {
            last.push((index, name.to_owned()));
        }
    }
    let found = if whole.is_empty() { last } else { whole };
    match &found[..] {
        [(index, _)] => Ok(*index),
        [] => bail!("the archive has no such file"),
        [(_, first), (_, second), ..] => bail!("the archive has more than one: {first} and {second}"),
    }
}

fn write_whole(member: impl Read, to: &Path) -> Result<()> {
    let mut file = NewFile::create(to)?;
    let length = io::copy(&mut member.take(LONGEST_MEMBER + 1), &mut file).context("unpacking")?;
    if length > LONGEST_MEMBER {
        bail!("it has more than {LONGEST_MEMBER} bytes");
    }
    Ok(file.finish()?)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use expect_test::{Expect, expect};

    use super::*;
    use crate::tests::packed::{tarred, zipped};

    fn check(name: &str, bytes: &[u8], member: &str, expected: &Expect) {
        let folder = tempfile::tempdir().unwrap();
        let (archive, to) = (folder.path().join(name), folder.path().join("out").join("it"));
        fs::create_dir(folder.path().join("out")).unwrap();
        fs::write(&archive, bytes).unwrap();
        let said = match extract(&archive, member, &to) {
            Ok(()) => fs::read_to_string(&to).unwrap(),
            Err(error) => {
                assert!(!to.exists());
                format!("{error:#}").replace(&folder.path().display().to_string(), "HERE")
            }
        };
        let left: Vec<_> =
            fs::read_dir(folder.path().join("out")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert!(left.is_empty() || left == ["it"], "{left:?}");
        expected.assert_eq(&said);
    }

    #[test]
    fn one_file_comes_out() {
        let files = [("top/a.txt", "A\n"), ("top/b.txt", "B\n"), ("__MACOSX/top/a.txt", "attributes")];
        for (name, bytes) in [("x.zip", zipped(&files)), ("x.tar.gz", tarred(&files)), ("x.tgz", tarred(&files))] {
            check(name, &bytes, "a.txt", &expect!["A\n"]);
            check(name, &bytes, "top/b.txt", &expect!["B\n"]);
        }
    }

    #[test]
    fn what_is_missing_or_not_clear_is_said() {
        let files = [("one/a.txt", "A\n"), ("two/a.txt", "B\n")];
        check("x.zip", &zipped(&files), "c.txt", &expect!["c.txt of HERE/x.zip: the archive has no such file"]);
        check(
            "x.zip",
            &zipped(&files),
            "a.txt",
            &expect!["a.txt of HERE/x.zip: the archive has more than one: one/a.txt and two/a.txt"],
        );
        check("x.zip", &zipped(&files), "two/a.txt", &expect!["B\n"]);
    }

    #[test]
    fn paths_that_lead_out_are_refused() {
        for name in ["../a.txt", "top/../../a.txt", "/a.txt", "..\\a.txt", "C:\\a.txt"] {
            let files = [("good/a.txt", "A\n"), (name, "evil")];
            for (archive, bytes) in [("x.zip", zipped(&files)), ("x.tar.gz", tarred(&files))] {
                let folder = tempfile::tempdir().unwrap();
                let path = folder.path().join(archive);
                fs::write(&path, bytes).unwrap();
                let error = extract(&path, "good/a.txt", &folder.path().join("it")).unwrap_err();
                assert!(format!("{error:#}").ends_with("which leads out of it: it is not to be trusted"), "{error:#}");
                assert!(!folder.path().join("it").exists());
            }
        }
    }

    #[test]
    fn damaged_archives_leave_nothing() {
        let text = (0..20_000).map(|number| format!("{number} ")).collect::<String>();
        let files = [("a.txt", text.as_str())];
        let (zip, tar) = (zipped(&files), tarred(&files));
        check(
            "x.zip",
            &zip[..zip.len() / 2],
            "a.txt",
            &expect!["a.txt of HERE/x.zip: reading the zip archive: invalid Zip archive: Could not find EOCD"],
        );
        check(
            "x.tar.gz",
            &tar[..tar.len() / 2],
            "a.txt",
            &expect!["a.txt of HERE/x.tar.gz: reading the tar.gz archive: incomplete deflate stream"],
        );
        check(
            "x.zip",
            b"<html>Not found</html>",
            "a.txt",
            &expect!["a.txt of HERE/x.zip: reading the zip archive: invalid Zip archive: Could not find EOCD"],
        );
        let mut damaged = zip;
        // In the list of members, where the checksum of the first one stands.
        let list = damaged.windows(4).position(|bytes| bytes == b"PK\x01\x02").unwrap();
        damaged[list + 16] ^= 0xff;
        check("x.zip", &damaged, "a.txt", &expect!["a.txt of HERE/x.zip: unpacking: Invalid checksum"]);
    }
}
