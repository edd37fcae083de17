//! Student's t distribution, which a mean has whose standard error is itself an estimate: the share of it beyond a number, and the number beyond which a share lies.
//! Numbers and degrees of freedom in, which need not be whole, numbers or their logarithms out, to about 13 digits.
//!
//! The share is a regularised incomplete beta function (Abramowitz and Stegun 1964, 26.7.1), by the continued fraction of DiDonato and Morris (ACM Trans. Math. Softw. 18, 1992).

use std::f64::consts::PI;

use super::normal;

/// What is left out of a continued fraction and of Newton's method, relative to what they give.
const NEGLIGIBLE: f64 = 1e-15;

/// Where a continued fraction is left as it is; it needs about as many terms as the root of the degrees of freedom.
const MOST_TERMS: f64 = 1e6;

/// The share of the distribution that is at least `t` away from 0, on both sides together; no number for no number.
#[must_use]
pub fn share_beyond(t: f64, degrees_of_freedom: f64) -> f64 {
    let beyond = Beyond::of(t.abs(), t.abs().ln(), degrees_of_freedom);
    match beyond.side {
        Side::Tails => beyond.log_shape.exp() * beyond.part,
        Side::Middle => 1.0 - beyond.log_shape.exp() * beyond.part,
    }
}

/// The natural logarithm of [`share_beyond`], also where the share itself is too small for a number.
#[must_use]
pub fn log_share_beyond(t: f64, degrees_of_freedom: f64) -> f64 {
    Beyond::of(t.abs(), t.abs().ln(), degrees_of_freedom).log_share()
}

/// The number which this share of the distribution is at least as far away from 0 as, on both sides together; the share is above 0 and at most 1.
///
/// It is infinite where it is too large for a number, which takes less than one degree of freedom.
#[must_use]
pub fn quantile_beyond(share: f64, degrees_of_freedom: f64) -> f64 {
    log_quantile_beyond(share, degrees_of_freedom).exp()
}

/// The natural logarithm of [`quantile_beyond`]; minus infinity for all of the distribution.
#[must_use]
pub fn log_quantile_beyond(share: f64, degrees_of_freedom: f64) -> f64 {
    if share >= 1.0 {
        return f64::NEG_INFINITY;
    }
    if share == 0.0 {
        return f64::INFINITY;
    }
    // The logarithm of the share is a concave function of the logarithm of the number, so that Newton's method comes ever closer from above after its first step.
    // In these logarithms nothing underflows, and far tails are straight lines.
    let log_share = share.ln();
    let newton = |log_t: f64| {
        let beyond = Beyond::of(log_t.exp(), log_t, degrees_of_freedom);
        log_t + (beyond.log_share() - log_share) / beyond.descent()
    };
    // The tails of the normal distribution are thinner, so that it has a smaller number.
    let mut log_t = newton(normal::quantile(share.max(f64::MIN_POSITIVE) / 2.0).abs().ln());
    loop {
        let next = newton(log_t);
        if next >= log_t - NEGLIGIBLE * log_t.abs().max(1.0) || next.is_nan() {
            return next;
        }
        log_t = next;
    }
}

/// The incomplete beta function of one side of a number, from which the share beyond the number follows.
struct Beyond {
    side: Side,
    /// What the functions of both sides have in common, by its logarithm: x^a (1 - x)^(1/2) / B(a, 1/2).
    /// It is also the number times twice the density there.
    log_shape: f64,
    /// What it is multiplied by to be the share of this side.
    part: f64,
}

/// Where the share lies that a continued fraction gives.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    /// Beyond the number.
    Tails,
    /// Between the number and its negative.
    Middle,
}

impl Beyond {
    /// For a number that is not negative, and its logarithm, which may be known where the number is too large or too small.
    fn of(t: f64, log_t: f64, degrees_of_freedom: f64) -> Self {
        let (half, square) = (degrees_of_freedom / 2.0, t * t / degrees_of_freedom);
        let far = (1.0 + square).recip();
        let near = if square < 1.0 { square * far } else { 1.0 - far };
        let log_square = 2.0 * log_t - degrees_of_freedom.ln();
        let log_scale = if square < 1e300 { square.ln_1p() } else { log_square };
        let log_shape = (gamma_ratio(half) / PI.sqrt() * near.sqrt()).ln() - half * log_scale;
        // The continued fraction is that of the side that holds no more than the mean of the beta distribution.
        if t > 1.0 {
            Self { side: Side::Tails, log_shape, part: fraction([far, near], [half, 0.5]) }
        } else {
            Self { side: Side::Middle, log_shape, part: fraction([near, far], [0.5, half]) }
        }
    }

