//! The formats of annotation tools and data sets are told by what is in them, whatever the file is called.

use std::fs;
use std::path::Path;

use welt_data::formats::Format;

use super::folder;

#[test]
fn files_are_told_by_their_keys_and_lines() {
    for (expected, text) in [
        (Format::Prodigy, "{\"text\":\"Aspirin\",\"spans\":[{\"start\":0,\"end\":7,\"label\":\"Drug\"}]}\n"),
        (Format::Prodigy, "{\"text\":\"No span\",\"_input_hash\":-1,\"_task_hash\":2,\"answer\":\"accept\"}\n"),
        (Format::Prodigy, "{\"text\":\"a\",\"meta\":{},\"spans\":[]}\n"),
        (Format::Doccano, "{\"id\":1,\"text\":\"Aspirin\",\"label\":[[0,7,\"Drug\"]],\"Comments\":[]}\n"),
        (
            Format::Doccano,
            "{\"id\":1,\"text\":\"a\",\"labels\":[]}\n{\"id\":2,\"text\":\"b\",\"labels\":[[0,1,\"x\"]]}\n",
        ),
        (
            Format::Doccano,
            "{\"text\":\"a\",\"entities\":[{\"id\":1,\"label\":\"X\",\"start_offset\":0,\"end_offset\":1}],\"relations\":[]}\n",
        ),
        (Format::PubAnnotation, "{\"text\":\"a\",\"sourcedb\":\"PubMed\",\"sourceid\":\"1\",\"denotations\":[]}"),
        (Format::PubAnnotation, "[\n{\"target\":\"x\",\"text\":\"a\",\"tracks\":[{\"denotations\":[]}]}]"),
        (Format::LabelStudio, "[{\"id\":1,\"data\":{\"text\":\"a\"},\"annotations\":[{\"result\":[]}]}]"),
        (Format::LabelStudio, "[{\"id\":1,\"annotations\":[],\"predictions\":[],\"data\":{\"text\":\"a\"}}]"),
        (
            Format::LabelStudio,
            "[{\"id\":1,\"text\":\"a\",\"label\":[{\"start\":0,\"end\":1,\"labels\":[\"X\"]}],\"annotator\":1,\"annotation_id\":2}]",
        ),
        (Format::HuggingFace, "{\"id\":\"0\",\"tokens\":[\"a\"],\"ner_tags\":[0]}\n"),
        (Format::HuggingFace, "{\"words\":[\"a\"],\"labels\":[\"O\"]}\n"),
        (
            Format::HuggingFace,
            "{\"features\":[],\"rows\":[{\"row_idx\":0,\"row\":{\"tokens\":[\"a\"],\"ner_tags\":[0]}}]}",
        ),
        (Format::WebAnnoTsv, "#FORMAT=WebAnno TSV 3.3\n#T_SP=a.B|value\n\n#Text=a\n1-1\t0-1\ta\t_\n"),
        (Format::ConllU, "# sent_id = 1\n1\ta\ta\tX\t_\t_\t0\troot\t_\tNE=O\n\n"),
        (Format::ConllU, "# global.columns = ID FORM NER\n1\ta\tO\n"),
        // These are none of them.
        (
            Format::JsonLines,
            "{\"id\":\"1\",\"passages\":[{\"kind\":\"\",\"offset\":0,\"text\":\"a\"}],\"mentions\":[]}\n",
        ),
        (
            Format::BiocJson,
            "{\"documents\":[{\"id\":\"1\",\"passages\":[{\"offset\":0,\"text\":\"a\",\"annotations\":[]}]}]}",
        ),
        (Format::Conll, "# a comment\na\tO\nb\tB-X\n"),
        (Format::Conll, "{\"text\"\tO\n\"spans\"\tO\n"),
    ] {
        let names = if expected == Format::Conll { &["a.txt", "-"][..] } else { &["a.jsonl", "a.json", "a.txt", "-"] };
        for name in names {
            assert_eq!(Format::detect(Path::new(name), text.as_bytes()), Some(expected), "{name}: {text}");
        }
    }
}

#[test]
fn folders_and_their_files_are_told() {
    let check = |expected: Format, files: &[(&str, &[u8])], named: &[&str]| {
        let folder = folder(files);
        for name in named {
            let path = folder.path().join(name);
            let start = fs::read(&path).unwrap_or_default();
            assert_eq!(Format::detect(&path, &start), Some(expected), "{name}");
        }
    };
    let files: &[(&str, &[u8])] = &[("r1.txt", b"gout ."), ("r1.con", b"c=\"gout\" 1:0 1:0||t=\"problem\"\n")];
    check(Format::I2b2, files, &["", "r1.txt", "r1.con"]);
    let files: &[(&str, &[u8])] =
        &[("txt/r1.txt", b"gout ."), ("concept/r1.con", b"c=\"gout\" 1:0 1:0||t=\"problem\"\n")];
    check(Format::I2b2, files, &["", "concept/r1.con", "txt/r1.txt"]);
    let files: &[(&str, &[u8])] = &[
        ("drugprot_development_abstracs.tsv", b"1\tGout\tx\n"),
        ("drugprot_development_entities.tsv", b"1\tT1\tX\t0\t4\tGout\n"),
        ("drugprot_development_relations.tsv", b""),
    ];
    check(Format::DrugProt, files, &["", "drugprot_development_abstracs.tsv", "drugprot_development_entities.tsv"]);
    let files: &[(&str, &[u8])] = &[("a.tsv", b"#FORMAT=WebAnno TSV 3.2\n\n#Text=a\n1-1\t0-1\ta\n")];
    check(Format::WebAnnoTsv, files, &["", "a.tsv"]);
    let files: &[(&str, &[u8])] = &[("a.txt", b"gout"), ("a.ann", b"T1\tX 0 4\tgout\n"), ("README.md", b"x")];
    check(Format::Brat, files, &["", "a.txt", "a.ann"]);
}
