//! Reads the sources of a crate: modules, what they define and import, and every place that names something.
//! Texts go in, [`Modules`] come out; what the names mean is found out there.

use anyhow::{Context, Result, anyhow, bail};
use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, ImplItem, Item, ItemMod, Meta, UseTree, Visibility};

use super::Sources;
use super::modules::{Glob, Meaning, Module, Modules, Name, Reference, ReferenceKind};

/// Reads a crate from its root on.
pub fn read(sources: &Sources) -> Result<Modules> {
    let mut modules = Modules::default();
    let root = ["src/lib.rs", "src/main.rs"].into_iter().find(|root| sources.contains_key(*root));
    let root = root.context("there is neither src/lib.rs nor src/main.rs")?;
    read_file(sources, &mut modules, root, None, "src/")?;
    Ok(modules)
}

/// Reads a file and the files of its modules, which lie in `folder`.
fn read_file(
    sources: &Sources,
    modules: &mut Modules,
    file: &str,
    parent: Option<usize>,
    folder: &str,
) -> Result<usize> {
    let text = &sources[file];
    let parsed = syn::parse_file(text).map_err(|error| {
        let start = error.span().start();
        anyhow!("{file}:{}:{}: {error}, expected Rust that compiles", start.line, start.column + 1)
    })?;
    let module = begin(modules, file, parent);
    let mut reader = Reader { sources, modules, module, folder: folder.to_owned(), fault: None };
    reader.visit_file(&parsed);
    match reader.fault {
        Some(fault) => Err(fault),
        None => Ok(module),
    }
}

/// Adds an empty module.
fn begin(modules: &mut Modules, file: &str, parent: Option<usize>) -> usize {
    let (names, globs, references) = Default::default();
    modules.all.push(Module { file: file.to_owned(), parent, names, globs, references });
    modules.all.len() - 1
}

struct Reader<'a> {
    sources: &'a Sources,
    modules: &'a mut Modules,
    /// The module that is being read.
    module: usize,
    /// Where the files of its modules lie, with a slash at its end.
    folder: String,
    fault: Option<anyhow::Error>,
}

