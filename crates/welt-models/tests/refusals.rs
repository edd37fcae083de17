//! Checkpoints that cannot be used: one clear error each, and never a panic, whatever the bytes are.
//!
//! The model is a tiny one of this crate's making; its pickles are written here as `torch.save` writes them.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use burn::tensor::Device;
use expect_test::{Expect, expect};
use safetensors::SafeTensors;
use tempfile::TempDir;
use welt_models::checkpoint::{WeightFormat, from_scratch, load_encoder, load_tagger, save};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const CONFIG: &str = r#"{ "model_type": "electra", "vocab_size": 6, "embedding_size": 2, "hidden_size": 4,
    "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 3, "hidden_dropout_prob": 0.1,
    "attention_probs_dropout_prob": 0.1, "max_position_embeddings": 5, "type_vocab_size": 2 }"#;

/// A directory with a tagger of two labels in it.
struct Bench {
    folder: TempDir,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("config.json"), CONFIG).unwrap();
        let labels = ["B", "O"].map(str::to_owned).to_vec();
        let drawn = from_scratch(folder.path(), labels, 1, &Device::flex()).unwrap();
        save(folder.path(), &drawn, WeightFormat::F32).unwrap();
        Self { folder }
    }

    /// The same, with the weights in a file of `torch.save` that `write` makes of them.
    fn torch(write: impl FnOnce(&Torch) -> Vec<u8>) -> Self {
        let bench = Self::new();
        let file = write(&Torch::of(&bench.path("model.safetensors")));
        fs::remove_file(bench.path("model.safetensors")).unwrap();
        fs::write(bench.path("pytorch_model.bin"), file).unwrap();
        bench
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn edit(&self, name: &str, edit: impl FnOnce(Vec<u8>) -> Vec<u8>) {
        fs::write(self.path(name), edit(fs::read(self.path(name)).unwrap())).unwrap();
    }

    fn replace(&self, from: &str, to: &str) {
        let replace = |bytes: Vec<u8>| {
            let text = String::from_utf8(bytes).unwrap();
            assert!(text.contains(from), "{from} is not in {text}");
            text.replace(from, to).into_bytes()
        };
        self.edit("config.json", replace);
    }

    /// What is said when the tagger is loaded, with DIR for the directory.
    fn said(&self) -> String {
        match load_tagger(self.folder.path(), &Device::flex()) {
            Ok(_) => "it is loaded".to_owned(),
            Err(error) => self.shown(&error.to_string()),
        }
    }

    fn shown(&self, text: &str) -> String {
        text.replace(&self.folder.path().display().to_string(), "DIR")
    }

    #[track_caller]
    fn check(&self, expected: &Expect) {
        expected.assert_eq(&self.said());
    }
}

/// A file with another header of safetensors, which is as long as it needs to be.
fn with_header(bytes: &[u8], edit: impl FnOnce(&str) -> String) -> Vec<u8> {
    let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let header = edit(std::str::from_utf8(&bytes[8..8 + length]).unwrap());
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &bytes[8 + length..]].concat()
}

#[test]
fn tensors_that_share_bytes_or_a_name_are_refused() {
    let bench = Bench::new();
    // A second entry under a name: a reader that keeps the last of them reads what a checker of the first never saw.
    bench.edit("model.safetensors", |bytes| {
        with_header(&bytes, |header| {
            let mut entry = header.trim_end().trim_end_matches('}').to_owned();
            let first = entry.find("\"classifier.bias\"").unwrap();
            let end = entry[first..].find('}').unwrap();
            let doubled = entry[first..=first + end].to_owned();
            entry.push_str(&format!("}},{doubled}}}"));
            entry
        })
    });
    bench.check(&expect![["DIR/model.safetensors: not a complete safetensors file (its header: tensor classifier.bias stands there twice): fetch it again"]]);
    let bench = Bench::new();
    bench.edit("model.safetensors", |bytes| {
        with_header(&bytes, |header| {
            let mut entries: serde_json::Map<String, serde_json::Value> = serde_json::from_str(header).unwrap();
            let offsets = |entries: &serde_json::Map<String, serde_json::Value>, name: &str| {
                entries[name]["data_offsets"].clone()
            };
            let (key, query) = (
                "electra.encoder.layer.0.attention.self.key.bias",
                "electra.encoder.layer.0.attention.self.query.bias",
            );
            let shared = offsets(&entries, query);
            entries[key]["data_offsets"] = shared;
            serde_json::to_string(&entries).unwrap()
        })
    });
    bench.check(&expect!["DIR/model.safetensors: not a complete safetensors file (tensors electra.encoder.layer.0.attention.self.key.bias and electra.encoder.layer.0.attention.self.query.bias share bytes): fetch it again"]);
}

