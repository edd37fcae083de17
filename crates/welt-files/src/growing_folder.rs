//! A folder that grows over the lives of several processes, and has its name once it is whole.
//!
//! It is filled as `NAME.partial`, with this crate's mark in it. Beside it lies a journal, `NAME.partial.journal`, that lists the files that
//! are good, with their digests, and after some of them a line of the caller's own. A process that is killed, at whatever moment, leaves
//! both; the next one takes the last line of the caller before which all files are there and go by their digests, removes all others, and
//! goes on.

use std::collections::HashSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};

use crate::digest::sha256;
use crate::error::{Doing, FilesError, io};
use crate::growing_file::{one_line, with_ending};
use crate::new_file::write_whole;
use crate::new_folder::{MARK as MARK_FILE, NewFolder};
use crate::unfinished::{Unfinished, unfinished};

/// How the first line of a journal begins, which tells it from other files.
const MARK: &str = "welt-journal-of-folder 1 ";

/// How a line of the caller begins.
const STATE: &str = "= ";

/// A folder under its partial name that stays there, with a journal, when it is dropped or the process ends; one for which nothing was
/// [committed](GrowingFolder::commit) goes away.
#[derive(Debug)]
pub struct GrowingFolder {
    folder: NewFolder,
    journal_path: PathBuf,
    journal: File,
    fresh: Fresh,
}

/// The journal in the list of what goes away on Ctrl-C, and when this is dropped; none once something is committed.
#[derive(Debug)]
struct Fresh(Option<Unfinished>);

/// The right to fill a folder, before it is begun or gone on with; other processes are kept away as long as it lives.
#[derive(Debug)]
pub struct FolderClaim {
    folder: NewFolder,
    mark: String,
    journal: PathBuf,
    left: Option<Left>,
}

/// What an earlier process left.
#[derive(Debug)]
struct Left {
    heading: String,
    state: String,
    /// The good files, by their paths in the folder.
    files: HashSet<PathBuf>,
    /// Bytes of the journal up to the line that is gone on from.
    journal_bytes: u64,
}

impl FolderClaim {
    /// Claims a folder, and looks at what an earlier process left of it. `mark` is what the folder says of itself to whoever finds it.
    ///
    /// # Errors
    /// Something that has the name already, a folder that another process is filling, or a partial one that is somebody's own.
    pub fn new(path: &Path, mark: &str) -> Result<Self, FilesError> {
        let folder = NewFolder::open_listed(path, mark)?;
        let journal = with_ending(folder.partial(), ".journal");
        let left = match folder.is_left_over() {
            true => read_left(folder.partial(), &journal).map_err(io(&journal, Doing::Read))?,
            false => None,
        };
        Ok(Self { folder, mark: mark.to_owned(), journal, left })
    }

    /// What the earlier process said of itself when it began, and what it said when the last good file was there; nothing where there is
    /// nothing to go on with.
    #[must_use]
    pub fn left(&self) -> Option<(&str, &str)> {
        let left = self.left.as_ref()?;
        Some((&left.heading, &left.state))
    }

    /// The folder while it is being filled.
    #[must_use]
    pub fn partial(&self) -> &Path {
        self.folder.partial()
    }

    /// Begins anew; `heading` is one line, for whoever goes on.
    ///
    /// # Errors
    /// A folder in which no file can be made, or something left over that cannot be removed.
    pub fn begin(mut self, heading: &str) -> Result<GrowingFolder, FilesError> {
        if self.folder.is_left_over() {
            self.folder.begin_again(&self.mark)?;
        }
        let fresh = Fresh(Some(Unfinished::new(self.journal.clone())));
        write_whole(&self.journal, &format!("{MARK}{}\n", one_line(heading)))?;
        self.open(fresh)
    }

    /// Goes on behind the last good file.
    ///
    /// # Errors
    /// Nothing that was left, or a folder that cannot be written.
    pub fn go_on(mut self) -> Result<GrowingFolder, FilesError> {
        let Some(left) = self.left.take() else {
            return Err(FilesError::NoName { path: self.partial().to_owned() });
        };
        let partial = self.partial();
        let cut = || OpenOptions::new().write(true).open(&self.journal)?.set_len(left.journal_bytes);
        remove_others(partial, Path::new(""), &left.files).map_err(io(partial, Doing::Removed))?;
        cut().map_err(io(&self.journal, Doing::Written))?;
        self.open(Fresh(None))
    }

    fn open(self, fresh: Fresh) -> Result<GrowingFolder, FilesError> {
        let journal = OpenOptions::new().append(true).open(&self.journal);
        let journal = journal.map_err(io(&self.journal, Doing::Written))?;
        Ok(GrowingFolder { folder: self.folder, journal_path: self.journal, journal, fresh })
    }
}

