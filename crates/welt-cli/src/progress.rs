//! Progress bars on standard error, which make room for lines.

use std::ops::ControlFlow;
use std::sync::LazyLock;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use welt_hub::Transfer;

use crate::interrupt::is_interrupted;

/// The most characters of what a bar is of.
const LONGEST_NAME: usize = 60;

static BARS: LazyLock<MultiProgress> = LazyLock::new(MultiProgress::new);

/// Draws no bars.
pub fn hide() {
    BARS.set_draw_target(ProgressDrawTarget::hidden());
}

/// Does something with the bars taken away, such as writing a line where they are.
pub fn without_bars<T>(act: impl FnOnce() -> T) -> T {
    BARS.suspend(act)
}

/// A bar over `length` units that shows a message and the time left.
pub fn bar(length: usize, what: &str) -> ProgressBar {
    styled_bar(length as u64, what, "{prefix} [{bar:24}] {pos}/{len} {msg} {eta} left")
}

/// A bar over `length` bytes that shows the time left.
pub fn bar_of_bytes(length: u64, what: &str) -> ProgressBar {
    styled_bar(length, what, "{prefix} [{bar:24}] {bytes}/{total_bytes} {eta} left")
}

/// A bar over `length` bytes that shows a message and the time left, or the message alone where the length is not known.
pub fn bar_of_rate(length: Option<u64>, what: &str) -> ProgressBar {
    match length {
        Some(length) => styled_bar(length, what, "{prefix} [{bar:24}] {bytes}/{total_bytes}, {msg}, {eta} left"),
        None => styled_bar(0, what, "{prefix} {msg}"),
    }
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
    bar.set_prefix(welt_terminal::cut(what, LONGEST_NAME).into_owned());
    bar
}
