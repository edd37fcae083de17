//! Who looks on in tests.

use crate::network::Watch;

/// Writes down what is said.
#[derive(Debug, Default)]
pub struct Notes(pub Vec<String>);

impl Watch for Notes {
    fn begin(&mut self, _: &str) {}
    fn at(&mut self, _: u64, _: Option<u64>) {}
    fn say(&mut self, line: &str) {
        self.0.push(line.to_owned());
    }
    fn end(&mut self) {}
}
