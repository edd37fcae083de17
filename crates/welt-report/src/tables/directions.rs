//! Which way every method pushes over corpora and encoders, beside the published directions.

use welt_settings::Weighting;

use crate::differences::Results;
use crate::directions::{Direction, directions, up_and_down};
use crate::document::{Cell, Table};
use crate::formatting::{NOTHING, p_value, points};
use crate::published::{Published, PublishedScores};
use crate::sections::name;
use crate::statistics::{mean, sign_test};
use welt_tables::columns;

/// Which way every method pushes, beside the published direction where there is one.
pub fn table(results: &Results, published: Option<&Published>) -> Option<Table> {
    let directions = directions(results);
    let row = |direction: &Direction| -> Vec<Cell> {
        let n = direction.gains.len();
        let column = |metric: usize| direction.gains.iter().map(move |gains| gains[metric]);
        let mut cells: Vec<Cell> = vec![name(direction.weighting).into(), n.to_string().into()];
        for metric in [0, 1, 2] {
            let [up, down] = up_and_down(column(metric));
            cells.push(points(mean(&column(metric).collect::<Vec<_>>())).into());
            cells.push(format!("{up} up, {down} down").into());
        }
        let [up, down] = up_and_down(column(2));
        cells.push(p_value(sign_test(up, down)).into());
        let published = published.map(|published| published_direction(published, direction.weighting));
        cells.extend(published.into_iter().flatten().map(Cell::from));
        cells
    };
    let mut numbers = vec!["cells", "P", "P in", "R", "R in", "F1", "F1 in", "sign test"];
    if published.is_some() {
        numbers.extend(["paper P up", "paper R up", "paper F1 up"]);
    }
    let note = "The paper’s columns are of its 40 corpora and encoders; they stand beside both label orders, for it is not known \
                for certain which the published runs had.";
    (!directions.is_empty()).then(|| Table {
        name: "directions".to_owned(),
        caption: "Which way each method pushes: the mean difference to vanilla over corpora and encoders, in points, and in how \
                  many it goes up or down. The sign test of F1 takes corpora for independent draws and is not adjusted."
            .to_owned(),
        columns: columns(&["method"], &numbers),
        rows: directions.iter().map(row).collect(),
        notes: published.map(|_| note.to_owned()).into_iter().collect(),
    })
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
