"""The tagger beside transformers' pipeline, on the same sentences: the spans of both, sentences a CPU-second, and memory.

    python contrib/beside_transformers.py MODEL DOCUMENTS [N]

MODEL is the folder of a fine-tuned model, DOCUMENTS a file or folder in any format that welt reads, N how many documents to take
(500 unless said otherwise). Each program runs in a process of its own on one thread, and its time is that of the calls alone, after a
first one. The sentences are those that welt finds, so that both read the same. The pipeline is asked for `aggregation_strategy="first"`,
in batches of 32 sorted by length, which is the fastest for it. Needs torch and transformers.
"""

import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time

import welt


def sentences(path, n):
    """The sentences of so many documents: where welt's own rules break the text, told by the words that it writes."""
    texts = []
    for index, document in enumerate(welt.read_documents(path)):
        if index == n:
            break
        for passage in document["passages"]:
            single = {"id": "1", "passages": [{**passage, "offset": 0}], "mentions": []}
            position = 0
            for line in welt.write_documents([single], format="hugging-face").decode().splitlines():
                words = json.loads(line)["tokens"]
                found = re.compile(r"\s*".join(map(re.escape, words))).search(passage["text"], position)
                texts.append(found.group())
                position = found.end()
    return texts


def with_welt(model, texts):
    tagger = welt.Tagger.load(model, threads=1)
    return lambda chosen: [[(e.start, e.end, e.type) for e in found] for found in tagger.tag(chosen)]


def with_transformers(model, texts):
    import torch
    from transformers import pipeline

    torch.set_num_threads(1)
    run = pipeline("token-classification", model=model, aggregation_strategy="first", device="cpu")

    def tag(chosen):
        order = sorted(range(len(chosen)), key=lambda index: len(chosen[index]))
        found = [None] * len(chosen)
        for index, entities in zip(order, run([chosen[index] for index in order], batch_size=32)):
            found[index] = [(entity["start"], entity["end"], entity["entity_group"]) for entity in entities]
        return found

    return tag


def one(program, model, path):
    with open(path, encoding="utf-8") as lines:
        texts = json.load(lines)
    tag = {"welt": with_welt, "transformers": with_transformers}[program](model, texts)
    tag(texts[:64])
    started, clock = time.process_time(), time.perf_counter()
    found = tag(texts)
    seconds, wall = time.process_time() - started, time.perf_counter() - clock
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps({"cpu_seconds": seconds, "seconds": wall, "memory_mb": memory, "spans": found}))


def main():
    model, path = sys.argv[1:3]
    texts = sentences(path, int(sys.argv[3]) if len(sys.argv) > 3 else 500)
    results = {}
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        json.dump(texts, file)
        file.flush()
        for program in ("welt", "transformers"):
            environment = {**os.environ, "RAYON_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
            answer = subprocess.run(
                [sys.executable, __file__, "--one", program, model, file.name], env=environment, check=True, stdout=subprocess.PIPE
            )
            results[program] = json.loads(answer.stdout.splitlines()[-1])
            found = results[program]
            speed = len(texts) / found["cpu_seconds"]
            print(f"{program:<12} {speed:7.1f} sentences a CPU-second, {found['memory_mb']} MB, {sum(map(len, found['spans']))} spans")
    spans = [results[program]["spans"] for program in ("welt", "transformers")]
    other = [(text, *pair) for text, *pair in zip(texts, *spans) if pair[0] != pair[1]]
    print(f"{len(texts)} sentences, {len(other)} of them with other spans")
    for text, ours, theirs in other[:10]:
        show = lambda found: [f"{text[start:end]} ({kind})" for start, end, kind in found]
        print(f"  {text!r}\n    welt {show(ours)}\n    transformers {show(theirs)}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        one(*sys.argv[2:5])
    else:
        main()
