//! What `welt.Tagger` is made of: a model that tags texts, words and documents.
//! Texts in, entities by exact characters out; the interpreter is free while the network works.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use pyo3::prelude::*;
use pythonize::{depythonize, pythonize};
use rayon::ThreadPool;
use welt_data::{Document, Passage};
use welt_tagger::{Counts, Decoding, Entity, Flow, Options, Shift, Tagger};

use crate::allocator::keep_memory;
use crate::errors::{raised, refused};
use crate::threads;
use crate::waiting;

/// Start, end, type, score and text of an entity.
type Found = (usize, usize, String, f32, String);

/// The tag of each word and its probability.
type FoundWords = (Vec<String>, Vec<Option<f32>>);

/// How a model is loaded.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub struct Loading {
    device: String,
    precision: String,
    max_length: Option<usize>,
    window_context: Option<usize>,
    constrained: bool,
    join_split: bool,
    shifts: Vec<(String, f32)>,
    batch_subwords: Option<usize>,
    threads: Option<usize>,
}

/// A model that is loaded; several threads can use it at once.
#[pyclass(module = "welt._welt", name = "LoadedTagger", frozen)]
pub struct LoadedTagger {
    tagger: Tagger,
    /// None for those that the whole process shares.
    own_pool: Option<Arc<ThreadPool>>,
    /// The process that loaded it: a fork has none of the threads that its parent computed with.
    process: u32,
}

#[pymethods]
impl LoadedTagger {
    /// Loads a model from its folder, or by its name on the Hub.
    #[staticmethod]
    fn load(py: Python<'_>, model: PathBuf, loading: Loading) -> PyResult<Self> {
        let defaults = Options::default();
        let shifts = loading.shifts.into_iter().map(|(label, by)| Shift { label, by }).collect();
        let precision = loading.precision.parse();
        #[allow(clippy::needless_update, reason = "an option that is new there is no mistake here")]
        let options = Options {
            device: loading.device,
            precision: precision.map_err(|error| refused(format!("precision: {error}")))?,
            max_length: loading.max_length,
            window_context: loading.window_context.unwrap_or(defaults.window_context),
            batch_subwords: loading.batch_subwords.unwrap_or(defaults.batch_subwords),
            decoding: Decoding {
                constrained: loading.constrained,
                join_split: loading.join_split,
                shifts,
                ..Decoding::default()
            },
            ..defaults
        };
        keep_memory();
        let own_pool = loading.threads.map(threads::new_pool).transpose()?.map(Arc::new);
        let pool = own_pool.clone().map_or_else(threads::pool, Ok)?;
        let tagger = py.detach(|| pool.install(|| Tagger::load(&model, &options))).map_err(|error| raised(&error))?;
        Ok(Self { tagger, own_pool, process: std::process::id() })
    }

    /// The entities of each text.
    fn tag(&self, py: Python<'_>, texts: Vec<Option<String>>) -> PyResult<(Vec<Vec<Found>>, BTreeCounts)> {
        let document = |text: Option<String>| {
            let passages = vec![Passage { kind: String::new(), offset: 0, text: text.unwrap_or_default() }];
            Document { id: String::new(), passages, mentions: Vec::new(), sentences: None }
        };
        self.tag_all(py, texts.into_iter().map(document).collect())
    }

    /// The entities of each document, by its offsets.
    fn tag_documents(
        &self,
        py: Python<'_>,
        documents: Vec<Bound<'_, PyAny>>,
    ) -> PyResult<(Vec<Vec<Found>>, BTreeCounts)> {
        let document = |found: &Bound<'_, PyAny>| {
            depythonize::<Document>(found).map_err(|error| {
                refused(format!("{error}, expected a document as welt.read_documents gives it: id, passages, mentions"))
            })
        };
        self.tag_all(py, documents.iter().map(document).collect::<PyResult<_>>()?)
    }

    /// The tag of each word of each sentence, and its probability; none of words that the model could not see.
    fn tag_words(&self, py: Python<'_>, sentences: Vec<Vec<String>>) -> PyResult<Vec<FoundWords>> {
        let tagged = self.run(py, |done| self.tagger.tag_words(&sentences, done))?;
        Ok(tagged.into_iter().map(|words| (words.tags, words.probabilities)).collect())
    }

    /// The labels that the model tells apart.
    #[getter]
    fn labels(&self) -> Vec<String> {
        self.tagger.labels().names().to_vec()
    }

    /// Where it computes.
    #[getter]
    fn device(&self) -> &str {
        self.tagger.device()
    }

    /// A mention of a document made of an entity that was found.
    #[staticmethod]
    fn mention<'py>(py: Python<'py>, found: Found) -> PyResult<Bound<'py, PyAny>> {
        let (start, end, entity_type, score, text) = found;
        let entity = Entity { start, end, text, entity_type, score };
        Ok(pythonize(py, &welt_data::Mention::from(&entity))?)
    }
}

/// What was read, by name.
type BTreeCounts = std::collections::BTreeMap<&'static str, usize>;

impl LoadedTagger {
    /// Tags documents in groups, which bounds what is held at once, and after each of which Ctrl-C is heard.
    fn tag_all(&self, py: Python<'_>, documents: Vec<Document>) -> PyResult<(Vec<Vec<Found>>, BTreeCounts)> {
        let (found, counts) = self.run(py, |done| {
            let (mut found, mut counts) = (Vec::with_capacity(documents.len()), Counts::default());
            for group in groups(&documents) {
                for document in self.tagger.tag_documents(group, done)? {
                    counts += document.counts;
                    let plain =
                        |entity: Entity| (entity.start, entity.end, entity.entity_type, entity.score, entity.text);
                    found.push(document.entities.into_iter().map(plain).collect());
                }
            }
            Ok((found, counts))
        })?;
        Ok((found, named(&counts)))
    }

    fn run<T: Send>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&(dyn Fn(usize) -> ControlFlow<()> + Sync)) -> Result<T, welt_tagger::TaggerError> + Send,
    ) -> PyResult<T> {
        if self.process != std::process::id() {
            return Err(refused(
                "the model was loaded before this process was forked: load it in each process, or start processes by spawn",
            ));
        }
        let pool = match &self.own_pool {
            Some(pool) => Arc::clone(pool),
            None => threads::pool()?,
        };
        let stop = AtomicBool::new(false);
        let done = |_| if stop.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
        waiting::run(py, &pool, &stop, || work(&done).map_err(|error| raised(&error)))
    }
}

/// Documents that are read together: as many characters as a stream takes at once, and at least one document.
fn groups(documents: &[Document]) -> impl Iterator<Item = &[Document]> {
    let most = Flow::default().characters;
    let mut rest = documents;
    std::iter::from_fn(move || {
        let (mut n, mut size) = (0, 0);
        while n < rest.len() && (n == 0 || size < most) {
            size += rest[n].passages.iter().map(|passage| passage.text.len()).sum::<usize>();
            n += 1;
        }
        let (group, others) = rest.split_at(n);
        rest = others;
        (!group.is_empty()).then_some(group)
    })
}

fn named(counts: &Counts) -> BTreeCounts {
    BTreeCounts::from([
        ("documents", counts.documents),
        ("sentences", counts.sentences),
        ("words", counts.words),
        ("windows", counts.windows),
        ("sentences_in_several_windows", counts.sentences_in_several_windows),
        ("unseen_words", counts.unseen_words),
        ("cut_words", counts.cut_words),
        ("entities", counts.entities),
    ])
}
