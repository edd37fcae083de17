//! A stream of documents or sentences through a model: reading, cutting into words and windows, the network, and writing go on side by side.
//! Documents in, documents with their entities out, or sentences and their tags, in the order in which they came and in bounded memory.
//!
//! They are put into groups. A few threads take a group each: they cut it into windows, wait for their turn at the device, and
//! read entities from its scores, so that the next group is ready when the device has done with one.

use std::marker::PhantomData;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use welt_data::Document;
use welt_subwords::Windows;
use welt_train::{TrainError, WordScores};

use crate::entity::{Counts, Tagged};
use crate::error::TaggerError;
use crate::tagger::{LaidOut, LaidOutWords, TaggedWords, Tagger};

/// How a stream is cut into what is tagged together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flow {
    /// The most characters of the documents or sentences that are tagged together, but at least one of them: enough to sort by length, few
    /// enough for bounded memory. Six such groups are held at a time.
    pub characters: usize,
}

impl Flow {
    /// Groups of about thirty forward passes of so many sub-words each.
    #[must_use]
    pub const fn of_passes(batch_subwords: usize) -> Self {
        Self { characters: batch_subwords.saturating_mul(128) }
    }
}

impl Default for Flow {
    fn default() -> Self {
        Self { characters: 1 << 20 }
    }
}

/// What a group of documents goes through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Documents come until there are enough.
    Read,
    /// Texts are cut into sentences, words and windows.
    LayOut,
    /// The network scores the windows.
    Infer,
    /// Labels and entities follow from the scores.
    Decode,
    /// The caller takes the documents with their entities.
    Write,
}

/// A stage of a group, from its beginning to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// Which group, from 0.
    pub group: usize,
    /// What was done.
    pub stage: Stage,
    /// When it began.
    pub began: Instant,
    /// When it ended.
    pub ended: Instant,
}

/// Who is told of what goes on, by all threads.
pub trait Watch: Sync {
    /// A forward pass has read so many windows; the answer may stop the work.
    fn pass(&self, _windows: usize) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    /// A group has gone through a stage.
    fn stretch(&self, _stretch: Stretch) {}
}

/// Tags documents as they come; `write` gets each with its entities, in order.
///
/// `done` is told of every forward pass how many windows it read, and may stop the work: what was written stays as it is.
///
/// # Errors
/// What `documents` or `write` complain of, and as for [`Tagger::tag_documents`]. Documents before the one that cannot be
/// read are written first.
pub fn tag_stream<E>(
    tagger: &Tagger,
    documents: impl Iterator<Item = Result<Document, E>> + Send,
    mut write: impl FnMut(Document, Tagged) -> Result<(), E>,
    flow: Flow,
    done: &(dyn Fn(usize) -> ControlFlow<()> + Sync),
) -> Result<Counts, E>
where
    E: From<TaggerError> + Send,
{
    struct Done<'d>(&'d (dyn Fn(usize) -> ControlFlow<()> + Sync));
    impl Watch for Done<'_> {
        fn pass(&self, windows: usize) -> ControlFlow<()> {
            (self.0)(windows)
        }
    }
    let each =
        |group: Vec<(Document, Tagged)>| group.into_iter().try_for_each(|(document, tagged)| write(document, tagged));
    tag_groups(tagger, documents, each, flow, &Done(done))
}

/// The same group by group: documents are put into groups in one way, wherever they begin, so whoever writes down how far he
/// is after a group can go on behind it and come to the same entities.
///
/// # Errors
/// As for [`tag_stream`].
pub fn tag_groups<E>(
    tagger: &Tagger,
    documents: impl Iterator<Item = Result<Document, E>> + Send,
    mut write: impl FnMut(Vec<(Document, Tagged)>) -> Result<(), E>,
    flow: Flow,
    watch: &dyn Watch,
) -> Result<Counts, E>
where
    E: From<TaggerError> + Send,
{
    let write = |group: Vec<(Document, Tagged)>, _| write(group);
    stream::<Documents, E>(tagger, documents, write, (flow, watch))
}

