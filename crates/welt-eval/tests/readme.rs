//! What the README shows is what comes out.

use std::fs;
use std::path::Path;

use welt_eval::{Pairs, Scheme, seqeval, uncertainty};

#[test]
fn the_readme_shows_what_is_printed() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &str| fs::read_to_string(here.join(path)).expect("a file of this crate");
    let [first, second] =
        ["first", "second"].map(|name| Pairs::parse(&read(&format!("examples/data/{name}.tsv"))).expect("pairs"));
    let report = seqeval::strict(&first, Scheme::Iob2).expect("a report");
    let pairing = uncertainty::compare(&first, &second).expect("the same sentences");
    let test = pairing.strict(Scheme::Iob2).micro_f1().seed(1).run().expect("a test");
    let printed = format!("```text\n{report}\n{test}```\n");
    assert!(read("README.md").contains(&printed), "the README has other numbers than these:\n{printed}");
}
