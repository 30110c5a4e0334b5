"""Many rows in one call: rows, tables and files, all or each, with a report that can be mended and imported again."""

from __future__ import annotations

import csv
import datetime
import gc
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import crmkernel
import numpy
import pandas
import polars
import pyarrow
import pytest
from crmkernel import errors

ROWS = [{"external_system": "erp", "external_id": str(i), "name": f"c{i}"} for i in range(10)]


def bad_rows() -> list[dict[str, Any]]:
    """Ten rows, of which the third is blank, the sixth has a wrong type and the eighth an unknown field."""
    rows: list[dict[str, Any]] = [dict(row) for row in ROWS]
    rows[2]["name"] = " "
    rows[5]["employee_count"] = "many"
    rows[7]["colour"] = "red"
    return rows


def test_rows_are_added_once_and_put_without_change(db: crmkernel.Database) -> None:
    told: list[tuple[int, int | None]] = []
    report = db.customers.add_many(ROWS, progress=lambda done, total: told.append((done, total)))
    assert (report.added, report.changed, report.unchanged, len(report.rejected)) == (10, 0, 0, 0)
    assert report.ids == tuple(range(1, 11))
    assert told[-1] == (10, 10)
    again = db.customers.add_many(iter(ROWS), put=True)
    assert (again.added, again.changed, again.unchanged) == (0, 0, 10)
    assert "nothing changed" in str(again)
    renamed = db.customers.add_many([ROWS[0] | {"name": "other"}], put=True)
    assert (renamed.added, renamed.changed, renamed.unchanged) == (0, 1, 0)


def test_raise_writes_all_or_nothing(db: crmkernel.Database) -> None:
    with pytest.raises(errors.WrongTypeError) as wrong:
        db.customers.add_many(bad_rows())
    assert wrong.value.context["row"] == "6"
    rows = ROWS[:4] + [{"name": ""}] + ROWS[4:]
    with pytest.raises(errors.RejectedError) as refused:
        db.customers.add_many(rows)
    assert refused.value.context["row"] == "5"
    assert "in row 5; nothing was written" in refused.value.__notes__
    assert db.customers.count() == db.last_sequence == 0


def test_collect_takes_the_good_rows_and_reports_the_others(db: crmkernel.Database) -> None:
    report = db.customers.add_many(bad_rows(), on_error="collect", batch_size=3)
    assert report.added == 7
    assert [(row.row, row.column, row.code) for row in report.rejected] == [
        (3, "name", "blank"),
        (6, "employee_count", "wrong_type"),
        (8, "colour", "unknown_field"),
    ]
    assert report.rejected[0].values == bad_rows()[2]
    assert report.rejected[0].error is not None
    assert report.ids == (1, 2, None, 3, 4, None, 5, None, 6, 7)


def test_rejected_rows_are_mended_and_imported_again(db: crmkernel.Database, tmp_path: Path) -> None:
    source, rejected = tmp_path / "in.csv", tmp_path / "rejected.csv"
    source.write_text("name,code,employee_count,signed_on\nA,1,5,2024-02-29\nB,2,many,\n,3,,\n", encoding="utf-8")
    report = db.customers.add_many(source, on_error="collect")
    assert [(row.row, row.line, row.column, row.code) for row in report.rejected] == [
        (2, 3, "employee_count", "wrong_type"),
        (3, 4, "name", "required"),
    ]
    assert db.customers.get(code="1").signed_on == datetime.date(2024, 2, 29)
    report.rejected.to_csv(rejected)
    text = rejected.read_text(encoding="utf-8-sig")
    assert text.splitlines()[0].startswith("rejected_row,rejected_line,rejected_column,rejected_code,rejected_reason,name")
    rejected.write_text(text.replace("many", "7").replace(",,3,", ",C,3,"), encoding="utf-8")
    again = db.customers.add_many(rejected)
    assert (again.added, db.customers.get(code="2").employee_count, db.customers.get(code="3").name) == (2, 7, "C")