#[test]
fn sizes_that_no_model_has_are_refused_before_memory_is_asked_for() {
    let sizes = ["\"vocab_size\": 6", "\"max_position_embeddings\": 5", "\"type_vocab_size\": 2"];
    let mut said = String::new();
    for size in sizes {
        let bench = Bench::new();
        let name = size.split(':').next().unwrap();
        fs::write(bench.path("config.json"), CONFIG.replace(size, &format!("{name}: 1200000000"))).unwrap();
        let error = from_scratch(bench.folder.path(), vec!["O".to_owned()], 1, &Device::flex()).unwrap_err();
        said += &format!("{}\n", bench.shown(&error.to_string()));
    }
    let bench = Bench::new();
    let labels: Vec<String> = (0..1_000_000).map(|label| format!("B-{label}")).collect();
    for labels in [labels, Vec::new()] {
        let error = load_encoder(bench.folder.path(), labels, 1, &Device::flex()).unwrap_err();
        said += &format!("{}\n", bench.shown(&error.to_string()));
    }
    expect![[r#"
        DIR/config.json: vocab_size is 1200000000: expected at most 1048576 sub-words and positions, and at most 1024 segments
        DIR/config.json: max_position_embeddings is 1200000000: expected at most 1048576 sub-words and positions, and at most 1024 segments
        DIR/config.json: type_vocab_size is 1200000000: expected at most 1048576 sub-words and positions, and at most 1024 segments
        DIR/config.json: there are 1000000 labels: expected at most 10000, since every word has a score for each
        DIR/config.json: there are no labels: expected a label for every class
    "#]].assert_eq(&said);
}

/// Weights as `torch.save` puts them down: a pickle that names storages, and their numbers.
struct Torch {
    tensors: BTreeMap<String, (Vec<usize>, Vec<u8>)>,
}

impl Torch {
    fn of(path: &Path) -> Self {
        let bytes = fs::read(path).unwrap();
        let parsed = SafeTensors::deserialize(&bytes).unwrap();
        let owned =
            parsed.tensors().into_iter().map(|(name, view)| (name, (view.shape().to_vec(), view.data().to_vec())));
        Self { tensors: owned.collect() }
    }

    /// The state dict; `bare` is for the form before version 1.6, whose storages have a sixth entry.
    fn pickle(&self, bare: bool) -> Vec<u8> {
        let mut out = b"\x80\x02ccollections\nOrderedDict\n)Rq\x00(".to_vec();
        for (index, (name, (shape, data))) in self.tensors.iter().enumerate() {
            out.extend(text(name));
            out.extend(b"ctorch._utils\n_rebuild_tensor_v2\n((");
            out.extend(text("storage"));
            out.extend(b"ctorch\nFloatStorage\n");
            out.extend([text(&index.to_string()), text("cpu"), integer(data.len() / 4)].concat());
            out.extend(if bare { b"NtQK\x00(".as_slice() } else { b"tQK\x00(" });
            out.extend(shape.iter().flat_map(|&size| integer(size)));
            out.extend(b"t(");
            let strides = (0..shape.len()).map(|index| shape[index + 1..].iter().product());
            out.extend(strides.flat_map(integer));
            out.extend(b"t\x89ccollections\nOrderedDict\n)RtR");
        }
        // The attribute `_metadata`, as every state dict has it.
        out.extend(b"u}");
        out.extend([text("_metadata"), b"ccollections\nOrderedDict\n)Rsb.".to_vec()].concat());
        out
    }

    fn zip(&self, pickle: &[u8], compression: CompressionMethod) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default().compression_method(compression);
        let mut entry = |name: String, bytes: &[u8]| {
            zip.start_file(name, options).unwrap();
            zip.write_all(bytes).unwrap();
        };
        entry("archive/data.pkl".to_owned(), pickle);
        entry("archive/byteorder".to_owned(), b"little");
        for (index, (_, data)) in self.tensors.values().enumerate() {
            entry(format!("archive/data/{index}"), data);
        }
        zip.finish().unwrap().into_inner()
    }

    fn zipped(&self) -> Vec<u8> {
        self.zip(&self.pickle(false), CompressionMethod::Stored)
    }

    fn bare(&self, pickle: &[u8]) -> Vec<u8> {
        let mut out = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.\x80\x02}q\x00.".to_vec();
        out.extend(pickle);
        out.extend(b"\x80\x02](");
        out.extend((0..self.tensors.len()).flat_map(|index| text(&index.to_string())));
        out.extend(b"e.");
        for (_, data) in self.tensors.values() {
            out.extend((data.len() as u64 / 4).to_le_bytes());
            out.extend(data);
        }
        out
    }
}

