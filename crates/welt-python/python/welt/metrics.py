"""Every metric of named-entity recognition that the literature reports, exactly as its tool counts it.

What is to be scored comes in one of four forms, the same for every function:

- `Pairs`, which hold gold and predicted tags, made once and scored often;
- the path of a file of one word a line with its gold and its predicted tag;
- gold and predicted rows of tags, a list of tags for each sentence;
- gold and predicted entities, a list for each sentence or document, by words or by characters: `(type, start, end)`, or a
  dictionary or object with `type` or `label`, `start` and `end`. Ends are behind the last position, as slices have them;
  `inclusive=True` says that they are the last position.

>>> import welt
>>> gold = [["B-Gene", "I-Gene", "O", "B-Drug"]]
>>> predicted = [["B-Gene", "O", "O", "B-Drug"]]
>>> welt.metrics.seqeval(gold, predicted, scheme="IOB2").micro.f1
0.5
>>> characters = welt.metrics.seqeval([[("Gene", 10, 14)]], [[{"label": "Gene", "start": 10, "end": 14}]])
>>> characters.micro.f1
1.0

`scheme` says how entities are read out of tags: by the rules of one (`"IOB2"`, `"IOBES"`, ...), by the one that the gold tags
tell (`"detect"`), or, without one, as seqeval's default mode and conlleval read any tags. `suffix=True` is for tags such as `Gene-B`.
"""

from __future__ import annotations

import dataclasses
import os
from typing import Any, Iterable, Optional, Sequence, Union

from . import _welt
from ._results import Report, Result, Scores
from ._welt import Pairs

__all__ = [
    "ConllevalReport",
    "ErrorReport",
    "FairevalReport",
    "Pairs",
    "SemevalReport",
    "SeqevalReport",
    "conlleval",
    "errors",
    "evaluate",
    "faireval",
    "nervaluate",
    "semeval",
    "seqeval",
]

Rows = Sequence[Sequence[Any]]
Gold = Union[Pairs, str, "os.PathLike[str]", Rows]


@dataclasses.dataclass(frozen=True)
class Counts(Result):
    """Entities that agree, that were predicted and that there are."""

    true_positives: int
    predicted: int
    gold: int


@dataclasses.dataclass(frozen=True)
class SeqevalReport(Report):
    """The scores that seqeval 1.2.2 gives.

    `chunking` says how entities were read. `macro` is NaN where there are no entities; `accuracy` is None where there are no words.
    """

    chunking: str
    per_type: dict[str, Scores]
    micro: Scores
    macro: Scores
    weighted: Scores
    accuracy: Optional[float]
    counts: dict[str, Counts]
    token_counts: dict[str, int]

    def _table(self) -> tuple[list[str], list[tuple[str, list[Any]]]]:
        averages = {"micro avg": self.micro, "macro avg": self.macro, "weighted avg": self.weighted}
        rows = [(name, list(dataclasses.astuple(scores))) for name, scores in {**self.per_type, **averages}.items()]
        return ["precision", "recall", "f1-score", "support"], rows


@dataclasses.dataclass(frozen=True)
class FairCounts(Result):
    """FairEval's decisions on one type or all, and three kinds of scores of them."""

    TP: int
    FP: int
    FN: int
    LE: int
    BE: int
    BES: int
    BEL: int
    BEO: int
    LBE: int
    predicted: int
    gold: int
    traditional: Scores
    fair: Scores
    weighted: Scores


@dataclasses.dataclass(frozen=True)
class FairevalReport(Report):
    """The counts and scores that FairEval (commit a6172f25) gives.

    `confusion` has for each gold type how often which type was predicted, without what is right; `_` is no entity.
    """

    chunking: str
    overall: FairCounts
    per_type: dict[str, FairCounts]
    confusion: dict[str, dict[str, int]]
    error_ratios: dict[str, float]
    entity_ratios: dict[str, float]

    def _table(self) -> tuple[list[str], list[tuple[str, list[Any]]]]:
        kinds = ["TP", "FP", "FN", "LE", "BE", "LBE"]
        named = {**self.per_type, "all": self.overall}.items()
        rows = [
            (name, [counts[kind] for kind in kinds] + [counts.fair.precision, counts.fair.recall, counts.fair.f1])
            for name, counts in named
        ]
        return kinds + ["precision", "recall", "f1-score"], rows


@dataclasses.dataclass(frozen=True)
class ModeCounts(Result):
    """How the entities came out in one mode, by nervaluate's names."""

    correct: int
    incorrect: int
    partial: int
    missed: int
    spurious: int
    precision: float
    recall: float
    f1: float
    actual: int
    possible: int


