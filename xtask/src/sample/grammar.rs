//! A grammar with weighted alternatives: its text goes in, sentences come out.
//! It knows neither diseases nor tags, only rules and chance.
//!
//! ```text
//! greeting
//!   3* hello <whom>
//!   goodbye
//! whom
//!   world
//! ```

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};

/// The same numbers on every machine and with every version of every crate: SplitMix64 (Steele et al. 2014).
#[derive(Debug)]
pub struct Dice {
    state: u64,
}

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// A number from 0 to `n - 1`; no float takes part, so no platform differs.
    pub fn below(&mut self, n: usize) -> usize {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        ((u128::from(mixed) * n as u128) >> 64) as usize
    }

    /// True `per_mille` times in a thousand.
    pub fn chance(&mut self, per_mille: usize) -> bool {
        self.below(1000) < per_mille
    }
}

/// A stretch of an alternative.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Rule(String),
}

#[derive(Debug)]
struct Alternative {
    weight: usize,
    parts: Vec<Part>,
}

/// Rules by name.
#[derive(Debug)]
pub struct Grammar {
    rules: BTreeMap<String, Vec<Alternative>>,
}

impl Grammar {
    /// Reads rules; every name that is used must be defined.
    pub fn parse(text: &str) -> Result<Self> {
        let mut rules: BTreeMap<String, Vec<Alternative>> = BTreeMap::new();
        let mut current: Option<String> = None;
        for (index, line) in text.lines().enumerate() {
            let line_number = index + 1;
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            if line.starts_with(' ') {
                let name =
                    current.as_ref().with_context(|| format!("line {line_number}: alternative without a rule"))?;
                let alternative = Alternative::parse(line.trim()).with_context(|| format!("line {line_number}"))?;
                rules.entry(name.clone()).or_default().push(alternative);
            } else {
                let name = line.trim().to_owned();
                if rules.insert(name.clone(), Vec::new()).is_some() {
                    bail!("line {line_number}: rule `{name}` stands twice");
                }
                current = Some(name);
            }
        }
        let grammar = Self { rules };
        grammar.check()?;
        Ok(grammar)
    }

    fn check(&self) -> Result<()> {
        for (name, alternatives) in &self.rules {
            if alternatives.is_empty() {
                bail!("rule `{name}` has no alternatives");
            }
            for part in alternatives.iter().flat_map(|alternative| &alternative.parts) {
                if let Part::Rule(used) = part
                    && !self.rules.contains_key(used)
                {
                    bail!("rule `{name}` uses <{used}>, which is not defined");
                }
            }
        }
        Ok(())
    }

    /// One expansion of `rule`. Where `known` gives a text for a rule's name, that text stands in for an expansion.
    pub fn expand(
        &self,
        rule: &str,
        dice: &mut Dice,
        known: &mut dyn FnMut(&str, &mut Dice) -> Option<String>,
    ) -> String {
        let alternatives = &self.rules[rule];
        let mut left = dice.below(alternatives.iter().map(|alternative| alternative.weight).sum());
        let chosen = alternatives.iter().find(|alternative| {
            let hit = left < alternative.weight;
            left = left.saturating_sub(alternative.weight);
            hit
        });
        let mut text = String::new();
        for part in chosen.map(|alternative| &alternative.parts).into_iter().flatten() {
            match part {
                Part::Text(literal) => text.push_str(literal),
                Part::Rule(name) => match known(name, dice) {
                    Some(word) => text.push_str(&word),
                    None => text.push_str(&self.expand(name, dice, known)),
                },
            }
        }
        text
    }

    /// The pieces that words are made of: the alternatives of `piece_rules`, and every ending that is written right
    /// behind a rule's name.
    pub fn pieces(&self, piece_rules: &[&str]) -> Vec<String> {
        let mut pieces = Vec::new();
        for (name, alternatives) in &self.rules {
            for alternative in alternatives {
                if let ([Part::Text(literal)], true) = (&alternative.parts[..], piece_rules.contains(&name.as_str())) {
                    pieces.push(literal.clone());
                }
                for pair in alternative.parts.windows(2) {
                    if let [Part::Rule(_), Part::Text(literal)] = pair {
                        pieces.extend(literal.split(' ').next().filter(|ending| !ending.is_empty()).map(str::to_owned));
                    }
                }
            }
        }
        pieces
    }
}

impl Alternative {
    fn parse(text: &str) -> Result<Self> {
        let (weight, mut rest) = match text.split_once("* ") {
            Some((weight, rest)) => (weight.parse().with_context(|| format!("`{weight}` is not a number"))?, rest),
            None => (1, text),
        };
        let mut parts = Vec::new();
        while let Some(start) = rest.find('<') {
            let end = rest[start..].find('>').with_context(|| format!("`{rest}` has no >"))? + start;
            if start > 0 {
                parts.push(Part::Text(rest[..start].to_owned()));
            }
            parts.push(Part::Rule(rest[start + 1..end].to_owned()));
            rest = &rest[end + 1..];
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Ok(Self { weight, parts })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(text: &str, expected: &Expect) {
        let shown = match Grammar::parse(text) {
            Ok(grammar) => {
                let mut dice = Dice::new(1);
                let words: Vec<String> = (0..6).map(|_| grammar.expand("word", &mut dice, &mut |_, _| None)).collect();
                words.join(" | ")
            }
            Err(error) => format!("{error:#}"),
        };
        expected.assert_eq(&shown);
    }

    #[test]
    fn alternatives_come_by_weight() {
        check("word\n  3* <root>osis\n  end\n\nroot\n  a\n  b\n", &expect!["bosis | end | aosis | end | end | aosis"]);
    }

    #[test]
    fn mistakes_are_named() {
        check("word\n  <root>\n", &expect!["rule `word` uses <root>, which is not defined"]);
        check("  stray\n", &expect!["line 1: alternative without a rule"]);
        check("word\n  a\nword\n", &expect!["line 3: rule `word` stands twice"]);
        check("word\n  x* y\n", &expect!["line 2: `x` is not a number: invalid digit found in string"]);
        check("word\n", &expect!["rule `word` has no alternatives"]);
    }

    #[test]
    fn endings_are_pieces() {
        let grammar = Grammar::parse("word\n  <root>osis\n  <root>in level\nroot\n  ald\n").unwrap();
        assert_eq!(grammar.pieces(&["root"]), ["ald", "osis", "in"]);
    }
}
