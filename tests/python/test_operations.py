"""Backups, restoring, rebuilding, compaction and statistics, from Python and on the command line."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import crmkernel
import pytest
from crmkernel import errors
from crmkernel.whole import WholeFile


@pytest.fixture
def db(file: Path) -> crmkernel.Database:
    database = crmkernel.open(file, actor="u.li")
    database.customers.add_many({"name": f"客户{i}", "code": f"C-{i}"} for i in range(300))
    return database


def count(path: Path) -> int:
    with crmkernel.open(path, actor="u.li", create=False, busy_timeout=0) as other:
        assert other.verify().ok
        return other.customers.find().count()


def test_a_backup_to_a_path_is_a_database(db: crmkernel.Database, tmp_path: Path) -> None:
    target = tmp_path / "副本.crm"
    told: list[tuple[int, int | None]] = []
    copied = db.backup(target, progress=lambda done, total: told.append((done, total)))
    assert copied.pairs > 1_000 and copied.bytes > copied.pairs
    assert told[-1] == (copied.pairs, None)
    assert count(target) == 300
    with pytest.raises(errors.DuplicateError, match="exists"):
        db.backup(target)
    db.customers.add(name="后来")
    db.backup(target, replace=True)
    assert count(target) == 301


def test_a_replay_makes_the_same_database_from_the_journal(db: crmkernel.Database, tmp_path: Path) -> None:
    wang = db.customers.add(name="王五")
    db.customers.activate(wang)
    told: list[int] = []
    target = tmp_path / "replay.crm"
    assert db.replay(target, progress=lambda done, total: told.append(done)) == db.last_sequence == 302
    assert told[-1] == 302
    with pytest.raises(errors.DuplicateError):
        db.replay(target)
    assert db.replay(target, replace=True) == 302
    with crmkernel.open(target, actor="u.test") as again:
        assert again.customers.get(wang.id) == db.customers.get(wang.id)
        assert again.verify().ok
    with pytest.raises(errors.ForbiddenError):
        db.as_actor("u.li", level="edit").replay(tmp_path / "other.crm")


def test_a_backup_to_a_file_is_a_stream_that_restore_reads(db: crmkernel.Database, tmp_path: Path) -> None:
    stream, restored = io.BytesIO(), tmp_path / "restored.crm"
    copied = db.backup(stream)
    stream.seek(0)
    assert crmkernel.restore(stream, restored) == copied
    assert count(restored) == 300
    source = tmp_path / "backup"
    source.write_bytes(stream.getvalue())
    with pytest.raises(errors.DuplicateError):
        crmkernel.restore(source, restored)
    assert crmkernel.restore(source, restored, replace=True) == copied
    with crmkernel.open(":memory:", actor="u.li") as memory:
        memory.customers.add(name="王五")
        in_memory = io.BytesIO()
        memory.backup(in_memory)
    in_memory.seek(0)
    crmkernel.restore(in_memory, tmp_path / "from_memory.crm")
    assert count(tmp_path / "from_memory.crm") == 1


def test_a_cut_or_damaged_stream_is_refused_by_its_place(db: crmkernel.Database, tmp_path: Path) -> None:
    stream = io.BytesIO()
    db.backup(stream)
    whole = stream.getvalue()
    flipped = whole[:1_000] + bytes([whole[1_000] ^ 1]) + whole[1_001:]
    for damaged, first, last in ((whole[:-100], len(whole) - 100, len(whole) - 100), (flipped, 20, 1_000)):
        with pytest.raises(errors.CorruptError) as caught:
            crmkernel.restore(io.BytesIO(damaged), tmp_path / "never.crm")
        assert first <= int(caught.value.context["offset"]) <= last
    with pytest.raises(errors.NotADatabaseError):
        crmkernel.restore(io.BytesIO(b"a letter"), tmp_path / "never.crm")
    assert not list(tmp_path.glob("never*"))


class Failing:
    """A file that is full."""

    def write(self, data: bytes) -> int:
        raise OSError(28, "no room")

    def read(self, size: int) -> bytes:
        raise KeyError("gone")


def test_the_exception_of_a_file_comes_through(db: crmkernel.Database, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="no room"):
        db.backup(Failing())
    with pytest.raises(KeyError, match="gone"):
        crmkernel.restore(Failing(), tmp_path / "never.crm")
    with pytest.raises(TypeError):
        db.backup(io.StringIO())  # type: ignore[arg-type]
    with pytest.raises(errors.InvalidArgumentError, match="path or a binary file"):
        db.backup(7)  # type: ignore[arg-type]
    assert db.verify().ok


def test_verify_tells_how_far_it_is_and_is_cancelled_by_an_error(db: crmkernel.Database) -> None:
    db.customers.add_many([{"name": f"c{i}"} for i in range(30_000)])
    told: list[int] = []
    report = db.verify(progress=lambda done, _total: told.append(done))
    assert report.ok and told == sorted(told)

    def stop(done: int, total: int | None) -> None:
        raise RuntimeError(done)

    with pytest.raises(RuntimeError):
        db.verify(progress=stop)
    assert db.verify().ok


def test_progress_that_raises_cancels(db: crmkernel.Database, tmp_path: Path) -> None:
    class Stop(Exception):
        pass

    def stop(done: int, total: int | None) -> None:
        raise Stop

    with pytest.raises(Stop):
        db.backup(io.BytesIO(), progress=stop)


def test_statistics_compaction_and_rebuild(db: crmkernel.Database) -> None:
    found = db.statistics(spaces=True)
    assert found.records["customer"] == 300 and found.journal_entries == 300
    assert found.commands == 300 and found.commits > 0 and found.file_bytes > 0
    assert found.cached_records <= found.cached_bytes <= found.cached_bytes_max
    assert [db.customers.get(1).id for _ in range(3)] == [1, 1, 1] and db.statistics().cache_hits > found.cache_hits
    assert [space.name for space in found.spaces][:2] == ["meta", "record"]
    assert found.to_dict()["records.customer"] == 300
    assert "<td>300</td>" in found._repr_html_()
    assert db.statistics().spaces == []
    db.compact()
    after = db.statistics(spaces=True)
    assert after.spaces[1].stored_bytes > 0 and db.verify().ok
    rebuilt = db.rebuild_indexes()
    assert (rebuilt.records, rebuilt.written, rebuilt.removed, rebuilt.problems) == (300, 0, 0, [])
    with pytest.raises(errors.InvalidArgumentError):
        db.compact(wait=-1)
    report = db.verify()
    assert (report.problem_count, report.problems, report.store_checked) == (0, [], True)
    reader = db.as_actor("u.zhao", level="read")
    for refused in (lambda: reader.backup(io.BytesIO()), reader.compact, reader.rebuild_indexes):
        with pytest.raises(errors.ForbiddenError):
            refused()


def test_compaction_waits_for_cursors(db: crmkernel.Database) -> None:
    cursor = iter(db.customers.find())
    next(cursor)
    with pytest.raises(errors.BusyError, match="snapshots"):
        db.compact(wait=0.01)
    del cursor
    db.compact(wait=0)


def run(*words: str, data: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([sys.executable, "-m", "crmkernel", *words], input=data, capture_output=True, check=False)


def test_a_backup_that_fails_leaves_the_stream_that_it_would_replace(db: crmkernel.Database, file: Path, tmp_path: Path) -> None:
    """`backup --stream --replace` emptied the old stream before it began and removed it when it failed, for a level that may
    not back up as for a full disk. It left no backup."""
    db.close()
    old = tmp_path / "stream"
    words = ("db", "backup", str(old), "--stream", "--db", str(file))
    assert run(*words).returncode == 0
    whole = old.read_bytes()
    old.chmod(0o600)
    refused = run(*words, "--replace", "--level", "edit")
    assert refused.returncode == 4 and b"forbidden" in refused.stderr
    assert old.read_bytes() == whole
    assert run(*words).returncode == 4, "it is there"
    assert run(*words, "--replace").returncode == 0
    assert old.read_bytes() == whole and old.stat().st_mode & 0o777 == 0o600
    assert not [path for path in tmp_path.iterdir() if "-new-" in path.name]


def test_a_stream_never_takes_the_place_of_its_database(db: crmkernel.Database, file: Path, tmp_path: Path) -> None:
    """`backup --stream --replace` with the path of the database itself emptied the database, and then removed it."""
    db.close()
    linked, hard = tmp_path / "linked", tmp_path / "hard"
    linked.symlink_to(file)
    os.link(file, hard)
    for target in (file, linked, hard, file.with_name(f"{file.name}-wal"), file.with_name(f"{file.name}-lock")):
        before = target.read_bytes() if target.exists() else None
        for lang, told in (("en", "belongs to the database"), ("zh", "属于要备份的数据库")):
            refused = run("--lang", lang, "db", "backup", str(target), "--stream", "--replace", "--db", str(file))
            assert refused.returncode == 2 and told in refused.stderr.decode(), refused.stderr
        assert (target.read_bytes() if target.exists() else None) == before
    assert count(file) == 300


def test_a_whole_file_takes_no_name_that_was_taken_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that was free at the beginning may be taken at the end: what has it stays, with links and without."""
    path = tmp_path / "a"

    def no_links(*_: object) -> None:
        raise PermissionError("no links here")

    for link in (os.link, no_links):
        monkeypatch.setattr(os, "link", link)
        with pytest.raises(FileExistsError), WholeFile(path, encoding=None, replace=False) as whole:
            whole.file.write(b"late")
            path.write_bytes(b"first")
        assert path.read_bytes() == b"first"
        path.unlink()
        with WholeFile(path, encoding=None, replace=False) as whole:
            whole.file.write(b"alone")
        assert path.read_bytes() == b"alone" and list(tmp_path.iterdir()) == [path]
        with pytest.raises(FileExistsError):
            WholeFile(path, encoding=None, replace=False)
        path.unlink()


