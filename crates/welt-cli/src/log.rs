//! Lines on standard error: errors, warnings, and what is worth knowing, each beginning with what it is.
//! Messages in, lines out, coloured where the terminal or `--color` wants it, and never through a progress bar.
//! What others wrote stands in many of them, so each is escaped and cut here, and lines after the first are set in.

use std::fmt;
use std::io::{self, Write};

use clap::builder::styling::{AnsiColor, Style};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use crate::progress;

/// How much is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saying {
    /// What is wrong or suspicious, and no bars.
    Warnings,
    /// How far long work is, too.
    Progress,
    /// What was found and guessed on the way, too.
    Details,
    /// What libraries do, too.
    Everything,
}

impl Saying {
    /// What is logged; of what drives graphics cards little is, since it tells of every kernel that it tries.
    const fn filter(self) -> &'static str {
        match self {
            Self::Warnings => "warn,cubecl=error,wgpu=error",
            Self::Progress => "info,cubecl=error,wgpu=error",
            Self::Details => "info,welt=debug,cubecl=error,wgpu=error",
            Self::Everything => "debug,welt=trace,cubecl=warn,wgpu=warn",
        }
    }
}

/// Sends log lines to standard error and, unless only warnings are wanted, draws bars there.
///
/// `RUST_LOG` chooses what is logged; without it `saying` does.
pub fn start(saying: Saying) {
    if saying == Saying::Warnings {
        progress::hide();
    }
    let asked = std::env::var("RUST_LOG").unwrap_or_default();
    // At its finest the HTTP library logs every byte that it sends, the token among them.
    let kept = |each: &&str| !each.trim().is_empty() && !each.trim().starts_with("ureq");
    let filter = |directives: &str| {
        let directives: Vec<&str> =
            directives.split(',').filter(kept).chain(["ureq=warn", "ureq_proto=warn"]).collect();
        EnvFilter::try_new(directives.join(",")).ok()
    };
    let is_asked = asked.split(',').any(|each| kept(&each));
    let chosen = filter(&asked).filter(|_| is_asked).or_else(|| filter(saying.filter()));
    tracing_subscriber::fmt()
        .with_env_filter(chosen.unwrap_or_else(|| EnvFilter::new(saying.filter())))
        .with_writer(|| AboveBars)
        .event_format(Lines)
        .init();
}

/// Says why the program ends.
pub fn error(message: &str) {
    let style = style(Level::ERROR);
    anstream::eprintln!("{style}error:{style:#} {}", welt_terminal::message(message));
}

/// A line an event: `warning: train and test share documents`.
struct Lines;

impl<S, N> FormatEvent<S, N> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut out: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let (level, target) = (*event.metadata().level(), event.metadata().target());
        let (style, word) = (style(level), word(level));
        write!(out, "{style}{word}:{style:#} ")?;
        if !target.starts_with("welt") {
            write!(out, "{target}: ")?;
        }
        let mut said = String::new();
        context.format_fields(Writer::new(&mut said), event)?;
        writeln!(out, "{}", welt_terminal::message(&said))
    }
}

/// What a line begins with.
const fn word(level: Level) -> &'static str {
    match level {
        Level::ERROR => "error",
        Level::WARN => "warning",
        Level::INFO => "info",
        Level::DEBUG => "debug",
        Level::TRACE => "trace",
    }
}

/// The colours that clap gives its own lines, and quieter ones for what is no trouble.
const fn style(level: Level) -> Style {
    match level {
        Level::ERROR => AnsiColor::Red.on_default().bold(),
        Level::WARN => AnsiColor::Yellow.on_default().bold(),
        Level::INFO => AnsiColor::Green.on_default(),
        Level::DEBUG | Level::TRACE => Style::new().dimmed(),
    }
}

/// Standard error, with the bars taken away while a line is written; colours go where they are not wanted.
struct AboveBars;

impl Write for AboveBars {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        progress::without_bars(|| anstream::stderr().write_all(bytes))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}
