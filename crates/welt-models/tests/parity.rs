//! Forward passes against transformers' own numbers (`golden/parity`, made with torch 2.15 and transformers 5.23),
//! and a real encoder against the sentence vector that is published with it.
//!
//! Tolerance 1e-5: two attention kernels of PyTorch differ by up to 1e-6 on these models.

#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use burn::tensor::{Device, Int, Tensor, TensorData};
use safetensors::SafeTensors;
use welt_models::Dropout;
use welt_models::bert::EncoderInput;
use welt_models::checkpoint::{load_encoder, load_tagger, save};

/// A folder beside the project, or none with a word about what is skipped.
fn shared(folder: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared").join(folder);
    if !path.is_dir() {
        eprintln!("skipped: there is no {}", path.display());
        return None;
    }
    Some(path)
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

/// The largest difference at sub-words that are not filling; `found: [B, T, N]`.
fn largest_difference(found: Tensor<3>, expected: &[f32], lengths: &[usize]) -> f32 {
    let [_, longest, width] = found.dims();
    let found = found.into_data().try_to_vec::<f32>().unwrap();
    let row = longest * width;
    let pairs = lengths.iter().enumerate().flat_map(|(index, &length)| {
        let range = index * row..index * row + length * width;
        found[range.clone()].iter().zip(&expected[range])
    });
    pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

fn check(variant: &str) {
    let Some(parity) = shared("golden/parity") else { return };
    let device = Device::flex();
    let labels = ["B-X", "I-X", "O"].map(str::to_owned).to_vec();
    let mut model = match variant {
        "bert_encoder_only" => load_encoder(&parity.join(variant), labels, 1, &device).unwrap().model,
        _ => load_tagger(&parity.join(variant), &device).unwrap().model,
    };
    if variant == "bert_encoder_only" {
        model.classifier = load_tagger(&parity.join("bert"), &device).unwrap().model.classifier;
    }
    let inputs = std::fs::read(parity.join("inputs.safetensors")).unwrap();
    let inputs = SafeTensors::deserialize(&inputs).unwrap();
    let expected = std::fs::read(parity.join("bert/expected_forward.safetensors")).unwrap();
    let expected = SafeTensors::deserialize(&expected).unwrap();
    for batch in 0..2 {
        let input = input(&inputs, batch, &device);
        let states = model.bert.hidden_states(&input);
        assert_eq!(states.len(), 3);
        let logits = model.classify(states[2].clone(), &mut Dropout::off());
        for (layer, state) in states.into_iter().enumerate() {
            let expected = floats(&expected, &format!("batch{batch}.hidden_states.{layer}"));
            let difference = largest_difference(state, &expected, &input.lengths);
            assert!(difference < 1e-5, "{variant} batch {batch} layer {layer}: {difference}");
        }
        let expected = floats(&expected, &format!("batch{batch}.logits"));
        let difference = largest_difference(logits, &expected, &input.lengths);
        assert!(difference < 1e-5, "{variant} batch {batch} logits: {difference}");
        println!("{variant} batch {batch}: logits differ by at most {difference:e}");
    }
}

#[test]
fn bert() {
    check("bert");
}

#[test]
fn bert_with_legacy_names() {
    check("bert_legacy");
}

#[test]
fn bert_without_prefix_and_head() {
    check("bert_encoder_only");
}

#[test]
fn bert_written_and_read_again() {
    let Some(parity) = shared("golden/parity/bert") else { return };
    let device = Device::flex();
    let folder = tempfile::tempdir().unwrap();
    save(folder.path(), &load_tagger(&parity, &device).unwrap()).unwrap();

    let (written, original) =
        [folder.path(), &parity].map(|dir| std::fs::read(dir.join("model.safetensors")).unwrap()).into();
    let (written, original) =
        (SafeTensors::deserialize(&written).unwrap(), SafeTensors::deserialize(&original).unwrap());
    let mut names = written.names();
    names.sort_unstable();
    let mut expected = original.names();
    expected.sort_unstable();
    assert_eq!(names, expected);
    for name in names {
        assert_eq!(written.tensor(name).unwrap(), original.tensor(name).unwrap(), "{name}");
    }
    assert_eq!(load_tagger(folder.path(), &device).unwrap().labels, ["B-X", "I-X", "O"]);
}

/// `WELT_MINILM` names the directory of all-MiniLM-L6-v2; the vector is the one its users are shown.
#[test]
fn minilm_sentence_vector() {
    let Some(dir) = std::env::var_os("WELT_MINILM") else {
        return eprintln!("skipped: WELT_MINILM names no directory with all-MiniLM-L6-v2");
    };
    let device = Device::flex();
    let model = load_encoder(Path::new(&dir), vec!["O".to_owned()], 1, &device).unwrap().model;
    // [CLS] this is an example sentence [SEP]
    let row = [101, 2023, 2003, 2019, 2742, 6251, 102];
    let states = model.bert.forward(&EncoderInput::from_rows(&[&row], 0, &device), &mut Dropout::off());
    let pooled: Tensor<1> = states.mean_dim(1).flatten(0, 2);
    let vector = (pooled.clone() / pooled.square().sum().sqrt()).into_data().try_to_vec::<f32>().unwrap();
    for (found, expected) in vector.iter().zip([0.067_656_9, 0.063_495_9, 0.048_713_1, 0.079_305_0]) {
        assert!((found - expected).abs() < 1e-5, "{:?}", &vector[..4]);
    }
}
