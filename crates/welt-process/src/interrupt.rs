//! Ctrl-C and the signal to end: what to do goes in, and is done when one of them comes.

use std::process::{Child, Command, Stdio};
#[cfg(unix)]
use std::sync::Arc;
#[cfg(unix)]
use std::sync::atomic::AtomicBool;

use anyhow::{Context, Result};
#[cfg(unix)]
use signal_hook::consts::{SIGTERM, SIGXFSZ};
#[cfg(unix)]
use signal_hook::iterator::Signals;

/// Calls `handler` on Ctrl-C and, on Unix, on the signal that asks a program to end, as schedulers of clusters send it.
///
/// The signal of a terminal that goes away is left alone: `nohup` has switched it off, and a handler would switch it on.
///
/// # Errors
/// A handler that is there already, or a system that takes none.
pub fn on_request_to_end(handler: impl Fn() + Clone + Send + 'static) -> Result<()> {
    #[cfg(unix)]
    {
        let mut signals = Signals::new([SIGTERM]).context("listening for the signal to end")?;
        let handler = handler.clone();
        std::thread::spawn(move || signals.forever().for_each(|_| handler()));
    }
    ctrlc::set_handler(handler).context("listening for Ctrl-C")
}

/// From here on a file that grows beyond a limit (`ulimit -f`, as of a cluster) is an error of whoever writes it, as a full disk is, and no
/// longer the silent end of the program.
///
/// # Errors
/// A system that takes no handler.
pub fn report_file_size_limits() -> Result<()> {
    #[cfg(unix)]
    signal_hook::flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false))).context("listening for limits of files")?;
    Ok(())
}

/// Asks another process to end, as schedulers do; elsewhere than on Unix nothing can be asked.
///
/// That it may have ended already is no failure.
pub fn ask_to_end(child: &Child) {
    // The standard library kills and nothing else; `kill` is there wherever a shell is.
    if cfg!(unix) {
        let mut kill = Command::new("kill");
        drop(kill.args(["-TERM", &child.id().to_string()]).stderr(Stdio::null()).status());
    }
}
