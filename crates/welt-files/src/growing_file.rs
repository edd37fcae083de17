//! A file that grows over the lives of several processes, and has its name once it is whole.
//!
//! It is filled as `NAME.partial`. Beside it lies a journal, `NAME.partial.journal`, that says how many bytes of it are good, with their
//! digest and a line of the caller's own. A process that is killed, at whatever moment, leaves both; the next one takes the
//! last line of the journal whose bytes are all there, cuts off what lies behind them, and goes on.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, BufWriter, Read as _, Seek as _, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::beside::LockBeside;
use crate::digest::Hasher;
use crate::error::{Doing, FilesError, io};
use crate::new_file::{is_device, write_whole};
use crate::sync::{sync, sync_folder_of};
use crate::unfinished::{Unfinished, unfinished};

/// How the first line of a journal begins, which tells it from other files.
const MARK: &str = "welt-journal 1 ";

/// How often what is written is handed to the disk at most. A process that is killed loses nothing of what lies between, only a
/// failure of power does, and the journal tells.
const BETWEEN_SYNCS: Duration = Duration::from_secs(1);

/// A file under its partial name that stays there, with a journal, when it is dropped or the process ends; one for which nothing
/// was [committed](GrowingFile::commit) goes away.
#[derive(Debug)]
pub struct GrowingFile {
    claim: Claim,
    writer: BufWriter<File>,
    journal: File,
    hasher: Hasher,
    bytes: u64,
    synced: Instant,
    /// The two files in the list of what goes away on Ctrl-C; none once something is committed.
    listed: Option<[Unfinished; 2]>,
}

/// The right to fill a file, before it is begun or gone on with; other processes are kept away as long as it lives.
#[derive(Debug)]
pub struct Claim {
    path: PathBuf,
    partial: PathBuf,
    journal: PathBuf,
    left: Option<Left>,
    _lock: LockBeside,
}

/// What an earlier process left.
#[derive(Debug, Clone)]
struct Left {
    heading: String,
    state: String,
    bytes: u64,
    hasher: Hasher,
    /// Bytes of the journal up to the line that is gone on from.
    journal_bytes: u64,
}

/// How much a file holds, and what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extent {
    /// Its length.
    pub bytes: u64,
    /// Its SHA-256 in 64 hexadecimal digits.
    pub sha256: String,
}

impl Claim {
    /// Claims a file, and looks at what an earlier process left of it. Nothing is made yet.
    ///
    /// # Errors
    /// A folder, a file that another process is filling, or a partial one without a journal, which is somebody's own.
    pub fn new(path: &Path) -> Result<Self, FilesError> {
        if path.is_dir() {
            return Err(FilesError::IsFolder { path: path.to_owned() });
        }
        if is_device(path) {
            return Err(FilesError::Exists { path: path.to_owned() });
        }
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let partial = partial_of(&path)?;
        let journal = with_ending(&partial, ".journal");
        let lock = LockBeside::try_take(&partial).map_err(io(&path, Doing::Written))?;
        let lock = lock.ok_or_else(|| FilesError::Busy { path: path.clone() })?;
        let left = match fs::symlink_metadata(&partial) {
            Err(_) => None,
            Ok(_) => {
                let left = read_left(&partial, &journal).map_err(io(&partial, Doing::Read))?;
                Some(left.ok_or_else(|| FilesError::Exists { path: partial.clone() })?)
            }
        };
        Ok(Self { path, partial, journal, left, _lock: lock })
    }

    /// What the earlier process said of itself when it began, and what it said at the last good byte; nothing where there is
    /// nothing to go on with.
    #[must_use]
    pub fn left(&self) -> Option<(&str, &str)> {
        let left = self.left.as_ref().filter(|left| !left.state.is_empty())?;
        Some((&left.heading, &left.state))
    }

    /// The file while it is being filled.
    #[must_use]
    pub fn partial(&self) -> &Path {
        &self.partial
    }

