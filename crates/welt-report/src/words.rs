//! The words of a report for what is compared.
//!
//! Beside published numbers a report speaks of the arms of the paper's grid, as its tables do; of anybody's own corpus it
//! speaks of methods.

use super::published::Published;

/// One word for every thing.
#[derive(Debug)]
pub struct Words {
    /// What is compared with vanilla.
    pub method: &'static str,
    pub a_method: &'static str,
    pub methods: &'static str,
    /// The same at the start of a sentence.
    pub methods_first: &'static str,
    pub each_method: &'static str,
    pub two_methods: &'static str,
    /// The title of a column of methods.
    pub column: &'static str,
    /// What differences do that are significant over seeds and lie beyond the noise floor.
    pub stand_out: &'static str,
    /// What a heading says where no difference does so.
    pub none_stands_out: &'static str,
}

const OF_PAPER: Words = Words {
    method: "arm",
    a_method: "an arm",
    methods: "arms",
    methods_first: "Arms",
    each_method: "each weighting",
    two_methods: "two weightings",
    column: "weights",
    stand_out: "outlive the noise",
    none_stands_out: "no difference outlives the noise",
};

const PLAIN: Words = Words {
    method: "method",
    a_method: "a method",
    methods: "methods",
    methods_first: "Methods",
    each_method: "each method",
    two_methods: "two methods",
    column: "method",
    stand_out: "are significant and beyond the noise floor",
    none_stands_out: "no clear difference",
};

impl Words {
    /// The words of a report beside these numbers, or beside none.
    pub fn beside(published: Option<&Published>) -> &'static Self {
        if published.is_some() { &OF_PAPER } else { &PLAIN }
    }
}
