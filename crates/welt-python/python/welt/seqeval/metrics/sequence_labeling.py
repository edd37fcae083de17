"""Scores of sequence labelling, as `seqeval.metrics.sequence_labeling` has them.

Sentences are lists of tags, and a corpus is a list of them. Entities count where type and words agree.
"""

from __future__ import annotations

from typing import Any, Optional, Union

from ... import _welt
from ..scheme import Token, scheme_name
from . import v1, _warnings
from .v1 import SCORES

_Rows = list[list[str]]


def precision_recall_fscore_support(
    y_true: _Rows,
    y_pred: _Rows,
    *,
    average: Optional[str] = None,
    warn_for: tuple[str, ...] = ("precision", "recall", "f-score"),
    beta: float = 1.0,
    sample_weight: Optional[list[int]] = None,
    zero_division: Any = "warn",
    suffix: bool = False,
) -> SCORES:
    """Precision, recall, F-score and number of gold entities, by the default mode, which reads any tags.

    With `average=None` each is a sequence with one number for each type, in the order of their names.

    >>> y_true = [["O", "B-MISC", "I-MISC", "O"], ["B-PER", "I-PER", "O"]]
    >>> y_pred = [["B-MISC", "I-MISC", "I-MISC", "O"], ["B-PER", "I-PER", "O"]]
    >>> precision_recall_fscore_support(y_true, y_pred, average="micro")
    (0.5, 0.5, 0.5, 2)
    """
    _warnings.silent_modes(mode=None, scheme=None, sample_weight=sample_weight, zero_division=zero_division)
    return _scores(y_true, y_pred, None, suffix, average=average, warn_for=warn_for, beta=beta, zero_division=zero_division)


def get_entities(seq: Union[list[str], _Rows], suffix: bool = False) -> list[tuple[str, int, int]]:
    """The entities of a sentence as type, first word and last word; of several sentences one word is between two of them.

    >>> get_entities(["B-PER", "I-PER", "O", "B-LOC"])
    [('PER', 0, 1), ('LOC', 3, 3)]
    """
    entities, odd = _welt.seqeval_entities(seq, suffix)
    _warnings.odd_tags(odd)
    return entities


def f1_score(
    y_true: _Rows,
    y_pred: _Rows,
    *,
    average: Optional[str] = "micro",
    suffix: bool = False,
    mode: Optional[str] = None,
    sample_weight: Optional[list[int]] = None,
    zero_division: Any = "warn",
    scheme: Optional[type[Token]] = None,
) -> Any:
    """The harmonic mean of precision and recall.

    `average` is "micro" (all entities together), "macro" (the mean over types), "weighted" (that mean by numbers of gold entities)
    or None (one number a type). With `mode="strict"` and a scheme its rules are kept to, else any tags are read.

    >>> y_true = [["O", "B-MISC", "I-MISC", "B-MISC", "O"], ["B-PER", "I-PER", "O"]]
    >>> y_pred = [["O", "B-MISC", "I-MISC", "B-MISC", "I-MISC"], ["B-PER", "I-PER", "O"]]
    >>> f1_score(y_true, y_pred)
    0.6666666666666666
    >>> f1_score(y_true, y_pred, average="macro")
    0.75
    """
    options = _options("f-score", average, mode, sample_weight, zero_division, scheme)
    return _scores(y_true, y_pred, _strict(mode, scheme), suffix, **options)[2]


def precision_score(
    y_true: _Rows,
    y_pred: _Rows,
    *,
    average: Optional[str] = "micro",
    suffix: bool = False,
    mode: Optional[str] = None,
    sample_weight: Optional[list[int]] = None,
    zero_division: Any = "warn",
    scheme: Optional[type[Token]] = None,
) -> Any:
    """The share of predicted entities that are right; arguments as those of `f1_score`.

    >>> precision_score([["B-PER", "O", "B-LOC"]], [["B-PER", "O", "O"]])
    1.0
    """
    options = _options("precision", average, mode, sample_weight, zero_division, scheme)
    return _scores(y_true, y_pred, _strict(mode, scheme), suffix, **options)[0]


def recall_score(
    y_true: _Rows,
    y_pred: _Rows,
    *,
    average: Optional[str] = "micro",
    suffix: bool = False,
    mode: Optional[str] = None,
    sample_weight: Optional[list[int]] = None,
    zero_division: Any = "warn",
    scheme: Optional[type[Token]] = None,
) -> Any:
    """The share of gold entities that were found; arguments as those of `f1_score`.

    >>> recall_score([["B-PER", "O", "B-LOC"]], [["B-PER", "O", "O"]])
    0.5
    """
    options = _options("recall", average, mode, sample_weight, zero_division, scheme)
    return _scores(y_true, y_pred, _strict(mode, scheme), suffix, **options)[1]


