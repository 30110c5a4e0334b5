"""Records: frozen, lazy, typed, and good citizens of Python."""

from __future__ import annotations

import datetime
import pickle
import subprocess
import sys

import crmkernel
import pytest
from conftest import NOW
from crmkernel import errors


def a_customer(db: crmkernel.Database) -> crmkernel.Customer:
    return db.customers.add(
        name="王五商行",
        class_="key",
        phone="13800000000",
        employee_count=12,
        annual_revenue=crmkernel.Money(1250, "CNY"),
        signed_on=datetime.date(2024, 2, 29),
    )


def test_values_are_plain_python(db: crmkernel.Database) -> None:
    customer = a_customer(db)
    assert (customer.id, customer.revision, customer.entity) == (1, 1, "customer")
    assert (customer.name, customer.class_, customer["class"]) == ("王五商行", "key", "key")
    assert customer.annual_revenue == crmkernel.Money(1250, "CNY")
    assert customer.signed_on == datetime.date(2024, 2, 29)
    assert customer.created_at == NOW
    assert customer.created_at.utcoffset() == datetime.timedelta(0)
    assert customer.email is None
    assert customer.status is sys.intern("prospect")
    assert db.persons.add(customer=customer, name="李四", is_key=True).is_key is True


def test_records_are_frozen(db: crmkernel.Database) -> None:
    customer = a_customer(db)
    with pytest.raises(AttributeError, match="frozen"):
        customer.name = "x"  # type: ignore[misc]
    with pytest.raises(AttributeError):
        customer.colour = "x"  # type: ignore[attr-defined]
    with pytest.raises(errors.UnknownFieldError):
        customer["colour"]


def test_equality_and_hash_go_by_content(db: crmkernel.Database) -> None:
    customer = a_customer(db)
    again = db.customers.get(customer.id)
    assert (customer == again, hash(customer) == hash(again)) == (True, True)
    changed = db.customers.update(customer, region="310000")
    assert changed != customer
    assert customer.region is None
    assert len({customer, again, changed}) == 2
    assert customer != "customer"


def test_representations_show_no_personal_data(db: crmkernel.Database) -> None:
    customer = a_customer(db)
    assert repr(customer).startswith("Customer(id=1, revision=1, name='王五商行'")
    html = customer._repr_html_()
    assert "客户名称" in html
    assert "<th>name</th>" in html
    for text in (repr(customer), html, db.customers.find()._repr_html_(), str(customer.to_dict(sensitive=False))):
        assert "13800000000" not in text
    assert customer.to_dict()["phone"] == "13800000000"
    db.customers.update(customer, note="<script>")
    assert "<script>" not in db.customers.get(1)._repr_html_()


def test_a_record_can_be_matched(db: crmkernel.Database) -> None:
    match a_customer(db):
        case crmkernel.Customer(id=id_, class_="key"):
            assert id_ == 1
        case other:
            pytest.fail(repr(other))
    match crmkernel.Money(5, "CNY"):
        case crmkernel.Money(amount, "CNY"):
            assert amount == 5


def test_a_record_is_pickled_with_its_custom_fields(db: crmkernel.Database) -> None:
    db.declare_field("customer", "acme.tier", "text", label_zh="等级")
    customer = db.customers.add(name="x", custom={"acme.tier": "gold"})
    copy = pickle.loads(pickle.dumps(customer))
    assert type(copy) is crmkernel.Customer
    assert (copy == customer, copy["acme.tier"], copy.name) == (True, "gold", "x")
    with pytest.raises(errors.MisuseError):
        copy.activate()
    data = bytearray(customer.__reduce__()[1][0])
    data[0] = 9
    with pytest.raises(errors.NewerVersionError):
        crmkernel._native.load_record(bytes(data), [])
    data[0], data[20] = 1, data[20] ^ 1
    with pytest.raises(errors.CorruptError):
        crmkernel._native.load_record(bytes(data), [])


def test_a_pickle_is_read_by_another_process(db: crmkernel.Database) -> None:
    code = "import pickle, sys; print(pickle.load(sys.stdin.buffer).name)"
    given = subprocess.run([sys.executable, "-c", code], input=pickle.dumps(a_customer(db)), capture_output=True, check=True)
    assert given.stdout.decode().strip() == "王五商行"


def test_verbs_are_methods_of_records_and_collections(db: crmkernel.Database, clock: crmkernel.FixedClock) -> None:
    visit = db.visits.add(customer=a_customer(db), owner="u.li", planned_on=NOW.date())
    held = visit.hold(duration_s=60)
    assert (held.state, held.duration_s, held.held_at) == ("held", 60, NOW)
    with pytest.raises(errors.ConflictError):
        visit.cancel(reason="ill")
    with pytest.raises(errors.TransitionError):
        db.visits.cancel(visit.id, reason="ill")
    reported = db.visits.report(held, report="went well")
    assert reported.report == "went well"
    clock.set(NOW + datetime.timedelta(days=1))
    assert db.as_actor("u.chen").visits.review(reported).reviewed_at == NOW + datetime.timedelta(days=1)
    assert [entry.command for entry in reported.history()] == ["review", "report", "hold", "add"]
    assert "Allowed from planned" in (crmkernel.Visits.hold.__doc__ or "")


def test_verbs_check_what_they_are_given(db: crmkernel.Database) -> None:
    customer = a_customer(db)
    with pytest.raises(errors.WrongTypeError, match="found customer"):
        db.visits.hold(customer)  # type: ignore[arg-type]
    with pytest.raises(errors.WrongTypeError):
        db.visits.hold("1")  # type: ignore[arg-type]
    with pytest.raises(errors.NotFoundError):
        db.visits.hold(77)
    with pytest.raises(errors.InvalidArgumentError, match="allowed are activate, rest, lose"):
        db.customers.act("dance", customer)


