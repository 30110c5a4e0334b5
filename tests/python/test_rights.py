"""Levels, names and closing hold in Python as in the kernel: see core/TRUST.md."""

import datetime
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import crmkernel
import pytest
from crmkernel import errors

KEY = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3"
POLICY = 'id = "plain"\nversion = "plain/1"\ntitle = "Plain"\n'
LEVELS = ["read", "edit", "manage"]


class Spy:
    """A plugin that declares a field and sees every write."""

    id = "acme.spy"
    version = "1"
    fields = (crmkernel.CustomField("customer", "acme.note", "text", "Note", "备注"),)

    def validate(self, change: object) -> None:
        return None


@pytest.fixture
def db() -> Iterator[crmkernel.Database]:
    with crmkernel.open(":memory:", actor="u.gm", now=datetime.datetime(2026, 9, 16, 1, tzinfo=datetime.timezone.utc)) as db:
        db.customers.add(name="王五")
        yield db


def _asking(db: crmkernel.Database, tmp_path: Any) -> dict[str, Callable[[], object]]:
    """One call for each operation of the table."""
    return {
        "read_records": lambda: db.customers.find().count(),
        "read_journal": lambda: (db.changes(), db.customers.history(1), db.customers.explain(1)),
        "compute": lambda: db.calculators(),
        "show_policy": lambda: (db.policy.show(), db.policy.check(POLICY)),
        "what_if": lambda: db.policy.what_if(POLICY),
        "list_plugins": lambda: (db.plugins(), db.plugin_keys()),
        "verify": lambda: db.verify(),
        "statistics": lambda: db.statistics(),
        "write_records": lambda: db.customers.add(name="李四"),
        "mark_missed": lambda: db.policy.mark_missed(),
        "reclassify": lambda: db.policy.reclassify(),
        "reassess": lambda: db.policy.reassess(),
        "administer": lambda: db.org_units.add(name="总行", level="head_office"),
        "allow_impossible_dates": lambda: db.allowing_impossible_dates().customers.add(name="赵六"),
        "declare_field": lambda: db.declare_field("customer", "own.tier", "text"),
        "adopt_policy": lambda: db.policy.adopt(POLICY, effective_on=datetime.date(2027, 1, 1), approver="u.gm"),
        "load_plugin": lambda: pytest.raises(errors.PluginUnknownError, db.load_plugin, tmp_path / "absent.so"),
        "register_plugin": lambda: db.register(Spy()),
        "forget_plugin": lambda: pytest.raises(errors.PluginUnknownError, db.forget_plugin, "acme.gone"),
        "enable_plugin": lambda: db.enable_plugin("acme.spy"),
        "plugin_log": lambda: db.plugin_log(),
        "trust_plugin_key": lambda: db.trust_plugin_key(KEY),
        "distrust_plugin_key": lambda: db.distrust_plugin_key(KEY),
        "backup": lambda: db.backup(tmp_path / f"{db.level}.crm"),
        "replay": lambda: db.replay(tmp_path / f"{db.level}-again.crm"),
        "rebuild_indexes": lambda: db.rebuild_indexes(),
        "compact": lambda: db.compact(),
        "statistics_of_spaces": lambda: db.statistics(spaces=True),
        "act_as": lambda: db.as_actor("u.other"),
    }


@pytest.mark.parametrize("level", LEVELS)
def test_every_operation_asks_for_its_level(db: crmkernel.Database, level: str, tmp_path: Any) -> None:
    """R1: `load_plugin`, `register` and `enable_plugin` asked for no level: a session that might only read registered a
    plugin, which wrote a field in its own name and saw every write of others."""
    asking = db.as_actor("u.spy", level=level)
    calls = _asking(asking, tmp_path)
    assert list(calls) == [name for name, _ in sorted(crmkernel.operations().items(), key=lambda op: list(calls).index(op[0]))]
    before = db.last_sequence
    for name, (needed, doc) in crmkernel.operations().items():
        assert doc
        if LEVELS.index(level) < LEVELS.index(needed):
            with pytest.raises(errors.ForbiddenError):
                calls[name]()
    if level == "read":
        assert db.last_sequence == before and db.plugins() == []
        assert "acme.note" not in [field.name for field in db.fields("customer")]
    for name, call in calls.items():
        if LEVELS.index(level) >= LEVELS.index(crmkernel.operations()[name][0]):
            call()


