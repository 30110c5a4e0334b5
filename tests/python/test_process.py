"""What happens around one database: closing, other processes, forks, Ctrl-C, files that are none."""

from __future__ import annotations

import gzip
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import crmkernel
import pytest
from conftest import REPOSITORY
from crmkernel import errors


def test_close_is_idempotent_and_later_calls_are_misuse(file: Path) -> None:
    db = crmkernel.open(file, actor="u")
    customer = db.customers.add(name="A")
    query = db.customers.find()
    db.close()
    db.close()
    assert db.closed
    for call in (db.verify, query.count, query.to_list, customer.activate, lambda: list(db.customers), lambda: db.time_zone):
        with pytest.raises(errors.MisuseError, match="closed"):
            call()
    assert customer.name == "A"
    with crmkernel.open(file, actor="u") as again:
        assert again.customers.get(1).name == "A"


def test_a_refused_close_changes_nothing(file: Path) -> None:
    """A close that was refused, because another thread's transaction was alive or a hook called it, left a handle that was
    dead and held the lock until the process ended; the cache of records was off for good. It stays as open as it was.
    """
    inside, go_on = threading.Event(), threading.Event()

    class Rules:
        id = "acme.rules"
        version = "1"
        closes = False

        def validate(self, change: object) -> list[object]:
            if self.closes:
                db.close()
            elif threading.current_thread() is not threading.main_thread():
                inside.set()
                go_on.wait()
            return []

    db, rules = crmkernel.open(file, actor="u"), Rules()
    db.register(rules)
    db.customers.add(name="A")
    writer = threading.Thread(target=lambda: db.customers.add(name="B"))
    writer.start()
    inside.wait()
    with pytest.raises(errors.MisuseError, match="transaction that writes is alive"):
        db.close()
    assert not db.closed
    go_on.set()
    writer.join()
    rules.closes = True
    with pytest.raises(errors.PluginFailedError):
        db.customers.add(name="C")
    rules.closes = False
    assert not db.closed
    db.customers.add(name="D")
    assert [customer.name for customer in db.customers.find(order="id")] == ["A", "B", "D"]
    db.customers.update(1, name="E")
    assert (db.customers.get(1).name, db.statistics().cached_records > 0) == ("E", True)
    db.close()
    assert db.closed
    command = [sys.executable, "-c", f"import crmkernel; crmkernel.open({str(file)!r}, actor='u', busy_timeout=0)"]
    subprocess.run(command, check=True)


def test_leaving_the_block_closes_also_after_an_error(file: Path) -> None:
    with pytest.raises(ZeroDivisionError), crmkernel.open(file, actor="u") as db:
        raise ZeroDivisionError
    assert db.closed


def test_a_file_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(errors.NotFoundError):
        crmkernel.open(tmp_path / "none.crm", actor="u", create=False)
    with pytest.raises(errors.NotFoundError):
        crmkernel.open(tmp_path / "folder" / "none.crm", actor="u")
    for name, content in {"text": b"hello " * 1000, "zeros": bytes(8192)}.items():
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(errors.NotADatabaseError):
            crmkernel.open(path, actor="u")
        assert path.read_bytes() == content
    with pytest.raises(errors.NotADatabaseError):
        crmkernel.open(tmp_path, actor="u")


def test_a_damaged_file_is_an_error_of_the_store(file: Path) -> None:
    with crmkernel.open(file, actor="u") as db:
        db.customers.add_many([{"name": f"c{i}"} for i in range(500)])
    data = bytearray(file.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 64] = bytes(64)
    for at in range(5000, len(data), 4096):
        data[at] ^= 0xFF
    file.write_bytes(data)
    with pytest.raises(errors.StoreError):
        list(crmkernel.open(file, actor="u").customers)


def test_a_database_of_a_newer_version_is_refused_and_left_as_it_is(file: Path) -> None:
    content = gzip.decompress((REPOSITORY / "tests" / "data" / "format_2.crm.gz").read_bytes())
    file.write_bytes(content)
    with pytest.raises(errors.NewerVersionError, match="has format 2, this version reads up to 1") as caught:
        crmkernel.open(file, actor="u")
    assert caught.value.context["format"] == "2"
    with pytest.raises(errors.NewerVersionError):
        crmkernel.open(file, actor="u")


FULL = """
import crmkernel, resource, sys
db = crmkernel.open(sys.argv[1], actor="u")
db.customers.add(name="before")
resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, resource.RLIM_INFINITY))
try:
    db.customers.add_many({"name": f"c{i}", "note": "x" * 1000} for i in range(5000))
except crmkernel.errors.DiskFullError as error:
    print(error.kind)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
"""


def test_a_full_disk_leaves_what_was_there(file: Path) -> None:
    done = subprocess.run([sys.executable, "-c", FULL, str(file)], capture_output=True, text=True)
    assert done.stdout.split() == ["disk_full"], done.stderr
    with crmkernel.open(file, actor="u") as db:
        assert [customer.name for customer in db.customers] == ["before"]
        assert db.verify().ok


def test_options_out_of_bounds_are_refused(file: Path) -> None:
    for options in ({"durability": "none"}, {"busy_timeout": -1.0}, {"busy_timeout": float("nan")}, {"level": "boss"}, {"time_zone": "Mars/Base"}):
        with pytest.raises(errors.InvalidArgumentError):
            crmkernel.open(file, actor="u", **options)  # type: ignore[arg-type]
    with pytest.raises(errors.WrongTypeError):
        crmkernel.open(file, actor="u", now="today")  # type: ignore[arg-type]


