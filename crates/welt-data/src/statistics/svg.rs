//! Draws a histogram as SVG: one file that needs no font, script or style from elsewhere.
//! A histogram and its labels in, text out; what may not stand in XML is replaced, so that the text is always well formed.
//!
//! ```
//! use welt_data::{AxisLabels, Histogram};
//!
//! let labels = AxisLabels { title: "dev & test", values: "words", counts: "sentences" };
//! let svg = Histogram::of([3, 3, 4]).to_svg(&labels);
//! assert!(svg.starts_with("<svg xmlns=") && svg.contains("dev &amp; test"));
//! ```

use std::fmt::Write;

use super::histogram::{Bar, Histogram, widths};

/// What stands beside the drawing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AxisLabels<'a> {
    /// Above it.
    pub title: &'a str,
    /// What the values are, below it.
    pub values: &'a str,
    /// What is counted, on its left.
    pub counts: &'a str,
}

/// Pixels of the whole drawing.
const SIZE: (f64, f64) = (720.0, 400.0);
/// Pixels left of the bars, above, right of and below them.
const MARGINS: (f64, f64, f64, f64) = (84.0, 44.0, 20.0, 64.0);
/// More tick marks than this are never on the axis of counts.
const MOST_TICKS: usize = 6;
/// Pixels that a digit below a bar takes, and a little more.
const DIGIT: f64 = 7.5;

impl Histogram {
    /// The histogram as an SVG document of 720 by 400 pixels; without values, it has axes but no bars.
    #[must_use]
    pub fn to_svg(&self, labels: &AxisLabels<'_>) -> String {
        let bars = self.bars();
        let (width, height) = SIZE;
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" font-size=\"12\" fill=\"#222\" role=\"img\">\n<rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>\n"
        );
        axes(&mut svg, labels);
        let top = bars.iter().map(|bar| bar.count).max().unwrap_or(0);
        let tick = widths().find(|step| top / step < MOST_TICKS).unwrap_or(usize::MAX);
        // The axis ends at a tick, so that every bar stands below a number.
        let top = top.div_ceil(tick).max(1).saturating_mul(tick);
        for count in (0..=top / tick).map(|index| index * tick) {
            gridline(&mut svg, count, y(count, top));
        }
        for (index, bar) in bars.iter().enumerate() {
            // What is not 0 is never invisible.
            let highest = if bar.count > 0 { y(0, top) - 1.0 } else { y(0, top) };
            draw(&mut svg, bar, index, bars.len(), y(bar.count, top).min(highest));
        }
        name(&mut svg, &bars);
        svg + "</svg>\n"
    }
}

/// The height of a count in the drawing.
fn y(count: usize, top: usize) -> f64 {
    let (above, below) = (MARGINS.1, SIZE.1 - MARGINS.3);
    below - (below - above) * count as f64 / top as f64
}

fn axes(svg: &mut String, labels: &AxisLabels<'_>) {
    let (left, above, right, below) = (MARGINS.0, MARGINS.1, SIZE.0 - MARGINS.2, SIZE.1 - MARGINS.3);
    let (middle, centre) = (f64::midpoint(left, right), f64::midpoint(above, below));
    let [title, values, counts] = [labels.title, labels.values, labels.counts].map(escaped);
    // Writing to a String cannot fail.
    let _ = write!(
        svg,
        "<title>{title}</title>\n<text x=\"{middle}\" y=\"24\" text-anchor=\"middle\" font-size=\"15\">{title}</text>\n<text x=\"{middle}\" y=\"{}\" text-anchor=\"middle\">{values}</text>\n<text transform=\"translate(18 {centre}) rotate(-90)\" text-anchor=\"middle\">{counts}</text>\n<path d=\"M{left} {above}V{below}H{right}\" fill=\"none\" stroke=\"#222\"/>\n",
        SIZE.1 - 16.0
    );
}

fn gridline(svg: &mut String, count: usize, y: f64) {
    let (left, right) = (MARGINS.0, SIZE.0 - MARGINS.2);
    if count > 0 {
        let _ = writeln!(svg, "<path d=\"M{left} {y:.2}H{right}\" stroke=\"#ddd\"/>");
    }
    let _ = writeln!(svg, "<text x=\"{}\" y=\"{:.2}\" text-anchor=\"end\">{count}</text>", left - 8.0, y + 4.0);
}

/// A bar from `top` down to the axis; a pointer on it tells its numbers.
fn draw(svg: &mut String, bar: &Bar, index: usize, n_bars: usize, top: f64) {
    let (room, below) = (bar_room(n_bars), SIZE.1 - MARGINS.3);
    let x = MARGINS.0 + room * index as f64;
    let _ = writeln!(
        svg,
        "<rect x=\"{:.2}\" y=\"{top:.2}\" width=\"{:.2}\" height=\"{:.2}\" fill=\"#3b6ea8\"><title>{}: {}</title></rect>",
        x + room * 0.06,
        room * 0.88,
        below - top,
        bar.label(),
        bar.count
    );
}

/// The values below the bars: below each, or from the last one on below every second, third and so on, as far apart as the longest needs.
fn name(svg: &mut String, bars: &[Bar]) {
    let room = bar_room(bars.len());
    let labels: Vec<String> = bars.iter().map(Bar::label).collect();
    let longest = labels.iter().map(String::len).max().unwrap_or(0);
    let every = ((longest as f64 * DIGIT / room).ceil() as usize).max(1);
    for (index, label) in labels.iter().enumerate().rev().step_by(every) {
        let (middle, under) = (MARGINS.0 + room * (index as f64 + 0.5), SIZE.1 - MARGINS.3 + 18.0);
        let _ = writeln!(svg, "<text x=\"{middle:.2}\" y=\"{under}\" text-anchor=\"middle\">{label}</text>");
    }
}

/// Pixels from the start of a bar to the start of the next.
fn bar_room(n_bars: usize) -> f64 {
    (SIZE.0 - MARGINS.2 - MARGINS.0) / n_bars as f64
}

/// A text as XML holds it; characters that XML does not allow become U+FFFD.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' => out.push(' '),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            _ => out.push(character),
        }
    }
    out
}
