//! Takes the digest of what computes, so that an installed program knows it too.

#[path = "src/sources.rs"]
mod sources;

use std::path::{Path, PathBuf};

/// What turns a corpus and a model into numbers: class weights, sub-words and windows, encoders, and training.
const COMPUTING: &[&str] =
    &["welt-weights/src", "welt-subwords/src", "welt-kernels/src", "welt-models/src", "welt-train/src"];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let here = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo names the folder of the crate"));
    let crates = here.parent().unwrap_or(&here);
    let computes = match computing(crates) {
        Some(files) => {
            let locked =
                [here.join("Cargo.lock"), crates.join("../Cargo.lock")].into_iter().find(|path| path.is_file());
            sources::digest(&files, locked.as_deref())
        }
        // As in a registry, where a crate lies alone: there a version has one set of sources.
        None => Ok(format!("release {}", env!("CARGO_PKG_VERSION"))),
    };
    match computes {
        Ok(computes) => println!("cargo::rustc-env=WELT_COMPUTES={computes}"),
        Err(problem) => println!("cargo::error={problem}"),
    }
}

/// All files that compute, in order; none where the crates do not lie beside this one.
fn computing(crates: &Path) -> Option<Vec<PathBuf>> {
    let mut files = Vec::new();
    for name in COMPUTING {
        let path = crates.join(name);
        if !path.exists() {
            return None;
        }
        println!("cargo::rerun-if-changed={}", path.display());
        files.extend(sources::rust_files(&path));
    }
    println!("cargo::rerun-if-changed={}", crates.join("../Cargo.lock").display());
    Some(files)
}
