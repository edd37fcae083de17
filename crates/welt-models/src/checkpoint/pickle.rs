//! The part of Python's pickle format that state dicts are written in: bytes in, tensors by name out.
//!
//! A pickle is a program for a small stack machine, one instruction of which calls any Python function by its name.
//! This machine knows no functions: the few names that a state dict needs stand for shapes of data here, and any other
//! name is an error that tells it. It does not recurse, and every byte of a pickle costs it a bounded amount of memory.

use std::collections::HashMap;

use super::error::Fault;
use super::stored::NumberFormat;

/// A tensor as a pickle describes it: part of a storage that lies elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PickledTensor {
    /// What the storage is called.
    pub storage: String,
    pub format: NumberFormat,
    /// Numbers in the storage.
    pub storage_size: u64,
    /// Where the tensor begins there, in numbers.
    pub offset: u64,
    pub shape: Vec<usize>,
    pub strides: Vec<usize>,
}

/// What a pickle may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Name {
    OrderedDict,
    RebuildTensor,
    RebuildParameter,
    /// A storage of numbers, by the name of its class.
    Storage(&'static str),
}

const STORAGES: [&str; 10] = [
    "FloatStorage",
    "HalfStorage",
    "BFloat16Storage",
    "DoubleStorage",
    "LongStorage",
    "IntStorage",
    "ShortStorage",
    "CharStorage",
    "ByteStorage",
    "BoolStorage",
];

/// The most bytes of a storage's name: torch counts them from 0, or takes an address.
const LONGEST_KEY: usize = 64;

/// The most dimensions of a tensor, more than any weight has.
const MOST_DIMENSIONS: usize = 8;

/// An object of the machine; those that hold others are kept in lists of the machine, by index.
#[derive(Debug, Clone, Copy)]
enum Object<'a> {
    None,
    Bool,
    Integer(i128),
    Float,
    Text(&'a str),
    Name(Name),
    /// A tuple or list.
    Sequence(usize),
    Dict(usize),
    Storage(usize),
    Tensor(usize),
}

#[derive(Debug)]
struct Storage<'a> {
    key: &'a str,
    class: &'static str,
    size: u64,
    /// Where the part of it begins that is meant.
    offset: u64,
}

/// A pickle that has been read.
pub(super) struct Pickle<'a> {
    sequences: Vec<Vec<Object<'a>>>,
    dicts: Vec<Vec<(Object<'a>, Object<'a>)>>,
    storages: Vec<Storage<'a>>,
    tensors: Vec<PickledTensor>,
    result: Object<'a>,
    /// Bytes that it took.
    pub length: usize,
}

impl<'a> Pickle<'a> {
    /// Reads the pickle that `bytes` begin with.
    pub fn read(bytes: &'a [u8]) -> Result<Self, Fault> {
        let pickle = Self {
            sequences: Vec::new(),
            dicts: Vec::new(),
            storages: Vec::new(),
            tensors: Vec::new(),
            result: Object::None,
            length: 0,
        };
        let mut machine =
            Machine { bytes, at: 0, stack: Vec::new(), marks: Vec::new(), memo: HashMap::new(), built: pickle };
        while !machine.step()? {}
        machine.built.result = machine.pop()?;
        machine.built.length = machine.at;
        Ok(machine.built)
    }

    /// The number that it holds.
    pub fn integer(&self) -> Option<i128> {
        match self.result {
            Object::Integer(number) => Some(number),
            _ => None,
        }
    }

    /// The texts that it lists.
    pub fn texts(&self) -> Option<Vec<&'a str>> {
        let Object::Sequence(index) = self.result else { return None };
        let text = |object: &Object<'a>| if let Object::Text(text) = object { Some(*text) } else { None };
        self.sequences[index].iter().map(text).collect()
    }

    /// Every storage that it names, with the format of its numbers and how many there are.
    pub fn storages(&self) -> impl Iterator<Item = (&'a str, NumberFormat, u64)> {
        self.storages.iter().map(|storage| (storage.key, number_format(storage.class), storage.size))
    }

    /// The tensors of the state dict that it holds, by name; none stands for entries that are no tensors.
    ///
    /// A training program's checkpoint may have the state dict under the name `state_dict`.
    pub fn state_dict(&self) -> Option<Vec<(&'a str, Option<&PickledTensor>)>> {
        let Object::Dict(index) = self.result else { return None };
        let inner = self.dicts[index].iter().find_map(|entry| match entry {
            (Object::Text("state_dict"), Object::Dict(inner)) => Some(*inner),
            _ => None,
        });
        let entries = self.dicts[inner.unwrap_or(index)].iter().map(|entry| match *entry {
            (Object::Text(name), Object::Tensor(tensor)) => Some((name, Some(&self.tensors[tensor]))),
            (Object::Text(name), _) => Some((name, None)),
            _ => None,
        });
        entries.collect()
    }
}

