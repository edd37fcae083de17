//! How much of a corpus goes to train, dev and test.
//! A text in, three numbers out.

/// Per cent of a corpus for train, dev and test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shares(pub [f64; 3]);

impl Shares {
    /// Reads `80,10,10`.
    ///
    /// # Errors
    /// Anything but three numbers above 0 that come to 100.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}`: expected three numbers above 0 that come to 100, as in 80,10,10");
        let numbers: Result<Vec<f64>, _> = text.split([',', '/']).map(|part| part.trim().parse::<f64>()).collect();
        let shares: [f64; 3] = numbers.ok().and_then(|numbers| numbers.try_into().ok()).ok_or_else(wrong)?;
        let is_whole = (shares.iter().sum::<f64>() - 100.0).abs() < 1e-6 && shares.iter().all(|&share| share > 0.0);
        if is_whole { Ok(Self(shares)) } else { Err(wrong()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_come_to_a_hundred() {
        assert_eq!(Shares::parse("80,10,10"), Ok(Shares([80.0, 10.0, 10.0])));
        assert_eq!(Shares::parse("70/15/15"), Ok(Shares([70.0, 15.0, 15.0])));
        for wrong in ["", "80", "80,20", "80,10,11", "100,0,0", "120,-10,-10", "a,b,c", "nan,50,50"] {
            assert!(Shares::parse(wrong).is_err(), "{wrong}");
        }
    }
}
