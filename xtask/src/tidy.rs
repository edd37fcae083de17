//! Checks the house: what may depend on what, and what may be called what.
//! The workspace goes in, complaints come out; it knows nothing of what the code does.
//!
//! A new edge between crates is a design change: it starts in `docs/architecture.md` and ends in [`HOUSE`].

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use cargo_metadata::{Metadata, MetadataCommand, Package};

use crate::circles;

/// What one crate of the workspace may use.
struct Rules {
    name: &'static str,
    /// The other crates of the workspace that it may depend on.
    may_use: &'static [&'static str],
    /// Whether it may depend on Burn.
    burn: bool,
    /// Whether it may have cargo features.
    features: bool,
    /// How many crates from elsewhere it may depend on, tests aside; the leaves are for other people's projects.
    outside_dependencies: usize,
}

/// The edges that the design draws. `xtask` runs `welt` as a process instead of depending on it.
const HOUSE: &[Rules] = &[
    Rules { name: "welt-tags", may_use: &[], burn: false, features: false, outside_dependencies: 4 },
    Rules { name: "welt-weights", may_use: &[], burn: false, features: false, outside_dependencies: 4 },
    // Its one feature, `rayon`, spreads resamples over the cores and moves no number.
    Rules { name: "welt-eval", may_use: &["welt-tags"], burn: false, features: true, outside_dependencies: 4 },
    Rules { name: "welt-data", may_use: &["welt-tags"], burn: false, features: false, outside_dependencies: 12 },
    Rules {
        name: "welt-subwords",
        may_use: &["welt-data", "welt-tags"],
        burn: false,
        features: false,
        outside_dependencies: 6,
    },
    Rules { name: "welt-files", may_use: &[], burn: false, features: false, outside_dependencies: 7 },
    Rules { name: "welt-settings", may_use: &["welt-weights"], burn: false, features: false, outside_dependencies: 5 },
    // Its one feature, `network`, fetches and sends.
    Rules {
        name: "welt-hub",
        may_use: &["welt-files", "welt-terminal"],
        burn: false,
        features: true,
        outside_dependencies: 7,
    },
    Rules {
        name: "welt-record",
        may_use: &["welt-settings", "welt-eval", "welt-data", "welt-files"],
        burn: false,
        features: false,
        outside_dependencies: 5,
    },
    Rules {
        name: "welt-report",
        may_use: &[
            "welt-tables",
            "welt-record",
            "welt-eval",
            "welt-data",
            "welt-weights",
            "welt-settings",
            "welt-files",
        ],
        burn: false,
        features: false,
        outside_dependencies: 4,
    },
    Rules { name: "welt-kernels", may_use: &[], burn: false, features: false, outside_dependencies: 0 },
    // Its one feature, `cpu`, makes layers one operation of Burn's backend for the processor.
    Rules {
        name: "welt-models",
        may_use: &["welt-kernels", "welt-settings", "welt-files"],
        burn: true,
        features: true,
        outside_dependencies: 8,
    },
    // Its one feature, `download`, puts a network behind it; welt-cli's feature `hub` switches it on.
    Rules {
        name: "welt-corpora",
        may_use: &["welt-tables", "welt-process", "welt-files", "welt-terminal"],
        burn: false,
        features: true,
        outside_dependencies: 12,
    },
    Rules {
        name: "welt-train",
        may_use: &["welt-kernels", "welt-models", "welt-subwords", "welt-settings"],
        burn: true,
        features: false,
        outside_dependencies: 10,
    },
    Rules { name: "welt-terminal", may_use: &[], burn: false, features: false, outside_dependencies: 0 },
    Rules { name: "welt-tables", may_use: &["welt-terminal"], burn: false, features: false, outside_dependencies: 0 },
    Rules { name: "welt-process", may_use: &[], burn: false, features: false, outside_dependencies: 3 },
    Rules {
        name: "welt-slurm",
        may_use: &["welt-process", "welt-files"],
        burn: false,
        features: false,
        outside_dependencies: 3,
    },
    Rules {
        name: "welt-sweep",
        may_use: &[
            "welt-tables",
            "welt-slurm",
            "welt-corpora",
            "welt-process",
            "welt-record",
            "welt-settings",
            "welt-weights",
            "welt-data",
            "welt-files",
            "welt-terminal",
        ],
        burn: false,
        features: false,
        outside_dependencies: 9,
    },
    // Its features are the backends.
    Rules { name: "welt-device", may_use: &[], burn: true, features: true, outside_dependencies: 5 },
    Rules {
        name: "welt-tagger",
        may_use: &[
            "welt-train",
            "welt-models",
            "welt-subwords",
            "welt-data",
            "welt-device",
            "welt-files",
            "welt-hub",
            "welt-settings",
            "welt-tags",
        ],
        burn: false,
        features: true,
        outside_dependencies: 4,
    },
    // What tags is a trait in it: it knows no model.
    Rules { name: "welt-serve", may_use: &["welt-data"], burn: false, features: false, outside_dependencies: 8 },
    // Its one feature, `tagger`, brings Burn in; without it metrics, formats and weights are built in a minute.
    Rules {
        name: "welt-python",
        may_use: &["welt-tagger", "welt-eval", "welt-data", "welt-files", "welt-weights", "welt-tags"],
        burn: false,
        features: true,
        outside_dependencies: 8,
    },
    Rules {
        name: "welt-cli",
        may_use: &[
            "welt-serve",
            "welt-tagger",
            "welt-slurm",
            "welt-sweep",
            "welt-process",
            "welt-corpora",
            "welt-train",
            "welt-report",
            "welt-record",
            "welt-eval",
            "welt-settings",
            "welt-weights",
            "welt-device",
            "welt-hub",
            "welt-models",
            "welt-subwords",
            "welt-data",
            "welt-files",
            "welt-tags",
            "welt-terminal",
        ],
        burn: true,
        features: true,
        outside_dependencies: 25,
    },
    Rules {
        name: "xtask",
        may_use: &[
            "welt-report",
            "welt-sweep",
            "welt-process",
            "welt-corpora",
            "welt-record",
            "welt-eval",
            "welt-settings",
            "welt-weights",
            "welt-data",
            "welt-files",
        ],
        burn: false,
        features: false,
        outside_dependencies: 15,
    },
];

