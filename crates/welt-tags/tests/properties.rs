//! What must hold for every row of tags and every set of spans: no tags make a reader panic, and spans written as tags are read back as they were.

use proptest::prelude::*;
use welt_tags::{Chunking, CorpusReader, Notation, Scheme, Span, Tag};

/// A sentence's length and spans in it that do not overlap, in the order of their words.
fn sentence() -> impl Strategy<Value = (usize, Vec<Span>)> {
    let entity_type = prop_oneof!["[A-C]", "_", "[a-zä质]-[BIO]-?[a-z]"];
    let gap_and_span = (0..3_usize, 1..4_usize, entity_type);
    (0..3_usize, prop::collection::vec(gap_and_span, 0..8)).prop_map(|(tail, parts)| {
        let mut position = 0;
        let mut spans = Vec::new();
        for (gap, length, entity_type) in parts {
            let start = position + gap;
            position = start + length;
            spans.push(Span::new(&entity_type, start..position));
        }
        (position + tail, spans)
    })
}

/// Tags in and out of every scheme, odd ones among them.
fn soup() -> impl Strategy<Value = Vec<Vec<String>>> {
    let tag = prop_oneof![
        8 => "[BIOESLU](-[AB])?",
        1 => "[AB]-[BIOESLU]",
        1 => "[.XO-]-?[AB]?",
        1 => any::<String>(),
    ];
    prop::collection::vec(prop::collection::vec(tag, 0..12), 0..5)
}

fn notation() -> impl Strategy<Value = Notation> {
    prop_oneof![Just(Notation::Prefix), Just(Notation::Suffix)]
}

fn read_back(
    chunking: Chunking,
    scheme: Scheme,
    (n_words, spans): &(usize, Vec<Span>),
    notation: Notation,
) -> Vec<Span> {
    let tags = scheme.tags(spans, *n_words).expect("the spans do not overlap");
    assert_eq!(tags.len(), *n_words);
    let texts: Vec<String> = tags.iter().map(|tag: &Tag| tag.to_text(notation)).collect();
    chunking.spans(&texts, notation).expect("the tags are of the scheme")
}

proptest! {
    #[test]
    fn strict_readers_read_what_was_written(sentence in sentence(), notation in notation()) {
        // Not IOE1: seqeval's rules for it overlook an E that follows O.
        for scheme in [Scheme::Iob1, Scheme::Iob2, Scheme::Ioe2, Scheme::Iobes, Scheme::Bilou] {
            let spans = read_back(Chunking::Strict(scheme), scheme, &sentence, notation);
            prop_assert_eq!(&spans, &sentence.1, "{}", scheme);
        }
    }

    #[test]
    fn the_lenient_reader_reads_what_was_written(sentence in sentence(), notation in notation()) {
        // Not BILOU, whose L and U the lenient reader does not know.
        for scheme in [Scheme::Iob1, Scheme::Iob2, Scheme::Ioe1, Scheme::Ioe2, Scheme::Iobes] {
            let spans = read_back(Chunking::Lenient, scheme, &sentence, notation);
            prop_assert_eq!(&spans, &sentence.1, "{}", scheme);
        }
    }

    #[test]
    fn no_tags_panic(corpus in soup(), notation in notation()) {
        let _ = Scheme::detect(&corpus, notation);
        let strict = Scheme::ALL.map(Chunking::Strict);
        for chunking in strict.into_iter().chain([Chunking::Lenient]) {
            let mut reader = CorpusReader::new(chunking, notation);
            let mut last_end = 0;
            for sentence in &corpus {
                let position = reader.position();
                let Ok(chunks) = reader.read(sentence) else {
                    prop_assert_eq!(reader.position(), position);
                    continue;
                };
                for chunk in chunks {
                    prop_assert!(chunk.start < chunk.end);
                    prop_assert!(last_end < chunk.end && chunk.end > position);
                    prop_assert!(chunk.end <= position + sentence.len());
                    prop_assert!(!chunk.entity_type.is_empty());
                    last_end = chunk.end;
                }
            }
        }
    }

    #[test]
    fn strict_spans_lie_in_their_sentence_and_do_not_overlap(corpus in soup(), notation in notation()) {
        for scheme in Scheme::ALL {
            for sentence in &corpus {
                let Ok(spans) = Chunking::Strict(scheme).spans(sentence, notation) else { continue };
                prop_assert!(spans.iter().all(|span| span.end <= sentence.len()));
                prop_assert!(spans.windows(2).all(|pair| pair[0].end <= pair[1].start));
            }
        }
    }

    #[test]
    fn any_spans_are_written_or_refused(
        words in prop::collection::vec((0..8_usize, 0..8_usize, "[AB]?"), 0..4),
        n_words in 0..8_usize,
    ) {
        let spans: Vec<Span> = words.into_iter().map(|(start, end, name)| Span::new(&name, start..end)).collect();
        for scheme in Scheme::ALL {
            if let Ok(tags) = scheme.tags(&spans, n_words) {
                let covered: usize = spans.iter().map(|span| span.words().len()).sum();
                prop_assert_eq!(tags.iter().filter(|&tag| *tag != Tag::OUTSIDE).count(), covered);
            }
        }
    }
}
