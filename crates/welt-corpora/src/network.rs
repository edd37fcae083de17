//! The network: the address of a file goes in, the whole file comes out, or the reason why there is none.
//! It is there only where the program was built with one; files that were fetched before are taken all the same.

#[cfg(any(test, not(feature = "download")))]
mod absent;
#[cfg(feature = "download")]
mod client;
#[cfg(feature = "download")]
mod head;
#[cfg(feature = "download")]
mod pace;
#[cfg(feature = "download")]
mod part;
#[cfg(feature = "download")]
mod policy;
#[cfg(test)]
#[cfg(feature = "download")]
mod tests;

use std::fmt;

#[cfg(not(feature = "download"))]
pub use absent::Client;
#[cfg(feature = "download")]
pub use client::Client;

/// Looks on while files are fetched.
#[cfg_attr(not(feature = "download"), allow(dead_code, reason = "nothing comes"))]
pub trait Watch {
    /// A file is asked for at this address.
    fn begin(&mut self, address: &str);
    /// The file is there, or will not come.
    fn end(&mut self);
    /// So many bytes are there, of so many if that is known.
    fn at(&mut self, bytes: u64, total: Option<u64>);
    /// Something that a reader of the log should know.
    fn say(&mut self, line: &str);
}

/// Why there is no file.
#[derive(Debug)]
#[cfg_attr(not(feature = "download"), allow(dead_code, reason = "nobody is asked"))]
pub enum Failure {
    /// The server cannot be reached, so that asking it for other files is no use either.
    Unreachable(anyhow::Error),
    /// The server has nothing for us; another may have it.
    Unavailable(anyhow::Error),
    /// What came is not what was wanted, or it cannot be written.
    Wrong(anyhow::Error),
    /// Ended by Ctrl-C; what is there stays for the next time.
    Stopped,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(error) | Self::Unavailable(error) | Self::Wrong(error) => write!(f, "{error:#}"),
            Self::Stopped => f.write_str("stopped"),
        }
    }
}

/// Whether there is a network in this program.
pub const CAN_FETCH: bool = cfg!(feature = "download");

/// What a program without one says to whoever wants a file fetched.
pub const NO_NETWORK: &str = "this welt was built without its feature `hub`, so it fetches nothing: build it with --features \
                              hub, or name a folder that has the files with --downloads DIR";

/// Where `url` is asked for, for messages: a mirror may be named with a password.
fn shown_address(mirror: Option<&str>, url: &str) -> String {
    address(mirror.map(welt_terminal::without_password).as_deref(), url)
}

/// Where `url` is asked for: under `mirror`, HOST/PATH comes behind it.
fn address(mirror: Option<&str>, url: &str) -> String {
    match (mirror, url.split_once("://")) {
        (Some(mirror), Some((_, rest))) => format!("{}/{rest}", mirror.trim_end_matches('/')),
        _ => url.to_owned(),
    }
}
