"""Times training steps and predictions of an encoder with PyTorch, as `welt bench` does: the peer of `cargo xtask steps`.

Full rows of one length, dropout 0.1, weighted cross-entropy, clip to norm 1, AdamW; medians, one JSON object a case.

    pip install torch transformers
    python scripts/step_speed.py bert-base:8x128 [--device cuda] [--precision bf16] [--threads 1] [--steps 5]
    python scripts/step_speed.py MODEL_DIR:8x128    the sizes of any encoder that transformers knows, by its config.json

In int8, predictions alone are timed, of linear layers that PyTorch quantises dynamically.
"""

import argparse
import json
import resource
import statistics
import sys
import time

import torch
from transformers import AutoConfig, AutoModelForTokenClassification, BertConfig

SIZES = {"minilm": (6, 384, 1536), "bert-base": (12, 768, 3072)}
NUMBERS = {"f32": None, "bf16": torch.bfloat16, "f16": torch.float16, "int8": None}
UNMEASURED = 2


def times(steps, step, device):
    seconds, cpu_seconds = [], []
    for index in range(UNMEASURED + steps):
        before, started = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
        step()
        if device.type == "cuda":
            torch.cuda.synchronize()
        after, wall = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter() - started
        if index >= UNMEASURED:
            seconds.append(wall)
            cpu_seconds.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return {"seconds": statistics.median(seconds), "cpu_seconds": statistics.median(cpu_seconds)}


def config_of(sizes):
    """As `welt bench` takes them: one of the names, else a folder with config.json."""
    if sizes not in SIZES:
        return AutoConfig.from_pretrained(sizes, num_labels=3, local_files_only=True)
    layers, hidden, inner = SIZES[sizes]
    return BertConfig(
        num_hidden_layers=layers, hidden_size=hidden, intermediate_size=inner, num_attention_heads=12, num_labels=3
    )


def measure(case, arguments):
    sizes, shape = case.rsplit(":", 1)
    rows, length = map(int, shape.split("x"))
    device = torch.device(arguments.device)
    config = config_of(sizes)
    model = AutoModelForTokenClassification.from_config(config).to(device).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-5, weight_decay=0.0)
    loss_of = torch.nn.CrossEntropyLoss(weight=torch.ones(3, device=device))
    ids = torch.randint(0, config.vocab_size, (rows, length), device=device)
    labels = torch.randint(0, 3, (rows, length), device=device)
    numbers = NUMBERS[arguments.precision]
    autocast = lambda: torch.autocast(device.type, dtype=numbers, enabled=numbers is not None)

    def training_step():
        with autocast():
            logits = model(input_ids=ids).logits
        loss = loss_of(logits.float().flatten(0, 1), labels.flatten())
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        loss.item()

    def prediction():
        with torch.inference_mode(), autocast():
            model(input_ids=ids).logits.argmax(-1).cpu()

    training = None if arguments.precision == "int8" else times(arguments.steps, training_step, device)
    model.eval()
    if arguments.precision == "int8":
        model = torch.ao.quantization.quantize_dynamic(model, {torch.nn.Linear}, dtype=torch.qint8)
    return {"case": case, "training": training, "prediction": times(arguments.steps, prediction, device)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("cases", nargs="+")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--precision", default="f32", choices=NUMBERS)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--steps", type=int, default=5)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(1)
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads", file=sys.stderr)
    for case in arguments.cases:
        print(json.dumps(measure(case, arguments)))


if __name__ == "__main__":
    main()
