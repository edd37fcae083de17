"""Class weights: how much a mistake on each label costs."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Sequence, Union

from . import _welt

Tags = Union[Sequence[Sequence[str]], Mapping[str, int]]


class WeightWarning(UserWarning):
    """Class weights that do nothing, or that do something else than weights should."""


def class_weights(
    tags: Tags, scheme: str = "welt", order: Union[Sequence[str], Mapping[int, str], None] = None, *, as_published: bool = False
) -> list[float]:
    """One weight for each label, in the order of the labels.

    `tags` are the rows of tags of the training set, or a dictionary of how often each label occurs.
    `order` are the labels in the order of the model, or its `id2label`; without it they are sorted.
    `scheme` is `welt` (equations 1 and 2 of the WeLT paper), `ins` (1/n), `isns` (1/sqrt n), `ens-BETA` (effective numbers, as
    in `ens-0.999`) or `vanilla`. `as_published` gives each label the weight that the paper's published code gave it.
    Only the ratios of weights matter where the loss is a weighted mean. Weights that do nothing are warned of.

    >>> import welt
    >>> weights = welt.class_weights({"B-Disease": 5145, "I-Disease": 6122, "O": 124819}, order=["B-Disease", "I-Disease", "O"])
    >>> [round(weight, 4) for weight in weights]
    [0.4153, 0.4123, 0.1724]
    >>> welt.class_weights([["B-A", "O"], ["O", "O", "O"]], scheme="ins", order={0: "O", 1: "B-A"})
    [0.25, 1.0]
    """
    if isinstance(order, Mapping):
        order = [order[index] for index in sorted(order, key=int)]
    counted = dict(tags) if isinstance(tags, Mapping) else None
    if order is None:
        order = sorted(counted if counted is not None else {tag for row in tags for tag in row})
    labels = list(order)
    if counted is None:
        counts = _welt.count_labels(tags, labels)
    else:
        unknown = [label for label in counted if label not in labels]
        if unknown:
            raise _welt.WeltError(f"the label `{unknown[0]}` is none of the order, expected one of {', '.join(labels)}")
        counts = [counted.get(label, 0) for label in labels]
    outside = labels.index("O") if "O" in labels else None
    weights, doubts = _welt.weights_of(counts, scheme, as_published, outside)
    for doubt in doubts:
        warnings.warn(f"{scheme}: {doubt}", WeightWarning, stacklevel=2)
    return weights