def test_every_verb_of_the_kernel_is_there() -> None:
    from crmkernel.cli.entities import verbs

    customer = {"activate", "rest", "lose", "grant", "revoke", "plan_visits", "end_visits", "report_event"}
    assert set(verbs("customer")) == customer
    assert set(verbs("visit")) == {"hold", "report", "review", "miss", "cancel"}
    assert {"escalate", "follow_up", "resume", "reopen", "archive", "extend"} <= set(verbs("complaint"))
    assert set(verbs("action")) == {"complete", "verify", "fail", "cancel"}
    assert hasattr(crmkernel.Complaint, "escalate")
    assert verbs("person") == {}


def test_a_decision_says_why_in_two_languages(db: crmkernel.Database) -> None:
    complaint = db.complaints.add(customer=a_customer(db), issue="late", received_at=NOW)
    (english,) = complaint.explain()
    (chinese,) = db.complaints.explain(complaint, lang="zh")
    assert str(english) == (
        "grade = key_customer: the customer is a key customer (rule R-FIX-15, F2 Art. 7.2.2; customer_class key, "
        "same_issue_count 1, same_issue_count_major 2, external_intent false, escalated false; policy default/1)"
    )
    assert str(chinese).startswith("投诉等级 = 重点客户投诉：重点客户的投诉（规则 R-FIX-15，")
    assert english == chinese
    assert english.inputs["customer_class"] == "key"
    assert list(english.inputs)[:2] == ["customer_class", "same_issue_count"], "in the order of the rule"
    with pytest.raises(errors.InvalidArgumentError):
        complaint.explain(lang="fr")


def test_an_explanation_is_text_and_a_table(db: crmkernel.Database) -> None:
    complaint = db.complaints.add(customer=a_customer(db), issue="<late>", received_at=NOW)
    explanation = complaint.explain(lang="zh")
    assert isinstance(explanation, crmkernel.Explanation)
    assert isinstance(explanation, list)
    assert str(explanation) == str(explanation[0])
    html = explanation._repr_html_()
    assert html.startswith("<table><thead><tr><th>事项</th>")
    assert "<td>重点客户投诉</td>" in html
    assert "<td>key_customer</td>" in complaint.explain()._repr_html_()
    assert explanation[0]._repr_html_() == html
    shop = crmkernel.Decision("shop.tier", "<gold>", "spends & stays", "消费多", rule="S-1")
    assert "&lt;gold&gt;" in shop._repr_html_()
    assert "spends &amp; stays" in shop._repr_html_()
    assert str(shop) == "shop.tier = <gold>: spends & stays (rule S-1)"
    assert str(crmkernel.Explanation()) == ""


def test_the_file_and_the_due_days_of_a_customer_are_explained_in_chinese_too(db: crmkernel.Database) -> None:
    customer = a_customer(db)
    section = db.policy.customer_file(customer.id, lang="zh")[0]
    assert str(section).startswith("行业与市场 = 缺失：此部分尚无资料（规则 R-TEL-06，")
    with pytest.raises(errors.InvalidArgumentError):
        db.policy.customer_file(customer.id, lang="fr")


def test_the_time_in_each_state_and_relations_are_read(db: crmkernel.Database) -> None:
    customer = a_customer(db)
    complaint = db.complaints.add(customer=customer, issue="late", received_at=NOW)
    (stay,) = complaint.stays()
    assert (stay.state, stay.since, stay.until, stay.seconds) == ("received", NOW, None, 0)
    assert repr(stay) == 'Stay(state="received", seconds=0)'
    assert db.complaints.stays(complaint.id) == [stay]
    wang = db.persons.add(customer=customer, name="王五")
    li = db.persons.add(customer=customer, name="李四")
    relation = db.person_relations.add(person=wang, other=li, kind="reports_to")
    (found,) = db.person_relations.related(wang)
    assert (found.id, found.depth, found.via, found.relation) == (li.id, 1, wang.id, relation.id)
    assert (found.kind, found.leads_away) == ("reports_to", True)
    assert db.person_relations.related(li) == []
    assert [one.leads_away for one in db.person_relations.related(li, both_directions=True)] == [False]
    with pytest.raises(errors.WrongTypeError):
        db.person_relations.related(customer)


def test_rates_are_exact_parts_of_a_whole(db: crmkernel.Database) -> None:
    customer = db.customers.activate(a_customer(db))
    db.complaints.add(customer=customer, issue="late", received_at=NOW)
    day = datetime.timedelta(days=1)
    rate = db.complaint_rate(NOW, NOW + day)
    assert (rate.part, rate.whole, rate.hundredths, repr(rate)) == (1, 1, 10_000, "Share(part=1, whole=1)")
    assert rate.is_at_least(100)
    with pytest.raises(errors.NotFoundError):
        db.complaint_rate(NOW - day, NOW)
    nothing = db.satisfaction(NOW.date(), NOW.date(), customer=customer)
    assert (nothing.part, nothing.whole, nothing.hundredths) == (0, 0, None)
    with pytest.raises(errors.WrongTypeError):
        db.satisfaction(NOW, NOW)


def test_money_is_a_value() -> None:
    money = crmkernel.Money(1250, "CNY")
    assert (money.amount_minor, money.currency, repr(money)) == (1250, "CNY", "Money(1250, 'CNY')")
    assert pickle.loads(pickle.dumps(money)) == money
    assert hash(money) == hash(crmkernel.Money(1250, "CNY"))
    assert crmkernel.Money(5, "CNY") < money
    with pytest.raises(errors.InvalidArgumentError):
        crmkernel.Money(1, "yuan")