def test_the_command_line_cares_for_a_database(db: crmkernel.Database, file: Path, tmp_path: Path) -> None:
    held = run("db", "rebuild", "--db", str(file), "--busy-timeout", "0")
    assert held.returncode == 5 and b"locked" in held.stderr
    assert run("db", "check", "--db", str(file), "--busy-timeout", "0").returncode == 0
    db.close()
    checked = run("db", "check", "--db", str(file), "--format", "json")
    assert checked.returncode == 0 and json.loads(checked.stdout) == []
    assert b"300 records" in checked.stderr

    copy = tmp_path / "copy.crm"
    made = run("db", "backup", str(copy), "--db", str(file), "--format", "json")
    assert made.returncode == 0 and json.loads(made.stdout)["pairs"] > 1_000
    assert run("db", "backup", str(copy), "--db", str(file)).returncode == 4
    assert run("db", "backup", str(copy), "--db", str(file), "--replace", "--quiet").stderr == b""
    assert run("db", "backup", "-", "--db", str(file)).returncode == 2

    stream = run("db", "backup", "-", "--stream", "--db", str(file))
    assert stream.returncode == 0
    restored = run("db", "restore", "-", "--db", str(tmp_path / "r.crm"), data=stream.stdout)
    assert restored.returncode == 0, restored.stderr
    assert count(tmp_path / "r.crm") == 300
    cut = run("db", "restore", "-", "--db", str(tmp_path / "cut.crm"), data=stream.stdout[:-1])
    assert cut.returncode == 1 and b"cut short" in cut.stderr
    assert not (tmp_path / "cut.crm").exists()
    named = tmp_path / "stream"
    assert run("db", "backup", str(named), "--stream", "--db", str(file)).returncode == 0
    assert named.read_bytes() == stream.stdout
    assert run("db", "backup", str(named), "--stream", "--db", str(file)).returncode == 4

    rebuilt = run("db", "rebuild", "--db", str(copy), "--format", "ndjson")
    assert json.loads(rebuilt.stdout)["written"] == 0
    compacted = json.loads(run("db", "compact", "--db", str(file), "--format", "json").stdout)
    assert 0 < compacted["bytes_after"] <= compacted["bytes_before"]
    statistics = json.loads(run("db", "statistics", "--spaces", "--db", str(file), "--format", "json").stdout)
    assert statistics["records.customer"] == 300 and statistics["space.record.stored_bytes"] > 0
    assert run("db", "check", "--db", str(tmp_path / "none.crm")).returncode == 3
    assert run("db").returncode == 2
