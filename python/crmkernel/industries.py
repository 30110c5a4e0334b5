"""One page for each industry: public data run under the industry's plugin.

    python -m crmkernel.industries --data ../shared/data --plugins target/release --out demo

Each industry has a database of its own, since each has regulations of its own. What the files do not hold is assumed,
and the page says so.
"""

from __future__ import annotations

import argparse
import csv
import datetime
import io
import statistics
import sys
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ._native import Database, open
from .bulk import Report, add_rows
from .cli.commands import OPEN_STATES
from .importers import CHINA, import_accounts, import_cfpb
from .rows import Row

PATIENTS_MAX = 2000
"""How many patients are stored; the figures of the page are of all encounters of the file."""
LINES_MAX = 5
"""How many lines a list on a page has."""


@dataclass
class Page:
    """What is told of an industry."""

    title: str
    figures: dict[str, int] = field(default_factory=dict)
    """The figures, by name, in their order."""
    lines: list[str] = field(default_factory=list)
    """What is told below them."""

    def __str__(self) -> str:
        width = max((len(name) for name in self.figures), default=0)
        figures = [f"  {name:<{width}}  {number:>8,}" for name, number in self.figures.items()]
        return "\n".join([f"== {self.title}", *figures, *(f"  {line}" for line in self.lines), ""])


def banking(db: Database, folder: Path) -> Page:
    """The CFPB's complaints under the deadlines of banking."""
    page = Page("banking: consumer complaints of the CFPB")
    taken = rejected = 0
    for path in sorted(folder.glob("complaints/cfpb*.csv")):
        report = import_cfpb(db, path).parts["complaints"]
        taken, rejected = taken + report.added, rejected + len(report.rejected)
    opened = db.complaints.find(state__in=OPEN_STATES, order="deadline_on")
    page.figures |= {"complaints": taken, "rejected": rejected, "open": opened.count()}
    page.figures |= {"open and late": db.complaints.find(state__in=OPEN_STATES, deadline_on__lt=_today(db)).count()}
    for complaint in opened.limit(LINES_MAX):
        page.lines.append(f"{complaint.deadline_on}  {db.customers.get(complaint.customer).name}: {complaint.issue}")
        page.lines += [f"    {decision}" for decision in complaint.explain() if decision.subject == "deadline_on"]
    return page


def logistics(db: Database, folder: Path) -> Page:
    """Late deliveries as complaints of the receiving country, with the party that is liable."""
    page = Page("logistics: late deliveries of the USAID supply chain, as complaints")
    deliveries, late = 0, []
    for row in _csv(folder / "logistics" / "scms_delivery_history.csv"):
        deliveries += 1
        scheduled, delivered = (_day(row[name]) for name in ("Scheduled Delivery Date", "Delivered to Client Date"))
        if delivered > scheduled:
            late.append((row, (delivered - scheduled).days, delivered))
    countries = list(dict.fromkeys(row["Country"] for row, _, _ in late))
    ids = _customers(db, "scms.country", countries)
    complaints = [
        {
            "external_system": "scms.delivery",
            "external_id": row["ID"],
            "customer": ids[row["Country"]],
            "received_at": datetime.datetime(day.year, day.month, day.day, 9, tzinfo=CHINA),
            "channel": "other",
            "issue": f"{row['Product Group']} delivered {days} days late, {row['Shipment Mode']}",
            "liable_party": liable_party(row),
        }
        for row, days, day in late
    ]
    report = _put(db.complaints, complaints)
    page.figures |= {"deliveries": deliveries, "late": len(late), "complaints": report.added + report.unchanged}
    page.figures |= {"rejected": len(report.rejected), "days late in all": sum(days for _, days, _ in late)}
    parties = Counter(str(complaint["liable_party"]) for complaint in complaints)
    page.lines.append("liable (assumed from the delivery term: EXW, FCA, CIP, CIF and CPT pass the risk to the carrier):")
    page.lines += [f"  {count:>6}  {party}" for party, count in parties.most_common(LINES_MAX)]
    for complaint in db.complaints.find(order="deadline_on").limit(1):
        page.lines += [f"for example {complaint.issue}", *(f"    {decision}" for decision in complaint.explain())]
    return page


