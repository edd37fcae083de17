//! What of the flags of `welt predict` does not go together, told before anything is read or written. Flags go in, an error comes out.

use std::path::Path;

use anyhow::{Result, bail};
use welt_files::{is_one_path, resolved};

use super::{Input, Launcher, PredictArguments};

impl PredictArguments {
    /// Refuses what would overwrite what is read, and flags for something else than is asked for; `has_many` says whether each file
    /// gets an output of its own.
    ///
    /// # Errors
    /// Such flags.
    pub(super) fn refuse(&self, has_many: bool) -> Result<()> {
        self.refuse_paths()?;
        if self.spread.launcher == Launcher::Local {
            self.refuse_for_slurm()?;
        }
        if has_many {
            self.refuse_for_many()?;
            self.refuse_for_documents()?;
        }
        Ok(())
    }

    /// What is written, by the flag that names it.
    fn written(&self) -> impl Iterator<Item = (&'static str, &Path)> {
        let named = [("--output", &self.output), ("--report", &self.report), ("--trace", &self.trace)];
        let paths = named.into_iter().filter_map(|(flag, path)| Some((flag, path.as_deref()?)));
        // What is written to a pipe or a device replaces nothing.
        paths.filter(|(_, path)| path.as_os_str() != "-" && (path.is_file() || path.is_dir() || !path.exists()))
    }

    fn refuse_paths(&self) -> Result<()> {
        for (index, (flag, path)) in self.written().enumerate() {
            let shown = path.display();
            if self.files.iter().any(|input| is_one_path(path, input)) {
                bail!("{flag} is {shown}, which is read: name another path");
            }
            // Half of it would be read as one of the documents.
            if let Some(folder) = self.files.iter().find(|input| input.is_dir() && lies_in(path, input)) {
                bail!("{flag} is {shown}, in {}, which is read: name a path elsewhere", folder.display());
            }
            if let Some((other, _)) = self.written().take(index).find(|(_, other)| is_one_path(path, other)) {
                bail!("{other} and {flag} are both {shown}: name two paths");
            }
        }
        Ok(())
    }

    /// Refuses to write over the files of the model, or to put the outputs of many files among them.
    ///
    /// # Errors
    /// A path that is the folder of the model, or a file in it.
    pub(super) fn refuse_files_of(&self, model: &Path) -> Result<()> {
        let is_of_model = |path: &Path| is_one_path(path, model) || path.is_file() && lies_in(path, model);
        match self.written().find(|(_, path)| is_of_model(path)) {
            Some((flag, path)) => {
                bail!("{flag} is {}, which is of the model: name another path", path.display())
            }
            None => Ok(()),
        }
    }

    fn refuse_for_slurm(&self) -> Result<()> {
        let spread = &self.spread;
        let named = [
            ("--files-per-task", spread.files_per_task.is_some()),
            ("--sbatch", !spread.sbatch.is_empty()),
            ("--jobs", spread.jobs.is_some()),
            ("--retries", spread.retries.is_some()),
        ];
        match named.into_iter().find(|(_, is_named)| *is_named) {
            Some((flag, _)) => bail!("{flag} is for the jobs of Slurm: add --launcher slurm, or leave it out"),
            None => Ok(()),
        }
    }

    /// Refuses what means nothing where each file gets an output of its own.
    fn refuse_for_many(&self) -> Result<()> {
        if self.report.is_some() || self.trace.is_some() {
            bail!("--report and --trace are for one output: each file of a folder has a report in its folder reports");
        }
        if self.spread.launcher == Launcher::Local {
            return Ok(());
        }
        if self.spread.shard.is_some() {
            bail!(
                "--shard is for a scheduler of one's own, and --launcher slurm spreads the files itself: leave one out"
            );
        }
        if self.files.iter().any(|file| file.as_os_str() == "-") {
            bail!("-: a job cannot read this standard input: name files that all nodes see");
        }
        Ok(())
    }

    /// Refuses what is for documents where sentences are read, and the other way round.
    ///
    /// # Errors
    /// Such flags.
    pub(super) fn refuse_for_input(&self, input: Input) -> Result<()> {
        match input {
            Input::Documents(_) => self.refuse_for_documents(),
            Input::Conll | Input::Text => self.refuse_for_sentences(input),
        }
    }

    fn refuse_for_documents(&self) -> Result<()> {
        let of_sentences = [("--format", self.format.is_some()), ("--word-column", self.words.is_named())];
        if let Some((flag, _)) = of_sentences.into_iter().find(|(_, is_named)| *is_named) {
            bail!("{flag} is for sentences, and documents are read: leave it out, or name --from conll or --from text");
        }
        Ok(())
    }

    fn refuse_for_sentences(&self, input: Input) -> Result<()> {
        let name = self.files.first().map(|file| file.display().to_string()).unwrap_or_default();
        if self.to.is_some() {
            bail!("--to says what becomes of documents, and {name} holds sentences: leave it out, or name --from");
        }
        if self.replace {
            bail!(
                "--replace takes annotations out of documents, and {name} holds sentences, of which only the words are read: \
                 leave it out, or name --from"
            );
        }
        if input == Input::Text && self.words.is_named() {
            bail!("--word-column is for words on lines, and --from text reads a sentence a line: leave one out");
        }
        Ok(())
    }
}

/// Whether a path is a folder or leads into it.
fn lies_in(path: &Path, folder: &Path) -> bool {
    resolved(path).starts_with(resolved(folder))
}
