"""Random nasty corpora through `welt.seqeval` and through seqeval itself: numbers, texts, warnings and exceptions are the same.

How many corpora there are is said by WELT_CORPORA, 2000 unless it says otherwise. Without seqeval there is nothing to compare.
"""

import math
import os
import random
import unittest
import warnings

import welt.seqeval
import welt.seqeval.metrics
import welt.seqeval.metrics.sequence_labeling
import welt.seqeval.metrics.v1
import welt.seqeval.scheme

try:
    import seqeval.metrics
    import seqeval.metrics.sequence_labeling
    import seqeval.metrics.v1
    import seqeval.scheme
except ImportError:
    seqeval = None

N_CORPORA = int(os.environ.get("WELT_CORPORA", "2000"))

TYPES = ["A", "B-b", "Ünï", "-x-", "化学", "", "0", "A ", "_"]
ODD_TAGS = ["X-A", "[PAD]", "A", "b-A", "-", "--A", "B--A-", "O-A", ".", "NN", "B_A", "化", "😀-A"]
LETTERS = {
    "iob": "BIO",
    "ioe": "IOE",
    "iobes": "BIOES",
    "bilou": "BILOU",
    "io": "IO",
    "all": "BIOESLU",
}


def corpus(rng):
    """Gold and predicted rows, of one of many kinds of mischief."""
    letters = LETTERS[rng.choice(list(LETTERS))]
    types = rng.sample(TYPES, rng.randint(1, 4))
    odd = rng.choice([0, 0, 0, 0.05, 0.3])
    suffix = rng.random() < 0.2

    def tag():
        if rng.random() < odd:
            return rng.choice(ODD_TAGS)
        letter = rng.choice(letters)
        entity_type = rng.choice(types)
        if letter == "O" or (entity_type == "" and rng.random() < 0.7):
            return letter
        return f"{entity_type}-{letter}" if suffix else f"{letter}-{entity_type}"

    n_sentences = rng.choice([0, 1, 1, 2, 3, 5, 8])
    gold = [[tag() for _ in range(rng.choice([0, 1, 2, 3, 5, 9]))] for _ in range(n_sentences)]
    share = rng.random()
    predicted = [[tag() if rng.random() < share else known for known in row] for row in gold]
    mischief = rng.random()
    if mischief < 0.03 and predicted:
        predicted.pop()
    elif mischief < 0.06 and predicted:
        rng.choice(predicted).append(tag())
    elif mischief < 0.09 and gold and gold[0]:
        rng.choice([gold, predicted])[0][0:1] = [rng.choice(["", None, 7])]
    elif mischief < 0.11 and gold:
        gold[0] = tuple(gold[0])
    elif mischief < 0.12:
        gold, predicted = tuple(gold), tuple(predicted)
    elif mischief < 0.13 and gold:
        gold, predicted = gold[0], predicted[0]
    return gold, predicted, suffix


def answer(function, *arguments, **options):
    """What a call gives, warns of and raises, in a form that can be compared."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            value = plain(function(*arguments, **options))
        except Exception as error:
            # KeyError is a LookupError as IndexError is; what counts is what an `except` would catch.
            value = ("raised", type(error).__name__)
    if isinstance(value, tuple) and value[:1] == ("raised",):
        return value, set()
    said = {
        # numpy's own has a full stop in some versions.
        (warning.category.__name__, str(warning.message).rstrip("."))
        for warning in caught
        # What is warned of in addition is listed in the documentation, and numpy warns of what follows from an empty mean.
        if warning.category.__name__ not in ("SilentModeWarning", "DeprecationWarning", "FutureWarning")
        and "invalid value encountered" not in str(warning.message)
    }
    return value, said


def plain(value):
    """Without numpy, and with NaN as a word, for NaN is not even itself."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, float) and math.isnan(value):
        return "nan"
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return tuple(plain(item) for item in value)
    return value


def is_listed(function, theirs, ours, *sides):
    """The differences that the documentation of `welt.seqeval` lists."""
    theirs, ours = theirs[0], ours[0]
    as_raised = [answer if isinstance(answer, tuple) and answer[:1] == ("raised",) else None for answer in (theirs, ours)]
    if all(as_raised) and are_lists_of_lists(*sides) and not hold_text(*sides):
        # Of several things that are wrong, a tag that is no text is told first here.
        return ours == ("raised", "TypeError")
    if function == "classification_report" and theirs == ("raised", "ValueError") and isinstance(ours, str):
        # A text without entities is a table here, of the head and three averages.
        return ours.count("\n") == 5
    if function in ("classification_report", "unique_labels", "auto_detect") and ours == ("raised", "TypeError"):
        # What is no list of lists is TypeError in every function here; there it depends on what is looked at first.
        return not are_lists_of_lists(*sides)
    if function in ("accuracy_score", "performance_measure"):
        # Anything can be compared there, be it tags or not.
        return ours == ("raised", "TypeError") and not (are_lists_of_lists(*sides) and hold_text(*sides))
    return False


