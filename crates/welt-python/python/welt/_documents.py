"""Documents in the formats of biomedical corpora, as dictionaries, with the account of what was not kept.

A document has `id`, `passages` (each `kind`, `offset`, `text`), `mentions` (each `entity_type`, `parts` as dictionaries of `start`
and `end`, and where the format has them `id`, `text`, `identifiers`) and, where it came cut into words, `sentences`.
Offsets count characters from the start of the document.
"""

from __future__ import annotations

import dataclasses
import os
from typing import Any, Iterable, Iterator, Optional, Union

from . import _welt
from ._results import Result

Path = Union[str, "os.PathLike[str]"]
Document = dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Loss(Result):
    """What was lost or changed under one name: how often, and the first of them with their position."""

    stage: str
    name: str
    count: int
    items: list[dict[str, Any]]

    def __str__(self) -> str:
        return f"{self.count} {self.name} ({self.stage})"


class Documents:
    """The documents of a file, one after the other; `ledger` says what was met so far and not kept."""

    def __init__(self, reader: _welt.DocumentReader) -> None:
        self._reader = reader

    def __iter__(self) -> Iterator[Document]:
        return self

    def __next__(self) -> Document:
        return next(self._reader)

    @property
    def format(self) -> str:
        """The name of the format that is read."""
        return self._reader.format

    @property
    def ledger(self) -> list[Loss]:
        """What was met so far and not kept."""
        return _losses(self._reader.ledger)


def read_documents(
    path: Path, format: Optional[str] = None, *, content: Optional[bytes] = None, listed: int = 10
) -> Documents:
    """Reads the documents of a file or folder in any format of docs/formats.md, packed by gzip or not, one at a time.

    The format is told from what is in the file unless it is named. With `content` nothing is opened, and the path is a name that
    messages use. At most `listed` losses are listed under each name.

    >>> import welt
    >>> text = b"1|t|Ataxia.\\n1|a|No cure.\\n1\\t0\\t6\\tAtaxia\\tDisease\\tD001259\\n1\\tCID\\tD1\\tD2\\n"
    >>> documents = welt.read_documents("train.txt", content=text)
    >>> document = next(documents)
    >>> document["mentions"][0]["entity_type"], document["mentions"][0]["parts"]
    ('Disease', [{'start': 0, 'end': 6}])
    >>> [str(loss) for loss in documents.ledger]
    ['1 unread-relation (read)']
    """
    return Documents(_welt.open_documents(path, format, content, listed))


def write_documents(
    documents: Iterable[Document],
    path: Optional[Path] = None,
    *,
    format: str,
    scheme: str = "IOB2",
    allow: Iterable[str] = (),
    listed: int = 10,
) -> Union[bytes, list[Loss]]:
    """Writes documents in a format, whole or not at all, and gives the account; without a path it gives the bytes instead.

    What the format cannot hold is an error unless `allow` names it; `allow="all"` allows everything.
    `scheme` is that of tags, where the format has words and tags ("conll", "hugging-face").

    >>> import welt
    >>> document = {
    ...     "id": "7",
    ...     "passages": [{"kind": "", "offset": 0, "text": "No ataxia."}],
    ...     "mentions": [{"entity_type": "Disease", "parts": [{"start": 3, "end": 9}]}],
    ... }
    >>> welt.write_documents([document], format="conll").decode().splitlines()
    ['-DOCSTART-\\tO', '', 'No\\tO', 'ataxia\\tB-Disease', '.\\tO', '']
    """
    writing = _writing(format, path, scheme, allow, listed)
    written, ledger = _welt.write_documents(list(documents), writing)
    return _losses(ledger) if written is None else written


def convert(
    path: Path,
    output: Optional[Path] = None,
    *,
    to: str,
    from_: Optional[str] = None,
    scheme: str = "IOB2",
    allow: Iterable[str] = (),
    listed: int = 10,
) -> Union[bytes, list[Loss]]:
    """Converts a file or folder of documents into another format, a document at a time, and gives the account of all losses.

    Without an output it gives the bytes instead. Arguments as those of `write_documents`; `from_` names the format that is read.
    """
    writing = _writing(to, output, scheme, allow, listed)
    written, ledger = _welt.convert_documents(path, from_, writing)
    return _losses(ledger) if written is None else written


def formats() -> dict[str, bool]:
    """The names of all formats, and whether documents can be written in each; all can be read.

    >>> import welt
    >>> welt.formats()["pubtator"], welt.formats()["jats"]
    (True, False)
    """
    return dict(_welt.format_names())


def _writing(
    format: str, path: Optional[Path], scheme: str, allow: Iterable[str], listed: int
) -> dict[str, Any]:
    names = [allow] if isinstance(allow, str) else list(allow)
    return {"format": format, "path": path, "scheme": scheme, "allow": names, "listed": listed}


def _losses(found: list[dict[str, Any]]) -> list[Loss]:
    return [Loss(**loss) for loss in found]