@dataclasses.dataclass(frozen=True)
class SemevalReport(Report):
    """The counts of SemEval-2013's modes `strict`, `exact`, `partial` and `ent_type`, of all entities and of each type by itself."""

    chunking: str
    overall: dict[str, ModeCounts]
    entities: dict[str, dict[str, ModeCounts]]

    def _table(self) -> tuple[list[str], list[tuple[str, list[Any]]]]:
        kinds = ["correct", "incorrect", "partial", "missed", "spurious", "precision", "recall", "f1"]
        named = {"all": self.overall, **self.entities}.items()
        rows = [(f"{name}, {mode}", [counts[kind] for kind in kinds]) for name, modes in named for mode, counts in modes.items()]
        return kinds, rows


@dataclasses.dataclass(frozen=True)
class ConllevalReport(Report):
    """What conlleval.pl of 2004-01-26 prints, byte for byte, and its percentages."""

    n_words: int
    accuracy: Optional[float]
    overall: dict[str, Any]
    per_type: dict[str, dict[str, Any]]


@dataclasses.dataclass(frozen=True)
class EntityError(Result):
    """One error where it stands.

    `sentence` counts from 0, `start` and `end` are positions in it, `text` the words there where they are known.
    `kind` is `spurious`, `missed` or `overlap`, and of an overlap `shape` is `label`, `boundary`, `split`, `merge` or `complex`, and
    `labels` `same` or `different`.
    """

    sentence: int
    start: int
    end: int
    text: Optional[str]
    description: str
    kind: str
    gold: list[tuple[str, int, int]]
    predicted: list[tuple[str, int, int]]
    shape: Optional[str] = None
    labels: Optional[str] = None


@dataclasses.dataclass(frozen=True)
class ErrorReport(Report):
    """Every error, and how many there are of each kind."""

    chunking: str
    totals: dict[str, Any]
    per_type: dict[str, dict[str, Any]]
    pairs: dict[str, dict[str, dict[str, int]]]
    errors: list[EntityError]

    def _table(self) -> tuple[list[str], list[tuple[str, list[Any]]]]:
        rows = [(str(error.sentence), [error.description, error.text or ""]) for error in self.errors]
        return ["error", "words"], rows


def seqeval(
    gold: Gold,
    predicted: Optional[Rows] = None,
    *,
    scheme: Optional[str] = None,
    suffix: bool = False,
    inclusive: bool = False,
    zero_division: int = 0,
) -> SeqevalReport:
    """Precision, recall and F1 by type and averaged, as seqeval 1.2.2 has them; `zero_division` is 0 or 1.

    `welt.seqeval` has seqeval's own functions.

    >>> report = seqeval([["B-Gene", "O", "B-Drug"]], [["B-Gene", "O", "O"]], scheme="IOB2")
    >>> report.micro
    Scores(precision=1.0, recall=0.5, f1=0.6666666666666666, support=2)
    >>> report.per_type["Drug"].recall
    0.0
    >>> print(report)
                  precision    recall  f1-score   support
    <BLANKLINE>
            Drug       0.00      0.00      0.00         1
            Gene       1.00      1.00      1.00         1
    <BLANKLINE>
       micro avg       1.00      0.50      0.67         2
       macro avg       0.50      0.50      0.50         2
    weighted avg       0.50      0.50      0.50         2
    <BLANKLINE>
    """
    found, text = _welt.score_seqeval(gold, predicted, _reading(scheme, suffix, inclusive), _zero_or_one(zero_division))
    averages = {name: Scores(**found[name]) for name in ("micro", "macro", "weighted")}
    return SeqevalReport(
        text=text,
        chunking=found["chunking"],
        per_type={name: Scores(**scores) for name, scores in found["per_type"].items()},
        **averages,
        accuracy=found["accuracy"],
        counts={name: Counts(**counts) for name, counts in found["counts"].items()},
        token_counts=found["token_counts"],
    )


