//! What a sweep was to run, written beside its runs: which cell has which run.
//!
//! Records alone name no corpus and no encoder, and a run that never finished has no record: with the plans of its sweeps a
//! folder of runs tells all of it, also after several folders were copied into one.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use welt_settings::{Training, Weighting};

use crate::RecordError;
use crate::error::{check_format, not, read};
use crate::record::Encountered;

/// The cells of a sweep.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Raised when the meaning of a field changes.
    pub format: u32,
    /// The heading of the grid file.
    pub title: String,
    /// The program, as it names itself and what of it computes.
    pub welt: String,
    /// The kind of device that all runs were made on.
    pub device: String,
    /// So many points of F1 are too few to matter: within them two methods are called the same.
    #[serde(default = "one_point")]
    pub margin: f64,
    /// The cells, by dataset and model.
    pub sections: Vec<Section>,
    /// Datasets and models that were not there, in words.
    pub problems: Vec<String>,
}

/// The margin of plans that state none.
const fn one_point() -> f64 {
    1.0
}

/// The cells of one dataset and model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Section {
    /// The name of the dataset in the grid.
    pub dataset: String,
    /// The name of the texts that the dataset is made of, which others may share; older plans do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The name of the model in the grid.
    pub model: String,
    /// The name of the checkpoint's folder, without the folders above it.
    pub checkpoint: String,
    /// What was asked for, where the checkpoint stands in for something else.
    pub stands_in_for: Option<String>,
    /// Whether the encoder's weights were drawn anew.
    pub from_scratch: bool,
    /// The numbers of the training loop, all of them.
    pub training: Training,
    /// A row a weighting.
    pub rows: Vec<Row>,
}

/// One weighting, with a run for every seed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// What is compared.
    pub weighting: Weighting,
    /// The weighting whose runs these are, where that is another one with the same loss.
    pub same_as: Option<Weighting>,
    /// One a seed.
    pub runs: Vec<Cell>,
}

/// A seed and the run that answers it: the folder `cells/RUN`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    /// The seed.
    pub seed: u64,
    /// The first digits of the hash of the run's [`Identity`](crate::Identity).
    pub run: String,
}

impl Row {
    /// Whether its loss is that of the cross-entropy without class weights.
    #[must_use]
    pub fn is_vanilla(&self) -> bool {
        let vanilla = |weighting: Weighting| weighting.method == Weighting::VANILLA.method;
        vanilla(self.weighting) || self.same_as.is_some_and(vanilla)
    }

    /// The weighting that was run for it.
    #[must_use]
    pub fn loss(&self) -> Weighting {
        self.same_as.unwrap_or(self.weighting)
    }
}

impl Section {
    /// Where its encoder comes from, in words.
    #[must_use]
    pub fn origin(&self, quote: &str) -> String {
        let mut origin = format!("checkpoint {quote}{}{quote}", self.checkpoint);
        if let Some(asked) = &self.stands_in_for {
            origin.push_str(&format!(", which stands in for {asked}"));
        }
        if self.from_scratch {
            origin.push_str(", trained from scratch");
        }
        origin
    }
}

/// The plans in the folder of a sweep.
#[derive(Debug)]
pub struct Plans {
    /// Those that can be read.
    pub plans: Vec<Plan>,
    /// Files that are empty or cut off, as after a failure of power, and what is wrong with each. They count as absent: their
    /// sweeps write them again.
    pub unreadable: Vec<(PathBuf, RecordError)>,
}

/// What a plan holds.
const WHAT: &str = "plans";

/// What a text is not that cannot be read.
const A_PLAN: &str = "a plan of a sweep";

impl Plan {
    /// The newest format, which is the one that is written. Format 1 stated fewer numbers of a training.
    pub const FORMAT: u32 = 2;

