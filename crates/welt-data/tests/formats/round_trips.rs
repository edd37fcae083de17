//! What is written is read back, save what the writer names as lost; and nothing else is lost than what it names.

use std::collections::BTreeSet;
use std::ops::Range;

use proptest::prelude::*;
use proptest::sample::select;
use welt_data::formats::Format;
use welt_data::ledger::Loss;
use welt_data::{DataError, Document, Identifier, Mention, Passage, Score};

use super::write_and_read;

const WRITTEN: [Format; 9] = [
    Format::PubTator,
    Format::BiocXml,
    Format::BiocJson,
    Format::Brat,
    Format::JsonLines,
    Format::Prodigy,
    Format::Doccano,
    Format::PubAnnotation,
    Format::PlainText,
];

/// Text with everything that formats give a meaning to, and characters of every length.
fn nasty() -> impl Strategy<Value = String> {
    let pieces = select(vec![
        "a",
        "b",
        "7",
        " ",
        "  ",
        "\t",
        "\n",
        "\r",
        "\r\n",
        "\"",
        "'",
        "<",
        ">",
        "&",
        "&amp;",
        "]]>",
        "<![CDATA[",
        "|",
        "|t|",
        "1|a|",
        ";",
        ":",
        ",",
        "\\",
        "/",
        "-DOCSTART-",
        "β",
        "𝛽",
        "e\u{301}",
        "\u{feff}",
        "\u{200b}",
        "\u{a0}",
        "\u{2028}",
        "\u{85}",
        "\u{b}",
        "\u{1f9ec}",
        "\u{fffd}",
    ]);
    proptest::collection::vec(pieces, 0..6).prop_map(|pieces| pieces.concat())
}

/// Mostly plain text, sometimes a nasty one or one that few formats can hold.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => "[ a-zβ𝛽.]{0,12}",
        6 => nasty(),
        1 => Just("x\0".to_owned()),
        1 => Just("x\u{1}\u{ffff}".to_owned()),
    ]
}

fn name(names: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop_oneof![8 => select(names).prop_map(str::to_owned), 1 => nasty()]
}

fn range() -> impl Strategy<Value = Range<usize>> {
    (0..30_usize, 0..8_usize).prop_map(|(start, length)| start..start + length)
}

fn mention() -> impl Strategy<Value = Mention> {
    let database = name(&["", "MESH", "identifier", "type", "CompositeRole", "species:ncbi"]);
    let identifier = (database, name(&["D001259", "7", ""])).prop_map(|(database, id)| Identifier { database, id });
    let parts = prop_oneof![6 => proptest::collection::vec(range(), 1), 1 => proptest::collection::vec(range(), 0..4)];
    (
        name(&["", "", "T1", "T2", "0"]),
        name(&["Disease", "Chemical", ""]),
        parts,
        proptest::option::of(text()),
        proptest::collection::vec(identifier, 0..3),
        proptest::option::of((0..=1_000_u16).prop_map(|score| Score::try_from(f32::from(score) / 1_000.0).unwrap())),
    )
        .prop_map(|(id, entity_type, parts, text, identifiers, score)| Mention {
            id,
            entity_type,
            parts,
            text,
            identifiers,
            score,
        })
}

/// Title and abstract, or one passage, or any passages.
fn passages() -> impl Strategy<Value = Vec<Passage>> {
    let kinds = |kinds: [&'static str; 2]| {
        move |texts: (String, String)| lay_out([(kinds[0], 0, texts.0), (kinds[1], 1, texts.1)])
    };
    let any = (name(&["title", "abstract", ""]), prop_oneof![4 => Just(0), 4 => Just(1), 1 => 0..4_usize], text());
    prop_oneof![
        3 => (text(), text()).prop_map(kinds(["title", "abstract"])),
        3 => text().prop_map(|text| lay_out([("", 0, text)])),
        2 => proptest::collection::vec(any, 0..4).prop_map(lay_out),
    ]
}

/// Passages with some characters before each.
fn lay_out<K: Into<String>>(passages: impl IntoIterator<Item = (K, usize, String)>) -> Vec<Passage> {
    let mut end = 0;
    let mut laid_out = Vec::new();
    for (kind, gap, text) in passages {
        let passage = Passage { kind: kind.into(), offset: end + gap, text };
        end = passage.range().end;
        laid_out.push(passage);
    }
    laid_out
}

