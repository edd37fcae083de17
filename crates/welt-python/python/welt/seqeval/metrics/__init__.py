"""Scores of sequence labelling, as `seqeval.metrics` has them."""

from . import sequence_labeling, v1
from .sequence_labeling import (
    accuracy_score,
    classification_report,
    f1_score,
    performance_measure,
    precision_score,
    recall_score,
)

__all__ = [
    "accuracy_score",
    "classification_report",
    "f1_score",
    "performance_measure",
    "precision_score",
    "recall_score",
    "sequence_labeling",
    "v1",
]
