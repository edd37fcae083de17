"""What the other tests do not reach: comparisons, documents, weights, the Trainer's scores, messages, files, threads."""

import ast
import json
import math
import os
import pathlib
import tempfile
import threading
import unittest
import warnings

import welt

PUBTATOR = "1|t|Ataxia of TP53.\n1|a|No cure.\n1\t0\t6\tAtaxia\tDisease\tD001259\n1\t10\t14\tTP53\tGene\t7157\n1\tCID\tD1\tD2\n\n"


def pairs(*wrong, n=60, documents=None):
    gold = [["B-A", "O", "B-B"] if index % 2 else ["O", "B-A", "I-A"] for index in range(n)]
    predicted = [["O"] * 3 if index in wrong else list(row) for index, row in enumerate(gold)]
    return welt.Pairs(gold, predicted, documents=documents)


class Comparisons(unittest.TestCase):
    def test_two_systems(self):
        documents = [str(index // 4) for index in range(60)]
        first, second = pairs(1, 2, documents=documents), pairs(1, 3, 5, 7, 9, 11, documents=documents)
        by_sentence = welt.compare(first, second, seed=1, scheme="IOB2")
        by_document = welt.compare(first, second, seed=1, scheme="IOB2", by_document=True)
        self.assertEqual((by_sentence.unit, by_document.unit, by_document.n_units), ("sentence", "document", 15))
        self.assertEqual(by_sentence.difference, by_document.difference)
        self.assertTrue(by_sentence.lower <= by_sentence.difference <= by_sentence.upper)
        self.assertEqual(by_sentence.difference, by_sentence.first - by_sentence.second)
        self.assertEqual(by_sentence, welt.compare(first, second, seed=1, scheme="IOB2"))
        of_type = welt.compare(first, second, seed=1, metric="recall", type="B")
        self.assertEqual(of_type.metric, "recall of B")
        for metric in ("precision", "recall", "macro_f1", "fair_f1"):
            self.assertTrue(0 <= welt.compare(first, second, seed=1, metric=metric).p_value <= 1)
        self.assertIn("<td>", by_sentence._repr_html_())
        json.dumps(by_sentence.to_dict())

    def test_several_runs(self):
        first = [pairs(1), pairs(2), pairs(3)]
        second = [pairs(1, 5, 9, 13), pairs(2, 6, 8, 10, 12), pairs(3, 4, 5, 6)]
        found = welt.compare(first, second, seed=1)
        self.assertEqual((found.runs, found.n_different), ((3, 3), None))
        self.assertTrue(found.lower <= found.difference <= found.upper)
        self.assertLess(found.p_value, 0.05)
        self.assertGreater(welt.compare(first, second[:2], seed=1, paired=False).p_value, 0)
        with self.assertRaisesRegex(welt.WeltError, "as many of both where they are paired"):
            welt.compare(first, second[:2], seed=1)
        self.assertTrue(welt.interval(first, seed=1).lower < 1)

    def test_what_cannot_be_compared(self):
        other = welt.Pairs([["B-A"]], [["B-A"]])
        with self.assertRaisesRegex(welt.WeltError, "expected the same sentences in both"):
            welt.compare(pairs(1), other, seed=1)
        with self.assertRaisesRegex(welt.WeltError, "the metric is `f2`, expected f1, precision"):
            welt.compare(pairs(1), pairs(2), seed=1, metric="f2")
        with self.assertRaisesRegex(welt.WeltError, "documents of the sentences are not known"):
            welt.compare(pairs(1), pairs(2), seed=1, by_document=True)
        with self.assertRaises(welt.WeltError):
            welt.holm([0.5, 2.0])

    def test_judging(self):
        def runs(n_wrong):
            return {seed: pairs(*range(seed, seed + n_wrong)) for seed in (1, 2, 3)}

        grid = {
            name: {"plain": runs(20), "better": runs(4 + index), "same": runs(20)}
            for index, name in enumerate(("one", "two", "three", "four"))
        }
        better, same = welt.judge(grid, baseline="plain", seed=1)
        self.assertEqual((better.method, better.word, better.details["trained"]["word"]), ("better", "helps", "helps"))
        # Runs that are equal to the last entity have no spread that a test could stand on.
        self.assertEqual((same.word, same.difference), ("not known", 0.0))
        self.assertGreater(better.difference, 10)
        self.assertTrue(str(better).startswith("better helps"))


class Documents(unittest.TestCase):
    def test_a_round_through_files(self):
        with tempfile.TemporaryDirectory() as folder:
            source, target = pathlib.Path(folder, "a.pubtator"), pathlib.Path(folder, "a.xml")
            source.write_text(PUBTATOR)
            with self.assertRaisesRegex(welt.WeltError, "unread-relation"):
                welt.convert(source, target, to="bioc-xml")
            self.assertFalse(target.exists())
            self.assertEqual([path.name for path in pathlib.Path(folder).iterdir()], ["a.pubtator"])
            ledger = welt.convert(source, target, to="bioc-xml", allow=["unread-relation"])
            self.assertEqual([(loss.name, loss.count) for loss in ledger], [("unread-relation", 1)])
            self.assertEqual(ledger[0].items[0]["note"], f"at {source}:5:1")
            there, back = welt.read_documents(source), welt.read_documents(target)
            self.assertEqual((there.format, back.format), ("pubtator", "bioc-xml"))
            extents = lambda documents: [
                (mention["entity_type"], mention["parts"]) for document in documents for mention in document["mentions"]
            ]
            self.assertEqual(extents(there), extents(back))
            brat = pathlib.Path(folder, "brat")
            welt.convert(target, brat, to="brat", allow="all")
            self.assertEqual(len(list(brat.iterdir())), 2)

    def test_messages(self):
        with self.assertRaisesRegex(welt.WeltError, "its format cannot be told.*name it with format="):
            next(welt.read_documents("a", content=b"\x00\x01"))
        with self.assertRaisesRegex(welt.WeltError, "`docx`"):
            welt.read_documents("a", "docx", content=b"")
        with self.assertRaisesRegex(welt.WeltError, "expected a document as welt.read_documents gives it"):
            welt.write_documents([{"text": "a"}], format="conll")
        with self.assertRaisesRegex(welt.WeltError, r"a\.jsonl:2:"):
            list(welt.read_documents("a.jsonl", "json-lines", content=b'{"id":"1","passages":[],"mentions":[]}\n{"id":\n'))

    def test_a_reader_of_several_threads(self):
        text = "".join(PUBTATOR.replace("1|", f"{n}|").replace("\n1\t", f"\n{n}\t") for n in range(200)).encode()
        documents, found = welt.read_documents("a", content=text), []

        def take():
            for document in documents:
                found.append(document["id"])

        threads = [threading.Thread(target=take) for _ in range(4)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        self.assertEqual(sorted(found, key=int), [str(n) for n in range(200)])


class Weights(unittest.TestCase):
    def test_orders(self):
        rows = [["B-A", "I-A", "O", "O", "O"], ["O"] * 5]
        weights = dict(zip(["O", "B-A", "I-A"], welt.class_weights(rows, order=["O", "B-A", "I-A"])))
        self.assertEqual(welt.class_weights(rows), [weights[label] for label in ("B-A", "I-A", "O")])
        self.assertAlmostEqual(sum(weights.values()), 1.0)
        # softmax(1 - n / N)
        self.assertAlmostEqual(weights["O"] / weights["B-A"], math.exp(0.1 - 0.8))
        published = welt.class_weights(rows, order=["B-A", "I-A", "O"], as_published=True)
        self.assertEqual(published, [weights["O"], weights["B-A"], weights["I-A"]])

    def test_doubts(self):
        with self.assertWarnsRegex(welt.WeightWarning, "all weights are equal"):
            welt.class_weights({"O": 1000, "B-A": 900}, scheme="ens-0.5")
        with self.assertRaisesRegex(welt.WeltError, "`X` is none of the labels, expected one of O, B-A"):
            welt.class_weights([["X"]], order=["O", "B-A"])
        with self.assertRaisesRegex(welt.WeltError, "is not a weighting scheme"):
            welt.class_weights({"O": 1}, scheme="inverse")
        with self.assertRaisesRegex(welt.WeltError, "no samples"):
            welt.class_weights({"O": 1, "B-A": 0}, scheme="ins")


class Metrics(unittest.TestCase):
    def test_all_forms_agree(self):
        gold, predicted = [["B-A", "I-A", "O"], ["O", "B-B"]], [["B-A", "O", "O"], ["O", "B-B"]]
        entities = [[("A", 0, 2)], [("B", 1, 2)]], [[("A", 0, 1)], [{"label": "B", "start": 1, "end": 2}]]
        inclusive = [[("A", 0, 1)], [(1, 1, "B")]], [[("A", 0, 0)], [{"type": "B", "start": 1, "end": 1}]]
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "a.tsv")
            with open(path, "w", encoding="utf-8") as out:
                for rows in zip(gold, predicted):
                    out.writelines(f"w\t{one}\t{other}\n" for one, other in zip(*rows))
                    out.write("\n")
            evaluations = [
                welt.metrics.evaluate(gold, predicted, scheme="IOB2"),
                welt.metrics.evaluate(welt.Pairs(gold, predicted), scheme="detect"),
                welt.metrics.evaluate(path, scheme="IOB2"),
                welt.metrics.evaluate(pathlib.Path(path)),
                welt.metrics.evaluate(*entities),
                welt.metrics.evaluate(*inclusive, inclusive=True),
            ]
        for evaluation in evaluations:
            self.assertEqual(evaluation.seqeval.micro, evaluations[0].seqeval.micro)
            self.assertEqual(evaluation.faireval.overall, evaluations[0].faireval.overall)
            self.assertEqual(evaluation.semeval.entities, evaluations[0].semeval.entities)
            self.assertEqual(len(evaluation.errors.errors), 1)
            self.assertIn("<table>", evaluation._repr_html_())
            json.dumps(evaluation.to_dict())
        self.assertEqual(evaluations[0].conlleval.text, evaluations[2].conlleval.text)
        self.assertIsNone(evaluations[4].conlleval)

    def test_messages(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "a.tsv")
            pathlib.Path(path).write_text("w B-A O\nw noun O\n")
            with self.assertRaisesRegex(welt.WeltError, r"a\.tsv:2:3: `noun` in the gold column is no tag"):
                welt.metrics.seqeval(path)
        with self.assertRaisesRegex(welt.WeltError, "sentence 0 has 1 gold tags and 2 predicted tags"):
            welt.metrics.seqeval([["O"]], [["O", "O"]])
        with self.assertRaisesRegex(welt.WeltError, "the predicted tags of sentence 0 cannot be read: word 0: `E-A` is no tag of IOB2"):
            welt.metrics.seqeval([["O"]], [["E-A"]], scheme="IOB2")
        with self.assertRaisesRegex(welt.WeltError, "expected an entity: "):
            welt.metrics.seqeval([[("A", 0)]], [[]])
        with self.assertRaisesRegex(TypeError, "expected Pairs, the path of a file"):
            welt.metrics.seqeval(7)
        with self.assertRaisesRegex(TypeError, "found the text 'O', expected a list of tags"):
            welt.metrics.seqeval(["O"], ["O"])
        with self.assertRaisesRegex(welt.WeltError, "counted by words"):
            welt.metrics.conlleval([[("A", 0, 1)]], [[]])

    def test_errors_know_words_and_places(self):
        found = welt.metrics.errors(welt.Pairs([["O"], ["O", "B-A"]], [["O"], ["B-A", "O"]], words=[["a"], ["b", "c"]]))
        places = [(error.sentence, error.start, error.text, error.kind) for error in found.errors]
        self.assertEqual(places, [(1, 0, "b", "spurious"), (1, 1, "c", "missed")])

    def test_trainer_takes_arrays_and_ignores_what_is_no_word(self):
        try:
            import numpy
        except ImportError:
            self.skipTest("numpy is not installed")
        compute = welt.trainer.compute_metrics({0: "O", 1: "B-A", 2: "I-A"})
        scores = numpy.zeros((2, 3, 3))
        scores[0, 0, 1] = scores[0, 1, 2] = scores[1, 1, 1] = 1
        found = compute((scores, numpy.array([[1, -100, 0], [0, 1, 2]])))
        self.assertEqual((found["precision"], found["recall"], found["accuracy"]), (0.5, 0.5, 0.8))

    def test_several_threads_at_once(self):
        data = pairs(*range(10), n=2000)
        expected = welt.metrics.seqeval(data, scheme="IOB2")
        found = []
        threads = [threading.Thread(target=lambda: found.append(welt.metrics.seqeval(data, scheme="IOB2"))) for _ in range(8)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        self.assertEqual(found, [expected] * 8)


class Stubs(unittest.TestCase):
    def test_they_name_what_is_there(self):
        folder = pathlib.Path(welt.__file__).parent
        self.assertTrue((folder / "py.typed").exists())
        stub = ast.parse((folder / "_welt.pyi").read_text())
        kinds = (ast.FunctionDef, ast.ClassDef)
        named = {node.name: node for node in stub.body if isinstance(node, kinds)}
        there = {name for name in dir(welt._welt) if not name.startswith("_")}
        self.assertLessEqual(set(named) - there, {"LoadedTagger"})
        self.assertEqual(there - set(named), set())
        for name, node in named.items():
            if isinstance(node, ast.ClassDef) and name in there:
                members = {member.name for member in node.body if isinstance(member, ast.FunctionDef)}
                public = {member for member in vars(getattr(welt._welt, name)) if not member.startswith("_")}
                self.assertEqual({member for member in members if not member.startswith("_")}, public, name)

    def test_everything_public_is_documented(self):
        import inspect

        for name in welt.__all__:
            found = getattr(welt, name)
            self.assertTrue(inspect.getdoc(found), name)


class Silence(unittest.TestCase):
    def test_what_seqeval_does_silently_is_said(self):
        from welt.seqeval import IOB2, SilentModeWarning, accuracy_score, classification_report, f1_score

        rows = [["B-A", "O"]], [["B-A", "O"]]
        calls = [
            lambda: f1_score(*rows, mode="strict"),
            lambda: f1_score(*rows, scheme=IOB2),
            lambda: f1_score(*rows, mode="lenient"),
            lambda: f1_score(*rows, sample_weight=[1]),
            lambda: f1_score(*rows, zero_division=0.5),
            lambda: accuracy_score([["O", "O"]], [["O"]]),
            lambda: classification_report(*rows, mode="strict", scheme=int),
        ]
        for call in calls:
            with self.assertWarns(SilentModeWarning) as caught:
                call()
            # The warning is of the line that called, not of a line of the package.
            self.assertEqual(pathlib.Path(caught.filename).name, pathlib.Path(__file__).name)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            f1_score(*rows, mode="strict", scheme=IOB2)
            classification_report(*rows, mode="strict")


if __name__ == "__main__":
    unittest.main()
