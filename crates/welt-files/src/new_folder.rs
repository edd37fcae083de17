//! A folder that has its name once it is whole.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use crate::beside::LockBeside;
use crate::error::{Doing, FilesError, io};
use crate::sync::{sync, sync_folder, sync_folder_of};
use crate::unfinished::{Unfinished, unfinished};

/// The file that tells a folder that this crate is filling from somebody's own, and says so to whoever finds it.
pub(crate) const MARK: &str = "welt-unfinished.txt";

/// What the mark says where nobody says more.
const MARK_TEXT: &str =
    "welt is filling this folder, or was ended while it did; the next run of the same command removes it.\n";

/// A folder under the name `NAME.partial`, which takes its own at the end.
///
/// Dropped before, it is removed, unless it is [kept](NewFolder::keep). As long as the value lives, a lock beside the folder
/// keeps other processes away from both names; it ends with the process, however that ends.
#[derive(Debug)]
pub struct NewFolder {
    partial: PathBuf,
    path: PathBuf,
    /// The folder in the list of what goes away on Ctrl-C; none once it stays.
    listed: Option<Unfinished>,
    is_left_over: bool,
    /// The last field: the lock goes after all else.
    _lock: LockBeside,
}

impl NewFolder {
    /// Makes `NAME.partial` beside the path of the folder; one that a killed process left there is removed first.
    ///
    /// # Errors
    /// Something that is there already, under either name, or a path where no folder can be made.
    pub fn create(path: &Path) -> Result<Self, FilesError> {
        let mut folder = Self::open_listed(path, MARK_TEXT)?;
        if folder.is_left_over {
            folder.begin_again(MARK_TEXT)?;
        }
        Ok(folder)
    }

    /// Removes what an earlier process left, and lists the folder among what goes away on Ctrl-C.
    pub(crate) fn begin_again(&mut self, mark: &str) -> Result<(), FilesError> {
        tracing::warn!("removing {}, which an interrupted run left", self.partial.display());
        self.start_over(mark)?;
        self.listed = Some(Unfinished::new(self.partial.clone()));
        Ok(())
    }

    /// Makes `NAME.partial`, or opens the one that an earlier process left there, with all that is in it. Either stays when
    /// the value is dropped. `mark` is what the folder says of itself to whoever finds it.
    ///
    /// # Errors
    /// A folder that another process is filling, something under either name that does not carry the mark of this crate, or a
    /// path where no folder can be made.
    pub fn open(path: &Path, mark: &str) -> Result<Self, FilesError> {
        let mut folder = Self::open_listed(path, mark)?;
        folder.keep();
        Ok(folder)
    }

    /// The same, but a folder that is made here goes away on Ctrl-C, from the moment at which it is there.
    pub(crate) fn open_listed(path: &Path, mark: &str) -> Result<Self, FilesError> {
        let partial = Self::partial_of(path)?;
        Self::refuse_existing(path)?;
        let lock = LockBeside::try_take(&partial).map_err(io(&partial, Doing::Made))?;
        let lock = lock.ok_or_else(|| FilesError::Busy { path: partial.clone() })?;
        // Whoever had the lock before may have given the folder its name.
        Self::refuse_existing(path)?;
        let is_left_over = match fs::symlink_metadata(&partial) {
            Ok(_) if is_marked(&partial) => true,
            // Killed before it could leave its mark; a folder that is not empty is somebody's own.
            Ok(metadata) if metadata.is_dir() && fs::remove_dir(&partial).is_ok() => false,
            Ok(_) => return Err(FilesError::Exists { path: partial }),
            Err(_) => false,
        };
        let listed = match is_left_over {
            true => None,
            false => Some(Unfinished::make(partial.clone(), |partial| make(partial, mark))?),
        };
        Ok(Self { partial, path: path.to_owned(), listed, is_left_over, _lock: lock })
    }

