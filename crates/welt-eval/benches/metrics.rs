//! How long each metric takes: a corpus as large as BC4CHEMD's test set, documents of thousands of entities, and the resampling of a test set.
//! A made-up corpus in, times out; that the numbers are right is the affair of the tests.
//!
//! `cargo bench -p welt-eval` runs all of it in about a minute, `cargo bench -p welt-eval -- document` what has `document` in its name,
//! and `cargo bench -p welt-eval --features rayon -- uncertainty` the resampling on all cores.
//! A corpus is counted in words and a document in entities, so that what is linear keeps its number of items a second.
//!
//! The corpus is that of `beside_python.py`, word by word: 26,365 sentences of 25 words, with two entities of four types in each,
//! and 5 % of the words given another tag, which leaves a micro F1 of 0.81.
#![allow(clippy::unwrap_used, reason = "a mistake in a measurement may end it")]

use std::sync::LazyLock;

use welt_tags::{Chunk, Chunking, CorpusReader, Notation};

fn main() {
    divan::main();
}

static CORPUS: LazyLock<Vec<Sentence>> = LazyLock::new(|| corpus(26_365, 1));

/// The words of a sentence with their tags.
struct Sentence {
    words: Vec<&'static str>,
    gold: Vec<&'static str>,
    predicted: Vec<&'static str>,
}

/// The gold and predicted entities of a sentence or document.
type Entities = (Vec<Chunk<'static>>, Vec<Chunk<'static>>);

/// Reading entities out of the tags of the corpus, by every chunker.
mod reading {
    use divan::Bencher;
    use divan::counter::ItemsCount;
    use welt_tags::{Chunking, CorpusReader, Notation, Scheme};

    use crate::{CORPUS, n_words};

    const CHUNKINGS: [Chunking; 7] = [
        Chunking::Lenient,
        Chunking::Strict(Scheme::Iob1),
        Chunking::Strict(Scheme::Iob2),
        Chunking::Strict(Scheme::Ioe1),
        Chunking::Strict(Scheme::Ioe2),
        Chunking::Strict(Scheme::Iobes),
        Chunking::Strict(Scheme::Bilou),
    ];

    /// The predicted entities, in tags of the scheme that is read; the lenient chunker reads the predicted tags themselves.
    #[divan::bench(args = CHUNKINGS, sample_count = 20, sample_size = 1)]
    fn predicted(bencher: Bencher<'_, '_>, chunking: Chunking) {
        let tags: Vec<Vec<String>> = CORPUS.iter().map(|sentence| tags_for(chunking, &sentence.predicted)).collect();
        bencher.counter(ItemsCount::new(n_words())).bench(|| {
            let mut reader = CorpusReader::new(chunking, Notation::Prefix);
            tags.iter().map(|tags| reader.read(tags).unwrap().len()).sum::<usize>()
        });
    }

    fn tags_for(chunking: Chunking, tags: &[&str]) -> Vec<String> {
        let Chunking::Strict(scheme) = chunking else {
            return tags.iter().map(ToString::to_string).collect();
        };
        let spans = Chunking::Lenient.spans(tags, Notation::Prefix).unwrap();
        scheme.tags(&spans, tags.len()).unwrap().iter().map(ToString::to_string).collect()
    }
}

/// Each metric on the corpus; those that take entities are given what the lenient chunker reads.
mod corpus {
    use divan::Bencher;
    use divan::counter::ItemsCount;
    use welt_eval::semeval::{Matching, Options};
    use welt_eval::{Evaluation, Totals, conlleval, errors, faireval, semeval, seqeval};
    use welt_tags::{Chunking, Notation, Scheme};

    use crate::{CORPUS, Entities, entities, n_words};

    const LENIENT: Chunking = Chunking::Lenient;
    const STRICT: Chunking = Chunking::Strict(Scheme::Iob2);

    fn of_tags<R>(bencher: Bencher<'_, '_>, metric: impl Fn() -> R + Sync) {
        bencher.counter(ItemsCount::new(n_words())).bench(metric);
    }

    fn of_entities<R>(bencher: Bencher<'_, '_>, metric: impl Fn(&[Entities]) -> R + Sync) {
        let entities: Vec<Entities> = CORPUS.iter().map(entities).collect();
        bencher.counter(ItemsCount::new(n_words())).bench(|| metric(&entities));
    }

