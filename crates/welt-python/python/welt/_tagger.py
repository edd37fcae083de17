"""A fine-tuned model that tags texts: entities by exact characters, with scores."""

from __future__ import annotations

import os
from typing import Any, Iterable, Mapping, NamedTuple, Optional, Sequence, Union, overload

from . import _welt


class Entity(NamedTuple):
    """An entity: its first character, the one behind its last, its type, its score from 0 to 1, and its text.

    Characters count from 0 as Python counts them: `text[entity.start:entity.end] == entity.text`.
    """

    start: int
    end: int
    type: str
    score: float
    text: str


class TaggedWords(NamedTuple):
    """The tag of each word, and its probability; None of words that the model cannot see."""

    tags: list[str]
    probabilities: list[Optional[float]]


class Tagger:
    """A model made ready to tag. Several threads can use one at once, and none is held up while it works.

    An encoder of any kind that welt reads (BERT, ELECTRA, RoBERTa, DeBERTa, ModernBERT), fine-tuned by welt or by transformers. Every character of a text is covered: it is cut
    into sentences, and a sentence that is too long for the model into windows that overlap.
    """

    def __init__(self, loaded: Any) -> None:
        self._loaded = loaded
        self._counts: dict[str, int] = {}

    @classmethod
    def load(
        cls,
        model: Union[str, "os.PathLike[str]"],
        *,
        device: str = "cpu",
        precision: str = "f32",
        max_length: Optional[int] = None,
        window_context: Optional[int] = None,
        constrained: bool = False,
        join_split: bool = False,
        shifts: Optional[Mapping[str, float]] = None,
        batch_subwords: Optional[int] = None,
        threads: Optional[int] = None,
    ) -> Tagger:
        """Loads a model from its folder, or by its name on the Hugging Face Hub, whose cache is shared.

        `max_length` is the most sub-words of a window, as many as the model can read unless it says less, and `window_context` how many
        on each side of a window only inform where a sentence needs several. `constrained` takes the best sequence
        that the scheme of the labels allows, and `shifts` adds to the scores of labels before that: `{"O": -1.0}` finds more.
        `join_split` puts entities of one type together between which no word is. What `welt tune` stored in the model holds where nothing else is asked for.
        `precision` is the dtype of matrix products ("f32", "bf16", "f16", "int8"). `threads` compute for this tagger alone; otherwise as many as the processor has
        are shared by all, or RAYON_NUM_THREADS says how many.
        """
        loaded_tagger = getattr(_welt, "LoadedTagger", None)
        if loaded_tagger is None:
            raise _welt.WeltError("this welt was built without its tagger: build it with the feature `tagger`")
        loading = {
            "device": device,
            "precision": precision,
            "max_length": max_length,
            "window_context": window_context,
            "constrained": constrained,
            "join_split": join_split,
            "shifts": list((shifts or {}).items()),
            "batch_subwords": batch_subwords,
            "threads": threads,
        }
        return cls(loaded_tagger.load(model, loading))

    @property
    def labels(self) -> list[str]:
        """The labels that the model tells apart, in its order."""
        return self._loaded.labels

    @property
    def device(self) -> str:
        """Where it computes."""
        return self._loaded.device

    @overload
    def tag(self, texts: str) -> list[Entity]: ...  # type: ignore[overload-overlap]
    @overload
    def tag(self, texts: Iterable[Optional[str]]) -> list[list[Entity]]: ...
    def tag(self, texts: Any) -> Any:
        """The entities of a text, or of each of several, which are read together: the more at once, the faster.

        ```
        tagger.tag("No sign of cystic fibrosis.")
        [Entity(start=11, end=26, type='Disease', score=0.99, text='cystic fibrosis')]
        ```

        None among several has no entities.
        """
        if isinstance(texts, str):
            return self._tag([texts])[0]
        return self._tag(list(texts))

    def tag_words(self, sentences: Sequence[Sequence[str]]) -> list[TaggedWords]:
        """The tag of every word of sentences that come cut into words, which are kept as they are."""
        found = self._loaded.tag_words([list(sentence) for sentence in sentences])
        return [TaggedWords(*words) for words in found]

    def tag_documents(self, documents: Iterable[dict[str, Any]], *, replace: bool = False) -> list[dict[str, Any]]:
        """Documents as `welt.read_documents` gives them, with what was found as mentions behind those that they have, or in their place."""
        documents = list(documents)
        found, self._counts = self._loaded.tag_documents(documents)
        return [
            {**document, "mentions": ([] if replace else document.get("mentions", [])) + [self._loaded.mention(entity) for entity in entities]}
            for document, entities in zip(documents, found)
        ]

    def tag_batch(self, batch: Any, *, column: str = "text") -> Any:
        """The entities of a batch of rows as a batch of the same kind, a row each: for Arrow's record batches and tables, and for frames of pandas.

        The texts stand in `column`. Every row of the answer has the other columns of the row where its entity was found, and behind them
        `start`, `end`, `type`, `score` and `mention`, which is the entity's text. What else has `to_pylist` is answered with a list of dictionaries.
        """
        from ._batches import tag_batch

        return tag_batch(self, batch, column)

    @property
    def counts(self) -> dict[str, int]:
        """What the last call read: documents, sentences, words, windows, sentences in several windows, words that the model cannot see or
        reads by their first sub-words alone, and entities. Calls of other threads count as any."""
        return dict(self._counts)

    def _tag(self, texts: list[Optional[str]]) -> list[list[Entity]]:
        found, self._counts = self._loaded.tag(texts)
        return [[Entity(*entity) for entity in entities] for entities in found]

    def __repr__(self) -> str:
        return f"Tagger({', '.join(self.labels)}; {self.device})"
