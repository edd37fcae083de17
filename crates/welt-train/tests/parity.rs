//! Losses, gradients and whole training traces against PyTorch's (`golden/parity` of welt-models, torch 2.15, transformers 5.23;
//! torch 2.9, transformers 5.24 for the encoders beside BERT and ELECTRA).
//!
//! A bias that every key shares has no gradient but rounding noise, which AdamW turns into moves of its own;
//! it is left out of the comparison after training.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::path::{Path, PathBuf};

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::{Device, Int, Tensor, TensorData};
use safetensors::SafeTensors;
use serde_json::Value;
use welt_models::checkpoint::{checkpoint_name, load_encoder, load_tagger};
use welt_models::{EncoderInput, Tagger, computes_in};
use welt_settings::{Precision, Training};
use welt_train::{AdamW, LinearSchedule, MicroBatch, Objective, gradient_norm, step_gradients};

/// The processor, or the device of another backend that the tests were built with, which `BURN_DEVICE` names;
/// `cargo xtask check-backends` does both.
fn device() -> Device {
    if std::env::var_os("BURN_DEVICE").is_some() { Device::default() } else { Device::flex() }
}

/// How much further from PyTorch than the processor that device may be; docs/backends.md says why.
fn leeway() -> f32 {
    match std::env::var("BURN_DEVICE").as_deref() {
        Ok("wgpu") => 3.0,
        Ok("cuda") => 1e4,
        _ => 1.0,
    }
}

/// Prints how far a figure is from PyTorch's, for whoever gathers such lines, and fails where it is too far.
fn check_deviation(figure: &str, difference: f64, tolerance: f64, of: &dyn Debug) {
    let tolerance = tolerance * f64::from(leeway());
    println!("deviation of {figure}: {difference:e} where {tolerance:e} is allowed, {of:?}");
    assert!(difference < tolerance, "{of:?}: {figure} differs by {difference:e}, {tolerance:e} is allowed");
}

/// The larger of two differences, or the one that is not a number.
fn worse(a: f32, b: f32) -> f32 {
    if b <= a { a } else { b }
}

/// A checkpoint of the golden folder in one of its file forms.
#[derive(Debug, Clone, Copy)]
struct Variant {
    architecture: &'static str,
    folder: &'static str,
    form: &'static str,
}

/// The encoders beside BERT and ELECTRA, each in the form that transformers writes today.
const OTHERS: [&str; 4] = ["roberta", "deberta_v3", "deberta_v2", "modernbert"];

/// Every checkpoint in every form that it has.
fn variants() -> Vec<Variant> {
    let folders = [("bert", "bert"), ("bert", "bert_legacy"), ("bert", "bert_encoder_only")];
    let electra = [("electra", "electra"), ("electra", "electra_legacy"), ("electra", "electra_encoder_only")];
    let forms = ["model.safetensors", "pytorch_model.bin", "pytorch_model_prezip.bin"];
    let others = OTHERS.map(|architecture| (architecture, architecture));
    let all = folders
        .into_iter()
        .chain(electra)
        .chain(others)
        .flat_map(|(architecture, folder)| forms.map(|form| Variant { architecture, folder, form }));
    let all = all.filter(|variant| variant.form == "model.safetensors" || !OTHERS.contains(&variant.folder));
    all.filter(|variant| variant.form != "pytorch_model_prezip.bin" || variant.folder.ends_with("_legacy")).collect()
}

struct Golden {
    folder: PathBuf,
    architecture: &'static str,
    inputs: Vec<u8>,
    expected: Value,
}

impl Golden {
    fn open(architecture: &'static str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../welt-models/tests/golden/parity");
        let expected = std::fs::read_to_string(folder.join(architecture).join("expected.json")).unwrap();
        let own = folder.join(architecture).join("inputs.safetensors");
        let inputs = if own.exists() { own } else { folder.join("inputs.safetensors") };
        Self {
            inputs: std::fs::read(inputs).unwrap(),
            expected: serde_json::from_str(&expected).unwrap(),
            folder,
            architecture,
        }
    }

