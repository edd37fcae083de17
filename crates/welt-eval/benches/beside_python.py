#!/usr/bin/env python3
"""The metrics of `welt evaluate` beside the packages whose numbers they are: how long each takes, in how much memory, and whether the numbers agree.

    cargo build --release -p welt-cli
    pip install seqeval==1.2.2 nervaluate==1.2.1 conlleval==0.2
    python3 crates/welt-eval/benches/beside_python.py

One run writes a corpus of the size of BC4CHEMD's test set, the one of `metrics.rs` word by word: a word, its gold tag and its predicted tag on a line.
Every tool then reads that file in a process of its own, from its start to its end, and all of them take turns for some rounds.
CPU seconds are user and system together; the table has the median of the rounds and the least of them, which other programs disturb least.
Every number that a tool gives by type, averaged or overall is compared with that of welt, counts and scores alike; a ratio to welt is that of CPU seconds to one run of welt that computes all metrics.
The exit code is 1 if a number differs by more than 1e-9 or is there on one side alone.

A package that is not installed is left out, and the program says so.
conlleval on PyPI is a translation of the Perl script, to full precision.
The script itself is run where --conlleval names it; its percentages have two decimals, and those of welt are rounded to as many before they are compared.
FairEval is not on PyPI (github.com/rubcompling/FairEval): --faireval names the folder that holds its `FairEval.py`, or that of a clone.
It stops at an orphan I-, so that it is given the entities as seqeval's default mode reads them.
"""

import argparse
import importlib
import importlib.metadata
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

TOLERANCE = 1e-9
TYPES = ["Chemical", "Disease", "Gene", "Species"]
WORDS = "protein of the patients with renal failure p53 β-catenin in mice a . expression".split()
WORDS_IN_SENTENCE = 25

# The peak memory that the kernel reports for a process is at least that of the process that started it.
# So a small one does that, rather than this one, which has held a corpus.
LAUNCHER = """
import os, sys, time
start = time.perf_counter()
process = os.fork()
if process == 0:
    try:
        os.execvp(sys.argv[2], sys.argv[2:])
    finally:
        os._exit(127)
_, status, usage = os.wait4(process, 0)
wall = time.perf_counter() - start
with open(sys.argv[1], "w") as out:
    print(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss, file=out)
sys.exit(os.waitstatus_to_exitcode(status) & 255)
"""


def main():
    if sys.argv[1:2] == ["--worker"]:
        return work(*sys.argv[2:])
    arguments = parse()
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(arguments.keep or Path(folder) / "corpus.tsv")
        write_corpus(corpus, arguments.sentences)
        tools = available(arguments, str(corpus))
        load = ", ".join(f"{load:.1f}" for load in os.getloadavg())
        print(f"{arguments.sentences} sentences of {WORDS_IN_SENTENCE} words; {os.cpu_count()} cores, load {load}; {arguments.rounds} rounds")
        runs = {tool.name: [] for tool in tools}
        outputs = {}
        for _ in range(arguments.rounds):
            for tool in tools:
                run, outputs[tool.name] = measure(tool, Path(folder))
                runs[tool.name].append(run)
    welt = {mode: json.loads(outputs["welt", mode]) for mode in ("default", "strict")}
    rows = [row(tool, runs, outputs, welt) for tool in tools]
    print_table(["tool", "what", "CPU s", "least", "wall s", "peak MB", "to welt", "numbers", "difference"], rows)
    return int(any(tool.numbers and not rows[at][-1] <= TOLERANCE for at, tool in enumerate(tools)))


def parse():
    root = Path(__file__).resolve().parents[3]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--welt", default=root / "target/release/welt", help="the program")
    parser.add_argument("--sentences", type=int, default=26_365)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--keep", metavar="FILE", help="write the corpus here, and leave it there")
    parser.add_argument("--faireval", metavar="DIR", help="where FairEval.py is, or a clone of its repository")
    parser.add_argument("--conlleval", metavar="PATH", help="where conlleval.pl is")
    return parser.parse_args()


