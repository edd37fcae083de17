//! The tables that `welt stats` prints.
//! Counts of welt-data in, tables out.

use std::collections::{BTreeMap, BTreeSet};

use welt_data::{Bar, Histogram};

use super::Counted;
use crate::table::Cell::{Count, Nothing, Number};
use crate::table::{Cell, Kind, Table};

/// Mentions of more words than this share a column.
const LONGEST_APART: usize = 5;

/// The paper's Tables 1 and 11, and what fits beside them.
pub fn counts(all: &[Counted], training: &str) -> Table {
    let mut heads =
        vec!["file", "sentences", "words", "entities", "O %", "B %", "I %", "longest", "> 128", "imbalance"];
    let has_unseen = all.iter().any(|counted| counted.unseen.is_some());
    let mut caption = "Sentences, words, entities and shares of tags".to_owned();
    if has_unseen {
        heads.push("unseen %");
        caption += &format!("; unseen: mentions that {training} does not have");
    }
    let mut table = Table::new("counts", caption, Kind::File, &heads);
    for counted in all {
        let statistics = &counted.statistics;
        let mut cells = [statistics.sentences, statistics.tokens, statistics.entities].map(Count).to_vec();
        let shares = [statistics.outside, statistics.begin, statistics.inside];
        cells.extend(shares.map(|count| per_cent(count, statistics.tokens)));
        cells.extend([statistics.longest_sentence, statistics.long_sentences].map(Count));
        cells.push(Number(counted.classes.imbalance()));
        if has_unseen {
            cells.push(counted.unseen.map_or(Nothing, |unseen| Number(100.0 * unseen.mention_share())));
        }
        table.push(counted.file.display().to_string(), cells);
    }
    table
}

/// How many words of each file have each tag.
pub fn classes(all: &[Counted]) -> Table {
    let counts: Vec<&BTreeMap<String, usize>> = all.iter().map(|counted| &counted.classes.tags).collect();
    by_name(Table::new("classes", "Words of each tag", Kind::Tag, &["tag"]), all, &counts)
}

/// How many entities of each file have each type.
pub fn types(all: &[Counted]) -> Table {
    let counts: Vec<&BTreeMap<String, usize>> = all.iter().map(|counted| &counted.classes.entities).collect();
    by_name(Table::new("types", "Entities of each type", Kind::Type, &["type"]), all, &counts)
}

/// How many mentions are distinct and how many of these ambiguous, and how long all of them are.
pub fn mentions(all: &[Counted]) -> Table {
    let caption = "Mentions, and distinct ones: of several types, here and there untagged, and either of both";
    let heads = ["file", "mentions", "distinct", "several types", "untagged", "either", "words", "median", "longest"];
    let mut table = Table::new("mentions", caption, Kind::File, &heads);
    for counted in all {
        let (mentions, lengths) = (&counted.mentions, &counted.mention_lengths);
        let counts = [mentions.mentions, mentions.distinct, mentions.several_types, mentions.sometimes_untagged];
        let mut cells = counts.map(Count).to_vec();
        cells.extend([Count(mentions.ambiguous.len()), Number(lengths.mean())]);
        cells.extend([lengths.quantile(0.5), lengths.quantile(1.0)].map(|length| length.map_or(Nothing, Count)));
        table.push(&counted.name, cells);
    }
    table
}

/// The share of the mentions of one word, of two words and so on.
pub fn mention_lengths(all: &[Counted]) -> Table {
    let mut heads = vec!["file".to_owned()];
    heads.extend((1..=LONGEST_APART).map(|words| words.to_string()));
    heads.push(format!("> {LONGEST_APART}"));
    let heads: Vec<&str> = heads.iter().map(String::as_str).collect();
    let mut table = Table::new("mention lengths", "Mentions by their number of words, in per cent", Kind::File, &heads);
    for counted in all {
        let lengths = &counted.mention_lengths;
        let of = |words: usize| lengths.counts.get(&words).copied().unwrap_or(0);
        let longer = lengths.counts.range(LONGEST_APART + 1..).map(|(_, count)| count).sum();
        let counts = (1..=LONGEST_APART).map(of).chain([longer]);
        table.push(&counted.name, counts.map(|count| per_cent(count, lengths.count())).collect::<Vec<_>>());
    }
    table
}