fn text(text: &str) -> Vec<u8> {
    [b"X", (text.len() as u32).to_le_bytes().as_slice(), text.as_bytes()].concat()
}

fn integer(number: usize) -> Vec<u8> {
    [b"J", (number as i32).to_le_bytes().as_slice()].concat()
}

/// `pickle.dumps` of an object whose `__reduce__` returns `(os.system, ("echo ran",))`.
const CODE: &[u8] = b"\x80\x02cposix\nsystem\nq\x00X\x08\x00\x00\x00echo ranq\x01\x85q\x02Rq\x03.";

#[test]
fn whole_files_are_loaded() {
    let loaded = expect!["it is loaded"];
    Bench::new().check(&loaded);
    Bench::torch(Torch::zipped).check(&loaded);
    Bench::torch(|torch| torch.bare(&torch.pickle(true))).check(&loaded);
}

/// No cut and no changed byte may do worse than an error.
#[test]
fn nothing_panics() {
    let benches = [Bench::new(), Bench::torch(Torch::zipped), Bench::torch(|torch| torch.bare(&torch.pickle(true)))];
    for bench in benches {
        let name =
            ["model.safetensors", "pytorch_model.bin"].into_iter().find(|name| bench.path(name).exists()).unwrap();
        let whole = fs::read(bench.path(name)).unwrap();
        for length in (0..whole.len()).step_by(17) {
            fs::write(bench.path(name), &whole[..length]).unwrap();
            assert_ne!(bench.said(), "it is loaded", "{name} cut at {length} of {}", whole.len());
        }
        let mut changed = whole.clone();
        for (at, &byte) in whole.iter().enumerate().step_by(7) {
            changed[at] = [byte ^ 0x01, byte ^ 0x80, 0xff][at % 3];
            fs::write(bench.path(name), &changed).unwrap();
            let _ = bench.said();
            changed[at] = byte;
        }
    }
}