    /// The model of a variant, read from a directory that holds that form alone.
    fn model(&self, variant: Variant) -> Tagger {
        let device = device();
        let golden = self.folder.join(variant.folder);
        let folder = tempfile::tempdir().unwrap();
        let name = if variant.form.ends_with(".bin") { "pytorch_model.bin" } else { variant.form };
        for (from, to) in [("config.json", "config.json"), (variant.form, name)] {
            std::fs::copy(golden.join(from), folder.path().join(to)).unwrap();
        }
        if !variant.folder.ends_with("_encoder_only") {
            return load_tagger(folder.path(), &device).unwrap().model;
        }
        let mut model = load_encoder(folder.path(), vec![String::new(); 3], 1, &device).unwrap().model;
        model.classifier = load_tagger(&self.folder.join(self.architecture), &device).unwrap().model.classifier;
        model
    }

    fn weights(&self, method: &str) -> Vec<f64> {
        match method {
            "welt" => serde_json::from_value(self.expected["class_weights"].clone()).unwrap(),
            _ => vec![1.0; 3],
        }
    }

    /// Rows `from..to` of a batch.
    fn rows(&self, batch: usize, from: usize, to: usize) -> MicroBatch {
        let file = SafeTensors::deserialize(&self.inputs).unwrap();
        let device = device();
        let read = |name: &str| {
            let view = file.tensor(&format!("batch{batch}.{name}")).unwrap();
            let length = view.shape()[1];
            let values = view.data().chunks_exact(8).map(|bytes| i64::from_le_bytes(bytes.try_into().unwrap()) as i32);
            (values.skip(from * length).take((to - from) * length).collect::<Vec<_>>(), [to - from, length])
        };
        let tensor = |(values, shape): (Vec<i32>, [usize; 2])| {
            Tensor::<2, Int>::from_data(TensorData::new(values, shape), &device)
        };
        let (mask, [_, length]) = read("attention_mask");
        let labels = read("labels").0;
        let counted = labels.iter().enumerate().filter(|(_, label)| **label >= 0);
        let (word_rows, gold) = counted.map(|(row, &label)| (row, label as usize)).unzip();
        MicroBatch {
            input: EncoderInput {
                input_ids: tensor(read("input_ids")),
                token_type_ids: tensor(read("token_type_ids")),
                lengths: mask.chunks(length).map(|row| row.iter().sum::<i32>() as usize).collect(),
            },
            word_rows,
            gold,
        }
    }

    /// A batch as one micro-batch, and cut in two.
    fn cuts(&self, batch: usize) -> [Vec<MicroBatch>; 2] {
        let whole = self.rows(batch, 0, self.n_rows(batch));
        let n_rows = self.n_rows(batch);
        [vec![whole], vec![self.rows(batch, 0, n_rows / 2), self.rows(batch, n_rows / 2, n_rows)]]
    }

    fn n_rows(&self, batch: usize) -> usize {
        let file = SafeTensors::deserialize(&self.inputs).unwrap();
        file.tensor(&format!("batch{batch}.labels")).unwrap().shape()[0]
    }

    /// The largest difference to the tensors of a file, by name.
    fn differences(&self, file: &str, found: &BTreeMap<String, Vec<f32>>) -> BTreeMap<String, f32> {
        let bytes = std::fs::read(self.folder.join(self.architecture).join(file)).unwrap();
        let file = SafeTensors::deserialize(&bytes).unwrap();
        assert_eq!(file.names().len(), found.len());
        let difference = |(name, found): (&String, &Vec<f32>)| {
            let view = file.tensor(name).unwrap();
            let values = view.data().chunks_exact(4).map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap()));
            let expected: Vec<f32> = values.collect();
            assert_eq!(expected.len(), found.len(), "{name}");
            let largest = found.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, worse);
            (name.clone(), largest)
        };
        found.iter().map(difference).collect()
    }
}

