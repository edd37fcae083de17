//! One pass over the tags must count what each metric counts by itself.

use proptest::prelude::*;
use welt_eval::errors::{Breakdown, Mentions};
use welt_eval::{Evaluation, Reading, Totals, conlleval, errors, faireval, semeval, seqeval};
use welt_tags::{Chunk, Chunking, CorpusReader, Notation, Scheme, Span};

type Sentence = Vec<(String, String)>;

/// Gold and predicted tags of any kind, odd ones among them.
fn soup() -> impl Strategy<Value = Sentence> {
    let tag = || prop_oneof![6 => "O|[BI]-[AB]", 3 => "[BIOESLU](-[AB])?", 1 => "[.XO-]-?[AB]?", 1 => any::<String>()];
    prop::collection::vec((tag(), tag()), 0..14)
}

fn chunkings() -> impl Strategy<Value = Chunking> {
    let strict = prop::sample::select(Scheme::ALL.to_vec()).prop_map(Chunking::Strict);
    prop_oneof![Just(Chunking::Lenient), Just(Chunking::Strict(Scheme::Iob2)), strict]
}

fn from(start: usize, chunks: &[Chunk<'_>]) -> Vec<Span> {
    let word = |position: usize| position.saturating_sub(start);
    chunks.iter().map(|chunk| Span::new(chunk.entity_type, word(chunk.start)..word(chunk.end))).collect()
}

/// Each metric by itself, over the sentences that can be read.
fn one_by_one(sentences: &[Sentence], chunking: Chunking, matching: semeval::Options, training: &Mentions) -> Totals {
    let mut totals = Totals::default();
    let mut readers = [CorpusReader::new(chunking, Notation::Prefix); 2];
    let mut seqeval = seqeval::Evaluation::new(chunking, Notation::Prefix);
    let mut conlleval = conlleval::Evaluation::new();
    for sentence in sentences {
        let (gold, predicted): (Vec<&str>, Vec<&str>) =
            sentence.iter().map(|(gold, predicted)| (gold.as_str(), predicted.as_str())).unzip();
        if seqeval.add_sentence(&gold, &predicted).is_err() {
            continue;
        }
        conlleval.add_sentence(&gold, &predicted).expect("readable tags");
        let start = readers[0].position();
        let [gold_chunks, predicted_chunks] =
            [readers[0].read(&gold), readers[1].read(&predicted)].map(|chunks| chunks.expect("readable tags"));
        totals.sentences += 1;
        totals.faireval.add(&gold_chunks, &predicted_chunks).expect("entities of words");
        totals.semeval.add(&gold_chunks, &predicted_chunks, matching).expect("entities of words");
        totals.errors.add(&gold_chunks, &predicted_chunks);
        let (gold_spans, predicted_spans) = (from(start, &gold_chunks), from(start, &predicted_chunks));
        let [gold_chunks, predicted_chunks]: [Vec<Chunk<'_>>; 2] =
            [&gold_spans, &predicted_spans].map(|spans| spans.iter().map(Chunk::from).collect());
        totals.mentions.add(&gold, &gold_chunks, &predicted_chunks, Some(training));
        for (reading, tags) in [(&mut totals.gold, &gold), (&mut totals.predicted, &predicted)] {
            // Sentences that stray tags of others reach into are read otherwise by themselves.
            *reading += Reading::of(tags, chunking, Notation::Prefix).expect("readable tags");
        }
    }
    totals.seqeval = seqeval.tally().clone();
    totals.conlleval = conlleval.tally();
    totals
}

proptest! {
    #[test]
    fn one_pass_counts_what_each_metric_counts(
        sentences in prop::collection::vec(soup(), 0..5),
        chunking in chunkings(),
        percent in 1_u8..=100,
        optimal in any::<bool>(),
    ) {
        let matching = semeval::Options {
            matching: if optimal { semeval::Matching::Optimal } else { semeval::Matching::Greedy },
            min_overlap: semeval::MinOverlap::new(percent.into()).unwrap(),
        };
        let mut training = Mentions::default();
        training.insert_text("B-A");
        let mut evaluation = Evaluation::new(chunking, Notation::Prefix, matching);
        for sentence in &sentences {
            let (gold, predicted): (Vec<&str>, Vec<&str>) =
                sentence.iter().map(|(gold, predicted)| (gold.as_str(), predicted.as_str())).unzip();
            let _ = evaluation.add_sentence_with_words(&gold, &gold, &predicted, Some(&training));
        }
        let mut totals = evaluation.totals();
        let mut expected = one_by_one(&sentences, chunking, matching, &training);
        if chunking == Chunking::Lenient {
            // Stray tags carry over from sentence to sentence, which `Reading::of` cannot know.
            (totals.gold, totals.predicted) = (Reading::default(), Reading::default());
            (expected.gold, expected.predicted) = (Reading::default(), Reading::default());
        }
        prop_assert_eq!(totals, expected);
    }

    #[test]
    fn totals_of_parts_add_up(sentences in prop::collection::vec(soup(), 0..6), cut in 0..6_usize) {
        // Strict, for in the default mode stray tags reach over the cut.
        let total = |sentences: &[Sentence]| {
            let strict = Chunking::Strict(Scheme::Iob2);
            let mut evaluation = Evaluation::new(strict, Notation::Prefix, semeval::Options::NERVALUATE);
            for sentence in sentences {
                let (gold, predicted): (Vec<&str>, Vec<&str>) =
                    sentence.iter().map(|(gold, predicted)| (gold.as_str(), predicted.as_str())).unzip();
                let _ = evaluation.add_sentence(&gold, &predicted);
            }
            Totals { conlleval: conlleval::Tally::default(), ..evaluation.totals() }
        };
        let (first, second) = sentences.split_at(cut.min(sentences.len()));
        let mut sum = total(first);
        sum += &total(second);
        prop_assert_eq!(sum, total(&sentences));
    }
}

#[test]
fn totals_are_written_as_json() {
    let mut evaluation = Evaluation::new(Chunking::Lenient, Notation::Prefix, semeval::Options::NERVALUATE);
    evaluation.add_sentence(&["B-A", "I-A", "B-B"], &["B-A", "O", "B-A"]).unwrap();
    let json = serde_json::to_value(evaluation.totals()).unwrap();
    assert_eq!(json["seqeval"]["entities"]["A"]["gold"], 1);
    assert_eq!(json["semeval"]["overall"]["ent_type"]["correct"], 1);
    let _: (faireval::Tally, errors::Tally, Breakdown) = (
        serde_json::from_value(json["faireval"].clone()).unwrap(),
        serde_json::from_value(json["errors"].clone()).unwrap(),
        serde_json::from_value(json["mentions"].clone()).unwrap(),
    );
}