#[test]
fn files_that_are_cut_off() {
    let cut = |bytes: Vec<u8>| bytes[..bytes.len() - 10].to_vec();
    let bench = Bench::new();
    bench.edit("model.safetensors", cut);
    bench.check(&expect!["DIR/model.safetensors: not a complete safetensors file (tensor classifier.bias does not lie in its 3250 bytes): fetch it again"]);
    Bench::torch(|torch| cut(torch.zipped())).check(&expect!["DIR/pytorch_model.bin: not a complete zip archive of PyTorch (its list of entries is not there): fetch it again"]);
    Bench::torch(|torch| cut(torch.bare(&torch.pickle(true)))).check(&expect![
        "DIR/pytorch_model.bin: not a complete PyTorch file (it ends before its numbers): fetch it again"
    ]);
    Bench::torch(|torch| torch.zip(&cut(torch.pickle(false)), CompressionMethod::Stored)).check(&expect![
        "DIR/pytorch_model.bin: not a complete pickle (byte 4742: a name that does not end): fetch it again"
    ]);
}

#[test]
fn files_of_another_kind() {
    let pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 440000000\n".to_vec();
    let bench = Bench::new();
    bench.edit("model.safetensors", |_| pointer.clone());
    bench.check(&expect![
        "DIR/model.safetensors: not a complete safetensors file (it is a pointer of Git LFS): fetch it again"
    ]);
    Bench::torch(|_| pointer).check(&expect![
        "DIR/pytorch_model.bin: not a complete PyTorch file (it is a pointer of Git LFS): fetch it again"
    ]);
    Bench::torch(|_| b"\x89HDF\r\n".to_vec()).check(&expect!["DIR/pytorch_model.bin: not a complete PyTorch file (it begins neither as a zip nor as a pickle): fetch it again"]);
    Bench::torch(|_| Vec::new())
        .check(&expect!["DIR/pytorch_model.bin: not a complete PyTorch file (it is empty): fetch it again"]);
    Bench::torch(|_| b"\x80\x02K\x07.".to_vec()).check(&expect!["DIR/pytorch_model.bin: not a complete PyTorch file (its first pickle is not the magic number of torch.save): fetch it again"]);
    let bench = Bench::new();
    bench.edit("model.safetensors", |_| b"PK\x03\x04 and what else a zip has in it".to_vec());
    bench.check(&expect!["DIR/model.safetensors: not a complete safetensors file (its header has 7236828441365138256 bytes by its own account, the file 34): fetch it again"]);
}

#[test]
fn pickles_that_want_to_run_code() {
    Bench::torch(|torch| torch.zip(CODE, CompressionMethod::Stored)).check(&expect!["DIR/pytorch_model.bin: its pickle calls for `posix.system`, which may run code, and nothing of it was run: expected a state dict, which holds tensors alone; do not open it in Python either unless you trust its source"]);
    Bench::torch(|torch| torch.bare(CODE)).check(&expect!["DIR/pytorch_model.bin: its pickle calls for `posix.system`, which may run code, and nothing of it was run: expected a state dict, which holds tensors alone; do not open it in Python either unless you trust its source"]);
    Bench::torch(|_| CODE.to_vec()).check(&expect!["DIR/pytorch_model.bin: its pickle calls for `posix.system`, which may run code, and nothing of it was run: expected a state dict, which holds tensors alone; do not open it in Python either unless you trust its source"]);
}

#[test]
fn archives_that_unfold() {
    Bench::torch(|torch| torch.zip(&torch.pickle(false), CompressionMethod::Deflated)).check(&expect!["DIR/pytorch_model.bin: archive/data.pkl in it is compressed or encrypted: expected an archive as torch.save writes it, which is neither"]);
    // A gigabyte by its own account.
    let claim = |torch: &Torch| {
        let pickle = torch.pickle(false);
        let at = pickle.windows(20).position(|window| window.starts_with(b"FloatStorage\n")).unwrap();
        let size = at + pickle[at..].iter().position(|&byte| byte == b'J').unwrap() + 1;
        [&pickle[..size], &(1_i32 << 28).to_le_bytes(), &pickle[size + 4..]].concat()
    };
    Bench::torch(|torch| torch.zip(&claim(torch), CompressionMethod::Stored)).check(&expect!["DIR/pytorch_model.bin: not a complete PyTorch file (tensor classifier.bias is in a storage of 268435456 numbers, for which there are 8 bytes): fetch it again"]);
    Bench::torch(|torch| torch.bare(&claim(torch))).check(&expect![
        "DIR/pytorch_model.bin: not a complete PyTorch file (it ends before its numbers): fetch it again"
    ]);
}

