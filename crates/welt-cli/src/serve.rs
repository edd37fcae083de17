//! `welt serve`: a fine-tuned model behind HTTP. Flags in, a server that ends when it is asked to.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use welt_data::{Document, Mention};
use welt_process::on_request_to_end;
use welt_serve::{About, Engine, Guard, Limits, Reading, Tagged};
use welt_tagger::Tagger;
use welt_tags::Tag;

use crate::global_flags::at_least_one;
use crate::tagger_flags::TaggerFlags;

const EXAMPLES: &str = "\
Examples:
  welt serve --model runs/first/model
  curl -s localhost:8080/v1/tag -H 'Content-Type: application/json' -d '{\"text\": \"No gout.\"}'
  welt serve --model runs/first/model --address 0.0.0.0:8080 --token-file token.txt
  curl -s host:8080/v1/tag -H \"Authorization: Bearer $(cat token.txt)\" \\
    -H 'Content-Type: application/json' -d @corpus.bioc.json";

/// Where the token may stand instead of in a file.
const TOKEN: &str = "WELT_SERVE_TOKEN";

/// Tag texts and documents over HTTP, with a page to paste a text into.
///
/// POST /v1/tag takes {"text": "..."}, {"documents": [{"id": "...", "text": "..."}]} or a collection of BioC JSON, and answers in the
/// same form; /openapi.json describes it exactly. Requests that wait are tagged together. What is too large, too slow or too much is
/// refused and never cut. On Ctrl-C or the signal to end it answers what it has taken, and ends.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct ServeArguments {
    #[command(flatten)]
    tagger: TaggerFlags,
    /// Where to listen; any address but one of this machine alone asks for a token
    #[arg(long, value_name = "IP:PORT", default_value = "127.0.0.1:8080", value_parser = address)]
    address: SocketAddr,
    /// A file with the token that clients have to send; the variable WELT_SERVE_TOKEN may hold it instead
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Bytes of the largest body, others are refused with 413
    #[arg(long, value_name = "BYTES", default_value_t = Limits::default().body_bytes, value_parser = at_least_one)]
    max_body: usize,
    /// Characters that wait or are being tagged; requests beyond are refused with 503 and Retry-After
    #[arg(long, value_name = "N", default_value_t = Limits::default().waiting_characters, value_parser = at_least_one)]
    max_waiting: usize,
    /// Connections at a time; more wait
    #[arg(long, value_name = "N", default_value_t = Limits::default().connections, value_parser = at_least_one)]
    max_connections: usize,
    /// Seconds from the whole request to its answer, others get 504
    #[arg(long, value_name = "SECONDS", default_value_t = Limits::default().answer_within.as_secs(), value_parser = clap::value_parser!(u64).range(1..=86_400))]
    answer_within: u64,
}

/// Runs the command.
///
/// # Errors
/// A model that cannot be read, an address that cannot be listened at, a token that is missing.
pub fn run(arguments: &ServeArguments) -> Result<()> {
    let guard = arguments.guard()?;
    // Somebody who is in the way is told before the model is loaded.
    let listener = TcpListener::bind(arguments.address)
        .with_context(|| format!("--address {}: cannot listen there", arguments.address))?;
    let (tagger, _) = arguments.tagger.load()?;
    let engine = Served { tagger, model: arguments.tagger.short_name() };
    let stop = asked_to_end()?;
    tracing::info!("{} is served at http://{}/", engine.model, listener.local_addr()?);
    welt_serve::serve(listener, &engine, guard, arguments.limits(), stop).context("the server")?;
    tracing::info!("all requests that were taken are answered");
    Ok(())
}

impl ServeArguments {
    fn guard(&self) -> Result<Guard> {
        let token = match &self.token_file {
            Some(path) => Some(fs::read_to_string(path).with_context(|| {
                format!("--token-file {}: expected a file with the token, as one word of ASCII", path.display())
            })?),
            None => std::env::var(TOKEN).ok(),
        };
        let from = self.token_file.as_deref().map_or_else(|| TOKEN.to_owned(), |path| path.display().to_string());
        match token.as_deref().map(str::trim) {
            Some("") => bail!("{from}: the token is empty, expected one that nobody guesses"),
            Some(token) if token.contains(char::is_whitespace) || !token.is_ascii() => {
                bail!("{from}: the token is not one word of ASCII, which is all that a header can hold")
            }
            Some(token) => Ok(Guard::token(token)),
            None if self.address.ip().is_loopback() => Ok(Guard::Loopback),
            None => Err(anyhow!(
                "--address {} can be reached from elsewhere: name a --token-file, or listen at 127.0.0.1",
                self.address
            )),
        }
    }

    fn limits(&self) -> Limits {
        Limits {
            body_bytes: self.max_body,
            waiting_characters: self.max_waiting,
            connections: self.max_connections,
            answer_within: Duration::from_secs(self.answer_within),
            workers: rayon::current_num_threads().min(4),
            ..Limits::default()
        }
    }
}

/// Takes an address and a port.
fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "expected an IP address and a port, such as 127.0.0.1:8080 or [::1]:8080".to_owned())
}

/// Is ready on Ctrl-C or the signal to end; the next one ends the program at once.
fn asked_to_end() -> Result<impl Future<Output = ()>> {
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let sender = Arc::new(Mutex::new(Some(sender)));
    on_request_to_end(move || match sender.lock().unwrap_or_else(PoisonError::into_inner).take() {
        Some(sender) => drop(sender.send(())),
        None => std::process::exit(130),
    })?;
    Ok(async move { drop(receiver.await) })
}

/// A tagger with the name of its model.
struct Served {
    tagger: Tagger,
    model: String,
}

impl Engine for Served {
    fn about(&self) -> About {
        let tags = self.tagger.labels().names().iter().filter_map(|name| name.parse::<Tag>().ok());
        let mut entity_types: Vec<String> = Vec::new();
        for tag in tags.filter(|tag| *tag != Tag::OUTSIDE) {
            if !entity_types.iter().any(|known| known == tag.entity_type()) {
                entity_types.push(tag.entity_type().to_owned());
            }
        }
        About {
            model: self.model.clone(),
            entity_types,
            device: self.tagger.device().to_owned(),
            longest_window: self.tagger.longest_window(),
        }
    }

    fn tag(&self, documents: &[Document], go_on: &(dyn Fn() -> bool + Sync)) -> Result<Vec<Tagged>, String> {
        let done = |_| if go_on() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) };
        let tagged = self.tagger.tag_documents(documents, &done).map_err(|error| error.to_string())?;
        let of = |tagged: welt_tagger::Tagged| {
            let welt_tagger::Counts { sentences, words, windows, unseen_words, cut_words, .. } = tagged.counts;
            Tagged {
                mentions: tagged.entities.iter().map(Mention::from).collect(),
                reading: Reading { sentences, words, windows, unseen_words, cut_words },
            }
        };
        Ok(tagged.into_iter().map(of).collect())
    }
}
