//! Forward passes against transformers' own numbers (`tests/golden/parity`, made with torch 2.15 and transformers 5.23,
//! those of the encoders beside BERT and ELECTRA with torch 2.9 and transformers 5.24),
//! and a real encoder against the sentence vector that is published with it.
//!
//! Tolerance 2e-6 on the processor: two attention kernels of PyTorch differ by up to 1e-6 on these models.
//! docs/backends.md says why other backends have others.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Device, Int, Tensor, TensorData, bf16, f16};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use tempfile::TempDir;
use welt_models::checkpoint::{WeightFormat, checkpoint_name, load_encoder, load_tagger, save};
use welt_models::{Architecture, Dropout, EncoderInput, Tagger, computes_in};
use welt_settings::Precision;

/// The processor, or the device of another backend that the tests were built with, which `BURN_DEVICE` names;
/// `cargo xtask check-backends` does both.
fn device() -> Device {
    if std::env::var_os("BURN_DEVICE").is_some() { Device::default() } else { Device::flex() }
}

/// How far from PyTorch a figure may be on that device.
fn tolerance() -> f32 {
    match std::env::var("BURN_DEVICE").as_deref() {
        Ok("wgpu") => 5e-6,
        // Products of NVIDIA's matrix units keep 10 bits of each factor.
        Ok("cuda") => 2e-2,
        _ => 2e-6,
    }
}

/// The states of `ModernBERT` are normalised before each block and not behind it, so they grow from layer to layer; PyTorch's
/// two attention kernels differ by 1.3e-6 in its scores.
fn tolerance_of(architecture: &str) -> f32 {
    if architecture == "modernbert" { 2.0 * tolerance() } else { tolerance() }
}

/// The file forms of a checkpoint; the golden folders hold the whole ones, and the others are cut from these.
const FORMS: [&str; 4] = ["model.safetensors", "pytorch_model.bin", "pytorch_model_prezip.bin", "sharded"];

fn golden_parity() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/parity")
}

type Tensors = BTreeMap<String, (Dtype, Vec<usize>, Vec<u8>)>;

fn read_tensors(path: &Path) -> Tensors {
    let bytes = fs::read(path).unwrap();
    let parsed = SafeTensors::deserialize(&bytes).unwrap();
    let owned =
        |(name, view): (String, TensorView)| (name, (view.dtype(), view.shape().to_vec(), view.data().to_vec()));
    parsed.tensors().into_iter().map(owned).collect()
}

fn write_tensors<'a>(path: &Path, tensors: impl IntoIterator<Item = (&'a String, &'a (Dtype, Vec<usize>, Vec<u8>))>) {
    let views = tensors
        .into_iter()
        .map(|(name, (dtype, shape, data))| (name.clone(), TensorView::new(*dtype, shape.clone(), data).unwrap()));
    fs::write(path, safetensors::serialize(views, None).unwrap()).unwrap();
}

/// A model directory with the weights of `golden` in one form; none where the golden folder does not have it.
fn in_form(golden: &Path, form: &str) -> Option<TempDir> {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::copy(golden.join("config.json"), at("config.json")).unwrap();
    if form == "sharded" {
        let tensors = read_tensors(&golden.join("model.safetensors"));
        let file = |index: usize| format!("model-0000{}-of-00003.safetensors", index % 3 + 1);
        let map: BTreeMap<&String, String> =
            tensors.keys().enumerate().map(|(index, name)| (name, file(index))).collect();
        for part in 0..3 {
            write_tensors(&at(&file(part)), tensors.iter().filter(|(name, _)| map[name] == file(part)));
        }
        let index = serde_json::json!({ "metadata": { "total_size": 1 }, "weight_map": map });
        fs::write(at("model.safetensors.index.json"), index.to_string()).unwrap();
        return Some(folder);
    }
    let name = if form == "model.safetensors" { form } else { "pytorch_model.bin" };
    fs::copy(golden.join(form), at(name)).ok().map(|_| folder)
}

fn integers(file: &SafeTensors, name: &str) -> (Vec<i32>, [usize; 2]) {
    let view = file.tensor(name).unwrap();
    let values = view.data().chunks_exact(8).map(|bytes| i64::from_le_bytes(bytes.try_into().unwrap()) as i32);
    (values.collect(), [view.shape()[0], view.shape()[1]])
}

