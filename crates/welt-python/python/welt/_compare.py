"""Whether one system is better than another: tests, intervals, families of tests, and words over corpora and seeds."""

from __future__ import annotations

import dataclasses
import os
from typing import Any, Iterable, Mapping, Optional, Union

from . import _welt
from ._results import Report, Result
from ._welt import Pairs

System = Union[Pairs, str, "os.PathLike[str]", "list[Pairs]"]


@dataclasses.dataclass(frozen=True)
class Comparison(Report):
    """The difference of two systems, with its interval and its p-value.

    `difference` is the score of the first less that of the second, `lower` and `upper` are the ends of its interval.
    `p_value` is that of a randomization test where there is one run of each system, and by Student's t over runs and units where
    there are several. `share_not_above` and `share_above_twice` are the shares of resamples by which a bootstrap test is read.
    """

    metric: str
    chunking: str
    unit: str
    n_units: int
    n_different: Optional[int]
    runs: tuple[int, int]
    first: float
    second: float
    difference: float
    lower: float
    upper: float
    confidence: float
    standard_error: float
    p_value: float
    share_not_above: Optional[float]
    share_above_twice: Optional[float]
    seed: int

    def _table(self) -> tuple[list[str], list[tuple[str, list[Any]]]]:
        interval = f"{self.lower:.4f} to {self.upper:.4f}"
        return [self.metric, f"{self.confidence:.0%} interval", "p"], [
            ("first", [self.first, "", ""]),
            ("second", [self.second, "", ""]),
            ("difference", [self.difference, interval, self.p_value]),
        ]


@dataclasses.dataclass(frozen=True)
class Estimate(Report):
    """A score with its interval: over units of one run, or over runs and units of several."""

    score: float
    lower: float
    upper: float
    confidence: float
    standard_error: float
    n_units: int


@dataclasses.dataclass(frozen=True)
class MethodVerdict(Result):
    """What a method does: `word` is `helps`, `hurts`, `the same` or `not known`, `text` all that is said of it.

    `difference` is in points of F1; `more_seeds` and `more_sources` would tell, where nothing is known.
    """

    method: str
    word: str
    text: str
    difference: float
    p_value: Optional[float]
    more_seeds: Optional[int]
    more_sources: Optional[int]
    details: dict[str, Any] = dataclasses.field(repr=False)

    def __str__(self) -> str:
        return f"{self.method} {self.text}"


def compare(
    first: System,
    second: System,
    *,
    seed: int,
    metric: str = "f1",
    type: Optional[str] = None,
    scheme: Optional[str] = None,
    by_document: bool = False,
    paired: bool = True,
    rounds: int = 10_000,
    confidence: float = 0.95,
    bounds: str = "bca",
) -> Comparison:
    """How far two systems differ that tagged the same sentences, give or take what, and whether it may be chance.

    Each system is `Pairs` or the path of a file with gold and predicted tags, or a list of them, one for each of its runs: then
    the interval is over runs and sentences, and `paired` says that runs of the same index share their seed.
    `metric` is "f1", "precision" or "recall", of all entities or of one `type`; or "macro_f1", or "fair_f1".
    `by_document` resamples documents, whose sentences are no independent draws. `seed` decides the draws, `rounds` how many.

    >>> import welt
    >>> gold = [["B-Gene", "O"], ["O", "B-Gene"], ["B-Gene", "O"]]
    >>> first = welt.metrics.Pairs(gold, gold)
    >>> second = welt.metrics.Pairs(gold, [["B-Gene", "O"], ["O", "O"], ["O", "O"]])
    >>> test = welt.compare(first, second, seed=1)
    >>> test.first, test.second, test.difference, test.p_value
    (1.0, 0.5, 0.5, 0.5)
    >>> print(test)
    micro F1 on 3 sentences, entities read in mode default
    <BLANKLINE>
    first       1.0000
    second      0.5000
    difference  0.5000   95 % interval 0.0462 to 1.0000 (BCa bootstrap, all resamples)
    p           0.5000   randomization test, all shuffles; 2 sentences counted differently
    <BLANKLINE>
    """
    question = _question(metric, type, scheme, by_document, seed, rounds, confidence, bounds)
    found, text = _welt.compare_systems(_runs(first), _runs(second), question, paired)
    difference = found.pop("difference")
    return Comparison(
        text=text,
        difference=difference["observed"],
        standard_error=difference["standard_error"],
        **_ends(difference),
        **{**found, "runs": tuple(found["runs"])},
    )


