//! Memory that is used again instead of being asked for and cleared anew: the kernels want the same sizes all the time.

use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, PoisonError};

/// Numbers whose memory goes back for the next buffer; what it holds at first is left over from others.
#[derive(Debug)]
pub struct Buffer<T: Word> {
    words: Vec<T>,
    length: usize,
}

/// What was given back, by its length.
#[doc(hidden)]
pub type Pool<T> = Mutex<BTreeMap<usize, Vec<Vec<T>>>>;

/// What a buffer may hold.
pub trait Word: Copy + Default + 'static {
    #[doc(hidden)]
    fn pool() -> &'static Pool<Self>;
}

macro_rules! pooled {
    ($($kind:ty),*) => {$(
        impl Word for $kind {
            fn pool() -> &'static Pool<Self> {
                static POOL: Pool<$kind> = Mutex::new(BTreeMap::new());
                &POOL
            }
        }
    )*};
}
pooled!(f32, u32, u8);

impl<T: Word> Buffer<T> {
    /// Room for `length` numbers, of any value.
    #[must_use]
    pub fn new(length: usize) -> Self {
        let words = take(length).unwrap_or_else(|| vec![T::default(); length]);
        Self { words, length }
    }

    /// `length` zeros.
    #[must_use]
    pub fn zeros(length: usize) -> Self {
        let mut zeros = Self::new(length);
        zeros.fill(T::default());
        zeros
    }

    /// The numbers as a vector, whose memory [`recycle`] takes back.
    #[must_use]
    pub fn into_vec(mut self) -> Vec<T> {
        let mut words = std::mem::take(&mut self.words);
        words.truncate(self.length);
        words
    }
}

/// Takes memory for later buffers.
pub fn recycle<T: Word>(words: Vec<T>) {
    if !words.is_empty() {
        let mut pool = T::pool().lock().unwrap_or_else(PoisonError::into_inner);
        pool.entry(words.len()).or_default().push(words);
    }
}

/// The shortest that is long enough and not needed for much larger things.
fn take<T: Word>(length: usize) -> Option<Vec<T>> {
    let mut pool = T::pool().lock().unwrap_or_else(PoisonError::into_inner);
    let (&found, words) = pool.range_mut(length..=length + length / 2).next()?;
    let taken = words.pop();
    if words.is_empty() {
        pool.remove(&found);
    }
    taken
}

impl<T: Word> Drop for Buffer<T> {
    fn drop(&mut self) {
        recycle(std::mem::take(&mut self.words));
    }
}

impl<T: Word> Clone for Buffer<T> {
    fn clone(&self) -> Self {
        let mut copy = Self::new(self.length);
        copy.copy_from_slice(self);
        copy
    }
}

impl<T: Word> Deref for Buffer<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.words[..self.length]
    }
}

impl<T: Word> DerefMut for Buffer<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.words[..self.length]
    }
}
