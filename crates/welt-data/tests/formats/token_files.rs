//! Formats of words with columns or of several files beside one another: Hugging Face, CoNLL-U, CoNLL-2003, WebAnno, DrugProt and i2b2.

use std::path::Path;

use expect_test::{Expect, expect};
use welt_data::formats::{self, Format, TagNames};

use super::{folder, open, read, shown};

fn check(format: Format, text: &str, expected: &Expect) {
    expected.assert_eq(&shown(read(format, text.as_bytes())));
}

fn check_folder(format: Format, files: &[(&str, &[u8])], named: &str, expected: &Expect) {
    let folder = folder(files);
    let result = open(format, &folder.path().join(named));
    expected.assert_eq(&shown(result).replace(&folder.path().display().to_string(), "c"));
}

#[test]
fn hugging_face_names_tags() {
    let text = r#"{"id":"0","tokens":["No","ataxia",".",""],"ner_tags":["O","B-Disease","O","O"],"pos_tags":[1,2,3,4]}
{"id":"1","document_id":"d","words":["𝛽","gout"],"tags":["I-Disease","I-Disease"]}
{"id":"2","document_id":"d","words":["flu"],"tags":["B-Disease"]}
{"document_id":"e","tokens":[],"ner_tags":[]}
"#;
    check(
        Format::HuggingFace,
        text,
        &expect![[r#"
        "0"
          @0 "No ataxia ."
           Disease [3..9] "-" (not there)
          words [[0..2, 3..9, 10..11]]
        "d"
          @0 "𝛽 gout flu"
           Disease [0..6] "-" (not there)
           Disease [7..10] "-" (not there)
          words [[0..1, 2..6], [7..10]]
        "e"
          @0 ""
          words [[]]
        skipped 1 unread-column (first at c:1:1), 1 unread-words (first at c:1:1)
    "#]],
    );
}

#[test]
fn hugging_face_numbers_need_names() {
    let text = "{\"id\":\"0\",\"tokens\":[\"No\",\"ataxia\",\".\"],\"ner_tags\":[0,1,0]}\n{\"tokens\":[\"x\"],\"ner_tags\":[3]}";
    check(
        Format::HuggingFace,
        text,
        &expect![[r#"
        c:1:1: found the tag number 0, expected the name of a tag, or names for the numbers; give the names in the order of their numbers (O, B-Disease, ...), or put the `dataset_info.json` of the data set beside the file
    "#]],
    );
    let names = TagNames::parse("O,B-Disease,I-Disease").unwrap();
    let mut documents = formats::hugging_face_documents(Path::new("c"), text.as_bytes(), Some(names)).unwrap();
    let first = documents.next().unwrap().unwrap();
    assert_eq!(first.text_at(&first.mentions[0]).as_deref(), Some("ataxia"));
    let error = documents.next().unwrap().unwrap_err().to_string();
    expect!["c:2:1: found the tag number 3 where 3 tags have names, expected a number of one of them, from 0; correct the document that begins here"].assert_eq(&error);
    let info =
        br#"{"features": {"ner_tags": {"feature": {"names": ["O", "B-X", "I-X", "B-Y"], "_type": "ClassLabel"}}}}"#;
    check_folder(
        Format::HuggingFace,
        &[("train.jsonl", text.as_bytes()), ("dataset_info.json", info)],
        "train.jsonl",
        &expect![[r#"
            "0"
              @0 "No ataxia ."
               X [3..9] "-" (not there)
              words [[0..2, 3..9, 10..11]]
            "train-2"
              @0 "x"
               Y [0..1] "-" (not there)
              words [[0..1]]
            skipped nothing
        "#]],
    );
    // The data set viewer gives out the names with the rows.
    let rows = r#"{"features":[{"feature_idx":0,"name":"id","type":{"dtype":"string"}},{"name":"ner_tags","type":{"feature":{"names":["O","B-X"]}}}],
"rows":[{"row_idx":0,"row":{"id":"a","tokens":["gout"],"ner_tags":[1]},"truncated_cells":[]},{"row_idx":1,"row":{"id":"b","tokens":["no"],"ner_tags":[0]}}]}"#;
    check(
        Format::HuggingFace,
        rows,
        &expect![[r#"
        "a"
          @0 "gout"
           X [0..4] "-" (not there)
          words [[0..4]]
        "b"
          @0 "no"
          words [[0..2]]
        skipped nothing
    "#]],
    );
}

#[test]
fn conll_u_has_surface_forms() {
    let text = "\
# newdoc id = a
# sent_id = 1
# text = Au cas d'ataxie.
1-2\tAu\t_\t_\t_\t_\t_\t_\t_\t_
1\tà\tà\tADP\t_\t_\t0\troot\t_\tNE=O
2\tle\tle\tDET\t_\t_\t1\tdet\t_\tNE=O
3\tcas\tcas\tNOUN\t_\t_\t1\tx\t_\tNE=O
4\td'\tde\tADP\t_\t_\t3\tx\t_\tNE=B-Disease|SpaceAfter=No
5\tataxie\tataxie\tNOUN\t_\t_\t3\tx\t_\tSpaceAfter=No|NE=I-Disease
5.1\tghost\t_\t_\t_\t_\t_\t_\t_\t_
6\t.\t.\tPUNCT\t_\t_\t3\tx\t_\tNE=O|Entity=(e1-x)

# text = other
1\t𝛽\t_\t_\t_\t_\t_\t_\t_\tname=B-Gene
# newdoc
1\tgout\t_\t_\t_\t_\t_\t_\t_\t_
";
    check(
        Format::ConllU,
        text,
        &expect![[r#"
        "a"
          @0 "Au cas d'ataxie. 𝛽"
           Disease [7..15] "-" (not there)
           Gene [17..18] "-" (not there)
          words [[0..2, 3..6, 7..9, 9..15, 15..16], [17..18]]
        "c-2"
          @0 "gout"
          words [[0..4]]
        skipped 4 unread-column (first at c:5:1), 1 unread-mention (first at c:11:1), 1 unread-sentence-text (first at c:13:1)
    "#]],
    );
    let plus = "# global.columns = ID FORM UPOS NER\n1\tNo\tDET\tO\n2\tataxia\tNOUN\tB-Disease\n\n";
    check(
        Format::ConllU,
        plus,
        &expect![[r#"
        "c"
          @0 "No ataxia"
           Disease [3..9] "-" (not there)
          words [[0..2, 3..9]]
        skipped 1 unread-column (first at c:2:1)
    "#]],
    );
}

#[test]
fn the_columns_of_conll_2003() {
    let text = "-DOCSTART- -X- -X- O\n\nNo DT B-NP O\nataxia NN I-NP B-Disease\n. . O O\n\n-DOCSTART- -X- -X- O\n\nGout NN I-NP I-Disease\n";
    check(
        Format::Conll,
        text,
        &expect![[r#"
        "c-1"
          @0 "No ataxia ."
           Disease [3..9] "-" (not there)
          words [[0..2, 3..9, 10..11]]
        "c-2"
          @0 "Gout"
           Disease [0..4] "-" (not there)
          words [[0..4]]
        skipped 2 unread-column (first at c:3:1)
    "#]],
    );
}

const WEBANNO: &str = "\
#FORMAT=WebAnno TSV 3.3
#T_SP=de.tudarmstadt.ukp.dkpro.core.api.ner.type.NamedEntity|identifier|value
#T_SP=webanno.custom.Sign|severe|ROLE_webanno.custom.Sign:of_link|uima.tcas.Annotation
#T_SP=de.tudarmstadt.ukp.dkpro.core.api.lexmorph.type.pos.POS|PosValue
#T_RL=de.tudarmstadt.ukp.dkpro.core.api.syntax.type.dependency.Dependency|DependencyType|BT_x
#T_CH=de.tudarmstadt.ukp.dkpro.core.api.coref.type.CoreferenceLink|referenceRelation|referenceType


#Text=𝛽-ataxia, gout
#Sentence.id=1
1-1\t0-9\t𝛽-ataxia\thttp://x/D1[1]|*\tDisease[1]|Gene\\|Protein\t_\t_\t_\tNN\tamod\t1-3\t_\t_\t
1-1.1\t3-9\tataxia\t_\t_\tyes[4]|no[5]\t*[4]|_\t2-1[3]|_\t_\t_\t_\t_\t_\t
1-2\t9-10\t,\thttp://x/D1[1]\tDisease[1]\t_\t_\t_\t_\t_\t_\t_\t_\t
1-3\t11-15\tgout\thttp://x/D1[1]|*[6]\tDisease[1]|*[6]\tno[5]\t_\t_\t_\t_\t_\t->1-1\tx\t

#Text=No cure.
2-1\t17-19\tNo\t_\t_\t_\t_\t_\t_\t_\t_\t_\t_\t
2-2\t20-24\tcure\t_\t_\t*\t_\t_\t_\t_\t_\t_\t_\t
2-3\t24-25\t.\t_\t_\t_\t_\t_\t_\t_\t_\t_\t_\t
";

#[test]
fn webanno_stacks_annotations() {
    check(
        Format::WebAnnoTsv,
        WEBANNO,
        &expect![[r#"
        "c"
          @0 "𝛽-ataxia, gout  No cure."
           Disease [0..14] "-" (not there) :http://x/D1
           Gene|Protein [0..8] "-" (not there)
           yes [2..8] "-" (not there)
           no [2..14] "-" (not there)
           NamedEntity [10..14] "-" (not there)
           Sign [19..23] "-" (not there)
          words [[0..8, 8..9, 10..14], [16..18, 19..23, 23..24]]
        skipped 1 unread-bookkeeping (first at c:10:1), 1 unread-column (first at c:4:1), 3 unread-relation (first at c:11:1)
    "#]],
    );
    // A program in Python counts characters.
    let characters =
        "#FORMAT=WebAnno TSV 3.2\n#T_SP=custom.Span|label\n\n#Text=𝛽 gout\n1-1\t0-1\t𝛽\t_\n1-2\t2-6\tgout\tDisease\n";
    check(
        Format::WebAnnoTsv,
        characters,
        &expect![[r#"
        "c"
          @0 "𝛽 gout"
           Disease [2..6] "-" (not there)
          words [[0..1, 2..6]]
        skipped nothing
    "#]],
    );
    let lines = "#FORMAT=WebAnno TSV 3.3\n#T_SP=custom.Span|label\n\n#Text=a\\\\b\n#Text=gout\\tx\n1-1\t0-3\ta\\\\b\t_\n1-2\t4-8\tgout\tD\n1-3\t9-10\tx\tD\n";
    check(
        Format::WebAnnoTsv,
        lines,
        &expect![[r#"
        "c"
          @0 "a\\b\ngout\tx"
           D [4..8] "-" (not there)
           D [9..10] "-" (not there)
          words [[0..3, 4..8, 9..10]]
        skipped nothing
    "#]],
    );
    let files: &[(&str, &[u8])] = &[("b.tsv", WEBANNO.as_bytes()), ("a.tsv", characters.as_bytes()), ("s/c.tsv", b"x")];
    check_folder(
        Format::WebAnnoTsv,
        files,
        "",
        &expect![[r#"
            "a"
              @0 "𝛽 gout"
               Disease [2..6] "-" (not there)
              words [[0..1, 2..6]]
            "b"
              @0 "𝛽-ataxia, gout  No cure."
               Disease [0..14] "-" (not there) :http://x/D1
               Gene|Protein [0..8] "-" (not there)
               yes [2..8] "-" (not there)
               no [2..14] "-" (not there)
               NamedEntity [10..14] "-" (not there)
               Sign [19..23] "-" (not there)
              words [[0..8, 8..9, 10..14], [16..18, 19..23, 23..24]]
            skipped 1 unread-bookkeeping (first at c/b.tsv:10:1), 1 unread-column (first at c/b.tsv:4:1), 1 unread-file (first at c/s/c.tsv:1:1), 3 unread-relation (first at c/b.tsv:11:1)
        "#]],
    );
}

const DRUGPROT: [(&str, &str); 7] = [
    ("drugprot_training_abstracs.tsv", "7\tβ-blockers\tOf p53.\n8\tNo\tname\n"),
    ("drugprot_training_entities.tsv", "7\tT2\tGENE-Y\t14\t17\tp53\n7\tT1\tCHEMICAL\t0\t10\tβ-blockers\n"),
    ("drugprot_training_relations.tsv", "7\tINHIBITOR\tArg1:T1\tArg2:T2\n"),
    ("chemprot_test_abstracts_gs.tsv", "9\tAspirin\t\n"),
    ("chemprot_test_entities_gs.tsv", "9\tT1\tCHEMICAL\t0\t7\tAspirin\n"),
    ("chemprot_test_gold_standard_gs.tsv", "9\tCPR:4\tArg1:T1\tArg2:T1\n"),
    ("README.tsv", "x\n"),
];

fn drugprot() -> Vec<(&'static str, &'static [u8])> {
    DRUGPROT.iter().map(|(name, text)| (*name, text.as_bytes())).collect()
}

#[test]
fn drugprot_offsets_go_over_title_and_abstract() {
    let files = &drugprot();
    check_folder(
        Format::DrugProt,
        files,
        "",
        &expect![[r#"
        "9"
          title@0 "Aspirin"
          abstract@8 ""
          T1 CHEMICAL [0..7] "Aspirin"
        "7"
          title@0 "β-blockers"
          abstract@11 "Of p53."
          T2 GENE-Y [14..17] "p53"
          T1 CHEMICAL [0..10] "β-blockers"
        "8"
          title@0 "No"
          abstract@3 "name"
        skipped 1 unread-file (first at c/README.tsv:1:1), 1 unread-other-annotations (first at c/chemprot_test_gold_standard_gs.tsv:1:1), 1 unread-relation (first at c/drugprot_training_relations.tsv:1:1)
    "#]],
    );
    check_folder(
        Format::DrugProt,
        files,
        "drugprot_training_entities.tsv",
        &expect![[r#"
        "7"
          title@0 "β-blockers"
          abstract@11 "Of p53."
          T2 GENE-Y [14..17] "p53"
          T1 CHEMICAL [0..10] "β-blockers"
        "8"
          title@0 "No"
          abstract@3 "name"
        skipped 1 unread-relation (first at c/drugprot_training_relations.tsv:1:1)
    "#]],
    );
}

#[test]
fn rows_of_drugprot_without_a_document_are_told() {
    let files = drugprot();
    let wrong = [files[0], ("drugprot_training_entities.tsv", b"9\tT1\tCHEMICAL\t0\t7\tx\n".as_slice())];
    check_folder(
        Format::DrugProt,
        &wrong,
        "",
        &expect![[r#"
            "7"
              title@0 "β-blockers"
              abstract@11 "Of p53."
            "8"
              title@0 "No"
              abstract@3 "name"
            skipped 1 unread-line (first at c/drugprot_training_entities.tsv:1:1)
        "#]],
    );
    drugprot_without_entities(&files);
}

fn drugprot_without_entities(files: &[(&str, &[u8])]) {
    check_folder(
        Format::DrugProt,
        &files[..1],
        "",
        &expect![[r#"
        c/: holds no file of abstracts `*abstracts*.tsv` with `*entities*.tsv` beside it, expected a corpus of drugprot with it; name another folder or file
    "#]],
    );
}

#[test]
fn i2b2_counts_lines_and_words() {
    let text = "Patient has  𝛽 Ataxia\nof left\tand right side .\n\n".as_bytes();
    let concepts = b"c=\"ataxia of left\" 1:3 2:1||t=\"problem\"\nc=\"left side\" 2:1 2:1,2:4 2:4||t=\"place\"\nc=\"other\" 1:0 1:0||t=\"x\"\n\n";
    let files: &[(&str, &[u8])] = &[
        ("r1.txt", text),
        ("r1.con", concepts),
        ("r1.ast", b"c=\"ataxia\" 1:3 1:3||t=\"problem\"||a=\"present\"\n"),
        ("r1.rel", b"c=\"a\" 1:3 1:3||r=\"PIP\"||c=\"b\" 1:0 1:0\n"),
        ("r2.txt", b"No concept"),
    ];
    check_folder(
        Format::I2b2,
        files,
        "",
        &expect![[r#"
        "r1"
          @0 "Patient has  𝛽 Ataxia\nof left\tand right side .\n\n"
           problem [15..29] "-" (not there)
           place [25..29, 40..44] "-" (not there)
           x [0..7] "other" (not there)
          words [[0..7, 8..11, 13..14, 15..21], [22..24, 25..29, 30..33, 34..39, 40..44, 45..46]]
        "r2"
          @0 "No concept"
          words [[0..2, 3..10]]
        skipped 1 unread-attribute (first at c/r1.ast:1:1), 1 unread-missing-annotations (first at c/r2.txt:1:1), 1 unread-relation (first at c/r1.rel:1:1)
    "#]],
    );
    let parted: &[(&str, &[u8])] =
        &[("txt/7.txt", b"gout"), ("concept/7.txt.con", b"c=\"gout\" 1:0 1:0||t=\"problem\"")];
    for named in ["", "concept/7.txt.con", "txt/7.txt"] {
        let folder = folder(parted);
        let documents = open(Format::I2b2, &folder.path().join(named)).unwrap().0;
        let mention = &documents[0].mentions[0];
        assert_eq!((documents.len(), documents[0].text_at(mention).as_deref()), (1, Some("gout")), "{named}");
    }
}

const MISTAKES: [(Format, &str); 15] = [
    (Format::HuggingFace, "{\"tokens\":[\"a\"],\"ner_tags\":[]}"),
    (Format::HuggingFace, "{\"tokens\":[\"a\"]}"),
    (Format::HuggingFace, "{\"tokens\":[\"a\"],\"ner_tags\":[\"Disease\"]}"),
    (Format::HuggingFace, "{\"tokens\":[null],\"ner_tags\":[\"O\"]}"),
    (Format::HuggingFace, "{\"rows\":[]}"),
    (Format::ConllU, "1\ta\n"),
    (Format::ConllU, "x\ta\t_\t_\t_\t_\t_\t_\t_\t_\n"),
    (Format::ConllU, "1\t\t_\t_\t_\t_\t_\t_\t_\t_\n"),
    (Format::ConllU, "1\ta\t_\t_\t_\t_\t_\t_\t_\tNE=Disease\n"),
    (Format::ConllU, "# text = a\n"),
    (Format::WebAnnoTsv, "1-1\t0-1\ta\n"),
    (Format::WebAnnoTsv, "#FORMAT=WebAnno TSV 3.3\n\n#Text=a\n1-1\t0-1\n"),
    (Format::WebAnnoTsv, "#FORMAT=WebAnno TSV 3.3\n\n#Text=a\n1-1\t1-0\ta\n"),
    (Format::WebAnnoTsv, "#FORMAT=WebAnno TSV 3.3\n\n#Text=ab\n1-1\t0-2\tab\n\n#Text=c\n2-1\t1-2\tc\n"),
    (Format::WebAnnoTsv, "#FORMAT=WebAnno TSV 3.3\n\n#Text=a\n1-1\t99999999999-99999999999\ta\n"),
];

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let mut errors = String::new();
    for (format, text) in MISTAKES {
        errors += &format!("{format} {text:?}\n    {}", shown(read(format, text.as_bytes())));
    }
    for concept in [
        "c=\"x\" 1:0||t=\"p\"",
        "c=\"x\" 1:0 1:9||t=\"p\"",
        "c=\"x\" 0:0 0:0||t=\"p\"",
        "c=\"x\" 1:1 1:0||t=\"p\"",
        "x",
    ] {
        let folder = folder(&[("a.txt", b"x y"), ("a.con", concept.as_bytes())]);
        let shown = shown(open(Format::I2b2, folder.path())).replace(&folder.path().display().to_string(), "c");
        errors += &format!("i2b2 {concept:?}\n    {shown}");
    }
    expect![[r##"
        hugging-face "{\"tokens\":[\"a\"],\"ner_tags\":[]}"
            c:1:1: found 1 words and 0 tags, expected as many tags as words; correct the document that begins here
        hugging-face "{\"tokens\":[\"a\"]}"
            c:1:1: found a row without words or without tags, expected `tokens` and `ner_tags`; correct the document that begins here
        hugging-face "{\"tokens\":[\"a\"],\"ner_tags\":[\"Disease\"]}"
            c:1:1: found `Disease`, expected a tag such as O, B-Disease or I-Disease; correct the document that begins here
        hugging-face "{\"tokens\":[null],\"ner_tags\":[\"O\"]}"
            c:1:1: found null for a word, expected a text; correct the document that begins here
        hugging-face "{\"rows\":[]}"
            c:1:1: found no document, expected at least one as hugging-face; is this the right file, and is it complete?
        conll-u "1\ta\n"
            c:1:1: found `1\ta`, expected a word with as many columns as the head names, 10 where it names none, separated by TAB; correct the line
        conll-u "x\ta\t_\t_\t_\t_\t_\t_\t_\t_\n"
            c:1:1: found `x`, expected the number of a word, as in 1, 1-2 or 1.1; correct the line
        conll-u "1\t\t_\t_\t_\t_\t_\t_\t_\t_\n"
            c:1:1: found `1\t\t_\t_\t_\t_\t_\t_\t_\t_`, expected a form in the column FORM; correct the line
        conll-u "1\ta\t_\t_\t_\t_\t_\t_\t_\tNE=Disease\n"
            c:1:1: found `Disease`, expected a tag such as O or B-Disease; correct the line
        conll-u "# text = a\n"
            c:1:1: found no document, expected at least one as conll-u; is this the right file, and is it complete?
        webanno-tsv "1-1\t0-1\ta\n"
            c:1:1: found `1-1\t0-1\ta`, expected `#FORMAT=WebAnno TSV 3` and its version on the first line; correct the line
        webanno-tsv "#FORMAT=WebAnno TSV 3.3\n\n#Text=a\n1-1\t0-1\n"
            c:4:1: found `1-1\t0-1`, expected a token as in `1-2<TAB>7-13<TAB>ataxia`, with a column for each feature; correct the line
        webanno-tsv "#FORMAT=WebAnno TSV 3.3\n\n#Text=a\n1-1\t1-0\ta\n"
            c:4:1: found `1 0`, expected an end that is not before the start; correct the line
        webanno-tsv "#FORMAT=WebAnno TSV 3.3\n\n#Text=ab\n1-1\t0-2\tab\n\n#Text=c\n2-1\t1-2\tc\n"
            c:7:1: found a token at offset 1 after a text that ends at 2, expected sentences and tokens in the order of their offsets, not far apart; correct the offsets
        webanno-tsv "#FORMAT=WebAnno TSV 3.3\n\n#Text=a\n1-1\t99999999999-99999999999\ta\n"
            c:4:1: found a token at offset 99999999999 after a text that ends at 0, expected sentences and tokens in the order of their offsets, not far apart; correct the offsets
        i2b2 "c=\"x\" 1:0||t=\"p\""
            c/a.con:1:1: found `c=\"x\" 1:0||t=\"p\"`, expected a concept such as `c="chest pain" 3:4 3:5||t="problem"`; correct the line
        i2b2 "c=\"x\" 1:0 1:9||t=\"p\""
            c/a.con:1:1: found `1:9`, expected the line of a word from 1 and its number there from 0, as in the text; correct the line
        i2b2 "c=\"x\" 0:0 0:0||t=\"p\""
            c/a.con:1:1: found `0:0`, expected the line of a word from 1 and its number there from 0, as in the text; correct the line
        i2b2 "c=\"x\" 1:1 1:0||t=\"p\""
            c/a.con:1:1: found `1:1 1:0`, expected a last word that is not before the first; correct the line
        i2b2 "x"
            c/a.con:1:1: found `x`, expected a concept such as `c="chest pain" 3:4 3:5||t="problem"`; correct the line
    "##]].assert_eq(&errors);
}
