//! AdamW (Loshchilov and Hutter 2019) behind a clip of the norm over all gradients.

use burn::module::{Module, ModuleVisitor, Param, ParamGroup};
use burn::optim::{AdamWConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::Tensor;
use welt_models::Tagger;
use welt_settings::Training;

/// Added to the norm before dividing by it, as PyTorch's `clip_grad_norm_` does.
const CLIP_EPSILON: f64 = 1e-6;

/// The optimiser with its moments.
pub struct AdamW {
    optimizer: ModuleOptimizer,
    max_gradient_norm: f64,
}

impl AdamW {
    /// An optimiser that has seen no step.
    ///
    /// # Panics
    /// Never: the pattern of the parameters without decay is a regular expression.
    #[must_use]
    pub fn new(training: &Training) -> Self {
        let decayed = AdamWConfig::new()
            .with_beta_1(training.beta_1 as f32)
            .with_beta_2(training.beta_2 as f32)
            .with_epsilon(training.epsilon as f32)
            .with_weight_decay(training.weight_decay as f32);
        let undecayed = decayed.clone().with_weight_decay(0.0).build();
        let biases_and_norms =
            ParamGroup::from_any_regexes(vec![r"\.bias$", r"norm\.(gamma|beta)$"]).expect("two regular expressions");
        Self {
            optimizer: decayed.init().with_group(biases_and_norms, undecayed, None),
            max_gradient_norm: training.max_gradient_norm,
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
        self.optimizer.step(learning_rate, model, gradients)
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
