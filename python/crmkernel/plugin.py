"""Rules in Python: what a plugin object offers, with the same hooks as the C plugin ABI."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, Protocol, TypeAlias, runtime_checkable

from ._native import Change, Decision, Money, Violation

Quantity: TypeAlias = str | int | bool | datetime.date | datetime.datetime | Money | Fraction
"""What is decided and computed. No `float`: a ratio is a `Fraction`."""


@dataclass(frozen=True, slots=True)
class Decided:
    """A value, typed, and the decision that says why; the decision's subject says what it is the value of."""

    value: Quantity | None
    """`None` decides that the subject is absent, which takes back what the plugin decided before; not for `compute`."""
    decision: Decision
    kept: bool = False
    """Whether the value stays when the plugin decides it no longer; without it the value is withdrawn then."""


@dataclass(frozen=True, slots=True)
class ComplaintAnswer:
    """What a plugin decides about a complaint; what it leaves out stays as the kernel decided."""

    deadline_on: datetime.date | None = None
    """The last day for settling the complaint."""
    decisions: tuple[Decision, ...] = ()
    """Why; a decision about each value that is given."""
    grade: str | None = None
    """How grave it is: the name of a grade."""
    owner: str | None = None
    """Who is to be responsible, when nobody is."""
    violations: tuple[Violation, ...] = ()
    """Why it may not be closed; only for a change that settles an open complaint."""
    absent: tuple[Decision, ...] = ()
    """What the plugin takes back: a decision about each subject that is absent from now on."""
    kept: tuple[str, ...] = ()
    """The subjects whose value stays when the plugin decides it no longer."""


@dataclass(frozen=True, slots=True)
class CustomField:
    """A custom field that a plugin needs; the database declares it when the plugin is registered."""

    entity: str
    name: str
    """A prefix of the plugin's own and a name, such as `acme.tier`; the prefix belongs to the plugin from then on."""
    type: Literal["text", "int", "bool", "date", "instant", "money", "ref"]
    label: str
    label_zh: str
    len_max: int = 200
    min: int = -(2**63)
    max: int = 2**63 - 1
    references: str | None = None
    sensitive: bool = False
    indexed: bool = False


@dataclass(frozen=True, slots=True)
class Parameter:
    """An argument or a result of a calculator."""

    name: str
    type: Literal["text", "int", "bool", "date", "instant", "money", "ratio"]
    label: str = ""
    label_zh: str = ""
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Calculator:
    """A calculator that a plugin offers."""

    name: str
    """A prefix of the plugin's and a name, such as `acme.discount`."""
    arguments: tuple[Parameter, ...]
    results: tuple[Parameter, ...]
    label: str = ""
    label_zh: str = ""


@runtime_checkable
class Plugin(Protocol):
    """Rules that are added to the kernel's own by `Database.register`. A plugin may leave any hook out.

    Hooks are pure: the same change gives the same answer. Any thread may call them. They may not use the database.
    An exception means that the plugin failed: the change is not committed and raises `PluginFailedError`.
    A plugin that has an attribute `policy`, the text of a policy file, brings the figures of its industry with it: they
    lie above the built-in policy and below that of the company.

    The other hooks, with the same meaning as in the C ABI, are those of `DecidingPlugin` and `ComputingPlugin`; the
    attributes `fields` (of `CustomField`), `calculators` (of `Calculator`) and `policy` (TOML) declare.

    The database keeps that it needs the plugin, by its id and version, and says so when it is opened without. Two more
    attributes say what the plugin is about: `entities`, the names of the entities about which it is asked, and `hides`,
    the fields that `rights` may hide, as `entity.field`. Left out, they are all entities and all their fields: without the
    plugin the database then writes no record and hides every field below the level manage.
    """

    @property
    def id(self) -> str:
        """The plugin's id, such as `acme.credit`."""

    @property
    def version(self) -> str:
        """The plugin's version."""


class DecidingPlugin(Plugin, Protocol):
    """The hooks about a change."""

    fields: Sequence[CustomField]

    def validate(self, change: Change) -> Iterable[Violation] | None:
        """Refuses a change by naming violations; none lets it pass."""

    def classify(self, change: Change) -> Iterable[Decided] | None:
        """Decides `class` of a customer, and the plugin's own custom fields of any record.

        As with `cadence` and `complaint`: what the plugin decided and no longer decides is withdrawn, unless it was `kept`;
        what a caller gave stands until a caller clears it."""

    def cadence(self, change: Change) -> Iterable[Decided] | None:
        """Decides `next_due_on` of a customer."""

    def complaint(self, change: Change) -> ComplaintAnswer | None:
        """Decides about a complaint that is added or changed; `None` has no opinion."""

    def rights(self, change: Change) -> Iterable[str] | None:
        """Names the fields of the record `change.after` that `change.actor` may not read."""


class ComputingPlugin(Plugin, Protocol):
    """Named calculators, called by `Database.compute`."""

    calculators: Sequence[Calculator]

    def compute(self, name: str, arguments: Mapping[str, Quantity | None]) -> Iterable[Decided]:
        """Computes: a decided value for each result. A `ValueError` says that the arguments are not allowed."""
