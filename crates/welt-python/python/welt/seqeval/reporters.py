"""Rows of a report, gathered as a dictionary or as the text of a table."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any


class Reporter(ABC):
    """Takes rows and gives a report."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        pass

    @abstractmethod
    def report(self) -> Any:
        """What was gathered."""

    @abstractmethod
    def write(self, row_name: str, precision: float, recall: float, f1: float, support: int) -> None:
        """Adds a row."""

    @abstractmethod
    def write_blank(self) -> None:
        """Adds an empty row, where the form has any."""


class DictReporter(Reporter):
    """Gathers rows by their names.

    >>> reporter = DictReporter()
    >>> reporter.write("PER", 1.0, 0.5, 0.67, 2)
    >>> reporter.report()
    {'PER': {'precision': 1.0, 'recall': 0.5, 'f1-score': 0.67, 'support': 2}}
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()
        self.report_dict: dict[str, dict[str, Any]] = {}

    def report(self) -> dict[str, dict[str, Any]]:
        return self.report_dict

    def write(self, row_name: str, precision: float, recall: float, f1: float, support: int) -> None:
        self.report_dict[row_name] = {"precision": precision, "recall": recall, "f1-score": f1, "support": support}

    def write_blank(self) -> None:
        pass


class StringReporter(Reporter):
    """Gathers rows as lines of a table; `width` is that of names, `digits` those behind the point."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()
        self.buffer: list[str] = []
        self.width: int = kwargs.get("width", 10)
        self.digits: int = kwargs.get("digits", 4)

    def report(self) -> str:
        return self.write_header() + "\n".join(self.buffer)

    def write(self, row_name: str, precision: float, recall: float, f1: float, support: int) -> None:
        ratios = "".join(f" {ratio:>9.{self.digits}f}" for ratio in (precision, recall, f1))
        self.buffer.append(f"{row_name:>{self.width}s} {ratios} {support:>9}")

    def write_header(self) -> str:
        """The line of heads, and an empty one."""
        heads = "".join(f" {head:>9}" for head in ("precision", "recall", "f1-score", "support"))
        return f"{'':>{self.width}s} {heads}\n\n"

    def write_blank(self) -> None:
        self.buffer.append("")
