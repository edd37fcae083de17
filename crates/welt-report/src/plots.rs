//! The plots of the page: differences with intervals, precision against recall, kinds of errors, learning curves.
//! Results of sections go in, plots come out; all numbers on them are per cent or points.

use welt_eval::verdict::{Basis, Word};
use welt_settings::Weighting;

use super::differences::{Results, RowResult, SectionResult};
use super::document::Plot;
use super::drawing::{Anchor, Drawing, Scale, Style, WIDTH};
use super::formatting::{interval, points};
use super::judgement::{Group, JudgedMethod};
use super::palette::Palette;
use super::published::Published;
use super::sections::name;
use super::shifts::{self, MeanCurve, Point, signed};
use crate::statistics::{mean, quantile};

/// Where a plot begins beside the names of methods; longer names move it.
const NAMES: f64 = 138.0;

/// The width of a letter of a name, when it is bold.
const LETTER: f64 = 7.0;

/// Where the plot begins beside these names, and where it ends.
fn beside_names<'t>(names: impl Iterator<Item = &'t str>) -> [f64; 2] {
    let longest = names.map(|name| name.chars().count()).max().unwrap_or(0) as f64;
    [NAMES.max(LETTER * longest + 8.0), WIDTH - 8.0]
}

const ROW: f64 = 30.0;

/// How many times farther than what was observed an interval is shown.
const MOST_STRETCH: f64 = 2.5;

/// How many times farther than the middle one an observed difference is shown; a method that collapsed would hide the rest.
const FAR: f64 = 6.0;

/// An interval around 0 that shows what was observed, but for what lies far out, and as much of `others` as does not
/// shrink it too much.
fn around_zero(observed: &[f64], others: &[f64]) -> [f64; 2] {
    let sizes: Vec<f64> = observed.iter().map(|number| number.abs()).collect();
    let far = FAR * quantile(&sizes, 0.5);
    let near = sizes.iter().copied().filter(|size| *size <= far).fold(0.1, f64::max);
    let reach = |sign: f64| {
        let most = |numbers: &[f64]| {
            numbers.iter().map(|number| sign * number).filter(|size| *size <= far).fold(0.0, f64::max)
        };
        let beyond = others.iter().map(|number| sign * number).fold(0.0, f64::max).min(MOST_STRETCH * near);
        1.08 * most(observed).max(beyond).max(0.25 * near)
    };
    [-reach(-1.0), reach(1.0)]
}

/// Says how many marks lie outside of a plot, and how far out the last one is.
fn beyond(drawing: &mut Drawing, scale: &Scale, y: f64, style: Style, gains: &[f64]) {
    for (direction, end) in [(-1.0, scale.numbers[0]), (1.0, scale.numbers[1])] {
        let outside = gains.iter().filter(|gain| direction * (*gain - end) > 0.0);
        let farthest =
            outside.clone().copied().reduce(|one, other| if direction * (other - one) > 0.0 { other } else { one });
        let Some(farthest) = farthest else { continue };
        let n = outside.count();
        let far = points(farthest / 100.0);
        let text = if n == 1 { far } else { format!("{n} marks, to {far}") };
        let x = scale.position(end);
        drawing.arrow([x, y], direction, style);
        let anchor = if direction < 0.0 { Anchor::Start } else { Anchor::End };
        drawing.text([x - 2.0 * direction, y - 7.0], anchor, "tick", &text);
    }
}

