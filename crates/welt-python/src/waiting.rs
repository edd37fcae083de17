//! A wait for threads that compute, in which the interpreter is free for others and Ctrl-C is heard.
//! Work in, its result out.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use pyo3::prelude::*;
use rayon::ThreadPool;

use crate::errors::refused;

/// So often it is looked whether Ctrl-C was pressed.
const LOOK: Duration = Duration::from_millis(100);

/// Does work on these threads without holding the interpreter; `stop` is set where Ctrl-C was pressed, and its exception is the result.
///
/// # Errors
/// What the work has, or KeyboardInterrupt.
pub fn run<T: Send>(
    py: Python<'_>,
    pool: &ThreadPool,
    stop: &AtomicBool,
    work: impl FnOnce() -> PyResult<T> + Send,
) -> PyResult<T> {
    py.detach(|| {
        thread::scope(|scope| {
            let (done, result) = channel();
            let worker = scope.spawn(move || {
                let _ = done.send(pool.install(work));
            });
            let mut interrupted = None;
            loop {
                match result.recv_timeout(LOOK) {
                    Ok(found) => return interrupted.map_or(found, Err),
                    Err(RecvTimeoutError::Disconnected) => {
                        // A panic that nobody takes would be that of the scope.
                        let _ = worker.join();
                        return Err(refused("the work was broken off by a fault of the program"));
                    }
                    Err(RecvTimeoutError::Timeout) if interrupted.is_none() => {
                        #[allow(clippy::redundant_closure_for_method_calls, reason = "the method is of one lifetime")]
                        let heard = Python::attach(|py| py.check_signals());
                        interrupted = heard.err();
                        stop.store(interrupted.is_some(), Ordering::Relaxed);
                    }
                    Err(RecvTimeoutError::Timeout) => {}
                }
            }
        })
    })
}
