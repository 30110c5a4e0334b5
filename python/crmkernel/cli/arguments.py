"""The arguments of the command line."""

from __future__ import annotations

import argparse
import getpass
import os

from .. import __version__
from .entities import CLASSES, verbs

FORMATS = ("table", "json", "ndjson", "csv")
SHELLS = ("bash", "zsh", "fish")
DATABASE_DEFAULT = "company.crm"

_EPILOG = """values: text and names as they are, dates 2026-09-16, instants 2026-09-16T09:00:00+08:00,
money in minor units "1250 CNY", booleans true or false; an empty value clears the field.
exit codes: 0 ok, 1 failure, 2 usage, 3 not found, 4 refused by a rule, 5 locked, 130 interrupted."""


def parser() -> argparse.ArgumentParser:
    """The parser of the command line."""
    top = argparse.ArgumentParser(
        prog="crmkernel",
        description="customers, visits and complaints with their regulations, on one file",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"crmkernel {__version__}")
    _common(top, top_level=True)
    nouns = top.add_subparsers(dest="noun", required=True, metavar="NOUN")
    for entity in CLASSES:
        _entity(nouns.add_parser(entity, help=f"{entity}s: list, get, add, ..."), entity)
    _imports(nouns.add_parser("import", help="bring in files"))
    export = _leaf(nouns, "export", "all records of an entity with all their fields")
    export.add_argument("entity", choices=list(CLASSES))
    _conditions(export)
    changes = _leaf(nouns, "changes", "the journal behind a position")
    changes.add_argument("--since", type=int, default=0, metavar="SEQUENCE")
    changes.add_argument("--limit", type=int, default=1000)
    _leaf(nouns, "verify", "read everything and say what does not hold together")
    _db(nouns.add_parser("db", help="the database: check, rebuild, backup, restore, salvage, compact, statistics"))
    _leaf(nouns, "fields", "the fields of an entity").add_argument("entity", choices=list(CLASSES))
    _policies(nouns.add_parser("policy", help="the company's regulation: check, show, diff, adopt, ..."))
    _plugins(nouns.add_parser("plugin", help="plugins: list, load, check, new, keys"))
    completion = _leaf(nouns, "completion", "print the script for a shell's completion")
    completion.add_argument("shell", choices=SHELLS)
    return top


def _common(into: argparse.ArgumentParser, *, top_level: bool = False) -> None:
    """The options that may stand before the noun or behind the verb."""

    def default(value: object) -> object:
        return value if top_level else argparse.SUPPRESS

    where = os.environ.get("CRMKERNEL_DB", DATABASE_DEFAULT)
    into.add_argument("--db", default=default(where), metavar="PATH", help=f"the database, now {where} (CRMKERNEL_DB)")
    into.add_argument("--actor", default=default(_user()), metavar="NAME", help="who asks")
    into.add_argument("--level", default=default("manage"), choices=("read", "edit", "manage"))
    into.add_argument("--busy-timeout", type=float, default=default(5.0), metavar="SECONDS")
    into.add_argument("--format", default=default("table"), choices=FORMATS)
    into.add_argument("--lang", default=default("en"), choices=("en", "zh"))
    into.add_argument("--sensitive", action="store_true", default=default(False), help="show personal fields too")
    into.add_argument("--quiet", action="store_true", default=default(False), help="tell no progress")
    into.add_argument(
        "--plugin", action="append", default=default([]), metavar="PATH", help="load a plugin for this command"
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
    listing.add_argument("--limit", type=int, default=100)
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
        due.add_argument("--on", metavar="DATE", help="due up to this day, today when left out")
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
    into.add_argument("--order", metavar="[-]FIELD")
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
            leaf.add_argument("--put", action="store_true", help="bring existing records up to date")
        leaf.add_argument("path", metavar="PATH")
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
    file = "a policy file, - for standard input"
    _leaf(actions, "check", "what is wrong with a policy file; needs no database").add_argument("file", help=file)
    _leaf(actions, "show", "a policy merged, each figure with its origin").add_argument(
        "version", nargs="?", help="a version that was adopted; left out, the one in force"
    )
    diff = _leaf(actions, "diff", "the figures in which two policies differ")
    diff.add_argument("before", help="a version or a policy file")
    diff.add_argument("after", help="a version or a policy file")
    adopt = _leaf(actions, "adopt", "adopt a policy file")
    adopt.add_argument("file", help=file)
    adopt.add_argument("--effective-on", metavar="DATE", help="the first day, goes before that of the file")
    adopt.add_argument("--approver", metavar="NAME", help="who approved it, goes before that of the file")
    _leaf(actions, "versions", "the versions that were adopted")
    what_if = _leaf(actions, "what-if", "what a policy file would change; changes nothing")
    what_if.add_argument("file", help=file)
    what_if.add_argument("--changes", action="store_true", help="list the customers in place of the counts")
    what_if.add_argument("--limit", type=int, default=1000)
    _leaf(actions, "reclassify", "sort every customer anew under the policy in force")


def _plugins(into: argparse.ArgumentParser) -> None:
    actions = into.add_subparsers(dest="verb", required=True, metavar="VERB")
    _leaf(actions, "list", "the plugins that --plugin loads")
    load = _leaf(actions, "load", "load a plugin and say whether that works")
    load.add_argument("path", metavar="PATH")
    load.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="override a figure")
    check = _leaf(actions, "check", "try a plugin, each check in a process of its own")
    check.add_argument("path", metavar="PATH", help="the library, with its manifest beside it")
    check.add_argument("--cases", action="append", default=[], metavar="DIR", help="the plugin's own cases")
    check.add_argument("--only", metavar="CHECK", help="one check, in this process")
    check.add_argument("--timeout", type=float, default=60.0, metavar="SECONDS", help="the longest that a check may take")
    # Without the options of a database: here --lang is the language that the plugin is written in.
    new = actions.add_parser("new", help="make a skeleton with a rule, a case and a test")
    new.add_argument("name", metavar="NAME", help="such as acme_rules")
    new.add_argument("--industry", required=True, metavar="WORD", help="the prefix of its fields, such as retail")
    new.add_argument("--lang", choices=("rust", "c"), default="rust")
    new.add_argument("--sdk", metavar="PATH", help="where crm-plugin-sdk lies, for a skeleton in Rust")
    _leaf(actions, "keys", "the keys that may sign plugins")
    for name, help_ in (("trust", "trust a public key of minisign"), ("distrust", "trust a key no longer")):
        _leaf(actions, name, help_).add_argument("key", metavar="KEY")
