//! How labels were chosen by the scores of a model, and what shifts of the scores of O would have given.

use serde::{Deserialize, Serialize};

/// How labels were chosen by the scores of the model, and what other choices would have given.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChosenLabels {
    /// What was added to the scores of O.
    pub shift: f64,
    /// How many shifts were tried on dev to find it; 0 where it is not a tuned one.
    #[serde(default)]
    pub tried: usize,
    /// Whether only sequences counted that the scheme of the labels allows.
    #[serde(default)]
    pub constrained: bool,
    /// The run whose training this is, where it is not its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trained_by: Option<String>,
    /// What each shift of the scores of O gives.
    pub curve: ShiftCurve,
}

/// How precision and recall go with what is added to the scores of O; entities are read as conlleval reads tags.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ShiftCurve {
    /// Entities of dev; none where there is no such split.
    pub dev: Option<u64>,
    /// Entities of test; none where there is no such split.
    pub test: Option<u64>,
    /// By ascending shifts; of those that give the same on both splits the first alone, and no shift.
    pub points: Vec<ShiftPoint>,
}

/// What a shift gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShiftPoint {
    /// What is added to the scores of O, in hundredths.
    pub hundredths: i32,
    /// Right and predicted entities of dev.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dev: Option<[u64; 2]>,
    /// Right and predicted entities of test.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test: Option<[u64; 2]>,
}

impl ShiftCurve {
    /// The point with the highest F1 on dev, and of several the one that is nearest to no shift; none without dev.
    #[must_use]
    pub fn best_on_dev(&self) -> Option<ShiftPoint> {
        let gold = self.dev?;
        let f1 = |point: &ShiftPoint| point.dev.map(|[right, predicted]| (2 * right, (predicted + gold).max(1)));
        let best = |best: ShiftPoint, point: ShiftPoint| {
            let (Some((a, b)), Some((c, d))) = (f1(&best), f1(&point)) else { return best };
            let (known, found) = (u128::from(a) * u128::from(d), u128::from(c) * u128::from(b));
            let is_nearer = point.hundredths.abs() < best.hundredths.abs();
            if found > known || found == known && is_nearer { point } else { best }
        };
        self.points.iter().copied().filter(|point| point.dev.is_some()).reduce(best)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_shift_is_the_nearest_to_none_of_those_with_the_highest_f1() {
        let point = |hundredths, right, predicted| ShiftPoint { hundredths, dev: Some([right, predicted]), test: None };
        let points = vec![point(-100, 4, 8), point(-20, 4, 6), point(0, 3, 4), point(40, 3, 3), point(60, 3, 3)];
        let curve = ShiftCurve { dev: Some(5), test: None, points };
        // F1: 8/13, 8/11, 6/9, 6/8, 6/8.
        assert_eq!(curve.best_on_dev().unwrap().hundredths, 40);
        assert_eq!(ShiftCurve { dev: None, ..curve }.best_on_dev(), None);
    }
}
