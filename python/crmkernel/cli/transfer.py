"""Records in and out: imports with what they refuse, exports, and which records and fields a command is about."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, TextIO

from .. import importers
from .._native import Collection, Database, Query, Record
from ..bulk import Rejected, RejectedRows, Report, add_file
from ..errors import CorruptError
from ..whole import WholeFile
from . import exits
from .language import Refused, error_lines, in_chinese, is_chinese, say
from .output import show
from .terminal import Progress, note
from .values import conditions

Arguments = argparse.Namespace


def columns_of(collection: Collection[Any], arguments: Arguments, rows: list[Record]) -> list[str]:
    """The fields to show: those asked for, or those that any row has; personal ones only when asked for."""
    fields = collection.fields()
    if arguments.columns:
        chosen = [name.strip() for name in arguments.columns.split(",")]
        known = {info.name for info in fields}
        if missing := [name for name in chosen if name not in known]:
            names, there_are = ", ".join(missing), ", ".join(info.name for info in fields)
            raise Refused(f"there is no field {names}; there are {there_are}", f"没有字段 {names}；可用字段：{there_are}")
        return chosen
    there = {name for row in rows for name in row.keys()}
    wanted = [info.name for info in fields if info.name in there and (arguments.sensitive or not info.sensitive)]
    header = ["id", "revision", "created_at", "updated_at"]
    if arguments.format == "table":
        return ["id", *(name for name in wanted if name not in header)][:9]
    return ["id", "revision", *(name for name in wanted if name not in header), "created_at", "updated_at"]


def query_of(collection: Collection[Any], arguments: Arguments) -> Query[Any]:
    query = collection.find()
    for field, op, values in conditions(collection, arguments.conditions):
        query = query.where(field, op, *values)
    return query.order_by(arguments.order) if arguments.order else query


_AGAIN_MAX = 1_000
"""How often the same damage may be met in a row: every record of a damaged page may meet it. More often, nothing goes on."""


class Readable:
    """The records of a query that can be read. What is damaged is told once and passed over, where the order allows it."""

    def __init__(self, query: Query[Any]) -> None:
        self._query = query
        self.exit_code = 0
        """That of a failure when something could not be read."""

    def __iter__(self) -> Iterator[Any]:
        records = iter(self._query)
        told: set[str] = set()
        last, again = "", 0
        while True:
            try:
                record = next(records)
            except StopIteration:
                return
            except CorruptError as error:
                last, again = error.message, again + 1 if error.message == last else 1
                # What is sorted is read whole first, so it meets the damage again and again.
                if again > _AGAIN_MAX or not self._query.plan().sorted:
                    raise
                self.exit_code = exits.FAILURE
                if last not in told:
                    told.add(last)
                    note(f"{say('problem: ', '问题：')}{error_lines(error)[0]}")
                continue
            again = 0
            yield record


def bring_in(db: Database, arguments: Arguments) -> int:
    if arguments.allow_impossible_dates:
        db = db.allowing_impossible_dates()
    if not arguments.rejected:
        return _brought_in(db, arguments, None)
    # Opened first: rows that were refused must have a place before others are written. Like the database, it holds its data.
    with WholeFile(arguments.rejected, mode=mode_of(arguments.db)) as whole:
        return _brought_in(db, arguments, whole)


def mode_of(path: str) -> int:
    """The mode of a file, and that of private data when there is none."""
    try:
        return os.stat(path).st_mode
    except OSError:
        return 0o600


def _brought_in(db: Database, arguments: Arguments, whole: WholeFile[TextIO] | None) -> int:
    with Progress(arguments.quiet, say("import", "导入"), say("rows", "行")) as progress:
        parts = _imported(db, arguments, progress)
    rejected = RejectedRows(replace(row, reason=_said(row)) for part in parts.values() for row in part.rejected)
    left_aside = ", ".join(name for part in parts.values() for name in part.left_aside)
    if left_aside and not arguments.quiet:
        note(say(f"left aside, for the kernel keeps them: {left_aside}", f"由系统维护、未导入的列：{left_aside}"))
    columns = ("records", "rows", "added", "changed", "unchanged", "rejected")
    rows = (
        {
            "records": name,
            "rows": part.rows,
            "added": part.added,
            "changed": part.changed,
            "unchanged": part.unchanged,
            "rejected": len(part.rejected),
        }
        for name, part in parts.items()
    )
    show(rows, columns, arguments.format)
    if not any(part.added or part.changed for part in parts.values()):
        note(say("nothing changed", "没有变更"))
    _tell_rejected(rejected)
    if whole is not None:
        rejected.write_csv(whole.file)
        note(say(f"rejected rows are in {arguments.rejected}", f"拒收的行已写入 {arguments.rejected}"))
    return exits.REFUSED if rejected else 0


def _said(row: Rejected) -> str:
    """Why a row was not taken, in the language of the command."""
    if not is_chinese():
        return row.reason
    return in_chinese(row.code, row.reason) if row.error is None else "；".join(error_lines(row.error))


def _imported(db: Database, arguments: Arguments, progress: Progress) -> Mapping[str, Report]:
    if arguments.kind == "csv":
        part = add_file(
            db.collection(arguments.entity),
            arguments.path,
            put=arguments.put,
            progress=progress,
            empty="clear" if arguments.empty_clears else "keep",
            raw=arguments.raw,
        )
        return {arguments.entity + "s": part}
    read = {"cfpb": importers.import_cfpb, "accounts": importers.import_accounts}
    return read.get(arguments.kind, importers.import_uci_bank)(db, arguments.path, progress=progress).parts


_REASONS_MAX = 10
"""How many different reasons are told; the file of --rejected has them all."""


def _tell_rejected(rejected: RejectedRows) -> None:
    """Tells each reason once, with the first row that it is about and how many there are."""
    rows_of: dict[tuple[str, str, str], list[int]] = {}
    first_line: dict[tuple[str, str, str], int | None] = {}
    for row in rejected:
        key = (row.column, row.code, row.reason)
        rows_of.setdefault(key, []).append(row.row)
        first_line.setdefault(key, row.line)
    for key, rows in list(rows_of.items())[:_REASONS_MAX]:
        column, code, reason = key
        line = first_line[key]
        at = "" if line is None else say(f" (line {line})", f"（第 {line} 行）")
        more = say(f" and {len(rows) - 1} more", f" 等 {len(rows)} 条") if len(rows) > 1 else ""
        where = say(f"rejected: row {rows[0]}{at}{more}", f"拒收：第 {rows[0]} 条{at}{more}")
        note(f"{where}{' ' + column if column else ''} [{code}]: {reason}")
    if len(rows_of) > _REASONS_MAX:
        left = len(rows_of) - _REASONS_MAX
        note(say(f"rejected: for {left} more reasons", f"拒收：另有 {left} 种原因"))


def export(db: Database, arguments: Arguments) -> int:
    collection: Collection[Any] = db.collection(arguments.entity)
    columns = [info.name for info in collection.fields() if arguments.sensitive or not info.sensitive]
    if arguments.columns:
        columns = columns_of(collection, arguments, [])
    form = "csv" if arguments.format == "table" else arguments.format
    records = Readable(query_of(collection, arguments))
    show((record.to_dict(sensitive=True) for record in records), columns, form, raw=arguments.raw)
    return records.exit_code
