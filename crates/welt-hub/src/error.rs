//! What can go wrong between the name of a model and the folder of its files: what was found, where, what was expected, what to do.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use welt_files::{Doing, FilesError};
use welt_terminal::is_active;

use crate::name::HubModel;
use crate::presets::PRESETS;

/// Why a model is not there, or was not sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HubError {
    /// A text that is neither a folder nor a name.
    #[error(
        "{text}: there is no such folder: expected the directory of a model, with config.json, a model of the Hub as \
         OWNER/NAME or OWNER/NAME@REVISION, or one of {}; check the path",
        PRESETS.map(|preset| preset.name).join(", ")
    )]
    NoName {
        /// The text.
        text: String,
    },
    /// A name of the Hub that leads nowhere and is no folder either.
    #[error("{reason}; there is no folder {} either", folder.display())]
    NeitherFolder {
        /// The text, as a path.
        folder: PathBuf,
        /// Why the Hub has nothing.
        reason: Box<Self>,
    },
    /// No folder for the cache.
    #[error("there is no home directory for the cache of models: set HF_HOME to a folder")]
    NoHome,
    /// An address of the Hub that is none.
    #[error(
        "HF_ENDPOINT is `{found}`: expected an address such as https://huggingface.co, without a password or a question"
    )]
    Endpoint {
        /// The text.
        found: String,
    },
    /// A token that cannot be one.
    #[error("{origin}: the token holds characters that no token has: copy it again")]
    Token {
        /// The variable or file that it comes from.
        origin: String,
    },
    /// A model that is not whole in the cache and may not be fetched.
    #[error(
        "{model}: {found}, and {reason} to fetch it: fetch it where there is a network and copy {} to the same place \
         here, or name a folder with its files",
        folder.display()
    )]
    NotFetched {
        /// The model.
        model: HubModel,
        /// What the cache holds of it.
        found: Cached,
        /// Why nothing is fetched.
        reason: Alone,
        /// The folder of the cache that it would be in.
        folder: PathBuf,
    },
    /// A model that may not be sent.
    #[error("{target}: {reason} to send anything")]
    NotSent {
        /// Where it was to go.
        target: HubModel,
        /// Why nothing is sent.
        reason: Alone,
    },
    /// Nobody answered.
    #[error("{}", unreachable(model, endpoint, reason.as_ref(), folder.as_ref()))]
    Unreachable {
        /// The model.
        model: HubModel,
        /// The address of the Hub.
        endpoint: String,
        /// What the way to it says.
        reason: Box<dyn Error + Send + Sync>,
        /// The folder of the cache that it would be in; none where it was to be sent.
        folder: Option<PathBuf>,
    },
    /// The Hub refuses.
    #[error(transparent)]
    Refused(Box<Refused>),
    /// Something else than a Hub answers.
    #[error("{model}: {address} does not answer as the Hub does ({reason}): check HF_ENDPOINT")]
    NoHub {
        /// The model, and a file of it where one was asked for.
        model: String,
        /// What was asked.
        address: String,
        /// What is odd in the answer.
        reason: String,
    },
    /// A model without what is needed of it.
    #[error("{model}: holds no {missing}, only {found}: it is no encoder that can be read")]
    NoModel {
        /// The model.
        model: HubModel,
        /// What it lacks.
        missing: &'static str,
        /// The files that it has.
        found: String,
    },
    /// A copy in the cache that lacks a file though all was fetched.
    #[error("{model}: its copy in {} still lacks {missing}: remove that folder and try again", folder.display())]
    StillLacks {
        /// The model.
        model: HubModel,
        /// The copy.
        folder: PathBuf,
        /// What it lacks.
        missing: String,
    },
    /// A file that does not arrive.
    #[error(
        "{model}: {file} does not arrive whole from {endpoint} ({reason}): run it again later, it goes on where it stopped"
    )]
    NotWhole {
        /// The model.
        model: HubModel,
        /// The file.
        file: String,
        /// The address of the Hub.
        endpoint: String,
        /// What went wrong last.
        reason: String,
    },
    /// A server that says no more.
    #[error(
        "{model}: {file}: {endpoint} has been silent for {seconds} s, {arrived} bytes have come: run it again, it goes on \
         where it stopped; HF_HUB_DOWNLOAD_TIMEOUT is the longest silence in seconds"
    )]
    Silent {
        /// The model.
        model: HubModel,
        /// The file.
        file: String,
        /// The address of the Hub.
        endpoint: String,
        /// How long it may be silent.
        seconds: u64,
        /// Bytes that arrived.
        arrived: u64,
    },
    /// No room in the cache.
    #[error("{model}: {file}: {} is full: make room there, or set HF_HOME", cache.display())]
    Full {
        /// The model.
        model: HubModel,
        /// The file.
        file: String,
        /// The cache.
        cache: PathBuf,
    },
    /// Another program is at it.
    #[error("{model}: {file}: another program fetches it ({}): wait for it", lock.display())]
    Locked {
        /// The model.
        model: HubModel,
        /// The file.
        file: String,
        /// What the other program holds.
        lock: PathBuf,
    },
    /// A model that was to be sent by nobody.
    #[error(
        "{target}: nobody may send without a token: make one that may write at {endpoint}/settings/tokens and set \
         HF_TOKEN, or run `hf auth login`"
    )]
    NoToken {
        /// Where it was to go.
        target: HubModel,
        /// The address of the Hub.
        endpoint: String,
    },
    /// A file that the Hub does not take.
    #[error("{target}: {file} is not taken: {reason}")]
    NotTaken {
        /// Where it was to go.
        target: HubModel,
        /// The file.
        file: String,
        /// What the Hub says, and what to do.
        reason: String,
    },
    /// A file that did not get through.
    #[error("{target}: sending {file}: {reason}: try again later")]
    Sending {
        /// Where it was to go.
        target: HubModel,
        /// The file.
        file: String,
        /// What went wrong.
        reason: String,
    },
    /// A file or folder on this machine.
    #[error(transparent)]
    Files(#[from] FilesError),
}

