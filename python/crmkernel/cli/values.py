"""Values that are typed as text: read by the type of their field."""

from __future__ import annotations

import datetime
from collections.abc import Container, Iterable, Iterator
from typing import Any

from .._native import Collection, FieldInfo, Money, Record
from ..errors import InvalidArgumentError, UnknownFieldError, WrongTypeError
from .language import Refused

_OPS_WITHOUT_VALUE = ("is_set", "is_absent")


def parse(info: FieldInfo, text: str) -> Any:
    """The value of a field; an empty text is `None`."""
    if text == "":
        return None
    try:
        return _READERS.get(info.type, str)(text)
    except ValueError:
        form = _FORMS[info.type]
        found = "" if info.sensitive else f", found {text[:40]!r}"
        raise WrongTypeError(f"field {info.name} takes {info.type}, such as {form}{found}", {"field": info.name}) from None


def _instant(text: str) -> datetime.datetime:
    instant = datetime.datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError("no time zone")
    return instant


def _truth(text: str) -> bool:
    truth = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}.get(text.lower())
    if truth is None:
        raise ValueError("neither true nor false")
    return truth


def _bool(info: FieldInfo, text: str) -> bool:
    try:
        return _truth(text)
    except ValueError:
        raise Refused(f"{info.name} takes true or false, found {text!r}", f"{info.name} 只取 true 或 false，实际为 {text!r}") from None


def _money(text: str) -> Money:
    try:
        return Money.parse(text)
    except InvalidArgumentError:
        raise ValueError("no amount") from None


_READERS: dict[str, Any] = {
    "int": int,
    "ref": int,
    "bool": _truth,
    "date": datetime.date.fromisoformat,
    "instant": _instant,
    "money": _money,
}
_FORMS = {
    "int": "12",
    "ref": "12",
    "bool": "true",
    "date": "2026-09-16",
    "instant": "2026-09-16T09:00:00+08:00",
    "money": "12.50 CNY",
}


def _info(fields: dict[str, FieldInfo], name: str) -> FieldInfo:
    if name not in fields:
        raise UnknownFieldError(f"there is no field {name}; there are {', '.join(fields)}", {"field": name})
    return fields[name]


def assignments(collection: Collection[Record], given: Iterable[str]) -> dict[str, Any]:
    """The values of `FIELD=VALUE`, each field once."""
    fields = {info.name: info for info in collection.fields()}
    values: dict[str, Any] = {}
    for name, value in _pairs(given, "FIELD=VALUE", values):
        values[name] = parse(_info(fields, name), value)
    return values


def conditions(collection: Collection[Record], given: Iterable[str]) -> list[tuple[str, str, list[Any]]]:
    """The conditions of `FIELD=VALUE` or `FIELD__OP=VALUE`: field, operator and values. A record meets all of them.

    The values of `in` are separated by commas; without any it is met by no record. An empty value asks for a field that is
    absent. The same condition twice is refused, for what is meant may be either of two values, which `in` asks for.
    """
    fields = {info.name: info for info in collection.fields()}
    found: dict[str, tuple[str, str, list[Any]]] = {}
    for name, value in _pairs(given, "FIELD=VALUE / FIELD__OP=VALUE", found):
        field, _, op = name.partition("__")
        info = _info(fields, field)
        found[name] = (field, *_condition(info, op or "eq", value))
    return list(found.values())


def _condition(info: FieldInfo, op: str, value: str) -> tuple[str, list[Any]]:
    if op in _OPS_WITHOUT_VALUE:
        wanted = _bool(info, value or "true") == (op == "is_set")
        return ("is_set" if wanted else "is_absent"), []
    if op == "in":
        return op, [parse(info, part) for part in value.split(",")] if value else []
    if value == "" and op in ("eq", "ne"):
        return ("is_absent" if op == "eq" else "is_set"), []
    return op, [parse(info, value)]


def _pairs(given: Iterable[str], form: str, taken: Container[str]) -> Iterator[tuple[str, str]]:
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            raise Refused(f"{text!r} is not of the form {form}", f"{text!r} 的形式应为 {form}")
        if name in taken:
            raise Refused(
                f"{name} is given twice; for one of several values write {name.partition('__')[0]}__in=A,B",
                f"{name} 给了两次；取多个值之一请写 {name.partition('__')[0]}__in=A,B",
            )
        yield name, value