fn document() -> impl Strategy<Value = Document> {
    let sentences =
        proptest::option::weighted(0.2, proptest::collection::vec(proptest::collection::vec(range(), 0..3), 0..3));
    let mentions = proptest::collection::vec(mention(), 0..4);
    let id = prop_oneof![12 => "[a-z0-9]{1,8}", 1 => nasty()];
    (id, passages(), mentions, sentences).prop_map(|(id, passages, mentions, sentences)| Document {
        id,
        passages,
        mentions,
        sentences,
    })
}

/// The document without what is named as lost, so that two can be compared in everything else.
fn without(document: &Document, lost: &BTreeSet<Loss>, format: Format) -> Document {
    let mut document = document.clone();
    let spaces = |text: &str| text.replace(['\t', '\n', '\r', '\u{b}', '\u{c}'], " ");
    if lost.contains(&Loss::UnwrittenWithoutOffsets) {
        document.mentions.retain(|mention| !mention.parts.is_empty());
    }
    for loss in lost {
        match loss {
            Loss::UnwrittenWords => document.sentences = None,
            Loss::UnwrittenMentions => document.mentions.clear(),
            Loss::UnwrittenAnnotationIds => document.mentions.iter_mut().for_each(|mention| mention.id.clear()),
            Loss::UnwrittenScores => document.mentions.iter_mut().for_each(|mention| mention.score = None),
            Loss::UnwrittenIdentifiers => document.mentions.iter_mut().for_each(|mention| mention.identifiers.clear()),
            Loss::UnwrittenEntityTypes => document.mentions.iter_mut().for_each(|mention| mention.entity_type.clear()),
            Loss::UnwrittenDiscontinuous => {
                for mention in document.mentions.iter_mut() {
                    mention.parts = vec![mention.extent()];
                    mention.text = None;
                }
            }
            Loss::UnwrittenOutsideText => document.mentions.iter_mut().for_each(|mention| mention.text = None),
            Loss::UnwrittenWhiteSpace => {
                document.passages.iter_mut().for_each(|passage| passage.text = spaces(&passage.text));
                document.passages.iter_mut().for_each(|passage| passage.kind = spaces(&passage.kind));
                document.id = spaces(&document.id);
                for mention in &mut document.mentions {
                    mention.text = mention.text.as_deref().map(spaces);
                    mention.entity_type = spaces(&mention.entity_type);
                    mention.id = spaces(&mention.id);
                    for identifier in &mut mention.identifiers {
                        identifier.database = spaces(&identifier.database);
                        identifier.id = spaces(&identifier.id);
                    }
                }
            }
            Loss::UnwrittenMovedOffsets => {
                document.mentions.iter_mut().for_each(|mention| mention.parts.clear());
                document.mentions.iter_mut().for_each(|mention| mention.text = None);
            }
            Loss::UnwrittenWithoutOffsets | Loss::UnwrittenPassages | Loss::UnwrittenMentionOrder => {}
            other => panic!("no writer loses {other}"),
        }
    }
    if states_everything(format) {
        // Ids are given where there is none, and the text is stated where it is not.
        document.mentions.iter_mut().for_each(|mention| mention.id.clear());
    }
    if lost.contains(&Loss::UnwrittenMentionOrder) {
        document.mentions.sort_by_key(|mention| format!("{mention:?}"));
    }
    if lost.contains(&Loss::UnwrittenPassages) || lost.contains(&Loss::UnwrittenMovedOffsets) {
        let text = spaces(&document.text());
        let text = if lost.contains(&Loss::UnwrittenMovedOffsets) { text.replace(' ', "") } else { text };
        document.passages = vec![Passage { kind: String::new(), offset: 0, text }];
    }
    document
}

/// Whether a format has an id, or none at all, and a text for every mention.
const fn states_everything(format: Format) -> bool {
    matches!(format, Format::PubTator | Format::Brat | Format::BiocXml | Format::BiocJson | Format::PubAnnotation)
}

/// Whether a format has no form for what a mention states as its text.
const fn states_no_text(format: Format) -> bool {
    matches!(format, Format::Doccano | Format::PubAnnotation)
}

/// Where a format states the text of every mention: what it states where the document does not.
fn with_stated_texts(document: &Document) -> Document {
    let mut stated = document.clone();
    for mention in &mut stated.mentions {
        if mention.text.is_none() {
            mention.text = document.text_at(mention);
        }
    }
    stated
}

