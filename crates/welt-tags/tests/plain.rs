//! The readers, which pass over most words, against the rules written down as plainly as can be: on all short rows of short tags, and on random ones.

use proptest::prelude::*;
use welt_tags::{Chunking, CorpusReader, Notation, Scheme};

/// All texts of one to so many of these letters.
fn texts(letters: &str, longest: usize) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let mut last = vec![String::new()];
    for _ in 0..longest {
        last = last.iter().flat_map(|text| letters.chars().map(move |letter| format!("{text}{letter}"))).collect();
        all.extend(last.iter().cloned());
    }
    all
}

/// A type, the first position and the last.
type Entity = (String, usize, usize);

fn read(sentences: &[Vec<&str>], chunking: Chunking, notation: Notation) -> Result<Vec<Entity>, String> {
    let mut reader = CorpusReader::new(chunking, notation);
    let mut entities = Vec::new();
    for sentence in sentences {
        let chunks = reader.read(sentence).map_err(|error| error.to_string())?;
        entities.extend(chunks.iter().map(|chunk| (chunk.entity_type.to_owned(), chunk.start, chunk.end - 1)));
    }
    Ok(entities)
}

/// seqeval's default reader: a corpus is one row of tags, with an `O` after each sentence and one at the end.
fn lenient(sentences: &[Vec<&str>], notation: Notation) -> Vec<Entity> {
    let mut row: Vec<&str> = sentences.iter().flat_map(|tags| tags.iter().copied().chain(["O"])).collect();
    row.push("O");
    let cut = |tag: &str| {
        let mut letters: Vec<char> = tag.chars().collect();
        let letter = if notation == Notation::Prefix { letters.remove(0) } else { letters.pop().expect("a letter") };
        let rest: String = letters.into_iter().collect();
        let name = match notation {
            Notation::Prefix => rest.splitn(2, '-').last(),
            Notation::Suffix => rest.rsplitn(2, '-').last(),
        };
        (letter, name.filter(|name| !name.is_empty()).unwrap_or("_").to_owned())
    };
    let (mut entities, mut begin, mut previous) = (Vec::new(), 0, ('O', String::new()));
    for (position, tag) in row.into_iter().enumerate() {
        let current = cut(tag);
        let ((before, before_type), (here, here_type)) = (&previous, &current);
        let pair = (*before, *here);
        let ends = [('B', 'B'), ('B', 'S'), ('B', 'O'), ('I', 'B'), ('I', 'S'), ('I', 'O')].contains(&pair)
            || *before == 'E'
            || *before == 'S'
            || (*before != 'O' && *before != '.' && before_type != here_type);
        let starts = [('E', 'E'), ('E', 'I'), ('S', 'E'), ('S', 'I'), ('O', 'E'), ('O', 'I')].contains(&pair)
            || *here == 'B'
            || *here == 'S'
            || (*here != 'O' && *here != '.' && before_type != here_type);
        if ends {
            entities.push((before_type.clone(), begin, position - 1));
        }
        if starts {
            begin = position;
        }
        previous = current;
    }
    entities
}

/// The same tags, but for an `O` written so that no reader can take it for one at a glance.
fn disguised<'tags>(sentences: &[Vec<&'tags str>], notation: Notation) -> Vec<Vec<&'tags str>> {
    let outside = if notation == Notation::Prefix { "O-" } else { "-O" };
    let disguise = |tag: &&'tags str| if *tag == "O" { outside } else { *tag };
    sentences.iter().map(|tags| tags.iter().map(disguise).collect()).collect()
}

fn check(sentences: &[Vec<&str>]) {
    for notation in [Notation::Prefix, Notation::Suffix] {
        let found = read(sentences, Chunking::Lenient, notation).expect("tags that are not empty");
        assert_eq!(found, lenient(sentences, notation), "{sentences:?} {notation:?}");
        let other = disguised(sentences, notation);
        for scheme in Scheme::ALL {
            let (found, expected) =
                (read(sentences, Chunking::Strict(scheme), notation), read(&other, Chunking::Strict(scheme), notation));
            match (found, expected) {
                (Ok(found), Ok(expected)) => assert_eq!(found, expected, "{sentences:?} {scheme} {notation:?}"),
                (found, expected) => assert_eq!(found.is_err(), expected.is_err(), "{sentences:?} {scheme}"),
            }
        }
    }
}

#[test]
fn every_short_tag_is_read_by_the_plain_rule() {
    for tag in texts("-BIO0bé_", 4) {
        check(&[vec![&tag]]);
        check(&[vec!["O", &tag, "O", "I"], vec![&tag, &tag]]);
    }
}

#[test]
fn every_short_row_is_read_by_the_plain_rule() {
    let tags = ["O", "B", "I-A", "E", "S-A", "L", "U", "O-A", "-", ".", "O-", "-O"];
    for first in tags {
        for second in tags {
            for third in tags {
                check(&[vec![first, second, third]]);
                check(&[vec![first, second], vec![third, first]]);
            }
        }
    }
}

proptest! {
    #[test]
    fn random_rows_are_read_by_the_plain_rule(
        sentences in prop::collection::vec(prop::collection::vec("O|[BIOESLU]|[BIOESLU.-][-]?[-A_é]{0,2}|[A-]{0,2}[BIOESLU]", 0..6), 1..4),
    ) {
        let sentences: Vec<Vec<&str>> = sentences.iter().map(|tags| tags.iter().map(String::as_str).collect()).collect();
        check(&sentences);
    }
}
