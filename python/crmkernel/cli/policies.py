"""The commands about policies: check, show, diff, adopt, versions, what-if, reclassify."""

from __future__ import annotations

import argparse
import datetime
import json
import sys

from .. import _native
from .._native import Database, Violation
from ..errors import RejectedError
from .output import show, show_one

Arguments = argparse.Namespace

NEEDS_DATABASE = ("show", "diff", "adopt", "versions", "what-if", "reclassify")


def check(arguments: Arguments) -> None:
    """Says what is wrong with a policy file, without a database; the exit code is 4 when something is."""
    problems = _native.check_policy(_path(arguments.file))
    columns = ("path", "code", "problem")
    show(({"path": p.field, "code": p.code, "problem": _said(p, arguments)} for p in problems), columns, arguments.format)
    if problems:
        count = f"{len(problems)} problems" if len(problems) > 1 else "1 problem"
        raise RejectedError(f"{arguments.file} has {count}")
    print(f"{arguments.file} is in order", file=sys.stderr)


def _said(problem: Violation, arguments: Arguments) -> str:
    return problem.message_zh if arguments.lang == "zh" else problem.message


def _path(name: str) -> str:
    """A name of a file as the kernel takes it; `-` is standard input."""
    return sys.stdin.read() + "\n" if name == "-" else name


def run(db: Database, arguments: Arguments) -> None:
    """Runs a command that needs the database."""
    _COMMANDS[arguments.verb](db, arguments)


def _show(db: Database, arguments: Arguments) -> None:
    if arguments.format == "table":
        print(db.policy.show(arguments.version), end="")
        return
    merged = json.loads(db.policy.show(arguments.version, form="json"))
    if arguments.format == "json":
        print(json.dumps(merged, ensure_ascii=False, indent=2))
        return
    columns = ("path", "origin", "rule", "source", "figure")
    rows = []
    for path, figure in merged["figures"].items():
        known = {name: figure.pop(name, "") for name in ("origin", "rule", "source")}
        rows.append({"path": path, **known, "figure": json.dumps(figure, ensure_ascii=False)})
    show(rows, columns, arguments.format)


def _diff(db: Database, arguments: Arguments) -> None:
    found = db.policy.diff(arguments.after, base=arguments.before)
    columns = ("path", "before", "after")
    show(({name: getattr(difference, name) for name in columns} for difference in found), columns, arguments.format)


def _adopt(db: Database, arguments: Arguments) -> None:
    day = datetime.date.fromisoformat(arguments.effective_on) if arguments.effective_on else None
    outcome = db.policy.adopt(_path(arguments.file), effective_on=day, approver=arguments.approver)
    for decision in outcome.decisions:
        show_one({"version": decision.value, "reason": decision.reason, "rule": decision.rule}, arguments.format)


def _versions(db: Database, arguments: Arguments) -> None:
    columns = ("version", "effective_on", "approver", "actor", "at", "sequence")
    rows = ({name: getattr(version, name) for name in columns} for version in db.policy.versions())
    show(rows, columns, arguments.format)


def _what_if(db: Database, arguments: Arguments) -> None:
    found = db.policy.what_if(_path(arguments.file), limit=arguments.limit)
    if arguments.changes:
        names = ("customer", "dimension", "before", "after", "rule")
        show((dict(zip(names, row, strict=True)) for row in found.changes), names, arguments.format)
    else:
        columns = ("dimension", "before", "after", "count")
        show((dict(zip(columns, row, strict=True)) for row in found.moves), columns, arguments.format)
    print(f"{found.version}: {found.changed} of {found.customers} customers would change", file=sys.stderr)


def _reclassify(db: Database, arguments: Arguments) -> None:
    customers, changed = db.policy.reclassify()
    show_one({"customers": customers, "changed": changed}, arguments.format)


_COMMANDS = {
    "show": _show,
    "diff": _diff,
    "adopt": _adopt,
    "versions": _versions,
    "what-if": _what_if,
    "reclassify": _reclassify,
}
