"""Rows of CSV files: read, and written for spreadsheets and for an import that reads them back."""

from __future__ import annotations

import csv
import datetime
import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from . import _native
from .errors import InvalidArgumentError

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that a spreadsheet takes for a formula, or reads as one behind a tab or a line break."""
GUARD = "'"
"""What stands before such a cell in a file that is written for spreadsheets. A spreadsheet shows it as text then."""


def guarded(text: str) -> str:
    """A text as a spreadsheet takes it for a text: one that it would run as a formula gets an apostrophe in front.

    So does one that has apostrophes before such a beginning, so that `unguarded` gives back what was there.
    """
    return GUARD + text if _begins_formula(text) else text


def unguarded(text: str) -> str:
    """What `guarded` was given."""
    return text[1:] if text.startswith(GUARD) and _begins_formula(text) else text


def _begins_formula(text: str) -> bool:
    return text[:1] in _SUSPECT and text.lstrip(GUARD).startswith(FORMULA_STARTS)


_SUSPECT = frozenset((*FORMULA_STARTS, GUARD))


def as_text(value: Any) -> str:
    """A value as a cell of a CSV file, in the form in which an import reads it back."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, _native.Record):
        return str(value.id)
    return str(value)


@dataclass(slots=True)
class Row:
    """A row of a source: its number, where it begins, its values, and why it could not be read."""

    number: int
    line: int | None
    values: Mapping[str, Any]
    problem: tuple[str, str] | None = None
    """The code and the reason."""


def read_csv(path: str | os.PathLike[str], *, delimiter: str = ",") -> Iterator[Row]:
    """The rows of a CSV file (UTF-8, with or without a byte order mark) whose first line is a heading.

    A row that is no CSV, such as one that ends inside a quote, or that is not UTF-8, comes with its problem. Rows are
    numbered from 1.
    """
    with File(path, delimiter=delimiter) as file:
        yield from file.rows()


class File:
    """A CSV file (UTF-8, with or without a byte order mark) that is open; its heading is read."""

    def __init__(self, path: str | os.PathLike[str], *, delimiter: str = ",", guard: bool = True) -> None:
        # A byte that is not UTF-8 becomes a mark, so that the rows before and behind it are read (`Csv`).
        self._file = open(path, encoding="utf-8-sig", errors="surrogateescape", newline="")
        try:
            self._csv = Csv(self._file, os.fspath(path), delimiter=delimiter, guard=guard)
        except BaseException:
            self._file.close()
            raise

    @property
    def names(self) -> list[str]:
        """The names of the columns."""
        return self._csv.names

    def rows(self) -> Iterator[Row]:
        """The rows behind the heading."""
        return self._csv.rows()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


class _Lines:
    """Lines that are kept as long as they belong to the record that is being read."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self.kept: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.kept.append(line)
        return line


def read_lines(file: Iterable[str], name: str, *, delimiter: str = ",") -> Iterator[Row]:
    """The rows of an open CSV file; `name` is what messages call it."""
    return Csv(file, name, delimiter=delimiter).rows()


class Csv:
    """CSV out of lines whose first is a heading; `name` is what messages call it.

    A line may hold bytes that are not UTF-8, as `surrogateescape` marks them: its record comes with that problem.

    A cell is as long as the `csv` module of this process allows, 131,072 characters unless the process says otherwise.
    With `guard` what `guarded` put before a cell is taken away.
    """

    def __init__(self, lines: Iterable[str], name: str, *, delimiter: str = ",", guard: bool = True) -> None:
        self._lines, self._delimiter = _Lines(lines), delimiter
        self._cell: Callable[[str], str] = unguarded if guard else str
        self._reader = csv.reader(self._lines, delimiter=delimiter, strict=True)
        self.names = self._heading(name)

    def rows(self) -> Iterator[Row]:
        """The rows behind the heading."""
        number = 0
        while True:
            line, number = self._reader.line_num + 1, number + 1
            self._lines.kept.clear()
            try:
                cells = next(self._reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield Row(number, line, self._kept(), ("not_csv", f"the record is no CSV: {error}"))
                continue
            except UnicodeDecodeError as error:
                yield Row(number, line, {}, ("invalid_utf8", f"the file is not UTF-8 from here on: {error.reason}"))
                return
            if (bad := self._not_utf8()) is not None:
                reason = f"line {line + bad[0]} is not UTF-8: it has the byte 0x{bad[1]:02x}"
                yield Row(number, line, self._named(list(map(_replaced, cells))), ("invalid_utf8", reason))
            elif not cells:
                number -= 1
            elif len(cells) != len(self.names):
                reason = f"the record has {len(cells)} cells, the heading has {len(self.names)}"
                yield Row(number, line, self._named(cells), ("not_csv", reason))
            else:
                yield Row(number, line, self._named(cells))

    def _named(self, cells: list[str]) -> dict[str, str]:
        return dict(zip(self.names, map(self._cell, cells), strict=False))

    def _not_utf8(self) -> tuple[int, int] | None:
        """The first byte of the record that is not UTF-8: how many lines behind its first, and which."""
        for n, line in enumerate(self._lines.kept):
            if not line.isascii() and (found := _MARKED.search(line)) is not None:
                return n, ord(found[0]) - 0xDC00
        return None

    def _heading(self, name: str) -> list[str]:
        try:
            names = [column.strip() for column in next(self._reader)]
        except StopIteration:
            raise InvalidArgumentError(f"{name} is empty, it has no heading") from None
        except UnicodeDecodeError as error:
            raise InvalidArgumentError(f"the heading of {name} is not UTF-8: {error.reason}") from error
        except csv.Error as error:
            line = max(self._reader.line_num, 1)
            raise InvalidArgumentError(f"line {line} of {name} is no heading: {error}") from error
        line = self._reader.line_num
        if (bad := self._not_utf8()) is not None:
            raise InvalidArgumentError(f"line {1 + bad[0]} of {name} is not UTF-8: it has the byte 0x{bad[1]:02x}")
        if not names:
            raise InvalidArgumentError(f"line {line} of {name} is blank, a heading is needed")
        if "" in names:
            column = names.index("") + 1
            raise InvalidArgumentError(f"line {line} of {name}: the column {column} has no name")
        if twice := next((column for column in names if names.count(column) > 1), None):
            raise InvalidArgumentError(f"line {line} of {name} names the column {twice} twice")
        return names

    def _kept(self) -> dict[str, str]:
        """What can be read of a record that is no CSV."""
        try:
            kept = map(_replaced, self._lines.kept)
            return self._named(next(csv.reader(kept, delimiter=self._delimiter), []))
        except csv.Error:
            return {}


_MARKED = re.compile("[\udc80-\udcff]")
"""A byte that is not UTF-8, as `surrogateescape` marks it."""


def _replaced(text: str) -> str:
    """A text with U+FFFD where bytes are not UTF-8, so that it can be written."""
    return text if text.isascii() else _MARKED.sub("\ufffd", text)


def without(row: Row, columns: Collection[str]) -> Row:
    """A row without some columns."""
    if any(name in row.values for name in columns):
        row.values = {name: value for name, value in row.values.items() if name not in columns}
    return row
