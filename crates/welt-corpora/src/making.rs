//! A folder where a corpus is made, beside its place, which gets the splits once they are whole and right.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use welt_files::sha256;

use crate::archive;
use crate::manifest::{Source, Split};
use crate::mirror::Found;
use crate::network::Watch;
use crate::record::Record;

/// A folder beside a corpus' place, which is removed in the end.
pub struct Making {
    pub folder: PathBuf,
}

/// What goes into the splits, and the checksums of what was fetched for it.
pub type Unpacked = (BTreeMap<Split, Vec<PathBuf>>, BTreeMap<String, String>);

impl Making {
    /// A new folder for the corpus `name`, beside its place in `output`.
    pub fn begin(output: &Path, name: &str) -> Result<Self> {
        let folder = output.join(format!(".making-{name}"));
        // An earlier run may have been killed.
        remove_folder(&folder)?;
        fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
        Ok(Self { folder })
    }

    /// What goes into each split: files, or for a form of several files the folder that holds them.
    pub fn unpack(&self, source: &Source, found: &[Found]) -> Result<Unpacked> {
        let mut inputs: BTreeMap<Split, Vec<PathBuf>> = BTreeMap::new();
        let mut fetched = BTreeMap::new();
        for (file, found) in source.files.iter().zip(found) {
            let folder = self.folder.join(format!("of-{}", file.split));
            fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
            let mut path = match (found, &file.member) {
                (Found::Member(path), _) => path.clone(),
                (Found::Whole(path), member) => {
                    fetched.insert(file.url.clone(), sha256(path)?);
                    match member {
                        Some(member) => {
                            let to = folder.join(file.member_name().unwrap_or_default());
                            archive::extract(path, member, &to)?;
                            to
                        }
                        None => path.clone(),
                    }
                }
            };
            let files = inputs.entry(file.split).or_default();
            if source.format.is_of_several_files() {
                if !path.starts_with(&folder) {
                    let to = folder.join(path.file_name().unwrap_or_default());
                    fs::copy(&path, &to).with_context(|| format!("copying {}", path.display()))?;
                }
                files.clear();
                path = folder;
            }
            files.push(path);
        }
        Ok((inputs, fetched))
    }

    /// SHA-256 of each split.
    pub fn digests(&self) -> Result<BTreeMap<Split, String>> {
        Split::ALL.into_iter().map(|split| Ok((split, sha256(&self.folder.join(split.file_name()))?))).collect()
    }

    /// Moves the splits to `place`. Others that lie there are kept beside, as they may be somebody's work.
    pub fn take_its_place(&self, place: &Path, record: &Record, watch: &mut dyn Watch) -> Result<()> {
        fs::create_dir_all(place).with_context(|| format!("making {}", place.display()))?;
        for (split, wanted) in &record.files {
            let (from, to) = (self.folder.join(split.file_name()), place.join(split.file_name()));
            if to.exists() && sha256(&to)? != *wanted {
                let old = free_name(place, &format!("{split}.tsv.old"));
                fs::rename(&to, &old).with_context(|| format!("moving {}", to.display()))?;
                watch.say(&format!("{} is now {}", to.display(), old.display()));
            }
            fs::rename(&from, &to).with_context(|| format!("writing {}", to.display()))?;
        }
        record.write(place)
    }
}

/// The name, or with a number behind it where it is taken: what was put aside before is somebody's work, too.
fn free_name(folder: &Path, name: &str) -> PathBuf {
    let numbered = (2..).map(|number: u32| folder.join(format!("{name}.{number}")));
    let mut names = std::iter::once(folder.join(name)).chain(numbered);
    names.find(|path| !path.exists()).unwrap_or_else(|| folder.join(name))
}

impl Drop for Making {
    fn drop(&mut self) {
        // What cannot be removed now is removed before the next try.
        let _ = remove_folder(&self.folder);
    }
}

fn remove_folder(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("removing {}", folder.display()))
        }
        _ => Ok(()),
    }
}
