//! What a report says of somebody's own corpora.

use welt_settings::Method;
use welt_weights::{LabelOrder, Scheme};

use crate::differences::Results;
use crate::document::{Block, heading};
use crate::tables;

/// The same runs by other scorers, and the data.
pub fn rest(results: &Results) -> Vec<Block> {
    let mut blocks = Vec::new();
    if let Some(table) = tables::scorers::all(results, None) {
        blocks.extend([heading(2, "By other scorers"), Block::Table(table)]);
    }
    let tables = [tables::corpora::labels(results), tables::corpora::splits(results)];
    if tables.iter().any(Option::is_some) {
        blocks.push(heading(2, "The data"));
        blocks.extend(tables.into_iter().flatten().map(Block::Table));
    }
    blocks
}

/// What the methods are, and what to bear in mind where one of them is chosen.
pub fn rules(results: &Results) -> Vec<String> {
    let rows = || results.sections.iter().flat_map(|section| &section.section.rows).map(|row| row.weighting);
    let methods: Vec<Method> = rows().map(|weighting| weighting.method).collect();
    let mut rules = vec![meanings(&methods)];
    if rows().any(|weighting| weighting.label_order == LabelOrder::AsPublished) {
        rules.push(
            "“As published” stands behind a method that hands its class weights out in the order of WeLT’s first published \
             code: B has the weight of O, I that of B, and O that of I."
                .to_owned(),
        );
    }
    rules
}

/// Whether a method has a part.
type Has = fn(&Method) -> bool;

/// What the names of methods stand for, in the order of tables.
fn meanings(methods: &[Method]) -> String {
    let has = |is_so: Has| methods.iter().any(is_so);
    let meanings: [(Has, &str); 10] = [
        (|_| true, "vanilla is the cross-entropy without class weights"),
        (|of| of.weights == Scheme::InverseCount, "INS weights a class by one over its count"),
        (|of| of.weights == Scheme::InverseSquareRoot, "ISNS by one over the square root of its count"),
        (
            |of| matches!(of.weights, Scheme::EffectiveNumber { .. } | Scheme::EffectiveNumberAsCoded { .. }),
            "ENS by the effective number of its words, with the number as beta",
        ),
        (|of| of.weights == Scheme::Welt, "WeLT by the softmax of one minus its share of all words"),
        (
            |of| of.loss.focal_gamma > 0.0,
            "focal loss lets words count less that are learnt already, with the number as gamma",
        ),
        (
            |of| of.loss.logit_adjustment > 0.0,
            "logit adjustment adds the logarithm of a label’s share to its scores in training, with the number as its factor",
        ),
        (
            |of| of.loss.dice_alpha.is_some(),
            "dice loss is one minus a soft F1 of each word, with the number as the exponent by which words that are told well \
             stop to count",
        ),
        (
            |of| of.choice.tuned_shift,
            "tuned shift of O has no training of its own: it adds to the scores of O what scores best on dev, of 81 shifts from \
             −8 to 8, and is otherwise the method that stands before it, or vanilla",
        ),
        (
            |of| of.choice.constrained,
            "constrained decoding has none either: it takes the most probable sequence that the tagging scheme allows",
        ),
    ];
    let named: Vec<&str> = meanings.iter().filter(|(is_so, _)| has(*is_so)).map(|(_, meaning)| *meaning).collect();
    format!(
        "Methods: {}. Numbers are those that were asked for: none was chosen on dev but that of a tuned shift.",
        named.join("; ")
    )
}