    fn log_share(&self) -> f64 {
        match self.side {
            Side::Tails => self.log_shape + self.part.ln(),
            Side::Middle => (-self.log_shape.exp() * self.part).ln_1p(),
        }
    }

    /// How fast the logarithm of the share falls as that of the number grows: the number times the density of both tails by their share.
    fn descent(&self) -> f64 {
        match self.side {
            Side::Tails => 2.0 / self.part,
            Side::Middle => 2.0 * (self.log_shape - self.log_share()).exp(),
        }
    }
}

/// Γ(a + 1/2) / Γ(a), without the loss of digits that the difference of two logarithms has.
fn gamma_ratio(a: f64) -> f64 {
    let (mut a, mut factor) = (a, 1.0);
    while a < 16.0 {
        factor *= a / (a + 0.5);
        a += 1.0;
    }
    // The asymptotic series of the logarithm, as it follows from Stirling's; from 16 on the terms left out are below 1e-17.
    let inverse = (a * a).recip();
    let terms = [-1.0 / 8.0, 1.0 / 192.0, -1.0 / 640.0, 17.0 / 14336.0, -31.0 / 18432.0, 691.0 / 180_224.0];
    let series = terms.iter().rev().fold(0.0, |sum, term| sum * inverse + term) / a;
    factor * a.sqrt() * series.exp()
}

