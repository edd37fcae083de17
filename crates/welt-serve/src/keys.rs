//! Which kind of question a body is: JSON in, its telling keys out, without a copy of what stands under them; and objects that are objects.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// What stands in an object by the names of its fields: an array of the values alone, which serde takes as well, is refused.
pub struct Object<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ByNames(PhantomData))
    }
}

struct ByNames<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ByNames<T> {
    type Value = Object<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<Object<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(entries)).map(Object)
    }
}

/// The keys that tell questions apart.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Keys {
    /// What stands under `documents`; none where nothing does.
    pub documents: Option<Found>,
    /// Whether there is a `source`, as in BioC.
    pub source: Option<IgnoredAny>,
}

/// What a value is, as far as that tells questions apart.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Found {
    /// Whether it is an array with nothing in it.
    pub is_empty_array: bool,
    /// Whether it is an object with `passages`, or an array of which one is.
    pub has_passages: bool,
}

impl<'de> Deserialize<'de> for Found {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Looking)
    }
}

struct Looking;

/// Values that tell nothing.
macro_rules! nothing {
    ($($name:ident($value:ty)),+) => {
        $(fn $name<E>(self, _: $value) -> Result<Found, E> {
            Ok(Found::default())
        })+
    };
}

impl<'de> Visitor<'de> for Looking {
    type Value = Found;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any value")
    }

    nothing!(visit_bool(bool), visit_i64(i64), visit_u64(u64), visit_f64(f64), visit_str(&str));

    fn visit_unit<E>(self) -> Result<Found, E> {
        Ok(Found::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Found, A::Error> {
        let mut found = Found { is_empty_array: true, has_passages: false };
        while let Some(item) = items.next_element::<Found>()? {
            found = Found { is_empty_array: false, has_passages: found.has_passages || item.has_passages };
        }
        Ok(found)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Found, A::Error> {
        let mut found = Found::default();
        while let Some((key, _)) = entries.next_entry::<String, IgnoredAny>()? {
            found.has_passages |= key == "passages";
        }
        Ok(found)
    }
}
