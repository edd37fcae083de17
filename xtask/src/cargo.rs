//! Runs cargo from a program that cargo runs.
//! Nothing goes in, a command to add arguments to comes out.

use std::ffi::OsString;
use std::process::Command;

/// What cargo says of the package that it runs. Some build scripts ask to be run again when it changes, so whatever
/// they build would be built anew for every other caller.
const OF_THIS_PACKAGE: [&str; 2] = ["CARGO_MANIFEST_", "CARGO_PKG_"];

/// The cargo that runs this program, as from a shell.
pub fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")));
    for (name, _) in std::env::vars_os() {
        if OF_THIS_PACKAGE.iter().any(|part| name.to_string_lossy().starts_with(part)) {
            command.env_remove(name);
        }
    }
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_is_not_told_of_the_package_that_calls_it() {
        let removed: Vec<_> =
            cargo().get_envs().filter(|(_, value)| value.is_none()).map(|(name, _)| name.to_owned()).collect();
        for name in ["CARGO_MANIFEST_DIR", "CARGO_PKG_NAME"] {
            assert!(removed.iter().any(|removed| removed == name), "{name} stays");
        }
        assert!(removed.iter().all(|name| name != "CARGO_TARGET_DIR" && name != "CARGO_HOME"));
    }
}
