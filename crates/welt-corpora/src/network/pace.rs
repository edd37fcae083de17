//! Whether bytes come fast enough.

use std::time::Instant;

use anyhow::anyhow;

use super::policy::Policy;

/// The bytes of a stretch of time.
pub struct Pace {
    policy: Policy,
    since: Instant,
    bytes: u64,
}

impl Pace {
    pub fn new(policy: Policy) -> Self {
        Self { policy, since: Instant::now(), bytes: 0 }
    }

    pub fn add(&mut self, bytes: u64) {
        self.bytes += bytes;
    }

    /// The reason to give up, at the end of a stretch that brought too little.
    pub fn too_slow(&mut self) -> Option<anyhow::Error> {
        let gone = self.since.elapsed();
        if gone < self.policy.stall {
            return None;
        }
        if self.bytes < self.policy.least_bytes {
            return Some(anyhow!("only {} bytes came in {:.1} s", self.bytes, gone.as_secs_f64()));
        }
        *self = Self::new(self.policy);
        None
    }
}