    /// The name of a folder while it is being filled.
    ///
    /// # Errors
    /// A path that ends in no name.
    pub fn partial_of(path: &Path) -> Result<PathBuf, FilesError> {
        let mut name = path.file_name().ok_or_else(|| FilesError::NoName { path: path.to_owned() })?.to_owned();
        name.push(".partial");
        Ok(path.with_file_name(name))
    }

    /// Makes sure that nothing would be overwritten.
    ///
    /// # Errors
    /// Something that has the name already, be it a link that leads nowhere.
    pub fn refuse_existing(path: &Path) -> Result<(), FilesError> {
        if fs::symlink_metadata(path).is_ok() {
            return Err(FilesError::Exists { path: path.to_owned() });
        }
        Ok(())
    }

    /// Whether an earlier process began to fill the folder.
    #[must_use]
    pub fn is_left_over(&self) -> bool {
        self.is_left_over
    }

    /// Removes all that is in the folder, and begins anew.
    ///
    /// # Errors
    /// Something in it that cannot be removed.
    pub fn start_over(&mut self, mark: &str) -> Result<(), FilesError> {
        // The mark goes last: without it nobody would dare to remove the rest.
        let removed = fs::read_dir(&self.partial).and_then(|entries| {
            for entry in entries {
                let entry = entry?;
                if entry.file_name() == MARK {
                } else if entry.file_type()?.is_dir() {
                    fs::remove_dir_all(entry.path())?;
                } else {
                    fs::remove_file(entry.path())?;
                }
            }
            Ok(())
        });
        removed.map_err(io(&self.partial, Doing::Removed))?;
        self.is_left_over = false;
        self.mark(mark)
    }

    /// Says something else of the folder to whoever finds it.
    ///
    /// # Errors
    /// A disk that is full.
    pub fn mark(&self, text: &str) -> Result<(), FilesError> {
        write_mark(&self.partial, text).map_err(io(&self.partial, Doing::Written))
    }

    /// From here on the folder stays under its partial name when the value is dropped or the process is asked to end.
    pub fn keep(&mut self) {
        self.listed = None;
    }

    /// Removes the folder, which holds nothing that is worth keeping.
    pub fn discard(mut self) {
        self.listed = Some(Unfinished::new(self.partial.clone()));
    }

    /// The folder while it is being filled.
    #[must_use]
    pub fn partial(&self) -> &Path {
        &self.partial
    }

    /// The folder once it is whole.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens a file in it to be written; the folder that the file lies in is made if need be.
    ///
    /// # Errors
    /// A file that cannot be made.
    pub fn create_file(&self, name: &str) -> Result<BufWriter<File>, FilesError> {
        let file = self.partial().join(name);
        let made = file.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| File::create(&file));
        Ok(BufWriter::new(made.map_err(io(&self.path.join(name), Doing::Written))?))
    }

    /// Writes a file in it through a buffer; the folder that the file lies in is made if need be.
    ///
    /// # Errors
    /// What `write` says, or a file that cannot be written.
    pub fn file<E: From<FilesError>>(
        &self,
        name: &str,
        write: impl FnOnce(&mut BufWriter<File>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut out = self.create_file(name)?;
        write(&mut out)?;
        Ok(out.flush().map_err(io(&self.path.join(name), Doing::Written))?)
    }

    /// Hands every file in it to the disk, and the names of the files.
    ///
    /// # Errors
    /// A disk that is full.
    pub fn sync(&self) -> Result<(), FilesError> {
        sync_all(&self.partial).map_err(io(&self.path, Doing::Written))
    }

    /// Gives the folder, all of it written and handed to the disk, its name.
    ///
    /// # Errors
    /// A disk that is full, or a name that cannot be taken: then the folder stays under its partial name, for it is whole.
    pub fn finish(mut self) -> Result<(), FilesError> {
        self.sync()?;
        sync_folder_of(&self.partial);
        let held = unfinished();
        // A folder that is empty, or a link to one, would be replaced.
        let named = Self::refuse_existing(&self.path)
            .and_then(|()| fs::rename(&self.partial, &self.path).map_err(io(&self.path, Doing::Named)));
        drop(held);
        self.keep();
        if let Err(source) = named {
            return Err(FilesError::Unnamed { partial: self.partial.clone(), source: Box::new(source) });
        }
        sync_folder_of(&self.path);
        // After the name, not before it: a folder without either would be nobody's.
        let removed = fs::remove_file(self.path.join(MARK));
        sync_folder(&self.path);
        removed.map_err(io(&self.path.join(MARK), Doing::Removed))
    }
}

