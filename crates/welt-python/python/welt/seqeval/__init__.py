"""seqeval 1.2.2 without its dependencies: the same names, numbers, texts and exceptions.

A file in which only the import line changes goes on working:

>>> from welt.seqeval.metrics import classification_report, f1_score
>>> from welt.seqeval.scheme import IOB2
>>> y_true = [["B-PER", "I-PER", "O"], ["O", "B-LOC"]]
>>> y_pred = [["B-PER", "I-PER", "O"], ["O", "O"]]
>>> round(f1_score(y_true, y_pred, mode="strict", scheme=IOB2), 4)
0.6667

Where it differs, knowingly:

- Averaged scores are Python's `float` and `int`, not numpy's. `average=None` gives arrays of numpy where it is installed, else lists.
- A report in text without any entity is a table without rows, where seqeval raises ValueError.
- Where seqeval silently does something else than it was asked for, the same is done with a warning (`SilentModeWarning`):
  `mode="strict"` without a scheme, a scheme without `mode="strict"`, an unknown mode, `sample_weight`, a `zero_division` that is
  neither 0, 1 nor "warn", and rows of other lengths in `accuracy_score` and `performance_measure`.
- What is no list of lists is a TypeError in every function, also in `classification_report`, where seqeval raises what it meets
  first; tags that are no texts are refused in `accuracy_score` and `performance_measure` too, where seqeval compares anything.
  Of several things that are wrong, a tag that is no text is told first.
- What does not look like a tag is warned of once a call, not once for every word, and not before an exception.
- `UndefinedMetricWarning` is scikit-learn's where that was imported, else one of our own of the same name.
- The messages of exceptions name tags and letters, not the members of an enumeration.
- A scheme of one's own, with other patterns than the six, is refused with TypeError.
- A text that cannot be written in UTF-8, as with half a surrogate pair, is refused with UnicodeEncodeError.
"""

from . import metrics, reporters, scheme
from .metrics import (
    accuracy_score,
    classification_report,
    f1_score,
    performance_measure,
    precision_score,
    recall_score,
)
from .metrics.sequence_labeling import get_entities
from .metrics._warnings import SilentModeWarning, UndefinedMetricWarning
from .scheme import BILOU, IOB1, IOB2, IOBES, IOE1, IOE2

__all__ = [
    "BILOU",
    "IOB1",
    "IOB2",
    "IOBES",
    "IOE1",
    "IOE2",
    "SilentModeWarning",
    "UndefinedMetricWarning",
    "accuracy_score",
    "classification_report",
    "f1_score",
    "get_entities",
    "metrics",
    "performance_measure",
    "precision_score",
    "recall_score",
    "reporters",
    "scheme",
]
