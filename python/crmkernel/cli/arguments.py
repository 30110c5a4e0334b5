"""The arguments of the command line."""

from __future__ import annotations

import argparse
import datetime
import getpass
import os
from collections.abc import Sequence
from typing import Any

from .. import __version__
from .entities import CLASSES, verbs
from .language import LANGUAGES, of_locale
from .terminal import lines

FORMATS = ("table", "json", "ndjson", "csv")
SHELLS = ("bash", "zsh", "fish")
DATABASE_DEFAULT = "company.crm"

_EPILOG = """values: text and names as they are, dates 2026-09-16, instants 2026-09-16T09:00:00+08:00,
money "12.50 CNY", booleans true or false; an empty value clears the field.
conditions are all met; FIELD__in=A,B asks for one of several values.
exit codes: 0 ok, 1 failure, 2 usage, 3 not found, 4 refused by a rule (also some rows of an import), 5 locked,
130 interrupted."""


class _Parser(argparse.ArgumentParser):
    """A parser whose messages repeat what was typed with its control characters escaped."""

    def _print_message(self, message: str, file: Any = None) -> None:
        super()._print_message(lines(message), file)


def _day(text: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"a day is of the form 2026-09-16, found {text!r}") from None


def _count(text: str) -> int:
    if not text.isdecimal() or len(text) > 18:
        raise argparse.ArgumentTypeError(f"a whole number from 0 on is needed, found {text!r}")
    return int(text)


def parser(words: Sequence[str] | None = None) -> argparse.ArgumentParser:
    """The parser of the command line; of `words`, when given, for the entities that they name are the verbs alone."""
    top: argparse.ArgumentParser = _Parser(
        prog="crmkernel",
        description="customers, visits and complaints with their regulations, on one file",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"crmkernel {__version__}")
    _common(top, top_level=True)
    nouns = top.add_subparsers(dest="noun", required=True, metavar="NOUN")
    for entity in CLASSES:
        of_entity = nouns.add_parser(entity, help=f"{entity}s: list, get, add, ...")
        if words is None or entity in words:
            _entity(of_entity, entity)
    _imports(nouns.add_parser("import", help="bring in files"))
    export = _leaf(nouns, "export", "all records of an entity with all their fields")
    export.add_argument("entity", choices=list(CLASSES))
    _conditions(export)
    export.add_argument(
        "--raw", action="store_true", help="leave cells of CSV as they are that a spreadsheet would run as formulas"
    )
    changes = _leaf(nouns, "changes", "the journal behind a position")
    changes.add_argument("--since", type=_count, default=0, metavar="SEQUENCE")
    changes.add_argument("--limit", type=_count, default=1000)
    _leaf(nouns, "verify", "read everything and say what does not hold together")
    _db(nouns.add_parser("db", help="the database: check, rebuild, backup, restore, salvage, compact, statistics"))
    _leaf(nouns, "fields", "the fields of an entity").add_argument("entity", choices=list(CLASSES))
    _policies(nouns.add_parser("policy", help="the company's regulation: check, show, diff, adopt, ..."))
    _plugins(nouns.add_parser("plugin", help="plugins: list, load, forget, check, new, manifest, sdk, keys"))
    completion = _leaf(nouns, "completion", "print the script for a shell's completion")
    completion.add_argument("shell", choices=SHELLS)
    return top


def _common(into: argparse.ArgumentParser, *, top_level: bool = False) -> None:
    """The options that may stand before the noun or behind the verb."""

    def default(value: object) -> object:
        return value if top_level else argparse.SUPPRESS

    where = os.environ.get("CRMKERNEL_DB", DATABASE_DEFAULT)
    now = where.replace("%", "%%")
    into.add_argument("--db", default=default(where), metavar="PATH", help=f"the database, now {now} (CRMKERNEL_DB)")
    into.add_argument("--actor", default=default(_user()), metavar="NAME", help="who asks")
    into.add_argument("--level", default=default("manage"), choices=("read", "edit", "manage"))
    into.add_argument("--busy-timeout", type=float, default=default(5.0), metavar="SECONDS")
    into.add_argument(
        "--without-log",
        action="store_true",
        default=default(False),
        help="read the file and leave out its log, which is missing or damaged; commits may be missing",
    )
    into.add_argument("--format", default=default("table"), choices=FORMATS)
    into.add_argument(
        "--lang", default=default(of_locale()), choices=LANGUAGES, help="the language, that of the locale when left out"
    )
    into.add_argument("--sensitive", action="store_true", default=default(False), help="show personal fields too")
    into.add_argument("--quiet", action="store_true", default=default(False), help="show no progress and no warnings")
    into.add_argument(
        "--plugin", action="append", default=default([]), metavar="PATH", help="load a plugin for this command; pack:NAME is one of the package"
    )
    into.add_argument(
        "--allow-missing-plugins",
        action="store_true",
        default=default(False),
        help="write records without a plugin that rules them",
    )
    into.add_argument(
        "--allow-older-plugins",
        action="store_true",
        default=default(False),
        help="load a plugin in an older version than the database has seen",
    )


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def _leaf(into: argparse._SubParsersAction[argparse.ArgumentParser], name: str, help_: str) -> argparse.ArgumentParser:
    leaf = into.add_parser(name, help=help_, description=help_)
    _common(leaf)
    return leaf


