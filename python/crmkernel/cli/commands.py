"""What each command does."""

from __future__ import annotations

import argparse
import datetime
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from .. import _native, bundled
from .._native import Collection, Database, JournalEntry, Record
from ..errors import ReadOnlyError
from ..rows import as_text
from . import care, exits, plugins, policies, transfer
from .completion import script
from .entities import CLASSES
from .language import Refused, is_chinese, say
from .output import show, show_one
from .terminal import note
from .transfer import Readable, columns_of, query_of
from .values import assignments

OPEN_STATES = (
    "received",
    "clarified",
    "solution_proposed",
    "solution_accepted",
    "followed_up",
    "escalated",
    "unaccepted",
    "suspended",
)
_READS = {
    **dict.fromkeys(CLASSES, ("list", "count", "get", "history", "explain", "due", "open")),
    "db": ("check", "backup", "statistics"),
    "policy": ("show", "diff", "versions", "what-if"),
    "plugin": ("list", "keys"),
    "export": None,
    "changes": None,
    "verify": None,
    "fields": None,
}
"""The commands that read only: they open the file beside a process that writes it, without its lock."""
_CREATES = {
    **dict.fromkeys(CLASSES, None),
    "import": None,
    "plugin": ("load", "trust", "distrust"),
    "policy": ("adopt",),
}
"""The commands that make a database where there is none, as far as they do not read only."""

Arguments = argparse.Namespace


def run(arguments: Arguments) -> int:
    """Runs one command and gives its exit code."""
    alone = _ALONE.get((arguments.noun, getattr(arguments, "verb", None)))
    if alone is not None:
        return alone(arguments)
    with _opened(arguments, read_only=_is_one_of(_READS, arguments)) as db:
        if not (arguments.quiet or (arguments.noun == "plugin" and arguments.verb in ("load", "forget"))):
            _warn(db, arguments)
        if arguments.noun in CLASSES:
            return _ENTITY_COMMANDS.get(arguments.verb, _act)(db, db.collection(arguments.noun), arguments)
        if arguments.noun == "db":
            return care.COMMANDS[arguments.verb](db, arguments)
        return _COMMANDS[arguments.noun](db, arguments)


def _opened(arguments: Arguments, *, read_only: bool) -> Database:
    """The database with the plugins that were asked for.

    A database that does not know a plugin yet, or knows another version, notes it when it is loaded. So a command that only reads
    opens the file to write then, for else it would show what the plugin hides.
    """
    database = _native.open(
        arguments.db,
        actor=arguments.actor,
        level=arguments.level,
        create=not _is_one_of(_READS, arguments) and _is_one_of(_CREATES, arguments),
        read_only=read_only,
        busy_timeout=arguments.busy_timeout,
        allow_missing_plugins=arguments.allow_missing_plugins,
        allow_older_plugins=arguments.allow_older_plugins,
        without_log=arguments.without_log,
    )
    try:
        for path in arguments.plugin:
            database.load_plugin(policies.of_package(path, bundled.plugins()))
    except ReadOnlyError:
        database.close()
        if read_only and not arguments.without_log:
            return _opened(arguments, read_only=False)
        raise
    except BaseException:
        database.close()
        raise
    return database


def _is_one_of(commands: Mapping[str, Sequence[str] | None], arguments: Arguments) -> bool:
    if arguments.noun not in commands:
        return False
    verbs = commands[arguments.noun]
    return verbs is None or arguments.verb in verbs


def _warn(db: Database, arguments: Arguments) -> None:
    """What somebody should know about the database goes to standard error."""
    if arguments.without_log and db.statistics().may_lack_commits:
        last = f"{db.last_sequence:,}"
        note(
            say(
                f"warning: the log was left out, so commits may be missing; the file goes up to journal entry {last}",
                f"警告：未读日志文件，可能缺少已提交的变更；文件止于日志条目 {last}",
            )
        )
    for warning in db.warnings:
        note(say(f"warning: {warning.message}", f"警告：{warning.message_zh}"))


def _completion(arguments: Arguments) -> int:
    print(script(arguments.shell))
    return 0


_ALONE: dict[tuple[str, str | None], Callable[[Arguments], int]] = {
    ("completion", None): _completion,
    ("plugin", "new"): plugins.new,
    ("plugin", "check"): plugins.check,
    ("plugin", "manifest"): plugins.manifest,
    ("plugin", "sdk"): plugins.sdk,
    ("db", "restore"): care.restore,
    ("db", "salvage"): care.salvage,
    ("policy", "check"): policies.check,
}
"""The commands that need no open database."""


