//! Spreads work over a cluster that Slurm runs: job arrays are written and submitted, and watched until all work is over.
//! Work goes in as tasks with keys, and whoever owns it says what a task does and when it is over; what the work is for is
//! not known here.
//!
//! [`Cluster`] writes scripts and hands them to `sbatch`, [`watch`] asks `squeue` and has lost tasks submitted again.
//! The folders must be ones that all nodes see.
//!
//! ```text
//! jobs.jsonl          a line a submitted job: its number, when, and the keys of its tasks
//! NAME.sh             a job array
//! JOB_TASK.log        what a task says
//! ```

mod array;
mod queue;
mod watch;

use std::time::{SystemTime, UNIX_EPOCH};

pub use array::{Array, Cluster};
pub use queue::Job;
pub use watch::{Work, watch};

/// The time, in seconds since 1970.
#[must_use]
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
