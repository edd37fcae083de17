"""Every value that seqeval, FairEval, nervaluate and conlleval.pl gave, through Python.

They lie beside the tests of `welt-eval`, with a README of the versions.
"""

import gzip
import json
import math
import pathlib
import unittest
import warnings

import welt
import welt.seqeval
from welt.seqeval import metrics as sq

GOLDEN = pathlib.Path(__file__).resolve().parents[2] / "welt-eval/tests/golden"


def lines(name):
    """The objects of a file of one JSON object a line, packed or not."""
    path = GOLDEN / name
    text = gzip.decompress(path.read_bytes()).decode() if name.endswith(".gz") else path.read_text()
    return [json.loads(line) for line in text.splitlines() if line]


class Golden(unittest.TestCase):
    """Numbers to 1e-9, counts and texts exactly."""

    def setUp(self):
        warnings.simplefilter("ignore")
        self.n_values = 0

    def equal(self, found, expected, place):
        """Compares dictionaries and numbers; null stands for NaN, and a key that is not expected is not looked at."""
        if isinstance(expected, dict):
            for key, value in expected.items():
                self.equal(found[key], value, f"{place}.{key}")
            return
        self.n_values += 1
        if isinstance(expected, float) or expected is None:
            same = math.isnan(found) if expected is None else abs(found - expected) <= 1e-9
            self.assertTrue(same, f"{place}: {found}, expected {expected}")
        else:
            self.assertEqual(found, expected, place)

    def test_cases(self):
        cases = lines("cases.jsonl.gz")
        for case in cases:
            scheme = case["scheme"] if case["mode"] == "strict" else None
            pairs = welt.metrics.Pairs(case["y_true"], case["y_pred"], suffix=case["suffix"])
            with self.subTest(case["id"]):
                self.seqeval(case, pairs, scheme)
                self.faireval(case, pairs, scheme)
                self.nervaluate(case, pairs, scheme)
                self.conlleval(case)
        print(f"{self.n_values} values of {len(cases)} cases")

    def seqeval(self, case, pairs, scheme):
        expected = case["expected"]["seqeval"]
        report = welt.metrics.seqeval(pairs, scheme=scheme, zero_division=case["zero_division"])
        for name in ("per_type", "micro", "macro", "weighted"):
            self.equal(getattr(report, name), expected[name], name)
        if expected["accuracy"] is not None:
            self.equal(report.accuracy, expected["accuracy"], "accuracy")
        rows = case["y_true"], case["y_pred"]
        self.equal(sq.performance_measure(*rows), expected["token_counts"], "token_counts")
        strict = {"mode": "strict", "scheme": getattr(welt.seqeval, scheme)} if scheme else {}
        options = {"suffix": case["suffix"], "zero_division": case["zero_division"], **strict}
        if "report" in expected:
            text = sq.classification_report(*rows, digits=expected["report_digits"], **options)
            self.equal(text, expected["report"], "report")
        self.equal(sq.f1_score(*rows, **options), expected["micro"]["f1"], "f1_score")

    def faireval(self, case, pairs, scheme):
        expected = case["expected"]["faireval"]
        report = welt.metrics.faireval(pairs, scheme=scheme, focus=case["focus"])
        self.fair(report.overall, expected["overall"])
        for name, counts in expected["per_label"].items():
            self.fair(report.per_type[name], counts)
        self.equal(report.confusion, expected["confusion"], "confusion")

    def fair(self, found, expected):
        kinds = ("TP", "FP", "FN", "LE", "BE", "BES", "BEL", "BEO", "LBE")
        for kind in kinds:
            self.equal(found[kind], expected["fair"][kind], kind)
        for name in ("traditional", "fair", "weighted"):
            ratios = {key: value for key, value in expected[name].items() if key in ("precision", "recall", "f1")}
            self.equal(found[name], ratios, name)

    def nervaluate(self, case, pairs, scheme):
        expected = case["expected"]["nervaluate"]
        report = welt.metrics.semeval(pairs, scheme=scheme, min_overlap=case["min_overlap"])
        self.equal(report.overall, expected["overall"], "nervaluate")
        self.equal(report.entities, expected["entities"], "nervaluate")
        # Spans as the tools got them, with the last position.
        spans = [[[{"label": span[0], "start": span[1], "end": span[2]} for span in row] for row in case["expected"]["spans"][side]]
                 for side in ("true", "pred")]
        types = {span["label"] for side in spans for row in side for span in row}
        found = welt.metrics.nervaluate(*spans, tags=sorted(types), loader="dict", min_overlap_percentage=case["min_overlap"])
        self.equal(found["overall"], expected["overall"], "nervaluate of spans")

    def conlleval(self, case):
        expected = case["expected"].get("conlleval")
        if expected:
            self.equal(welt.metrics.conlleval(case["y_true"], case["y_pred"]).text, expected["text"], "conlleval")

    def test_spans_with_gaps(self):
        cases = lines("faireval_spans.jsonl.gz")
        for case in cases:
            side = lambda rows: [[{"type": label, "parts": parts(tokens)} for label, _, _, tokens in row] for row in rows]
            report = welt.metrics.faireval(side(case["target"]), side(case["system"]), focus=case["focus"])
            with self.subTest(case["id"]):
                self.fair(report.overall, case["expected"]["overall"])
                for name, counts in case["expected"]["per_label"].items():
                    self.fair(report.per_type[name], counts)
        print(f"{self.n_values} values of {len(cases)} lists of spans")

    def test_edges(self):
        cases = lines("edge.jsonl")
        for case in cases:
            with self.subTest(case["id"]):
                self.edge(case)
        print(f"{len(cases)} edges of seqeval")

    def edge(self, case):
        if case["call"] == "classification_report_text":
            # The one that differs, and is listed: a table without rows, where seqeval raises.
            self.assertEqual(case["error"], "ValueError")
            self.assertEqual(sq.classification_report(case["y_true"], case["y_pred"]).count("\n"), 5)
            return
        arguments = dict(case["args"])
        if "scheme" in arguments:
            arguments["scheme"] = getattr(welt.seqeval, arguments["scheme"])
        functions = {"auto_detect": lambda true, **_: welt.seqeval.scheme.auto_detect(true).__name__,
                     "get_entities": lambda true, **options: welt.seqeval.get_entities(true, **options)}
        sides = [case[side] for side in ("y_true", "y_pred") if side in case]
        if case["call"] == "classification_report":
            arguments["output_dict"] = True
        function = functions.get(case["call"]) or getattr(sq, case["call"])
        sides = sides[:1] if case["call"] in functions else sides
        if "error" in case:
            with self.assertRaises(Exception) as raised:
                function(*sides, **arguments)
            self.assertEqual(type(raised.exception).__name__, case["error"])
            return
        found = function(*sides, **arguments)
        if case["call"] == "classification_report":
            found = {name: {key.replace("f1-score", "f1"): value for key, value in row.items()} for name, row in found.items()}
        if case["call"] == "get_entities":
            found, case["result"] = [list(entity) for entity in found], [list(entity) for entity in case["result"]]
        self.equal(found, case["result"], case["id"])


def parts(tokens):
    """Positions as ranges without gaps."""
    ranges = []
    for token in tokens:
        if ranges and ranges[-1][1] == token:
            ranges[-1][1] = token + 1
        else:
            ranges.append([token, token + 1])
    return [tuple(part) for part in ranges]


if __name__ == "__main__":
    unittest.main()
