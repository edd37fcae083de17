//! Folders of sweeps and packs of them: which runs there were to be, and what became of each.
//! Folders go in, plans and runs come out; a pack is what of a folder of sweeps a report needs, small enough to be kept
//! with the sources. A report of a pack is that of the folder that it was made of, byte for byte.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use welt_files::write_whole;
use welt_record::{Plan, Plans, Row};

use super::evidence::{Entry, Finished, State, without_paths};
use crate::Unusable;

/// The runs of a pack, a line each.
const RUNS: &str = "runs.jsonl";

/// All that a report is made of.
#[derive(Debug)]
pub struct Evidence {
    pub plans: Vec<Plan>,
    /// Every run of the plans, by its hash.
    pub runs: BTreeMap<String, Entry>,
    /// Whether tests and intervals are over documents instead of sentences, where documents are marked.
    pub units_are_documents: bool,
}

impl Evidence {
    /// Reads folders of sweeps or packs, and takes them for one.
    pub fn read(folders: &[PathBuf]) -> Result<Self> {
        let mut evidence = Self { plans: Vec::new(), runs: BTreeMap::new(), units_are_documents: false };
        for folder in folders {
            evidence.add(folder)?;
        }
        evidence.plans.sort_by_key(|plan| serde_json::to_string(plan).unwrap_or_default());
        evidence.plans.dedup();
        Ok(evidence)
    }

    fn add(&mut self, folder: &Path) -> Result<()> {
        let mut plans = plans(folder)?;
        for problem in plans.iter_mut().flat_map(|plan| &mut plan.problems) {
            *problem = without_paths(problem);
        }
        let mut packed = packed(folder)?;
        let sections = plans.iter().flat_map(|plan| &plan.sections);
        let cells = sections.flat_map(|section| &section.rows).flat_map(|row| &row.runs);
        for cell in cells {
            let known = self.runs.get(&cell.run).map_or(0, |entry| entry.state.rank());
            let entry = match packed.remove(&cell.run) {
                Some(entry) => entry,
                None if self.runs.contains_key(&cell.run) && known == Entry::BEST => continue,
                None => Entry::read(folder, &cell.run)?,
            };
            entry.check()?;
            if !self.runs.contains_key(&cell.run) || entry.state.rank() > known {
                self.runs.insert(cell.run.clone(), entry);
            }
        }
        self.plans.append(&mut plans);
        Ok(())
    }

    /// Writes a pack: the plans, and a line for every run. What another pack had in the folder is replaced.
    pub fn write_pack(&self, folder: &Path) -> Result<()> {
        let plans = folder.join("plans");
        if folder.join("cells").exists() {
            bail!("{} holds the runs of a sweep: choose another folder with --pack", folder.display());
        }
        if plans.exists() {
            for path in Plan::paths(folder)? {
                fs::remove_file(&path).with_context(|| format!("removing {}", path.display()))?;
            }
        }
        let mut text = String::new();
        for entry in self.runs.values() {
            text.push_str(&serde_json::to_string(entry)?);
            text.push('\n');
        }
        for plan in &self.plans {
            plan.write(folder)?;
        }
        Ok(write_whole(&folder.join(RUNS), &text)?)
    }

    /// Makes whole documents the units of all tests and intervals, wherever a test file marks them.
    pub fn take_documents_for_units(&mut self) -> Result<()> {
        for entry in self.runs.values_mut() {
            if let State::Finished(finished) = &mut entry.state
                && let Some(documents) = finished.sentences.by_document()
            {
                finished.sentences = documents;
                self.units_are_documents = true;
            }
        }
        if !self.units_are_documents {
            bail!("no test file of these runs has -DOCSTART- lines: leave --units documents out");
        }
        Ok(())
    }

    /// The seeds of a row that have a result.
    pub fn finished(&self, row: &Row) -> Vec<(u64, &Finished)> {
        let run = |cell: &welt_record::Cell| Some((cell.seed, self.runs.get(&cell.run)?.finished()?));
        row.runs.iter().filter_map(run).collect()
    }

    /// Runs that have a record which cannot be used, with why.
    pub fn unusable(&self) -> Vec<Unusable> {
        let unusable = |entry: &Entry| Some(Unusable { run: entry.run.clone(), why: entry.unusable()?.to_owned() });
        self.runs.values().filter_map(unusable).collect()
    }

    /// How many runs have a result.
    pub fn n_finished(&self) -> usize {
        self.runs.values().filter(|entry| entry.finished().is_some()).count()
    }
}

fn plans(folder: &Path) -> Result<Vec<Plan>> {
    if !folder.is_dir() {
        bail!(
            "{}: no such folder, expected the folder that a sweep has written its runs into, or a pack",
            folder.display()
        );
    }
    let Plans { plans, unreadable } = Plan::read_all(folder)?;
    for (_, error) in &unreadable {
        eprintln!("warning: {error}; its sweep writes it again");
    }
    if plans.is_empty() {
        bail!(
            "{}: no plans, so that nobody knows which run answers which cell; give the command of its sweep again \
             for this folder: finished runs are kept, and the plan is written down",
            folder.display()
        );
    }
    Ok(plans)
}

/// The runs of a pack; none where the folder is no pack.
fn packed(folder: &Path) -> Result<BTreeMap<String, Entry>> {
    let path = folder.join(RUNS);
    if !path.exists() {
        return Ok(BTreeMap::new());
    }
    let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    let mut runs = BTreeMap::new();
    for (index, line) in text.lines().enumerate() {
        let entry: Entry = serde_json::from_str(line)
            .with_context(|| format!("{}:{}: not a run of a pack", path.display(), index + 1))?;
        runs.insert(entry.run.clone(), entry);
    }
    Ok(runs)
}
