//! Streams packed by gzip, recognised by their first two bytes whatever they are called, and unpacked as they are read.
//! Bytes in, bytes out; what stands in them is not known here.
//!
//! A file of several members, one packed stream after the other as `bgzip` and `cat` make it, is read to the end of the last.
//!
//! ```
//! use std::io::{Read, Write};
//! use flate2::{Compression, write::GzEncoder};
//! use welt_data::Unpacked;
//!
//! let mut packed = GzEncoder::new(Vec::new(), Compression::default());
//! packed.write_all(b"ataxia\tO\n")?;
//! for bytes in [packed.finish()?, b"ataxia\tO\n".to_vec()] {
//!     let mut text = String::new();
//!     Unpacked::new(bytes.as_slice())?.read_to_string(&mut text)?;
//!     assert_eq!(text, "ataxia\tO\n");
//! }
//! # Ok::<(), std::io::Error>(())
//! ```

use std::fmt;
use std::io::{self, BufRead, BufReader, Chain, Cursor, ErrorKind, Read};

use flate2::bufread::MultiGzDecoder;

/// How a packed stream begins.
pub const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Bytes that are unpacked at a time.
const BUFFER: usize = 1 << 17;

/// Bytes that may be unpacked whatever they were packed into.
const ALWAYS_UNPACKED: u64 = 64 << 20;

/// Times that a stream may grow beyond that: texts grow by 3 to 30 times, what grows by hundreds is made to.
const MOST_TIMES: u64 = 150;

/// What can be wrong with a packed stream.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GzipFault {
    /// It ends too early.
    #[error(
        "packed by gzip and ends too early, after {unpacked} bytes of text: it is not complete; fetch or pack it again"
    )]
    Truncated {
        /// Bytes that were unpacked before.
        unpacked: u64,
    },
    /// It is not what was packed.
    #[error("packed by gzip and damaged, after {unpacked} bytes of text: {found}; fetch or pack it again")]
    Damaged {
        /// Bytes that were unpacked before.
        unpacked: u64,
        /// What the decoder says.
        found: String,
    },
    /// It grows without measure.
    #[error(
        "packed by gzip and grows to more than {MOST_TIMES} times its size, which no text does; is it what it should be? If so, unpack it with `gzip -dk` and name what comes of it"
    )]
    Grows,
}

/// A stream as it is, or unpacked where it is packed by gzip.
pub struct Unpacked<R: BufRead>(Inner<R>);

enum Inner<R: BufRead> {
    Plain(Chain<Cursor<Vec<u8>>, R>),
    Packed(Box<BufReader<Inflate<R>>>),
}

impl<R: BufRead> Unpacked<R> {
    /// Looks at the first two bytes of a stream.
    ///
    /// # Errors
    /// A stream that cannot be read.
    pub fn new(mut reader: R) -> io::Result<Self> {
        let mut start = Vec::with_capacity(MAGIC.len());
        reader.by_ref().take(MAGIC.len() as u64).read_to_end(&mut start)?;
        let is_packed = start == MAGIC;
        let whole = Cursor::new(start).chain(reader);
        if !is_packed {
            return Ok(Self(Inner::Plain(whole)));
        }
        let packed = MultiGzDecoder::new(Counted { reader: whole, taken: 0 });
        Ok(Self(Inner::Packed(Box::new(BufReader::with_capacity(BUFFER, Inflate { packed, unpacked: 0 })))))
    }

    /// Whether it is packed.
    #[must_use]
    pub const fn is_packed(&self) -> bool {
        matches!(self.0, Inner::Packed(_))
    }
}

impl<R: BufRead> Read for Unpacked<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        match &mut self.0 {
            Inner::Plain(reader) => reader.read(bytes),
            Inner::Packed(reader) => reader.read(bytes),
        }
    }
}

impl<R: BufRead> BufRead for Unpacked<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        match &mut self.0 {
            Inner::Plain(reader) => reader.fill_buf(),
            Inner::Packed(reader) => reader.fill_buf(),
        }
    }

    fn consume(&mut self, length: usize) {
        match &mut self.0 {
            Inner::Plain(reader) => reader.consume(length),
            Inner::Packed(reader) => reader.consume(length),
        }
    }
}

impl<R: BufRead> fmt::Debug for Unpacked<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unpacked").field("is_packed", &self.is_packed()).finish_non_exhaustive()
    }
}

/// Unpacks, and says what is wrong in its own words.
struct Inflate<R: BufRead> {
    packed: MultiGzDecoder<Counted<Chain<Cursor<Vec<u8>>, R>>>,
    unpacked: u64,
}

impl<R: BufRead> Read for Inflate<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let length = self.packed.read(bytes).map_err(|source| self.fault(source))?;
        self.unpacked += length as u64;
        let taken = self.packed.get_ref().taken;
        if self.unpacked > ALWAYS_UNPACKED && self.unpacked / MOST_TIMES > taken {
            return Err(io::Error::new(ErrorKind::InvalidData, GzipFault::Grows));
        }
        Ok(length)
    }
}

impl<R: BufRead> Inflate<R> {
    fn fault(&self, source: io::Error) -> io::Error {
        // What the operating system says is no fault of the stream.
        if source.raw_os_error().is_some() || source.kind() == ErrorKind::Interrupted {
            return source;
        }
        let unpacked = self.unpacked;
        let fault = match source.kind() {
            ErrorKind::UnexpectedEof => GzipFault::Truncated { unpacked },
            _ => GzipFault::Damaged { unpacked, found: source.to_string() },
        };
        io::Error::new(ErrorKind::InvalidData, fault)
    }
}

/// Counts what is taken of a stream.
struct Counted<R> {
    reader: R,
    taken: u64,
}

impl<R: BufRead> Read for Counted<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let length = self.reader.read(bytes)?;
        self.taken += length as u64;
        Ok(length)
    }
}

impl<R: BufRead> BufRead for Counted<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.reader.fill_buf()
    }

    fn consume(&mut self, length: usize) {
        self.taken += length as u64;
        self.reader.consume(length);
    }
}
