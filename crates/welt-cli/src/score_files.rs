//! The label scores of the words of a split, in a file beside its predictions: what a choice of labels is made of later, without
//! another pass through the network.
//!
//! The first line is JSON with the labels and the number of words; behind it stand the scores as little-endian 32-bit floats,
//! one a label and word, in the order of the words in the prediction file. Words that the model could not see have NaN.
//! That is four bytes a label and word: 12 bytes a word with one entity type in IOB2.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Write};
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use welt_tags::LabelSet;
use welt_train::WordScores;

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
struct Head {
    /// Raised when what follows changes.
    format: u32,
    labels: Vec<String>,
    words: usize,
}

const FORMAT: u32 = 1;

/// The file of a split in the folder of a run.
pub fn name(split: &str) -> String {
    format!("predictions/{split}.scores")
}

/// Writes the scores of a split.
///
/// # Errors
/// A disk that is full.
pub fn write(out: &mut impl Write, labels: &LabelSet, scores: &WordScores) -> Result<()> {
    let rows = scores.to_rows();
    let words = rows.len() / labels.names().len();
    let head = Head { format: FORMAT, labels: labels.names().to_vec(), words };
    serde_json::to_writer(&mut *out, &head)?;
    out.write_all(b"\n")?;
    for score in rows {
        out.write_all(&score.to_le_bytes())?;
    }
    Ok(())
}

/// Reads the scores of a split, whose sentences have so many words each, with the labels that they are of.
///
/// # Errors
/// A file that is not there, is no such file, or has another number of words.
pub fn read(path: &Path, n_words: &[usize]) -> Result<(LabelSet, WordScores)> {
    let shown = || path.display().to_string();
    let mut file = BufReader::new(File::open(path).with_context(shown)?);
    let mut line = String::new();
    // No label set fills this; what is longer is another kind of file.
    file.by_ref().take(1 << 20).read_line(&mut line).with_context(shown)?;
    let head: Head = serde_json::from_str(&line).with_context(|| format!("{}:1: no file of word scores", shown()))?;
    if head.format != FORMAT {
        bail!("{}: format {} of word scores, expected {FORMAT}", shown(), head.format);
    }
    let expected: usize = n_words.iter().sum();
    if head.words != expected {
        bail!("{}: scores of {} words, and the predictions beside it have {expected}", shown(), head.words);
    }
    let mut bytes = Vec::new();
    let limit = 4 * head.words as u64 * head.labels.len() as u64 + 1;
    file.take(limit).read_to_end(&mut bytes).with_context(shown)?;
    let scores = bytes.chunks_exact(4).map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]])).collect();
    let whole = WordScores::from_rows(head.labels.len(), n_words, scores).filter(|_| bytes.len() as u64 + 1 == limit);
    let Some(scores) = whole else {
        bail!("{}: {} bytes of scores, expected {}; was it cut off?", shown(), bytes.len(), limit - 1)
    };
    Ok((LabelSet::new(head.labels).with_context(shown)?, scores))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_read_to_the_bit_and_damage_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("dev.scores");
        let labels = LabelSet::new(["O", "B-A"].map(str::to_owned).into()).unwrap();
        let rows = vec![0.1_f32, -3.0e-20, f32::NAN, f32::NAN, 7.25, 1.0 / 3.0];
        let scores = WordScores::from_rows(2, &[1, 2], rows).unwrap();
        let mut bytes = Vec::new();
        write(&mut bytes, &labels, &scores).unwrap();
        let complain = |bytes: &[u8], n_words: &[usize]| {
            std::fs::write(&path, bytes).unwrap();
            format!("{:#}", read(&path, n_words).unwrap_err())
        };
        assert!(complain(&bytes, &[1, 1]).ends_with("scores of 3 words, and the predictions beside it have 2"));
        assert!(
            complain(&bytes[..bytes.len() - 1], &[3]).ends_with("23 bytes of scores, expected 24; was it cut off?")
        );
        assert!(complain(&[&bytes[..], b"x"].concat(), &[3]).contains("25 bytes of scores, expected 24"));
        assert!(complain(b"x\n", &[3]).contains("dev.scores:1: no file of word scores"));
        assert!(complain(b"", &[3]).contains("no file of word scores"));
        std::fs::write(&path, &bytes).unwrap();
        let (read_labels, found) = read(&path, &[1, 2]).unwrap();
        assert_eq!((read_labels.names(), found.sentence(0)), (labels.names(), scores.sentence(0)));
        assert_eq!(found.sentence(1), scores.sentence(1));
    }
}
