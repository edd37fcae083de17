//! What was found, as a client reads it: documents with what was found in them in, JSON out.

use serde::Serialize;
use welt_data::formats::{self, Format};
use welt_data::{DataError, Document, Mention};

use crate::engine::{Reading, Tagged};
use crate::question::Shape;

/// An entity by the characters (Unicode scalar values) of its document.
#[derive(Serialize)]
struct Entity<'m> {
    start: usize,
    end: usize,
    text: &'m str,
    #[serde(rename = "type")]
    entity_type: &'m str,
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<f32>,
}

/// The entities of a document, and how it was read.
#[derive(Serialize)]
struct Found<'m> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'m str>,
    entities: Vec<Entity<'m>>,
    reading: Reading,
}

/// The answer for one text.
#[derive(Serialize)]
struct OfText<'m> {
    model: &'m str,
    #[serde(flatten)]
    found: Found<'m>,
}

/// The answer for several.
#[derive(Serialize)]
struct OfDocuments<'m> {
    model: &'m str,
    documents: Vec<Found<'m>>,
}

/// The body of an answer.
///
/// # Errors
/// A document that BioC cannot hold.
pub fn body(model: &str, shape: Shape, documents: Vec<Document>, tagged: &[Tagged]) -> Result<String, DataError> {
    let json = match shape {
        Shape::Text => {
            let nothing = Tagged::default();
            let found = Found::of(None, tagged.first().unwrap_or(&nothing));
            serde_json::to_string(&OfText { model, found })
        }
        Shape::Documents => {
            let found = documents.iter().zip(tagged).map(|(document, tagged)| Found::of(Some(&document.id), tagged));
            serde_json::to_string(&OfDocuments { model, documents: found.collect() })
        }
        Shape::Bioc => return bioc(documents, tagged),
    };
    Ok(json.map_err(std::io::Error::from)?)
}

fn bioc(documents: Vec<Document>, tagged: &[Tagged]) -> Result<String, DataError> {
    let mut out = Vec::new();
    let mut writer = formats::writer(Format::BiocJson, &mut out)?;
    for (mut document, tagged) in documents.into_iter().zip(tagged) {
        document.mentions.extend(tagged.mentions.iter().cloned());
        writer.write(&document)?;
    }
    writer.finish()?;
    Ok(String::from_utf8_lossy(&out).into_owned())
}

impl<'m> Found<'m> {
    fn of(id: Option<&'m str>, tagged: &'m Tagged) -> Self {
        Self { id, entities: tagged.mentions.iter().map(Entity::of).collect(), reading: tagged.reading }
    }
}

impl<'m> Entity<'m> {
    fn of(mention: &'m Mention) -> Self {
        let characters = mention.extent();
        Self {
            start: characters.start,
            end: characters.end,
            text: mention.text.as_deref().unwrap_or_default(),
            entity_type: &mention.entity_type,
            score: mention.score.map(f32::from),
        }
    }
}