/// What the cache holds of a model that is not whole.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cached {
    /// Nothing.
    Nothing {
        /// The cache.
        cache: PathBuf,
    },
    /// Not all of it.
    Part {
        /// The copy.
        folder: PathBuf,
        /// What it lacks.
        missing: String,
    },
}

/// Why nobody is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Alone {
    /// The environment says so.
    Offline,
    /// The program has no network.
    NoNetwork,
}

/// What was about to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Purpose {
    /// Something was to be fetched.
    Read,
    /// Something was to be sent.
    Write,
}

/// An answer of the Hub that is an error.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusal {
    /// The status of HTTP.
    pub status: u16,
    /// Which error it is, in a word such as `GatedRepo`.
    pub code: Option<String>,
    /// What the Hub says.
    pub message: Option<String>,
    /// How many seconds it asks to wait.
    pub retry_after: Option<u64>,
}

/// A refusal with what it is about; it prints with what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refused {
    /// The model.
    pub model: HubModel,
    /// What was about to be done.
    pub purpose: Purpose,
    /// The address of the Hub.
    pub endpoint: String,
    /// Where the token comes from that was shown; none where there was none.
    pub token: Option<String>,
    /// What the Hub said.
    pub refusal: Refusal,
    /// What may have been meant.
    pub near: Vec<String>,
}

impl Error for Refused {}

impl Refusal {
    pub(crate) fn is(&self, code: &str) -> bool {
        self.code.as_deref() == Some(code)
    }

    /// Whether what is missing is the branch, the tag or the commit.
    #[must_use]
    pub fn is_missing_revision(&self) -> bool {
        self.status == 404 && self.is("RevisionNotFound")
    }
}

