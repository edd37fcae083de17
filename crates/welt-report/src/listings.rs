//! Every cell and every run as lines of numbers, with all digits that mean something.
//! Results go in, listings come out.

use welt_eval::ZeroDivision;

use super::counting::Scorer;
use super::differences::{Difference, Results, RowResult, SectionResult};
use super::document::Listing;
use super::published::Published;
use crate::statistics::{deviation, mean};

/// The columns of [`cells`]; those of published numbers are there beside these alone.
fn columns_of_cells(published: Option<&Published>) -> Vec<&'static str> {
    let mut columns = vec!["grid", "welt", "device"];
    columns.extend(published.map(|_| "table"));
    columns.extend(["dataset", "model", "checkpoint", "stands_in_for", "method", "label_order", "same_as"]);
    columns.extend(["seeds", "seeds_planned", "precision", "recall", "f1", "f1_deviation", "strict_f1", "fair_f1"]);
    columns.extend([
        "difference",
        "lower",
        "upper",
        "p",
        "p_holm",
        "seeds_varied",
        "left_out",
        "noise_floor",
        "visible",
        "visible_adjusted",
    ]);
    columns.extend(["significant", "type_1", "type_2", "type_3"]);
    if published.is_some() {
        columns.extend(["paper_precision", "paper_recall", "paper_f1", "paper_difference"]);
    }
    columns
}

/// A line for every row of every section. Scores are per cent, differences points, types errors for 100 gold entities.
pub fn cells(results: &Results, published: Option<&Published>) -> Listing {
    let lines =
        results.sections.iter().flat_map(|section| section.rows.iter().map(|row| cell(section, row, published)));
    Listing { columns: columns_of_cells(published), lines: lines.collect() }
}

fn cell(section: &SectionResult, row: &RowResult, published: Option<&Published>) -> Vec<String> {
    let of = section.section;
    let weighting = row.row.weighting;
    let mut fields = vec![of.grid.clone(), of.welt.clone(), of.device.clone()];
    let table = published.map(|published| published.table_number(&of.dataset));
    fields.extend(table.map(|number| number.map(|number| number.to_string()).unwrap_or_default()));
    fields.extend([
        of.dataset.clone(),
        of.model.clone(),
        of.checkpoint.clone(),
        of.stands_in_for.clone().unwrap_or_default(),
        weighting.method.to_string(),
        weighting.label_order.to_string(),
        row.row.same_as.map(|same| format!("{} {}", same.method, same.label_order)).unwrap_or_default(),
        row.runs.len().to_string(),
        row.row.runs.len().to_string(),
    ]);
    let f1 = row.f1();
    let average = |scores: Vec<f64>| if scores.is_empty() { None } else { Some(100.0 * mean(&scores)) };
    fields.extend([average(row.precision()), average(row.recall()), average(f1.clone())].map(number));
    fields.push(number((f1.len() > 1).then(|| 100.0 * deviation(&f1))));
    let scorer = |scorer: Scorer| average(row.each(|run| run.sentences.f1(scorer)));
    fields.extend([scorer(Scorer::Strict), scorer(Scorer::Fair)].map(number));
    let difference = row.difference.as_ref();
    let percent = |of: fn(&Difference) -> f64| number(difference.map(|known| 100.0 * of(known)));
    fields.extend([percent(|of| of.mean), percent(|of| of.lower), percent(|of| of.upper)]);
    fields.push(difference.map(|known| format!("{:.6e}", known.p_value)).unwrap_or_default());
    fields.push(difference.and_then(|known| known.adjusted).map(|p| format!("{p:.6e}")).unwrap_or_default());
    fields.push(difference.map(|known| known.is_over_seeds().to_string()).unwrap_or_default());
    let floor = section.floor.zip(difference).map(|(floor, known)| 100.0 * floor.of_means(known.by_seed.len()));
    fields.push(difference.map(|known| known.n_left_out.to_string()).unwrap_or_default());
    fields
        .extend([floor, section.visible.map(|of| 100.0 * of), section.visible_first.map(|of| 100.0 * of)].map(number));
    fields.push(difference.map(|known| known.is_significant().to_string()).unwrap_or_default());
    let rates = if row.runs.is_empty() { [None; 3] } else { row.error_rates().map(Some) };
    fields.extend(rates.map(number));
    if let Some(published) = published {
        let scores = published.scores(&of.dataset, &of.model, weighting.method);
        let scores = scores.filter(|_| of.takes_published(row.row));
        let scores = scores.map(|scores| [scores.precision, scores.recall, scores.f1, scores.gain]);
        fields.extend(scores.map_or([const { String::new() }; 4], |all| all.map(|score| format!("{score:.2}"))));
    }
    fields
}

/// A line for every run, once for each cell that it answers.
pub fn runs(results: &Results) -> Listing {
    let mut lines = Vec::new();
    for section in &results.sections {
        for row in &section.section.rows {
            for planned in &row.runs {
                let Some(entry) = results.evidence.runs.get(&planned.run) else { continue };
                let of = section.section;
                let mut fields = vec![
                    planned.run.clone(),
                    of.grid.clone(),
                    of.dataset.clone(),
                    of.model.clone(),
                    of.checkpoint.clone(),
                    row.weighting.method.to_string(),
                    row.weighting.label_order.to_string(),
                    planned.seed.to_string(),
                    entry.state.absence().unwrap_or_else(|| "finished".to_owned()),
                ];
                if let Some(run) = entry.finished() {
                    let counts = run.counts();
                    fields
                        .extend([counts.true_positives, counts.predicted, counts.gold].map(|count| count.to_string()));
                    let scores = counts.scores(ZeroDivision::Zero);
                    let [strict, fair] = [Scorer::Strict, Scorer::Fair].map(|scorer| run.sentences.f1(scorer));
                    let scores = [scores.precision, scores.recall, scores.f1, strict, fair];
                    fields.extend(scores.map(|score| number(Some(100.0 * score))));
                    let errors = [run.errors.spurious, run.errors.missed, run.errors.overlaps.total()];
                    fields.extend(errors.map(|count| count.to_string()));
                    fields.push(run.seconds.map(|seconds| format!("{seconds:.0}")).unwrap_or_default());
                } else {
                    fields.extend([const { String::new() }; 12]);
                }
                lines.push(fields);
            }
        }
    }
    let mut columns = vec!["run", "grid", "dataset", "model", "checkpoint", "method", "label_order", "seed", "state"];
    columns.extend(["right", "predicted", "gold", "precision", "recall", "f1", "strict_f1", "fair_f1"]);
    columns.extend(["spurious", "missed", "overlaps", "seconds"]);
    Listing { columns, lines }
}

fn number(value: Option<f64>) -> String {
    value.map(|value| format!("{value:.4}")).unwrap_or_default()
}
