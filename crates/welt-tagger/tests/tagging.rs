//! Texts and documents through a tiny model of random weights: spans are those of the text, whatever it holds, and the same however it is read.
#![allow(clippy::unwrap_used, reason = "clippy allows it in test functions only, not in what they call")]

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{LazyLock, Mutex};

use proptest::prelude::*;
use tempfile::TempDir;
use welt_data::{Document, Passage};
use welt_models::EncoderConfig;
use welt_models::checkpoint::{self, Checkpoint, WeightFormat};
use welt_tagger::{
    Counts, Decoding, Entity, Flow, Options, Sentence, Shift, Stage, Stretch, Tagged, TaggedWords, Tagger, TaggerError,
    Watch, tag_groups, tag_groups_of_sentences, tag_stream,
};

const VOCABULARY: &str =
    "[PAD] [UNK] [CLS] [SEP] [MASK] no sign of cystic fibrosis ##s a b c ##a ##b ##c . , ( ) 1 2 - é β";
const LABELS: [&str; 5] = ["O", "B-Disease", "I-Disease", "B-Chemical", "I-Chemical"];

/// A folder with a model of random weights that likes entities as well as O.
fn model() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let config: EncoderConfig = serde_json::from_value(serde_json::json!({
        "model_type": "bert", "vocab_size": VOCABULARY.split(' ').count(), "hidden_size": 16, "num_hidden_layers": 2,
        "num_attention_heads": 2, "intermediate_size": 32, "hidden_act": "gelu", "hidden_dropout_prob": 0.1,
        "attention_probs_dropout_prob": 0.1, "max_position_embeddings": 32, "type_vocab_size": 2, "initializer_range": 0.5
    }))
    .unwrap();
    let device = welt_device::open("cpu").unwrap().device;
    let model = config.init(LABELS.len(), 7, &device);
    let labels = LABELS.map(str::to_owned).to_vec();
    checkpoint::save(folder.path(), &Checkpoint { config, labels, model, skipped: Vec::new() }, WeightFormat::F32)
        .unwrap();
    fs::write(folder.path().join("vocab.txt"), VOCABULARY.replace(' ', "\n")).unwrap();
    fs::write(folder.path().join("tokenizer_config.json"), r#"{"do_lower_case": true}"#).unwrap();
    folder
}

fn load(folder: &Path, options: &Options) -> Tagger {
    Tagger::load(folder, options).unwrap()
}

/// Windows of this model hold 32 sub-words.
fn options() -> Options {
    Options { window_context: 8, ..Options::default() }
}

static TAGGER: LazyLock<Tagger> = LazyLock::new(|| load(model().path(), &options()));

fn document(id: &str, texts: &[&str]) -> Document {
    let mut offset = 0;
    let passage = |text: &&str| {
        let passage = Passage { kind: String::new(), offset, text: (*text).to_owned() };
        offset = passage.range().end + 1;
        passage
    };
    Document { id: id.to_owned(), passages: texts.iter().map(passage).collect(), mentions: Vec::new(), sentences: None }
}

fn go_on(_: usize) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

fn check_spans(document: &Document, entities: &[Entity]) {
    let mut end = 0;
    for entity in entities {
        assert_eq!(document.slice(&(entity.start..entity.end)), Some(entity.text.as_str()), "{entity:?}");
        assert!(entity.start >= end && entity.start < entity.end, "{entity:?}");
        assert!(entity.score > 0.0 && entity.score <= 1.0, "{entity:?}");
        assert_eq!(entity.text.trim(), entity.text);
        end = entity.end;
    }
}

/// Entities whose scores agree but for rounding.
fn check_same(found: &[Entity], expected: &[Entity]) {
    let without_scores =
        |entities: &[Entity]| entities.iter().map(|entity| Entity { score: 0.0, ..entity.clone() }).collect::<Vec<_>>();
    assert_eq!(without_scores(found), without_scores(expected));
    assert!(found.iter().zip(expected).all(|(one, other)| (one.score - other.score).abs() < 1e-4));
}

#[test]
fn a_text_has_entities_by_its_characters() {
    let text = "No sign of cystic fibrosis (β, é). A b\u{200b}c, a 𝛽 - c.";
    let entities = TAGGER.tag(text).unwrap();
    assert!(!entities.is_empty());
    check_spans(&document("1", &[text]), &entities);
    assert_eq!(TAGGER.tag("").unwrap(), []);
    assert_eq!(TAGGER.tag(" \n\t\u{200b} ").unwrap(), []);
}

#[test]
fn every_word_of_a_long_sentence_is_read() {
    let text = "a b c no sign of ".repeat(40);
    let tagged = TAGGER.tag_document(&document("1", &[&text])).unwrap();
    let Counts { sentences, words, windows, sentences_in_several_windows, unseen_words, .. } = tagged.counts;
    assert_eq!((sentences, words, sentences_in_several_windows, unseen_words), (1, 240, 1, 0));
    assert!(windows >= 240 / 30, "{windows}");
    let words = TAGGER.tag_words(&[text.split_whitespace().map(str::to_owned).collect::<Vec<_>>()], &go_on).unwrap();
    assert!(words[0].probabilities.iter().all(Option::is_some));
}

