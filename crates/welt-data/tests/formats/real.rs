//! The original files of real corpora: counts that were made by other means, forms of one corpus that agree, and round trips.
//! The corpora are not part of the repository; where they are not found the tests pass and say so.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use expect_test::expect;
use welt_data::Document;
use welt_data::formats::Format;
use welt_data::ledger::{Ledger, Loss};

use super::{open, write_and_read};

fn datasets() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/datasets");
    if !path.join("COUNTS.tsv").is_file() {
        eprintln!("skipped: no real corpora in {}", path.display());
        return None;
    }
    Some(path)
}

fn corpus(format: Format, path: &Path) -> (Vec<Document>, Ledger) {
    let is_file = path.is_file();
    let start = if is_file { fs::read(path).unwrap() } else { Vec::new() };
    assert_eq!(Format::detect(path, &start[..start.len().min(1000)]), Some(format), "{}", path.display());
    open(format, path).unwrap()
}

/// Documents, mentions, mentions whose stated text is not at their offsets, mentions by type.
fn counts(documents: &[Document]) -> String {
    let mentions =
        || documents.iter().flat_map(|document| document.mentions.iter().map(move |mention| (document, mention)));
    let wrong = mentions().filter(|(document, mention)| document.text_at(mention) != mention.text).count();
    let mut types: BTreeMap<&str, usize> = BTreeMap::new();
    mentions().for_each(|(_, mention)| *types.entry(&mention.entity_type).or_default() += 1);
    let types: Vec<String> = types.iter().map(|(name, count)| format!("{name} {count}")).collect();
    format!("{} documents, {} mentions, {wrong} wrong: {}", documents.len(), mentions().count(), types.join(", "))
}

fn names(skipped: &Ledger) -> String {
    skipped.entries().map(|(_, loss, entry)| format!(", {} {loss}", entry.count())).collect()
}

