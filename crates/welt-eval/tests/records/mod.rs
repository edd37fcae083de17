//! Records of what other tools gave, one JSON object a line; the README in `tests/golden` describes their form.
//! The name of a file in, its records out; what is in them is each test's own affair.

use std::env;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use serde_json::Value;

/// The records of a file, by its name up to the extension.
///
/// `WELT_GOLDEN_EVAL` names a folder with other records of the same form; a file that it lacks is taken from `tests/golden`.
pub fn records(name: &str) -> Vec<Value> {
    let other = env::var_os("WELT_GOLDEN_EVAL").map(PathBuf::from);
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let reader = other.and_then(|folder| open(&folder, name)).or_else(|| open(&own, name));
    let reader = reader.unwrap_or_else(|| panic!("{} has no {name}.jsonl and no {name}.jsonl.gz", own.display()));
    let lines = BufReader::new(reader).lines().map(|line| line.expect("a line of text"));
    let parse = |line: String| serde_json::from_str(&line).expect("a line of JSON");
    let records: Vec<Value> = lines.filter(|line| !line.trim().is_empty()).map(parse).collect();
    assert!(!records.is_empty(), "{name} holds no record to compare with");
    records
}

/// The file as it is, or as gzip packed it.
fn open(folder: &Path, name: &str) -> Option<Box<dyn Read>> {
    if let Ok(plain) = File::open(folder.join(format!("{name}.jsonl"))) {
        return Some(Box::new(plain));
    }
    let packed = File::open(folder.join(format!("{name}.jsonl.gz"))).ok()?;
    Some(Box::new(flate2::read::GzDecoder::new(packed)))
}