def accuracy_score(y_true: Union[list[str], _Rows], y_pred: Union[list[str], _Rows]) -> float:
    """The share of words whose tags agree.

    >>> accuracy_score([["O", "B-PER"], ["O"]], [["O", "B-PER"], ["B-LOC"]])
    0.6666666666666666
    """
    right, _, _, outside, words = _tokens(y_true, y_pred)
    return (right + outside) / words


def performance_measure(y_true: Union[list[str], _Rows], y_pred: Union[list[str], _Rows]) -> dict[str, int]:
    """Words counted by their tags: TP are right and not O, FP wrong and not O, FN are wrongly O, TN rightly.

    >>> performance_measure([["O", "B-PER", "B-LOC"]], [["B-PER", "B-PER", "O"]])
    {'TP': 1, 'FP': 1, 'FN': 1, 'TN': 0}
    """
    counts = _tokens(y_true, y_pred)
    return dict(zip(("TP", "FP", "FN", "TN"), counts))


def classification_report(
    y_true: _Rows,
    y_pred: _Rows,
    digits: int = 2,
    suffix: bool = False,
    output_dict: bool = False,
    mode: Optional[str] = None,
    sample_weight: Optional[list[int]] = None,
    zero_division: Any = "warn",
    scheme: Optional[type[Token]] = None,
) -> Union[str, dict[str, dict[str, Any]]]:
    """Precision, recall and F1 of each type and averaged, as a table or as a dictionary.

    >>> y_true = [["O", "B-MISC", "I-MISC", "O"], ["B-PER", "I-PER", "O"]]
    >>> y_pred = [["B-MISC", "I-MISC", "I-MISC", "O"], ["B-PER", "I-PER", "O"]]
    >>> print(classification_report(y_true, y_pred))
                  precision    recall  f1-score   support
    <BLANKLINE>
            MISC       0.00      0.00      0.00         1
             PER       1.00      1.00      1.00         1
    <BLANKLINE>
       micro avg       0.50      0.50      0.50         2
       macro avg       0.50      0.50      0.50         2
    weighted avg       0.50      0.50      0.50         2
    <BLANKLINE>
    """
    if mode == "strict":
        return v1.classification_report(
            y_true,
            y_pred,
            digits=digits,
            output_dict=output_dict,
            sample_weight=sample_weight,
            zero_division=zero_division,
            scheme=scheme,
            suffix=suffix,
        )
    _warnings.silent_modes(mode=mode, scheme=scheme, sample_weight=sample_weight, zero_division=zero_division)
    counts = _welt.seqeval_counts(y_true, y_pred, None, suffix, True)
    _warnings.odd_tags(counts.odd_tags)
    return v1.report(counts, digits=digits, output_dict=output_dict, zero_division=zero_division)


def _options(
    metric: str, average: Optional[str], mode: Any, sample_weight: Any, zero_division: Any, scheme: Any
) -> dict[str, Any]:
    _warnings.silent_modes(mode=mode, scheme=scheme, sample_weight=sample_weight, zero_division=zero_division)
    if mode == "strict" and not scheme:
        message = "mode='strict' without a scheme: the default mode is run, while classification_report tells a scheme by the tags"
        _warnings.warn(message, _warnings.SilentModeWarning)
    return {"average": average, "warn_for": (metric,), "beta": 1.0, "zero_division": zero_division}


def _strict(mode: Optional[str], scheme: Optional[type[Token]]) -> Optional[str]:
    return scheme_name(scheme) if mode == "strict" and scheme else None


def _scores(
    y_true: _Rows,
    y_pred: _Rows,
    scheme: Optional[str],
    suffix: bool,
    *,
    average: Optional[str],
    warn_for: tuple[str, ...],
    beta: float,
    zero_division: Any,
) -> SCORES:
    v1.check_options(beta, average)
    counts = _welt.seqeval_counts(y_true, y_pred, scheme, suffix)
    _warnings.odd_tags(counts.odd_tags)
    return v1.scores(counts, average=average, warn_for=warn_for, beta=beta, zero_division=zero_division)


def _tokens(y_true: Any, y_pred: Any) -> tuple[int, int, int, int, int]:
    true_positives, false_positives, false_negatives, true_negatives, words, same = _welt.seqeval_tokens(y_true, y_pred)
    if not same:
        message = "sentences differ in their numbers of words: tags are compared one by one up to the shorter side"
        _warnings.warn(message, _warnings.SilentModeWarning)
    return true_positives, false_positives, false_negatives, true_negatives, words
