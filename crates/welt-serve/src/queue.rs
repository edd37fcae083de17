//! Requests that wait for the engine: documents of each in, what was found in them out. Those that wait together are tagged together.
//! A queue holds so many characters and refuses more; what it took is answered, unless whoever asked has gone.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::oneshot;
use welt_data::Document;

use crate::engine::{Engine, Tagged};
use crate::metrics::Metrics;

/// What was found in each document of a request, or why nothing can be said.
pub type Found = Result<Vec<Tagged>, String>;

/// Requests on their way to the engine.
#[derive(Debug)]
pub struct Queue {
    state: Mutex<State>,
    /// Told when there is something to do, or nothing any more.
    work_available: Condvar,
    /// Characters that may wait or be tagged at a time.
    most: usize,
    /// Characters of the requests that are tagged together, where there are several.
    together: usize,
}

#[derive(Debug, Default)]
struct State {
    jobs: VecDeque<Job>,
    /// Characters that wait or are being tagged.
    characters: usize,
    /// Characters tagged a second, of late; 0 before the first.
    pace: f64,
    is_closed: bool,
}

/// A request.
#[derive(Debug)]
struct Job {
    documents: Vec<Document>,
    characters: usize,
    answer: oneshot::Sender<Found>,
}

/// Why a request was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Too much waits already; about so many seconds later there is room.
    Full { retry_after: u64 },
    /// The server ends.
    Closed,
}

/// The longest that a client is told to wait, in seconds.
const LONGEST_WAIT: f64 = 300.0;

impl Queue {
    /// An empty queue.
    pub fn new(most: usize, together: usize) -> Self {
        Self { state: Mutex::new(State::default()), work_available: Condvar::new(), most, together }
    }

    /// Takes documents, and gives what the answer will come by.
    ///
    /// A request that is larger than the queue alone is taken where nothing else waits.
    pub fn submit(&self, documents: Vec<Document>) -> Result<oneshot::Receiver<Found>, Refusal> {
        let characters = characters(&documents);
        let mut state = self.state();
        if state.is_closed {
            return Err(Refusal::Closed);
        }
        if state.characters > 0 && state.characters.saturating_add(characters) > self.most {
            let seconds = state.characters as f64 / state.pace.max(1.0);
            return Err(Refusal::Full { retry_after: seconds.clamp(1.0, LONGEST_WAIT).ceil() as u64 });
        }
        let (answer, receiver) = oneshot::channel();
        state.characters += characters;
        state.jobs.push_back(Job { documents, characters, answer });
        drop(state);
        self.work_available.notify_one();
        Ok(receiver)
    }

    /// Characters that wait or are being tagged.
    pub fn waiting(&self) -> usize {
        self.state().characters
    }

    /// Takes nothing more; workers end when all is answered that was taken.
    pub fn close(&self) {
        self.state().is_closed = true;
        self.work_available.notify_all();
    }

    /// Tags what comes until the queue is closed and empty; several workers may do so.
    pub fn work(&self, engine: &dyn Engine, metrics: &Metrics) {
        while let Some(group) = self.next_group() {
            let (taken, started) = (group.iter().map(|job| job.characters).sum::<usize>(), Instant::now());
            answer(group, engine, metrics);
            let mut state = self.state();
            state.characters -= taken;
            let pace = taken as f64 / started.elapsed().as_secs_f64().max(1e-6);
            state.pace = if state.pace > 0.0 { 0.8f64.mul_add(state.pace, 0.2 * pace) } else { pace };
        }
    }

