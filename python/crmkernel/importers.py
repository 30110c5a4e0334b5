"""Importers for files in the shape of public data: each can be run again and then changes nothing.

Every record is put by its external reference, so a second import of the same file finds what the first one made.
A record that cannot be read, such as a last one that is cut inside a quote, is reported and does not end the import.
"""

from __future__ import annotations

import calendar
import datetime
import decimal
import io
import itertools
import os
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ._native import Database, Money
from .bulk import ProgressFunction, RejectedRows, Report, Tally, Teller, add_rows
from .errors import InvalidArgumentError
from .rows import Row, read_csv, read_lines

Progress = ProgressFunction | bool | None

CHINA = datetime.timezone(datetime.timedelta(hours=8))
"""The zone in which the dates of the files are taken to be."""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import of a file did, by entity."""

    parts: Mapping[str, Report]
    """The report of each entity, by its plural name."""

    @property
    def rejected(self) -> RejectedRows:
        """The rows of the file that were not taken."""
        return RejectedRows(row for part in self.parts.values() for row in part.rejected)

    @property
    def changes(self) -> int:
        """How many records were added or changed."""
        return sum(part.added + part.changed for part in self.parts.values())

    def __str__(self) -> str:
        return "; ".join(f"{name}: {part}" for name, part in self.parts.items())


def import_cfpb(
    db: Database,
    path: str | os.PathLike[str],
    *,
    progress: Progress = None,
    batch_size: int = 5000,
    opened_first: bool = False,
) -> ImportReport:
    """Imports complaints in the form of the CFPB's consumer complaints, of 2013 or 2023: companies become customers.

    With `opened_first` each is put as it was received and then as it is, so that the policy in force gives it its deadlines;
    otherwise one that is closed is taken as a record of the past, which gets none.
    """
    customers, complaints, done = Tally(), Tally(), _Names()
    with Teller(progress, None, "complaints") as teller:
        for batch in _batches(read_csv(path), batch_size):
            rows = [_with_values(row, _plain_names(row.values)) for row in batch]
            good = [row for row in rows if row.problem is None]
            _check_heading(good[:1], ("company", "complaint_id", "date_received", "issue"), path)
            companies = done.fresh(row.values.get("company", "") for row in good)
            new = [Row(0, None, _company(name)) for name in companies]
            part = add_rows(db.customers, new, put=True)
            done.take(companies, part)
            _add(customers, part)
            ready = [row if row.problem else _complaint(row, done.ids) for row in rows]
            _add(complaints, _put_opened_first(db, ready) if opened_first else add_rows(db.complaints, ready, put=True))
            teller.tell(len(complaints.ids))
        teller.end(len(complaints.ids))
    return ImportReport({"customers": customers.report(), "complaints": complaints.report()})


def import_accounts(db: Database, path: str | os.PathLike[str], *, progress: Progress = None) -> ImportReport:
    """Imports accounts with their parents: `account, sector, year_established, revenue, employees, ...`."""
    rows = list(read_csv(path))
    _check_heading([row for row in rows if row.problem is None][:1], ("account", "sector"), path)
    first = [row if row.problem else _account(row) for row in rows]
    own = add_rows(db.customers, first, put=True)
    ids = {row.values["account"]: id_ for row, id_ in zip(rows, own.ids, strict=True) if id_ is not None}
    daughters = [row for row in rows if row.problem is None and row.values.get("subsidiary_of")]
    second = [_daughter(row, ids) for row in daughters if row.values["account"] in ids]
    parents = add_rows(db.customers, second, put=True)
    Teller(progress, len(rows), "customers").end(len(rows))
    return ImportReport({"customers": own, "parents": parents})


def import_uci_bank(
    db: Database, path: str | os.PathLike[str], *, progress: Progress = None, batch_size: int = 5000
) -> ImportReport:
    """Imports the UCI bank marketing data, `bank-full.csv` or a zip that holds it: people with their last contact.

    The data has no year; contacts are put into 2010.
    """
    customers, visits = Tally(), Tally()
    with Teller(progress, None, "customers with a visit") as teller:
        for batch in _batches(_bank_rows(path), batch_size):
            good = [row for row in batch if row.problem is None]
            _check_heading(good[:1], ("job", "contact", "day", "month", "duration", "y"), path)
            persons = [row if row.problem else _with_values(row, _person(row)) for row in batch]
            part = add_rows(db.customers, persons, put=True)
            _add(customers, part)
            contacts = [
                _contact(row, id_) for row, id_ in zip(batch, part.ids, strict=True) if row.problem is None and id_ is not None
            ]
            _add(visits, add_rows(db.visits, contacts, put=True))
            teller.tell(len(customers.ids))
        teller.end(len(customers.ids))
    return ImportReport({"customers": customers.report(), "visits": visits.report()})


def import_tickets(db: Database, path: str | os.PathLike[str], *, progress: Progress = None) -> ImportReport:
    """Imports the log of a help desk, `CaseID, ActivityID, CompleteTimestamp`: each case is a complaint.

    It is received with its first activity and closed with its last one, each put by itself, so that the policy in force
    gives it its deadlines. All are of one customer, the help desk; each is an issue of its own, since the log names none.
    """
    rows = list(read_csv(path))
    _check_heading([row for row in rows if row.problem is None][:1], ("CaseID", "ActivityID", "CompleteTimestamp"), path)
    desk = {"external_system": "tickets", "external_id": "help desk", "name": "help desk"}
    customers = add_rows(db.customers, [Row(0, None, desk)], put=True)
    cases: dict[str, list[tuple[datetime.datetime, Row]]] = {}
    unread: list[Row] = []
    for row in rows:
        try:
            if row.problem:
                raise ValueError
            at = datetime.datetime.strptime(row.values["CompleteTimestamp"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=CHINA)
            cases.setdefault(row.values["CaseID"], []).append((at, row))
        except ValueError:
            why = ("not_a_date", "CompleteTimestamp is no time of the form 2012-04-03 16:55:38")
            unread.append(Row(row.number, row.line, row.values, row.problem or why))
    ready = [_case(name, activities, customers.ids[0]) for name, activities in cases.items()]
    complaints = Tally()
    _add(complaints, _put_opened_first(db, ready + unread))
    Teller(progress, len(cases), "complaints").end(len(cases))
    return ImportReport({"customers": customers, "complaints": complaints.report()})


def _case(name: str, activities: list[tuple[datetime.datetime, Row]], desk: int | None) -> Row:
    first = activities[0][1]
    times = [at for at, _ in activities]
    values = {
        "external_system": "tickets",
        "external_id": name,
        "customer": desk,
        "issue": f"case {name}",
        "received_at": min(times),
        "state": "closed",
        "closed_at": max(times),
        # The log of tickets does not tell cause, solution or satisfaction.
        "facts_unknown": True,
    }
    return Row(first.number, first.line, values)


# That its facts are unknown a complaint says when it is added, and not later.
_OF_THE_CLOSE = ("state", "closed_at", "outcome")


def _put_opened_first(db: Database, rows: list[Row]) -> Report:
    """Puts complaints as they were received, and then as they are; the report tells of each one once."""
    opened = [
        row if row.problem else _with_values(row, {k: v for k, v in row.values.items() if k not in _OF_THE_CLOSE})
        for row in rows
    ]
    report = add_rows(db.complaints, opened, put=True)
    taken = [row for row, id_ in zip(rows, report.ids, strict=True) if id_ is not None]
    closed = add_rows(db.complaints, taken, put=True)
    return replace(report, rejected=RejectedRows([*report.rejected, *closed.rejected]))


class _Names:
    """The customers that this import has met, by name."""

    def __init__(self) -> None:
        self.ids: dict[str, int] = {}

    def fresh(self, names: Iterable[str]) -> list[str]:
        return [name for name in dict.fromkeys(names) if name and name not in self.ids]

    def take(self, names: list[str], report: Report) -> None:
        self.ids.update((name, id_) for name, id_ in zip(names, report.ids, strict=True) if id_ is not None)


def _batches(rows: Iterator[Row], size: int) -> Iterator[list[Row]]:
    while batch := list(itertools.islice(rows, size)):
        yield batch


def _add(tally: Tally, part: Report) -> None:
    tally.added += part.added
    tally.changed += part.changed
    tally.unchanged += part.unchanged
    tally.ids += part.ids
    tally.rejected += part.rejected


def _with_values(row: Row, values: Mapping[str, Any]) -> Row:
    return Row(row.number, row.line, values, row.problem)


def _check_heading(rows: list[Row], wanted: tuple[str, ...], path: str | os.PathLike[str]) -> None:
    missing = [name for row in rows for name in wanted if name not in row.values]
    if missing:
        raise InvalidArgumentError(f"{os.fspath(path)} has no column {', '.join(missing)}; is it of another form?")


def _plain_names(values: Mapping[str, str]) -> dict[str, str]:
    """The headings of 2023 and of 2013 under one spelling: `Timely response?` and `timely_response`."""
    names = {name: name.lower().replace(" ", "_").replace("-", "_").rstrip("?") for name in values}
    return {names[name]: value.strip() for name, value in values.items()}


def _company(name: str) -> dict[str, Any]:
    return {
        "external_system": "cfpb.company",
        "external_id": name,
        "name": name,
        "party_kind": "organisation",
    }


_CHANNELS = {
    "web": "web",
    "referral": "referral",
    "phone": "phone",
    "postal mail": "post",
    "fax": "post",
    "email": "email",
}


def _complaint(row: Row, customers: Mapping[str, int]) -> Row:
    cells = row.values
    try:
        received_at = _midnight(cells["date_received"], "date_received")
        sent = cells.get("date_sent_to_company", "")
        sent_at = _midnight(sent, "date_sent_to_company") if sent else received_at
    except ValueError as error:
        return Row(row.number, row.line, cells, ("not_a_date", str(error)))
    response = cells.get("company_response_to_consumer", "")
    values: dict[str, Any] = {
        "external_system": "cfpb",
        "external_id": cells["complaint_id"],
        "customer": customers.get(cells["company"]),
        "received_at": received_at,
        "channel": _CHANNELS.get(cells.get("submitted_via", "").lower(), "other"),
        "state": "received",
        # The file tells neither cause nor lesson; that is said when the complaint is added, for the day on which it is closed.
        "facts_unknown": True,
    }
    for field, column in _TEXTS.items():
        if text := cells.get(column):
            values[field] = text
    for field, column in (("timely", "timely_response"), ("disputed", "consumer_disputed")):
        if (answer := cells.get(column, "").lower()) in ("yes", "no"):
            values[field] = answer == "yes"
    if response and response != "In progress":
        values |= {"state": "closed", "closed_at": max(sent_at, received_at)}
    return Row(row.number, row.line, values)


_TEXTS = {
    "product": "product",
    "issue": "issue",
    "sub_issue": "sub_issue",
    "narrative": "consumer_complaint_narrative",
    "region": "state",
    "outcome": "company_response_to_consumer",
}


def _midnight(text: str, column: str) -> datetime.datetime:
    """The beginning of a day that is written as 2023-08-25 or 8/25/2023."""
    try:
        day = datetime.date.fromisoformat(text) if "-" in text else datetime.datetime.strptime(text, "%m/%d/%Y").date()
    except ValueError:
        raise ValueError(f"{column} is no date of the form 2023-08-25 or 8/25/2023") from None
    return datetime.datetime(day.year, day.month, day.day, tzinfo=CHINA)


def _account(row: Row) -> Row:
    cells = row.values
    values: dict[str, Any] = {
        "external_system": "pipeline.accounts",
        "external_id": cells["account"],
        "name": cells["account"],
        "party_kind": "organisation",
        "status": "active",
    }
    try:
        for field, column in (("founded_year", "year_established"), ("employee_count", "employees")):
            if text := cells.get(column):
                values[field] = int(text)
        if text := cells.get("revenue"):
            values["annual_revenue"] = _millions(text)
    except ValueError as error:
        return Row(row.number, row.line, cells, ("not_a_number", str(error)))
    for field, column in (("industry", "sector"), ("region", "office_location")):
        if text := cells.get(column):
            values[field] = text
    return Row(row.number, row.line, values)


def _millions(text: str) -> Money:
    """Millions of US dollars as cents, exactly."""
    try:
        cents = decimal.Decimal(text) * 100_000_000
    except decimal.InvalidOperation:
        raise ValueError("revenue is no decimal number") from None
    if cents != cents.to_integral_value():
        raise ValueError("revenue is finer than a cent")
    return Money(int(cents), "USD")


def _daughter(row: Row, ids: Mapping[str, int]) -> Row:
    account, parent = row.values["account"], row.values["subsidiary_of"]
    if parent not in ids:
        return Row(row.number, row.line, row.values, ("no_parent", "subsidiary_of names no account of the file"))
    values = {"external_system": "pipeline.accounts", "external_id": account, "parent": ids[parent]}
    return Row(row.number, row.line, values)


def _bank_rows(path: str | os.PathLike[str]) -> Iterator[Row]:
    if not zipfile.is_zipfile(path):
        yield from read_csv(path, delimiter=";")
        return
    with zipfile.ZipFile(path) as archive:
        name = next((name for name in archive.namelist() if Path(name).name == "bank-full.csv"), None)
        if name is None:
            raise InvalidArgumentError(f"{os.fspath(path)} holds no bank-full.csv")
        with archive.open(name) as file:
            yield from read_lines(io.TextIOWrapper(file, "utf-8-sig", newline=""), name, delimiter=";")


def _person(row: Row) -> dict[str, Any]:
    return {
        "external_system": "uci.bank",
        "external_id": str(row.number),
        "name": f"UCI customer {row.number}",
        "party_kind": "individual",
        "occupation": row.values["job"],
        "status": "prospect",
    }


_MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_abbr) if number}


def _contact(row: Row, customer: int) -> Row:
    cells = row.values
    try:
        month = _MONTHS[cells["month"].lower()]
        day = min(int(cells["day"]), calendar.monthrange(2010, month)[1])
        held_at = datetime.datetime(2010, month, day, tzinfo=CHINA)
        duration_s = int(cells["duration"])
    except (KeyError, ValueError):
        return Row(row.number, row.line, cells, ("not_a_date", "month, day or duration is not of the form may, 5, 261"))
    values = {
        "external_system": "uci.bank.contact",
        "external_id": str(row.number),
        "customer": customer,
        "kind": "campaign",
        "channel": "phone" if cells["contact"] in ("cellular", "telephone") else "other",
        "state": "held",
        "held_at": held_at,
        "duration_s": duration_s,
        "result": f"outcome {cells['y']}; campaign {cells['campaign']}; previous {cells['poutcome']}",
        "owner": "uci",
    }
    return Row(row.number, row.line, values)