fn floats(file: &SafeTensors, name: &str) -> Vec<f32> {
    let bytes = file.tensor(name).unwrap().data();
    bytes.chunks_exact(4).map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap())).collect()
}

fn input(file: &SafeTensors, batch: usize, device: &Device) -> EncoderInput {
    let (ids, shape) = integers(file, &format!("batch{batch}.input_ids"));
    let (types, _) = integers(file, &format!("batch{batch}.token_type_ids"));
    let (mask, _) = integers(file, &format!("batch{batch}.attention_mask"));
    EncoderInput {
        input_ids: Tensor::<2, Int>::from_data(TensorData::new(ids, shape), device),
        token_type_ids: Tensor::from_data(TensorData::new(types, shape), device),
        lengths: mask.chunks(shape[1]).map(|row| row.iter().sum::<i32>() as usize).collect(),
    }
}

/// The larger of two differences, or the one that is not a number.
fn worse(a: f32, b: f32) -> f32 {
    if b <= a { a } else { b }
}

/// The largest difference at sub-words that are not padding; `found: [B, T, N]`.
fn largest_difference(found: Tensor<3>, expected: &[f32], lengths: &[usize]) -> f32 {
    let [_, longest, width] = found.dims();
    let found = found.into_data().try_to_vec::<f32>().unwrap();
    let row = longest * width;
    let pairs = lengths.iter().enumerate().flat_map(|(index, &length)| {
        let range = index * row..index * row + length * width;
        found[range.clone()].iter().zip(&expected[range])
    });
    pairs.map(|(a, b)| (a - b).abs()).fold(0.0, worse)
}

/// The inputs of an architecture: its own where it has some, for they differ in what padding is.
fn inputs_of(parity: &Path, architecture: &str) -> PathBuf {
    let own = parity.join(architecture).join("inputs.safetensors");
    if own.exists() { own } else { parity.join("inputs.safetensors") }
}

/// The largest difference of any hidden state or label score to those that transformers gave for `architecture`.
fn forward_difference(model: &Tagger, parity: &Path, architecture: &str) -> f32 {
    let device = device();
    let inputs = fs::read(inputs_of(parity, architecture)).unwrap();
    let inputs = SafeTensors::deserialize(&inputs).unwrap();
    let expected = fs::read(parity.join(architecture).join("expected_forward.safetensors")).unwrap();
    let expected = SafeTensors::deserialize(&expected).unwrap();
    let mut worst = 0.0_f32;
    let n_states = expected.names().iter().filter(|name| name.starts_with("batch0.hidden_states.")).count();
    for batch in (0..6).filter(|batch| expected.names().contains(&format!("batch{batch}.logits").as_str())) {
        let input = input(&inputs, batch, &device);
        let states = model.encoder.hidden_states(&input);
        assert_eq!(states.len(), n_states);
        let last = model.encoder.forward(&input, &mut Dropout::off());
        let logits = model.classify(last, &mut Dropout::off());
        for (layer, state) in states.into_iter().enumerate() {
            let expected = floats(&expected, &format!("batch{batch}.hidden_states.{layer}"));
            worst = worse(worst, largest_difference(state, &expected, &input.lengths));
        }
        let expected = floats(&expected, &format!("batch{batch}.logits"));
        worst = worse(worst, largest_difference(logits, &expected, &input.lengths));
    }
    worst
}

/// The model of a folder, with the stored head where the folder has none.
fn model(dir: &Path, parity: &Path, variant: &str, architecture: &str) -> (Tagger, Vec<String>) {
    let device = device();
    if !variant.ends_with("_encoder_only") {
        let checkpoint = load_tagger(dir, &device).unwrap();
        return (checkpoint.model, checkpoint.skipped);
    }
    let labels = ["B-X", "I-X", "O"].map(str::to_owned).to_vec();
    let mut checkpoint = load_encoder(dir, labels, 1, &device).unwrap();
    checkpoint.model.classifier = load_tagger(&parity.join(architecture), &device).unwrap().model.classifier;
    (checkpoint.model, checkpoint.skipped)
}

