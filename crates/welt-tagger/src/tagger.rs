//! A model made ready to tag: texts, documents or words in, entities by exact characters out.
//! Files of documents and what becomes of the entities are not known here.

use std::fmt;
use std::ops::ControlFlow;
use std::path::Path;

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use welt_data::alignment::{Breaks, TextSentence, sentences};
use welt_data::{Document, Passage, entities_of};
use welt_models::checkpoint::{self, Checkpoint};
use welt_models::{Memory, computes_in};
use welt_settings::Precision;
use welt_subwords::{CasingChoice, SubwordTokenizer, Windowing, Windows};
use welt_tags::{LabelSet, Span, Tag};
use welt_train::{WordScores, word_scores};

use crate::decoding::{Chosen, Decoder, Decoding};
use crate::entity::{Counts, Entity, Tagged};
use crate::error::TaggerError;
use crate::pipeline::Flow;
use crate::stored::Stored;

/// How a model is loaded and reads.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Where to compute: cpu, wgpu\[:N\], cuda\[:N\], tch\[:N\], or auto; a backend must be built in.
    pub device: String,
    /// The dtype of the encoder's matrix products.
    pub precision: Precision,
    /// Sub-words of the longest window; nothing for as many as the model can read.
    pub max_length: Option<usize>,
    /// Sub-words on each side of a window that only inform.
    pub window_context: usize,
    /// The most sub-words of one forward pass, padding included.
    pub batch_subwords: usize,
    /// How labels are chosen by their scores.
    pub decoding: Decoding,
    /// Whether what the model's configuration says of decoding holds too, as `welt tune` stores it; shifts of `decoding`
    /// take the place of those that are stored.
    pub takes_stored: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            device: "cpu".to_owned(),
            precision: Precision::F32,
            max_length: None,
            window_context: 24,
            batch_subwords: 2048,
            decoding: Decoding::default(),
            takes_stored: true,
        }
    }
}

/// A fine-tuned model that tags; it can be used from several threads at once.
pub struct Tagger {
    checkpoint: Checkpoint,
    labels: LabelSet,
    tokenizer: SubwordTokenizer,
    windowing: Windowing,
    decoder: Decoder,
    decoding: Decoding,
    batch_subwords: usize,
    device: String,
    /// Threads of its own where the processor is the device, so that what is cut into windows meanwhile does not wait behind
    /// the network's work.
    threads: Option<ThreadPool>,
}

impl Options {
    /// How a tagger with a model's folder chooses labels: as is asked for, over what the model's configuration says.
    ///
    /// # Errors
    /// A configuration that cannot be read.
    pub fn decoding_for(&self, folder: &Path) -> Result<Decoding, TaggerError> {
        let mut decoding = self.decoding.clone();
        if let Some(Stored { decoding: stored, .. }) = Stored::read(folder)?.filter(|_| self.takes_stored) {
            if decoding.shifts.is_empty() {
                decoding.shifts = stored.shifts;
            }
            decoding.constrained |= stored.constrained;
            decoding.join_split |= stored.join_split;
        }
        Ok(decoding)
    }
}

impl fmt::Debug for Tagger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tagger")
            .field("labels", &self.labels.names())
            .field("device", &self.device)
            .finish_non_exhaustive()
    }
}

/// The words of a sentence with their labels; what [`Tagger::tag_words`] gives.
#[derive(Debug, Clone, PartialEq)]
pub struct TaggedWords {
    /// The tag of each word.
    pub tags: Vec<String>,
    /// The probability of each tag; none of words that the model could not see.
    pub probabilities: Vec<Option<f32>>,
}

impl Tagger {
    /// Loads a model from its folder, or by its name on the Hub where a copy is in the cache or can be fetched.
    ///
    /// # Errors
    /// A model that is not there or damaged, a device that is not there, options that do not fit the model.
    pub fn load(model: impl AsRef<Path>, options: &Options) -> Result<Self, TaggerError> {
        let found = welt_hub::find(model.as_ref(), &mut |_| {})?;
        Self::from_folder(&found.folder, CasingChoice::if_unstated(found.lower_case), options)
    }

