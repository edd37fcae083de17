//! What a file looks like that is in none of the formats: which tool wrote it, and what makes of it a format that is read.
//! The beginning of a file goes in, words for a message come out; nothing of the file is read beyond that.

use std::path::Path;

use super::head::{Head, Shape};
use super::json_keys::Keys;

/// What a tool writes, how it is known, and what to do with it.
struct Tool<E: 'static> {
    what: &'static str,
    is: E,
    advice: &'static str,
}

const EXPORT_STANDOFF: &str =
    "export its annotations as BRAT or as JSON lines of text and spans, with offsets in characters";

/// How a tool is known by the keys of its JSON.
type IsOf = fn(&Keys) -> bool;

/// What writes JSON, by its keys.
const JSON: &[Tool<IsOf>] = &[
    Tool {
        what: "a training file of spaCy",
        is: |keys| keys.has("paragraphs[].sentences") || keys.has("paragraphs[].raw"),
        advice: "convert it with `python -m spacy convert --converter json`, then write its entities as BRAT",
    },
    Tool {
        what: "the output of CoreNLP",
        is: |keys| keys.has("sentences[].tokens[].ner") || keys.has("sentences[].basicDependencies"),
        advice: "let CoreNLP write `-outputFormat conll`, and name the column of its tags",
    },
    Tool {
        what: "a data set for questions, as SQuAD",
        is: |keys| keys.has("data[].paragraphs"),
        advice: "it holds no mentions; take its texts out",
    },
    Tool {
        what: "an annotation of tagtog",
        is: |keys| keys.has("annotatable") || keys.has("anncomplete"),
        advice: EXPORT_STANDOFF,
    },
    Tool {
        what: "UIMA CAS JSON",
        is: |keys| keys.has("%FEATURE_STRUCTURES") || keys.has("_referenced_fss"),
        advice: "export it from INCEpTION as WebAnno TSV or CoNLL",
    },
    Tool {
        what: "an answer of Europe PMC",
        is: |keys| keys.has("resultList") || keys.has("[].annotations[].exact") || keys.has("annotations[].exact"),
        advice: "fetch the texts with it: the annotations alone tell no offsets in a document",
    },
    Tool {
        what: "a GeoJSON or another list of features",
        is: |keys| keys.has("features[].geometry"),
        advice: "name another file",
    },
];

/// What writes XML, by the name of its first element.
const XML: &[Tool<&[&str]>] = &[
    Tool { what: "a document of GATE", is: &["GateDocument"], advice: EXPORT_STANDOFF },
    Tool {
        what: "a document of i2b2 or n2c2",
        is: &["deIdi2b2", "ClinicalNarrativeTemporalAnnotation", "PatientMatching", "ROOT", "root"],
        advice: EXPORT_STANDOFF,
    },
    Tool {
        what: "XMI of UIMA",
        is: &["xmi:XMI", "CAS"],
        advice: "export it from its tool as WebAnno TSV, CoNLL or BRAT",
    },
    Tool {
        what: "a web page",
        is: &["html", "HTML"],
        advice: "the address may have answered with an error: fetch the file again",
    },
    Tool {
        what: "a text in TEI",
        is: &["TEI", "teiCorpus", "TEI.2"],
        advice: "take its text out, or convert it to BioC",
    },
    Tool { what: "an error of a web service", is: &["eFetchResult", "Error", "error"], advice: "fetch the file again" },
    Tool {
        what: "the XML of another corpus",
        is: &["annotation", "Annotations", "corpus", "set", "document", "documents", "knowtator-project"],
        advice: "convert it to BioC, BRAT or PubTator",
    },
];

/// What JSON without any of those keys is called.
const KEYS_SHOWN: usize = 6;

/// What a file looks like, and what to do with it, in words behind `looks like `; nothing where it is neither JSON nor XML.
pub(super) fn looks_like(path: &Path, start: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(start);
    match Head::new(path, &text).shape {
        Shape::Lines => None,
        Shape::Json(keys) => Some(match JSON.iter().find(|tool| (tool.is)(&keys)) {
            Some(Tool { what, advice, .. }) => format!("{what}, in JSON; {advice}"),
            None => {
                let names: Vec<String> = keys.outermost().take(KEYS_SHOWN).map(|key| format!("`{key}`")).collect();
                let known =
                    if names.is_empty() { "no keys".to_owned() } else { format!("the keys {}", names.join(", ")) };
                format!("JSON with {known}, which no format here has; {EXPORT_STANDOFF}")
            }
        }),
        Shape::Xml(name) => Some(match XML.iter().find(|tool| tool.is.contains(&name.as_str())) {
            Some(Tool { what, advice, .. }) => format!("{what}; {advice}"),
            None => format!(
                "XML whose first element is `{name}`, which no format here has; convert it to BioC, BRAT or PubTator"
            ),
        }),
    }
}