fn check(format: Format, document: &Document) -> Result<(), TestCaseError> {
    let (read, losses) = match write_and_read(format, std::slice::from_ref(document)) {
        Ok(read) => read,
        Err(DataError::UnrepresentableDocument { .. }) => return Ok(()),
        Err(error) => return Err(TestCaseError::fail(format!("{format}: {error}"))),
    };
    let lost: BTreeSet<Loss> = losses.entries().map(|(_, loss, _)| loss).collect();
    prop_assert_eq!(read.len(), 1);
    let stated = if states_everything(format) { with_stated_texts(document) } else { document.clone() };
    let mut expected = without(&stated, &lost, format);
    let mut found = without(&read[0], &lost, format);
    if states_no_text(format) {
        expected.mentions.iter_mut().for_each(|mention| mention.text = None);
    }
    // A mention over the bounds of passages has a text only once they are joined.
    for (expected, found) in expected.mentions.iter_mut().zip(&mut found.mentions) {
        if expected.text.is_none() {
            found.text = None;
        }
    }
    prop_assert_eq!(expected, found, "{} lost {}", format, losses.summary());
    Ok(())
}

proptest! {
    #[test]
    fn pubtator(document in document()) { check(Format::PubTator, &document)?; }

    #[test]
    fn bioc_xml(document in document()) { check(Format::BiocXml, &document)?; }

    #[test]
    fn bioc_json(document in document()) { check(Format::BiocJson, &document)?; }

    #[test]
    fn brat(document in document()) { check(Format::Brat, &document)?; }

    #[test]
    fn prodigy(document in document()) { check(Format::Prodigy, &document)?; }

    #[test]
    fn doccano(document in document()) { check(Format::Doccano, &document)?; }

    #[test]
    fn pubannotation(document in document()) { check(Format::PubAnnotation, &document)?; }

    #[test]
    fn plain_text(document in document()) { check(Format::PlainText, &document)?; }

    #[test]
    fn json_lines_hold_everything(document in document()) {
        let (read, losses) = write_and_read(Format::JsonLines, std::slice::from_ref(&document)).expect("it holds all");
        prop_assert!(losses.is_lossless());
        prop_assert_eq!(read, [document]);
    }

    #[test]
    fn what_has_no_loss_is_the_same(text in "[ a-zβ𝛽.é\u{301}\"&<>]{0,30}", title in "[ a-zβ𝛽.]{0,9}", start in 0..20_usize) {
        let length = title.chars().count();
        let passages = lay_out([("title", 0, title), ("abstract", 1, text)]);
        let mut document = Document { id: "1".to_owned(), passages, mentions: Vec::new(), sentences: None };
        document.mentions = vec![Mention::new("A", 0..length), Mention::new("B", length + 1 + start..length + 3 + start)];
        for mention in &mut document.mentions {
            mention.text = Some("a \"β".to_owned());
            mention.identifiers = vec![Identifier { database: String::new(), id: " D1|D2".to_owned() }];
        }
        for format in [Format::PubTator, Format::BiocXml, Format::BiocJson] {
            let (read, losses) = write_and_read(format, std::slice::from_ref(&document)).expect("nothing is wrong with it");
            prop_assert!(losses.is_lossless(), "{}", losses.summary());
            prop_assert_eq!(without(&read[0], &BTreeSet::new(), format), document.clone(), "{}", format);
        }
    }
}

/// The Python reader of BioC fails where an annotation has no text, and a tagged file states none.
#[test]
fn annotations_of_bioc_have_a_text_and_an_id_of_their_own() {
    let passages = lay_out([("", 0, "No β-ataxia".to_owned())]);
    let mut document = Document { id: "1".to_owned(), passages, mentions: Vec::new(), sentences: None };
    let mention = |id: &str, characters| Mention { id: id.to_owned(), ..Mention::new("Disease", characters) };
    document.mentions = vec![mention("", 3..11), mention("1", 5..11), mention("", 5..20)];
    document.mentions[0].parts.push(0..2);
    for format in [Format::BiocXml, Format::BiocJson] {
        let (read, losses) = write_and_read(format, std::slice::from_ref(&document)).unwrap();
        let stated = |mention: &Mention| (mention.id.clone(), mention.text.clone().unwrap());
        let stated: Vec<(String, String)> = read[0].mentions.iter().map(stated).collect();
        let expected = [("2", "β-ataxia No"), ("1", "ataxia"), ("3", "")];
        assert_eq!(stated, expected.map(|(id, text)| (id.to_owned(), text.to_owned())), "{format}");
        assert_eq!(losses.summary(), "1 unwritten-outside-text (first in document 1)");
    }
}

#[test]
fn every_written_format_is_tried() {
    let written: Vec<Format> = Format::ALL.into_iter().filter(|format| format.can_be_written()).collect();
    assert_eq!(written, WRITTEN);
}