def liable_party(row: Mapping[str, str]) -> str:
    """Who answers for a late delivery. The file does not say: by the term of delivery, the vendor up to the destination
    (DDP, DDU, DAP), else the carrier; for what comes from a distribution centre, the centre."""
    if row["Fulfill Via"] == "From RDC":
        return "the regional distribution centre"
    if row["Vendor INCO Term"] in ("DDP", "DDU", "DAP"):
        return row["Vendor"]
    return f"the carrier ({row['Shipment Mode']})"


def medical(db: Database, folder: Path) -> Page:
    """Diabetes encounters: who was readmitted, and which follow-ups after a discharge are due."""
    page = Page("medical: diabetes encounters of 130 hospitals")
    encounters = list(_encounters(folder / "medical"))
    by_patient = Counter(row["patient_nbr"] for row in encounters)
    again = [row for row in encounters if row["readmitted"] == "<30"]
    page.figures |= {"encounters": len(encounters), "patients": len(by_patient)}
    page.figures |= {"patients with several": sum(count > 1 for count in by_patient.values())}
    page.figures |= {"readmitted within 30 days": len(again)}
    today = _today(db)
    last = {row["patient_nbr"]: row for row in encounters}
    patients = [
        {
            "external_system": "uci.patient",
            "external_id": number,
            "name": f"patient {number}",
            "party_kind": "individual",
            "medical.kind": "patient",
            "medical.record_number": number,
            "medical.consent_on": today - datetime.timedelta(days=56),
            "medical.discharged_on": today - datetime.timedelta(days=int(row["encounter_id"]) % 56),
        }
        for number, row in list(last.items())[:PATIENTS_MAX]
    ]
    report = _put(db.customers, patients)
    due = db.customers.find(next_due_on__le=today, order="next_due_on")
    page.figures |= {"patients stored": report.added + report.unchanged, "rejected": len(report.rejected)}
    page.figures |= {"follow-ups due": due.count()}
    page.lines.append(f"The first {PATIENTS_MAX:,} patients of the file are stored. It has no dates: discharges are spread over")
    page.lines.append("the last 56 days by the number of the encounter, and consents are taken to be there.")
    readmitted = {row["patient_nbr"] for row in again}
    for customer in due.limit(LINES_MAX):
        mark = ", readmitted within 30 days" if customer.external_id in readmitted else ""
        page.lines.append(f"{customer.next_due_on}  {customer.name}{mark}")
    return page


def construction(db: Database, folder: Path) -> Page:
    """The sales pipeline as projects: what class each account has by its cooperations."""
    page = Page("construction: accounts of a sales pipeline in the four classes")
    accounts = import_accounts(db, folder / "pipeline" / "accounts.csv").parts["customers"]
    deals = list(_csv(folder / "pipeline" / "sales_pipeline.csv"))
    counts: dict[str, Counter[str]] = {}
    for deal in deals:
        counts.setdefault(deal["account"], Counter())[deal["deal_stage"]] += 1
    unnamed = sum(counts.pop("", Counter()).values())
    revenues = {row["account"]: float(row["revenue"]) for row in _csv(folder / "pipeline" / "accounts.csv")}
    middle = statistics.median(revenues.values())
    relations = [
        {
            "external_system": "pipeline.accounts",
            "external_id": name,
            "builder.fundamentals_good": revenues.get(name, 0) >= middle,
            **relation(stages),
        }
        for name, stages in counts.items()
    ]
    report = _put(db.customers, relations)
    page.figures |= {"opportunities": len(deals), "of no account": unnamed, "accounts": len(accounts.ids)}
    page.figures |= {"rejected": len(report.rejected)}
    classes = db.customers.find().count_by("class")
    page.figures |= {f"class {name or 'none'}": count for name, count in sorted(classes.items(), key=str)}
    page.lines.append("A won deal counts as a cooperation, smooth when more were won than lost; an open one as a follow-up project")
    page.lines.append("that both want. Fundamentals are taken to be good from the middle revenue of the accounts on.")
    for name in sorted(name for name in classes if name):
        for customer in db.customers.find(**{"class": name}).limit(1):
            page.lines.append(customer.name)
            page.lines += [f"    {decision}" for decision in customer.explain() if decision.subject == "class"]
    return page


