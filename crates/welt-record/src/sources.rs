//! Sources as a compiler sees them: files in, a digest out that comments, layout and tests do not move.
//! The build script takes it of what computes.

use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};
use sha2::{Digest as _, Sha256};

/// Digits of the digest.
const DIGITS: usize = 12;

/// Crates from elsewhere whose version can move a number.
const ARITHMETIC: &[&str] = &[
    "burn",
    "cubecl",
    "cudarc",
    "gemm",
    "half",
    "libm",
    "macerator",
    "matrixmultiply",
    "naga",
    "ndarray",
    "pulp",
    "rand",
    "rand_",
    "safetensors",
    "tch",
    "tokenizers",
    "torch",
    "unicode",
    "unicode_",
    "wgpu",
];

/// The Rust files at or below a path, in order.
pub fn rust_files(path: &Path) -> Vec<PathBuf> {
    if !path.is_dir() {
        return vec![path.to_owned()];
    }
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    let mut entries: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    entries.sort();
    let is_source = |path: &PathBuf| path.is_dir() || path.extension().is_some_and(|extension| extension == "rs");
    entries.into_iter().filter(is_source).flat_map(|entry| rust_files(&entry)).collect()
}

/// The digest of some files, and of the versions of the arithmetic below them.
pub fn digest(files: &[PathBuf], locked: Option<&Path>) -> Result<String, String> {
    let mut digest = Sha256::new();
    for file in files {
        let unread = |problem: &dyn std::fmt::Display| format!("{}: {problem}", file.display());
        let text = fs::read_to_string(file).map_err(|error| unread(&error))?;
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        digest.update(format!("\n== {name}\n{}", tokens(&text).map_err(|error| unread(&error))?));
    }
    if let Some(locked) = locked {
        let text = fs::read_to_string(locked).map_err(|error| format!("{}: {error}", locked.display()))?;
        digest.update(versions(&text));
    }
    Ok(digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect::<String>()[..DIGITS].to_owned())
}

/// The tokens of a source, without comments and tests.
pub fn tokens(text: &str) -> Result<String, String> {
    let stream: TokenStream = text.parse().map_err(|error| format!("no Rust: {error}"))?;
    let mut said = String::new();
    say(stream, &mut said);
    Ok(said)
}

fn say(stream: TokenStream, said: &mut String) {
    let trees: Vec<TokenTree> = stream.into_iter().collect();
    let mut index = 0;
    while index < trees.len() {
        if let Some(attribute) = attribute(&trees[index..]) {
            index += attribute.length;
            match attribute.kind {
                Kind::Comment => {}
                Kind::Test => index += item_length(&trees[index..]),
                Kind::Other(tokens) => {
                    said.push_str("#[");
                    say(tokens, said);
                    said.push_str("] ");
                }
            }
            continue;
        }
        let is_last = index + 1 == trees.len();
        match &trees[index] {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                said.push_str(open);
                say(group.stream(), said);
                said.push_str(close);
            }
            // Layout ends a list that is broken over lines with a comma.
            TokenTree::Punct(punct) if punct.as_char() == ',' && is_last => return,
            TokenTree::Punct(punct) => {
                said.push(punct.as_char());
                if punct.spacing() == Spacing::Joint {
                    index += 1;
                    continue;
                }
            }
            other => said.push_str(&other.to_string()),
        }
        said.push(' ');
        index += 1;
    }
}

/// An attribute at the beginning of some tokens.
struct Attribute {
    kind: Kind,
    /// How many tokens it is.
    length: usize,
}

enum Kind {
    /// A comment of documentation.
    Comment,
    /// What follows is there in tests alone.
    Test,
    Other(TokenStream),
}

fn attribute(trees: &[TokenTree]) -> Option<Attribute> {
    let is =
        |tree: Option<&TokenTree>, wanted| matches!(tree, Some(TokenTree::Punct(punct)) if punct.as_char() == wanted);
    if !is(trees.first(), '#') {
        return None;
    }
    let length = if is(trees.get(1), '!') { 3 } else { 2 };
    let Some(TokenTree::Group(group)) = trees.get(length - 1) else { return None };
    if group.delimiter() != Delimiter::Bracket {
        return None;
    }
    let inside = group.stream().to_string().replace(' ', "");
    let kind = match inside.as_str() {
        "cfg(test)" | "cfg(doctest)" => Kind::Test,
        text if text.starts_with("doc=") => Kind::Comment,
        _ => Kind::Other(group.stream()),
    };
    Some(Attribute { kind, length })
}

/// How many tokens the item is that some tokens begin with: up to its braces or its semicolon.
fn item_length(trees: &[TokenTree]) -> usize {
    let ends = |tree: &TokenTree| match tree {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        TokenTree::Punct(punct) => punct.as_char() == ';',
        _ => false,
    };
    let Some(index) = trees.iter().position(ends) else { return trees.len() };
    // `use a::{b};` has both.
    let semicolon = matches!(trees.get(index + 1), Some(TokenTree::Punct(punct)) if punct.as_char() == ';');
    index + 1 + usize::from(semicolon)
}

