"""Sentences a CPU-second and peak memory of `welt predict` beside transformers, PyTorch and onnxruntime, and how far their spans agree.

usage: tagging_speed.py WELT MODEL CORPUS [--abstracts 500] [--sentences N] [--threads 1,2] [--rounds 2]

    pip install torch transformers onnx onnxruntime

WELT is the program, MODEL the folder of a fine-tuned BERT that all load, CORPUS a file of PubTator, whose sentences are cut by one rule
for all (see compare_spans.py). Each program is a process of its own. What it takes to start and to load is measured with one sentence and
taken off its CPU time; the round with the least CPU time counts, and rounds take turns, so that other work on the machine meets all.

- pipeline: transformers' `pipeline("token-classification", aggregation_strategy="first")`, sentence by sentence, as its documentation has it.
- torch, onnxruntime: all sentences tokenised at once, sorted by length, in batches of 32; entities of the first sub-words, without the
  pipeline. int8 is `quantize_dynamic` as it comes, of the f32 model that `torch.onnx` exports. Threads that wait
  for others sleep in all of them: to spin would count as CPU time.

F1 is that of the spans with their types, against those of the pipeline in f32.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile

from compare_spans import measured, sentences_of, tag_with_pipeline

ROWS = 32


def spans_of(names, offsets, words):
    """The entities of one sentence, by the tags of its words' first sub-words."""
    spans, previous = [], None
    for name, (start, end), word in zip(names, offsets, words):
        if word is None:
            continue
        if word == previous:
            if spans and spans[-1][3] == word:
                spans[-1][1] = end
            continue
        previous = word
        prefix, _, kind = name.partition("-")
        if prefix == "O":
            continue
        if prefix == "I" and spans and spans[-1][2] == kind and spans[-1][3] == word - 1:
            spans[-1][1], spans[-1][3] = end, word
        else:
            spans.append([start, end, kind, word])
    return [(start, end, kind) for start, end, kind, _ in spans]


def tag_sorted(model, text, output, predict):
    """All sentences, sorted by length; `predict` takes a padded batch and gives the best label of each sub-word."""
    from transformers import AutoConfig, AutoTokenizer

    names = AutoConfig.from_pretrained(model).id2label
    tokenizer = AutoTokenizer.from_pretrained(model)
    sentences = open(text, encoding="utf-8").read().splitlines()
    encoded = tokenizer(sentences, return_offsets_mapping=True)
    lengths = [len(ids) for ids in encoded["input_ids"]]
    order = sorted(range(len(sentences)), key=lengths.__getitem__)
    found = [None] * len(sentences)
    for first in range(0, len(order), ROWS):
        rows = order[first : first + ROWS]
        batch = tokenizer.pad({"input_ids": [encoded["input_ids"][row] for row in rows]}, return_tensors="np")
        for row, labels in zip(rows, predict(batch["input_ids"], batch["attention_mask"])):
            tags = [names[label] for label in labels[: lengths[row]].tolist()]
            found[row] = spans_of(tags, encoded["offset_mapping"][row], encoded.word_ids(row))
    with open(output, "w", encoding="utf-8") as out:
        out.writelines(json.dumps({"spans": spans}) + "\n" for spans in found)


def tag_with_torch(model, text, output, threads):
    import torch
    from transformers import AutoModelForTokenClassification

    torch.set_num_threads(threads)
    network = AutoModelForTokenClassification.from_pretrained(model).eval()

    def predict(ids, mask):
        with torch.inference_mode():
            return network(input_ids=torch.from_numpy(ids), attention_mask=torch.from_numpy(mask)).logits.argmax(-1).numpy()

    tag_sorted(model, text, output, predict)


def tag_with_onnxruntime(model, text, output, threads, graph):
    import numpy
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])

    def predict(ids, mask):
        feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": numpy.zeros_like(ids)}
        return session.run(None, feed)[0].argmax(-1)

    tag_sorted(model, text, output, predict)


def export(model, folder):
    """Writes f32.onnx and int8.onnx into a folder."""
    import torch
    from onnxruntime.quantization import quantize_dynamic
    from transformers import AutoModelForTokenClassification

    network = AutoModelForTokenClassification.from_pretrained(model, attn_implementation="eager").eval()
    network.config.return_dict = False
    names = ["input_ids", "attention_mask", "token_type_ids"]
    axes = {name: {0: "rows", 1: "subwords"} for name in [*names, "logits"]}
    ones = torch.ones((2, 9), dtype=torch.long)
    plain, quantised = os.path.join(folder, "f32.onnx"), os.path.join(folder, "int8.onnx")
    with torch.inference_mode():
        torch.onnx.export(network, (ones, ones, ones * 0), plain, input_names=names, output_names=["logits"], dynamic_axes=axes,
                          dynamo=False)
    quantize_dynamic(plain, quantised)


