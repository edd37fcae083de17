//! Model directories that cannot be used.

use std::collections::BTreeMap;
use std::fs;

use expect_test::{Expect, expect};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

use crate::folder::{Bench, TRAIN};

type Tensors = BTreeMap<String, (Dtype, Vec<usize>, Vec<u8>)>;

/// Takes tensors out of `model/model.safetensors`, lets `change` loose on them and puts them back.
fn change_tensors(bench: &Bench, change: impl FnOnce(&mut Tensors)) {
    let path = bench.path("model/model.safetensors");
    let bytes = fs::read(&path).unwrap();
    let parsed = SafeTensors::deserialize(&bytes).unwrap();
    let owned =
        |(name, view): (String, TensorView)| (name, (view.dtype(), view.shape().to_vec(), view.data().to_vec()));
    let mut tensors: Tensors = parsed.tensors().into_iter().map(owned).collect();
    change(&mut tensors);
    let views = tensors
        .iter()
        .map(|(name, (dtype, shape, data))| (name.clone(), TensorView::new(*dtype, shape.clone(), data).unwrap()));
    fs::write(path, safetensors::serialize(views, None).unwrap()).unwrap();
}

/// What `welt predict` says of a trained model that `spoil` was let loose on.
#[track_caller]
fn check(bench: &Bench, spoil: impl FnOnce(&Bench), expected: &Expect) {
    if bench.path("model").exists() {
        fs::remove_dir_all(bench.path("model")).unwrap();
    }
    bench.copy("run/model", "model");
    spoil(bench);
    let ran = bench.run("predict --model model test.tsv --quiet");
    expected.assert_eq(&format!("{}\n", ran.refused()));
}

const QUERY: &str = "bert.encoder.layer.1.attention.self.query.weight";

