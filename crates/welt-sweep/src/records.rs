//! The records of finished runs: a folder a run, named by its hash, and rows of `runs.csv`.
//! `welt` writes the records; here they are found, read and listed, never changed.

use std::path::Path;

use anyhow::{Result, bail};
use welt_record::{Record, RecordError, SplitScores};

use super::plan::Run;

const CSV_HEADER: &str = "run,dataset,model,checkpoint,weights,label_order,seed,\
                          dev_precision,dev_recall,dev_f1,dev_strict_f1,\
                          test_precision,test_recall,test_f1,test_strict_f1,tokens_per_second\n";

/// Lists finished runs in `runs.csv`, and no others: those of another program, device or training would stand beside
/// them under the same names, and must not be averaged with them.
pub fn csv(finished: &[(&Run, &Record)]) -> String {
    let rows: String = finished.iter().map(|(run, record)| csv_row(run, record)).collect();
    CSV_HEADER.to_owned() + &rows
}

/// The record of a run, if it has finished in the sweep's `folder`.
pub fn record(folder: &Path, run: &Run) -> Result<Option<Record>> {
    record_of(folder, &run.hash)
}

/// The record of the run with a hash, if it has finished in the sweep's `folder`.
pub fn record_of(folder: &Path, hash: &str) -> Result<Option<Record>> {
    let run = folder.join("cells").join(hash);
    // A folder has the name of its run once it is whole: one without a record has lost it.
    if !run.exists() {
        return Ok(None);
    }
    let record = Record::of_run(&run)?;
    if record.scores.test.is_none() {
        bail!("{}: no scores of a test split", run.join(Record::FILE).display());
    }
    Ok(Some(record))
}

/// Whether what [`record_of`] found may be set aside and made again; a record that a newer program wrote may not.
pub fn may_be_made_again(error: &anyhow::Error) -> bool {
    !error.downcast_ref::<RecordError>().is_some_and(|error| matches!(error, RecordError::Format { .. }))
}

/// The scores of the test split, which [`record_of`] made sure of.
pub fn test_scores(record: &Record) -> Option<&SplitScores> {
    record.scores.test.as_ref()
}

fn csv_row(run: &Run, record: &Record) -> String {
    let checkpoint = run.settings.model.file_name().unwrap_or_default().to_string_lossy();
    let mut fields: Vec<String> = vec![
        run.hash.clone(),
        run.dataset.clone(),
        run.model.clone(),
        checkpoint.into_owned(),
        run.settings.method.to_string(),
        run.settings.label_order.to_string(),
        run.settings.seed.to_string(),
    ];
    for modes in [&record.scores.dev, &record.scores.test] {
        let default = modes.as_ref().map(|modes| modes.default);
        let strict = modes.as_ref().and_then(|modes| modes.strict);
        let scores = [default.map(|of| of.precision), default.map(|of| of.recall), default.map(|of| of.f1)];
        let scores = scores.into_iter().chain([strict.map(|of| of.f1)]);
        fields.extend(scores.map(|score| score.map(|score| format!("{score:.6}")).unwrap_or_default()));
    }
    fields.push(record.tokens_per_second.map(|speed| format!("{speed:.1}")).unwrap_or_default());
    let quoted = fields.iter().map(|field| {
        if field.contains([',', '"', '\n']) { format!("\"{}\"", field.replace('"', "\"\"")) } else { field.clone() }
    });
    quoted.collect::<Vec<_>>().join(",") + "\n"
}