fn check(architecture: &str, variant: &str, skipped: &[&str]) {
    let parity = golden_parity();
    for form in FORMS {
        let Some(folder) = in_form(&parity.join(variant), form) else { continue };
        let (model, found) = model(folder.path(), &parity, variant, architecture);
        assert_eq!(found, skipped, "{variant} as {form}");
        let difference = forward_difference(&model, &parity, architecture);
        let tolerance = tolerance_of(architecture);
        println!("deviation of states and scores: {difference:e} where {tolerance:e} is allowed, {variant} as {form}");
        assert!(difference < tolerance, "{variant} as {form}: {difference}");
    }
}

#[test]
fn bert() {
    check("bert", "bert", &[]);
}

#[test]
fn bert_with_legacy_names() {
    check("bert", "bert_legacy", &["bert.embeddings.position_ids"]);
}

#[test]
fn bert_without_prefix_and_head() {
    check("bert", "bert_encoder_only", &[]);
}

#[test]
fn electra() {
    check("electra", "electra", &[]);
}

#[test]
fn electra_with_legacy_names() {
    check("electra", "electra_legacy", &["electra.embeddings.position_ids"]);
}

#[test]
fn electra_without_prefix_and_head() {
    check("electra", "electra_encoder_only", &[]);
}

/// The directory that transformers saved, of a model whose rows are padded with another sub-word than 0, which stands
/// in one text too.
#[test]
fn roberta() {
    check("roberta", "roberta", &[]);
}

/// Log buckets, projections that content and distances share, no positions in the embeddings, no segments.
#[test]
fn deberta_of_the_third_version() {
    check("deberta_v3", "deberta_v3", &[]);
}

/// Every distance for itself, projections apart, positions in the embeddings too, which are narrower than the layers, two
/// segments, and a convolution.
#[test]
fn deberta_of_the_second_version() {
    check("deberta_v2", "deberta_v2", &[]);
}

/// Two layers that see everything, two that see four sub-words to each side, and the head of the pre-training.
#[test]
fn modernbert() {
    check("modernbert", "modernbert", &[]);
}

/// The same architecture under its other names.
#[test]
fn roberta_of_other_languages() {
    let parity = golden_parity();
    for (name, class) in
        [("xlm-roberta", "XLMRobertaForTokenClassification"), ("camembert", "CamembertForTokenClassification")]
    {
        let folder = in_form(&parity.join("roberta"), FORMS[0]).unwrap();
        let path = folder.path().join("config.json");
        let text = fs::read_to_string(&path).unwrap().replace("\"roberta\"", &format!("\"{name}\""));
        fs::write(&path, text).unwrap();
        let checkpoint = load_tagger(folder.path(), &device()).unwrap();
        assert_eq!(checkpoint.config.model_type.name(), name);
        assert!(forward_difference(&checkpoint.model, &parity, "roberta") < tolerance());
        let again = tempfile::tempdir().unwrap();
        save(again.path(), &checkpoint, WeightFormat::F32).unwrap();
        let written = fs::read_to_string(again.path().join("config.json")).unwrap();
        assert!(written.contains(class) && written.contains(&format!("\"{name}\"")), "{written}");
    }
}

/// Weights in half precision: the model whose weights are rounded the same way, and near the one that is not.
fn check_half(dtype: Dtype, round: impl Fn(f32) -> ([u8; 2], f32), coarseness: f32) {
    let parity = golden_parity();
    for variant in ["bert", "electra", "roberta", "deberta_v3", "deberta_v2", "modernbert"] {
        let [half, rounded] = [(); 2].map(|()| in_form(&parity.join(variant), FORMS[0]).unwrap());
        let file = |folder: &TempDir| folder.path().join("model.safetensors");
        let tensors = read_tensors(&file(&half));
        let number = |bytes: &[u8]| f32::from_le_bytes(bytes.try_into().unwrap());
        let halves = tensors.iter().map(|(name, (_, shape, data))| {
            let bytes = data.chunks_exact(4).flat_map(|bytes| round(number(bytes)).0).collect();
            (name.clone(), (dtype, shape.clone(), bytes))
        });
        write_tensors(&file(&half), &halves.collect::<Tensors>());
        let singles = tensors.iter().map(|(name, (dtype, shape, data))| {
            let bytes = data.chunks_exact(4).flat_map(|bytes| round(number(bytes)).1.to_le_bytes()).collect();
            (name.clone(), (*dtype, shape.clone(), bytes))
        });
        write_tensors(&file(&rounded), &singles.collect::<Tensors>());

        let [half, rounded] = [half, rounded].map(|folder| model(folder.path(), &parity, variant, variant).0);
        assert_eq!(half.classifier.weight.val().into_data(), rounded.classifier.weight.val().into_data());
        let [half, rounded] = [half, rounded].map(|model| forward_difference(&model, &parity, variant));
        println!("{variant} in {dtype:?}: hidden states and logits differ by at most {half:e}");
        if std::env::var_os("BURN_DEVICE").is_none() {
            assert_eq!(half.to_bits(), rounded.to_bits());
        }
        // LibTorch adds up in an order that moves with the address of a tensor.
        assert!((half - rounded).abs() < tolerance_of(variant), "{variant} in {dtype:?}: {half} and {rounded}");
        // States that grow from layer to layer are rounded more coarsely.
        let coarseness = if variant == "modernbert" { 2.0 * coarseness } else { coarseness };
        assert!(half < coarseness && half > 2e-6, "{variant}: {half}");
    }
}