    /// Loads a model from its folder; `casing` says what happens to the letters of words where its files do not.
    ///
    /// # Errors
    /// As for [`Tagger::load`].
    pub fn from_folder(folder: &Path, casing: CasingChoice, options: &Options) -> Result<Self, TaggerError> {
        let opened = welt_device::open(&options.device)?;
        if !computes_in(&opened.device, options.precision) {
            return Err(TaggerError::Precision { device: opened.name, precision: options.precision });
        }
        let mut checkpoint = checkpoint::load_tagger(folder, &opened.device)?;
        checkpoint.model = checkpoint.model.with_precision(options.precision);
        let labels = LabelSet::new(checkpoint.labels.clone())
            .map_err(|reason| TaggerError::Labels { model: folder.to_owned(), reason })?;
        let limit = checkpoint.config.longest_input();
        let asked = options.max_length.unwrap_or(limit);
        if asked > limit {
            return Err(TaggerError::TooLong { asked, limit });
        }
        let decoding = options.decoding_for(folder)?;
        Ok(Self {
            tokenizer: SubwordTokenizer::from_directory(folder, casing)?,
            windowing: Windowing::new(asked, options.window_context)?,
            decoder: Decoder::new(&decoding, &labels)?,
            decoding,
            batch_subwords: options.batch_subwords,
            device: opened.name,
            labels,
            threads: match checkpoint.model.memory() {
                // As many as whoever loads it computes with.
                Memory::Shared => Some(ThreadPoolBuilder::new().num_threads(rayon::current_num_threads()).build()?),
                Memory::Separate => None,
            },
            checkpoint,
        })
    }

    /// The labels that the model tells apart.
    #[must_use]
    pub const fn labels(&self) -> &LabelSet {
        &self.labels
    }

    /// Sub-words of the longest window that it reads; longer sentences are read in several.
    #[must_use]
    pub const fn longest_window(&self) -> usize {
        self.windowing.max_length()
    }

    /// How it chooses labels, what is stored with the model included.
    #[must_use]
    pub const fn decoding(&self) -> &Decoding {
        &self.decoding
    }

    /// Where it computes.
    #[must_use]
    pub fn device(&self) -> &str {
        &self.device
    }

    /// How a stream of documents is best cut into groups for this model and its forward passes.
    #[must_use]
    pub const fn flow(&self) -> Flow {
        Flow::of_passes(self.batch_subwords)
    }

    /// Groups of documents that may be with the network: on the processor the threads that have done with one begin the next.
    pub(crate) const fn groups_at_a_time(&self) -> usize {
        if self.threads.is_some() { 2 } else { 1 }
    }

    /// The entities of a text, in its order; sentences are found by welt-data's rules.
    ///
    /// # Errors
    /// Scores that are no numbers.
    pub fn tag(&self, text: &str) -> Result<Vec<Entity>, TaggerError> {
        let passages = vec![Passage { kind: String::new(), offset: 0, text: text.to_owned() }];
        let document = Document { id: String::new(), passages, mentions: Vec::new(), sentences: None };
        Ok(self.tag_document(&document)?.entities)
    }

    /// The entities of a document, by its offsets; what it mentions already is not looked at.
    ///
    /// # Errors
    /// A document that [`Document::check`] refuses; scores that are no numbers.
    pub fn tag_document(&self, document: &Document) -> Result<Tagged, TaggerError> {
        let tagged = self.tag_documents(std::slice::from_ref(document), &|_| ControlFlow::Continue(()))?;
        Ok(tagged.into_iter().next().unwrap_or_default())
    }

    /// The entities of documents, which are read together: windows of like length share a forward pass.
    ///
    /// `done` is told of every forward pass how many windows it read, and may stop the work.
    ///
    /// # Errors
    /// As for [`Tagger::tag_document`]; `done` stops the work.
    pub fn tag_documents(
        &self,
        documents: &[Document],
        done: &(dyn Fn(usize) -> ControlFlow<()> + Sync),
    ) -> Result<Vec<Tagged>, TaggerError> {
        let laid_out = self.lay_out(documents)?;
        let scores = self.scores(laid_out.windows(), done)?;
        self.decode(&laid_out, &scores)
    }

    /// The tag of every word of sentences that come cut into words.
    ///
    /// # Errors
    /// As for [`Tagger::tag_documents`].
    pub fn tag_words<S: AsRef<[String]> + Sync>(
        &self,
        sentences: &[S],
        done: &(dyn Fn(usize) -> ControlFlow<()> + Sync),
    ) -> Result<Vec<TaggedWords>, TaggerError> {
        Ok(self.tag_sentences(sentences, done)?.0)
    }