/// The continued fraction of the incomplete beta function at x, from the front (Lentz 1976); it takes x and 1 - x, neither of which the other has all digits of.
fn fraction([x, rest]: [f64; 2], [a, b]: [f64; 2]) -> f64 {
    // Stands for a denominator that vanishes.
    let nonzero = |number: f64| if number.abs() < 1e-300 { 1e-300 } else { number };
    let below_mean = if x < rest { a - (a + b) * x } else { (a + b) * rest - b };
    let denominator = |n: f64| {
        let shift = if n == 0.0 { 0.0 } else { n * (b - n) * x / (a + 2.0 * n - 1.0) };
        n + shift + (a + n) / (a + 2.0 * n + 1.0) * (below_mean + 1.0 + n * (1.0 + rest))
    };
    let mut value = nonzero(denominator(0.0));
    let (mut upper, mut lower, mut n) = (value, 0.0, 1.0);
    while n < MOST_TERMS {
        let scaled = x / (a + 2.0 * n - 1.0);
        let numerator = (a + n - 1.0) * (a + b + n - 1.0) * n * (b - n) * scaled * scaled;
        lower = nonzero(denominator(n) + numerator * lower).recip();
        upper = nonzero(denominator(n) + numerator / upper);
        let factor = upper * lower;
        value *= factor;
        n += 1.0;
        if (factor - 1.0).abs() <= NEGLIGIBLE || factor.is_nan() {
            break;
        }
    }
    value.recip()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEGREES: [f64; 11] = [1.0, 1.5, 2.0, 2.7, 4.0, 9.3, 30.0, 99.5, 1000.0, 26364.0, 1e6];

    /// Values that were found for each of [`DEGREES`], to 13 digits.
    fn check<const N: usize>(of: fn(f64, f64) -> f64, arguments: [f64; N], expected: [[f64; N]; 11]) {
        for (degrees_of_freedom, expected) in DEGREES.into_iter().zip(expected) {
            for (argument, expected) in arguments.into_iter().zip(expected) {
                let found = of(argument, degrees_of_freedom);
                let what = format!("{argument} with {degrees_of_freedom} degrees of freedom");
                assert!((found - expected).abs() <= 2e-13 * expected.abs(), "{what}: {found:e}, expected {expected:e}");
            }
        }
    }

    #[test]
    fn shares_are_those_of_scipy() {
        // 2 * scipy.stats.t.sf(t, degrees_of_freedom), scipy 1.17.1; that of one degree at 0.001 is 1 - 2 arctan(t) / pi by mpmath 1.3, of which scipy has 13 digits.
        check(
            share_beyond,
            [0.001, 0.3, 1.0, 1.7],
            [
                [0.9993633804398389, 0.8144528418445154, 0.5000000000000001, 0.3385060546606654],
                [0.9993185302267198, 0.8004721968035851, 0.45113536727671033, 0.2706622441510412],
                [0.9992928933955901, 0.7924856608401776, 0.4226497308103742, 0.23123342620157122],
                [0.9992713245120546, 0.7857665326944482, 0.39832434722077276, 0.19773011956527908],
                [0.99925000015625, 0.7791214282774598, 0.37390096630005887, 0.16435494127005],
                [0.9992232386754708, 0.7707748390263142, 0.342617692771076, 0.12225922005928523],
                [0.9992087357664851, 0.7662461052843528, 0.3253086154260302, 0.09947787558851685],
                [0.9992041177581912, 0.7648030052597685, 0.3197362540153868, 0.09225493956584492],
                [0.9992023150184528, 0.7642395041672441, 0.31755241808467255, 0.0894418869592401],
                [0.9992021231381881, 0.7641795208394727, 0.31731968584918274, 0.08914272087559211],
                [0.9992021157716492, 0.7641772179789942, 0.3173107498335783, 0.08913123649034883],
            ],
        );
        check(
            share_beyond,
            [2.5, 4.3, 12.7],
            [
                [0.24223788318168682, 0.14546547849274274, 0.050024327689344165],
                [0.16980650261469604, 0.08110461702558447, 0.016580941751976695],
                [0.12961172022151082, 0.05005715411709159, 0.006142941599595777],
                [0.09707941444293468, 0.028552649054732576, 0.0017428375573348368],
                [0.06676654481198814, 0.012645618935102639, 0.00022140907155096572],
                [0.03307781031506808, 0.0018453877442464889, 3.474462112334891e-07],
                [0.01811564906806669, 0.00016645097482126785, 1.3358175050038502e-13],
                [0.014054149865199383, 3.991964135209929e-05, 1.5307416464643423e-22],
                [0.012578567801090807, 1.875228166616027e-05, 2.2777600304967154e-34],
                [0.01242535647956504, 1.7141141473051194e-05, 7.582726849582337e-37],
                [0.012419489502163254, 1.708142575847636e-05, 5.952026107018785e-37],
            ],
        );
        check(
            |t, degrees_of_freedom| share_beyond(-t, degrees_of_freedom),
            [1.7, f64::INFINITY, 0.0],
            [
                [0.3385060546606654, 0.0, 1.0],
                [0.2706622441510412, 0.0, 1.0],
                [0.23123342620157122, 0.0, 1.0],
                [0.19773011956527908, 0.0, 1.0],
                [0.16435494127005, 0.0, 1.0],
                [0.12225922005928523, 0.0, 1.0],
                [0.09947787558851685, 0.0, 1.0],
                [0.09225493956584492, 0.0, 1.0],
                [0.0894418869592401, 0.0, 1.0],
                [0.08914272087559211, 0.0, 1.0],
                [0.08913123649034883, 0.0, 1.0],
            ],
        );
        assert!(share_beyond(f64::NAN, 3.0).is_nan());
    }

    #[test]
    fn quantiles_are_those_of_scipy() {
        // scipy.stats.t.isf(share / 2, degrees_of_freedom), scipy 1.17.1.
        check(
            quantile_beyond,
            [0.5, 0.1, 0.05],
            [
                [1.0000000000000002, 6.313751514675044, 12.706204736174705],
                [0.8725946625415716, 3.7051808200967518, 6.016663104427933],
                [0.8164965809277261, 2.9199855803537256, 4.302652729749464],
                [0.7759862837452676, 2.4638889362708505, 3.3921483831737524],
                [0.7406970841126829, 2.131846786326651, 2.7764451051977943],
                [0.7017813197711134, 1.826403427771457, 2.2510822246844415],
                [0.6827556933212927, 1.6972608865939574, 2.042272456301238],
                [0.6769634514067994, 1.66031234330733, 1.984093610990624],
                [0.6747351646070093, 1.6463788172854648, 1.9623390808264085],
                [0.674499055989635, 1.6449114263376816, 1.9600539700617046],
                [0.6744899955310875, 1.6448551507220406, 1.9599663568141072],
            ],
        );
        check(
            quantile_beyond,
            [0.01, 1e-06, 1e-12],
            [
                [63.65674116287158, 636619.7723670577, 636619772367.5814],
                [17.82031051446281, 8285.391195025039, 82853912.59682731],
                [9.924843200918293, 999.9992499998438, 999999.9999992499],
                [6.5331284334084545, 202.81378403296543, 33832.25226526368],
                [4.604094871349993, 49.45863675693464, 1565.08351516786],
                [3.223479659433135, 11.25947692507823, 51.28607171759173],
                [2.749995653567226, 6.119075620384216, 11.722008426303953],
                [2.626146672063148, 5.215436778973614, 8.171336924937219],
                [2.580754698065951, 4.922289523429588, 7.223954586794167],
                [2.5760158034246072, 4.892795019696028, 7.134013806724124],
                [2.5758342201053344, 4.891668960710385, 7.130599267919323],
            ],
        );
        assert_eq!(quantile_beyond(1.0, 3.0), 0.0);
    }

    #[test]
    fn far_tails_are_those_of_mpmath() {
        // With 40 digits, mpmath 1.4.1: log(betainc(nu / 2, 1/2, 0, nu / (nu + t^2), regularized=True)) by its hypergeometric series.
        check(
            log_share_beyond,
            [1.7, 60.0, 1e9, 1e160],
            [
                [-1.0832133000522093, -4.546019848960641, -21.174848542235868, -368.8651975843368],
                [-1.3068835669655015, -6.423876843203153, -31.36703558266452, -552.9025591458159],
                [-1.464327575637746, -8.189105685052683, -41.44653167389282, -736.8272297580946],
                [-1.6208522105599588, -10.527789670162548, -55.42508031723368, -994.1890227309061],
                [-1.8057269137926832, -14.587469646288532, -81.10130387855759, -1471.8627000469612],
                [-2.101611733763225, -29.086402150823503, -183.7244344897939, -3417.2446805813324],
                [-2.3078200154366297, -73.86769087746336, -572.61473621911, -11003.325207482138],
                [-2.383199452065793, -182.4008395862713, -1835.63549067423, -36430.82522036327],
                [-2.414166172310866, -766.5857865425212, -17273.068116447437, -364963.4171585483],
                [-2.417516588308382, -1691.515750646702, -412163.96945577255, -9578672.33160172],
                [-2.4176454280495188, -1801.0863720467833, -13815517.691511655, -361505866.73361206],
            ],
        );
        // The number of that share, by bisection.
        check(
            quantile_beyond,
            [1e-100, 1e-200, f64::MIN_POSITIVE],
            [
                [6.366197723675813e99, 6.366197723675814e199, 2.8611174857570283e307],
                [3.845737955305628e66, 1.7850334350347444e133, 1.0473296555255757e205],
                [1e50, 1e100, 6.703903964971299e153],
                [1.324108286312077e37, 1.4419843283175213e74, 1.0722954291362824e114],
                [1.5650845800732873e25, 1.5650845800732874e50, 1.2814501160326402e77],
                [148957936098.10867, 8.428529638160205e21, 3.171802817253074e33],
                [11063.331911935154, 23835228.888174042, 92393448929.71614],
                [97.87667789809348, 995.186294602085, 12018.826748060997],
                [23.97607886870235, 38.66188631395533, 55.630723310929035],
                [21.398187257492765, 30.492628728480586, 38.04541057588985],
                [21.308363547157576, 30.235422377990464, 37.55107291086509],
            ],
        );
        for degrees_of_freedom in DEGREES {
            assert_eq!(quantile_beyond(0.0, degrees_of_freedom), f64::INFINITY);
            assert!(quantile_beyond(f64::NAN, degrees_of_freedom).is_nan());
            assert!(log_quantile_beyond(5e-324, degrees_of_freedom).is_finite());
        }
    }

    #[test]
    fn one_is_the_inverse_of_the_other() {
        for degrees_of_freedom in DEGREES {
            for share in (1..308).map(|exponent| 0.1_f64.powi(exponent)).chain([f64::MIN_POSITIVE]) {
                let t = quantile_beyond(share, degrees_of_freedom);
                let (found, log) = (share_beyond(t, degrees_of_freedom), log_share_beyond(t, degrees_of_freedom));
                let what = format!("{degrees_of_freedom}: {found:e} and e^{log}, expected {share:e}");
                assert!((found.ln() - share.ln()).abs() <= 1e-11 && (log - share.ln()).abs() <= 1e-11, "{what}");
            }
        }
    }
}