def _entity(into: argparse.ArgumentParser, entity: str) -> None:
    actions = into.add_subparsers(dest="verb", required=True, metavar="VERB")
    listing = _leaf(actions, "list", f"the {entity}s that meet conditions")
    _conditions(listing)
    listing.add_argument("--limit", type=_count, default=100, help="how many at most, 100 when left out")
    _conditions(_leaf(actions, "count", f"how many {entity}s meet conditions"))
    _target(_leaf(actions, "get", f"one {entity}"), "get")
    for name in ("add", "put"):
        _values(_leaf(actions, name, f"{name} a {entity}"))
    update = _leaf(actions, "update", f"change fields of a {entity}")
    _target(update, "update")
    _values(update)
    _target(_leaf(actions, "history", "who changed it, when and what"), "history")
    _target(_leaf(actions, "explain", "what the rules decided, and why"), "explain")
    if entity == "visit":
        due = _leaf(actions, "due", "planned visits that are due")
        due.add_argument("--on", metavar="DATE", type=_day, help="due up to this day, today when left out")
        due.add_argument("--owner")
    if entity == "complaint":
        _leaf(actions, "open", "complaints that are not settled, by deadline").add_argument("--owner")
    for name, doc in verbs(entity).items():
        action = _leaf(actions, name, doc.splitlines()[0])
        _target(action, name)
        _values(action)


def _conditions(into: argparse.ArgumentParser) -> None:
    into.add_argument(
        "conditions", nargs="*", metavar="FIELD[__OP]=VALUE", help="such as status=active or planned_on__lt=2026-10-01"
    )
    into.add_argument("--order", metavar="[-]FIELD", help="such as planned_on, or -planned_on for the latest first")
    into.add_argument("--columns", metavar="FIELD,...")


def _target(into: argparse.ArgumentParser, name: str) -> None:
    into.add_argument("record", metavar="ID", help="an id, code:CODE or ref:SYSTEM:ID")
    if name not in ("get", "history", "explain"):
        into.add_argument("--revision", type=int, help="the revision that was read")


def _values(into: argparse.ArgumentParser) -> None:
    into.add_argument("values", nargs="*", metavar="FIELD=VALUE")


def _imports(into: argparse.ArgumentParser) -> None:
    kinds = into.add_subparsers(dest="kind", required=True, metavar="KIND")
    helps = {
        "cfpb": "consumer complaints of the CFPB",
        "accounts": "accounts with their parents",
        "uci-bank": "people with their last contact",
        "csv": "records by field name",
    }
    for kind, help_ in helps.items():
        leaf = _leaf(kinds, kind, help_)
        if kind == "csv":
            leaf.add_argument("entity", choices=list(CLASSES))
            leaf.add_argument(
                "--put", action="store_true", help="bring records up to date that have the same id, external reference or code"
            )
            leaf.add_argument(
                "--empty-clears", action="store_true", help="an empty cell clears its field; else it leaves the field as it is"
            )
            leaf.add_argument("--raw", action="store_true", help="the file was exported with --raw")
        leaf.add_argument("path", metavar="PATH")
        leaf.add_argument(
            "--allow-impossible-dates",
            action="store_true",
            help="record dates that cannot be as they are, with the mark date_doubt; takes a manager",
        )
        leaf.add_argument("--rejected", metavar="PATH", help="write the rejected rows there, to mend and import again")


