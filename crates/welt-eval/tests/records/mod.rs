//! Records of what other tools gave, one JSON object a line; the README beside them describes their form.
//! The name of a file in, its records out; what is in them is each test's own affair.

use std::env;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use serde_json::Value;

/// The records of a file, by its name up to the extension, or nothing where there are none to compare with.
///
/// They lie in `../shared/golden/eval` beside the checkout, which not everybody has.
/// `WELT_GOLDEN_EVAL` names another folder with records of the same form; it need not have every file.
pub fn records(name: &str) -> Option<Vec<Value>> {
    let other = env::var_os("WELT_GOLDEN_EVAL").map(PathBuf::from);
    let folder = other.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/golden/eval"));
    let Some(reader) = open(&folder, name) else {
        eprintln!("skipped: there are no records of {name} in {}", folder.display());
        return None;
    };
    let lines = BufReader::new(reader).lines().map(|line| line.expect("a line of text"));
    let parse = |line: String| serde_json::from_str(&line).expect("a line of JSON");
    let records: Vec<Value> = lines.filter(|line| !line.trim().is_empty()).map(parse).collect();
    assert!(!records.is_empty(), "{name} holds no record to compare with");
    Some(records)
}

/// The file as it is, or as gzip packed it.
fn open(folder: &Path, name: &str) -> Option<Box<dyn Read>> {
    if let Ok(plain) = File::open(folder.join(format!("{name}.jsonl"))) {
        return Some(Box::new(plain));
    }
    let packed = File::open(folder.join(format!("{name}.jsonl.gz"))).ok()?;
    Some(Box::new(flate2::read::GzDecoder::new(packed)))
}
