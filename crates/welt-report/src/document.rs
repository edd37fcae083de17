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
    Verdict(Verdict),
    /// Numbers that stand out, with what they are.
    Figures(Vec<KeyNumber>),
    Table(Table),
    /// Plots side by side, which only the page shows.
    Plots {
        legend: Vec<LegendEntry>,
        plots: Vec<Plot>,
    },
}

/// The answer to the question that a report is read for.
#[derive(Debug, Clone)]
pub struct Verdict {
    pub question: String,
    /// In a sentence or two.
    pub answer: String,
    pub tone: Tone,
    pub groups: Vec<VerdictGroup>,
    /// What it looks like, a plot a group; beside the words where there is room.
    pub plots: Vec<Plot>,
}

/// The methods that were judged together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerdictGroup {
    /// What tells it from the others; none where it is the only one.
    pub title: Option<String>,
    /// Corpora, seeds and tests, in a sentence.
    pub rests_on: String,
    pub methods: Vec<MethodLine>,
    /// What holds for all methods.
    pub remarks: Vec<String>,
}

/// What is said of a method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MethodLine {
    pub method: String,
    pub style: Style,
    /// One or two words.
    pub word: String,
    /// The word with what belongs to it.
    pub said: String,
    /// Its name with what is said of it, which is the same wherever it stands.
    pub sentence: String,
    /// The difference with its interval.
    pub numbers: String,
    pub remarks: Vec<String>,
    pub tone: Tone,
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
