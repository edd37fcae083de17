//! What sub-words and windows could not keep, added to the account of the stages before.
//! Windows and the mentions of their sentences in, counts and losses out.

use welt_data::ledger::{Counts, Item, Ledger, Loss, Stage};
use welt_tags::Span;

use crate::window::Windows;

impl Windows {
    /// Adds to a ledger what became of sentences as sub-words and windows; `spans` holds the mentions of each sentence that was encoded,
    /// and `item` says how one of them is listed, by the sentence and the mention.
    ///
    /// Windows know no documents: as many come out as came out of the stage [`Stage::Tag`] of the ledger.
    pub fn account(&self, ledger: &mut Ledger, spans: &[&[Span]], item: impl Fn(usize, &Span) -> Item) {
        let documents = ledger.stages().get(&Stage::Tag).map_or(0, |account| account.out.documents);
        let mentions = spans.iter().map(|spans| spans.len()).sum();
        let into = Counts { documents, sentences: self.sentences, words: self.words, mentions };
        let silent = silent_mentions(self, spans);
        let out = Counts {
            documents,
            sentences: self.sentences.saturating_sub(self.sentences_without_subwords),
            words: self.words.saturating_sub(self.words_without_subwords),
            mentions: mentions - silent.len(),
        };
        ledger.pass(Stage::SubWord, into, out);
        ledger.pass(Stage::Window, out, out);
        let losses = [
            (Loss::WordWithoutSubWords, self.words_without_subwords),
            (Loss::SentenceWithoutSubWords, self.sentences_without_subwords),
        ];
        for (loss, count) in losses.into_iter().filter(|(_, count)| *count > 0) {
            ledger.entry(Stage::SubWord, loss).lost += count;
        }
        for (sentence, span) in silent {
            ledger.lose(Stage::SubWord, Loss::MentionWithoutSubWords, || item(sentence, span));
        }
        let changes = [(Loss::CutWord, self.words_cut), (Loss::Windowed, self.sentences_windowed)];
        for (loss, count) in changes.into_iter().filter(|(_, count)| *count > 0) {
            ledger.entry(Stage::Window, loss).changed += count;
        }
    }
}

/// Mentions of which no window answers for any word, with their sentences.
fn silent_mentions<'a>(windows: &Windows, spans: &[&'a [Span]]) -> Vec<(usize, &'a Span)> {
    let mut answered: Vec<Vec<usize>> = vec![Vec::new(); spans.len()];
    for window in &windows.windows {
        if let Some(words) = answered.get_mut(window.sentence) {
            words.extend(window.words.iter().map(|start| start.word));
        }
    }
    let mut silent = Vec::new();
    for (sentence, (spans, words)) in spans.iter().zip(&mut answered).enumerate() {
        words.sort_unstable();
        let first_from = |word: usize| words.get(words.partition_point(|answered| *answered < word));
        let unanswered = spans.iter().filter(|span| first_from(span.start).is_none_or(|word| *word >= span.end));
        silent.extend(unanswered.map(|span| (sentence, span)));
    }
    silent
}
