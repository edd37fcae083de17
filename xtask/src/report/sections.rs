//! The cells of all plans, put together by corpus and encoder.
//! Plans and runs go in; out come sections with a row for every weighting and a run for every seed.
//!
//! Two plans of one grid, as of a sweep that was asked for more seeds later, make one section. Nothing is put together
//! that was trained by another program, on another device, with other numbers or from other files.

use welt_weights::{LabelOrder, Scheme};

use super::evidence::{Entry, Finished, Sources};
use super::store::Evidence;
use crate::arm::Arm;
use crate::audit::Paper;
use crate::reproduce::Training;
use crate::snapshot::{self, Snapshot};

pub use crate::snapshot::Weighting;

/// One corpus and encoder of one grid.
#[derive(Debug, Clone)]
pub struct Section {
    pub grid: String,
    pub welt: String,
    pub device: String,
    pub dataset: String,
    pub model: String,
    pub checkpoint: String,
    pub stands_in_for: Option<String>,
    pub from_scratch: bool,
    pub training: Training,
    pub rows: Vec<Row>,
    sources: Option<Sources>,
}

#[derive(Debug, Clone)]
pub struct Row {
    pub weighting: Weighting,
    /// The weighting whose runs these are, where that is another one with the same loss.
    pub same_as: Option<Weighting>,
    /// In the order of the seeds.
    pub runs: Vec<snapshot::Cell>,
}

impl Row {
    /// The seeds that have a result.
    pub fn finished<'a>(&'a self, evidence: &'a Evidence) -> Vec<(u64, &'a Finished)> {
        let run = |cell: &'a snapshot::Cell| Some((cell.seed, evidence.runs.get(&cell.run)?.finished()?));
        self.runs.iter().filter_map(run).collect()
    }

    /// Whether its loss is vanilla's.
    pub fn is_vanilla(&self) -> bool {
        let vanilla = |weighting: Weighting| weighting.scheme == Arm::VANILLA;
        vanilla(self.weighting) || self.same_as.is_some_and(vanilla)
    }
}

impl Section {
    /// The row that others are compared with.
    pub fn vanilla(&self) -> Option<&Row> {
        self.rows.iter().find(|row| row.is_vanilla())
    }

    /// The encoder as a table names it; one that stands in for another says so.
    pub fn encoder(&self) -> String {
        match &self.stands_in_for {
            Some(_) if !self.checkpoint.eq_ignore_ascii_case(&self.model) => {
                format!("{} (stand-in: {})", self.model, self.checkpoint)
            }
            Some(_) => format!("{} (stand-in)", self.model),
            None => self.model.clone(),
        }
    }

    /// Where its encoder comes from, in words.
    pub fn origin(&self) -> String {
        let mut origin = format!("checkpoint {}", self.checkpoint);
        if let Some(asked) = &self.stands_in_for {
            origin.push_str(&format!(", which stands in for {asked}"));
        }
        if self.from_scratch {
            origin.push_str(", trained from scratch");
        }
        origin
    }

    /// What sections must share for the noise of one to say something of the other's.
    pub fn kind(&self) -> (&str, &str, &str, &str, &str) {
        (&self.grid, &self.welt, &self.device, &self.model, &self.checkpoint)
    }

    fn of(plan: &Snapshot, section: &snapshot::Section, evidence: &Evidence) -> Self {
        let row = |row: &snapshot::Row| Row { weighting: row.weighting, same_as: row.same_as, runs: row.runs.clone() };
        let rows: Vec<Row> = section.rows.iter().map(row).collect();
        let mut entries = rows.iter().flat_map(|row| &row.runs).filter_map(|cell| evidence.runs.get(&cell.run));
        Self {
            grid: plan.title.clone(),
            welt: plan.welt.clone(),
            device: plan.device.clone(),
            dataset: section.dataset.clone(),
            model: section.model.clone(),
            checkpoint: section.checkpoint.clone(),
            stands_in_for: section.stands_in_for.clone(),
            from_scratch: section.from_scratch,
            training: section.training,
            sources: entries.find_map(Entry::sources),
            rows,
        }
    }

    /// Whether the two are parts of one section.
    fn is_part_of(&self, other: &Self) -> bool {
        let trained_alike = |one: &Self| {
            (
                one.dataset.clone(),
                one.stands_in_for.clone(),
                one.from_scratch,
                serde_json::to_string(&one.training).ok(),
            )
        };
        let sources = match (&self.sources, &other.sources) {
            (Some(one), Some(other)) => one == other,
            _ => true,
        };
        self.kind() == other.kind()
            && trained_alike(self) == trained_alike(other)
            && sources
            && !self.contradicts(other)
    }

