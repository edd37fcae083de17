//! The program as its users meet it: command lines in, exit codes, standard output and standard error out.

#![allow(clippy::unwrap_used)]

mod annotation_tools;
mod bench;
mod check;
mod checkpoints;
mod choices;
mod convert;
mod corpora;
mod devices;
mod dialects;
mod documents;
mod flags;
mod folder;
mod foreign_text;
mod hub;
#[cfg(unix)]
mod inputs;
mod interrupts;
mod killed;
mod metrics;
mod outputs;
mod prediction;
mod pretend_hub;
mod published_corpora;
mod readings;
mod reports;
mod runs;
mod serving;
mod settings;
mod split;
mod stats;
mod sweep;
mod tables;
mod tagged_folders;