    /// Writes it into the folder of a sweep; the same cells give the same file.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn write(&self, folder: &Path) -> Result<PathBuf, RecordError> {
        let plans = folder.join("plans");
        let mut text = serde_json::to_string_pretty(self).map_err(not(A_PLAN, &plans))?;
        text.push('\n');
        welt_files::make_folders(&plans)?;
        let path = plans.join(format!("{}.json", &welt_files::sha256_of(text.as_bytes())[..12]));
        welt_files::write_whole(&path, &text)?;
        Ok(path)
    }

    /// All plans in the folder of a sweep, in the order of their names; none where no sweep wrote any.
    ///
    /// # Errors
    /// A folder that cannot be read, or a plan of a format that is not known.
    pub fn read_all(folder: &Path) -> Result<Plans, RecordError> {
        let mut all = Plans { plans: Vec::new(), unreadable: Vec::new() };
        for path in Self::paths(folder)? {
            match read(&path).and_then(|text| Self::parse(&text, &path)) {
                Ok(plan) => all.plans.push(plan),
                Err(error) if error.is_unreadable() => all.unreadable.push((path, error)),
                Err(error) => return Err(error),
            }
        }
        Ok(all)
    }

    /// The files of all plans in the folder of a sweep, in the order of their names.
    ///
    /// # Errors
    /// A folder that cannot be read.
    pub fn paths(folder: &Path) -> Result<Vec<PathBuf>, RecordError> {
        let plans = folder.join("plans");
        if !plans.is_dir() {
            return Ok(Vec::new());
        }
        let unread = |source| RecordError::Unread { path: plans.clone(), source };
        let mut paths = Vec::new();
        for entry in fs::read_dir(&plans).map_err(unread)? {
            let path = entry.map_err(unread)?.path();
            if path.extension().is_some_and(|extension| extension == "json") {
                paths.push(path);
            }
        }
        paths.sort();
        Ok(paths)
    }

    fn parse(text: &str, path: &Path) -> Result<Self, RecordError> {
        let Encountered { format } = serde_json::from_str(text).map_err(not(A_PLAN, path))?;
        check_format(format, Self::FORMAT, WHAT, path)?;
        if format > 1 {
            return serde_json::from_str(text).map_err(not(A_PLAN, path));
        }
        let mut value: Value = serde_json::from_str(text).map_err(not(A_PLAN, path))?;
        state_numbers(&mut value);
        serde_json::from_value(value).map_err(not(A_PLAN, path))
    }
}

/// Adds the numbers that plans and identities of format 1 left out, for nobody could ask for others.
pub(crate) fn state_numbers_of_format_1(training: &mut Value) {
    let left_out = json!({ "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-8, "precision": "f32" });
    if let (Some(stated), Value::Object(left_out)) = (training.as_object_mut(), left_out) {
        stated.extend(left_out);
    }
}

/// Makes a plan of format 1 state every number of its trainings.
fn state_numbers(plan: &mut Value) {
    plan["format"] = Plan::FORMAT.into();
    for section in plan.get_mut("sections").and_then(Value::as_array_mut).into_iter().flatten() {
        section.get_mut("training").into_iter().for_each(state_numbers_of_format_1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(sections: Vec<Section>) -> Plan {
        let (title, welt, device) = ("A".to_owned(), "welt 1".to_owned(), "cpu".to_owned());
        let margin = one_point();
        Plan { format: Plan::FORMAT, title, welt, device, margin, sections, problems: vec!["no b".into()] }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Plan::read_all(folder.path()).unwrap().plans, []);
        let written = plan(vec![Section {
            dataset: "d".into(),
            source: Some("texts".into()),
            model: "m".into(),
            checkpoint: "c".into(),
            stands_in_for: None,
            from_scratch: true,
            training: Training { epsilon: 1e-6, ..Training::defaults() },
            rows: vec![Row {
                weighting: Weighting::VANILLA,
                same_as: None,
                runs: vec![Cell { seed: 1, run: "0123".into() }],
            }],
        }]);
        let path = written.write(folder.path()).unwrap();
        assert_eq!(written.write(folder.path()).unwrap(), path);
        assert_eq!(Plan::read_all(folder.path()).unwrap().plans, [written]);
        for (text, expected) in
            [("{\"format\": 1}", "missing field `title`"), ("", "EOF"), ("{\"format\": 2, \"ti", "EOF")]
        {
            fs::write(&path, text).unwrap();
            let Plans { plans, unreadable } = Plan::read_all(folder.path()).unwrap();
            let (found, error) = (&unreadable[0].0, unreadable[0].1.to_string());
            assert!(plans.is_empty() && *found == path);
            assert!(error.contains("not a plan of a sweep: ") && error.contains(expected), "{error}");
        }
        fs::write(&path, "{\"format\": 9}").unwrap();
        let error = Plan::read_all(folder.path()).unwrap_err().to_string();
        assert!(error.ends_with("format 9 of plans, expected one from 1 to 2"), "{error}");
    }

    #[test]
    fn a_plan_of_format_1_states_what_it_left_out() {
        let text = r#"{"format":1,"title":"A","welt":"welt 0.1.0, sources 1","device":"default","problems":[],"sections":[
            {"dataset":"d","model":"m","checkpoint":"c","stands_in_for":null,"from_scratch":false,
             "training":{"epochs":1,"batch_size":32,"learning_rate":0.0003,"warmup_ratio":0.0,"weight_decay":0.0,
                         "max_length":128,"window_context":24,"micro_batch_size":16,"batches_sorted_together":50,
                         "max_gradient_norm":1.0,"keep":"last"},
             "rows":[{"weighting":{"scheme":"focal-2","label_order":"intended"},"same_as":null,
                      "runs":[{"seed":1,"run":"0123"}]}]}]}"#;
        let plan = Plan::parse(text, Path::new("plan.json")).unwrap();
        let section = &plan.sections[0];
        assert_eq!((section.training.beta_2, section.training.micro_batch_size), (0.999, 16));
        assert_eq!(section.rows[0].weighting.to_string(), "focal-2");
        // What it could not know of.
        assert_eq!((plan.margin, &section.source), (1.0, &None));
    }
}
