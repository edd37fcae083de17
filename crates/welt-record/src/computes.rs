//! What of the program computes.

/// A digest of the sources that turn a corpus and a model into numbers: class weights, sub-words, encoders and training,
/// with the versions of the arithmetic below them.
///
/// Comments, layout and tests do not move it, and neither does any other code: of two programs with one digest either
/// goes on with the runs of the other.
pub const COMPUTES: &str = env!("WELT_COMPUTES");

#[cfg(test)]
mod tests {
    #[test]
    fn it_is_taken_when_the_program_is_built() {
        assert_eq!(super::COMPUTES.len(), 12, "{}", super::COMPUTES);
    }
}
