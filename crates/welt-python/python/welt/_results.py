"""What metrics and tests give: plain objects that print themselves as text and, in a notebook, as a table."""

from __future__ import annotations

import dataclasses
from html import escape
from typing import Any, Iterator, Union


@dataclasses.dataclass(frozen=True)
class Result:
    """A result: its fields are its attributes, and also its items."""

    def __getitem__(self, name: str) -> Any:
        if name in self.keys():
            return getattr(self, name)
        raise KeyError(name)

    def keys(self) -> list[str]:
        """The names of its fields, so that `dict(result)` works."""
        return [field.name for field in dataclasses.fields(self)]

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def to_dict(self) -> dict[str, Any]:
        """All fields as dictionaries, lists and numbers, as they go into JSON."""
        return {name: _plain(getattr(self, name)) for name in self.keys()}


def _plain(value: Any) -> Any:
    if isinstance(value, Result):
        return value.to_dict()
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value


@dataclasses.dataclass(frozen=True)
class Scores(Result):
    """Precision, recall and F1 from 0 to 1, and how many gold entities there are."""

    precision: float
    recall: float
    f1: float
    support: int


@dataclasses.dataclass(frozen=True)
class Report(Result):
    """A result with a table: `text` is what it prints."""

    text: str = dataclasses.field(repr=False)

    def keys(self) -> list[str]:
        return [name for name in super().keys() if name != "text"]

    def __str__(self) -> str:
        return self.text

    def _table(self) -> tuple[list[str], list[tuple[str, list[Union[int, float, str]]]]]:
        """The heads of the columns, and rows of a name and cells."""
        return [], []

    def _repr_html_(self) -> str:
        """The table, for notebooks.

        >>> import welt
        >>> report = welt.metrics.seqeval([["B-A<b>"]], [["O"]])
        >>> "<th>A&lt;b&gt;</th><td>0.0000</td>" in report._repr_html_()
        True
        """
        heads, rows = self._table()
        if not rows:
            return f"<pre>{escape(str(self))}</pre>"
        head = "".join(f"<th>{escape(name)}</th>" for name in ["", *heads])
        body = "".join(
            f"<tr><th>{escape(name)}</th>{''.join(f'<td>{_cell(cell)}</td>' for cell in cells)}</tr>" for name, cells in rows
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(value: Union[int, float, str]) -> str:
    return f"{value:.4f}" if isinstance(value, float) else escape(str(value))
