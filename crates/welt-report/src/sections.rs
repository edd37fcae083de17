//! The cells of all plans, put together by corpus and encoder.
//! Plans and runs go in; out come sections with a row for every weighting and a run for every seed.
//!
//! Two plans of one grid, as of a sweep that was asked for more seeds later, make one section. Nothing is put together
//! that was trained by another program, on another device, with other numbers or from other files.

use std::ops::Deref;

use welt_record::{Cell, Identity, Plan, Row};
use welt_settings::{Choice, Loss, Method, Weighting};
use welt_weights::{LabelOrder, Scheme};

use super::evidence::Entry;
use super::published::Published;
use super::store::Evidence;

/// One corpus and encoder of one grid: the parts of it that all plans have, as one of them would have all.
#[derive(Debug, Clone)]
pub struct Section {
    pub grid: String,
    pub welt: String,
    pub device: String,
    /// So many points of F1 are too few to matter.
    pub margin: f64,
    of_plans: welt_record::Section,
    identity: Option<Identity>,
}

impl Deref for Section {
    type Target = welt_record::Section;

    fn deref(&self) -> &welt_record::Section {
        &self.of_plans
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

    /// Whether the published number of a row's method belongs beside this row: it most likely had the published order.
    pub fn takes_published(&self, row: &Row) -> bool {
        let same_method = |other: &&Row| other.weighting.method == row.weighting.method;
        let has_published_order =
            self.rows.iter().filter(same_method).any(|other| other.weighting.label_order == LabelOrder::AsPublished);
        row.is_vanilla() || row.weighting.label_order == LabelOrder::AsPublished || !has_published_order
    }

    /// What sections must share for the noise of one to say something of the other's.
    pub fn kind(&self) -> (&str, &str, &str, &str, &str) {
        (&self.grid, &self.welt, &self.device, &self.model, &self.checkpoint)
    }

    /// The texts that the corpus is made of; where no plan says, it is taken for one of its own.
    pub fn source(&self) -> String {
        self.of_plans.source.clone().unwrap_or_else(|| self.dataset.clone())
    }

    /// How its scores came about, in a line that can be cited; none where the test set is not known.
    ///
    /// The digest is that of the identity of its runs: of the sentences of the test set with their gold tags, in plans of
    /// format 1 of the bytes of its file.
    pub fn signature(&self) -> Option<String> {
        let test = &self.identity.as_ref()?.test;
        let (version, test) = (env!("CARGO_PKG_VERSION"), test.get(..16).unwrap_or(test));
        Some(format!("welt:{version}|metric:seqeval|mode:default|scheme:any|test:{test}"))
    }

    /// Whether its runs learnt from the development split, whose scores then tell nothing.
    pub fn learns_from_dev(&self) -> bool {
        self.identity.as_ref().is_some_and(|identity| identity.train.contains(&identity.dev))
    }

    fn of(plan: &Plan, section: &welt_record::Section, evidence: &Evidence) -> Self {
        let mut entries = section.rows.iter().flat_map(|row| &row.runs).filter_map(|cell| evidence.runs.get(&cell.run));
        Self {
            grid: plan.title.clone(),
            welt: plan.welt.clone(),
            device: plan.device.clone(),
            margin: plan.margin,
            identity: entries.find_map(Entry::identity),
            of_plans: section.clone(),
        }
    }

    /// Whether the two are parts of one section.
    fn is_part_of(&self, other: &Self) -> bool {
        let trained_alike = |one: &Self| (one.dataset.clone(), one.stands_in_for.clone(), one.from_scratch);
        let same_sources = match (&self.identity, &other.identity) {
            (Some(one), Some(other)) => one.has_sources_of(other),
            _ => true,
        };
        self.kind() == other.kind()
            && trained_alike(self) == trained_alike(other)
            && self.training == other.training
            && same_sources
            && !self.contradicts(other)
    }

    /// Whether a cell has one run here and another there.
    fn contradicts(&self, other: &Self) -> bool {
        self.rows.iter().any(|row| {
            let Some(same) = other.rows.iter().find(|known| known.weighting == row.weighting) else { return false };
            let differs = |cell: &Cell| same.runs.iter().any(|known| known.seed == cell.seed && known != cell);
            row.runs.iter().any(differs)
        })
    }

    /// Gives rows of one loss the runs of all of them: a plan may have had more seeds of one label order than of another.
    fn share_runs(&mut self) {
        let runs = |rows: &[Row], of: &Row| {
            let mut runs: Vec<Cell> = Vec::new();
            for cell in rows.iter().filter(|row| row.loss() == of.loss()).flat_map(|row| &row.runs) {
                if !runs.contains(cell) {
                    runs.push(cell.clone());
                }
            }
            runs
        };
        let shared: Vec<Vec<Cell>> = self.rows.iter().map(|row| runs(&self.rows, row)).collect();
        for (row, runs) in self.of_plans.rows.iter_mut().zip(shared) {
            row.runs = runs;
        }
    }

    fn merge(&mut self, other: Self) {
        self.identity = self.identity.take().or(other.identity);
        self.of_plans.source = self.of_plans.source.take().or(other.of_plans.source);
        self.margin = self.margin.min(other.margin);
        for row in other.of_plans.rows {
            let rows = &mut self.of_plans.rows;
            match rows.iter_mut().find(|known| known.weighting == row.weighting) {
                Some(known) => {
                    known.same_as = known.same_as.or(row.same_as);
                    for cell in row.runs {
                        if !known.runs.contains(&cell) {
                            known.runs.push(cell);
                        }
                    }
                }
                None => rows.push(row),
            }
        }
    }
}

/// All sections, by name; those of published corpora come first and in their order.
pub fn sections(evidence: &Evidence, published: Option<&Published>) -> Vec<Section> {
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
        section.of_plans.rows.sort_by_key(|row| order(row.weighting));
        for row in &mut section.of_plans.rows {
            row.runs.sort_by_key(|cell| cell.seed);
        }
    }
    let datasets = published.map(Published::datasets).unwrap_or_default();
    let models = published.map(Published::models).unwrap_or_default();
    let rank = |section: &Section| {
        let dataset = datasets.iter().position(|known| *known == section.dataset).unwrap_or(usize::MAX);
        let model = models.iter().position(|known| *known == section.model).unwrap_or(usize::MAX);
        let kind = section.kind();
        let names = [&section.dataset, kind.0, &section.model, kind.1, kind.2, kind.4].map(str::to_owned);
        (dataset, model, names)
    };
    sections.sort_by_cached_key(rank);
    sections
}