impl fmt::Display for Refusal {
    /// The status and what the Hub says, on one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.status)?;
        let Some(message) = &self.message else { return Ok(()) };
        // Somebody else's words: one line of them, and not a page.
        let words: Vec<&str> = message.split_whitespace().collect();
        let line: String = words.join(" ").chars().filter(|each| !is_active(*each)).take(200).collect();
        write!(f, ": {}", line.trim_end_matches(['.', ':', ' ']))
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { model, endpoint, refusal, .. } = self;
        let id = &model.id;
        let does = if self.purpose == Purpose::Read { "read" } else { "write" };
        match (refusal.status, &self.token) {
            (401 | 403, token) if refusal.is("GatedRepo") => {
                write!(
                    f,
                    "{model}: is open only to those who were granted access ({refusal}): ask for it at {endpoint}/{id}"
                )?;
                match token {
                    None => f.write_str(", then set HF_TOKEN to a token of the account that asked"),
                    Some(token) => write!(f, " with the account that the token of {token} belongs to"),
                }
            }
            (401, None) => write!(
                f,
                "{model}: the Hub at {endpoint} shows no such model without a token ({refusal}){}: check the name, or set \
                 HF_TOKEN to a token that may {does} it",
                self.near("near it are")
            ),
            (401, Some(token)) => write!(
                f,
                "{model}: the Hub at {endpoint} does not accept the token of {token} ({refusal}): make another one at \
                 {endpoint}/settings/tokens"
            ),
            (403, token) => {
                let whose = token.as_ref().map_or("nobody's token".to_owned(), |token| format!("the token of {token}"));
                write!(
                    f,
                    "{model}: {whose} may not {does} it ({refusal}): set HF_TOKEN to one that may, from \
                     {endpoint}/settings/tokens"
                )
            }
            (404, _) if refusal.is_missing_revision() => write!(
                f,
                "{id}: has no branch, tag or commit `{}` ({refusal}){}: check what stands behind @",
                model.revision,
                self.near("there are")
            ),
            (404, _) => write!(
                f,
                "{model}: there is no such model at {endpoint} ({refusal}){}: check the name",
                self.near("near it are")
            ),
            (429, _) => write!(
                f,
                "{model}: {endpoint} has had too many requests ({refusal}): wait some minutes, or set HF_TOKEN, which is \
                 allowed more"
            ),
            (500.., _) => {
                write!(f, "{model}: {endpoint} is in trouble ({refusal}): try again later; what was fetched is kept")
            }
            _ => write!(
                f,
                "{model}: {endpoint} refuses ({refusal}): expected a Hugging Face Hub there; check HF_ENDPOINT"
            ),
        }
    }
}

impl Refused {
    fn near(&self, said: &str) -> String {
        if self.near.is_empty() { String::new() } else { format!("; {said} {}", self.near.join(", ")) }
    }
}

impl fmt::Display for Cached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing { cache } => write!(f, "{} holds no copy of it", cache.display()),
            Self::Part { folder, missing } => write!(f, "its copy in {} lacks {missing}", folder.display()),
        }
    }
}

impl fmt::Display for Alone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Offline => "HF_HUB_OFFLINE forbids",
            Self::NoNetwork => "this program was built without a network",
        })
    }
}

fn unreachable(model: &HubModel, endpoint: &str, reason: &dyn Error, folder: Option<&PathBuf>) -> String {
    let Some(folder) = folder else {
        return format!("{model}: {endpoint} cannot be reached ({reason}): try again when it can");
    };
    format!(
        "{model}: {endpoint} cannot be reached ({reason}): without a network, fetch it where there is one and copy {} to \
         the same place here, or name a folder with its files; HF_ENDPOINT names a mirror",
        folder.display()
    )
}

/// The error of the system as one of this crate's.
pub(crate) fn io(path: &Path, doing: Doing) -> impl FnOnce(io::Error) -> HubError + '_ {
    move |source| FilesError::Io { path: path.to_owned(), doing, source }.into()
}
