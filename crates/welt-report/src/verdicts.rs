//! The answer that a report is read for: whether weights help, a word for every method, and what would tell where nothing is
//! known.
//! Results go in; the head of a report, lines for a terminal and the text of `verdict.json` come out, all in the same words.

use serde_json::{Value, json};
use welt_eval::verdict::{Basis, MethodVerdict, Primary, Word};
use welt_weights::Scheme;

use super::differences::{LEVEL, Results, SectionResult};
use super::document::{MethodLine, Tone, Verdict, VerdictGroup};
use super::formatting::{NOTHING, between, p_value, points};
use super::judgement::{Group, JudgedMethod};
use super::palette::Palette;
use super::plots;
use super::sections::{Section, name};

/// The head of a report.
pub fn head(results: &Results) -> Verdict {
    let palette = Palette::of(results);
    let groups: Vec<VerdictGroup> = results.groups.iter().map(|group| of_group(results, group, &palette)).collect();
    let (answer, tone) = answer(results);
    Verdict { question: question(results), answer, tone, groups, plots: plots::overviews(results, &palette) }
}

/// The head in lines for a terminal: the answer, then a line for every method.
pub fn lines(results: &Results) -> Vec<String> {
    let head = head(results);
    let mut lines = vec![format!("{} {}", head.question, head.answer)];
    for group in head.groups {
        let of = group.title.map(|title| format!("{title}: ")).unwrap_or_default();
        lines.extend(group.methods.iter().map(|method| format!("{of}{}", sentences(method))));
        lines.extend(group.remarks.iter().map(|remark| format!("{of}{remark}")));
    }
    lines
}

/// All that is said of a method.
pub fn sentences(method: &MethodLine) -> String {
    let MethodLine { sentence, numbers, remarks, .. } = method;
    let remarks: String = remarks.iter().map(|remark| format!(" {remark}")).collect();
    format!("{sentence} {numbers}{remarks}")
}

/// The same for programs.
pub fn json(results: &Results) -> String {
    let head = head(results);
    let groups: Vec<Value> =
        results.groups.iter().zip(&head.groups).map(|(group, head)| json_of_group(results, group, head)).collect();
    let tone = match head.tone {
        Tone::Yes => "yes",
        Tone::No => "no",
        Tone::Open => "not known",
    };
    let all = json!({
        "format": 1,
        "question": head.question,
        "answer": tone,
        "sentence": head.answer,
        "level": LEVEL,
        "grids": groups,
    });
    format!("{all:#}\n")
}

fn json_of_group(results: &Results, group: &Group, head: &VerdictGroup) -> Value {
    let section = results.sections[group.sections[0]].section;
    let corpus = |((name, source), index): (&(String, String), &usize)| json!({ "name": name, "source": source, "signature": results.sections[*index].section.signature() });
    let methods: Vec<Value> =
        group.methods.iter().zip(&head.methods).map(|(judged, line)| json_of_method(judged, line)).collect();
    json!({
        "grid": section.grid,
        "encoder": section.encoder(),
        "welt": section.welt,
        "device": section.device,
        "margin": group.margin,
        "corpora": group.corpora.iter().zip(&group.sections).map(corpus).collect::<Vec<_>>(),
        "sources_are_known": group.sources_are_known,
        "corpus_tests": group.n_corpus_tests,
        "rests_on": head.rests_on,
        "remarks": head.remarks,
        "methods": methods,
    })
}

fn json_of_method(judged: &JudgedMethod, line: &MethodLine) -> Value {
    let JudgedMethod { weighting, verdict, precision, recall, dev } = judged;
    json!({
        "method": weighting.method.to_string(),
        "label_order": weighting.label_order.to_string(),
        "name": line.method,
        "word": verdict.trained.word,
        "sentence": line.sentence,
        "numbers": line.numbers,
        "remarks": line.remarks,
        "difference_on_dev": dev,
        "precision": precision,
        "recall": recall,
        "verdict": verdict,
    })
}

/// The question, in the words of what was compared.
fn question(results: &Results) -> String {
    let sections = results.sections.iter().map(|section| section.section);
    let methods: Vec<_> = sections.clone().flat_map(|section| &section.rows).map(|row| row.weighting.method).collect();
    let has_weights = methods.iter().any(|method| method.weights != Scheme::Vanilla);
    let has_losses = methods.iter().any(|method| method.has_other_loss());
    let has_choices = methods.iter().any(|method| method.shares_training());
    let parts = [(has_weights, "weighting"), (has_losses, "another loss"), (has_choices, "another choice of labels")];
    let parts: Vec<&str> = parts.iter().filter(|(is_so, _)| *is_so).map(|(_, part)| *part).collect();
    let what = match &parts[..] {
        [] => "weighting".to_owned(),
        [one] => (*one).to_owned(),
        [all @ .., last] => format!("{} or {last}", all.join(", ")),
    };
    let mut datasets: Vec<&str> = sections.map(|section| section.dataset.as_str()).collect();
    datasets.dedup();
    match datasets[..] {
        [dataset] => format!("Does {what} help on {dataset}?"),
        _ => format!("Does {what} help?"),
    }
}

