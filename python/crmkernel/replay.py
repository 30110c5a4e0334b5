"""Replays complaints of the past under the policy in force: each opened on its real day, so that the rules give it a
deadline, and then closed on its real day.

    python -m crmkernel.replay --data ../shared/data plugins/policies/one.toml plugins/policies/other.toml

A complaint is late when it was closed behind the last day that the policy gave it. Then each policy is tried on the same
complaints as they were on the day on which they came in, decided by the policy named before it: what `what_if` says of
every grade and deadline is compared, row by row, with a run on a copy. Nothing is kept.
"""

from __future__ import annotations

import argparse
import datetime
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
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


Row = tuple[str, int, str, str, str]
"""What differs: entity, id, field, the value before and after, as texts."""

DECIDED = ("grade", "acknowledge_by", "respond_by", "deadline_on", "escalate_by")
"""The fields of a complaint that a policy decides."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """What `what_if` says of a policy, against a run of that policy on a copy."""

    complaints: int
    """How many complaints there are; every one was looked at."""
    told: frozenset[Row]
    """What `what_if` says would change."""
    done: frozenset[Row]
    """What did change."""

    @property
    def agrees(self) -> bool:
        """Whether both are the same, row by row."""
        return self.told == self.done

    def __str__(self) -> str:
        if self.agrees:
            return f"{self.complaints} complaints, {len(self.told)} rows would change and did, row by row"
        only = f"{len(self.told - self.done)} rows only in what-if, {len(self.done - self.told)} only in the run"
        return f"{self.complaints} complaints: {only}, the first is {min(self.told ^ self.done)}"


def as_received(db: Database, path: Path) -> None:
    """Takes the complaints of a file as they were on the day on which they came in: none is closed."""
    with open(":memory:", actor="replay") as past:
        replay(past, path)
        names = {customer.id: customer.name for customer in past.customers.find()}
        numbers = {old: number for number, old in enumerate(names, 1)}
        db.customers.add_many({"name": name} for name in names.values())
        facts = ("issue", "product", "region", "channel", "received_at", "external_system", "external_id")
        db.complaints.add_many(
            {"customer": numbers[complaint.customer]} | {fact: complaint[fact] for fact in facts}
            for complaint in past.complaints.find()
        )


def compare(db: Database, policy: Path) -> Agreement:
    """Tries a policy with `what_if`, adopts it on a copy of the database, and compares the two row by row."""
    # The lists are bounded, the counts are not: every row is told.
    told = db.policy.what_if(policy, limit=1_000_000)
    with tempfile.TemporaryDirectory() as folder:
        db.backup(Path(folder) / "copy.crm")
        with open(Path(folder) / "copy.crm", actor="replay") as copy:
            copy.policy.adopt(policy, effective_on=datetime.datetime.now(ZoneInfo(copy.time_zone)).date(), approver="replay")
            copy.policy.reclassify()
            copy.policy.reassess()
            done = frozenset(_differences(db, copy))
            count = copy.complaints.find().count()
    rows = (("complaint", row["id"], row["what"], row["before"], row["after"]) for row in told.due_changes)
    classes = (("customer", customer, name, before, after) for customer, name, before, after, _ in told.changes)
    return Agreement(count, frozenset(rows) | frozenset(classes), done)


def _differences(before: Database, after: Database) -> Iterator[Row]:
    """What differs between the complaints and the customers of two databases, by looking at every one."""
    for entity, fields in (("complaint", DECIDED), ("customer", ("class",))):
        for new in after.collection(entity).find():
            old = before.collection(entity).get(new.id)
            for field in fields:
                was, now = (_text(record[field]) for record in (old, new))
                if was != now:
                    yield entity, new.id, field, was, now


def _text(value: object) -> str:
    if isinstance(value, datetime.datetime):
        value = value.astimezone(datetime.UTC)
        return value.strftime("%Y-%m-%dT%H:%M:%S") + (f".{value.microsecond:06}" if value.microsecond else "") + "Z"
    return "" if value is None else str(value)


def files(folder: Path) -> Iterator[Path]:
    """The files of complaints under a folder of data."""
    yield from sorted(folder.glob("tickets/*.csv"))
    yield from sorted(folder.glob("complaints/cfpb*.csv"))


def main(argv: Sequence[str] | None = None) -> int:
    """Prints for each file and policy how many deadlines were missed, and whether what-if agrees with a run; 1 if it does not."""
    parser = argparse.ArgumentParser(description="replays complaints of the past under policies, prints the late ones")
    parser.add_argument("--data", type=Path, required=True, help="the folder with tickets/ and complaints/")
    parser.add_argument("policies", type=Path, nargs="+", help="the policy files to try, each by itself")
    arguments = parser.parse_args(argv)
    differ = 0
    for path in files(arguments.data):
        for policy in arguments.policies:
            with open(":memory:", actor="replay") as db:
                db.policy.adopt(policy, effective_on=EFFECTIVE_ON, approver="replay")
                replay(db, path)
                print(f"{path.name} under {db.policy.version}: {count_late(db)}")
        for before, after in pairwise(arguments.policies):
            with open(":memory:", actor="replay") as db:
                db.policy.adopt(before, effective_on=EFFECTIVE_ON, approver="replay")
                as_received(db, path)
                agreement = compare(db, after)
                print(f"{path.name}, what-if from {before.stem} to {after.stem}: {agreement}")
                differ += not agreement.agrees
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