#[test]
fn counts_are_those_counted_by_other_means() {
    let Some(datasets) = datasets() else { return };
    let mut text = String::new();
    for (format, path) in [
        (Format::PubTator, "ncbi-disease/originals/NCBItrainset_corpus.txt"),
        (Format::PubTator, "ncbi-disease/originals/NCBIdevelopset_corpus.txt"),
        (Format::PubTator, "ncbi-disease/originals/NCBItestset_corpus.txt"),
        (Format::PubTator, "bc5cdr-chemical/originals/CDR_TrainingSet.PubTator.txt"),
        (Format::PubTator, "bc5cdr-chemical/originals/CDR_DevelopmentSet.PubTator.txt"),
        (Format::BiocXml, "bc5cdr-chemical/originals/CDR_TrainingSet.BioC.xml"),
        (Format::BiocXml, "bc5cdr-chemical/originals/CDR_DevelopmentSet.BioC.xml"),
        (Format::PubTator, "biored-chemical/originals/Train.PubTator"),
        (Format::PubTator, "biored-chemical/originals/Dev.PubTator"),
        (Format::BiocXml, "biored-chemical/originals/Dev.BioC.XML"),
        (Format::BiocJson, "biored-chemical/originals/Dev.BioC.JSON"),
        (Format::Linnaeus, "linnaeus/originals"),
        (Format::Bc2gm, "bc2gm/originals/train"),
        (Format::Bc2gm, "bc2gm/originals/test"),
        (Format::Brat, "bc4chemd/originals/brat-9-documents"),
        (Format::Chemdner, "bc4chemd/originals/chemdner-tsv-4-documents"),
    ] {
        let (documents, skipped) = corpus(format, &datasets.join(path));
        let name = path.replace("originals/", "");
        text += &format!("{name}: {}{}\n", counts(&documents), names(&skipped));
    }
    // Made with grep, awk and Python's xml.etree and json; one document of NCBI-disease stands twice in its training set.
    expect![[r#"
        ncbi-disease/NCBItrainset_corpus.txt: 593 documents, 5145 mentions, 1 wrong: CompositeMention 115, DiseaseClass 769, Modifier 1289, SpecificDisease 2972
        ncbi-disease/NCBIdevelopset_corpus.txt: 100 documents, 787 mentions, 0 wrong: CompositeMention 35, DiseaseClass 126, Modifier 214, SpecificDisease 412
        ncbi-disease/NCBItestset_corpus.txt: 100 documents, 960 mentions, 0 wrong: CompositeMention 20, DiseaseClass 121, Modifier 264, SpecificDisease 555
        bc5cdr-chemical/CDR_TrainingSet.PubTator.txt: 500 documents, 9385 mentions, 0 wrong: Chemical 5203, Disease 4182, 89 unread-individual-names, 1038 unread-relation
        bc5cdr-chemical/CDR_DevelopmentSet.PubTator.txt: 500 documents, 9591 mentions, 0 wrong: Chemical 5347, Disease 4244, 89 unread-individual-names, 1012 unread-relation
        bc5cdr-chemical/CDR_TrainingSet.BioC.xml: 500 documents, 9385 mentions, 0 wrong: Chemical 5203, Disease 4182, 3 unread-collection-infon, 89 unread-composite-role, 185 unread-individual-mention, 1038 unread-relation
        bc5cdr-chemical/CDR_DevelopmentSet.BioC.xml: 500 documents, 9591 mentions, 0 wrong: Chemical 5347, Disease 4244, 3 unread-collection-infon, 89 unread-composite-role, 182 unread-individual-mention, 1012 unread-relation
        biored-chemical/Train.PubTator: 400 documents, 13351 mentions, 0 wrong: CellLine 103, ChemicalEntity 2853, DiseaseOrPhenotypicFeature 3646, GeneOrGeneProduct 4430, OrganismTaxon 1429, SequenceVariant 890, 4178 unread-relation
        biored-chemical/Dev.PubTator: 100 documents, 3533 mentions, 0 wrong: CellLine 22, ChemicalEntity 822, DiseaseOrPhenotypicFeature 982, GeneOrGeneProduct 1087, OrganismTaxon 370, SequenceVariant 250, 1162 unread-relation
        biored-chemical/Dev.BioC.XML: 100 documents, 3533 mentions, 0 wrong: CellLine 22, ChemicalEntity 822, DiseaseOrPhenotypicFeature 982, GeneOrGeneProduct 1087, OrganismTaxon 370, SequenceVariant 250, 3 unread-collection-infon, 1162 unread-relation
        biored-chemical/Dev.BioC.JSON: 100 documents, 3533 mentions, 0 wrong: CellLine 22, ChemicalEntity 822, DiseaseOrPhenotypicFeature 982, GeneOrGeneProduct 1087, OrganismTaxon 370, SequenceVariant 250, 3 unread-collection-infon, 1162 unread-relation
        linnaeus/originals: 100 documents, 4259 mentions, 0 wrong: Species 4259, 1471 unread-category-code, 1 unread-file
        bc2gm/train: 15000 documents, 18265 mentions, 1 wrong: GENE 18265, 14499 unread-alternative
        bc2gm/test: 5000 documents, 6331 mentions, 0 wrong: GENE 6331, 5068 unread-alternative
        bc4chemd/brat-9-documents: 9 documents, 91 mentions, 0 wrong: Chemical 91
        bc4chemd/chemdner-tsv-4-documents: 4 documents, 23 mentions, 0 wrong: FAMILY 6, FORMULA 1, SYSTEMATIC 10, TRIVIAL 6
    "#]].assert_eq(&text);
}

/// What PubTator holds of documents: without the ids of annotations and the names of databases.
fn as_in_pubtator(mut documents: Vec<Document>) -> Vec<Document> {
    for mention in documents.iter_mut().flat_map(|document| &mut document.mentions) {
        mention.id.clear();
        mention.identifiers.iter_mut().for_each(|identifier| identifier.database.clear());
    }
    documents
}

fn json_lines(documents: &[Document]) -> String {
    documents.iter().map(|document| serde_json::to_string(document).unwrap() + "\n").collect()
}

#[test]
fn the_forms_of_bc5cdr_agree() {
    let Some(datasets) = datasets() else { return };
    let originals = datasets.join("bc5cdr-chemical/originals");
    for set in ["Training", "Development"] {
        let (pubtator, skipped) = corpus(Format::PubTator, &originals.join(format!("CDR_{set}Set.PubTator.txt")));
        let (xml, skipped_xml) = corpus(Format::BiocXml, &originals.join(format!("CDR_{set}Set.BioC.xml")));
        let xml = as_in_pubtator(xml);
        assert!(json_lines(&pubtator) == json_lines(&xml), "{set}");
        assert_eq!(skipped.count(Loss::UnreadRelation), skipped_xml.count(Loss::UnreadRelation));
        assert_eq!(skipped.count(Loss::UnreadIndividualNames), skipped_xml.count(Loss::UnreadCompositeRole));
    }
}

#[test]
fn the_forms_of_biored_are_the_same_bytes_as_json_lines() {
    let Some(datasets) = datasets() else { return };
    let originals = datasets.join("biored-chemical/originals");
    let (pubtator, _) = corpus(Format::PubTator, &originals.join("Dev.PubTator"));
    let (xml, _) = corpus(Format::BiocXml, &originals.join("Dev.BioC.XML"));
    let (mut json, _) = corpus(Format::BiocJson, &originals.join("Dev.BioC.JSON"));
    // The JSON does not say which passage is the title: that is all it lacks.
    for document in &mut json {
        assert!(document.passages.iter().all(|passage| passage.kind.is_empty()));
        for (passage, kind) in document.passages.iter_mut().zip(["title", "abstract"]) {
            passage.kind = kind.to_owned();
        }
    }
    assert!(json_lines(&json) == json_lines(&xml));
    // PubTator lacks the ids of the annotations.
    assert!(json_lines(&pubtator) == json_lines(&as_in_pubtator(xml)));
}

#[test]
fn conll_files_have_as_many_entities_as_were_counted() {
    let Some(datasets) = datasets() else { return };
    let table = fs::read_to_string(datasets.join("COUNTS.tsv")).unwrap();
    let mut lines = table.lines();
    let header: Vec<&str> = lines.next().unwrap().split('\t').collect();
    let mut compared = 0;
    // Every fourth file: all of them together take too long without optimization.
    for line in lines.step_by(4) {
        let row: HashMap<&str, &str> = header.iter().copied().zip(line.split('\t')).collect();
        let (documents, _) = open(Format::Conll, &datasets.join(row["file"])).unwrap();
        let sentences = || documents.iter().flat_map(|document| document.sentences.iter().flatten());
        let mentions: usize = documents.iter().map(|document| document.mentions.len()).sum();
        assert_eq!(mentions.to_string(), row["entities"], "{}", row["file"]);
        assert_eq!(sentences().count().to_string(), row["sentences"], "{}", row["file"]);
        assert_eq!(sentences().map(Vec::len).sum::<usize>().to_string(), row["tokens"], "{}", row["file"]);
        compared += 1;
    }
    eprintln!("{compared} files have the entities, sentences and words that were counted");
}

/// The text at the offsets of each mention.
fn texts(documents: &[Document]) -> Vec<String> {
    let texts = documents.iter().flat_map(|document| document.mentions.iter().map(|mention| document.text_at(mention)));
    texts.map(|text| text.unwrap_or_default().replace(['\n', '\t', '\r', '\u{c}'], " ")).collect()
}

/// The formats that hold mentions by characters.
fn written_with_mentions() -> impl Iterator<Item = Format> {
    Format::ALL.into_iter().filter(|format| format.can_be_written() && *format != Format::PlainText)
}

/// The documents without the ids that were given to mentions which have none in the others, and with the stated texts that have no form.
fn with_ids_of(mut read: Vec<Document>, others: &[Document]) -> Vec<Document> {
    for (document, other) in read.iter_mut().zip(others) {
        for (mention, other) in document.mentions.iter_mut().zip(&other.mentions) {
            if other.id.is_empty() {
                mention.id.clear();
            }
            if mention.text.is_none() {
                mention.text.clone_from(&other.text);
            }
        }
    }
    read
}

/// Corpora that are written and read again.
const ORIGINALS: [(Format, &str); 6] = [
    (Format::PubTator, "ncbi-disease/originals/NCBIdevelopset_corpus.txt"),
    (Format::BiocXml, "bc5cdr-chemical/originals/CDR_DevelopmentSet.BioC.xml"),
    (Format::PubTator, "biored-chemical/originals/Dev.PubTator"),
    (Format::Linnaeus, "linnaeus/originals"),
    (Format::Brat, "bc4chemd/originals/brat-9-documents"),
    (Format::Chemdner, "bc4chemd/originals/chemdner-tsv-4-documents"),
];

#[test]
fn round_trips() {
    let Some(datasets) = datasets() else { return };
    let mut text = String::new();
    for (format, path) in ORIGINALS {
        let mut documents = open(format, &datasets.join(path)).unwrap().0;
        // BRAT's documents come in the order of their names.
        documents.sort_by(|left, right| left.id.cmp(&right.id));
        // Long texts take long without optimization; all of them are counted above.
        documents.truncate(if format == Format::Linnaeus { 30 } else { 500 });
        let expected = texts(&documents);
        for to in written_with_mentions() {
            let (read, losses) = write_and_read(to, &documents).unwrap();
            if losses.is_lossless() {
                assert!(with_ids_of(read, &documents) == documents, "{path} as {to}");
            } else {
                assert!(texts(&read) == expected, "{path} as {to}: the mentions are elsewhere");
            }
            text += &format!("{} as {to}: lost {}\n", path.replace("originals/", ""), losses.summary());
        }
    }
    expect![[r#"
        ncbi-disease/NCBIdevelopset_corpus.txt as pubtator: lost nothing
        ncbi-disease/NCBIdevelopset_corpus.txt as bioc-xml: lost nothing
        ncbi-disease/NCBIdevelopset_corpus.txt as bioc-json: lost nothing
        ncbi-disease/NCBIdevelopset_corpus.txt as brat: lost 1 unwritten-identifiers (first in document 8808605), 100 unwritten-passages (first in document 8589722)
        ncbi-disease/NCBIdevelopset_corpus.txt as json-lines: lost nothing
        ncbi-disease/NCBIdevelopset_corpus.txt as prodigy: lost 100 unwritten-passages (first in document 8589722)
        ncbi-disease/NCBIdevelopset_corpus.txt as doccano: lost 787 unwritten-identifiers (first in document 8589722), 100 unwritten-passages (first in document 8589722)
        ncbi-disease/NCBIdevelopset_corpus.txt as pubannotation: lost nothing
        bc5cdr-chemical/CDR_DevelopmentSet.BioC.xml as pubtator: lost 9591 unwritten-annotation-ids (first in document 10027919), 9591 unwritten-identifiers (first in document 10027919)
        bc5cdr-chemical/CDR_DevelopmentSet.BioC.xml as bioc-xml: lost nothing
        bc5cdr-chemical/CDR_DevelopmentSet.BioC.xml as bioc-json: lost nothing
        bc5cdr-chemical/CDR_DevelopmentSet.BioC.xml as brat: lost 9591 unwritten-annotation-ids (first in document 10027919), 500 unwritten-passages (first in document 10027919)
        bc5cdr-chemical/CDR_DevelopmentSet.BioC.xml as json-lines: lost nothing
        bc5cdr-chemical/CDR_DevelopmentSet.BioC.xml as prodigy: lost 9591 unwritten-identifiers (first in document 10027919), 500 unwritten-passages (first in document 10027919)
        bc5cdr-chemical/CDR_DevelopmentSet.BioC.xml as doccano: lost 9591 unwritten-annotation-ids (first in document 10027919), 9591 unwritten-identifiers (first in document 10027919), 500 unwritten-passages (first in document 10027919)
        bc5cdr-chemical/CDR_DevelopmentSet.BioC.xml as pubannotation: lost 9591 unwritten-identifiers (first in document 10027919)
        biored-chemical/Dev.PubTator as pubtator: lost nothing
        biored-chemical/Dev.PubTator as bioc-xml: lost nothing
        biored-chemical/Dev.PubTator as bioc-json: lost nothing
        biored-chemical/Dev.PubTator as brat: lost 100 unwritten-passages (first in document 14510914)
        biored-chemical/Dev.PubTator as json-lines: lost nothing
        biored-chemical/Dev.PubTator as prodigy: lost 100 unwritten-passages (first in document 14510914)
        biored-chemical/Dev.PubTator as doccano: lost 3533 unwritten-identifiers (first in document 14510914), 100 unwritten-passages (first in document 14510914)
        biored-chemical/Dev.PubTator as pubannotation: lost nothing
        linnaeus/originals as pubtator: lost 1358 unwritten-identifiers (first in document pmcA102792), 30 unwritten-passages (first in document pmcA102792), 30 unwritten-white-space (first in document pmcA102792)
        linnaeus/originals as bioc-xml: lost 1 unwritten-white-space (first in document pmcA147033)
        linnaeus/originals as bioc-json: lost nothing
        linnaeus/originals as brat: lost 1358 unwritten-identifiers (first in document pmcA102792)
        linnaeus/originals as json-lines: lost nothing
        linnaeus/originals as prodigy: lost 1358 unwritten-identifiers (first in document pmcA102792)
        linnaeus/originals as doccano: lost 1358 unwritten-identifiers (first in document pmcA102792)
        linnaeus/originals as pubannotation: lost 1358 unwritten-identifiers (first in document pmcA102792)
        bc4chemd/brat-9-documents as pubtator: lost 91 unwritten-annotation-ids (first in document 23419007), 9 unwritten-passages (first in document 23419007), 9 unwritten-white-space (first in document 23419007)
        bc4chemd/brat-9-documents as bioc-xml: lost nothing
        bc4chemd/brat-9-documents as bioc-json: lost nothing
        bc4chemd/brat-9-documents as brat: lost nothing
        bc4chemd/brat-9-documents as json-lines: lost nothing
        bc4chemd/brat-9-documents as prodigy: lost nothing
        bc4chemd/brat-9-documents as doccano: lost 91 unwritten-annotation-ids (first in document 23419007)
        bc4chemd/brat-9-documents as pubannotation: lost nothing
        bc4chemd/chemdner-tsv-4-documents as pubtator: lost nothing
        bc4chemd/chemdner-tsv-4-documents as bioc-xml: lost nothing
        bc4chemd/chemdner-tsv-4-documents as bioc-json: lost nothing
        bc4chemd/chemdner-tsv-4-documents as brat: lost 4 unwritten-passages (first in document 21826085)
        bc4chemd/chemdner-tsv-4-documents as json-lines: lost nothing
        bc4chemd/chemdner-tsv-4-documents as prodigy: lost 4 unwritten-passages (first in document 21826085)
        bc4chemd/chemdner-tsv-4-documents as doccano: lost 4 unwritten-passages (first in document 21826085)
        bc4chemd/chemdner-tsv-4-documents as pubannotation: lost nothing
    "#]].assert_eq(&text);
}

#[test]
fn what_is_written_of_pubtator_is_the_file_without_relations() {
    let Some(datasets) = datasets() else { return };
    for path in ["biored-chemical/originals/Dev.PubTator", "ncbi-disease/originals/NCBItestset_corpus.txt"] {
        let path = datasets.join(path);
        let documents = open(Format::PubTator, &path).unwrap().0;
        let mut written = Vec::new();
        let mut writer = welt_data::formats::writer(Format::PubTator, &mut written).unwrap();
        documents.iter().for_each(|document| writer.write(document).unwrap());
        assert!(writer.finish().unwrap().is_lossless());
        let original = fs::read_to_string(&path).unwrap();
        let is_relation = |line: &str| line.split('\t').count() == 5;
        let expected: String =
            original.trim_start().lines().filter(|line| !is_relation(line)).map(|line| format!("{line}\n")).collect();
        assert!(String::from_utf8(written).unwrap().trim_end() == expected.trim_end(), "{}", path.display());
    }
}
