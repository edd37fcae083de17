"""Loads a model directory that welt wrote into Python's transformers and compares the label scores of both.

    pip install torch transformers
    welt train ... --output RUN
    cargo build --workspace --examples
    python scripts/check_transformers.py RUN/model RUN/predictions/test.tsv [SENTENCES]

Prints the largest difference of any score and exits with 1 where it is 1e-4 or more, or where the token-classification
pipeline does not load the directory.
"""

import json
import subprocess
import sys

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


def main():
    model_dir, path = sys.argv[1:3]
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 200
    tokenizer = AutoTokenizer.from_pretrained(model_dir)
    model, report = AutoModelForTokenClassification.from_pretrained(model_dir, output_loading_info=True)
    model.eval()
    assert not report["missing_keys"] and not report["unexpected_keys"], report
    texts = list(sentences(path))[:count]
    rows = [tokenizer(words, is_split_into_words=True, truncation=True)["input_ids"] for words in texts]
    answer = subprocess.run(
        ["target/debug/examples/logits", model_dir],
        input="\n".join(map(json.dumps, rows)),
        capture_output=True,
        text=True,
        check=True,
    )
    worst = 0.0
    with torch.no_grad():
        for row, line in zip(rows, answer.stdout.splitlines(), strict=True):
            theirs = model(input_ids=torch.tensor([row])).logits[0]
            worst = max(worst, (theirs - torch.tensor(json.loads(line))).abs().max().item())
    tagger = pipeline("token-classification", model=model_dir, aggregation_strategy="first")
    found = sum(len(tagger(" ".join(words))) for words in texts[:20])
    print(f"{len(rows)} sentences, labels {list(model.config.id2label.values())}: scores differ by at most {worst:.2e}")
    print(f"the pipeline finds {found} entities in the first {min(20, len(texts))} sentences")
    sys.exit(worst >= TOLERANCE)


if __name__ == "__main__":
    main()