/// Rounding moves a weight by up to 2^-11 of itself; weights of about 0.15 that are added up by the dozen over two
/// layers whose outputs are normalised move states of about 1 by some 1e-3.
#[test]
fn half_precision() {
    let round = |x: f32| {
        let half = f16::from_f32(x);
        (half.to_le_bytes(), half.to_f32())
    };
    check_half(Dtype::F16, round, 5e-3);
}

/// Eight times as coarse.
#[test]
fn brain_float_precision() {
    let round = |x: f32| {
        let half = bf16::from_f32(x);
        (half.to_le_bytes(), half.to_f32())
    };
    check_half(Dtype::BF16, round, 4e-2);
}

/// Single-precision weights whose products are computed in other numbers; the bounds are those of rounded weights,
/// with as much again for the other factor.
#[test]
fn products_of_rounded_factors() {
    let parity = golden_parity();
    for (variant, precision, tolerance) in [
        ("bert", Precision::F16, 1e-2),
        ("bert", Precision::Bf16, 8e-2),
        ("bert", Precision::Int8, 8e-2),
        ("electra", Precision::F16, 1e-2),
        ("electra", Precision::Bf16, 8e-2),
        ("electra", Precision::Int8, 8e-2),
        ("roberta", Precision::F16, 1e-2),
        ("roberta", Precision::Bf16, 8e-2),
        ("roberta", Precision::Int8, 8e-2),
        ("deberta_v3", Precision::F16, 1e-2),
        ("deberta_v3", Precision::Bf16, 8e-2),
        ("deberta_v3", Precision::Int8, 8e-2),
        ("deberta_v2", Precision::Bf16, 8e-2),
        ("modernbert", Precision::F16, 2e-2),
        ("modernbert", Precision::Bf16, 0.16),
        ("modernbert", Precision::Int8, 0.16),
    ] {
        if !computes_in(&device(), precision) {
            println!("skipped: this device does not compute in {precision}");
            continue;
        }
        let model = model(&parity.join(variant), &parity, variant, variant).0.with_precision(precision);
        let difference = forward_difference(&model, &parity, variant);
        println!(
            "deviation of states and scores in {precision}: {difference:e} where {tolerance:e} is allowed, {variant}"
        );
        assert!(difference < tolerance, "{variant} in {precision}: {difference}");
        assert!(difference > 2e-5, "{variant}: nothing was rounded to {precision}");
    }
}

/// Heads of the pre-training and the pooler are skipped by name, under every prefix.
#[test]
fn what_tagging_does_not_need() {
    let parity = golden_parity();
    let more = [
        ("bert", vec!["bert.pooler.dense.weight", "cls.predictions.bias", "cls.seq_relationship.weight"]),
        ("bert_encoder_only", vec!["embeddings.position_ids", "pooler.dense.bias"]),
        (
            "electra",
            vec!["discriminator_predictions.dense.weight", "generator_lm_head.bias", "generator_predictions.bias"],
        ),
        (
            "deberta_v3",
            vec![
                "deberta.embeddings.position_embeddings._weight",
                "deberta.embeddings.word_embeddings._weight",
                "lm_predictions.lm_head.bias",
                "mask_predictions.LayerNorm.weight",
            ],
        ),
        ("modernbert", vec!["decoder.bias", "decoder.weight"]),
        (
            "roberta",
            vec![
                "lm_head.bias",
                "lm_head.dense.weight",
                "roberta.embeddings.position_ids",
                "roberta.pooler.dense.bias",
            ],
        ),
    ];
    for (variant, names) in more {
        let folder = in_form(&parity.join(variant), FORMS[0]).unwrap();
        let path = folder.path().join("model.safetensors");
        let mut tensors = read_tensors(&path);
        for name in &names {
            tensors.insert((*name).to_owned(), (Dtype::F32, vec![1], vec![0; 4]));
        }
        write_tensors(&path, &tensors);
        let architecture = variant.trim_end_matches("_encoder_only");
        let (model, skipped) = model(folder.path(), &parity, variant, architecture);
        assert_eq!(skipped, names);
        assert!(forward_difference(&model, &parity, architecture) < tolerance_of(architecture));
    }
}

