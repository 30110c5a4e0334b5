"""Programs that call the package from foreign code, one for each name on the command line; `test_foreign.py` runs them.

Each registers a plugin with hooks, so that whatever reads or writes calls back into Python.
"""

from __future__ import annotations

import ctypes
import datetime
import faulthandler
import gc
import io
import os
import signal
import sys
import tempfile
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import crmkernel
from crmkernel import errors

UTC = datetime.UTC


class Rules:
    """Hides the phone from everybody, and looks at every change."""

    id = "acme.rules"
    version = "1"

    def __init__(self) -> None:
        self.asked = 0
        self.inside: Callable[[], object] = lambda: None

    def rights(self, change: Any) -> list[str]:
        self.asked += 1
        return ["phone"] if change.entity == "customer" else []

    def validate(self, change: Any) -> list[Any]:
        self.inside()
        return []


def opened(rows: int = 3, path: str = ":memory:") -> tuple[crmkernel.Database, Rules]:
    db, rules = crmkernel.open(path, actor="u.boss"), Rules()
    db.customers.add_many([{"name": f"c{n}", "code": f"C-{n}", "phone": "1"} for n in range(rows)])
    db.register(rules)
    return db, rules


def hidden(table: Any, rows: int) -> None:
    """That a table was read to its end, as the reader may see it."""
    assert len(table) == rows, len(table)
    assert set(table.column("phone").to_pylist()) == {None}


# The C stream interface, as any library in C uses it.

_GET = [ctypes.c_void_p, ctypes.c_void_p]


class Stream(ctypes.Structure):
    """`ArrowArrayStream`; the pointers are called with the interpreter held or let go."""

    _fields_ = [(name, ctypes.c_void_p) for name in ("get_schema", "get_next", "get_last_error", "release", "private_data")]


class ArrowArray(ctypes.Structure):
    """`ArrowArray`."""

    _fields_ = [(name, ctypes.c_int64) for name in ("length", "null_count", "offset", "n_buffers", "n_children")] + [
        (name, ctypes.c_void_p) for name in ("buffers", "children", "dictionary", "release", "private_data")
    ]


def pointer(capsule: Any) -> int:
    get = ctypes.pythonapi.PyCapsule_GetPointer
    get.restype, get.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    return int(get(capsule, b"arrow_array_stream"))


def read_in_c(query: Any, call: Any) -> int:
    """Reads a query through the pointers of its stream; `call` is CFUNCTYPE, which lets the interpreter go, or PYFUNCTYPE."""
    capsule = query.__arrow_c_stream__()
    at = pointer(capsule)
    stream = Stream.from_address(at)
    rows = 0
    get_next = call(ctypes.c_int, *_GET)(stream.get_next)
    release = call(None, ctypes.c_void_p)
    while True:
        array = ArrowArray()
        if get_next(at, ctypes.addressof(array)) != 0:
            text = call(ctypes.c_char_p, ctypes.c_void_p)(stream.get_last_error)(at)
            release(stream.release)(at)
            raise RuntimeError(text.decode())
        if not array.release:
            break
        rows += array.length
        release(array.release)(ctypes.addressof(array))
    release(stream.release)(at)
    assert not stream.release
    return rows


BOTH = (ctypes.CFUNCTYPE, ctypes.PYFUNCTYPE)


def frames() -> None:
    """The libraries that let the interpreter go while they read."""
    import polars
    import pyarrow

    db, rules = opened()
    query = db.customers.find()
    hidden(query.to_arrow(), 3)
    assert query.to_polars()["phone"].null_count() == 3
    assert query.to_pandas()["phone"].isna().all()
    hidden(pyarrow.table(query), 3)
    hidden(pyarrow.RecordBatchReader.from_stream(query).read_all(), 3)
    assert polars.DataFrame(query).height == 3
    assert rules.asked >= 18


def pools() -> None:
    """A thread of a pool in C++, which Python does not know, reads the stream."""
    import pyarrow
    import pyarrow.dataset

    db, _ = opened(200)
    reader = pyarrow.RecordBatchReader.from_stream(db.customers.find())
    scanner = pyarrow.dataset.Scanner.from_batches(reader, use_threads=True)
    hidden(scanner.to_table(), 200)


