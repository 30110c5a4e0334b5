"""Many rows in one call, with one report: what was added, changed, unchanged and rejected, and why."""

from __future__ import annotations

import csv
import itertools
import os
import sys
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self, TextIO, overload

from .errors import CrmError, InvalidArgumentError
from .rows import File, Row, as_text, guarded, without
from .whole import WholeFile

if TYPE_CHECKING:
    from ._native import Collection, Staged, Table

ProgressFunction = Callable[[int, int | None], object]

REASON_COLUMNS = ("rejected_row", "rejected_line", "rejected_column", "rejected_code", "rejected_reason")
"""The columns that a file of rejected rows has beside those of the rows; an import leaves them aside."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that was not taken, and why."""

    row: int
    """The number of the row, from 1."""
    line: int | None
    """The line of the file on which the row begins, from 1; `None` when there is no file."""
    column: str
    """The column at fault, empty when the whole row is."""
    code: str
    """The stable code of the reason: that of the first violation, or the kind of the error."""
    reason: str
    """What was found and what is allowed."""
    values: Mapping[str, Any]
    """The row as it came."""
    error: CrmError | None = field(default=None, compare=False)
    """The error of the kernel, with all violations."""


class RejectedRows(Sequence[Rejected]):
    """The rows that were not taken."""

    def __init__(self, rows: Iterable[Rejected] = ()) -> None:
        self._rows = tuple(rows)

    @overload
    def __getitem__(self, index: int) -> Rejected: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Rejected]: ...
    def __getitem__(self, index: int | slice) -> Rejected | Sequence[Rejected]:
        return self._rows[index]

    def __len__(self) -> int:
        return len(self._rows)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RejectedRows) and self._rows == other._rows

    def __hash__(self) -> int:
        return hash(len(self._rows))

    def __repr__(self) -> str:
        return f"RejectedRows({len(self._rows)})"

    def to_csv(self, path: str | os.PathLike[str]) -> None:
        """Writes the rows as they came, with the reasons in front, to be mended and imported again. The file appears whole or
        not at all. Cells that a spreadsheet would run as formulas are guarded (`guarded`); an import takes that away.
        """
        with WholeFile(path) as whole:
            self.write_csv(whole.file)

    def write_csv(self, file: TextIO) -> None:
        """The same to a text file that is open; it takes lines as they are given."""
        names = list(dict.fromkeys(name for row in self._rows for name in row.values))
        writer = csv.writer(file)
        writer.writerow([*REASON_COLUMNS, *names])
        for row in self._rows:
            reasons = [row.row, "" if row.line is None else row.line, row.column, row.code, row.reason]
            cells = [as_text(cell) for cell in [*reasons, *(row.values.get(name) for name in names)]]
            writer.writerow(map(guarded, cells))


@dataclass(frozen=True, slots=True)
class Report:
    """What an import did."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: RejectedRows = field(default_factory=RejectedRows)
    ids: tuple[int | None, ...] = field(default=(), repr=False)
    """The id of each row's record; `None` for a rejected one."""
    left_aside: tuple[str, ...] = ()
    """The columns of a table or a file, and the fields of rows, that no row can set, for the kernel keeps them."""

    @property
    def rows(self) -> int:
        """How many rows there were."""
        return self.added + self.changed + self.unchanged + len(self.rejected)

    def __str__(self) -> str:
        counts = f"{self.rows} rows: {self.added} added, {self.changed} changed, {self.unchanged} unchanged"
        text = f"{counts}, {len(self.rejected)} rejected"
        if self.rows and not (self.added or self.changed or self.rejected):
            text += "; nothing changed"
        return text


class Tally:
    """The report of an import while it is being made."""

    def __init__(self) -> None:
        self.added = self.changed = self.unchanged = 0
        self.ids: list[int | None] = []
        self.rejected: list[Rejected] = []

    def reject(self, row: Row, error: CrmError | None) -> None:
        """Takes up a row that was not taken."""
        if error is None:
            code, reason = row.problem or ("", "")
            self.rejected.append(Rejected(row.number, row.line, "", code, reason, row.values))
            return
        first = error.violations[0] if error.violations else None
        column = first.field if first else error.context.get("field", "")
        code = first.code if first else error.kind
        self.rejected.append(Rejected(row.number, row.line, column, code, error.message, row.values, error))

    def report(self, left_aside: tuple[str, ...] = ()) -> Report:
        """The report."""
        rejected = RejectedRows(sorted(self.rejected, key=lambda row: row.row))
        return Report(self.added, self.changed, self.unchanged, rejected, tuple(self.ids), left_aside)