def test_rows_with_dates_that_cannot_be_are_rejected_one_by_one_or_recorded_with_a_mark(db: crmkernel.Database) -> None:
    rows = [
        {"name": "A", "birthday": datetime.date(1987, 1, 26)},
        {"name": "B", "birthday": datetime.date(187, 1, 26)},
        {"name": "C", "birthday": datetime.date(2026, 12, 1)},
    ]
    report = db.customers.add_many(rows, on_error="collect")
    assert [(row.row, row.column, row.code) for row in report.rejected] == [
        (2, "birthday", "out_of_years"),
        (3, "birthday", "in_the_future"),
    ]
    kept = db.allowing_impossible_dates().customers.add_many(rows[1:])
    assert (kept.added, len(kept.rejected)) == (2, 0)
    assert [customer.name for customer in db.customers.find(date_doubt="birthday")] == ["B", "C"]
    with pytest.raises(errors.ForbiddenError):
        db.as_actor("u.li", level="edit").allowing_impossible_dates().customers.add_many(rows)


def test_bytes_that_are_not_utf8_cost_their_own_row_alone(db: crmkernel.Database, tmp_path: Path) -> None:
    """One bad byte in the middle of a file dropped every row behind it without a word, and some before it."""
    path = tmp_path / "in.csv"
    lines = [b"name,note"] + [b"n%d,x" % n for n in range(20_000)]
    lines[9_000], lines[9_001] = b"bad,\xd5\xc5", b'"good\r\nin two lines",\xe4\xb8\xad'
    lines[15_000] = b'"two\nlines","\xff"'
    path.write_bytes(b"\n".join(lines) + b"\n")
    report = db.customers.add_many(path, on_error="collect")
    assert [(row.line, row.code, row.values["note"]) for row in report.rejected] == [
        (9_001, "invalid_utf8", "\ufffd\ufffd"),
        (15_002, "invalid_utf8", "\ufffd"),
    ]
    assert "line 9001 is not UTF-8: it has the byte 0xd5" in report.rejected[0].reason
    assert "line 15003 is not UTF-8: it has the byte 0xff" in report.rejected[1].reason
    assert (report.added, db.customers.find(note="中").count()) == (19_998, 1)
    report.rejected.to_csv(tmp_path / "rejected.csv")
    with pytest.raises(errors.InvalidArgumentError, match="line 9001 is not UTF-8"):
        db.customers.add_many(path)
    for heading, told in {
        b"na\xffme\nA\n": "line 1 of .* is not UTF-8: it has the byte 0xff",
        b"name,name\nA,B\n": "line 1 of .* names the column name twice",
        b"name,\nA,B\n": "line 1 of .*: the column 2 has no name",
        b"\nname\n": "line 1 of .* is blank",
    }.items():
        path.write_bytes(heading)
        with pytest.raises(errors.InvalidArgumentError, match=told):
            db.customers.add_many(path, on_error="collect")


def test_an_instant_before_the_year_1_in_utc_is_refused_with_the_bounds(db: crmkernel.Database, tmp_path: Path) -> None:
    """It was told as a text of another form, or as microseconds."""
    customer, path = db.customers.add(name="A"), tmp_path / "in.csv"
    path.write_text(f"customer,issue,received_at\n{customer.id},i,0001-01-01T00:00:00+08:00\n", encoding="utf-8")
    doubtful, bounds = db.allowing_impossible_dates().complaints, "0001-01-01T00:00:00Z to 9999-12-31T23:59:59.999999Z"
    (rejected,) = doubtful.add_many(path, on_error="collect").rejected
    assert (rejected.column, bounds in rejected.reason) == ("received_at", True)
    china = datetime.timezone(datetime.timedelta(hours=8))
    with pytest.raises(errors.InvalidArgumentError, match=bounds):
        doubtful.add(customer=customer, issue="i", received_at=datetime.datetime(1, 1, 1, tzinfo=china))


