//! Ctrl-C and the signal to end: the first ends the work at the next good moment, the second ends the program at once.
//! A device that fails ends the work in the same way.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;
use welt_process::on_request_to_end;
use welt_train::TrainError;

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// When the work was asked to end.
static FIRST: OnceLock<Instant> = OnceLock::new();

/// Requests that come so soon after the first are the same one.
const AT_ONCE: Duration = Duration::from_secs(1);

/// Listens for Ctrl-C from here on.
pub fn listen() -> Result<()> {
    let handler = || {
        // A terminal and a sweep may ask for the same end at the same time.
        let first = FIRST.get_or_init(Instant::now);
        if INTERRUPTED.swap(true, Ordering::SeqCst) && first.elapsed() > AT_ONCE {
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

/// Whether the work is to end, for Ctrl-C or a device that failed. Ctrl-C after such a failure is the first still.
pub fn is_interrupted() -> bool {
    INTERRUPTED.load(Ordering::SeqCst) || welt_device::has_failed()
}

/// An error if the work is to end.
pub fn stop_if_interrupted() -> Result<(), TrainError> {
    if is_interrupted() { Err(TrainError::Interrupted) } else { Ok(()) }
}
