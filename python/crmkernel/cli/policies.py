"""The commands about policies: check, show, diff, adopt, versions, what-if, reclassify."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path

from .. import _native, bundled
from .._native import Database, WhatIf
from . import exits
from .language import Refused, say
from .output import show, show_one
from .terminal import lines, note

Arguments = argparse.Namespace


def check(arguments: Arguments) -> int:
    """Says what is wrong with a policy file, without a database; the exit code is 4 when something is."""
    problems = _native.check_policy(_path(arguments.file))
    columns = ("path", "code", "problem")
    said = ({"path": p.field, "code": p.code, "problem": say(p.message, p.message_zh)} for p in problems)
    show(said, columns, arguments.format)
    if problems:
        count = f"{len(problems)} problems" if len(problems) > 1 else "1 problem"
        note(say(f"{arguments.file} has {count}", f"{arguments.file} 有 {len(problems)} 个问题"))
        return exits.REFUSED
    note(say(f"{arguments.file} is in order", f"{arguments.file} 没有问题"))
    return 0


def _path(name: str) -> str:
    """A name of a file as the kernel takes it; `-` is standard input, `pack:NAME` a pack of the package."""
    return sys.stdin.read() + "\n" if name == "-" else of_package(name, bundled.policies())


def of_package(name: str, there: Mapping[str, Path]) -> str:
    """A path, or that of what comes with the package and is named `pack:NAME`."""
    kind, colon, rest = name.partition(":")
    if kind != "pack" or not colon:
        return name
    if rest not in there:
        known = ", ".join(there) or say("none", "无")
        raise Refused(f"the package has no {rest}; there are {known}", f"安装包中没有 {rest}；有：{known}")
    return str(there[rest])


def run(db: Database, arguments: Arguments) -> int:
    """Runs a command that needs the database."""
    _COMMANDS[arguments.verb](db, arguments)
    return 0


def _show(db: Database, arguments: Arguments) -> None:
    if arguments.format == "table":
        print(lines(db.policy.show(arguments.version)), end="")
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
    before, after = (of_package(name, bundled.policies()) for name in (arguments.before, arguments.after))
    found = db.policy.diff(after, base=before)
    columns = ("path", "before", "after")
    show(({name: getattr(difference, name) for name in columns} for difference in found), columns, arguments.format)


def _adopt(db: Database, arguments: Arguments) -> None:
    day = arguments.effective_on
    outcome = db.policy.adopt(_path(arguments.file), effective_on=day, approver=arguments.approver)
    for decision in outcome.decisions:
        reason = say(decision.reason, decision.reason_zh)
        show_one({"version": decision.value, "reason": reason, "rule": decision.rule}, arguments.format)


def _versions(db: Database, arguments: Arguments) -> None:
    columns = ("version", "effective_on", "approver", "actor", "at", "sequence")
    rows = ({name: getattr(version, name) for name in columns} for version in db.policy.versions())
    show(rows, columns, arguments.format)


def _what_if(db: Database, arguments: Arguments) -> None:
    found = db.policy.what_if(_path(arguments.file), limit=arguments.limit)
    if arguments.changes:
        names = ("customer", "dimension", "before", "after", "rule")
        due = [{"dimension": f"{row['entity']}.{row['what']}"} | row for row in found.due_changes]
        show([*(dict(zip(names, row, strict=True)) for row in found.changes), *due], names, arguments.format)
    else:
        columns = ("dimension", "before", "after", "count")
        due = [{"dimension": f"{entity}.{what}", "count": count} for entity, what, count in found.due]
        show([*(dict(zip(columns, row, strict=True)) for row in found.moves), *due], columns, arguments.format)
    note(_summary(found))


def _summary(found: WhatIf) -> str:
    """What would change, in one line: classes, and every field of visits and complaints that a rule decides."""
    due = ", ".join(f"{count} {entity}.{what}" for entity, what, count in found.due)
    refused = say(f"; {found.refused} would be refused", f"；{found.refused} 条将被拒绝") if found.refused else ""
    return say(
        f"{found.version}: the class of {found.changed} of {found.customers} customers would change; "
        f"of visits and complaints {due or 'nothing'}{refused}",
        f"{found.version}：{found.customers} 个客户中 {found.changed} 个的分类将变更；拜访与投诉：{due or '无变更'}{refused}",
    )


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