def test_what_a_relaxed_database_took_is_there_after_its_close(file: Path) -> None:
    with crmkernel.open(file, actor="u", durability="relaxed") as db:
        db.customers.add(name="王五")
    with crmkernel.open(file, actor="u") as db:
        assert [customer.name for customer in db.customers.find()] == ["王五"]
        assert db.verify().ok


def test_a_file_that_another_process_holds_is_locked(file: Path) -> None:
    code = f"import crmkernel, sys; db = crmkernel.open({str(file)!r}, actor='u'); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"open\n"
        with pytest.raises(errors.LockedError, match=str(other.pid)):
            crmkernel.open(file, actor="u", busy_timeout=0)
        other.communicate(b"")
    with crmkernel.open(file, actor="u") as db:
        assert db.customers.count() == 0


WRITER = """
import crmkernel, sys
db = crmkernel.open(sys.argv[1], actor="u")
for line in sys.stdin:
    db.customers.add(name=line.strip())
    print("added", flush=True)
"""


def test_a_file_is_read_beside_the_process_that_writes_it(file: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", WRITER, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        assert writer.stdin is not None and writer.stdout is not None

        def add(name: str) -> None:
            writer.stdin.write(f"{name}\n".encode())
            writer.stdin.flush()
            assert writer.stdout.readline() == b"added\n"

        add("王五")
        with crmkernel.open(file, actor="u", read_only=True) as db:
            assert [customer.name for customer in db.customers] == ["王五"]
            add("赵六")
            assert db.customers.count() == 1
            db.refresh()
            assert [customer.name for customer in db.customers] == ["王五", "赵六"]
            with pytest.raises(errors.ReadOnlyError, match="opened for reading alone"):
                db.customers.add(name="李四")
            writer.kill()
            writer.wait()
            db.refresh()
            assert db.verify().ok
            assert db.customers.count() == 2
        with pytest.raises(errors.MisuseError):
            db.refresh()
    with pytest.raises(errors.NotFoundError):
        crmkernel.open(file.with_name("none.crm"), actor="u", read_only=True)


def test_a_forked_child_may_not_use_the_database(file: Path) -> None:
    with crmkernel.open(file, actor="u") as db:
        customer = db.customers.add(name="A")
        read, write = os.pipe()
        pid = os.fork()
        if pid == 0:
            told = []
            for call in (lambda: db.customers.add(name="B"), db.verify, customer.activate, lambda: list(db.customers.find())):
                try:
                    call()
                    told.append("done")
                except errors.ForkedError as error:
                    told.append(error.kind)
            db.close()
            # Freeing the objects in the child must leave the parent's file alone.
            del db, customer
            os.write(write, ",".join(told).encode())
            os._exit(0)
        os.waitpid(pid, 0)
        assert os.read(read, 100) == b"forked,forked,forked,forked"
        db.customers.add(name="C")
        with pytest.raises(errors.LockedError):
            crmkernel.open(file, actor="u", busy_timeout=0)
    with crmkernel.open(file, actor="u") as again:
        assert [customer.name for customer in again.customers] == ["A", "C"]
        assert again.verify().ok


INTERRUPTED = """
import crmkernel, os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job is started with the signal ignored
db = crmkernel.open(sys.argv[1], actor="u")
sent = []
def tell(done, total):
    if not sent and done:
        sent.append(done)
        os.kill(os.getpid(), signal.SIGINT)
rows = [{"name": f"c{i}", "code": str(i)} for i in range(200_000)]
try:
    db.customers.add_many(rows, progress=tell)
except KeyboardInterrupt:
    print(db.customers.count(), db.last_sequence, bool(sent))
"""


def test_ctrl_c_ends_a_long_import_which_then_leaves_nothing(file: Path) -> None:
    done = subprocess.run([sys.executable, "-c", INTERRUPTED, str(file)], capture_output=True, text=True, timeout=120)
    assert done.stdout.split() == ["0", "0", "True"], done.stderr


def test_an_error_in_the_progress_function_ends_the_import(db: crmkernel.Database) -> None:
    def tell(done: int, total: int | None) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        db.customers.add_many([{"name": f"c{i}"} for i in range(50_000)], progress=tell)


def test_threads_share_a_database(file: Path) -> None:
    with crmkernel.open(file, actor="u") as db:
        def work(n: int) -> None:
            for i in range(20):
                db.customers.add(name=f"{n}-{i}", code=f"{n}-{i}")

        threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert db.customers.count() == 160
        assert db.last_sequence == 160
        assert db.verify().ok


def test_the_interpreter_is_free_while_another_thread_waits_for_the_file(file: Path) -> None:
    with crmkernel.open(file, actor="u"):
        refused: list[str] = []

        def wait() -> None:
            try:
                crmkernel.open(file, actor="u", busy_timeout=0.5)
            except errors.LockedError as error:
                refused.append(error.kind)

        thread = threading.Thread(target=wait)
        thread.start()
        turns = 0
        while thread.is_alive():
            turns += 1
        assert refused == ["locked"]
        assert turns > 100


def test_the_signal_handler_is_left_as_it_was(db: crmkernel.Database) -> None:
    before = signal.getsignal(signal.SIGINT)
    db.customers.add_many([{"name": f"c{n}"} for n in range(100)], progress=lambda done, total: None)
    assert signal.getsignal(signal.SIGINT) is before
