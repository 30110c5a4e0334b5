"""Rules in Python and rules in loaded libraries."""

from __future__ import annotations

import datetime
import platform
import sys
from collections.abc import Callable
from fractions import Fraction
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
            inputs = [("party_kind", "organisation")]
            source = "acme's handbook"
            return [Violation("region", "required", "region is missing", "缺少地区", "ACME-1", source=source, inputs=inputs)]
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
    assert (violation.rule, violation.plugin, violation.field) == ("ACME-1", "acme.rules 1.2", "region")
    assert (violation.source, violation.inputs) == ("acme's handbook", {"party_kind": "organisation"})
    assert violation.policy_version == "default/1"
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
    registered = db.last_sequence
    for name in ("A", "B", "B", "C"):
        with pytest.raises(errors.PluginFailedError, match="raised ZeroDivisionError") as caught:
            db.customers.add(name=name)
        assert isinstance(caught.value.__cause__, ZeroDivisionError)
        assert "secret" not in str(caught.value)
    with pytest.raises(errors.PluginQuarantinedError):
        db.customers.add(name="D")
    assert db.plugins()[0].quarantined
    db.enable_plugin("acme.failing")
    with pytest.raises(errors.PluginFailedError):
        db.customers.add(name="A")
    assert db.last_sequence == registered


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
    assert caught.value.violations[0].plugin == "crmkernel.banking 0.1.0"


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

class Retail:
    """Every hook that a plugin in Python may have."""

    id = "acme.retail"
    version = "1.0"
    policy = 'id = "acme"\nversion = "acme/1"\ntitle = "Acme"\n'
    fields = (crmkernel.CustomField("customer", "acme.tier", "text", "Tier", "层级", len_max=8, indexed=True),)
    calculators = (
        crmkernel.Calculator(
            "acme.share",
            (crmkernel.Parameter("part", "money"), crmkernel.Parameter("whole", "money", optional=True)),
            (crmkernel.Parameter("share", "ratio"),),
        ),
    )

    def classify(self, change: Change) -> list[crmkernel.Decided]:
        if change.entity != "customer":
            return []
        tier = "large" if (change.after.employee_count or 0) > 100 else "small"
        return [crmkernel.Decided(tier, Decision("acme.tier", tier, "by the number of employees", rule="ACME-3"))]

    def cadence(self, change: Change) -> list[crmkernel.Decided]:
        day = change.after_days(change.today, 30)
        return [crmkernel.Decided(day, Decision("next_due_on", str(day), "a month", rule="ACME-4"))]

    def rights(self, change: Change) -> list[str]:
        return [] if change.actor == "u.test" else ["phone"]

    def compute(self, name: str, arguments: dict[str, crmkernel.Money | None]) -> list[crmkernel.Decided]:
        part, whole = arguments["part"], arguments["whole"] or crmkernel.Money(100, "CNY")
        if part is None or part.amount_minor > whole.amount_minor:
            raise ValueError("the part is greater than the whole")
        share = Fraction(part.amount_minor, whole.amount_minor)
        return [crmkernel.Decided(share, Decision("share", str(share), "part of whole", rule="ACME-5"))]


def test_every_hook_of_the_abi_is_there_in_python(db: crmkernel.Database) -> None:
    db.register(Retail())
    customer = db.customers.add(name="A", phone="000", employee_count=101)
    assert customer["acme.tier"] == "large"
    assert customer.next_due_on == datetime.date(2026, 10, 16)
    assert [d.subject for d in customer.explain()] == ["acme.tier", "next_due_on"]
    assert customer.explain()[0].plugin == "acme.retail 1.0"
    assert db.customers.get(customer.id).phone == "000"


def test_a_plugin_hides_fields_from_others(tmp_path: Path) -> None:
    path = tmp_path / "company.crm"
    with crmkernel.open(path, actor="u.test") as db:
        db.customers.add(name="A", phone="000")
    with crmkernel.open(path, actor="u.guest") as db:
        db.register(Retail())
        assert db.customers.get(1).phone is None
        assert [c.phone for c in db.customers.find()] == [None]


class Discreet:
    """Hides status and revenue from the guest, and says the revenue in its refusals."""

    id = "acme.discreet"
    version = "1.0"

    def rights(self, change: Change) -> list[str]:
        return ["status", "annual_revenue"] if change.entity == "customer" and change.actor == "u.guest" else []

    def validate(self, change: Change) -> list[Violation]:
        if change.after.region != "nowhere":
            return []
        said = f"the revenue is {change.after.annual_revenue}, the telephone {change.after.phone}"
        return [Violation("region", "nowhere", said, rule="ACME-6", inputs=[("revenue", said)])]