def _labels(collection: Collection[Any]) -> dict[str, str]:
    return {info.name: info.label_zh for info in collection.fields()}


def _shown(collection: Collection[Any], rows: Iterable[Mapping[str, Any]], form: str) -> Iterator[Mapping[str, Any]]:
    """The rows of a table, whose enumerations are said in the language of the command; other forms name values."""
    names = {info.name: info.value_labels for info in collection.fields() if info.value_labels}
    if form != "table" or not is_chinese():
        yield from rows
        return
    for row in rows:
        yield {name: names[name].get(value, value) if name in names else value for name, value in row.items()}


def _list(db: Database, collection: Collection[Any], arguments: Arguments) -> int:
    readable = Readable(query_of(collection, arguments).limit(arguments.limit + 1))
    records = list(readable)
    is_cut = len(records) > arguments.limit
    records = records[: arguments.limit]
    columns = columns_of(collection, arguments, records)
    rows = ({name: record[name] for name in columns} for record in records)
    show(_shown(collection, rows, arguments.format), columns, arguments.format, labels=_labels(collection))
    if is_cut and not arguments.quiet:
        shown = arguments.limit
        note(
            say(
                f"there are more than the {shown} that are shown; --limit N shows more, export shows all",
                f"仅显示前 {shown} 条，还有更多；--limit N 可多显示，export 导出全部",
            )
        )
    return readable.exit_code


def _count(db: Database, collection: Collection[Any], arguments: Arguments) -> int:
    print(query_of(collection, arguments).count())
    return 0


def _found(collection: Collection[Any], text: str) -> Any:
    """The record that an id, `code:CODE` or `ref:SYSTEM:ID` names."""
    kind, _, rest = text.partition(":")
    if kind == "code" and rest:
        return collection.get(code=rest)
    if kind == "ref" and rest:
        system, _, external = rest.partition(":")
        return collection.get(external_ref=(system, external))
    if not text.isdecimal():
        raise Refused(
            f"{text!r} is no record; allowed are an id, code:CODE or ref:SYSTEM:ID",
            f"{text!r} 不是记录；可用编号、code:编码 或 ref:系统:编号",
        )
    return collection.get(int(text))


def _get(db: Database, collection: Collection[Any], arguments: Arguments) -> int:
    return _show_record(collection, _found(collection, arguments.record), arguments)


def _show_record(collection: Collection[Any], record: Record, arguments: Arguments) -> int:
    values = record.to_dict(sensitive=arguments.sensitive)
    if arguments.format == "table":
        values = {name: value for name, value in values.items() if value is not None}
    for row in _shown(collection, [values], arguments.format):
        show_one(row, arguments.format, labels=_labels(collection))
    return 0


def _add(db: Database, collection: Collection[Any], arguments: Arguments) -> int:
    return _show_record(collection, collection.add(custom=assignments(collection, arguments.values)), arguments)


def _put(db: Database, collection: Collection[Any], arguments: Arguments) -> int:
    return _show_record(collection, collection.put(custom=assignments(collection, arguments.values)), arguments)


def _update(db: Database, collection: Collection[Any], arguments: Arguments) -> int:
    record = _found(collection, arguments.record)
    values = assignments(collection, arguments.values)
    revision = {} if arguments.revision is None else {"revision": arguments.revision}
    return _show_record(collection, collection.update(record, custom=values, **revision), arguments)


def _act(db: Database, collection: Collection[Any], arguments: Arguments) -> int:
    record = _found(collection, arguments.record)
    values = assignments(collection, arguments.values)
    revision = {} if arguments.revision is None else {"revision": arguments.revision}
    return _show_record(collection, collection.act(arguments.verb, record, custom=values, **revision), arguments)


def _history(db: Database, collection: Collection[Any], arguments: Arguments) -> int:
    entries = collection.history(_found(collection, arguments.record))
    show(_entry_rows(entries, arguments.sensitive), _ENTRY_COLUMNS, arguments.format)
    return 0


_ENTRY_COLUMNS = ("sequence", "at", "actor", "command", "entity", "id", "revision", "changed")


def _entry_rows(entries: Iterable[JournalEntry], sensitive: bool) -> Iterator[dict[str, Any]]:
    for entry in entries:
        row = {"sequence": entry.sequence, "at": entry.at, "actor": entry.actor, "command": entry.command}
        if not entry.changes:
            yield row | {"changed": entry.declared}
        for change in entry.changes:
            values = (
                f"{value.field}={as_text(value.after)}" if sensitive or not value.sensitive else value.field
                for value in change.values
            )
            about = {"entity": change.entity, "id": change.id, "revision": change.revision}
            yield row | about | {"changed": ", ".join(values)}


