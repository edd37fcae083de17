//! The formats of annotation tools: what is read, what is left out under which name, and what offsets count.

use expect_test::{Expect, expect};
use welt_data::formats::Format;

use super::{read, shown};

fn check(format: Format, text: &str, expected: &Expect) {
    expected.assert_eq(&shown(read(format, text.as_bytes())));
}

#[test]
fn prodigy_spans_become_mentions() {
    let text = r#"
{"text":"\ud835\udefd: aspirin for ataxia.","spans":[{"start":3,"end":10,"label":"Drug","token_start":1,"token_end":1},{"start":3,"end":21,"label":"Use","kb_id":"D1","id":"s2","text":"aspirin for ataxia"}],"tokens":[{"text":"x","start":0,"end":1,"id":0}],"meta":{"pmid":7,"source":"PubMed"},"_input_hash":-1,"_task_hash":2,"answer":"accept"}
{"text":"No span.","_view_id":"ner_manual"}
"#;
    check(
        Format::Prodigy,
        text,
        &expect![[r#"
        "7"
          @0 "𝛽: aspirin for ataxia."
           Drug [3..10] "-" (not there)
          s2 Use [3..21] "aspirin for ataxia" :D1
        "c-2"
          @0 "No span."
        skipped 3 unread-bookkeeping (first at c:2:1), 1 unread-document-infon (first at c:2:1), 1 unread-words (first at c:2:1)
    "#]],
    );
}

#[test]
fn what_was_rejected_is_no_text_without_mentions() {
    let text = r#"[{"text":"Gout.","spans":[{"start":0,"end":4,"label":"Drug"}],"answer":"reject"},
{"id":"x","text":"Gout","answer":"ignore"},
{"text":"Ataxia","spans":[{"start":0,"end":6,"label":"Drug","answer":"reject"},{"start":0,"end":6,"label":"Disease","score":0.5}],"answer":"accept","relations":[{"head":0,"child":1,"label":"R"}],"options":[{"id":1}],"accept":[1,2]}]"#;
    check(
        Format::Prodigy,
        text,
        &expect![[r#"
            "c-3"
              @0 "Ataxia"
               Disease [0..6] "-" (not there)
            skipped 1 unread-bookkeeping (first at c:3:1), 2 unread-choice (first at c:3:1), 3 unread-rejected (first at c:1:2), 1 unread-relation (first at c:3:1)
        "#]],
    );
}

#[test]
fn doccano_labels_become_mentions() {
    let text = r#"{"id":1,"text":"Aspirin \ud83e\uddec for ataxia.","label":[[14,20,"Disease"],[0,7,"Drug"]],"Comments":["sure?"],"batch":3}
{"id":2,"data":"Aspirin for ataxia.","entities":[{"id":9,"label":"Disease","start_offset":12,"end_offset":18}],"relations":[{"id":4,"from_id":9,"to_id":9,"type":"R"}]}
{"doc_id":3,"text":"Gout","labels":["Positive"],"username":"admin","metadata":{}}
{"text":"Gout","annotations":[{"label":4,"start_offset":0,"end_offset":4,"user":1},{"label":5,"user":1}]}
"#;
    check(
        Format::Doccano,
        text,
        &expect![[r#"
        "1"
          @0 "Aspirin 🧬 for ataxia."
           Disease [14..20] "-" (not there)
           Drug [0..7] "-" (not there)
        "2"
          @0 "Aspirin for ataxia."
          9 Disease [12..18] "-" (not there)
        "3"
          @0 "Gout"
        "c-4"
          @0 "Gout"
           4 [0..4] "-" (not there)
        skipped 3 unread-bookkeeping (first at c:3:1), 2 unread-choice (first at c:3:1), 1 unread-document-infon (first at c:1:1), 1 unread-note (first at c:1:1), 1 unread-relation (first at c:2:1)
    "#]],
    );
}

#[test]
fn pubannotation_has_parts_blocks_and_attributes() {
    let text = r#"{"target":"http://x/1","sourcedb":"PubMed","sourceid":1,"text":"Ataxia.\nLeft and right ataxia.","project":"p",
"denotations":[{"id":"T1","span":{"begin":0,"end":6},"obj":"Disease"},{"id":"T2","span":[{"begin":8,"end":12},{"begin":23,"end":29}],"obj":"Disease"},
{"id":"T3","span":{"begin":23,"end":29},"obj":"Disease"},{"id":"T4","span":{"begin":8,"end":12},"obj":"_FRAGMENT"},{"id":"T5","span":{"begin":13,"end":16},"obj":"_FRAGMENT"}],
"relations":[{"id":"R1","pred":"_lexicallyChainedTo","subj":"T3","obj":"T4"},{"pred":"_lexicallyChainedTo","subj":"T4","obj":"T5"},{"pred":"of","subj":"T1","obj":"T2"}],
"attributes":[{"id":"A1","pred":"identifier","subj":"T1","obj":"D001259"},{"pred":"negated","subj":"T1","obj":true}],"modifications":[{"id":"M1","pred":"Negation","obj":"T1"}],
"blocks":[{"id":"B2","span":{"begin":8,"end":30},"obj":"abstract"},{"id":"B1","span":{"begin":0,"end":7},"obj":"title"},{"span":{"begin":0,"end":7},"obj":"sentence"}]}"#;
    check(
        Format::PubAnnotation,
        text,
        &expect![[r#"
        "1"
          title@0 "Ataxia."
          abstract@8 "Left and right ataxia."
          T1 Disease [0..6] "-" (not there) :D001259
          T2 Disease [8..12, 23..29] "-" (not there)
          T3 Disease [8..12, 13..16, 23..29] "-" (not there)
        skipped 2 unread-attribute (first at c:1:1), 3 unread-collection-infon (first at c:1:1), 1 unread-relation (first at c:1:1), 1 unread-sentence (first at c:1:1)
    "#]],
    );
    let text = r#"[{"sourceid":"PMC1","divid":0,"text":"𝛽 gout","tracks":[{"project":"a","denotations":[{"begin":2,"end":6,"obj":"A"}]},{"project":"b","denotations":[{"span":{"begin":0,"end":6},"obj":"B"}]}]},
{"text":"No block for all","denotations":[],"blocks":[{"span":{"begin":0,"end":2},"obj":"title"}]}]"#;
    check(
        Format::PubAnnotation,
        text,
        &expect![[r#"
        "PMC1-0"
          @0 "𝛽 gout"
           A [2..6] "-" (not there)
           B [0..6] "-" (not there)
        "c-2"
          @0 "No block for all"
        skipped 2 unread-collection-infon (first at c:1:2), 1 unread-passage-infon (first at c:2:1)
    "#]],
    );
}

#[test]
fn label_studio_counts_units_of_utf16() {
    let task = |start: usize, end: usize, stated: &str| {
        format!(
            r#"[{{"id":1,"data":{{"text":"𝛽-ataxia.\r\nGout"}},"annotations":[{{"result":[{{"id":"r","value":{{"start":{start},"end":{end},"text":"{stated}","labels":["Disease"]}},"from_name":"label","to_name":"text","type":"labels"}}]}}]}}]"#
        )
    };
    check(
        Format::LabelStudio,
        &task(3, 9, "ataxia"),
        &expect![[r#"
        "1"
          @0 "𝛽-ataxia.\r\nGout"
          r Disease [2..8] "-" (not there)
        skipped nothing
    "#]],
    );
    // What a program in Python wrote counts characters; a browser shows no carriage return.
    check(
        Format::LabelStudio,
        &task(2, 8, "ataxia"),
        &expect![[r#"
        "1"
          @0 "𝛽-ataxia.\r\nGout"
          r Disease [2..8] "-" (not there)
        skipped nothing
    "#]],
    );
    check(
        Format::LabelStudio,
        &task(11, 15, "gout"),
        &expect![[r#"
        "1"
          @0 "𝛽-ataxia.\r\nGout"
          r Disease [11..15] "-" (not there)
        skipped nothing
    "#]],
    );
    check(
        Format::LabelStudio,
        &task(3, 9, "gout"),
        &expect![[r#"
        "1"
          @0 "𝛽-ataxia.\r\nGout"
          r Disease [2..8] "gout" (not there)
        skipped nothing
    "#]],
    );
}

#[test]
fn label_studio_annotators_choices_and_relations() {
    let text = r#"[{"id":5,"data":{"pmid":"7","text":"Left ataxia"},"project":1,"predictions":[{"result":[]}],"annotations":[
{"id":1,"was_cancelled":true,"result":[]},
{"id":2,"completed_by":3,"result":[{"value":{"start":5,"end":11,"labels":["Wrong"]},"type":"labels"}]},
{"id":3,"ground_truth":true,"result":[
 {"id":"a","value":{"start":5,"end":11,"text":"ataxia","labels":["Disease","Symptom"]},"from_name":"l","to_name":"t","type":"labels"},
 {"id":"b","value":{"start":0,"end":11,"text":"Left ataxia","labels":["Disease"]},"type":"labels"},
 {"id":"a","value":{"start":5,"end":11,"choices":["severe"]},"type":"choices"},
 {"value":{"choices":["case report"]},"type":"choices"},{"value":{"text":["note"]},"type":"textarea"},
 {"type":"relation","from_id":"a","to_id":"b","direction":"right"},
 {"id":"c","value":{"start":"/p[1]/text()[1]","end":"/p[1]/text()[1]","startOffset":1,"endOffset":2,"hypertextlabels":["X"],"text":"e"},"type":"hypertextlabels"}]}]},
{"id":6,"data":{"article":"Skipped","n":1},"annotations":[{"was_cancelled":true}]},
{"id":7,"data":{"article":"Nobody looked","n":1},"annotations":[]}]"#;
    check(
        Format::LabelStudio,
        text,
        &expect![[r#"
        "5"
          @0 "Left ataxia"
          a Disease [5..11] "-" (not there)
          a Symptom [5..11] "-" (not there)
          b Disease [0..11] "-" (not there)
        "7"
          @0 "Nobody looked"
        skipped 5 unread-bookkeeping (first at c:1:2), 3 unread-choice (first at c:1:2), 2 unread-document-infon (first at c:1:2), 1 unread-mention (first at c:1:2), 1 unread-missing-annotations (first at c:12:1), 1 unread-other-annotator (first at c:1:2), 1 unread-proposal (first at c:1:2), 2 unread-rejected (first at c:1:2), 1 unread-relation (first at c:1:2)
    "#]],
    );
    let text = r#"[{"id":1,"text":"Gout","label":[{"start":0,"end":4,"text":"Gout","labels":["Disease"]}],"annotator":1,"annotation_id":2,"created_at":"x","updated_at":"y","lead_time":1.5,"note":"n"}]"#;
    check(
        Format::LabelStudio,
        text,
        &expect![[r#"
        "1"
          @0 "Gout"
           Disease [0..4] "-" (not there)
        skipped 5 unread-bookkeeping (first at c:1:2), 1 unread-document-infon (first at c:1:2)
    "#]],
    );
}

const MISTAKES: [(Format, &str); 21] = [
    (Format::Prodigy, "{\"text\":\"a\"}\n{\"image\":\"a.png\"}"),
    (Format::Prodigy, "{\"text\":\"a\",\"spans\":[{\"start\":1,\"end\":0}]}"),
    (Format::Prodigy, "{\"text\":\"a\",\"spans\":[{\"start\":-1,\"end\":0}]}"),
    (Format::Prodigy, "{\"text\":\"a\",\"spans\":[{\"end\":0}]}"),
    (Format::Prodigy, "{\"text\":null}"),
    (Format::Prodigy, "\n {\"text\":\"a\",}"),
    (Format::Prodigy, "{\"text\":\"\\ud835\"}"),
    (Format::Prodigy, "[{\"text\":\"a\"},]"),
    (Format::Prodigy, "[{\"text\":\"a\"} {}"),
    (Format::Prodigy, "[{\"text\":\"a\"}"),
    (Format::Prodigy, "[] []"),
    (Format::Prodigy, "[]"),
    (Format::Prodigy, "{\"text\":\"a\0b\"}"),
    (Format::Doccano, "{\"text\":\"a\",\"label\":[[0,1]]}"),
    (Format::Doccano, "{\"label\":[]}"),
    (Format::Doccano, "[1,2]"),
    (Format::PubAnnotation, "{\"text\":\"a\",\"denotations\":[{\"span\":{\"begin\":0},\"obj\":\"A\"}]}"),
    (Format::PubAnnotation, "{\"denotations\":[]}"),
    (Format::PubAnnotation, "{\"text\":\"a\",\"denotations\":[{\"span\":{\"start\":0,\"end\":1}}]}"),
    (Format::LabelStudio, "[{\"id\":1,\"data\":{},\"annotations\":[]}]"),
    (
        Format::LabelStudio,
        "[{\"id\":1,\"data\":{\"text\":\"a\"},\"annotations\":[{\"result\":[{\"value\":{\"start\":0,\"labels\":[\"A\"]}}]}]}]",
    ),
];

#[test]
fn what_cannot_be_understood_is_said_with_its_place() {
    let mut errors = String::new();
    for (format, text) in MISTAKES {
        errors += &format!("{format} {text:?}\n    {}", shown(read(format, text.as_bytes())));
    }
    expect![[r#"
        prodigy "{\"text\":\"a\"}\n{\"image\":\"a.png\"}"
            c:2:1: found a task without a text, expected `text` and `spans`; correct the document that begins here
        prodigy "{\"text\":\"a\",\"spans\":[{\"start\":1,\"end\":0}]}"
            c:1:1: found the offsets 1 and 0, expected an end that is not before the start; correct the document that begins here
        prodigy "{\"text\":\"a\",\"spans\":[{\"start\":-1,\"end\":0}]}"
            c:1:1: found `-1` for an offset, expected a number of characters from 0; correct the document that begins here
        prodigy "{\"text\":\"a\",\"spans\":[{\"end\":0}]}"
            c:1:1: found an annotation without start or end, expected both of them; correct the document that begins here
        prodigy "{\"text\":null}"
            c:1:1: found null for the text of a task, expected a text; correct the document that begins here
        prodigy "\n {\"text\":\"a\",}"
            c:2:14: trailing comma; expected a JSON object for each document; correct the file or fetch it again
        prodigy "{\"text\":\"\\ud835\"}"
            c:1:16: unexpected end of hex escape; expected a JSON object for each document; correct the file or fetch it again
        prodigy "[{\"text\":\"a\"},]"
            c:1:15: found `]`, expected another value after a comma; correct the file or fetch it again
        prodigy "[{\"text\":\"a\"} {}"
            c:1:15: found `{`, expected `,` or `]` after a value of an array; correct the file or fetch it again
        prodigy "[{\"text\":\"a\"}"
            c:1:14: found the end of the file, expected `,` or `]` after a value of an array; correct the file or fetch it again
        prodigy "[] []"
            c:1:4: found `[`, expected nothing after the array; correct the file or fetch it again
        prodigy "[]"
            c:1:1: found no document, expected at least one as prodigy; is this the right file, and is it complete?
        prodigy "{\"text\":\"a\0b\"}"
            c:1:11: found a NUL byte, expected UTF-8 text: the file is binary or in UTF-16; name another file or convert it with `iconv -f UTF-16 -t UTF-8`
        doccano "{\"text\":\"a\",\"label\":[[0,1]]}"
            c:1:1: found 2 values for a label, expected its start, end and name; correct the document that begins here
        doccano "{\"label\":[]}"
            c:1:1: found an example without a text, expected `text` and `label`; correct the document that begins here
        doccano "[1,2]"
            c:1:2: found a scalar for an example, expected a JSON object; correct the document that begins here
        pubannotation "{\"text\":\"a\",\"denotations\":[{\"span\":{\"begin\":0},\"obj\":\"A\"}]}"
            c:1:1: found an annotation without start or end, expected both of them; correct the document that begins here
        pubannotation "{\"denotations\":[]}"
            c:1:1: found an object without a text, expected `text` and `denotations`; correct the document that begins here
        pubannotation "{\"text\":\"a\",\"denotations\":[{\"span\":{\"start\":0,\"end\":1}}]}"
            c:1:1: found `start` in a span, expected `begin` and `end`; correct the document that begins here
        label-studio "[{\"id\":1,\"data\":{},\"annotations\":[]}]"
            c:1:2: found a task without a text, expected `data` with a `text`; correct the document that begins here
        label-studio "[{\"id\":1,\"data\":{\"text\":\"a\"},\"annotations\":[{\"result\":[{\"value\":{\"start\":0,\"labels\":[\"A\"]}}]}]}]"
            c:1:2: found an annotation without start or end, expected both of them; correct the document that begins here
    "#]].assert_eq(&errors);
}
