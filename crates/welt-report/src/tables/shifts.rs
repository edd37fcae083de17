//! What a moved threshold gives: every method as it is, and with the scores of O shifted as dev would have it.

use super::drop_encoder;
use crate::differences::SectionResult;
use crate::document::{Cell, Table};
use crate::formatting::NOTHING;
use crate::sections::name;
use crate::shifts::{self, signed};
use crate::statistics::mean;
use welt_tables::columns;

/// A row a method whose training is its own; none where no run says what shifts would give.
pub fn table(sections: &[&SectionResult], table: String) -> Option<Table> {
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    for section in sections {
        for row in section.methods().into_iter().filter(|row| !row.row.weighting.method.choice.tuned_shift) {
            let Some(curve) = shifts::of(row) else { continue };
            let mut cells: Vec<Cell> = vec![section.section.encoder().into(), name(row.row.weighting).into()];
            let percent = |number: f64| Cell::from(format!("{:.2}", 100.0 * number));
            cells.extend([curve.as_it_is.precision, curve.as_it_is.recall, curve.as_it_is.f1].map(percent));
            match curve.tuned {
                Some((chosen, point)) => {
                    let [least, most] =
                        [f64::min, f64::max].map(|pick| chosen.iter().copied().reduce(pick).unwrap_or(0.0));
                    let shift = if least == most {
                        signed(least)
                    } else {
                        format!("{} ({} to {})", signed(mean(&chosen)), signed(least), signed(most))
                    };
                    cells.push(shift.into());
                    cells.extend([point.precision, point.recall, point.f1].map(percent));
                }
                None => cells.extend([NOTHING; 4].map(Cell::from)),
            }
            rows.push(cells);
        }
    }
    let dataset = sections.first()?.section.dataset.clone();
    let mut table = Table {
        name: table,
        caption: format!(
            "Is it only a moved threshold? Every method on {dataset} as it is, and with the shift of the scores of O that has the \
             best F1 on dev, seed by seed: below 0 it finds more entities, above 0 fewer. A method that gains over vanilla as it \
             is, and no longer where both are shifted, has moved the threshold and no more. Means over seeds, on test, in per cent."
        ),
        columns: columns(
            &["encoder", "method"],
            &["precision", "recall", "F1", "shift chosen on dev", "precision", "recall", "F1"],
        ),
        rows,
        notes: Vec::new(),
    };
    drop_encoder(&mut table, sections);
    (!table.rows.is_empty()).then_some(table)
}
