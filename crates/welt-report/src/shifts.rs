//! Whether a method is more than a moved threshold: how precision and recall of every method go with what is added to the scores
//! of O, and where dev would have moved it to. Runs go in, mean points on the test set come out; nothing is drawn here.

use welt_record::{ShiftCurve, ShiftPoint};

use super::differences::RowResult;
use super::evidence::{Choice, Finished};
use crate::statistics::mean;

/// Precision, recall and F1, from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    pub precision: f64,
    pub recall: f64,
    pub f1: f64,
}

/// What shifts of O give, as means over the seeds of a method.
#[derive(Debug, Clone, PartialEq)]
pub struct MeanCurve {
    /// By ascending shifts, those with which all seeds predict something.
    pub points: Vec<(f64, Point)>,
    /// What the method scores as it is.
    pub as_it_is: Point,
    /// What each seed adds to the scores of O, where dev decides, and the mean of what that gives; none without dev.
    pub tuned: Option<(Vec<f64>, Point)>,
}

impl MeanCurve {
    /// The points from the highest recall on: where O is hardly chosen any more, entities run into one another, and recall falls
    /// with precision.
    pub fn up_to_most_recall(&self) -> &[(f64, Point)] {
        let higher = |best: usize, index: usize| {
            if self.points[index].1.recall >= self.points[best].1.recall { index } else { best }
        };
        let first = (1..self.points.len()).fold(0, higher);
        self.points.get(first..).unwrap_or_default()
    }
}

/// A shift with a real minus sign.
pub fn signed(shift: f64) -> String {
    let text = format!("{shift:.1}");
    if text.trim_start_matches(['-', '0', '.']).is_empty() { "0.0".to_owned() } else { text.replace('-', "−") }
}

/// The curve of a method; none where no run of it has one.
pub fn of(row: &RowResult) -> Option<MeanCurve> {
    // Of runs without a curve, which older versions made, nothing is compared.
    let runs: Vec<(&Finished, &Choice)> = row.runs.iter().filter_map(|(_, run)| Some((*run, curve(run)?))).collect();
    let choices: Vec<&Choice> = runs.iter().map(|(_, choice)| *choice).collect();
    if choices.is_empty() {
        return None;
    }
    let mut shifts: Vec<i32> =
        choices.iter().flat_map(|choice| &choice.curve.points).map(|point| point.hundredths).collect();
    shifts.sort_unstable();
    shifts.dedup();
    let point = |hundredths: i32| {
        let points: Option<Vec<Point>> =
            choices.iter().map(|choice| test_point(&choice.curve, at(&choice.curve, hundredths)?)).collect();
        Some((f64::from(hundredths) / 100.0, means(&points?)))
    };
    let as_it_is: Vec<Point> = runs.iter().map(|(run, _)| scored(run)).collect();
    Some(MeanCurve {
        points: shifts.into_iter().filter_map(point).collect(),
        as_it_is: means(&as_it_is),
        tuned: tuned(&choices),
    })
}

fn curve(run: &Finished) -> Option<&Choice> {
    run.choice.as_ref().filter(|choice| choice.curve.test.is_some() && choice.curve.points.len() > 1)
}

/// What the shift gives that is the best on dev, seed by seed.
fn tuned(choices: &[&Choice]) -> Option<(Vec<f64>, Point)> {
    let best: Option<Vec<ShiftPoint>> = choices.iter().map(|choice| choice.curve.best_on_dev()).collect();
    let best = best?;
    let points = choices.iter().zip(&best).map(|(choice, best)| {
        test_point(&choice.curve, *best).unwrap_or(Point { precision: 0.0, recall: 0.0, f1: 0.0 })
    });
    let points: Vec<Point> = points.collect();
    Some((best.iter().map(|best| f64::from(best.hundredths) / 100.0).collect(), means(&points)))
}

/// What a shift gives, of which a curve holds those that change something.
fn at(curve: &ShiftCurve, hundredths: i32) -> Option<ShiftPoint> {
    curve.points.iter().rfind(|point| point.hundredths <= hundredths).copied()
}

/// Scores on the test set; none where nothing is predicted.
fn test_point(curve: &ShiftCurve, point: ShiftPoint) -> Option<Point> {
    let ([right, predicted], gold) = (point.test?, curve.test?);
    let [right, predicted, gold] = [right, predicted, gold].map(|count| count as f64);
    if predicted == 0.0 || gold == 0.0 {
        return None;
    }
    Some(Point { precision: right / predicted, recall: right / gold, f1: 2.0 * right / (predicted + gold) })
}

fn scored(run: &Finished) -> Point {
    let scores = run.counts().scores(welt_eval::ZeroDivision::Zero);
    Point { precision: scores.precision, recall: scores.recall, f1: scores.f1 }
}

fn means(points: &[Point]) -> Point {
    let of = |part: fn(&Point) -> f64| mean(&points.iter().map(part).collect::<Vec<_>>());
    Point { precision: of(|point| point.precision), recall: of(|point| point.recall), f1: of(|point| point.f1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_begins_at_its_highest_recall() {
        let point = |recall: f64| Point { precision: 0.5, recall, f1: 0.5 };
        let points =
            [0.1, 0.7, 0.7, 0.4].iter().zip([-2.0, -1.0, 0.0, 1.0]).map(|(recall, shift)| (shift, point(*recall)));
        let curve = MeanCurve { points: points.collect(), as_it_is: point(0.7), tuned: None };
        assert_eq!(curve.up_to_most_recall().iter().map(|(shift, _)| *shift).collect::<Vec<_>>(), [0.0, 1.0]);
        assert!(MeanCurve { points: Vec::new(), ..curve }.up_to_most_recall().is_empty());
        assert_eq!([-0.04, -1.26, 0.5].map(signed), ["0.0", "−1.3", "0.5"]);
    }

    #[test]
    fn a_shift_between_two_points_gives_what_the_lower_one_gives() {
        let point = |hundredths, right, predicted| ShiftPoint { hundredths, dev: None, test: Some([right, predicted]) };
        let curve =
            ShiftCurve { dev: None, test: Some(4), points: vec![point(-800, 3, 6), point(0, 2, 2), point(500, 0, 0)] };
        let found = |hundredths| test_point(&curve, at(&curve, hundredths)?);
        assert_eq!(found(-120), Some(Point { precision: 0.5, recall: 0.75, f1: 0.6 }));
        assert_eq!(found(0).map(|point| point.precision), Some(1.0));
        assert_eq!((found(600), found(-900)), (None, None));
    }
}
