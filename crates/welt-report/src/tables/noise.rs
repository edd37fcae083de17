//! How far vanilla differs from itself on every corpus, and what could have been seen.

use crate::differences::{Control, LEVEL, Results};
use crate::document::{Cell, Table};
use crate::formatting::{NOTHING, p_value, points, spread};
use welt_eval::uncertainty::power::POWER;
use welt_tables::columns;

/// The noise of every section: vanilla against itself, and what could have been seen.
pub fn table(results: &Results) -> Option<Table> {
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    for section in &results.sections {
        let Some(vanilla) = section.vanilla().filter(|vanilla| !vanilla.runs.is_empty()) else { continue };
        let n = section.rows.iter().filter_map(|row| row.difference.as_ref()).map(|of| of.by_seed.len()).max();
        let gaps: Vec<String> = (section.controls.iter())
            .map(|Control { seeds: [one, other], difference }| {
                format!("{} (seed {other} − {one}, p {})", points(difference.mean), p_value(difference.p_value))
            })
            .collect();
        let floor = section.floor.zip(n).map(|(floor, n)| format!("±{:.2}", 100.0 * floor.of_means(n)));
        let nothing = || NOTHING.to_owned();
        rows.push(vec![
            section.section.dataset.clone().into(),
            section.section.encoder().into(),
            if gaps.is_empty() { nothing() } else { gaps.join("; ") }.into(),
            spread(&vanilla.f1()).into(),
            floor.unwrap_or_else(nothing).into(),
            section.floor.map_or_else(nothing, |floor| format!("{:.0}", floor.degrees_of_freedom)).into(),
            section.visible.map_or_else(nothing, |visible| format!("{:.1}", 100.0 * visible)).into(),
            section.visible_first.map_or_else(nothing, |visible| format!("{:.1}", 100.0 * visible)).into(),
        ]);
    }
    (!rows.is_empty()).then(|| Table {
        name: "noise".to_owned(),
        caption: format!(
            "Vanilla against itself: F1 in per cent over seeds, the differences of single runs with the p of a test over test \
             sentences, the noise floor of as many seeds as the methods have, and the smallest difference in points that one \
             test at {LEVEL} of the middle method would see with {:.0} % power, alone and adjusted as the first of all tests.",
            100.0 * POWER
        ),
        columns: columns(
            &["corpus", "encoder", "seed against seed"],
            &["F1", "noise floor", "degrees of freedom", "visible alone", "visible adjusted"],
        ),
        rows,
        notes: Vec::new(),
    })
}