impl GrowingFolder {
    /// The folder while it is being filled.
    #[must_use]
    pub fn partial(&self) -> &Path {
        self.folder.partial()
    }

    /// The folder once it is whole.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes down that some more files are whole, by their paths in the folder, with one line for whoever goes on from here.
    ///
    /// # Errors
    /// A file that cannot be read, or a disk that is full.
    pub fn commit(&mut self, files: &[String], state: &str) -> Result<(), FilesError> {
        let mut lines = String::new();
        for name in files {
            let digest = sha256(&self.partial().join(name))?;
            lines.push_str(&format!("{digest} {}\n", serde_json::Value::from(name.as_str())));
        }
        lines.push_str(&format!("{STATE}{}\n", one_line(state)));
        self.journal.write_all(lines.as_bytes()).map_err(io(&self.journal_path, Doing::Written))?;
        self.keep();
        Ok(())
    }

    /// Gives the folder, all of it written, its name, and removes the journal.
    ///
    /// # Errors
    /// A disk that is full, or a name that cannot be taken: then the folder stays under its partial name.
    pub fn finish(mut self) -> Result<(), FilesError> {
        self.keep();
        let Self { folder, journal_path, .. } = self;
        folder.finish()?;
        drop(fs::remove_file(journal_path));
        Ok(())
    }

    /// From here on folder and journal stay when the process ends.
    fn keep(&mut self) {
        self.folder.keep();
        self.fresh.0 = None;
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        let Some(listed) = &self.0 else { return };
        let held = unfinished();
        if held.iter().any(|path| path == listed.path()) {
            drop(fs::remove_file(listed.path()));
        }
    }
}

/// What the journal and the files say together; nothing where there is no journal of this crate's, or no line of the caller in it.
fn read_left(partial: &Path, journal: &Path) -> io::Result<Option<Left>> {
    let file = match File::open(journal) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened?,
    };
    let mut lines = BufReader::new(file);
    let mut line = Vec::new();
    let mut bytes = lines.read_until(b'\n', &mut line)? as u64;
    let Some(heading) = whole_line(&line).and_then(|line| line.strip_prefix(MARK)).map(str::to_owned) else {
        return Ok(None);
    };
    let (mut left, mut files) = (None, HashSet::new());
    loop {
        line.clear();
        bytes += lines.read_until(b'\n', &mut line)? as u64;
        let Some(text) = whole_line(&line) else { return Ok(left) };
        if let Some(state) = text.strip_prefix(STATE) {
            let before: Option<Left> = left.take();
            let mut good = before.map(|left| left.files).unwrap_or_default();
            good.extend(files.drain());
            left = Some(Left { heading: heading.clone(), state: state.to_owned(), files: good, journal_bytes: bytes });
        } else if let Some(file) = good_file(partial, text) {
            files.insert(file);
        } else {
            return Ok(left);
        }
    }
}

/// A line that was written to its end.
fn whole_line(line: &[u8]) -> Option<&str> {
    std::str::from_utf8(line).ok()?.strip_suffix('\n')
}

/// The file of a line of the journal, where it is there and goes by its digest.
fn good_file(partial: &Path, line: &str) -> Option<PathBuf> {
    let (digest, name) = line.split_once(' ')?;
    let name = PathBuf::from(serde_json::from_str::<String>(name).ok()?);
    (sha256(&partial.join(&name)).ok()? == digest).then_some(name)
}

