"""Shows that a program gives the same bits on any number of threads, the same numbers with older instructions, and keeps its memory.

    python3 scripts/engine_holds.py target/release/welt [bits paths memory] [--model DIR --train FILE.tsv --steps 3000]

bits    one epoch on 1, 2 and 5 threads, in f32 and bf16: one digest of the weights; predictions in f32, bf16 and int8: one of the tags
paths   one epoch with each set of instructions (WELT_ISA): how far the first losses are from those of the best set, and whether
        predictions of one model have the same tags
memory  so many steps in f32, with the memory that is held after every hundredth

The sample's corpus and encoder where no other is named. Exit code 1 where something does not hold.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SAMPLE = Path(__file__).parent.parent / "datasets/sample"
THREADS = (1, 2, 5)
PATHS = ("portable", "avx2", "avx512", "avx512bf16")
# Losses of the first steps, before what rounding does to training outgrows what is asked here.
STEPS = 10
# The same products are summed in another order, in bf16 too; what is rounded to bf16 again may then fall to the other side.
TOLERANCE = {"f32": 1e-4, "bf16": 1e-3}
# How much more may be held at the end than after the first tenth of the steps.
GROWTH = 1.1


class Welt:
    def __init__(self, arguments, folder):
        self.program, self.folder = str(Path(arguments.welt).resolve()), Path(folder)
        self.train_file, self.model = str(arguments.train), str(arguments.model)
        # What an encoder holds by itself; the sample's is sizes and a vocabulary alone.
        self.start = [] if (Path(self.model) / "model.safetensors").exists() else ["--from-scratch"]

    def training(self, name, *flags):
        command = [self.program, "train", "--train", self.train_file, "--model", self.model, *self.start, "--quiet"]
        return [*command, "--seed", "1", "--keep", "last", "--output", str(self.folder / name), *flags]

    def train(self, name, *flags, **variables):
        run(self.training(name, "--epochs", "1", *flags), variables)
        return self.folder / name

    def predict(self, name, model, precision, **variables):
        output = self.folder / name
        flags = ["--precision", precision, "--quiet", "--output", str(output)]
        run([self.program, "predict", "--model", str(model), self.train_file, *flags], variables)
        return output


def run(command, variables):
    done = subprocess.run(command, env=os.environ | variables, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}\n{done.stderr}")


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def bits(welt, _):
    for precision in ("f32", "bf16"):
        runs = [welt.train(f"{precision}-{n}", "--precision", precision, RAYON_NUM_THREADS=str(n)) for n in THREADS]
        yield same(f"weights after an epoch in {precision}", [digest(run / "model/model.safetensors") for run in runs])
    for precision in ("f32", "bf16", "int8"):
        files = [
            welt.predict(f"{precision}-{n}.tsv", welt.folder / "f32-1/model", precision, RAYON_NUM_THREADS=str(n))
            for n in THREADS
        ]
        yield same(f"predictions in {precision}", [digest(file) for file in files])


def same(what, digests):
    print(f"{what}: {', '.join(digests)} on {', '.join(map(str, THREADS))} threads")
    return len(set(digests)) == 1


def paths(welt, _):
    for precision, tolerance in TOLERANCE.items():
        best = losses(welt.train(f"best-{precision}", "--precision", precision))
        for path in PATHS:
            found = losses(welt.train(f"{path}-{precision}", "--precision", precision, WELT_ISA=path))
            off = max(abs(one - other) / other for one, other in zip(found[:STEPS], best[:STEPS], strict=True))
            print(f"{path}, {precision}: the first {STEPS} losses are off by at most {off:.1e} of them, allowed {tolerance:.0e}")
            yield off <= tolerance
    model = welt.folder / "best-f32/model"
    for precision in ("f32", "bf16", "int8"):
        best = tags(welt.predict(f"best-{precision}.tsv", model, precision))
        for path in PATHS:
            found = tags(welt.predict(f"{path}-{precision}.tsv", model, precision, WELT_ISA=path))
            others = sum(one != other for one, other in zip(found, best, strict=True))
            print(f"{path}, {precision}: {others} of {len(best)} words are tagged otherwise")
            # A word whose best two labels are a rounding apart may fall to either side.
            yield others <= len(best) / 1000


def losses(folder):
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return [line["loss"] for line in lines if line["kind"] == "step"]


def tags(path):
    return [line.split("\t")[-1] for line in path.read_text().splitlines() if line]


def memory(welt, arguments):
    sentences = sum(not line.strip() for line in Path(welt.train_file).read_text().splitlines())
    epochs = -(-32 * arguments.steps // max(sentences, 1)) + 1
    command = welt.training("memory", "--epochs", str(epochs), "--no-save-model")
    child = subprocess.Popen(command, env=os.environ | {"RAYON_NUM_THREADS": "1"}, stderr=subprocess.DEVNULL)
    metrics, held = welt.folder / "memory.partial/metrics.jsonl", {}
    while child.poll() is None and max(held, default=0) < arguments.steps:
        time.sleep(0.05)
        step = sum('"step"' in line for line in metrics.read_text().splitlines()) if metrics.exists() else 0
        status = Path(f"/proc/{child.pid}/status").read_text()
        now = [int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS:")]
        if step >= 100 and now:
            held.setdefault(step // 100 * 100, now[0])
    child.kill()
    child.wait()
    print("MiB after so many steps: " + ", ".join(f"{step}: {mib:.0f}" for step, mib in held.items()))
    early = held.get(max(100, arguments.steps // 1000 * 100), 0)
    yield early > 0 and held[max(held)] <= GROWTH * early


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("welt")
    parser.add_argument("checks", nargs="*", default=["bits", "paths", "memory"])
    parser.add_argument("--model", type=Path, default=SAMPLE / "encoder")
    parser.add_argument("--train", type=Path, default=SAMPLE / "train.tsv")
    parser.add_argument("--steps", type=int, default=3000)
    arguments = parser.parse_args()
    checks = {"bits": bits, "paths": paths, "memory": memory}
    with tempfile.TemporaryDirectory() as folder:
        holds = [all(list(checks[name](Welt(arguments, Path(folder)), arguments))) for name in arguments.checks]
    sys.exit(0 if all(holds) else 1)


if __name__ == "__main__":
    main()