class Tool:
    """A command to be measured, and how its output becomes numbers to be compared with those of a mode of welt."""

    def __init__(self, name, command, mode, numbers=None, ours=None, stdin=None):
        self.name = name
        self.command = [str(part) for part in command]
        self.mode = mode
        self.numbers = numbers
        self.ours = ours
        self.stdin = stdin


def available(arguments, corpus):
    """Welt, and all other tools that are there."""
    tools = []
    for mode in ("default", "strict"):
        scheme = ["--scheme", "IOB2"] if mode == "strict" else []
        command = [arguments.welt, "--quiet", "evaluate", corpus, "--metrics", "all", "--mode", mode, *scheme, "--format", "json"]
        tools.append(Tool(("welt", mode), command, mode))
    for package, version, workers in PACKAGES:
        try:
            found = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            print(f"skipped: {package} is not installed: pip install {package}=={version}")
            continue
        if found != version:
            print(f"note: {package} is {found}, and {version} is what welt follows: pip install {package}=={version}")
        for what, mode, ours in workers:
            command = [sys.executable, __file__, "--worker", package, what, corpus]
            tools.append(Tool((package, what), command, mode, json.loads, ours))
    if arguments.faireval:
        places = [Path(arguments.faireval), Path(arguments.faireval) / "src"]
        place = next((place for place in places if (place / "FairEval.py").exists()), None)
        if place is None:
            sys.exit(f"{arguments.faireval}: there is no FairEval.py, expected one here or in src")
        command = [sys.executable, __file__, "--worker", "FairEval", "default entities", corpus, place]
        tools.append(Tool(("FairEval", "default entities"), command, "default", json.loads, faireval_of_welt))
    if arguments.conlleval:
        command = ["perl", arguments.conlleval, "-d", r"\t"]
        tools.append(Tool(("conlleval.pl", "report"), command, "default", conlleval_text, conlleval_text_of_welt, corpus))
    return tools


def measure(tool, folder):
    """CPU seconds, wall seconds and bytes at the peak of one run, and what it wrote."""
    report = folder / "usage"
    command = [sys.executable, "-I", "-S", "-c", LAUNCHER, str(report), *tool.command]
    stdin = open(tool.stdin, "rb") if tool.stdin else subprocess.DEVNULL
    done = subprocess.run(command, stdin=stdin, stdout=subprocess.PIPE)
    if tool.stdin:
        stdin.close()
    if done.returncode != 0:
        sys.exit(f"{' '.join(tool.command)}: exit code {done.returncode}")
    cpu, wall, peak = (float(number) for number in report.read_text().split())
    # macOS counts bytes where Linux counts kilobytes.
    return (cpu, wall, peak * (1 if sys.platform == "darwin" else 1024)), done.stdout.decode()


def row(tool, runs, outputs, welt):
    cpu, wall, peak = (list(column) for column in zip(*runs[tool.name]))
    median = statistics.median(cpu)
    ratio = median / statistics.median(run[0] for run in runs["welt", tool.mode])
    cells = [*tool.name, f"{median:.3f}", f"{min(cpu):.3f}", f"{statistics.median(wall):.3f}", f"{max(peak) / 1e6:.1f}", f"{ratio:.1f}"]
    if tool.numbers is None:
        return [*cells, "", ""]
    theirs, ours = tool.numbers(outputs[tool.name]), tool.ours(welt[tool.mode])
    lonely = sorted(theirs.keys() ^ ours.keys())
    if lonely:
        print(f"{' '.join(tool.name)}: on one side alone: {', '.join(lonely)}")
    differences = {name: abs(theirs[name] - ours[name]) for name in theirs.keys() & ours.keys()}
    for name, difference in sorted(differences.items()):
        if not difference <= TOLERANCE:
            print(f"{' '.join(tool.name)}: {name} is {theirs[name]}, and {ours[name]} in welt")
    # Not a number is no agreement, and neither is nothing that was compared.
    largest = max((math.inf if math.isnan(d) else d for d in differences.values()), default=math.inf)
    return [*cells, len(differences), math.inf if lonely else float(largest)]


