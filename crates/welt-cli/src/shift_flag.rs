//! Shifts of label scores as a flag takes them: a label with a number, or none at all.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use welt_tagger::Shift;

/// What `--shift` asks for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum AskedShift {
    /// Nothing that is stored with the model.
    Nothing,
    /// A label and a number.
    Of(Shift),
}

impl AskedShift {
    /// The shift, if it is one.
    pub fn shift(&self) -> Option<Shift> {
        match self {
            Self::Nothing => None,
            Self::Of(shift) => Some(shift.clone()),
        }
    }
}

impl FromStr for AskedShift {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "none" {
            return Ok(Self::Nothing);
        }
        let parsed = text.rsplit_once('=').and_then(|(label, by)| Some((label, by.parse::<f32>().ok()?)));
        match parsed {
            Some((label, by)) if by.is_finite() => Ok(Self::Of(Shift { label: label.to_owned(), by })),
            _ => {
                Err(format!("{} is no label with a number, expected one such as O=-1.5, or none", text.escape_debug()))
            }
        }
    }
}
