//! AdamW (Loshchilov and Hutter 2019) behind a clip of the norm over all gradients.

use std::any::Any;
use std::collections::{BTreeMap, HashMap};
use std::fmt;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::optim::{
    AdamW as ParameterAdamW, AdamWConfig, AdamWState, AdaptiveMomentumState, GradientsParams, Optimizer,
};
use burn::tensor::{DType, Tensor, TensorData};
use welt_kernels::{AdamStep, Isa, Parameter, adam};
use welt_models::{Memory, Tagger};
use welt_settings::Training;

/// Added to the norm before dividing by it, as PyTorch's `clip_grad_norm_` does.
const CLIP_EPSILON: f64 = 1e-6;

/// The optimiser with its moments.
///
/// Burn computes the step of each parameter, or on the processor a pass of our own with the same bits. Its own loop over parameters would keep the moments by numbers that are drawn
/// anew whenever a model is read; here they have the path of their parameter, so that they can be written and read again.
pub struct AdamW {
    decayed: ParameterAdamW,
    undecayed: ParameterAdamW,
    training: Training,
    /// The [`AdamWState`] of each parameter, which differ in their number of dimensions.
    states: HashMap<String, Box<dyn Any + Send>>,
}

/// What the optimiser remembers of its steps.
#[derive(Debug)]
pub struct Moments {
    /// A model with the first moments where the parameters are.
    pub first: Tagger,
    /// The same with the second moments.
    pub second: Tagger,
    /// How many steps each parameter took; a parameter without gradients took none.
    pub steps: BTreeMap<String, usize>,
}

impl AdamW {
    /// An optimiser that has seen no step.
    #[must_use]
    pub fn new(training: &Training) -> Self {
        let decayed = AdamWConfig::new()
            .with_beta_1(training.beta_1 as f32)
            .with_beta_2(training.beta_2 as f32)
            .with_epsilon(training.epsilon as f32)
            .with_weight_decay(training.weight_decay as f32);
        Self {
            undecayed: decayed.clone().with_weight_decay(0.0).build(),
            decayed: decayed.build(),
            training: *training,
            states: HashMap::new(),
        }
    }

    /// One step at `learning_rate`, with the norm of the gradients as [`gradient_norm`] gives it.
    #[must_use]
    pub fn step(&mut self, model: Tagger, gradients: GradientsParams, norm: f64, learning_rate: f64) -> Tagger {
        let largest = self.training.max_gradient_norm;
        let clip = if norm > largest { largest / (norm + CLIP_EPSILON) } else { 1.0 };
        let is_here = model.memory() == Memory::Shared;
        let gradients = if clip == 1.0 || is_here { gradients } else { scaled(&model, gradients, clip) };
        let here = is_here.then_some(clip);
        model.map(&mut Update { optimizer: self, gradients, learning_rate, here, path: Vec::new() })
    }

    /// The moments of a model's parameters; `model` is on a device without gradients.
    #[must_use]
    pub fn moments(&self, model: &Tagger) -> Moments {
        let of = |which| model.clone().map(&mut Moment { optimizer: self, which, path: Vec::new() });
        let mut times = Times { optimizer: self, path: Vec::new(), steps: BTreeMap::new() };
        model.visit(&mut times);
        Moments { first: of(Which::First), second: of(Which::Second), steps: times.steps }
    }

    /// Goes on from moments as [`AdamW::moments`] gave them.
    pub fn restore(&mut self, moments: &Moments) {
        self.states.clear();
        for (which, model) in [(Which::First, &moments.first), (Which::Second, &moments.second)] {
            model.visit(&mut Restore { optimizer: self, which, steps: &moments.steps, path: Vec::new() });
        }
    }

    fn state<const D: usize>(&self, path: &str) -> Option<&AdamWState<D>> {
        self.states.get(path)?.downcast_ref()
    }
}

impl fmt::Debug for AdamW {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AdamW").field("parameters", &self.states.len()).finish_non_exhaustive()
    }
}

/// Biases and layer normalisations are not decayed.
fn is_decayed(path: &[String]) -> bool {
    let name = path.last().map_or("", String::as_str);
    let in_norm = path.len() > 1 && path[path.len() - 2].ends_with("norm");
    !(name == "bias" && path.len() > 1 || in_norm && (name == "gamma" || name == "beta"))
}

/// Takes the step of one parameter after the other.
struct Update<'a> {
    optimizer: &'a mut AdamW,
    gradients: GradientsParams,
    learning_rate: f64,
    /// What gradients are still to be multiplied by, where the numbers lie in this program's memory.
    here: Option<f64>,
    path: Vec<String>,
}