/// What the tests, examples and benches of a crate may use beside: what goes all the way needs what stands on both sides.
const EXAMPLES_MAY_USE: &[(&str, &[&str])] =
    &[("welt-train", &["welt-data", "welt-eval", "welt-tags", "welt-weights"]), ("welt-data", &["welt-eval"])];

/// What a stranger looks for in the manifest of a crate that may be published.
const FRONT_DOOR: &[&str] = &["description", "repository", "readme", "keywords", "categories"];

/// Source files that may ask which features are on: the one that chooses a backend, the two that have a network behind them,
/// and the one that spreads resamples over the cores.
const FEATURE_GATES: &[&str] = &[
    "crates/welt-device/src/lib.rs",
    "crates/welt-hub/src/lib.rs",
    "crates/welt-corpora/src/network.rs",
    "crates/welt-eval/src/uncertainty/draws.rs",
    // Layers as one operation name Burn's backend for the processor, which is there with the feature alone.
    "crates/welt-models/src/dropout.rs",
    "crates/welt-models/src/lib.rs",
    "crates/welt-models/src/precision.rs",
    "crates/welt-models/src/transformer.rs",
    // Python's module has its tagger or not.
    "crates/welt-python/src/lib.rs",
];

/// Names that say nothing of what is inside.
const EMPTY_NAMES: &[&str] = &["common", "core", "helper", "helpers", "util", "utils"];

/// Places that only one person has. In two halves, so that this file passes its own check.
const HOME_PATHS: &[&str] =
    &[concat!("/ho", "me/"), concat!("/Us", "ers/"), concat!("/ro", "ot/"), concat!("C:\\Us", "ers")];