/// The answer in a sentence or two, and its tone.
fn answer(results: &Results) -> (String, Tone) {
    let several = results.groups.len() > 1;
    let named = |word: Word| -> Vec<String> {
        let of_group = |group: &Group| {
            let encoder = results.sections[group.sections[0]].section.encoder();
            let of = if several { format!(" with {encoder}") } else { String::new() };
            let found = group.methods.iter().filter(|judged| judged.verdict.trained.word == word);
            let by = |judged: &JudgedMethod| points(judged.verdict.trained.primary.difference / 100.0);
            found.map(|judged| format!("{}{of} ({} points)", name(judged.weighting), by(judged))).collect::<Vec<_>>()
        };
        results.groups.iter().flat_map(of_group).collect()
    };
    let [helps, hurts, same, open] = [Word::Helps, Word::Hurts, Word::Same, Word::NotKnown].map(named);
    let n = helps.len() + hurts.len() + same.len() + open.len();
    let s = |names: &[String]| if names.len() == 1 { "s" } else { "" };
    let worse = match &hurts[..] {
        [] => String::new(),
        names => format!(" {} hurt{}.", listed(names), s(names)),
    };
    match (n, helps.is_empty(), open.len()) {
        (0, ..) => ("Nothing can be compared yet.".to_owned(), Tone::Open),
        (_, false, _) => (format!("Yes: {} help{}.{worse}", listed(&helps), s(&helps)), Tone::Yes),
        (_, true, 0) if same.is_empty() => (format!("No:{worse} Keep vanilla."), Tone::No),
        (_, true, 0) => {
            let verb = if same.len() == 1 { "is" } else { "are" };
            (format!("No: {} {verb} the same as vanilla, as far as it matters.{worse}", listed(&same)), Tone::No)
        }
        (1, true, _) => ("Not known yet.".to_owned(), Tone::Open),
        (n, true, unknown) if unknown == n => (format!("Not known yet of any of {n} methods."), Tone::Open),
        (n, true, unknown) => {
            let verb = if same.len() == 1 { "is" } else { "are" };
            let same = match &same[..] {
                [] => String::new(),
                names => format!(" {} {verb} the same as vanilla.", listed(names)),
            };
            (format!("Not known yet of {unknown} of {n} methods; none is shown to help.{same}{worse}"), Tone::Open)
        }
    }
}

/// Names with commas and an `and`.
fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [all @ .., last] => format!("{} and {last}", all.join(", ")),
    }
}

fn of_group(results: &Results, group: &Group, palette: &Palette) -> VerdictGroup {
    let sections: Vec<&SectionResult> = group.sections.iter().map(|index| &results.sections[*index]).collect();
    let title = (results.groups.len() > 1).then(|| title(results, sections[0].section));
    let methods = group.methods.iter().map(|judged| line(judged, &sections, palette)).collect();
    VerdictGroup { title, rests_on: rests_on(group, &sections), methods, remarks: remarks(group, &sections) }
}

/// What tells a group from the others.
fn title(results: &Results, section: &Section) -> String {
    let others: Vec<&Section> =
        results.groups.iter().map(|group| results.sections[group.sections[0]].section).collect();
    let parts =
        |of: &Section| [of.encoder(), of.grid.clone(), of.welt.clone(), of.device.clone(), of.checkpoint.clone()];
    let own = parts(section);
    let telling = (0..own.len()).filter(|part| others.iter().any(|other| parts(other)[*part] != own[*part]));
    let telling: Vec<&str> = telling.map(|part| own[part].as_str()).collect();
    telling.join("; ")
}

/// What the words of a group rest on.
fn rests_on(group: &Group, sections: &[&SectionResult]) -> String {
    let counted = |n: usize, one: &str, several: &str| format!("{n} {}", if n == 1 { one } else { several });
    let n_methods = group.methods.len();
    let mut seeds: Vec<usize> = sections.iter().flat_map(|section| section.seeds()).collect();
    seeds.sort_unstable();
    let seeds = match (seeds.first(), seeds.last()) {
        (Some(1), Some(1)) => "one seed".to_owned(),
        (Some(least), Some(most)) if least == most => format!("{least} seeds"),
        (Some(least), Some(most)) => format!("{least} to {most} seeds"),
        _ => return "No seed has a result of both vanilla and another method.".to_owned(),
    };
    let corpora = match (group.corpora.len(), group.n_sources()) {
        (1, _) => group.corpora[0].0.clone(),
        (n, sources) if n == sources => format!("{n} corpora"),
        (n, sources) => format!("{n} corpora made of {} of texts", counted(sources, "source", "sources")),
    };
    let of_sources = group.methods.iter().any(|judged| is_over_sources(&judged.verdict.trained.primary));
    let holds_for = match (of_sources, group.corpora.len()) {
        (true, _) => "What is said holds for corpora like these.",
        (false, 1) => "What is said holds for this corpus alone.",
        (false, _) => "What is said holds for these corpora alone.",
    };
    let adjusted = if n_methods > 1 { format!(", adjusted for {n_methods} methods") } else { String::new() };
    format!(
        "{corpora} with {seeds} each; tests at {:.0} %{adjusted}; less than {} of F1 is taken for no difference. {holds_for}",
        100.0 * LEVEL,
        if group.margin == 1.0 { "1 point".to_owned() } else { format!("{} points", group.margin) },
    )
}

