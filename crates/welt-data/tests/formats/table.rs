//! Every format against a source that is made up: the mentions that must be in it, those that were read, and whether they are the same once they were written and read again in every format that is written.
//! The table is part of `docs/formats.md`; a format without a row here fails.

use std::path::Path;

use welt_data::alignment::{Breaks, Rules, align, write_json_lines, write_text};
use welt_data::conll::DOCUMENT_LINE;
use welt_data::formats::Format;
use welt_data::ledger::{Ledger, Loss};
use welt_data::{Document, Mention};
use welt_tags::Scheme;

use super::{folder, open, read, write_and_read};

/// A source: its format, the files of it, what is asked of them, and the text of each mention by its offsets.
type Source = (Format, &'static [(&'static str, &'static str)], &'static str, &'static [&'static str]);

const SOURCES: &[Source] = &[
    (
        Format::PubTator,
        &[(
            "c.txt",
            "7|t|β-ataxia 🧬 and gout.\n7|a|Flu.\n7\t0\t8\tβ-ataxia\tDisease\tD1\n7\t15\t19\tgout\tDisease\tD2\n7\t21\t24\tFlu\tDisease\t\n\n",
        )],
        "astral characters, an abstract",
        &["β-ataxia", "gout", "Flu"],
    ),
    (
        Format::BiocXml,
        &[(
            "c.xml",
            "<collection><source/><date/><key/><document><id>7</id><passage><offset>0</offset><text>left and right 𝛽-ataxia</text><annotation id='a'><infon key='type'>Disease</infon><location offset='0' length='4'/><location offset='15' length='8'/><text>left 𝛽-ataxia</text></annotation></passage></document></collection>",
        )],
        "a mention of two parts",
        &["left 𝛽-ataxia"],
    ),
    (
        Format::BiocJson,
        &[(
            "c.json",
            r#"{"source":"","date":"","key":"","infons":{},"documents":[{"id":"7","infons":{},"passages":[{"offset":0,"infons":{"type":"title"},"text":"𝛽-ataxia","annotations":[{"id":"1","infons":{"type":"Disease"},"text":"ataxia","locations":[{"offset":2,"length":6}]}]}]}]}"#,
        )],
        "astral characters",
        &["ataxia"],
    ),
    (
        Format::Brat,
        &[
            ("7.txt", "🧬 left and\nright ataxia"),
            ("7.ann", "T1\tDisease 2 6;17 23\tleft ataxia\nT2\tDisease 11 23\tright ataxia\n"),
        ],
        "parts, an overlap",
        &["left ataxia", "right ataxia"],
    ),
    (
        Format::JsonLines,
        &[(
            "c.jsonl",
            "{\"id\":\"7\",\"passages\":[{\"kind\":\"\",\"offset\":0,\"text\":\"🧬 gout\"}],\"mentions\":[{\"entity_type\":\"Disease\",\"parts\":[{\"start\":2,\"end\":6}]}]}\n",
        )],
        "astral characters",
        &["gout"],
    ),
    (
        Format::Prodigy,
        &[(
            "c.jsonl",
            "{\"text\":\"🧬 left ataxia\",\"spans\":[{\"start\":2,\"end\":13,\"label\":\"Disease\"},{\"start\":7,\"end\":13,\"label\":\"Disease\"}],\"answer\":\"accept\"}\n{\"text\":\"gout\",\"spans\":[{\"start\":0,\"end\":4,\"label\":\"Disease\"}],\"answer\":\"reject\"}\n",
        )],
        "an overlap, a rejected text",
        &["left ataxia", "ataxia"],
    ),
    (
        Format::Doccano,
        &[(
            "c.jsonl",
            "{\"id\":7,\"text\":\"🧬 gout, flu\",\"label\":[[8,11,\"Disease\"],[2,6,\"Disease\"]]}\n{\"id\":8,\"data\":\"flu\",\"entities\":[{\"id\":1,\"start_offset\":0,\"end_offset\":3,\"label\":\"Disease\"}]}\n",
        )],
        "two versions",
        &["flu", "gout", "flu"],
    ),
    (
        Format::PubAnnotation,
        &[(
            "c.json",
            r#"[{"sourceid":"7","text":"𝛽 left and right ataxia","denotations":[{"id":"T1","span":[{"begin":2,"end":6},{"begin":17,"end":23}],"obj":"Disease"},{"id":"T2","span":{"begin":17,"end":23},"obj":"Disease"},{"id":"T3","span":{"begin":11,"end":16},"obj":"_FRAGMENT"}],"relations":[{"pred":"_lexicallyChainedTo","subj":"T2","obj":"T3"}]}]"#,
        )],
        "parts in both forms",
        &["left ataxia", "right ataxia"],
    ),
    (
        Format::LabelStudio,
        &[(
            "c.json",
            r#"[{"id":7,"data":{"text":"🧬 left ataxia"},"annotations":[{"result":[{"id":"a","value":{"start":3,"end":14,"text":"left ataxia","labels":["Disease"]},"type":"labels"},{"id":"b","value":{"start":8,"end":14,"text":"ataxia","labels":["Disease"]},"type":"labels"}]}]}]"#,
        )],
        "units of UTF-16, an overlap",
        &["left ataxia", "ataxia"],
    ),
    (
        Format::HuggingFace,
        &[
            ("c.jsonl", "{\"id\":\"0\",\"tokens\":[\"𝛽\",\"-\",\"ataxia\",\"gout\"],\"ner_tags\":[0,0,1,1]}\n"),
            ("dataset_info.json", "{\"features\":{\"ner_tags\":{\"feature\":{\"names\":[\"O\",\"B-Disease\"]}}}}"),
        ],
        "numbers named beside, neighbours",
        &["ataxia", "gout"],
    ),
    (
        Format::Conll,
        &[("c.tsv", "-DOCSTART- -X- -X- O\n\n𝛽 NN B-NP O\nataxia NN I-NP B-Disease\n\nGout NN B-NP I-Disease\n")],
        "CoNLL-2003",
        &["ataxia", "Gout"],
    ),
    (
        Format::ConllU,
        &[(
            "c.conllu",
            "# newdoc id = 7\n1-2\tAu\t_\t_\t_\t_\t_\t_\t_\t_\n1\tà\t_\t_\t_\t_\t_\t_\t_\tNE=O\n2\tle\t_\t_\t_\t_\t_\t_\t_\tNE=O\n3\td'\t_\t_\t_\t_\t_\t_\t_\tNE=B-Disease|SpaceAfter=No\n4\tataxie\t_\t_\t_\t_\t_\t_\t_\tNE=I-Disease\n\n",
        )],
        "a joined form, no space",
        &["d'ataxie"],
    ),
    (
        Format::WebAnnoTsv,
        &[(
            "c.tsv",
            "#FORMAT=WebAnno TSV 3.3\n#T_SP=webanno.custom.Disease|value\n\n\n#Text=𝛽-ataxia, gout\n1-1\t0-9\t𝛽-ataxia\tDisease[1]|Sign[2]\n1-1.1\t3-9\tataxia\tDisease\n1-2\t9-10\t,\tDisease[1]\n1-3\t11-15\tgout\tDisease[1]\n",
        )],
        "stacked, part of a token, UTF-16",
        &["𝛽-ataxia, gout", "𝛽-ataxia", "ataxia"],
    ),
    (
        Format::DrugProt,
        &[
            ("drugprot_training_abstracs.tsv", "7\t𝛽-blockers\tOf p53.\n"),
            ("drugprot_training_entities.tsv", "7\tT1\tCHEMICAL\t0\t10\t𝛽-blockers\n7\tT2\tGENE-Y\t14\t17\tp53\n"),
        ],
        "astral characters, an abstract",
        &["𝛽-blockers", "p53"],
    ),
    (
        Format::I2b2,
        &[
            ("7.txt", "Patient has 𝛽 ataxia\nand Gout .\n"),
            ("7.con", "c=\"ataxia\" 1:3 1:3||t=\"problem\"\nc=\"gout\" 2:1 2:1||t=\"problem\"\n"),
        ],
        "lines and words",
        &["ataxia", "Gout"],
    ),
    (
        Format::Bc2gm,
        &[("c.in", "S1 the 𝛽 p53 gene\n"), ("GENE.eval", "S1|4 6|p53\n")],
        "characters without blanks",
        &["p53"],
    ),
    (
        Format::Linnaeus,
        &[("tags.tsv", "#\nspecies:ncbi:9606\t7\t2\t7\thuman\t\n"), ("txt/7.txt", "𝛽 human")],
        "astral characters",
        &["human"],
    ),
    (
        Format::Chemdner,
        &[("c.abstracts.txt", "7\t𝛽 title\taspirin\n"), ("c.annotations.txt", "7\tA\t0\t7\taspirin\tTRIVIAL\n")],
        "offsets by part",
        &["aspirin"],
    ),
];