def are_lists_of_lists(*sides):
    return all(side and all(type(row) is list for row in side) for side in sides)


def hold_text(*sides):
    return all(isinstance(tag, str) for side in sides for row in side for tag in row)


@unittest.skipIf(seqeval is None, "seqeval is not installed")
class BesideSeqeval(unittest.TestCase):
    """Every call is made on both sides with the same arguments."""

    def calls(self, rng):
        """Name of the module, name of the function, and options; `scheme` by its name."""
        common = {"zero_division": rng.choice(["warn", "warn", 0, 1])}
        average = rng.choice([None, "micro", "macro", "weighted"])
        scheme = rng.choice(["IOB1", "IOB2", "IOE1", "IOE2", "IOBES", "BILOU"])
        mode = rng.choice([{}, {}, {"mode": "strict"}, {"scheme": scheme}, {"mode": "strict", "scheme": scheme}])
        beta = rng.choice([1.0, 0.5, 2.0, float("inf"), 0.0])
        yield "metrics", "f1_score", {**common, **mode, "average": average}
        yield "metrics", "precision_score", {**common, **mode, "average": average}
        yield "metrics", "recall_score", {**common, **mode, "average": average}
        yield "metrics", "classification_report", {**common, **mode, "digits": rng.choice([0, 1, 2, 4, 14])}
        yield "metrics", "classification_report", {**common, **mode, "output_dict": True}
        yield "metrics.sequence_labeling", "precision_recall_fscore_support", {**common, "average": average, "beta": beta}
        strict = {**common, "average": average, "beta": beta, "scheme": scheme}
        yield "metrics.v1", "precision_recall_fscore_support", strict
        yield "metrics.v1", "unique_labels", {"scheme": scheme}

    def test_random_corpora(self):
        differences, n_calls, n_raised = [], 0, 0
        for seed in range(N_CORPORA):
            rng = random.Random(seed)
            gold, predicted, suffix = corpus(rng)
            for module, function, options in self.calls(rng):
                theirs, ours = (self.ask(root, module, function, gold, predicted, suffix, options) for root in ROOTS)
                n_calls += 1
                n_raised += theirs[0][:1] == ("raised",) if isinstance(theirs[0], tuple) else 0
                if theirs != ours and not is_listed(function, theirs, ours, gold, predicted):
                    differences.append((seed, function, options, gold, predicted, suffix, theirs, ours))
            for function in ("accuracy_score", "performance_measure"):
                theirs, ours = (answer(getattr(root.metrics, function), gold, predicted) for root in ROOTS)
                n_calls += 1
                if theirs != ours and not is_listed(function, theirs, ours, gold, predicted):
                    differences.append((seed, function, gold, predicted, theirs, ours))
            for rows in (gold, gold[0] if gold else []):
                theirs, ours = (
                    answer(root.metrics.sequence_labeling.get_entities, rows, suffix) for root in ROOTS
                )
                n_calls += 1
                if theirs != ours:
                    differences.append((seed, "get_entities", rows, suffix, theirs, ours))
            theirs, ours = (answer(lambda: root.scheme.auto_detect(gold, suffix).__name__) for root in ROOTS)
            n_calls += 1
            if theirs != ours and not is_listed("auto_detect", theirs, ours, gold):
                differences.append((seed, "auto_detect", gold, suffix, theirs, ours))
        self.assertFalse(differences, f"{len(differences)} of {n_calls}, the first: {differences[:1]}")
        print(f"{N_CORPORA} corpora, {n_calls} calls beside seqeval ({n_raised} that raise), no difference")

    def ask(self, root, module, function, gold, predicted, suffix, options):
        options = dict(options)
        if "scheme" in options:
            options["scheme"] = getattr(root.scheme, options["scheme"])
        for name in module.split("."):
            root = getattr(root, name)
        return answer(getattr(root, function), gold, predicted, suffix=suffix, **options)


ROOTS = (seqeval, welt.seqeval)


if __name__ == "__main__":
    unittest.main()
