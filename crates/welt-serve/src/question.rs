//! What a request asks: the bytes of a body in, documents and the form of the answer out.
//! Bodies are told apart by their keys, and a key that is not known is an error, since it may be a typo.

use std::path::Path;

use axum::http::StatusCode;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use welt_data::formats::{self, Format};
use welt_data::{DataError, Document, Passage};

use crate::keys::{Keys, Object};
use crate::problem::Problem;

/// What is asked for in the address.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Parameters {
    /// The form of the answer; that of the question where it is not given.
    pub to: Option<Form>,
    /// Whether annotations that are there are taken out; they stay before what is found otherwise.
    pub replace: bool,
}

/// The form of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// Lists of entities.
    Entities,
    /// A collection of BioC JSON.
    BiocJson,
}

/// Documents to tag.
#[derive(Debug, PartialEq, Eq)]
pub struct Question {
    /// The documents, as they were sent.
    pub documents: Vec<Document>,
    /// What the answer looks like.
    pub shape: Shape,
    /// What the reader of BioC JSON did not keep, in words; empty where it kept all.
    pub left_out: String,
}

/// What an answer looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// The entities of one text.
    Text,
    /// The entities of each document.
    Documents,
    /// BioC JSON.
    Bioc,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OneText {
    text: String,
    #[serde(default)]
    id: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeveralTexts {
    documents: Vec<Object<OneText>>,
}

/// What the body is called in messages.
const NAME: &str = "body";

const EXPECTED: &str = "expected {\"text\": \"...\"}, {\"documents\": [{\"id\": \"...\", \"text\": \"...\"}]} or a collection of \
                        BioC JSON";

impl Question {
    /// Reads a body.
    pub fn read(body: &[u8], parameters: Parameters) -> Result<Self, Problem> {
        let keys: Keys = typed(body)?;
        let is_bioc =
            keys.documents.is_some_and(|found| found.has_passages || (found.is_empty_array && keys.source.is_some()));
        let question = if is_bioc {
            Self::bioc(body)?
        } else if keys.documents.is_some() {
            let SeveralTexts { documents } = typed(body)?;
            let documents = documents.into_iter().map(|Object(one)| one.into_document()).collect();
            Self { documents, shape: Shape::Documents, left_out: String::new() }
        } else {
            let one: OneText = typed(body)?;
            Self { documents: vec![one.into_document()], shape: Shape::Text, left_out: String::new() }
        };
        Ok(question.with_parameters(parameters))
    }

    fn bioc(body: &[u8]) -> Result<Self, Problem> {
        let mut reader =
            formats::documents(Format::BiocJson, Path::new(NAME), body).map_err(|error| refused(&error))?;
        let mut documents = Vec::new();
        for document in reader.by_ref() {
            documents.push(document.map_err(|error| refused(&error))?);
        }
        let left_out = if reader.ledger().is_lossless() { String::new() } else { reader.ledger().summary() };
        Ok(Self { documents, shape: Shape::Bioc, left_out })
    }

    fn with_parameters(mut self, parameters: Parameters) -> Self {
        self.shape = match parameters.to {
            Some(Form::BiocJson) => Shape::Bioc,
            Some(Form::Entities) if self.shape == Shape::Bioc => Shape::Documents,
            _ => self.shape,
        };
        if parameters.replace {
            self.documents.iter_mut().for_each(|document| document.mentions.clear());
        }
        self
    }
}

impl OneText {
    fn into_document(self) -> Document {
        let passages = vec![Passage { kind: String::new(), offset: 0, text: self.text }];
        Document { id: self.id, passages, mentions: Vec::new(), sentences: None }
    }
}

fn typed<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let read: Result<Object<T>, _> = serde_json::from_slice(body);
    read.map(|Object(read)| read).map_err(|error| wrong(format!("{error}; {EXPECTED}")))
}

fn refused(error: &DataError) -> Problem {
    wrong(error.to_string())
}