    /// The same, with the account of what was read; entities are not counted.
    ///
    /// # Errors
    /// As for [`Tagger::tag_documents`].
    pub fn tag_sentences<S: AsRef<[String]> + Sync>(
        &self,
        sentences: &[S],
        done: &(dyn Fn(usize) -> ControlFlow<()> + Sync),
    ) -> Result<(Vec<TaggedWords>, Counts), TaggerError> {
        let laid_out = self.lay_out_words(sentences)?;
        let scores = self.scores(laid_out.windows(), done)?;
        Ok((self.decode_words(&laid_out, &scores), laid_out.counts()))
    }

    /// The label scores of every word of sentences that come cut into words, before any decision.
    ///
    /// # Errors
    /// As for [`Tagger::tag_documents`].
    pub fn score_words<S: AsRef<[String]> + Sync>(
        &self,
        sentences: &[S],
        done: &(dyn Fn(usize) -> ControlFlow<()> + Sync),
    ) -> Result<WordScores, TaggerError> {
        self.scores(self.lay_out_words(sentences)?.windows(), done)
    }

    /// Sentences that come cut into words as windows.
    pub(crate) fn lay_out_words<S: AsRef<[String]> + Sync>(
        &self,
        sentences: &[S],
    ) -> Result<LaidOutWords, TaggerError> {
        let windows = Windows::encode(&self.tokenizer, sentences, self.windowing)?;
        Ok(LaidOutWords { windows, n_words: sentences.iter().map(|sentence| sentence.as_ref().len()).collect() })
    }

    /// Scores as the tags of every word.
    pub(crate) fn decode_words(&self, laid_out: &LaidOutWords, scores: &WordScores) -> Vec<TaggedWords> {
        let tagged = |sentence: usize| {
            let chosen = self.decoder.decode(&scores.sentence(sentence));
            TaggedWords {
                tags: self.tags(&chosen).into_iter().map(str::to_owned).collect(),
                probabilities: chosen.iter().map(|chosen| chosen.map(|chosen| chosen.probability)).collect(),
            }
        };
        (0..laid_out.n_words.len()).map(tagged).collect()
    }

    /// Documents as sentences and windows.
    pub(crate) fn lay_out<'d>(&self, documents: &'d [Document]) -> Result<LaidOut<'d>, TaggerError> {
        let of = |document: &'d Document| sentences(document, Breaks::of(document));
        let by_document: Vec<Vec<TextSentence<'d>>> = documents.par_iter().map(of).collect::<Result<_, _>>()?;
        let words: Vec<Vec<String>> =
            by_document.par_iter().flatten().map(|sentence| sentence.to_words(1).words).collect();
        let windows = Windows::encode(&self.tokenizer, &words, self.windowing)?;
        let n_words = words.iter().map(Vec::len).collect();
        Ok(LaidOut { documents: by_document, n_words, windows })
    }

    /// What the network says of every word of windows, of sentences that have so many words.
    pub(crate) fn scores(
        &self,
        (windows, n_words): (&Windows, &[usize]),
        done: &(dyn Fn(usize) -> ControlFlow<()> + Sync),
    ) -> Result<WordScores, TaggerError> {
        let model = (&self.checkpoint.model, &self.checkpoint.config);
        let score = || word_scores(model, &windows.windows, n_words, self.batch_subwords, done);
        Ok(match &self.threads {
            Some(threads) => threads.install(score),
            None => score(),
        }?)
    }

    /// Scores as entities.
    pub(crate) fn decode(&self, laid_out: &LaidOut<'_>, scores: &WordScores) -> Result<Vec<Tagged>, TaggerError> {
        let mut accounts = laid_out.accounts();
        let mut first = 0;
        for (document, sentences) in laid_out.documents.iter().enumerate() {
            let found: Vec<Vec<Entity>> = sentences
                .par_iter()
                .enumerate()
                .map(|(index, sentence)| self.entities(sentence, &self.decoder.decode(&scores.sentence(first + index))))
                .collect::<Result<_, _>>()?;
            first += sentences.len();
            let tagged = &mut accounts[document];
            tagged.entities = found.into_iter().flatten().collect();
            tagged.counts.entities = tagged.entities.len();
        }
        Ok(accounts)
    }

    fn tags(&self, chosen: &[Option<Chosen>]) -> Vec<&str> {
        let labels: Vec<Option<usize>> = chosen.iter().map(|chosen| chosen.map(|chosen| chosen.label)).collect();
        self.labels.tags(&labels)
    }

    /// The entities of one sentence.
    fn entities(&self, sentence: &TextSentence<'_>, chosen: &[Option<Chosen>]) -> Result<Vec<Entity>, TaggerError> {
        let tags: Vec<Tag> = self.tags(chosen).iter().map(|tag| tag.parse().unwrap_or(Tag::OUTSIDE)).collect();
        let chunks = entities_of(&tags);
        let spans: Vec<Span> =
            chunks.iter().map(|chunk| Span::new(chunk.entity_type, chunk.start..chunk.end)).collect();
        let mentions = sentence.mentions(&spans)?;
        let entity = |(span, mention): (&Span, welt_data::Mention)| {
            let characters = mention.extent();
            Entity {
                start: characters.start,
                end: characters.end,
                text: mention.text.unwrap_or_default(),
                entity_type: mention.entity_type,
                score: mean_probability(&chosen[span.words()]),
            }
        };
        Ok(spans.iter().zip(mentions).map(entity).collect())
    }
}