class Teller:
    """Tells the progress: to a function, or as a line on standard error.

    On a terminal the line is written over itself; when the block is left it is ended, so that nothing else runs into it.
    """

    def __init__(self, progress: ProgressFunction | bool | None, total: int | None, name: str, unit: str = "rows") -> None:
        self.total = total
        self._function = progress if callable(progress) else None
        self._line = progress is True
        self._name, self._unit = name, unit
        self._is_open = False

    def tell(self, done: int) -> None:
        """Tells that so many rows are done."""
        if self._function is not None:
            self._function(done, self.total)
        elif self._line and sys.stderr.isatty():
            of = f" of {self.total:,}" if self.total is not None else ""
            self._is_open = True
            print(f"\r{self._name}: {done:,}{of} {self._unit}\x1b[K", end="", file=sys.stderr, flush=True)

    def end(self, done: int) -> None:
        """Tells the end."""
        if self._function is not None:
            self._function(done, done)
        elif self._line:
            start, rest = ("\r", "\x1b[K") if self._is_open else ("", "")
            self._is_open = False
            print(f"{start}{self._name}: {done:,} {self._unit}{rest}", file=sys.stderr, flush=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._is_open:
            self._is_open = False
            print(file=sys.stderr, flush=True)


def add_many(
    collection: Collection[Any],
    source: Any,
    put: bool,
    progress: ProgressFunction | bool | None,
    on_error: str,
    batch_size: int,
    empty: str,
) -> Report:
    """`Collection.add_many`: rows (mappings or records), a table with an Arrow stream, or the path of a CSV file."""
    if on_error not in ("raise", "collect"):
        raise InvalidArgumentError(f"on_error is {on_error!r}, allowed are raise, collect")
    if empty not in ("keep", "clear"):
        raise InvalidArgumentError(f"empty is {empty!r}, allowed are keep, clear")
    if not (progress is None or isinstance(progress, bool) or callable(progress)):
        kind = type(progress).__name__
        raise InvalidArgumentError(f"progress takes a function, True or False, found {kind}")
    if not 1 <= batch_size <= 1_000_000:
        raise InvalidArgumentError(f"batch_size is {batch_size}, allowed are 1 to 1000000")
    atomic = on_error == "raise"
    if isinstance(source, str | os.PathLike):
        return add_file(
            collection, source, put=put, progress=progress, atomic=atomic, batch_size=batch_size, empty=empty
        )
    total = len(source) if isinstance(source, Sized) else None
    with Teller(progress, total, collection.entity + "s") as teller:
        run = _Run(collection, put, atomic, teller)
        if hasattr(source, "__arrow_c_stream__"):
            table = collection._stage_table(source, batch_size, put)
            left_aside = collection._aside(table.columns, put)
            return run.over(_pieces_of_table(table), left_aside)
        if isinstance(source, Mapping) or not isinstance(source, Iterable):
            kind = type(source).__name__
            raise InvalidArgumentError(f"add_many takes rows, a table or the path of a CSV file, found {kind}")
        rows = (Row(number, None, values) for number, values in enumerate(source, 1))
        return run.over(_pieces_of_rows(collection, rows, batch_size, None, put))


def add_file(
    collection: Collection[Any],
    path: str | os.PathLike[str],
    *,
    put: bool = False,
    progress: ProgressFunction | bool | None = None,
    atomic: bool = False,
    batch_size: int = 5000,
    empty: str = "keep",
    raw: bool = False,
) -> Report:
    """Adds or puts the rows of a CSV file. `raw` takes cells as they are; else what `guarded` put before one is taken away."""
    with (
        File(path, guard=not raw) as file,
        Teller(progress, None, collection.entity + "s") as teller,
    ):
        left_aside = collection._aside([name for name in file.names if name not in REASON_COLUMNS], put)
        rows = (without(row, (*REASON_COLUMNS, *left_aside)) for row in file.rows())
        pieces = _pieces_of_rows(collection, rows, batch_size, empty, put)
        return _Run(collection, put, atomic, teller).over(pieces, left_aside)


def add_rows(
    collection: Collection[Any],
    rows: Iterable[Row],
    *,
    put: bool = False,
    progress: ProgressFunction | bool | None = None,
    batch_size: int = 5000,
) -> Report:
    """Adds or puts rows, a transaction for each batch; those that are refused are in the report."""
    with Teller(progress, None, collection.entity + "s") as teller:
        return _Run(collection, put, False, teller).over(_pieces_of_rows(collection, rows, batch_size, None, put))


@dataclass(slots=True)
class _Piece:
    """Some rows of a source, read into commands. It is let go when the next one is read."""

    staged: Staged
    rows: Sequence[Row]
    """Those that were read, in their order."""
    every: Sequence[Row] = ()
    """Those and the ones that could not be read, in the order of the source; empty when all could be."""

    @property
    def unread(self) -> list[Row]:
        """Those that could not be read, which are not in `staged`."""
        return [row for row in self.every if row.problem is not None]


def _pieces_of_rows(
    collection: Collection[Any], rows: Iterable[Row], size: int, texts: str | None, put: bool
) -> Iterator[_Piece]:
    source = iter(rows)
    while batch := list(itertools.islice(source, size)):
        good = [row for row in batch if row.problem is None]
        staged = collection._stage_rows([row.values for row in good], texts, put)
        yield _Piece(staged, good, batch if len(good) < len(batch) else ())


def _pieces_of_table(table: Table) -> Iterator[_Piece]:
    number = 0
    for staged in table:
        yield _Piece(staged, _TableRows(staged, number))
        number += len(staged)


class _TableRows(Sequence[Row]):
    """The rows of a piece of a table, made when they are asked for: most are never looked at again."""

    def __init__(self, staged: Staged, behind: int) -> None:
        self._staged, self._behind = staged, behind

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | Sequence[Row]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        return Row(self._behind + index + 1, None, self._staged.original(index) or {})

    def __len__(self) -> int:
        return len(self._staged)


class _Run:
    """A bulk import: a transaction for each piece, or one for all of them."""

    def __init__(self, collection: Collection[Any], put: bool, atomic: bool, teller: Teller) -> None:
        self._collection, self._put, self._atomic, self._teller = collection, put, atomic, teller
        self._tally = Tally()
        self._left_aside: dict[str, None] = {}

    def over(self, pieces: Iterator[_Piece], left_aside: Iterable[str] = ()) -> Report:
        """Does every piece and reports. Of the source at most two pieces are alive at a time."""
        self._left_aside.update(dict.fromkeys(left_aside))
        if self._atomic:
            self._all(pieces)
        else:
            for piece in pieces:
                self._left_aside.update(dict.fromkeys(piece.staged.aside))
                self._each(piece)
        self._teller.end(len(self._tally.ids))
        return self._tally.report(tuple(self._left_aside))

    def _all(self, pieces: Iterator[_Piece]) -> None:
        """One transaction. What waits for it are the commands and where each row stood, no rows."""
        whole: Staged | None = None
        numbers, lines = array("q"), array("q")
        for piece in pieces:
            _refuse_unread(piece)
            self._left_aside.update(dict.fromkeys(piece.staged.aside))
            if isinstance(piece.rows, list):
                numbers.extend(row.number for row in piece.rows)
                lines.extend(row.line or 0 for row in piece.rows)
            if whole is None:
                whole = piece.staged.alone()
            else:
                whole.extend(piece.staged)
        if whole is None:
            return
        try:
            answer = self._collection._submit(whole, put=self._put, atomic=True, tell=self._teller.tell)
        except CrmError as error:
            at = error.context.get("command_index")
            if at is not None:
                index = int(at)
                _located(error, numbers[index] if numbers else index + 1, lines[index] or None if lines else None)
            raise
        self._count(answer)
        self._tally.ids += answer[3]

    def _each(self, piece: _Piece) -> None:
        """A transaction for one piece."""
        done = len(self._tally.ids)
        answer = self._collection._submit(
            piece.staged, put=self._put, atomic=False, tell=lambda n: self._teller.tell(done + n)
        )
        self._count(answer)
        ids = iter(answer[3])
        self._tally.ids += [None if row.problem else next(ids) or None for row in piece.every] if piece.every else [
            record_id or None for record_id in ids
        ]
        for row in piece.unread:
            self._tally.reject(row, None)
        for index, refused in answer[4]:
            self._tally.reject(piece.rows[index], refused)
        self._teller.tell(len(self._tally.ids))

    def _count(self, answer: tuple[int, int, int, list[int], list[tuple[int, CrmError]]]) -> None:
        added, changed, unchanged = answer[:3]
        self._tally.added += added
        self._tally.changed += changed
        self._tally.unchanged += unchanged


def _refuse_unread(piece: _Piece) -> None:
    """Raises the first row that could not be read."""
    if piece.every:
        bad = piece.unread[0]
        code, reason = bad.problem or ("", "")
        raise _located(InvalidArgumentError(reason, {"code": code}), bad.number, bad.line)
    if (first := piece.staged.first_error()) is not None:
        row = piece.rows[first[0]]
        raise _located(first[1], row.number, row.line)


def _located(error: CrmError, number: int, line: int | None) -> CrmError:
    """The error with the row that it is about."""
    where = f"row {number}" + (f", line {line}" if line is not None else "")
    error.context = {**error.context, "row": str(number)}
    error.add_note(f"in {where}; nothing was written")
    return error
