//! `cargo xtask datasets`: the corpora of the paper, beside its Tables 1 and 11.
//! Arguments go in, a folder a corpus and a table come out; what is done stands in `welt-corpora`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Result;
use clap::Args;
use welt_corpora::{Defaults, Flags};
use welt_process::on_request_to_end;

const EXAMPLES: &str = "\
Examples:
  cargo xtask datasets --list
      what there is, and under what terms
  cargo xtask datasets --dry-run
      what would be fetched from where
  cargo xtask datasets ncbi-disease bc2gm
      fetch two corpora into corpora/, for cargo xtask reproduce --corpora corpora
  cargo xtask datasets --accept bc4chemd,biored-chemical,biored-disease --format markdown
      all of them, with the terms of these three accepted
  cargo xtask datasets --downloads downloads
      without a network, from files that lie in a folder

What is there and right is not fetched again; what was cut off is continued.
Environment: ALL_PROXY, HTTPS_PROXY, HTTP_PROXY, NO_PROXY; SSL_CERT_FILE; WELT_MIRROR, a URL under which HOST/PATH of
every file is asked for instead.
Exit codes: 0 all corpora are there, 1 something is wrong, 2 usage, 3 some cannot be had, 130 Ctrl-C.";

/// Fetch corpora, make their splits, check them, and print them beside the paper's Tables 1 and 11
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Request {
    #[command(flatten)]
    flags: Flags,
    /// The welt program, which converts and counts [default: built from this workspace]
    #[arg(long, value_name = "PATH", env = "WELT_BIN")]
    welt: Option<PathBuf>,
}

/// Set by Ctrl-C.
static STOP: AtomicBool = AtomicBool::new(false);

/// Fetches, makes and shows what is asked for.
pub fn run(request: &Request, workspace: &Path) -> Result<ExitCode> {
    on_request_to_end(|| STOP.store(true, Ordering::Relaxed))?;
    let output = workspace.join("corpora");
    // Messages read better without a leading `./`.
    let output = output.strip_prefix(".").unwrap_or(&output);
    let defaults = Defaults { command: "cargo xtask datasets", output, quiet: false };
    let welt = || Ok(crate::program::welt(request.welt.as_deref(), workspace)?.path);
    welt_corpora::run(&request.flags, &defaults, &welt, &STOP)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use welt_corpora::{Split, built_in, named};

    /// Whoever tries the example gets what stands beside it, of the corpus that `cargo xtask datasets` makes.
    #[test]
    fn the_examples_of_weights_have_the_counts_of_the_manifest() {
        let all = built_in().unwrap();
        let counts = named(&all, &["ncbi-disease".to_owned()]).unwrap()[0].counts[&Split::Train];
        let [begin, inside, outside] = [counts.begin, counts.inside, counts.outside].map(Option::unwrap);
        let weights = welt_weights::Scheme::Welt.weights(&[begin, inside, outside]).unwrap();
        let shown = format!("{weights:.4?}");
        let grouped = format!("{}_{:03}", outside / 1000, outside % 1000);
        let counts = format!("[{begin}, {inside}, {grouped}]");
        let check = |file: &str, expected: &[&str]| {
            let text = fs::read_to_string(crate::workspace_root().join(file)).unwrap();
            for expected in expected {
                assert!(text.contains(expected), "{file} does not hold {expected}");
            }
        };
        check("README.md", &[&counts, shown.trim_matches(['[', ']'])]);
        check("crates/welt-weights/src/lib.rs", &[&counts, &shown]);
        check("crates/welt-weights/src/lint.rs", &[&counts]);
        check("docs/paper/audit.md", &[&format!("{:.4}, {:.4}, {:.4}", weights[2], weights[0], weights[1])]);
    }
}
