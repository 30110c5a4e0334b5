"""What the rules decided, as people read it: one decision a line, or a table in a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import _native

if TYPE_CHECKING:
    from ._native import Decision

    _Decisions = list[Decision]
else:
    _Decisions = list


class Explanation(_Decisions):
    """Decisions in a language: a list that is read as text with `str` and as a table in a notebook."""

    __slots__ = ()

    def __str__(self) -> str:
        return "\n".join(str(decision) for decision in self)

    def _repr_html_(self) -> str:
        return _native.decisions_html(self)
