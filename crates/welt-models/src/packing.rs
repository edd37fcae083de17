//! Rows of sub-words one behind the other instead of padded to a common length, so that no layer works on padding.
//! Padded states go in, packed ones come out, and back.

use burn::tensor::{Device, Int, Tensor, TensorData};

/// Where the sub-words of padded rows stand among those that are not padding.
#[derive(Debug)]
pub(crate) struct Packing {
    /// `B` and `T`.
    padded: [usize; 2],
    /// `[N]`, among `B T`.
    subwords: Tensor<1, Int>,
    /// `[B T]`, among `N`; at padding, any.
    back: Tensor<1, Int>,
}

impl Packing {
    /// For rows of such lengths padded to `longest`; none where nothing is padding, or all is.
    pub fn of(lengths: &[usize], longest: usize, device: &Device) -> Option<Self> {
        let n_subwords: usize = lengths.iter().sum();
        if n_subwords == 0 || n_subwords == lengths.len() * longest {
            return None;
        }
        let (mut subwords, mut back) = (Vec::with_capacity(n_subwords), Vec::with_capacity(lengths.len() * longest));
        for (row, &length) in lengths.iter().enumerate() {
            let start = subwords.len();
            subwords.extend((0..length).map(|position| (row * longest + position) as i32));
            back.extend((0..longest).map(|position| if position < length { (start + position) as i32 } else { 0 }));
        }
        let tensor = |indices: Vec<i32>| {
            let n = indices.len();
            Tensor::from_data(TensorData::new(indices, [n]), device)
        };
        Some(Self { padded: [lengths.len(), longest], subwords: tensor(subwords), back: tensor(back) })
    }

    /// `[B, T, H] -> [1, N, H]`
    pub fn pack(&self, x: Tensor<3>) -> Tensor<3> {
        x.flatten::<2>(0, 1).select(0, self.subwords.clone()).unsqueeze()
    }

    /// `[1, N, H] -> [B, T, H]`
    pub fn unpack(&self, x: Tensor<3>) -> Tensor<3> {
        let [_, _, hidden] = x.dims();
        let [n_rows, longest] = self.padded;
        x.flatten::<2>(0, 1).select(0, self.back.clone()).reshape([n_rows, longest, hidden])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        let device = Device::flex();
        let x =
            Tensor::<3>::from_floats([[[1.0], [2.0], [3.0]], [[4.0], [0.0], [0.0]], [[5.0], [6.0], [0.0]]], &device);
        let packing = Packing::of(&[3, 1, 2], 3, &device).unwrap();
        let packed = packing.pack(x.clone());
        assert_eq!(packed.dims(), [1, 6, 1]);
        assert_eq!(packed.to_data().iter::<f32>().collect::<Vec<_>>(), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        let back: Vec<f32> = packing.unpack(packed).to_data().iter().collect();
        assert_eq!([&back[..4], &back[6..8]].concat(), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        assert!(Packing::of(&[3, 3], 3, &device).is_none());
        assert!(Packing::of(&[], 0, &device).is_none());
    }
}
