//! AdamW (Loshchilov and Hutter 2019) behind a clip of the norm over all gradients.

use std::any::Any;
use std::collections::{BTreeMap, HashMap};
use std::fmt;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::optim::{
    AdamW as ParameterAdamW, AdamWConfig, AdamWState, AdaptiveMomentumState, GradientsParams, Optimizer,
};
use burn::tensor::Tensor;
use welt_models::Tagger;
use welt_settings::Training;

/// Added to the norm before dividing by it, as PyTorch's `clip_grad_norm_` does.
const CLIP_EPSILON: f64 = 1e-6;

/// The optimiser with its moments.
///
/// Burn computes the step of each parameter. Its own loop over parameters would keep the moments by numbers that are drawn
/// anew whenever a model is read; here they have the path of their parameter, so that they can be written and read again.
pub struct AdamW {
    decayed: ParameterAdamW,
    undecayed: ParameterAdamW,
    max_gradient_norm: f64,
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
            max_gradient_norm: training.max_gradient_norm,
            states: HashMap::new(),
        }
    }

    /// One step at `learning_rate`, with the norm of the gradients as [`gradient_norm`] gives it.
    #[must_use]
    pub fn step(&mut self, model: Tagger, gradients: GradientsParams, norm: f64, learning_rate: f64) -> Tagger {
        let gradients = if norm > self.max_gradient_norm {
            scaled(&model, gradients, self.max_gradient_norm / (norm + CLIP_EPSILON))
        } else {
            gradients
        };
        model.map(&mut Update { optimizer: self, gradients, learning_rate, path: Vec::new() })
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
    path: Vec<String>,
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
        let optimizer = if is_decayed(&self.path) { &self.optimizer.decayed } else { &self.optimizer.undecayed };
        let state = self.optimizer.states.remove(&name).and_then(|state| state.downcast::<AdamWState<D>>().ok());
        let is_trained = tensor.is_require_grad();
        let (updated, state) =
            optimizer.step::<D>(self.learning_rate, tensor.inner(), gradient, state.map(|state| *state));
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