impl Reader<'_> {
    fn here(&mut self) -> &mut Module {
        &mut self.modules.all[self.module]
    }

    fn define(&mut self, name: &impl ToString, visibility: &Visibility, meaning: Meaning) {
        let is_public = !matches!(visibility, Visibility::Inherited);
        self.here().names.entry(name.to_string()).or_default().push(Name { is_public, meaning });
    }

    fn refer(&mut self, kind: ReferenceKind, path: Vec<String>, line: usize) {
        self.here().references.push(Reference { kind, path, line });
    }

    fn module(&mut self, item: &ItemMod) -> Result<()> {
        let name = item.ident.to_string();
        let inner = format!("{}{name}/", self.folder);
        if item.attrs.iter().any(|attribute| attribute.path().is_ident("path")) {
            bail!(
                "`mod {name}` has a #[path]: name the file after the module, or teach xtask/src/circles to follow it"
            );
        }
        let module = match &item.content {
            Some((_, items)) => {
                let file = self.here().file.clone();
                let module = begin(self.modules, &file, Some(self.module));
                let outer = std::mem::replace(&mut self.module, module);
                let folder = std::mem::replace(&mut self.folder, inner);
                items.iter().for_each(|item| self.visit_item(item));
                (self.module, self.folder) = (outer, folder);
                module
            }
            None => {
                let candidates = [format!("{}{name}.rs", self.folder), format!("{inner}mod.rs")];
                let file = candidates.iter().find(|file| self.sources.contains_key(*file));
                let file = file.with_context(|| format!("`mod {name}` has no file {}", candidates.join(" or ")))?;
                read_file(self.sources, self.modules, file, Some(self.module), &inner)?
            }
        };
        self.define(&item.ident, &item.vis, Meaning::Module(module));
        Ok(())
    }

    fn import(&mut self, visibility: &Visibility, tree: &UseTree, before: &[String]) {
        let with = |name: &syn::Ident| {
            let name = (name != "self" || before.is_empty()).then(|| name.to_string());
            before.iter().cloned().chain(name).collect::<Vec<String>>()
        };
        match tree {
            UseTree::Path(path) => self.import(visibility, &path.tree, &with(&path.ident)),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.import(visibility, tree, before)),
            UseTree::Name(name) => {
                let path = with(&name.ident);
                // `use a::{self}` brings the name `a`.
                let known_as = path.last().cloned();
                self.bring(visibility, path, known_as, &name.ident);
            }
            UseTree::Rename(rename) => {
                let known_as = Some(rename.rename.to_string()).filter(|name| name != "_");
                self.bring(visibility, with(&rename.ident), known_as, &rename.ident);
            }
            UseTree::Glob(glob) => {
                let is_public = !matches!(visibility, Visibility::Inherited);
                let line = glob.star_token.spans[0].start().line;
                self.here().globs.push(Glob { is_public, path: before.to_vec() });
                self.refer(ReferenceKind::Use, before.to_vec(), line);
            }
        }
    }

    fn bring(&mut self, visibility: &Visibility, path: Vec<String>, known_as: Option<String>, ident: &syn::Ident) {
        self.refer(ReferenceKind::Use, path.clone(), ident.span().start().line);
        if let Some(name) = known_as {
            self.define(&name, visibility, Meaning::Import(path));
        }
    }

    /// Takes every path among the tokens of a macro, whose grammar is its own.
    fn scan(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut line = 0;
        // What stood just before, as far as it tells names apart: `.method`, `'lifetime`, `a::b`.
        let mut before = String::new();
        for token in tokens {
            match token {
                TokenTree::Ident(name) => {
                    if before == "::" && !path.is_empty() {
                        path.push(name.to_string());
                    } else {
                        self.take(&mut path, line, &before);
                        if !matches!(before.as_str(), "." | "'" | "::") {
                            path.push(name.to_string());
                            line = name.span().start().line;
                        }
                    }
                    before.clear();
                }
                TokenTree::Punct(sign) => {
                    before.push(sign.as_char());
                    if !matches!(before.as_str(), ":" | "::") {
                        self.take(&mut path, line, &before);
                        before = sign.as_char().to_string();
                    }
                }
                TokenTree::Group(group) => {
                    self.take(&mut path, line, "");
                    before.clear();
                    self.scan(group.stream());
                }
                TokenTree::Literal(_) => {
                    self.take(&mut path, line, "");
                    before.clear();
                }
            }
        }
        self.take(&mut path, line, "");
    }

    /// Ends a path among tokens, which `after` follows.
    fn take(&mut self, path: &mut Vec<String>, line: usize, after: &str) {
        if !path.is_empty() {
            let kind = if after == "!" { ReferenceKind::Macro } else { ReferenceKind::Path };
            self.refer(kind, std::mem::take(path), line);
        }
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        if attributes_of(item).iter().any(is_for_tests) {
            return;
        }
        match item {
            Item::Fn(item) => self.define(&item.sig.ident, &item.vis, Meaning::Item),
            Item::Struct(item) => self.define(&item.ident, &item.vis, Meaning::Item),
            Item::Enum(item) => self.define(&item.ident, &item.vis, Meaning::Item),
            Item::Union(item) => self.define(&item.ident, &item.vis, Meaning::Item),
            Item::Trait(item) => self.define(&item.ident, &item.vis, Meaning::Item),
            Item::Type(item) => self.define(&item.ident, &item.vis, Meaning::Item),
            Item::Const(item) => self.define(&item.ident, &item.vis, Meaning::Item),
            Item::Static(item) => self.define(&item.ident, &item.vis, Meaning::Item),
            Item::Macro(item) => {
                if let Some(name) = &item.ident {
                    let file = self.here().file.clone();
                    self.modules.macros.entry(name.to_string()).or_default().insert(file);
                }
            }
            // With a leading `::` it names another crate.
            Item::Use(item) if item.leading_colon.is_none() => self.import(&item.vis, &item.tree, &[]),
            Item::Mod(item) => {
                if let Err(fault) = self.module(item) {
                    let file = self.here().file.clone();
                    self.fault.get_or_insert(fault.context(file));
                }
                return;
            }
            _ => {}
        }
        visit::visit_item(self, item);
    }

    fn visit_impl_item(&mut self, item: &'ast ImplItem) {
        let attributes: &[Attribute] = match item {
            ImplItem::Fn(item) => &item.attrs,
            ImplItem::Const(item) => &item.attrs,
            _ => &[],
        };
        if !attributes.iter().any(is_for_tests) {
            visit::visit_impl_item(self, item);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() {
            let names = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
            let line = path.segments.first().map_or(0, |segment| segment.ident.span().start().line);
            self.refer(ReferenceKind::Path, names, line);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        let names = call.path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        let line = call.path.segments.first().map_or(0, |segment| segment.ident.span().start().line);
        self.refer(ReferenceKind::Macro, names, line);
        self.scan(call.tokens.clone());
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if let Meta::List(list) = &attribute.meta {
            self.scan(list.tokens.clone());
            if attribute.path().is_ident("serde") {
                // As in `with = "path::of::module"`.
                for token in list.tokens.clone() {
                    let path = syn::parse2::<syn::LitStr>(token.into()).and_then(|text| text.parse::<syn::Path>());
                    if let Ok(path) = path {
                        let names = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
                        self.refer(ReferenceKind::Use, names, attribute.pound_token.span.start().line);
                    }
                }
            }
        }
    }

    fn visit_visibility(&mut self, _: &'ast Visibility) {}
}

fn attributes_of(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// Whether what has this attribute is compiled for tests alone: `#[test]`, `#[cfg(test)]`, `#[cfg(all(test, ..))]`.
fn is_for_tests(attribute: &Attribute) -> bool {
    let Meta::List(list) = &attribute.meta else { return attribute.path().is_ident("test") };
    attribute.path().is_ident("cfg") && wants_test(list.tokens.clone())
}

fn wants_test(condition: TokenStream) -> bool {
    let tokens: Vec<TokenTree> = condition.into_iter().collect();
    match tokens.as_slice() {
        [TokenTree::Ident(name)] => name == "test",
        [TokenTree::Ident(name), TokenTree::Group(parts)] if name == "all" => {
            let parts: Vec<TokenTree> = parts.stream().into_iter().collect();
            parts
                .split(|token| matches!(token, TokenTree::Punct(sign) if sign.as_char() == ','))
                .any(|part| wants_test(part.iter().cloned().collect()))
        }
        _ => false,
    }
}
