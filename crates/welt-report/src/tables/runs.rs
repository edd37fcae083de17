//! The runs themselves: those without a result, and where the others come from.

use std::collections::BTreeMap;

use crate::differences::Results;
use crate::document::{Cell, Table};
use crate::evidence::Finished;
use crate::sections::name;
use welt_tables::columns;

/// The runs without a result; none where every planned run has one.
pub fn absent(results: &Results) -> Option<Table> {
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    for section in results.sections.iter().map(|section| section.section) {
        for row in &section.rows {
            for cell in row.runs.iter() {
                let absence = results.evidence.runs.get(&cell.run).and_then(|entry| entry.state.absence());
                let Some(why) = absence.filter(|_| !seen.contains(&cell.run.as_str())) else { continue };
                seen.push(&cell.run);
                let words = [section.dataset.clone(), section.encoder(), name(row.weighting), why, cell.run.clone()];
                let mut cells: Vec<Cell> = words.map(Cell::from).into();
                cells.push(cell.seed.to_string().into());
                rows.push(cells);
            }
        }
    }
    (!rows.is_empty()).then(|| Table {
        name: "absent".to_owned(),
        caption: format!("{} runs have no result. They are in no mean.", rows.len()),
        columns: columns(&["corpus", "encoder", "method", "why", "run"], &["seed"]),
        rows,
        notes: Vec::new(),
    })
}

/// The grids, programs and machines of the runs.
pub fn sources(results: &Results) -> Table {
    let mut found: BTreeMap<[String; 5], (usize, f64)> = BTreeMap::new();
    let mut seen: Vec<&str> = Vec::new();
    for section in &results.sections {
        for (row, (seed, run)) in section.rows.iter().flat_map(|row| row.runs.iter().map(move |run| (row, run))) {
            let of = section.section;
            let Some(cell) = row.row.runs.iter().find(|cell| cell.seed == *seed) else { continue };
            if seen.contains(&cell.run.as_str()) {
                continue;
            }
            seen.push(&cell.run);
            let key = [of.grid.clone(), of.encoder(), of.origin(""), of.welt.clone(), machine(run)];
            let (runs, seconds) = found.entry(key).or_default();
            *runs += 1;
            *seconds += run.seconds.unwrap_or(0.0);
        }
    }
    let row = |(words, (runs, seconds)): ([String; 5], (usize, f64))| -> Vec<Cell> {
        let mut cells: Vec<Cell> = words.map(Cell::from).into();
        cells.push(runs.to_string().into());
        cells.push(format!("{:.1}", seconds / 3600.0).into());
        cells
    };
    Table {
        name: "sources".to_owned(),
        caption: "Where the runs come from.".to_owned(),
        columns: columns(&["grid", "encoder", "checkpoint", "program", "machine"], &["runs", "hours"]),
        rows: found.into_iter().map(row).collect(),
        notes: Vec::new(),
    }
}

fn machine(run: &Finished) -> String {
    let machine = &run.machine;
    format!("{}, {}, {} threads", machine.device, machine.architecture, machine.threads)
}
