"""Rows on standard output: as a table, JSON, a line of JSON each, or CSV."""

from __future__ import annotations

import csv
import json
import os
import re
import sys
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from .._native import Money
from ..rows import as_text, guarded
from .language import title
from .terminal import printable

CELL_WIDTH_MAX = 48
"""How wide a cell of a table is at most, in columns of the terminal."""

Row = Mapping[str, Any]


def show(
    rows: Iterable[Row],
    columns: Sequence[str],
    form: str,
    *,
    labels: Mapping[str, str] | None = None,
    raw: bool = False,
) -> None:
    """Writes rows in a form. `labels` are the headings of a table in Chinese; `raw` leaves cells of CSV unguarded."""
    if form == "table":
        _table(rows, columns, labels or {})
    elif form == "json":
        _json(rows, columns)
    elif form == "ndjson":
        _ndjson(rows, columns)
    else:
        _csv(rows, columns, raw)


def show_one(row: Row, form: str, *, labels: Mapping[str, str] | None = None) -> None:
    """Writes one row: as a table it is a line per field."""
    if form == "table":
        named = ({"field": title(name, labels or {}), "value": value} for name, value in row.items())
        _table(named, ("field", "value"), {}, fold=True)
    elif form == "json":
        print(_dumped(row, indent=2))
    else:
        show([row], list(row), form)


def _json_value(value: Any) -> Any:
    if isinstance(value, Money):
        return {"amount_minor": value.amount_minor, "currency": value.currency}
    isoformat = getattr(value, "isoformat", None)
    return isoformat() if isoformat else value


_UNSHOWN = re.compile("[\\x7f-\\x9f\\xad\\u0600-\\u0605\\u061c\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb\\ud800-\\udfff]")


def _dumped(row: Row, indent: int | None = None) -> str:
    """A row as JSON. What a terminal would obey is escaped as JSON allows it, so that the value stays what it is."""
    plain = {name: _json_value(value) for name, value in row.items()}
    text = json.dumps(plain, ensure_ascii=False, indent=indent)
    return _UNSHOWN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _chosen(row: Row, columns: Sequence[str]) -> Row:
    return {name: row.get(name) for name in columns}


def _json(rows: Iterable[Row], columns: Sequence[str]) -> None:
    print("[", end="")
    separator = "\n"
    for row in rows:
        print(separator + _dumped(_chosen(row, columns)), end="")
        separator = ",\n"
    print("\n]")


def _ndjson(rows: Iterable[Row], columns: Sequence[str]) -> None:
    for row in rows:
        print(_dumped(_chosen(row, columns)))


def _csv(rows: Iterable[Row], columns: Sequence[str], raw: bool) -> None:
    """A file for spreadsheets: texts that they would run are guarded, unless it is to be raw."""
    shown: Callable[[str], str] = printable if sys.stdout.isatty() else str
    guard: Callable[[str], str] = str if raw else guarded

    def cell(value: Any) -> str:
        return shown(guard(value) if isinstance(value, str) else as_text(value))

    plain = csv.writer(sys.stdout, lineterminator="\n")
    # Python quotes a carriage return only where it ends lines.
    quoted = csv.writer(sys.stdout, lineterminator="\n", quoting=csv.QUOTE_ALL)
    plain.writerow(columns)
    for row in rows:
        # Most cells are empty.
        cells = ["" if (value := row.get(name)) is None else cell(value) for name in columns]
        (quoted if "\r" in "".join(cells) else plain).writerow(cells)


def _table(rows: Iterable[Row], columns: Sequence[str], labels: Mapping[str, str], *, fold: bool = False) -> None:
    titles = [title(name, labels) for name in columns]
    cells = [[_cell(row.get(name), fold) for name in columns] for row in rows]
    widths = [max([_width(name), *(_width(line[i]) for line in cells)]) for i, name in enumerate(titles)]
    bold, plain = ("\x1b[1m", "\x1b[0m") if _colours() else ("", "")
    print(bold + _line(titles, widths) + plain)
    for line in cells:
        print(_line(line, widths))


def _colours() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def _cell(value: Any, fold: bool) -> str:
    text = printable(" ".join(as_text(value).splitlines()) if isinstance(value, str) else as_text(value))
    if fold or _width(text) <= CELL_WIDTH_MAX:
        return text
    while _width(text) >= CELL_WIDTH_MAX:
        text = text[:-1]
    return text + "…"


def _width(text: str) -> int:
    """How many columns of a terminal a text takes: Chinese characters take two."""
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell + " " * (width - _width(cell)) for cell, width in zip(cells, widths, strict=True))
    return "  ".join(padded).rstrip()