/// A sentence of a stream, which comes cut into words.
pub trait Sentence: Send + Sync {
    /// Its words.
    fn words(&self) -> &[String];

    /// Where a word of it stands, for messages.
    fn position(&self, word: usize) -> String;
}

/// The same for sentences that come cut into words; `write` gets those of a group with their tags, and the account of how they were
/// read, in which entities are not counted.
///
/// # Errors
/// As for [`tag_stream`].
pub fn tag_groups_of_sentences<S: Sentence, E>(
    tagger: &Tagger,
    sentences: impl Iterator<Item = Result<S, E>> + Send,
    write: impl FnMut(Vec<(S, TaggedWords)>, Counts) -> Result<(), E>,
    flow: Flow,
    watch: &dyn Watch,
) -> Result<Counts, E>
where
    E: From<TaggerError> + Send,
{
    stream::<Sentences<S>, E>(tagger, sentences, write, (flow, watch))
}

/// What is tagged in a stream, and how.
trait Work {
    type Item: Send;
    type Tagged: Send;
    type LaidOut<'i>
    where
        Self: 'i;

    /// What one takes of memory, about, in characters.
    fn held(item: &Self::Item) -> usize;

    fn lay_out<'i>(tagger: &Tagger, items: &'i [Self::Item]) -> Result<Self::LaidOut<'i>, TaggerError>;

    /// The windows of a group, and how many words each of its sentences has.
    fn windows<'l>(laid_out: &'l Self::LaidOut<'_>) -> (&'l Windows, &'l [usize]);

    fn decode(
        tagger: &Tagger,
        laid_out: &Self::LaidOut<'_>,
        scores: &WordScores,
    ) -> Result<(Vec<Self::Tagged>, Counts), TaggerError>;

    /// Where a word of a sentence of a group stands, for messages, and its text.
    fn position(items: &[Self::Item], laid_out: &Self::LaidOut<'_>, at: (usize, usize)) -> Option<(String, String)>;
}

enum Documents {}

impl Work for Documents {
    type Item = Document;
    type Tagged = Tagged;
    type LaidOut<'i> = LaidOut<'i>;

    fn held(document: &Document) -> usize {
        let texts: usize = document.passages.iter().map(|passage| passage.text.len()).sum();
        texts + 64 * (1 + document.passages.len() + document.mentions.len())
    }

    fn lay_out<'i>(tagger: &Tagger, documents: &'i [Document]) -> Result<LaidOut<'i>, TaggerError> {
        tagger.lay_out(documents)
    }

    fn windows<'l>(laid_out: &'l LaidOut<'_>) -> (&'l Windows, &'l [usize]) {
        laid_out.windows()
    }

    fn decode(
        tagger: &Tagger,
        laid_out: &LaidOut<'_>,
        scores: &WordScores,
    ) -> Result<(Vec<Tagged>, Counts), TaggerError> {
        let tagged = tagger.decode(laid_out, scores)?;
        let mut counts = Counts::default();
        tagged.iter().for_each(|tagged| counts += tagged.counts);
        Ok((tagged, counts))
    }

    fn position(documents: &[Document], laid_out: &LaidOut<'_>, at: (usize, usize)) -> Option<(String, String)> {
        let (document, start, word) = laid_out.position(at)?;
        Some((format!("document {}, character {start}", documents.get(document)?.id.escape_debug()), word))
    }
}

struct Sentences<S>(PhantomData<S>);

impl<S: Sentence> Work for Sentences<S> {
    type Item = S;
    type Tagged = TaggedWords;
    type LaidOut<'i>
        = LaidOutWords
    where
        S: 'i;

    fn held(sentence: &S) -> usize {
        64 + sentence.words().iter().map(|word| word.len() + 1).sum::<usize>()
    }

    fn lay_out(tagger: &Tagger, sentences: &[S]) -> Result<LaidOutWords, TaggerError> {
        let words: Vec<&[String]> = sentences.iter().map(Sentence::words).collect();
        tagger.lay_out_words(&words)
    }

    fn windows(laid_out: &LaidOutWords) -> (&Windows, &[usize]) {
        laid_out.windows()
    }