/// The differences of a section to vanilla.
pub fn differences(section: &SectionResult, palette: &Palette) -> Option<Plot> {
    let rows: Vec<_> =
        section.methods().into_iter().filter_map(|row| row.difference.as_ref().map(|of| (row, of))).collect();
    let n = rows.iter().map(|(_, difference)| difference.by_seed.len()).max()?;
    let floor = section.floor.map(|floor| 100.0 * floor.of_means(n));
    let observed: Vec<f64> = rows.iter().flat_map(|(_, of)| of.by_seed.iter().map(|(_, gain)| 100.0 * gain)).collect();
    let ends = rows.iter().flat_map(|(_, of)| [100.0 * of.lower, 100.0 * of.upper]).chain(floor);
    let names: Vec<String> = rows.iter().map(|(row, _)| name(row.row.weighting)).collect();
    let positions = beside_names(names.iter().map(String::as_str));
    let scale = Scale { numbers: around_zero(&observed, &ends.collect::<Vec<_>>()), positions };
    let bottom = 6.0 + ROW * rows.len() as f64;
    let mut drawing = Drawing::default();
    band(&mut drawing, &scale, floor, bottom);
    drawing.axis_below(&scale, 2.0, bottom, "F1 − vanilla’s, in points");
    drawing.line([scale.position(0.0), 2.0], [scale.position(0.0), bottom], "zero");
    for (index, ((row, difference), label)) in rows.iter().zip(&names).enumerate() {
        let y = 6.0 + ROW * (index as f64 + 0.5);
        let style = palette.style(row.row.weighting);
        let class = if difference.is_significant() { "label strong" } else { "label" };
        drawing.text([scale.positions[0] - 8.0, y + 4.0], Anchor::End, class, label);
        // Where every pair has a collapsed run there is no test, and no interval of one.
        if difference.n_left_out < difference.by_seed.len() || difference.adjusted.is_some() {
            interval_line(&mut drawing, &scale, y, style, [100.0 * difference.lower, 100.0 * difference.upper]);
        }
        if difference.by_seed.len() > 1 {
            let seeds = difference.by_seed.iter().map(|(seed, gain)| (format!("{label}, seed {seed}"), 100.0 * gain));
            small_marks(&mut drawing, &scale, y + 8.0, style, seeds);
        }
        let title = format!("{label}: {} {}", points(difference.mean), interval(difference));
        let mean = 100.0 * difference.mean;
        if scale.holds(mean) {
            drawing.mark([scale.position(mean), y], 4.5, style, &title);
        } else {
            beyond(&mut drawing, &scale, y, style, &[mean]);
        }
    }
    let over_seeds = rows.iter().any(|(_, difference)| difference.is_over_seeds());
    Some(Plot {
        title: "Difference to vanilla".to_owned(),
        caption: differences_caption(floor, n, over_seeds),
        drawing: drawing.finish(bottom + 42.0, format!("F1 less that of vanilla, {}", section.section.dataset)),
    })
}

fn band(drawing: &mut Drawing, scale: &Scale, floor: Option<f64>, bottom: f64) {
    if let Some(floor) = floor {
        drawing.rectangle([scale.clamped(-floor), 2.0], [scale.clamped(floor), bottom], "band");
    }
}

fn differences_caption(floor: Option<f64>, n: usize, over_seeds: bool) -> String {
    let what = if over_seeds {
        "Large marks are means over seeds, small ones single seeds, lines 95 % intervals over seeds and sentences; \
         arrows lead out of the plot."
    } else {
        "Marks are single runs, lines 95 % intervals over test sentences: seeds were not varied."
    };
    match floor {
        Some(floor) => format!("{what} Band: noise floor of {n} runs, ±{floor:.2} points."),
        None => format!("{what} No noise floor is known."),
    }
}

/// The mean differences of all methods to vanilla, a plot a group: what the words at the head rest on.
pub fn overviews(results: &Results, palette: &Palette) -> Vec<Plot> {
    let several = results.groups.len() > 1;
    let plot = |group: &Group| {
        let encoder = results.sections[group.sections[0]].section.encoder();
        overview(group, palette, several.then_some(encoder))
    };
    results.groups.iter().filter_map(plot).collect()
}

