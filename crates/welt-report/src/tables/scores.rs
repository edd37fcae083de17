//! What each method scores on a corpus, beside vanilla, the noise and, in Tables 2 to 9, the paper.

use welt_record::Row;
use welt_settings::Method;

use super::{drop_encoder, seeds, shown};
use crate::differences::{Difference, RowResult, SectionResult};
use crate::document::{Cell, Table};
use crate::formatting::{self, NOTHING, interval, p_value, points, spread};
use crate::published::{Published, Scores};
use crate::sections::{Section, name};
use crate::statistics::range;
use welt_tables::{Column, columns};

/// How the published numbers stand beside ours.
#[derive(Debug, Clone, Copy)]
enum Beside<'p> {
    /// Those of the same encoder.
    SameEncoder(&'p Published),
    /// Their range over the paper's encoders, for ours is none of them.
    AllEncoders(&'p Published),
    /// There are none of this corpus.
    Nothing,
}

/// One table for the sections of a corpus that one program trained by one grid.
pub fn table(sections: &[&SectionResult], published: Option<&Published>, name: String) -> Table {
    let first = sections[0].section;
    let beside = beside(sections, published);
    let rows = sections
        .iter()
        .flat_map(|section| shown(section).into_iter().map(|row| cells(section, row, beside)).collect::<Vec<_>>());
    let title = match published.map(|published| published.table_number(&first.dataset)) {
        Some(Some(number)) => format!("Table {number} of the paper, {}", first.dataset),
        Some(None) => format!("{}, which is not a corpus of the paper", first.dataset),
        None => first.dataset.clone(),
    };
    let mut table = Table {
        name,
        caption: format!("{title}: precision, recall and F1 in per cent. {}", tests(sections)),
        columns: header(beside),
        rows: rows.collect(),
        notes: notes(beside).into_iter().chain(other_losses(sections, published)).collect(),
    };
    drop_encoder(&mut table, sections);
    table
}

/// What was tested, and what the marks of a table mean.
fn tests(sections: &[&SectionResult]) -> String {
    let differences = || sections.iter().flat_map(|section| &section.rows).filter_map(|row| row.difference.as_ref());
    let one_seed = "of one seed is over test sentences, and says whether two models differ";
    let mut text = if differences().all(|difference| !difference.is_over_seeds()) {
        format!("The 95 % interval {one_seed}.")
    } else {
        let mut text = "Mean ± standard deviation over seeds; F1 − vanilla is the mean over seeds, its 95 % interval and test are by \
                        Student’s t over seeds and sentences, with the variances of all corpora. * in bold: p below 0.05 after \
                        Holm’s adjustment."
            .to_owned();
        if !differences().all(Difference::is_over_seeds) {
            text.push_str(&format!(" The interval {one_seed}."));
        }
        text
    };
    if differences().any(|difference| difference.n_left_out > 0) {
        text.push_str(
            " † without pairs in which a run collapsed; where none is left, the difference is that of all pairs and has no test.",
        );
    }
    text
}

fn beside<'p>(sections: &[&SectionResult], published: Option<&'p Published>) -> Beside<'p> {
    let dataset = sections[0].section.dataset.as_str();
    let Some(published) = published.filter(|published| published.datasets().contains(&dataset)) else {
        return Beside::Nothing;
    };
    let models = published.models();
    if sections.iter().any(|section| models.contains(&section.section.model.as_str())) {
        Beside::SameEncoder(published)
    } else {
        Beside::AllEncoders(published)
    }
}

fn header(beside: Beside) -> Vec<Column> {
    let mut numbers = vec!["seeds", "P", "R", "F1", "F1 − vanilla", "95 % interval", "p (Holm)", "noise floor"];
    match beside {
        Beside::SameEncoder(_) => numbers.extend(["paper P", "paper R", "paper F1", "paper F1 − vanilla"]),
        Beside::AllEncoders(_) => numbers.extend(["paper F1, range", "paper F1 − vanilla, median [range]"]),
        Beside::Nothing => (),
    }
    columns(&["encoder", "method"], &numbers)
}