impl Drop for NewFolder {
    fn drop(&mut self) {
        let Some(listed) = &self.listed else { return };
        let held = unfinished();
        // On Ctrl-C it may have gone already.
        if held.iter().any(|path| path == listed.path())
            && let Err(error) = fs::remove_dir_all(&self.partial)
        {
            tracing::warn!("{} could not be removed: {error}", self.partial.display());
        }
    }
}

/// Whether this crate was filling a folder.
fn is_marked(partial: &Path) -> bool {
    fs::symlink_metadata(partial).is_ok_and(|metadata| metadata.is_dir())
        && fs::symlink_metadata(partial.join(MARK)).is_ok_and(|metadata| metadata.is_file())
}

/// Makes a folder with its mark.
fn make(partial: &Path, mark: &str) -> Result<(), FilesError> {
    fs::create_dir(partial).map_err(io(partial, Doing::Made))?;
    write_mark(partial, mark).map_err(|error| {
        drop(fs::remove_file(partial.join(MARK)));
        drop(fs::remove_dir(partial));
        io(partial, Doing::Made)(error)
    })?;
    sync_folder_of(partial);
    Ok(())
}

fn write_mark(partial: &Path, text: &str) -> io::Result<()> {
    let mut file = File::create(partial.join(MARK))?;
    file.write_all(text.as_bytes())?;
    sync(&file)?;
    sync_folder(partial);
    Ok(())
}

