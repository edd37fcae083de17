//! ELECTRA's discriminator (Clark et al. 2020), in the order of its checkpoints.
//! Sub-word ids go in, hidden states `[B, T, H]` come out; the head is [`crate::Tagger`]'s.
//!
//! It is BERT but for the embeddings, which may be narrower than the layers and are then projected (section 3.2).

use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::{Device, Tensor};
use welt_settings::Precision;

use crate::transformer::{Embeddings, Layer, hidden_states, last_hidden_state};
use crate::{Dropout, EncoderConfig, EncoderInput};

/// The encoder.
#[derive(Module, Debug)]
pub struct Electra {
    embeddings: Embeddings,
    /// `[.., E] -> [.., H]`; none where both are the same.
    embeddings_project: Option<Linear>,
    layer: Vec<Layer>,
}

impl Electra {
    /// An encoder whose weights are drawn when they are first used, or never, if they are read before.
    pub(crate) fn undrawn(config: &EncoderConfig, device: &Device) -> Self {
        let (narrow, hidden) = (config.embedding_width(), config.hidden_size);
        Self {
            embeddings: config.embeddings(device),
            embeddings_project: (narrow != hidden).then(|| config.linear(narrow, hidden, device)),
            layer: config.layers(device),
        }
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

    /// The projected embeddings and what each layer makes of them in turn, as many as there are layers and one:
    /// `[B, T, H]` each.
    pub fn hidden_states(&self, input: &EncoderInput) -> Vec<Tensor<3>> {
        hidden_states(&self.layer, self.embed(input, &mut Dropout::off()), input)
    }

    /// `[B, T] -> [B, T, H]`
    fn embed(&self, input: &EncoderInput, dropout: &mut Dropout) -> Tensor<3> {
        let narrow = self.embeddings.forward(input, dropout); // [B, T, E]
        match &self.embeddings_project {
            Some(project) => project.forward(narrow),
            None => narrow,
        }
    }
}