    /// The next requests to be tagged together, those without their askers left out; nothing at the end.
    fn next_group(&self) -> Option<Vec<Job>> {
        let mut state = self.state();
        loop {
            let (mut group, mut size) = (Vec::new(), 0);
            while let Some(job) = state.jobs.front() {
                if !group.is_empty() && size + job.characters > self.together {
                    break;
                }
                let Some(job) = state.jobs.pop_front() else { break };
                if job.answer.is_closed() {
                    state.characters -= job.characters;
                    continue;
                }
                size += job.characters;
                group.push(job);
            }
            if !group.is_empty() {
                return Some(group);
            }
            if state.is_closed {
                return None;
            }
            state = self.work_available.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Unicode scalar values of all texts, and one for each document, so that none is free.
fn characters(documents: &[Document]) -> usize {
    let of = |document: &Document| document.passages.iter().map(|passage| passage.text.chars().count()).sum::<usize>();
    documents.iter().map(|document| of(document) + 1).sum()
}

/// Answers requests together, or one by one where that fails: the mistake of one is not another's.
fn answer(group: Vec<Job>, engine: &dyn Engine, metrics: &Metrics) {
    let sizes: Vec<usize> = group.iter().map(|job| job.documents.len()).collect();
    let (mut documents, mut answers) = (Vec::new(), Vec::new());
    let mut n_characters = 0;
    for job in group {
        n_characters += job.characters;
        documents.extend(job.documents);
        answers.push(job.answer);
    }
    let started = Instant::now();
    let is_awaited = || answers.iter().any(|answer| !answer.is_closed());
    match tag(engine, &documents, &is_awaited) {
        Ok(found) => {
            let mentions = found.iter().map(|tagged| tagged.mentions.len()).sum();
            metrics.tagged(documents.len(), n_characters, mentions, started.elapsed());
            let mut found = found.into_iter();
            for (answer, size) in answers.into_iter().zip(sizes) {
                let _ = answer.send(Ok(found.by_ref().take(size).collect()));
            }
        }
        Err(reason) if answers.len() == 1 => {
            answers.into_iter().for_each(|answer| drop(answer.send(Err(reason.clone()))));
        }
        Err(_) => {
            let mut documents = documents.into_iter();
            for (sender, size) in answers.into_iter().zip(sizes) {
                let documents: Vec<Document> = documents.by_ref().take(size).collect();
                let characters = characters(&documents);
                answer(vec![Job { documents, characters, answer: sender }], engine, metrics);
            }
        }
    }
}

/// Tags documents; an engine that panics or answers for other documents has failed.
fn tag(engine: &dyn Engine, documents: &[Document], go_on: &(dyn Fn() -> bool + Sync)) -> Found {
    let found = catch_unwind(AssertUnwindSafe(|| engine.tag(documents, go_on)))
        .unwrap_or_else(|_| Err("the model failed".to_owned()))?;
    if found.len() == documents.len() {
        return Ok(found);
    }
    Err(format!("the model answered for {} documents of {}", found.len(), documents.len()))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::thread;

    use welt_data::Passage;

    use super::*;
    use crate::engine::About;

    /// Gives each document as many sentences as documents are tagged together; fails on a text of `bad`, panics on `worse`.
    struct Counting;

    impl Engine for Counting {
        fn about(&self) -> About {
            About { model: String::new(), entity_types: Vec::new(), device: String::new(), longest_window: 1 }
        }

        fn tag(&self, documents: &[Document], _: &(dyn Fn() -> bool + Sync)) -> Found {
            let has = |text: &str| documents.iter().any(|document| document.passages[0].text == text);
            assert!(!has("worse"), "panics on request");
            if has("bad") {
                return Err("bad".to_owned());
            }
            let mut tagged = Tagged::default();
            tagged.reading.sentences = documents.len();
            Ok(vec![tagged; documents.len()])
        }
    }

    fn documents(texts: &[&str]) -> Vec<Document> {
        let of = |text: &&str| Document {
            id: String::new(),
            passages: vec![Passage { kind: String::new(), offset: 0, text: (*text).to_owned() }],
            mentions: Vec::new(),
            sentences: None,
        };
        texts.iter().map(of).collect()
    }

    fn sizes(found: Found) -> Result<Vec<usize>, String> {
        Ok(found?.iter().map(|tagged| tagged.reading.sentences).collect())
    }

    /// What requests that wait together get.
    fn answered(queue: &Queue, requests: &[&[&str]]) -> Vec<Result<Vec<usize>, String>> {
        let receivers: Vec<_> = requests.iter().map(|texts| queue.submit(documents(texts)).unwrap()).collect();
        queue.close();
        queue.work(&Counting, &Metrics::default());
        receivers.into_iter().map(|receiver| sizes(receiver.blocking_recv().unwrap())).collect()
    }

    #[test]
    fn what_waits_together_is_tagged_together() {
        let queue = Queue::new(1000, 10);
        let found = answered(&queue, &[&["a", "b"], &["c"], &["much longer than ten characters"], &["d"]]);
        assert_eq!(found, [Ok(vec![3, 3]), Ok(vec![3]), Ok(vec![1]), Ok(vec![1])]);
        assert_eq!((queue.waiting(), queue.submit(documents(&["e"])).unwrap_err()), (0, Refusal::Closed));
    }

    #[test]
    fn the_mistake_of_one_is_not_anothers() {
        let found = answered(&Queue::new(1000, 100), &[&["a"], &["bad"], &["b", "worse"], &["c", "d"]]);
        let failed = |reason: &str| Err(reason.to_owned());
        assert_eq!(found, [Ok(vec![1]), failed("bad"), failed("the model failed"), Ok(vec![2, 2])]);
    }

    #[test]
    fn a_full_queue_says_so() {
        let queue = Queue::new(10, 100);
        let long = "longer than the whole queue";
        assert!(queue.submit(documents(&[long])).is_ok(), "nothing waits");
        assert_eq!(queue.submit(documents(&["a"])).unwrap_err(), Refusal::Full { retry_after: 28 });
    }

    #[test]
    fn those_who_have_gone_are_not_answered_for() {
        let queue = Queue::new(100, 100);
        drop(queue.submit(documents(&["worse"])).unwrap());
        assert_eq!(answered(&queue, &[&["a"]]), [Ok(vec![1])]);
    }

    #[test]
    fn many_workers_answer_everything() {
        let queue = Arc::new(Queue::new(usize::MAX, 50));
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| queue.work(&Counting, &Metrics::default()));
            }
            let receivers: Vec<_> = (0..500).map(|_| queue.submit(documents(&["a", "b"])).unwrap()).collect();
            queue.close();
            for receiver in receivers {
                assert_eq!(receiver.blocking_recv().unwrap().unwrap().len(), 2);
            }
        });
        assert_eq!(queue.waiting(), 0);
    }
}
