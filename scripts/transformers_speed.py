"""Trains the same encoder on the same file with Python's transformers and prints tokens per CPU-second.

The peer of `cargo xtask bench`: one epoch, batches of 32 grouped by length, AdamW, f32 or bf16 by autocast, dropout 0.1, WeLT weights.

    pip install torch transformers
    python scripts/transformers_speed.py MODEL_DIR TRAIN.tsv [THREADS [f32|bf16]]
"""

import json
import random
import resource
import sys
import time

import torch
from transformers import AutoModelForTokenClassification, AutoTokenizer

BATCH, TOGETHER, MAX_LENGTH, IGNORED = 32, 50, 128, -100


def sentences(path):
    words, tags = [], []
    for line in open(path, encoding="utf-8"):
        columns = line.rstrip("\n").split("\t")
        if len(columns) > 1:
            words.append(columns[0])
            tags.append(columns[-1])
        elif words:
            yield words, tags
            words, tags = [], []
    if words:
        yield words, tags


def encode(tokenizer, label_ids, words, tags):
    encoding = tokenizer(words, is_split_into_words=True, truncation=True, max_length=MAX_LENGTH)
    labels, previous = [], None
    for word in encoding.word_ids():
        labels.append(IGNORED if word is None or word == previous else label_ids[tags[word]])
        previous = word
    return encoding["input_ids"], labels


def batches(examples):
    random.shuffle(examples)
    groups = []
    for start in range(0, len(examples), BATCH * TOGETHER):
        together = sorted(examples[start : start + BATCH * TOGETHER], key=lambda example: -len(example[0]))
        groups += [together[at : at + BATCH] for at in range(0, len(together), BATCH)]
    random.shuffle(groups)
    return groups


def tensors(batch, pad):
    longest = max(len(ids) for ids, _ in batch)
    fill = lambda row, value: row + [value] * (longest - len(row))
    ids = torch.tensor([fill(ids, pad) for ids, _ in batch])
    mask = torch.tensor([fill([1] * len(ids), 0) for ids, _ in batch])
    return ids, mask, torch.tensor([fill(labels, IGNORED) for _, labels in batch])


def main():
    model_dir, path = sys.argv[1:3]
    torch.set_num_threads(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    dtype = {"f32": None, "bf16": torch.bfloat16}[sys.argv[4] if len(sys.argv) > 4 else "f32"]
    torch.manual_seed(1)
    random.seed(1)
    corpus = list(sentences(path))
    names = sorted({tag for _, tags in corpus for tag in tags})
    label_ids = {name: index for index, name in enumerate(names)}
    counts = torch.tensor([sum(tags.count(name) for _, tags in corpus) for name in names], dtype=torch.float64)
    weights = torch.softmax(1 - counts / counts.sum(), 0).float()
    # Byte pairs want to be told that words have a space before them; other tokenizers pass over it.
    tokenizer = AutoTokenizer.from_pretrained(model_dir, add_prefix_space=True)
    model = AutoModelForTokenClassification.from_pretrained(model_dir, num_labels=len(names)).train()
    examples = [encode(tokenizer, label_ids, words, tags) for words, tags in corpus]
    steps = batches(examples)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-4, weight_decay=0.0)
    loss_of = torch.nn.CrossEntropyLoss(weight=weights, ignore_index=IGNORED)
    tokens = sum(len(ids) for ids, _ in examples)

    before, started = resource.getrusage(resource.RUSAGE_SELF), time.time()
    total = 0.0
    for step, batch in enumerate(steps):
        ids, mask, labels = tensors(batch, tokenizer.pad_token_id)
        with torch.autocast("cpu", dtype=dtype, enabled=dtype is not None):
            logits = model(input_ids=ids, attention_mask=mask).logits
        loss = loss_of(logits.float().flatten(0, 1), labels.flatten())
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for group in optimizer.param_groups:
            group["lr"] = 3e-4 * (len(steps) - step) / len(steps)
        optimizer.step()
        total += loss.item()
    after, wall = resource.getrusage(resource.RUSAGE_SELF), time.time() - started
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(
        f"torch {torch.__version__}, {torch.get_num_threads()} threads, mean loss {total / len(steps):.4f}, "
        f"peak {after.ru_maxrss // 1024} MiB",
        file=sys.stderr,
    )
    print(json.dumps({"tokens_per_second": tokens / wall, "tokens_per_cpu_second": tokens / cpu}))


if __name__ == "__main__":
    main()