fn is_over_sources(primary: &Primary) -> bool {
    matches!(primary.basis, Some(Basis::Sources { .. }))
}

/// What is to be borne in mind of all methods of a group.
fn remarks(group: &Group, sections: &[&SectionResult]) -> Vec<String> {
    let mut remarks = Vec::new();
    if group.methods.is_empty() {
        remarks.push(nothing(sections).to_owned());
    }
    if group.corpora.len() > 1 && !group.sources_are_known {
        remarks.push(
            "The plans do not say which corpora are made of the same texts, and packs hold no texts: each is taken for a source \
             of its own, which is too many where texts are shared."
                .to_owned(),
        );
    }
    if sections.iter().any(|section| section.section.learns_from_dev()) {
        remarks.push("Dev was learnt from, so that its scores do not stand beside those of test.".to_owned());
    }
    let [mut planned, mut found] = [0, 0];
    for row in sections.iter().flat_map(|section| &section.rows).filter(|row| row.row.same_as.is_none()) {
        planned += row.row.runs.len();
        found += row.runs.len();
    }
    if planned > found {
        remarks.push(format!(
            "Without a result: {} of {planned} runs. The command of the sweep goes on with them.",
            planned - found
        ));
    }
    remarks
}

/// Why nothing was compared.
fn nothing(sections: &[&SectionResult]) -> &'static str {
    let others = sections.iter().any(|section| section.section.rows.iter().any(|row| !row.is_vanilla()));
    let n_vanilla: usize = sections.iter().filter_map(|section| section.vanilla()).map(|row| row.runs.len()).sum();
    match (n_vanilla, others) {
        (_, false) => "Nothing but vanilla was planned: plan methods to compare with it.",
        (0, true) => "No run of vanilla has a result.",
        _ => "No other method has a result.",
    }
}

fn line(judged: &JudgedMethod, sections: &[&SectionResult], palette: &Palette) -> MethodLine {
    let MethodVerdict { trained, text, .. } = &judged.verdict;
    let method = name(judged.weighting);
    let tone = match trained.word {
        Word::Helps => Tone::Yes,
        Word::Hurts => Tone::No,
        Word::Same | Word::NotKnown => Tone::Open,
    };
    let mut remarks = Vec::new();
    if let Some(dev) = judged.dev {
        let test = trained.primary.difference;
        let dev_points = points(dev / 100.0);
        remarks.push(if dev * test < 0.0 && dev_points != "0.00" {
            format!("On dev it is {dev_points}: the signs disagree.")
        } else {
            format!("On dev it is {dev_points}.")
        });
    }
    if let Some(seen) = trained.visible_first.filter(|_| trained.word == Word::NotKnown) {
        remarks.push(format!("What is below {seen:.1} points would mostly go unseen."));
    }
    let shared: Vec<&str> = sections
        .iter()
        .filter(|section| section.shares_vanilla(judged.weighting))
        .map(|section| section.section.dataset.as_str())
        .collect();
    if !shared.is_empty() {
        remarks.push(format!("Its runs are vanilla’s on {}.", shared.join(", ")));
    }
    MethodLine {
        sentence: format!("{method}: {text}."),
        word: trained.word.name().to_owned(),
        said: text.clone(),
        numbers: numbers(&trained.primary),
        tone,
        style: palette.style(judged.weighting),
        method,
        remarks,
    }
}

/// The difference with its interval, and what it is the mean of.
pub fn numbers(primary: &Primary) -> String {
    let Some(basis) = &primary.basis else { return "No difference.".to_owned() };
    let corpora = |n: usize| if n == 1 { "1 corpus".to_owned() } else { format!("{n} corpora") };
    let of = match basis {
        Basis::Sources { means, .. } if means.len() == primary.n_corpora => corpora(primary.n_corpora),
        Basis::Sources { means, .. } => format!("{} sources of {}", means.len(), corpora(primary.n_corpora)),
        Basis::Seeds { differences, .. } => {
            let seeds =
                if differences.len() == 1 { "one seed".to_owned() } else { format!("{} seeds", differences.len()) };
            if primary.n_corpora == 1 { seeds } else { format!("{seeds} on {}", corpora(primary.n_corpora)) }
        }
    };
    let difference = points(primary.difference / 100.0);
    match primary.test {
        Some(test) => format!(
            "F1 {difference} points, 95 % interval {}, p {}{}, over {of}.",
            between(test.interval),
            p_value(test.p_value),
            if test.first_level < LEVEL { format!(" ({} adjusted)", p_value(test.adjusted)) } else { String::new() },
        ),
        None => format!("F1 {difference} points with {of}."),
    }
}

/// A p-value of a test by another score; nothing where its noise is not known.
pub fn adjusted(primary: &Primary) -> String {
    match primary.test {
        Some(test) if is_over_sources(primary) => p_value(test.adjusted),
        _ => NOTHING.to_owned(),
    }
}
