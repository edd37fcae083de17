//! Counts the files of each crate that use one another in circles of more than three.
//! The sources of a crate go in, numbers and complaints come out; it knows nothing of what the code does.
//!
//! An edge is a `use` or a path, from the file where it stands to the file that defines what it names, re-exports
//! followed. A module and its own children may use one another as they like: a circle counts where it goes through two
//! modules that stand side by side. Code that is compiled for tests alone is left out. What only types could tell, such
//! as the method that a call means, is not seen.

mod edges;
mod modules;
mod reading;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use edges::Graph;

/// The sources of one crate by their path, such as `src/lib.rs`.
type Sources = BTreeMap<String, String>;

/// Circles of this many files are small enough to be read together.
const LARGEST: usize = 3;

/// What was found in one crate.
pub struct Found {
    /// Files that are in circles of more than three.
    pub n_files: usize,
    /// One for every circle.
    pub complaints: Vec<String>,
}

/// Looks for circles in the crate `name`, whose folder is `folder`.
pub fn check(name: &str, folder: &Path) -> Result<Found> {
    let graph = edges::of_crate(&sources(folder)?).with_context(|| format!("reading the modules of {name}"))?;
    let circles = circles(&graph);
    let n_files = circles.iter().map(|circle| circle.files.len()).sum();
    let complaints = circles.iter().map(|circle| complaint(name, circle, &graph)).collect();
    Ok(Found { n_files, complaints })
}

/// Prints the edges inside the circles of a crate.
pub fn print_edges(folder: &Path) -> Result<()> {
    let graph = edges::of_crate(&sources(folder)?)?;
    for circle in circles(&graph) {
        for (from, to) in circle.edges(&graph) {
            println!("{}:{}: {to}", folder.join(from).display(), graph.edges[&(from.clone(), to.clone())]);
        }
    }
    Ok(())
}

/// Every `.rs` file below `src` of a crate's folder.
fn sources(folder: &Path) -> Result<Sources> {
    let mut sources = Sources::new();
    let mut waiting = vec![PathBuf::from("src")];
    while let Some(path) = waiting.pop() {
        let full = folder.join(&path);
        if full.is_dir() {
            for entry in fs::read_dir(&full).with_context(|| format!("listing {}", full.display()))? {
                waiting.push(path.join(entry?.file_name()));
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&full).with_context(|| format!("reading {}", full.display()))?;
            sources.insert(path.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/"), text);
        }
    }
    Ok(sources)
}

/// Files of which each leads to each.
struct Circle<'a> {
    files: BTreeSet<&'a String>,
    /// How deep the module lies whose children the circle goes through: 1 for the root.
    depth: usize,
}

/// An edge by the file that uses and the file that is used.
type Edge<'a> = (&'a String, &'a String);

/// The circles of more than three files.
fn circles(graph: &Graph) -> Vec<Circle<'_>> {
    let mut circles = Vec::new();
    let mut waiting = vec![Circle { files: graph.lines_of_descent.keys().collect(), depth: 1 }];
    while let Some(Circle { files, depth }) = waiting.pop() {
        // The module that all of them lie in may use its children, and they may use it.
        let below = files.into_iter().filter(|file| graph.lines_of_descent[*file].len() > depth).collect();
        for circle in components(graph, below, depth).into_iter().filter(|circle| circle.files.len() > LARGEST) {
            let children: BTreeSet<&String> = circle.files.iter().map(|file| circle.child(graph, file)).collect();
            if children.len() > 1 {
                circles.push(circle);
            } else {
                waiting.push(Circle { depth: depth + 1, ..circle });
            }
        }
    }
    circles
}

/// Parts `files` into those that lead to one another.
fn components<'a>(graph: &'a Graph, files: BTreeSet<&'a String>, depth: usize) -> Vec<Circle<'a>> {
    let all = Circle { files, depth };
    let edges = all.edges(graph);
    let reached: BTreeMap<&String, BTreeSet<&String>> =
        all.files.iter().map(|&file| (file, ways(file, &edges).into_keys().collect())).collect();
    let circles = reached.iter().map(|(file, others)| {
        others.iter().filter(|other| reached[*other].contains(file)).copied().collect::<BTreeSet<&String>>()
    });
    circles.collect::<BTreeSet<_>>().into_iter().map(|files| Circle { files, depth }).collect()
}

/// The files that edges lead to from `file`, each with the file before it on a shortest way.
fn ways<'a>(file: &'a String, edges: &[Edge<'a>]) -> BTreeMap<&'a String, &'a String> {
    let mut before = BTreeMap::new();
    let mut waiting = VecDeque::from([file]);
    while let Some(from) = waiting.pop_front() {
        for &(_, to) in edges.iter().filter(|(of, _)| *of == from) {
            before.entry(to).or_insert_with(|| {
                waiting.push_back(to);
                from
            });
        }
    }
    before
}

impl Circle<'_> {
    /// The child, of the module that the circle lies in, that `file` belongs to.
    fn child<'a>(&self, graph: &'a Graph, file: &String) -> &'a String {
        &graph.lines_of_descent[file][self.depth]
    }

    fn edges<'a>(&self, graph: &'a Graph) -> Vec<Edge<'a>> {
        let is_inside = |(from, to): &Edge| self.files.contains(from) && self.files.contains(to);
        graph.edges.keys().map(|(from, to)| (from, to)).filter(is_inside).collect()
    }

    /// The edges of a shortest circle through two children.
    fn shortest<'a>(&self, graph: &'a Graph) -> Vec<Edge<'a>> {
        let edges = self.edges(graph);
        let across = edges.iter().filter(|(from, to)| self.child(graph, from) != self.child(graph, to));
        let circles = across.map(|&(from, to)| {
            let before = ways(to, &edges);
            let mut circle = vec![(from, to)];
            let mut end = from;
            while end != to {
                circle.insert(1, (before[end], end));
                end = before[end];
            }
            circle
        });
        circles.min_by_key(Vec::len).unwrap_or_default()
    }
}

fn complaint(name: &str, circle: &Circle, graph: &Graph) -> String {
    let files: Vec<&str> = circle.files.iter().map(|file| file.as_str()).collect();
    let steps: Vec<String> = circle
        .shortest(graph)
        .into_iter()
        .map(|(from, to)| format!("{from}:{} uses {to}", graph.edges[&(from.clone(), to.clone())]))
        .collect();
    format!(
        "{name}: {} files use one another in circles, at most {LARGEST} may: {}; the shortest circle: {}; move what both \
         sides need into a file of its own, or hand it over as an argument (`cargo xtask tidy --edges {name}` has all edges)",
        files.len(),
        files.join(", "),
        steps.join(", "),
    )
}

#[cfg(test)]
mod tests;