struct Machine<'a> {
    bytes: &'a [u8],
    at: usize,
    stack: Vec<Object<'a>>,
    /// Heights of the stack where marks were set.
    marks: Vec<usize>,
    memo: HashMap<u32, Object<'a>>,
    built: Pickle<'a>,
}

impl<'a> Machine<'a> {
    /// Carries out one instruction; says whether it was the last.
    fn step(&mut self) -> Result<bool, Fault> {
        let instruction = self.byte()?;
        match instruction {
            b'.' => return Ok(true),
            0x80 => drop(self.take(1)?),
            0x95 => drop(self.take(8)?),
            b'N' => self.stack.push(Object::None),
            0x88 | 0x89 => self.stack.push(Object::Bool),
            b'J' | b'K' | b'M' | 0x8a => self.integer(instruction)?,
            b'G' => {
                self.take(8)?;
                self.stack.push(Object::Float);
            }
            b'X' | b'T' | b'U' | 0x8c => self.text(instruction)?,
            b'(' => self.marks.push(self.stack.len()),
            b'0' => drop(self.pop()?),
            b'2' => {
                let top = self.top()?;
                self.stack.push(top);
            }
            b')' | b'\x85' | b'\x86' | b'\x87' | b't' | b']' | b'l' => self.sequence(instruction)?,
            b'}' => self.push_dict(Vec::new()),
            b'd' => {
                let items = self.pop_to_mark()?;
                let pairs = self.pairs(&items)?;
                self.push_dict(pairs);
            }
            b's' | b'u' | b'a' | b'e' => self.fill(instruction)?,
            b'q' | b'r' | 0x94 | b'h' | b'j' => self.memorise(instruction)?,
            b'c' | b'i' | 0x93 => self.name(instruction)?,
            b'Q' => self.persistent()?,
            b'R' => self.reduce()?,
            b'b' => self.build()?,
            other => return Err(self.damaged(format!("unknown instruction {other:#04x}"))),
        }
        Ok(false)
    }

    fn integer(&mut self, instruction: u8) -> Result<(), Fault> {
        let bytes = match instruction {
            b'K' => self.take(1)?,
            b'M' => self.take(2)?,
            b'J' => self.take(4)?,
            _ => {
                let length = usize::from(self.byte()?);
                self.take(length)?
            }
        };
        let signed = !matches!(instruction, b'K' | b'M');
        let fill = if signed && bytes.last().is_some_and(|last| last & 0x80 != 0) { 0xff } else { 0 };
        let mut wide = [fill; 16];
        let Some(low) = wide.get_mut(..bytes.len()) else {
            return Err(self.damaged("an integer of more than 16 bytes"));
        };
        low.copy_from_slice(bytes);
        self.stack.push(Object::Integer(i128::from_le_bytes(wide)));
        Ok(())
    }

    fn text(&mut self, instruction: u8) -> Result<(), Fault> {
        let length = match instruction {
            b'U' | 0x8c => usize::from(self.byte()?),
            _ => self.four_bytes()? as usize,
        };
        let bytes = self.take(length)?;
        let text = std::str::from_utf8(bytes).map_err(|_| self.damaged("a text that is not UTF-8"))?;
        self.stack.push(Object::Text(text));
        Ok(())
    }

    fn sequence(&mut self, instruction: u8) -> Result<(), Fault> {
        let mut items = match instruction {
            0x85 => vec![self.pop()?],
            0x86 => vec![self.pop()?, self.pop()?],
            0x87 => vec![self.pop()?, self.pop()?, self.pop()?],
            b't' | b'l' => self.pop_to_mark()?,
            _ => Vec::new(),
        };
        if instruction >= 0x85 {
            items.reverse();
        }
        self.built.sequences.push(items);
        self.stack.push(Object::Sequence(self.built.sequences.len() - 1));
        Ok(())
    }

    /// Puts objects into the list or dictionary below them.
    fn fill(&mut self, instruction: u8) -> Result<(), Fault> {
        let items = match instruction {
            b's' => {
                let value = self.pop()?;
                vec![self.pop()?, value]
            }
            b'a' => vec![self.pop()?],
            _ => self.pop_to_mark()?,
        };
        match (self.top()?, instruction) {
            (Object::Dict(dict), b's' | b'u') => {
                let pairs = self.pairs(&items)?;
                self.built.dicts[dict].extend(pairs);
            }
            (Object::Sequence(list), b'a' | b'e') => self.built.sequences[list].extend(items),
            _ => return Err(self.damaged("items for what is no container")),
        }
        Ok(())
    }

