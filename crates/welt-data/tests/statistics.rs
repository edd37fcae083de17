//! Statistics beside the paper's tables and beside counts made by other means, and the histograms that show them.
//! The corpora are not part of the repository; where they are not found the tests pass and say so.
#![allow(clippy::unwrap_used, reason = "clippy allows it in test functions only, not in what they call")]

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use expect_test::{Expect, expect};
use proptest::prelude::*;
use rayon::prelude::*;
use welt_data::checks::{CheckOptions, Finding, FindingKind, Repeat, SchemeChoice, Severity, check};
use welt_data::conll::{self, TagColumn};
use welt_data::{AxisLabels, ClassCounts, Corpus, Histogram, MentionStatistics, Sentence, Statistics, Unseen};

const SPLITS: [&str; 3] = ["train", "dev", "test"];

fn shared() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    if !path.join("datasets/COUNTS.tsv").is_file() {
        eprintln!("skipped: no real corpora in {}", path.display());
        return None;
    }
    Some(path)
}

fn read_splits(folder: &Path) -> [Corpus; 3] {
    SPLITS.map(|split| conll::read(&folder.join(split).with_extension("tsv"), TagColumn::Find).unwrap())
}

fn parse(text: &str) -> Vec<Sentence> {
    conll::parse(Path::new("c.tsv"), text.as_bytes(), TagColumn::Find).unwrap().sentences
}

/// The cells of the paper's Tables 1 and 11 that differ from the files: corpus, column, paper, file.
fn differing_cells(table: &str, folder_of: impl Fn(&str) -> Option<PathBuf>) -> String {
    let mut lines = table.lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    let mut text = String::new();
    let mut equal = 0;
    for line in lines {
        let row: BTreeMap<&str, &str> = header.iter().copied().zip(line.split(',')).collect();
        let Some(folder) = folder_of(row["dataset"]) else { continue };
        let counted = read_splits(&folder).map(|corpus| Statistics::of(&corpus.sentences));
        let percent = |count| format!("{:.2}", 100.0 * counted[0].share(count));
        let cells = [
            ("O_percent", percent(counted[0].outside)),
            ("B_percent", percent(counted[0].begin)),
            ("I_percent", percent(counted[0].inside)),
            ("train_sentences", counted[0].sentences.to_string()),
            ("dev_sentences", counted[1].sentences.to_string()),
            ("test_sentences", counted[2].sentences.to_string()),
        ];
        for (column, found) in cells {
            if row[column] == found {
                equal += 1;
            } else {
                writeln!(text, "{} {column}: paper {}, file {found}", row["dataset"], row[column]).unwrap();
            }
        }
    }
    text + &format!("{equal} cells are equal\n")
}

