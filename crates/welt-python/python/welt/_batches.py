"""Batches of rows with texts in them: rows of entities for them, in the same form. Only what the caller passes is imported."""

from __future__ import annotations

from typing import Any

from ._welt import WeltError

FIELDS = ("start", "end", "type", "score", "mention")


def tag_batch(tagger: Any, batch: Any, column: str) -> Any:
    """The entities of a batch as a batch of the same kind."""
    is_frame = hasattr(batch, "dtypes") and hasattr(batch, "itertuples")
    names = list(batch.columns) if is_frame else list(getattr(getattr(batch, "schema", None), "names", []))
    if not (is_frame or hasattr(batch, "to_pylist")):
        raise WeltError(f"found a {type(batch).__name__}, expected a record batch, a table, or a frame of pandas")
    # Copies: what is taken out of a row stays in the caller's.
    rows = [dict(row) for row in (batch.to_dict("records") if is_frame else batch.to_pylist())]
    names = names or list(rows[0] if rows else [])
    if rows and column not in rows[0]:
        raise WeltError(f"the batch has no column `{column}`, expected one of {', '.join(map(str, rows[0]))}: name it with column=")
    texts = [row.pop(column) for row in rows]
    found = tagger.tag(text if isinstance(text, str) else None for text in texts)
    others = [name for name in names if name != column]
    taken = [name for name in FIELDS if name in others]
    if taken:
        raise WeltError(f"the batch has a column `{taken[0]}`, which is to hold what was found: name it otherwise")
    entities = [
        {**row, **dict(zip(FIELDS, (*entity[:4], entity.text)))} for row, found_in_row in zip(rows, found) for entity in found_in_row
    ]
    if is_frame:
        return _frame(batch, entities, others)
    if hasattr(batch, "schema") and hasattr(type(batch), "from_pylist"):
        return _arrow(batch, entities, column)
    return entities


def _frame(batch: Any, entities: list[dict[str, Any]], others: list[Any]) -> Any:
    frame = type(batch)(entities, columns=[*others, *FIELDS])
    kinds = {**{name: batch.dtypes[name] for name in others}, "start": "int64", "end": "int64", "type": "str"}
    kinds.update({"score": "float64", "mention": "str"})
    return frame.astype(kinds)


def _arrow(batch: Any, entities: list[dict[str, Any]], column: str) -> Any:
    import pyarrow

    kinds = (pyarrow.int64(), pyarrow.int64(), pyarrow.string(), pyarrow.float32(), pyarrow.string())
    kept = [field for field in batch.schema if field.name != column]
    schema = pyarrow.schema([*kept, *map(pyarrow.field, FIELDS, kinds)])
    return type(batch).from_pylist(entities, schema=schema)
