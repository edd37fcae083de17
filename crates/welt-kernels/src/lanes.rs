//! Sums over rows in sixteen lanes, whatever the processor, so that every set of instructions gives the same bits.

const LANES: usize = 16;

/// The sum of `f` over the elements that stand beside one another in the columns, which are equally long.
#[inline(always)]
pub(crate) fn sum<const N: usize>(columns: [&[f32]; N], f: impl Fn([f32; N]) -> f32) -> f32 {
    let mut lanes = fold(columns, 0.0, |sum, numbers| sum + f(numbers));
    tree(&mut lanes, |a, b| a + b)
}

/// The largest element; NaN is passed over.
#[inline(always)]
pub(crate) fn max(numbers: &[f32]) -> f32 {
    max_of(numbers, |number| number)
}

/// The largest of what `f` makes of the elements; NaN is passed over.
#[inline(always)]
pub(crate) fn max_of(numbers: &[f32], f: impl Fn(f32) -> f32) -> f32 {
    let largest = |max, [number]: [f32; 1]| {
        let number = f(number);
        if number > max { number } else { max }
    };
    let mut lanes = fold([numbers], f32::NEG_INFINITY, largest);
    tree(&mut lanes, f32::max)
}

#[inline(always)]
fn fold<const N: usize>(columns: [&[f32]; N], first: f32, f: impl Fn(f32, [f32; N]) -> f32) -> [f32; LANES] {
    let length = columns.first().map_or(0, |column| column.len());
    let columns = columns.map(|column| &column[..length]);
    let mut lanes = [first; LANES];
    let whole = length - length % LANES;
    for start in (0..whole).step_by(LANES) {
        let parts = columns.map(|column| column[start..].first_chunk::<LANES>().unwrap_or(&[0.0; LANES]));
        for (lane, value) in lanes.iter_mut().enumerate() {
            *value = f(*value, parts.map(|part| part[lane]));
        }
    }
    for (lane, index) in (whole..length).enumerate() {
        lanes[lane] = f(lanes[lane], columns.map(|column| column[index]));
    }
    lanes
}

#[inline(always)]
fn tree(lanes: &mut [f32; LANES], f: impl Fn(f32, f32) -> f32) -> f32 {
    let mut width = LANES / 2;
    while width > 0 {
        for lane in 0..width {
            lanes[lane] = f(lanes[lane], lanes[lane + width]);
        }
        width /= 2;
    }
    lanes[0]
}
