//! Threads that compute, which a forked process has for itself.
//! A number in, threads out; what they compute is not known here.

use std::sync::{Arc, Mutex};

use pyo3::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::errors::refused;

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