    /// Whether a cell has one run here and another there.
    fn contradicts(&self, other: &Self) -> bool {
        self.rows.iter().any(|row| {
            let Some(same) = other.rows.iter().find(|known| known.weighting == row.weighting) else { return false };
            let differs =
                |cell: &snapshot::Cell| same.runs.iter().any(|known| known.seed == cell.seed && known != cell);
            row.runs.iter().any(differs)
        })
    }

    /// Gives rows of one loss the runs of all of them: a plan may have had more seeds of one label order than of another.
    fn share_runs(&mut self) {
        let loss = |row: &Row| row.same_as.unwrap_or(row.weighting);
        let runs = |rows: &[Row], of: &Row| {
            let mut runs: Vec<snapshot::Cell> = Vec::new();
            for cell in rows.iter().filter(|row| loss(row) == loss(of)).flat_map(|row| &row.runs) {
                if !runs.contains(cell) {
                    runs.push(cell.clone());
                }
            }
            runs
        };
        let shared: Vec<Vec<snapshot::Cell>> = self.rows.iter().map(|row| runs(&self.rows, row)).collect();
        for (row, runs) in self.rows.iter_mut().zip(shared) {
            row.runs = runs;
        }
    }

    fn merge(&mut self, other: Self) {
        self.sources = self.sources.take().or(other.sources);
        for row in other.rows {
            match self.rows.iter_mut().find(|known| known.weighting == row.weighting) {
                Some(known) => {
                    known.same_as = known.same_as.or(row.same_as);
                    for cell in row.runs {
                        if !known.runs.contains(&cell) {
                            known.runs.push(cell);
                        }
                    }
                }
                None => self.rows.push(row),
            }
        }
    }
}

/// All sections, those of the paper's corpora first and in its order.
pub fn sections(evidence: &Evidence, paper: &Paper) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    for plan in &evidence.plans {
        for section in &plan.sections {
            let section = Section::of(plan, section, evidence);
            match sections.iter_mut().find(|known| section.is_part_of(known)) {
                Some(known) => known.merge(section),
                None => sections.push(section),
            }
        }
    }
    for section in &mut sections {
        section.share_runs();
        section.rows.sort_by_key(|row| order(row.weighting));
        for row in &mut section.rows {
            row.runs.sort_by_key(|cell| cell.seed);
        }
    }
    let place = |section: &Section| {
        let dataset = paper.rows.iter().position(|row| row.dataset == section.dataset).unwrap_or(usize::MAX);
        let model = paper.rows.iter().position(|row| row.model == section.model).unwrap_or(usize::MAX);
        let kind = section.kind();
        let names = [&section.dataset, kind.0, &section.model, kind.1, kind.2, kind.4].map(str::to_owned);
        (dataset, model, names)
    };
    sections.sort_by_cached_key(place);
    sections
}

/// Vanilla first, then the schemes in the order of the paper's tables, then the losses without class weights.
pub fn order(weighting: Weighting) -> (u8, String, u8) {
    let scheme = match weighting.scheme {
        Arm::Weights(Scheme::Vanilla) => 0,
        Arm::Weights(Scheme::InverseCount) => 1,
        Arm::Weights(Scheme::InverseSquareRoot) => 2,
        Arm::Weights(Scheme::EffectiveNumber { .. }) => 3,
        Arm::Weights(Scheme::EffectiveNumberAsCoded { .. }) => 4,
        Arm::Weights(Scheme::Welt) => 5,
        Arm::Focal { .. } => 6,
        Arm::LogitAdjustment { .. } => 7,
    };
    let order = match weighting.label_order {
        LabelOrder::Intended => 0,
        LabelOrder::AsPublished => 1,
    };
    (scheme, weighting.scheme.to_string(), order)
}

/// The weighting as a row of a table names it.
pub fn name(weighting: Weighting) -> String {
    let scheme = match weighting.scheme {
        Arm::Weights(Scheme::Vanilla) => "vanilla".to_owned(),
        Arm::Weights(Scheme::InverseCount) => "INS".to_owned(),
        Arm::Weights(Scheme::InverseSquareRoot) => "ISNS".to_owned(),
        Arm::Weights(Scheme::EffectiveNumber { beta }) => format!("ENS {beta}"),
        Arm::Weights(Scheme::EffectiveNumberAsCoded { beta }) => format!("ENS as coded {beta}"),
        Arm::Weights(Scheme::Welt) => "WeLT".to_owned(),
        Arm::Focal { gamma } => format!("focal loss ({gamma})"),
        Arm::LogitAdjustment { tau } => format!("logit adjustment ({tau})"),
    };
    match weighting.label_order {
        LabelOrder::Intended => scheme,
        LabelOrder::AsPublished => format!("{scheme}, as published"),
    }
}
