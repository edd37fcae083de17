//! Shows on standard error what is being fetched: a bar on a terminal, a line a file elsewhere.

use std::io::IsTerminal as _;

use indicatif::{HumanBytes, ProgressBar, ProgressStyle};

use crate::network::Watch;

/// What is shown of the file that is being fetched.
#[derive(Debug)]
pub struct Progress {
    bar: Option<ProgressBar>,
    is_quiet: bool,
    address: String,
    bytes: u64,
    has_begun: bool,
}

impl Progress {
    /// A bar if standard error is a terminal; neither bars nor lines of files if `is_quiet`.
    pub fn new(is_quiet: bool) -> Self {
        let bar = (!is_quiet && std::io::stderr().is_terminal()).then(|| {
            let template = "{bar:30} {bytes}/{total_bytes}, {bytes_per_sec}  {msg}";
            let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
            ProgressBar::no_length().with_style(style)
        });
        Self { bar, is_quiet, address: String::new(), bytes: 0, has_begun: false }
    }
}

impl Watch for Progress {
    fn begin(&mut self, address: &str) {
        address.clone_into(&mut self.address);
        self.bytes = 0;
        self.has_begun = false;
        if let Some(bar) = &self.bar {
            bar.reset();
            bar.set_message(address.to_owned());
        }
    }

    fn at(&mut self, bytes: u64, total: Option<u64>) {
        self.bytes = bytes;
        match (&self.bar, total) {
            (Some(bar), Some(total)) => {
                bar.set_length(total);
                bar.set_position(bytes);
            }
            (Some(bar), None) => bar.set_position(bytes),
            // A file that is there already is not fetched and makes no line.
            (None, total) if !self.has_begun && !self.is_quiet => {
                let size = total.map_or(String::new(), |total| format!(" ({})", HumanBytes(total)));
                eprintln!("fetching {}{size}", self.address);
            }
            (None, _) => {}
        }
        self.has_begun = true;
    }

    fn say(&mut self, line: &str) {
        match &self.bar {
            Some(bar) => bar.println(line),
            None => eprintln!("{line}"),
        }
    }

    fn end(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
