"""Many rows in one call, with one report: what was added, changed, unchanged and rejected, and why."""

from __future__ import annotations

import csv
import itertools
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, overload

from .errors import CrmError, InvalidArgumentError

if TYPE_CHECKING:
    from ._native import Collection, Staged

ProgressFunction = Callable[[int, int | None], object]

REASON_COLUMNS = ("rejected_row", "rejected_line", "rejected_column", "rejected_code", "rejected_reason")
"""The columns that a file of rejected rows has beside those of the rows; an import leaves them aside."""
FIELD_SIZE_MAX = 16 * 1024 * 1024
"""The longest cell of a CSV file, in characters."""


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
        """Writes the rows as they came, with the reasons in front, to be mended and imported again."""
        names = list(dict.fromkeys(name for row in self._rows for name in row.values))
        with open(path, "w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([*REASON_COLUMNS, *names])
            for row in self._rows:
                reasons = [row.row, "" if row.line is None else row.line, row.column, row.code, row.reason]
                writer.writerow(reasons + [as_text(row.values.get(name)) for name in names])


@dataclass(frozen=True, slots=True)
class Report:
    """What an import did."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: RejectedRows = field(default_factory=RejectedRows)
    ids: tuple[int | None, ...] = field(default=(), repr=False)
    """The id of each row's record; `None` for a rejected one."""

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


def as_text(value: Any) -> str:
    """A value as a cell of a CSV file, in the form in which an import reads it back."""
    from ._native import Money, Record

    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Money):
        return f"{value.amount_minor} {value.currency}"
    if isinstance(value, Record):
        return str(value.id)
    isoformat = getattr(value, "isoformat", None)
    return isoformat() if isoformat else str(value)


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

    A row that is no CSV, such as one that ends inside a quote, comes with its problem. Rows are numbered from 1.
    """
    with open(path, encoding="utf-8-sig", newline="") as file:
        yield from read_lines(file, os.fspath(path), delimiter=delimiter)


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
    csv.field_size_limit(FIELD_SIZE_MAX)
    lines = _Lines(file)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    names = _heading(reader, name)
    number = 0
    while True:
        line, number = reader.line_num + 1, number + 1
        lines.kept.clear()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            cells = next(csv.reader(lines.kept, delimiter=delimiter), [])
            yield Row(number, line, _named(names, cells), ("not_csv", f"the record is no CSV: {error}"))
            continue
        except UnicodeDecodeError as error:
            yield Row(number, line, {}, ("invalid_utf8", f"the file is not UTF-8 from here on: {error.reason}"))
            return
        if not cells:
            number -= 1
        elif len(cells) != len(names):
            reason = f"the record has {len(cells)} cells, the heading has {len(names)}"
            yield Row(number, line, _named(names, cells), ("not_csv", reason))
        else:
            yield Row(number, line, _named(names, cells))


def _named(names: list[str], cells: list[str]) -> dict[str, str]:
    return dict(zip(names, cells, strict=False))


def _heading(reader: Iterator[list[str]], name: str) -> list[str]:
    try:
        names = [column.strip() for column in next(reader)]
    except StopIteration:
        raise InvalidArgumentError(f"{name} is empty, it has no heading") from None
    except UnicodeDecodeError as error:
        raise InvalidArgumentError(f"{name} is not UTF-8: {error.reason}") from error
    except csv.Error as error:
        raise InvalidArgumentError(f"{name} has no heading that is CSV: {error}") from error
    if len(set(names)) != len(names):
        raise InvalidArgumentError(f"{name} names a column twice")
    return names


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

    def report(self) -> Report:
        """The report."""
        rejected = RejectedRows(sorted(self.rejected, key=lambda row: row.row))
        return Report(self.added, self.changed, self.unchanged, rejected, tuple(self.ids))


class Teller:
    """Tells the progress: to a function, or as a line on standard error."""

    def __init__(self, progress: ProgressFunction | bool | None, total: int | None, name: str) -> None:
        self.total = total
        self._function = progress if callable(progress) else None
        self._line = progress is True
        self._name = name

    def tell(self, done: int) -> None:
        """Tells that so many rows are done."""
        if self._function is not None:
            self._function(done, self.total)
        elif self._line and sys.stderr.isatty():
            of = f" of {self.total:,}" if self.total is not None else ""
            print(f"\r{self._name}: {done:,}{of} rows", end="", file=sys.stderr, flush=True)

    def end(self, done: int) -> None:
        """Tells the end."""
        if self._function is not None:
            self._function(done, done)
        elif self._line:
            start = "\r" if sys.stderr.isatty() else ""
            print(f"{start}{self._name}: {done:,} rows", file=sys.stderr, flush=True)


def add_many(
    collection: Collection[Any],
    source: Any,
    put: bool,
    progress: ProgressFunction | bool | None,
    on_error: str,
    batch_size: int,
) -> Report:
    """`Collection.add_many`: rows (mappings or records), a table with an Arrow stream, or the path of a CSV file."""
    if on_error not in ("raise", "collect"):
        raise InvalidArgumentError(f"on_error is {on_error!r}, allowed are raise, collect")
    if not 1 <= batch_size <= 1_000_000:
        raise InvalidArgumentError(f"batch_size is {batch_size}, allowed are 1 to 1000000")
    if hasattr(source, "__arrow_c_stream__"):
        return add_table(collection, source, put, progress, on_error)
    if isinstance(source, str | os.PathLike):
        cells = map(without_reasons, read_csv(source))
        return add_rows(
            collection, cells, put=put, progress=progress, on_error=on_error, batch_size=batch_size, texts=True
        )
    if isinstance(source, Mapping) or not isinstance(source, Iterable):
        kind = type(source).__name__
        raise InvalidArgumentError(f"add_many takes rows, a table or the path of a CSV file, found {kind}")
    total = len(source) if isinstance(source, Sized) else None
    rows = (Row(number, None, values) for number, values in enumerate(source, 1))
    return add_rows(
        collection, rows, put=put, progress=progress, on_error=on_error, batch_size=batch_size, total=total
    )


def without_reasons(row: Row) -> Row:
    """A row of a mended file without the reasons for which it was rejected."""
    if any(name in row.values for name in REASON_COLUMNS):
        row.values = {name: value for name, value in row.values.items() if name not in REASON_COLUMNS}
    return row


def add_rows(
    collection: Collection[Any],
    rows: Iterable[Row],
    *,
    put: bool = False,
    progress: ProgressFunction | bool | None = None,
    on_error: str = "collect",
    batch_size: int = 5000,
    total: int | None = None,
    texts: bool = False,
) -> Report:
    """Adds or puts rows: in one transaction when the first error is raised, else in one per batch."""
    teller = Teller(progress, total, collection.entity + "s")
    tally = Tally()
    atomic = on_error == "raise"
    source = iter(rows)
    size = sys.maxsize if atomic else batch_size
    while batch := list(itertools.islice(source, size)):
        good = [row for row in batch if row.problem is None]
        if len(good) < len(batch) and atomic:
            bad = next(row for row in batch if row.problem is not None)
            code, reason = bad.problem or ("", "")
            raise _located(InvalidArgumentError(reason, {"code": code}), bad)
        staged = collection._stage_rows([row.values for row in good], texts)
        _submit(collection, staged, batch, good, put, atomic, teller, tally)
    teller.end(len(tally.ids))
    return tally.report()


def _submit(
    collection: Collection[Any],
    staged: Staged,
    batch: list[Row],
    good: list[Row],
    put: bool,
    atomic: bool,
    teller: Teller,
    tally: Tally,
) -> None:
    if atomic and (first := staged.first_error()) is not None:
        raise _located(first[1], good[first[0]])
    done = len(tally.ids)
    try:
        answer = collection._submit(staged, put=put, atomic=atomic, tell=lambda n: teller.tell(done + n))
    except CrmError as error:
        at = error.context.get("command_index")
        if at is not None:
            _located(error, good[int(at)])
        raise
    added, changed, unchanged, ids, rejected = answer
    tally.added += added
    tally.changed += changed
    tally.unchanged += unchanged
    by_row = {id(row): record_id or None for row, record_id in zip(good, ids, strict=True)}
    tally.ids += [by_row.get(id(row)) for row in batch]
    for row in batch:
        if row.problem is not None:
            tally.reject(row, None)
    for index, refused in rejected:
        tally.reject(good[index], refused)
    teller.tell(len(tally.ids))


def _located(error: CrmError, row: Row) -> CrmError:
    """The error with the row that it is about."""
    where = f"row {row.number}" + (f", line {row.line}" if row.line is not None else "")
    error.context = {**error.context, "row": str(row.number)}
    error.add_note(f"in {where}; nothing was written")
    return error


def add_table(
    collection: Collection[Any], source: Any, put: bool, progress: ProgressFunction | bool | None, on_error: str
) -> Report:
    """Adds or puts the rows of a table, batch by batch, or all in one transaction."""
    batches = list(collection._stage_table(source, 5000))
    total = sum(len(batch) for batch in batches)
    teller, tally = Teller(progress, total, collection.entity + "s"), Tally()
    atomic, offset = on_error == "raise", 0
    if atomic and len(batches) > 1:
        whole = batches[0]
        for batch in batches[1:]:
            whole = whole.extend(batch)
        batches = [whole]
    for staged in batches:
        rows = [Row(offset + i, None, _Lazy(staged, i - 1)) for i in range(1, len(staged) + 1)]
        _submit(collection, staged, rows, rows, put, atomic, teller, tally)
        offset += len(rows)
    teller.end(total)
    return tally.report()


class _Lazy(Mapping[str, Any]):
    """A row of a table, read when it is asked for: most rows are never looked at again."""

    __slots__ = ("_index", "_staged", "_values")

    def __init__(self, staged: Staged, index: int) -> None:
        self._staged, self._index = staged, index
        self._values: dict[str, str | None] | None = None

    def _read(self) -> dict[str, str | None]:
        if self._values is None:
            self._values = self._staged.original(self._index) or {}
        return self._values

    def __getitem__(self, name: str) -> Any:
        return self._read()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())