fn overview(group: &Group, palette: &Palette, encoder: Option<String>) -> Option<Plot> {
    let with_basis = |judged: &&JudgedMethod| judged.verdict.trained.primary.basis.is_some();
    let methods: Vec<&JudgedMethod> = group.methods.iter().filter(with_basis).collect();
    let parts = |judged: &JudgedMethod| -> Vec<(String, f64)> {
        match &judged.primary().basis {
            Some(Basis::Sources { means, .. }) => means.clone(),
            Some(Basis::Seeds { differences, .. }) => {
                differences.iter().map(|(seed, gain)| (format!("seed {seed}"), *gain)).collect()
            }
            None => Vec::new(),
        }
    };
    let observed: Vec<f64> = methods.iter().map(|judged| judged.primary().difference).collect();
    let ends = methods.iter().filter_map(|judged| judged.primary().test).flat_map(|test| test.interval);
    let parts_of_all = methods.iter().flat_map(|judged| parts(judged)).map(|(_, gain)| gain);
    let ends: Vec<f64> = ends.chain(parts_of_all).chain([-group.margin, group.margin]).collect();
    let names: Vec<String> = methods.iter().map(|judged| name(judged.weighting)).collect();
    let positions = beside_names(names.iter().map(String::as_str));
    if methods.is_empty() {
        return None;
    }
    let scale = Scale { numbers: around_zero(&observed, &ends), positions };
    let bottom = 6.0 + ROW * methods.len() as f64;
    let mut drawing = Drawing::default();
    band(&mut drawing, &scale, Some(group.margin), bottom);
    drawing.axis_below(&scale, 2.0, bottom, "F1 − vanilla’s, in points");
    drawing.line([scale.position(0.0), 2.0], [scale.position(0.0), bottom], "zero");
    for (index, (judged, label)) in methods.iter().zip(&names).enumerate() {
        let y = 6.0 + ROW * (index as f64 + 0.5);
        let style = palette.style(judged.weighting);
        let known = judged.verdict.trained.word != Word::NotKnown;
        let class = if known { "label strong" } else { "label" };
        drawing.text([scale.positions[0] - 8.0, y + 4.0], Anchor::End, class, label);
        let mean = judged.primary().difference;
        if let Some(test) = judged.primary().test {
            interval_line(&mut drawing, &scale, y, style, test.interval);
        }
        let parts = parts(judged).into_iter().map(|(part, gain)| (format!("{label}, {part}"), gain));
        small_marks(&mut drawing, &scale, y + 8.0, style, parts);
        let title = format!("{label}: {}", judged.verdict.text);
        if scale.holds(mean) {
            drawing.mark([scale.position(mean), y], 4.5, style, &title);
        } else {
            beyond(&mut drawing, &scale, y, style, &[mean]);
        }
    }
    let of = if methods.iter().all(|judged| matches!(judged.primary().basis, Some(Basis::Seeds { .. }))) {
        "seeds"
    } else {
        "sources of texts"
    };
    let title = match encoder {
        Some(encoder) => format!("All methods at a glance, {encoder}"),
        None => "All methods at a glance".to_owned(),
    };
    Some(Plot {
        title,
        caption: format!(
            "Large marks are mean differences to vanilla, small ones {of}, lines 95 % intervals, all without collapsed runs. Bold: \
             something is known. Band: less than {} of F1, taken for no difference. Arrows lead out of the plot.",
            if group.margin == 1.0 { "1 point".to_owned() } else { format!("{} points", group.margin) }
        ),
        drawing: drawing.finish(bottom + 42.0, "F1 less that of vanilla, all methods".to_owned()),
    })
}

/// An interval as far as it is seen, with arrows where it goes on.
fn interval_line(drawing: &mut Drawing, scale: &Scale, y: f64, style: Style, [lower, upper]: [f64; 2]) {
    drawing.line([scale.clamped(lower), y], [scale.clamped(upper), y], &format!("interval {}", style.class()));
    // An interval that lies outside altogether has the arrow of its mean.
    let is_seen = lower <= scale.numbers[1] && upper >= scale.numbers[0];
    if is_seen && lower < scale.numbers[0] {
        drawing.arrow([scale.positions[0], y], -1.0, style);
    }
    if is_seen && upper > scale.numbers[1] {
        drawing.arrow([scale.positions[1], y], 1.0, style);
    }
}

/// What a mean is made of, with arrows for what lies outside of the plot.
fn small_marks(drawing: &mut Drawing, scale: &Scale, y: f64, style: Style, marks: impl Iterator<Item = (String, f64)>) {
    let mut is_beyond = [false; 2];
    for (title, gain) in marks {
        if scale.holds(gain) {
            drawing.mark([scale.position(gain), y], 2.2, style, &format!("{title}: {gain:+.2}"));
        } else {
            is_beyond[usize::from(gain > 0.0)] = true;
        }
    }
    for (side, direction) in [-1.0, 1.0].into_iter().enumerate().filter(|(side, _)| is_beyond[*side]) {
        drawing.arrow([scale.positions[side], y], direction, style);
    }
}

