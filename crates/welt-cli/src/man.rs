//! `welt man`: the help of all commands as manual pages, one on standard output or all in a folder.

use std::fs;
use std::io::{Write, stdout};
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use clap_mangen::{Man, generate_to};

const EXAMPLES: &str = "\
Examples:
  welt man | man -l -
  welt man --output ~/.local/share/man/man1      then: man welt-train";

/// Write the manual: welt.1 on standard output, or a page a command into a folder
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct ManArguments {
    /// The folder to write a page for every command into, made if need be
    #[arg(long, short, value_name = "DIR")]
    output: Option<PathBuf>,
}

/// Runs the command.
///
/// # Errors
/// A folder or standard output that cannot be written.
pub fn run(arguments: &ManArguments) -> Result<()> {
    // The version is that of the page, without what this one program was built with.
    let Some(folder) = &arguments.output else {
        let mut page = Vec::new();
        Man::new(crate::command()).render(&mut page).context("the page")?;
        return stdout().lock().write_all(&page).context("standard output");
    };
    let named = || folder.display().to_string();
    fs::create_dir_all(folder).with_context(named)?;
    generate_to(crate::command(), folder).with_context(named)
}
