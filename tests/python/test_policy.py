"""Policies: adopted from a file, shown with origins, compared, tried, and what is wrong with one."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import crmkernel
import pytest
from conftest import REPOSITORY
from crmkernel.cli import main
from crmkernel.errors import NotFoundError, RejectedError, WrongTypeError

PACKS = REPOSITORY / "plugins" / "policies"
OURS = """id = "ours"
version = "ours/1"
title = "Ours"
[complaint]
same_issue_count_major = { value = 3, source = "our Art. 5" }
"""
Capture = pytest.CaptureFixture[str]


def adopt(db: crmkernel.Database, pack: str) -> crmkernel.Outcome:
    day = datetime.date(2026, 1, 1)
    return db.policy.adopt(PACKS / f"{pack}.toml", effective_on=day, approver="总经理")


def test_a_policy_is_adopted_from_a_path_or_a_text_and_shown_with_origins(db: crmkernel.Database) -> None:
    assert db.policy.version == "default/1"
    outcome = adopt(db, "abc")
    assert (outcome.changed, outcome.record, outcome.decisions[0].value) == (True, None, "abc/1")
    assert [v.version for v in db.policy.versions()] == ["abc/1"]
    version = db.policy.versions()[0]
    assert (version.effective_on, version.approver, version.actor) == (datetime.date(2026, 1, 1), "总经理", "u.test")
    shown = json.loads(db.policy.show(form="json"))
    assert shown["figures"]["complaint.key_classes"]["origin"] == "abc/1"
    assert shown["figures"]["complaint.same_issue_count_major"]["origin"] == "default/1"
    assert "# default/1" in db.policy.show()
    db.policy.adopt(OURS.replace("[complaint]", "[complaint]\nkey_classes = { value = [\"A\"], source = \"x\" }"),
                    effective_on=datetime.date(2026, 10, 1), approver="x")
    assert db.policy.version == "abc/1"
    found = {d.path: (d.before, d.after) for d in db.policy.diff("ours/1", base="abc/1")}
    assert found["complaint.same_issue_count_major"][1] == '{ value = 3, source = "our Art. 5" }'
    assert found["classes.class.A"][1] is None
    with pytest.raises(NotFoundError):
        db.policy.show("ours/2")
    with pytest.raises(NotFoundError):
        db.policy.adopt("no/such/file.toml")
    with pytest.raises(WrongTypeError):
        db.policy.adopt(7)  # type: ignore[arg-type]


def test_every_pack_is_in_order_and_a_wrong_one_is_named_by_line_and_column() -> None:
    for path in sorted(PACKS.glob("*.toml")):
        assert crmkernel.check_policy(path) == [], path.name
    wrong = (PACKS / "abc.toml").read_text(encoding="utf-8").replace("status == 'prospect'", "status == 'asleep'")
    (problem,) = crmkernel.check_policy(wrong)
    assert (problem.field, problem.code, problem.rule) == ("classes.class.B", "unknown_value", "R-CLS-01")
    assert problem.message.startswith("line 23, column 19: classes.class.B: customer_status is never")


def test_what_if_agrees_with_what_sorting_anew_does(db: crmkernel.Database) -> None:
    for number in range(2500):
        db.customers.add(name=f"客户{number}", status="active" if number % 2 else "prospect")
    tried = db.policy.what_if(PACKS / "abc.toml", limit=10)
    assert (tried.customers, tried.changed, len(tried.changes)) == (2500, 2500, 10)
    assert tried.moves == [("class", "", "B", 1250), ("class", "", "C", 1250)]
    assert tried.changes[0] == (1, "class", "", "B", "R-CLS-01")
    assert db.last_sequence == 2500
    db.policy.adopt(PACKS / "abc.toml", effective_on=datetime.date(2026, 9, 16), approver="总经理")
    assert db.policy.reclassify() == (2500, 2500)
    assert db.customers.find(**{"class": "B"}).count() == 1250
    assert db.policy.reclassify() == (2500, 0)


def test_the_command_line_checks_shows_compares_and_adopts(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture, tmp_path: Path
) -> None:
    monkeypatch.setenv("CRMKERNEL_DB", str(file))
    assert main(["policy", "check", str(PACKS / "tiering.toml")]) == 0
    assert not file.exists()
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(OURS.replace("3", "0"), encoding="utf-8")
    assert main(["policy", "check", str(wrong), "--format", "csv"]) == 4
    assert "line 5, column 36: complaint.same_issue_count_major: found 0" in capsys.readouterr().out
    ours = tmp_path / "ours.toml"
    ours.write_text(OURS, encoding="utf-8")
    assert main(["policy", "adopt", str(ours)]) == 4
    assert main(["policy", "adopt", str(ours), "--effective-on", "2026-01-01", "--approver", "gm"]) == 0
    capsys.readouterr()
    assert main(["policy", "show"]) == 0
    assert 'same_issue_count_major = { value = 3, source = "our Art. 5" } # ours/1' in capsys.readouterr().out
    assert main(["policy", "diff", "default/1", str(ours), "--format", "ndjson"]) == 0
    assert json.loads(capsys.readouterr().out)["path"] == "complaint.same_issue_count_major"
    assert main(["customer", "add", "name=王五"]) == 0
    assert main(["policy", "versions", "--format", "csv"]) == 0
    assert "ours/1,2026-01-01,gm" in capsys.readouterr().out
    assert main(["policy", "what-if", str(PACKS / "abc.toml"), "--format", "csv"]) == 0
    assert "class,,B,1" in capsys.readouterr().out
    assert main(["policy", "reclassify"]) == 0


def test_a_python_plugin_brings_a_policy(db: crmkernel.Database) -> None:
    class Industry:
        id = "industry"
        version = "1"
        policy = OURS.replace("ours/1", "industry/1")

    db.register(Industry())  # type: ignore[arg-type]
    assert json.loads(db.policy.show(form="json"))["layers"] == ["default/1", "industry/1"]

    class Wrong:
        id = "wrong"
        version = "1"
        policy = "colour = 1\n"

    with pytest.raises(RejectedError):
        db.register(Wrong())  # type: ignore[arg-type]
    assert [plugin.id for plugin in db.plugins()] == ["industry"]


def test_what_if_counts_deadlines_and_visits_in_its_summary(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The summary said that no customer changes, and nothing of the deadlines that would be others."""
    day = datetime.datetime(2026, 9, 16, 9, tzinfo=datetime.UTC)
    folder = REPOSITORY / "tests" / "data" / "policies"
    with crmkernel.open(file, actor="u") as db:
        db.policy.adopt(folder / "resolve_in_15_days.toml", effective_on=datetime.date(2026, 1, 1), approver="u")
        customer = db.customers.add(name="A")
        for issue in ("x", "y"):
            db.complaints.add(customer=customer, issue=issue, received_at=day)
        tried = db.policy.what_if(folder / "resolve_in_7_days.toml")
        assert (tried.changed, ("complaint", "deadline_on", 2) in tried.due) == (0, True)
        assert "0 of 1 customers, 2 complaint.deadline_on" in repr(tried)
    arguments = ["--db", str(file), "policy", "what-if", str(folder / "resolve_in_7_days.toml"), "--format", "csv"]
    assert main(arguments) == 0
    said = capsys.readouterr()
    assert "the class of 0 of 1 customers would change; of visits and complaints 2 complaint.deadline_on" in said.err
    assert "complaint.deadline_on,,,2" in said.out
    assert main([*arguments, "--changes"]) == 0
    assert capsys.readouterr().out.count("complaint.deadline_on") == 2