    #[divan::bench(args = [LENIENT, STRICT], sample_count = 20, sample_size = 1)]
    fn seqeval(bencher: Bencher<'_, '_>, chunking: Chunking) {
        of_tags(bencher, || {
            let mut evaluation = seqeval::Evaluation::new(chunking, Notation::Prefix);
            CORPUS.iter().for_each(|s| evaluation.add_sentence(&s.gold, &s.predicted).unwrap());
            evaluation
        });
    }

    #[divan::bench(sample_count = 20, sample_size = 1)]
    fn conlleval(bencher: Bencher<'_, '_>) {
        of_tags(bencher, || {
            let mut evaluation = conlleval::Evaluation::new();
            CORPUS.iter().for_each(|s| evaluation.add_sentence(&s.gold, &s.predicted).unwrap());
            evaluation
        });
    }

    #[divan::bench(sample_count = 20, sample_size = 1)]
    fn faireval_of_entities(bencher: Bencher<'_, '_>) {
        of_entities(bencher, |corpus| {
            let mut tally = faireval::Tally::default();
            corpus.iter().for_each(|(gold, predicted)| tally.add(gold, predicted).unwrap());
            tally
        });
    }

    #[divan::bench(args = [Matching::Greedy, Matching::Optimal], sample_count = 20, sample_size = 1)]
    fn semeval_of_entities(bencher: Bencher<'_, '_>, matching: Matching) {
        let options = Options { matching, ..Options::NERVALUATE };
        of_entities(bencher, |corpus| {
            let mut tally = semeval::Tally::default();
            corpus.iter().for_each(|(gold, predicted)| tally.add(gold, predicted, options).unwrap());
            tally
        });
    }

    #[divan::bench(sample_count = 20, sample_size = 1)]
    fn errors_of_entities(bencher: Bencher<'_, '_>) {
        of_entities(bencher, |corpus| {
            let mut tally = errors::Tally::default();
            corpus.iter().for_each(|(gold, predicted)| tally.add(gold, predicted));
            tally
        });
    }

    /// Every metric in one pass, as `welt evaluate --metrics seqeval,faireval,semeval,conlleval` counts them.
    #[divan::bench(args = [LENIENT, STRICT], sample_count = 20, sample_size = 1)]
    fn all_in_one_pass(bencher: Bencher<'_, '_>, chunking: Chunking) {
        of_tags(bencher, || {
            let mut evaluation = Evaluation::new(chunking, Notation::Prefix, Options::NERVALUATE);
            for sentence in &*CORPUS {
                evaluation.add_sentence(&sentence.gold, &sentence.predicted).unwrap();
            }
            evaluation.totals()
        });
    }

    /// The same with the words of the mentions, as `welt evaluate --metrics all` counts them.
    #[divan::bench(args = [LENIENT, STRICT], sample_count = 20, sample_size = 1)]
    fn all_in_one_pass_with_words(bencher: Bencher<'_, '_>, chunking: Chunking) {
        of_tags(bencher, || with_words(chunking));
    }

    fn with_words(chunking: Chunking) -> Totals {
        let mut evaluation = Evaluation::new(chunking, Notation::Prefix, Options::NERVALUATE);
        for sentence in &*CORPUS {
            let (words, gold, predicted) = (&sentence.words, &sentence.gold, &sentence.predicted);
            evaluation.add_sentence_with_words(words, gold, predicted, None).unwrap();
        }
        evaluation.totals()
    }
}

/// Thousands of entities in one document: FairEval's and nervaluate's own time grows with the square of their number.
mod document {
    use std::fmt;

    use divan::Bencher;
    use divan::counter::ItemsCount;
    use welt_eval::semeval::{Matching, Options};
    use welt_eval::{errors, faireval, semeval};

    use crate::{CORPUS, Draws, Entities, entities};

    /// How many gold entities there are, and whether both lists come in the order of their starts or have to be sorted.
    #[derive(Clone, Copy)]
    enum Document {
        InOrder(usize),
        Shuffled(usize),
    }

