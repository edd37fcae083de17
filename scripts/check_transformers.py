"""Loads a model directory that welt wrote, BERT or ELECTRA, into Python's transformers and compares the scores of both.

    pip install torch transformers
    welt train ... --output RUN
    cargo build --workspace --examples
    python scripts/check_transformers.py RUN/model RUN/predictions/test.tsv [SENTENCES] [--forms]

With --forms, torch and transformers also write the model in the file forms that checkpoints are published in, and welt's
scores of each are compared with those of transformers.

Prints the largest difference of any score and exits with 1 where it is 1e-4 or more, or where the token-classification
pipeline does not load the directory.
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


def main():
    arguments = [argument for argument in sys.argv[1:] if argument != "--forms"]
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
    sys.exit(worst >= TOLERANCE)


if __name__ == "__main__":
    main()
