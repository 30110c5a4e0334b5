"""What each command does."""

from __future__ import annotations

import argparse
import datetime
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from zoneinfo import ZoneInfo

from .. import _native, importers
from .._native import Collection, Database, JournalEntry, Query, Record
from ..bulk import RejectedRows
from ..errors import InvalidArgumentError
from . import care, plugins, policies
from .completion import script
from .entities import CLASSES
from .output import show, show_one
from .values import assignments, conditions

OPEN_STATES = (
    "received",
    "clarified",
    "solution_proposed",
    "solution_accepted",
    "followed_up",
    "escalated",
    "suspended",
)
_READS = ("list", "count", "get", "history", "explain", "due", "open")

Arguments = argparse.Namespace


def run(arguments: Arguments) -> None:
    """Runs one command."""
    if arguments.noun == "completion":
        print(script(arguments.shell))
        return
    if arguments.noun == "plugin" and arguments.verb == "new":
        plugins.new(arguments)
        return
    if arguments.noun == "db" and arguments.verb == "restore":
        care.restore(arguments)
        return
    if arguments.noun == "db" and arguments.verb == "salvage":
        care.salvage(arguments)
        return
    if arguments.noun == "policy" and arguments.verb == "check":
        policies.check(arguments)
        return
    creates = (
        arguments.noun in ("import", "plugin")
        or (arguments.noun == "policy" and arguments.verb == "adopt")
        or (arguments.noun in CLASSES and arguments.verb not in _READS)
    )
    database = _native.open(
        arguments.db,
        actor=arguments.actor,
        level=arguments.level,
        create=creates,
        busy_timeout=arguments.busy_timeout,
    )
    with database as db:
        for path in arguments.plugin:
            db.load_plugin(path)
        if arguments.noun in CLASSES:
            _ENTITY_COMMANDS.get(arguments.verb, _act)(db, db.collection(arguments.noun), arguments)
        elif arguments.noun == "db":
            care.COMMANDS[arguments.verb](db, arguments)
        else:
            _COMMANDS[arguments.noun](db, arguments)


def _columns(collection: Collection[Any], arguments: Arguments, rows: list[Record]) -> list[str]:
    """The fields to show: those asked for, or those that any row has; personal ones only when asked for."""
    fields = collection.fields()
    if arguments.columns:
        chosen = [name.strip() for name in arguments.columns.split(",")]
        known = {info.name for info in fields}
        if missing := [name for name in chosen if name not in known]:
            raise InvalidArgumentError(f"there is no field {', '.join(missing)}")
        return chosen
    there = {name for row in rows for name in row.keys()}
    wanted = [info.name for info in fields if info.name in there and (arguments.sensitive or not info.sensitive)]
    header = ["id", "revision", "created_at", "updated_at"]
    if arguments.format == "table":
        return ["id", *(name for name in wanted if name not in header)][:9]
    return ["id", "revision", *(name for name in wanted if name not in header), "created_at", "updated_at"]


def _query(collection: Collection[Any], arguments: Arguments) -> Query[Any]:
    query = collection.find(**conditions(collection, arguments.conditions))
    return query.order_by(arguments.order) if arguments.order else query


def _list(db: Database, collection: Collection[Any], arguments: Arguments) -> None:
    records = _query(collection, arguments).limit(arguments.limit).to_list()
    columns = _columns(collection, arguments, records)
    show(({name: record[name] for name in columns} for record in records), columns, arguments.format)


def _count(db: Database, collection: Collection[Any], arguments: Arguments) -> None:
    print(_query(collection, arguments).count())


def _found(collection: Collection[Any], text: str) -> Any:
    """The record that an id, `code:CODE` or `ref:SYSTEM:ID` names."""
    kind, _, rest = text.partition(":")
    if kind == "code" and rest:
        return collection.get(code=rest)
    if kind == "ref" and rest:
        system, _, external = rest.partition(":")
        return collection.get(external_ref=(system, external))
    if not text.isdecimal():
        raise InvalidArgumentError(f"{text!r} is no record; allowed are an id, code:CODE or ref:SYSTEM:ID")
    return collection.get(int(text))


def _get(db: Database, collection: Collection[Any], arguments: Arguments) -> None:
    _show_record(_found(collection, arguments.record), arguments)


