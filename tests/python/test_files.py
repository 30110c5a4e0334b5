"""A file is what it says: forks, copies, files that are replaced, logs that are cut or lost, and what the command line tells."""

from __future__ import annotations

import datetime
import os
import shutil
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

import crmkernel
from crmkernel import errors


def _fill(path: Path, count: int, prefix: str = "c") -> None:
    """Adds customers and closes."""
    with crmkernel.open(path, actor="u.t") as db:
        for number in range(count):
            db.customers.add(code=f"{prefix}-{number}", name="x")


def _fill_and_die(path: Path, count: int, prefix: str = "c") -> None:
    """Adds customers in a process of its own, which is killed."""
    code = (
        "import crmkernel, os, signal\n"
        f"db = crmkernel.open({str(path)!r}, actor='u.t')\n"
        f"for number in range({count}): db.customers.add(code=f'{prefix}-{{number}}', name='x')\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -signal.SIGKILL


def _log(path: Path) -> Path:
    return path.with_name(path.name + "-wal")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_databases_of_forked_workers_are_no_twins(tmp_path: Path) -> None:
    """Two workers that were forked from one process made databases with the same numbers, because the seed of those numbers
    had been drawn in the parent. Their logs were taken for each other's: the commits of one were replayed into the other,
    and verify() found nothing. Each number now comes from the system."""
    crmkernel.open(":memory:", actor="u.t").close()
    paths = [tmp_path / "a.crm", tmp_path / "b.crm"]
    for count, path in enumerate(paths, start=3):
        child = os.fork()
        if child == 0:
            db = crmkernel.open(path, actor="u.t")
            for number in range(count):
                db.customers.add(code=f"{path.stem}-{number}", name="x")
            os.kill(os.getpid(), signal.SIGKILL)
        os.waitpid(child, 0)
    headers = [_log(path).read_bytes()[:48] for path in paths]
    assert headers[0][16:32] != headers[1][16:32], "the databases"
    assert headers[0][40:48] != headers[1][40:48], "the logs"
    logs = [_log(path).read_bytes() for path in paths]
    for path, log in zip(paths, reversed(logs), strict=True):
        _log(path).write_bytes(log)
        with pytest.raises(errors.CorruptError, match=r"a log of another database, and .* goes with log 1"):
            crmkernel.open(path, actor="u.t")
    for count, (path, log) in enumerate(zip(paths, logs, strict=True), start=3):
        _log(path).write_bytes(log)
        with crmkernel.open(path, actor="u.t") as db:
            assert db.customers.count() == count


def test_the_log_of_a_copy_is_refused(tmp_path: Path) -> None:
    """A closed file was copied, both were used and both crashed: the log of the copy was taken for that of the original."""
    live, copy = tmp_path / "live.crm", tmp_path / "copy.crm"
    _fill(live, 3, "base")
    shutil.copy(live, copy)
    _fill_and_die(live, 5, "live")
    _fill_and_die(copy, 8, "copy")
    own = _log(live).read_bytes()
    os.replace(_log(copy), _log(live))
    for read_only in (False, True):
        with pytest.raises(errors.CorruptError, match="of this database or of a copy of it"):
            crmkernel.open(live, actor="u.t", read_only=read_only)
    _log(live).write_bytes(own)
    with crmkernel.open(live, actor="u.t") as db:
        assert db.customers.count() == 8


@pytest.mark.parametrize("keep", [0, 4096, 64_096, 204_097])
def test_a_log_that_was_cut_short_is_refused(tmp_path: Path, keep: int) -> None:
    """300 of 300 acknowledged customers were gone without a word when the log had been cut to its first page."""
    path = tmp_path / "a.crm"
    _fill_and_die(path, 300)
    os.truncate(_log(path), keep)
    with pytest.raises(errors.CorruptError, match="is cut short|is damaged"):
        crmkernel.open(path, actor="u.t")


@pytest.mark.skipif(sys.platform == "win32", reason="an open file keeps its name there")
def test_a_process_whose_file_was_replaced_is_told(tmp_path: Path) -> None:
    path, other = tmp_path / "a.crm", tmp_path / "other.crm"
    _fill(path, 3)
    _fill(other, 1, "other")
    first = crmkernel.open(path, actor="u.t")
    reader = crmkernel.open(path, actor="u.r", level="read", read_only=True)
    assert reader.customers.count() == 3
    first.customers.add(name="acknowledged")
    os.rename(other, path)
    with pytest.raises(errors.FileReplacedError, match="was replaced, moved, removed or cut short while the database was open"):
        first.customers.add(name="refused")
    assert first.customers.count() == 4, "what was acknowledged is readable"
    with pytest.raises(errors.FileReplacedError):
        reader.refresh()
    assert reader.customers.count() == 3
    reader.close()
    with pytest.raises(errors.FileReplacedError):
        first.close()
    assert first.closed
    _log(path).unlink()
    with crmkernel.open(path, actor="u.t") as db:
        assert [customer.code for customer in db.customers] == ["other-0"]


def test_verify_of_a_reader_keeps_its_snapshot(tmp_path: Path) -> None:
    path = tmp_path / "a.crm"
    with crmkernel.open(path, actor="u.t") as writer:
        writer.customers.add(name="a")
        with crmkernel.open(path, actor="u.r", level="read", read_only=True) as reader:
            before = reader.last_sequence
            writer.customers.add(name="b")
            assert reader.verify().ok
            assert reader.last_sequence == before
            reader.refresh()
            assert reader.last_sequence == before + 1


@pytest.mark.skipif(sys.platform == "win32", reason="files have no such permissions there")
def test_what_lies_beside_a_private_file_is_private(tmp_path: Path) -> None:
    path, copy = tmp_path / "a.crm", tmp_path / "copy.crm"
    _fill(path, 1)
    path.chmod(0o600)
    with crmkernel.open(path, actor="u.t") as db:
        db.customers.add(name="x")
        db.backup(str(copy))
        db.replay(tmp_path / "replayed.crm")
        for name in ("a.crm-wal", "a.crm-lock", "copy.crm", "replayed.crm"):
            assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600, name


def test_a_file_without_its_log_is_read_when_asked(tmp_path: Path) -> None:
    path = tmp_path / "a.crm"
    _fill(path, 3)
    _fill_and_die(path, 5, "lost")
    _log(path).unlink()
    with pytest.raises(errors.CorruptError, match="open the database with without_log"):
        crmkernel.open(path, actor="u.t")
    with crmkernel.open(path, actor="u.t", without_log=True) as db:
        assert (db.customers.count(), db.last_sequence) == (3, 3)
        assert db.statistics().may_lack_commits
        assert db.statistics().to_dict()["may_lack_commits"] == 1
        with pytest.raises(errors.ReadOnlyError):
            db.customers.add(name="x")
    command = [sys.executable, "-m", "crmkernel", "--db", str(path), "--without-log", "customer", "count"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "3" in done.stdout
    assert "the log was left out, so commits may be missing; the file goes up to journal entry 3" in done.stderr


def test_a_damaged_database_is_replaced_by_a_restore(tmp_path: Path) -> None:
    source, path, stream = tmp_path / "source.crm", tmp_path / "a.crm", tmp_path / "stream"
    _fill(source, 4)
    with crmkernel.open(source, actor="u.t") as db, stream.open("wb") as out:
        db.backup(out)
    _fill_and_die(path, 3)
    damaged = bytearray(path.read_bytes())
    damaged[: 3 * 4096] = bytes(3 * 4096)
    path.write_bytes(damaged)
    with pytest.raises(errors.CrmError):
        crmkernel.open(path, actor="u.t")
    crmkernel.restore(str(stream), str(path), replace=True)
    assert not _log(path).exists()
    with crmkernel.open(path, actor="u.t") as db:
        assert db.customers.count() == 4
    with stream.open("ab") as out:
        out.write(b"more")
    with pytest.raises(errors.CorruptError, match="more follows in the stream"):
        crmkernel.restore(str(stream), str(tmp_path / "b.crm"))


def test_instants_never_go_back() -> None:
    """A clock that was set back gave customers that were changed before they were made."""

    def at(day: int) -> datetime.datetime:
        return datetime.datetime(2026, 9, day, 9, tzinfo=datetime.timezone.utc)

    clock = crmkernel.FixedClock(at(20))
    db = crmkernel.open(":memory:", actor="u.t", now=clock)
    customer = db.customers.add(name="x")
    clock.set(at(10))
    customer = db.customers.update(customer.id, name="y")
    assert customer.created_at == customer.updated_at == at(20)
    assert db.statistics().clock_behind_us == 10 * 86_400 * 1_000_000
    complaint = db.complaints.add(customer=customer, issue="i", received_at=at(19))
    clock.set(at(5))
    db.complaints.clarify(complaint.id, cause="c")
    assert all(stay.seconds >= 0 for stay in db.complaints.stays(complaint.id))
