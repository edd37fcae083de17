//! `welt show`: annotated documents in the terminal, what they mention coloured by its type.
//! Documents in any format go in, lines for people come out; nothing of a text can do more in the terminal than be seen.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use clap::builder::styling::{AnsiColor, Style};
use welt_data::formats::Format;
use welt_data::{Document, Mention, Passage};

use crate::annotated::corpus_format;
use crate::convert::{Input, Source, TagReading, parse, refuse_standard_input_twice};
use crate::global_flags::at_least_one;

const EXAMPLES: &str = "\
Examples:
  welt show corpus.PubTator
  welt show tagged.xml --only Disease,Chemical --limit 3
  welt show brat/ --id 10021369 --color always | less -R
  welt predict --model runs/first/model text.xml --to json-lines | welt show -";

/// Show annotated documents in the terminal, coloured by type.
///
/// Where there are no colours, mentions stand in brackets with their types.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct ShowArguments {
    /// Files or folders of documents, or tagged files; - reads standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The format of the files [default: told from the name or the content of each]
    #[arg(long, value_name = "FORMAT", value_parser = corpus_format())]
    from: Option<Format>,
    /// Mentions of these types alone
    #[arg(long, value_name = "TYPE", value_delimiter = ',')]
    only: Vec<String>,
    /// Documents with these ids alone
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    id: Vec<String>,
    /// No more than so many documents
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    limit: Option<usize>,
}

/// The colours of types, in the order in which the types come; red and green come late, since some readers cannot tell them apart.
const COLOURS: [AnsiColor; 6] =
    [AnsiColor::Cyan, AnsiColor::Yellow, AnsiColor::Magenta, AnsiColor::Green, AnsiColor::Blue, AnsiColor::Red];

/// Runs the command.
///
/// # Errors
/// A file that cannot be read, or whose format cannot be told.
pub fn run(arguments: &ShowArguments) -> Result<()> {
    refuse_standard_input_twice(&arguments.files)?;
    let inputs = arguments.files.iter().map(|file| Input::new(file, arguments.from, None)).collect::<Result<_>>()?;
    let mut source = Source::silent(inputs, TagReading::LENIENT, 0);
    let stdout = anstream::stdout();
    let has_colours = !matches!(stdout.current_choice(), anstream::ColorChoice::Never);
    let mut out = BufWriter::new(stdout);
    let mut page = Page { has_colours, types: Vec::new() };
    let mut left = arguments.limit.unwrap_or(usize::MAX);
    let is_wanted = |document: &Document| arguments.id.is_empty() || arguments.id.contains(&document.id);
    while left > 0 {
        let batch = source.next_batch()?;
        if batch.is_empty() {
            break;
        }
        for (mut document, _) in parse(batch, 0)?.into_iter().filter(|(document, _)| is_wanted(document)).take(left) {
            if !arguments.only.is_empty() {
                document.mentions.retain(|mention| arguments.only.contains(&mention.entity_type));
            }
            out.write_all(page.document(&document).as_bytes()).context("standard output")?;
            left -= 1;
        }
    }
    out.flush().context("standard output")
}

/// How documents look.
struct Page {
    has_colours: bool,
    /// The types so far, in the order in which they came.
    types: Vec<String>,
}

/// A mention, or a part of it, in a passage: characters from its start.
struct Shown<'m> {
    start: usize,
    end: usize,
    mention: &'m Mention,
}

impl Page {
    /// A document: its id, its passages with what they mention, and how often each type is mentioned.
    fn document(&mut self, document: &Document) -> String {
        let heading = Style::new().bold();
        let mut page = String::new();
        let _ = writeln!(page, "{}", self.styled(heading, &welt_terminal::line(&document.id)));
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for mention in &document.mentions {
            *counts.entry(&mention.entity_type).or_default() += 1;
            if !self.types.contains(&mention.entity_type) {
                self.types.push(mention.entity_type.clone());
            }
        }
        for passage in &document.passages {
            self.passage(&mut page, passage, &document.mentions);
        }
        let counts: Vec<String> = counts
            .into_iter()
            .map(|(name, count)| format!("{} {count}", self.styled(self.style(name), &welt_terminal::line(name))))
            .collect();
        let outside = document.mentions.iter().filter(|mention| is_outside(mention, document)).count();
        let _ = write!(page, "{}", counts.join(", "));
        if outside > 0 {
            let _ = write!(page, "{}{outside} outside of the text", if counts.is_empty() { "" } else { "; " });
        }
        page.push_str(if counts.is_empty() && outside == 0 { "no mentions\n\n" } else { "\n\n" });
        page
    }

