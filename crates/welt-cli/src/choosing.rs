//! What a trained model says of the words of splits, made into labels: by the highest score, with a tuned shift, constrained.
//! Word scores beside gold tags go in; predictions, reports, the choice and its curve come out.

use anyhow::{Context, Result};
use rayon::prelude::*;
use welt_data::predictions::{PredictedSentence, PredictionWriter};
use welt_eval::seqeval::{self, Mode};
use welt_eval::{Chunking, Counts, Notation};
use welt_record::{ChosenLabels, Reports, ShiftCurve, ShiftPoint};
use welt_settings::{BestBy, Choice};
use welt_tagger::{Decoder, Decoding, Moved, Shift, Tuned, shifts, tags, tune};
use welt_tags::LabelSet;
use welt_train::WordScores;

use crate::run_directory::RunDirectory;
use crate::{dev_scores, score_files};

/// A split with what a model says of its words.
pub struct ScoredSplit<'a> {
    /// `dev` or `test`.
    pub name: &'static str,
    /// The words of every sentence.
    pub words: Vec<Vec<&'a str>>,
    /// Their gold tags, as they stood.
    pub gold: Vec<Vec<String>>,
    /// The document of every sentence, from 1; 0 where none is known.
    pub documents: Vec<usize>,
    /// The label scores of every word.
    pub scores: WordScores,
}

/// The labels that scores are of, and what they are chosen by.
#[derive(Clone, Copy)]
pub struct Chooser<'a> {
    /// The labels, in the order of scores.
    pub labels: &'a LabelSet,
    /// How they are to be chosen.
    pub choice: Choice,
    /// What a shift is tuned for.
    pub best_by: BestBy,
}

impl Chooser<'_> {
    /// Decides how labels are chosen, on dev, and finds what shifts of O give on both splits.
    ///
    /// # Errors
    /// A shift that is to be tuned where there is no dev; tags that cannot be read.
    pub fn decide(self, [dev, test]: [Option<&ScoredSplit>; 2]) -> Result<(Decoding, ChosenLabels)> {
        let Choice { tuned_shift, constrained } = self.choice;
        let mut decoding = Decoding { constrained, ..Decoding::default() };
        let mut tried = 0;
        if tuned_shift {
            let dev = dev.context("a shift is tuned on dev: name files with --dev")?;
            let score = |tags: &[Vec<&str>]| dev_scores::score(&dev.gold, tags, self.best_by).map_err(Failed);
            let tuned = tune((&dev.scores, self.labels), &decoding, Moved::Outside, &score);
            let tuned: Tuned = tuned.map_err(|Failed(error)| error)?;
            (decoding.shifts, tried) = (tuned.shifts, tuned.tried);
        }
        let shift = decoding.shifts.first().map_or(0.0, |shift| f64::from((shift.by * 100.0).round()) / 100.0);
        let curve = self.curve([dev, test], constrained)?;
        Ok((decoding, ChosenLabels { shift, tried, constrained, trained_by: None, curve }))
    }

    /// What every shift of O gives.
    fn curve(self, splits: [Option<&ScoredSplit>; 2], constrained: bool) -> Result<ShiftCurve> {
        let outside = &self.labels.names()[self.labels.outside()];
        let counted = |by: f32| -> Result<(ShiftPoint, [Option<u64>; 2])> {
            let shifts = vec![Shift { label: outside.clone(), by }];
            let decoder = Decoder::new(&Decoding { constrained, shifts, ..Decoding::default() }, self.labels)?;
            let mut counts = [None, None];
            for (counts, split) in counts.iter_mut().zip(splits) {
                *counts = split.map(|split| split.counts(&tags(&split.scores, self.labels, &decoder))).transpose()?;
            }
            let found = |counts: Counts| [counts.true_positives as u64, counts.predicted as u64];
            let [dev, test] = counts.map(|counts| counts.map(found));
            let hundredths = (by * 100.0).round() as i32;
            Ok((ShiftPoint { hundredths, dev, test }, counts.map(|counts| counts.map(|counts| counts.gold as u64))))
        };
        let all: Vec<_> = shifts().collect::<Vec<_>>().into_par_iter().map(counted).collect::<Result<_>>()?;
        let [dev, test] = all.first().map_or([None, None], |(_, gold)| *gold);
        let mut points: Vec<ShiftPoint> = Vec::new();
        for (point, _) in all {
            let is_new = points.last().is_none_or(|last| (last.dev, last.test) != (point.dev, point.test));
            if is_new || point.hundredths == 0 {
                points.push(point);
            }
        }
        Ok(ShiftCurve { dev, test, points })
    }

    /// Writes the words of a split with gold and predicted tags, and its scores beside them; what it scores.
    ///
    /// # Errors
    /// A disk that is full, or tags that cannot be read.
    pub fn write(self, split: &ScoredSplit, decoding: &Decoding, directory: &RunDirectory) -> Result<Reports> {
        let predicted = tags(&split.scores, self.labels, &Decoder::new(decoding, self.labels)?);
        let name = split.name;
        directory.file(&format!("predictions/{name}.tsv"), |out| {
            let mut writer = PredictionWriter::new(out);
            for (index, predicted) in predicted.iter().enumerate() {
                writer.write(&PredictedSentence {
                    words: split.words[index].clone(),
                    gold: split.gold[index].iter().map(String::as_str).collect(),
                    predicted: predicted.clone(),
                    document: split.documents[index],
                })?;
            }
            Ok(())
        })?;
        split.report(&predicted)
    }
}