/// Where the files of the project lie, from the root of the workspace.
const PROJECT: &[&str] = &[
    "crates",
    "xtask",
    "docs",
    "contrib",
    "datasets",
    ".ci",
    ".cargo",
    ".github",
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "SECURITY.md",
    "Cargo.toml",
    "clippy.toml",
    "deny.toml",
];

/// Files that are read as text.
const TEXT: &[&str] = &["rs", "toml", "md", "sh", "py", "json", "csv", "tsv", "txt", "yml", "yaml", ""];

/// Checks the workspace at `root` and fails with every complaint.
pub fn run(root: &Path) -> Result<()> {
    let metadata = MetadataCommand::new()
        .manifest_path(root.join("Cargo.toml"))
        .no_deps()
        .exec()
        .with_context(|| format!("cargo metadata of {}", root.display()))?;
    let files = files_of(root)?;
    let mut complaints = check_crates(&metadata);
    complaints.extend(check_manifests(root)?);
    for file in &files {
        let path = root.join(file);
        let text = fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
        let text = String::from_utf8_lossy(&text);
        complaints.extend(check_file(file, &text));
        if file.ends_with(".md") {
            let folder = path.parent().unwrap_or(root);
            complaints.extend(check_links(file, &text, |target| folder.join(target).exists()));
        }
    }
    let mut n_in_circles = 0;
    for rules in HOUSE {
        let found = circles::check(rules.name, &folder_of(rules.name, root))?;
        n_in_circles += found.n_files;
        complaints.extend(found.complaints);
    }
    println!("tidy: {n_in_circles} files in circles of more than three");
    if complaints.is_empty() {
        println!("tidy: {} crates and {} files keep to the design", metadata.packages.len(), files.len());
        return Ok(());
    }
    bail!("the house is not tidy:\n- {}", complaints.join("\n- "))
}

/// The folder of a crate of the workspace at `root`.
pub fn folder_of(name: &str, root: &Path) -> PathBuf {
    if name == "xtask" { root.join(name) } else { root.join("crates").join(name) }
}

fn check_crates(metadata: &Metadata) -> Vec<String> {
    let members: BTreeSet<&str> = metadata.packages.iter().map(|package| package.name.as_str()).collect();
    let mut complaints = Vec::new();
    for package in &metadata.packages {
        let name = package.name.as_str();
        match HOUSE.iter().find(|rules| rules.name == name) {
            Some(rules) => complaints.extend(check_crate(rules, package, &members)),
            None => complaints.push(format!(
                "crate {name} is not in the design: draw it in docs/architecture.md and give it a row in xtask/src/tidy.rs"
            )),
        }
        if let Some(word) = name.split('-').find(|word| EMPTY_NAMES.contains(word)) {
            complaints.push(format!("crate {name}: `{word}` says nothing, name it after what it is about"));
        }
    }
    complaints
}

fn check_crate(rules: &Rules, package: &Package, members: &BTreeSet<&str>) -> Vec<String> {
    let name = rules.name;
    let dependencies: Vec<(&str, bool)> = package
        .dependencies
        .iter()
        .map(|dependency| (dependency.name.as_str(), dependency.kind == cargo_metadata::DependencyKind::Development))
        .collect();
    let mut complaints = check_edges(rules, &dependencies, members);
    if !rules.features && !package.features.is_empty() {
        let features: Vec<&str> = package.features.keys().map(String::as_str).collect();
        complaints.push(format!(
            "crate {name} has features ({}): features belong to welt-cli, pass a value down instead",
            features.join(", ")
        ));
    }
    complaints
}