def faireval(
    gold: Gold,
    predicted: Optional[Rows] = None,
    *,
    scheme: Optional[str] = None,
    suffix: bool = False,
    inclusive: bool = False,
    focus: str = "target",
    weights: Optional[dict[str, tuple[float, float, float]]] = None,
) -> FairevalReport:
    """Each error once and by its kind, as FairEval counts it: label (LE), boundary (BE: smaller, larger, crossing), both (LBE).

    `weights` says for the kinds LE, LBE, BES, BEL and BEO as how much of a true positive, false positive and false negative one
    counts in the scores `weighted`; the others count as in the paper (Ortmann 2022). Errors of two types stand at the gold type, or
    with `focus="system"` at the predicted one. Entities may have gaps: a dictionary with `type` and `parts`, a list of (start, end).

    >>> report = faireval([["B-Gene", "I-Gene", "O"]], [["B-Gene", "O", "B-Drug"]])
    >>> report.overall.BES, report.overall.FP, report.overall.fair.f1
    (1, 1, 0.0)
    >>> report.overall.weighted.recall
    0.5
    """
    if focus not in ("target", "system"):
        raise _welt.WeltError(f"the focus is {focus!r}, expected 'target' or 'system'")
    found, text = _welt.score_faireval(gold, predicted, _reading(scheme, suffix, inclusive), focus == "system", weights)
    return FairevalReport(
        text=text,
        chunking=found["chunking"],
        overall=_fair_counts(found["overall"]),
        per_type={name: _fair_counts(counts) for name, counts in found["per_type"].items()},
        confusion=found["confusion"],
        error_ratios=found["error_ratios"],
        entity_ratios=found["entity_ratios"],
    )


def semeval(
    gold: Gold,
    predicted: Optional[Rows] = None,
    *,
    scheme: Optional[str] = None,
    suffix: bool = False,
    inclusive: bool = False,
    matching: str = "greedy",
    min_overlap: float = 1.0,
) -> SemevalReport:
    """SemEval-2013's four modes. `matching` is "greedy" as in nervaluate 1.2.1, or "optimal", which the order of entities moves not.

    `min_overlap` is how much of a gold entity a prediction has to share to make a pair with it, in percent from 1 to 100.

    >>> report = semeval([["B-Gene", "I-Gene"]], [["B-Gene", "O"]])
    >>> report.overall["partial"].f1, report.overall["strict"]["f1"]
    (0.5, 0.0)
    """
    if matching not in ("greedy", "optimal"):
        raise _welt.WeltError(f"the matching is {matching!r}, expected 'greedy' or 'optimal'")
    found, text = _welt.score_semeval(
        gold, predicted, _reading(scheme, suffix, inclusive), matching == "optimal", min_overlap
    )
    return SemevalReport(text=text, chunking=found["chunking"], **_modes(found))


def nervaluate(
    true: Any, pred: Any, tags: Iterable[str], loader: str = "default", min_overlap_percentage: float = 1.0
) -> dict[str, Any]:
    """What `nervaluate.Evaluator(true, pred, tags, loader).evaluate()` of nervaluate 1.2.1 gives, in the same forms.

    `true` and `pred` are lists of documents, each a list of tags ("list") or of dictionaries with `label`, `start` and the last
    position `end` ("dict"), or texts of words and tags with a TAB between ("conll"). Each result has its numbers as attributes,
    as nervaluate 1 has them, and as items, as nervaluate 0 had them.

    Where it differs: there are no lists of indices; an empty first document does not hide what the others hold; an entity that ends
    before it starts, or starts before 0, is refused.

    >>> found = nervaluate([["B-PER", "I-PER"]], [["B-PER", "O"]], tags=["PER"])
    >>> found["overall"]["ent_type"].correct, found["entities"]["PER"]["partial"]["f1"]
    (1, 0.5)
    """
    if loader == "default":
        loader = _loader(true)
    if loader not in ("list", "dict", "conll"):
        raise _welt.WeltError(f"Unknown loader: {loader}")
    if loader != "conll" and len(true) != len(pred):
        raise _welt.WeltError("Number of predicted documents does not equal true")
    if loader == "list":
        for index, (of_true, of_pred) in enumerate(zip(true, pred)):
            if len(of_true) != len(of_pred):
                lengths = f"true={len(of_true)}, pred={len(of_pred)}"
                raise _welt.WeltError(f"Document {index} has different lengths: {lengths}")
    found = _welt.score_nervaluate(true, pred, list(tags), min_overlap_percentage, loader)
    return _modes(found)


def conlleval(
    gold: Gold, predicted: Optional[Rows] = None, *, suffix: bool = False
) -> ConllevalReport:
    """The scores of the CoNLL shared tasks, and the text of conlleval.pl byte for byte.

    >>> report = conlleval([["B-PER", "O", "B-LOC"]], [["B-PER", "O", "O"]])
    >>> print(report.text.splitlines()[0])
    processed 3 tokens with 2 phrases; found: 1 phrases; correct: 1.
    >>> report.overall["recall"]
    50.0
    """
    found, text = _welt.score_conlleval(gold, predicted, _reading(None, suffix, False))
    return ConllevalReport(text=text, **found)


