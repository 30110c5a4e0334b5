"""The care of a database: check, rebuild, backup, restore, salvage, compact, statistics."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from .. import _native
from .._native import Database, Problem
from ..bulk import Teller
from ..errors import DuplicateError, InvalidArgumentError
from .output import show, show_one

Arguments = argparse.Namespace

_PROBLEM_COLUMNS = ("kind", "entity", "id", "index", "text")
_SALVAGED_NAMES = (
    "log",
    "records",
    "records_restored",
    "records_outdated",
    "records_missing",
    "entries",
    "entries_missing",
    "keys",
    "problem_count",
)


def check(db: Database, arguments: Arguments) -> None:
    """Lists what does not hold together; exit code 1 when there is anything."""
    teller = _teller(arguments, "entries, records and keys")
    report = db.verify(progress=lambda done, _total: teller.tell(done))
    _told_problems(report.problems, report.problem_count, arguments)
    if not arguments.quiet:
        store = "" if report.store_checked else ", the file itself not, for cursors are alive"
        read = f"{report.entries:,} journal entries, {report.records:,} records, {report.keys:,} keys{store}"
        print(f"checked: {read}; {report.problem_count:,} problems", file=sys.stderr)
    if not report.ok:
        raise SystemExit(1)


def rebuild(db: Database, arguments: Arguments) -> None:
    """Mends indexes, unique keys and counts; exit code 1 when something is left."""
    teller = _teller(arguments, "records and keys")
    rebuilt = db.rebuild_indexes(progress=lambda done, _total: teller.tell(done))
    names = ("records", "keys", "written", "removed", "problem_count")
    show_one({name: getattr(rebuilt, name) for name in names}, arguments.format)
    for problem in rebuilt.problems:
        print(f"problem: {problem}", file=sys.stderr)
    if rebuilt.problem_count:
        raise SystemExit(1)


def backup(db: Database, arguments: Arguments) -> None:
    """Writes a backup and says how much it holds."""
    teller = _teller(arguments, "pairs")
    to_output = arguments.target == "-"
    if to_output and not arguments.stream:
        raise InvalidArgumentError("a database file cannot go to standard output; ask for --stream")
    target: str | BinaryIO = arguments.target
    if arguments.stream:
        target = sys.stdout.buffer if to_output else _created(Path(arguments.target), arguments.replace)
    try:
        copied = db.backup(target, replace=arguments.replace, progress=lambda done, _total: teller.tell(done))
    except BaseException:
        if arguments.stream and not to_output:
            Path(arguments.target).unlink(missing_ok=True)
        raise
    finally:
        if not isinstance(target, str) and not to_output:
            target.close()
    if not to_output:
        show_one({"target": arguments.target, "pairs": copied.pairs, "bytes": copied.bytes}, arguments.format)


def _created(path: Path, replace: bool) -> BinaryIO:
    try:
        return path.open("wb" if replace else "xb")
    except FileExistsError:
        raise DuplicateError(f"{path} exists; name another file, or ask to --replace it") from None


def restore(arguments: Arguments) -> None:
    """Makes the database that --db names of a stream."""
    teller = _teller(arguments, "pairs")
    source = sys.stdin.buffer if arguments.source == "-" else arguments.source
    copied = _native.restore(
        source, arguments.db, replace=arguments.replace, progress=lambda done, _total: teller.tell(done)
    )
    show_one({"database": arguments.db, "pairs": copied.pairs, "bytes": copied.bytes}, arguments.format)


def salvage(arguments: Arguments) -> None:
    """Writes what can be read of the database that --db names into a new one; exit code 1 when something is missing."""
    teller = _teller(arguments, "pairs")
    salvaged = _native.salvage(
        arguments.db, arguments.target, replace=arguments.replace, progress=lambda done, _total: teller.tell(done)
    )
    report = {name: getattr(salvaged, name) for name in _SALVAGED_NAMES}
    show_one({"database": arguments.target, **report}, arguments.format)
    for problem in salvaged.problems:
        print(f"problem: {problem}", file=sys.stderr)
    if salvaged.problem_count > len(salvaged.problems):
        print(f"and {salvaged.problem_count - len(salvaged.problems):,} more", file=sys.stderr)
    if not salvaged.ok:
        raise SystemExit(1)


def compact(db: Database, arguments: Arguments) -> None:
    """Makes the file small and says by how much."""
    before = db.statistics().file_bytes
    db.compact(wait=arguments.wait)
    show_one({"bytes_before": before, "bytes_after": db.statistics().file_bytes}, arguments.format)


def statistics(db: Database, arguments: Arguments) -> None:
    """Shows what the database holds."""
    show_one(db.statistics(spaces=arguments.spaces).to_dict(), arguments.format)


def _told_problems(problems: list[Problem], count: int, arguments: Arguments) -> None:
    rows: list[dict[str, Any]] = [{name: getattr(problem, name) for name in _PROBLEM_COLUMNS} for problem in problems]
    if rows or arguments.format != "table":
        show(rows, _PROBLEM_COLUMNS, arguments.format)
    if count > len(problems):
        print(f"and {count - len(problems):,} more", file=sys.stderr)


def _teller(arguments: Arguments, name: str) -> Teller:
    return Teller(None if arguments.quiet else True, None, name)


COMMANDS: dict[str, Callable[[Database, Arguments], None]] = {
    "check": check,
    "rebuild": rebuild,
    "backup": backup,
    "compact": compact,
    "statistics": statistics,
}