def _explain(db: Database, collection: Collection[Any], arguments: Arguments) -> int:
    decisions = collection.explain(_found(collection, arguments.record))
    speaks = arguments.format == "table" and is_chinese()
    fields = {info.name: info for info in collection.fields()} if speaks else {}

    def value(name: str, text: str) -> str:
        return fields[name].value_labels.get(text, text) if name in fields else text

    def label(name: str) -> str:
        return fields[name].label_zh if name in fields else name

    rows = (
        {
            "subject": label(decision.subject),
            "value": value(decision.subject, decision.value),
            "reason": say(decision.reason, decision.reason_zh),
            "rule": decision.rule,
            "source": decision.source,
            "plugin": decision.plugin,
            "policy_version": decision.policy_version,
            "inputs": ", ".join(f"{label(name)}={value(name, text)}" for name, text in decision.inputs.items()),
        }
        for decision in decisions
    )
    columns = ("subject", "value", "reason", "rule", "source", "plugin", "policy_version", "inputs")
    show(rows, columns, arguments.format)
    return 0


def _due(db: Database, collection: Collection[Any], arguments: Arguments) -> int:
    on = arguments.on or datetime.datetime.now(ZoneInfo(db.time_zone)).date()
    query = collection.find(state="planned", planned_on__le=on, order="planned_on")
    if arguments.owner:
        query = query.filter(owner=arguments.owner)
    columns = ("id", "planned_on", "owner", "customer", "customer_name", "purpose")
    rows = (
        {name: record[name] for name in columns if name != "customer_name"}
        | {"customer_name": db.customers.get(record.customer).name}
        for record in query
    )
    show(rows, columns, arguments.format, labels=_labels(collection))
    return 0


def _open(db: Database, collection: Collection[Any], arguments: Arguments) -> int:
    query = collection.find(state__in=OPEN_STATES, order="deadline_on")
    if arguments.owner:
        query = query.filter(owner=arguments.owner)
    columns = ("id", "deadline_on", "state", "grade", "owner", "customer_name", "issue", "reason")
    rows = _shown(collection, (_open_row(db, record, arguments.lang) for record in query), arguments.format)
    show(rows, columns, arguments.format, labels=_labels(collection))
    return 0


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


_EntityCommand = Callable[[Database, Collection[Any], Arguments], int]

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


def _changes(db: Database, arguments: Arguments) -> int:
    entries = db.changes(arguments.since, limit=arguments.limit)
    show(_entry_rows(entries, arguments.sensitive), _ENTRY_COLUMNS, arguments.format)
    return 0


def _verify(db: Database, arguments: Arguments) -> int:
    report = db.verify()
    show_one({"entries": report.entries, "records": report.records, "keys": report.keys}, arguments.format)
    for problem in report.problems:
        note(f"{say('problem: ', '问题：')}{problem}")
    return 0 if report.ok else exits.FAILURE


def _fields(db: Database, arguments: Arguments) -> int:
    columns = ("name", "type", "label", "label_zh", "writer", "required", "sensitive", "indexed", "values")
    rows = (
        {name: getattr(info, name) for name in columns} | {"values": ", ".join(info.values)}
        for info in db.fields(arguments.entity)
    )
    show(rows, columns, arguments.format)
    return 0


def _plugin(db: Database, arguments: Arguments) -> int:
    if arguments.verb == "trust":
        db.trust_plugin_key(arguments.key)
    if arguments.verb == "distrust":
        db.distrust_plugin_key(arguments.key)
    if arguments.verb in ("keys", "trust", "distrust"):
        show(({"key": key} for key in db.plugin_keys()), ("key",), arguments.format)
        return 0
    if arguments.verb == "load":
        settings = dict(text.partition("=")[::2] for text in arguments.set)
        db.load_plugin(policies.of_package(arguments.path, bundled.plugins()), settings=settings)
    if arguments.verb == "forget":
        db.forget_plugin(arguments.id)
    if arguments.verb in ("load", "forget"):
        _warn(db, arguments)
    columns = ("id", "version", "failures", "quarantined")
    show(({name: getattr(plugin, name) for name in columns} for plugin in db.plugins()), columns, arguments.format)
    return 0


_COMMANDS: dict[str, Callable[[Database, Arguments], int]] = {
    "import": transfer.bring_in,
    "export": transfer.export,
    "changes": _changes,
    "verify": _verify,
    "fields": _fields,
    "plugin": _plugin,
    "policy": policies.run,
}