/// Formats of texts that hold no mention.
const WITHOUT_MENTIONS: [Format; 3] = [Format::PlainText, Format::Pubmed, Format::Jats];

/// Where each mention stands and what stands there.
fn placed(documents: &[Document]) -> Vec<(String, Vec<std::ops::Range<usize>>, Option<String>)> {
    let of = |document: &Document| {
        let placed = |mention: &Mention| (document.id.clone(), mention.parts.clone(), document.text_at(mention));
        let mut all: Vec<_> = document.mentions.iter().map(placed).collect();
        // Some formats gather mentions by passages.
        all.sort_by_key(|(_, parts, _)| parts.iter().map(|part| (part.start, part.end)).collect::<Vec<_>>());
        all
    };
    documents.iter().flat_map(of).collect()
}

/// The texts of the mentions without white space, in the order of the text, for formats that keep words.
fn texts(documents: &[Document]) -> Vec<String> {
    placed(documents).into_iter().map(|(.., text)| text.unwrap_or_default().replace(' ', "")).collect()
}

/// The documents written as words and tags, and read again.
fn as_tags(format: Format, documents: &[Document]) -> (Vec<Document>, Ledger) {
    let (mut out, mut ledger) = (Vec::new(), Ledger::listing(0));
    for document in documents {
        let breaks = if document.sentences.is_some() { Breaks::Given } else { Breaks::Found };
        let sentences = align(document, &Rules { breaks, ..Rules::corpora() }, &mut ledger).unwrap();
        if format == Format::HuggingFace {
            write_json_lines(&mut out, &document.id, &sentences, Scheme::Iob2).unwrap();
        } else {
            out.extend_from_slice(DOCUMENT_LINE.as_bytes());
            write_text(&mut out, &sentences, Scheme::Iob2).unwrap();
        }
    }
    (read(format, &out).unwrap().0, ledger)
}

