//! Serves a tagger over HTTP: texts, documents or BioC JSON in, entities by exact characters out.
//!
//! What tags is an [`Engine`]; networks, models and the program's flags are not known here. Requests that wait are tagged together,
//! so that many small ones cost as much as few large ones. What cannot be taken is refused and never cut: a body that is too large,
//! a queue that is full (503 with `Retry-After`), a client that is too slow. [`serve`] ends when it is asked to, after every request
//! that it has taken is answered.
//!
//! ```no_run
//! use welt_data::Document;
//! use welt_serve::{About, Engine, Guard, Limits, Tagged, serve};
//!
//! /// Finds nothing.
//! struct Nothing;
//!
//! impl Engine for Nothing {
//!     fn about(&self) -> About {
//!         About { model: "nothing".to_owned(), entity_types: Vec::new(), device: "cpu".to_owned(), longest_window: 512 }
//!     }
//!
//!     fn tag(&self, documents: &[Document], _: &(dyn Fn() -> bool + Sync)) -> Result<Vec<Tagged>, String> {
//!         Ok(vec![Tagged::default(); documents.len()])
//!     }
//! }
//!
//! let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
//! let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
//! # drop(stop);
//! serve(listener, &Nothing, Guard::Loopback, Limits::default(), async move { drop(stopped.await) })?;
//! # Ok::<(), std::io::Error>(())
//! ```
#![forbid(unsafe_code)]

mod answer;
mod engine;
mod guard;
mod held;
mod keys;
mod metrics;
mod page;
mod problem;
mod question;
mod queue;
mod routes;
mod server;
mod stream;

pub use engine::{About, Engine, Reading, Tagged};
pub use guard::Guard;
pub use server::{Limits, serve};

/// The examples of the README, which are tests as well.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