def _show_record(record: Record, arguments: Arguments) -> None:
    values = record.to_dict(sensitive=arguments.sensitive)
    there = {name: value for name, value in values.items() if value is not None}
    show_one(there if arguments.format == "table" else values, arguments.format)


def _add(db: Database, collection: Collection[Any], arguments: Arguments) -> None:
    _show_record(collection.add(custom=assignments(collection, arguments.values)), arguments)


def _put(db: Database, collection: Collection[Any], arguments: Arguments) -> None:
    _show_record(collection.put(custom=assignments(collection, arguments.values)), arguments)


def _update(db: Database, collection: Collection[Any], arguments: Arguments) -> None:
    record = _found(collection, arguments.record)
    values = assignments(collection, arguments.values)
    revision = {} if arguments.revision is None else {"revision": arguments.revision}
    _show_record(collection.update(record, custom=values, **revision), arguments)


def _act(db: Database, collection: Collection[Any], arguments: Arguments) -> None:
    record = _found(collection, arguments.record)
    values = assignments(collection, arguments.values)
    revision = {} if arguments.revision is None else {"revision": arguments.revision}
    _show_record(collection.act(arguments.verb, record, custom=values, **revision), arguments)


def _history(db: Database, collection: Collection[Any], arguments: Arguments) -> None:
    entries = collection.history(_found(collection, arguments.record))
    show(_entry_rows(entries, arguments.sensitive), _ENTRY_COLUMNS, arguments.format)


_ENTRY_COLUMNS = ("sequence", "at", "actor", "command", "entity", "id", "revision", "changed")


def _entry_rows(entries: Iterable[JournalEntry], sensitive: bool) -> Iterator[dict[str, Any]]:
    for entry in entries:
        row = {"sequence": entry.sequence, "at": entry.at, "actor": entry.actor, "command": entry.command}
        if not entry.changes:
            yield row | {"changed": entry.declared}
        for change in entry.changes:
            values = (
                f"{value.field}={value.after}" if sensitive or not value.sensitive else value.field
                for value in change.values
            )
            about = {"entity": change.entity, "id": change.id, "revision": change.revision}
            yield row | about | {"changed": ", ".join(values)}


def _explain(db: Database, collection: Collection[Any], arguments: Arguments) -> None:
    decisions = collection.explain(_found(collection, arguments.record))
    zh = arguments.lang == "zh"
    rows = (
        {
            "subject": decision.subject,
            "value": decision.value,
            "reason": decision.reason_zh if zh else decision.reason,
            "rule": decision.rule,
            "source": decision.source,
            "plugin": decision.plugin,
            "policy_version": decision.policy_version,
            "inputs": ", ".join(f"{name}={value}" for name, value in decision.inputs.items()),
        }
        for decision in decisions
    )
    columns = ("subject", "value", "reason", "rule", "source", "plugin", "policy_version", "inputs")
    show(rows, columns, arguments.format)


def _due(db: Database, collection: Collection[Any], arguments: Arguments) -> None:
    on = datetime.datetime.now(ZoneInfo(db.time_zone)).date()
    if arguments.on:
        try:
            on = datetime.date.fromisoformat(arguments.on)
        except ValueError:
            raise InvalidArgumentError(f"--on is {arguments.on!r}, a day is of the form 2026-09-16") from None
    query = collection.find(state="planned", planned_on__le=on, order="planned_on")
    if arguments.owner:
        query = query.filter(owner=arguments.owner)
    columns = ("id", "planned_on", "owner", "customer", "customer_name", "purpose")
    rows = (
        {name: record[name] for name in columns if name != "customer_name"}
        | {"customer_name": db.customers.get(record.customer).name}
        for record in query
    )
    show(rows, columns, arguments.format)


def _open(db: Database, collection: Collection[Any], arguments: Arguments) -> None:
    query = collection.find(state__in=OPEN_STATES, order="deadline_on")
    if arguments.owner:
        query = query.filter(owner=arguments.owner)
    columns = ("id", "deadline_on", "state", "grade", "owner", "customer_name", "issue", "reason")
    show((_open_row(db, record, arguments.lang) for record in query), columns, arguments.format)


def _open_row(db: Database, record: Any, lang: str) -> dict[str, Any]:
    return {
        "id": record.id,
        "deadline_on": record.deadline_on,
        "state": record.state,
        "grade": record.grade,
        "owner": record.owner,
        "customer_name": db.customers.get(record.customer).name,
        "issue": record.issue,
        "reason": "; ".join(str(decision) for decision in record.explain(lang=lang)),
    }


