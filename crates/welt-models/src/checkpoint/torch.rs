//! Files of `torch.save`: a zip archive since version 1.6, five pickles and the numbers one after the other before.
//! A file goes in, tensors with their extents in it come out; no numbers are read.
//!
//! Archives are taken as torch writes them, uncompressed: what lies in the file is what is read, and nothing unfolds.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};

use zip::{CompressionMethod, ZipArchive};

use super::error::Fault;
use super::pickle::{Pickle, PickledTensor};
use super::stored::{NumberFormat, StoredTensor};

/// The most bytes of the pickles: those of BERT-large have 0.1 MB.
const LONGEST_PICKLE: u64 = 4 << 20;

const MAGIC_NUMBER: i128 = 0x1950_a86a_20f9_469c_fc6c;
const PROTOCOL: i128 = 1001;

/// Where the numbers of a storage lie in the file, in bytes.
struct Extent {
    start: u64,
    end: u64,
}

/// The tensors of a file, by name.
pub(super) fn tensors(file: &File) -> Result<BTreeMap<String, StoredTensor>, Fault> {
    let mut head = Vec::new();
    (&*file).seek(SeekFrom::Start(0))?;
    file.take(64).read_to_end(&mut head)?;
    match head.as_slice() {
        [b'P', b'K', 3, 4, ..] => zipped(file),
        [0x80, 1..=5, ..] => bare(file),
        [] => Err(Fault::Damaged { format: "PyTorch file", reason: "it is empty".to_owned() }),
        _ => {
            let pointer = head.starts_with(b"version https://git-lfs");
            let reason =
                if pointer { "it is a pointer of Git LFS" } else { "it begins neither as a zip nor as a pickle" };
            Err(Fault::Damaged { format: "PyTorch file", reason: reason.to_owned() })
        }
    }
}

fn zipped(file: &File) -> Result<BTreeMap<String, StoredTensor>, Fault> {
    let damaged = |reason: String| Fault::Damaged { format: "zip archive of PyTorch", reason };
    let length = file.metadata()?.len();
    let mut archive =
        ZipArchive::new(BufReader::new(file)).map_err(|_| damaged("its list of entries is not there".to_owned()))?;
    let mut extents = BTreeMap::new();
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index).map_err(|_| damaged(format!("entry {index} is not whole")))?;
        let name = entry.name().to_owned();
        if entry.compression() != CompressionMethod::Stored || entry.encrypted() {
            let found = format!("{name} in it is compressed or encrypted");
            return Err(Fault::Unusable { found, expected: "an archive as torch.save writes it, which is neither" });
        }
        let start = entry.data_start().unwrap_or(u64::MAX);
        let end = start.saturating_add(entry.compressed_size());
        if end > length || entry.size() != entry.compressed_size() {
            return Err(damaged(format!("{name} has {} bytes by its own account", entry.size())));
        }
        extents.insert(name, Extent { start, end });
    }
    let root = extents.keys().find_map(|name| name.strip_suffix("data.pkl")).map(str::to_owned);
    let root = root.ok_or_else(|| damaged("there is no data.pkl in it".to_owned()))?;
    let bytes = |name: &str| extents.get(&format!("{root}{name}")).map(|extent| read(file, extent)).transpose();
    if let Some(order) = bytes("byteorder")?.filter(|order| order != b"little") {
        return Err(big_endian(&String::from_utf8_lossy(&order)));
    }
    let text = bytes("data.pkl")?.unwrap_or_default();
    let pickle = Pickle::read(&text)?;
    locate(&pickle, |tensor| {
        extents.get(&format!("{root}data/{}", tensor.storage)).map(|&Extent { start, end }| (start, end))
    })
}

