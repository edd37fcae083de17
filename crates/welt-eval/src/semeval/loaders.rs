//! How nervaluate 1.2.1 reads entities out of tags, which is neither of seqeval's ways.
//! Tags by their positions in, entities out.
//!
//! - An entity begins with `B-` or `I-`; anything else but `O` is refused there.
//! - Within an entity the two first characters of a tag are passed over, whatever they are: the entity goes on where the rest is
//!   its type, unless the first is `B`.

use welt_tags::Chunk;

/// A tag that nervaluate refuses, with a ValueError.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{found}` at position {position} begins an entity, expected O or a tag that begins with B- or I-")]
pub struct NoBeginning {
    /// The tag.
    pub found: String,
    /// Its position.
    pub position: usize,
}

/// The entities of a document as nervaluate's loaders of lists and of CoNLL read them, in order.
///
/// Positions need not follow one another, since its loader of CoNLL counts blank lines too; `length` is the position behind the last.
///
/// ```
/// use welt_eval::semeval::read_tags;
///
/// let tags = ["O", "I-Gene", "E-Gene", "B-Gene", "I-Drug"];
/// let entities = read_tags(tags.into_iter().enumerate(), tags.len())?;
/// let extents: Vec<_> = entities.iter().map(|entity| (entity.entity_type, entity.start, entity.end)).collect();
/// assert_eq!(extents, [("Gene", 1, 3), ("Gene", 3, 4), ("Drug", 4, 5)]);
/// assert!(read_tags([(0, "S-Gene")].into_iter(), 1).is_err());
/// # Ok::<(), welt_eval::semeval::NoBeginning>(())
/// ```
///
/// # Errors
/// A tag that begins an entity and is neither `B-` nor `I-`.
pub fn read_tags<'t>(
    tags: impl Iterator<Item = (usize, &'t str)>,
    length: usize,
) -> Result<Vec<Chunk<'t>>, NoBeginning> {
    let mut entities = Vec::new();
    let mut open: Option<(&'t str, usize)> = None;
    for (position, tag) in tags {
        let goes_on = |(entity_type, _): (&str, usize)| without_two(tag) == entity_type && !tag.starts_with('B');
        if tag != "O" && open.is_some_and(goes_on) {
            continue;
        }
        if let Some((entity_type, start)) = open.take() {
            entities.push(Chunk { entity_type, start, end: position });
        }
        if tag != "O" {
            let Some(entity_type) = tag.strip_prefix("B-").or_else(|| tag.strip_prefix("I-")) else {
                return Err(NoBeginning { found: tag.to_owned(), position });
            };
            open = Some((entity_type, position));
        }
    }
    entities.extend(open.map(|(entity_type, start)| Chunk { entity_type, start, end: length }));
    Ok(entities)
}

/// A tag without its two first characters.
fn without_two(tag: &str) -> &str {
    let mut characters = tag.chars();
    characters.next();
    characters.next();
    characters.as_str()
}