/// Holds one crate's dependencies (name, only for tests) against what it may use.
fn check_edges(rules: &Rules, dependencies: &[(&str, bool)], members: &BTreeSet<&str>) -> Vec<String> {
    let name = rules.name;
    let mut complaints = Vec::new();
    let examples_may_use = EXAMPLES_MAY_USE.iter().find(|(user, _)| *user == name).map_or(&[][..], |(_, used)| used);
    for &(used, only_tests) in dependencies {
        let is_drawn = rules.may_use.contains(&used) || (only_tests && examples_may_use.contains(&used));
        if members.contains(used) && !is_drawn {
            let allowed = if rules.may_use.is_empty() { "none of ours".to_owned() } else { rules.may_use.join(", ") };
            complaints.push(format!(
                "edge {name} -> {used} is not drawn ({name} may use {allowed}): take it out of {name}'s Cargo.toml, \
                 or change the design first"
            ));
        }
        let is_burn = used == "burn" || used.starts_with("burn-") || used.starts_with("cubecl");
        if is_burn && !rules.burn {
            complaints.push(format!(
                "edge {name} -> {used}: only welt-models, welt-train, welt-device and welt-cli know Burn; hand numbers over instead"
            ));
        }
    }
    let outside: BTreeSet<&str> = dependencies
        .iter()
        .filter(|(used, only_tests)| !only_tests && !members.contains(used))
        .map(|&(used, _)| used)
        .collect();
    if outside.len() > rules.outside_dependencies {
        complaints.push(format!(
            "crate {name} depends on {} crates from elsewhere, at most {} are meant: drop some",
            outside.len(),
            rules.outside_dependencies
        ));
    }
    complaints
}

/// Versions stand in the root manifest alone, every crate takes the workspace's lints, and tells strangers what it is.
fn check_manifests(root: &Path) -> Result<Vec<String>> {
    let mut complaints = Vec::new();
    for rules in HOUSE {
        let manifest = folder_of(rules.name, Path::new("")).join("Cargo.toml");
        let path = root.join(&manifest);
        let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
        complaints.extend(check_manifest(&manifest.to_string_lossy(), &text)?);
        let has_readme = path.with_file_name("README.md").exists();
        complaints.extend(check_front_door(&manifest.to_string_lossy(), &text, has_readme)?);
    }
    Ok(complaints)
}

/// Every crate says in a README what it is for, and the registry what it has to know; the chores are nobody else's.
fn check_front_door(manifest: &str, text: &str, has_readme: bool) -> Result<Vec<String>> {
    let table: toml::Table = text.parse().with_context(|| manifest.to_owned())?;
    let package = table.get("package").and_then(toml::Value::as_table).with_context(|| manifest.to_owned())?;
    if package.get("name").and_then(toml::Value::as_str) == Some("xtask") {
        return Ok(Vec::new());
    }
    let missing = FRONT_DOOR.iter().filter(|key| !package.contains_key(**key));
    let mut complaints: Vec<String> = missing.map(|key| format!("{manifest}: add `{key}` to [package]")).collect();
    if !has_readme {
        complaints.push(format!("{manifest}: write a README.md beside it: what the crate is for, and where to start"));
    }
    // Of more, the registry takes none.
    let keywords = package.get("keywords").and_then(toml::Value::as_array).map_or(0, Vec::len);
    if keywords > 5 {
        complaints.push(format!("{manifest}: has {keywords} keywords, at most 5 are taken: drop some"));
    }
    Ok(complaints)
}

fn check_manifest(manifest: &str, text: &str) -> Result<Vec<String>> {
    let table: toml::Table = text.parse().with_context(|| manifest.to_owned())?;
    let inherits = |value: &toml::Value| value.get("workspace").and_then(toml::Value::as_bool) == Some(true);
    let mut complaints = Vec::new();
    if !table.get("lints").is_some_and(inherits) {
        complaints.push(format!("{manifest}: add `[lints] workspace = true`"));
    }
    for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
        for (name, value) in table.get(kind).and_then(toml::Value::as_table).into_iter().flatten() {
            if !inherits(value) {
                complaints.push(format!(
                    "{manifest}: {kind}.{name} states its own version: put it in the root's [workspace.dependencies] \
                     and write `{name}.workspace = true`"
                ));
            }
        }
    }
    Ok(complaints)
}

