//! A step of AdamW (Loshchilov and Hutter 2019) in one pass over a parameter, its gradient and its moments.

use crate::isa::vectorised;

/// The numbers of a step, the same for all elements of a parameter.
#[derive(Debug, Clone, Copy)]
pub struct AdamStep {
    /// Share of the first moment that stays.
    pub beta_1: f32,
    /// Share of the second moment that stays.
    pub beta_2: f32,
    /// Added to the root of the second moment.
    pub epsilon: f32,
    /// `1 - beta^t` of both moments after `t` steps, this one included.
    pub corrections: [f32; 2],
    /// What gradients are multiplied by first: the clip.
    pub clip: f32,
    /// What parameters are multiplied by first: 1 less the decay.
    pub kept: f32,
    /// Step size.
    pub learning_rate: f32,
}

/// A parameter with what its step is made of, all of one length.
#[derive(Debug)]
pub struct Parameter<'a> {
    /// What is learnt.
    pub values: &'a mut [f32],
    /// Its slopes.
    pub gradient: &'a [f32],
    /// Running means of slopes, zeros before the first step.
    pub first_moment: &'a mut [f32],
    /// Running means of squared slopes, zeros before the first step.
    pub second_moment: &'a mut [f32],
}

vectorised! {
    /// Takes a step; elements beyond the shortest of the slices stay.
    ///
    /// Operations and their order are those of Burn's AdamW, so that both give the same bits.
    pub fn adam(isa: Isa, step: AdamStep, parameter: Parameter<'_>) {
        let AdamStep { beta_1, beta_2, epsilon, corrections, clip, kept, learning_rate } = step;
        let (rest_1, rest_2) = (1.0 - beta_1, 1.0 - beta_2);
        let moments = parameter.first_moment.iter_mut().zip(parameter.second_moment);
        for ((value, gradient), (first, second)) in parameter.values.iter_mut().zip(parameter.gradient).zip(moments) {
            let gradient = gradient * clip;
            *first = *first * beta_1 + gradient * rest_1;
            *second = *second * beta_2 + gradient * gradient * rest_2;
            let slope = *first / corrections[0] / ((*second / corrections[1]).sqrt() + epsilon);
            *value = *value * kept - slope * learning_rate;
        }
    }
}