def interval(
    system: System,
    *,
    seed: int,
    metric: str = "f1",
    type: Optional[str] = None,
    scheme: Optional[str] = None,
    by_document: bool = False,
    rounds: int = 10_000,
    confidence: float = 0.95,
    bounds: str = "bca",
) -> Estimate:
    """A system's score with its interval; arguments as those of `compare`.

    >>> import welt
    >>> pairs = welt.metrics.Pairs([["B-A"], ["B-A"], ["B-A"]], [["B-A"], ["B-A"], ["O"]])
    >>> estimate = welt.interval(pairs, seed=1, bounds="percentile")
    >>> round(estimate.score, 4), round(estimate.lower, 4), estimate.upper
    (0.8, 0.325, 1.0)
    """
    question = _question(metric, type, scheme, by_document, seed, rounds, confidence, bounds)
    found, text = _welt.interval_of(_runs(system), question)
    return Estimate(
        text=text,
        score=found["observed"],
        standard_error=found["standard_error"],
        n_units=found["n_units"],
        **_ends(found),
    )


def holm(p_values: Iterable[float]) -> list[float]:
    """p-values of a family of tests, adjusted so that the chance of any wrong rejection stays below the level (Holm 1979).

    >>> holm([0.5, 0.0625, 0.125])
    [0.5, 0.1875, 0.25]
    """
    return _welt.holm(list(p_values))


def judge(
    runs: Mapping[str, Mapping[str, Mapping[int, Pairs]]],
    *,
    baseline: str,
    seed: int,
    sources: Optional[Mapping[str, str]] = None,
    margin: float = 1.0,
    level: float = 0.05,
    scheme: Optional[str] = None,
    by_document: bool = False,
    rounds: int = 10_000,
) -> list[MethodVerdict]:
    """A word for each method: whether it helps over the baseline, hurts, is the same within `margin` points of F1, or is not known.

    `runs[corpus][method][seed]` are the gold and predicted tags of a run. Corpora of the same texts share a name in `sources`.
    docs/statistics.md of the project explains the tests.

    >>> import welt
    >>> gold = [["B-A"] for _ in range(40)]
    >>> def run(n_right):
    ...     return welt.metrics.Pairs(gold, [["B-A"] if index < n_right else ["O"] for index in range(40)])
    >>> runs = {
    ...     corpus: {"plain": {1: run(20 + k), 2: run(21 + k)}, "weighted": {1: run(30 + k), 2: run(30 + k)}}
    ...     for k, corpus in enumerate(["one", "two", "three", "four"])
    ... }
    >>> verdict = welt.judge(runs, baseline="plain", seed=1)[0]
    >>> verdict.method, verdict.word
    ('weighted', 'helps')
    """
    methods = [baseline]
    for of_corpus in runs.values():
        methods += [method for method in of_corpus if method not in methods]
    question = _question("f1", None, scheme, by_document, seed, rounds, 1.0 - level, "bca")
    corpora = [
        (name, (sources or {}).get(name, name), {method: dict(by_seed) for method, by_seed in of_corpus.items()})
        for name, of_corpus in runs.items()
    ]
    judgement = _welt.judge_methods(corpora, methods, (level, margin), question)
    return [_verdict(found) for found in judgement["methods"]]


def _verdict(found: dict[str, Any]) -> MethodVerdict:
    trained = found["trained"]
    test = trained["primary"]["test"]
    return MethodVerdict(
        method=found["method"],
        word=trained["word"],
        text=found["text"],
        difference=trained["primary"]["difference"],
        p_value=test["adjusted"] if test else None,
        more_seeds=trained["more_seeds"],
        more_sources=trained["more_sources"],
        details=found,
    )


def _runs(system: System) -> list[Pairs]:
    runs = system if isinstance(system, (list, tuple)) else [system]
    return [run if isinstance(run, Pairs) else Pairs.read(run) for run in runs]


def _ends(estimate: dict[str, Any]) -> dict[str, Any]:
    return {name: estimate["interval"][name] for name in ("lower", "upper", "confidence")}


def _question(
    metric: str,
    entity_type: Optional[str],
    scheme: Optional[str],
    by_document: bool,
    seed: int,
    rounds: int,
    confidence: float,
    bounds: str,
) -> dict[str, Any]:
    if bounds not in ("bca", "percentile"):
        raise _welt.WeltError(f"the bounds are {bounds!r}, expected 'bca' or 'percentile'")
    return {
        "metric": metric,
        "entity_type": entity_type,
        "scheme": getattr(scheme, "__name__", scheme),
        "by_document": by_document,
        "seed": seed,
        "rounds": rounds,
        "confidence": confidence,
        "percentile": bounds == "percentile",
    }