def pointers() -> None:
    """Held and let go, on a known thread, beside and below a method of ours."""
    db, _ = opened()
    query = db.customers.find(code__is_set=True)
    for call in BOTH:
        assert read_in_c(query, call) == 3
        seen: list[int] = []
        db.verify(progress=lambda done, total, call=call, seen=seen: seen.append(read_in_c(query, call)))
        rows = [{"name": f"n{n}"} for n in range(2000)]
        db.customers.add_many(rows, progress=lambda done, total, call=call, seen=seen: seen.append(read_in_c(query, call)))
        assert seen
        thread = threading.Thread(target=lambda call=call, seen=seen: seen.append(read_in_c(query, call)))
        thread.start()
        thread.join()
        assert set(seen) == {3}


def releases() -> None:
    """A stream that is released late, by the collector, after the database, or never."""
    import pyarrow

    db, _ = opened()
    query = db.customers.find()
    query.__arrow_c_stream__()
    for call in BOTH:
        capsule = query.__arrow_c_stream__()
        call(None, ctypes.c_void_p)(Stream.from_address(pointer(capsule)).release)(pointer(capsule))
    reader = pyarrow.RecordBatchReader.from_stream(query)
    cycle: list[Any] = [query.__arrow_c_stream__(), reader]
    cycle.append(cycle)
    del reader, cycle
    gc.collect()
    late = pyarrow.RecordBatchReader.from_stream(query)
    db.close()
    try:
        late.read_all()
    except pyarrow.ArrowException as error:
        assert "closed" in str(error), error
    else:
        raise AssertionError("a stream of a closed database was read")
    other, _ = opened()
    globals()["kept"] = [late, pyarrow.RecordBatchReader.from_stream(other.customers.find()), other.customers.find().__arrow_c_stream__()]


def sources() -> None:
    """Rows and tables whose own code uses the database while they are read."""
    import pyarrow

    db, _ = opened()
    other, _ = opened(7)

    def rows() -> Iterator[Mapping[str, object]]:
        for n in range(30):
            hidden(db.customers.find(code__is_set=True).to_arrow(), 3)
            yield {"name": f"r{n}"}

    class Row(Mapping[str, object]):
        def __getitem__(self, name: str) -> object:
            return f"m{len(db.customers.find(code__is_set=True).to_arrow())}"

        def __iter__(self) -> Iterator[str]:
            return iter(("name",))

        def __len__(self) -> int:
            return 1

    schema = pyarrow.schema([("name", pyarrow.string())])

    def batches() -> Iterator[Any]:
        for n in range(5):
            db.customers.add(name=f"b{n}")
            hidden(db.customers.find(code__is_set=True).to_arrow(), 3)
            yield pyarrow.record_batch([[f"t{n}", f"u{n}"]], schema=schema)

    for on_error in ("raise", "collect"):
        db.customers.add_many(rows(), batch_size=7, on_error=on_error)
        db.customers.add_many([Row(), Row()], on_error=on_error)
        db.customers.add_many(pyarrow.RecordBatchReader.from_batches(schema, batches()), batch_size=1, on_error=on_error)
        db.customers.add_many(other.customers.find().select("name"), on_error=on_error)
    assert db.customers.count() == 3 + 2 * (30 + 2 + 10 + 5 + 7), db.customers.count()