def errors(
    gold: Gold,
    predicted: Optional[Rows] = None,
    *,
    scheme: Optional[str] = None,
    suffix: bool = False,
    inclusive: bool = False,
) -> ErrorReport:
    """Every error: what was made up, what was missed, and what was found with other bounds or another label.

    >>> report = errors([["B-Gene", "I-Gene", "O", "B-Drug"]], [["B-Gene", "B-Gene", "O", "O"]])
    >>> print(report)
    0: Type-3 (split, same label): Gene[0..2] found as Gene[0..1] Gene[1..2]
    0: Type-2 (missed): Drug[3..4]
    <BLANKLINE>
    >>> report.errors[0].shape, report.totals["missed"]
    ('split', 1)
    """
    found, text = _welt.score_errors(gold, predicted, _reading(scheme, suffix, inclusive))
    listed = [
        EntityError(**{**error, "gold": _spans(error["gold"]), "predicted": _spans(error["predicted"])})
        for error in found.pop("errors")
    ]
    return ErrorReport(text=text, errors=listed, **found)


@dataclasses.dataclass(frozen=True)
class Evaluation(Result):
    """Every metric of one test set; `conlleval` is None where entities were scored, since it counts tags."""

    seqeval: SeqevalReport
    faireval: FairevalReport
    semeval: SemevalReport
    conlleval: Optional[ConllevalReport]
    errors: ErrorReport

    def _repr_html_(self) -> str:
        parts = ((name, getattr(self, name)) for name in ("seqeval", "faireval", "semeval"))
        return "".join(f"<h4>{name}</h4>{report._repr_html_()}" for name, report in parts)


def evaluate(
    gold: Gold,
    predicted: Optional[Rows] = None,
    *,
    scheme: Optional[str] = None,
    suffix: bool = False,
    inclusive: bool = False,
) -> Evaluation:
    """All metrics at once.

    >>> evaluation = evaluate([["B-Gene", "I-Gene"]], [["B-Gene", "O"]], scheme="IOB2")
    >>> evaluation.seqeval.micro.f1, evaluation.semeval.overall["partial"].f1, evaluation.faireval.overall.BES
    (0.0, 0.5, 1)
    """
    options: dict[str, Any] = {"scheme": scheme, "suffix": suffix, "inclusive": inclusive}
    given: Any = gold
    if predicted is None and not isinstance(given, Pairs):
        given = Pairs.read(given, suffix)
    are_tags = isinstance(given, Pairs) or not _hold_entities(given, predicted)
    if are_tags and predicted is not None:
        given, predicted = Pairs(given, predicted, suffix=suffix), None
    return Evaluation(
        seqeval=seqeval(given, predicted, **options),
        faireval=faireval(given, predicted, **options),
        semeval=semeval(given, predicted, **options),
        conlleval=conlleval(given, predicted, suffix=suffix) if are_tags else None,
        errors=errors(given, predicted, **options),
    )


def _hold_entities(*sides: Any) -> bool:
    first = (item for side in sides for row in side for item in row)
    return not isinstance(next(first, ""), str)


def _reading(scheme: Optional[str], suffix: bool, inclusive: bool) -> dict[str, Any]:
    return {"scheme": getattr(scheme, "__name__", scheme), "suffix": suffix, "inclusive": inclusive}


def _zero_or_one(zero_division: int) -> bool:
    if zero_division not in (0, 1):
        raise _welt.WeltError(f"zero_division is {zero_division!r}, expected 0 or 1")
    return zero_division == 1


def _loader(true: Any) -> str:
    if isinstance(true, str):
        return "conll"
    if isinstance(true, list) and true and isinstance(true[0], list):
        items = (item for document in true for item in document)
        return "dict" if isinstance(next(items, ""), dict) else "list"
    raise _welt.WeltError("Could not infer loader from input type")


def _modes(found: dict[str, Any]) -> dict[str, Any]:
    modes = ("strict", "partial", "ent_type", "exact")
    outcome = lambda counts: {mode: ModeCounts(**counts[mode]) for mode in modes}  # noqa: E731
    return {
        "overall": outcome(found["overall"]),
        "entities": {name: outcome(counts) for name, counts in found["entities"].items()},
    }


def _fair_counts(found: dict[str, Any]) -> FairCounts:
    counts = found["counts"]
    return FairCounts(
        TP=counts["true_positives"],
        FP=counts["false_positives"],
        FN=counts["false_negatives"],
        LE=counts["label"],
        BE=found["boundary"],
        BES=counts["smaller"],
        BEL=counts["larger"],
        BEO=counts["crossing"],
        LBE=counts["label_boundary"],
        predicted=counts["predicted"],
        gold=counts["gold"],
        traditional=Scores(**found["traditional"]),
        fair=Scores(**found["fair"]),
        weighted=Scores(**found["weighted"]),
    )


def _spans(found: list[dict[str, Any]]) -> list[tuple[str, int, int]]:
    return [(span["entity_type"], span["start"], span["end"]) for span in found]
