"""The tagger: exact characters, the same from several threads, interruptions, and batches.

The model is a BERT of random weights that lies beside the tests of `welt-models`, with a vocabulary of letters: what it finds means
nothing, and where it stands is all that is looked at. `WELT_MODEL` names a fine-tuned one, to be tried as well.
"""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import welt

GOLDEN = pathlib.Path(__file__).resolve().parents[2] / "welt-models/tests/golden/parity/bert"

TEXTS = [
    "no ataxia",
    "β-thalassaemia, 😀 and nothing\r\nelse. ﬁnal e\u0301 line\u200b!",
    "",
    "a b c d e f g h i j k l m n o p q r s t u v w x y z. " * 20,
    "   ",
    None,
]


def has_tagger():
    return hasattr(welt._welt, "LoadedTagger")


def random_model(folder):
    """A model directory of the random BERT, with letters as its vocabulary."""
    for name in ("config.json", "model.safetensors"):
        shutil.copy(GOLDEN / name, folder)
    n_words = json.loads((GOLDEN / "config.json").read_text())["vocab_size"]
    letters = "abcdefghijklmnopqrstuvwxyz0123456789.,-"
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{letter}" for letter in letters)]
    words += [f"[unused{index}]" for index in range(n_words - len(words))]
    pathlib.Path(folder, "vocab.txt").write_text("\n".join(words[:n_words]) + "\n", encoding="utf-8")
    pathlib.Path(folder, "tokenizer_config.json").write_text('{"do_lower_case": true}')
    return folder


