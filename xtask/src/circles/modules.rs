//! The modules of a crate, what each defines and brings into scope, and which file defines what a path names.
//! Names and paths go in, files come out; it knows no syntax.

use std::collections::{BTreeMap, BTreeSet};

/// The modules of a crate; the first is its root.
#[derive(Debug, Default)]
pub struct Modules {
    pub all: Vec<Module>,
    /// The files that define a macro of this name, which is seen without a path.
    pub macros: BTreeMap<String, BTreeSet<String>>,
}

/// A module, in a file of its own or in another's.
#[derive(Debug)]
pub struct Module {
    pub file: String,
    /// The module above it, by its index.
    pub parent: Option<usize>,
    /// What its names mean: a type and a function may share one.
    pub names: BTreeMap<String, Vec<Name>>,
    pub globs: Vec<Glob>,
    pub references: Vec<Reference>,
}

/// One meaning of a name.
#[derive(Debug)]
pub struct Name {
    pub is_public: bool,
    pub meaning: Meaning,
}

#[derive(Debug)]
pub enum Meaning {
    Module(usize),
    /// Anything else that the module itself defines.
    Item,
    Import(Vec<String>),
}

/// `use path::*`.
#[derive(Debug)]
pub struct Glob {
    pub is_public: bool,
    pub path: Vec<String>,
}

/// A place that names something.
#[derive(Debug)]
pub struct Reference {
    pub kind: ReferenceKind,
    pub path: Vec<String>,
    /// From 1.
    pub line: usize,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ReferenceKind {
    /// A `use`, which may name a module.
    Use,
    /// A path to a type or a value.
    Path,
    /// The path of a macro that is called.
    Macro,
}

/// What a path leads to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Target {
    Module(usize),
    /// Something that this file defines.
    Item(String),
}

/// The imports that are being followed, by where their path lies and the name that is wanted: two may lead to each other.
type Open<'a> = BTreeSet<(*const String, &'a str)>;

impl Modules {
    /// The files that define what a reference in `module` names; none where it leads to another crate or a local variable.
    pub fn files_of(&self, module: usize, reference: &Reference) -> BTreeSet<&str> {
        if reference.kind == ReferenceKind::Macro
            && let Some(files) = reference.path.last().and_then(|name| self.macros.get(name))
        {
            return files.iter().map(String::as_str).collect();
        }
        let targets = self.resolve(module, &reference.path, &mut Open::new());
        let files = targets.iter().filter_map(|target| match target {
            Target::Module(found) if reference.kind == ReferenceKind::Use => Some(&self.all[*found].file),
            Target::Module(_) => None,
            Target::Item(file) => self.all.iter().map(|module| &module.file).find(|known| *known == file),
        });
        files.map(String::as_str).collect()
    }

    /// The files of the modules above those in `file`, from the root on, and `file`.
    pub fn line_of_descent(&self, file: &str) -> Vec<String> {
        let own = self.all.iter().position(|module| module.file == file);
        let upwards = std::iter::successors(own, |module| self.all[*module].parent);
        let mut line: Vec<String> = upwards.map(|module| self.all[module].file.clone()).collect();
        line.reverse();
        line.dedup();
        line
    }

    fn resolve<'a>(&'a self, from: usize, path: &'a [String], open: &mut Open<'a>) -> BTreeSet<Target> {
        let Some((first, rest)) = path.split_first() else { return BTreeSet::new() };
        let mut targets = match first.as_str() {
            "crate" => BTreeSet::from([Target::Module(0)]),
            "self" => BTreeSet::from([Target::Module(from)]),
            "super" => self.all[from].parent.map(Target::Module).into_iter().collect(),
            name => self.look_up(from, from, name, open),
        };
        for name in rest {
            let modules: Vec<usize> = targets.iter().filter_map(Target::module).collect();
            // What is inside a type is defined with it. Where a module and a function share a name, the module is meant.
            if modules.is_empty() {
                break;
            }
            targets = modules
                .into_iter()
                .flat_map(|module| match name.as_str() {
                    "super" => self.all[module].parent.map(Target::Module).into_iter().collect(),
                    name => self.look_up(module, from, name, open),
                })
                .collect();
        }
        targets
    }

    /// What `name` means in `module`, for someone in the module `from`.
    fn look_up<'a>(&'a self, module: usize, from: usize, name: &'a str, open: &mut Open<'a>) -> BTreeSet<Target> {
        let sees_private = self.is_within(from, module);
        let mut targets = BTreeSet::new();
        let scope = &self.all[module];
        for found in scope.names.get(name).into_iter().flatten().filter(|found| found.is_public || sees_private) {
            match &found.meaning {
                Meaning::Module(inner) => targets.extend([Target::Module(*inner)]),
                Meaning::Item => targets.extend([Target::Item(scope.file.clone())]),
                Meaning::Import(path) if open.insert((path.as_ptr(), name)) => {
                    targets.extend(self.resolve(module, path, open));
                    open.remove(&(path.as_ptr(), name));
                }
                Meaning::Import(_) => {}
            }
        }
        // A name that stands there hides one that a glob brings.
        if !targets.is_empty() {
            return targets;
        }
        for glob in scope.globs.iter().filter(|glob| glob.is_public || sees_private) {
            if open.insert((glob.path.as_ptr(), name)) {
                let sources = self.resolve(module, &glob.path, open);
                for source in sources.iter().filter_map(Target::module) {
                    targets.extend(self.look_up(source, module, name, open));
                }
                open.remove(&(glob.path.as_ptr(), name));
            }
        }
        targets
    }

    fn is_within(&self, inner: usize, outer: usize) -> bool {
        std::iter::successors(Some(inner), |module| self.all[*module].parent).any(|module| module == outer)
    }
}

impl Target {
    fn module(&self) -> Option<usize> {
        match self {
            Self::Module(module) => Some(*module),
            Self::Item(_) => None,
        }
    }
}
