"""The care of a database: check, rebuild, backup, restore, salvage, compact, statistics."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from typing import Any, BinaryIO

from .. import _native
from .._native import Copied, Database, Problem, VerifyReport
from ..errors import DuplicateError
from ..whole import WholeFile
from . import exits
from .language import Refused, say
from .output import show, show_one
from .terminal import Progress, note
from .transfer import mode_of

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


def check(db: Database, arguments: Arguments) -> int:
    """Lists what does not hold together; exit code 1 when there is anything."""
    with Progress(arguments.quiet, say("check", "检查"), say("entries, records and keys", "条")) as progress:
        report = db.verify(progress=progress)
    _told_problems(report.problems, report.problem_count, arguments)
    if not arguments.quiet:
        note(_checked(report))
    return 0 if report.ok else exits.FAILURE


def _checked(report: VerifyReport) -> str:
    entries, records, keys, problems = report.entries, report.records, report.keys, report.problem_count
    apart = "" if report.store_checked else say(
        ", the file itself not, for cursors are alive or the disk is full", "，文件本身因仍有读取或磁盘已满而未检查"
    )
    return say(
        f"checked: {entries:,} journal entries, {records:,} records, {keys:,} keys{apart}; {problems:,} problems",
        f"已检查：日志 {entries:,} 条、记录 {records:,} 条、键 {keys:,} 个{apart}；问题 {problems:,} 个",
    )


def rebuild(db: Database, arguments: Arguments) -> int:
    """Mends indexes, unique keys and counts; exit code 1 when something is left."""
    with Progress(arguments.quiet, say("rebuild", "重建"), say("records and keys", "条")) as progress:
        rebuilt = db.rebuild_indexes(progress=progress)
    names = ("records", "keys", "written", "removed", "problem_count")
    show_one({name: getattr(rebuilt, name) for name in names}, arguments.format)
    for problem in rebuilt.problems:
        note(f"{say('problem: ', '问题：')}{problem}")
    return exits.FAILURE if rebuilt.problem_count else 0


def backup(db: Database, arguments: Arguments) -> int:
    """Writes a backup and says how much it holds."""
    to_output = arguments.target == "-"
    if to_output and not arguments.stream:
        raise Refused(
            "a database file cannot go to standard output; ask for --stream", "数据库文件不能写到标准输出，请用 --stream"
        )
    if to_output:
        _backed_up(db, sys.stdout.buffer, arguments)
        return 0
    copied = _streamed(db, arguments) if arguments.stream else _backed_up(db, arguments.target, arguments)
    show_one({"target": arguments.target, "pairs": copied.pairs, "bytes": copied.bytes}, arguments.format)
    return 0


def _backed_up(db: Database, target: str | BinaryIO, arguments: Arguments) -> Copied:
    with Progress(arguments.quiet, say("backup", "备份"), say("pairs", "对")) as progress:
        return db.backup(target, replace=arguments.replace, progress=progress)


def _streamed(db: Database, arguments: Arguments) -> Copied:
    """Writes a stream to a file, which leaves the backup that it replaces as it is until it is whole."""
    target = arguments.target
    if _is_of_database(target, arguments.db):
        raise Refused(
            f"{target} belongs to the database that is backed up; name another file", f"{target} 属于要备份的数据库；请换一个文件名"
        )
    # It holds the same data: it is as private as the file that it replaces, or else as the database.
    mode = mode_of(target if os.path.exists(target) else arguments.db)
    try:
        with WholeFile(target, mode=mode, encoding=None, replace=arguments.replace) as whole:
            return _backed_up(db, whole.file, arguments)
    except FileExistsError:
        raise DuplicateError(f"{target} exists; name another file, or ask to --replace it") from None


def _is_of_database(path: str, database: str) -> bool:
    """Whether a path is that of a database, its log or its lock note, by whatever name."""
    own = [os.path.realpath(database) + end for end in ("", "-wal", "-lock")]
    return os.path.realpath(path) in own or any(_is_same_file(path, name) for name in own)


def _is_same_file(path: str, other: str) -> bool:
    try:
        return os.path.samefile(path, other)
    except OSError:  # One of them is not there.
        return False


def restore(arguments: Arguments) -> int:
    """Makes the database that --db names of a stream."""
    source = sys.stdin.buffer if arguments.source == "-" else arguments.source
    with Progress(arguments.quiet, say("restore", "恢复"), say("pairs", "对")) as progress:
        copied = _native.restore(
            source, arguments.db, replace=arguments.replace, progress=progress
        )
    show_one({"database": arguments.db, "pairs": copied.pairs, "bytes": copied.bytes}, arguments.format)
    return 0


def salvage(arguments: Arguments) -> int:
    """Writes what can be read of the database that --db names into a new one; exit code 1 when something is missing."""
    with Progress(arguments.quiet, say("salvage", "抢救"), say("pairs", "条")) as progress:
        salvaged = _native.salvage(
            arguments.db, arguments.target, replace=arguments.replace, progress=progress
        )
    report = {name: getattr(salvaged, name) for name in _SALVAGED_NAMES}
    show_one({"database": arguments.target, **report}, arguments.format)
    for problem in salvaged.problems:
        note(say(f"problem: {problem}", f"问题：{problem}"))
    if salvaged.problem_count > len(salvaged.problems):
        more = salvaged.problem_count - len(salvaged.problems)
        note(say(f"and {more:,} more", f"另有 {more:,} 个"))
    return 0 if salvaged.ok else exits.FAILURE


def compact(db: Database, arguments: Arguments) -> int:
    """Makes the file small and says by how much."""
    before = db.statistics().file_bytes
    db.compact(wait=arguments.wait)
    show_one({"bytes_before": before, "bytes_after": db.statistics().file_bytes}, arguments.format)
    return 0


def statistics(db: Database, arguments: Arguments) -> int:
    """Shows what the database holds."""
    show_one(db.statistics(spaces=arguments.spaces).to_dict(), arguments.format)
    return 0


def _told_problems(problems: list[Problem], count: int, arguments: Arguments) -> None:
    rows: list[dict[str, Any]] = [{name: getattr(problem, name) for name in _PROBLEM_COLUMNS} for problem in problems]
    if rows or arguments.format != "table":
        show(rows, _PROBLEM_COLUMNS, arguments.format)
    if count > len(problems):
        more = count - len(problems)
        note(say(f"and {more:,} more", f"另有 {more:,} 个"))


COMMANDS: dict[str, Callable[[Database, Arguments], int]] = {
    "check": check,
    "rebuild": rebuild,
    "backup": backup,
    "compact": compact,
    "statistics": statistics,
}
