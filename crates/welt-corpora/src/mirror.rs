//! Finds the files of a manifest in a folder, for those who have them already or have no network.
//! A folder goes in, paths come out: by the path in the URL, by name, or by size and checksum wherever the file lies.
//! It never writes there, and whether what it finds is a corpus is for others to see.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::manifest::{Format, SourceFile};
use crate::wanted::{Size, Wanted};

/// A folder with files that were fetched by hand.
#[derive(Debug)]
pub struct Mirror {
    folder: PathBuf,
    /// Every file below the folder, by size.
    by_size: BTreeMap<u64, Vec<PathBuf>>,
}

/// A file of a manifest, found in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// What lies at the URL.
    Whole(PathBuf),
    /// What was taken out of the archive at the URL.
    Member(PathBuf),
}

/// More files than a mirror of corpora has.
const MOST_FILES: usize = 200_000;

impl Mirror {
    /// Lists the folder and all below it.
    ///
    /// # Errors
    /// No such folder, or one with more than 200,000 files.
    pub fn open(folder: &Path) -> Result<Self> {
        let mut by_size: BTreeMap<u64, Vec<PathBuf>> = BTreeMap::new();
        let mut count = 0;
        let mut waiting = vec![folder.to_owned()];
        while let Some(path) = waiting.pop() {
            for entry in fs::read_dir(&path).with_context(|| format!("listing {}", path.display()))? {
                let entry = entry.with_context(|| format!("listing {}", path.display()))?;
                // A link to a folder may lead round in a circle.
                if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                    waiting.push(entry.path());
                } else if let Ok(metadata) = fs::metadata(entry.path())
                    && metadata.is_file()
                {
                    by_size.entry(metadata.len()).or_default().push(entry.path());
                    count += 1;
                }
            }
            if count > MOST_FILES {
                bail!("{} has more than {MOST_FILES} files: name a folder with corpora only", folder.display());
            }
        }
        by_size.values_mut().for_each(|paths| paths.sort());
        Ok(Self { folder: folder.to_owned(), by_size })
    }

    /// The file of a corpus, or where it was looked for in vain.
    pub fn find(&self, corpus: &str, format: Format, file: &SourceFile) -> Result<Found, String> {
        let wanted = Wanted::from(file);
        let mut unfit = Vec::new();
        for path in self.paths(corpus, format, file) {
            if path.is_file() {
                match wanted.check(&path) {
                    Ok(()) => return Ok(Found::Whole(path)),
                    Err(error) => unfit.push(format!("{}: {error:#}", path.display())),
                }
            }
        }
        if let (Size::Exactly(bytes), Some(_)) = (wanted.size, wanted.sha256) {
            let same_size = self.by_size.get(&bytes).into_iter().flatten();
            if let Some(path) = same_size.into_iter().find(|path| wanted.check(path).is_ok()) {
                return Ok(Found::Whole(path.clone()));
            }
        }
        let unpacked = file.member_name().map(|name| [self.folder.join(corpus).join(name), self.folder.join(name)]);
        if let Some(path) = unpacked.into_iter().flatten().find(|path| path.is_file()) {
            return Ok(Found::Member(path));
        }
        if unfit.is_empty() {
            return Err(format!(
                "put {} at {}",
                file.url,
                self.folder.join(shortest_place(corpus, format, file)).display()
            ));
        }
        Err(unfit.join("; "))
    }

    /// Where the file at the URL is looked for.
    fn paths(&self, corpus: &str, format: Format, file: &SourceFile) -> Vec<PathBuf> {
        let path = file.host_and_path();
        let mut paths = vec![self.folder.join(path)];
        paths.extend(path.split_once('/').map(|(_, path)| self.folder.join(path)));
        paths.push(self.folder.join(corpus).join(file.file_name()));
        if format == Format::Conll && file.member.is_none() {
            paths.push(self.folder.join(corpus).join(file.split.file_name()));
        }
        // Other files have names such as train.tsv, which say nothing of the corpus.
        if file.member.is_some() || file.sha256.is_some() {
            paths.push(self.folder.join(file.file_name()));
        }
        paths
    }
}

/// The shortest path in a mirror under which a file is found.
pub fn shortest_place(corpus: &str, format: Format, file: &SourceFile) -> PathBuf {
    match &file.member {
        Some(_) => PathBuf::from(file.file_name()),
        None if format == Format::Conll => Path::new(corpus).join(file.split.file_name()),
        None => Path::new(corpus).join(file.file_name()),
    }
}