@pytest.mark.parametrize(("actor", "is_told"), [("u.test", True), ("u.guest", False)])
def test_a_refusal_tells_nobody_what_is_hidden(tmp_path: Path, actor: str, is_told: bool) -> None:
    path = tmp_path / "company.crm"
    with crmkernel.open(path, actor="u.test") as db:
        db.customers.add(name="A", code="C-1", phone="13900001111", annual_revenue=crmkernel.Money(987654321, "CNY"))

    def said(error: errors.CrmError) -> str:
        inputs = [(v.message, v.message_zh, v.inputs) for v in error.violations]
        return f"{error} {error.context} {inputs} {getattr(error, '__notes__', [])}"

    with crmkernel.open(path, actor=actor) as db:
        db.register(Discreet())
        with pytest.raises(errors.TransitionError) as state:
            db.customers.rest(1)
        assert ("prospect" in said(state.value)) == is_told
        with pytest.raises(errors.RejectedError) as rejected:
            db.customers.update(1, region="nowhere")
        assert ("9876543" in said(rejected.value)) == is_told
        assert "13900001111" not in said(rejected.value), "a sensitive value is told to nobody"
        assert [v.code for v in rejected.value.violations] == ["nowhere"]
        with pytest.raises(errors.DuplicateError) as taken:
            db.customers.add(name="B", code="C-1")
        assert "C-1" not in said(taken.value)


def test_calculators_are_called_by_name_and_take_no_float(db: crmkernel.Database) -> None:
    db.register(Retail())
    assert db.calculators() == ["acme.share"]
    cny = crmkernel.Money
    assert db.compute("acme.share", part=cny(25, "CNY")) == {"share": Fraction(1, 4)}
    assert db.compute("acme.share", part=cny(1, "CNY"), whole=cny(8, "CNY")) == {"share": Fraction(1, 8)}
    with pytest.raises(errors.InvalidArgumentError, match="does not allow"):
        db.compute("acme.share", part=cny(9, "CNY"), whole=cny(8, "CNY"))
    with pytest.raises(errors.InvalidArgumentError, match="no argument hole"):
        db.compute("acme.share", part=cny(9, "CNY"), hole=1)
    with pytest.raises(errors.InvalidArgumentError, match="fraction of its own"):
        db.compute("acme.share", part=0.5)  # type: ignore[arg-type]
    with pytest.raises(errors.NotFoundError):
        db.compute("acme.none")
    assert db.plugins()[0].failures == 0
    assert db.plugins()[0].slow == 0


def test_keys_are_trusted_and_a_plugin_without_a_signature_is_refused(db: crmkernel.Database) -> None:
    kept = Path(__file__).parents[1] / "plugins" / "kept"
    key = (kept / "minisign.pub").read_text().splitlines()[1]
    other = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3"
    db.trust_plugin_key(other)
    if sys.platform == "linux" and platform.machine() == "x86_64":
        with pytest.raises(errors.PluginSignatureError):
            db.load_plugin(kept / "libexample.so")
        db.trust_plugin_key(key)
        db.load_plugin(kept / "libexample.so")
        assert db.compute("acme.twice", number=21) == {"doubled": 42}
    db.distrust_plugin_key(other)
    assert other not in db.plugin_keys()


class Tiers:
    """Decides a tier of premium customers, and who met one first."""

    id = "acme.tiers"
    version = "1.0"
    entities = ("customer",)
    hides = ("customer.phone",)
    fields = (
        crmkernel.CustomField("customer", "acme.tier", "text", "Tier", "层级", len_max=8),
        crmkernel.CustomField("customer", "acme.first", "text", "First", "首位", len_max=64),
    )

    def classify(self, change: Change) -> list[crmkernel.Decided]:
        found = []
        if change.before is None:
            first = Decision("acme.first", change.actor, "who met the customer first", rule="ACME-8")
            found.append(crmkernel.Decided(change.actor, first, kept=True))
        if change.after.industry == "premium":
            found.append(crmkernel.Decided("gold", Decision("acme.tier", "gold", "a premium customer", rule="ACME-7")))
        if change.after.industry == "gone":
            found.append(crmkernel.Decided(None, Decision("acme.first", "", "nobody", rule="ACME-8")))
        return found

    def rights(self, change: Change) -> list[str]:
        return []