/// Precision against recall, a point a run.
pub fn precision_recall(section: &SectionResult, palette: &Palette) -> Option<Plot> {
    let runs: Vec<(Weighting, u64, [f64; 2])> = (section.methods().iter())
        .flat_map(|row| {
            let positions = row.recall().into_iter().zip(row.precision()).map(|(r, p)| [100.0 * r, 100.0 * p]);
            row.runs
                .iter()
                .zip(positions)
                .map(|((seed, _), position)| (row.row.weighting, *seed, position))
                .collect::<Vec<_>>()
        })
        .collect();
    let positions = without_far(&runs.iter().map(|(.., position)| *position).collect::<Vec<_>>());
    let (mut drawing, x, y) =
        recall_and_precision([0, 1].map(|axis| around(positions.iter().map(|position| position[axis]))))?;
    let mut outside = Vec::new();
    for (weighting, seed, [recall, precision]) in runs {
        let title = format!("{}, seed {seed}: P {precision:.2}, R {recall:.2}", name(weighting));
        if x.holds(recall) && y.holds(precision) {
            drawing.mark([x.position(recall), y.position(precision)], 5.0, palette.style(weighting), &title);
        } else {
            outside.push(title);
        }
    }
    let outside = if outside.is_empty() { String::new() } else { format!(" Outside: {}.", outside.join("; ")) };
    Some(Plot {
        title: "Precision against recall".to_owned(),
        caption: format!("A mark a run; a point is as long on both axes. Along a broken line F1 is the same.{outside}"),
        drawing: drawing.finish(BOTTOM + 42.0, format!("Precision against recall, {}", section.section.dataset)),
    })
}

/// Precision against recall over shifts of the scores of O, a line a method, with what the method is and what dev would choose.
pub fn shifts(section: &SectionResult, palette: &Palette) -> Option<Plot> {
    let curves: Vec<(Weighting, MeanCurve)> =
        section.methods().into_iter().filter_map(|row| Some((row.row.weighting, shifts::of(row)?))).collect();
    let position = |point: Point| [100.0 * point.recall, 100.0 * point.precision];
    let marked = curves.iter().flat_map(|(_, curve)| {
        [Some(curve.as_it_is), curve.tuned.as_ref().map(|(_, point)| *point)].into_iter().flatten().map(position)
    });
    let seen = without_far(&marked.collect::<Vec<_>>());
    let (mut drawing, x, y) =
        recall_and_precision([0, 1].map(|axis| wide(seen.iter().map(|position| position[axis]))))?;
    // A tuned shift is a point of the line of what was trained.
    // Vanilla, the first, is drawn over the others.
    for (weighting, curve) in curves.iter().rev().filter(|(weighting, _)| !weighting.method.choice.tuned_shift) {
        let class = format!("curve {}", palette.style(*weighting).class());
        let inside = |position: &[f64; 2]| x.holds(position[0]) && y.holds(position[1]);
        let all: Vec<[f64; 2]> = curve.up_to_most_recall().iter().map(|(_, point)| position(*point)).collect();
        for part in all.split(|position| !inside(position)).filter(|part| part.len() > 1) {
            drawing.path(part.iter().map(|[r, p]| [x.position(*r), y.position(*p)]).collect(), &class);
        }
    }
    let mut outside = Vec::new();
    for (weighting, curve) in &curves {
        let style = palette.style(*weighting);
        let tuned = curve.tuned.as_ref().filter(|_| !weighting.method.choice.tuned_shift);
        let tuned = tuned.map(|(chosen, point)| (*point, 2.6, format!(", O shifted by {}", signed(mean(chosen)))));
        for (point, size, what) in [Some((curve.as_it_is, 5.0, String::new())), tuned].into_iter().flatten() {
            let [recall, precision] = position(point);
            let title = format!("{}{what}: P {precision:.2}, R {recall:.2}", name(*weighting));
            if x.holds(recall) && y.holds(precision) {
                drawing.mark([x.position(recall), y.position(precision)], size, style, &title);
            } else {
                outside.push(title);
            }
        }
    }
    let outside = if outside.is_empty() { String::new() } else { format!(" Outside: {}.", outside.join("; ")) };
    Some(Plot {
        title: "Is it only a moved threshold?".to_owned(),
        caption: format!(
            "A line a method: what shifts of the scores of O give, from the highest recall to the upper left, where O is favoured. Large marks are the methods as \
             they are, small ones the shift that is best on dev. A method whose marks lie on vanilla’s line has moved the threshold \
             and no more. Means over seeds, on test; along a broken line F1 is the same.{outside}"
        ),
        drawing: drawing
            .finish(BOTTOM + 42.0, format!("Precision against recall by shifts, {}", section.section.dataset)),
    })
}

