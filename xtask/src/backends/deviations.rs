//! How far figures are from what they should be, gathered from what tests print.
//! Lines go in, the largest deviation of every figure comes out.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};

/// The largest deviation of one figure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Deviation {
    /// What it was compared with.
    pub with: &'static str,
    /// The largest.
    pub largest: f64,
    /// Beyond which the check fails.
    pub allowed: f64,
}

/// The largest deviations by figure.
#[derive(Debug, Default)]
pub struct Deviations {
    by_figure: BTreeMap<String, Deviation>,
}

impl Deviations {
    /// Reads the output of the parity tests, whose lines are `deviation of FIGURE: X where Y is allowed, ...`.
    pub fn read(output: &str) -> Result<Self> {
        let mut deviations = Self::default();
        for line in output.lines() {
            // The name of a test may stand before what it prints.
            let Some((_, said)) = line.split_once("deviation of ") else { continue };
            let (figure, largest, allowed) = parse(said).with_context(|| format!("not a deviation: {line}"))?;
            deviations.add(figure, Deviation { with: "PyTorch", largest, allowed });
        }
        // Without the folder with PyTorch's numbers the tests say so, and pass.
        if deviations.by_figure.is_empty() && !output.contains("skipped: ") {
            bail!("the parity tests compared nothing");
        }
        Ok(deviations)
    }

    /// Takes in a deviation.
    pub fn add(&mut self, figure: &str, deviation: Deviation) {
        let known = self.by_figure.entry(figure.to_owned()).or_insert(deviation);
        if deviation.largest > known.largest {
            *known = deviation;
        }
    }

    /// The largest of every figure.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Deviation)> {
        self.by_figure.iter().map(|(figure, deviation)| (figure.as_str(), *deviation))
    }
}

fn parse(said: &str) -> Option<(&str, f64, f64)> {
    let (figure, rest) = said.split_once(": ")?;
    let (largest, rest) = rest.split_once(" where ")?;
    let (allowed, _) = rest.split_once(" is allowed")?;
    Some((figure, largest.parse().ok()?, allowed.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_of_every_figure_is_kept() {
        let output = "running 2 tests\n\
            test losses ... deviation of losses: 1e-7 where 1e-5 is allowed, bert\n\
            deviation of losses: 3.5e-7 where 1e-5 is allowed, electra: all\n\
            deviation of gradients: 0e0 where 1e-4 is allowed, bert\nok\n";
        let found: Vec<(String, f64, f64)> = Deviations::read(output)
            .unwrap()
            .iter()
            .map(|(figure, deviation)| (figure.to_owned(), deviation.largest, deviation.allowed))
            .collect();
        assert_eq!(found, [("gradients".to_owned(), 0.0, 1e-4), ("losses".to_owned(), 3.5e-7, 1e-5)]);
    }

    #[test]
    fn what_is_no_deviation_is_refused() {
        assert!(Deviations::read("deviation of losses: NaN or so\n").is_err());
        assert!(Deviations::read("running 0 tests\n").is_err());
        assert!(Deviations::read("skipped: there is no ../shared\n").is_ok());
    }
}
