"""Values that are typed as text: read by the type of their field."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any

from .._native import Collection, FieldInfo, Money, Record
from ..errors import InvalidArgumentError, UnknownFieldError, WrongTypeError

_OPS_WITHOUT_VALUE = ("is_set", "is_absent")


def parse(info: FieldInfo, text: str) -> Any:
    """The value of a field; an empty text is `None`."""
    if text == "":
        return None
    try:
        return _READERS.get(info.type, str)(text)
    except ValueError:
        form = _FORMS[info.type]
        raise WrongTypeError(f"field {info.name} takes {info.type}, such as {form}", {"field": info.name}) from None


def _instant(text: str) -> datetime.datetime:
    instant = datetime.datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError("no time zone")
    return instant


def _bool(text: str) -> bool:
    return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}.get(text.lower()) or _no(text)


def _no(text: str) -> bool:
    if text.lower() not in ("false", "no", "0"):
        raise ValueError("neither true nor false")
    return False


def _money(text: str) -> Money:
    amount, _, currency = text.partition(" ")
    return Money(int(amount), currency)


_READERS: dict[str, Any] = {
    "int": int,
    "ref": int,
    "bool": _bool,
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
    "money": "1250 CNY",
}


def _info(fields: dict[str, FieldInfo], name: str) -> FieldInfo:
    if name not in fields:
        raise UnknownFieldError(f"there is no field {name}; there are {', '.join(fields)}", {"field": name})
    return fields[name]


def assignments(collection: Collection[Record], given: Iterable[str]) -> dict[str, Any]:
    """The values of `FIELD=VALUE`."""
    fields = {info.name: info for info in collection.fields()}
    values = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            raise InvalidArgumentError(f"{text!r} is not of the form FIELD=VALUE")
        values[name] = parse(_info(fields, name), value)
    return values


def conditions(collection: Collection[Record], given: Iterable[str]) -> dict[str, Any]:
    """The conditions of `FIELD=VALUE` or `FIELD__OP=VALUE`; the values of `in` are separated by commas."""
    fields = {info.name: info for info in collection.fields()}
    found: dict[str, Any] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            raise InvalidArgumentError(f"{text!r} is not of the form FIELD=VALUE or FIELD__OP=VALUE")
        field, _, op = name.partition("__")
        info = _info(fields, field)
        if op in _OPS_WITHOUT_VALUE:
            found[name] = _bool(value or "true")
        elif op == "in":
            found[name] = [parse(info, part) for part in value.split(",")]
        else:
            found[name] = parse(info, value)
    return found
