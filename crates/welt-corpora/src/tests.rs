//! Corpora that are made of small files, with a stand-in for `welt`; and the manifests of the project.

#[cfg(unix)]
mod making;
#[cfg_attr(not(unix), allow(dead_code, reason = "only corpora are made with it"))]
pub mod notes;
pub mod packed;
mod project;
#[cfg(unix)]
mod running;
#[cfg(unix)]
pub mod stand_in;