    /// Begins anew; `heading` is one line, for whoever goes on.
    ///
    /// # Errors
    /// A place where no file can be made.
    pub fn begin(self, heading: &str) -> Result<GrowingFile, FilesError> {
        let made = |path: &Path| File::create(path).map(drop);
        let written = || io(&self.path, Doing::Written);
        // The mark comes first: a partial file without one would be somebody's own.
        let journal = Unfinished::new(self.journal.clone());
        write_whole(&self.journal, &format!("{MARK}{}\n", one_line(heading)))?;
        let partial = Unfinished::make(self.partial.clone(), made).map_err(written())?;
        if let Ok(replaced) = fs::metadata(&self.path) {
            drop(fs::set_permissions(&self.partial, replaced.permissions()));
        }
        let mut file = self.open(0, Hasher::new())?;
        file.listed = Some([journal, partial]);
        Ok(file)
    }

    /// Goes on behind the last good byte.
    ///
    /// # Errors
    /// Nothing that was left, or files that cannot be written.
    pub fn go_on(mut self) -> Result<GrowingFile, FilesError> {
        let Some(left) = self.left.take() else { return Err(FilesError::NoName { path: self.partial }) };
        let cut = |path: &Path, bytes| OpenOptions::new().write(true).open(path)?.set_len(bytes);
        cut(&self.partial, left.bytes)
            .and_then(|()| cut(&self.journal, left.journal_bytes))
            .map_err(io(&self.partial, Doing::Written))?;
        self.open(left.bytes, left.hasher)
    }

    fn open(self, bytes: u64, hasher: Hasher) -> Result<GrowingFile, FilesError> {
        let opened = || -> io::Result<(File, File)> {
            let mut file = OpenOptions::new().write(true).open(&self.partial)?;
            file.seek(SeekFrom::Start(bytes))?;
            Ok((file, OpenOptions::new().append(true).open(&self.journal)?))
        };
        let (file, journal) = opened().map_err(io(&self.path, Doing::Written))?;
        let writer = BufWriter::with_capacity(1 << 16, file);
        Ok(GrowingFile { claim: self, writer, journal, hasher, bytes, synced: Instant::now(), listed: None })
    }
}

impl GrowingFile {
    /// Writes down that everything so far is good, with one line that is not empty for whoever goes on from here.
    ///
    /// # Errors
    /// A disk that is full.
    pub fn commit(&mut self, state: &str) -> Result<(), FilesError> {
        let Extent { bytes, sha256 } = self.extent();
        let line = format!("{bytes} {sha256} {}\n", one_line(state));
        let is_due = self.synced.elapsed() >= BETWEEN_SYNCS;
        self.write_line(&line, is_due).map_err(io(&self.claim.partial, Doing::Written))?;
        if is_due {
            self.synced = Instant::now();
        }
        self.listed = None;
        Ok(())
    }

    /// The bytes come before the line that says that they are there.
    fn write_line(&mut self, line: &str, hand_over: bool) -> io::Result<()> {
        self.writer.flush()?;
        if hand_over {
            sync(self.writer.get_ref())?;
        }
        self.journal.write_all(line.as_bytes())?;
        if hand_over { sync(&self.journal) } else { Ok(()) }
    }

    /// What was written so far.
    #[must_use]
    pub fn extent(&self) -> Extent {
        Extent { bytes: self.bytes, sha256: self.hasher.clone().digits() }
    }

    /// The file while it is being filled.
    #[must_use]
    pub fn partial(&self) -> &Path {
        &self.claim.partial
    }

    /// Gives the file, all of it written, its name, and removes the journal.
    ///
    /// # Errors
    /// A disk that is full, or a name that cannot be taken: then the file stays under its partial name.
    pub fn finish(mut self) -> Result<(), FilesError> {
        let flushed = self.writer.flush().and_then(|()| sync(self.writer.get_ref()));
        flushed.map_err(io(&self.claim.partial, Doing::Written))?;
        let Claim { path, partial, journal, .. } = &self.claim;
        let held = unfinished();
        let named = fs::rename(partial, path);
        if let Err(error) = named {
            drop(held);
            self.listed = None;
            let source = Box::new(io(&self.claim.path, Doing::Named)(error));
            return Err(FilesError::Unnamed { partial: self.claim.partial.clone(), source });
        }
        drop(fs::remove_file(journal));
        drop(held);
        sync_folder_of(path);
        Ok(())
    }
}

