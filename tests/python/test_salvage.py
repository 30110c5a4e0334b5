"""Salvage: what can be read of a damaged database, or of one without its log, becomes a new one."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import crmkernel
import pytest
from crmkernel import errors
from crmkernel.cli import language, main
from crmkernel.cli.transfer import Readable


def _filled(path: Path) -> None:
    with crmkernel.open(path, actor="u.wang", level="manage") as db:
        db.customers.add_many([{"code": f"c{n}", "name": "王五", "note": "n" * 300} for n in range(500)])


def test_a_database_without_its_header_is_salvaged(tmp_path: Path) -> None:
    path, to = tmp_path / "a.crm", tmp_path / "b.crm"
    _filled(path)
    assert crmkernel.salvage(path, to).ok
    data = bytearray(path.read_bytes())
    data[: 3 * 4096] = bytes(3 * 4096)
    path.write_bytes(data)
    with pytest.raises(errors.CrmError):
        crmkernel.open(path, actor="u.wang")
    with pytest.raises(errors.DuplicateError):
        crmkernel.salvage(path, to)
    seen: list[int] = []
    salvaged = crmkernel.salvage(path, to, replace=True, progress=lambda done, total: seen.append(done))
    assert (salvaged.records, salvaged.records_missing, salvaged.entries_missing) == (500, 0, 0)
    assert not salvaged.ok and salvaged.log == "not_needed" and seen[-1] > 500
    assert [problem.kind for problem in salvaged.problems] == ["store"]
    assert "Salvaged(records=500" in repr(salvaged)
    with crmkernel.open(to, actor="u.wang", level="manage") as db:
        assert db.verify().ok
        assert db.customers.get(code="c77").name == "王五"


def test_a_database_whose_log_was_lost_is_salvaged_by_the_command_line(tmp_path: Path) -> None:
    path, to = tmp_path / "a.crm", tmp_path / "b.crm"
    _filled(path)
    pid = os.fork()
    if pid == 0:
        db = crmkernel.open(path, actor="u.wang", level="manage")
        db.customers.add(name="late")
        os.kill(os.getpid(), 9)
    os.waitpid(pid, 0)
    (tmp_path / "a.crm-wal").unlink()

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "crmkernel", "db", "salvage", *arguments, "--db", str(path), "--format", "json"]
        return subprocess.run(command, capture_output=True, text=True)

    done = run(str(to))
    assert done.returncode == 1, done.stderr
    assert '"log": "missing"' in done.stdout and '"records": 500' in done.stdout
    assert "the log is not there: the last commits are missing" in done.stderr
    assert run(str(to)).returncode == 4, "it is there"
    assert run(str(to), "--replace").returncode == 1
    with crmkernel.open(to, actor="u.wang", level="manage") as db:
        assert db.customers.count() == 500 and db.verify().ok


def _damaged(path: Path) -> list[int]:
    """Fills a database, flips a bit of the page that has the record of c1000, and gives the ids that can still be read."""
    with crmkernel.open(path, actor="u.wang", level="manage") as db:
        db.customers.add_many([{"code": f"c{n}", "name": "王五", "note": "n" * 300} for n in range(1, 2_001)])
    data = bytearray(path.read_bytes())
    # Its code beside its note: journal entries have them apart.
    at = next(found.start() for found in re.finditer(b"c1000", data) if data[found.start() :][:600].count(b"n") > 250)
    data[at] ^= 1
    path.write_bytes(data)
    readable: list[int] = []
    with crmkernel.open(path, actor="u.wang", read_only=True) as db:
        for number in range(1, 2_001):
            with contextlib.suppress(errors.CorruptError):
                readable.append(db.customers.get(number).id)
    assert 1_900 < len(readable) < 2_000 and 1_000 not in readable
    return readable


def test_lists_and_exports_of_the_command_line_go_on_after_a_damaged_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`list` and `export` ended at the first record that could not be read, and showed nothing of those behind it. In the order
    of an index each record of the page is met by itself, with the same message each time."""
    path = tmp_path / "a.crm"
    readable = _damaged(path)
    for words, order in (
        (["customer", "list", "--limit", "5000", "--format", "csv"], "id"),
        (["customer", "list", "--limit", "5000", "--format", "csv"], "-id"),
        (["export", "customer"], "id"),
        (["export", "customer"], "code"),
    ):
        assert main([*words, "--columns", "id", "--order", order, "--db", str(path)]) == 1, words
        shown = capsys.readouterr()
        ids = [int(line) for line in shown.out.splitlines()[1:]]
        expected = {"id": readable, "-id": readable[::-1], "code": sorted(readable, key=lambda number: f"c{number}")}
        assert ids == expected[order], (words, order)
        assert shown.err.count("problem: ") == 1 and "is damaged: page" in shown.err, shown.err

    assert main(["customer", "list", "--limit", "10", "--columns", "id", "--format", "csv", "--db", str(path)]) == 0
    shown = capsys.readouterr()
    assert shown.out.split() == ["id", *map(str, range(1, 11))] and "there are more than the 10" in shown.err

    try:
        assert main(["export", "customer", "--lang", "zh", "--db", str(path)]) == 1
    finally:
        language.choose("en")
    assert "问题：" in capsys.readouterr().err


def test_a_list_that_is_sorted_first_ends_at_a_damaged_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is sorted is read whole first, so it would meet the damage again for ever."""
    path = tmp_path / "a.crm"
    _damaged(path)
    assert main(["customer", "list", "--order", "note", "--db", str(path)]) == 1
    shown = capsys.readouterr()
    assert shown.out == "" and "is damaged: page" in shown.err and "[corrupt]" in shown.err


def _stepped(steps: Iterator[Any]) -> Iterator[Any]:
    """What an iterator gives, and the errors that it raises between."""
    while True:
        try:
            yield next(steps)
        except StopIteration:
            return
        except errors.CorruptError as error:
            yield error


def test_what_was_read_before_damage_is_given_before_the_error_and_in_pages_behind_it(tmp_path: Path) -> None:
    """A loop over records got the error up to 511 records early, and they came behind it. The records of a page that the error
    broke off were lost: the next page began behind them."""
    path = tmp_path / "a.crm"
    readable = _damaged(path)
    with crmkernel.open(path, actor="u.wang", read_only=True) as db:
        found = [step if isinstance(step, errors.CorruptError) else step.id for step in _stepped(iter(db.customers.find()))]
        is_error = [isinstance(step, errors.CorruptError) for step in found]
        assert sum(is_error) == 1
        before = is_error.index(True)
        assert found[:before] == [number for number in readable if number < 1_000]
        assert found[before + 1 :] == [number for number in readable if number > 1_000]

        pages = [page for page in _stepped(db.customers.find().pages(300)) if not isinstance(page, errors.CorruptError)]
        assert [record.id for page in pages for record in page] == readable
        assert {len(page) for page in pages[:-1]} == {300}
        for page in pages[:-1]:
            behind = next(step for step in _stepped(iter(db.customers.find().after(page.position))) if hasattr(step, "id"))
            assert behind.id == readable[readable.index(page.records[-1].id) + 1]


def test_a_list_that_meets_the_same_damage_for_ever_ends() -> None:
    """A cursor may stay where it is after an error; a list must not."""

    class Stays:
        def __iter__(self) -> Stays:
            return self

        def __next__(self) -> int:
            raise errors.CorruptError("page 7 is damaged")

        def plan(self) -> Stays:
            return self

        sorted = True

    stays: Any = Stays()
    with pytest.raises(errors.CorruptError):
        list(Readable(stays))
