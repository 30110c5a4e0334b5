"""The exceptions: one class for each kind of error of the kernel, under a class for each range of kinds.

Every exception has `kind`, `number`, `message`, `context` and `violations`; the notes of a refused change name every
violation, so that a traceback explains itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from ._native import Violation


class CrmError(Exception):
    """An error of the kernel."""

    kind: str = ""
    """The stable name of the kind, as `not_found`."""
    number: int = 0
    """The fixed number of the kind; the C status is this number, negated."""
    message: str
    """What was found and what is allowed."""
    context: Mapping[str, str]
    """Named values that tell more."""
    violations: tuple[Violation, ...]
    """Every reason why a rule refuses the change."""

    _classes: ClassVar[dict[str, type[CrmError]]] = {}

    def __init_subclass__(cls, *, kind: str = "", number: int = 0, **rest: Any) -> None:
        super().__init_subclass__(**rest)
        if kind:
            cls.kind, cls.number = kind, number
            CrmError._classes[kind] = cls

    def __init__(
        self,
        message: str,
        context: Mapping[str, str] | Iterable[tuple[str, str]] = (),
        violations: Iterable[Violation] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.context = MappingProxyType(dict(context))
        self.violations = tuple(violations)

    def __str__(self) -> str:
        return self.message

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.message, dict(self.context), self.violations)


class CallerError(CrmError):
    """The caller asked for something that is not allowed."""


class RuleError(CrmError):
    """A rule refuses the change."""


class StoreError(CrmError):
    """The file or the disk does not do what is asked."""


class PluginError(CrmError):
    """A plugin cannot be loaded or failed."""


class RightsError(CrmError):
    """The actor may not do that."""


class MisuseError(CallerError, kind="misuse", number=1):
    """A handle was used by two threads at once, after its free, or in a state that does not allow the call."""


class InvalidArgumentError(CallerError, ValueError, kind="invalid_argument", number=2):
    """An argument has a value that is not allowed."""


class InvalidUtf8Error(CallerError, ValueError, kind="invalid_utf8", number=3):
    """A text is not valid UTF-8."""


class NullArgumentError(CallerError, ValueError, kind="null_argument", number=4):
    """A pointer that must not be NULL is NULL."""


class WrongTypeError(CallerError, TypeError, kind="wrong_type", number=5):
    """A value has another type than its field."""


class UnknownFieldError(CallerError, KeyError, kind="unknown_field", number=6):
    """No field of that id or name is declared for the entity."""


class NotFoundError(CallerError, LookupError, kind="not_found", number=7):
    """No record, code or external reference of that value exists."""


class UnsupportedError(CallerError, NotImplementedError, kind="unsupported", number=8):
    """The call asks for something that this version does not know."""


class BadHandleError(CallerError, kind="bad_handle", number=9):
    """A handle is not one that the library gave out, was freed, or is of another type."""


class CancelledError(CallerError, kind="cancelled", number=10):
    """The caller cancelled the work."""


class ForkedError(CallerError, kind="forked", number=11):
    """The database was opened in another process and carried over by fork."""


class RejectedError(RuleError, kind="rejected", number=100):
    """One or more rules refuse the change; the violations say which."""


class TransitionError(RuleError, kind="transition", number=101):
    """The record's state does not allow the command."""


class DuplicateError(RuleError, kind="duplicate", number=102):
    """A unique code or external reference is taken by another record."""


class ConflictError(RuleError, kind="conflict", number=103):
    """The record was changed since the revision that the caller read."""


class ReferenceError(RuleError, kind="reference", number=104):
    """A reference names a record that does not exist."""


class CalendarYearMissingError(RuleError, kind="calendar_year_missing", number=105):
    """The working-day calendar has no data for a year that the rule needs."""


class IoError(StoreError, OSError, kind="io", number=200):
    """Reading or writing the file failed."""


class LockedError(StoreError, TimeoutError, kind="locked", number=201):
    """Another process holds the database."""


class NotADatabaseError(StoreError, kind="not_a_database", number=202):
    """The file is not a database of this kernel."""


class NewerVersionError(StoreError, kind="newer_version", number=203):
    """The database was written by a newer version of the kernel."""


class CorruptError(StoreError, kind="corrupt", number=204):
    """Stored bytes are damaged."""


class DiskFullError(StoreError, OSError, kind="disk_full", number=205):
    """The disk is full."""


class ReadOnlyError(StoreError, PermissionError, kind="read_only", number=206):
    """The file or the folder does not allow writing."""


class BusyError(StoreError, kind="busy", number=207):
    """Another writer committed first, and trying again did not help."""


class FileReplacedError(StoreError, kind="file_replaced", number=208):
    """The file of the database, or its log, was replaced, moved or removed while it was open, or the log was cut short."""


class PluginUnknownError(PluginError, kind="plugin_unknown", number=300):
    """No plugin of that name or at that path."""


class PluginManifestError(PluginError, kind="plugin_manifest", number=301):
    """The plugin's manifest is missing or not valid."""


class PluginAbiError(PluginError, kind="plugin_abi", number=302):
    """The plugin was built for another plugin ABI."""


class PluginHashError(PluginError, kind="plugin_hash", number=303):
    """The plugin's file has another SHA-256 than its manifest says."""


class PluginNotAllowedError(PluginError, kind="plugin_not_allowed", number=304):
    """The plugin's path is not on the list of allowed paths."""


class PluginFailedError(PluginError, kind="plugin_failed", number=305):
    """A hook of the plugin failed; the change was not committed."""


class PluginQuarantinedError(PluginError, kind="plugin_quarantined", number=306):
    """The plugin failed repeatedly and is not called any more."""


class PluginSignatureError(PluginError, kind="plugin_signature", number=307):
    """The plugin's manifest is not signed by a key that the database trusts."""


class PluginFieldError(PluginError, kind="plugin_field", number=308):
    """The plugin declares a custom field that the database does not take."""


class PluginMissingError(PluginError, kind="plugin_missing", number=309):
    """The database needs a plugin that is not loaded, and the plugin rules the record."""


class PluginOlderError(PluginError, kind="plugin_older", number=310):
    """The database has seen a newer version of the plugin."""


class ForbiddenError(RightsError, PermissionError, kind="forbidden", number=400):
    """The actor's level does not allow the command."""


class BugError(CrmError, kind="bug", number=900):
    """A defect of the kernel; nothing was written. Please report it."""


_RANGES: dict[int, type[CrmError]] = {0: CallerError, 1: RuleError, 2: StoreError, 3: PluginError, 4: RightsError}


def class_of(kind: str, number: int) -> type[CrmError]:
    """The class of a kind; one that is newer than this package gets the class of its range."""
    return CrmError._classes.get(kind) or _RANGES.get(number // 100, BugError)


def from_kernel(
    kind: str,
    number: int,
    message: str,
    context: list[tuple[str, str]],
    violations: tuple[Violation, ...],
    cause: str | None,
) -> CrmError:
    """The exception of an error of the kernel, with its notes."""
    error = class_of(kind, number)(message, context, violations)
    if not error.kind:
        error.kind, error.number = kind, number
    for violation in violations:
        error.add_note(note_of(violation))
    if cause:
        error.add_note(f"caused by: {cause}")
    return error


def note_of(violation: Violation) -> str:
    """One violation as a line: field, code, both messages, rule with its source, and plugin."""
    where = violation.field or "the record"
    basis = ", ".join(part for part in (violation.rule, violation.source, violation.plugin) if part)
    texts = " / ".join(part for part in (violation.message, violation.message_zh) if part)
    return f"{where} [{violation.code}]: {texts}" + (f" ({basis})" if basis else "")
