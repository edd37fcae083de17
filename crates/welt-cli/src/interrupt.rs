//! Ctrl-C: the first ends the work at the next good moment, the second ends the program at once.

use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result};
use welt_train::TrainError;

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Listens for Ctrl-C from here on.
pub fn listen() -> Result<()> {
    let handler = || {
        if INTERRUPTED.swap(true, Ordering::SeqCst) {
            std::process::exit(130);
        }
    };
    ctrlc::set_handler(handler).context("listening for Ctrl-C")
}

/// Whether Ctrl-C was pressed since.
pub fn is_interrupted() -> bool {
    INTERRUPTED.load(Ordering::SeqCst)
}

/// An error if Ctrl-C was pressed.
pub fn stop_if_interrupted() -> Result<(), TrainError> {
    if is_interrupted() { Err(TrainError::Interrupted) } else { Ok(()) }
}
