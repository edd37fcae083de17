//! Serves a list of names instead of a model: `cargo run -p welt-serve --example list -- 127.0.0.1:8080 Disease=gout Chemical=aspirin`.
//! It shows what an engine is, and is good for trying clients.

use std::net::TcpListener;

use welt_data::{Document, Mention};
use welt_serve::{About, Engine, Guard, Limits, Reading, Tagged, serve};

/// Types, and names that are of them.
struct Names(Vec<(String, String)>);

impl Engine for Names {
    fn about(&self) -> About {
        let mut entity_types: Vec<String> = self.0.iter().map(|(entity_type, _)| entity_type.clone()).collect();
        entity_types.dedup();
        About { model: "a list of names".to_owned(), entity_types, device: "cpu".to_owned(), longest_window: 1 }
    }

    fn tag(&self, documents: &[Document], _: &(dyn Fn() -> bool + Sync)) -> Result<Vec<Tagged>, String> {
        Ok(documents.iter().map(|document| self.found(document)).collect())
    }
}

impl Names {
    fn found(&self, document: &Document) -> Tagged {
        let mut mentions = Vec::new();
        let mut words = 0;
        for passage in &document.passages {
            words += passage.text.split_whitespace().count();
            for (entity_type, name) in &self.0 {
                for (at, text) in passage.text.match_indices(name.as_str()) {
                    let start = passage.offset + passage.text[..at].chars().count();
                    let mention = Mention::new(entity_type, start..start + text.chars().count());
                    mentions.push(Mention { text: Some(text.to_owned()), score: 1.0.try_into().ok(), ..mention });
                }
            }
        }
        mentions.sort_by_key(|mention| mention.extent().start);
        Tagged { mentions, reading: Reading { words, ..Reading::default() } }
    }
}

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let listener = TcpListener::bind(arguments.next().unwrap_or_else(|| "127.0.0.1:8080".to_owned()))?;
    let names =
        arguments.filter_map(|pair| pair.split_once('=').map(|(left, right)| (left.to_owned(), right.to_owned())));
    let engine = Names(names.collect());
    println!("http://{}/", listener.local_addr()?);
    serve(listener, &engine, Guard::Loopback, Limits::default(), std::future::pending())
}