def progress() -> None:
    """Progress functions and files that read, write and count while the kernel works."""
    with tempfile.TemporaryDirectory() as folder:
        db, _ = opened(50, f"{folder}/a.crm")
        seen = []

        def tell(done: int, total: int | None) -> None:
            seen.append((len(db.customers.find(code__is_set=True).to_arrow()), db.customers.count()))
            db.visits.find().to_polars()
            db.customers.add(name="p")

        class File(io.BytesIO):
            def write(self, data: Any) -> int:
                hidden(db.customers.find(code__is_set=True).to_arrow(), 50)
                db.customers.add(name="w")
                return super().write(data)

            def read(self, size: int | None = -1) -> bytes:
                hidden(db.customers.find(code__is_set=True).to_arrow(), 50)
                return super().read(size)

        file = File()
        db.backup(file, progress=tell)
        file.seek(0)
        crmkernel.restore(file, f"{folder}/b.crm", progress=tell)
        db.backup(f"{folder}/c.crm", progress=tell)
        db.replay(f"{folder}/d.crm", progress=tell)
        db.verify(progress=tell)
        db.rebuild_indexes(progress=tell)
        db.customers.add_many([{"name": f"x{n}"} for n in range(500)], progress=tell)
        assert len(seen) >= 3
        assert {rows for rows, _ in seen} == {50}
        db.close()


def hooks() -> None:
    """A hook that uses the database: by its own thread it is refused, by another it reads."""
    import pyarrow

    db, rules = opened()
    other, _ = opened(7)
    early = pyarrow.RecordBatchReader.from_stream(db.customers.find())
    ctypes_query = db.customers.find()
    found: list[object] = []

    def refused(use: Callable[[], object]) -> None:
        def inside() -> None:
            try:
                found.append(use())
            except (errors.MisuseError, pyarrow.ArrowException, RuntimeError) as error:
                found.append("refused" if "hook" in str(error) else error)

        rules.inside = inside
        db.customers.add(name="y")
        assert found.pop() == "refused", found

    boss = db.as_actor("u.other")
    refused(lambda: boss.customers.count())
    refused(lambda: db.customers.find().to_arrow())
    refused(lambda: other.customers.find().to_arrow())
    refused(lambda: other.customers.add(name="z"))
    refused(early.read_all)
    for call in BOTH:
        capsules = [ctypes_query.__arrow_c_stream__()]
        refused(lambda call=call, capsules=capsules: read_prepared(capsules[0], call))
    # A reading that is nested in a hook leaves the thread marked as being inside of it.
    refused(lambda: [early.schema, db.customers.count()])

    def on_a_thread() -> None:
        thread = threading.Thread(target=lambda: found.append(db.customers.find(code__is_set=True).to_arrow()))
        thread.start()
        thread.join()

    rules.inside = on_a_thread
    db.customers.add(name="y")
    hidden(found.pop(), 3)


def read_prepared(capsule: Any, call: Any) -> int:
    at = pointer(capsule)
    stream, array = Stream.from_address(at), ArrowArray()
    if call(ctypes.c_int, *_GET)(stream.get_next)(at, ctypes.addressof(array)) != 0:
        raise RuntimeError(call(ctypes.c_char_p, ctypes.c_void_p)(stream.get_last_error)(at).decode())
    return int(array.length)


def finalizers() -> None:
    """`__del__` of any object runs wherever the interpreter is taken: also on the thread that leads a commit."""
    db, rules = opened()
    seen: list[str] = []

    class Late:
        def __init__(self) -> None:
            self.me = self

        def __del__(self) -> None:
            for use in (lambda: db.customers.count(), lambda: db.customers.find().to_arrow(), lambda: db.customers.add(name="d")):
                try:
                    use()
                    seen.append("done")
                except errors.MisuseError:
                    seen.append("refused")

    def inside() -> None:
        Late()
        gc.collect()

    rules.inside = inside
    for n in range(10):
        db.customers.add(name=f"f{n}")
    assert seen.count("refused") == 30, seen
    rules.inside = lambda: None
    Late()
    gc.collect()
    assert seen[-3:] == ["done"] * 3
    # A cursor and a stream hold exceptions and plugins that are freed on any thread.
    plugin = weakref.ref(rules)
    cursor = iter(db.customers.find())
    next(cursor)
    db.close()
    del db, rules, cursor, inside, Late
    gc.collect()
    opened()[0].close()
    assert plugin() is None


