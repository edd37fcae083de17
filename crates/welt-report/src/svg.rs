//! The parts that plots are made of: scales, axes, marks and text, as SVG whose colours the page decides.
//! Numbers go in, SVG elements come out; it knows nothing of scores.

use std::fmt::Write as _;

/// The width of every plot, in the units of its view box: as many pixels as a small telephone has, so that text keeps
/// its size there.
pub const WIDTH: f64 = 400.0;

/// How an arm is drawn: one of ten colours, and hollow marks and broken lines for the published label order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    pub color: usize,
    pub hollow: bool,
}

impl Style {
    /// The classes of an element.
    pub fn class(self) -> String {
        format!("c{}{}", self.color % 10, if self.hollow { " hollow" } else { "" })
    }
}

/// Text inside an element or an attribute of HTML or SVG.
pub fn escaped(text: &str) -> String {
    let mut found = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => found.push_str("&amp;"),
            '<' => found.push_str("&lt;"),
            '>' => found.push_str("&gt;"),
            '"' => found.push_str("&quot;"),
            '\'' => found.push_str("&#39;"),
            letter if letter.is_control() && letter != '\n' => found.push(' '),
            letter => found.push(letter),
        }
    }
    found
}

/// Where the numbers of an interval come to lie.
#[derive(Debug, Clone, Copy)]
pub struct Scale {
    pub numbers: [f64; 2],
    pub places: [f64; 2],
}

impl Scale {
    pub fn place(&self, number: f64) -> f64 {
        let [low, high] = self.numbers;
        let [from, to] = self.places;
        from + (number - low) / (high - low) * (to - from)
    }

    pub fn holds(&self, number: f64) -> bool {
        (self.numbers[0]..=self.numbers[1]).contains(&number)
    }

    /// The place of a number, or of the end that is next to it.
    pub fn clamped(&self, number: f64) -> f64 {
        self.place(number.clamp(self.numbers[0], self.numbers[1]))
    }

    /// Round numbers in the interval, three to seven, and how many decimals they need.
    pub fn ticks(&self) -> (Vec<f64>, usize) {
        let [low, high] = self.numbers;
        let rough = (high - low) / 7.0;
        let decade = 10_f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].iter().map(|factor| factor * decade).find(|step| *step >= rough);
        let step = step.unwrap_or(rough);
        let first = (low / step - 1e-9).ceil() as i64;
        let last = (high / step + 1e-9).floor() as i64;
        let decimals = (-step.log10().floor()).clamp(0.0, 9.0) as usize;
        ((first..=last).map(|tick| tick as f64 * step).collect(), decimals)
    }
}

/// A drawing that grows.
#[derive(Debug, Default)]
pub struct Drawing {
    elements: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

impl Drawing {
    pub fn line(&mut self, [x1, y1]: [f64; 2], [x2, y2]: [f64; 2], class: &str) {
        let _ = write!(
            self.elements,
            "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" class=\"{class}\"/>"
        );
    }

    pub fn rectangle(&mut self, [x1, y1]: [f64; 2], [x2, y2]: [f64; 2], class: &str) {
        let (width, height) = ((x2 - x1).max(0.0), (y2 - y1).max(0.0));
        let _ = write!(
            self.elements,
            "<rect x=\"{x1:.1}\" y=\"{y1:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" class=\"{class}\"/>"
        );
    }

    pub fn text(&mut self, [x, y]: [f64; 2], anchor: Anchor, class: &str, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let _ = write!(
            self.elements,
            "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" class=\"{class}\">{}</text>",
            escaped(text)
        );
    }

    /// A mark of an arm, with what it says when it is pointed at.
    pub fn mark(&mut self, [x, y]: [f64; 2], size: f64, style: Style, title: &str) {
        let class = style.class();
        let shape = if style.hollow {
            let far = size * 1.25;
            format!(
                "<path d=\"M{x:.1} {:.1}L{:.1} {y:.1}L{x:.1} {:.1}L{:.1} {y:.1}Z\" class=\"mark {class}\">",
                y - far,
                x + far,
                y + far,
                x - far
            )
        } else {
            format!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{size:.1}\" class=\"mark {class}\">")
        };
        let end = if style.hollow { "</path>" } else { "</circle>" };
        let _ = write!(self.elements, "{shape}<title>{}</title>{end}", escaped(title));
    }

