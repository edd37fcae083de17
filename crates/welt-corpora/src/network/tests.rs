//! Servers that fail in every way that real ones do, on a port of this machine.

mod fetching;
mod server;
#[cfg(unix)]
mod sources;
