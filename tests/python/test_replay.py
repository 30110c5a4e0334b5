"""Complaints of the past under two policies: how many deadlines each would have missed, on real data and on our sample."""

from __future__ import annotations

import datetime
import random
from pathlib import Path

import crmkernel
import pytest
from conftest import CHINA, REPOSITORY, data_folder
from crmkernel import importers, replay

SAMPLE = REPOSITORY / "tests" / "data"
FOLDER = data_folder()
POLICIES = SAMPLE / "policies"

# File, days of the policy, and: complaints, with a deadline, closed late, still open.
OWN = [
    ("tickets/tickets_sample.csv", 7, (5, 5, 3, 0)),
    ("tickets/tickets_sample.csv", 15, (5, 5, 1, 0)),
]
PUBLIC = [
    ("tickets/helpdesk_italian_verenich.csv", 7, (3804, 3804, 1395, 0)),
    ("tickets/helpdesk_italian_verenich.csv", 15, (3804, 3804, 900, 0)),
    ("complaints/cfpb_2013_1k.csv", 7, (1000, 1000, 92, 0)),
    ("complaints/cfpb_2013_1k.csv", 15, (1000, 1000, 56, 0)),
    ("complaints/cfpb_2023_aug_2k.csv", 7, (2067, 2067, 14, 616)),
    ("complaints/cfpb_2023_aug_2k.csv", 15, (2067, 2067, 4, 616)),
]
FILES = [(SAMPLE, *rest) for rest in OWN] + ([(FOLDER, *rest) for rest in PUBLIC] if (FOLDER / PUBLIC[0][0]).exists() else [])


CANDIDATE = """
id = "candidate"
version = "candidate/1"
title = "Candidate"
[classes.class]
order = { value = ["large", "small"], source = "test" }
[classes.class.large]
when = "employee_count >= 500"
reason = "it employs 500 or more"
reason_zh = "员工500人以上"
source = "test"
[classes.class.small]
when = "true"
reason = "it employs fewer"
reason_zh = "员工不足500人"
source = "test"
[complaint]
key_classes = { value = ["large"], source = "test" }
[complaint.acknowledge]
major = { value = 4, unit = "working_hours", source = "test" }
[complaint.resolve]
general = { value = 10, unit = "working_days", source = "test" }
key_customer = { value = 15, unit = "days", roll = "next", source = "test" }
major = { value = 1, unit = "months", source = "test" }
[complaint.escalation_after.1]
key_customer = { value = 2, unit = "days", source = "test" }
"""


def adopt(db: crmkernel.Database, days: int) -> None:
    path = POLICIES / f"resolve_in_{days}_days.toml"
    db.policy.adopt(path, effective_on=replay.EFFECTIVE_ON, approver="u.chief")


@pytest.mark.parametrize(("folder", "name", "days", "found"), FILES)
def test_a_policy_would_have_missed_so_many_deadlines(
    db: crmkernel.Database, folder: Path, name: str, days: int, found: tuple[int, int, int, int]
) -> None:
    adopt(db, days)
    replay.replay(db, folder / name)
    replayed = replay.count_late(db)
    assert (replayed.complaints, replayed.decided, replayed.late, replayed.open) == found
    # The same without deadlines: by the civil days between the two dates of the file.
    closed = [c for c in db.complaints.find() if c.closed_at is not None]
    lasted = [(c.closed_at.astimezone(CHINA).date() - c.received_at.astimezone(CHINA).date()).days for c in closed if c.closed_at]
    assert sum(found > days for found in lasted) == replayed.late
    assert db.verify().ok


def test_tickets_go_in_once_and_what_cannot_be_read_is_reported(db: crmkernel.Database) -> None:
    path = SAMPLE / "tickets/tickets_sample.csv"
    report = importers.import_tickets(db, path)
    assert (report.parts["complaints"].added, [row.code for row in report.rejected]) == (5, ["not_a_date"])
    sequence = db.last_sequence
    assert importers.import_tickets(db, path).changes == 0
    assert db.last_sequence == sequence