/// The five pickles hold a magic number, a version, what the machine was like, the state dict and the storages' names
/// in the order in which their numbers follow, each behind its count.
fn bare(file: &File) -> Result<BTreeMap<String, StoredTensor>, Fault> {
    let damaged = |reason: &str| Fault::Damaged { format: "PyTorch file", reason: reason.to_owned() };
    let length = file.metadata()?.len();
    let head = read(file, &Extent { start: 0, end: length.min(LONGEST_PICKLE) })?;
    let mut at = 0;
    let mut next = || -> Result<Pickle, Fault> {
        let pickle = Pickle::read(&head[at..])?;
        at += pickle.length;
        Ok(pickle)
    };
    if next()?.integer() != Some(MAGIC_NUMBER) {
        return Err(damaged("its first pickle is not the magic number of torch.save"));
    }
    if next()?.integer() != Some(PROTOCOL) {
        return Err(damaged("its second pickle is not protocol 1001"));
    }
    let _machine = next()?;
    let state = next()?;
    let names = next()?.texts().ok_or_else(|| damaged("its fifth pickle does not list the storages"))?;

    let sizes: BTreeMap<&str, (u64, u64)> =
        state.storages().map(|(name, format, count)| (name, (count, number_size(&format)))).collect();
    let mut extents = BTreeMap::new();
    let mut start = at as u64;
    for name in names {
        let Some(&(count, size)) = sizes.get(name) else {
            return Err(damaged("a storage is not described"));
        };
        let stated = read(file, &Extent { start, end: start.saturating_add(8).min(length) })?;
        let stated: [u8; 8] = stated.try_into().map_err(|_| damaged("it ends before its numbers"))?;
        let end = count.checked_mul(size).and_then(|bytes| bytes.checked_add(start + 8));
        let end = end.filter(|&end| end <= length).ok_or_else(|| damaged("it ends before its numbers"))?;
        if u64::from_le_bytes(stated) != count {
            return Err(damaged("a storage has another size than its tensors say"));
        }
        extents.insert(name, (start + 8, end));
        start = end;
    }
    locate(&state, |tensor| extents.get(tensor.storage.as_str()).copied())
}

/// Puts the tensors of a state dict where their storages lie.
fn locate(
    pickle: &Pickle,
    extent: impl Fn(&PickledTensor) -> Option<(u64, u64)>,
) -> Result<BTreeMap<String, StoredTensor>, Fault> {
    let damaged = |name: &str, reason: String| Fault::Damaged {
        format: "PyTorch file",
        reason: format!("tensor {name} {reason}"),
    };
    let entries = pickle.state_dict().ok_or_else(|| Fault::Unusable {
        found: "its pickle holds no dictionary by name".to_owned(),
        expected: "a state dict",
    })?;
    let mut tensors = BTreeMap::new();
    for (name, tensor) in entries {
        let Some(tensor) = tensor else {
            let format = NumberFormat::Other("no tensor".to_owned());
            let nothing = StoredTensor { format, shape: Vec::new(), strides: Vec::new(), start: 0, end: 0 };
            tensors.insert(name.to_owned(), nothing);
            continue;
        };
        let (start, end) = extent(tensor)
            .ok_or_else(|| damaged(name, format!("is in storage {}, which is not there", tensor.storage)))?;
        let size = number_size(&tensor.format);
        if tensor.storage_size.checked_mul(size) != Some(end - start) {
            let (count, bytes) = (tensor.storage_size, end - start);
            return Err(damaged(
                name,
                format!("is in a storage of {count} numbers, for which there are {bytes} bytes"),
            ));
        }
        let first = tensor.offset.checked_mul(size).and_then(|bytes| bytes.checked_add(start)).unwrap_or(u64::MAX);
        let (shape, strides) = (tensor.shape.clone(), tensor.strides.clone());
        let stored = StoredTensor { format: tensor.format.clone(), shape, strides, start: first, end };
        if !stored.fits() {
            return Err(damaged(name, format!("of shape {:?} reaches beyond its storage", stored.shape)));
        }
        tensors.insert(name.to_owned(), stored);
    }
    Ok(tensors)
}

/// Bytes of one number, those of kinds that no weight has included.
fn number_size(format: &NumberFormat) -> u64 {
    match format {
        NumberFormat::Other(class) => match class.as_str() {
            "LongStorage" => 8,
            "IntStorage" => 4,
            "ShortStorage" => 2,
            _ => 1,
        },
        known => known.size().unwrap_or(1),
    }
}

fn read(mut file: &File, extent: &Extent) -> Result<Vec<u8>, Fault> {
    let length = extent.end.saturating_sub(extent.start);
    if length > LONGEST_PICKLE {
        let found = format!("a pickle of {length} bytes");
        return Err(Fault::Unusable { found, expected: "at most 4 MiB of names and shapes" });
    }
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(extent.start))?;
    file.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn big_endian(order: &str) -> Fault {
    Fault::Unusable {
        found: format!("its byte order is {order}"),
        expected: "numbers with the least significant byte first",
    }
}