def clocks() -> None:
    """Zones in Python, whose code runs while a value is read; a clock that a hook sets."""

    class Zone(datetime.tzinfo):
        def utcoffset(self, moment: datetime.datetime | None) -> datetime.timedelta:
            hidden(db.customers.find(code__is_set=True).to_arrow(), 3)
            return datetime.timedelta(hours=8)

        def dst(self, moment: datetime.datetime | None) -> datetime.timedelta:
            return datetime.timedelta(0)

    db, rules = opened()
    at = datetime.datetime(2026, 9, 16, 9, tzinfo=Zone())
    added = db.complaints.add(customer=1, issue="x", received_at=at)
    assert added.received_at == datetime.datetime(2026, 9, 16, 1, tzinfo=UTC)
    clock = crmkernel.FixedClock(at)
    with crmkernel.open(":memory:", actor="u", now=clock) as still:
        still.register(rules)
        rules.inside = lambda: clock.set(datetime.datetime(2026, 9, 17, tzinfo=UTC))
        still.customers.add(name="A", status="active", signed_on=at.date())
        hidden(still.customers.find().to_arrow(), 1)
        assert still.complaint_rate(at, datetime.datetime(2026, 9, 18, tzinfo=UTC)).whole >= 0


def raising() -> None:
    """A hook that raises while a stream is read: the exception is dropped where nobody holds the interpreter."""
    import pyarrow

    class Raises:
        id, version = "acme.raises", "1"

        def rights(self, change: Any) -> list[str]:
            raise ValueError("x" * 1000, [object()])

    for read in (lambda q: q.to_arrow(), lambda q: q.to_polars(), lambda q: read_in_c(q, ctypes.CFUNCTYPE), lambda q: list(q)):
        db = crmkernel.open(":memory:", actor="u")
        db.customers.add_many([{"name": f"c{n}"} for n in range(5)])
        db.register(Raises())
        for _ in range(3):
            try:
                read(db.customers.find())
            except (pyarrow.ArrowException, errors.PluginError, RuntimeError, Exception) as error:
                assert "acme.raises" in str(error), error
            else:
                raise AssertionError("a hook that raised was passed over")