/// Vanilla first, then the schemes in the order of the paper's tables, then the other losses, then what shares their runs.
pub fn order(weighting: Weighting) -> (u8, String, u8) {
    let Method { weights, loss, choice } = weighting.method;
    let other_losses = [loss.focal_gamma > 0.0, loss.logit_adjustment > 0.0, loss.dice_alpha.is_some()];
    let method = match (choice, other_losses, weights) {
        (Choice::GREEDY, [false, false, false], Scheme::Vanilla) => 0,
        (Choice::GREEDY, [false, false, false], Scheme::InverseCount) => 1,
        (Choice::GREEDY, [false, false, false], Scheme::InverseSquareRoot) => 2,
        (Choice::GREEDY, [false, false, false], Scheme::EffectiveNumber { .. }) => 3,
        (Choice::GREEDY, [false, false, false], Scheme::EffectiveNumberAsCoded { .. }) => 4,
        (Choice::GREEDY, [false, false, false], Scheme::Welt) => 5,
        (Choice::GREEDY, [true, false, false], Scheme::Vanilla) => 6,
        (Choice::GREEDY, [false, true, false], Scheme::Vanilla) => 7,
        (Choice::GREEDY, [false, false, true], Scheme::Vanilla) => 8,
        (Choice::GREEDY, ..) => 9,
        _ => 10,
    };
    let order = match weighting.label_order {
        LabelOrder::Intended => 0,
        LabelOrder::AsPublished => 1,
    };
    (method, weighting.method.to_string(), order)
}

/// The weighting as a row of a table names it.
pub fn name(weighting: Weighting) -> String {
    let Method { weights, loss: Loss { focal_gamma, logit_adjustment, dice_alpha }, choice } = weighting.method;
    let mut parts = Vec::new();
    match weights {
        Scheme::Vanilla if weighting.method.has_other_loss() || weighting.method.shares_training() => {}
        Scheme::Vanilla => parts.push("vanilla".to_owned()),
        Scheme::InverseCount => parts.push("INS".to_owned()),
        Scheme::InverseSquareRoot => parts.push("ISNS".to_owned()),
        Scheme::EffectiveNumber { beta } => parts.push(format!("ENS {beta}")),
        Scheme::EffectiveNumberAsCoded { beta } => parts.push(format!("ENS as coded {beta}")),
        Scheme::Welt => parts.push("WeLT".to_owned()),
    }
    if focal_gamma > 0.0 {
        parts.push(format!("focal loss ({focal_gamma})"));
    }
    if logit_adjustment > 0.0 {
        parts.push(format!("logit adjustment ({logit_adjustment})"));
    }
    parts.extend(dice_alpha.map(|alpha| format!("dice loss ({alpha})")));
    for (is_so, choice) in [(choice.tuned_shift, "tuned shift of O"), (choice.constrained, "constrained decoding")] {
        parts.extend(is_so.then(|| choice.to_owned()));
    }
    let name = parts.join(" + ");
    match weighting.label_order {
        LabelOrder::Intended => name,
        LabelOrder::AsPublished => format!("{name}, as published"),
    }
}