/// Parameters or their gradients by the names and in the layout of a checkpoint.
fn by_name(model: &Tagger, gradients: Option<&GradientsParams>) -> BTreeMap<String, Vec<f32>> {
    struct Collect<'a> {
        gradients: Option<&'a GradientsParams>,
        path: Vec<String>,
        linear: Vec<bool>,
        found: BTreeMap<String, Vec<f32>>,
    }
    impl ModuleVisitor for Collect<'_> {
        fn enter_module(&mut self, name: &str, container: &str) {
            self.path.push(name.to_owned());
            self.linear.push(container.contains("Linear"));
        }
        fn exit_module(&mut self, _: &str, _: &str) {
            self.path.pop();
            self.linear.pop();
        }
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            let tensor = match self.gradients {
                Some(gradients) => gradients.get::<D>(param.id).unwrap(),
                None => param.val().inner(),
            };
            let is_linear = self.linear.iter().any(|linear| *linear);
            let tensor = if is_linear && D == 2 { tensor.swap_dims(0, 1) } else { tensor };
            let values = tensor.into_data().try_to_vec::<f32>().unwrap();
            self.found.insert(checkpoint_name(&self.path.join(".")), values);
        }
    }
    let mut collect = Collect { gradients, path: Vec::new(), linear: Vec::new(), found: BTreeMap::new() };
    model.visit(&mut collect);
    collect.found
}

#[test]
fn losses_and_gradients() {
    for variant in variants() {
        let golden = Golden::open(variant.architecture);
        let model = golden.model(variant).train();
        for batch in 0..2 {
            for (method, cut) in
                ["welt", "vanilla"].iter().flat_map(|method| golden.cuts(batch).map(|cut| (method, cut)))
            {
                let found = step_gradients(&model, &cut, &Objective::weighted(&golden.weights(method)), 1, 1.0);
                let expected = golden.expected[format!("batch{batch}")][format!("loss_{method}")].as_f64().unwrap();
                check_deviation("losses", (found.loss - expected).abs(), 1e-6, &(variant, batch, method));
                if batch == 0 && *method == "welt" {
                    let gradients = by_name(&model, Some(&found.gradients));
                    let differences = golden.differences("expected_grads_batch0_welt.safetensors", &gradients);
                    let worst = differences.iter().max_by(|a, b| a.1.total_cmp(b.1)).unwrap();
                    check_deviation("gradients", f64::from(*worst.1), 1e-5, &(variant, cut.len(), worst.0));
                }
            }
        }
    }
}

/// Products of rounded factors give the loss and, as a whole, the gradients of single precision within a few roundings.
fn check_precision(precision: Precision, loss_scale: f64, tolerance: f64) {
    if !computes_in(&device(), precision) {
        println!("skipped: this device does not compute in {precision}");
        return;
    }
    for (architecture, folder) in ["bert", "electra"].into_iter().chain(OTHERS).map(|name| (name, name)) {
        let golden = Golden::open(architecture);
        let variant = Variant { architecture, folder, form: "model.safetensors" };
        let model = golden.model(variant).with_precision(precision).train();
        let found =
            step_gradients(&model, &golden.cuts(0)[0], &Objective::weighted(&golden.weights("welt")), 1, loss_scale);
        let expected = golden.expected["batch0"]["loss_welt"].as_f64().unwrap();
        let loss = (found.loss - expected).abs();
        let gradients = by_name(&model, Some(&found.gradients));
        let bytes =
            std::fs::read(golden.folder.join(architecture).join("expected_grads_batch0_welt.safetensors")).unwrap();
        let file = SafeTensors::deserialize(&bytes).unwrap();
        let (mut squares, mut differences) = (0.0, 0.0);
        for (name, found) in &gradients {
            let expected = file.tensor(name).unwrap().data().chunks_exact(4);
            for (found, expected) in found.iter().zip(expected) {
                let expected = f64::from(f32::from_le_bytes(expected.try_into().unwrap()));
                squares += expected * expected;
                differences += (f64::from(*found) - expected).powi(2);
            }
        }
        let gradient = (differences / squares).sqrt();
        for (figure, difference, tolerance) in [
            (format!("losses in {precision}"), loss, tolerance),
            (format!("gradients in {precision}, by their norm"), gradient, 4.0 * tolerance),
        ] {
            println!("deviation of {figure}: {difference:e} where {tolerance:e} is allowed, {architecture}");
            assert!(difference < tolerance, "{architecture}: {figure} differ by {difference}");
        }
        assert!(gradient > 1e-5, "{architecture}: nothing was rounded to {precision}");
    }
}

