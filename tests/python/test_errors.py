"""The exceptions: one class for each kind, under the class of its range."""

from __future__ import annotations

import pickle

import crmkernel
import pytest
from conftest import NOW
from crmkernel import _native, errors

RANGES = {0: errors.CallerError, 1: errors.RuleError, 2: errors.StoreError, 3: errors.PluginError, 4: errors.RightsError}
KINDS = _native.error_kinds()


@pytest.mark.parametrize(("number", "kind", "doc"), KINDS, ids=[kind for _, kind, _ in KINDS])
def test_every_kind_has_its_class(number: int, kind: str, doc: str) -> None:
    camel = "".join(part.capitalize() for part in kind.split("_"))
    name = camel if camel.endswith("Error") else camel + "Error"
    by_name = {cls.lower(): cls for cls in dir(errors)}
    class_ = getattr(errors, by_name[name.lower()])
    assert errors.class_of(kind, number) is class_
    assert (class_.kind, class_.number) == (kind, number)
    assert class_.__doc__ == doc
    assert issubclass(class_, RANGES.get(number // 100, errors.BugError))
    error = errors.from_kernel(kind, number, "what was found", [("field", "name")], (), "a cause")
    assert type(error) is class_
    assert (str(error), error.context["field"]) == ("what was found", "name")
    assert error.__notes__ == ["caused by: a cause"]
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), str(copy), dict(copy.context)) == (class_, "what was found", {"field": "name"})


def test_no_class_is_without_a_kind_of_the_kernel() -> None:
    assert set(errors.CrmError._classes) == {kind for _, kind, _ in KINDS}


def test_a_kind_newer_than_the_package_gets_the_class_of_its_range() -> None:
    error = errors.from_kernel("plugin_bored", 399, "the plugin is bored", [], (), None)
    assert type(error) is errors.PluginError
    assert (error.kind, error.number) == ("plugin_bored", 399)


def test_a_refused_change_names_all_violations(db: crmkernel.Database) -> None:
    with pytest.raises(errors.RejectedError) as caught:
        db.customers.add(name=" ", employee_count=-1, external_system="erp")
    error = caught.value
    assert [(v.field, v.code) for v in error.violations] == [
        ("external_id", "required"),
        ("name", "blank"),
        ("employee_count", "out_of_range"),
    ] or sorted((v.field, v.code) for v in error.violations) == [
        ("employee_count", "out_of_range"),
        ("external_id", "required"),
        ("name", "blank"),
    ]
    assert len(error.__notes__) == 3
    assert all(v.message and v.message_zh for v in error.violations)
    assert any("客户名称" in note for note in error.__notes__)


def test_a_refusal_says_by_which_rule_source_and_inputs(db: crmkernel.Database) -> None:
    customer = db.customers.add(name="Wang")
    visit = db.visits.add(customer=customer, owner="u.li", planned_on=NOW.date())
    with pytest.raises(errors.RejectedError) as caught:
        visit.miss()
    (violation,) = caught.value.violations
    assert (violation.rule, violation.source) == ("R-FIX-29", "F2 Art. 8.2")
    assert list(violation.inputs) == ["planned_on", "today"]
    assert (violation.policy_version, violation.plugin) == ("default/1", "")
    assert pickle.loads(pickle.dumps(violation)) == violation
    assert "(R-FIX-29, F2 Art. 8.2)" in caught.value.__notes__[0]


@pytest.mark.parametrize(
    ("fields", "kind", "builtin"),
    [
        ({"name": 5}, "wrong_type", TypeError),
        ({"name": "x", "employee_count": True}, "wrong_type", TypeError),
        ({"name": "x", "employee_count": "12"}, "wrong_type", TypeError),
        ({"name": "x", "annual_revenue": 12}, "wrong_type", TypeError),
        ({"name": "x", "employee_count": 2**70}, "invalid_argument", ValueError),
        ({"name": "x", "status": "gone"}, "invalid_argument", ValueError),
        ({"name": "x", "parent": -1}, "invalid_argument", ValueError),
        ({"name": "x", "parent": 99}, "reference", errors.RuleError),
        ({"name": "x", "colour": "red"}, "unknown_field", KeyError),
        ({"name": "x\ud800"}, "invalid_utf8", ValueError),
        ({"name": "x" * 201}, "rejected", errors.RuleError),
    ],
)
def test_bad_input_has_its_kind(
    db: crmkernel.Database, fields: dict[str, object], kind: str, builtin: type[Exception]
) -> None:
    with pytest.raises(builtin) as caught:
        db.customers.add(**fields)  # type: ignore[misc]
    assert isinstance(caught.value, errors.CrmError)
    assert caught.value.kind == kind
    assert db.customers.count() == 0
    assert db.last_sequence == 0


def test_a_naive_datetime_is_refused(db: crmkernel.Database) -> None:
    import datetime

    customer = db.customers.add(name="x")
    with pytest.raises(errors.WrongTypeError, match="without a time zone"):
        db.complaints.add(customer=customer, issue="late", received_at=datetime.datetime(2026, 9, 16))
    with pytest.raises(errors.WrongTypeError):
        db.visits.add(customer=customer, owner="u", planned_on=datetime.datetime(2026, 9, 16))


def test_rights_are_held(db: crmkernel.Database) -> None:
    reader = db.as_actor("u.reader", level="read")
    with pytest.raises(PermissionError) as caught:
        reader.customers.add(name="x")
    assert isinstance(caught.value, errors.ForbiddenError)
    with pytest.raises(errors.InvalidArgumentError, match="allowed are read, edit, manage"):
        db.as_actor("u", level="boss")
    with pytest.raises(errors.InvalidArgumentError, match="1 to 64 characters"):
        db.as_actor("")
