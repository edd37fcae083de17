//! A whole layer as one operation of the processor, with a way back written by hand.
//! The parameters of a layer and its input go in, its output comes out; the arithmetic is welt-kernels'.
//!
//! Burn calls it through an extension of its backends. Only its backend for the processor has the extension, so who
//! calls it asks [`Fused::of`] first; on every other device the layer is made of Burn's own operations.

use std::sync::{Arc, Mutex, PoisonError};

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, ExtensionType, Flex, backend_extension};
use burn::nn::{LayerNorm, Linear};
use burn::tensor::{DType, Device, Tensor, TensorData};
use welt_kernels as kernels;
use welt_kernels::{
    Arithmetic, Batch, Buffer, Isa, Left, LinearGradients, Mask, Masks, Matrix, MatrixMut, Norm, Numbers, Right, Trace,
    Weights, multiply_bias,
};
use welt_settings::Precision;

use crate::dropout::Kept;

/// That a layer can be computed as one operation, and in which numbers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fused {
    numbers: Numbers,
}

impl Fused {
    /// For a layer whose input is `x`: none where Burn's operations are to be used.
    pub fn of(x: &Tensor<3>, precision: Precision) -> Option<Self> {
        let numbers = match precision {
            Precision::F32 => Numbers::F32,
            Precision::Bf16 => Numbers::Bf16,
            Precision::Int8 if x.device() == Device::flex() => Numbers::Int8,
            Precision::F16 | Precision::Int8 => return None,
        };
        (x.dtype() == DType::F32 && x.device().inner() == Device::flex()).then_some(Self { numbers })
    }

    /// `x: [B, T, H] -> [B, T, H]`
    pub fn layer(self, x: Tensor<3>, parts: &Parts, n_heads: usize, pass: Pass) -> Tensor<3> {
        let arithmetic = Arithmetic { isa: Isa::of_machine(), numbers: self.numbers, n_heads };
        let call =
            Arc::new(Call { arithmetic, epsilon: parts.epsilon as f32, pass, prepared: parts.prepared.shared() });
        let [query, key, value, attention_output, intermediate, output] = parts.linears;
        let [attention_norm, output_norm] = parts.norms;
        let weight = |linear: &Linear| linear.weight.val().into_dispatch();
        let bias = |linear: &Linear| match &linear.bias {
            Some(bias) => bias.val().into_dispatch(),
            None => Tensor::<1>::zeros([linear.weight.dims()[1]], &linear.weight.device()).into_dispatch(),
        };
        let gamma = |norm: &LayerNorm| norm.gamma.val().into_dispatch();
        let beta = |norm: &LayerNorm| match &norm.beta {
            Some(beta) => beta.val().into_dispatch(),
            None => norm.gamma.val().zeros_like().into_dispatch(),
        };
        let tensors = LayerTensors {
            input: x.into_dispatch(),
            query: weight(query),
            query_bias: bias(query),
            key: weight(key),
            key_bias: bias(key),
            value: weight(value),
            value_bias: bias(value),
            attention_output: weight(attention_output),
            attention_output_bias: bias(attention_output),
            attention_gamma: gamma(attention_norm),
            attention_beta: beta(attention_norm),
            intermediate: weight(intermediate),
            intermediate_bias: bias(intermediate),
            output: weight(output),
            output_bias: bias(output),
            output_gamma: gamma(output_norm),
            output_beta: beta(output_norm),
        };
        Tensor::from_dispatch(<Dispatch as LayerBackend>::encoder_layer(tensors, call))
    }
}

