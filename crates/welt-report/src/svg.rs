//! A drawing as SVG, whose colours the page decides.
//! Elements go in, text comes out. Whatever would be taken for markup is escaped.

use std::fmt::Write as _;

use super::drawing::{Anchor, Drawing, Element, Style, WIDTH};

/// The whole drawing.
pub fn render(drawing: &Drawing) -> String {
    let mut text = format!(
        "<svg viewBox=\"0 0 {WIDTH} {:.0}\" role=\"img\" aria-label=\"{}\">",
        drawing.height,
        escaped(&drawing.name)
    );
    for element in &drawing.elements {
        add(&mut text, element);
    }
    text.push_str("</svg>");
    text
}

fn add(text: &mut String, element: &Element) {
    let _ = match element {
        Element::Line { from: [x1, y1], to: [x2, y2], class } => {
            write!(text, "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" class=\"{class}\"/>")
        }
        Element::Rectangle { from: [x1, y1], to: [x2, y2], class } => {
            let (width, height) = ((x2 - x1).max(0.0), (y2 - y1).max(0.0));
            write!(
                text,
                "<rect x=\"{x1:.1}\" y=\"{y1:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" class=\"{class}\"/>"
            )
        }
        Element::Text { at: [x, y], anchor, class, text: words } => {
            let anchor = match anchor {
                Anchor::Start => "start",
                Anchor::Middle => "middle",
                Anchor::End => "end",
            };
            write!(
                text,
                "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" class=\"{class}\">{}</text>",
                escaped(words)
            )
        }
        Element::Mark { at, size, style, title } => write!(text, "{}", mark(*at, *size, *style, title)),
        Element::Arrow { at: [x, y], direction, style } => {
            let (back, class) = (x - 7.0 * direction, style.class());
            write!(
                text,
                "<path d=\"M{x:.1} {y:.1}L{back:.1} {:.1}L{back:.1} {:.1}Z\" class=\"arrow {class}\"/>",
                y - 4.0,
                y + 4.0
            )
        }
        Element::Path { points, class } => {
            let mut steps = String::new();
            for (index, [x, y]) in points.iter().enumerate() {
                let _ = write!(steps, "{}{x:.1} {y:.1}", if index == 0 { 'M' } else { 'L' });
            }
            write!(text, "<path d=\"{steps}\" class=\"{class}\"/>")
        }
    };
}

/// A circle, or a square on its corner where the style is hollow.
fn mark([x, y]: [f64; 2], size: f64, style: Style, title: &str) -> String {
    let (class, title) = (style.class(), escaped(title));
    if style.hollow {
        let far = size * 1.25;
        format!(
            "<path d=\"M{x:.1} {:.1}L{:.1} {y:.1}L{x:.1} {:.1}L{:.1} {y:.1}Z\" class=\"mark {class}\"><title>{title}</title></path>",
            y - far,
            x + far,
            y + far,
            x - far
        )
    } else {
        format!(
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{size:.1}\" class=\"mark {class}\"><title>{title}</title></circle>"
        )
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