#[test]
fn words_that_are_not_read_whole_are_counted() {
    let word = format!("a{}", "b".repeat(60));
    let tagged = TAGGER.tag_document(&document("1", &[&format!("no {word} \u{200b} sign."), "no sign."])).unwrap();
    assert_eq!((tagged.counts.words, tagged.counts.cut_words, tagged.counts.unseen_words), (8, 1, 1));
}

#[test]
fn shifts_move_the_balance_and_wrong_options_are_told() {
    let folder = model();
    let shifted = |by: f32| {
        let shifts = vec![Shift { label: "O".to_owned(), by }];
        let options = Options { decoding: Decoding { constrained: true, shifts, ..Decoding::default() }, ..options() };
        load(folder.path(), &options).tag("no sign of cystic fibrosis, a b c.").unwrap().len()
    };
    assert_eq!((shifted(100.0), shifted(-100.0) > 0), (0, true));
    let too_long = Options { max_length: Some(33), ..options() };
    assert!(matches!(Tagger::load(folder.path(), &too_long), Err(TaggerError::TooLong { asked: 33, limit: 32 })));
    let elsewhere = Options { device: "moon".to_owned(), ..options() };
    assert!(matches!(Tagger::load(folder.path(), &elsewhere), Err(TaggerError::Device(_))));
}

#[test]
fn a_stream_keeps_its_order_and_ends_with_its_first_error() {
    let texts: Vec<String> = (0..50).map(|n| format!("no sign of {} a b c.", "cystic ".repeat(n % 7))).collect();
    let documents: Vec<Document> = texts.iter().map(|text| document(text, &[text])).collect();
    let expected = TAGGER.tag_documents(&documents, &go_on).unwrap();
    for characters in [1, 100, 1 << 20] {
        let mut found: Vec<(Document, Tagged)> = Vec::new();
        let counts = tag_stream(
            &TAGGER,
            documents.iter().cloned().map(Ok::<_, TaggerError>),
            |document, tagged| {
                found.push((document, tagged));
                Ok(())
            },
            Flow { characters },
            &go_on,
        )
        .unwrap();
        assert_eq!(counts.documents, 50);
        for (((found, tagged), document), expected) in found.iter().zip(&documents).zip(&expected) {
            assert_eq!(found, document);
            check_same(&tagged.entities, &expected.entities);
        }
    }
    let broken = || TaggerError::TooLong { asked: 1, limit: 0 };
    let with_error = documents.iter().cloned().map(Ok).take(3).chain([Err(broken())]);
    let mut written = 0;
    let ended = tag_stream(
        &TAGGER,
        with_error,
        |_, _| {
            written += 1;
            Ok(())
        },
        Flow::default(),
        &go_on,
    );
    assert!(matches!(ended, Err(TaggerError::TooLong { .. })) && written == 3);
    let stopped = TAGGER.tag_documents(&documents, &|_| ControlFlow::Break(()));
    assert!(matches!(stopped, Err(TaggerError::Model(_))));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn spans_are_those_of_the_text_whatever_it_holds(
        passages in prop::collection::vec("([abc]{1,3}|no|sign|cystic|[.,() -]|\r\n|\t|\u{200b}|\u{ad}|e\u{301}|𝛽|😀|\u{feff}|\u{a0}|\\PC){0,60}", 1..4),
    ) {
        let texts: Vec<&str> = passages.iter().map(String::as_str).collect();
        let document = document("1", &texts);
        let tagged = TAGGER.tag_document(&document).unwrap();
        check_spans(&document, &tagged.entities);
        let together = TAGGER.tag_documents(&[document.clone(), document.clone()], &go_on).unwrap();
        check_same(&together[1].entities, &tagged.entities);
    }
}

/// Stretches of a stream, and where to stop it.
#[derive(Default)]
struct Recorder {
    stretches: Mutex<Vec<Stretch>>,
    passes: AtomicUsize,
    most_passes: Option<usize>,
}