impl Drop for GrowingFile {
    fn drop(&mut self) {
        // What is buffered behind the last line of the journal is nobody's.
        for listed in self.listed.iter().flatten() {
            let held = unfinished();
            if held.iter().any(|path| path == listed.path()) {
                drop(fs::remove_file(listed.path()));
            }
        }
    }
}

impl Write for GrowingFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.writer.write(bytes)?;
        self.hasher.add(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// The name of a file while it is being filled.
///
/// # Errors
/// A path that ends in no name.
fn partial_of(path: &Path) -> Result<PathBuf, FilesError> {
    match path.file_name() {
        Some(_) => Ok(with_ending(path, ".partial")),
        None => Err(FilesError::NoName { path: path.to_owned() }),
    }
}

pub(crate) fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path.file_name().unwrap_or_default());
    name.push(ending);
    path.with_file_name(name)
}

pub(crate) fn one_line(text: &str) -> String {
    text.replace(['\n', '\r'], " ")
}

/// What the journal and the bytes say together; nothing where there is no journal of this crate's.
fn read_left(partial: &Path, journal: &Path) -> io::Result<Option<Left>> {
    let file = match File::open(journal) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened?,
    };
    let mut lines = BufReader::new(file);
    let mut first = Vec::new();
    lines.read_until(b'\n', &mut first)?;
    let heading = std::str::from_utf8(&first).ok().and_then(|line| line.strip_prefix(MARK)?.strip_suffix('\n'));
    let Some(heading) = heading else { return Ok(None) };
    let mut left = Left {
        heading: heading.to_owned(),
        state: String::new(),
        bytes: 0,
        hasher: Hasher::new(),
        journal_bytes: first.len() as u64,
    };
    let mut bytes = BufReader::with_capacity(1 << 16, File::open(partial)?);
    let mut journal_bytes = left.journal_bytes;
    loop {
        let mut line = Vec::new();
        journal_bytes += lines.read_until(b'\n', &mut line)? as u64;
        let Some((length, sha256, state)) = entry(&line).filter(|(length, ..)| *length >= left.bytes) else { break };
        let mut hasher = left.hasher.clone();
        if !add(&mut bytes, length - left.bytes, &mut hasher)? || hasher.clone().digits() != sha256 {
            break;
        }
        left = Left { state: state.to_owned(), bytes: length, hasher, journal_bytes, ..left };
    }
    Ok(Some(left))
}

/// A line of a journal that was written to its end: bytes, their digest, and what the caller said.
fn entry(line: &[u8]) -> Option<(u64, &str, &str)> {
    let mut parts = std::str::from_utf8(line).ok()?.strip_suffix('\n')?.splitn(3, ' ');
    Some((parts.next()?.parse().ok()?, parts.next()?, parts.next()?))
}

