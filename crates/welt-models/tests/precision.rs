//! Models in half precision: what is written, and what is read back.
#![allow(clippy::unwrap_used, reason = "clippy allows it in test functions only, not in what they call")]

use std::fs;
use std::path::Path;

use burn::tensor::Device;
use safetensors::{Dtype, SafeTensors};
use serde_json::{Value, json};
use tempfile::TempDir;
use welt_models::checkpoint::{Checkpoint, WeightFormat, from_scratch, load_tagger, save};

const CONFIG: &str = r#"{
    "model_type": "bert", "vocab_size": 20, "hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2,
    "intermediate_size": 16, "max_position_embeddings": 10, "type_vocab_size": 2, "hidden_act": "gelu",
    "hidden_dropout_prob": 0.1, "attention_probs_dropout_prob": 0.1, "torch_dtype": "float64"
}"#;

fn drawn(folder: &TempDir) -> Checkpoint {
    fs::write(folder.path().join("config.json"), CONFIG).unwrap();
    let labels = ["B-X", "I-X", "O"].map(str::to_owned).to_vec();
    from_scratch(folder.path(), labels, 1, &Device::flex()).unwrap()
}

/// The numbers of all tensors by name, as the format's own library finds them, decoded by hand.
fn numbers(folder: &Path, dtype: Dtype) -> Vec<(String, Vec<f64>)> {
    let bytes = fs::read(folder.join("model.safetensors")).unwrap();
    let parsed = SafeTensors::deserialize(&bytes).unwrap();
    let tensors = parsed.tensors().into_iter().map(|(name, tensor)| {
        assert_eq!(tensor.dtype(), dtype, "{name}");
        let decode = |bytes: &[u8]| match dtype {
            Dtype::F32 => f64::from(f32::from_le_bytes(bytes.try_into().unwrap())),
            // The upper half of a single.
            Dtype::BF16 => f64::from(f32::from_bits(u32::from(u16::from_le_bytes(bytes.try_into().unwrap())) << 16)),
            _ => half(u16::from_le_bytes(bytes.try_into().unwrap())),
        };
        let size = if dtype == Dtype::F32 { 4 } else { 2 };
        (name, tensor.data().chunks(size).map(decode).collect())
    });
    let mut tensors: Vec<_> = tensors.collect();
    tensors.sort_by(|(one, _), (other, _)| one.cmp(other));
    tensors
}

/// IEEE 754's binary16: one bit of sign, five of exponent, ten of fraction.
fn half(bits: u16) -> f64 {
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f64::from(bits & 1023));
    let size = if exponent == 0 { fraction * 2_f64.powi(-24) } else { (1024.0 + fraction) * 2_f64.powi(exponent - 25) };
    if bits >> 15 == 1 { -size } else { size }
}

#[test]
fn weights_are_rounded_to_the_nearest() {
    let [folder, single, other] = [(); 3].map(|()| tempfile::tempdir().unwrap());
    let model = drawn(&folder);
    save(single.path(), &model, WeightFormat::F32).unwrap();
    let exact = numbers(single.path(), Dtype::F32);
    // Half a unit in the last place, and for binary16 half of the smallest step near zero.
    for (format, dtype, name, relative, absolute) in [
        (WeightFormat::F16, Dtype::F16, "float16", 2_f64.powi(-11), 2_f64.powi(-25)),
        (WeightFormat::Bf16, Dtype::BF16, "bfloat16", 2_f64.powi(-8), 0.0),
    ] {
        save(other.path(), &model, format).unwrap();
        let config: Value = serde_json::from_slice(&fs::read(other.path().join("config.json")).unwrap()).unwrap();
        assert_eq!((&config["dtype"], config.get("torch_dtype")), (&json!(name), None));
        let rounded = numbers(other.path(), dtype);
        let mut moved = 0;
        for ((name, exact), (_, rounded)) in exact.iter().zip(&rounded) {
            assert_eq!(exact.len(), rounded.len(), "{name}");
            for (exact, rounded) in exact.iter().zip(rounded) {
                assert!((exact - rounded).abs() <= exact.abs() * relative + absolute, "{name}: {rounded} for {exact}");
                moved += usize::from(exact != rounded);
            }
        }
        assert!(moved > 100, "nothing was rounded");
        // What was rounded once is not rounded again.
        let again = load_tagger(other.path(), &Device::flex()).unwrap();
        let before = fs::read(other.path().join("model.safetensors")).unwrap();
        save(other.path(), &again, format).unwrap();
        assert!(fs::read(other.path().join("model.safetensors")).unwrap() == before, "{name}");
    }
}

#[test]
fn a_weight_that_half_precision_cannot_hold_is_refused() {
    let [folder, output] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let mut model = drawn(&folder);
    let bias = model.model.classifier.bias.take().unwrap();
    model.model.classifier.bias = Some(bias.map(|bias| bias + 70_000.0));
    save(output.path(), &model, WeightFormat::Bf16).unwrap();
    let before = fs::read(output.path().join("model.safetensors")).unwrap();
    let message = save(output.path(), &model, WeightFormat::F16).unwrap_err().to_string();
    let expected = "classifier.bias holds 70000, and the format at most 65504: choose another precision";
    assert!(message.ends_with(expected), "{message}");
    assert!(fs::read(output.path().join("model.safetensors")).unwrap() == before, "a refusal wrote something");
}
