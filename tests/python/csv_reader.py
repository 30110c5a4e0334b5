"""The import of CSV files as one function of bytes, for the fuzzer in `tests/fuzz` and the corpus that it keeps."""

from __future__ import annotations

import datetime
from pathlib import Path

import crmkernel
from crmkernel.rows import File

NOW = datetime.datetime(2026, 9, 16, 1, 0, tzinfo=datetime.UTC)
ENTITIES = ("customers", "visits", "complaints", "persons")


def read(data: bytes, folder: Path) -> set[str]:
    """Imports a file. Its first byte says into what and how, the rest are the bytes of the file.

    A file may be refused whole, and each row of it. What the report counts must be what is in the database afterwards, the
    database must be sound, and the file of refused rows must hold them as they came. Gives what was done, and what was refused and why.
    """
    how, path = (data[0] if data else 0), folder / "rows.csv"
    path.write_bytes(data[1:])
    with crmkernel.open(":memory:", actor="u.test", now=crmkernel.FixedClock(NOW)) as db:
        db.customers.add(code="C-1", name="上海商业设施有限公司", external_system="erp", external_id="E-1")
        collection = getattr(db, ENTITIES[how % 4])
        before = collection.find().count()
        try:
            report = collection.add_many(
                path, put=bool(how & 4), empty="clear" if how & 8 else "keep", on_error="collect", batch_size=3
            )
        except crmkernel.errors.CrmError as error:
            assert collection.find().count() == before
            return {error.kind}
        assert collection.find().count() == before + report.added
        assert report.rows == len(report.ids)
        assert [number for number, id in enumerate(report.ids, 1) if id is None] == [row.row for row in report.rejected]
        assert not list(db.verify().problems)
    _comes_back(report.rejected, folder / "refused.csv")
    into = f"{ENTITIES[how % 4]} {how & 12}"
    done = {name for name in ("added", "changed", "unchanged") if getattr(report, name)}
    refused = {row.code if row.code == "unknown_field" else f"{row.code} {row.column}" for row in report.rejected}
    return {f"{into} {what}" for what in done | refused}


def _comes_back(rejected: crmkernel.RejectedRows, path: Path) -> None:
    """The file of refused rows has each of them, with its cells as they came."""
    rejected.to_csv(path)
    with File(path) as file:
        rows = list(file.rows())
    assert len(rows) == len(rejected)
    for row, refused in zip(rows, rejected, strict=True):
        assert row.problem is None, row.problem
        assert {name: row.values[name] for name in refused.values} == dict(refused.values)