    impl fmt::Display for Document {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            match self {
                Self::InOrder(n) => write!(f, "{n} in order"),
                Self::Shuffled(n) => write!(f, "{n} shuffled"),
            }
        }
    }

    const DOCUMENTS: [Document; 6] = [
        Document::InOrder(4_000),
        Document::InOrder(8_000),
        Document::InOrder(16_000),
        Document::Shuffled(4_000),
        Document::Shuffled(8_000),
        Document::Shuffled(16_000),
    ];

    impl Document {
        /// The entities of as many sentences as are needed, one after the other.
        fn entities(self) -> Entities {
            let (Self::InOrder(n_gold) | Self::Shuffled(n_gold)) = self;
            let (mut gold, mut predicted) = (Vec::new(), Vec::new());
            let mut position = 0;
            for sentence in &*CORPUS {
                if gold.len() >= n_gold {
                    break;
                }
                let (of_gold, of_predicted) = entities(sentence);
                for (all, entities) in [(&mut gold, of_gold), (&mut predicted, of_predicted)] {
                    all.extend(entities.into_iter().map(|mut entity| {
                        entity.start += position;
                        entity.end += position;
                        entity
                    }));
                }
                position += sentence.words.len();
            }
            gold.truncate(n_gold);
            if let Self::Shuffled(_) = self {
                let mut draws = Draws(2);
                draws.shuffle(&mut gold);
                draws.shuffle(&mut predicted);
            }
            (gold, predicted)
        }
    }

    fn of_document<R>(bencher: Bencher<'_, '_>, document: Document, metric: impl Fn(&Entities) -> R + Sync) {
        let entities = document.entities();
        bencher.counter(ItemsCount::new(entities.0.len())).bench(|| metric(&entities));
    }

    #[divan::bench(args = DOCUMENTS)]
    fn faireval(bencher: Bencher<'_, '_>, document: Document) {
        of_document(bencher, document, |(gold, predicted)| {
            let mut tally = faireval::Tally::default();
            tally.add(gold, predicted).unwrap();
            tally
        });
    }

    #[divan::bench(args = DOCUMENTS)]
    fn semeval_greedy(bencher: Bencher<'_, '_>, document: Document) {
        semeval(bencher, document, Matching::Greedy);
    }

    #[divan::bench(args = DOCUMENTS)]
    fn semeval_optimal(bencher: Bencher<'_, '_>, document: Document) {
        semeval(bencher, document, Matching::Optimal);
    }

    fn semeval(bencher: Bencher<'_, '_>, document: Document, matching: Matching) {
        let options = Options { matching, ..Options::NERVALUATE };
        of_document(bencher, document, |(gold, predicted)| {
            let mut tally = semeval::Tally::default();
            tally.add(gold, predicted, options).unwrap();
            tally
        });
    }

    #[divan::bench(args = DOCUMENTS)]
    fn errors_counted(bencher: Bencher<'_, '_>, document: Document) {
        of_document(bencher, document, |(gold, predicted)| {
            let mut tally = errors::Tally::default();
            tally.add(gold, predicted);
            tally
        });
    }

    #[divan::bench(args = DOCUMENTS)]
    fn errors_listed(bencher: Bencher<'_, '_>, document: Document) {
        of_document(bencher, document, |(gold, predicted)| errors::find(gold, predicted));
    }
}

/// Intervals and tests of systems that were scored on the corpus, each with 10,000 draws.
mod uncertainty {
    use divan::Bencher;
    use welt_eval::uncertainty::{
        Bounds, Exactness, Resampling, Seeds, Shuffling, Units, compare_over_seeds, interval, micro_f1,
        paired_bootstrap, randomization,
    };
    use welt_eval::{Counts, seqeval};
    use welt_tags::{Chunking, Notation};

    use crate::{CORPUS, corpus};

    const DRAWS: u32 = 10_000;

    const fn resampling(bounds: Bounds) -> Resampling {
        Resampling { resamples: DRAWS, seed: 1, confidence: 0.95, bounds, exactness: Exactness::WhereFeasible }
    }

    /// The counts of each sentence for one system: the same sentences, another seed for what was predicted.
    fn units(seed: u64) -> Units {
        let sentences = corpus(CORPUS.len(), seed);
        let counts = |(ours, theirs): (&crate::Sentence, &crate::Sentence)| -> Counts {
            let mut evaluation = seqeval::Evaluation::new(Chunking::Lenient, Notation::Prefix);
            evaluation.add_sentence(&ours.gold, &theirs.predicted).unwrap();
            evaluation.tally().total()
        };
        Units::of(&CORPUS.iter().zip(&sentences).map(counts).collect::<Vec<_>>())
    }

    #[divan::bench(args = [Bounds::Percentile, Bounds::Bca], sample_count = 10, sample_size = 1)]
    fn one_system(bencher: Bencher<'_, '_>, bounds: Bounds) {
        let units = units(1);
        bencher.bench(|| interval(&units, micro_f1, &resampling(bounds)).unwrap());
    }

