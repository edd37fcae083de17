//! SentencePiece's table of what characters become, which the tokenizers crate follows without looking whether it leads out of itself.
//! The normalizer of a `tokenizer.json` goes in, the reason against it comes out.
//!
//! A table is the size of a trie in bytes, the trie (a double array of 32-bit units, as darts-clone has it), and texts that end
//! with NUL. The low byte of a unit is the byte that leads to it, bit 8 says whether a text ends there, and the upper bits how far
//! its own successors are.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// The greatest byte of UTF-8.
const LAST_BYTE: usize = 0xf4;

/// Why a table in a normalizer cannot be followed; none where all can.
pub(crate) fn fault(normalizer: &Value) -> Option<&'static str> {
    let steps = normalizer["normalizers"].as_array();
    if let Some(fault) = steps.into_iter().flatten().find_map(fault) {
        return Some(fault);
    }
    let text = normalizer["precompiled_charsmap"].as_str().filter(|_| normalizer["type"] == "Precompiled")?;
    let Ok(table) = STANDARD.decode(text) else { return Some("its table of characters is not base64") };
    (!is_whole(&table)).then_some("its table of characters leads out of itself")
}

/// Whether every way through the trie stays in it, and every text that it names begins in the texts.
fn is_whole(table: &[u8]) -> bool {
    let Some((size, rest)) = table.split_first_chunk::<4>() else { return false };
    let Some((trie, texts)) = rest.split_at_checked(u32::from_le_bytes(*size) as usize) else { return false };
    let (units, []) = trie.as_chunks::<4>() else { return false };
    let Ok(texts) = std::str::from_utf8(texts) else { return false };
    let units: Vec<usize> = units.iter().map(|unit| u32::from_le_bytes(*unit) as usize).collect();
    let Some(root) = units.first() else { return false };
    let mut is_seen = vec![false; units.len()];
    let mut bases = vec![offset(*root)];
    while let Some(base) = bases.pop() {
        match is_seen.get_mut(base) {
            None => return false,
            Some(true) => continue,
            Some(seen) => *seen = true,
        }
        for byte in 1..=LAST_BYTE {
            let position = base ^ byte;
            let Some(unit) = units.get(position) else { return false };
            if unit & (1 << 31 | 0xff) != byte {
                continue;
            }
            let next = position ^ offset(*unit);
            if unit >> 8 & 1 == 1 {
                let leaf = units.get(next).map(|leaf| leaf & ((1 << 31) - 1));
                if !leaf.is_some_and(|text| texts.is_char_boundary(text)) {
                    return false;
                }
            }
            bases.push(next);
        }
    }
    true
}

/// How far the successors of a unit are.
const fn offset(unit: usize) -> usize {
    (unit >> 10) << ((unit & 1 << 9) >> 6)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tokenizers::normalizers::precompiled::Precompiled;

    use super::*;

    /// The table of a fixture.
    fn table() -> Vec<u8> {
        let json: Value = serde_json::from_str(include_str!("../tests/golden/xlm_roberta/tokenizer.json")).unwrap();
        let normalizers =
            json["normalizer"]["normalizers"].as_array().cloned().unwrap_or_else(|| vec![json["normalizer"].clone()]);
        let text = normalizers.iter().find_map(|step| step["precompiled_charsmap"].as_str()).unwrap();
        STANDARD.decode(text).unwrap()
    }

    #[test]
    fn tables_that_can_be_followed_are_whole() {
        assert!(is_whole(&table()));
        for broken in [&b""[..], b"\0\0\0\0", b"\x04\0\0\0\0\0\0", b"\x05\0\0\0aaaaa", b"\xff\xff\xff\xffaaaa"] {
            assert!(!is_whole(broken), "{broken:?}");
        }
        let normalizer = |text: &str| json!({"type": "Sequence", "normalizers": [{"type": "Sequence", "normalizers": [{"type": "Precompiled", "precompiled_charsmap": text}]}]});
        assert_eq!(fault(&normalizer(&STANDARD.encode(table()))), None);
        assert!(fault(&normalizer("AAAAAA==")).is_some() && fault(&normalizer("?")).is_some());
        assert_eq!(fault(&json!({"type": "Lowercase"})), None);
    }

    /// Whatever is taken for whole can be followed by every short text.
    #[test]
    fn broken_tables_are_refused_before_they_are_followed() {
        let table = table();
        let mut refused = 0;
        for bit in 0..table.len() * 8 {
            let mut broken = table.clone();
            broken[bit / 8] ^= 1 << (bit % 8);
            if !is_whole(&broken) {
                refused += 1;
                continue;
            }
            let precompiled = Precompiled::from(&broken).unwrap();
            for text in ["a", " ", "\u{3000}", "ﬁ", "１", "\u{a0}", "ὰ", "𝛽", "\u{200b}b"] {
                let _ = precompiled.transform(text);
            }
        }
        assert!(refused > 100, "{refused}");
    }
}
