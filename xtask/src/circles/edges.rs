//! Which file of a crate uses which, and which module each file lies in.
//! Sources go in, a graph comes out.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use super::Sources;
use super::reading::read;

/// The files of a crate and the edges between them.
#[derive(Debug)]
pub struct Graph {
    /// The files of the modules above each file, from the root of the crate on, and the file itself.
    pub lines_of_descent: BTreeMap<String, Vec<String>>,
    /// The line of the first mention, by the file that uses and the file that is used.
    pub edges: BTreeMap<(String, String), usize>,
}

/// Reads the graph of a crate.
pub fn of_crate(sources: &Sources) -> Result<Graph> {
    let modules = read(sources)?;
    let mut edges = BTreeMap::new();
    for (index, module) in modules.all.iter().enumerate() {
        for reference in &module.references {
            for used in modules.files_of(index, reference).into_iter().filter(|used| *used != module.file) {
                let line = edges.entry((module.file.clone(), used.to_owned())).or_insert(reference.line);
                *line = reference.line.min(*line);
            }
        }
    }
    let files: BTreeSet<&String> = modules.all.iter().map(|module| &module.file).collect();
    let lines_of_descent = files.into_iter().map(|file| (file.clone(), modules.line_of_descent(file))).collect();
    Ok(Graph { lines_of_descent, edges })
}
