"""Queries: immutable, lazy, answered from an index, and tables for other libraries."""

from __future__ import annotations

import datetime

import crmkernel
import numpy
import pandas
import polars
import pyarrow
import pytest
from conftest import NOW
from crmkernel import errors


@pytest.fixture
def visits(db: crmkernel.Database) -> crmkernel.Visits:
    customer = db.customers.add(name="x", owner="u.li")
    rows = (
        {
            "customer": customer,
            "owner": "u.li" if i % 2 else "u.wang",
            "planned_on": datetime.date(2026, 9, 1) + datetime.timedelta(days=i % 30),
        }
        for i in range(100)
    )
    assert db.visits.add_many(rows).added == 100
    return db.visits


def test_sums_by_groups(db: crmkernel.Database) -> None:
    money = crmkernel.Money
    db.customers.add(name="a", employee_count=3, annual_revenue=money(2**63 - 1, "CNY"), class_="key")
    db.customers.add(name="b", employee_count=4, annual_revenue=money(2**63 - 1, "CNY"), class_="key")
    db.customers.add(name="c", employee_count=5, annual_revenue=money(-7, "USD"))
    db.customers.add(name="d", class_="general")
    every = db.customers.find()
    assert every.sum("employee_count") == 12
    assert every.sum("employee_count", by="class") == {None: 5, "key": 7}
    assert every.sum("annual_revenue") == {"CNY": 2**64 - 2, "USD": -7}
    assert every.sum("annual_revenue", by="class") == {None: {"USD": -7}, "key": {"CNY": 2**64 - 2}}
    nobody = db.customers.find(name="nobody")
    assert nobody.sum("employee_count") == 0
    assert nobody.sum("annual_revenue") == nobody.sum("employee_count", by="class") == {}
    first, *_ = every.aggregate("name", by="class")
    assert (first.group, first.count, first.sum, first.currency, first.least) == (None, 1, None, None, "c")
    assert repr(every.aggregate("employee_count")) == "[Summary(group=None, count=3, sum=12)]"
    with pytest.raises(errors.WrongTypeError, match="int or money"):
        every.sum("name")
    with pytest.raises(errors.UnknownFieldError):
        every.aggregate("name", by="nothing")


def test_conditions_by_name(visits: crmkernel.Visits) -> None:
    day = datetime.date(2026, 9, 5)
    assert visits.find().count() == visits.count() == 100
    assert visits.find(owner="u.li").count() == 50
    assert visits.find(planned_on__lt=day).count() == 16
    assert visits.find(planned_on__in=[day, day + datetime.timedelta(days=1)]).count() == 8
    assert visits.find(owner__starts_with="u.w", planned_on__ge=day).count() == 42
    assert visits.find(held_at=None).count() == visits.find(held_at__is_absent=True).count() == 100
    assert visits.find(held_at__is_set=True).count() == 0
    assert visits.find().where("planned_on", "in", day).count() == 4
    assert visits.find(owner="u.li").count_by("state") == {"planned": 50}
    assert visits.find(owner="u.li").plan().counted == "visit.by_owner_state"
    assert [visit.id for visit in visits.find(order="-id", limit=3)] == [100, 99, 98]
    assert visits.find(state="held").first() is None


def test_a_query_never_changes(visits: crmkernel.Visits) -> None:
    query = visits.find(owner="u.li")
    narrowed = query.filter(planned_on=datetime.date(2026, 9, 2)).order_by("-id").limit(1)
    assert (query.count(), len(narrowed.to_list())) == (50, 1)
    assert [visit.id for visit in query] == [visit.id for visit in query]
    assert repr(narrowed) == "<Query of visits: owner eq, planned_on eq order id descending limit 1>"


def test_the_plan_says_which_index(visits: crmkernel.Visits) -> None:
    plan = visits.find(state="planned", planned_on__le=NOW.date(), order="planned_on").plan()
    assert (plan.index, plan.ranged, plan.sorted, plan.filtered) == ("visit.due", True, True, [])


def test_pages_go_on_from_a_position(visits: crmkernel.Visits) -> None:
    query = visits.find(order="planned_on")
    pages = list(query.pages(30))
    assert [len(page) for page in pages] == [30, 30, 30, 10]
    assert [visit for page in pages for visit in page] == query.to_list()
    assert query.after(pages[2].position).to_list() == list(pages[3].records)
    assert sum(len(page) for page in query.limit(45).pages(30)) == 45
    with pytest.raises(errors.InvalidArgumentError, match="position"):
        visits.find(order="id").after(pages[0].position).to_list()


def test_an_empty_list_is_met_by_no_record(visits: crmkernel.Visits) -> None:
    """`state__in=[]`, as a program makes of a choice of nothing, was an error in place of no records."""
    for query in (visits.find(owner__in=[]), visits.find(state__in=[], owner="u.li"), visits.find(id__in=[], order="-owner")):
        assert (query.to_list(), query.count(), query.count_by("owner"), len(query.to_arrow())) == ([], 0, {}, 0)
    assert list(visits.find(owner__in=[]).pages(5)) == []