    fn memorise(&mut self, instruction: u8) -> Result<(), Fault> {
        let index = match instruction {
            b'q' | b'h' => u32::from(self.byte()?),
            0x94 => self.memo.len() as u32,
            _ => self.four_bytes()?,
        };
        if matches!(instruction, b'h' | b'j') {
            let Some(&known) = self.memo.get(&index) else {
                return Err(self.damaged(format!("nothing was stored under {index}")));
            };
            self.stack.push(known);
        } else {
            let top = self.top()?;
            self.memo.insert(index, top);
        }
        Ok(())
    }

    fn name(&mut self, instruction: u8) -> Result<(), Fault> {
        let (module, name) = if instruction == 0x93 {
            match (self.pop()?, self.pop()?) {
                (Object::Text(name), Object::Text(module)) => (module, name),
                _ => return Err(self.damaged("a name that is no text")),
            }
        } else {
            (self.line()?, self.line()?)
        };
        let known = match (module, name) {
            ("collections", "OrderedDict") => Some(Name::OrderedDict),
            ("torch._utils", "_rebuild_tensor" | "_rebuild_tensor_v2") => Some(Name::RebuildTensor),
            ("torch._utils", "_rebuild_parameter") => Some(Name::RebuildParameter),
            ("torch", name) => STORAGES.into_iter().find(|storage| *storage == name).map(Name::Storage),
            _ => None,
        };
        match known {
            // Instruction `i` makes an object of a class at once, which no state dict does.
            Some(known) if instruction != b'i' => self.stack.push(Object::Name(known)),
            _ => return Err(Fault::Code(format!("{module}.{name}"))),
        }
        Ok(())
    }

    /// A storage that lies outside the pickle: `('storage', class, key, place, size)`, and before version 1.6 also
    /// none or `(key, offset, size)` of a part of it.
    fn persistent(&mut self) -> Result<(), Fault> {
        let items = self.pop_sequence()?;
        let (class, key, size) = match items[..] {
            [
                Object::Text("storage"),
                Object::Name(Name::Storage(class)),
                Object::Text(key),
                _,
                Object::Integer(size),
                ..,
            ] if key.len() <= LONGEST_KEY => (class, key, size),
            _ => return Err(self.damaged("a storage without class, key and size")),
        };
        let offset = match items.get(5).copied() {
            Some(Object::Sequence(part)) => match self.built.sequences[part].get(1) {
                Some(Object::Integer(offset)) => *offset,
                _ => return Err(self.damaged("a part of a storage without offset")),
            },
            _ => 0,
        };
        let (size, offset) = (self.count(size)?, self.count(offset)?);
        self.built.storages.push(Storage { key, class, size, offset });
        self.stack.push(Object::Storage(self.built.storages.len() - 1));
        Ok(())
    }

    fn reduce(&mut self) -> Result<(), Fault> {
        let arguments = self.pop_sequence()?;
        match (self.pop()?, arguments.as_slice()) {
            (Object::Name(Name::OrderedDict), []) => self.push_dict(Vec::new()),
            (Object::Name(Name::OrderedDict), [Object::Sequence(list)]) => {
                let mut flat = Vec::new();
                // Taken, not copied: a pickle that does this again and again gets no more than it wrote.
                for item in std::mem::take(&mut self.built.sequences[*list]) {
                    let Object::Sequence(pair) = item else { continue };
                    flat.extend(self.built.sequences[pair].iter().take(2));
                }
                let pairs = self.pairs(&flat)?;
                self.push_dict(pairs);
            }
            (
                Object::Name(Name::RebuildTensor),
                [
                    Object::Storage(storage),
                    Object::Integer(offset),
                    Object::Sequence(shape),
                    Object::Sequence(strides),
                    ..,
                ],
            ) => self.tensor(*storage, *offset, *shape, *strides)?,
            (Object::Name(Name::RebuildParameter), [Object::Tensor(tensor), ..]) => {
                self.stack.push(Object::Tensor(*tensor));
            }
            _ => return Err(self.damaged("a call with arguments that no state dict has")),
        }
        Ok(())
    }