impl Update<'_> {
    /// Our own step: parameter and moments change where they lie, but for what others hold too.
    fn step_here<const D: usize>(
        &self,
        clip: f64,
        [values, gradient]: [Tensor<D>; 2],
        state: Option<AdamWState<D>>,
    ) -> (Tensor<D>, AdamWState<D>) {
        let training = &self.optimizer.training;
        let (device, shape) = (values.device(), values.shape());
        let (steps, moments) = match state.map(|state| state.momentum) {
            Some(momentum) => (momentum.time + 1, [momentum.moment_1.into_data(), momentum.moment_2.into_data()]),
            None => (1, [(); 2].map(|()| TensorData::zeros::<f32, _>(shape.clone()))),
        };
        let [beta_1, beta_2] = [training.beta_1 as f32, training.beta_2 as f32];
        let decay =
            if is_decayed(&self.path) { self.learning_rate * f64::from(training.weight_decay as f32) } else { 0.0 };
        let step = AdamStep {
            beta_1,
            beta_2,
            epsilon: training.epsilon as f32,
            corrections: [beta_1, beta_2].map(|beta| 1.0 - beta.powi(steps as i32)),
            clip: clip as f32,
            kept: (1.0 - decay) as f32,
            learning_rate: self.learning_rate as f32,
        };
        let (mut values, gradient, [mut first, mut second]) = (values.into_data(), gradient.into_data(), moments);
        if let (Ok(values), Ok(gradient), Ok(first_moment), Ok(second_moment)) =
            (values.as_mut_slice(), gradient.as_slice(), first.as_mut_slice(), second.as_mut_slice())
        {
            adam(Isa::of_machine(), step, Parameter { values, gradient, first_moment, second_moment });
        }
        let [values, first, second] = [values, first, second].map(|data| Tensor::from_data(data, &device));
        (values, AdamWState::new(AdaptiveMomentumState::new(steps, first, second)))
    }
}

impl ModuleMapper for Update<'_> {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, tensor, mapper) = param.consume();
        let Some(gradient) = self.gradients.remove::<D>(id) else {
            return Param::from_mapped_value(id, tensor, mapper);
        };
        let name = self.path.join(".");
        let state = self.optimizer.states.remove(&name).and_then(|state| state.downcast::<AdamWState<D>>().ok());
        let is_trained = tensor.is_require_grad();
        let (tensor, state) = (tensor.inner(), state.map(|state| *state));
        let is_single = tensor.dtype() == DType::F32 && gradient.dtype() == DType::F32;
        let (updated, state) = match self.here.filter(|_| is_single) {
            Some(clip) => {
                let (updated, state) = self.step_here(clip, [tensor, gradient], state);
                (updated, Some(state))
            }
            None => {
                let AdamW { decayed, undecayed, .. } = &self.optimizer;
                let optimizer = if is_decayed(&self.path) { decayed } else { undecayed };
                let gradient = self.here.filter(|clip| *clip < 1.0).map_or(gradient.clone(), |clip| gradient * clip);
                optimizer.step::<D>(self.learning_rate, tensor, gradient, state)
            }
        };
        if let Some(state) = state {
            self.optimizer.states.insert(name, Box::new(state));
        }
        let updated = Tensor::from_inner(updated);
        let updated = if is_trained { updated.require_grad() } else { updated };
        Param::from_mapped_value(id, updated, mapper)
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Which {
    First,
    Second,
}

/// Puts moments where parameters are.
struct Moment<'a> {
    optimizer: &'a AdamW,
    which: Which,
    path: Vec<String>,
}

impl ModuleMapper for Moment<'_> {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, tensor, mapper) = param.consume();
        let moment = match (self.optimizer.state::<D>(&self.path.join(".")), self.which) {
            (Some(state), Which::First) => state.momentum.moment_1.clone(),
            (Some(state), Which::Second) => state.momentum.moment_2.clone(),
            (None, _) => tensor.zeros_like(),
        };
        Param::from_mapped_value(id, moment, mapper)
    }
}

/// Lists the steps that parameters took.
struct Times<'a> {
    optimizer: &'a AdamW,
    path: Vec<String>,
    steps: BTreeMap<String, usize>,
}

impl ModuleVisitor for Times<'_> {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, _: &Param<Tensor<D>>) {
        let name = self.path.join(".");
        if let Some(state) = self.optimizer.state::<D>(&name) {
            self.steps.insert(name, state.momentum.time);
        }
    }
}

