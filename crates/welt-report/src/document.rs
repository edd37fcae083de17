//! What a report says, apart from how it is written: headings, sentences, tables and figures.
//! It knows nothing of Markdown, LaTeX, HTML or CSV, and nothing of scores.

use super::drawing::{Drawing, Style};
use welt_tables::Column;

/// A part of a report.
#[derive(Debug, Clone)]
pub enum Block {
    Heading {
        level: usize,
        text: String,
    },
    Paragraph(String),
    List(Vec<String>),
    /// What the report is read for.
    Answers {
        question: String,
        answers: Vec<Answer>,
    },
    /// Numbers that stand out, with what they are.
    Figures(Vec<KeyNumber>),
    Table(Table),
    /// Plots side by side, which only the page shows.
    Plots {
        legend: Vec<LegendEntry>,
        plots: Vec<Plot>,
    },
}

/// The answer to a question for one corpus and encoder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub place: String,
    /// A few words.
    pub answer: String,
    pub tone: Tone,
    /// What it rests on, in sentences.
    pub reasons: Vec<String>,
    /// What to do now.
    pub next: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    Yes,
    No,
    Open,
}

#[derive(Debug, Clone)]
pub struct KeyNumber {
    pub value: String,
    pub meaning: String,
}

/// How a method is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegendEntry {
    pub label: String,
    pub style: Style,
}

#[derive(Debug, Clone)]
pub struct Plot {
    pub title: String,
    pub caption: String,
    pub drawing: Drawing,
}

#[derive(Debug, Clone)]
pub struct Table {
    /// Of letters, digits and hyphens, so that it can be linked.
    pub name: String,
    pub caption: String,
    pub columns: Vec<Column>,
    pub rows: Vec<Vec<Cell>>,
    pub notes: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    pub text: String,
    pub weight: Weight,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    Plain,
    Bold,
}

impl Cell {
    pub fn bold(text: impl Into<String>) -> Self {
        Self { text: text.into(), weight: Weight::Bold }
    }
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self { text: text.into(), weight: Weight::Plain }
    }
}

/// Lines for programs, which people see as a file alone.
#[derive(Debug, Clone)]
pub struct Listing {
    pub columns: Vec<&'static str>,
    /// As many fields in each as there are columns.
    pub lines: Vec<Vec<String>>,
}

/// A heading of the second level or deeper.
pub fn heading(level: usize, text: impl Into<String>) -> Block {
    Block::Heading { level, text: text.into() }
}

pub fn paragraph(text: impl Into<String>) -> Block {
    Block::Paragraph(text.into())
}
