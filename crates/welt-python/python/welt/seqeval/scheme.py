"""The tagging schemes as classes, and what they read out of tags.

>>> from welt.seqeval.scheme import IOB2, Tokens, auto_detect
>>> Tokens(["B-PER", "I-PER", "O", "B-LOC"], IOB2, sent_id=0).entities
[(0, PER, 0, 2), (0, LOC, 3, 4)]
>>> auto_detect([["B-PER", "E-PER", "O"], ["S-LOC"]])
<class 'welt.seqeval.scheme.IOBES'>
"""

from __future__ import annotations

import enum
from typing import Any, Optional

from .. import _welt


class Entity:
    """An entity: its sentence, its first word, the word behind its last, and its type."""

    def __init__(self, sent_id: Any, start: int, end: int, tag: str) -> None:
        self.sent_id = sent_id
        self.start = start
        self.end = end
        self.tag = tag

    def __repr__(self) -> str:
        return f"({self.sent_id}, {self.tag}, {self.start}, {self.end})"

    def __eq__(self, other: Any) -> bool:
        return self.to_tuple() == other.to_tuple()

    def __hash__(self) -> int:
        return hash(self.to_tuple())

    def to_tuple(self) -> tuple[Any, str, int, int]:
        """Sentence, type, first word and the word behind the last."""
        return self.sent_id, self.tag, self.start, self.end


class Prefix(enum.Flag):
    """The letter of a tag."""

    I = enum.auto()  # noqa: E741
    O = enum.auto()  # noqa: E741
    B = enum.auto()
    E = enum.auto()
    S = enum.auto()
    U = enum.auto()
    L = enum.auto()
    ANY = I | O | B | E | S | U | L


_BY_LETTER = {prefix.name: prefix for prefix in (Prefix.I, Prefix.O, Prefix.B, Prefix.E, Prefix.S, Prefix.U, Prefix.L)}


class Token:
    """One tag, cut into letter and type; its subclasses know the rules of a scheme.

    >>> token = IOB2("I-PER")
    >>> token.prefix, token.tag, token.is_inside(IOB2("B-PER"))
    (<Prefix.I: 1>, 'PER', True)
    """

    allowed_prefix: Optional[Prefix] = None

    def __init__(self, token: str, suffix: bool = False, delimiter: str = "-") -> None:
        self.token = token
        self.suffix = suffix
        self.prefix = _BY_LETTER[token[-1] if suffix else token[0]]
        rest = token[:-1] if suffix else token[1:]
        self.tag = rest.strip(delimiter) or "_"

    def __repr__(self) -> str:
        return self.token

    def is_valid(self) -> bool:
        """True, or ValueError where the letter is not the scheme's."""
        if self.prefix not in self._allowed():
            allowed = str(self._allowed()).replace("Prefix.", "")
            raise ValueError(f"Invalid token is found: {self.token}. Allowed prefixes are: {allowed}.")
        return True

    def is_start(self, prev: Token) -> bool:
        """Whether an entity starts here, behind the tag `prev`."""
        return self._transition(prev)[0]

    def is_inside(self, prev: Token) -> bool:
        """Whether the entity of `prev` goes on here."""
        return self._transition(prev)[1]

    def is_end(self, prev: Token) -> bool:
        """Whether an entity ends with `prev`."""
        return self._transition(prev)[2]

    def _transition(self, prev: Token) -> tuple[bool, bool, bool]:
        if prev.suffix == self.suffix:
            return _welt.seqeval_transition(scheme_name(type(self)), prev.token, self.token, self.suffix)
        first, second = (f"{token.prefix.name}-{token.tag}" for token in (prev, self))
        return _welt.seqeval_transition(scheme_name(type(self)), first, second, False)

    def _allowed(self) -> Prefix:
        if self.allowed_prefix is None:
            raise TypeError(f"{type(self).__name__} is no tagging scheme, expected IOB1, IOB2, IOE1, IOE2, IOBES or BILOU")
        return self.allowed_prefix