    #[divan::bench(args = [Bounds::Percentile, Bounds::Bca], sample_count = 10, sample_size = 1)]
    fn two_systems(bencher: Bencher<'_, '_>, bounds: Bounds) {
        let (first, second) = (units(1), units(2));
        bencher.bench(|| paired_bootstrap(&first, &second, micro_f1, &resampling(bounds)).unwrap());
    }

    #[divan::bench(args = [Exactness::WhereFeasible, Exactness::Never], sample_count = 5, sample_size = 1)]
    fn two_systems_shuffled(bencher: Bencher<'_, '_>, exactness: Exactness) {
        let (first, second) = (units(1), units(2));
        let shuffling = Shuffling { rounds: DRAWS, seed: 1, exactness };
        bencher.bench(|| randomization(&first, &second, micro_f1, &shuffling).unwrap());
    }

    #[divan::bench(args = [Seeds::Paired, Seeds::Independent], sample_count = 3, sample_size = 1)]
    fn two_systems_of_ten_runs(bencher: Bencher<'_, '_>, seeds: Seeds) {
        let runs: Vec<Units> = (1..=20).map(units).collect();
        let (first, second) = runs.split_at(10);
        let resampling = resampling(Bounds::Percentile);
        bencher.bench(|| compare_over_seeds(first, second, seeds, micro_f1, &resampling).unwrap());
    }
}

const TYPES: [&str; 4] = ["Chemical", "Disease", "Gene", "Species"];
const BEGIN: [&str; 4] = ["B-Chemical", "B-Disease", "B-Gene", "B-Species"];
const INSIDE: [&str; 4] = ["I-Chemical", "I-Disease", "I-Gene", "I-Species"];
const WORDS: [&str; 14] = [
    "protein",
    "of",
    "the",
    "patients",
    "with",
    "renal",
    "failure",
    "p53",
    "β-catenin",
    "in",
    "mice",
    "a",
    ".",
    "expression",
];
const WORDS_IN_SENTENCE: usize = 25;

/// splitmix64 (Steele, Lea and Flood 2014), which is as short in Python.
struct Draws(u64);

impl Draws {
    /// A number below `n`, which is so much less than 2^31 that no number is noticeably more likely than another.
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 33) as usize % n
    }

    fn shuffle<T>(&mut self, values: &mut [T]) {
        for last in (1..values.len()).rev() {
            values.swap(last, self.below(last + 1));
        }
    }
}

/// Words and gold tags are the same for every seed; the seed decides what was predicted.
fn corpus(n_sentences: usize, seed: u64) -> Vec<Sentence> {
    let (mut of_gold, mut of_predicted) = (Draws(0), Draws(seed));
    let sentence = |_| {
        let (words, gold) = gold(&mut of_gold);
        let predicted = gold.iter().map(|tag| predicted(tag, &mut of_predicted)).collect();
        Sentence { words, gold, predicted }
    };
    (0..n_sentences).map(sentence).collect()
}

/// An entity of one to four words at every eleventh place outside of one.
fn gold(draws: &mut Draws) -> (Vec<&'static str>, Vec<&'static str>) {
    let words = (0..WORDS_IN_SENTENCE).map(|_| WORDS[draws.below(WORDS.len())]).collect();
    let mut tags = Vec::with_capacity(WORDS_IN_SENTENCE);
    while tags.len() < WORDS_IN_SENTENCE {
        if draws.below(11) > 0 {
            tags.push("O");
            continue;
        }
        let n_words = 1 + draws.below(4).min(draws.below(4));
        let entity_type = draws.below(TYPES.len());
        tags.push(BEGIN[entity_type]);
        tags.extend([INSIDE[entity_type]].repeat(n_words - 1));
    }
    tags.truncate(WORDS_IN_SENTENCE);
    (words, tags)
}

/// Every twentieth tag is lost, or becomes a `B-` or `I-` of any type.
fn predicted(gold: &'static str, draws: &mut Draws) -> &'static str {
    if draws.below(20) > 0 {
        return gold;
    }
    let entity_type = draws.below(TYPES.len());
    match draws.below(4) {
        0 | 1 => "O",
        2 => BEGIN[entity_type],
        _ => INSIDE[entity_type],
    }
}

fn n_words() -> usize {
    CORPUS.iter().map(|sentence| sentence.words.len()).sum()
}

/// The entities as the lenient chunker reads them, with positions from the start of the sentence.
fn entities(sentence: &'static Sentence) -> Entities {
    let read = |tags| CorpusReader::new(Chunking::Lenient, Notation::Prefix).read(tags).unwrap();
    (read(&sentence.gold), read(&sentence.predicted))
}
