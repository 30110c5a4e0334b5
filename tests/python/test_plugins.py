"""Rules in Python and rules in loaded libraries."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path

import crmkernel
import pytest
from conftest import NOW
from crmkernel import Change, ComplaintAnswer, Decision, Violation, errors


class Acme:
    """Refuses customers without a region, and gives complaints three working days."""

    id = "acme.rules"
    version = "1.2"

    def __init__(self) -> None:
        self.seen: list[Change] = []

    def validate(self, change: Change) -> list[Violation]:
        self.seen.append(change)
        if change.entity == "customer" and change.after.region is None:
            return [Violation("region", "required", "region is missing", "缺少地区", rule="ACME-1")]
        return []

    def complaint(self, change: Change) -> ComplaintAnswer | None:
        day = change.after_workdays(change.date_of(change.after.received_at), 3)
        decision = Decision("deadline_on", str(day), "three working days", "三个工作日", rule="ACME-2", source="house rules")
        return ComplaintAnswer(day, (decision,))


def test_a_plugin_refuses_and_decides(db: crmkernel.Database) -> None:
    plugin = Acme()
    assert isinstance(plugin, crmkernel.Plugin)
    db.register(plugin)
    with pytest.raises(errors.RejectedError) as caught:
        db.customers.add(name="A")
    (violation,) = caught.value.violations
    assert (violation.rule, violation.plugin, violation.field) == ("ACME-1", "acme.rules", "region")
    customer = db.customers.add(name="A", region="310000", class_="key")
    change = plugin.seen[-1]
    assert (change.command, change.actor, change.now, change.today) == ("add", "u.test", NOW, NOW.date())
    assert (change.before, change.after.name, change.after["class"]) == (None, "A", "key")
    with pytest.raises(AttributeError):
        _ = change.after.colour
    complaint = db.complaints.add(customer=customer, issue="late", received_at=NOW)
    # Wednesday 16 September and three working days: Monday, for Sunday the 20th is worked before the holiday.
    assert complaint.deadline_on in (datetime.date(2026, 9, 20), datetime.date(2026, 9, 21))
    grade, deadline = complaint.explain()
    assert (grade.subject, deadline.rule, deadline.plugin) == ("grade", "ACME-2", "acme.rules 1.2")
    assert plugin.seen[-1].customer is not None
    assert [(p.id, p.version, p.failures) for p in db.plugins()] == [("acme.rules", "1.2", 0)]
    with pytest.raises(errors.DuplicateError):
        db.register(Acme())


class Failing:
    id, version = "acme.failing", "1"

    def validate(self, change: Change) -> None:
        raise ZeroDivisionError("the customer's secret")


def test_a_plugin_that_fails_is_named_and_then_put_in_quarantine(db: crmkernel.Database) -> None:
    db.register(Failing())
    for _ in range(3):
        with pytest.raises(errors.PluginFailedError, match="raised ZeroDivisionError") as caught:
            db.customers.add(name="A")
        assert isinstance(caught.value.__cause__, ZeroDivisionError)
        assert "secret" not in str(caught.value)
    with pytest.raises(errors.PluginQuarantinedError):
        db.customers.add(name="A")
    assert db.plugins()[0].quarantined
    db.enable_plugin("acme.failing")
    with pytest.raises(errors.PluginFailedError):
        db.customers.add(name="A")
    assert db.last_sequence == 0


def test_a_hook_may_not_use_the_database(db: crmkernel.Database) -> None:
    class Nosy:
        id, version = "acme.nosy", "1"

        def validate(self, change: Change) -> None:
            db.customers.add(name="B")

    db.register(Nosy())
    with pytest.raises(errors.PluginFailedError) as caught:
        db.customers.add(name="A")
    assert isinstance(caught.value.__cause__, errors.MisuseError)


def test_hooks_are_called_in_imports_too(db: crmkernel.Database) -> None:
    db.register(Acme())
    rows = [{"name": f"c{i}", "region": "310000" if i % 2 else None} for i in range(100)]
    report = db.customers.add_many(rows, on_error="collect")
    assert (report.added, len(report.rejected), report.rejected[0].code) == (50, 50, "required")


def test_objects_that_are_no_plugins_are_refused(db: crmkernel.Database) -> None:
    for plugin in (object(), type("NoHook", (), {"id": "a", "version": "1"})()):
        with pytest.raises(errors.InvalidArgumentError):
            db.register(plugin)


def test_a_plugin_does_not_keep_the_database_open(file: Path) -> None:
    db = crmkernel.open(file, actor="u")
    db.register(Acme())
    del db
    with crmkernel.open(file, actor="u", busy_timeout=0) as again:
        assert again.plugins() == []


def test_the_banking_plugin_is_loaded(db: crmkernel.Database, plugin: Callable[[str], Path]) -> None:
    db.load_plugin(plugin("banking"), settings={"complaint.roll": "none"})
    customer = db.customers.add(name="A")
    complaint = db.complaints.add(customer=customer, issue="fees", received_at=NOW)
    assert complaint.deadline_on == datetime.date(2026, 10, 1)
    assert "L-BNK-1" in [decision.rule for decision in complaint.explain()]
    with pytest.raises(errors.RejectedError) as caught:
        customer.activate()
    assert caught.value.violations[0].plugin == "crmkernel.banking"


def test_libraries_that_are_not_good_are_refused(db: crmkernel.Database, plugin: Callable[[str], Path], tmp_path: Path) -> None:
    library = plugin("banking")
    with pytest.raises(errors.PluginUnknownError):
        db.load_plugin(tmp_path / "none.so")
    with pytest.raises(errors.PluginNotAllowedError):
        db.load_plugin(library, allow=[tmp_path])
    with pytest.raises(errors.PluginError):
        db.load_plugin(library, settings={"complaint.roll": "sideways"})
    copy, manifest = tmp_path / library.name, library.with_name(library.name + ".toml")
    copy.write_bytes(library.read_bytes())
    with pytest.raises(errors.PluginManifestError):
        db.load_plugin(copy)
    copy.with_name(copy.name + ".toml").write_bytes(manifest.read_bytes())
    copy.write_bytes(library.read_bytes() + b"x")
    with pytest.raises(errors.PluginHashError):
        db.load_plugin(copy)
    text = manifest.read_text()
    copy.write_bytes(library.read_bytes())
    copy.with_name(copy.name + ".toml").write_text(text.replace("major = 1", "major = 9"))
    with pytest.raises(errors.PluginAbiError):
        db.load_plugin(copy)
    assert db.plugins() == []
