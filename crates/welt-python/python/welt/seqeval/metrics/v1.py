"""Scores by the rules of a scheme, as `seqeval.metrics.v1` has them."""

from __future__ import annotations

import math
from typing import Any, Optional, Union

from ... import _welt
from ..scheme import Entities, Token, auto_detect, scheme_name
from . import _warnings

PER_CLASS_SCORES = tuple[Any, Any, Any, Any]
AVERAGE_SCORES = tuple[float, float, float, int]
SCORES = Union[PER_CLASS_SCORES, AVERAGE_SCORES]

_AVERAGES = (None, "micro", "macro", "weighted")


def unique_labels(
    y_true: list[list[str]], y_pred: list[list[str]], scheme: type[Token], suffix: bool = False
) -> list[str]:
    """The types of entities that occur on either side, sorted.

    >>> from welt.seqeval.scheme import IOB2
    >>> unique_labels([["B-PER"]], [["B-ORG"]], IOB2)
    ['ORG', 'PER']
    """
    return sorted(Entities(y_true, scheme, suffix).unique_tags | Entities(y_pred, scheme, suffix).unique_tags)


def check_consistent_length(y_true: list[list[str]], y_pred: list[list[str]]) -> None:
    """TypeError for what is no list of lists, ValueError for lengths that differ."""
    _welt.seqeval_check_lengths(y_true, y_pred)


def precision_recall_fscore_support(
    y_true: list[list[str]],
    y_pred: list[list[str]],
    *,
    average: Optional[str] = None,
    warn_for: tuple[str, ...] = ("precision", "recall", "f-score"),
    beta: float = 1.0,
    sample_weight: Optional[list[int]] = None,
    zero_division: Any = "warn",
    scheme: Optional[type[Token]] = None,
    suffix: bool = False,
    **kwargs: Any,
) -> SCORES:
    """Precision, recall, F-score and number of gold entities, by the rules of a scheme.

    With `average=None` each is a sequence with one number for each type, in the order of their names.

    >>> from welt.seqeval.scheme import IOB2
    >>> y_true, y_pred = [["B-A", "B-B", "O", "B-A"]], [["O", "B-B", "B-C", "B-A"]]
    >>> precision_recall_fscore_support(y_true, y_pred, average="weighted", scheme=IOB2)
    (1.0, 0.6666666666666666, 0.7777777777777777, 3)
    """
    _warnings.silent_modes(mode=None, scheme=None, sample_weight=sample_weight, zero_division=zero_division)
    check_options(beta, average)
    _welt.seqeval_check_lengths(y_true, y_pred)
    counts = _welt.seqeval_counts(y_true, y_pred, scheme_name(scheme), suffix)
    return scores(counts, average=average, warn_for=warn_for, beta=beta, zero_division=zero_division)


def classification_report(
    y_true: list[list[str]],
    y_pred: list[list[str]],
    *,
    sample_weight: Optional[list[int]] = None,
    digits: int = 2,
    output_dict: bool = False,
    zero_division: Any = "warn",
    suffix: bool = False,
    scheme: Optional[type[Token]] = None,
) -> Union[str, dict[str, dict[str, Any]]]:
    """The report by the rules of a scheme, which is told by the gold tags where none is given.

    >>> report = classification_report([["B-A", "I-A", "O"]], [["B-A", "I-A", "O"]], output_dict=True)
    >>> report["A"]
    {'precision': 1.0, 'recall': 1.0, 'f1-score': 1.0, 'support': 1}
    """
    _warnings.silent_modes(mode=None, scheme=None, sample_weight=sample_weight, zero_division=zero_division)
    _welt.seqeval_check_lengths(y_true, y_pred)
    if scheme is not None and not issubclass(scheme, Token):
        _warnings.warn(f"{scheme!r} is no scheme: one is told by the gold tags", _warnings.SilentModeWarning)
        scheme = None
    name = "detect" if scheme is None else scheme_name(scheme)
    counts = _welt.seqeval_counts(y_true, y_pred, name, suffix)
    return report(counts, digits=digits, output_dict=output_dict, zero_division=zero_division)


def check_options(beta: float, average: Optional[str]) -> None:
    """ValueError for a beta below 0 and for an unknown average."""
    if beta < 0:
        raise ValueError("beta should be >=0 in the F-beta score")
    if average not in _AVERAGES:
        raise ValueError(f"average has to be one of {_AVERAGES}")


def scores(
    counts: _welt.SeqevalCounts, *, average: Optional[str], warn_for: tuple[str, ...], beta: float, zero_division: Any
) -> SCORES:
    """The scores of what was counted, with seqeval's warnings."""
    if zero_division == "warn":
        _warn_of_undefined(counts.counts, average, tuple(warn_for))
    one = zero_division not in ("warn", 0)
    if average is None:
        precision, recall, f_score, support = counts.by_type(beta, one)
        return _array(precision), _array(recall), _array(f_score), _array(support, "int64")
    return _averaged(counts, average, beta, one)


def report(
    counts: _welt.SeqevalCounts, *, digits: int, output_dict: bool, zero_division: Any
) -> Union[str, dict[str, dict[str, Any]]]:
    """The report of what was counted, as text or as a dictionary."""
    if zero_division == "warn":
        everything = ("precision", "recall", "f-score")
        for average in _AVERAGES:
            _warn_of_undefined(counts.counts, average, everything)
    one = zero_division not in ("warn", 0)
    if not output_dict:
        return counts.text(digits, one)
    rows = dict(zip(counts.names, zip(*counts.by_type(1.0, one))))
    for average in ("micro", "macro", "weighted"):
        rows[f"{average} avg"] = _averaged(counts, average, 1.0, one)
    names = ("precision", "recall", "f1-score", "support")
    return {name: dict(zip(names, row)) for name, row in rows.items()}


def _averaged(counts: _welt.SeqevalCounts, average: str, beta: float, one: bool) -> AVERAGE_SCORES:
    averaged = counts.averaged(average, beta, one)
    if math.isnan(averaged[0]):
        _warnings.warn("Mean of empty slice", RuntimeWarning)
    return averaged


def _warn_of_undefined(
    counts: list[tuple[int, int, int]], average: Optional[str], warn_for: tuple[str, ...]
) -> None:
    """Warns of ratios without anything to divide by, in seqeval's words."""
    if average == "micro":
        counts = [(sum(row[0] for row in counts), sum(row[1] for row in counts), sum(row[2] for row in counts))]
    of_labels = "due to" if len(counts) == 1 else "in labels with"
    message = "{} ill-defined and being set to 0.0 {} no {} samples. Use `zero_division` parameter to control this behavior."
    for metric, modifier, column in (("precision", "predicted", 1), ("recall", "true", 2)):
        if metric in warn_for and any(row[column] == 0 for row in counts):
            start = f"{metric.title()} and F-score are" if "f-score" in warn_for else f"{metric.title()} is"
            _warnings.undefined(message.format(start, of_labels, modifier))
    if warn_for == ("f-score",) and any(row[1] == row[2] == 0 for row in counts):
        _warnings.undefined(message.format("F-score is", of_labels, "true nor predicted"))


def _array(numbers: list[Any], dtype: str = "float64") -> Any:
    """An array of numpy, as seqeval gives it, or the list itself where numpy is not installed."""
    try:
        import numpy
    except ImportError:
        return numbers
    return numpy.array(numbers, dtype=dtype)


__all__ = [
    "SCORES",
    "auto_detect",
    "check_consistent_length",
    "classification_report",
    "precision_recall_fscore_support",
    "unique_labels",
]
