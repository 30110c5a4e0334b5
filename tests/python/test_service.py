"""A file that reaches the size that the system allows it, and room again: nothing is lost, and nothing has to be opened again."""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Callable
from pathlib import Path

import crmkernel
from crmkernel import errors

MIB = 1 << 20


def _in_a_child(work: Callable[[], None]) -> None:
    """Runs the work in a child, whose limits are its own; it must end well."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            work()
            code = 0
        except BaseException as error:
            print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
        finally:
            os._exit(code)
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0


def _limit(size: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def _rows(batch: int) -> list[dict[str, str]]:
    return [{"code": f"k{batch}.{row}", "name": "x", "note": "n" * 3900} for row in range(500)]


def test_a_file_that_may_not_grow_and_then_may_is_as_if_it_always_had(tmp_path: Path) -> None:
    """While the limit held, an import failed as it should. Afterwards no read of 330 and no commit of 2,000 worked, no check,
    no backup, until the database was opened again: redb gives up a file after its first error."""
    path = tmp_path / "a.crm"

    def work() -> None:
        _limit(24 * MIB)
        db = crmkernel.open(path, actor="u.wang", level="manage")
        acknowledged: list[int] = []
        refused: list[errors.CrmError] = []
        for batch in range(60):
            try:
                db.customers.add_many(_rows(batch))
                acknowledged.append(batch)
            except errors.CrmError as error:
                refused.append(error)
            if len(refused) == 3:
                break
        assert acknowledged and all(isinstance(error, errors.DiskFullError) for error in refused), refused
        assert db.customers.count() == 500 * len(acknowledged)
        for batch in acknowledged:
            assert db.customers.get(code=f"k{batch}.7").name == "x", "reads go on while there is no room"
        assert db.verify().ok, "a check only reads"

        _limit(resource.RLIM_INFINITY)
        db.customers.add(name="at once", code="at once")
        db.customers.add_many(_rows(1000))
        assert db.customers.count() == 500 * len(acknowledged) + 501
        assert db.verify().ok
        db.compact(wait=0)
        assert db.statistics(spaces=True).records["customer"] == 500 * len(acknowledged) + 501
        db.backup(tmp_path / "copy.crm")
        db.close()
        with crmkernel.open(path, actor="u.wang", level="manage") as again:
            assert again.verify().ok and again.customers.count() == 500 * len(acknowledged) + 501

    _in_a_child(work)