def _db(into: argparse.ArgumentParser) -> None:
    actions = into.add_subparsers(dest="verb", required=True, metavar="VERB")
    _leaf(actions, "check", "read everything and list what does not hold together")
    _leaf(actions, "rebuild", "bring indexes, unique keys and counts up to the records")
    backup = _leaf(actions, "backup", "write one snapshot of everything, while others work")
    backup.add_argument("target", metavar="PATH", help="a new database file; with --stream a stream, - for standard output")
    backup.add_argument("--stream", action="store_true", help="write a portable stream instead of a database file")
    backup.add_argument("--replace", action="store_true", help="replace a file that is there")
    restore = _leaf(actions, "restore", "make the database of a stream that backup wrote")
    restore.add_argument("source", metavar="PATH", help="the stream, - for standard input")
    restore.add_argument("--replace", action="store_true", help="replace a database that is there")
    salvage = _leaf(actions, "salvage", "write what can be read of a damaged database into a new one")
    salvage.add_argument("target", metavar="PATH", help="the new database file")
    salvage.add_argument("--replace", action="store_true", help="replace a database that is there")
    compact = _leaf(actions, "compact", "make the file small again")
    compact.add_argument("--wait", type=float, default=5.0, metavar="SECONDS", help="how long to wait for readers")
    statistics = _leaf(actions, "statistics", "what the database holds")
    statistics.add_argument("--spaces", action="store_true", help="count the bytes of each space too")


def _policies(into: argparse.ArgumentParser) -> None:
    actions = into.add_subparsers(dest="verb", required=True, metavar="VERB")
    file = "a policy file, - for standard input, pack:NAME for one of the package"
    _leaf(actions, "check", "what is wrong with a policy file; needs no database").add_argument("file", help=file)
    _leaf(actions, "show", "a policy merged, each figure with its origin").add_argument(
        "version", nargs="?", help="a version that was adopted; left out, the one in force"
    )
    diff = _leaf(actions, "diff", "the figures in which two policies differ")
    diff.add_argument("before", help="a version or a policy file")
    diff.add_argument("after", help="a version or a policy file")
    adopt = _leaf(actions, "adopt", "adopt a policy file")
    adopt.add_argument("file", help=file)
    adopt.add_argument("--effective-on", metavar="DATE", type=_day, help="the first day, goes before that of the file")
    adopt.add_argument("--approver", metavar="NAME", help="who approved it, goes before that of the file")
    _leaf(actions, "versions", "the versions that were adopted")
    what_if = _leaf(actions, "what-if", "what a policy file would change; changes nothing")
    what_if.add_argument("file", help=file)
    what_if.add_argument("--changes", action="store_true", help="list the customers in place of the counts")
    what_if.add_argument("--limit", type=_count, default=1000)
    _leaf(actions, "reclassify", "sort every customer anew under the policy in force")


def _plugins(into: argparse.ArgumentParser) -> None:
    actions = into.add_subparsers(dest="verb", required=True, metavar="VERB")
    _leaf(actions, "list", "the plugins that --plugin loads")
    load = _leaf(actions, "load", "load a plugin and say whether that works")
    load.add_argument("path", metavar="PATH", help="a library with its manifest, or pack:NAME for one of the package")
    load.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="override a figure")
    check = _leaf(actions, "check", "try a plugin, each check in a process of its own")
    check.add_argument("path", metavar="PATH", help="the library, with its manifest beside it")
    check.add_argument("--cases", action="append", default=[], metavar="DIR", help="the plugin's own cases")
    check.add_argument("--only", metavar="CHECK", help="one check, in this process; the exit code is 1 when it fails")
    check.add_argument("--report", metavar="FILE", help="with --only, write the result there")
    check.add_argument("--timeout", type=float, default=60.0, metavar="SECONDS", help="the longest that a check may take")
    # Without the options of a database: here --lang is the language that the plugin is written in.
    new = actions.add_parser("new", help="make a skeleton with a rule, a case and a test")
    new.add_argument("name", metavar="NAME", help="such as acme_rules")
    new.add_argument("--industry", required=True, metavar="WORD", help="the prefix of its fields, such as retail")
    new.add_argument("--lang", choices=("rust", "c"), default="rust")
    new.add_argument("--sdk", metavar="PATH", help="a crm-plugin-sdk to use in place of the copy that comes along, for Rust")
    described = _leaf(actions, "manifest", "write the manifest beside a library")
    described.add_argument("path", metavar="LIBRARY")
    described.add_argument("description", metavar="PLUGIN_TOML", help="id, version, capabilities, entities, hides")
    described.add_argument("--platform", metavar="NAME", help="such as linux-aarch64; this one when left out")
    sdk = _leaf(actions, "sdk", "write what a vendor builds against: header, crates, documents")
    sdk.add_argument("folder", metavar="FOLDER")
    forget = _leaf(actions, "forget", "need a plugin no longer; its fields and their values stay")
    forget.add_argument("id", metavar="ID", help="such as crmkernel.banking")
    _leaf(actions, "keys", "the keys that may sign plugins")
    for name, help_ in (("trust", "trust a public key of minisign"), ("distrust", "trust a key no longer")):
        _leaf(actions, name, help_).add_argument("key", metavar="KEY")
