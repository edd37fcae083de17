//! The schemes against numbers that were not computed here: the paper's worked example, its code's reading of
//! NCBI-disease, and the vectors of `golden`.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use welt_weights::{LabelOrder, Scheme, Warning, lint, same_loss};

fn check(scheme: &str, counts: &[u64], expected: &[f64], tolerance: f64) {
    let weights = scheme.parse::<Scheme>().unwrap().weights(counts).unwrap();
    assert_eq!(weights.len(), expected.len());
    for (weight, expected) in weights.iter().zip(expected) {
        assert!((weight - expected).abs() <= tolerance, "{scheme} of {counts:?} gave {weights:?}");
    }
}

#[test]
fn worked_example_of_section_3() {
    // Counts of O, B, I as the paper gives them; it prints four digits.
    let counts = [4_262_718, 389_892, 1_215_981];
    check("welt", &counts, &[0.2167, 0.4192, 0.3641], 5e-5);
    let total: u64 = counts.iter().sum();
    for (count, inverse_share) in counts.iter().zip([0.2736, 0.9336, 0.7928]) {
        assert!((1.0 - *count as f64 / total as f64 - inverse_share).abs() < 5e-5);
    }
}

#[test]
fn ncbi_disease() {
    // The published training file, and the form of it that BioBERT comes with, which lacks an abstract that stands there twice.
    for counts in [[124_819, 5145, 6122], [124_452, 5134, 6115]] {
        check("welt", &counts, &[0.1724, 0.4153, 0.4123], 5e-5);
    }
}

#[test]
fn formulas() {
    check("vanilla", &[3, 7], &[1.0, 1.0], 0.0);
    check("ins", &[4, 16], &[0.25, 0.0625], 0.0);
    check("isns", &[4, 16], &[0.5, 0.25], 0.0);
    // Cui et al. 2019, equation 2, at beta 0.5: n = 1 gives 1, n = 2 gives 0.5 / 0.75.
    check("ens-0.5", &[1, 2], &[1.0, 2.0 / 3.0], 1e-15);
    // With beta = 0 every effective number is 1, with beta near 1 it is the count.
    check("ens-0", &[10, 1000], &[1.0, 1.0], 0.0);
    check("ens-0.999999999999", &[10, 1000], &[0.1, 0.001], 1e-5);
    check("ens-as-coded-0.5", &[1, 2], &[0.0, 1.0 - 0.5 / 0.75], 1e-15);
}

#[test]
fn names() {
    for name in ["vanilla", "ins", "isns", "ens-0.3", "ens-0.99999", "ens-as-coded-0.9", "welt"] {
        assert_eq!(name.parse::<Scheme>().unwrap().to_string(), name);
    }
    for name in ["", "WELT", "ens", "ens-1", "ens--0.1", "ens-nan", "ens-as-coded-", "focal"] {
        let message = name.parse::<Scheme>().unwrap_err().to_string();
        assert!(message.contains("vanilla, ins, isns, ens-BETA"), "{message}");
    }
    assert!("published".parse::<LabelOrder>().unwrap_err().to_string().contains("as-published"));
}

#[test]
fn small_betas_are_vanilla_and_large_ones_are_not() {
    let counts = [5145, 6122, 124_819];
    let weights = |name: &str| name.parse::<Scheme>().unwrap().weights(&counts).unwrap();
    for name in ["ens-0.3", "ens-0.5", "ens-0.9"] {
        assert!(same_loss(&weights(name), &weights("vanilla")), "{name}");
        assert_eq!(lint(&weights(name), &counts), [Warning::SameAsVanilla]);
    }
    assert!(!same_loss(&weights("ens-0.9999"), &weights("vanilla")));
    assert!(!same_loss(&weights("welt"), &weights("vanilla")));
    assert!(lint(&weights("welt"), &counts).is_empty());
}

#[test]
fn lint_names_what_is_wrong() {
    let coded = Scheme::EffectiveNumberAsCoded { beta: 0.99999 }.weights(&[5145, 6122, 124_819]).unwrap();
    let found = lint(&coded, &[5145, 6122, 124_819]);
    assert!(matches!(found[0], Warning::NotPositive { class_index: 0, .. }), "{found:?}");
    assert!(found[0].is_fatal());
    assert!(matches!(lint(&[1.0, f64::INFINITY], &[1, 0])[0], Warning::NotFinite { class_index: 1, .. }));
    assert_eq!(lint(&Scheme::Welt.weights(&[1, 0]).unwrap(), &[1, 0]), [Warning::NoSamples { class_index: 1 }]);
    assert!(Scheme::InverseCount.weights(&[1, 0]).unwrap_err().to_string().contains("class 1"));
    assert!(Scheme::Welt.weights(&[]).is_err() && Scheme::Welt.weights(&[0, 0]).is_err());
}

#[test]
fn golden_vectors() {
    let golden: serde_json::Value = serde_json::from_str(include_str!("golden/class_weights.json")).unwrap();
    for (_, case) in golden["cases"].as_object().unwrap() {
        let counts: Vec<u64> = serde_json::from_value(case["counts"].clone()).unwrap();
        let expected: Vec<f64> = serde_json::from_value(case["welt"].clone()).unwrap();
        check("welt", &counts, &expected, 1e-15);
    }
}

proptest! {
    #[test]
    fn invariants(counts in prop::collection::vec(1_u64..1_000_000_000, 1..9), factor in 1e-6_f64..1e6) {
        let schemes = [Scheme::InverseCount, Scheme::InverseSquareRoot, Scheme::EffectiveNumber { beta: 0.9999 }, Scheme::Welt];
        for scheme in schemes {
            let weights = scheme.weights(&counts).unwrap();
            let scaled: Vec<f64> = weights.iter().map(|weight| weight * factor).collect();
            prop_assert!(same_loss(&weights, &scaled));
            // The rarer class never weighs less.
            for (a, b) in counts.iter().zip(&weights).flat_map(|x| counts.iter().zip(&weights).map(move |y| (x, y))) {
                prop_assert!(a.0 > b.0 || a.1 >= b.1);
            }
        }
        let sum: f64 = Scheme::Welt.weights(&counts).unwrap().iter().sum();
        prop_assert!((sum - 1.0).abs() < 1e-12);
    }
}