/// A drawing with axes of recall and precision over these intervals, on which a point is as long, and lines of equal F1.
fn recall_and_precision(intervals: [Option<[f64; 2]>; 2]) -> Option<(Drawing, Scale, Scale)> {
    let [recalls, precisions] = intervals;
    let (left, right, top) = (44.0, WIDTH - 46.0, 36.0);
    let [recalls, precisions] = equal_units([recalls?, precisions?], [right - left, BOTTOM - top]);
    let x = Scale { numbers: recalls, positions: [left, right] };
    let y = Scale { numbers: precisions, positions: [BOTTOM, top] };
    let mut drawing = Drawing::default();
    drawing.axis_below(&x, top, BOTTOM, "recall, %");
    drawing.axis_left(&y, left, right, "precision, %");
    equal_f1(&mut drawing, &x, &y);
    Some((drawing, x, y))
}

/// Where the axis of recall is drawn.
const BOTTOM: f64 = 284.0;

/// Positions but for those far from the others on one axis, which must not stretch the other one.
fn without_far(positions: &[[f64; 2]]) -> Vec<[f64; 2]> {
    let limits = [0, 1].map(|axis| near(&positions.iter().map(|position| position[axis]).collect::<Vec<_>>()));
    let is_near = |of: &&[f64; 2]| (0..2).all(|axis| (limits[axis][0]..=limits[axis][1]).contains(&of[axis]));
    positions.iter().filter(is_near).copied().collect()
}

/// An interval around numbers that shows where lines lead to.
fn wide(numbers: impl Iterator<Item = f64>) -> Option<[f64; 2]> {
    let [low, high] = around(numbers)?;
    let room = (6.0 - (high - low) / 2.0).max(0.0);
    Some([low - room, high + room])
}

/// The interval of numbers that do not lie far from most.
fn near(numbers: &[f64]) -> [f64; 2] {
    let middle = quantile(numbers, 0.5);
    let distances: Vec<f64> = numbers.iter().map(|number| (number - middle).abs()).collect();
    let far = (FAR * quantile(&distances, 0.5)).max(10.0);
    [middle - far, middle + far]
}

/// An interval with some room around numbers.
fn around(numbers: impl Iterator<Item = f64>) -> Option<[f64; 2]> {
    let (low, high) =
        numbers.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), number| (low.min(number), high.max(number)));
    let room = (0.12 * (high - low)).max(0.5);
    (low <= high).then_some([low - room, high + room])
}

/// Intervals around these two with as many numbers to a unit of length; none goes beyond 100 %.
fn equal_units(intervals: [[f64; 2]; 2], lengths: [f64; 2]) -> [[f64; 2]; 2] {
    let unit = (0..2).map(|axis| (intervals[axis][1] - intervals[axis][0]) / lengths[axis]).fold(0.0, f64::max);
    [0, 1].map(|axis| {
        let (middle, half) = (f64::midpoint(intervals[axis][0], intervals[axis][1]), unit * lengths[axis] / 2.0);
        // As much room as around marks at the very end.
        let middle = middle.min(100.5 - half).max(half.min(50.0) - 0.5);
        [middle - half, middle + half]
    })
}

