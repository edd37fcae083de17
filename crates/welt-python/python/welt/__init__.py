"""Named-entity recognition: exact metrics, comparisons, formats, class weights and a tagger.

The work is done by compiled code without a dependency at run time; what it raises of its own is `WeltError`, a ValueError.
"""

from . import metrics, seqeval, trainer
from ._compare import Comparison, Estimate, MethodVerdict, compare, holm, interval, judge
from ._documents import Documents, Loss, convert, formats, read_documents, write_documents
from ._tagger import Entity, TaggedWords, Tagger
from ._weights import WeightWarning, class_weights
from ._welt import WeltError, __version__
from .metrics import Pairs

__all__ = [
    "Comparison",
    "Documents",
    "Entity",
    "Estimate",
    "Loss",
    "MethodVerdict",
    "Pairs",
    "TaggedWords",
    "Tagger",
    "WeightWarning",
    "WeltError",
    "__version__",
    "class_weights",
    "compare",
    "convert",
    "formats",
    "holm",
    "interval",
    "judge",
    "metrics",
    "read_documents",
    "seqeval",
    "trainer",
    "write_documents",
]
