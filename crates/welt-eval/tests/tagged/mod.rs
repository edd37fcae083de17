//! The tags of a record, and how its values were read out of them.

use serde_json::Value;
use welt_eval::{Chunking, Notation, Pairs};

pub fn chunking(record: &Value) -> Chunking {
    let scheme = || record["scheme"].as_str().expect("a name").parse().expect("a scheme");
    if record["mode"] == "strict" { Chunking::Strict(scheme()) } else { Chunking::Lenient }
}

pub fn pairs(record: &Value) -> Pairs {
    let tags = |name: &str| -> Vec<Vec<String>> { serde_json::from_value(record[name].clone()).expect("tags") };
    let notation = if record["suffix"] == true { Notation::Suffix } else { Notation::Prefix };
    Pairs::new(&tags("y_true"), &tags("y_pred")).expect("as many of both").with_notation(notation)
}
