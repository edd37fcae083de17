//! Progress bars and log lines on standard error that do not write over each other.

use std::io::{self, Write};
use std::ops::ControlFlow;
use std::sync::LazyLock;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use tracing_subscriber::EnvFilter;
use welt_hub::Transfer;

use crate::interrupt::is_interrupted;

static BARS: LazyLock<MultiProgress> = LazyLock::new(MultiProgress::new);

/// Sends log lines to standard error and, unless `quiet`, draws bars there.
///
/// `RUST_LOG` chooses what is logged; without it everything from information on, from warnings on when `quiet`. Of what
/// graphics cards are driven with only errors are: it tells of every kernel that it tries.
pub fn start(quiet: bool) {
    if quiet {
        BARS.set_draw_target(ProgressDrawTarget::hidden());
    }
    let default = if quiet { "warn,cubecl=error,wgpu=error" } else { "info,cubecl=error,wgpu=error" };
    let asked = std::env::var("RUST_LOG").unwrap_or_default();
    // At its finest the HTTP library logs every byte that it sends, the token among them.
    let asked = asked.split(',').filter(|each| !each.trim().is_empty() && !each.trim().starts_with("ureq"));
    let asked: Vec<&str> = asked.chain(["ureq=warn", "ureq_proto=warn"]).collect();
    let filter = EnvFilter::try_new(asked.join(",")).ok().filter(|_| asked.len() > 2);
    let filter = filter.unwrap_or_else(|| EnvFilter::new(default));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(|| AboveBars)
        .without_time()
        .with_target(false)
        .with_ansi(false)
        .init();
}

/// Standard error, with the bars taken away while a line is written.
struct AboveBars;

impl Write for AboveBars {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        BARS.suspend(|| io::stderr().write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// A bar over `length` units that shows a message and the time left.
pub fn bar(length: usize, what: &str) -> ProgressBar {
    styled_bar(length as u64, what, "{prefix} [{bar:24}] {pos}/{len} {msg} {eta} left")
}

/// A bar over `length` bytes that shows the time left.
pub fn bar_of_bytes(length: u64, what: &str) -> ProgressBar {
    styled_bar(length, what, "{prefix} [{bar:24}] {bytes}/{total_bytes} {eta} left")
}

/// Shows files that come and go, each by a bar of its own.
pub fn transfers() -> impl FnMut(&Transfer) {
    let mut bar: Option<ProgressBar> = None;
    move |transfer| {
        let shown = bar.get_or_insert_with(|| bar_of_bytes(0, transfer.name));
        shown.set_length(transfer.size);
        shown.set_position(transfer.arrived);
        if transfer.is_over {
            shown.finish_and_clear();
            bar = None;
        }
    }
}

/// Moves a bar on; stops the work if Ctrl-C was pressed.
pub fn advance(bar: &ProgressBar, units: usize) -> ControlFlow<()> {
    bar.inc(units as u64);
    if is_interrupted() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}

fn styled_bar(length: u64, what: &str, template: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = BARS.add(ProgressBar::new(length).with_style(style.progress_chars("=> ")));
    bar.set_prefix(what.to_owned());
    bar
}