/// Removes from a folder in a folder whatever is not listed, but the mark.
fn remove_others(root: &Path, below: &Path, files: &HashSet<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(root.join(below))? {
        let entry = entry?;
        let name = below.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            remove_others(root, &name, files)?;
            // Refused where something is left in it.
            drop(fs::remove_dir(entry.path()));
        } else if !files.contains(&name) && name != Path::new(MARK_FILE) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The files of each step; a name may have folders, and signs that are not for a line.
    const STEPS: [&[(&str, &str)]; 3] =
        [&[("a.txt", "first"), ("a.ann", "")], &[("b/c\n1.txt", "second, in a folder")], &[("d.txt", "third")]];

    /// All below a folder, with its contents.
    fn contents(folder: &Path) -> Vec<(String, String)> {
        let mut all = Vec::new();
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                let inside = contents(&path).into_iter().map(|(below, text)| (format!("{name}/{below}"), text));
                all.push((name.clone() + "/", String::new()));
                all.extend(inside);
            } else {
                all.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
        all.sort();
        all
    }

    fn whole() -> Vec<(String, String)> {
        let files = STEPS.iter().copied().flatten().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        let mut all: Vec<_> = files.chain([("b/".to_owned(), String::new())]).collect();
        all.sort();
        all
    }

    /// Writes the steps from the one that the journal names, until `fails` says stop; whether all of it was written.
    fn write_from(claim: FolderClaim, mut fails: impl FnMut() -> bool) -> bool {
        let first = claim.left().map_or(0, |(heading, state)| {
            assert_eq!(heading, "steps");
            state.parse().unwrap()
        });
        let mut folder = if claim.left().is_some() { claim.go_on().unwrap() } else { claim.begin("steps").unwrap() };
        for (index, step) in STEPS.iter().enumerate().skip(first) {
            for (name, text) in *step {
                let path = folder.partial().join(name);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(&path, &text[..text.len() / 2]).unwrap();
                if fails() {
                    return false;
                }
                fs::write(&path, text).unwrap();
            }
            let names: Vec<String> = step.iter().map(|(name, _)| (*name).to_owned()).collect();
            folder.commit(&names, &(index + 1).to_string()).unwrap();
            if fails() {
                return false;
            }
        }
        folder.finish().unwrap();
        true
    }

    #[test]
    fn what_ends_anywhere_comes_to_the_same_files() {
        for every in 1..10 {
            let above = tempfile::tempdir().unwrap();
            let path = above.path().join("out");
            for tries in 0.. {
                let mut count = 0;
                let mut fails = || {
                    count += 1;
                    count == every + tries
                };
                if write_from(FolderClaim::new(&path, "mark").unwrap(), &mut fails) {
                    break;
                }
                assert!(!path.exists());
            }
            assert_eq!(contents(&path), whole(), "every {every}");
            assert_eq!(fs::read_dir(above.path()).unwrap().count(), 1);
        }
    }

    /// Whatever is cut off the journal, missing, spoiled or added, what is gone on with is what the journal says of files that are good.
    #[test]
    fn what_a_failure_of_power_leaves_is_gone_on_with_from_what_is_good() {
        let made = tempfile::tempdir().unwrap();
        let mut count = 0;
        let stop = || {
            count += 1;
            count == 6
        };
        assert!(!write_from(FolderClaim::new(&made.path().join("out"), "mark").unwrap(), stop));
        let partial = made.path().join("out.partial");
        let files: Vec<String> = contents(&partial).into_iter().map(|(name, _)| name).collect();
        assert!(files.len() == 6, "{files:?}");
        let journal = fs::read(made.path().join("out.partial.journal")).unwrap();
        let copy = |to: &Path| {
            for (name, text) in contents(&partial) {
                let path = to.join("out.partial").join(&name);
                if name.ends_with('/') { fs::create_dir_all(path).unwrap() } else { fs::write(path, text).unwrap() }
            }
        };
        for cut in (0..=journal.len()).step_by(13).chain([journal.len()]) {
            for spoil in ["", "a.ann", "b/c\n1.txt"] {
                let above = tempfile::tempdir().unwrap();
                fs::create_dir(above.path().join("out.partial")).unwrap();
                copy(above.path());
                fs::write(above.path().join("out.partial/another.txt"), "of no document").unwrap();
                if !spoil.is_empty() {
                    fs::write(above.path().join("out.partial").join(spoil), "spoiled").unwrap();
                }
                fs::write(above.path().join("out.partial.journal"), &journal[..cut]).unwrap();
                let path = above.path().join("out");
                assert!(write_from(FolderClaim::new(&path, "mark").unwrap(), || false));
                assert_eq!(contents(&path), whole(), "cut {cut}, spoiled {spoil}");
            }
        }
    }

    #[test]
    fn nothing_committed_leaves_nothing_and_what_is_others_stays() {
        let above = tempfile::tempdir().unwrap();
        let path = above.path().join("out");
        let claim = FolderClaim::new(&path, "mark").unwrap();
        assert!(matches!(FolderClaim::new(&path, "mark"), Err(FilesError::Busy { .. })));
        let folder = claim.begin("heading").unwrap();
        fs::write(folder.partial().join("a.txt"), "text").unwrap();
        drop(folder);
        assert_eq!(fs::read_dir(above.path()).unwrap().count(), 0);
        fs::create_dir(above.path().join("out.partial")).unwrap();
        fs::write(above.path().join("out.partial/mine.txt"), "years of work").unwrap();
        assert!(matches!(FolderClaim::new(&path, "mark"), Err(FilesError::Exists { .. })));
        fs::create_dir(&path).unwrap();
        assert!(matches!(FolderClaim::new(&path, "mark"), Err(FilesError::Exists { .. })));
    }
}
