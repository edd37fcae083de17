//! `convert`, `check` and `stats` on the files of annotation tools and data sets: told by their content, read, written and read again.

use crate::folder::Bench;

const FILES: [(&str, &str); 5] = [
    (
        "prodigy.jsonl",
        "{\"text\":\"🧬 for ataxia.\",\"spans\":[{\"start\":6,\"end\":12,\"label\":\"Disease\"}],\"answer\":\"accept\",\"_input_hash\":1}\n",
    ),
    ("doccano.jsonl", "{\"id\":1,\"text\":\"🧬 for ataxia.\",\"label\":[[6,12,\"Disease\"]]}\n"),
    (
        "pubannotation.json",
        "{\"text\":\"🧬 for ataxia.\",\"sourcedb\":\"PubMed\",\"sourceid\":\"1\",\"denotations\":[{\"id\":\"T1\",\"span\":{\"begin\":6,\"end\":12},\"obj\":\"Disease\"}]}",
    ),
    (
        "studio.json",
        "[{\"id\":1,\"data\":{\"text\":\"🧬 for ataxia.\"},\"annotations\":[{\"result\":[{\"value\":{\"start\":7,\"end\":13,\"text\":\"ataxia\",\"labels\":[\"Disease\"]},\"type\":\"labels\"}]}]}]",
    ),
    (
        "rows.jsonl",
        "{\"id\":\"0\",\"tokens\":[\"🧬\",\"for\",\"ataxia\",\".\"],\"ner_tags\":[\"O\",\"O\",\"B-Disease\",\"O\"]}\n",
    ),
];

#[test]
fn their_files_need_no_format_named_and_no_loss_allowed() {
    let bench = Bench::new();
    for (name, text) in FILES {
        bench.write(name, text);
        let tagged =
            bench.run(&format!("convert {name} --to conll --no-document-lines --output - --quiet")).succeeded();
        assert_eq!(tagged, "🧬\tO\nfor\tO\nataxia\tB-Disease\n.\tO\n\n", "{name}");
        let stats = bench.run(&format!("stats {name} --format json")).succeeded();
        assert!(stats.contains("Disease"), "{name}: {stats}");
        bench.run(&format!("check {name} --quiet")).succeeded();
        for to in ["prodigy", "doccano", "pubannotation", "hugging-face"] {
            let file = format!("{name}.{to}");
            bench
                .run(&format!(
                    "convert {name} --to {to} --output {file} --allow unwritten-words,unwritten-annotation-ids --quiet"
                ))
                .succeeded();
            let again = bench
                .run(&format!("convert {file} --from {to} --to conll --no-document-lines --output - --quiet"))
                .succeeded();
            assert_eq!(again, tagged, "{name} as {to}");
        }
    }
}

#[test]
fn tags_that_are_numbers_get_names() {
    let bench = Bench::new();
    bench.write("rows.jsonl", "{\"id\":\"0\",\"tokens\":[\"No\",\"ataxia\"],\"ner_tags\":[0,1]}\n");
    let refused = bench.run("convert rows.jsonl --to conll --output - --quiet");
    assert!(
        refused.refused().contains("found the tag number 0") && refused.refused().ends_with("--tag-names takes them")
    );
    bench.write("names.txt", "O\nB-Disease\nI-Disease\n");
    for names in ["O,B-Disease,I-Disease", "names.txt"] {
        let tagged = bench
            .run(&format!("convert rows.jsonl --tag-names {names} --to conll --no-document-lines --output - --quiet"));
        assert_eq!(tagged.succeeded(), "No\tO\nataxia\tB-Disease\n\n");
        bench.run(&format!("stats rows.jsonl --tag-names {names}")).succeeded();
    }
    let wrong = bench.run("convert rows.jsonl --tag-names O,Disease --to conll --output - --quiet");
    assert_eq!(wrong.code, Some(2));
    assert!(wrong.err.contains("found `Disease`, expected the names of tags"), "{}", wrong.err);
}