    fn decode(
        tagger: &Tagger,
        laid_out: &LaidOutWords,
        scores: &WordScores,
    ) -> Result<(Vec<TaggedWords>, Counts), TaggerError> {
        Ok((tagger.decode_words(laid_out, scores), laid_out.counts()))
    }

    fn position(sentences: &[S], _: &LaidOutWords, (sentence, word): (usize, usize)) -> Option<(String, String)> {
        let sentence = sentences.get(sentence)?;
        Some((sentence.position(word), sentence.words().get(word)?.clone()))
    }
}

fn stream<W: Work, E>(
    tagger: &Tagger,
    items: impl Iterator<Item = Result<W::Item, E>> + Send,
    mut write: impl FnMut(Vec<(W::Item, W::Tagged)>, Counts) -> Result<(), E>,
    (flow, watch): (Flow, &dyn Watch),
) -> Result<Counts, E>
where
    E: From<TaggerError> + Send,
{
    let stream = Stream::<W> {
        tagger,
        watch,
        at_device: Turns::of(tagger.groups_at_a_time()),
        at_writer: Turns::of(1),
        has_ended: AtomicBool::new(false),
        work: PhantomData,
    };
    thread::scope(|scope| {
        let (to_workers, groups) = sync_channel(0);
        let (to_writer, tagged) = sync_channel(0);
        // It goes away with the last thread that takes groups from it, so that the reader learns of that.
        let (stream, groups) = (&stream, Arc::new(Mutex::new(groups)));
        scope.spawn(move || stream.read(items, flow, &to_workers));
        for _ in 0..tagger.groups_at_a_time() + GROUPS_IN_WAITING {
            let (groups, to_writer) = (Arc::clone(&groups), to_writer.clone());
            scope.spawn(move || stream.work(&groups, &to_writer));
        }
        drop((groups, to_writer));
        let written = stream.write_all(&tagged, &mut write);
        stream.has_ended.store(true, Ordering::Relaxed);
        // Who waits for a turn or to hand something on is told by this that nobody takes it any more.
        drop(tagged);
        stream.at_device.end();
        stream.at_writer.end();
        written
    })
}

/// Groups that are cut into windows, or read for entities, while the device is at others.
const GROUPS_IN_WAITING: usize = 2;

type Group<W, E> = (usize, Result<Vec<<W as Work>::Item>, E>);
type TaggedItems<W> = (Vec<(<W as Work>::Item, <W as Work>::Tagged)>, Counts);
type TaggedGroup<W, E> = (usize, Result<TaggedItems<W>, E>);

/// What the threads of a stream share.
struct Stream<'s, W> {
    tagger: &'s Tagger,
    watch: &'s dyn Watch,
    at_device: Turns,
    at_writer: Turns,
    has_ended: AtomicBool,
    work: PhantomData<fn(W)>,
}

