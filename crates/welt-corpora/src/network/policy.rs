//! How long to wait for a server, and how often to try again: every number of it.

use std::time::Duration;

/// How long to wait and how often to try again.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    /// Tries in a row that bring nothing new.
    pub tries: u32,
    /// Tries of one file, however much they bring.
    pub most_tries: u32,
    /// The wait before the second try; it doubles from try to try.
    pub first_pause: Duration,
    pub longest_pause: Duration,
    /// The longest wait that a server may ask for.
    pub longest_wait: Duration,
    pub connect: Duration,
    /// A connection that brings fewer than `least_bytes` in this time is given up.
    pub stall: Duration,
    pub least_bytes: u64,
    pub redirects: u32,
}

impl Policy {
    /// For servers far away, with nobody looking on.
    pub const PATIENT: Self = Self {
        tries: 5,
        most_tries: 50,
        first_pause: Duration::from_secs(1),
        longest_pause: Duration::from_secs(30),
        longest_wait: Duration::from_secs(300),
        connect: Duration::from_secs(20),
        stall: Duration::from_secs(30),
        least_bytes: 1024,
        redirects: 8,
    };
}