fn check_file(file: &str, text: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    let is_source = Path::new(file).extension().is_some_and(|extension| extension == "rs");
    let names = Path::new(file).with_extension("");
    if let Some(name) = names.iter().find(|name| EMPTY_NAMES.iter().any(|empty| name == empty)) {
        let name = name.to_string_lossy();
        complaints.push(format!("{file}: `{name}` says nothing, name it after what it is about"));
    }
    for (index, line) in text.lines().enumerate() {
        let line_number = index + 1;
        let gate = line.contains("cfg") && line.contains(concat!("feat", "ure ="));
        if is_source && gate && !FEATURE_GATES.contains(&file) {
            complaints.push(format!(
                "{file}:{line_number}: asks for a feature; only {} may, pass a value down instead",
                FEATURE_GATES.join(", ")
            ));
        }
        if let Some(home) = HOME_PATHS.iter().find(|home| line.contains(**home)) {
            complaints.push(format!("{file}:{line_number}: names somebody's folder under {home}, use a relative path"));
        }
    }
    complaints
}

/// Holds the links of a Markdown file to other files against what `exists`, seen from the file's folder.
fn check_links(file: &str, text: &str, exists: impl Fn(&str) -> bool) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut in_code = false;
    for (index, line) in text.lines().enumerate() {
        let line_number = index + 1;
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        }
        if in_code {
            continue;
        }
        // Between backticks stands code.
        let prose: String = line.split('`').step_by(2).collect();
        for rest in prose.split("](").skip(1) {
            let target = rest.split([')', '#', ' ']).next().unwrap_or_default();
            if !target.is_empty() && !target.contains(':') && !exists(target) {
                complaints.push(format!("{file}:{line_number}: links to {target}, which is not there"));
            }
        }
    }
    complaints
}

