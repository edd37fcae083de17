//! An encoder of any architecture with a tagging head: hidden states `[B, T, H]` in, label scores out.
//!
//! Sizes: `B` rows, `T` sub-words, `H` hidden size, `W` words, `L` labels.

use burn::module::{Module, ModuleVisitor, Param};
use burn::nn::Linear;
use burn::tensor::{Device, Int, Tensor};
use welt_settings::Precision;

use crate::bert::Bert;
use crate::deberta::Deberta;
use crate::electra::Electra;
use crate::modernbert::{Head, ModernBert};
use crate::roberta::Roberta;
use crate::{Architecture, Dropout, EncoderConfig, EncoderInput, Memory};

/// An encoder with one linear layer on its last hidden states, which is how all of them tag; `ModernBERT` has a head of its
/// pre-training before it.
#[derive(Module, Debug)]
pub struct Tagger {
    /// The encoder.
    pub encoder: Encoder,
    /// `[.., H] -> [.., H]`, of `ModernBERT` alone.
    pub head: Option<Head>,
    /// `[.., H] -> [.., L]`
    pub classifier: Linear,
    #[module(skip)]
    memory: Memory,
    dropout: f64,
}

/// Burn draws a parameter when it is first used: this uses each, so that they are drawn here, in their order.
struct Drawn;

impl ModuleVisitor for Drawn {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let _ = param.val();
    }
}

/// An encoder of any architecture.
#[derive(Module, Debug)]
#[allow(clippy::large_enum_variant, reason = "a model has one, and weights beside which it is small")]
pub enum Encoder {
    /// BERT.
    Bert(Bert),
    /// ELECTRA.
    Electra(Electra),
    /// RoBERTa, XLM-RoBERTa or CamemBERT.
    Roberta(Roberta),
    /// DeBERTa of the second or third version.
    Deberta(Deberta),
    /// ModernBERT.
    ModernBert(ModernBert),
}

/// The same of whichever encoder it is.
macro_rules! whichever {
    ($encoder:expr, $one:ident => $what:expr) => {
        match $encoder {
            Encoder::Bert($one) => $what,
            Encoder::Electra($one) => $what,
            Encoder::Roberta($one) => $what,
            Encoder::Deberta($one) => $what,
            Encoder::ModernBert($one) => $what,
        }
    };
}

impl EncoderConfig {
    /// A model of these sizes whose weights are drawn anew: normal with [`EncoderConfig::initializer_range`], biases 0.
    ///
    /// The same seed on the same backend gives the same weights, as long as no other thread draws from that backend.
    /// Sizes that [`EncoderConfig::check`] refuses may exceed the memory.
    #[must_use]
    pub fn init(&self, n_labels: usize, seed: u64, device: &Device) -> Tagger {
        device.seed(seed);
        let model = self.undrawn(n_labels, device);
        // The head first, as it was when parameters were drawn at their first use.
        model.classifier.visit(&mut Drawn);
        model.visit(&mut Drawn);
        model
    }

    /// A newly drawn head, as [`EncoderConfig::init`] draws it.
    #[must_use]
    pub fn init_classifier(&self, n_labels: usize, seed: u64, device: &Device) -> Linear {
        device.seed(seed);
        let classifier = self.linear(self.hidden_size, n_labels, device);
        classifier.visit(&mut Drawn);
        classifier
    }

    /// A newly drawn head of the pre-training, for the encoders that have one.
    #[must_use]
    pub fn init_head(&self, seed: u64, device: &Device) -> Option<Head> {
        // Another stream than that of the classifier, which begins with the same seed.
        device.seed(!seed);
        let head = self.undrawn_head(device);
        head.visit(&mut Drawn);
        head
    }

    fn undrawn_head(&self, device: &Device) -> Option<Head> {
        (self.model_type == Architecture::ModernBert).then(|| Head::undrawn(self, device))
    }

    /// A model of these sizes whose weights are drawn when they are first used, or never, if they are read before.
    pub(crate) fn undrawn(&self, n_labels: usize, device: &Device) -> Tagger {
        Tagger {
            encoder: match self.model_type {
                Architecture::Bert => Encoder::Bert(Bert::undrawn(self, device)),
                Architecture::Electra => Encoder::Electra(Electra::undrawn(self, device)),
                Architecture::Roberta | Architecture::XlmRoberta | Architecture::Camembert => {
                    Encoder::Roberta(Roberta::undrawn(self, device))
                }
                Architecture::DebertaV2 => Encoder::Deberta(Deberta::undrawn(self, device)),
                Architecture::ModernBert => Encoder::ModernBert(ModernBert::undrawn(self, device)),
            },
            head: self.undrawn_head(device),
            classifier: self.linear(self.hidden_size, n_labels, device),
            memory: Memory::of(device),
            dropout: self.head_dropout(),
        }
    }
}

impl Tagger {
    /// The same model with the matrix products of its encoder's layers in other numbers; the head stays in single
    /// precision, as does all that [`Precision`] names.
    ///
    /// Whether the device has such numbers is [`computes_in`](crate::computes_in)'s to say: without them, what comes out means
    /// nothing.
    #[must_use]
    pub fn with_precision(mut self, precision: Precision) -> Self {
        whichever!(&mut self.encoder, encoder => encoder.set_precision(precision));
        self
    }

    /// The numbers of the matrix products of its encoder's layers.
    #[must_use]
    pub fn precision(&self) -> Precision {
        whichever!(&self.encoder, encoder => encoder.precision())
    }

    /// Where the device of this model keeps its numbers.
    #[must_use]
    pub const fn memory(&self) -> Memory {
        self.memory
    }

    /// The dropout of a training pass over this model, as its device wants it; `seed` decides the masks.
    #[must_use]
    pub fn seeded_dropout(&self, seed: u64) -> Dropout {
        match self.memory {
            Memory::Shared => Dropout::seeded(seed),
            Memory::Separate => Dropout::seeded_on(&self.classifier.weight.val().device(), seed),
        }
    }

    /// Label scores of single sub-words, before any softmax: `[W, L]`.
    ///
    /// `rows: [W]` picks them among the `B * T` sub-words, row after row: `row * T + position`.
    pub fn forward(&self, input: &EncoderInput, rows: Tensor<1, Int>, dropout: &mut Dropout) -> Tensor<2> {
        let hidden: Tensor<2> = self.encoder.forward(input, dropout).flatten(0, 1); // [B * T, H]
        self.classify(hidden.select(0, rows), dropout)
    }

    /// `hidden: [.., H] -> [.., L]`
    pub fn classify<const D: usize>(&self, hidden: Tensor<D>, dropout: &mut Dropout) -> Tensor<D> {
        let hidden = match &self.head {
            Some(head) => head.forward(hidden),
            None => hidden,
        };
        self.classifier.forward(dropout.apply(hidden, self.dropout))
    }
}

impl Encoder {
    /// The last hidden states, `[B, T, H]`; what stands at padding means nothing.
    pub fn forward(&self, input: &EncoderInput, dropout: &mut Dropout) -> Tensor<3> {
        whichever!(self, encoder => encoder.forward(input, dropout))
    }

    /// What enters the first layer and what each layer makes of it in turn, as many as there are layers and one:
    /// `[B, T, H]` each.
    pub fn hidden_states(&self, input: &EncoderInput) -> Vec<Tensor<3>> {
        whichever!(self, encoder => encoder.hidden_states(input))
    }
}
