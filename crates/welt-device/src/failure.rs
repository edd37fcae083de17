//! Turns what a backend dies of into an error: Burn has no way to fail but to panic, often on a thread of its own.
//! Work goes in, its result or the backend's first complaint comes out.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

use crate::error::DeviceError;

/// What is known of a backend that fails.
#[derive(Debug, Default)]
struct Watch {
    /// The device that the program computes on; none for the processor, whose panics are faults of this program.
    device: Option<String>,
    /// How many attempts are under way.
    attempts: usize,
    /// What was complained of first; later panics follow from it.
    first: Option<String>,
    /// The first complaint after which what the device computes is of no use.
    fatal: Option<String>,
}

static WATCH: Mutex<Watch> = Mutex::new(Watch { device: None, attempts: 0, first: None, fatal: None });

/// Whether there was a fatal complaint, for those who ask often.
static FAILED: AtomicBool = AtomicBool::new(false);

fn watch() -> MutexGuard<'static, Watch> {
    WATCH.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Notes the device that all work from now on is done on.
pub fn in_use(device: &str) {
    watch().device = Some(device.to_owned());
}

/// Runs the program; what it gives is kept back where the device in use failed.
///
/// # Errors
/// The device's failure. A panic of this program itself goes on.
pub fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, DeviceError> {
    let done = caught(work);
    let fatal = watch().fatal.clone();
    fatal.map_or(done, Err).map_err(|failure| {
        let device = watch().device.clone().unwrap_or_default();
        DeviceError::Failed { device, failure }
    })
}

/// Whether the device in use has failed for good: the work is to end at the next good moment, as after Ctrl-C.
///
/// A thread of the device may panic while this one is given numbers that were never computed.
#[must_use]
pub fn has_failed() -> bool {
    FAILED.load(Ordering::SeqCst)
}

/// Runs what may open a device.
///
/// # Errors
/// What its backend complained of.
pub fn attempt<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    watch().attempts += 1;
    let done = caught(work);
    watch().attempts -= 1;
    done
}

fn caught<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    static LISTEN: Once = Once::new();
    LISTEN.call_once(|| {
        let otherwise = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if !is_noted(panic) {
                otherwise(panic);
            }
        }));
    });
    let done = panic::catch_unwind(AssertUnwindSafe(work));
    let first = watch().first.take();
    match (done, first) {
        (Ok(done), None) => Ok(done),
        (Ok(done), Some(_)) if has_failed() => Ok(done),
        (Ok(done), Some(complaint)) => {
            tracing::warn!("a thread of the device ended, and the work went on: {complaint}");
            Ok(done)
        }
        (Err(_), Some(complaint)) => Err(complaint),
        (Err(payload), None) => panic::resume_unwind(payload),
    }
}

/// Notes the panic of a backend instead of printing it, unless a backtrace is asked for.
fn is_noted(panic: &PanicHookInfo) -> bool {
    let is_ours = panic.location().is_some_and(|location| is_our_source(Path::new(location.file())));
    let mut watch = watch();
    if (is_ours && watch.fatal.is_none()) || (watch.device.is_none() && watch.attempts == 0) {
        return false;
    }
    let message = one_line(panic.payload_as_str().unwrap_or("no reason given"));
    if is_fatal(&message) && watch.attempts == 0 && watch.fatal.is_none() {
        watch.fatal = Some(message.clone());
        FAILED.store(true, Ordering::SeqCst);
    }
    watch.first.get_or_insert(message);
    Backtrace::capture().status() != BacktraceStatus::Captured
}

/// Whether a source file is of this workspace; those of others lie in folders named after their crates.
fn is_our_source(file: &Path) -> bool {
    file.components().any(|part| part.as_os_str().to_str().is_some_and(|part| part.starts_with("welt-")))
}

/// Messages of drivers run over many lines.
fn one_line(message: &str) -> String {
    const LONGEST: usize = 300;
    let words: Vec<&str> = message.split_whitespace().collect();
    let line = words.join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", &line[..end]),
        None => line,
    }
}

/// Whether memory could not be had. A kernel that fails is not fatal: others are tried when kernels are chosen, and
/// where none works the panic reaches the program.
fn is_fatal(message: &str) -> bool {
    const WORDS: [&str; 5] =
        ["create_buffer", "out of memory", "out of device memory", "out-of-memory", "can't allocate"];
    let lower = message.to_lowercase();
    WORDS.iter().any(|words| lower.contains(words))
}

/// Whether a failure is about memory, so that less work at once may help.
pub(crate) fn is_of_memory(failure: &str) -> bool {
    let lower = failure.to_lowercase();
    let of_memory = ["memory", "buffer too large", "create_buffer", "exceeds", "alloc"];
    of_memory.iter().any(|word| lower.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(message: &str, ends_the_work: bool, names_memory: bool) {
        assert_eq!(is_fatal(message), ends_the_work, "{message}");
        assert_eq!(is_of_memory(message), names_memory, "{message}");
    }

    /// As wgpu 30, CubeCL 0.11 and LibTorch 2.9 said or say them.
    #[test]
    fn full_memory_is_told_from_a_kernel_that_fails() {
        let of_wgpu = "wgpu error: Validation Error Caused by: In Device::create_buffer Buffer size 15360000000 is greater \
                       than the maximum buffer size (2147483647)";
        check(of_wgpu, true, true);
        check("wgpu error: Out of Memory", true, true);
        check("out of device memory allocating 15360000000 bytes", true, true);
        check("can't allocate buffer of size: 15360000000", true, true);
        check("DefaultCPUAllocator: can't allocate memory: you tried to allocate 153600000000 bytes", true, true);
        check("called `Result::unwrap()` on an `Err` value: UnsupportedType(\"cube.bf16\")", false, false);
        check("wgpu error: Validation Error Caused by: In Device::create_compute_pipeline", false, false);
    }
}