class IOB1(Token):
    """`I` everywhere; `B` only where an entity follows one of its type at once."""

    allowed_prefix = Prefix.I | Prefix.O | Prefix.B


class IOE1(Token):
    """`I` everywhere; `E` only where an entity of its type follows at once."""

    allowed_prefix = Prefix.I | Prefix.O | Prefix.E


class IOB2(Token):
    """`B` on the first word, `I` on the others."""

    allowed_prefix = Prefix.I | Prefix.O | Prefix.B


class IOE2(Token):
    """`E` on the last word, `I` on the others."""

    allowed_prefix = Prefix.I | Prefix.O | Prefix.E


class IOBES(Token):
    """`B` on the first word, `E` on the last, `S` on an only one, `I` between."""

    allowed_prefix = Prefix.I | Prefix.O | Prefix.B | Prefix.E | Prefix.S


class BILOU(Token):
    """`B` on the first word, `L` on the last, `U` on an only one, `I` between."""

    allowed_prefix = Prefix.B | Prefix.I | Prefix.L | Prefix.O | Prefix.U


_SCHEMES = {scheme.__name__: scheme for scheme in (IOB1, IOE1, IOB2, IOE2, IOBES, BILOU)}


def scheme_name(scheme: Any) -> str:
    """The name of a scheme that is given as a class or by its name.

    >>> scheme_name(IOB2), scheme_name("bilou")
    ('IOB2', 'BILOU')
    """
    if isinstance(scheme, str) and scheme.upper() in _SCHEMES:
        return scheme.upper()
    for parent in getattr(scheme, "__mro__", ()):
        if parent in _SCHEMES.values():
            return parent.__name__
    raise TypeError(f"{scheme!r} is no tagging scheme, expected one of {', '.join(_SCHEMES)}")


class Tokens:
    """The tags of one sentence, to be read by the rules of a scheme."""

    def __init__(
        self, tokens: list[str], scheme: type[Token], suffix: bool = False, delimiter: str = "-", sent_id: Any = None
    ) -> None:
        self.outside_token = scheme("O", suffix=suffix, delimiter=delimiter)
        self.tokens = [scheme(token, suffix=suffix, delimiter=delimiter) for token in tokens]
        self.extended_tokens = self.tokens + [self.outside_token]
        self.sent_id = sent_id
        self._scheme = scheme
        self._suffix = suffix

    @property
    def entities(self) -> list[Entity]:
        """The entities in order; ValueError where a letter is not the scheme's."""
        row = [token.token for token in self.tokens]
        (found,) = _welt.seqeval_strict_entities([row], scheme_name(self._scheme), self._suffix)
        return [Entity(self.sent_id, start, end, tag) for tag, start, end in found]


class Entities:
    """The entities of sentences by the rules of a scheme.

    >>> Entities([["B-PER"], ["B-LOC"]], IOB2).filter("LOC")
    {(1, LOC, 0, 1)}
    """

    def __init__(
        self, sequences: list[list[str]], scheme: type[Token], suffix: bool = False, delimiter: str = "-"
    ) -> None:
        found = _welt.seqeval_strict_entities(sequences, scheme_name(scheme), suffix)
        self.entities = [
            [Entity(sent_id, start, end, tag) for tag, start, end in sentence] for sent_id, sentence in enumerate(found)
        ]

    def filter(self, tag_name: str) -> set[Entity]:
        """The entities of one type."""
        return {entity for sentence in self.entities for entity in sentence if entity.tag == tag_name}

    @property
    def unique_tags(self) -> set[str]:
        """The types that occur."""
        return {entity.tag for sentence in self.entities for entity in sentence}


def auto_detect(sequences: list[list[str]], suffix: bool = False, delimiter: str = "-") -> type[Token]:
    """The scheme whose letters the tags have: IOB2, IOE2, IOBES or BILOU; ValueError where they are those of none."""
    return _SCHEMES[_welt.seqeval_detect(sequences, suffix)]