def relation(stages: Counter[str]) -> dict[str, Any]:
    """What the stages of an account's deals say of the relation."""
    opened = stages["Engaging"] + stages["Prospecting"] > 0
    return {
        "builder.cooperation_count": stages["Won"],
        "builder.cooperation_smooth": stages["Won"] > stages["Lost"],
        "builder.relation_good": stages["Won"] > stages["Lost"],
        "builder.follow_up_project": opened,
        "builder.both_willing": stages["Engaging"] > 0,
        "builder.near_term_project": opened,
        "builder.project_known": stages["Won"] + stages["Lost"] > 0,
        "project.phase": "negotiation" if opened else "performance",
    }


INDUSTRIES: dict[str, tuple[str, Callable[[Database, Path], Page]]] = {
    "banking": ("complaints/cfpb*.csv", banking),
    "logistics": ("logistics/scms_delivery_history.csv", logistics),
    "medical": ("medical/*diabet*", medical),
    "construction": ("pipeline/sales_pipeline.csv", construction),
}
"""The file that an industry needs under the folder, and what makes its page."""
PACKS = {"construction": "construction_group.toml"}
"""The policy pack that an industry is run under, besides its plugin."""


def main(argv: Sequence[str] | None = None) -> int:
    """Writes and prints the page of every industry whose data is there."""
    parser = argparse.ArgumentParser(description="runs public data under the industries' plugins")
    parser.add_argument("--data", type=Path, required=True, help="the folder with complaints/, logistics/, medical/, pipeline/")
    parser.add_argument("--plugins", type=Path, required=True, help="the folder with the plugins' libraries")
    parser.add_argument("--policies", type=Path, default=Path("plugins/policies"), help="the folder with the policy packs")
    parser.add_argument("--out", type=Path, required=True, help="where databases and pages go; those there are replaced")
    arguments = parser.parse_args(argv)
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name, (needed, make) in INDUSTRIES.items():
        if not any(arguments.data.glob(needed)):
            print(f"== {name}: there is no {needed} under {arguments.data}")
            continue
        path = arguments.out / f"{name}.crm"
        for old in arguments.out.glob(f"{name}.crm*"):
            old.unlink()
        with open(path, actor="demo") as db:
            db.load_plugin((arguments.plugins / f"libcrm_plugin_{name}.so").resolve())
            if pack := PACKS.get(name):
                adopt(db, arguments.policies / pack)
            page = make(db, arguments.data)
        (arguments.out / f"{name}.txt").write_text(str(page), encoding="utf-8")
        print(page)
    return 0


def adopt(db: Database, pack: Path) -> None:
    """Puts a policy pack in force from now on; of a database without records, whatever its clock says."""
    db.policy.adopt(pack, effective_on=datetime.date(2020, 1, 1), approver="demo")


def _encounters(folder: Path) -> Iterator[dict[str, str]]:
    path = next(iter(sorted(folder.glob("*diabet*"))))
    if not zipfile.is_zipfile(path):
        yield from _csv(path)
        return
    with zipfile.ZipFile(path) as archive:
        name = next(name for name in archive.namelist() if Path(name).name == "diabetic_data.csv")
        with archive.open(name) as file:
            yield from csv.DictReader(io.TextIOWrapper(file, "utf-8", newline=""))


def _csv(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def _day(text: str) -> datetime.date:
    """A day that is written as 02-Jun-06."""
    return datetime.datetime.strptime(text, "%d-%b-%y").date()


def _customers(db: Database, system: str, names: Sequence[str]) -> dict[str, int]:
    """Puts organisations by name, and gives their ids."""
    rows = [
        {"external_system": system, "external_id": name, "name": name, "party_kind": "organisation"} for name in names
    ]
    return {name: id_ for name, id_ in zip(names, _put(db.customers, rows).ids, strict=True) if id_ is not None}


def _put(collection: Any, values: Sequence[Mapping[str, Any]]) -> Report:
    return add_rows(collection, [Row(number, None, of) for number, of in enumerate(values, 1)], put=True)


def _today(db: Database) -> datetime.date:
    return datetime.datetime.now(ZoneInfo(db.time_zone)).date()


if __name__ == "__main__":
    sys.exit(main())
