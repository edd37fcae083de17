//! Threads that compute, and a wait for them in which Ctrl-C is heard.
//! Work in, its result out, with the interpreter free for other threads meanwhile.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use pyo3::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::errors::refused;

/// So often it is looked whether Ctrl-C was pressed.
const LOOK: Duration = Duration::from_millis(100);

/// The threads of this process, and which process that is: a fork has none of its parent's threads.
static POOL: Mutex<Option<(u32, Arc<ThreadPool>)>> = Mutex::new(None);

/// As many threads as the processor has, or as RAYON_NUM_THREADS says; made anew after a fork.
///
/// # Errors
/// A system that gives no threads.
pub fn pool() -> PyResult<Arc<ThreadPool>> {
    let process = std::process::id();
    let mut held = POOL.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some((of, pool)) = &*held
        && *of == process
    {
        return Ok(Arc::clone(pool));
    }
    let pool = Arc::new(new_pool(0)?);
    if let Some((_, of_parent)) = held.replace((process, Arc::clone(&pool))) {
        // Its threads are not here to be ended.
        std::mem::forget(of_parent);
    }
    Ok(pool)
}

/// So many threads; 0 for as many as the processor has.
///
/// # Errors
/// A system that gives no threads.
pub fn new_pool(threads: usize) -> PyResult<ThreadPool> {
    ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|error| refused(format!("{threads} threads cannot be started: {error}")))
}

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
            scope.spawn(move || {
                let _ = done.send(pool.install(work));
            });
            let mut interrupted = None;
            loop {
                match result.recv_timeout(LOOK) {
                    Ok(found) => return interrupted.map_or(found, Err),
                    Err(RecvTimeoutError::Disconnected) => {
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