def test_a_database_without_its_plugin_warns_and_keeps_what_it_rules(file: Path, clock: crmkernel.FixedClock) -> None:
    """Reopened without the plugin, nothing warned and its rules were gone."""
    with crmkernel.open(file, actor="u.test", now=clock) as db:
        db.register(Tiers())
        assert db.warnings == []
        db.customers.add(name="A", phone="000")
    with crmkernel.open(file, actor="u.test", now=clock) as db:
        (warning,) = db.warnings
        assert (warning.code, warning.subject) == ("plugin_missing", "acme.tiers")
        assert "acme.tiers 1.0" in warning.message and "acme.tiers" in warning.message_zh
        assert db.verify().ok and db.verify().warnings == [warning]
        with pytest.raises(errors.PluginMissingError) as caught:
            db.customers.add(name="B")
        assert (caught.value.context["plugin"], caught.value.context["version"]) == ("acme.tiers", "1.0")
        assert db.customers.get(1).phone == "000"
        assert db.as_actor("u.clerk", level="edit").customers.get(1).phone is None
    with crmkernel.open(file, actor="u.test", now=clock, allow_missing_plugins=True) as db:
        added = db.customers.add(name="B")
        assert added.explain()[0].subject == "plugin_missing"

    class Older(Tiers):
        version = "0.9"

    with crmkernel.open(file, actor="u.test", now=clock) as db:
        with pytest.raises(errors.PluginOlderError):
            db.register(Older())
    with crmkernel.open(file, actor="u.test", now=clock, allow_older_plugins=True) as db:
        db.register(Older())
        assert [warning.code for warning in db.warnings] == ["plugin_older"]
    with crmkernel.open(file, actor="u.test", now=clock) as db:
        db.forget_plugin("acme.tiers")
        assert db.warnings == []
        db.customers.add(name="C")


def test_a_decision_is_withdrawn_kept_and_taken_back(db: crmkernel.Database) -> None:
    """What a plugin had decided stayed for ever."""
    db.register(Tiers())
    customer = db.customers.add(name="A", industry="premium")
    assert (customer["acme.tier"], customer["acme.first"]) == ("gold", "u.test")
    customer = db.customers.update(customer.id, industry="retail")
    assert (customer["acme.tier"], customer["acme.first"]) == (None, "u.test")
    assert db.customers.update(customer.id, industry="gone")["acme.first"] is None


def test_reclassify_asks_a_plugin_in_python(db: crmkernel.Database) -> None:
    """It said (1, 0) though the customer would change."""
    db.customers.add(name="A", industry="premium")
    db.register(Tiers())
    assert db.policy.reclassify() == (1, 1)
    assert db.customers.get(1)["acme.tier"] == "gold"
    assert db.policy.reclassify() == (1, 0)


def test_a_plugin_that_everybody_may_write_is_refused(
    db: crmkernel.Database, plugin: Callable[[str], Path], tmp_path: Path
) -> None:
    """Whoever could write the library or its manifest ran code in the process."""
    library = plugin("realestate")
    copy, manifest = tmp_path / library.name, tmp_path / (library.name + ".toml")
    copy.write_bytes(library.read_bytes())
    manifest.write_bytes(library.with_name(library.name + ".toml").read_bytes())
    for path in (copy, manifest, tmp_path):
        mode = path.stat().st_mode
        path.chmod(mode | 0o002)
        with pytest.raises(errors.PluginNotAllowedError, match="may be written by everybody"):
            db.load_plugin(copy)
        path.chmod(mode)
    copy.chmod(0o777)
    db.load_plugin(copy, allow_writable=True)


class Hooked:
    """A plugin whose `validate` is what a test says, once it is on."""

    id = "acme.hooked"
    version = "1.0.0"
    entities = ("customer",)

    def __init__(self, hook: Callable[[Change], object]) -> None:
        self.hook = hook
        self.on = False

    def validate(self, change: Change) -> object:
        return self.hook(change) if self.on else None


def hooked(db: crmkernel.Database, hook: Callable[[Change], object]) -> Hooked:
    plugin = Hooked(hook)
    db.register(plugin)  # type: ignore[arg-type]
    plugin.on = True
    return plugin


def test_a_hook_cannot_close_the_database_and_nothing_changes(tmp_path: Path) -> None:
    """`db.close()` in a hook raised, and the handle said that it was closed, while the file stayed locked for ever."""
    path = tmp_path / "a.crm"
    raised: list[type[BaseException]] = []

    def close(_: Change) -> None:
        for database in (db, session):
            try:
                database.close()
            except errors.MisuseError as error:
                raised.append(type(error))

    with crmkernel.open(path, actor="u.test", now=NOW) as db:
        session = db.as_actor("u.li", level="edit")
        plugin = hooked(db, close)
        db.customers.add(name="A")
        assert raised == [errors.MisuseError, errors.MisuseError]
        plugin.on = False
        assert not db.closed and not session.closed
        session.customers.add(name="B")
    assert db.closed
    with crmkernel.open(path, actor="u.test", now=NOW, allow_missing_plugins=True, busy_timeout=1.0) as again:
        assert again.customers.count() == 2


