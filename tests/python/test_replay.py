"""Complaints of the past under two policies: how many deadlines each would have missed, on real data and on our sample."""

from __future__ import annotations

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


def test_the_figures_are_printed_for_each_file_and_policy(capsys: pytest.CaptureFixture[str]) -> None:
    policies = [str(POLICIES / f"resolve_in_{days}_days.toml") for days in (7, 15)]
    assert replay.main(["--data", str(SAMPLE), *policies]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "tickets_sample.csv under resolve_7/1: 5 complaints, 5 with a deadline, 3 closed late, 0 open" in lines
    assert len(lines) == 6
