//! How an architecture tells what its tensors are called: in the modules here, and in checkpoints.

/// What the tensors of an encoder are called in checkpoints, behind the prefix of its architecture.
#[derive(Debug)]
pub(crate) struct Names {
    /// What its list of layers is called, which is `layer` in the modules.
    pub layers: &'static str,
    /// The parts of a layer: in a checkpoint, and in the module.
    pub layer: &'static [(&'static str, &'static str)],
    /// All else that is called otherwise: in a checkpoint, and in the module.
    pub others: &'static [(&'static str, &'static str)],
}

impl Names {
    /// The name in a checkpoint of a module of the encoder whose path is `module`.
    pub fn in_checkpoint(&self, module: &str) -> String {
        let theirs = |table: &[(&'static str, &'static str)], ours: &str| {
            table.iter().find(|(_, name)| *name == ours).map_or(ours.to_owned(), |(theirs, _)| (*theirs).to_owned())
        };
        match module.strip_prefix("layer.").and_then(|rest| rest.split_once('.')) {
            Some((index, ours)) => format!("{}.{index}.{}", self.layers, theirs(self.layer, ours)),
            None => theirs(self.others, module),
        }
    }
}
