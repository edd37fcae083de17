//! Every method on every corpus: what was observed, and what it becomes if all corpora are taken together.

use welt_eval::verdict::{CorpusTest, ShrunkenCorpus};

use crate::differences::Results;
use crate::document::{Cell, Table};
use crate::formatting::{NOTHING, between, p_value, points};
use crate::judgement::{Group, JudgedMethod};
use crate::sections::name;
use welt_tables::columns;

/// A table a group that has several corpora.
pub fn tables(results: &Results) -> Vec<Table> {
    let several = results.groups.len() > 1;
    let mut tables = Vec::new();
    for (index, group) in results.groups.iter().enumerate().filter(|(_, group)| group.corpora.len() > 1) {
        let rows: Vec<Vec<Cell>> = group.methods.iter().flat_map(|judged| rows(group, judged)).collect();
        if rows.is_empty() {
            continue;
        }
        let encoder = match several {
            true => format!(" Encoder: {}.", results.sections[group.sections[0]].section.encoder()),
            false => String::new(),
        };
        tables.push(Table {
            name: format!("each-corpus-{}", index + 1),
            caption: format!(
                "Each corpus: the mean difference of F1 to vanilla over the pairs in which no run collapsed{}.{encoder}",
                what_tests_say(group.n_corpus_tests)
            ),
            columns: columns(
                &["method", "corpus", "texts"],
                &["pairs", "F1 − vanilla", "95 % interval", "p", "p (Holm)", "drawn to the mean", "95 % interval"],
            ),
            rows,
            notes: Vec::new(),
        });
    }
    tables
}

fn rows(group: &Group, judged: &JudgedMethod) -> Vec<Vec<Cell>> {
    let of = &judged.verdict.corpora;
    let drawn = |corpus: usize| -> Option<&ShrunkenCorpus> {
        of.shrunken.as_ref()?.corpora.iter().find(|drawn| drawn.corpus == corpus)
    };
    let nothing = || NOTHING.to_owned();
    let row = |test: &CorpusTest| -> Vec<Cell> {
        let (corpus, source) = &group.corpora[test.corpus];
        let drawn = drawn(test.corpus);
        let tested = test.test;
        vec![
            name(judged.weighting).into(),
            corpus.clone().into(),
            source.clone().into(),
            test.n_pairs.to_string().into(),
            points(test.difference / 100.0).into(),
            tested.map_or_else(nothing, |test| between(test.interval)).into(),
            tested.map_or_else(nothing, |test| p_value(test.p_value)).into(),
            tested.map_or_else(nothing, |test| p_value(test.adjusted)).into(),
            drawn.map_or_else(nothing, |drawn| points(drawn.estimate / 100.0)).into(),
            drawn.map_or_else(nothing, |drawn| between(drawn.interval)).into(),
        ]
    };
    of.corpora.iter().map(row).collect()
}

/// What stands behind the differences; a pair alone has no test.
fn what_tests_say(n_tests: usize) -> String {
    if n_tests == 0 {
        return "; one seed alone has neither interval nor test".to_owned();
    }
    format!(
        ", its 95 % interval with the variances of all corpora, p alone and after Holm for {n_tests} tests, and the difference \
         drawn towards the mean of all corpora as far as noise explains that they lie apart"
    )
}