#[test]
fn weights_that_are_no_numbers() {
    let spoil = |bytes: &mut [u8], number: f32| {
        let end = bytes.len();
        bytes[end - 12..end - 8].copy_from_slice(&number.to_le_bytes());
    };
    for (number, expected) in [
        (
            f32::NAN,
            expect![
                "DIR/model.safetensors: classifier.weight holds NaN at [1, 3]: expected finite numbers; fetch the model again, or train it again with a lower learning rate"
            ],
        ),
        (
            f32::NEG_INFINITY,
            expect![
                "DIR/model.safetensors: classifier.weight holds -inf at [1, 3]: expected finite numbers; fetch the model again, or train it again with a lower learning rate"
            ],
        ),
    ] {
        let bench = Bench::new();
        bench.edit("model.safetensors", |mut bytes| {
            spoil(&mut bytes, number);
            bytes
        });
        bench.check(&expected);
    }
    let turned = |torch: &Torch| {
        let mut torch = Torch { tensors: torch.tensors.clone() };
        let (_, data) = torch.tensors.get_mut("classifier.weight").unwrap();
        spoil(data, f32::NAN);
        torch.zipped()
    };
    Bench::torch(turned).check(&expect!["DIR/pytorch_model.bin: classifier.weight holds NaN at [1, 1]: expected finite numbers; fetch the model again, or train it again with a lower learning rate"]);
}