    fn tensor(&mut self, storage: usize, offset: i128, shape: usize, strides: usize) -> Result<(), Fault> {
        let sizes = |index: usize| -> Result<Vec<usize>, Fault> {
            let size = |object: &Object| match object {
                Object::Integer(size) => Ok(self.count(*size)? as usize),
                _ => Err(self.damaged("a size that is no number")),
            };
            self.built.sequences[index].iter().map(size).collect()
        };
        let dimensions = [shape, strides].map(|index| self.built.sequences[index].len());
        if dimensions[0] != dimensions[1] || dimensions[0] > MOST_DIMENSIONS {
            let [shape, strides] = dimensions;
            return Err(self.damaged(format!("a tensor with {shape} dimensions and {strides} strides")));
        }
        let (shape, strides) = (sizes(shape)?, sizes(strides)?);
        let Storage { key, class, size, offset: part } = &self.built.storages[storage];
        let offset = self.count(offset)?;
        let tensor = PickledTensor {
            storage: (*key).to_owned(),
            format: number_format(class),
            storage_size: *size,
            offset: part.checked_add(offset).ok_or_else(|| self.damaged("an offset beyond all measure"))?,
            shape,
            strides,
        };
        self.built.tensors.push(tensor);
        self.stack.push(Object::Tensor(self.built.tensors.len() - 1));
        Ok(())
    }

    /// The attributes of an object: a state dict has some of its own, which say nothing of the tensors.
    fn build(&mut self) -> Result<(), Fault> {
        self.pop()?;
        match self.top()? {
            Object::Dict(_) => Ok(()),
            _ => Err(self.damaged("attributes for what is no dictionary")),
        }
    }

    fn push_dict(&mut self, pairs: Vec<(Object<'a>, Object<'a>)>) {
        self.built.dicts.push(pairs);
        self.stack.push(Object::Dict(self.built.dicts.len() - 1));
    }

    fn pairs(&self, items: &[Object<'a>]) -> Result<Vec<(Object<'a>, Object<'a>)>, Fault> {
        let (pairs, []) = items.as_chunks::<2>() else {
            return Err(self.damaged("a key without a value"));
        };
        Ok(pairs.iter().map(|&[key, value]| (key, value)).collect())
    }

    /// A number that counts something.
    fn count(&self, number: i128) -> Result<u64, Fault> {
        let count = u64::try_from(number).ok().filter(|&count| usize::try_from(count).is_ok());
        count.ok_or_else(|| self.damaged(format!("{number} where a size is expected")))
    }

    fn pop(&mut self) -> Result<Object<'a>, Fault> {
        let top = self.top()?;
        self.stack.pop();
        Ok(top)
    }

