//! Scalars as TensorBoard reads them: TFRecord frames around hand-made Event messages.
//! Numbers in, bytes out; it knows nothing of training.

use std::io::{self, Write};

/// Writes an event file; the caller names it `events.out.tfevents.*`.
pub struct EventWriter<W> {
    out: W,
}

impl<W: Write> EventWriter<W> {
    /// A file that says its version, as readers expect.
    ///
    /// # Errors
    /// As the writer.
    pub fn new(out: W, seconds: f64) -> io::Result<Self> {
        let mut writer = Self { out };
        let mut event = double(1, seconds);
        event.extend(bytes(3, b"brain.Event:2"));
        writer.record(&event)?;
        Ok(writer)
    }

    /// Goes on with a file that was begun before.
    pub const fn going_on(out: W) -> Self {
        Self { out }
    }

    /// One number under `tag` at `step`; `seconds` since 1970.
    ///
    /// # Errors
    /// As the writer.
    pub fn scalar(&mut self, tag: &str, step: u64, value: f32, seconds: f64) -> io::Result<()> {
        let mut summary_value = bytes(1, tag.as_bytes());
        summary_value.push(2 << 3 | 5);
        summary_value.extend(value.to_le_bytes());
        let mut event = double(1, seconds);
        event.push(2 << 3);
        event.extend(varint(step));
        event.extend(bytes(5, &bytes(1, &summary_value)));
        self.record(&event)
    }

    /// Hands everything to the system.
    ///
    /// # Errors
    /// As the writer.
    pub fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    /// A TFRecord: length, its checksum, data, its checksum.
    fn record(&mut self, data: &[u8]) -> io::Result<()> {
        let length = (data.len() as u64).to_le_bytes();
        self.out.write_all(&length)?;
        self.out.write_all(&masked_crc(&length))?;
        self.out.write_all(data)?;
        self.out.write_all(&masked_crc(data))
    }
}

/// CRC-32C, rotated and shifted as the format asks.
fn masked_crc(data: &[u8]) -> [u8; 4] {
    crc32c::crc32c(data).rotate_right(15).wrapping_add(0xA282_EAD8).to_le_bytes()
}

fn double(field: u8, value: f64) -> Vec<u8> {
    let mut encoded = vec![field << 3 | 1];
    encoded.extend(value.to_le_bytes());
    encoded
}

fn bytes(field: u8, value: &[u8]) -> Vec<u8> {
    let mut encoded = vec![field << 3 | 2];
    encoded.extend(varint(value.len() as u64));
    encoded.extend(value);
    encoded
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut encoded = Vec::new();
    while value >= 0x80 {
        encoded.push(value as u8 | 0x80);
        value >>= 7;
    }
    encoded.push(value as u8);
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_and_fields() {
        let mut writer = EventWriter::new(Vec::new(), 0.0).unwrap();
        writer.scalar("loss", 300, 0.5, 0.0).unwrap();
        let header = 8 + 4 + 24 + 4;
        let event = &writer.out[header + 12..writer.out.len() - 4];
        assert_eq!(event[..9], [9, 0, 0, 0, 0, 0, 0, 0, 0]); // wall time
        assert_eq!(event[9..12], [16, 0xAC, 0x02]); // step 300
        assert_eq!(event[12..], *b"\x2a\x0d\x0a\x0b\x0a\x04loss\x15\x00\x00\x00\x3f");
    }

    #[test]
    fn checksum_of_the_format() {
        // CRC-32C of "123456789" is 0xE3069283 (RFC 3720).
        assert_eq!(crc32c::crc32c(b"123456789"), 0xE306_9283);
        let rotated = 0xE306_9283_u32.rotate_right(15).wrapping_add(0xA282_EAD8);
        assert_eq!(masked_crc(b"123456789"), rotated.to_le_bytes());
    }
}