fn wrong(detail: String) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, detail)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    fn read(body: &str, parameters: Parameters) -> String {
        match Question::read(body.as_bytes(), parameters) {
            Ok(Question { documents, shape, left_out }) => {
                let of = |document: &Document| format!("{}={:?}", document.id, document.text());
                let of_all: Vec<String> = documents.iter().map(of).collect();
                format!("{shape:?} {} {left_out}\n", of_all.join(" "))
            }
            Err(problem) => format!("{} {}\n", problem.status.as_u16(), problem.detail),
        }
    }

    #[test]
    fn bodies_are_told_by_their_keys() {
        let bioc = r#"{"source":"","documents":[{"id":"1","passages":[{"offset":0,"infons":{"type":"title"},"text":"Gout."}],"relations":[{"id":"R"}]}]}"#;
        let bodies = [
            r#"{"text": "Gout 𝛽\u0000"}"#,
            r#"{"documents": [{"id": "1", "text": "Gout"}, {"text": ""}]}"#,
            r#"{"documents": []}"#,
            bioc,
        ];
        let told: String = bodies.iter().map(|body| read(body, Parameters::default())).collect();
        expect![[r#"
            Text ="Gout 𝛽\0" 
            Documents 1="Gout" ="" 
            Documents  
            Bioc 1="Gout." 1 unread-relation (first at body:1:27)
        "#]]
        .assert_eq(&told);
        let to_bioc = Parameters { to: Some(Form::BiocJson), replace: false };
        assert!(read(bodies[0], to_bioc).starts_with("Bioc"));
        assert!(read(bioc, Parameters { to: Some(Form::Entities), replace: true }).starts_with("Documents"));
    }

    #[test]
    fn what_is_wrong_is_said() {
        let bodies = [
            "",
            "text",
            "[]",
            r#"["Gout", "1"]"#,
            r#"{"documents": [["Gout", "1"]]}"#,
            "{}",
            r#"{"text": 1}"#,
            r#"{"texts": "Gout"}"#,
            r#"{"text": "Gout", "language": "en"}"#,
            r#"{"documents": [{"id": 1, "text": "Gout"}]}"#,
            r#"{"documents": [{"id": "1", "passages": [{"offset": 3, "text": "a"}, {"offset": -1, "text": "b"}]}]}"#,
            r#"{"documents": 7}"#,
            "{\"text\": \"\u{7}\"}",
        ];
        let told: String = bodies.iter().map(|body| read(body, Parameters::default())).collect();
        expect![[r#"
            400 EOF while parsing a value at line 1 column 0; expected {"text": "..."}, {"documents": [{"id": "...", "text": "..."}]} or a collection of BioC JSON
            400 expected ident at line 1 column 2; expected {"text": "..."}, {"documents": [{"id": "...", "text": "..."}]} or a collection of BioC JSON
            400 invalid type: sequence, expected an object at line 1 column 0; expected {"text": "..."}, {"documents": [{"id": "...", "text": "..."}]} or a collection of BioC JSON
            400 invalid type: sequence, expected an object at line 1 column 0; expected {"text": "..."}, {"documents": [{"id": "...", "text": "..."}]} or a collection of BioC JSON
            400 invalid type: sequence, expected an object at line 1 column 15; expected {"text": "..."}, {"documents": [{"id": "...", "text": "..."}]} or a collection of BioC JSON
            400 missing field `text` at line 1 column 2; expected {"text": "..."}, {"documents": [{"id": "...", "text": "..."}]} or a collection of BioC JSON
            400 invalid type: integer `1`, expected a string at line 1 column 10; expected {"text": "..."}, {"documents": [{"id": "...", "text": "..."}]} or a collection of BioC JSON
            400 unknown field `texts`, expected `text` or `id` at line 1 column 8; expected {"text": "..."}, {"documents": [{"id": "...", "text": "..."}]} or a collection of BioC JSON
            400 unknown field `language`, expected `text` or `id` at line 1 column 27; expected {"text": "..."}, {"documents": [{"id": "...", "text": "..."}]} or a collection of BioC JSON
            400 invalid type: integer `1`, expected a string at line 1 column 23; expected {"text": "..."}, {"documents": [{"id": "...", "text": "..."}]} or a collection of BioC JSON
            400 body:1:16: found `-1` for an offset or length, expected a number of characters, not negative; correct the document that begins here
            400 invalid type: integer `7`, expected a sequence at line 1 column 15; expected {"text": "..."}, {"documents": [{"id": "...", "text": "..."}]} or a collection of BioC JSON
            400 control character (\u0000-\u001F) found while parsing a string at line 1 column 10; expected {"text": "..."}, {"documents": [{"id": "...", "text": "..."}]} or a collection of BioC JSON
        "#]].assert_eq(&told);
        assert_eq!(Question::read(b"{\"text\": \"\xff\"}", Parameters::default()).unwrap_err().status, 400);
    }
}
