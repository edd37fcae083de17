"""Named-entity recognition: exact metrics, comparisons, formats, class weights and a tagger.

The work is done by compiled code without a dependency at run time; what it raises of its own is `WeltError`.
"""

from . import metrics, seqeval
from ._welt import WeltError, __version__

__all__ = ["WeltError", "__version__", "metrics", "seqeval"]
