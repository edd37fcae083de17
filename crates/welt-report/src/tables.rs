//! The tables of a report, ours beside the paper's.
//! Results and the paper go in, tables come out.

pub mod corpora;
pub mod directions;
pub mod each_corpus;
pub mod errors;
pub mod noise;
pub mod runs;
pub mod scorers;
pub mod scores;
pub mod shifts;

use welt_record::Row;
use welt_weights::LabelOrder;

use super::differences::{RowResult, SectionResult};
use super::document::Table;

/// The rows of a section, without those of the published order to which the order makes no difference.
fn shown<'r, 'a>(section: &'r SectionResult<'a>) -> Vec<&'r RowResult<'a>> {
    let has_intended = |row: &Row| {
        let mut others = section.section.rows.iter();
        others.any(|other| {
            other.weighting.method == row.weighting.method && other.weighting.label_order == LabelOrder::Intended
        })
    };
    let needs_no_order =
        |row: &Row| row.is_vanilla() || row.same_as.is_some_and(|same| same.method == row.weighting.method);
    let repeats =
        |row: &Row| row.weighting.label_order == LabelOrder::AsPublished && needs_no_order(row) && has_intended(row);
    section.rows.iter().filter(|row| !repeats(row.row)).collect()
}

/// Takes the column of the encoder out of a table that has one encoder alone, and names it above.
fn drop_encoder(table: &mut Table, sections: &[&SectionResult]) {
    let [section] = sections else { return };
    table.columns.remove(0);
    for row in &mut table.rows {
        row.remove(0);
    }
    table.caption = format!("{} Encoder: {}.", table.caption, section.section.encoder());
}

/// How many seeds have a result, of how many if some have none.
fn seeds(row: &RowResult) -> String {
    let (found, wanted) = (row.runs.len(), row.row.runs.len());
    if found == wanted { found.to_string() } else { format!("{found} of {wanted}") }
}