/// Every text file of the project, as a path from `root` with `/` between its parts.
fn files_of(root: &Path) -> Result<Vec<String>> {
    let mut files = Vec::new();
    let mut waiting: Vec<PathBuf> = PROJECT.iter().map(PathBuf::from).filter(|path| root.join(path).exists()).collect();
    while let Some(path) = waiting.pop() {
        let full = root.join(&path);
        if full.is_dir() {
            for entry in fs::read_dir(&full).with_context(|| format!("listing {}", full.display()))? {
                waiting.push(path.join(entry?.file_name()));
            }
        } else if TEXT.contains(&path.extension().unwrap_or_default().to_string_lossy().as_ref()) {
            files.push(path.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/"));
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    #[test]
    fn this_workspace_is_tidy() {
        run(&crate::workspace_root()).unwrap();
    }

    fn check_uses(name: &str, dependencies: &[(&str, bool)], expected: &Expect) {
        let members = HOUSE.iter().map(|rules| rules.name).collect();
        let rules = HOUSE.iter().find(|rules| rules.name == name).unwrap();
        expected.assert_eq(&check_edges(rules, dependencies, &members).join("\n"));
    }

    #[test]
    fn an_edge_that_is_not_drawn_is_named() {
        check_uses("welt-cli", &[("welt-train", false), ("burn", false)], &expect![""]);
        check_uses(
            "welt-eval",
            &[("welt-data", false), ("welt-tags", false)],
            &expect![
                "edge welt-eval -> welt-data is not drawn (welt-eval may use welt-tags): take it out of welt-eval's Cargo.toml, or change the design first"
            ],
        );
        check_uses(
            "welt-tags",
            &[("welt-weights", true)],
            &expect![
                "edge welt-tags -> welt-weights is not drawn (welt-tags may use none of ours): take it out of welt-tags's Cargo.toml, or change the design first"
            ],
        );
    }

    #[test]
    fn burn_stays_where_it_is_known() {
        check_uses(
            "xtask",
            &[("burn-flex", true)],
            &expect![
                "edge xtask -> burn-flex: only welt-models, welt-train, welt-device and welt-cli know Burn; hand numbers over instead"
            ],
        );
    }

    #[test]
    fn leaves_stay_light() {
        check_uses(
            "welt-weights",
            &[("serde", false), ("a", false), ("b", false), ("c", false), ("d", false), ("proptest", true)],
            &expect!["crate welt-weights depends on 5 crates from elsewhere, at most 4 are meant: drop some"],
        );
    }

    #[test]
    fn manifests_inherit() {
        let complaints =
            check_manifest("crates/a/Cargo.toml", "[dependencies]\nserde = \"1\"\nanyhow.workspace = true\n");
        expect![[r#"
            crates/a/Cargo.toml: add `[lints] workspace = true`
            crates/a/Cargo.toml: dependencies.serde states its own version: put it in the root's [workspace.dependencies] and write `serde.workspace = true`"#]]
        .assert_eq(&complaints.unwrap().join("\n"));
    }

    #[test]
    fn examples_may_use_what_tests_may() {
        check_uses("welt-train", &[("welt-eval", true)], &expect![""]);
        check_uses(
            "welt-train",
            &[("welt-eval", false)],
            &expect![
                "edge welt-train -> welt-eval is not drawn (welt-train may use welt-kernels, welt-models, welt-subwords, welt-settings): take it out of welt-train's Cargo.toml, or change the design first"
            ],
        );
    }

    #[test]
    fn crates_have_a_front_door() {
        let text = "[package]\nname = \"a\"\nreadme = \"README.md\"\nrepository.workspace = true\n\
                    description = \"A\"\nkeywords = [\"a\", \"b\", \"c\", \"d\", \"e\", \"f\"]\n";
        let complaints = check_front_door("crates/a/Cargo.toml", text, false).unwrap();
        expect![[r#"
            crates/a/Cargo.toml: add `categories` to [package]
            crates/a/Cargo.toml: write a README.md beside it: what the crate is for, and where to start
            crates/a/Cargo.toml: has 6 keywords, at most 5 are taken: drop some"#]]
        .assert_eq(&complaints.join("\n"));
    }

    #[test]
    fn links_lead_somewhere() {
        let text = "[a](a.md), [`b`](b.md#top), [c](c.md), [d](https://d.org/d.md), [e](#e), `f[0](f.md)`\n\
                    ```\n[g](g.md)\n```\n[h](h/i.md \"title\")\n";
        let complaints = check_links("docs/x.md", text, |target| target == "a.md");
        expect![[r#"
            docs/x.md:1: links to b.md, which is not there
            docs/x.md:1: links to c.md, which is not there
            docs/x.md:5: links to h/i.md, which is not there"#]]
        .assert_eq(&complaints.join("\n"));
    }

    fn check_text(file: &str, text: &str, expected: &Expect) {
        expected.assert_eq(&check_file(file, text).join("\n"));
    }

    #[test]
    fn files_keep_to_the_style() {
        let gate = concat!("#[cfg(feat", "ure = \"cuda\")]\n");
        check_text("crates/welt-device/src/lib.rs", gate, &expect![""]);
        check_text(
            "crates/welt-train/src/lib.rs",
            gate,
            &expect![
                "crates/welt-train/src/lib.rs:1: asks for a feature; only crates/welt-device/src/lib.rs, crates/welt-hub/src/lib.rs, crates/welt-corpora/src/network.rs, crates/welt-eval/src/uncertainty/draws.rs, crates/welt-models/src/dropout.rs, crates/welt-models/src/lib.rs, crates/welt-models/src/precision.rs, crates/welt-models/src/transformer.rs, crates/welt-python/src/lib.rs may, pass a value down instead"
            ],
        );
        check_text(
            "crates/welt-data/src/utils/mod.rs",
            "",
            &expect!["crates/welt-data/src/utils/mod.rs: `utils` says nothing, name it after what it is about"],
        );
        let home = concat!("/ho", "me/");
        assert_eq!(
            check_file("docs/backends.md", &format!("first\ncd {home}ada/welt\n")),
            [format!("docs/backends.md:2: names somebody's folder under {home}, use a relative path")]
        );
    }
}