impl ScoredSplit<'_> {
    /// Writes what the model says of every word.
    ///
    /// # Errors
    /// A disk that is full.
    pub fn write_scores(&self, labels: &LabelSet, directory: &RunDirectory) -> Result<()> {
        directory.file(&score_files::name(self.name), |out| score_files::write(out, labels, &self.scores))
    }

    fn report(&self, predicted: &[Vec<&str>]) -> Result<Reports> {
        let Self { name, gold, .. } = self;
        dev_scores::warn_of_labels_never_predicted(gold, predicted, name);
        let strict = seqeval::evaluate(gold, predicted, Mode::StrictDetected);
        let strict = strict.inspect_err(|error| tracing::warn!("{name}: no strict scores: {error}")).ok();
        let default = seqeval::evaluate(gold, predicted, Mode::Default)?;
        tracing::info!("{name}: F1 {:.2}", 100.0 * default.micro.f1);
        Ok(Reports { default, strict })
    }

    /// Right, predicted and gold entities, read as conlleval reads tags.
    fn counts(&self, predicted: &[Vec<&str>]) -> Result<Counts> {
        let mut evaluation = seqeval::Evaluation::new(Chunking::Lenient, Notation::Prefix);
        for (gold, predicted) in self.gold.iter().zip(predicted) {
            evaluation.add_sentence(gold, predicted)?;
        }
        Ok(evaluation.tally().total())
    }
}

/// An error on its way through a library that has its own.
pub struct Failed(pub anyhow::Error);

impl From<welt_tagger::TaggerError> for Failed {
    fn from(error: welt_tagger::TaggerError) -> Self {
        Self(error.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels() -> LabelSet {
        LabelSet::new(["O", "B-A", "I-A"].map(str::to_owned).into()).unwrap()
    }

    fn split(name: &'static str, rows: &[[f32; 3]], gold: &[&str]) -> ScoredSplit<'static> {
        ScoredSplit {
            name,
            words: vec![vec!["word"; gold.len()]],
            gold: vec![gold.iter().map(|&tag| tag.to_owned()).collect()],
            documents: vec![0],
            scores: WordScores::from_rows(3, &[gold.len()], rows.concat()).unwrap(),
        }
    }

    fn chooser(labels: &LabelSet, choice: Choice) -> Chooser<'_> {
        Chooser { labels, choice, best_by: BestBy::F1 }
    }

    #[test]
    fn the_curve_has_what_every_shift_gives_and_the_tuned_one_is_on_it() {
        // Two entities that O hides by 1 and by 3, and one that is none and that O hides by 2.
        let dev = split("dev", &[[1.0, 0.0, -9.0], [3.0, 0.0, -9.0], [2.0, 0.0, -9.0]], &["B-A", "B-A", "O"]);
        let test = split("test", &[[0.0, 0.5, -9.0], [9.0, 0.0, 0.0]], &["B-A", "O"]);
        let labels = labels();
        let choice = Choice { tuned_shift: true, constrained: false };
        let (decoding, chosen) = chooser(&labels, choice).decide([Some(&dev), Some(&test)]).unwrap();
        let points: Vec<_> =
            chosen.curve.points.iter().map(|point| (point.hundredths, point.dev, point.test)).collect();
        let some = |right, predicted| Some([right, predicted]);
        assert_eq!(
            points,
            [
                (-800, some(2, 3), some(1, 1)),
                (-300, some(1, 2), some(1, 1)),
                (-200, some(1, 1), some(1, 1)),
                (-100, some(0, 0), some(1, 1)),
                (0, some(0, 0), some(1, 1)),
                (60, some(0, 0), some(0, 0)),
            ]
        );
        assert_eq!((chosen.curve.dev, chosen.curve.test), (Some(2), Some(1)));
        // F1 is 4/5 where all three are found.
        assert_eq!((chosen.shift, chosen.tried, decoding.shifts[0].by), (-3.2, 81, -3.2));
        assert_eq!(chosen.curve.best_on_dev().unwrap().dev, some(2, 3));
    }

    #[test]
    fn no_dev_no_tuned_shift() {
        let (labels, test) = (labels(), split("test", &[[0.0, 1.0, 2.0]], &["B-A"]));
        let choice = Choice { tuned_shift: true, constrained: false };
        let error = chooser(&labels, choice).decide([None, Some(&test)]).unwrap_err();
        assert_eq!(error.to_string(), "a shift is tuned on dev: name files with --dev");
        let choice = Choice { tuned_shift: false, constrained: true };
        let (decoding, chosen) = chooser(&labels, choice).decide([None, Some(&test)]).unwrap();
        // Greedily the word would be I-A, which nothing has begun.
        assert_eq!(tags(&test.scores, &labels, &Decoder::new(&decoding, &labels).unwrap()), [["B-A"]]);
        assert_eq!((chosen.shift, chosen.tried, chosen.constrained), (0.0, 0, true));
    }
}
