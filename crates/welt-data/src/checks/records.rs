//! Many small records of the same size, gathered by their keys: in memory as long as there are few, in temporary files of which one at a time is held when there are many.
//! Records in, those with the same key together out; what a key stands for is not known here.

use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};

/// Records that are held in memory.
const MOST_HELD: usize = 1 << 18;

/// Files that records are spread over when there are more.
const FILES: usize = 64;

/// What is kept of a sentence or a document, to be compared with others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Record {
    /// What it is the same as another by.
    pub key: u128,
    /// The split that it stands in.
    pub split: u64,
    /// Its line, or its number in the split: later ones have greater ones.
    pub order: u64,
    /// The document it stands in and the first character in that.
    pub spot: [u64; 2],
    /// What else is compared: a text and the entities in it.
    pub digests: [u64; 2],
}

/// Bytes of a record in a file.
const LENGTH: usize = 64;

impl Record {
    fn to_bytes(self) -> [u8; LENGTH] {
        let mut bytes = [0; LENGTH];
        let [one, two] = self.spot;
        let [three, four] = self.digests;
        let numbers = [self.split, self.order, one, two, three, four];
        bytes[..16].copy_from_slice(&self.key.to_le_bytes());
        for (chunk, number) in bytes[16..].chunks_exact_mut(8).zip(numbers) {
            chunk.copy_from_slice(&number.to_le_bytes());
        }
        bytes
    }

    fn from_bytes(bytes: &[u8; LENGTH]) -> Self {
        let mut numbers = [0; 8];
        for (number, chunk) in numbers.iter_mut().zip(bytes.chunks_exact(8)) {
            let mut eight = [0; 8];
            eight.copy_from_slice(chunk);
            *number = u64::from_le_bytes(eight);
        }
        let [low, high, split, order, one, two, three, four] = numbers;
        let key = u128::from(low) | u128::from(high) << 64;
        Self { key, split, order, spot: [one, two], digests: [three, four] }
    }
}

/// Records by their keys.
#[derive(Debug)]
pub(super) struct Records {
    held: Vec<Record>,
    most_held: usize,
    files: Vec<BufWriter<File>>,
}

impl Records {
    /// None yet.
    pub const fn new() -> Self {
        Self { held: Vec::new(), most_held: MOST_HELD, files: Vec::new() }
    }

    /// Adds one.
    ///
    /// # Errors
    /// A folder for temporary files that does not take it.
    pub fn add(&mut self, record: Record) -> io::Result<()> {
        if self.held.len() == self.most_held {
            self.spill()?;
        }
        self.held.push(record);
        Ok(())
    }

    fn spill(&mut self) -> io::Result<()> {
        while self.files.len() < FILES {
            self.files.push(BufWriter::new(tempfile::tempfile()?));
        }
        for record in self.held.drain(..) {
            self.files[(record.key % FILES as u128) as usize].write_all(&record.to_bytes())?;
        }
        Ok(())
    }

    /// Gives those with the same key to `take`, in the order of splits and within them; keys in any order that is always the same.
    ///
    /// # Errors
    /// A temporary file that cannot be read.
    pub fn by_key(mut self, mut take: impl FnMut(&[Record])) -> io::Result<()> {
        let mut groups = |records: &mut Vec<Record>| {
            records.sort_unstable();
            records.chunk_by(|one, next| one.key == next.key).for_each(&mut take);
        };
        if self.files.is_empty() {
            groups(&mut self.held);
            return Ok(());
        }
        self.spill()?;
        for file in self.files {
            let mut file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
            file.rewind()?;
            let mut records = Vec::new();
            let mut reader = BufReader::new(file);
            let mut bytes = [0; LENGTH];
            while read_whole(&mut reader, &mut bytes)? {
                records.push(Record::from_bytes(&bytes));
            }
            groups(&mut records);
        }
        Ok(())
    }
}

