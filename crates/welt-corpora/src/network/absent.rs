//! Stands for the network in a program that has none.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use anyhow::{Result, anyhow};

use super::{Failure, NO_NETWORK, Watch, shown_address};
use crate::wanted::Wanted;

/// Says where files are, and fetches none.
#[derive(Debug)]
pub struct Client {
    mirror: Option<String>,
}

impl Client {
    /// As if there were a network.
    #[allow(clippy::unnecessary_wraps, reason = "a client with a network may find a bad certificate")]
    pub fn open(mirror: Option<String>, _: &'static AtomicBool) -> Result<Self> {
        Ok(Self { mirror })
    }

    /// Where `url` would be asked for, for messages.
    pub fn shown_address(&self, url: &str) -> String {
        shown_address(self.mirror.as_deref(), url)
    }

    /// Takes the file that is there, if it is the one that is wanted.
    ///
    /// # Errors
    /// [`Failure::Unavailable`] for any other.
    pub fn fetch(&self, wanted: &Wanted, to: &Path, _: &mut dyn Watch) -> Result<(), Failure> {
        if to.exists() && wanted.check(to).is_ok() {
            return Ok(());
        }
        Err(Failure::Unavailable(anyhow!("{}: {NO_NETWORK}", self.shown_address(wanted.url))))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::atomic::AtomicBool;

    use expect_test::expect;

    use super::*;
    use crate::tests::notes::Notes;
    use crate::wanted::Size;

    #[test]
    fn what_was_fetched_before_is_taken() {
        static NEVER: AtomicBool = AtomicBool::new(false);
        let folder = tempfile::tempdir().unwrap();
        let client = Client::open(Some("https://b.invalid/copy/".to_owned()), &NEVER).unwrap();
        let wanted = Wanted { url: "https://a.invalid/train.tsv", sha256: None, size: Size::Exactly(4) };
        let to = folder.path().join("train.tsv");
        let fetch = || client.fetch(&wanted, &to, &mut Notes::default());
        let failure = fetch().unwrap_err();
        assert!(matches!(failure, Failure::Unavailable(_)));
        expect!["https://b.invalid/copy/a.invalid/train.tsv: this welt was built without its feature `hub`, so it fetches nothing: build it with --features hub, or name a folder that has the files with --downloads DIR"].assert_eq(&failure.to_string());
        fs::write(&to, "a\tO\n").unwrap();
        fetch().unwrap();
        fs::write(&to, "a\tO\nb").unwrap();
        assert!(fetch().is_err());
    }
}