/// What became of the documents in a format: nothing where the mentions are the same, else what the ledger says.
fn rewritten(format: Format, documents: &[Document]) -> Option<String> {
    if format.holds_words_and_tags() {
        let (again, ledger) = as_tags(format, documents);
        let is_same = texts(&again) == texts(documents);
        return (!is_same).then(|| format!("{format}: {}", names(&ledger)));
    }
    let (again, ledger) = write_and_read(format, documents).unwrap();
    let is_same = placed(&again) == placed(documents);
    (!is_same).then(|| format!("{format}: {}", names(&ledger)))
}

/// The losses that change where mentions stand or which there are.
fn names(ledger: &Ledger) -> String {
    let moves = [Loss::UnwrittenDiscontinuous, Loss::UnwrittenMovedOffsets, Loss::Discontinuous, Loss::Nested];
    let entries = ledger.entries().filter(|(_, loss, _)| moves.contains(loss));
    let names: Vec<String> = entries.map(|(_, loss, entry)| format!("{} {loss}", entry.count())).collect();
    assert!(!names.is_empty(), "mentions were lost without a name: {}", ledger.summary());
    names.join(", ")
}

#[test]
fn every_format_is_read_and_written_again() {
    let written: Vec<Format> =
        Format::ALL.into_iter().filter(|format| format.can_be_written() || format.holds_words_and_tags()).collect();
    let mut table = format!(
        "| format | source | mentions | read | written and read again in {} formats | where not |\n|---|---|---:|---:|---|---|\n",
        written.len() - 1
    );
    for (format, files, source, expected) in SOURCES {
        let files: Vec<(&str, &[u8])> = files.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
        let folder = folder(&files);
        // A corpus of one file is that file.
        let path = if format.is_read_from_stream() { folder.path().join(files[0].0) } else { folder.path().to_owned() };
        let documents = open(*format, &path).unwrap().0;
        let found: Vec<String> = documents
            .iter()
            .flat_map(|document| document.mentions.iter().map(|mention| document.text_at(mention).unwrap_or_default()))
            .collect();
        assert_eq!(found, *expected, "{format}");
        let others: Vec<String> = written
            .iter()
            .filter(|format| **format != Format::PlainText)
            .filter_map(|format| rewritten(*format, &documents))
            .collect();
        let same = written.len() - 1 - others.len();
        table += &format!(
            "| `{format}` | {source} | {} | {} | {same} identical | {} |\n",
            expected.len(),
            found.len(),
            others.join("; ")
        );
    }
    let missing: Vec<Format> = Format::ALL
        .into_iter()
        .filter(|format| !WITHOUT_MENTIONS.contains(format) && !SOURCES.iter().any(|source| source.0 == *format))
        .collect();
    assert_eq!(missing, [], "each format needs a source in this table");
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats.md");
    let text = std::fs::read_to_string(&page).unwrap();
    assert!(text.contains(&table), "{}: expected this table in it:\n{table}", page.display());
}