def print_table(head, rows):
    texts = [head] + [[f"{cell:.1e}" if isinstance(cell, float) else str(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in texts) for column in range(len(head))]
    for row in texts:
        cells = [cell.ljust(width) if column < 2 else cell.rjust(width) for column, (cell, width) in enumerate(zip(row, widths))]
        print("  ".join(cells).rstrip())


class Draws:
    """splitmix64 (Steele, Lea and Flood 2014), as in `metrics.rs`."""

    def __init__(self, seed):
        self.state = seed

    def below(self, n):
        mask = 0xFFFF_FFFF_FFFF_FFFF
        self.state = (self.state + 0x9E37_79B9_7F4A_7C15) & mask
        mixed = ((self.state ^ (self.state >> 30)) * 0xBF58_476D_1CE4_E5B9) & mask
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D0_49BB_1331_11EB) & mask
        return ((mixed ^ (mixed >> 31)) >> 33) % n


def write_corpus(path, n_sentences):
    """Two entities in a sentence, and every twentieth predicted tag lost or another one."""
    of_gold, of_predicted = Draws(0), Draws(1)
    with open(path, "w", encoding="utf-8", newline="\n") as out:
        for _ in range(n_sentences):
            words, gold = gold_sentence(of_gold)
            for word, tag in zip(words, gold):
                out.write(f"{word}\t{tag}\t{predicted_tag(tag, of_predicted)}\n")
            out.write("\n")


def gold_sentence(draws):
    words = [WORDS[draws.below(len(WORDS))] for _ in range(WORDS_IN_SENTENCE)]
    tags = []
    while len(tags) < WORDS_IN_SENTENCE:
        if draws.below(11) > 0:
            tags.append("O")
            continue
        n_words = 1 + min(draws.below(4), draws.below(4))
        entity_type = TYPES[draws.below(len(TYPES))]
        tags += [f"B-{entity_type}"] + [f"I-{entity_type}"] * (n_words - 1)
    return words, tags[:WORDS_IN_SENTENCE]


def predicted_tag(gold, draws):
    if draws.below(20) > 0:
        return gold
    entity_type = TYPES[draws.below(len(TYPES))]
    return ["O", "O", f"B-{entity_type}", f"I-{entity_type}"][draws.below(4)]


def work(package, what, corpus, *folder):
    """One run of a package, in a process that does nothing else: the numbers go to standard output."""
    numbers = {
        ("seqeval", "report default"): lambda: seqeval_report(corpus),
        ("seqeval", "report strict"): lambda: seqeval_report(corpus, "strict"),
        ("seqeval", "F1 default"): lambda: seqeval_f1(corpus),
        ("seqeval", "F1 strict"): lambda: seqeval_f1(corpus, "strict"),
        ("nervaluate", "four modes"): lambda: nervaluate_modes(corpus),
        ("conlleval", "evaluate"): lambda: conlleval_numbers(corpus),
        ("FairEval", "default entities"): lambda: faireval_numbers(corpus, *folder),
    }[package, what]()
    json.dump(numbers, sys.stdout)
    return 0


def tags_of(corpus):
    gold, predicted = [[]], [[]]
    with open(corpus, encoding="utf-8") as lines:
        for line in lines:
            if line == "\n":
                gold.append([])
                predicted.append([])
                continue
            _, gold_tag, predicted_tag = line.rstrip("\n").split("\t")
            gold[-1].append(gold_tag)
            predicted[-1].append(predicted_tag)
    return gold[:-1], predicted[:-1]


def seqeval_options(mode):
    if mode is None:
        return {}
    return {"mode": "strict", "scheme": importlib.import_module("seqeval.scheme").IOB2}


def seqeval_report(corpus, mode=None):
    metrics = importlib.import_module("seqeval.metrics")
    report = metrics.classification_report(*tags_of(corpus), output_dict=True, **seqeval_options(mode))
    return {f"{row}/{name}": float(number) for row, scores in report.items() for name, number in scores.items()}


def seqeval_f1(corpus, mode=None):
    metrics = importlib.import_module("seqeval.metrics")
    return {"micro avg/f1-score": float(metrics.f1_score(*tags_of(corpus), **seqeval_options(mode)))}