/// Table 1 holds but for NCBI; Table 11 is one more than the files have, but for BioRED, whose own files have as many.
/// BC4CHEMD is left out: only a part of it is at hand.
#[test]
fn tables_1_and_11_of_the_paper() {
    let Some(shared) = shared() else { return };
    let table = fs::read_to_string(shared.join("paper/corpora.csv")).unwrap();
    let found = differing_cells(&table, |name| {
        let folder = shared.join("datasets").join(name);
        let published = folder.join("alt/welt-author");
        (name != "bc4chemd").then(|| if published.is_dir() { published } else { folder })
    });
    expect![[r#"
        ncbi-disease O_percent: paper 74.44, file 91.72
        ncbi-disease B_percent: paper 12.67, file 3.78
        ncbi-disease I_percent: paper 12.89, file 4.50
        ncbi-disease train_sentences: paper 5433, file 5432
        ncbi-disease dev_sentences: paper 924, file 923
        ncbi-disease test_sentences: paper 941, file 940
        bc5cdr-disease train_sentences: paper 4561, file 4560
        bc5cdr-disease dev_sentences: paper 4582, file 4581
        bc5cdr-disease test_sentences: paper 4798, file 4797
        bc5cdr-chemical train_sentences: paper 4561, file 4560
        bc5cdr-chemical dev_sentences: paper 4582, file 4581
        bc5cdr-chemical test_sentences: paper 4798, file 4797
        bc2gm train_sentences: paper 12575, file 12574
        bc2gm dev_sentences: paper 2520, file 2519
        bc2gm test_sentences: paper 5039, file 5038
        linnaeus train_sentences: paper 11936, file 11935
        linnaeus dev_sentences: paper 4079, file 4078
        linnaeus test_sentences: paper 7143, file 7142
        24 cells are equal
    "#]]
    .assert_eq(&found);
}

/// What the crate counts in a split under the names of `counted/counted.py`.
fn counted(corpora: &[Corpus; 3], split: usize, findings: &[Finding]) -> BTreeMap<&'static str, usize> {
    let sentences = &corpora[split].sentences;
    let mentions = MentionStatistics::of(sentences);
    assert_eq!(mentions.mentions, Statistics::of(sentences).entities);
    let count = |is_counted: &dyn Fn(&FindingKind) -> bool| {
        findings.iter().filter(|finding| finding.split == SPLITS[split] && is_counted(&finding.kind)).count()
    };
    let other = Repeat::OtherEntities;
    let mut counts = BTreeMap::from([
        ("mentions", mentions.mentions),
        ("distinct", mentions.distinct),
        ("sometimes_untagged", mentions.sometimes_untagged),
        ("untagged_places", mentions.ambiguous.iter().map(|mention| mention.untagged).sum()),
        ("repeated", count(&|kind| matches!(kind, FindingKind::RepeatedSentence { .. }))),
        (
            "repeated_other_tags",
            count(&|kind| matches!(kind, FindingKind::RepeatedSentence { repeat, .. } if *repeat == other)),
        ),
        ("shared", count(&|kind| matches!(kind, FindingKind::SharedSentence { .. }))),
        (
            "shared_other_tags",
            count(&|kind| matches!(kind, FindingKind::SharedSentence { repeat, .. } if *repeat == other)),
        ),
    ]);
    if split > 0 {
        let unseen = Unseen::of(&corpora[0].sentences, sentences);
        counts.extend([
            ("unseen_words", unseen.unseen_words),
            ("unseen_mentions", unseen.unseen_mentions),
            ("unseen_mention_words", unseen.unseen_mention_words),
            ("unseen_distinct", unseen.unseen_distinct),
        ]);
        eprintln!(
            "{}: unseen words {:.1} %, mentions {:.1} %, words of mentions {:.1} %, distinct mentions {:.1} %",
            corpora[split].path.display(),
            100.0 * unseen.word_share(),
            100.0 * unseen.mention_share(),
            100.0 * unseen.mention_word_share(),
            100.0 * unseen.distinct_share()
        );
    }
    counts
}

#[test]
fn mentions_and_repeats_are_those_counted_by_other_means() {
    let Some(shared) = shared() else { return };
    let mut expected: BTreeMap<&str, [BTreeMap<&str, usize>; 3]> = BTreeMap::new();
    for line in include_str!("counted/counted.tsv").lines().skip(1) {
        let [corpus, split, name, count] = line.split('\t').collect::<Vec<_>>().try_into().unwrap();
        let split = SPLITS.iter().position(|name| *name == split).unwrap();
        expected.entry(corpus).or_default()[split].insert(name, count.parse().unwrap());
    }
    assert_eq!(expected.len(), 8);
    expected.par_iter().for_each(|(corpus, expected)| {
        let corpora = read_splits(&shared.join("datasets").join(corpus));
        let options = CheckOptions {
            scheme: SchemeChoice::Detect,
            least_words: 1,
            least_mentions: 1,
            longest_entity: usize::MAX,
            listed: usize::MAX,
        };
        let findings = check(&SPLITS.into_iter().zip(&corpora).collect::<Vec<_>>(), &options).unwrap();
        assert!(findings.iter().all(|finding| finding.kind.severity() != Severity::Error), "{corpus}");
        for split in 0..3 {
            assert_eq!(counted(&corpora, split, &findings), expected[split], "{corpus} {}", SPLITS[split]);
        }
    });
}

#[test]
fn classes_are_counted_by_tag_and_by_type() {
    let classes = ClassCounts::of(&parse("a\tB-X\nb\tI-X\nc\tO\nd\tO\n\ne\tB-Y\nf\tO\ng\tB-X\nh\tO\n"));
    let text = format!("{:?} {:?} {:.3}", classes.tags, classes.entities, classes.imbalance());
    expect![[r#"{"B-X": 2, "B-Y": 1, "I-X": 1, "O": 4} {"X": 2, "Y": 1} 4.000"#]].assert_eq(&text);
    assert!((ClassCounts::of(&[]).imbalance(), ClassCounts::of(&[]).share("O")) == (0.0, 0.0));
}

#[test]
fn mentions_are_ambiguous_by_type_and_by_place() {
    let text = "lung\tB-X\ncancer\tI-X\n\ncancer\tB-X\nno\tO\ncancer\tO\n\ncancer\tB-Y\n\nlung\tO\ncancer\tO\n";
    let mentions = MentionStatistics::of(&parse(text));
    let ambiguous: Vec<String> = mentions
        .ambiguous
        .iter()
        .map(|mention| format!("{} {:?} {}", mention.text, mention.types, mention.untagged))
        .collect();
    expect![[r#"
        cancer {"X": 1, "Y": 1} 2
        lung cancer {"X": 1} 1"#]]
    .assert_eq(&ambiguous.join("\n"));
    assert_eq!((mentions.mentions, mentions.words, mentions.distinct), (3, 4, 2));
    assert_eq!((mentions.several_types, mentions.sometimes_untagged), (1, 2));
    assert_eq!(mentions.distinct_by_type, BTreeMap::from([("X".to_owned(), 2), ("Y".to_owned(), 1)]));
}

/// Without a bound on what is looked for, this would take the square of the words.
#[test]
fn a_mention_of_very_many_words_is_no_burden() {
    let long = format!("a\tB-X\n{}", "a\tI-X\n".repeat(50_000));
    let mentions = MentionStatistics::of(&parse(&format!("{long}\n{}\na\tB-X\n", "a\tO\n".repeat(50_000))));
    assert_eq!((mentions.mentions, mentions.words, mentions.distinct), (2, 50_002, 2));
    assert_eq!((mentions.sometimes_untagged, mentions.ambiguous[0].untagged), (1, 50_000));
}

#[test]
fn a_mention_of_another_type_is_unseen() {
    let train = parse("gout\tB-X\ngout\tO\n");
    let unseen = Unseen::of(&train, &parse("gout\tB-Y\n\ngout\tB-X\ngout\tB-X\nataxia\tO\n"));
    assert_eq!((unseen.mentions, unseen.unseen_mentions, unseen.distinct, unseen.unseen_distinct), (3, 1, 2, 1));
    assert_eq!((unseen.words, unseen.unseen_words), (4, 1));
    let nothing = Unseen::of(&[], &[]);
    assert!((nothing.word_share(), nothing.mention_share(), nothing.distinct_share()) == (0.0, 0.0, 0.0));
}

fn check_text(values: &[usize], columns: usize, expected: &Expect) {
    expected.assert_eq(&Histogram::of(values.iter().copied()).to_text(columns));
}

#[test]
fn bars_are_drawn_in_the_columns_given() {
    check_text(&[], 40, &expect![""]);
    check_text(
        &[3],
        20,
        &expect![[r#"
        3 ████████████████ 1
    "#]],
    );
    let lengths: Vec<usize> = (1..=45).flat_map(|length| vec![length; 46 - length]).collect();
    check_text(
        &lengths,
        40,
        &expect![[r#"
          1-5 ██████████████████████████████ 215
         6-10 ██████████████████████████▌ 190
        11-15 ███████████████████████ 165
        16-20 ███████████████████▌ 140
        21-25 ████████████████ 115
        26-30 ████████████▌ 90
        31-35 █████████▏ 65
        36-40 █████▋ 40
        41-45 ██▏ 15
    "#]],
    );
    check_text(
        &[1, 1, 1, 1, 1, 1, 1, 1, 1, 2],
        0,
        &expect![[r#"
        1 █ 9
        2 ▏ 1
    "#]],
    );
}

#[test]
fn bars_reach_from_the_least_value_to_the_greatest() {
    let check = |values: &[usize], expected: &[(usize, usize, usize)]| {
        let bars = Histogram::of(values.iter().copied()).bars();
        let bars: Vec<_> = bars.iter().map(|bar| (bar.first, bar.last, bar.count)).collect();
        assert_eq!(bars, expected, "{values:?}");
    };
    check(&[0, 2], &[(0, 0, 1), (1, 1, 0), (2, 2, 1)]);
    check(
        &[1, 21],
        &[&[(1, 2, 1)][..], &(1..10).map(|n| (2 * n + 1, 2 * n + 2, 0)).collect::<Vec<_>>(), &[(21, 22, 1)]].concat(),
    );
    check(&[7, 7], &[(7, 7, 2)]);
    // One value in 200 may stand apart.
    check(&[vec![2; 199], vec![900]].concat(), &[(2, 2, 199), (3, 900, 1)]);
    check(&[vec![2; 199], vec![3]].concat(), &[(2, 2, 199), (3, 3, 1)]);
    assert_eq!(Histogram::of([0, usize::MAX]).bars().len(), 19);
}

#[test]
fn quantiles_are_values_that_occur() {
    let histogram = Histogram::of([1, 2, 2, 9]);
    assert_eq!(
        [0.0, 0.25, 0.5, 0.75, 0.76, 1.0, 7.0].map(|share| histogram.quantile(share).unwrap()),
        [1, 1, 2, 2, 9, 9, 9]
    );
    assert_eq!(Histogram::of([]).quantile(0.5), None);
}

#[test]
fn a_drawing_is_what_it_was() {
    let labels = AxisLabels { title: "a < b & \"c\" \u{1}", values: "words", counts: "mentions" };
    let svg = Histogram::of([1, 1, 1, 2, 4]).to_svg(&labels);
    expect![[r##"
        <svg xmlns="http://www.w3.org/2000/svg" width="720" height="400" viewBox="0 0 720 400" font-family="sans-serif" font-size="12" fill="#222" role="img">
        <rect width="720" height="400" fill="#fff"/>
        <title>a &lt; b &amp; &quot;c&quot; �</title>
        <text x="392" y="24" text-anchor="middle" font-size="15">a &lt; b &amp; &quot;c&quot; �</text>
        <text x="392" y="384" text-anchor="middle">words</text>
        <text transform="translate(18 190) rotate(-90)" text-anchor="middle">mentions</text>
        <path d="M84 44V336H700" fill="none" stroke="#222"/>
        <text x="76" y="340.00" text-anchor="end">0</text>
        <path d="M84 238.67H700" stroke="#ddd"/>
        <text x="76" y="242.67" text-anchor="end">1</text>
        <path d="M84 141.33H700" stroke="#ddd"/>
        <text x="76" y="145.33" text-anchor="end">2</text>
        <path d="M84 44.00H700" stroke="#ddd"/>
        <text x="76" y="48.00" text-anchor="end">3</text>
        <rect x="93.24" y="44.00" width="135.52" height="292.00" fill="#3b6ea8"><title>1: 3</title></rect>
        <rect x="247.24" y="238.67" width="135.52" height="97.33" fill="#3b6ea8"><title>2: 1</title></rect>
        <rect x="401.24" y="336.00" width="135.52" height="0.00" fill="#3b6ea8"><title>3: 0</title></rect>
        <rect x="555.24" y="238.67" width="135.52" height="97.33" fill="#3b6ea8"><title>4: 1</title></rect>
        <text x="623.00" y="354" text-anchor="middle">4</text>
        <text x="469.00" y="354" text-anchor="middle">3</text>
        <text x="315.00" y="354" text-anchor="middle">2</text>
        <text x="161.00" y="354" text-anchor="middle">1</text>
        </svg>
    "##]].assert_eq(&svg);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_value_is_in_one_bar(values in proptest::collection::vec(prop_oneof![0_usize..400, any::<usize>()], 0..40), columns in 0_usize..200) {
        let histogram = Histogram::of(values.iter().copied());
        let bars = histogram.bars();
        prop_assert!(bars.len() <= welt_data::MOST_BARS);
        prop_assert_eq!(bars.iter().map(|bar| bar.count).sum::<usize>(), values.len());
        for bar in &bars {
            prop_assert_eq!(values.iter().filter(|value| (bar.first..=bar.last).contains(*value)).count(), bar.count);
        }
        let text = histogram.to_text(columns);
        prop_assert_eq!(text.lines().count(), bars.len());
        let label = bars.iter().map(|bar| bar.label().len()).max().unwrap_or(0);
        let number = bars.iter().map(|bar| bar.count.to_string().len()).max().unwrap_or(0);
        prop_assert!(text.lines().all(|line| line.chars().count() <= columns.max(label + number + 3)), "{}", text);
    }

    #[test]
    fn no_label_breaks_a_drawing(title in any::<String>(), values in proptest::collection::vec(any::<usize>(), 0..5)) {
        let svg = Histogram::of(values).to_svg(&AxisLabels { title: &title, values: "v", counts: "c" });
        let elements = svg.matches('<').count();
        prop_assert_eq!(elements, svg.matches('>').count());
        let control = svg.bytes().any(|byte| byte < b' ' && byte != b'\n');
        prop_assert!(!control);
        prop_assert!(svg.split('&').skip(1).all(|rest| ["amp;", "lt;", "gt;", "quot;"].iter().any(|name| rest.starts_with(name))));
        prop_assert!(!svg.contains("NaN") && !svg.contains("inf"));
    }
}