/// The oldest configurations do not say what they are of; the tensors do.
#[test]
fn architectures_that_are_not_stated() {
    let parity = golden_parity();
    for variant in ["bert", "bert_encoder_only", "electra", "electra_legacy", "electra_encoder_only", "roberta"] {
        for form in [FORMS[0], FORMS[1]] {
            let Some(folder) = in_form(&parity.join(variant), form) else { continue };
            let path = folder.path().join("config.json");
            let mut config: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
            // What RoBERTa's configuration has for this where it says nothing is not what its checkpoints have.
            let said = if variant == "roberta" { "dtype" } else { "layer_norm_eps" };
            for entry in ["model_type", "architectures", said, "pad_token_id"] {
                config.as_object_mut().unwrap().remove(entry);
            }
            fs::write(&path, config.to_string()).unwrap();
            let architecture = variant.split('_').next().unwrap();
            let (model, _) = model(folder.path(), &parity, variant, architecture);
            assert!(forward_difference(&model, &parity, architecture) < tolerance(), "{variant} as {form}");
        }
    }
}

fn check_written(variant: &str) {
    let parity = golden_parity();
    let device = device();
    let folder = tempfile::tempdir().unwrap();
    save(folder.path(), &load_tagger(&parity.join(variant), &device).unwrap(), WeightFormat::F32).unwrap();
    let [written, original] = [folder.path(), &parity.join(variant)].map(|dir| read_tensors(&dir.join(FORMS[0])));
    assert_eq!(written, original);
    let [written, original] = [folder.path(), &parity.join(variant)].map(|dir| {
        let text = fs::read_to_string(dir.join("config.json")).unwrap();
        serde_json::from_str::<serde_json::Value>(&text).unwrap()
    });
    for entry in ["model_type", "architectures", "id2label", "label2id", "embedding_size", "hidden_act"] {
        assert_eq!(written.get(entry), original.get(entry), "{entry}");
    }
    assert_eq!(load_tagger(folder.path(), &device).unwrap().labels, ["B-X", "I-X", "O"]);
}

#[test]
fn bert_written_and_read_again() {
    check_written("bert");
}

#[test]
fn electra_written_and_read_again() {
    check_written("electra");
}

#[test]
fn roberta_written_and_read_again() {
    check_written("roberta");
}

#[test]
fn deberta_written_and_read_again() {
    check_written("deberta_v3");
    check_written("deberta_v2");
}

#[test]
fn modernbert_written_and_read_again() {
    check_written("modernbert");
}

/// A head of the pre-training is read where the checkpoint has one, and drawn anew where it has none.
#[test]
fn modernbert_with_and_without_the_head_of_its_pre_training() {
    let parity = golden_parity();
    let device = device();
    let golden = parity.join("modernbert");
    let labels = ["B-X", "I-X", "O"].map(str::to_owned).to_vec();
    let dense = |model: &Tagger| by_name(model)["head.dense.weight"].clone();
    let stored = dense(&load_tagger(&golden, &device).unwrap().model);
    let with = load_encoder(&golden, labels.clone(), 1, &device).unwrap();
    assert_eq!(with.skipped, ["classifier.bias", "classifier.weight"]);
    assert_eq!(dense(&with.model), stored);

    let folder = in_form(&golden, FORMS[0]).unwrap();
    let path = folder.path().join("model.safetensors");
    let bare = read_tensors(&path)
        .into_iter()
        .filter_map(|(name, tensor)| Some((name.strip_prefix("model.")?.to_owned(), tensor)));
    write_tensors(&path, &bare.collect::<Tensors>());
    let [one, two] = [1, 1].map(|seed| load_encoder(folder.path(), labels.clone(), seed, &device).unwrap().model);
    assert_ne!(dense(&one), stored);
    assert_eq!(dense(&one).len(), stored.len());
    assert!(dense(&one).iter().all(|weight| weight.abs() < 0.2));
    assert_eq!(dense(&one).len(), dense(&two).len());
    let refused = load_tagger(folder.path(), &device).unwrap_err().to_string();
    assert!(refused.contains("head.dense.weight"), "{refused}");
}

