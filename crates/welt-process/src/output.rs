//! What other programs print: a command goes in, text or its complaint comes out.

use std::process::{Command, Output};

use anyhow::{Context, Result, bail};

/// What a command prints; an error with its complaint when it fails.
///
/// # Errors
/// A program that cannot be started, that fails, or that prints something else than text.
pub fn output(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("starting {}", shown(command)))?;
    answer(command, output)
}

/// What a command printed that has ended; an error with its complaint when it failed.
///
/// # Errors
/// A program that failed, or that printed something else than text.
pub fn answer(command: &Command, output: Output) -> Result<String> {
    if !output.status.success() {
        let complaint = String::from_utf8_lossy(&output.stderr);
        bail!("{} ended with {}: {}", shown(command), output.status, complaint.trim());
    }
    String::from_utf8(output.stdout).with_context(|| format!("the answer of {}", shown(command)))
}

/// A command as one would type it.
#[must_use]
pub fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let quoted = words.map(|word| {
        let word = word.to_string_lossy();
        if word.contains(' ') { format!("'{word}'") } else { word.into_owned() }
    });
    quoted.collect::<Vec<_>>().join(" ")
}
