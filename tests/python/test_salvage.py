"""Salvage: what can be read of a damaged database, or of one without its log, becomes a new one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import crmkernel
import pytest
from crmkernel import errors


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