impl<W: Work> Stream<'_, W> {
    /// Puts items into groups until there are no more, or nobody takes them.
    fn read<E>(&self, items: impl Iterator<Item = Result<W::Item, E>>, flow: Flow, out: &SyncSender<Group<W, E>>) {
        let (mut group, mut size, mut index) = (Vec::new(), 0, 0);
        let mut began = Instant::now();
        let send = |index: usize, group: Result<Vec<W::Item>, E>, began: Instant| {
            self.tell(Stage::Read, index, began);
            out.send((index, group)).is_ok()
        };
        for item in items {
            match item {
                Ok(item) => {
                    size += W::held(&item);
                    group.push(item);
                }
                Err(error) => {
                    let is_first = group.is_empty();
                    if is_first || send(index, Ok(std::mem::take(&mut group)), began) {
                        send(index + usize::from(!is_first), Err(error), Instant::now());
                    }
                    return;
                }
            }
            if size >= flow.characters {
                if !send(index, Ok(std::mem::take(&mut group)), began) {
                    return;
                }
                (size, index, began) = (0, index + 1, Instant::now());
            }
        }
        if !group.is_empty() {
            send(index, Ok(group), began);
        }
    }

    /// Tags groups until there are no more, or nobody takes them.
    fn work<E: From<TaggerError>>(&self, groups: &Mutex<Receiver<Group<W, E>>>, out: &SyncSender<TaggedGroup<W, E>>) {
        loop {
            let next = groups.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok((index, group)) = next else { return };
            // Their turns come to an end also where this thread does not live to see it.
            let (device, writer) = (Ticket { turns: &self.at_device, index }, Ticket { turns: &self.at_writer, index });
            let tagged = group.and_then(|items| Ok(self.tag(items, device)?));
            writer.wait();
            if out.send((index, tagged)).is_err() {
                return;
            }
        }
    }

    fn tag(&self, items: Vec<W::Item>, device: Ticket<'_>) -> Result<TaggedItems<W>, TaggerError> {
        let index = device.index;
        let began = Instant::now();
        let laid_out = W::lay_out(self.tagger, &items)?;
        self.tell(Stage::LayOut, index, began);
        device.wait();
        let began = Instant::now();
        let scores =
            self.tagger.scores(W::windows(&laid_out), &|windows| match self.has_ended.load(Ordering::Relaxed) {
                true => ControlFlow::Break(()),
                false => self.watch.pass(windows),
            });
        let scores = scores.map_err(|error| located::<W>(error, &items, &laid_out))?;
        drop(device);
        self.tell(Stage::Infer, index, began);
        let began = Instant::now();
        let (tagged, counts) = W::decode(self.tagger, &laid_out, &scores)?;
        drop(laid_out);
        self.tell(Stage::Decode, index, began);
        Ok((items.into_iter().zip(tagged).collect(), counts))
    }

    fn write_all<E>(
        &self,
        groups: &Receiver<TaggedGroup<W, E>>,
        write: &mut impl FnMut(Vec<(W::Item, W::Tagged)>, Counts) -> Result<(), E>,
    ) -> Result<Counts, E> {
        let mut all = Counts::default();
        for (expected, (index, group)) in groups.iter().enumerate() {
            // A thread that failed took its group with it: what comes behind the gap is not written, and the failure goes on upwards.
            if index != expected {
                break;
            }
            let (group, counts) = group?;
            let began = Instant::now();
            all += counts;
            write(group, counts)?;
            self.tell(Stage::Write, index, began);
        }
        Ok(all)
    }

    fn tell(&self, stage: Stage, group: usize, began: Instant) {
        self.watch.stretch(Stretch { group, stage, began, ended: Instant::now() });
    }
}

/// The error with the word that it is about, where it is about one.
fn located<W: Work>(error: TaggerError, items: &[W::Item], laid_out: &W::LaidOut<'_>) -> TaggerError {
    let TaggerError::Model(source @ TrainError::Score { sentence, word, .. }) = error else { return error };
    match W::position(items, laid_out, (sentence, word)) {
        Some((position, word)) => TaggerError::Word { position, word, source: Box::new(source) },
        None => source.into(),
    }
}

/// Something that groups do in order, so many at a time.
struct Turns {
    at_a_time: usize,
    /// How many have had their turns.
    over: Mutex<usize>,
    changed: Condvar,
}

impl Turns {
    const fn of(at_a_time: usize) -> Self {
        Self { at_a_time, over: Mutex::new(0), changed: Condvar::new() }
    }

    /// Lets everybody go.
    fn end(&self) {
        *self.over.lock().unwrap_or_else(PoisonError::into_inner) = usize::MAX / 2;
        self.changed.notify_all();
    }
}

/// The turn of a group, which is over when this is dropped.
struct Ticket<'t> {
    turns: &'t Turns,
    index: usize,
}

impl Ticket<'_> {
    fn wait(&self) {
        let over = self.turns.over.lock().unwrap_or_else(PoisonError::into_inner);
        let is_early = |over: &mut usize| self.index >= *over + self.turns.at_a_time;
        drop(self.turns.changed.wait_while(over, is_early));
    }
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        *self.turns.over.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.turns.changed.notify_all();
    }
}
