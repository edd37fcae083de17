"""For transformers' Trainer: scores of a token-classification model after each evaluation.

Nothing of transformers is imported here. `contrib/weighted_trainer.py` of the project has a Trainer with class weights.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Callable, Optional, Sequence, Union

from . import metrics

IGNORED = -100


def compute_metrics(
    labels: Union[Sequence[str], Mapping[int, str]], *, scheme: Optional[str] = "IOB2", ignore_index: int = IGNORED
) -> Callable[[Any], dict[str, float]]:
    """A function for the Trainer's argument `compute_metrics`.

    `labels` are the names of the classes in the order of the model, or its `id2label`. Positions whose label is `ignore_index`
    are passed over. Predictions may be scores of classes, of which the highest is taken, or classes.
    The scores are strict by `scheme`, or with None as seqeval's default mode and conlleval count them.

    >>> from types import SimpleNamespace
    >>> score = compute_metrics(["O", "B-A", "I-A"])
    >>> found = score(SimpleNamespace(predictions=[[1, 2, 0]], label_ids=[[1, 2, -100]]))
    >>> found["f1"], found["accuracy"], found["f1_A"]
    (1.0, 1.0, 1.0)
    """
    names = [labels[index] for index in sorted(labels, key=int)] if isinstance(labels, Mapping) else list(labels)

    def compute(prediction: Any) -> dict[str, float]:
        if hasattr(prediction, "predictions"):
            predicted, gold = prediction.predictions, prediction.label_ids
        else:
            predicted, gold = prediction
        predicted = predicted[0] if isinstance(predicted, tuple) else predicted
        if getattr(predicted, "ndim", 2) == 3:
            predicted = predicted.argmax(-1)
        rows = [_row(*pair, names, ignore_index) for pair in zip(_list(gold), _list(predicted))]
        report = metrics.seqeval([row[0] for row in rows], [row[1] for row in rows], scheme=scheme)
        scores = {"precision": report.micro.precision, "recall": report.micro.recall, "f1": report.micro.f1}
        scores["macro_f1"] = report.macro.f1
        scores["accuracy"] = float("nan") if report.accuracy is None else report.accuracy
        scores.update({f"f1_{name}": of_type.f1 for name, of_type in report.per_type.items()})
        return scores

    return compute


def _list(array: Any) -> list[list[int]]:
    return array.tolist() if hasattr(array, "tolist") else array


def _row(gold: list[int], predicted: list[int], names: list[str], ignored: int) -> tuple[list[str], list[str]]:
    seen = [index for index, label in enumerate(gold) if label != ignored]
    return [names[gold[index]] for index in seen], [names[predicted[index]] for index in seen]
