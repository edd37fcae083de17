//! Which way every method pushes precision, recall and F1, over all corpora and encoders.
//! Results go in, differences by method come out.

use std::collections::BTreeMap;

use welt_eval::ZeroDivision;
use welt_settings::Weighting;

use super::differences::Results;
use super::evidence::Finished;
use super::sections::order;

/// How a method moves precision, recall and F1 over all sections.
pub struct Direction {
    pub weighting: Weighting,
    /// Of each section: precision, recall, F1.
    pub gains: Vec<[f64; 3]>,
}

/// The directions of all methods, in the order of tables.
pub fn directions(results: &Results) -> Vec<Direction> {
    let mut found: BTreeMap<(u8, String, u8), Direction> = BTreeMap::new();
    for section in &results.sections {
        for row in section.methods().into_iter().filter(|row| !row.row.is_vanilla()) {
            let precision = |run: &Finished| run.counts().precision(ZeroDivision::Zero);
            let recall = |run: &Finished| run.counts().recall(ZeroDivision::Zero);
            let gains = (section.gain(row, precision), section.gain(row, recall), section.gain(row, Finished::f1));
            if let (Some(precision), Some(recall), Some(f1)) = gains {
                let weighting = row.row.weighting;
                let direction = found.entry(order(weighting)).or_insert(Direction { weighting, gains: Vec::new() });
                direction.gains.push([precision, recall, f1]);
            }
        }
    }
    found.into_values().collect()
}

/// How many differences lie above 0, and how many below.
pub fn up_and_down(gains: impl Iterator<Item = f64>) -> [usize; 2] {
    gains.fold([0, 0], |[up, down], gain| [up + usize::from(gain > 0.0), down + usize::from(gain < 0.0)])
}