#[test]
fn labels_that_are_not_those_of_the_head() {
    let bench = Bench::new();
    bench.replace(r#""1": "O""#, r#""1": "I", "2": "O""#);
    bench.check(&expect!["DIR/model.safetensors: the tensors are not those that config.json describes; unusable: classifier.bias has shape [2] instead of [3], classifier.weight has shape [2, 4] instead of [3, 4]; put the two files of one model side by side"]);
}

#[test]
fn configurations_that_lie() {
    let edits = [
        (r#""hidden_size": 4"#, r#""hidden_size": 5"#),
        (r#""num_attention_heads": 2"#, r#""num_attention_heads": 3"#),
        (r#""embedding_size": 2"#, r#""embedding_size": 0"#),
        (r#""embedding_size": 2"#, r#""embedding_size": 3"#),
        (r#""vocab_size": 6"#, r#""vocab_size": 7"#),
        (r#""vocab_size": 6"#, r#""vocab_size": 1000000000000000000"#),
        (r#""vocab_size": 6"#, r#""vocab_size": 18446744073709551615"#),
        (r#""vocab_size": 6"#, r#""vocab_size": 1e3"#),
        (r#""intermediate_size": 3"#, r#""intermediate_size": 18446744073709551615"#),
        (r#""num_hidden_layers": 1"#, r#""num_hidden_layers": 1000000000"#),
        (r#""model_type": "electra""#, r#""is_decoder": true, "model_type": "electra""#),
        (r#""hidden_act": "gelu""#, r#""hidden_act": "mish""#),
        // Another name of one that is read.
        (r#""hidden_act": "gelu""#, r#""hidden_act": "gelu_pytorch_tanh""#),
        (r#""model_type": "electra""#, r#""model_type": "deberta""#),
        (r#""model_type": "electra""#, r#""model_type": "bert""#),
    ];
    let mut said = String::new();
    for (from, to) in edits {
        let bench = Bench::new();
        bench.replace(from, to);
        said += &format!("{to}: {}\n", bench.said());
        let dir = bench.folder.path();
        // The other two ways to a model must survive the same lie.
        let labels = vec!["O".to_owned()];
        let _ = load_encoder(dir, labels.clone(), 1, &Device::flex());
        let _ = from_scratch(dir, labels, 1, &Device::flex());
    }
    expect![[r#"
        "hidden_size": 5: DIR/config.json: hidden_size 5 with 2 attention heads: expected a hidden size that its heads divide
        "num_attention_heads": 3: DIR/config.json: hidden_size 4 with 3 attention heads: expected a hidden size that its heads divide
        "embedding_size": 0: DIR/config.json: embedding_size is 0: expected a whole number above 0
        "embedding_size": 3: DIR/model.safetensors: the tensors are not those that config.json describes; unusable: electra.embeddings.LayerNorm.bias has shape [2] instead of [3], electra.embeddings.LayerNorm.weight has shape [2] instead of [3], electra.embeddings.position_embeddings.weight has shape [5, 2] instead of [5, 3], electra.embeddings.token_type_embeddings.weight has shape [2, 2] instead of [2, 3], electra.embeddings.word_embeddings.weight has shape [6, 2] instead of [6, 3], electra.embeddings_project.weight has shape [4, 2] instead of [4, 3]; put the two files of one model side by side
        "vocab_size": 7: DIR/model.safetensors: the tensors are not those that config.json describes; unusable: electra.embeddings.word_embeddings.weight has shape [6, 2] instead of [7, 2]; put the two files of one model side by side
        "vocab_size": 1000000000000000000: DIR/config.json: vocab_size is 1000000000000000000: expected at most 1048576 sub-words and positions, and at most 1024 segments
        "vocab_size": 18446744073709551615: DIR/config.json: vocab_size is 18446744073709551615: expected at most 1048576 sub-words and positions, and at most 1024 segments
        "vocab_size": 1e3: DIR/config.json:3:19: invalid type: floating point `1000.0`, expected usize: expected the config.json of an encoder, with its sizes
        "intermediate_size": 18446744073709551615: DIR/config.json: intermediate_size is 18446744073709551615: expected at most 65536, over which products of bytes keep to 32 bits
        "num_hidden_layers": 1000000000: DIR/config.json: num_hidden_layers is 1000000000: expected at most 1000 layers
        "is_decoder": true, "model_type": "electra": DIR/config.json: is_decoder is true: expected an encoder, whose words see those behind them too
        "hidden_act": "mish": DIR/config.json:9:22: unknown variant `mish`, expected one of `gelu`, `gelu_fast`, `gelu_new`, `gelu_pytorch_tanh`, `relu`, `silu`, `swish`, `tanh`: expected the config.json of an encoder, with its sizes
        "hidden_act": "gelu_pytorch_tanh": it is loaded
        "model_type": "deberta": DIR/config.json: model_type is `deberta`: expected `bert`, `electra`, `roberta`, `xlm-roberta`, `camembert`, `deberta-v2` or `modernbert`, which are read; use another model
        "model_type": "bert": DIR/model.safetensors: the tensors are not those that config.json describes; missing: bert.embeddings.LayerNorm.bias, bert.embeddings.LayerNorm.weight, bert.embeddings.position_embeddings.weight, bert.embeddings.token_type_embeddings.weight, bert.embeddings.word_embeddings.weight, bert.encoder.layer.0.attention.output.LayerNorm.bias, bert.encoder.layer.0.attention.output.LayerNorm.weight, bert.encoder.layer.0.attention.output.dense.bias and 13 more; left over: electra.embeddings.LayerNorm.bias, electra.embeddings.LayerNorm.weight, electra.embeddings.position_embeddings.weight, electra.embeddings.token_type_embeddings.weight, electra.embeddings.word_embeddings.weight, electra.embeddings_project.bias, electra.embeddings_project.weight, electra.encoder.layer.0.attention.output.LayerNorm.bias and 15 more; put the two files of one model side by side
    "#]].assert_eq(&said);
}

/// A published encoder has every tensor but a head that tags, and perhaps a head for another task.
#[test]
fn models_that_were_not_fine_tuned_to_tag() {
    let bench = Bench::new();
    let rename = |from: &str, to: &str| {
        let (from, to) = (format!("\"{from}\""), format!("\"{to}\""));
        bench.edit("model.safetensors", |bytes| with_header(&bytes, |header| header.replace(&from, &to)));
    };
    let mut said = format!("{}\n", bench.said());
    for head in ["qa_outputs", "classifier.out_proj", "discriminator_predictions.dense"] {
        for parameter in ["weight", "bias"] {
            rename(&format!("classifier.{parameter}"), &format!("{head}.{parameter}"));
        }
        said += &format!("{}\n", bench.said());
        // What is fine-tuned gets a head of its own.
        let mut loaded = load_encoder(bench.folder.path(), vec!["O".to_owned()], 1, &Device::flex()).unwrap();
        loaded.skipped.sort();
        assert_eq!(loaded.skipped, [format!("{head}.bias"), format!("{head}.weight")]);
        for parameter in ["weight", "bias"] {
            rename(&format!("{head}.{parameter}"), &format!("classifier.{parameter}"));
        }
    }
    // A classifier of texts, whose head has the names and the shapes of one of words.
    bench.replace("ElectraForTokenClassification", "BertForSequenceClassification");
    said += &format!("{}\n", bench.said());
    expect![[r#"
        it is loaded
        DIR/model.safetensors: the tensors are not those that config.json describes; missing: classifier.bias, classifier.weight; the model was not fine-tuned to tag words: fine-tune it, or use one that was
        DIR/model.safetensors: the tensors are not those that config.json describes; missing: classifier.bias, classifier.weight; left over: classifier.out_proj.bias, classifier.out_proj.weight; the model was not fine-tuned to tag words: fine-tune it, or use one that was
        DIR/model.safetensors: the tensors are not those that config.json describes; missing: classifier.bias, classifier.weight; the model was not fine-tuned to tag words: fine-tune it, or use one that was
        DIR/config.json: architectures has BertForSequenceClassification: expected a model that was fine-tuned to tag words, such as ...ForTokenClassification; fine-tune this one
    "#]].assert_eq(&said);
}

#[test]
fn indices_that_lie() {
    let bench = Bench::new();
    fs::rename(bench.path("model.safetensors"), bench.path("part.safetensors")).unwrap();
    let index = |text: &str| fs::write(bench.path("model.safetensors.index.json"), text).unwrap();
    let mut said = String::new();
    for text in [
        r#"{ "weight_map": { "classifier.bias": "part.safetensors" } }"#,
        r#"{ "weight_map": { "classifier.bias": "other.safetensors" } }"#,
        r#"{ "weight_map": { "classifier.bias": "../part.safetensors" } }"#,
        r#"{ "weight_map": { "classifier.none": "part.safetensors" } }"#,
        r#"{ "weight_map": {} }"#,
        r#"{ "weights": {} }"#,
        "[",
    ] {
        index(text);
        said += &format!("{}\n", bench.said());
    }
    expect![[r#"
        it is loaded
        DIR/other.safetensors: cannot be read or written: No such file or directory (os error 2)
        DIR/model.safetensors.index.json: classifier.bias is in `../part.safetensors`: expected the name of a file beside the index
        DIR/model.safetensors.index.json: classifier.none is in DIR/part.safetensors and is not there: expected the index of these very files
        DIR/model.safetensors.index.json: the tensors are not those that config.json describes; missing: classifier.bias, classifier.weight, electra.embeddings.LayerNorm.bias, electra.embeddings.LayerNorm.weight, electra.embeddings.position_embeddings.weight, electra.embeddings.token_type_embeddings.weight, electra.embeddings.word_embeddings.weight, electra.embeddings_project.bias and 17 more; put the two files of one model side by side
        DIR/model.safetensors.index.json: missing field `weight_map` at line 1 column 17: expected an index with a weight_map from tensors to files
        DIR/model.safetensors.index.json: EOF while parsing a list at line 1 column 1: expected an index with a weight_map from tensors to files
    "#]].assert_eq(&said);
}
