//! The parts that plots are made of: scales, axes, marks and text, whose colours the page decides.
//! Numbers go in, a list of elements comes out; it knows nothing of scores, and nothing of SVG.

/// The width of every plot, in the units of its view box: as many pixels as a small telephone has, so that text keeps
/// its size there.
pub const WIDTH: f64 = 400.0;

/// How many colours the page has.
const COLORS: usize = 12;

/// How a method is drawn: one of twelve colours, and hollow marks and broken lines for the published label order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    pub color: usize,
    pub hollow: bool,
}

impl Style {
    /// The classes of an element.
    pub fn class(self) -> String {
        format!("c{}{}", self.color % COLORS, if self.hollow { " hollow" } else { "" })
    }
}

/// Where the numbers of an interval come to lie.
#[derive(Debug, Clone, Copy)]
pub struct Scale {
    pub numbers: [f64; 2],
    pub positions: [f64; 2],
}

impl Scale {
    pub fn position(&self, number: f64) -> f64 {
        let [low, high] = self.numbers;
        let [from, to] = self.positions;
        from + (number - low) / (high - low) * (to - from)
    }

    pub fn holds(&self, number: f64) -> bool {
        (self.numbers[0]..=self.numbers[1]).contains(&number)
    }

    /// The position of a number, or of the end that is next to it.
    pub fn clamped(&self, number: f64) -> f64 {
        self.position(number.clamp(self.numbers[0], self.numbers[1]))
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
#[derive(Debug, Clone, Default)]
pub struct Drawing {
    pub elements: Vec<Element>,
    /// As wide as [`WIDTH`], and so high.
    pub height: f64,
    /// What it shows, for those who do not see it.
    pub name: String,
}

/// A part of a drawing, at positions of its view box.
#[derive(Debug, Clone)]
pub enum Element {
    Line {
        from: [f64; 2],
        to: [f64; 2],
        class: String,
    },
    Rectangle {
        from: [f64; 2],
        to: [f64; 2],
        class: String,
    },
    Text {
        at: [f64; 2],
        anchor: Anchor,
        class: String,
        text: String,
    },
    /// A mark of a method, with what it says when it is pointed at.
    Mark {
        at: [f64; 2],
        size: f64,
        style: Style,
        title: String,
    },
    /// An end of an interval that lies outside of the plot.
    Arrow {
        at: [f64; 2],
        direction: f64,
        style: Style,
    },
    Path {
        points: Vec<[f64; 2]>,
        class: String,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

impl Drawing {
    pub fn line(&mut self, from: [f64; 2], to: [f64; 2], class: &str) {
        self.elements.push(Element::Line { from, to, class: class.to_owned() });
    }

    pub fn rectangle(&mut self, from: [f64; 2], to: [f64; 2], class: &str) {
        self.elements.push(Element::Rectangle { from, to, class: class.to_owned() });
    }

    pub fn text(&mut self, at: [f64; 2], anchor: Anchor, class: &str, text: &str) {
        self.elements.push(Element::Text { at, anchor, class: class.to_owned(), text: text.to_owned() });
    }

    pub fn mark(&mut self, at: [f64; 2], size: f64, style: Style, title: &str) {
        self.elements.push(Element::Mark { at, size, style, title: title.to_owned() });
    }

    pub fn arrow(&mut self, at: [f64; 2], direction: f64, style: Style) {
        self.elements.push(Element::Arrow { at, direction, style });
    }

    pub fn path(&mut self, points: Vec<[f64; 2]>, class: &str) {
        self.elements.push(Element::Path { points, class: class.to_owned() });
    }

    /// An axis below a plot with lines up to `top`.
    pub fn axis_below(&mut self, scale: &Scale, top: f64, bottom: f64, title: &str) {
        let (ticks, decimals) = scale.ticks();
        for tick in ticks {
            let x = scale.position(tick);
            self.line([x, top], [x, bottom], "grid");
            self.text([x, bottom + 16.0], Anchor::Middle, "tick", &number(tick, decimals));
        }
        let middle = f64::midpoint(scale.positions[0], scale.positions[1]);
        self.text([middle, bottom + 34.0], Anchor::Middle, "title", title);
    }

    /// An axis left of a plot with lines up to `right`; its title stands above.
    pub fn axis_left(&mut self, scale: &Scale, left: f64, right: f64, title: &str) {
        let (ticks, decimals) = scale.ticks();
        for tick in ticks {
            self.tick_left(scale.position(tick), left, right, &number(tick, decimals));
        }
        self.text([4.0, 12.0], Anchor::Start, "title", title);
    }

    pub fn tick_left(&mut self, y: f64, left: f64, right: f64, text: &str) {
        self.line([left, y], [right, y], "grid");
        self.text([left - 6.0, y + 4.0], Anchor::End, "tick", text);
    }

    /// The whole drawing, with a name for those who do not see it.
    pub fn finish(self, height: f64, name: String) -> Self {
        Self { height, name, ..self }
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
        let (ticks, decimals) = Scale { numbers, positions: [0.0, 1.0] }.ticks();
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
