"""Rows on standard output: as a table, JSON, a line of JSON each, or CSV."""

from __future__ import annotations

import csv
import json
import os
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .._native import Money
from ..bulk import as_text

CELL_WIDTH_MAX = 48
"""How wide a cell of a table is at most, in columns of the terminal."""

_MINOR_DIGITS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
_DIGITS = {code: digits for digits, codes in _MINOR_DIGITS.items() for code in codes.split()}
"""Digits of the minor unit, where they are not two. Source: ISO 4217."""

Row = Mapping[str, Any]


def show(rows: Iterable[Row], columns: Sequence[str], form: str) -> None:
    """Writes rows in a form."""
    writers = {"table": _table, "json": _json, "ndjson": _ndjson, "csv": _csv}
    writers[form](rows, columns)


def show_one(row: Row, form: str) -> None:
    """Writes one row: as a table it is a line per field."""
    if form == "table":
        _table(({"field": name, "value": value} for name, value in row.items()), ("field", "value"), fold=True)
    elif form == "json":
        print(json.dumps(_plain(row), ensure_ascii=False, indent=2))
    else:
        show([row], list(row), form)


def money_text(money: Money) -> str:
    """An amount as people read it: `12.50 CNY`."""
    digits = _DIGITS.get(money.currency, 2)
    sign, amount = ("-" if money.amount_minor < 0 else ""), str(abs(money.amount_minor)).rjust(digits + 1, "0")
    whole, minor = (amount[:-digits], "." + amount[-digits:]) if digits else (amount, "")
    return f"{sign}{whole}{minor} {money.currency}"


def _json_value(value: Any) -> Any:
    if isinstance(value, Money):
        return {"amount_minor": value.amount_minor, "currency": value.currency}
    isoformat = getattr(value, "isoformat", None)
    return isoformat() if isoformat else value


def _plain(row: Row) -> dict[str, Any]:
    return {name: _json_value(value) for name, value in row.items()}


def _json(rows: Iterable[Row], columns: Sequence[str]) -> None:
    print("[", end="")
    separator = "\n"
    for row in rows:
        print(separator + json.dumps(_plain({name: row.get(name) for name in columns}), ensure_ascii=False), end="")
        separator = ",\n"
    print("\n]")


def _ndjson(rows: Iterable[Row], columns: Sequence[str]) -> None:
    for row in rows:
        print(json.dumps(_plain({name: row.get(name) for name in columns}), ensure_ascii=False))


def _csv(rows: Iterable[Row], columns: Sequence[str]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([as_text(row.get(name)) for name in columns])


def _table(rows: Iterable[Row], columns: Sequence[str], *, fold: bool = False) -> None:
    cells = [[_cell(row.get(name), fold) for name in columns] for row in rows]
    widths = [max([_width(name), *(_width(line[i]) for line in cells)]) for i, name in enumerate(columns)]
    bold, plain = ("\x1b[1m", "\x1b[0m") if _colours() else ("", "")
    print(bold + _line(columns, widths) + plain)
    for line in cells:
        print(_line(line, widths))


def _colours() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def _cell(value: Any, fold: bool) -> str:
    if isinstance(value, Money):
        return money_text(value)
    text = as_text(value).replace("\r", " ").replace("\n", " ")
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