/// Lines of equal F1, with their names beside the plot: no mark lies on them there.
fn equal_f1(drawing: &mut Drawing, x: &Scale, y: &Scale) {
    let f1 = |recall: f64, precision: f64| 2.0 * recall * precision / (recall + precision);
    let [low, high] = [0, 1].map(|end| f1(x.numbers[end].max(0.01), y.numbers[end].max(0.01)));
    if !(low.is_finite() && high.is_finite() && low < high) {
        return;
    }
    let (levels, decimals) = Scale { numbers: [low, high], positions: [0.0, 1.0] }.ticks();
    let (right, top) = (x.positions[1], y.positions[1]);
    let mut last_at_top = f64::NEG_INFINITY;
    for level in levels {
        let step = (x.numbers[1] - x.numbers[0]) / 200.0;
        let recalls = (0..=200).map(|part| x.numbers[0] + step * f64::from(part)).filter(|recall| 2.0 * recall > level);
        let on_line = recalls.map(|recall| [recall, level * recall / (2.0 * recall - level)]);
        let points: Vec<[f64; 2]> =
            on_line.filter(|[_, p]| y.holds(*p)).map(|[r, p]| [x.position(r), y.position(p)]).collect();
        let ([first, ..], Some(last)) = (&points[..], points.last()) else { continue };
        drawing.path(points.clone(), "level");
        let name = format!("F1 {level:.decimals$}");
        if last[0] >= right - 2.0 {
            drawing.text([right + 4.0, last[1] + 4.0], Anchor::Start, "tick", &name);
        } else if first[1] <= top + 8.0 && first[0] > last_at_top + 40.0 {
            drawing.text([first[0], top - 5.0], Anchor::Middle, "tick", &name);
            last_at_top = first[0];
        }
    }
}

/// Errors of three types for every hundred gold entities.
pub fn errors(section: &SectionResult, published: Option<&Published>) -> Option<Plot> {
    let methods = section.methods();
    let bars: Vec<(String, [f64; 3], f64)> =
        methods.iter().map(|row| (name(row.row.weighting), row.error_rates(), row.errors())).collect();
    let longest = bars.iter().map(|(_, rates, _)| rates.iter().sum::<f64>()).fold(0.0, f64::max);
    if longest == 0.0 {
        return None;
    }
    let scale =
        Scale { numbers: [0.0, 1.2 * longest], positions: beside_names(bars.iter().map(|(label, ..)| &label[..])) };
    let top = 22.0;
    let bottom = top + 4.0 + 26.0 * bars.len() as f64;
    let mut drawing = Drawing::default();
    drawing.axis_below(&scale, top, bottom, "errors for every 100 gold entities");
    for (kind, text) in ["made up (1)", "missed (2)", "other bounds (3)"].iter().enumerate() {
        let x = [8.0, 118.0, 218.0][kind];
        drawing.rectangle([x, 4.0], [x + 10.0, 14.0], &format!("e{kind}"));
        drawing.text([x + 14.0, 13.0], Anchor::Start, "tick", text);
    }
    for (index, (label, rates, errors)) in bars.iter().enumerate() {
        let y = top + 4.0 + 26.0 * index as f64;
        drawing.text([scale.positions[0] - 8.0, y + 15.0], Anchor::End, "label", label);
        let (mut from, all) = (0.0, rates.iter().sum::<f64>());
        for (kind, rate) in rates.iter().enumerate() {
            let [x1, x2] = [scale.position(from), scale.position(from + rate)];
            drawing.rectangle([x1, y + 2.0], [x2 - 1.0, y + 20.0], &format!("e{kind}"));
            if x2 - x1 > 36.0 {
                let share = format!("{:.0} %", 100.0 * rate / all);
                drawing.text([f64::midpoint(x1, x2), y + 15.0], Anchor::Middle, &format!("on e{kind}"), &share);
            }
            from += rate;
        }
        drawing.text([scale.position(all) + 4.0, y + 15.0], Anchor::Start, "tick", &format!("{errors:.0}"));
    }
    Some(Plot {
        title: "What goes wrong".to_owned(),
        caption: format!(
            "{} of errors: the length of a part is how many there are, the number in it its share of all errors of the method, \
             whose number stands behind the bar. Means over seeds.",
            if published.is_some() { "The paper’s three types" } else { "Three types" }
        ),
        drawing: drawing.finish(bottom + 42.0, format!("Types of errors, {}", section.section.dataset)),
    })
}

