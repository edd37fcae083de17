//! The module's allocator where it has a tagger: mimalloc, told to keep the memory of freed tensors, as in the program `welt`.
//! It serves what is allocated here; Python's own memory is Python's.
//!
//! Every operation on tensors allocates its result and frees its inputs. With the system's allocator a third of the speed is lost
//! to memory that goes back to the kernel and is asked for again.

#![allow(unsafe_code)]

use std::ffi::{c_int, c_long};

use mimalloc::MiMalloc;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// `mi_option_purge_delay` of mimalloc's header, in versions 2 and 3 alike; the bindings do not name it.
const PURGE_DELAY: c_int = 15;

/// Never gives memory back to the system before the process ends; called when a model is loaded, not when the module is.
pub fn keep_memory() {
    let never: c_long = -1;
    // SAFETY: sets an integer option of the allocator; the call is thread-safe and takes any value.
    unsafe { libmimalloc_sys::mi_option_set(PURGE_DELAY, never) };
}
