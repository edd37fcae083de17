"""What is warned of: scores that are not defined, as seqeval does, and what seqeval does silently."""

from __future__ import annotations

import os
import sys
import warnings
from typing import Any

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class UndefinedMetricWarning(UserWarning):
    """A ratio has nothing to divide by and is set to 0."""


class SilentModeWarning(UserWarning):
    """Something else is done than was asked for, as seqeval does it without a word."""


def warn(message: str, category: type[Warning]) -> None:
    """Warns of the line that called into `welt.seqeval`."""
    depth, frame = 2, sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        depth, frame = depth + 1, frame.f_back
    warnings.warn(message, category, stacklevel=depth)


def undefined(message: str) -> None:
    """Warns of a score that is not defined, by scikit-learn's class where it is imported, so that its filters apply."""
    scikit_learn = sys.modules.get("sklearn.exceptions")
    category = getattr(scikit_learn, "UndefinedMetricWarning", UndefinedMetricWarning)
    warn(message, category)


def odd_tags(tags: list[str]) -> None:
    """Warns of each text that does not look like a tag."""
    for tag in tags:
        warn(f"{tag} seems not to be NE tag.", UserWarning)


def silent_modes(*, mode: Any, scheme: Any, sample_weight: Any, zero_division: Any) -> None:
    """Warns of arguments that seqeval takes and does not heed."""
    if mode not in (None, "strict"):
        warn(f"mode={mode!r} is none of None and 'strict': the default mode is run", SilentModeWarning)
    if scheme is not None and mode != "strict":
        warn("a scheme is heeded with mode='strict' alone: the default mode is run", SilentModeWarning)
    if sample_weight is not None:
        warn("sample_weight is not heeded: every sentence counts the same", SilentModeWarning)
    if zero_division not in ("warn", 0, 1):
        warn(f"zero_division={zero_division!r} is none of 'warn', 0 and 1: it counts as 1", SilentModeWarning)
