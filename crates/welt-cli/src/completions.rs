//! `welt completions`: the name of a shell in, a script by which it completes commands and flags out.

use std::io::{Write, stdout};

use anyhow::{Context, Result};
use clap::{Args, Command};
use clap_complete::{Shell, generate};

const EXAMPLES: &str = "\
Examples:
  welt completions bash > ~/.local/share/bash-completion/completions/welt
  welt completions zsh > ~/.zfunc/_welt            with fpath+=~/.zfunc before compinit in ~/.zshrc
  welt completions fish > ~/.config/fish/completions/welt.fish
  welt completions powershell >> $PROFILE";

/// Print a script by which a shell completes commands, flags and their values
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct CompletionsArguments {
    /// The shell
    #[arg(value_enum, value_name = "SHELL")]
    shell: Shell,
}

/// Runs the command.
///
/// # Errors
/// Standard output that cannot be written.
pub fn run(arguments: &CompletionsArguments) -> Result<()> {
    let mut script = Vec::new();
    generate(arguments.shell, &mut shown(&crate::command()), "welt", &mut script);
    stdout().lock().write_all(&script).context("standard output")
}

/// The commands without those that only this program itself calls, which some shells would offer.
fn shown(all: &Command) -> Command {
    let commands = all.get_subcommands().filter(|command| !command.is_hide_set()).cloned();
    let flags = all.get_arguments().cloned();
    Command::new("welt").version(env!("CARGO_PKG_VERSION")).args(flags).subcommands(commands)
}