/// Parameters by their names in a checkpoint.
fn by_name(model: &Tagger) -> BTreeMap<String, Vec<f32>> {
    struct Collect {
        path: Vec<String>,
        found: BTreeMap<String, Vec<f32>>,
    }
    impl ModuleVisitor for Collect {
        fn enter_module(&mut self, name: &str, _: &str) {
            self.path.push(name.to_owned());
        }
        fn exit_module(&mut self, _: &str, _: &str) {
            self.path.pop();
        }
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            let values = param.val().into_data().try_to_vec::<f32>().unwrap();
            self.found.insert(checkpoint_name(&self.path.join(".")), values);
        }
    }
    let mut collect = Collect { path: Vec::new(), found: BTreeMap::new() };
    model.visit(&mut collect);
    collect.found
}

/// `WELT_MINILM` names the directory of all-MiniLM-L6-v2.
fn minilm() -> Option<PathBuf> {
    let dir = std::env::var_os("WELT_MINILM").map(PathBuf::from);
    if dir.is_none() {
        println!("skipped: WELT_MINILM names no directory with all-MiniLM-L6-v2");
    }
    dir
}

/// [CLS] this is an example sentence [SEP]
const EXAMPLE: [u32; 7] = [101, 2023, 2003, 2019, 2742, 6251, 102];

/// The vector is the one that the model's users are shown.
#[test]
fn minilm_sentence_vector() {
    let Some(dir) = minilm() else { return };
    let device = device();
    let model = load_encoder(&dir, vec!["O".to_owned()], 1, &device).unwrap().model;
    let states = model.encoder.forward(&EncoderInput::from_rows(&[&EXAMPLE], 0, &device), &mut Dropout::off());
    let pooled: Tensor<1> = states.mean_dim(1).flatten(0, 2);
    let vector = (pooled.clone() / pooled.square().sum().sqrt()).into_data().try_to_vec::<f32>().unwrap();
    for (found, expected) in vector.iter().zip([0.067_656_9, 0.063_495_9, 0.048_713_1, 0.079_305_0]) {
        assert!((found - expected).abs() < 1e-5, "{:?}", &vector[..4]);
    }
}

/// There are no weights of ELECTRA without a network; BERT is the ELECTRA whose embeddings are as wide as its layers.
#[test]
fn minilm_as_electra() {
    let Some(dir) = minilm() else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut config: serde_json::Value = serde_json::from_slice(&fs::read(dir.join("config.json")).unwrap()).unwrap();
    config["model_type"] = "electra".into();
    config["embedding_size"] = config["hidden_size"].clone();
    fs::write(folder.path().join("config.json"), config.to_string()).unwrap();
    let tensors = read_tensors(&dir.join("model.safetensors"));
    let renamed = tensors.into_iter().map(|(name, tensor)| (format!("electra.{name}"), tensor));
    write_tensors(&folder.path().join("model.safetensors"), &renamed.collect::<Tensors>());

    let device = device();
    let labels = ["B", "I", "O"].map(str::to_owned).to_vec();
    let [bert, electra] =
        [dir.as_path(), folder.path()].map(|dir| load_encoder(dir, labels.clone(), 1, &device).unwrap());
    assert_eq!([bert.config.model_type, electra.config.model_type], [Architecture::Bert, Architecture::Electra]);
    let input = EncoderInput::from_rows(&[&EXAMPLE, &EXAMPLE[..5]], 0, &device);
    let head = bert.model.classifier.clone();
    let logits = [bert.model, electra.model].map(|mut model| {
        model.classifier = head.clone();
        let hidden = model.encoder.forward(&input, &mut Dropout::off());
        model.classify(hidden, &mut Dropout::off()).into_data().try_to_vec::<f32>().unwrap()
    });
    assert!(logits[0].iter().any(|score| score.abs() > 0.01));
    assert_eq!(logits[0], logits[1]);
}
