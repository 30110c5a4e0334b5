"""Replays complaints of the past under the policy in force: each opened on its real day, so that the rules give it a
deadline, and then closed on its real day.

    python -m crmkernel.replay --data ../shared/data plugins/policies/one.toml plugins/policies/other.toml

A complaint is late when it was closed behind the last day that the policy gave it. Nothing is kept: each policy gets a
database in memory of its own.
"""

from __future__ import annotations

import argparse
import datetime
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from ._native import Database, open
from .importers import ImportReport, import_cfpb, import_tickets

EFFECTIVE_ON = datetime.date(2000, 1, 1)
"""From when on a policy that is tried is in force: before every date of the files."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """How the complaints of a database kept the deadlines that its policy gave them."""

    complaints: int
    """How many there are."""
    decided: int
    """How many of them the policy gave a deadline."""
    late: int
    """How many of those were closed behind it."""
    open: int
    """How many of those are not closed."""

    def __str__(self) -> str:
        return f"{self.complaints} complaints, {self.decided} with a deadline, {self.late} closed late, {self.open} open"


def count_late(db: Database) -> Replayed:
    """Counts the complaints that were closed behind their deadlines, each on its civil day."""
    zone = ZoneInfo(db.time_zone)
    complaints = decided = late = still_open = 0
    for complaint in db.complaints.find():
        complaints += 1
        if complaint.deadline_on is None:
            continue
        decided += 1
        if complaint.closed_at is None:
            still_open += 1
        elif complaint.closed_at.astimezone(zone).date() > complaint.deadline_on:
            late += 1
    return Replayed(complaints, decided, late, still_open)


def replay(db: Database, path: Path) -> ImportReport:
    """Replays a file of a known form: `cfpb*.csv`, else tickets."""
    if path.name.startswith("cfpb"):
        return import_cfpb(db, path, opened_first=True)
    return import_tickets(db, path)


def files(folder: Path) -> Iterator[Path]:
    """The files of complaints under a folder of data."""
    yield from sorted(folder.glob("tickets/*.csv"))
    yield from sorted(folder.glob("complaints/cfpb*.csv"))


def main(argv: Sequence[str] | None = None) -> int:
    """Prints for each file and policy how many deadlines were missed."""
    parser = argparse.ArgumentParser(description="replays complaints of the past under policies, prints the late ones")
    parser.add_argument("--data", type=Path, required=True, help="the folder with tickets/ and complaints/")
    parser.add_argument("policies", type=Path, nargs="+", help="the policy files to try, each by itself")
    arguments = parser.parse_args(argv)
    for path in files(arguments.data):
        for policy in arguments.policies:
            with open(":memory:", actor="replay") as db:
                db.policy.adopt(policy, effective_on=EFFECTIVE_ON, approver="replay")
                replay(db, path)
                print(f"{path.name} under {db.policy.version}: {count_late(db)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
