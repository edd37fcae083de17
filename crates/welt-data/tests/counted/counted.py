"""Counts repeats, shared sentences, mentions and unseen mentions of the real corpora by other means than the crate does.

python3 counted.py DATASETS > counted.tsv
Plain dictionaries and a search for every mention at every place; IOB2 only.
"""

import sys
from collections import Counter, defaultdict
from pathlib import Path

CORPORA = [
    "ncbi-disease", "bc5cdr-disease", "bc5cdr-chemical", "bc4chemd/subset",
    "bc2gm", "biored-chemical", "biored-disease", "linnaeus",
]


def read(path):
    sentences, words, tags = [], [], []
    for line in path.read_bytes().decode("utf-8").split("\n"):
        line = line.rstrip("\r")
        if line.strip("\t "):
            word, tag = line.split("\t")
            words.append(word)
            tags.append(tag)
        elif words:
            sentences.append((tuple(words), tuple(tags)))
            words, tags = [], []
    if words:
        sentences.append((tuple(words), tuple(tags)))
    return sentences


def mentions(sentence):
    words, tags = sentence
    found, start = [], None
    for at, tag in enumerate(tags + ("O",)):
        if start is not None and not tag.startswith("I"):
            found.append(words[start:at])
            start = None
        if tag.startswith("B"):
            start = at
    return found


def untagged(sentences, forms):
    lengths = sorted({len(form) for form in forms if len(form) <= 64})
    count = Counter()
    for words, tags in sentences:
        for length in lengths:
            for at in range(len(words) - length + 1):
                if words[at:at + length] in forms and all(tag == "O" for tag in tags[at:at + length]):
                    count[words[at:at + length]] += 1
    return count


print("corpus", "split", "name", "count", sep="\t")
for corpus in CORPORA:
    splits = {name: read(Path(sys.argv[1]) / corpus / f"{name}.tsv") for name in ["train", "dev", "test"]}
    trained = {form for sentence in splits["train"] for form in mentions(sentence)}
    vocabulary = {word for words, _ in splits["train"] for word in words}
    before = {}
    for split, sentences in splits.items():
        forms = Counter(form for sentence in sentences for form in mentions(sentence))
        plain = untagged(sentences, forms)
        first = defaultdict(list)
        for words, tags in sentences:
            first[words].append(tags)
        shared = {name: [(w, t) for w, t in sentences if w in other] for name, other in before.items()}
        rows = {
            "mentions": sum(forms.values()),
            "distinct": len(forms),
            "sometimes_untagged": len(plain),
            "untagged_places": sum(plain.values()),
            "repeated": sum(len(tags) - 1 for tags in first.values()),
            "repeated_other_tags": sum(tag != tags[0] for tags in first.values() for tag in tags),
            "shared": sum(map(len, shared.values())),
            "shared_other_tags": sum(t != before[n][w][0] for n, found in shared.items() for w, t in found),
        }
        if split != "train":
            rows |= {
                "unseen_words": sum(word not in vocabulary for words, _ in sentences for word in words),
                "unseen_mentions": sum(count for form, count in forms.items() if form not in trained),
                "unseen_mention_words": sum(len(form) * count for form, count in forms.items() if form not in trained),
                "unseen_distinct": sum(form not in trained for form in forms),
            }
        before[split] = first
        for name, count in rows.items():
            print(corpus, split, name, count, sep="\t")