def test_counts_of_something_are_integers_from_zero_on(visits: crmkernel.Visits) -> None:
    """`limit=-1` was an OverflowError of the binding, a text a TypeError that named no argument."""
    assert visits.find(limit=0).to_list() == []
    assert len(visits.find(limit=numpy.int64(3)).to_list()) == 3
    for wrong in (-1, 1 << 64, numpy.int64(-5)):
        for call in (
            lambda wrong=wrong: visits.find(limit=wrong),
            lambda wrong=wrong: visits.find().limit(wrong),
            lambda wrong=wrong: visits.find().pages(wrong),
            lambda wrong=wrong: visits.history(1, limit=wrong),
            lambda wrong=wrong: visits.get(wrong),
        ):
            with pytest.raises(errors.InvalidArgumentError, match="an integer from 0 on"):
                call()
    for wrong in ("3", 3.0, True, None):
        with pytest.raises(errors.WrongTypeError, match="found (str|float|bool|NoneType), allowed is an integer"):
            visits.find().limit(wrong)  # type: ignore[arg-type]


def test_pages_are_of_one_snapshot_and_go_on_elsewhere(visits: crmkernel.Visits) -> None:
    """Each page was a query of its own, which sorted every record again when no index gave the order."""
    query = visits.find(order="-purpose")
    assert not query.plan().sorted
    pages = query.pages(40)
    first = next(pages)
    visits.update(query.first(), purpose="a")
    rest = list(pages)
    assert [len(page) for page in rest] == [40, 20]
    assert len({visit.id for page in (first, *rest) for visit in page}) == 100
    assert len(query.after(first.position).to_list()) == 60


def test_bad_queries_are_refused(visits: crmkernel.Visits) -> None:
    with pytest.raises(errors.UnknownFieldError):
        visits.find(colour="red")
    with pytest.raises(errors.InvalidArgumentError, match="allowed are eq"):
        visits.find(owner__like="u")
    with pytest.raises(errors.WrongTypeError):
        visits.find(owner=5)
    with pytest.raises(errors.WrongTypeError):
        visits.find(owner__in="u.li")
    with pytest.raises(errors.UnknownFieldError):
        visits.find(order="colour")
    with pytest.raises(errors.InvalidArgumentError):
        visits.find().pages(0)


def test_a_cursor_reads_one_snapshot(visits: crmkernel.Visits) -> None:
    cursor = iter(visits)
    next(cursor)
    visits.add(customer=1, owner="u.li", planned_on=NOW.date())
    assert sum(1 for _ in cursor) == 99


def test_tables_of_every_library(visits: crmkernel.Visits, db: crmkernel.Database) -> None:
    query = visits.find(owner="u.li", order="id")
    table = query.to_arrow()
    assert isinstance(table, pyarrow.Table)
    assert table.num_rows == 50
    frame = query.to_polars()
    assert frame["planned_on"].dtype == polars.Date
    assert frame["created_at"].dtype == polars.Datetime("us", "UTC")
    assert frame["state"].cast(polars.String).unique().to_list() == ["planned"]
    assert frame["id"].to_list() == [visit.id for visit in query]
    pandas_frame = query.to_pandas()
    assert isinstance(pandas_frame, pandas.DataFrame)
    assert len(pandas_frame) == 50
    assert query.select("id", "owner").to_arrow().column_names == ["id", "owner"]
    # Every call gives a fresh stream: the same query object can be read again.
    assert polars.DataFrame(query).equals(polars.DataFrame(query))
    assert db.complaints.find().to_polars().height == 0
    with pytest.raises(errors.UnknownFieldError):
        query.select("colour")


def test_a_missing_library_is_named(visits: crmkernel.Visits, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(ImportError, match="pip install polars"):
        visits.find().to_polars()


def test_custom_fields_are_asked_for_by_name(db: crmkernel.Database) -> None:
    info = db.declare_field("customer", "acme.tier", "text", len_max=10, label_zh="等级", indexed=True)
    assert (info.name, info.type, info.label_zh, info.indexed) == ("acme.tier", "text", "等级", True)
    gold = db.customers.add(name="a", custom={"acme.tier": "gold"})
    db.customers.add(**{"name": "b", "acme.tier": "tin"})  # type: ignore[arg-type]
    assert db.customers.find(**{"acme.tier": "gold"}).to_list() == [gold]
    assert db.customers.find(**{"acme.tier__in": ["gold", "tin"]}).count() == 2
    assert gold["acme.tier"] == "gold"
    assert db.customers.find().to_polars()["acme.tier"].to_list() == ["gold", "tin"]
    with pytest.raises(errors.RejectedError):
        db.customers.update(gold, custom={"acme.tier": "x" * 11})
    with pytest.raises(errors.DuplicateError):
        db.declare_field("customer", "acme.tier", "int")
    with pytest.raises(errors.InvalidArgumentError):
        db.declare_field("customer", "tier", "text")
