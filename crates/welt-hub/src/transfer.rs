//! How far a file is on its way, for whoever shows that to somebody.

/// A file on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transfer<'a> {
    /// The name of the file; empty before the other side has been heard.
    pub name: &'a str,
    /// Its bytes; 0 before the other side has been heard.
    pub size: u64,
    /// Bytes that have arrived.
    pub arrived: u64,
    /// Whether nothing more of it comes, be it whole or given up.
    pub is_over: bool,
}

/// Is told of every file on its way, again and again until it is over.
pub type OnTransfer<'a> = dyn FnMut(&Transfer) + 'a;