@unittest.skipUnless(has_tagger(), "welt was built without its tagger")
class Tagging(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.model = random_model(cls.folder.name)
        # The random model reads 40 sub-words.
        cls.taggers = [welt.Tagger.load(cls.model, window_context=4)]
        if os.environ.get("WELT_MODEL"):
            cls.taggers.append(welt.Tagger.load(os.environ["WELT_MODEL"]))

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_characters_are_exact(self):
        for tagger in self.taggers:
            together = tagger.tag(TEXTS)
            self.assertEqual(len(together), len(TEXTS))
            self.assertGreater(sum(map(len, together)), 0)
            self.assertEqual(tagger.counts["entities"], sum(map(len, together)))
            for text, entities in zip(TEXTS, together):
                for entity in entities:
                    self.assertEqual(text[entity.start : entity.end], entity.text)
                    self.assertTrue(0 < entity.score <= 1)
                if text:
                    self.assertEqual(tagger.tag(text), entities)

    def test_what_is_found_can_be_scored_and_written(self):
        tagger = self.taggers[0]
        entities = tagger.tag([TEXTS[0]])
        self.assertEqual(welt.metrics.seqeval(entities, entities).micro.f1, 1.0)
        document = {"id": "1", "passages": [{"kind": "", "offset": 5, "text": TEXTS[0]}], "mentions": []}
        (tagged,) = tagger.tag_documents([document])
        self.assertEqual([mention["parts"][0]["start"] for mention in tagged["mentions"]], [entity.start + 5 for entity in entities[0]])
        lines = welt.write_documents([tagged], format="json-lines", allow="all").decode()
        self.assertEqual(json.loads(lines)["id"], "1")

    def test_words_keep_their_number(self):
        sentences = [["no", "ataxia", "\u200b"], [], ["a"] * 300]
        for words, tagged in zip(sentences, self.taggers[0].tag_words(sentences)):
            self.assertEqual(len(tagged.tags), len(words))
            self.assertEqual(len(tagged.probabilities), len(words))
            self.assertTrue(set(tagged.tags) <= set(self.taggers[0].labels))

    def test_several_threads_use_one(self):
        tagger = self.taggers[0]
        expected = tagger.tag(TEXTS)
        found = []
        threads = [threading.Thread(target=lambda: found.append(tagger.tag(TEXTS))) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(found, [expected] * 8)
        own = welt.Tagger.load(self.model, window_context=4, threads=1)
        self.assertEqual(own.tag(TEXTS), expected)

    def test_others_go_on_while_it_works(self):
        tagger = self.taggers[0]
        turns = []
        work = threading.Thread(target=lambda: tagger.tag([TEXTS[3]] * 200))
        work.start()
        while work.is_alive():
            turns.append(time.monotonic())
            time.sleep(0.001)
        # A call that held the interpreter would have left one turn or two.
        self.assertGreater(len(turns), 10)

    def test_control_c_is_heard(self):
        # In a process of its own, whose signal is not the test's.
        script = (
            "import sys, welt\n"
            f"tagger = welt.Tagger.load({str(self.model)!r}, window_context=4)\n"
            "print('ready', flush=True)\n"
            "try:\n"
            f"    tagger.tag([{TEXTS[3]!r}] * 20_000)\n"
            "except KeyboardInterrupt:\n"
            "    sys.exit(130)\n"
        )
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, env=environment)
        self.assertEqual(process.stdout.readline().strip(), b"ready")
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(timeout=60), 130)
        process.stdout.close()

    @unittest.skipUnless(hasattr(os, "fork"), "there is no fork here")
    def test_a_forked_process_is_told_to_load_its_own(self):
        tagger = self.taggers[0]
        tagger.tag(TEXTS[0])
        child = os.fork()
        if child == 0:
            try:
                tagger.tag(TEXTS[0])
            except welt.WeltError as error:
                os._exit(0 if "load it in each process" in str(error) else 1)
            os._exit(2)
        for _ in range(600):
            pid, status = os.waitpid(child, os.WNOHANG)
            if pid:
                self.assertEqual(status, 0)
                return
            time.sleep(0.1)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        self.fail("the forked process hangs")

    def test_what_cannot_be_loaded_says_why(self):
        with self.assertRaisesRegex(welt.WeltError, "no-such-model"):
            welt.Tagger.load("./no-such-model")
        with self.assertRaisesRegex(welt.WeltError, "expected f32, bf16 or f16|f32"):
            welt.Tagger.load(self.model, precision="f8")
        with self.assertRaisesRegex(welt.WeltError, "shifted"):
            welt.Tagger.load(self.model, window_context=4, shifts={"B-Nothing": 1.0})

    def test_rows_without_a_class_of_their_own(self):
        class Batch:
            def to_pylist(self):
                return [{"id": 1, "abstract": TEXTS[0]}, {"id": 2, "abstract": None}]

        tagger = self.taggers[0]
        rows = tagger.tag_batch(Batch(), column="abstract")
        self.assertEqual([row["mention"] for row in rows], [entity.text for entity in tagger.tag(TEXTS[0])])
        self.assertEqual({row["id"] for row in rows}, {1})
        with self.assertRaisesRegex(welt.WeltError, "no column `text`, expected one of id, abstract"):
            tagger.tag_batch(Batch())
        with self.assertRaisesRegex(welt.WeltError, "expected a record batch"):
            tagger.tag_batch([{"text": "a"}])

    def test_arrow(self):
        try:
            import pyarrow
        except ImportError:
            self.skipTest("pyarrow is not installed")
        tagger = self.taggers[0]
        batch = pyarrow.RecordBatch.from_pydict({"id": ["x", "y", "z"], "text": [TEXTS[0], None, TEXTS[1]]})
        for kind in (batch, pyarrow.Table.from_batches([batch])):
            found = tagger.tag_batch(kind)
            self.assertIsInstance(found, type(kind))
            self.assertEqual(found.schema.names, ["id", "start", "end", "type", "score", "mention"])
            self.assertEqual(found.column("mention").to_pylist(), [e.text for text in (TEXTS[0], TEXTS[1]) for e in tagger.tag(text)])
            self.assertEqual(tagger.tag_batch(kind.slice(1, 1)).schema, found.schema)

    def test_frames(self):
        try:
            import pandas
        except ImportError:
            self.skipTest("pandas is not installed")
        tagger = self.taggers[0]
        frame = pandas.DataFrame({"id": [7, 8], "text": [TEXTS[0], float("nan")]})
        found = tagger.tag_batch(frame)
        self.assertEqual(list(found.columns), ["id", "start", "end", "type", "score", "mention"])
        self.assertEqual(list(found["mention"]), [entity.text for entity in tagger.tag(TEXTS[0])])
        empty = tagger.tag_batch(frame[1:])
        self.assertEqual((len(empty), list(empty.dtypes)), (0, list(found.dtypes)))


if __name__ == "__main__":
    unittest.main()
