"""Rules in Python: what a plugin object offers, with the same hooks as the C plugin ABI."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from ._native import Change, Decision, Violation


@dataclass(frozen=True, slots=True)
class ComplaintAnswer:
    """What a plugin decides about a complaint; what it leaves out stays as the kernel decided."""

    deadline_on: datetime.date | None = None
    """The last day for settling the complaint."""
    decisions: tuple[Decision, ...] = ()
    """Why; at least one decision about `deadline_on` when that is given."""


@runtime_checkable
class Plugin(Protocol):
    """Rules that are added to the kernel's own by `Database.register`. A plugin may leave a hook out.

    Hooks are pure: the same change gives the same answer. Any thread may call them. They may not use the database.
    An exception means that the plugin failed: the change is not committed and raises `PluginFailedError`.
    A plugin that has an attribute `policy`, the text of a policy file, brings the figures of its industry with it: they
    lie above the built-in policy and below that of the company.
    """

    @property
    def id(self) -> str:
        """The plugin's id, such as `acme.credit`."""

    @property
    def version(self) -> str:
        """The plugin's version."""

    def validate(self, change: Change) -> Iterable[Violation] | None:
        """Refuses a change by naming violations; none lets it pass."""

    def complaint(self, change: Change) -> ComplaintAnswer | None:
        """Decides about a complaint that is added or changed; `None` has no opinion."""