    /// What lies on top, above the last mark.
    fn top(&self) -> Result<Object<'a>, Fault> {
        let floor = self.marks.last().copied().unwrap_or(0);
        let top = self.stack.get(floor..).and_then(<[_]>::last);
        top.copied().ok_or_else(|| self.damaged("an instruction without its operands"))
    }

    fn pop_to_mark(&mut self) -> Result<Vec<Object<'a>>, Fault> {
        let Some(mark) = self.marks.pop() else {
            return Err(self.damaged("an instruction without its mark"));
        };
        Ok(self.stack.split_off(mark))
    }

    fn pop_sequence(&mut self) -> Result<Vec<Object<'a>>, Fault> {
        match self.pop()? {
            // A copy, since the memo may be asked for it again; nobody wants more than its first items.
            Object::Sequence(index) => Ok(self.built.sequences[index].iter().take(8).copied().collect()),
            _ => Err(self.damaged("arguments that are no tuple")),
        }
    }

    fn byte(&mut self) -> Result<u8, Fault> {
        Ok(self.take(1)?[0])
    }

    fn four_bytes(&mut self) -> Result<u32, Fault> {
        let bytes = self.take(4)?;
        Ok(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    /// The text up to the end of the line.
    fn line(&mut self) -> Result<&'a str, Fault> {
        let rest = &self.bytes[self.at..];
        let length = rest.iter().take(256).position(|&byte| byte == b'\n');
        let line = length.and_then(|length| std::str::from_utf8(&rest[..length]).ok());
        let line = line.ok_or_else(|| self.damaged("a name that does not end"))?;
        self.at += line.len() + 1;
        Ok(line)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Fault> {
        let taken = self.bytes[self.at..].get(..length);
        let taken = taken.ok_or_else(|| self.damaged("it ends too early"))?;
        self.at += length;
        Ok(taken)
    }

    fn damaged(&self, reason: impl std::fmt::Display) -> Fault {
        Fault::Damaged { format: "pickle", reason: format!("byte {}: {reason}", self.at) }
    }
}

fn number_format(class: &str) -> NumberFormat {
    match class {
        "FloatStorage" => NumberFormat::F32,
        "HalfStorage" => NumberFormat::F16,
        "BFloat16Storage" => NumberFormat::BF16,
        "DoubleStorage" => NumberFormat::F64,
        other => NumberFormat::Other(other.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    /// What is said of a pickle that is no state dict.
    fn check(bytes: &[u8], expected: &Expect) {
        let said = match Pickle::read(bytes) {
            Ok(pickle) => format!("{:?}", pickle.state_dict()),
            Err(Fault::Damaged { reason, .. }) => reason,
            Err(Fault::Code(name)) => format!("calls for {name}"),
            Err(other) => format!("{other:?}"),
        };
        expected.assert_eq(&said);
    }

    #[test]
    fn code_is_named_and_not_run() {
        // `pickle.dumps` of an object whose `__reduce__` returns (os.system, ("echo ran",)), protocols 2 and 4.
        check(
            b"\x80\x02cposix\nsystem\nq\x00X\x08\x00\x00\x00echo ranq\x01\x85q\x02Rq\x03.",
            &expect!["calls for posix.system"],
        );
        check(
            b"\x80\x04\x95\x23\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x94\x8c\x06system\x94\x93\x94\
              \x8c\x08echo ran\x94\x85\x94R\x94.",
            &expect!["calls for posix.system"],
        );
        check(b"c__builtin__\neval\n(X\x01\x00\x00\x001tR.", &expect!["calls for __builtin__.eval"]);
        check(b"(ios\nsystem\n.", &expect!["calls for os.system"]);
        check(b"ctorch\nload\n.", &expect!["calls for torch.load"]);
        check(b"ctorch._utils\n_rebuild_qtensor\n.", &expect!["calls for torch._utils._rebuild_qtensor"]);
    }

    #[test]
    fn nonsense_is_refused() {
        check(b"", &expect!["byte 0: it ends too early"]);
        check(b"\x80\x02}q\x00", &expect!["byte 5: it ends too early"]);
        check(b"R.", &expect!["byte 1: an instruction without its operands"]);
        check(b"(R.", &expect!["byte 2: an instruction without its operands"]);
        check(b"t.", &expect!["byte 1: an instruction without its mark"]);
        check(b"h\x05.", &expect!["byte 2: nothing was stored under 5"]);
        check(b"X\xff\xff\xff\xff.", &expect!["byte 5: it ends too early"]);
        check(b"}K\x01s.", &expect!["byte 4: an instruction without its operands"]);
        check(b"}(K\x01u.", &expect!["byte 5: a key without a value"]);
        check(b"NNb.", &expect!["byte 3: attributes for what is no dictionary"]);
        check(b"ccollections\nOrderedDict\nK\x01R.", &expect!["byte 28: arguments that are no tuple"]);
        check(
            b"ctorch._utils\n_rebuild_tensor_v2\n)R.",
            &expect!["byte 35: a call with arguments that no state dict has"],
        );
        check(b"I1\n.", &expect!["byte 1: unknown instruction 0x49"]);
        check(b"K\x01.", &expect!["None"]);
        check(b"\x8a\x11aaaaaaaaaaaaaaaaa.", &expect!["byte 19: an integer of more than 16 bytes"]);
    }

    #[test]
    fn containers_that_hold_themselves_end() {
        // A dictionary that is its own entry `a`, and a list of itself.
        check(b"}q\x00X\x01\x00\x00\x00ah\x00s.", &expect![[r#"Some([("a", None)])"#]]);
        check(b"]q\x00h\x00a.", &expect!["None"]);
        // Thirty lists, each of which holds the one before it twice: 2^30 items if they were copied.
        let mut bytes = b"N".to_vec();
        (0..30).for_each(|_| bytes.extend(b"2\x86"));
        bytes.push(b'.');
        check(&bytes, &expect!["None"]);
    }

    #[test]
    fn numbers_are_read_as_python_writes_them() {
        let integer = |bytes: &[u8]| Pickle::read(bytes).ok().and_then(|pickle| pickle.integer());
        // pickle.dumps(n, 2) for n = 255, 65535, -1, 2**31 and the magic number of torch's first container.
        assert_eq!(integer(b"\x80\x02K\xff."), Some(255));
        assert_eq!(integer(b"\x80\x02M\xff\xff."), Some(65535));
        assert_eq!(integer(b"\x80\x02J\xff\xff\xff\xff."), Some(-1));
        assert_eq!(integer(b"\x80\x02\x8a\x05\x00\x00\x00\x80\x00."), Some(1 << 31));
        assert_eq!(integer(b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."), Some(0x1950_a86a_20f9_469c_fc6c));
    }
}
