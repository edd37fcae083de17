//! What the paper says of its corpora, beside what is in them: Tables 1 and 11, and the worked example of its section 3.
//! The paper's numbers and class counts go in, findings come out.

use anyhow::Result;
use welt_weights::Scheme;

use super::cells::{ROUNDED, score};
use super::finding::{Finding, Form};
use super::published::{Corpus, Counted, Paper};

/// Tables 1 and 11 beside the counts of the files.
pub fn corpora(paper: &Paper) -> Result<Finding> {
    let mut finding = Finding::new("corpora", "Tables 1 and 11 beside the corpora");
    let (mut shares, mut sentences) = (Vec::new(), Vec::new());
    let (mut known, mut fit, mut one_more, mut equal) = (0, 0, 0, 0);
    for corpus in &paper.corpora {
        let Some(counted) = &corpus.counted else { continue };
        known += 1;
        let fits =
            true_shares(counted).iter().zip(corpus.shares).all(|(share, printed)| ROUNDED.allows(*share, printed));
        fit += usize::from(fits);
        shares.push(share_row(corpus, counted, fits));
        let more: Vec<i64> = corpus
            .sentences
            .iter()
            .zip(counted.sentences)
            .map(|(printed, found)| *printed as i64 - found as i64)
            .collect();
        one_more += usize::from(more.iter().all(|more| *more == 1));
        equal += usize::from(more.iter().all(|more| *more == 0));
        sentences.push(sentence_row(corpus, counted, &more));
    }
    let printed_least = paper.corpora.iter().min_by_key(|corpus| corpus.shares[0]);
    let share_outside = |counted: &Counted| true_shares(counted)[0];
    let counted_least = paper
        .corpora
        .iter()
        .filter_map(|corpus| Some((corpus, share_outside(corpus.counted.as_ref()?))))
        .min_by(|left, right| left.1.total_cmp(&right.1));
    finding.count("corpora", paper.corpora.len());
    finding.count("corpora with counts of classes and sentences", known);
    finding.count("rows of Table 1 that the counts give", fit);
    finding.count("rows of Table 1 that add up to 100.00", {
        paper.corpora.iter().filter(|corpus| corpus.shares.iter().sum::<i64>() == 10_000).count()
    });
    finding.count("corpora with one sentence more in Table 11 in every split", one_more);
    finding.count("corpora with the same number in every split", equal);
    finding.meaning = format!(
        "The counts of the files give {fit} of {known} rows of Table 1; Table 11 has one sentence more in every split of {one_more} corpora and \
         the same number in {equal}; the least imbalanced corpus is {} as printed and {} as counted.",
        printed_least.map_or("none", |corpus| &corpus.name),
        counted_least.map_or("none", |(corpus, _)| &corpus.name),
    );
    let header = ["corpus", "O", "printed", "B", "printed", "I", "printed", "fits"];
    finding.table("Classes of the training split in per cent, counted and as printed in Table 1", &header, shares);
    let header = ["corpus", "train", "printed", "dev", "printed", "test", "printed", "printed less counted"];
    finding.table("Sentences, counted and as printed in Table 11", &header, sentences);
    Ok(finding)
}

/// O, B and I in hundredths of a per cent.
fn true_shares(counted: &Counted) -> [f64; 3] {
    let total: u64 = counted.classes.iter().sum();
    counted.classes.map(|count| 10_000.0 * count as f64 / total.max(1) as f64)
}

fn share_row(corpus: &Corpus, counted: &Counted, fits: bool) -> Vec<String> {
    let mut row = vec![corpus.name.clone()];
    for (share, printed) in true_shares(counted).iter().zip(corpus.shares) {
        row.extend([Form::Hundredths.write(share / 100.0), score(printed)]);
    }
    row.push(if fits { "yes" } else { "no" }.to_owned());
    row
}

fn sentence_row(corpus: &Corpus, counted: &Counted, more: &[i64]) -> Vec<String> {
    let mut row = vec![corpus.name.clone()];
    for (found, printed) in counted.sentences.iter().zip(corpus.sentences) {
        row.extend([found.to_string(), printed.to_string()]);
    }
    row.push(more.iter().map(|more| format!("{more:+}")).collect::<Vec<_>>().join(", "));
    row
}