/// The lines of a lock file that name the arithmetic and its versions.
fn versions(locked: &str) -> String {
    let is_arithmetic = |name: &str| {
        ARITHMETIC.iter().any(|known| {
            name == *known
                || name.starts_with(&format!("{known}-"))
                || (known.ends_with('_') && name.starts_with(known))
        })
    };
    let value = |line: &str, key: &str| Some(line.strip_prefix(key)?.trim_matches(['"', ' ', '=']).to_owned());
    let (mut name, mut found) = (String::new(), Vec::new());
    for line in locked.lines() {
        if let Some(this) = value(line, "name") {
            name = this;
        } else if let Some(version) = value(line, "version")
            && is_arithmetic(&name)
        {
            found.push(format!("{name} {version}\n"));
        }
    }
    found.concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_same(one: &str, other: &str) {
        assert_eq!(tokens(one).unwrap(), tokens(other).unwrap());
    }

    #[track_caller]
    fn check_different(one: &str, other: &str) {
        assert_ne!(tokens(one).unwrap(), tokens(other).unwrap());
    }

    const FUNCTION: &str = "fn f(x: f64, y: f64) -> f64 { x * 2.0 - y }";

    #[test]
    fn comments_layout_and_tests_move_nothing() {
        check_same(
            FUNCTION,
            "//! What.\n\n/// How.\nfn f(x: f64, y: f64) -> f64 {\n    // Why.\n    x * 2.0 /* twice */ - y\n}\n",
        );
        check_same(FUNCTION, "fn f(\n    x: f64,\n    y: f64,\n) -> f64 { x*2.0 - y }");
        check_same(FUNCTION, &format!("{FUNCTION}\n#[cfg(test)]\nmod tests {{ fn g() {{}} }}"));
        check_same(FUNCTION, &format!("#[cfg(test)]\nmod tests;\n{FUNCTION}"));
        check_same(FUNCTION, &format!("#[cfg(doctest)]\n#[doc = include_str!(\"a.md\")]\nstruct Readme;\n{FUNCTION}"));
        check_same(FUNCTION, &format!("#[cfg(test)]\nuse a::{{b, c}};\n{FUNCTION}"));
    }

    #[test]
    fn a_line_of_code_moves_it() {
        for other in ["x * 2.0 + y", "x * 2.5 - y", "y * 2.0 - x", "-x * 2.0 - y", "x * 2.0 - y;"] {
            check_different(FUNCTION, &FUNCTION.replace("x * 2.0 - y", other));
        }
        check_different(FUNCTION, &format!("#[inline]\n{FUNCTION}"));
        check_different(FUNCTION, &format!("#[cfg(unix)]\n{FUNCTION}"));
        check_different("a << b", "a < < b");
        check_different("x = '#'; y = [1]", "x = '#'; y = [2]");
    }

    #[test]
    fn files_are_found_and_what_is_no_rust_is_named() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("b")).unwrap();
        for (name, text) in [("b/c.rs", FUNCTION), ("a.rs", FUNCTION), ("d.md", "none")] {
            fs::write(folder.path().join(name), text).unwrap();
        }
        let files = rust_files(folder.path());
        let names: Vec<_> =
            files.iter().map(|file| file.strip_prefix(folder.path()).unwrap().display().to_string()).collect();
        assert_eq!(names, ["a.rs", "b/c.rs"]);
        let before = digest(&files, None).unwrap();
        assert_eq!((before.len(), digest(&files, None).unwrap()), (12, before.clone()));
        fs::write(folder.path().join("a.rs"), format!("// {FUNCTION}\n{FUNCTION}")).unwrap();
        assert_eq!(digest(&files, None).unwrap(), before);
        fs::write(folder.path().join("a.rs"), "fn f(").unwrap();
        assert!(digest(&files, None).unwrap_err().contains("a.rs: no Rust: "));
    }

    #[test]
    fn versions_of_the_arithmetic_move_it_and_of_others_do_not() {
        let locked = |burn: &str, clap: &str| {
            format!(
                "[[package]]\nname = \"burn-flex\"\nversion = \"{burn}\"\nsource = \"x\"\n\n[[package]]\nname = \"clap\"\nversion = \"{clap}\"\n"
            )
        };
        assert_eq!(versions(&locked("0.22.1", "4.0.0")), "burn-flex 0.22.1\n");
        assert_eq!(versions(&locked("0.22.1", "4.0.0")), versions(&locked("0.22.1", "4.1.0")));
        assert_ne!(versions(&locked("0.22.1", "4.0.0")), versions(&locked("0.22.2", "4.0.0")));
        assert_eq!(
            versions("name = \"random\"\nversion = \"1\"\nname = \"rand_core\"\nversion = \"2\""),
            "rand_core 2\n"
        );
    }
}
