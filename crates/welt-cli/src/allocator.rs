//! The program's allocator: mimalloc, told to keep the memory of freed tensors.
//!
//! Every operation on tensors allocates its result and frees its inputs. With the system's allocator a fifth of the
//! time of a training step goes to page faults, because freed tensors go back to the kernel at once.

#![allow(unsafe_code)]

use std::ffi::{c_int, c_long};

use mimalloc::MiMalloc;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// `mi_option_purge_delay` of mimalloc's header, in versions 2 and 3 alike; the bindings do not name it.
const PURGE_DELAY: c_int = 15;

/// Never gives memory back to the system before the program ends.
pub fn keep_memory() {
    let never: c_long = -1;
    // SAFETY: sets an integer option of the allocator; the call is thread-safe and takes any value.
    unsafe { libmimalloc_sys::mi_option_set(PURGE_DELAY, never) };
}
