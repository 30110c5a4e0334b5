"""What reaches a terminal: every text with its control characters escaped, in whatever encoding the terminal has."""

from __future__ import annotations

import os
import sys
import unicodedata
from typing import Self, TextIO

from .language import say


def printable(text: str) -> str:
    """A text whose control, formatting and direction characters are escaped, such as `\\x1b` and `\\u202e`.

    So a name that a customer gave cannot colour, clear, retitle or reorder what the terminal shows.
    """
    if text.isprintable():
        return text
    return "".join(letter if _is_shown(letter) else _escaped(letter) for letter in text)


def _is_shown(letter: str) -> bool:
    return letter.isprintable() or unicodedata.category(letter) == "Zs"


def _escaped(letter: str) -> str:
    code = ord(letter)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def lines(text: str) -> str:
    """The same of a text of several lines, which stay lines; tabs stay too."""
    return "\n".join("\t".join(map(printable, line.split("\t"))) for line in text.split("\n"))


def note(text: str) -> None:
    """A line on standard error, where there is one."""
    if sys.stderr is not None:
        print(lines(text), file=sys.stderr)


class Progress:
    """How far long work is: a line on standard error that is written over itself, and ended when the block is left."""

    def __init__(self, quiet: bool, name: str, unit: str) -> None:
        self._quiet, self._name, self._unit = quiet, name, unit
        self._is_open = False

    def __call__(self, done: int, total: int | None) -> None:
        """Tells that so many are done; all when `done` is `total`."""
        if self._quiet or sys.stderr is None:
            return
        if done == total:
            self._write("\r" if self._is_open else "", f"{done:,}", "\n")
            self._is_open = False
        elif sys.stderr.isatty():
            self._is_open = True
            self._write("\r", f"{done:,}" if total is None else f"{done:,} / {total:,}", "")

    def _write(self, start: str, done: str, end: str) -> None:
        rest = "\x1b[K" if start else ""
        said = say(f"{self._name}: {done} {self._unit}", f"{self._name}：{done} {self._unit}")
        print(f"{start}{said}{rest}", end=end, file=sys.stderr, flush=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._is_open:
            self._is_open = False
            print(file=sys.stderr, flush=True)


def occupy_streams() -> None:
    """Opens the null device in the place of standard streams that are closed: a file of the database would have their number
    else, and what is written to them would go into it. Python's own stays None.
    """
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(number)


def prepare(form: str | None) -> None:
    """Makes the streams take every text: data for programs is UTF-8, a letter that a terminal does not have is escaped."""
    encoding = "utf-8" if form in ("csv", "json", "ndjson") else None
    _reconfigure(sys.stdout, encoding)
    _reconfigure(sys.stderr, None)


def _reconfigure(stream: TextIO | None, encoding: str | None) -> None:
    # A stream that a caller of `main` put in the place of the standard one may be of another kind.
    if reconfigure := getattr(stream, "reconfigure", None):
        reconfigure(encoding=encoding, errors="backslashreplace")
