//! Reads messages of Protocol Buffers, without knowing what their fields mean: bytes in, numbered fields out.

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Content<'b> {
    /// A whole number, or a truth.
    Number(u64),
    /// A number in single precision, or four bytes of something else.
    Single(f32),
    /// Eight bytes.
    Eight,
    /// A text, bytes, or another message.
    Bytes(&'b [u8]),
}

/// The fields of a message with their numbers, in order; the last is an error where the bytes are none.
pub(crate) fn fields(bytes: &[u8]) -> impl Iterator<Item = Result<(u64, Content<'_>), String>> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let field = field(&mut rest).ok_or_else(|| format!("byte {} begins no field", bytes.len() - rest.len()));
        if field.is_err() {
            rest = &[];
        }
        Some(field)
    })
}

/// Takes a field off the beginning.
fn field<'b>(rest: &mut &'b [u8]) -> Option<(u64, Content<'b>)> {
    let mut left = *rest;
    let key = number(&mut left)?;
    let content = match key & 7 {
        0 => Content::Number(number(&mut left)?),
        1 => {
            left = left.get(8..)?;
            Content::Eight
        }
        2 => {
            let length = usize::try_from(number(&mut left)?).ok()?;
            let (content, behind) = left.split_at_checked(length)?;
            left = behind;
            Content::Bytes(content)
        }
        5 => {
            let (four, behind) = left.split_first_chunk::<4>()?;
            left = behind;
            Content::Single(f32::from_le_bytes(*four))
        }
        _ => return None,
    };
    *rest = left;
    Some((key >> 3, content))
}

/// Takes a number off the beginning: seven bits a byte, the lowest first, as long as the eighth is set.
fn number(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, behind) = rest.split_first()?;
        *rest = behind;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_one_after_the_other() {
        // The examples of the encoding's own description: 150 in field 1, "testing" in field 2.
        let bytes = b"\x08\x96\x01\x12\x07testing\x1d\x00\x00\x80\x3f\x21\0\0\0\0\0\0\0\0";
        let found: Vec<_> = fields(bytes).collect::<Result<_, _>>().unwrap();
        let expected = [
            (1, Content::Number(150)),
            (2, Content::Bytes(b"testing")),
            (3, Content::Single(1.0)),
            (4, Content::Eight),
        ];
        assert_eq!(found, expected);
        for length in 0..bytes.len() {
            let whole = [0, 3, 12, 17].contains(&length);
            assert_eq!(fields(&bytes[..length]).all(|field| field.is_ok()), whole, "{length}");
        }
        assert!(fields(&[0xff; 20]).next().unwrap().is_err());
        assert!(fields(&[0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f, 1]).next().unwrap().is_err());
        assert!(fields(&[0x0b]).next().unwrap().is_err());
    }
}
