"""Loads a model directory that welt wrote, BERT or ELECTRA, into Python's transformers and compares the scores of both.

    pip install torch transformers
    welt train ... --output RUN
    cargo build --workspace --examples
    python scripts/check_transformers.py RUN/model RUN/predictions/test.tsv [SENTENCES] [--forms] [--spans]

With --spans, the token-classification pipeline finds entities in every sentence, and so does `welt predict`, with the
model as it is and as `welt export` writes it in every precision: types and offsets must be equal. With --forms, torch and transformers also write the model in the file forms that checkpoints are published in, and welt's
scores of each are compared with those of transformers.

Prints the largest difference of any score and exits with 1 where it is 1e-4 or more, where the token-classification
pipeline does not load the directory, or where an entity differs.
"""

import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

import torch
from transformers import AutoModelForTokenClassification, AutoTokenizer, pipeline

TOLERANCE = 1e-4


def sentences(path):
    words = []
    for line in open(path, encoding="utf-8"):
        if line.strip():
            words.append(line.split("\t")[0])
        elif words:
            yield words
            words = []


def welts_scores(model_dir, rows):
    answer = subprocess.run(
        ["target/debug/examples/logits", model_dir],
        input="\n".join(map(json.dumps, rows)),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return [torch.tensor(json.loads(line)) for line in answer.stdout.splitlines()]


def largest_difference(model, model_dir, rows):
    worst = 0.0
    with torch.no_grad():
        for row, ours in zip(rows, welts_scores(model_dir, rows), strict=True):
            theirs = model(input_ids=torch.tensor([row])).logits[0]
            worst = max(worst, (theirs - ours).abs().max().item())
    return worst


def legacy_names(state):
    names = {"LayerNorm.weight": "LayerNorm.gamma", "LayerNorm.bias": "LayerNorm.beta"}
    return {name.replace(old, new): tensor for name, tensor in state.items() for old, new in names.items() if old in name}


def forms(model, model_dir):
    """Directories with the model in one form each, and whether its weights are rounded."""
    state = model.state_dict()
    turned = {name: t.t().contiguous().t() if t.dim() == 2 else t for name, t in state.items()}
    parameters = {name: torch.nn.Parameter(t) for name, t in state.items()}
    old = {**{name: t for name, t in state.items() if "LayerNorm" not in name}, **legacy_names(state)}
    halves = {dtype: {name: t.to(dtype) for name, t in state.items()} for dtype in (torch.float16, torch.bfloat16)}
    pickles = {
        "zip": (state, {}),
        "before 1.6": (state, {"_use_new_zipfile_serialization": False}),
        "before 1.6, old names": (old, {"_use_new_zipfile_serialization": False}),
        "columns first, as after a conversion from TensorFlow": (turned, {}),
        "parameters": (parameters, {}),
        "protocol 4": (state, {"pickle_protocol": 4}),
        "float64": ({name: t.double() for name, t in state.items()}, {}),
        **{str(dtype): (half, {}) for dtype, half in halves.items()},
    }
    with tempfile.TemporaryDirectory() as folder:
        for name, (tensors, options) in pickles.items():
            directory = pathlib.Path(folder) / name.replace(" ", "-")
            directory.mkdir()
            shutil.copy(f"{model_dir}/config.json", directory)
            torch.save(tensors, directory / "pytorch_model.bin", **options)
            yield f"pytorch_model.bin, {name}", str(directory)
        for dtype in (torch.float32, torch.float16, torch.bfloat16):
            directory = f"{folder}/{dtype}-parts"
            part = AutoModelForTokenClassification.from_pretrained(model_dir, dtype=dtype)
            part.save_pretrained(directory, max_shard_size="100KB")
            yield f"safetensors in {len(list(pathlib.Path(directory).glob('*.safetensors')))} parts, {dtype}", directory


def welts_spans(model_dir, texts):
    answer = subprocess.run(
        ["target/debug/welt", "predict", "--quiet", "--model", model_dir, "--from", "text", "--format", "json", "-"],
        input="\n".join(texts),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return [
        [(entity["type"], entity["start"], entity["end"]) for entity in json.loads(line)["entities"]]
        for line in answer.stdout.splitlines()
    ]


def differing_spans(model_dir, texts):
    """How many entities there are, and the sentences whose entities differ.

    transformers computes in single precision, as welt does, from weights that may be stored in half precision.
    """
    tagger = pipeline("token-classification", model=model_dir, dtype=torch.float32, aggregation_strategy="first")
    differing, total = [], 0
    for text, ours in zip(texts, welts_spans(model_dir, texts), strict=True):
        theirs = [(entity["entity_group"], entity["start"], entity["end"]) for entity in tagger(text)]
        total += len(theirs)
        if ours != theirs:
            differing.append((text, ours, theirs))
    return total, differing


def check_spans(model_dir, texts):
    """Whether every entity is found alike, in every precision."""
    equal = True
    with tempfile.TemporaryDirectory() as folder:
        directories = {"as it is": model_dir}
        for dtype in ("f32", "f16", "bf16"):
            directories[dtype] = f"{folder}/{dtype}"
            command = ["target/debug/welt", "export", "--model", model_dir, "--dtype", dtype, "--output", directories[dtype], "--quiet"]
            subprocess.run(command, check=True)
        for name, directory in directories.items():
            stored = AutoModelForTokenClassification.from_pretrained(directory).dtype
            size = pathlib.Path(directory, "model.safetensors").stat().st_size
            total, differing = differing_spans(directory, texts)
            print(f"{name}: {stored}, {size} bytes, {total} entities, {len(differing)} of {len(texts)} sentences differ")
            for text, ours, theirs in differing[:5]:
                print(f"  {text}\n  welt {ours}\n  transformers {theirs}")
            equal = equal and not differing
    return equal


def main():
    arguments = [argument for argument in sys.argv[1:] if not argument.startswith("--")]
    model_dir, path = arguments[:2]
    count = int(arguments[2]) if len(arguments) > 2 else 200
    tokenizer = AutoTokenizer.from_pretrained(model_dir)
    model, report = AutoModelForTokenClassification.from_pretrained(model_dir, output_loading_info=True)
    model.eval()
    assert not report["missing_keys"] and not report["unexpected_keys"], report
    texts = list(sentences(path))[:count]
    rows = [tokenizer(words, is_split_into_words=True, truncation=True)["input_ids"] for words in texts]
    worst = largest_difference(model, model_dir, rows)
    tagger = pipeline("token-classification", model=model_dir, aggregation_strategy="first")
    found = sum(len(tagger(" ".join(words))) for words in texts[:20])
    labels = list(model.config.id2label.values())
    print(f"{type(model).__name__}, {len(rows)} sentences, labels {labels}: scores differ by at most {worst:.2e}")
    print(f"the pipeline finds {found} entities in the first {min(20, len(texts))} sentences")
    for name, directory in forms(model, model_dir) if "--forms" in sys.argv else []:
        rounded = AutoModelForTokenClassification.from_pretrained(model_dir).eval()
        dtype = next((dtype for dtype in (torch.float16, torch.bfloat16) if str(dtype) in name), None)
        rounded = rounded.to(dtype).float() if dtype else rounded
        difference = largest_difference(rounded, directory, rows[:20])
        print(f"{name}: scores differ by at most {difference:.2e}")
        worst = max(worst, difference)
    spans_are_equal = check_spans(model_dir, [" ".join(words) for words in texts]) if "--spans" in sys.argv else True
    sys.exit(worst >= TOLERANCE or not spans_are_equal)


if __name__ == "__main__":
    main()
