//! Runs the grids that come with the project, with the published numbers beside what comes out.
//! Arguments go in, a folder of runs and its report come out; the work is that of `welt-sweep` and `welt` processes.

mod request;

use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;

pub use request::Request;

/// Plans what is asked for, and runs or foretells it.
pub fn run(request: &Request, workspace: &Path) -> Result<ExitCode> {
    let asked = request.asked(workspace)?;
    let welt = crate::program::welt_for(&asked.sweep.device, request.welt.as_deref(), workspace)?;
    if request.dry_run {
        return welt_sweep::dry_run(&asked, &welt);
    }
    welt_sweep::run(&asked, &welt, &|store| crate::report::write(store, workspace))
}
