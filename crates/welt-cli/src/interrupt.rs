//! Ctrl-C and the signal to end: the first ends the work at the next good moment, the second ends the program at once.
//! A device that fails ends the work in the same way.

use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result};
#[cfg(unix)]
use signal_hook::consts::SIGTERM;
#[cfg(unix)]
use signal_hook::iterator::Signals;
use welt_train::TrainError;

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Set by a device that failed. Ctrl-C after it is the first still.
static ENDED: AtomicBool = AtomicBool::new(false);

/// Listens for Ctrl-C from here on.
pub fn listen() -> Result<()> {
    let handler = || {
        if INTERRUPTED.swap(true, Ordering::SeqCst) {
            std::process::exit(130);
        }
    };
    on_request_to_end(handler)
}

/// Listens, and gives what Ctrl-C and the signal to end set, for work that looks there by itself.
pub fn listen_for_flag() -> Result<&'static AtomicBool> {
    listen()?;
    Ok(&INTERRUPTED)
}

/// Calls `handler` on Ctrl-C and, on Unix, on the signal that asks a program to end, as schedulers of clusters send it.
///
/// The signal of a terminal that goes away is left alone: `nohup` has switched it off, and a handler would switch it on.
pub fn on_request_to_end(handler: impl Fn() + Clone + Send + 'static) -> Result<()> {
    #[cfg(unix)]
    {
        let mut signals = Signals::new([SIGTERM]).context("listening for the signal to end")?;
        let handler = handler.clone();
        std::thread::spawn(move || signals.forever().for_each(|_| handler()));
    }
    ctrlc::set_handler(handler).context("listening for Ctrl-C")
}

/// Ends the work at the next good moment.
pub fn end_work() {
    ENDED.store(true, Ordering::SeqCst);
}

/// Whether the work is to end, for Ctrl-C or a device that failed.
pub fn is_interrupted() -> bool {
    INTERRUPTED.load(Ordering::SeqCst) || ENDED.load(Ordering::SeqCst)
}

/// An error if the work is to end.
pub fn stop_if_interrupted() -> Result<(), TrainError> {
    if is_interrupted() { Err(TrainError::Interrupted) } else { Ok(()) }
}
