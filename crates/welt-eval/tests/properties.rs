//! What must hold for every corpus: no tags make the scorer panic, averages agree with counts, parts add up, and what is right helps.

use proptest::prelude::*;
use welt_eval::seqeval::{Evaluation, Mode, Report, evaluate};
use welt_eval::{Average, Counts, Tally, ZeroDivision};
use welt_tags::{Chunking, Notation, Scheme};

type Sentence = Vec<(String, String)>;

/// Gold and predicted tags that IOB2 has.
fn sentence() -> impl Strategy<Value = Sentence> {
    prop::collection::vec(("O|[BI]-[AB]", "O|[BI]-[AB]"), 0..10)
}

/// Gold and predicted tags of any kind, odd ones among them.
fn soup() -> impl Strategy<Value = Sentence> {
    let tag = || {
        prop_oneof![
            8 => "[BIOESLU](-[AB])?",
            1 => "[.XO-]-?[AB]?",
            1 => any::<String>(),
        ]
    };
    prop::collection::vec((tag(), tag()), 0..10)
}

fn evaluation(chunking: Chunking, sentences: &[Sentence]) -> Evaluation {
    let mut evaluation = Evaluation::new(chunking, Notation::Prefix);
    for sentence in sentences {
        let (gold, predicted): (Vec<&str>, Vec<&str>) =
            sentence.iter().map(|(gold, predicted)| (gold.as_str(), predicted.as_str())).unzip();
        // A sentence with a tag that cannot be read is refused, and the next one is taken.
        let _ = evaluation.add_sentence(&gold, &predicted);
    }
    evaluation
}

fn report(sentences: &[Sentence]) -> Report {
    evaluation(Chunking::Strict(Scheme::Iob2), sentences).report(ZeroDivision::Zero)
}

fn chunkings() -> impl Iterator<Item = Chunking> {
    Scheme::ALL.into_iter().map(Chunking::Strict).chain([Chunking::Lenient])
}

proptest! {
    #[test]
    fn no_tags_panic(sentences in prop::collection::vec(soup(), 0..4)) {
        for chunking in chunkings() {
            let evaluation = evaluation(chunking, &sentences);
            for counts in evaluation.tally().entities.values() {
                prop_assert!(counts.true_positives <= counts.predicted.min(counts.gold));
            }
            let text = evaluation.report(ZeroDivision::One).to_text(3);
            prop_assert!(text.contains("weighted avg"));
        }
        let split = |side: fn(&(String, String)) -> &String| -> Vec<Vec<&String>> {
            sentences.iter().map(|sentence| sentence.iter().map(side).collect()).collect()
        };
        let _ = evaluate(&split(|pair| &pair.0), &split(|pair| &pair.1), Mode::StrictDetected);
    }

    #[test]
    fn micro_scores_are_those_of_the_summed_counts(sentences in prop::collection::vec(sentence(), 1..6)) {
        let report = report(&sentences);
        let total: Counts = report.counts.values().sum();
        prop_assert_eq!(report.micro, total.scores(ZeroDivision::Zero));
        let n_right = total.true_positives as f64;
        let f1 = if n_right == 0.0 { 0.0 } else { 2.0 * n_right / (total.predicted + total.gold) as f64 };
        prop_assert!((report.micro.f1 - f1).abs() < 1e-12);
        prop_assert_eq!(total.false_positives() + total.true_positives, total.predicted);
    }

    #[test]
    fn a_perfect_sentence_never_lowers_f1(sentences in prop::collection::vec(sentence(), 1..6), extra in sentence()) {
        let before = report(&sentences).micro.f1;
        let perfect = extra.into_iter().map(|(gold, _)| (gold.clone(), gold)).collect();
        let after = report(&[sentences, vec![perfect]].concat()).micro.f1;
        prop_assert!(after >= before - 1e-12, "{} after {}", after, before);
    }

    #[test]
    fn parts_add_up_to_the_whole(sentences in prop::collection::vec(sentence(), 1..8), cut in 0..8_usize) {
        let (first, second) = sentences.split_at(cut.min(sentences.len()));
        for chunking in [Chunking::Strict(Scheme::Iob2), Chunking::Lenient] {
            let mut sum = Tally::default();
            sum += evaluation(chunking, first).tally();
            sum += evaluation(chunking, second).tally();
            let whole = evaluation(chunking, &sentences);
            prop_assert_eq!(&sum, whole.tally());
        }
    }

    #[test]
    fn a_prediction_against_itself_is_perfect(sentences in prop::collection::vec(soup(), 1..5)) {
        let same: Vec<Sentence> = sentences
            .iter()
            .map(|sentence| sentence.iter().map(|(gold, _)| (gold.clone(), gold.clone())).collect())
            .collect();
        for chunking in chunkings() {
            let evaluation = evaluation(chunking, &same);
            let scores = evaluation.tally().scores(Average::Micro, ZeroDivision::One);
            prop_assert_eq!((scores.precision, scores.recall, scores.f1), (1.0, 1.0, 1.0));
        }
    }

    #[test]
    fn swapping_gold_and_prediction_swaps_precision_and_recall(sentences in prop::collection::vec(sentence(), 1..6)) {
        let swapped: Vec<Sentence> = sentences
            .iter()
            .map(|sentence| sentence.iter().map(|(gold, predicted)| (predicted.clone(), gold.clone())).collect())
            .collect();
        let (one, other) = (report(&sentences).micro, report(&swapped).micro);
        prop_assert_eq!((one.precision, one.recall), (other.recall, other.precision));
    }
}
