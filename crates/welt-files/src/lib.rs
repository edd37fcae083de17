//! Files and folders that are whole or not there, locks that end with their process, and digests.
//! Paths and bytes go in; it knows of no program's flags, and nothing of what the bytes say but an index of weights:
//! [`model_folder`] names the files of a model, for all who look for them.
//!
//! A file is written beside its place as `.NAME.welt-partial`, handed to the disk, and renamed; a folder likewise as
//! `NAME.partial`, with a mark in it. Whoever fills one holds a lock: one without a lock is left over by a process that was
//! killed, and the next one removes it or goes on with it. What does not carry the mark is somebody's own, and stays.
//! A [`GrowingFile`] or [`GrowingFolder`] is filled over the lives of several processes, with a journal of what of it is good.
//!
//! ```
//! # let folder = std::env::temp_dir();
//! let path = folder.join("welt-files-example.txt");
//! welt_files::write_whole(&path, "all of it\n")?;
//! assert_eq!(welt_files::sha256(&path)?, welt_files::sha256_of(b"all of it\n"));
//! # std::fs::remove_file(&path).unwrap();
//! # Ok::<(), welt_files::FilesError>(())
//! ```

#![forbid(unsafe_code)]

mod beside;
mod digest;
mod error;
mod growing_file;
mod growing_folder;
mod lock;
pub mod model_folder;
mod new_file;
mod new_folder;
mod sync;
mod unfinished;

pub use digest::{Hasher, sha256, sha256_of};
pub use error::{Doing, FilesError};
pub use growing_file::{Claim, Extent, GrowingFile};
pub use growing_folder::{FolderClaim, GrowingFolder};
pub use lock::{Lock, is_locked};
pub use new_file::{NewFile, is_one_path, resolved, write_whole};
pub use new_folder::NewFolder;
pub use sync::{append, free_space, make_folders, set_aside};
pub use unfinished::remove_unfinished;

/// The examples of the README, which are tests as well.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