def test_a_file_that_is_no_csv_is_refused(db: crmkernel.Database, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(b"")
    with pytest.raises(errors.InvalidArgumentError, match="empty"):
        db.customers.add_many(path)
    path.write_bytes(b"name\n\xff\xfe\n")
    with pytest.raises(errors.InvalidArgumentError, match="not UTF-8"):
        db.customers.add_many(path)
    path.write_text("name,name\nA,B\n")
    with pytest.raises(errors.InvalidArgumentError, match="twice"):
        db.customers.add_many(path)
    path.write_text('name,code\nA,1\nB\n"C')
    report = db.customers.add_many(path, on_error="collect")
    assert (report.added, [(row.line, row.code) for row in report.rejected]) == (1, [(3, "not_csv"), (4, "not_csv")])
    with pytest.raises(FileNotFoundError):
        db.customers.add_many(tmp_path / "none.csv")
    with pytest.raises(errors.InvalidArgumentError, match="found int"):
        db.customers.add_many(5)
    with pytest.raises(errors.InvalidArgumentError, match="raise, collect"):
        db.customers.add_many([], on_error="ignore")


def arrow_types() -> dict[str, Callable[[list[str | None]], pyarrow.Array]]:
    """Every form in which a text column can come."""
    def dictionary(index: pyarrow.DataType) -> Callable[[list[str | None]], pyarrow.Array]:
        return lambda values: pyarrow.array(values).cast(pyarrow.dictionary(index, pyarrow.string()))

    plain = {"utf8": pyarrow.string(), "large_utf8": pyarrow.large_string(), "utf8_view": pyarrow.string_view()}
    forms: dict[str, Callable[[list[str | None]], pyarrow.Array]] = {
        name: (lambda type_: lambda values: pyarrow.array(values, type=type_))(type_) for name, type_ in plain.items()
    }
    for index in ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"):
        forms[f"dictionary_{index}"] = dictionary(getattr(pyarrow, index)())
    return forms


@pytest.mark.parametrize("form", arrow_types())
def test_texts_of_every_arrow_form_are_taken(db: crmkernel.Database, form: str) -> None:
    array = arrow_types()[form]
    table = pyarrow.table({"name": array(["甲", "乙", "甲"]), "party_kind": array(["individual", None, "organisation"])})
    assert db.customers.add_many(table).added == 3
    found = [(customer.name, customer.party_kind) for customer in db.customers]
    assert found == [("甲", "individual"), ("乙", None), ("甲", "organisation")]


def test_tables_of_every_library_are_taken(db: crmkernel.Database) -> None:
    day = datetime.date(2024, 2, 29)
    columns = {"code": ["a", "b"], "name": ["A", "B"], "employee_count": [5, None], "signed_on": [day, None]}
    assert db.customers.add_many(polars.DataFrame(columns)).added == 2
    assert db.customers.add_many(pandas.DataFrame(columns), put=True).unchanged == 2
    assert db.customers.add_many(pyarrow.table(columns), put=True).unchanged == 2
    assert db.customers.get(code="a").signed_on == day
    categories = polars.DataFrame({"code": ["c"], "name": ["C"], "status": ["active"]}, schema_overrides={"status": polars.Categorical})
    assert db.customers.add_many(categories).added == 1
    assert db.customers.get(code="c").status == "active"


def test_a_table_goes_out_and_in_again(db: crmkernel.Database) -> None:
    db.customers.add(code="a", name="A", annual_revenue=crmkernel.Money(1250, "CNY"), status="active")
    columns = ("id", "created_at", "code", "name", "annual_revenue", "status")
    with crmkernel.open(":memory:", actor="u.other") as other:
        assert other.customers.add_many(db.customers.find().select(*columns)).added == 1
        assert other.customers.get(code="a").annual_revenue == crmkernel.Money(1250, "CNY")


def test_rejected_rows_of_a_table_come_back_as_texts(db: crmkernel.Database, tmp_path: Path) -> None:
    table = pyarrow.table({"name": ["A", " "], "employee_count": [5, 6], "signed_on": [datetime.date(2024, 1, 2), None]})
    report = db.customers.add_many(table, on_error="collect")
    assert report.added == 1
    assert dict(report.rejected[0].values) == {"name": " ", "employee_count": "6", "signed_on": None}
    report.rejected.to_csv(tmp_path / "rejected.csv")
    with pytest.raises(errors.RejectedError) as refused:
        db.customers.add_many(table)
    assert refused.value.context["row"] == "2"
    assert db.customers.count() == 1


def test_tables_with_wrong_columns_are_refused(db: crmkernel.Database) -> None:
    with pytest.raises(errors.UnknownFieldError):
        db.customers.add_many(pyarrow.table({"colour": ["red"]}))
    with pytest.raises(errors.WrongTypeError):
        db.customers.add_many(pyarrow.table({"name": [1]}))
    with pytest.raises(errors.WrongTypeError):
        db.customers.add_many(pyarrow.table({"name": ["A"], "employee_count": [1.5]}))
    naive = pyarrow.array([datetime.datetime(2026, 9, 1)])
    with pytest.raises(errors.WrongTypeError, match="without a time zone"):
        db.complaints.add_many(pyarrow.table({"received_at": naive}))


def test_ten_thousand_rows_of_two_batches(db: crmkernel.Database) -> None:
    chunks = pyarrow.chunked_array([[f"c{i}" for i in range(4000)], [f"c{i}" for i in range(4000, 10000)]])
    table = pyarrow.table({"name": chunks, "code": chunks})
    assert db.customers.add_many(table).added == 10000
    report = db.customers.add_many(table, put=True, on_error="collect")
    assert (report.unchanged, report.ids[-1]) == (10000, 10000)


def test_records_of_another_database_are_rows(db: crmkernel.Database) -> None:
    db.customers.add(code="a", name="A")
    with crmkernel.open(":memory:", actor="u.other") as other:
        assert other.customers.add_many(db.customers).added == 1
        with pytest.raises(errors.WrongTypeError):
            other.persons.add_many(db.customers)


def test_commands_in_one_transaction(db: crmkernel.Database) -> None:
    add = crmkernel.Command("customer.add", {"name": "A"})
    (outcome,) = db.apply_many([add])
    assert isinstance(outcome, crmkernel.Outcome)
    assert (outcome.added, outcome.record.name, outcome.sequence) == (True, "A", 1)
    activate = crmkernel.Command("customer.activate", id=1)
    with pytest.raises(errors.TransitionError) as refused:
        db.apply_many([add, activate, activate])
    assert refused.value.context["command_index"] == "2"
    answers = db.apply_many([add, activate, activate, crmkernel.Command("customer.add", {"x": 1})], atomic=False)
    assert [type(answer).__name__ for answer in answers] == ["Outcome", "Outcome", "TransitionError", "UnknownFieldError"]
    with pytest.raises(errors.InvalidArgumentError, match="needs the id"):
        db.apply(crmkernel.Command("customer.activate"))
    with pytest.raises(errors.InvalidArgumentError, match="customer.add"):
        db.apply(crmkernel.Command("add"))


class Fed:
    """A table whose batches are counted while they are alive."""

    def __init__(self, batches: int, rows: int) -> None:
        self.batches, self.rows = batches, rows
        self.given = self.alive = self.alive_max = 0
        self.schema = pyarrow.schema([("name", pyarrow.string()), ("code", pyarrow.string())])

    def __len__(self) -> int:
        return self.batches * self.rows

    def _batch(self, n: int) -> pyarrow.RecordBatch:
        names = [f"c{n}-{i}" for i in range(self.rows)]
        # Memory of our own, so that its end is seen: a buffer over an object that tells of it.
        text = "".join(names).encode()
        ends = [0]
        for name in names:
            ends.append(ends[-1] + len(name))
        memory = bytearray(text)
        holder = memoryview(memory)
        buffer = pyarrow.py_buffer(holder)
        offsets = pyarrow.array(ends, type=pyarrow.int32()).buffers()[1]
        column = pyarrow.Array.from_buffers(pyarrow.string(), self.rows, [None, offsets, buffer])
        self.given += 1
        self.alive += 1
        self.alive_max = max(self.alive_max, self.alive)
        weakref.finalize(holder, self._ended)
        return pyarrow.record_batch([column, column], schema=self.schema)

    def _ended(self) -> None:
        self.alive -= 1

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        batches = (self._batch(n) for n in range(self.batches))
        return pyarrow.RecordBatchReader.from_batches(self.schema, batches).__arrow_c_stream__()


@pytest.mark.parametrize("on_error", ["raise", "collect"])
@pytest.mark.parametrize("batch_size", [30, 100, 250])
def test_of_a_table_two_batches_are_alive_at_most(db: crmkernel.Database, on_error: str, batch_size: int) -> None:
    """A table was read to its end before the first row was written, whatever `batch_size` said: 1,000,000 rows took 4.5 GB."""
    table = Fed(20, 100)
    done: list[tuple[int, int | None]] = []
    report = db.customers.add_many(
        table, on_error=on_error, batch_size=batch_size, progress=lambda n, total: done.append((n, total))
    )
    assert (report.added, report.ids[-1], table.given) == (2000, 2000, 20)
    assert table.alive_max <= 2
    gc.collect()
    assert table.alive == 0
    assert {total for _, total in done} == {2000}
    if on_error == "collect":
        size = min(batch_size, 100)
        transactions = db.statistics().commits
        assert transactions >= 2000 // size


def test_rejected_rows_keep_no_batch_alive(db: crmkernel.Database) -> None:
    table = Fed(5, 10)
    db.customers.add(name="x", code="c3-4")
    report = db.customers.add_many(table, on_error="collect", batch_size=10)
    assert [dict(row.values) for row in report.rejected] == [{"name": "c3-4", "code": "c3-4"}]
    assert (report.rejected[0].row, report.added, table.alive) == (35, 49, 0)
    with pytest.raises(errors.DuplicateError) as refused:
        db.customers.add_many(Fed(5, 10), batch_size=7)
    assert refused.value.context["row"] == "1"
    assert db.customers.count() == 50


def test_a_table_that_breaks_off_leaves_nothing_or_what_was_done(db: crmkernel.Database) -> None:
    schema = pyarrow.schema([("name", pyarrow.string())])

    def batches() -> Iterator[pyarrow.RecordBatch]:
        yield pyarrow.record_batch([["A", "B"]], schema=schema)
        raise ZeroDivisionError("the source is gone")

    for on_error, rows in (("raise", 0), ("collect", 2)):
        with pytest.raises(errors.InvalidArgumentError, match="the table's stream failed"):
            db.customers.add_many(pyarrow.RecordBatchReader.from_batches(schema, batches()), on_error=on_error)
        assert db.customers.count() == rows


def test_null_clears_and_what_is_not_there_stays(db: crmkernel.Database, tmp_path: Path) -> None:
    """`None` cleared a field in a row, a null of a table left it, an empty cell of a file left it; nothing said so.

    Now there is one rule: what a row does not have stays, and `None` and null clear. A file has no null, so an empty cell
    stays, unless `empty="clear"`.
    """
    key = {"external_system": "erp", "external_id": "1"}
    path = tmp_path / "in.csv"
    path.write_text("external_system,external_id,phone\nerp,1,\n", encoding="utf-8")
    nulls = {"external_system": ["erp"], "external_id": ["1"], "phone": [None]}
    types = pyarrow.schema([(name, pyarrow.string()) for name in nulls])

    def phone_after(source: object, **options: str) -> str | None:
        db.customers.put(**key, name="n", phone="13800000000")
        db.customers.add_many(source, put=True, **options)
        return db.customers.get(external_ref=("erp", "1")).phone

    assert phone_after([key]) == "13800000000"
    assert phone_after(pyarrow.table({name: [value] for name, value in key.items()})) == "13800000000"
    assert phone_after(path) == "13800000000"
    assert phone_after([key | {"phone": None}]) is None
    for table in (pyarrow.table(nulls, schema=types), polars.DataFrame(nulls, schema=dict.fromkeys(nulls, polars.String))):
        assert phone_after(table) is None
    assert phone_after(path, empty="clear") is None
    assert phone_after(path, empty="clear", on_error="collect") is None
    with pytest.raises(errors.InvalidArgumentError, match="keep, clear"):
        db.customers.add_many(path, empty="null")
    with pytest.raises(errors.RejectedError):
        db.customers.add_many([key | {"name": None}], put=True)


def test_integers_of_numpy_are_taken_wherever_an_int_is(db: crmkernel.Database) -> None:
    """`add` refused numpy's integers, `get` took them."""
    for kind in (numpy.int8, numpy.int64, numpy.uint16):
        customer = db.customers.add(name="A", employee_count=kind(100))
        assert customer.employee_count == 100
        assert db.customers.get(kind(customer.id)) == customer
        visit = db.visits.add(customer=kind(customer.id), owner="u", planned_on=datetime.date(2026, 9, 16))
        assert visit.customer == customer.id
        assert db.customers.update(kind(customer.id), employee_count=kind(7)).employee_count == 7
        assert db.customers.find(employee_count__in=[kind(7)], id=kind(customer.id)).count() == 1
        assert db.customers.add_many([{"name": "B", "employee_count": kind(5)}]).added == 1
    for wrong in (numpy.bool_(True), numpy.float64(1.0), numpy.array([1, 2]), 1.0, True):
        with pytest.raises(errors.WrongTypeError):
            db.customers.add(name="A", employee_count=wrong)


def test_an_import_leaves_the_csv_module_as_it_is(db: crmkernel.Database, tmp_path: Path) -> None:
    """Reading a file set `csv.field_size_limit` of the whole process to 16 MiB."""
    path = tmp_path / "in.csv"
    path.write_text(f"name,note\nA,x\nB,{'y' * 200_000}\nC,z\n", encoding="utf-8")
    before = csv.field_size_limit()
    report = db.customers.add_many(path, on_error="collect")
    assert csv.field_size_limit() == before
    assert (report.added, [(row.row, row.code) for row in report.rejected]) == (2, [(2, "not_csv")])


def test_a_file_with_an_unknown_column_is_refused_once(db: crmkernel.Database, tmp_path: Path) -> None:
    """Each of its rows was rejected, with the list of all fields."""
    path = tmp_path / "in.csv"
    path.write_text("name,colour,shape\nA,red,round\nB,blue,flat\n", encoding="utf-8")
    for on_error in ("raise", "collect"):
        with pytest.raises(errors.UnknownFieldError, match="a customer has no field colour, shape; there are code, ") as refused:
            db.customers.add_many(path, on_error=on_error)
        assert refused.value.context["field"] == "colour"
    with pytest.raises(errors.UnknownFieldError, match="has no field colour"):
        db.customers.add_many(pyarrow.table({"name": ["A"], "colour": ["red"]}))


def test_what_the_kernel_keeps_is_left_aside_and_an_id_names_the_record_of_a_put(db: crmkernel.Database) -> None:
    """A table out of `find` could not come in again: its id and what the kernel keeps were refused row by row."""
    db.customers.add_many([{"name": "A", "code": "a"}, {"name": "B"}, {"name": "C"}])
    table = db.customers.find().to_polars().with_columns(name=polars.Series(["A", "B2", "C"]))
    report = db.customers.add_many(table, put=True)
    assert (report.added, report.changed, report.unchanged) == (0, 1, 2)
    assert {"revision", "created_at", "visits_planned"} <= set(report.left_aside)
    assert "id" not in report.left_aside
    assert [customer.name for customer in db.customers] == ["A", "B2", "C"]
    added = db.persons.add_many(pyarrow.table({"id": [77], "name": ["王五"], "customer": [2]}))
    assert (added.left_aside, added.ids) == (("id",), (1,))
    with pytest.raises(errors.NotFoundError):
        db.customers.add_many([{"id": 99, "name": "Z"}], put=True)
    with pytest.raises(errors.RejectedError, match="kept by the kernel"):
        db.customers.add(id=5, name="Z")


def test_a_column_of_nulls_is_of_absent_values(db: crmkernel.Database) -> None:
    """polars gives a column of nulls a buffer, which the interface does not have; the whole table was refused."""
    for nulls in (polars.DataFrame({"name": ["a", "b"], "note": [None, None]}), pyarrow.table({"name": ["c"], "note": pyarrow.nulls(1)})):
        report = db.customers.add_many(nulls)
        assert (report.added, len(report.rejected)) == (len(nulls), 0)
    assert [customer.note for customer in db.customers.find()] == [None] * 3


def test_two_columns_of_one_field_are_refused_in_tables_as_in_files(db: crmkernel.Database) -> None:
    """Of two columns of one name, or `class` beside `class_`, the last one won without a word."""
    twice = pyarrow.Table.from_arrays([pyarrow.array(["a"]), pyarrow.array(["b"])], names=["name", "name"])
    with pytest.raises(errors.InvalidArgumentError, match="name is given twice"):
        db.customers.add_many(twice)
    with pytest.raises(errors.InvalidArgumentError, match="class and class_ are one field"):
        db.customers.add_many(polars.DataFrame({"name": ["a"], "class": ["key"], "class_": ["normal"]}))
    with pytest.raises(errors.InvalidArgumentError, match="class and class_ are one field"):
        db.customers.add_many([{"name": "a", "class": "key", "class_": "normal"}])
    assert db.customers.count() == 0


def test_no_value_of_a_table_is_converted_or_cut_and_errors_name_the_column(db: crmkernel.Database) -> None:
    """Nanoseconds were cut off, a text was parsed where rows refuse it, and errors did not say which column was meant."""
    customer = db.customers.add(name="c")
    at = 1_700_000_000 * 10**9
    for kind, number, taken in (("ns", at, True), ("ns", at + 1_000, True), ("ns", at + 1, False)):
        received = pyarrow.array([number], pyarrow.timestamp(kind, "UTC"))
        table = pyarrow.table({"customer": [customer.id], "issue": ["i"], "received_at": received})
        report = db.complaints.add_many(table, on_error="collect")
        assert report.added == taken
        if not taken:
            assert (report.rejected[0].column, "nanoseconds" in report.rejected[0].reason) == ("received_at", True)
    for column, values in {
        "employee_count": ["7"],
        "signed_on": ["2026-01-01"],
        "credit_limit": ["12.50 CNY"],
        "founded_year": pyarrow.array([2**64 - 1], pyarrow.uint64()),
    }.items():
        report = db.customers.add_many(pyarrow.table({"name": ["a"], column: values}), on_error="collect")
        assert [(row.column, row.code in ("wrong_type", "invalid_argument")) for row in report.rejected] == [(column, True)]
        assert column in report.rejected[0].reason
    for odd in (pyarrow.array([b"x"]), pyarrow.array([["x"]]), pyarrow.array([datetime.timedelta(1)])):
        with pytest.raises(errors.WrongTypeError, match="column note has the Arrow type .*, which no field takes"):
            db.customers.add_many(pyarrow.table({"name": ["a"], "note": odd}), on_error="collect")


class Hiding:
    """Hides what it is told from u.li."""

    id = "acme.hiding"
    version = "1.0.0"
    entities = ("customer",)
    hides = ("customer.name", "customer.status", "customer.phone")

    def __init__(self, *hidden: str) -> None:
        self.hidden = hidden

    def rights(self, change: Any) -> tuple[str, ...]:
        return self.hidden if change.actor == "u.li" else ()


@pytest.mark.parametrize("hidden", ["phone", "name", "status"])
def test_a_frame_shows_a_hidden_field_as_null_also_one_that_every_record_has(db: crmkernel.Database, hidden: str) -> None:
    """The schema said that `name` is never null, so a frame of records whose name is hidden was an error of the kernel."""
    db.register(Hiding(hidden))
    db.customers.add(name="A", phone="1")
    query = db.as_actor("u.li", level="read").customers.find()
    for frame in (query.to_polars(), polars.from_pandas(query.to_pandas()), polars.from_arrow(query.to_arrow())):
        assert [len(frame), frame[hidden].to_list()] == [1, [None]]


def test_what_an_editor_does_not_see_is_not_wiped_by_putting_back_what_was_read(db: crmkernel.Database, tmp_path: Path) -> None:
    """In a frame a hidden field is null as an absent one is. Put back, it cleared the values of others."""
    db.register(Hiding("phone"))
    db.customers.add_many([{"name": n, "code": n, "phone": f"SECRET{n}"} for n in "AB"] + [{"name": "C", "code": "C"}])
    li = db.as_actor("u.li", level="edit")
    query, csv_file = li.customers.find(order="id"), tmp_path / "read.csv"
    frame = query.to_polars()
    frame.select("code", "name", "phone").write_csv(csv_file)
    sources: list[Any] = [
        frame, query.to_pandas(), query.to_arrow(), list(query),
        [record.to_dict(sensitive=True) for record in query],
        [{"id": record.id, "phone": record.phone} for record in query], csv_file,
    ]
    for source in sources:
        for on_error in ("raise", "collect"):
            report = li.customers.add_many(source, put=True, on_error=on_error, empty="clear")
            assert (report.unchanged, len(report.rejected)) == (3, 0), report.rejected[:]
    report = li.customers.add_many(frame.with_columns(polars.col("name") + "!"), put=True)
    assert (report.changed, [customer.phone for customer in db.customers.find(order="id")]) == (3, ["SECRETA", "SECRETB", None])
    for code in ("A", "C"):
        for clear in (lambda: li.customers.put(code=code, phone=None), lambda: li.customers.update(1, phone=None)):
            with pytest.raises(errors.ForbiddenError, match="phone of a customer is hidden from u.li") as refused:
                clear()
            assert refused.value.violations[0].code == "hidden"
    assert db.customers.add_many([{"code": "A", "phone": None}], put=True).changed == 1


def test_rows_that_were_read_go_back_as_a_frame_does(db: crmkernel.Database) -> None:
    """Records and their dicts were refused or had no name: the kernel's own fields are left aside, the id names the record."""
    db.customers.add_many([{"name": "A", "code": "A"}, {"name": "B"}])
    dicts = [record.to_dict() for record in db.customers.find()]
    for rows in (list(db.customers.find()), dicts):
        report = db.customers.add_many(rows, put=True)
        assert (report.unchanged, {"revision", "created_at"} <= set(report.left_aside)) == (2, True)
        assert "id" not in report.left_aside
    with crmkernel.open(":memory:", actor="u") as other:
        report = other.customers.add_many(dicts)
        assert (report.added, "id" in report.left_aside) == (2, True)


def test_a_wrong_value_is_told_by_its_type_and_a_progress_that_is_none_is_refused(db: crmkernel.Database) -> None:
    """numpy's bool was refused as `found bool`, pandas' NaT as `found datetime`; progress=3 was taken and did nothing."""
    customer = db.customers.add(name="A")
    with pytest.raises(errors.WrongTypeError, match=r"takes bool, found numpy\.bool"):
        db.persons.add(customer=customer, name="P", is_key=numpy.bool_(True))
    with pytest.raises(errors.WrongTypeError, match=r"takes date, found pandas.*NaTType"):
        db.customers.update(customer, signed_on=pandas.NaT)
    with pytest.raises(errors.WrongTypeError, match="takes date, found datetime"):
        db.customers.update(customer, signed_on=datetime.datetime(2026, 1, 1))
    with pytest.raises(errors.InvalidArgumentError, match="progress takes a function, True or False, found int"):
        db.customers.add_many([{"name": "B"}], progress=3)  # type: ignore[arg-type]
    assert db.customers.count() == 1
