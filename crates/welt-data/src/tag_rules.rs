//! The rules of tagging schemes: where tags break them, and which scheme fits best.
//! Tags of sentences in, words and schemes out.
//!
//! A scheme is looked for by what it would find wrong, so that IOB1 and IOE1, which [`Scheme::detect`] never finds, are found where they fit best.

use welt_tags::{Prefix, Scheme, Tag};

use crate::corpus::Sentence;

/// The first of those that fit equally well is taken.
const BY_LIKELIHOOD: [Scheme; 6] =
    [Scheme::Iob2, Scheme::Iobes, Scheme::Bilou, Scheme::Ioe2, Scheme::Iob1, Scheme::Ioe1];

/// What stands before the first word of a sentence and after the last.
static OUTSIDE: Tag = Tag::OUTSIDE;

/// The scheme that has all prefixes that occur and whose rules are broken least often; none without an entity, or where no scheme has all of them.
///
/// Of schemes that fit equally well it is the first of IOB2, IOBES, BILOU, IOE2, IOB1 and IOE1.
/// [`Scheme::detect`] answers as seqeval does, by the prefixes alone, and therefore never with IOB1 or IOE1.
///
/// ```
/// use std::path::Path;
/// use welt_data::{checks, conll};
/// use welt_tags::Scheme;
///
/// let text = b"renal\tI-Disease\nfailure\tI-Disease\ngout\tB-Disease\n";
/// let corpus = conll::parse(Path::new("train.tsv"), text, conll::TagColumn::Find)?;
/// assert_eq!(checks::likely_scheme(&corpus.sentences), Some(Scheme::Iob1));
/// # Ok::<(), welt_data::DataError>(())
/// ```
#[must_use]
pub fn likely_scheme(sentences: &[Sentence]) -> Option<Scheme> {
    let mut tally = SchemeTally::default();
    for sentence in sentences {
        tally.add(&sentence.tags);
    }
    tally.likely()
}

/// What of the tags of sentences tells their likely scheme, for whoever does not hold them all.
#[derive(Debug, Clone, Default)]
pub(crate) struct SchemeTally {
    has_entity: bool,
    /// Whether a prefix occurs that the scheme does not have, in the order of [`BY_LIKELIHOOD`].
    is_foreign: [bool; BY_LIKELIHOOD.len()],
    /// How often the rules of the scheme are broken.
    broken: [usize; BY_LIKELIHOOD.len()],
}

impl SchemeTally {
    /// Adds the tags of a sentence.
    pub fn add(&mut self, tags: &[Tag]) {
        if tags.iter().all(|tag| tag.prefix() == Prefix::Outside) {
            return;
        }
        self.has_entity = true;
        for (index, scheme) in BY_LIKELIHOOD.into_iter().enumerate() {
            if self.is_foreign[index] {
                continue;
            }
            self.is_foreign[index] = !tags.iter().all(|tag| has(scheme, tag));
            self.broken[index] += faults(tags, scheme).count();
        }
    }

    /// What [`likely_scheme`] says of the sentences so far.
    pub fn likely(&self) -> Option<Scheme> {
        let schemes = BY_LIKELIHOOD.into_iter().zip(self.is_foreign).zip(self.broken);
        let fitting = schemes.filter(|((_, is_foreign), _)| self.has_entity && !is_foreign);
        // The first of those that are broken least often.
        fitting.min_by_key(|(_, broken)| *broken).map(|((scheme, _), _)| scheme)
    }
}

/// Where the rules of a scheme are broken: each word that may not follow the one before it, and the number of words where a sentence may not end.
pub(crate) fn faults(tags: &[Tag], scheme: Scheme) -> impl Iterator<Item = usize> {
    let end = if tags.is_empty() { 0 } else { tags.len() + 1 };
    (0..end).filter(move |word| {
        let before = word.checked_sub(1).map_or(&OUTSIDE, |before| &tags[before]);
        !may_follow(before, tags.get(*word).unwrap_or(&OUTSIDE), scheme)
    })
}

/// Whether a tag may stand right after another; tags that the scheme does not have are not judged.
fn may_follow(before: &Tag, tag: &Tag, scheme: Scheme) -> bool {
    use Prefix::{Begin, End, Inside, Last};
    if !has(scheme, before) || !has(scheme, tag) {
        return true;
    }
    let same = before.entity_type() == tag.entity_type();
    let (left, right) = (before.prefix(), tag.prefix());
    let entity = |prefix| prefix != Prefix::Outside;
    match scheme {
        // B and E are needed only where entities of one type touch.
        Scheme::Iob1 => right != Begin || (same && entity(left)),
        Scheme::Ioe1 => left != End || (same && entity(right)),
        Scheme::Iob2 => right != Inside || (same && entity(left)),
        Scheme::Ioe2 => left != Inside || (same && entity(right)),
        Scheme::Iobes | Scheme::Bilou => {
            let open = matches!(left, Begin | Inside);
            let goes_on = matches!(right, Inside | End | Last);
            open == goes_on && (same || !open)
        }
    }
}

/// Whether a scheme has the prefix of a tag.
pub(crate) fn has(scheme: Scheme, tag: &Tag) -> bool {
    scheme.prefixes().contains(&tag.prefix())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use welt_tags::{Chunking, Notation, Span};

    use super::*;

    fn check(tags: &str, scheme: Scheme, expected: &[usize]) {
        let tags: Vec<Tag> = tags.split_whitespace().map(|tag| tag.parse().expect("a tag")).collect();
        assert_eq!(faults(&tags, scheme).collect::<Vec<_>>(), expected, "{tags:?}");
    }

    #[test]
    fn rules_are_broken_where_a_reader_would_stumble() {
        check("I-A O B-A I-B", Scheme::Iob2, &[0, 3]);
        check("B-A I-A B-A B-B", Scheme::Iob1, &[0, 3]);
        check("I-A I-B E-B", Scheme::Ioe2, &[1]);
        check("O E-A I-A E-A", Scheme::Ioe1, &[4]);
        check("B-A O S-A I-A E-B B-A", Scheme::Iobes, &[1, 3, 4, 6]);
        check("U-A L-A B-A L-A", Scheme::Bilou, &[1]);
        check("", Scheme::Iobes, &[]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// The strict readers of `welt-tags` lose or regroup something exactly where a rule is broken.
        #[test]
        fn rules_are_those_of_the_readers(scheme in proptest::sample::select(Scheme::ALL.to_vec()), words in proptest::collection::vec((0_usize..5, 0_usize..2), 0..7)) {
            let prefixes = scheme.prefixes();
            let tags: Vec<Tag> = words.iter().map(|(prefix, name)| Tag::new(prefixes[prefix % prefixes.len()], ["A", "B"][*name])).collect();
            let texts: Vec<String> = tags.iter().map(Tag::to_string).collect();
            let spans: Vec<Span> = Chunking::Strict(scheme).spans(&texts, Notation::Prefix).expect("tags of the scheme");
            let again = scheme.tags(&spans, tags.len()).expect("spans side by side");
            // seqeval's rules for IOE1 overlook an `E` that follows `O` or another type.
            let overlooked = scheme == Scheme::Ioe1 && again != tags;
            if !overlooked {
                prop_assert_eq!(faults(&tags, scheme).next().is_none(), again == tags);
            }
        }
    }
}
