//! A stream of documents through a model: reading, cutting into words and windows, the network, and writing go on side by side.
//! Documents in, documents with their entities out, in the order in which they came and in bounded memory.

use std::ops::ControlFlow;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use welt_data::Document;

use crate::entity::{Counts, Tagged};
use crate::error::TaggerError;
use crate::tagger::Tagger;

/// How a stream is cut into what is tagged together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flow {
    /// The most characters of the documents that are tagged together, but at least one document: enough to sort by length, few enough for
    /// bounded memory. Three such groups are held at a time.
    pub characters: usize,
}

impl Default for Flow {
    fn default() -> Self {
        Self { characters: 1 << 20 }
    }
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
    thread::scope(|scope| {
        let (to_network, groups) = sync_channel(0);
        let (to_writer, tagged) = sync_channel(0);
        scope.spawn(move || read(documents, flow, &to_network));
        scope.spawn(move || infer(tagger, &groups, &to_writer, done));
        let mut counts = Counts::default();
        for group in tagged {
            for (document, tagged) in group? {
                counts += tagged.counts;
                write(document, tagged)?;
            }
        }
        Ok(counts)
    })
}

type Group<E> = Result<Vec<Document>, E>;
type TaggedGroup<E> = Result<Vec<(Document, Tagged)>, E>;

/// Puts documents into groups until there are no more, or nobody takes them.
fn read<E>(documents: impl Iterator<Item = Result<Document, E>>, flow: Flow, out: &SyncSender<Group<E>>) {
    let (mut group, mut size) = (Vec::new(), 0);
    for document in documents {
        match document {
            Ok(document) => {
                size += document.passages.iter().map(|passage| passage.text.len()).sum::<usize>();
                group.push(document);
            }
            Err(error) => {
                if out.send(Ok(group)).is_ok() {
                    let _ = out.send(Err(error));
                }
                return;
            }
        }
        if size >= flow.characters {
            if out.send(Ok(std::mem::take(&mut group))).is_err() {
                return;
            }
            size = 0;
        }
    }
    let _ = out.send(Ok(group));
}

/// Tags groups until there are no more, or nobody takes them.
fn infer<E: From<TaggerError>>(
    tagger: &Tagger,
    groups: &Receiver<Group<E>>,
    out: &SyncSender<TaggedGroup<E>>,
    done: &(dyn Fn(usize) -> ControlFlow<()> + Sync),
) {
    for group in groups {
        let tagged = group.and_then(|documents| {
            let tagged = tagger.tag_documents(&documents, done)?;
            Ok(documents.into_iter().zip(tagged).collect())
        });
        let failed = tagged.is_err();
        if out.send(tagged).is_err() || failed {
            return;
        }
    }
}