def test_a_plugin_of_a_reader_runs_none_of_its_code(db: crmkernel.Database) -> None:
    class Loud:
        @property
        def id(self) -> str:
            raise AssertionError("it was looked at")

    with pytest.raises(errors.ForbiddenError):
        db.as_actor("u.spy", level="read").register(Loud())


def test_as_actor_gives_no_more_than_the_session_has(db: crmkernel.Database) -> None:
    """R1: `as_actor(level=...)` gave any level to any session."""
    reader = db.as_actor("u.spy", level="read")
    for level in ("edit", "manage"):
        with pytest.raises(errors.ForbiddenError):
            reader.as_actor("u.spy", level=level)
    with pytest.raises(errors.ForbiddenError):
        reader.as_actor("boss", level="read")
    assert reader.as_actor("U.Spy").level == "read", "left out, the level is the own one"
    assert inspect.signature(crmkernel.Database.as_actor).parameters["level"].default is None
    assert db.as_actor("u.li").level == "manage"


def test_closing_a_session_closes_it_alone() -> None:
    """R1: `close` of a session that might only read closed the database of all."""
    db = crmkernel.open(":memory:", actor="u.gm")
    with db.as_actor("u.spy", level="read") as reader:
        customers = reader.customers
        assert customers.count() == 0
    assert reader.closed and not db.closed
    with pytest.raises(errors.MisuseError, match="the session is closed"):
        customers.count()
    with pytest.raises(errors.MisuseError, match="the session is closed"):
        reader.as_actor("u.spy")
    reader.close()
    assert db.customers.add(name="王五").id == 1
    other = db.as_actor("u.li")
    db.close()
    assert other.closed
    with pytest.raises(errors.MisuseError, match="the database is closed"):
        other.customers.count()
    other.close()


def test_a_suspended_user_is_suspended_under_every_spelling(db: crmkernel.Database) -> None:
    """R3: a suspended `u.evil` wrote on as `U.evil`, `u.evil ` or with a zero-width space."""
    unit = db.org_units.add(code="HQ", name="总行", level="head_office")
    db.users.suspend(db.users.add(code="U.Evil", name="坏一", unit=unit, position="staff"))
    for name in ("u.evil", "U.evil", "u.evil ", " u.evil", "\uff55.evil"):
        with pytest.raises(errors.ForbiddenError):
            db.as_actor(name, level="edit").customers.add(name="x")
    for name, code in (("u.evil\u200b", "U+200B"), ("a\nb", "U+000A"), ("\x1b[31mred", "U+001B"), ("\u202eu", "U+202E")):
        with pytest.raises(errors.InvalidArgumentError) as refused:
            db.as_actor(name, level="edit")
        assert code in str(refused.value) and refused.value.context["character"] == code
    assert db.as_actor("U.Li ").actor == "u.li"


def test_an_explanation_shows_instants_in_the_zone_of_the_database(db: crmkernel.Database) -> None:
    """F14: explanations showed instants in UTC."""
    policy = POLICY + '[complaint.respond]\ngeneral = { value = 24, unit = "hours", rule = "R" }\n'
    db.policy.adopt(policy, effective_on=datetime.date(2026, 9, 16), approver="u.gm")
    received_at = datetime.datetime(2026, 9, 16, 0, 30, tzinfo=datetime.timezone.utc)
    complaint = db.complaints.add(customer=1, issue="价格", received_at=received_at)
    text = str(complaint.explain(lang="zh"))
    assert "2026-09-17T08:30:00+08:00" in text and "00:30:00Z" not in text


def test_many_problems_of_a_policy_are_bounded() -> None:
    """F13: a policy of 316 KB with 20,000 unknown keys took 19.7 s and gave as many problems."""
    found = crmkernel.check_policy(POLICY + "".join(f"k{i:x}=1\n" for i in range(20_000)))
    assert len(found) == 101
    assert found[-1].code == "more_problems" and found[-1].inputs["more"] == "19900"