/// Adds so many bytes to a digest; whether there were so many.
fn add(reader: &mut impl io::BufRead, length: u64, hasher: &mut Hasher) -> io::Result<bool> {
    let mut part = reader.take(length);
    let mut taken = 0;
    loop {
        let bytes = part.fill_buf()?;
        if bytes.is_empty() {
            return Ok(taken == length);
        }
        hasher.add(bytes);
        let read = bytes.len();
        taken += read as u64;
        part.consume(read);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARTS: [&str; 4] = ["first\n", "", "second and longer\n", "third\n"];

    fn names(folder: &Path) -> Vec<String> {
        let name = |entry: io::Result<fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
        let mut names: Vec<String> = fs::read_dir(folder).unwrap().map(name).collect();
        names.sort();
        names
    }

    /// Writes the parts from the one that the journal names, until `fails` says stop; whether all of it was written.
    fn write_from(claim: Claim, mut fails: impl FnMut() -> bool) -> bool {
        let first = claim.left().map_or(0, |(heading, state)| {
            assert_eq!(heading, "parts");
            state.parse().unwrap()
        });
        let mut file = if claim.left().is_some() { claim.go_on().unwrap() } else { claim.begin("parts").unwrap() };
        for (index, part) in PARTS.iter().enumerate().skip(first) {
            if fails() {
                return false;
            }
            file.write_all(part.as_bytes()).unwrap();
            if fails() {
                file.flush().unwrap();
                return false;
            }
            file.commit(&(index + 1).to_string()).unwrap();
        }
        file.write_all(b"end\n").unwrap();
        if fails() {
            return false;
        }
        assert_eq!(file.extent().sha256, crate::sha256_of((PARTS.concat() + "end\n").as_bytes()));
        file.finish().unwrap();
        true
    }

    #[test]
    fn what_ends_anywhere_comes_to_the_same_bytes() {
        for every in 1..10 {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("file");
            for tries in 0.. {
                let mut count = 0;
                let mut fails = || {
                    count += 1;
                    count == every + tries
                };
                if write_from(Claim::new(&path).unwrap(), &mut fails) {
                    break;
                }
                assert!(!path.exists());
            }
            assert_eq!(fs::read_to_string(&path).unwrap(), PARTS.concat() + "end\n", "every {every}");
            assert_eq!(names(folder.path()), ["file"]);
        }
    }

    /// Whatever length the two files are cut to, as a failure of power does, what is gone on with is a line and its bytes.
    #[test]
    fn files_that_are_cut_off_or_spoiled_are_gone_on_with_from_what_is_good() {
        let made = tempfile::tempdir().unwrap();
        let mut parts = 0;
        write_from(Claim::new(&made.path().join("file")).unwrap(), || {
            parts += 1;
            parts == 9
        });
        let read = |name: &str| fs::read(made.path().join(name)).unwrap();
        let (bytes, journal) = (read("file.partial"), read("file.partial.journal"));
        assert!(bytes.starts_with(PARTS.concat().as_bytes()), "what was not committed may lie behind");
        for cut in (0..=bytes.len() + journal.len()).chain([usize::MAX]) {
            let folder = tempfile::tempdir().unwrap();
            let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
            let mut spoiled = bytes.clone();
            if cut == usize::MAX {
                spoiled[8] ^= 1;
            }
            write("file.partial", &spoiled[..cut.min(bytes.len())]);
            let mark = MARK.len() + "parts\n".len();
            write("file.partial.journal", &journal[..cut.saturating_sub(bytes.len()).max(mark).min(journal.len())]);
            if cut <= bytes.len() {
                write("file.partial.journal", &journal);
            }
            let path = folder.path().join("file");
            assert!(write_from(Claim::new(&path).unwrap(), || false));
            assert_eq!(fs::read_to_string(&path).unwrap(), PARTS.concat() + "end\n", "cut {cut}");
        }
    }

    #[test]
    fn nothing_committed_leaves_nothing_and_what_is_others_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "old").unwrap();
        let claim = Claim::new(&path).unwrap();
        assert!(matches!(Claim::new(&path), Err(FilesError::Busy { .. })));
        let mut file = claim.begin("heading").unwrap();
        file.write_all(b"new").unwrap();
        drop(file);
        assert_eq!((fs::read_to_string(&path).unwrap().as_str(), names(folder.path()).len()), ("old", 1));
        fs::write(folder.path().join("file.partial"), "my own").unwrap();
        let error = Claim::new(&path).unwrap_err().to_string();
        assert!(error.ends_with("file.partial exists already"), "{error}");
        assert_eq!(fs::read_to_string(folder.path().join("file.partial")).unwrap(), "my own");
        assert!(matches!(Claim::new(folder.path()), Err(FilesError::IsFolder { .. })));
    }
}