/// Takes moments from where parameters are; the first come before the second.
struct Restore<'a> {
    optimizer: &'a mut AdamW,
    which: Which,
    steps: &'a BTreeMap<String, usize>,
    path: Vec<String>,
}

impl ModuleVisitor for Restore<'_> {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let name = self.path.join(".");
        let Some(&steps) = self.steps.get(&name) else { return };
        let moment = param.val();
        let first = match self.which {
            Which::First => moment.clone(),
            Which::Second => self.optimizer.state::<D>(&name).map_or(moment.clone(), |of| of.momentum.moment_1.clone()),
        };
        let state = AdamWState::new(AdaptiveMomentumState::new(steps, first, moment));
        self.optimizer.states.insert(name, Box::new(state));
    }
}

/// The root of the sum of squares over all gradients; the same bits on any number of threads.
#[must_use]
pub fn gradient_norm(model: &Tagger, gradients: &GradientsParams) -> f64 {
    struct Squares<'a> {
        gradients: &'a GradientsParams,
        sums: Vec<Tensor<1>>,
    }
    impl ModuleVisitor for Squares<'_> {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            if let Some(gradient) = self.gradients.get::<D>(param.id) {
                // Row by row first: over 4 Mi elements at once, the CPU backend adds in an order that threads decide.
                let rows = gradient.square().sum_dim(D - 1);
                self.sums.push(rows.sum());
            }
        }
    }
    let mut squares = Squares { gradients, sums: Vec::new() };
    model.visit(&mut squares);
    // All at once: a device with a memory of its own is waited for whenever a number is read.
    let sums = if squares.sums.is_empty() { return 0.0 } else { Tensor::cat(squares.sums, 0).into_data() };
    sums.iter::<f64>().sum::<f64>().sqrt()
}

/// Every gradient times `factor`.
pub(crate) fn scaled(model: &Tagger, gradients: GradientsParams, factor: f64) -> GradientsParams {
    struct Scale {
        gradients: GradientsParams,
        factor: f64,
    }
    impl ModuleVisitor for Scale {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            if let Some(gradient) = self.gradients.remove::<D>(param.id) {
                self.gradients.register::<D>(param.id, gradient * self.factor);
            }
        }
    }
    let mut scale = Scale { gradients, factor };
    model.visit(&mut scale);
    scale.gradients
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;

    /// Draws a gradient for each parameter.
    struct Gradients(GradientsParams, f32);

    impl ModuleVisitor for Gradients {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            let shape = param.shape();
            let n = shape.num_elements();
            let number = |at: usize| (at as f32 * 0.7 + self.1).sin() * 1e-2;
            let data = TensorData::new((0..n).map(number).collect::<Vec<f32>>(), shape);
            self.0.register::<D>(param.id, Tensor::from_data(data, &Device::flex()));
        }
    }

    /// The bits of all parameters.
    struct Bits(Vec<u32>);

    impl ModuleVisitor for Bits {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            self.0.extend(param.val().to_data().iter::<f32>().map(f32::to_bits));
        }
    }

    #[test]
    fn our_step_has_the_bits_of_burns() {
        let sizes = serde_json::json!({
            "vocab_size": 20, "hidden_size": 12, "num_hidden_layers": 1, "num_attention_heads": 2,
            "intermediate_size": 20, "hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0,
            "max_position_embeddings": 8, "type_vocab_size": 2,
        });
        let sizes: welt_models::EncoderConfig = serde_json::from_value(sizes).unwrap();
        let first = sizes.init(3, 1, &Device::flex()).train();
        let training = Training { weight_decay: 0.1, ..Training::defaults() };
        let run = |is_here: bool, clip: f64| {
            let (mut optimizer, mut model) = (AdamW::new(&training), first.clone());
            for step in 0..3 {
                let mut drawn = Gradients(GradientsParams::new(), step as f32);
                model.visit(&mut drawn);
                let gradients = if is_here { drawn.0 } else { scaled(&model, drawn.0, clip) };
                let (here, optimizer) = (is_here.then_some(clip), &mut optimizer);
                model = model.map(&mut Update { optimizer, gradients, learning_rate: 1e-3, here, path: Vec::new() });
            }
            let mut bits = Bits(Vec::new());
            model.visit(&mut bits);
            let moments = optimizer.moments(&model.valid());
            moments.first.visit(&mut bits);
            moments.second.visit(&mut bits);
            (bits.0, moments.steps)
        };
        for clip in [1.0, 0.3] {
            assert_eq!(run(true, clip), run(false, clip), "clip {clip}");
        }
        assert_ne!(run(true, 1.0), run(true, 0.3));
    }
}