/// The parameters of a layer.
#[derive(Debug)]
pub(crate) struct Parts<'a> {
    /// Query, key, value, the output of attention, the feed-forward part's two.
    pub linears: [&'a Linear; 6],
    /// After attention and after the feed-forward part.
    pub norms: [&'a LayerNorm; 2],
    /// What both add to the variance.
    pub epsilon: f64,
    /// The same weights as products take them.
    pub prepared: &'a Prepared,
}

/// The weights of a layer as products take them: made when it first predicts, and anew when its weights are others.
///
/// A copy of a layer makes its own: what was made belongs to weights that it may leave behind.
#[derive(Debug, Default)]
pub(crate) struct Prepared(Arc<Mutex<Option<Arc<Made>>>>);

/// What was made, and of what: as long as these tensors are held, nothing else lies where they lie.
#[derive(Debug)]
struct Made {
    numbers: Numbers,
    of: [FlexTensor; 17],
    prepared: kernels::Prepared,
}

impl Clone for Prepared {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Prepared {
    fn shared(&self) -> Self {
        Self(Arc::clone(&self.0))
    }

    /// For a layer that computes in `numbers` with such tensors, the first of which is its input.
    fn of(&self, numbers: Numbers, tensors: &[FlexTensor; 17], make: impl FnOnce() -> kernels::Prepared) -> Arc<Made> {
        let mut made = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(made) = &*made
            && made.numbers == numbers
            && made.of[1..].iter().zip(&tensors[1..]).all(|(of, tensor)| lies_with(of, tensor))
        {
            return Arc::clone(made);
        }
        let mut of = tensors.clone();
        // The input is not kept.
        of[0] = of[1].clone();
        Arc::clone(made.insert(Arc::new(Made { numbers, of, prepared: make() })))
    }
}

/// Whether two tensors are the same numbers in memory.
fn lies_with(one: &FlexTensor, other: &FlexTensor) -> bool {
    let [one, other] = [numbers(one), numbers(other)];
    one.as_ptr() == other.as_ptr() && one.len() == other.len()
}

/// `x W + b` in products of bytes, for layers that are made of Burn's operations: `[.., d_input] -> [.., d_output]`.
pub(crate) fn linear_of_bytes<const D: usize>(linear: &Linear, x: Tensor<D>) -> Tensor<D> {
    let ([depth, width], mut shape, device) = (linear.weight.dims(), x.dims(), x.device());
    let data = |data: TensorData| data.iter::<f32>().collect::<Vec<f32>>();
    let (x, weight) = (data(x.into_data()), data(linear.weight.val().into_data()));
    let bias = linear.bias.as_ref().map_or_else(|| vec![0.0; width], |bias| data(bias.val().into_data()));
    let (isa, rows) = (Isa::of_machine(), x.len() / depth.max(1));
    let left = Left::new(isa, Numbers::Int8, Matrix::new(&x, rows, depth, depth));
    let right = Right::new(isa, Numbers::Int8, Matrix::new(&weight, depth, width, width));
    let mut output = vec![0.0; rows * width];
    multiply_bias(isa, &left, &right, &mut MatrixMut::new(&mut output, rows, width, width), &bias);
    shape[D - 1] = width;
    Tensor::from_data(TensorData::new(output, shape), &device)
}

/// What a layer is told beside numbers.
#[derive(Debug)]
pub(crate) struct Pass {
    /// Sub-words of each row that are not padding.
    pub lengths: Vec<usize>,
    /// Whether rows stand one behind the other without padding, as those of one row, `[1, N, H]`.
    pub is_packed: bool,
    /// What dropout keeps of the attention weights, the output of attention, and that of the feed-forward part.
    pub kept: [Option<Kept>; 3],
}

/// A pass over a layer, without its tensors.
#[derive(Debug)]
pub struct Call {
    arithmetic: Arithmetic,
    epsilon: f32,
    pass: Pass,
    prepared: Prepared,
}

/// The input of a layer and its parameters.
#[derive(ExtensionType, Debug, Clone)]
#[allow(missing_docs, reason = "named as the parts of a layer")]
pub struct LayerTensors<B: Backend> {
    pub input: FloatTensor<B>,
    pub query: FloatTensor<B>,
    pub query_bias: FloatTensor<B>,
    pub key: FloatTensor<B>,
    pub key_bias: FloatTensor<B>,
    pub value: FloatTensor<B>,
    pub value_bias: FloatTensor<B>,
    pub attention_output: FloatTensor<B>,
    pub attention_output_bias: FloatTensor<B>,
    pub attention_gamma: FloatTensor<B>,
    pub attention_beta: FloatTensor<B>,
    pub intermediate: FloatTensor<B>,
    pub intermediate_bias: FloatTensor<B>,
    pub output: FloatTensor<B>,
    pub output_bias: FloatTensor<B>,
    pub output_gamma: FloatTensor<B>,
    pub output_beta: FloatTensor<B>,
}

impl<B: Backend> LayerTensors<B> {
    /// In the order of the fields.
    fn into_array(self) -> [FloatTensor<B>; 17] {
        [
            self.input,
            self.query,
            self.query_bias,
            self.key,
            self.key_bias,
            self.value,
            self.value_bias,
            self.attention_output,
            self.attention_output_bias,
            self.attention_gamma,
            self.attention_beta,
            self.intermediate,
            self.intermediate_bias,
            self.output,
            self.output_bias,
            self.output_gamma,
            self.output_beta,
        ]
    }
}

/// Backends that compute a layer as one operation.
#[backend_extension(Flex, Autodiff)]
pub trait LayerBackend: Backend {
    /// `[B, T, H] -> [B, T, H]`
    fn encoder_layer(#[extension_type] tensors: LayerTensors<Self>, call: Arc<Call>) -> FloatTensor<Self>;
}

type FlexTensor = FloatTensor<Flex>;

impl LayerBackend for Flex {
    fn encoder_layer(tensors: LayerTensors<Self>, call: Arc<Call>) -> FlexTensor {
        let tensors = tensors.into_array().map(|tensor| tensor.to_contiguous());
        let output = call.with_layer(&tensors, |layer, x| {
            let is_whole = call.pass.kept.iter().all(Option::is_none);
            if !is_whole {
                return layer.forward(x).0;
            }
            let make = || kernels::Prepared::new(layer.arithmetic, &layer.weights);
            layer.predict(&call.prepared.of(layer.arithmetic.numbers, &tensors, make).prepared, x)
        });
        tensor(output, tensors[0].layout().shape().to_vec())
    }
}

impl<C: CheckpointStrategy> LayerBackend for Autodiff<Flex, C> {
    fn encoder_layer(tensors: LayerTensors<Self>, call: Arc<Call>) -> FloatTensor<Self> {
        let tensors = tensors.into_array();
        #[allow(clippy::redundant_closure_for_method_calls, reason = "the type of these tensors has no public path")]
        let nodes = tensors.each_ref().map(|tensor| tensor.node());
        let tensors = tensors.map(|tensor| tensor.into_primitive().to_contiguous());
        let shape = tensors[0].layout().shape().to_vec();
        let prepared = LayerBackward.prepare::<C>(nodes).compute_bound().stateful();
        let (output, trace) = call.with_layer(&tensors, |layer, x| layer.forward(x));
        let output = tensor(output, shape);
        match prepared {
            OpsKind::Tracked(prepared) => prepared.finish((tensors, Arc::new(trace), call), output),
            OpsKind::UnTracked(prepared) => prepared.finish(output),
        }
    }
}

/// The way back over a layer.
#[derive(Debug)]
struct LayerBackward;

impl Backward<Flex, 17> for LayerBackward {
    type State = ([FlexTensor; 17], Arc<Trace>, Arc<Call>);

    fn backward(self, ops: Ops<Self::State, 17>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let (tensors, trace, call) = ops.state;
        let slopes = gradients.consume::<Flex>(&ops.node).to_contiguous();
        let found = call.with_layer(&tensors, |layer, x| layer.backward(x, &trace, numbers(&slopes)));
        for ((parent, found), of) in ops.parents.into_iter().zip(in_order(found)).zip(&tensors) {
            if let Some(node) = parent {
                gradients.register::<Flex>(node.id, tensor(found, of.layout().shape().to_vec()));
            }
        }
    }
}

/// In the order of the fields of [`LayerTensors`].
fn in_order(gradients: kernels::Gradients) -> [Buffer<f32>; 17] {
    let pair = |LinearGradients { weight, bias }| [weight, bias];
    let [query, key, value] = gradients.attention.map(pair);
    let [[output, output_bias], [intermediate, intermediate_bias], [attended, attended_bias]] =
        [gradients.output, gradients.intermediate, gradients.attention_output].map(pair);
    let [[query, query_bias], [key, key_bias], [value, value_bias]] = [query, key, value];
    let ([attention_gamma, attention_beta], [output_gamma, output_beta]) =
        (gradients.attention_norm, gradients.output_norm);
    [
        gradients.input,
        query,
        query_bias,
        key,
        key_bias,
        value,
        value_bias,
        attended,
        attended_bias,
        attention_gamma,
        attention_beta,
        intermediate,
        intermediate_bias,
        output,
        output_bias,
        output_gamma,
        output_beta,
    ]
}

impl Call {
    /// Does something with the layer that such tensors are, and its input.
    fn with_layer<R>(&self, tensors: &[FlexTensor; 17], run: impl FnOnce(kernels::Layer, &[f32]) -> R) -> R {
        let linear = |at: usize| kernels::Linear { weight: numbers(&tensors[at]), bias: numbers(&tensors[at + 1]) };
        let norm =
            |at: usize| Norm { gamma: numbers(&tensors[at]), beta: numbers(&tensors[at + 1]), epsilon: self.epsilon };
        let [attention, attended, output] = &self.pass.kept;
        let longest = tensors[0].layout().shape()[1];
        let layer = kernels::Layer {
            arithmetic: self.arithmetic,
            weights: Weights {
                attention: [linear(1), linear(3), linear(5)],
                attention_output: linear(7),
                attention_norm: norm(9),
                intermediate: linear(11),
                output: linear(13),
                output_norm: norm(15),
            },
            batch: match self.pass.is_packed {
                true => Batch::packed(&self.pass.lengths),
                false => Batch::padded(&self.pass.lengths, longest),
            },
            masks: Masks { attention: mask(attention), attended: mask(attended), output: mask(output) },
        };
        run(layer, numbers(&tensors[0]))
    }
}

fn mask(kept: &Option<Kept>) -> Option<Mask<'_>> {
    kept.as_ref().map(|kept| Mask { kept: &kept.elements, scale: kept.scale })
}

/// The numbers of a tensor that was made contiguous.
fn numbers(tensor: &FlexTensor) -> &[f32] {
    tensor.as_slice::<f32>().unwrap_or_default()
}

fn tensor(numbers: Buffer<f32>, shape: Vec<usize>) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(numbers.into_vec(), shape))
}