def seqeval_of_welt(welt):
    report = welt["seqeval"]
    rows = report["per_type"] | {f"{average} avg": report[average] for average in ("micro", "macro", "weighted")}
    name = {"f1": "f1-score"}
    return {f"{row}/{name.get(key, key)}": number for row, scores in rows.items() for key, number in scores.items()}


def seqeval_f1_of_welt(welt):
    return {"micro avg/f1-score": welt["seqeval"]["micro"]["f1"]}


OUTCOMES = ["correct", "incorrect", "partial", "missed", "spurious"]


def nervaluate_modes(corpus):
    gold, predicted = tags_of(corpus)
    results = importlib.import_module("nervaluate").Evaluator(gold, predicted, tags=TYPES, loader="list").evaluate()
    names = OUTCOMES + ["precision", "recall", "f1", "possible", "actual"]
    rows = {"overall": results["overall"]} | results["entities"]
    return {f"{row}/{mode}/{name}": getattr(result, name) for row, modes in rows.items() for mode, result in modes.items() for name in names}


def nervaluate_of_welt(welt):
    numbers = {}
    for row, modes in ({"overall": welt["semeval"]["overall"]} | welt["semeval"]["per_type"]).items():
        for mode, outcome in modes.items():
            counts, scores = outcome["counts"], outcome["scores"]
            pairs = counts["correct"] + counts["incorrect"] + counts["partial"]
            sums = {"possible": pairs + counts["missed"], "actual": pairs + counts["spurious"]}
            named = counts | {name: scores[name] for name in ("precision", "recall", "f1")} | sums
            numbers |= {f"{row}/{mode}/{name}": number for name, number in named.items()}
    return numbers


def conlleval_numbers(corpus):
    with open(corpus, encoding="utf-8") as lines:
        result = importlib.import_module("conlleval").evaluate((line.rstrip("\n") for line in lines), delimiter=None)
    rows = {"overall": result["overall"]["chunks"]} | result["slots"]["chunks"]
    numbers = {}
    for row, chunks in rows.items():
        counts, scores = chunks["stats"], chunks["evals"]
        numbers |= {f"{row}/correct": counts["correct"], f"{row}/gold": counts["gold"], f"{row}/predicted": counts["pred"]}
        numbers |= {f"{row}/precision": 100 * scores["prec"], f"{row}/recall": 100 * scores["rec"], f"{row}/fb1": 100 * scores["f1"]}
    tags = result["overall"]["tags"]["stats"]
    return numbers | {"words": tags["gold"], "accuracy": 100 * tags["correct"] / tags["gold"]}


def conlleval_of_welt(welt):
    report = welt["conlleval"]
    numbers = {"words": report["n_words"], "accuracy": report["accuracy"]}
    for row, phrases in ({"overall": report["overall"]} | report["per_type"]).items():
        numbers |= {f"{row}/{name}": number for name, number in phrases["counts"].items()}
        numbers |= {f"{row}/{name}": phrases[name] for name in ("precision", "recall", "fb1")}
    return numbers


def conlleval_text(text):
    """The numbers of the script's report."""
    first, second, *types = text.splitlines()
    words, gold, predicted, correct = (int(word) for word in first.replace(".", "").split() if word.isdigit())
    numbers = {"words": words, "overall/gold": gold, "overall/predicted": predicted, "overall/correct": correct}
    rows = [("overall", second)] + [line.strip().split(": ", 1) for line in types]
    for row, line in rows:
        *percentages, rest = line.split(";")
        for percentage in percentages:
            name, number = percentage.rstrip("%").split(":")
            numbers["accuracy" if name == "accuracy" else f"{row}/{name.strip()}"] = float(number)
        _, fb1, *n_predicted = rest.split()
        numbers[f"{row}/fb1"] = float(fb1)
        if n_predicted:
            numbers[f"{row}/predicted"] = int(n_predicted[0])
    return numbers


def conlleval_text_of_welt(welt):
    """Without the counts that the script does not print, and with as many decimals as it does."""
    printed = lambda name: name.startswith("overall") or not name.endswith(("/gold", "/correct"))
    return {name: round(number, 2) for name, number in conlleval_of_welt(welt).items() if printed(name)}


