"""Compares the spans of `welt predict` with those of transformers' pipeline, sentence by sentence, and what both take.

usage: compare_spans.py WELT MODEL CORPUS [--abstracts 500] [--sentences N] [--threads 1]

WELT is the program, MODEL the folder of a fine-tuned model that both load, CORPUS a file of PubTator. The sentences of its abstracts
are cut by a plain rule here, so that both read the same strings. Each side is a process of its own; what it takes to start is measured
with one sentence and taken off its CPU time. Needs torch and transformers.

The pipeline is `pipeline("token-classification", aggregation_strategy="first")`, sentence by sentence, as its documentation has it.
Differences are printed with a reason, as far as one can be told:

- words: the two cut the text into other words around there. BERT's own rule keeps signs that are no punctuation, such as `+` in Unicode's
  eyes or `±`, in the word around them, and "first" takes the label of the word's first sub-word; welt cuts them as the corpora do.
- length: the sentence is longer than the model's window. The pipeline cuts it off, welt reads it in several windows.
- tie: the two best labels of a word are closer than 0.01 in probability, so that rounding decides.
- other: none of these.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time


def sentences_of(corpus, n_abstracts):
    """The sentences of the first abstracts, cut behind a full stop that a capital letter or a digit follows."""
    sentences, abstracts = [], 0
    with open(corpus, encoding="utf-8") as lines:
        for line in lines:
            found = re.match(r"\d+\|([ta])\|(.*)", line.rstrip("\n"))
            if not found:
                continue
            abstracts += found[1] == "a"
            sentences += [part for part in re.split(r"(?<=[.?!])\s+(?=[A-Z0-9])", found[2]) if part.strip()]
            if abstracts == n_abstracts and found[1] == "a":
                break
    return sentences


def measured(command, environment):
    """What a command takes: CPU seconds, seconds by the clock, peak memory in MiB."""
    began = time.monotonic()
    process = subprocess.Popen(command, env=environment)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime, time.monotonic() - began, usage.ru_maxrss / 1024


def tag_with_pipeline(model, text, output, threads):
    """The other side: one JSON object a sentence, with its entities and the words that the labels were chosen for."""
    import torch
    from transformers import pipeline

    torch.set_num_threads(threads)
    tagger = pipeline("token-classification", model=model, aggregation_strategy="first", device="cpu")
    limit = tagger.model.config.max_position_embeddings
    with open(text, encoding="utf-8") as lines, open(output, "w", encoding="utf-8") as out:
        for line in lines:
            sentence = line.rstrip("\n")
            entities = tagger(sentence)
            spans = [(one["start"], one["end"], one["entity_group"], float(one["score"])) for one in entities]
            length = len(tagger.tokenizer(sentence)["input_ids"])
            out.write(json.dumps({"spans": spans, "cut": length > limit}) + "\n")


def words_of_bert(tokenizer, sentence):
    encoded = tokenizer.backend_tokenizer.pre_tokenizer.pre_tokenize_str(sentence)
    return [span for _, span in encoded]


def words_of_welt(sentence):
    return [found.span() for found in re.finditer(r"[^\W_]+|\S", sentence)]


def reason(sentence, ours, theirs, cut, near_ties, tokenizer):
    if cut:
        return "length"
    spans = {(start, end) for start, end, _ in ours ^ theirs}
    low, high = min(start for start, _ in spans), max(end for _, end in spans)
    near = lambda words: {word for word in words if word[0] < high + 2 and word[1] > low - 2}
    if near(words_of_bert(tokenizer, sentence)) != near(words_of_welt(sentence)):
        return "words"
    return "tie" if near_ties(sentence, low, high) else "other"


def near_ties_by(model):
    import torch
    from transformers import AutoModelForTokenClassification, AutoTokenizer

    tokenizer, network = AutoTokenizer.from_pretrained(model), AutoModelForTokenClassification.from_pretrained(model).eval()

    def near_ties(sentence, low, high):
        encoded = tokenizer(sentence, return_tensors="pt", return_offsets_mapping=True)
        offsets = encoded.pop("offset_mapping")[0].tolist()
        with torch.no_grad():
            best = network(**encoded).logits[0].softmax(-1).topk(2).values
        return any(
            float(first - second) < 0.01
            for (start, end), (first, second) in zip(offsets, best)
            if start < high + 2 and end > low - 2
        )

    return tokenizer, near_ties


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("welt")
    parser.add_argument("model")
    parser.add_argument("corpus")
    parser.add_argument("--abstracts", type=int, default=500)
    parser.add_argument("--sentences", type=int, help="no more than so many")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--pipeline-output", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.pipeline_output:
        return tag_with_pipeline(arguments.model, arguments.corpus, arguments.pipeline_output, arguments.threads)

    sentences = sentences_of(arguments.corpus, arguments.abstracts)[: arguments.sentences]
    threads = str(arguments.threads)
    environment = {**os.environ, "OMP_NUM_THREADS": threads, "TOKENIZERS_PARALLELISM": "false", "HF_HUB_OFFLINE": "1"}
    with tempfile.TemporaryDirectory() as folder:
        path = lambda name: os.path.join(folder, name)
        for name, some in (("all.txt", sentences), ("one.txt", sentences[:1])):
            with open(path(name), "w", encoding="utf-8") as out:
                out.writelines(sentence + "\n" for sentence in some)
        welt = lambda name: measured(
            [arguments.welt, "predict", "--model", arguments.model, "--from", "text", path(name), "--format", "json", "--threads", threads,
             "--quiet", "--output", path(f"welt-{name}")], environment)
        python = lambda name: measured(
            [sys.executable, __file__, arguments.welt, arguments.model, path(name), "--threads", threads,
             "--pipeline-output", path(f"python-{name}")], environment)
        print(f"{len(sentences)} sentences, {threads} thread(s)")
        for name, run in (("welt", welt), ("pipeline", python)):
            start, (cpu, clock, peak) = run("one.txt")[0], run("all.txt")
            rate = len(sentences) / max(cpu - start, 1e-9)
            print(f"{name}: {rate:.1f} sentences a CPU-second, {cpu:.1f} CPU-seconds of which {start:.1f} to start, "
                  f"{clock:.1f} seconds, peak {peak:.0f} MiB")
        read = lambda name: [json.loads(line) for line in open(path(name), encoding="utf-8")]
        compare(sentences, read("welt-all.txt"), read("python-all.txt"), arguments.model)


def compare(sentences, ours, theirs, model):
    tokenizer, near_ties = near_ties_by(model)
    assert len(ours) == len(theirs) == len(sentences), (len(ours), len(theirs), len(sentences))
    n_ours = n_theirs = n_same = 0
    reasons = {}
    for sentence, one, other in zip(sentences, ours, theirs):
        assert one["text"] == sentence
        spans = {(entity["start"], entity["end"], entity["type"]) for entity in one["entities"]}
        for entity in one["entities"]:
            assert sentence[entity["start"] : entity["end"]] == entity["text"], entity
        others = {tuple(span[:3]) for span in other["spans"]}
        n_ours, n_theirs, n_same = n_ours + len(spans), n_theirs + len(others), n_same + len(spans & others)
        if spans != others:
            why = reason(sentence, spans, others, other["cut"], near_ties, tokenizer)
            reasons.setdefault(why, []).append((sentence, sorted(spans - others), sorted(others - spans)))
    different = sum(map(len, reasons.values()))
    print(f"{n_ours} spans of welt, {n_theirs} of the pipeline, {n_same} the same; {different} of {len(sentences)} sentences differ")
    for why, cases in sorted(reasons.items()):
        print(f"\n{why}: {len(cases)} sentences")
        for sentence, only_ours, only_theirs in cases[:10]:
            show = lambda spans: ", ".join(f"{sentence[start:end]!r} {name}" for start, end, name in spans) or "-"
            print(f"  welt {show(only_ours)} | pipeline {show(only_theirs)}")


if __name__ == "__main__":
    main()
