//! Obtains corpora one after the other.
//! Manifests and settings go in; a folder a corpus comes out, and what became of each.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use anyhow::{Context, Result, bail};
use welt_files::Lock;

use crate::manifest::Manifest;
use crate::outcome::{Outcome, State};
use crate::progress::Progress;
use crate::settings::Settings;
use crate::workshop::{Origin, Workshop};

/// Makes each corpus that is not in its place yet, and says on standard error what it does. `welt` gives the program that
/// converts and counts, and is asked at most once. Whoever sets `stop` ends it; the last outcome is then
/// [`State::Stopped`], and what was fetched until then stays for the next time.
///
/// # Errors
/// A folder of files that cannot be listed, a folder of corpora that cannot be written or that another run is writing to, a
/// file of certificates that cannot be read. What is wrong with one corpus is its [`Outcome`].
pub fn obtain<'a>(
    settings: &Settings,
    manifests: &[&'a Manifest],
    welt: &dyn Fn() -> Result<PathBuf>,
    stop: &'static AtomicBool,
) -> Result<Vec<(&'a Manifest, Outcome)>> {
    let origin = Origin::open(&settings.files, stop)?;
    let mut workshop = Workshop::new(settings, origin, welt, stop);
    let _lock = lock(&settings.output)?;
    let mut outcomes = Vec::new();
    for &manifest in manifests {
        let outcome = workshop.obtain(manifest, &mut Progress::new(settings.quiet));
        let is_over = outcome.state == State::Stopped;
        if !is_over && !settings.quiet {
            eprintln!("{}: {}", manifest.name, outcome.state.word());
        }
        outcomes.push((manifest, outcome));
        if is_over {
            break;
        }
    }
    Ok(outcomes)
}

/// Keeps a second run out of the folder.
fn lock(output: &Path) -> Result<Lock> {
    fs::create_dir_all(output).with_context(|| format!("making {}", output.display()))?;
    match Lock::try_take(&output.join(".lock"))? {
        Some(lock) => Ok(lock),
        None => {
            bail!("another run is writing to {}: wait for it, or choose another folder with --output", output.display())
        }
    }
}
