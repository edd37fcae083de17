//! Sentences of a text as the lines of a CoNLL-like file, without making a sentence of a corpus of each.

use std::io::Write;

use welt_tags::{Prefix, Scheme};

use super::sentence::TextSentence;
use crate::conll::checked;
use crate::error::DataError;

/// Writes sentences of a text with the tags of their entities, one word a line.
///
/// # Errors
/// As for [`conll::write`](crate::conll::write()), and entities that share a word or leave their sentence.
pub fn write_text(out: &mut impl Write, sentences: &[TextSentence<'_>], scheme: Scheme) -> Result<(), DataError> {
    let mut lines = String::new();
    for sentence in sentences {
        lines.clear();
        for (word, tag) in sentence.words.iter().zip(sentence.tags(scheme)?) {
            lines.push_str(checked(word.text)?);
            // Nine tags in ten.
            if tag.prefix() == Prefix::Outside {
                lines.push_str("\tO\n");
                continue;
            }
            lines.push('\t');
            lines.push_str(checked(&tag.to_string())?);
            lines.push('\n');
        }
        lines.push('\n');
        out.write_all(lines.as_bytes())?;
    }
    Ok(())
}