/// Fills some bytes; false at the end of the file.
fn read_whole(reader: &mut impl Read, bytes: &mut [u8; LENGTH]) -> io::Result<bool> {
    match reader.read_exact(bytes) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

/// A number for anything, the same in every run; different things have different ones, but for one case in 2^64.
pub(super) fn digest(what: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    hasher.finish()
}

/// A number as a key, for which one case in 2^128 is left.
pub(super) fn key(what: impl Hash + Copy) -> u128 {
    u128::from(digest(what)) | u128::from(digest((what, 1_u8))) << 64
}

/// Texts by their numbers, in a temporary file where they are many.
#[derive(Debug)]
pub(super) struct Names {
    texts: tempfile::SpooledTempFile,
    /// Where each begins.
    starts: tempfile::SpooledTempFile,
    n: u64,
    end: u64,
}

/// Bytes of names and of their starts that are held in memory.
const NAMES_HELD: usize = 1 << 20;

impl Names {
    /// None yet.
    pub fn new() -> Self {
        let spool = || tempfile::spooled_tempfile(NAMES_HELD);
        Self { texts: spool(), starts: spool(), n: 0, end: 0 }
    }

    /// How many there are.
    pub const fn len(&self) -> u64 {
        self.n
    }

    /// Adds one.
    ///
    /// # Errors
    /// A folder for temporary files that does not take it.
    pub fn add(&mut self, name: &str) -> io::Result<()> {
        self.starts.write_all(&self.end.to_le_bytes())?;
        self.texts.write_all(name.as_bytes())?;
        self.end += name.len() as u64;
        self.n += 1;
        Ok(())
    }

    /// The one with a number; empty where there is none.
    ///
    /// # Errors
    /// A temporary file that cannot be read.
    pub fn get(&mut self, number: u64) -> io::Result<String> {
        if number >= self.n {
            return Ok(String::new());
        }
        let start = self.start(number)?;
        let end = if number + 1 == self.n { self.end } else { self.start(number + 1)? };
        let mut bytes = vec![0; usize::try_from(end - start).unwrap_or(0)];
        self.texts.seek(io::SeekFrom::Start(start))?;
        self.texts.read_exact(&mut bytes)?;
        self.texts.seek(io::SeekFrom::End(0))?;
        Ok(String::from_utf8(bytes).unwrap_or_default())
    }

    fn start(&mut self, number: u64) -> io::Result<u64> {
        let mut bytes = [0; 8];
        self.starts.seek(io::SeekFrom::Start(8 * number))?;
        self.starts.read_exact(&mut bytes)?;
        self.starts.seek(io::SeekFrom::End(0))?;
        Ok(u64::from_le_bytes(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(key: u128, order: u64) -> Record {
        Record { key, split: order % 3, order, spot: [order, u64::MAX], digests: [7, order] }
    }

    /// In files as in memory.
    #[test]
    fn records_come_together_by_key() {
        let gathered = |most_held| {
            let mut records = Records { most_held, ..Records::new() };
            for order in 0..1000 {
                records.add(record(u128::from(order % 90) << 60 | u128::from(order % 90), order)).unwrap();
            }
            let mut groups: Vec<Vec<Record>> = Vec::new();
            records.by_key(|group| groups.push(group.to_vec())).unwrap();
            groups.sort();
            groups
        };
        let groups = gathered(usize::MAX);
        assert_eq!(groups.len(), 90);
        assert!(groups.iter().all(|group| group.is_sorted() && group.iter().all(|record| record.key == group[0].key)));
        assert_eq!(gathered(10), groups);
    }

    #[test]
    fn names_are_found_by_number() {
        let mut names = Names::new();
        for name in ["a", "", "β"] {
            names.add(name).unwrap();
        }
        assert_eq!([0, 1, 2, 3].map(|number| names.get(number).unwrap()), ["a", "", "β", ""]);
        names.add("d").unwrap();
        assert_eq!((names.len(), names.get(3).unwrap()), (4, "d".to_owned()));
    }
}
