//! Which way every method pushes precision, recall and F1 over all corpora, beside the published directions.

use welt_eval::verdict::{Basis, Primary};
use welt_settings::Weighting;

use crate::differences::Results;
use crate::document::{Cell, Table};
use crate::formatting::{NOTHING, between, p_value, points};
use crate::judgement::JudgedMethod;
use crate::published::{Published, PublishedScores};
use crate::sections::name;
use crate::verdicts::adjusted;
use welt_tables::columns;

/// Which way every method pushes, beside the published direction where there is one; none of a single corpus.
pub fn table(results: &Results, published: Option<&Published>) -> Option<Table> {
    let groups = || results.groups.iter().filter(|group| group.corpora.len() > 1 || published.is_some());
    let with_encoder = results.groups.len() > 1;
    let rows: Vec<Vec<Cell>> = groups()
        .flat_map(|group| group.methods.iter().map(move |judged| (group, judged)))
        .filter(|(_, judged)| judged.verdict.trained.primary.basis.is_some())
        .map(|(group, judged)| {
            let mut cells: Vec<Cell> = Vec::new();
            if with_encoder {
                cells.push(results.sections[group.sections[0]].section.encoder().into());
            }
            cells.extend(row(judged));
            let published = published.map(|published| published_direction(published, judged.weighting));
            cells.extend(published.into_iter().flatten().map(Cell::from));
            cells
        })
        .collect();
    let mut numbers =
        vec!["over", "P", "p (Holm)", "R", "p (Holm)", "F1", "95 % interval", "p (Holm)", "visible", "up, down"];
    if published.is_some() {
        numbers.extend(["paper P up", "paper R up", "paper F1 up"]);
    }
    let note = "The paper’s columns are of its 40 corpora and encoders; they stand beside both label orders, for it is not known \
                for certain which the published runs had.";
    let words: &[&str] = if with_encoder { &["encoder", "method"] } else { &["method"] };
    (!rows.is_empty()).then(|| Table {
        name: "directions".to_owned(),
        caption: "Which way each method pushes: the mean difference to vanilla in points, over sources of texts where there are \
                  four and more, over the seeds that all corpora have otherwise, without collapsed runs. Visible is the true \
                  difference of F1 that the test would see four times of five, adjusted for all methods; up and down count the \
                  corpora."
            .to_owned(),
        columns: columns(words, &numbers),
        rows,
        notes: published.map(|_| note.to_owned()).into_iter().collect(),
    })
}

fn row(judged: &JudgedMethod) -> Vec<Cell> {
    let verdict = &judged.verdict.trained;
    let difference = |primary: &Primary| points(primary.difference / 100.0);
    let over = match &verdict.primary.basis {
        Some(Basis::Sources { means, .. }) if means.len() == 1 => "1 source".to_owned(),
        Some(Basis::Sources { means, .. }) => format!("{} sources", means.len()),
        Some(Basis::Seeds { differences, .. }) if differences.len() == 1 => "1 seed".to_owned(),
        Some(Basis::Seeds { differences, .. }) => format!("{} seeds", differences.len()),
        None => NOTHING.to_owned(),
    };
    let of_corpora = judged.verdict.corpora.corpora.iter().map(|of| of.difference);
    let [up, down] =
        of_corpora.fold([0, 0], |[up, down], of| [up + usize::from(of > 0.0), down + usize::from(of < 0.0)]);
    let test = verdict.primary.test;
    let nothing = || NOTHING.to_owned();
    vec![
        name(judged.weighting).into(),
        over.into(),
        difference(&judged.precision).into(),
        adjusted(&judged.precision).into(),
        difference(&judged.recall).into(),
        adjusted(&judged.recall).into(),
        difference(&verdict.primary).into(),
        test.map_or_else(nothing, |test| between(test.interval)).into(),
        test.map_or_else(nothing, |test| p_value(test.adjusted)).into(),
        verdict.visible_first.map_or_else(nothing, |visible| format!("{visible:.1}")).into(),
        format!("{up}, {down}").into(),
    ]
}

fn published_direction(published: &Published, weighting: Weighting) -> [String; 3] {
    let Some(method) = published.method(&weighting.method.to_string()) else { return [NOTHING; 3].map(str::to_owned) };
    let up = |of: fn(&PublishedScores) -> i64| {
        let above =
            published.rows.iter().filter(|row| of(&row.scores[method]) > of(&row.scores[published.vanilla])).count();
        format!("{above} of {}", published.rows.len())
    };
    [up(|scores| scores.precision), up(|scores| scores.recall), up(|scores| scores.f1)]
}