/// F1 on the development split after every epoch.
pub fn development(section: &SectionResult, palette: &Palette) -> Option<Plot> {
    let curve = |row: &&RowResult| {
        let length = row.runs.iter().map(|(_, run)| run.epochs.len()).min()?;
        let at = |epoch: usize| {
            let scores: Option<Vec<f64>> = row.runs.iter().map(|(_, run)| run.epochs[epoch].score).collect();
            Some([epoch as f64 + 1.0, 100.0 * mean(&scores?)])
        };
        Some((row.row.weighting, (0..length).map(at).collect::<Option<Vec<_>>>()?))
    };
    let curves: Vec<(Weighting, Vec<[f64; 2]>)> = section.methods().iter().filter_map(curve).collect();
    let last = curves.iter().map(|(_, points)| points.len()).max().filter(|last| *last > 1)?;
    let (left, right, top, bottom) = (44.0, WIDTH - 18.0, 22.0, 220.0);
    let numbers = around(curves.iter().flat_map(|(_, points)| points.iter().map(|point| point[1])))?;
    let x = Scale { numbers: [1.0, last as f64], positions: [left, right] };
    let y = Scale { numbers, positions: [bottom, top] };
    let mut drawing = Drawing::default();
    let every = last.div_ceil(10);
    for epoch in (1..=last).step_by(every) {
        let position = x.position(epoch as f64);
        drawing.line([position, top], [position, bottom], "grid");
        drawing.text([position, bottom + 16.0], Anchor::Middle, "tick", &epoch.to_string());
    }
    drawing.text([f64::midpoint(left, right), bottom + 34.0], Anchor::Middle, "title", "epoch");
    drawing.axis_left(&y, left, right, "F1 on the development split, %");
    for (weighting, points) in &curves {
        let points: Vec<[f64; 2]> = points.iter().map(|[epoch, f1]| [x.position(*epoch), y.position(*f1)]).collect();
        drawing.path(points, &format!("curve {}", palette.style(*weighting).class()));
    }
    Some(Plot {
        title: "Learning curves: F1".to_owned(),
        caption: "Means over seeds.".to_owned(),
        drawing: drawing.finish(bottom + 42.0, format!("F1 by epoch, {}", section.section.dataset)),
    })
}

/// The training loss by the step of the optimiser, on a scale of ratios.
pub fn loss(section: &SectionResult, palette: &Palette) -> Option<Plot> {
    let curve = |row: &&RowResult| {
        let length = row.runs.iter().map(|(_, run)| run.losses.len()).min()?;
        let steps = row.runs.first()?.1.steps as f64;
        let at = |part: usize| {
            let losses = row.each(|run| run.losses[part]);
            [steps * (part as f64 + 0.5) / length as f64, mean(&losses)]
        };
        Some((row.row.weighting, steps, (0..length).map(at).collect::<Vec<_>>()))
    };
    let mut curves: Vec<(Weighting, f64, Vec<[f64; 2]>)> = section.methods().iter().filter_map(curve).collect();
    for (.., points) in &mut curves {
        points.retain(|[_, loss]| *loss > 0.0);
    }
    curves.retain(|(.., points)| points.len() > 1);
    let last = curves.iter().map(|(_, steps, _)| *steps).reduce(f64::max)?;
    let logs = curves.iter().flat_map(|(.., points)| points.iter().map(|[_, loss]| loss.log10()));
    let (low, high) = logs.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), log| (low.min(log), high.max(log)));
    let (left, right, top, bottom) = (52.0, WIDTH - 18.0, 22.0, 220.0);
    let x = Scale { numbers: [0.0, last], positions: [left, right] };
    let y = Scale { numbers: [low - 0.05, high + 0.05], positions: [bottom, top] };
    let mut drawing = Drawing::default();
    drawing.axis_below(&x, top, bottom, "optimiser step");
    for decade in low.floor() as i32..=high.ceil() as i32 {
        for digit in [1.0, 2.0, 5.0] {
            let value: f64 = digit * 10_f64.powi(decade);
            if y.holds(value.log10()) {
                let decimals = usize::try_from(-decade).unwrap_or(0);
                drawing.tick_left(y.position(value.log10()), left, right, &format!("{value:.decimals$}"));
            }
        }
    }
    drawing.text([4.0, 12.0], Anchor::Start, "title", "training loss (each step as high as it is a ratio)");
    for (weighting, _, points) in &curves {
        let points: Vec<[f64; 2]> =
            points.iter().map(|[step, loss]| [x.position(*step), y.position(loss.log10())]).collect();
        drawing.path(points, &format!("curve {}", palette.style(*weighting).class()));
    }
    Some(Plot {
        title: "Learning curves: loss".to_owned(),
        caption: "The loss that is minimised, whose weights differ from method to method: heights compare within a method, not \
                  between methods. Means over seeds and a part of the steps."
            .to_owned(),
        drawing: drawing.finish(bottom + 42.0, format!("Training loss, {}", section.section.dataset)),
    })
}
