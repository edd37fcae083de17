"""How long scores take beside seqeval and nervaluate, from lists that Python holds and from a file.

Usage: python bench/speed.py [WORDS]

A corpus of that many words (660,000 unless said otherwise) is made up: 25 words a sentence, one in twelve of them in an entity,
one tag in twenty drawn again for the prediction. Each call is made three times after a first one, and the fastest counts, in CPU seconds of
all threads. Conversion of the lists is part of every time.
"""

import os
import random
import sys
import tempfile
import time
import warnings

import welt
from welt.seqeval import metrics as ours
from welt.seqeval import scheme as our_schemes

LENGTH = 25
ROUNDS = 3


def corpus(n_words):
    rng = random.Random(1)
    types = ["Disease", "Chemical", "Gene", "Species"]

    def sentence():
        tags = ["O"] * LENGTH
        for _ in range(rng.choice([0, 1, 1, 2, 2])):
            start, length, name = rng.randrange(LENGTH), rng.choice([1, 1, 2, 3]), rng.choice(types)
            for word in range(start, min(start + length, LENGTH)):
                tags[word] = f"{'B' if word == start else 'I'}-{name}"
        return tags

    def wrong(tag):
        return rng.choice(["O", f"B-{rng.choice(types)}", f"I-{rng.choice(types)}"]) if rng.random() < 0.05 else tag

    gold = [sentence() for _ in range(n_words // LENGTH)]
    return gold, [[wrong(tag) for tag in row] for row in gold]


def fastest(call):
    times = []
    for _ in range(ROUNDS + 1):
        start = time.process_time()
        call()
        times.append(time.process_time() - start)
    return min(times[1:])


def read(path):
    gold, predicted = [[]], [[]]
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            columns = line.split()
            if columns:
                gold[-1].append(columns[1])
                predicted[-1].append(columns[2])
            else:
                gold.append([])
                predicted.append([])
    return gold, predicted


def main():
    warnings.simplefilter("ignore")
    n_words = int(sys.argv[1]) if len(sys.argv) > 1 else 660_000
    gold, predicted = corpus(n_words)
    path = os.path.join(tempfile.mkdtemp(), "predictions.tsv")
    with open(path, "w", encoding="utf-8") as out:
        for pair in zip(gold, predicted):
            out.writelines(f"w\t{one}\t{other}\n" for one, other in zip(*pair))
            out.write("\n")
    gold, predicted = read(path)
    types = sorted({tag[2:] for row in gold for tag in row if tag != "O"})
    import nervaluate
    from seqeval import metrics as theirs
    from seqeval import scheme as their_schemes

    strict = lambda schemes: {"mode": "strict", "scheme": schemes.IOB2}
    rows = [
        ("f1_score", lambda: theirs.f1_score(gold, predicted), lambda: ours.f1_score(gold, predicted)),
        (
            "f1_score, strict",
            lambda: theirs.f1_score(gold, predicted, **strict(their_schemes)),
            lambda: ours.f1_score(gold, predicted, **strict(our_schemes)),
        ),
        (
            "classification_report",
            lambda: theirs.classification_report(gold, predicted),
            lambda: ours.classification_report(gold, predicted),
        ),
        (
            "classification_report, strict",
            lambda: theirs.classification_report(gold, predicted, **strict(their_schemes)),
            lambda: ours.classification_report(gold, predicted, **strict(our_schemes)),
        ),
        (
            "nervaluate",
            lambda: nervaluate.Evaluator(gold, predicted, types, "list").evaluate(),
            lambda: welt.metrics.nervaluate(gold, predicted, types, "list"),
        ),
        (
            "report of a file",
            lambda: theirs.classification_report(*read(path)),
            lambda: welt.metrics.seqeval(path),
        ),
        (
            "report of a file, strict",
            lambda: theirs.classification_report(*read(path), **strict(their_schemes)),
            lambda: welt.metrics.seqeval(path, scheme="IOB2"),
        ),
    ]
    print(f"{sum(map(len, gold))} words, {len(gold)} sentences; CPU seconds, fastest of {ROUNDS}\n")
    print("| call                          | theirs | welt   | times |\n| ----------------------------- | -----: | -----: | ----: |")
    for name, their_call, our_call in rows:
        their_time, our_time = fastest(their_call), fastest(our_call)
        print(f"| {name:<29} | {their_time:>6.3f} | {our_time:>6.4f} | {their_time / our_time:>5.1f} |")


if __name__ == "__main__":
    main()