/// A rounding moves a factor by up to 2^-9 of itself, 0.002.
#[test]
fn losses_and_gradients_in_bfloat16() {
    check_precision(Precision::Bf16, 1.0, 1e-2);
}

/// A rounding moves a factor by up to 2^-12 of itself, 0.0002.
#[test]
fn losses_and_gradients_in_half_precision() {
    check_precision(Precision::F16, 1024.0, 2e-3);
}

/// The settings of both traces; dropout is off in the models' configuration.
fn config(learning_rate: f64, weight_decay: f64, warmup_ratio: f64) -> Training {
    Training { learning_rate, weight_decay, warmup_ratio, ..Training::defaults() }
}

fn check_trace(name: &str, method: &str, config: &Training) {
    for (variant, cut) in variants().into_iter().flat_map(|variant| [(variant, 0), (variant, 1)]) {
        let golden = Golden::open(variant.architecture);
        let weights = golden.weights(method);
        let mut model = golden.model(variant).train();
        let mut optimizer = AdamW::new(config);
        let steps = golden.expected["traces"][name]["steps"].as_array().unwrap();
        for (step, expected) in steps.iter().enumerate() {
            let found = step_gradients(&model, &golden.cuts(step)[cut], &Objective::weighted(&weights), 1, 1.0);
            let learning_rate = LinearSchedule::of(config, steps.len()).at(step);
            let norm = gradient_norm(&model, &found.gradients);
            model = optimizer.step(model, found.gradients, norm, learning_rate);
            let difference = |key: &str, found: f64| (found - expected[key].as_f64().unwrap()).abs();
            assert!(difference("lr", learning_rate) < 1e-12, "{variant:?} {name} {step}: {learning_rate}");
            let at = (variant, name, step);
            check_deviation("losses of a trace", difference("loss", found.loss), 1e-5, &at);
            check_deviation("gradient norms", difference("grad_norm_before_clip", norm), 1e-4, &at);
        }
        let differences =
            golden.differences(&format!("expected_params_after_trace_{name}.safetensors"), &by_name(&model, None));
        let is_noise = |parameter: &str| ["key.bias", "pos_key_proj.bias"].iter().any(|bias| parameter.ends_with(bias));
        let compared = differences.iter().filter(|(parameter, _)| !is_noise(parameter));
        let worst = compared.max_by(|a, b| a.1.total_cmp(b.1)).unwrap();
        check_deviation("parameters after a trace", f64::from(*worst.1), 5e-6, &(variant, name, worst.0));
        let last = step_gradients(&model, &golden.cuts(0)[cut], &Objective::weighted(&weights), 1, 1.0).loss;
        let expected = golden.expected["traces"][name]["final_loss_batch0"].as_f64().unwrap();
        check_deviation("losses of a trace", (last - expected).abs(), 1e-5, &(variant, name, "after it"));
    }
}

#[test]
fn trace_without_warm_up() {
    check_trace("a", "welt", &config(1e-3, 0.0, 0.0));
}

#[test]
fn trace_with_warm_up_and_decay() {
    check_trace("b", "vanilla", &config(2e-3, 0.01, 0.4));
}