def threads() -> None:
    """All of it at once, with the interpreter given from thread to thread all the time."""
    sys.setswitchinterval(1e-6)
    db, _ = opened(100)
    failed: list[BaseException] = []

    def work(n: int) -> None:
        try:
            for i in range(4):
                for call in BOTH:
                    assert read_in_c(db.customers.find(code__is_set=True), call) == 100
                hidden(db.customers.find(code__is_set=True).to_arrow(), 100)
                db.customers.add(name=f"{n}-{i}")
                db.customers.add_many([{"name": "t"}], progress=lambda done, total: db.customers.find(limit=1).to_arrow())
                assert len(list(db.customers.find(limit=5))) == 5
        except BaseException as error:
            failed.append(error)

    running = [threading.Thread(target=work, args=(n,)) for n in range(6)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    assert not failed, failed
    assert db.verify().ok


def leaving() -> None:
    """The interpreter ends while threads read: the process ends with it, without a signal.

    Not with pyarrow: before Python 3.14 its own threads abort the process then, whatever they read.
    """
    db, _ = opened(2000)
    started = threading.Event()

    def read() -> None:
        while True:
            assert len(list(db.customers.find(limit=100))) == 100
            assert read_in_c(db.customers.find(), ctypes.CFUNCTYPE) == 2000
            started.set()

    for _ in range(2):
        threading.Thread(target=read, daemon=True).start()
    started.wait()


def left_behind() -> None:
    """Ctrl-C leaves a long count to itself, whose hook runs in a thread of the kernel while the interpreter ends."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    db, rules = opened(5000)

    def rights(change: Any) -> list[str]:
        rules.asked += 1
        if rules.asked == 1:
            os.kill(os.getpid(), signal.SIGINT)
        # Long enough for the interpreter to be taken away in the middle of it.
        for _ in range(200_000):
            pass
        return ["phone"]

    rules.rights = rights  # type: ignore[method-assign]
    try:
        db.customers.find(phone__is_set=True).count()
    except KeyboardInterrupt:
        return
    raise AssertionError("Ctrl-C was not seen")


def damaged() -> None:
    """Tables that are no Arrow data: each is refused with its column, nothing of it is stored, and the database goes on.

    Text that was not UTF-8, as GBK that was taken for it, was stored, so that the journal could not be read any more; a cut
    character ended the process, keys that the dictionary has not panicked, and a key below 0 was a null.
    """
    import pyarrow

    import numpy

    def texts(offsets: list[int], data: bytes, kind: Any = pyarrow.string(), width: str = "i4") -> Any:
        """pyarrow looks at the offsets when it takes them, so they are changed behind its back."""
        held = numpy.array([0, 0, len(data)], width)
        array = pyarrow.Array.from_buffers(kind, 2, [None, pyarrow.py_buffer(held), pyarrow.py_buffer(data)])
        table = pyarrow.table({"name": array})
        held[:] = offsets
        return table

    def keyed(keys: list[int], values: Any) -> Any:
        return pyarrow.DictionaryArray.from_arrays(pyarrow.array(keys, pyarrow.int32()), values, safe=False)

    db, _ = opened(1)
    gbk = ["张三有限公司".encode("gbk"), "Acme \u4e2d".encode()[:-1], b"good", b"\xff"]
    view = pyarrow.array(gbk, pyarrow.binary()).view(pyarrow.string())
    for column in (view, view.cast(pyarrow.binary()).cast(pyarrow.binary_view()).view(pyarrow.string_view())):
        table = pyarrow.table({"name": column, "note": ["n"] * 4})
        report = db.customers.add_many(table, on_error="collect")
        assert (report.added, [(row.row, row.column, row.code) for row in report.rejected]) == (
            1,
            [(1, "name", "invalid_utf8"), (2, "name", "invalid_utf8"), (4, "name", "invalid_utf8")],
        ), report.rejected[:]
        try:
            db.customers.add_many(table)
        except errors.InvalidUtf8Error as error:
            assert (error.context["field"], error.context["row"]) == ("name", "1")
        else:
            raise AssertionError("text that is not UTF-8 was taken")
    bytes_in_dictionary = keyed([0, 1], pyarrow.array([b"ok", b"\xe4"], pyarrow.binary()).view(pyarrow.string()))
    report = db.customers.add_many(pyarrow.table({"name": bytes_in_dictionary}), on_error="collect")
    assert (report.added, report.rejected[0].code) == (1, "invalid_utf8")
    before = db.last_sequence
    for name, table in {
        "a key beyond the dictionary": pyarrow.table({"name": keyed([0, 7], pyarrow.array(["a"]))}),
        "a key below 0": pyarrow.table({"name": keyed([-1], pyarrow.array(["a"]))}),
        "offsets that run backwards": texts([0, 5, 2], b"abcde"),
        "offsets that end below 0": texts([0, 5, -1], b"abcde"),
        "wide offsets that end below 0": texts([0, 5, -1], b"abcde", pyarrow.large_string(), "i8"),
    }.items():
        for on_error in ("raise", "collect"):
            try:
                db.customers.add_many(table, on_error=on_error)
            except errors.InvalidArgumentError as error:
                told = "column name is no valid Arrow data in rows 1 to", "the table's stream failed"
                assert told[name.endswith("end below 0")] in str(error), error
            else:
                raise AssertionError(name)
    assert db.last_sequence == before
    assert [customer.name for customer in db.customers.find()] == ["c0", "good", "good", "ok"]
    assert len(list(db.changes())) == before
    assert db.verify().ok


PROGRAMS: dict[str, Callable[[], None]] = {
    program.__name__: program
    for program in (
        frames, pools, pointers, releases, sources, progress, hooks, finalizers, clocks, raising, threads, leaving, left_behind, damaged,
    )
}

if __name__ == "__main__":
    faulthandler.dump_traceback_later(100, exit=True)
    for name in sys.argv[1:]:
        PROGRAMS[name]()
        print(name, flush=True)
    faulthandler.cancel_dump_traceback_later()
