//! RoBERTa (Liu et al. 2019), in the order of its checkpoints; XLM-RoBERTa and CamemBERT are the same.
//! Sub-word ids go in, hidden states `[B, T, H]` come out; the head is [`crate::Tagger`]'s.
//!
//! It is BERT, trained otherwise, but for the positions: they are counted from the one behind padding's, and a sub-word
//! that is padding stands at padding's own.

use burn::module::Module;
use burn::tensor::{Device, Int, Tensor};
use welt_settings::Precision;

use crate::transformer::{Embeddings, Layer, hidden_states, last_hidden_state};
use crate::{Dropout, EncoderConfig, EncoderInput};

/// The encoder, without the pooler, which tagging does not use.
#[derive(Module, Debug)]
pub struct Roberta {
    embeddings: Embeddings,
    layer: Vec<Layer>,
    padding: u32,
}

impl Roberta {
    /// An encoder whose weights are drawn when they are first used, or never, if they are read before.
    pub(crate) fn undrawn(config: &EncoderConfig, device: &Device) -> Self {
        Self { embeddings: config.embeddings(device), layer: config.layers(device), padding: config.padding() }
    }

    /// The numbers of its layers' products; without layers there are none.
    pub(crate) fn precision(&self) -> Precision {
        self.layer.first().map_or(Precision::F32, Layer::precision)
    }

    pub(crate) fn set_precision(&mut self, precision: Precision) {
        self.layer.iter_mut().for_each(|layer| layer.set_precision(precision));
    }

    /// The last hidden states, `[B, T, H]`; what stands at padding means nothing.
    pub fn forward(&self, input: &EncoderInput, dropout: &mut Dropout) -> Tensor<3> {
        let x = self.embed(input, dropout);
        last_hidden_state(&self.layer, x, input, dropout)
    }

    /// The embeddings and what each layer makes of them in turn, as many as there are layers and one: `[B, T, H]` each.
    pub fn hidden_states(&self, input: &EncoderInput) -> Vec<Tensor<3>> {
        hidden_states(&self.layer, self.embed(input, &mut Dropout::off()), input)
    }

    /// `[B, T] -> [B, T, H]`
    fn embed(&self, input: &EncoderInput, dropout: &mut Dropout) -> Tensor<3> {
        // The sub-word of padding may stand within a text too, and is not counted there either.
        let counted: Tensor<2, Int> = input.input_ids.clone().not_equal_elem(self.padding).int();
        let positions = counted.clone().cumsum(1) * counted + self.padding;
        self.embeddings.forward_at(positions, input, dropout)
    }
}
