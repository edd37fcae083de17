//! Which method has which colour, the same on all plots of a report.
//! Results go in, styles come out; the colours themselves stand in the page.

use welt_settings::{Method, Weighting};
use welt_weights::LabelOrder;

use super::differences::{Results, RowResult, SectionResult};
use super::document::LegendEntry;
use super::drawing::Style;
use super::sections::name;

/// The methods that occur, which decides the colours.
#[derive(Debug)]
pub struct Palette {
    methods: Vec<Method>,
}

impl Palette {
    pub fn of(results: &Results) -> Self {
        let mut methods = vec![Method::VANILLA];
        for row in results.sections.iter().flat_map(|section| &section.section.rows) {
            if !row.is_vanilla() && !methods.contains(&row.weighting.method) {
                methods.push(row.weighting.method);
            }
        }
        Self { methods }
    }

    pub fn style(&self, weighting: Weighting) -> Style {
        let color = self.methods.iter().position(|method| *method == weighting.method).unwrap_or(0);
        Style { color, hollow: weighting.label_order == LabelOrder::AsPublished }
    }

    /// The methods of a section, each loss once.
    pub fn legend(&self, section: &SectionResult) -> Vec<LegendEntry> {
        let entry =
            |row: &&RowResult| LegendEntry { label: name(row.row.weighting), style: self.style(row.row.weighting) };
        section.methods().iter().map(entry).collect()
    }
}
