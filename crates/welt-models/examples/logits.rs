//! Label scores of a model directory for rows of sub-word ids, one JSON array a line in and one a line out.
//! `scripts/check_transformers.py` compares them with those of Python's transformers.
//!
//! `echo '[101, 2023, 102]' | cargo run --release -p welt-models --example logits -- MODEL_DIR`

use std::io::{BufRead, stdin};
use std::path::PathBuf;

use burn::tensor::Device;
use welt_models::checkpoint::load_tagger;
use welt_models::{Dropout, EncoderInput};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let dir = PathBuf::from(std::env::args().nth(1).ok_or("usage: logits MODEL_DIR")?);
    let device = Device::flex();
    let checkpoint = load_tagger(&dir, &device)?;
    for line in stdin().lock().lines() {
        let row: Vec<u32> = serde_json::from_str(&line?)?;
        let limit = checkpoint.config.longest_input();
        if row.len() > limit {
            return Err(format!("a row has {} sub-words and the model reads at most {limit}", row.len()).into());
        }
        let input = EncoderInput::from_rows(&[&row], checkpoint.config.padding(), &device);
        let hidden = checkpoint.model.encoder.forward(&input, &mut Dropout::off());
        let logits = checkpoint.model.classify(hidden, &mut Dropout::off());
        let [_, _, n_labels] = logits.dims();
        let scores = logits.into_data().try_into_vec::<f32>()?;
        println!("{}", serde_json::to_string(&scores.chunks(n_labels).collect::<Vec<_>>())?);
    }
    Ok(())
}
