"""Scores of named-entity recognition for Hugging Face's `evaluate`, in the form of its metric seqeval, by the package welt.

    import evaluate
    metric = evaluate.load("contrib/evaluate/welt_ner")
    metric.compute(predictions=[["B-Gene", "O"]], references=[["B-Gene", "O"]], mode="strict", scheme="IOB2")

Beside seqeval's scores there are `fair_f1` (FairEval), and with `details=True` the kinds of error and SemEval-2013's modes.
"""

import datasets
import evaluate
import welt
import welt.seqeval

_DESCRIPTION = "Precision, recall and F1 of entities exactly as seqeval 1.2.2 counts them, FairEval's fair F1, and kinds of error."

_CITATION = ""

_INPUTS = """
predictions: lists of predicted tags, one list a sentence
references: lists of gold tags
scheme: IOB1, IOB2, IOE1, IOE2, IOBES or BILOU, heeded with mode="strict"
mode: None (any tags are read, as conlleval does) or "strict"
suffix: whether letters stand behind types, as in Gene-B
zero_division: what a ratio is that has nothing to divide by: "warn", 0 or 1
details: whether to add the kinds of error and SemEval-2013's modes
"""


class WeltNer(evaluate.Metric):
    """The names of scores are those of the metric seqeval: one dictionary a type, and `overall_...`."""

    def _info(self):
        tags = datasets.Sequence(datasets.Value("string"))
        return evaluate.MetricInfo(
            description=_DESCRIPTION,
            citation=_CITATION,
            inputs_description=_INPUTS,
            features=datasets.Features({"predictions": tags, "references": tags}),
        )

    def _compute(
        self, predictions, references, suffix=False, scheme=None, mode=None, sample_weight=None, zero_division="warn", details=False
    ):
        found = welt.seqeval.metrics.classification_report(
            y_true=references,
            y_pred=predictions,
            suffix=suffix,
            output_dict=True,
            scheme=getattr(welt.seqeval, scheme) if scheme is not None else None,
            mode=mode,
            sample_weight=sample_weight,
            zero_division=zero_division,
        )
        overall = found.pop("micro avg")
        averages = {"macro avg", "weighted avg"}
        scores = {
            name: {"precision": row["precision"], "recall": row["recall"], "f1": row["f1-score"], "number": row["support"]}
            for name, row in found.items()
            if name not in averages
        }
        scores["overall_precision"] = overall["precision"]
        scores["overall_recall"] = overall["recall"]
        scores["overall_f1"] = overall["f1-score"]
        scores["overall_accuracy"] = welt.seqeval.accuracy_score(references, predictions)
        read_as = (scheme or "detect") if mode == "strict" else None
        pairs = welt.Pairs(references, predictions, suffix=suffix)
        fair = welt.metrics.faireval(pairs, scheme=read_as)
        scores["fair_f1"] = fair.overall.fair.f1
        if details:
            scores["errors"] = {kind: fair.overall[kind] for kind in ("TP", "FP", "FN", "LE", "BE", "LBE")}
            modes = welt.metrics.semeval(pairs, scheme=read_as).overall
            scores["semeval"] = {name: counts.f1 for name, counts in modes.items()}
        return scores
