//! The normal distribution: the share of it below a number, and the number below which a share lies.
//! Numbers in, numbers out, to about 15 digits.
//!
//! The share below is Cody's rational approximation of the error function (Math. Comp. 23, 1969),
//! its inverse Wichura's algorithm AS 241 (Applied Statistics 37, 1988); every row of coefficients begins with the constant.

use std::f64::consts::{FRAC_1_SQRT_2, PI};

/// The share of the standard normal distribution below `z`.
#[must_use]
pub fn share_below(z: f64) -> f64 {
    0.5 * complementary_error(-z * FRAC_1_SQRT_2)
}

/// The number below which this share of the standard normal distribution lies: infinite for 0 and 1.
#[must_use]
pub fn quantile(share: f64) -> f64 {
    if share <= 0.0 {
        return f64::NEG_INFINITY;
    }
    if share >= 1.0 {
        return f64::INFINITY;
    }
    let from_middle = share - 0.5;
    if from_middle.abs() <= 0.425 {
        return from_middle * CENTRAL.at(0.180625 - from_middle * from_middle);
    }
    let depth = (-share.min(1.0 - share).ln()).sqrt();
    let distance = if depth <= 5.0 { INTERMEDIATE.at(depth - 1.6) } else { FAR.at(depth - 5.0) };
    distance.copysign(from_middle)
}

/// 1 minus the error function, without the loss of digits that the subtraction would have where it is small.
fn complementary_error(x: f64) -> f64 {
    // Beyond 40 nothing is left in either tail.
    let distance = x.abs().min(40.0);
    if distance <= 0.46875 {
        return 1.0 - x * ERROR_NEAR.at(x * x);
    }
    let scaled = if distance <= 4.0 {
        ERROR_MIDDLE.at(distance)
    } else {
        let inverse = (distance * distance).recip();
        (PI.sqrt().recip() - inverse * ERROR_FAR.at(inverse)) / distance
    };
    // exp(-x²) in two factors, the first of which is exact in its argument.
    let coarse = (distance * 16.0).trunc() / 16.0;
    let tail = scaled * (-coarse * coarse).exp() * (-(distance - coarse) * (distance + coarse)).exp();
    if x > 0.0 { tail } else { 2.0 - tail }
}

/// A quotient of two polynomials, by their coefficients from the constant on.
struct Rational<const N: usize, const D: usize> {
    numerator: [f64; N],
    denominator: [f64; D],
}

impl<const N: usize, const D: usize> Rational<N, D> {
    fn at(&self, x: f64) -> f64 {
        let polynomial = |coefficients: &[f64]| coefficients.iter().rev().fold(0.0, |sum, c| sum * x + c);
        polynomial(&self.numerator) / polynomial(&self.denominator)
    }
}