impl Watch for Recorder {
    fn pass(&self, _: usize) -> ControlFlow<()> {
        let passes = self.passes.fetch_add(1, Ordering::Relaxed);
        if self.most_passes.is_some_and(|most| passes >= most) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    fn stretch(&self, stretch: Stretch) {
        self.stretches.lock().unwrap().push(stretch);
    }
}

fn many(n: usize) -> Vec<Document> {
    (0..n)
        .map(|index| document(&index.to_string(), &["no sign of cystic fibrosis, a b c.", &"a b ".repeat(index % 17)]))
        .collect()
}

/// Where a stream begins moves no bit: groups behind a beginning are those of the whole stream.
#[test]
fn groups_that_are_gone_on_with_come_to_the_same_bits() {
    let documents = many(120);
    let flow = Flow { characters: 1000 };
    let tag = |from: usize| {
        let mut groups = Vec::new();
        let documents = documents[from..].iter().cloned().map(Ok::<_, TaggerError>);
        tag_groups(
            &TAGGER,
            documents,
            |group| {
                groups.push(group);
                Ok(())
            },
            flow,
            &Recorder::default(),
        )
        .unwrap();
        groups
    };
    let whole = tag(0);
    assert!(whole.len() > 8, "{}", whole.len());
    let mut from = 0;
    for skipped in 0..whole.len() {
        assert_eq!(tag(from), whole[skipped..], "from group {skipped}");
        from += whole[skipped].len();
    }
}

#[test]
fn stages_go_on_side_by_side_and_every_group_goes_through_all() {
    let recorder = Recorder::default();
    let documents = many(200).into_iter().map(Ok::<_, TaggerError>);
    let counts = tag_groups(&TAGGER, documents, |_| Ok(()), Flow { characters: 1000 }, &recorder).unwrap();
    assert_eq!(counts.documents, 200);
    let stretches = recorder.stretches.into_inner().unwrap();
    let of = |stage: Stage| {
        let mut groups: Vec<usize> = stretches.iter().filter(|one| one.stage == stage).map(|one| one.group).collect();
        groups.sort_unstable();
        groups
    };
    let groups: Vec<usize> = (0..of(Stage::Infer).len()).collect();
    assert!(groups.len() > 8);
    for stage in [Stage::Read, Stage::LayOut, Stage::Infer, Stage::Decode, Stage::Write] {
        assert_eq!(of(stage), groups, "{stage:?}");
    }
    assert!(stretches.iter().all(|stretch| stretch.began <= stretch.ended));
}

/// A sentence of a stream.
struct Words(Vec<String>);

impl Sentence for Words {
    fn words(&self) -> &[String] {
        &self.0
    }

    fn position(&self, word: usize) -> String {
        format!("word {word}")
    }
}

/// Sentences that come as a stream are tagged as those that are there at once, in their order and through all stages.
#[test]
fn sentences_of_a_stream_have_the_same_tags() {
    let word = |index: usize| ["no", "sign", "of", "cystic", "fibrosis", "é", "\u{1}"][index % 7].to_owned();
    let sentences: Vec<Vec<String>> =
        (0..150).map(|index| (0..1 + index % 60).map(|at| word(index + at)).collect()).collect();
    let (expected, counts) = TAGGER.tag_sentences(&sentences, &go_on).unwrap();
    let (mut found, mut groups, recorder) = (Vec::new(), 0, Recorder::default());
    let write = |group: Vec<(Words, TaggedWords)>, _| {
        groups += 1;
        found.extend(group.into_iter().map(|(words, tagged)| (words.0, tagged)));
        Ok(())
    };
    let stream = sentences.iter().map(|words| Ok::<_, TaggerError>(Words(words.clone())));
    let told = tag_groups_of_sentences(&TAGGER, stream, write, Flow { characters: 1000 }, &recorder).unwrap();
    assert_eq!(told, counts);
    assert!(groups > 8, "{groups}");
    assert_eq!(recorder.stretches.into_inner().unwrap().len(), 5 * groups);
    for ((words, tagged), (sentence, expected)) in found.iter().zip(sentences.iter().zip(&expected)) {
        assert_eq!((words, &tagged.tags), (sentence, &expected.tags));
    }
    assert_eq!(found.len(), sentences.len());
}

/// What ends a stream ends all its threads, wherever it comes from, and what was written before stays in order.
#[test]
fn a_stream_that_is_stopped_ends() {
    let stopped = |documents: Vec<Result<Document, TaggerError>>, most_passes: Option<usize>, most_groups: usize| {
        let mut written = Vec::new();
        let mut groups = 0;
        let write = |group: Vec<(Document, Tagged)>| {
            groups += 1;
            written.extend(group.into_iter().map(|(document, _)| document.id.parse::<usize>().unwrap()));
            if groups == most_groups { Err(TaggerError::TooLong { asked: 0, limit: 0 }) } else { Ok(()) }
        };
        let recorder = Recorder { most_passes, ..Recorder::default() };
        let error = tag_groups(&TAGGER, documents.into_iter(), write, Flow { characters: 1000 }, &recorder);
        assert!(error.is_err());
        assert_eq!(written, (0..written.len()).collect::<Vec<_>>());
        written.len()
    };
    let good = || many(200).into_iter().map(Ok).collect::<Vec<_>>();
    let all = 200;
    assert!(stopped(good(), Some(3), usize::MAX) < all);
    assert!(stopped(good(), None, 2) < all);
    for at in 0..60 {
        let mut bad = good();
        bad[at] = Err(TaggerError::TooLong { asked: 1, limit: 0 });
        assert_eq!(stopped(bad, None, usize::MAX), at, "all before the mistake are written");
    }
}
