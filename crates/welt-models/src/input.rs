//! What encoders read: rows of sub-words, padded to a common length.

use burn::tensor::{Device, Int, Tensor, TensorData};

/// Rows of sub-words, padded to a common length.
///
/// Sizes: `B` rows, `T` sub-words.
#[derive(Debug, Clone)]
pub struct EncoderInput {
    /// `[B, T]`, below `vocab_size`.
    pub input_ids: Tensor<2, Int>,
    /// `[B, T]`, below `type_vocab_size`.
    pub token_type_ids: Tensor<2, Int>,
    /// How many sub-words of each row are not padding, all at its start.
    pub lengths: Vec<usize>,
}

impl EncoderInput {
    /// Rows of one segment, padded with `pad_token_id` to the longest.
    #[must_use]
    pub fn from_rows(rows: &[&[u32]], pad_token_id: u32, device: &Device) -> Self {
        let longest = rows.iter().map(|row| row.len()).max().unwrap_or(0);
        let shape = [rows.len(), longest];
        let mut ids = Vec::with_capacity(rows.len() * longest);
        for row in rows {
            ids.extend(row.iter().map(|&id| id as i32));
            ids.resize(ids.len() + longest - row.len(), pad_token_id as i32);
        }
        Self {
            input_ids: Tensor::from_data(TensorData::new(ids, shape), device),
            token_type_ids: Tensor::zeros(shape, device),
            lengths: rows.iter().map(|row| row.len()).collect(),
        }
    }

    /// 1 at sub-words and 0 at padding, `[B, T, 1]`.
    pub(crate) fn is_seen(&self) -> Tensor<3> {
        let [n_rows, longest] = self.input_ids.dims();
        let mut seen = vec![0.0_f32; n_rows * longest];
        for (row, &length) in seen.chunks_exact_mut(longest).zip(&self.lengths) {
            row[..length].fill(1.0);
        }
        Tensor::from_data(TensorData::new(seen, [n_rows, longest, 1]), &self.input_ids.device())
    }

    /// What is added to the attention scores of layers that see `window` sub-words to each side, `[B or 1, 1, T, T]`: 0 at
    /// what is seen, the lowest number at padding and at what is further away.
    pub(crate) fn local_attention_bias(&self, window: usize) -> Option<Tensor<4>> {
        let [n_rows, longest] = self.input_ids.dims();
        if longest <= window + 1 {
            return self.attention_bias();
        }
        let is_padded = self.lengths.iter().any(|&length| length < longest);
        let lengths = if is_padded { self.lengths.as_slice() } else { &[longest][..] };
        let mut bias = vec![f32::MIN; lengths.len() * longest * longest];
        for (of_row, &length) in bias.chunks_exact_mut(longest * longest).zip(lengths) {
            for (position, seen) in of_row.chunks_exact_mut(longest).enumerate() {
                let first = position.saturating_sub(window).min(length);
                seen[first..length.min(position + window + 1)].fill(0.0);
            }
        }
        let n_biases = if is_padded { n_rows } else { 1 };
        Some(Tensor::from_data(TensorData::new(bias, [n_biases, 1, longest, longest]), &self.input_ids.device()))
    }

    /// What is added to the attention scores, `[B, 1, 1, T]`: 0 at sub-words, the lowest number at padding.
    ///
    /// None where no row is padded, which spares a pass over the largest tensors.
    pub(crate) fn attention_bias(&self) -> Option<Tensor<4>> {
        let [n_rows, longest] = self.input_ids.dims();
        if self.lengths.iter().all(|&length| length == longest) {
            return None;
        }
        let mut bias = vec![0.0_f32; n_rows * longest];
        for (row, &length) in bias.chunks_exact_mut(longest).zip(&self.lengths) {
            row[length..].fill(f32::MIN);
        }
        let device = self.input_ids.device();
        Some(Tensor::from_data(TensorData::new(bias, [n_rows, 1, 1, longest]), &device))
    }
}