const ERROR_NEAR: Rational<5, 5> = Rational {
    numerator: [3209.3775891384694, 377.485237685302, 113.86415415105016, 3.1611237438705655, 0.18577770618460315],
    denominator: [2844.236833439171, 1282.6165260773723, 244.02463793444417, 23.601290952344122, 1.0],
};
const ERROR_MIDDLE: Rational<9, 9> = Rational {
    numerator: [
        1230.3393547979972,
        2051.0783778260716,
        1712.0476126340707,
        881.952221241769,
        298.6351381974001,
        66.11919063714163,
        8.883149794388377,
        0.5641884969886701,
        2.1531153547440383e-8,
    ],
    denominator: [
        1230.3393548037495,
        3439.3676741437216,
        4362.619090143247,
        3290.7992357334597,
        1621.3895745666903,
        537.1811018620099,
        117.6939508913125,
        15.744926110709835,
        1.0,
    ],
};
const ERROR_FAR: Rational<6, 6> = Rational {
    numerator: [
        0.0006587491615298378,
        0.016083785148742275,
        0.12578172611122926,
        0.36034489994980445,
        0.30532663496123236,
        0.016315387137302097,
    ],
    denominator: [
        0.0023352049762686918,
        0.06051834131244132,
        0.5279051029514285,
        1.8729528499234673,
        2.568520192289822,
        1.0,
    ],
};
const CENTRAL: Rational<8, 8> = Rational {
    numerator: [
        3.3871328727963665,
        133.14166789178438,
        1971.5909503065513,
        13731.69376550946,
        45921.95393154987,
        67265.7709270087,
        33430.57558358813,
        2509.0809287301227,
    ],
    denominator: [
        1.0,
        42.31333070160091,
        687.1870074920579,
        5394.196021424751,
        21213.794301586597,
        39307.89580009271,
        28729.085735721943,
        5226.495278852854,
    ],
};
const INTERMEDIATE: Rational<8, 8> = Rational {
    numerator: [
        1.4234371107496835,
        4.630337846156546,
        5.769497221460691,
        3.6478483247632045,
        1.2704582524523684,
        0.2417807251774506,
        0.022723844989269184,
        0.0007745450142783414,
    ],
    denominator: [
        1.0,
        2.053191626637759,
        1.6763848301838038,
        0.6897673349851,
        0.14810397642748008,
        0.015198666563616457,
        0.0005475938084995345,
        1.0507500716444169e-9,
    ],
};
const FAR: Rational<8, 8> = Rational {
    numerator: [
        6.657904643501103,
        5.463784911164114,
        1.7848265399172913,
        0.29656057182850487,
        0.026532189526576124,
        0.0012426609473880784,
        2.7115555687434876e-5,
        2.0103343992922881e-7,
    ],
    denominator: [
        1.0,
        0.599832206555888,
        0.1369298809227358,
        0.014875361290850615,
        0.0007868691311456133,
        1.8463183175100548e-5,
        1.421511758316446e-7,
        2.0442631033899397e-15,
    ],
};

#[cfg(test)]
mod tests {
    use super::*;

    fn check(found: f64, expected: f64) {
        assert!((found - expected).abs() <= 2e-15 * expected.abs(), "{found:e}, expected {expected:e}");
    }

    #[test]
    fn shares_are_those_of_mpmath() {
        // float(mpmath.ncdf(mpmath.mpf(z))) with 40 digits, mpmath 1.3.
        for (z, expected) in [
            (-20.0, 2.7536241186062337e-89),
            (-8.3, 5.205569744890254e-17),
            (-5.7, 5.990371401063528e-9),
            (-3.0, 0.0013498980316300946),
            (-1.96, 0.024997895148220435),
            (-0.7, 0.24196365222307303),
            (-0.6, 0.2742531177500736),
            (-0.1, 0.460172162722971),
            (0.0, 0.5),
            (0.1, 0.539827837277029),
            (1.0, 0.8413447460685429),
            (3.0, 0.9986501019683699),
            (6.0, 0.9999999990134123),
            (9.0, 1.0),
            (f64::INFINITY, 1.0),
        ] {
            // The rounding of z / √2 is magnified by z² in the tail.
            let found = share_below(z);
            assert!((found - expected).abs() <= 1e-15 * (1.0 + z * z) * expected, "{z}: {found:e}");
        }
        assert_eq!(share_below(f64::NEG_INFINITY), 0.0);
    }

    #[test]
    fn quantiles_are_those_of_scipy() {
        // scipy.special.ndtri, scipy 1.17.1.
        check(quantile(1e-300), -37.0470962993612);
        check(quantile(1e-20), -9.262340089798409);
        check(quantile(1e-5), -4.264890793922825);
        check(quantile(0.001), -3.090232306167813);
        check(quantile(0.025), -1.9599639845400545);
        check(quantile(0.0749), -1.4402382675279635);
        check(quantile(0.0751), -1.4388253927525403);
        check(quantile(0.3), -0.5244005127080409);
        check(quantile(0.5), 0.0);
        check(quantile(0.7), 0.5244005127080407);
        check(quantile(0.925), 1.4395314709384563);
        check(quantile(0.9999), 3.719016485455709);
        assert_eq!([quantile(0.0), quantile(1.0)], [f64::NEG_INFINITY, f64::INFINITY]);
    }

    #[test]
    fn one_is_the_inverse_of_the_other() {
        for step in 1..2000_u32 {
            let share = f64::from(step) / 2000.0;
            let found = share_below(quantile(share));
            assert!((found - share).abs() < 1e-14, "{share}: {found}");
        }
    }
}
