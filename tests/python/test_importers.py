"""The importers on the public data where it is, else on our own sample of the same shape."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path

import crmkernel
import pytest
from conftest import CHINA, REPOSITORY, data_folder
from crmkernel import errors, importers

SAMPLE = REPOSITORY / "tests" / "data"
FOLDER = data_folder()
IS_SAMPLE = FOLDER == SAMPLE

Import = Callable[[crmkernel.Database, Path], importers.ImportReport]

# File, importer, and for each part: rows added at first, and rejected. The public data, then our sample.
PUBLIC: list[tuple[str, Import, dict[str, tuple[int, int]]]] = [
    ("complaints/cfpb_2023_aug_2k.csv", importers.import_cfpb, {"customers": (177, 0), "complaints": (2067, 1)}),
    ("complaints/cfpb_2013_1k.csv", importers.import_cfpb, {"customers": (202, 0), "complaints": (1000, 0)}),
    ("pipeline/accounts.csv", importers.import_accounts, {"customers": (85, 0), "parents": (0, 0)}),
    ("contacts/uci_bank.zip", importers.import_uci_bank, {"customers": (45211, 0), "visits": (45211, 0)}),
]
OWN: list[tuple[str, Import, dict[str, tuple[int, int]]]] = [
    ("complaints/cfpb_sample_2023.csv", importers.import_cfpb, {"customers": (5, 0), "complaints": (9, 1)}),
    ("complaints/cfpb_sample_2013.csv", importers.import_cfpb, {"customers": (4, 0), "complaints": (5, 0)}),
    ("pipeline/accounts.csv", importers.import_accounts, {"customers": (6, 0), "parents": (0, 0)}),
    ("contacts/bank-full.csv", importers.import_uci_bank, {"customers": (8, 0), "visits": (8, 0)}),
]
FILES = [(SAMPLE, *rest) for rest in OWN] + ([] if IS_SAMPLE else [(FOLDER, *rest) for rest in PUBLIC])


@pytest.mark.parametrize(("folder", "name", "read", "counts"), FILES, ids=[f"{f[0].name}-{f[1]}" for f in FILES])
def test_a_file_goes_in_once(
    file: Path, folder: Path, name: str, read: Import, counts: dict[str, tuple[int, int]]
) -> None:
    with crmkernel.open(file, actor="import") as db:
        report = read(db, folder / name)
        found = {part: (one.added, len(one.rejected)) for part, one in report.parts.items()}
        assert found == counts
        sequence = db.last_sequence
        again = read(db, folder / name)
        assert again.changes == 0
        assert db.last_sequence == sequence
        for part, (added, rejected) in counts.items():
            assert (again.parts[part].unchanged >= added, len(again.parts[part].rejected)) == (True, rejected)
        assert "nothing changed" in str(again)
        assert db.verify().ok


def test_the_cut_last_record_is_reported_with_its_line(db: crmkernel.Database, tmp_path: Path) -> None:
    name = "cfpb_sample_2023.csv" if IS_SAMPLE else "cfpb_2023_aug_2k.csv"
    path = FOLDER / "complaints" / name
    report = importers.import_cfpb(db, path)
    (cut,) = report.rejected
    lines = path.read_text(encoding="utf-8-sig").split("\n")
    assert (cut.code, cut.row) == ("not_csv", report.parts["complaints"].rows)
    assert lines[(cut.line or 0) - 1].startswith(cut.values["date_received"])
    assert "unexpected end of data" in cut.reason
    report.rejected.to_csv(tmp_path / "rejected.csv")
    assert str(cut.line) in (tmp_path / "rejected.csv").read_text(encoding="utf-8-sig")


def test_complaints_are_mapped(db: crmkernel.Database) -> None:
    importers.import_cfpb(db, SAMPLE / "complaints/cfpb_sample_2023.csv")
    first = db.complaints.get(external_ref=("cfpb", "9000001"))
    assert db.customers.get(first.customer).external_id == "LAKESIDE BANK"
    assert first.received_at == datetime.datetime(2023, 8, 1, tzinfo=CHINA)
    assert (first.state, first.closed_at, first.outcome) == ("received", None, "In progress")
    assert (first.product, first.issue, first.sub_issue) == ("Checking account", "Managing an account", "Fees")
    assert (first.channel, first.region, first.timely, first.disputed) == ("web", "NY", True, None)
    assert first.narrative is not None
    assert first.narrative.count("\n") == 1
    closed = db.complaints.get(external_ref=("cfpb", "9000004"))
    assert (closed.state, closed.closed_at) == ("closed", datetime.datetime(2023, 8, 8, tzinfo=CHINA))
    assert (closed.channel, closed.timely) == ("post", False)
    assert db.complaints.get(external_ref=("cfpb", "9000009")).state == "received"
    importers.import_cfpb(db, SAMPLE / "complaints/cfpb_sample_2013.csv")
    old = db.complaints.get(external_ref=("cfpb", "900005"))
    assert old.received_at == old.closed_at == datetime.datetime(2013, 12, 31, tzinfo=CHINA)
    assert (old.disputed, old.channel, old.outcome) == (True, "post", "Untimely response")


def test_accounts_are_mapped(db: crmkernel.Database) -> None:
    importers.import_accounts(db, SAMPLE / "pipeline/accounts.csv")
    machines = db.customers.get(external_ref=("pipeline.accounts", "Northwind Machines"))
    assert machines.annual_revenue == crmkernel.Money(110004000000, "USD")
    assert (machines.industry, machines.founded_year, machines.employee_count) == ("technolgy", 1996, 2822)
    assert (machines.region, machines.status, machines.party_kind, machines.parent) == (
        "Norway",
        "active",
        "organisation",
        None,
    )
    laboratories = db.customers.get(external_ref=("pipeline.accounts", "Quartz Laboratories"))
    assert laboratories.annual_revenue == crmkernel.Money(7_000_000, "USD")
    assert laboratories.parent is not None
    assert db.customers.get(laboratories.parent).name == "Quartz Clinics"


def test_contacts_are_mapped(db: crmkernel.Database) -> None:
    importers.import_uci_bank(db, SAMPLE / "contacts/bank-full.csv")
    customer = db.customers.get(external_ref=("uci.bank", "3"))
    assert (customer.name, customer.occupation, customer.party_kind) == ("UCI customer 3", "entrepreneur", "individual")
    visit = db.visits.get(external_ref=("uci.bank.contact", "3"))
    assert (visit.customer, visit.kind, visit.channel, visit.state) == (customer.id, "campaign", "phone", "held")
    # The 30th of February does not exist; the contact counts for the last day of the month.
    assert visit.held_at == datetime.datetime(2010, 2, 28, tzinfo=CHINA)
    assert (visit.duration_s, visit.owner, visit.result) == (76, "uci", "outcome no; campaign 1; previous failure")
    assert db.visits.get(external_ref=("uci.bank.contact", "1")).channel == "other"


def test_files_of_another_form_are_refused(db: crmkernel.Database, tmp_path: Path) -> None:
    with pytest.raises(errors.InvalidArgumentError, match="no column"):
        importers.import_cfpb(db, SAMPLE / "pipeline/accounts.csv")
    with pytest.raises(errors.InvalidArgumentError, match="no column"):
        importers.import_uci_bank(db, SAMPLE / "pipeline/accounts.csv")
    broken = tmp_path / "accounts.csv"
    text = (SAMPLE / "pipeline/accounts.csv").read_text()
    broken.write_text(text.replace("1100.04", "1.123456789").replace("Blue Heron Foods\n", "Nobody\n").replace("1985", "x"))
    report = importers.import_accounts(db, broken)
    assert [(row.code, row.row) for row in report.rejected] == [("not_a_number", 1), ("no_parent", 3)]
    dates = tmp_path / "cfpb.csv"
    dates.write_text((SAMPLE / "complaints/cfpb_sample_2013.csv").read_text().replace("9/2/2013", "2/30/2013"))
    (row,) = importers.import_cfpb(db, dates).rejected
    assert (row.code, row.row) == ("not_a_date", 3)


def test_a_complaint_that_was_open_is_closed_by_the_next_file(db: crmkernel.Database, tmp_path: Path) -> None:
    """The mark that facts are unknown is of records that are added: an import that said so only with the close was refused
    for every complaint that an earlier file had shown open."""
    path = tmp_path / "file.csv"
    source = (SAMPLE / "complaints" / "cfpb_sample_2013.csv").read_text(encoding="utf-8-sig")
    head, first = source.split("\n")[:2]
    answer = next(text for text in ("Closed with explanation", "Closed") if text in first)
    path.write_text(f"{head}\n{first.replace(answer, 'In progress')}\n")
    importers.import_cfpb(db, path)
    opened = db.complaints.get(1)
    assert (opened.state, opened.facts_unknown) == ("received", True)
    path.write_text(f"{head}\n{first}\n")
    report = importers.import_cfpb(db, path)
    assert (len(report.rejected), db.complaints.get(1).state) == (0, "closed")