FAIREVAL_WEIGHTS = {
    "TP": {"TP": 1},
    "FP": {"FP": 1},
    "FN": {"FN": 1},
    "LE": {"TP": 0, "FP": 0.5, "FN": 0.5},
    "LBE": {"TP": 0, "FP": 0.5, "FN": 0.5},
    "BES": {"TP": 0.5, "FP": 0, "FN": 0.5},
    "BEL": {"TP": 0.5, "FP": 0.5, "FN": 0},
    "BEO": {"TP": 0.5, "FP": 0.25, "FN": 0.25},
}


def faireval_numbers(corpus, folder):
    sys.path.insert(0, folder)
    faireval = importlib.import_module("FairEval")
    total = {part: {version: {} for version in ("traditional", "fair", "weighted")} for part in ("overall", "per_label")}
    total["conf"] = {}
    for gold, predicted in zip(*tags_of(corpus)):
        total = faireval.add_dict(total, faireval.compare_spans(spans(gold), spans(predicted), "target"))
    total = faireval.calculate_results(total, eval_method=["traditional", "fair", "weighted"], weights=FAIREVAL_WEIGHTS)
    names = {"Prec": "precision", "Rec": "recall", "F1": "f1"}
    numbers = {}
    for version, overall in total["overall"].items():
        for row, entry in ({"overall": overall} | total["per_label"][version]).items():
            # The weighted counts are the fair ones.
            kept = entry if version != "weighted" else {key: entry[key] for key in names}
            numbers |= {f"{row}/{version}/{names.get(key, key)}": number for key, number in kept.items()}
    for gold, cells in total["conf"].items():
        numbers |= {f"confusion/{gold}/{predicted}": n for predicted, n in cells.items() if n > 0}
    return numbers


def spans(tags):
    """The entities of IOB2 tags as seqeval's default mode reads them, as FairEval has them."""
    found = []
    previous = "O"
    for at, tag in enumerate(tags):
        if tag != "O":
            if tag[0] == "B" or previous[1:] != tag[1:]:
                found.append([tag[2:], at, at, {at}])
            else:
                found[-1][2] = at
                found[-1][3].add(at)
        previous = tag
    return found


def faireval_of_welt(welt):
    report = welt["faireval"]
    numbers = {}
    for row, entry in ({"overall": report["overall"]} | report["per_type"]).items():
        counts = entry["counts"]
        right = counts["true_positives"]
        traditional = {"TP": right, "FP": counts["predicted"] - right, "FN": counts["gold"] - right}
        fair = {"TP": right, "FP": counts["false_positives"], "FN": counts["false_negatives"], "LE": counts["label"]}
        fair |= {"LBE": counts["label_boundary"], "BES": counts["smaller"], "BEL": counts["larger"], "BEO": counts["crossing"]}
        fair["BE"] = fair["BES"] + fair["BEL"] + fair["BEO"]
        for version, numbers_of in (("traditional", traditional), ("fair", fair), ("weighted", {})):
            named = numbers_of | {name: entry[version][name] for name in ("precision", "recall", "f1")}
            numbers |= {f"{row}/{version}/{name}": number for name, number in named.items()}
    for gold, cells in report["confusion"].items():
        numbers |= {f"confusion/{gold}/{predicted}": n for predicted, n in cells.items()}
    return numbers


# Name and version on PyPI, and what to run: its name, the mode of welt beside which it stands, and the numbers of welt.
PACKAGES = [
    (
        "seqeval",
        "1.2.2",
        [
            ("report default", "default", seqeval_of_welt),
            ("report strict", "strict", seqeval_of_welt),
            ("F1 default", "default", seqeval_f1_of_welt),
            ("F1 strict", "strict", seqeval_f1_of_welt),
        ],
    ),
    ("nervaluate", "1.2.1", [("four modes", "default", nervaluate_of_welt)]),
    ("conlleval", "0.2", [("evaluate", "default", conlleval_of_welt)]),
]

if __name__ == "__main__":
    sys.exit(main())
