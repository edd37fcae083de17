//! Reports of small stores that are made here.

mod fake;
mod own;
mod paper;