def test_a_decision_says_what_is_decided(db: crmkernel.Database) -> None:
    """The text of a decision stood in the journal as the plugin wrote it, whatever was decided."""

    class Lies:
        id = "acme.lies"
        version = "1.0.0"
        entities = ("customer", "complaint")
        fields = (crmkernel.CustomField("customer", "lies.tier", "text", "Tier", "层级"),)

        def classify(self, change: Change) -> list[crmkernel.Decided]:
            why = Decision("lies.tier", "B", "because", "因为", rule="L-1")
            return [crmkernel.Decided("A", why)] if change.entity == "customer" else []

        def complaint(self, _: Change) -> ComplaintAnswer:
            why = Decision("deadline_on", "2030-01-01", "because", "因为", rule="L-2")
            return ComplaintAnswer(datetime.date(2026, 9, 30), (why,))

    db.register(Lies())
    customer = db.customers.add(name="A")
    complaint = db.complaints.add(customer=customer, issue="late", received_at=NOW)
    (tier,) = [decision for decision in customer.explain() if decision.subject == "lies.tier"]
    (deadline,) = [decision for decision in complaint.explain() if decision.subject == "deadline_on"]
    assert (customer["lies.tier"], tier.value) == ("A", "A")
    assert (complaint.deadline_on, deadline.value) == (datetime.date(2026, 9, 30), "2026-09-30")


def _no(message: str = "no") -> Violation:
    return Violation("", "no", message, "否", "R-1")


def test_an_answer_in_python_has_the_bounds_of_the_abi(db: crmkernel.Database) -> None:
    """A hook in Python gave 300,000 violations, a message of ten megabytes, and a generator without an end."""

    def endless(_: Change) -> object:
        while True:
            yield _no()

    answers: list[Callable[[Change], object]] = [
        endless,
        lambda _: [_no("m" * 4097)],
        lambda _: [_no()] * 257,
        lambda _: [Violation("", "c" * 129, "no", "否", "R-1")],
        lambda _: [Violation("", "no", "no", "否", "R-1", inputs=[("x", "y")] * 65)],
    ]
    plugin = hooked(db, answers[0])
    for answer in answers:
        plugin.hook = answer
        with pytest.raises(errors.PluginFailedError) as caught:
            db.customers.add(name="A")
        assert "its answer is not taken" in str(caught.value) and len(str(caught.value)) < 500
        db.enable_plugin("acme.hooked")
    plugin.hook = lambda _: [_no("m" * 4096)] * 256
    with pytest.raises(errors.RejectedError) as refused:
        db.customers.add(name="A")
    assert len(refused.value.violations) == 256


def test_ctrl_c_in_a_hook_is_ctrl_c(db: crmkernel.Database) -> None:
    """KeyboardInterrupt in a hook became a failure of the plugin, and the program went on."""

    def interrupt(_: Change) -> object:
        raise KeyboardInterrupt

    plugin = hooked(db, interrupt)
    for name in "ABCD":
        with pytest.raises(KeyboardInterrupt):
            db.customers.add(name=name)
    (status,) = db.plugins()
    assert (status.failures, status.quarantined, db.customers.count()) == (0, False, 0)
    plugin.on = False
    db.customers.add(name="A")


def test_what_a_plugin_says_of_a_hidden_value_is_not_shown(db: crmkernel.Database) -> None:
    """The rule, the source, the code and the name of an input told the telephone number to whom it was hidden."""

    class Masks:
        id = "acme.masks"
        version = "1.0.0"
        entities = ("customer",)
        hides = ("customer.phone",)

        def rights(self, change: Change) -> list[str]:
            return ["phone"] if change.actor == "u.low" else []

    phone = "13912345678"
    makes: list[Callable[[str], Violation]] = [
        lambda text: Violation("", text, "no", "否", "R-1"),
        lambda text: Violation("", "no", "no", "否", text),
        lambda text: Violation("", "no", "no", "否", "R-1", source=text),
        lambda text: Violation("", "no", "no", "否", "R-1", inputs=[(text, "x")]),
        lambda text: Violation("", "no", "no", "否", "ends with " + text[-4:]),
    ]
    db.register(Masks())  # type: ignore[arg-type]
    customer = db.customers.add(name="A", phone=phone)
    plugin = hooked(db, lambda _: None)
    low = db.as_actor("u.low", level="edit")
    for make in makes:
        plugin.hook = lambda _, make=make: [make(phone)]
        with pytest.raises(errors.RejectedError) as caught:
            low.customers.update(low.customers.get(customer.id), note="n")
        (violation,) = caught.value.violations
        assert violation.plugin == "acme.hooked 1.0.0"
        assert phone[-4:] not in repr((violation.code, violation.message, violation.rule, violation.source, violation.inputs))
