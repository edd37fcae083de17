"""Times predictions of an encoder with onnxruntime on the processor, as step_speed.py does with PyTorch: the second peer of `cargo xtask bench`.

The same rows through the graph that PyTorch exports, with all that onnxruntime rewrites when it loads one (what it has for BERT
on top, onnxruntime.transformers.optimizer, took a tenth to a third more time); in int8 its weights are quantised dynamically, a
scale for each output channel. One JSON object: the times, or which package is missing.

    pip install torch transformers onnx onnxruntime
    python scripts/onnx_speed.py bert-base:8x128 [--precision int8] [--threads 1] [--steps 5]
"""

import argparse
import json
import sys
import tempfile
import warnings
from pathlib import Path

import torch
from step_speed import config_of, times
from transformers import AutoModelForTokenClassification

warnings.filterwarnings("ignore")


class Logits(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, ids, mask):
        return self.model(input_ids=ids, attention_mask=mask).logits


def export(case, path):
    """Writes the graph and gives its inputs."""
    sizes, shape = case.rsplit(":", 1)
    rows, length = map(int, shape.split("x"))
    config = config_of(sizes)
    ids = torch.randint(0, config.vocab_size, (rows, length))
    mask = torch.ones_like(ids)
    model = Logits(AutoModelForTokenClassification.from_config(config, attn_implementation="eager").eval())
    axes = {name: {0: "rows", 1: "length"} for name in ("ids", "mask", "logits")}
    names = {"input_names": ["ids", "mask"], "output_names": ["logits"], "dynamic_axes": axes}
    torch.onnx.export(model, (ids, mask), path, opset_version=17, dynamo=False, **names)
    return {"ids": ids.numpy(), "mask": mask.numpy()}


def measure(arguments):
    try:
        import onnx  # noqa: F401, what PyTorch exports with
        import onnxruntime
        from onnxruntime.quantization import QuantType, quantize_dynamic
    except ImportError as missing:
        return {"missing": missing.name}
    print(f"onnxruntime {onnxruntime.__version__}, {arguments.threads} threads", file=sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder, "f32.onnx"))
        inputs = export(arguments.case, path)
        if arguments.precision == "int8":
            wide, path = path, str(Path(folder, "int8.onnx"))
            quantize_dynamic(wide, path, per_channel=True, weight_type=QuantType.QInt8)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = arguments.threads
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return times(arguments.steps, lambda: session.run(None, inputs)[0].argmax(-1), torch.device("cpu"))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("case")
    parser.add_argument("--precision", default="f32", choices=["f32", "int8"])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--steps", type=int, default=5)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(1)
    print(json.dumps(measure(arguments)))


if __name__ == "__main__":
    main()