_EntityCommand = Callable[[Database, Collection[Any], Arguments], None]

_ENTITY_COMMANDS: dict[str, _EntityCommand] = {
    "list": _list,
    "count": _count,
    "get": _get,
    "add": _add,
    "put": _put,
    "update": _update,
    "history": _history,
    "explain": _explain,
    "due": _due,
    "open": _open,
}


def _import(db: Database, arguments: Arguments) -> None:
    progress = not arguments.quiet
    rejected: RejectedRows
    if arguments.kind == "csv":
        part = db.collection(arguments.entity).add_many(
            arguments.path, put=arguments.put, progress=progress, on_error="collect"
        )
        parts, rejected = {arguments.entity + "s": part}, part.rejected
    else:
        read = {"cfpb": importers.import_cfpb, "accounts": importers.import_accounts}
        report = read.get(arguments.kind, importers.import_uci_bank)(db, arguments.path, progress=progress)
        parts, rejected = dict(report.parts), report.rejected
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
    show(rows, ("records", "rows", "added", "changed", "unchanged", "rejected"), arguments.format)
    if not any(part.added or part.changed for part in parts.values()):
        print("nothing changed", file=sys.stderr)
    _tell_rejected(rejected, arguments)


def _tell_rejected(rejected: RejectedRows, arguments: Arguments) -> None:
    for row in rejected[:10]:
        line = f" (line {row.line})" if row.line is not None else ""
        column = f" {row.column}" if row.column else ""
        print(f"rejected: row {row.row}{line}{column} [{row.code}]: {row.reason}", file=sys.stderr)
    if len(rejected) > 10:
        print(f"rejected: {len(rejected) - 10} more", file=sys.stderr)
    if arguments.rejected:
        rejected.to_csv(arguments.rejected)
        print(f"rejected rows are in {arguments.rejected}", file=sys.stderr)


def _export(db: Database, arguments: Arguments) -> None:
    collection: Collection[Any] = db.collection(arguments.entity)
    columns = [info.name for info in collection.fields() if arguments.sensitive or not info.sensitive]
    if arguments.columns:
        columns = [name.strip() for name in arguments.columns.split(",")]
    form = "csv" if arguments.format == "table" else arguments.format
    show(({name: record[name] for name in columns} for record in _query(collection, arguments)), columns, form)


def _changes(db: Database, arguments: Arguments) -> None:
    entries = db.changes(arguments.since, limit=arguments.limit)
    show(_entry_rows(entries, arguments.sensitive), _ENTRY_COLUMNS, arguments.format)


def _verify(db: Database, arguments: Arguments) -> None:
    report = db.verify()
    show_one({"entries": report.entries, "records": report.records, "keys": report.keys}, arguments.format)
    for problem in report.problems:
        print(f"problem: {problem}", file=sys.stderr)
    if not report.ok:
        raise SystemExit(1)


def _fields(db: Database, arguments: Arguments) -> None:
    columns = ("name", "type", "label", "label_zh", "writer", "required", "sensitive", "indexed", "values")
    rows = (
        {name: getattr(info, name) for name in columns} | {"values": ", ".join(info.values)}
        for info in db.fields(arguments.entity)
    )
    show(rows, columns, arguments.format)


def _plugin(db: Database, arguments: Arguments) -> None:
    if arguments.verb == "trust":
        db.trust_plugin_key(arguments.key)
    if arguments.verb == "distrust":
        db.distrust_plugin_key(arguments.key)
    if arguments.verb in ("keys", "trust", "distrust"):
        show(({"key": key} for key in db.plugin_keys()), ("key",), arguments.format)
        return
    if arguments.verb == "load":
        settings = dict(text.partition("=")[::2] for text in arguments.set)
        db.load_plugin(arguments.path, settings=settings)
    columns = ("id", "version", "failures", "quarantined")
    show(({name: getattr(plugin, name) for name in columns} for plugin in db.plugins()), columns, arguments.format)


_COMMANDS: dict[str, Callable[[Database, Arguments], None]] = {
    "import": _import,
    "export": _export,
    "changes": _changes,
    "verify": _verify,
    "fields": _fields,
    "plugin": _plugin,
    "policy": policies.run,
}