#[test]
fn tensors_that_are_not_those_of_the_configuration() {
    let bench = Bench::with_run();
    let spoiled = |change: fn(&mut Tensors)| move |bench: &Bench| change_tensors(bench, change);
    check(
        &bench,
        spoiled(|tensors| drop(tensors.remove(QUERY))),
        &expect![[r#"
        error: model/model.safetensors: the tensors are not those that config.json describes; missing: bert.encoder.layer.1.attention.self.query.weight; put the two files of one model side by side
    "#]],
    );
    let wrong_shape = |tensors: &mut Tensors| {
        tensors.insert(QUERY.to_owned(), (Dtype::F32, vec![64, 32], vec![0; 4 * 64 * 32]));
    };
    check(
        &bench,
        spoiled(wrong_shape),
        &expect![[r#"
        error: model/model.safetensors: the tensors are not those that config.json describes; unusable: bert.encoder.layer.1.attention.self.query.weight has shape [64, 32] instead of [64, 64]; put the two files of one model side by side
    "#]],
    );
    let left_over = |tensors: &mut Tensors| {
        tensors.insert("bert.encoder.layer.2.output.dense.bias".to_owned(), (Dtype::F32, vec![64], vec![0; 4 * 64]));
    };
    check(
        &bench,
        spoiled(left_over),
        &expect![[r#"
        error: model/model.safetensors: the tensors are not those that config.json describes; left over: bert.encoder.layer.2.output.dense.bias; put the two files of one model side by side
    "#]],
    );
    let other_head = |tensors: &mut Tensors| {
        tensors.remove("classifier.bias");
        tensors.insert("classifier.weight".to_owned(), (Dtype::F32, vec![5, 64], vec![0; 4 * 5 * 64]));
    };
    check(
        &bench,
        spoiled(other_head),
        &expect![[r#"
        error: model/model.safetensors: the tensors are not those that config.json describes; missing: classifier.bias; unusable: classifier.weight has shape [5, 64] instead of [3, 64]; put the two files of one model side by side
    "#]],
    );
}

#[test]
fn weights_that_are_not_whole() {
    let bench = Bench::with_run();
    let cut = |length: usize| {
        move |bench: &Bench| {
            let path = bench.path("model/model.safetensors");
            let bytes = fs::read(&path).unwrap();
            fs::write(path, &bytes[..length]).unwrap();
        }
    };
    check(
        &bench,
        cut(0),
        &expect![[r#"
            error: model/model.safetensors: not a complete safetensors file (it has 0 bytes): fetch it again
        "#]],
    );
    check(
        &bench,
        cut(1000),
        &expect![[r#"
            error: model/model.safetensors: not a complete safetensors file (its header has 4232 bytes by its own account, the file 1000): fetch it again
        "#]],
    );
    check(
        &bench,
        cut(300_000),
        &expect![[r#"
            error: model/model.safetensors: not a complete safetensors file (tensor bert.encoder.layer.0.intermediate.dense.bias does not lie in its 300000 bytes): fetch it again
        "#]],
    );
    let text = |bench: &Bench| bench.write("model/model.safetensors", "version https://git-lfs.github.com/spec/v1\n");
    check(
        &bench,
        text,
        &expect![[r#"
            error: model/model.safetensors: not a complete safetensors file (it is a pointer of Git LFS): fetch it again
        "#]],
    );
    let none = |bench: &Bench| fs::remove_file(bench.path("model/model.safetensors")).unwrap();
    check(
        &bench,
        none,
        &expect![[r#"
            error: model: there are no weights here, only README.md, config.json, special_tokens_map.json, tokenizer.json, tokenizer_config.json, vocab.txt: expected model.safetensors or pytorch_model.bin, whole or in parts with an index; copy them from where the model came from
        "#]],
    );
}

/// An encoder of the other architecture, with narrower embeddings, goes the whole way, and its directory says so.
#[test]
fn electra_is_trained_and_used() {
    let bench = Bench::new();
    let config = bench.read("encoder/config.json");
    let electra = r#""model_type": "electra", "embedding_size": 16"#;
    assert!(config.contains(r#""model_type": "bert""#), "{config}");
    bench.write("encoder/config.json", config.replace(r#""model_type": "bert""#, electra));
    bench.run(&format!("{TRAIN} --output run --quiet")).succeeded();
    let written: serde_json::Value = serde_json::from_str(&bench.read("run/model/config.json")).unwrap();
    assert_eq!(written["model_type"], "electra");
    assert_eq!(written["embedding_size"], 16);
    assert_eq!(written["architectures"], serde_json::json!(["ElectraForTokenClassification"]));
    let expected = bench.run("predict --model run/model test.tsv --quiet").succeeded();
    let columns = |text: &str, column: usize| -> Vec<String> {
        text.lines().map(|line| line.split('\t').nth(column).unwrap_or_default().to_owned()).collect()
    };
    assert_eq!(columns(&bench.read("run/predictions/test.tsv"), 2), columns(&expected, 1));

    // What was trained is an encoder again: its head is skipped, and said to be.
    let again = "train --train train.tsv --model run/model --epochs 1 --batch-size 8 --output again";
    let ran = bench.run(again);
    assert!(ran.err.contains("run/model: not used: classifier.bias, classifier.weight"), "{}", ran.err);
    ran.succeeded();
    let environment = bench.read("again/environment.json");
    assert!(environment.contains("run/model/model.safetensors"), "{environment}");
}

#[test]
fn configurations_that_are_none() {
    let bench = Bench::with_run();
    let texts = ["BERT", "{\"model_type\": \"bert\",\n", "{\"model_type\": \"t5\"}", "{\"model_type\": \"bert\"}"];
    bench.copy("run/model", "model");
    let mut said = String::new();
    for text in texts {
        bench.write("model/config.json", text);
        said += &format!("{}\n", bench.run("predict --model model test.tsv --quiet").refused());
    }
    expect![[r#"
        error: model/config.json:1:1: expected value: expected the config.json of an encoder, with its sizes
        error: model/config.json:2:0: EOF while parsing a value: expected the config.json of an encoder, with its sizes
        error: model/config.json: model_type is `t5`: expected `bert`, `electra`, `roberta`, `xlm-roberta`, `camembert`, `deberta-v2` or `modernbert`, which are read; use another model
        error: model/config.json:1:22: missing field `vocab_size`: expected the config.json of an encoder, with its sizes
    "#]]
    .assert_eq(&said);
}

#[test]
fn configurations_that_do_not_describe_the_model() {
    let bench = Bench::with_run();
    let edits = [
        ("\"id2label\"", "\"names\""),
        ("\"hidden_size\": 64", "\"hidden_size\": 0"),
        ("\"hidden_size\": 64", "\"hidden_size\": 62"),
        ("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 3"),
        ("\"pad_token_id\": 0", "\"pad_token_id\": 545"),
        ("\"layer_norm_eps\": 1e-12", "\"layer_norm_eps\": -1.0"),
        ("\"gelu\"", "\"mish\""),
        ("\"hidden_act\"", "\"position_embedding_type\": \"relative_key\", \"hidden_act\""),
    ];
    bench.copy("run/model", "model");
    let whole = bench.read("model/config.json");
    let mut said = String::new();
    for (from, to) in edits {
        assert!(whole.contains(from), "{from} is not in {whole}");
        bench.write("model/config.json", whole.replace(from, to));
        said += &format!("{}\n", bench.run("predict --model model test.tsv --quiet").refused());
    }
    expect![[r#"
        error: model/config.json: no usable id2label: expected a name for every label from 0 on, as in a fine-tuned tagger
        error: model/config.json: hidden_size is 0: expected a whole number above 0
        error: model/config.json: hidden_size 62 with 4 attention heads: expected a hidden size that its heads divide
        error: model/model.safetensors: the tensors are not those that config.json describes; missing: bert.encoder.layer.2.attention.output.LayerNorm.bias, bert.encoder.layer.2.attention.output.LayerNorm.weight, bert.encoder.layer.2.attention.output.dense.bias, bert.encoder.layer.2.attention.output.dense.weight, bert.encoder.layer.2.attention.self.key.bias, bert.encoder.layer.2.attention.self.key.weight, bert.encoder.layer.2.attention.self.query.bias, bert.encoder.layer.2.attention.self.query.weight and 8 more; put the two files of one model side by side
        error: model/config.json: pad_token_id is 545: expected a sub-word of the vocabulary
        error: model/config.json: layer_norm_eps is -1: expected a finite number above 0
        error: model/config.json:8:22: unknown variant `mish`, expected one of `gelu`, `gelu_fast`, `gelu_new`, `gelu_pytorch_tanh`, `relu`, `silu`, `swish`, `tanh`: expected the config.json of an encoder, with its sizes
        error: model/config.json: position_embedding_type is `relative_key`: expected `absolute`, the only one that is read
    "#]].assert_eq(&said);
}

#[test]
fn a_model_without_its_tokenizer() {
    let no_tokenizer = |bench: &Bench| {
        fs::remove_file(bench.path("model/tokenizer.json")).unwrap();
        fs::remove_file(bench.path("model/vocab.txt")).unwrap();
    };
    check(
        &Bench::with_run(),
        no_tokenizer,
        &expect![[r#"
            error: model: holds no tokenizer: expected tokenizer.json, vocab.txt, vocab.json with merges.txt, spm.model, or sentencepiece.bpe.model; copy it from where the model came from
        "#]],
    );
}

#[test]
fn directories_that_are_no_models() {
    let bench = Bench::with_run();
    let commands = [
        "predict --model missing test.tsv",
        "predict --model test.tsv test.tsv",
        "predict --model run test.tsv",
        "predict --model run/predictions test.tsv",
        "predict --model encoder test.tsv",
        "train --train train.tsv --model encoder --output new",
        "train --train train.tsv --model run --output new",
        "train --train train.tsv --model missing --from-scratch --output new",
    ];
    expect![[r#"
        $ welt predict --model missing test.tsv
        error: missing: there is no such folder: expected the directory of a model, with config.json, a model of the Hub as OWNER/NAME or OWNER/NAME@REVISION, or one of biobert, bluebert, pubmedbert, scibert, bioelectra, biomed-roberta, camembert-bio, deberta-v3, bioclinical-modernbert; check the path
        $ welt predict --model test.tsv test.tsv
        error: test.tsv: is a file: expected the directory of a model, with config.json; check the path
        $ welt predict --model run test.tsv
        error: run: is the directory of a run, and its model is in run/model: name that one
        $ welt predict --model run/predictions test.tsv
        error: run/predictions: there is no config.json here, only dev.scores, dev.tsv, test.scores, test.tsv: expected the directory of a model, with config.json; check the path
        $ welt predict --model encoder test.tsv
        error: encoder/config.json: no usable id2label: expected a name for every label from 0 on, as in a fine-tuned tagger
        $ welt train --train train.tsv --model encoder --output new
        error: encoder: there are no weights here, only config.json, tokenizer_config.json, vocab.txt: expected model.safetensors or pytorch_model.bin, whole or in parts with an index; copy them from where the model came from; --from-scratch draws them anew instead
        $ welt train --train train.tsv --model run --output new
        error: run: is the directory of a run, and its model is in run/model: name that one
        $ welt train --train train.tsv --model missing --from-scratch --output new
        error: missing: there is no such folder: expected the directory of a model, with config.json, a model of the Hub as OWNER/NAME or OWNER/NAME@REVISION, or one of biobert, bluebert, pubmedbert, scibert, bioelectra, biomed-roberta, camembert-bio, deberta-v3, bioclinical-modernbert; check the path
    "#]].assert_eq(&bench.refusals(&commands));
}
