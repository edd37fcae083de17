"""Random nasty corpora through `welt.metrics.nervaluate` and through nervaluate itself: the same numbers, or both refuse.

How many corpora there are is said by WELT_CORPORA, 2000 unless it says otherwise. Without nervaluate there is nothing to compare.
"""

import dataclasses
import os
import random
import unittest

import welt

try:
    import nervaluate
except ImportError:
    nervaluate = None

N_CORPORA = int(os.environ.get("WELT_CORPORA", "2000"))
TYPES = ["A", "B-b", "Ünï", "化学", "", "0"]


def tags(rng, types):
    """A row of tags, mostly of one scheme, with others and with what is no tag in between."""
    odd = rng.choice([0, 0, 0, 0, 0.02])
    letters = rng.choice(["BIO", "BIO", "BIO", "BIO", "IO", "BIOES"])

    def tag():
        if rng.random() < odd:
            return rng.choice(["X-A", "E-A", "S-B-b", "A", "B", "--A", "XXA", "B--A", "化"])
        letter = rng.choice(letters)
        return "O" if letter == "O" else f"{letter}-{rng.choice(types)}"

    return tag


def documents_of_tags(rng, types):
    tag = tags(rng, types)
    true = [[tag() for _ in range(rng.choice([1, 2, 4, 9, 15]))] for _ in range(rng.choice([1, 1, 2, 4]))]
    share = rng.random()
    pred = [[tag() if rng.random() < share else known for known in row] for row in true]
    if rng.random() < 0.04:
        rng.choice([true, pred]).append(["O"])
    elif rng.random() < 0.04:
        rng.choice(pred).append("O")
    return true, pred


def documents_of_entities(rng, types):
    def entity():
        start = rng.randint(0, 12)
        return {"label": rng.choice(types), "start": start, "end": start + rng.choice([0, 0, 1, 2, 5])}

    true = [[entity() for _ in range(rng.choice([0, 1, 3, 8]))] for _ in range(rng.choice([1, 2, 4]))]
    pred = [[entity() if rng.random() < 0.5 else dict(known) for known in row] for row in true]
    for row in pred:
        rng.shuffle(row)
        row.extend(entity() for _ in range(rng.choice([0, 0, 1, 3])))
    return true, pred


def texts(rng, types):
    true, pred = documents_of_tags(rng, types)
    write = lambda rows: "\n\n".join("\n".join(f"w\t{tag}" for tag in row) for row in rows)
    blank = rng.choice(["", "", "\n", "\n\n"])
    return write(true) + blank, write(pred) + blank


def numbers(results):
    """Overall and by type, without what has no counterpart."""
    plain = lambda modes: {mode: dataclasses.asdict(counts) for mode, counts in modes.items()}
    return {
        "overall": plain(results["overall"]),
        "entities": {name: plain(modes) for name, modes in results["entities"].items()},
    }


@unittest.skipIf(nervaluate is None, "nervaluate is not installed")
class BesideNervaluate(unittest.TestCase):
    """Lists of tags, dictionaries of bounds and texts of CoNLL."""

    def check(self, name, loader, made):
        differences, n_refused = [], 0
        for seed in range(N_CORPORA):
            rng = random.Random(f"{name} {seed}")
            types = rng.sample(TYPES, rng.randint(1, 4))
            wanted = types + ["unseen"] if rng.random() < 0.8 else types[:1]
            true, pred = made(rng, types)
            overlap = rng.choice([1.0, 1.0, 1.0, 1.0, 50.0, 50.0, 58.0, 58.0, 100.0, 100.0, 100.0, 0.5])
            arguments = {"tags": wanted, "loader": rng.choice(["default", loader]), "min_overlap_percentage": overlap}
            if arguments["loader"] == "default" and loader == "dict" and not true[0]:
                # nervaluate cannot tell what an empty first document holds; here the others do.
                arguments["loader"] = loader
            try:
                theirs = numbers(nervaluate.Evaluator(true, pred, **arguments).evaluate())
            except (ValueError, AttributeError):
                theirs = "refused"
            try:
                ours = numbers(welt.metrics.nervaluate(true, pred, **arguments))
            except ValueError:
                ours = "refused"
            n_refused += theirs == "refused"
            if theirs != ours:
                differences.append((seed, true, pred, arguments, theirs, ours))
        self.assertFalse(differences, f"{len(differences)} of {N_CORPORA}, the first: {differences[:1]}")
        print(f"{N_CORPORA} corpora of {name} beside nervaluate ({n_refused} refused), no difference")

    def test_tags(self):
        self.check("tags", "list", documents_of_tags)

    def test_entities(self):
        self.check("entities", "dict", documents_of_entities)

    def test_texts(self):
        self.check("texts", "conll", texts)


if __name__ == "__main__":
    unittest.main()
