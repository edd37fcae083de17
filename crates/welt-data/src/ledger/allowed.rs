//! What a caller allows to be lost or changed, and what is refused because it was not allowed.
//! Names and counts in, an error out; which flag or setting allows a loss is the caller's to say.

use std::collections::BTreeSet;
use std::fmt;

use super::Entry;
use super::item::Item;
use super::loss::{Loss, Stage, UnknownLoss};

/// The losses and changes that a caller allows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allowed(BTreeSet<Loss>);

impl Allowed {
    /// Nothing may be lost or changed.
    #[must_use]
    pub const fn none() -> Self {
        Self(BTreeSet::new())
    }

    /// Everything may be lost or changed.
    #[must_use]
    pub fn all() -> Self {
        Loss::ALL.iter().copied().collect()
    }

    /// What is named may be lost or changed.
    ///
    /// # Errors
    /// A text that is no name of a loss.
    pub fn of<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> Result<Self, UnknownLoss> {
        Ok(Self(names.into_iter().map(|name| name.as_ref().parse()).collect::<Result<_, _>>()?))
    }

    /// What is named, in the order of the table.
    pub fn iter(&self) -> impl Iterator<Item = Loss> {
        self.0.iter().copied()
    }

    /// Whether it is named.
    #[must_use]
    pub fn contains(&self, loss: Loss) -> bool {
        self.0.contains(&loss)
    }
}

impl FromIterator<Loss> for Allowed {
    fn from_iter<I: IntoIterator<Item = Loss>>(losses: I) -> Self {
        Self(losses.into_iter().collect())
    }
}

/// A loss or change that was not allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Where it happened.
    pub stage: Stage,
    /// Its name.
    pub loss: Loss,
    /// How many, and which.
    pub entry: Entry,
}

/// Every loss and change that was not allowed, at least one; the message has how many, and the first of each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedLosses(pub Vec<Refused>);

impl RefusedLosses {
    /// The names that would allow them.
    #[must_use]
    pub fn names(&self) -> BTreeSet<Loss> {
        self.0.iter().map(|refused| refused.loss).collect()
    }
}

impl std::error::Error for RefusedLosses {}

/// Items of one loss in an error message.
const IN_MESSAGE: usize = 3;

impl fmt::Display for RefusedLosses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, Refused { stage, loss, entry }) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{} {loss} in the stage `{stage}`", entry.count())?;
            let items: Vec<&Item> = match entry.items.as_slice() {
                [] => entry.first().into_iter().collect(),
                items => items.iter().take(IN_MESSAGE).collect(),
            };
            for (index, item) in items.iter().enumerate() {
                write!(f, "{} {item}", if index == 0 { ":" } else { "," })?;
            }
            if !items.is_empty() && items.len() < entry.count() {
                write!(f, " and {} more", entry.count() - items.len())?;
            }
        }
        Ok(())
    }
}