    fn passage(&self, page: &mut String, passage: &Passage, mentions: &[Mention]) {
        let range = passage.range();
        let mut shown: Vec<Shown<'_>> = mentions.iter().flat_map(|mention| shown_in(passage, mention)).collect();
        shown.sort_by_key(|one| (one.start, std::cmp::Reverse(one.end)));
        let mut borders: Vec<usize> = shown.iter().flat_map(|one| [one.start, one.end]).collect();
        borders.extend([0, range.len()]);
        borders.sort_unstable();
        borders.dedup();
        if !passage.kind.is_empty() {
            let _ = write!(page, "{} ", self.styled(Style::new().dimmed(), &welt_terminal::line(&passage.kind)));
        }
        let mut characters = passage.text.chars();
        for pair in borders.windows(2) {
            let text: String = characters.by_ref().take(pair[1] - pair[0]).collect();
            if !self.has_colours {
                let begins = shown.iter().filter(|one| one.start == pair[0]).count();
                page.push_str(&"[".repeat(begins));
            }
            // Of several the shortest is what the characters are.
            let inner = shown.iter().filter(|one| one.start <= pair[0] && pair[1] <= one.end);
            let style = inner.min_by_key(|one| one.end - one.start).map(|one| self.style(&one.mention.entity_type));
            for (index, line) in text.split('\n').enumerate() {
                page.push_str(if index > 0 { "\n" } else { "" });
                page.push_str(&self.styled(style.unwrap_or_default(), &welt_terminal::line(line)));
            }
            if !self.has_colours {
                for one in shown.iter().rev().filter(|one| one.end == pair[1]) {
                    let _ = write!(page, "|{}]", welt_terminal::line(&one.mention.entity_type));
                }
            }
        }
        page.push('\n');
    }

    fn style(&self, entity_type: &str) -> Style {
        let index = self.types.iter().position(|known| known == entity_type).unwrap_or(0);
        let style = Style::new().bold().fg_color(Some(COLOURS[index % COLOURS.len()].into()));
        if index / COLOURS.len() % 2 == 1 { style.underline() } else { style }
    }

    fn styled(&self, style: Style, text: &str) -> String {
        if self.has_colours && !text.is_empty() { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }
}

/// What of a mention is in a passage.
fn shown_in<'m>(passage: &Passage, mention: &'m Mention) -> impl Iterator<Item = Shown<'m>> {
    let range = passage.range();
    mention.parts.iter().filter_map(move |part| {
        let (start, end) = (part.start.max(range.start), part.end.min(range.end));
        (start < end).then(|| Shown { start: start - range.start, end: end - range.start, mention })
    })
}

/// Whether nothing of a mention is in a passage.
fn is_outside(mention: &Mention, document: &Document) -> bool {
    let is_in = |passage: &Passage| {
        let range = passage.range();
        mention.parts.iter().any(|part| part.start < range.end && range.start < part.end)
    };
    !document.passages.iter().any(is_in)
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    /// Types with where their parts begin and end.
    type Mentioned<'m> = (&'m str, &'m [(usize, usize)]);

    fn check(has_colours: bool, mentions: &[Mentioned<'_>], expected: &Expect) {
        let text = "β-thalassaemia\u{1b}[2K and breast cancer.\nNo 𝛽.";
        let passages = vec![
            Passage { kind: "title".to_owned(), offset: 0, text: "Gout.".to_owned() },
            Passage { kind: String::new(), offset: 6, text: text.to_owned() },
        ];
        let mention = |(name, parts): &Mentioned<'_>| {
            let parts = parts.iter().map(|(start, end)| *start..*end).collect();
            Mention { parts, ..Mention::new(name, 0..0) }
        };
        let mentions = mentions.iter().map(mention).collect();
        let document = Document { id: "1\u{7}".to_owned(), passages, mentions, sentences: None };
        let mut page = Page { has_colours, types: Vec::new() };
        expected.assert_eq(&page.document(&document).replace('\u{1b}', "ESC"));
    }

    #[test]
    fn mentions_stand_in_brackets_or_colours_and_nothing_else_acts() {
        let mentions: [Mentioned<'_>; 5] = [
            ("Disease", &[(0, 4)]),
            ("Disease", &[(6, 20)]),
            ("Cancer", &[(36, 42)]),
            ("Disease", &[(29, 42)]),
            ("Gone", &[(90, 99)]),
        ];
        check(
            false,
            &mentions,
            &expect![[r#"
            1\u{7}
            title [Gout|Disease].
            [β-thalassaemia|Disease]\u{1b}[2K and [breast [cancer|Cancer]|Disease].
            No 𝛽.
            Cancer 1, Disease 3, Gone 1; 1 outside of the text

        "#]],
        );
        check(
            true,
            &mentions[2..4],
            &expect![[r#"
            ESC[1m1\u{7}ESC[0m
            ESC[2mtitleESC[0m Gout.
            β-thalassaemia\u{1b}[2K and ESC[1mESC[33mbreast ESC[0mESC[1mESC[36mcancerESC[0m.
            No 𝛽.
            ESC[1mESC[36mCancerESC[0m 1, ESC[1mESC[33mDiseaseESC[0m 1

        "#]],
        );
        check(
            false,
            &[("Disease", &[(6, 7), (47, 48)])],
            &expect![[r#"
            1\u{7}
            title Gout.
            [β|Disease]-thalassaemia\u{1b}[2K and breast cancer.
            No [𝛽|Disease].
            Disease 1

        "#]],
        );
        check(
            false,
            &[],
            &expect![[r#"
            1\u{7}
            title Gout.
            β-thalassaemia\u{1b}[2K and breast cancer.
            No 𝛽.
            no mentions

        "#]],
        );
    }
}