/// The mean over the words that the model saw.
fn mean_probability(words: &[Option<Chosen>]) -> f32 {
    let seen: Vec<f32> = words.iter().flatten().map(|chosen| chosen.probability).collect();
    if seen.is_empty() { 0.0 } else { seen.iter().sum::<f32>() / seen.len() as f32 }
}

/// Documents cut into sentences and windows.
pub(crate) struct LaidOut<'d> {
    documents: Vec<Vec<TextSentence<'d>>>,
    /// Of every sentence of all documents.
    n_words: Vec<usize>,
    windows: Windows,
}

/// Sentences that came cut into words, as windows.
pub(crate) struct LaidOutWords {
    windows: Windows,
    /// Of every sentence.
    n_words: Vec<usize>,
}

impl LaidOutWords {
    /// The windows, and how many words each sentence has.
    pub fn windows(&self) -> (&Windows, &[usize]) {
        (&self.windows, &self.n_words)
    }

    /// How they are read.
    pub fn counts(&self) -> Counts {
        let by_sentence = self.windows.windows.chunk_by(|left, right| left.sentence == right.sentence);
        Counts {
            sentences: self.n_words.len(),
            words: self.n_words.iter().sum(),
            windows: self.windows.windows.len(),
            sentences_in_several_windows: by_sentence.filter(|windows| windows.len() > 1).count(),
            unseen_words: self.windows.without_subwords.len(),
            cut_words: self.windows.cut.len(),
            ..Counts::default()
        }
    }
}

impl LaidOut<'_> {
    /// The windows, and how many words each sentence has.
    pub fn windows(&self) -> (&Windows, &[usize]) {
        (&self.windows, &self.n_words)
    }

    /// The index of the document of a word that is named by its sentence and its index in it, with the character at which it begins, and its
    /// text.
    pub fn position(&self, (sentence, word): (usize, usize)) -> Option<(usize, usize, String)> {
        let mut before = 0;
        for (document, sentences) in self.documents.iter().enumerate() {
            if let Some(found) = sentences.get(sentence - before) {
                let word = found.words.get(word)?;
                return Some((document, word.start, word.text.to_owned()));
            }
            before += sentences.len();
        }
        None
    }

    /// How each document is read; there are no entities yet.
    fn accounts(&self) -> Vec<Tagged> {
        let mut accounts = vec![Tagged::default(); self.documents.len()];
        let mut document_of = Vec::with_capacity(self.n_words.len());
        for (document, sentences) in self.documents.iter().enumerate() {
            document_of.resize(document_of.len() + sentences.len(), document);
            let words = sentences.iter().map(|sentence| sentence.words.len()).sum();
            accounts[document].counts = Counts { documents: 1, sentences: sentences.len(), words, ..Counts::default() };
        }
        for of_sentence in self.windows.windows.chunk_by(|left, right| left.sentence == right.sentence) {
            let counts = &mut accounts[document_of[of_sentence[0].sentence]].counts;
            counts.windows += of_sentence.len();
            counts.sentences_in_several_windows += usize::from(of_sentence.len() > 1);
        }
        for (sentence, _) in &self.windows.without_subwords {
            accounts[document_of[*sentence]].counts.unseen_words += 1;
        }
        for (sentence, _) in &self.windows.cut {
            accounts[document_of[*sentence]].counts.cut_words += 1;
        }
        accounts
    }
}
