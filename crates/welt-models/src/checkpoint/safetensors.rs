//! Safetensors files: a length, a header in JSON, the numbers. Tensors with their extents come out of one, or go in.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::error::Fault;
use super::stored::{NumberFormat, StoredTensor, WeightFormat};

const FORMAT: &str = "safetensors file";

/// The most bytes of a header; the format's own library has the same limit.
const LONGEST_HEADER: u64 = 100_000_000;

#[derive(Serialize, Deserialize)]
struct Entry {
    dtype: String,
    shape: Vec<usize>,
    data_offsets: [u64; 2],
}

/// What stands in a header, in its order; a reader of maps would keep the last of two tensors with one name.
struct Entries(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EntriesVisitor)
    }
}

struct EntriesVisitor;

impl<'de> Visitor<'de> for EntriesVisitor {
    type Value = Entries;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with an entry for every tensor")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Entries(entries))
    }
}

/// The tensors of a file, by name.
pub(super) fn tensors(mut file: &File) -> Result<BTreeMap<String, StoredTensor>, Fault> {
    let damaged = |reason: String| Fault::Damaged { format: FORMAT, reason };
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(0))?;
    let mut first = Vec::new();
    file.take(8).read_to_end(&mut first)?;
    if first == *b"version " {
        return Err(damaged("it is a pointer of Git LFS".to_owned()));
    }
    let Ok(first) = <[u8; 8]>::try_from(first) else { return Err(damaged(format!("it has {length} bytes"))) };
    let header_length = u64::from_le_bytes(first);
    if header_length > LONGEST_HEADER || header_length + 8 > length {
        return Err(damaged(format!("its header has {header_length} bytes by its own account, the file {length}")));
    }
    let mut header = Vec::new();
    file.take(header_length).read_to_end(&mut header)?;
    let Entries(entries) = serde_json::from_slice(&header).map_err(|error| damaged(format!("its header: {error}")))?;

    let data = 8 + header_length;
    let mut tensors = BTreeMap::new();
    let mut extents = Vec::new();
    let mut end_of_data = data;
    for (name, entry) in entries.into_iter().filter(|(name, _)| name != "__metadata__") {
        let entry: Entry =
            serde_json::from_value(entry).map_err(|error| damaged(format!("its header: tensor {name}: {error}")))?;
        let tensor = stored(entry, data).filter(|tensor| tensor.end <= length);
        let tensor = tensor.ok_or_else(|| damaged(format!("tensor {name} does not lie in its {length} bytes")))?;
        end_of_data = end_of_data.max(tensor.end);
        if tensor.start < tensor.end {
            extents.push((tensor.start, tensor.end, name.clone()));
        }
        if tensors.insert(name.clone(), tensor).is_some() {
            return Err(damaged(format!("its header: tensor {name} stands there twice")));
        }
    }
    extents.sort_unstable();
    if let Some([(_, _, first), (_, _, second)]) = extents.array_windows().find(|[first, second]| first.1 > second.0) {
        return Err(damaged(format!("tensors {first} and {second} share bytes")));
    }
    if end_of_data < length {
        return Err(damaged(format!("its last {} bytes belong to no tensor", length - end_of_data)));
    }
    Ok(tensors)
}

/// A tensor whose numbers fill the bytes that the header gives it.
fn stored(entry: Entry, data: u64) -> Option<StoredTensor> {
    let Entry { dtype, shape, data_offsets: [start, end] } = entry;
    let format = match dtype.as_str() {
        "F16" => NumberFormat::F16,
        "BF16" => NumberFormat::BF16,
        "F32" => NumberFormat::F32,
        "F64" => NumberFormat::F64,
        _ => NumberFormat::Other(dtype),
    };
    let bytes = end.checked_sub(start)?;
    let count = shape.iter().try_fold(1_u64, |count, &size| count.checked_mul(size as u64))?;
    if format.size().is_some_and(|size| count.checked_mul(size) != Some(bytes)) {
        return None;
    }
    let strides = StoredTensor::row_major(&shape)?;
    Some(StoredTensor { format, shape, strides, start: data.checked_add(start)?, end: data.checked_add(end)? })
}

/// The header of a file with these tensors, whose numbers follow in the same order.
pub(super) fn header(tensors: &[(String, Vec<usize>)], format: WeightFormat) -> serde_json::Result<Vec<u8>> {
    let mut entries = serde_json::Map::new();
    entries.insert("__metadata__".to_owned(), serde_json::json!({ "format": "pt" }));
    let mut start = 0;
    for (name, shape) in tensors {
        let end = start + format.size() * shape.iter().product::<usize>() as u64;
        let entry =
            Entry { dtype: format.name_in_safetensors().to_owned(), shape: shape.clone(), data_offsets: [start, end] };
        entries.insert(name.clone(), serde_json::to_value(entry)?);
        start = end;
    }
    let mut text = serde_json::to_vec(&entries)?;
    // The numbers begin at a multiple of eight bytes, which those who map files into memory count on.
    text.resize(text.len().next_multiple_of(8), b' ');
    Ok([&(text.len() as u64).to_le_bytes(), text.as_slice()].concat())
}

/// Numbers as they lie in a file.
pub(super) fn write_numbers(out: &mut impl Write, numbers: &[f32], format: WeightFormat) -> std::io::Result<()> {
    for chunk in numbers.chunks(1 << 14) {
        out.write_all(&format.encode(chunk))?;
    }
    Ok(())
}
