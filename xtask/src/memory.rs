//! How much memory a program takes at most: looked up while it runs, where the system says.
//! A command goes in, what it prints and a number of bytes come out.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use welt_process::{answer, shown};

/// How often it is looked up: what a program takes for less time in its last moments is not seen.
const EVERY: Duration = Duration::from_millis(20);

/// What a command prints, and the most memory that it had, in bytes.
pub fn output_and_memory(command: &mut Command) -> Result<(String, Option<u64>)> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().with_context(|| format!("starting {}", shown(command)))?;
    let status = PathBuf::from(format!("/proc/{}/status", child.id()));
    let has_ended = AtomicBool::new(false);
    let (output, peak) = thread::scope(|scope| {
        let watching = scope.spawn(|| {
            let mut peak = None;
            while !has_ended.load(Ordering::Relaxed) {
                peak = std::fs::read_to_string(&status).ok().and_then(|status| peak_of(&status)).or(peak);
                thread::sleep(EVERY);
            }
            peak
        });
        let output = child.wait_with_output();
        has_ended.store(true, Ordering::Relaxed);
        (output, watching.join().unwrap_or_default())
    });
    let output = output.with_context(|| format!("waiting for {}", shown(command)))?;
    Ok((answer(command, output)?, peak))
}

/// The line of Linux that says so, in bytes.
fn peak_of(status: &str) -> Option<u64> {
    let kilobytes = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    kilobytes.trim().trim_end_matches("kB").trim().parse::<u64>().ok().map(|kilobytes| 1024 * kilobytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peak_is_read_in_bytes() {
        assert_eq!(peak_of("Name:\twelt\nVmHWM:\t  2048 kB\nVmRSS:\t 1 kB\n"), Some(2 << 20));
        assert_eq!(peak_of("Name:\twelt\n"), None);
    }

    #[test]
    fn what_a_program_prints_is_kept() {
        let (text, _) = output_and_memory(Command::new("sh").args(["-c", "echo seen"])).unwrap();
        assert_eq!(text, "seen\n");
        let failed = output_and_memory(Command::new("sh").args(["-c", "echo why >&2; exit 3"]));
        assert!(failed.unwrap_err().to_string().ends_with("why"));
    }
}