/// What training does not have.
pub fn unseen(all: &[Counted], training: &str) -> Table {
    let caption = format!("Words, mentions, distinct mentions and words of mentions that {training} does not have");
    let heads = [
        "file",
        "words",
        "words %",
        "mentions",
        "mentions %",
        "distinct",
        "distinct %",
        "mention words",
        "mention words %",
    ];
    let mut table = Table::new("unseen", caption, Kind::File, &heads);
    for (counted, unseen) in all.iter().filter_map(|counted| Some((counted, counted.unseen?))) {
        let pairs = [
            (unseen.unseen_words, unseen.word_share()),
            (unseen.unseen_mentions, unseen.mention_share()),
            (unseen.unseen_distinct, unseen.distinct_share()),
            (unseen.unseen_mention_words, unseen.mention_word_share()),
        ];
        let cells: Vec<Cell> = pairs.into_iter().flat_map(|(n, share)| [Count(n), Number(100.0 * share)]).collect();
        table.push(&counted.name, cells);
    }
    table
}

/// The mentions of a file that are not always the same.
pub fn ambiguous(counted: &Counted, most: usize) -> Table {
    let (name, all) = (&counted.name, &counted.mentions.ambiguous);
    let listed = &all[..most.min(all.len())];
    let types: BTreeSet<&String> = listed.iter().flat_map(|mention| mention.types.keys()).collect();
    let caption =
        format!("{name}: ambiguous mentions ({} of {}), and how often they are what", listed.len(), all.len());
    let mut table = Table::new(&format!("ambiguous {name}"), caption, Kind::Mention, &["mention", "untagged"]);
    types.iter().for_each(|name| table.add_column(Kind::Type, name.as_str()));
    for mention in listed {
        let of_type = |name: &&String| Count(mention.types.get(*name).copied().unwrap_or(0));
        let cells: Vec<Cell> = [Count(mention.untagged)].into_iter().chain(types.iter().map(of_type)).collect();
        table.push(&mention.text, cells);
    }
    table
}

/// How often lengths occur in each file, in the same bars for all.
pub fn histogram(of: &str, names: &[&str], histograms: &[Histogram], bars: &[Bar]) -> Table {
    let mut table = Table::new("histogram", format!("{of} by their number of words"), Kind::Group, &["words"]);
    names.iter().for_each(|name| table.add_column(Kind::File, *name));
    for bar in bars {
        let count = |histogram: &Histogram| Count(histogram.counts.range(bar.first..=bar.last).map(|(_, n)| n).sum());
        table.push(bar.label(), histograms.iter().map(count).collect::<Vec<_>>());
    }
    table
}

/// Counts of files side by side, each with its share in the file.
fn by_name(mut table: Table, all: &[Counted], counts: &[&BTreeMap<String, usize>]) -> Table {
    for Counted { name, .. } in all {
        table.add_column(Kind::File, name);
        table.add_column(Kind::FileShare, format!("{name} %"));
    }
    let rows: BTreeSet<&String> = counts.iter().flat_map(|counts| counts.keys()).collect();
    for row in rows {
        let cells = counts.iter().flat_map(|counts| {
            let count = counts.get(row).copied().unwrap_or(0);
            [Count(count), per_cent(count, counts.values().sum())]
        });
        table.push(row, cells.collect::<Vec<_>>());
    }
    table
}

fn per_cent(part: usize, whole: usize) -> Cell {
    Number(if whole == 0 { 0.0 } else { 100.0 * part as f64 / whole as f64 })
}
