"""The demonstration: imports the files under a folder, and shows what is open and what is due.

    python -m crmkernel.demo --data ../shared/data --db demo.crm --picture complaints.png
"""

from __future__ import annotations

import argparse
import datetime
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from ._native import Database, open
from .cli.commands import OPEN_STATES
from .cli.terminal import printable
from .importers import ImportReport, import_accounts, import_cfpb, import_uci_bank
from .plots import plot_complaints

SHOWN_MAX = 10
"""How many complaints and visits are printed."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the demonstration."""
    parser = argparse.ArgumentParser(description="imports the files under a folder, shows what is open and due")
    parser.add_argument("--data", type=Path, required=True, help="the folder with complaints/, pipeline/, contacts/")
    parser.add_argument("--db", type=Path, required=True, help="the database, created when it does not exist")
    parser.add_argument("--picture", type=Path, required=True, help="where the plot goes (PNG)")
    parser.add_argument("--plugin", type=Path, action="append", default=[], help="a plugin to load; may be repeated")
    parser.add_argument("--lang", choices=("en", "zh"), default="en")
    arguments = parser.parse_args(argv)
    with open(arguments.db, actor="demo") as db:
        # Customers first: a bank's rules ask for an identity that the files do not hold, and refuse them.
        show_reports(import_customers(db, arguments.data))
        for path in arguments.plugin:
            db.load_plugin(path)
        show_reports(import_complaints(db, arguments.data))
        plan_visits(db)
        show_open(db, arguments.lang)
        show_due(db)
        plot_complaints(db, arguments.picture)
    print(f"\ndatabase: {arguments.db.resolve()}\npicture:  {arguments.picture.resolve()}")
    return 0


def import_customers(db: Database, folder: Path) -> Iterator[tuple[str, ImportReport]]:
    """Imports every file of customers of a known form under a folder."""
    for path in sorted(folder.glob("pipeline/accounts.csv")):
        yield path.name, import_accounts(db, path, progress=True)
    contacts = [*folder.glob("contacts/uci_bank.zip"), *folder.glob("contacts/bank-full.csv")]
    for path in contacts[:1]:
        yield path.name, import_uci_bank(db, path, progress=True)


def import_complaints(db: Database, folder: Path) -> Iterator[tuple[str, ImportReport]]:
    """Imports every file of complaints of a known form under a folder."""
    for path in sorted(folder.glob("complaints/cfpb*.csv")):
        yield path.name, import_cfpb(db, path, progress=True)


def show_reports(reports: Iterable[tuple[str, ImportReport]]) -> None:
    """Prints what each import did, and its first rejected rows."""
    for name, report in reports:
        print(f"{name}: {report}")
        for row in report.rejected[:3]:
            print(printable(f"  rejected: row {row.row}, line {row.line}: {row.reason}"))


def plan_visits(db: Database) -> None:
    """Plans a visit to the three customers with the most open complaints, once."""
    counts = db.complaints.find(state__in=OPEN_STATES).count_by("customer")
    today = _today(db)
    for rank, customer in enumerate(sorted(counts, key=lambda id_: (-counts[id_], id_))[:3], 1):
        db.visits.put(
            external_system="demo.visit",
            external_id=str(customer),
            customer=customer,
            owner="u.demo",
            planned_on=today + datetime.timedelta(days=rank),
            purpose=f"talk about {counts[customer]} open complaints",
        )


def show_open(db: Database, lang: str) -> None:
    """Prints the open complaints with deadline and reason."""
    query = db.complaints.find(state__in=OPEN_STATES, order="deadline_on")
    print(f"\nopen complaints: {query.count()}; the first {SHOWN_MAX} by deadline")
    for complaint in query.limit(SHOWN_MAX):
        customer = db.customers.get(complaint.customer).name
        deadline = complaint.deadline_on or "no deadline"
        print(printable(f"  {complaint.id:>6}  {deadline}  {complaint.grade}  {customer}: {complaint.issue}"))
        for decision in complaint.explain(lang=lang):
            print(printable(f"          {decision}"))


def show_due(db: Database) -> None:
    """Prints the visits that are due within a week."""
    until = _today(db) + datetime.timedelta(days=7)
    query = db.visits.find(state="planned", planned_on__le=until, order="planned_on")
    print(f"\nvisits due until {until}: {query.count()}")
    for visit in query.limit(SHOWN_MAX):
        customer = db.customers.get(visit.customer).name
        print(printable(f"  {visit.id:>6}  {visit.planned_on}  {visit.owner}  {customer}: {visit.purpose}"))


def _today(db: Database) -> datetime.date:
    return datetime.datetime.now(ZoneInfo(db.time_zone)).date()


if __name__ == "__main__":
    sys.exit(main())