/// Hands every file below a folder to the disk; links are names and nothing more.
fn sync_all(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            sync_all(&entry.path())?;
        } else if kind.is_file() {
            sync(&File::open(entry.path())?)?;
        }
    }
    sync_folder(folder);
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn fill(folder: &NewFolder) {
        folder.file("a/b.txt", |out| out.write_all(b"all").map_err(io(Path::new("b"), Doing::Written))).unwrap();
    }

    fn names(folder: &Path) -> Vec<String> {
        let name = |entry: io::Result<fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
        let mut names: Vec<String> = fs::read_dir(folder).unwrap().map(name).collect();
        names.sort();
        names
    }

    #[test]
    fn a_folder_is_there_once_it_is_whole() {
        let above = tempfile::tempdir().unwrap();
        let path = above.path().join("run");
        let folder = NewFolder::create(&path).unwrap();
        fill(&folder);
        assert!(!path.exists() && matches!(NewFolder::create(&path), Err(FilesError::Busy { .. })));
        folder.finish().unwrap();
        assert_eq!(fs::read_to_string(path.join("a/b.txt")).unwrap(), "all");
        assert_eq!((names(above.path()), names(&path)), (vec!["run".to_owned()], vec!["a".to_owned()]));
        assert!(matches!(NewFolder::create(&path), Err(FilesError::Exists { .. })));
    }

    #[test]
    fn what_is_left_over_is_removed_and_what_is_somebody_s_is_not() {
        let above = tempfile::tempdir().unwrap();
        let (path, partial) = (above.path().join("run"), above.path().join("run.partial"));
        drop(NewFolder::create(&path).unwrap());
        assert_eq!(names(above.path()), Vec::<String>::new());
        fs::create_dir(&partial).unwrap();
        // The names that files of a run have make no folder welt's.
        for name in ["mine", "metrics.jsonl", "config.json", ".welt-lock"] {
            fs::write(partial.join(name), "years of work").unwrap();
            assert!(matches!(NewFolder::create(&path), Err(FilesError::Exists { .. })));
            assert!(matches!(NewFolder::open(&path, ""), Err(FilesError::Exists { .. })));
            assert_eq!(fs::read_to_string(partial.join(name)).unwrap(), "years of work");
        }
        // As after a process that was killed, also before it wrote anything into its mark.
        fs::write(partial.join(MARK), "").unwrap();
        fill(&NewFolder::create(&path).unwrap());
        assert_eq!(names(above.path()), Vec::<String>::new());
        fs::create_dir(&partial).unwrap();
        fill(&NewFolder::create(&path).unwrap());
        assert_eq!(names(above.path()), Vec::<String>::new());
        fs::write(&partial, "a file").unwrap();
        assert!(matches!(NewFolder::create(&path), Err(FilesError::Exists { .. })));
    }

    #[test]
    fn a_folder_that_is_kept_is_gone_on_with() {
        let above = tempfile::tempdir().unwrap();
        let path = above.path().join("run");
        let folder = NewFolder::open(&path, "go on").unwrap();
        assert!(!folder.is_left_over());
        fill(&folder);
        drop(folder);
        let mut folder = NewFolder::open(&path, "not read").unwrap();
        assert!(folder.is_left_over());
        assert_eq!(fs::read_to_string(folder.partial().join(MARK)).unwrap(), "go on");
        assert_eq!(fs::read_to_string(folder.partial().join("a/b.txt")).unwrap(), "all");
        folder.start_over("anew").unwrap();
        assert_eq!(names(folder.partial()), [MARK]);
        assert!(!folder.is_left_over());
        folder.finish().unwrap();
        assert_eq!(names(&path), Vec::<String>::new());
    }

    /// Somebody took the name while the folder was being filled, as a folder, a file or a link to nowhere.
    #[test]
    #[cfg(unix)]
    fn a_whole_folder_stays_where_its_name_is_taken() {
        for take in ["folder", "file", "link"] {
            let above = tempfile::tempdir().unwrap();
            let path = above.path().join("run");
            let folder = NewFolder::create(&path).unwrap();
            fill(&folder);
            match take {
                "folder" => fs::create_dir(&path).unwrap(),
                "file" => fs::write(&path, "mine").unwrap(),
                _ => std::os::unix::fs::symlink("nowhere", &path).unwrap(),
            }
            let error = folder.finish().unwrap_err().to_string().replace(&above.path().display().to_string(), "HERE");
            assert_eq!(error, "HERE/run exists already; all of it is in HERE/run.partial", "{take}");
            assert_eq!(fs::read_to_string(above.path().join("run.partial/a/b.txt")).unwrap(), "all");
            assert_eq!(names(above.path()), ["run", "run.partial"]);
        }
    }

    /// Three at once on what a killed process left: one wins, the others say so, and nothing of the winner's is missing.
    #[test]
    fn one_of_three_starts_wins() {
        for round in 0..200 {
            let above = tempfile::tempdir().unwrap();
            let (path, partial) = (above.path().join("run"), above.path().join("run.partial"));
            fs::create_dir(&partial).unwrap();
            fs::write(partial.join(MARK), "").unwrap();
            fs::write(partial.join("left"), "").unwrap();
            let (won, barrier) = (AtomicUsize::new(0), Barrier::new(3));
            let start = || {
                barrier.wait();
                match NewFolder::create(&path) {
                    Ok(folder) => {
                        fill(&folder);
                        folder.finish().unwrap();
                        won.fetch_add(1, Ordering::Relaxed);
                    }
                    Err(FilesError::Busy { .. } | FilesError::Exists { .. }) => {}
                    Err(error) => panic!("round {round}: {error}"),
                }
            };
            std::thread::scope(|scope| (0..3).for_each(|_| drop(scope.spawn(start))));
            assert_eq!(won.load(Ordering::Relaxed), 1, "round {round}");
            assert_eq!((names(above.path()), names(&path)), (vec!["run".to_owned()], vec!["a".to_owned()]));
        }
    }
}