/// Equations 1 and 2 for the counts of the paper's section 3, and for the corpus that they are said to be of.
pub fn worked_example(paper: &Paper) -> Result<Finding> {
    let mut finding = Finding::new("worked-example", "The worked example of section 3");
    let worked = &paper.worked;
    let mut candidates = vec![("counts of the example".to_owned(), worked.counts.map(|count| count as f64))];
    if let Some(corpus) = paper.corpora.iter().find(|corpus| corpus.name == EXAMPLE_CORPUS) {
        candidates.push((format!("shares of {EXAMPLE_CORPUS} in Table 1"), corpus.shares.map(|share| share as f64)));
        if let Some(counted) = &corpus.counted {
            let words: u64 = counted.classes.iter().sum();
            finding.figure(
                "words of the example for each word of the corpus",
                worked.total as f64 / words.max(1) as f64,
                Form::Hundredths,
            );
            candidates.push((format!("words of {EXAMPLE_CORPUS}"), counted.classes.map(|count| count as f64)));
        }
    }
    let (mut rows, mut fitting, mut swapped_fits) = (Vec::new(), Vec::new(), 0);
    for (name, counts) in &candidates {
        let weights = inverse_ratios(*counts);
        let softmax = softmax(*counts)?;
        let swapped = [weights[0], weights[2], weights[1]];
        let weights_fit = [is_printed(weights, worked.weights, 2), is_printed(swapped, worked.weights, 2)];
        let softmax_fits = is_printed(softmax, worked.softmax, 4);
        swapped_fits += usize::from(weights_fit == [false, true]);
        if softmax_fits {
            fitting.push(name.as_str());
        }
        let says = match weights_fit {
            [true, _] => "yes",
            [false, true] => "with B and I swapped",
            [false, false] => "no",
        };
        let total: f64 = counts.iter().sum();
        let list = |values: [f64; 3], decimals: usize| values.map(|value| format!("{value:.decimals$}")).join(", ");
        rows.push(vec![
            name.clone(),
            list(counts.map(|count| 100.0 * count / total), 2),
            list(weights, 4),
            says.to_owned(),
            list(softmax, 4),
            if softmax_fits { "yes" } else { "no" }.to_owned(),
        ]);
    }
    let sums = [worked.softmax, worked.softmax_other_reading].map(|values| values.iter().sum::<f64>());
    finding.count("sum of the printed classes less the printed total", {
        worked.counts.iter().sum::<u64>().abs_diff(worked.total) as usize
    });
    finding.figure("sum of the printed softmax", sums[0], Form::Hundredths);
    let other = format!("sum of its other reading, {} for O", worked.softmax_other_reading[0]);
    finding.figure(&other, sums[1], Form::Hundredths);
    finding.count("candidates that give the printed softmax", fitting.len());
    finding.count("candidates that give equation 1 only with B and I swapped", swapped_fits);
    finding.meaning = format!(
        "The printed softmax is that of the {}; the printed values of equation 1 fit {swapped_fits} candidate with B and I swapped and none as they stand, \
         and the counts of the example are not those of the corpus that it names.",
        if fitting.is_empty() { "none of these".to_owned() } else { fitting.join(", ") }
    );
    let header = ["candidate", "O, B, I in %", "equation 1", "as printed", "softmax", "as printed"];
    finding.table("Weights of O, B, I from each set of counts", &header, rows);
    Ok(finding)
}

/// The corpus that the example is said to be of.
const EXAMPLE_CORPUS: &str = "ncbi-disease";

/// Equation 1.
fn inverse_ratios(counts: [f64; 3]) -> [f64; 3] {
    let total: f64 = counts.iter().sum();
    counts.map(|count| 1.0 - count / total)
}

/// Equation 2, as our own code computes it.
fn softmax(counts: [f64; 3]) -> Result<[f64; 3]> {
    let weights = Scheme::Welt.weights(&counts.map(|count| count as u64))?;
    Ok([weights[0], weights[1], weights[2]])
}

/// Whether numbers are printed so, to some decimals.
fn is_printed(values: [f64; 3], printed: [f64; 3], decimals: i32) -> bool {
    let scale = 10_f64.powi(decimals);
    values.iter().zip(printed).all(|(value, printed)| ROUNDED.allows(value * scale, (printed * scale).round() as i64))
}