def contend(arguments):
    """What a process of its own does: make the graphs of onnxruntime, or what the table measures."""
    name, text, output = arguments.contender
    if name == "export":
        return export(arguments.model, output)
    threads = int(arguments.threads)
    if name == "pipeline":
        tag_with_pipeline(arguments.model, text, output, threads)
    elif name == "torch":
        tag_with_torch(arguments.model, text, output, threads)
    else:
        tag_with_onnxruntime(arguments.model, text, output, threads, os.path.join(arguments.graphs, f"{name}.onnx"))


def f1(ours, theirs):
    same = sum(len(one & other) for one, other in zip(ours, theirs))
    return 2 * same / max(sum(map(len, ours)) + sum(map(len, theirs)), 1)


def read(path):
    """The spans of each sentence, as either side writes them."""
    sentences = []
    for line in open(path, encoding="utf-8"):
        found = json.loads(line)
        spans = found["spans"] if "spans" in found else [(one["start"], one["end"], one["type"]) for one in found["entities"]]
        sentences.append({tuple(span[:3]) for span in spans})
    return sentences


ROWS_OF_TABLE = [
    ("welt predict", "f32", "welt"),
    ("pipeline", "f32", "pipeline"),
    ("torch, sorted", "f32", "torch"),
    ("onnxruntime, sorted", "f32", "f32"),
    ("welt predict", "bf16", "welt"),
    ("welt predict", "int8", "welt"),
    ("onnxruntime, sorted", "int8", "int8"),
]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("welt")
    parser.add_argument("model")
    parser.add_argument("corpus")
    parser.add_argument("--abstracts", type=int, default=500)
    parser.add_argument("--sentences", type=int, help="no more than so many")
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--contender", nargs=3, help=argparse.SUPPRESS)
    parser.add_argument("--graphs", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.contender:
        return contend(arguments)

    sentences = sentences_of(arguments.corpus, arguments.abstracts)[: arguments.sentences]
    with tempfile.TemporaryDirectory() as folder:
        path = lambda name: os.path.join(folder, name)
        for name, some in (("all", sentences), ("one", sentences[:1])):
            with open(path(name), "w", encoding="utf-8") as out:
                out.writelines(sentence + "\n" for sentence in some)
        own = [sys.executable, __file__, arguments.welt, arguments.model, arguments.corpus, "--graphs", folder]
        subprocess.run([*own, "--contender", "export", "-", folder], check=True, stdout=sys.stderr)

        def run(contender, dtype, threads, text):
            environment = {**os.environ, "OMP_NUM_THREADS": threads, "OMP_WAIT_POLICY": "PASSIVE", "TOKENIZERS_PARALLELISM": "false",
                           "HF_HUB_OFFLINE": "1"}
            output = path(f"{contender}-{dtype}-{threads}-{text}")
            command = [*own, "--threads", threads, "--contender", contender, path(text), output]
            if contender == "welt":
                command = [arguments.welt, "predict", "--model", arguments.model, "--from", "text", path(text), "--format", "json",
                           "--precision", dtype, "--threads", threads, "--quiet", "--output", output]
            return measured(command, environment)

        best = {}
        for number in range(arguments.rounds):
            for threads in arguments.threads.split(","):
                for _, dtype, contender in ROWS_OF_TABLE:
                    key = (contender, dtype, threads)
                    start, (all_cpu, clock, peak) = run(*key, "one")[0], run(*key, "all")
                    cpu = max(all_cpu - start, 1e-9)
                    print(f"round {number + 1}: {key}: {cpu:.1f} CPU-seconds, {start:.1f} to start, {clock:.1f} by the clock", file=sys.stderr)
                    if key not in best or cpu < best[key][0]:
                        best[key] = (cpu, peak)
        print(f"{len(sentences)} sentences, best of {arguments.rounds} rounds\n")
        print("| program | | sentences a CPU-second: " + ", ".join(f"{threads} thread(s)" for threads in arguments.threads.split(","))
              + " | peak MiB | F1 of spans |\n|---|---|---:|---:|---:|")
        reference = read(path(f"pipeline-f32-{arguments.threads.split(',')[0]}-all"))
        for name, dtype, contender in ROWS_OF_TABLE:
            of = [best[contender, dtype, threads] for threads in arguments.threads.split(",")]
            rates = ", ".join(f"{len(sentences) / cpu:.0f}" for cpu, _ in of)
            peaks = ", ".join(f"{peak:.0f}" for _, peak in of)
            spans = read(path(f"{contender}-{dtype}-{arguments.threads.split(',')[0]}-all"))
            print(f"| {name} | {dtype} | {rates} | {peaks} | {f1(spans, reference):.4f} |")


if __name__ == "__main__":
    main()