    /// An end of an interval that lies outside of the plot.
    pub fn arrow(&mut self, [x, y]: [f64; 2], direction: f64, style: Style) {
        let (back, class) = (x - 7.0 * direction, style.class());
        let _ = write!(
            self.elements,
            "<path d=\"M{x:.1} {y:.1}L{back:.1} {:.1}L{back:.1} {:.1}Z\" class=\"arrow {class}\"/>",
            y - 4.0,
            y + 4.0
        );
    }

    pub fn path(&mut self, points: &[[f64; 2]], class: &str) {
        let mut steps = String::new();
        for (index, [x, y]) in points.iter().enumerate() {
            let _ = write!(steps, "{}{x:.1} {y:.1}", if index == 0 { 'M' } else { 'L' });
        }
        let _ = write!(self.elements, "<path d=\"{steps}\" class=\"{class}\"/>");
    }

    /// An axis below a plot with lines up to `top`.
    pub fn axis_below(&mut self, scale: &Scale, top: f64, bottom: f64, title: &str) {
        let (ticks, decimals) = scale.ticks();
        for tick in ticks {
            let x = scale.place(tick);
            self.line([x, top], [x, bottom], "grid");
            self.text([x, bottom + 16.0], Anchor::Middle, "tick", &number(tick, decimals));
        }
        let middle = f64::midpoint(scale.places[0], scale.places[1]);
        self.text([middle, bottom + 34.0], Anchor::Middle, "title", title);
    }

    /// An axis left of a plot with lines up to `right`; its title stands above.
    pub fn axis_left(&mut self, scale: &Scale, left: f64, right: f64, title: &str) {
        let (ticks, decimals) = scale.ticks();
        for tick in ticks {
            self.tick_left(scale.place(tick), left, right, &number(tick, decimals));
        }
        self.text([4.0, 12.0], Anchor::Start, "title", title);
    }

    pub fn tick_left(&mut self, y: f64, left: f64, right: f64, text: &str) {
        self.line([left, y], [right, y], "grid");
        self.text([left - 6.0, y + 4.0], Anchor::End, "tick", text);
    }

    /// The whole drawing, with a name for those who do not see it.
    pub fn finish(self, height: f64, name: &str) -> String {
        format!(
            "<svg viewBox=\"0 0 {WIDTH} {height:.0}\" role=\"img\" aria-label=\"{}\">{}</svg>",
            escaped(name),
            self.elements
        )
    }
}

/// A number with a real minus sign.
fn number(number: f64, decimals: usize) -> String {
    let text = format!("{number:.decimals$}");
    if text.trim_start_matches(['-', '0', '.']).is_empty() {
        return text.trim_start_matches('-').to_owned();
    }
    text.replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(numbers: [f64; 2], expected: &[&str]) {
        let (ticks, decimals) = Scale { numbers, places: [0.0, 1.0] }.ticks();
        let shown: Vec<String> = ticks.iter().map(|tick| number(*tick, decimals)).collect();
        assert_eq!(shown, expected);
    }

    #[test]
    fn ticks_are_round() {
        check([-1.3, 1.3], &["−1.0", "−0.5", "0.0", "0.5", "1.0"]);
        check([-0.31, 0.31], &["−0.3", "−0.2", "−0.1", "0.0", "0.1", "0.2", "0.3"]);
        check([61.2, 70.1], &["62", "64", "66", "68", "70"]);
        check([0.0, 0.05], &["0.00", "0.01", "0.02", "0.03", "0.04", "0.05"]);
        check([1.0, 3.0], &["1.0", "1.5", "2.0", "2.5", "3.0"]);
    }
}
