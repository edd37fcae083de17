//! `welt --help`: all commands in groups, in the order in which a user meets them.
//! The commands with what they are for go in, the first page of the help comes out.

use std::fmt::Write as _;

use clap::Command;
use clap::builder::StyledStr;

/// Every command that is shown, in groups.
const GROUPS: [(&str, &[&str]); 5] = [
    ("Corpora", &["convert", "show", "check", "stats", "split", "weights", "corpora"]),
    ("Training", &["train", "sweep", "status", "report"]),
    ("Scores", &["evaluate", "compare", "errors"]),
    ("Models", &["predict", "tune", "export", "models", "fetch", "push"]),
    ("This program", &["devices", "bench", "completions", "man"]),
];

/// Puts the groups in the place of clap's one list.
pub fn grouped(command: Command) -> Command {
    let page = template(&command);
    command.help_template(page)
}

fn template(command: &Command) -> StyledStr {
    let styles = command.get_styles();
    let (header, literal) = (styles.get_header(), styles.get_literal());
    let names = GROUPS.iter().flat_map(|(_, names)| *names);
    let width = names.map(|name| name.len()).max().unwrap_or(0);
    let mut page = StyledStr::from("{about-with-newline}\n{usage-heading} {usage}\n");
    for (heading, names) in GROUPS {
        let _ = writeln!(page, "\n{header}{heading}:{header:#}");
        for name in names {
            let about = command.find_subcommand(name).and_then(Command::get_about).map(ToString::to_string);
            let about = about.unwrap_or_default();
            let _ = writeln!(page, "  {literal}{name}{literal:#}{:1$}  {about}", "", width - name.len());
        }
    }
    let _ = write!(page, "\n{header}Options:{header:#}\n{{options}}{{after-help}}");
    page
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::Arguments;

    #[test]
    fn every_command_stands_in_one_group_in_the_order_of_the_program() {
        let command = Arguments::command();
        let shown = command.get_subcommands().filter(|command| !command.is_hide_set()).map(Command::get_name);
        let grouped: Vec<&str> = GROUPS.iter().flat_map(|(_, names)| *names).copied().collect();
        assert_eq!(shown.collect::<Vec<_>>(), grouped);
    }

    #[test]
    fn what_a_command_is_for_fits_a_line() {
        for command in Arguments::command().get_subcommands() {
            let about = command.get_about().map(ToString::to_string).unwrap_or_default();
            assert!(about.chars().count() <= 84, "{}: {about}", command.get_name());
        }
    }

    #[test]
    fn no_example_is_wrapped() {
        fn check(command: &Command) {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            for line in help.lines() {
                assert!(line.chars().count() <= 100, "{}: {line}", command.get_name());
            }
            command.get_subcommands().for_each(check);
        }
        check(&Arguments::command());
    }

    #[test]
    fn arguments_are_as_clap_wants_them() {
        Arguments::command().debug_assert();
    }
}