def test_complaints_are_opened_first_so_that_the_policy_sets_their_deadlines(db: crmkernel.Database) -> None:
    adopt(db, 15)
    path = SAMPLE / "complaints/cfpb_sample_2023.csv"
    importers.import_cfpb(db, path, opened_first=True)
    first = db.complaints.get(external_ref=("cfpb", "9000004"))
    assert first.deadline_on is not None
    assert first.state == "closed"
    assert [entry.command for entry in first.history()] == ["put", "put"]
    assert [d.rule for d in first.explain() if d.subject == "deadline_on"] == ["L-BNK-1"]
    replayed = replay.count_late(db)
    assert (replayed.complaints, replayed.decided, replayed.late, replayed.open) == (9, 9, 0, 4)


@pytest.mark.parametrize(("folder", "name"), sorted({(folder, name) for folder, name, *_ in FILES}))
def test_what_if_agrees_row_by_row_with_a_run_on_a_copy(db: crmkernel.Database, folder: Path, name: str) -> None:
    adopt(db, 7)
    replay.as_received(db, folder / name)
    sequence = db.last_sequence
    agreement = replay.compare(db, POLICIES / "resolve_in_15_days.toml")
    assert agreement.agrees, str(agreement)
    # Every complaint is open, and 15 days are no 7. A grade differs, and with it when it is escalated, where the file has a
    # complaint before another of the same day: decided anew, it is no longer the first of its issue.
    assert {row[2] for row in agreement.told} <= {"deadline_on", "grade", "escalate_by"}
    deadlines = [row for row in agreement.told if row[2] == "deadline_on"]
    assert len(deadlines) == agreement.complaints == db.complaints.find().count()
    assert db.last_sequence == sequence, "nothing changed"


def test_what_if_agrees_on_a_base_that_is_made_for_it(db: crmkernel.Database, tmp_path: Path) -> None:
    """Customers of two classes, complaints of every grade, and a candidate that moves classes, grades and deadlines."""
    seed = 20260916
    print(f"SEED={seed}")
    draw = random.Random(seed)
    adopt(db, 7)
    for number in range(120):
        customer = db.customers.add(name=f"customer {number}", employee_count=draw.randrange(1000))
        for _ in range(draw.randrange(4)):
            received_at = datetime.datetime(2026, draw.randrange(1, 9), draw.randrange(1, 29), 10, tzinfo=CHINA)
            issue, outside = draw.choice(["late", "colour", "price"]), draw.random() < 0.2
            complaint = db.complaints.add(customer=customer.id, issue=issue, received_at=received_at, external_intent=outside)
            if draw.random() < 0.2:
                complaint.suspend(reason="the customer travels")
    candidate = tmp_path / "candidate.toml"
    candidate.write_text(CANDIDATE, encoding="utf-8")
    agreement = replay.compare(db, candidate)
    assert agreement.agrees, str(agreement)
    assert {row[2] for row in agreement.told} == {"class", "grade", "deadline_on", "acknowledge_by", "escalate_by"}


def test_rows_that_differ_are_told() -> None:
    one, other = (("complaint", 1, "deadline_on", "", day) for day in ("2026-10-01", "2026-10-08"))
    agreement = replay.Agreement(3, frozenset({one}), frozenset({other}))
    assert not agreement.agrees
    assert str(agreement).startswith("3 complaints: 1 rows only in what-if, 1 only in the run, the first is ('complaint', 1,")


def test_the_figures_are_printed_for_each_file_and_policy(capsys: pytest.CaptureFixture[str]) -> None:
    policies = [str(POLICIES / f"resolve_in_{days}_days.toml") for days in (7, 15)]
    assert replay.main(["--data", str(SAMPLE), *policies]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "tickets_sample.csv under resolve_7/1: 5 complaints, 5 with a deadline, 3 closed late, 0 open" in lines
    tried = "tickets_sample.csv, what-if from resolve_in_7_days to resolve_in_15_days"
    assert f"{tried}: 5 complaints, 5 rows would change and did, row by row" in lines
    assert len(lines) == 9