fn notes(beside: Beside) -> Vec<String> {
    let order = "The published number stands beside the published label order where there is one, for the published runs \
                 most likely had it.";
    match beside {
        Beside::SameEncoder(_) => vec![order.to_owned()],
        Beside::AllEncoders(_) => vec![format!(
            "The encoder is none of the paper’s: beside it stands the range of the published numbers over the paper’s five \
             encoders, to compare directions, not heights; it holds cells that look like failed runs. {order}"
        )],
        Beside::Nothing => Vec::new(),
    }
}

/// What the numbers of other losses are, where there are any.
fn other_losses(sections: &[&SectionResult], published: Option<&Published>) -> Option<String> {
    let methods = || sections.iter().flat_map(|section| &section.section.rows).map(|row| row.weighting.method);
    let dice = methods().any(|method| method.loss.dice_alpha.is_some());
    let note = match published {
        Some(_) => {
            "Focal loss and logit adjustment are losses without class weights, which the paper does not have; the number is \
             gamma of the one and tau of the other."
        }
        None => "The number behind focal loss is gamma, that behind logit adjustment tau.",
    };
    let dice = if dice { " That behind dice loss is alpha." } else { "" };
    methods().any(Method::has_other_loss).then(|| format!("{note}{dice}"))
}

fn cells(section: &SectionResult, row: &RowResult, beside: Beside) -> Vec<Cell> {
    let label = match row.row.same_as {
        Some(same) => format!("{} (= {})", name(row.row.weighting), name(same)),
        None => name(row.row.weighting),
    };
    let mut cells: Vec<Cell> = vec![section.section.encoder().into(), label.into(), seeds(row).into()];
    cells.extend([row.precision(), row.recall(), row.f1()].map(|scores| spread(&scores).into()));
    cells.extend(difference_cells(section, row));
    let published = published_cells(section.section, row.row, beside);
    cells.extend(published.into_iter().map(Cell::from));
    cells
}

/// The difference to vanilla, its interval, its adjusted p-value and the noise floor.
fn difference_cells(section: &SectionResult, row: &RowResult) -> Vec<Cell> {
    let Some(difference) = &row.difference else {
        let why = if row.row.is_vanilla() && row.row.same_as.is_some() { "same runs" } else { NOTHING };
        return [why, NOTHING, NOTHING, NOTHING].map(Cell::from).into();
    };
    vec![
        gain(difference),
        interval(difference).into(),
        difference.adjusted.map_or(NOTHING.to_owned(), p_value).into(),
        formatting::floor(section.floor.as_ref(), difference.by_seed.len()).into(),
    ]
}

fn gain(difference: &Difference) -> Cell {
    let left_out = if difference.n_left_out > 0 { "†" } else { "" };
    if difference.is_significant() {
        Cell::bold(format!("{}*{left_out}", points(difference.mean)))
    } else {
        format!("{}{left_out}", points(difference.mean)).into()
    }
}

fn published_cells(section: &Section, row: &Row, beside: Beside) -> Vec<String> {
    let belongs = section.takes_published(row);
    let nothing = || NOTHING.to_owned();
    let method = row.weighting.method;
    let of_vanilla = method == Method::VANILLA;
    match beside {
        Beside::Nothing => Vec::new(),
        Beside::SameEncoder(published) => {
            let found = published.scores(&section.dataset, &section.model, method).filter(|_| belongs);
            let Some(Scores { precision, recall, f1, gain }) = found else { return vec![nothing(); 4] };
            let gain = if of_vanilla { nothing() } else { points(gain / 100.0) };
            let [precision, recall, f1] = [precision, recall, f1].map(|score| format!("{score:.2}"));
            vec![precision, recall, f1, gain]
        }
        Beside::AllEncoders(published) => {
            let all = if belongs { published.over_encoders(&section.dataset, method) } else { Vec::new() };
            let f1: Vec<f64> = all.iter().map(|scores| scores.f1).collect();
            let gains: Vec<f64> = all.iter().map(|scores| scores.gain / 100.0).collect();
            let f1 = range(&f1).map_or_else(nothing, |[low, _, high]| format!("{low:.2} to {high:.2}"));
            let gain = range(&gains).filter(|_| !of_vanilla).map_or_else(nothing, |[low, middle, high]| {
                format!("{} [{}, {}]", points(middle), points(low), points(high))
            });
            vec![f1, gain]
        }
    }
}
