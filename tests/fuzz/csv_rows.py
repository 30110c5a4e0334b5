"""Fuzzes the import of CSV files: changes inputs that it has and keeps those that reach new lines or new reasons.

    python tests/fuzz/csv_rows.py SECONDS FOLDER [SEED]

An input that breaks a promise of `csv_reader.read` is written beside FOLDER and its name printed; the exit code is 1.
"""

from __future__ import annotations

import hashlib
import pathlib
import random
import sys
import tempfile
import time
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "python"))

import csv_reader

SEEDS = (
    b"\x00code,name,region\r\nC-2,\xe6\xad\xa6\xe6\xb1\x89\xe4\xb8\x80\xe5\x85\xac\xe5\x8f\xb8,\xe5\x8d\x8e\xe4\xb8\xad\r\n",
    b'\x04external_system,external_id,name,signed_on,annual_revenue\nerp,E-1,"a ""b"" c",2020-02-29,1 CNY\nerp,"E-2",=1+1,,\n',
    b"\x02customer,issue,received_at,amount\n1,\xe4\xbb\xb7\xe6\xa0\xbc,2026-09-15T08:00:00+08:00,12.50 CNY\n1,,,\n",
    b"\x01customer,planned_on,kind\n1,2026-09-20,phone\n9,2026-13-40,visit\n",
    b"\x05customer,planned_on,owner,id\n1,2026-09-20,u.li,\n1,2026-09-21,,1\n",
    b"\x0ecustomer,issue,received_at,closed_at\n1,x,2026-09-15,2026-09-14\n1,y,2025-01-01T00:00:00Z,\n",
    b"\x03customer,name,phone,birthday\n1,\xe6\x9d\x8e\xe9\x9b\xb7,+86 21 5555,1990-01-01\n",
)
WORDS = (
    b"code", b"name", b"customer", b"external_id", b"owner", b"issue", b"id", b"row", b"reason", b"credit_limit", b"birthday",
    b"\r", b"\n", b"\r\n", b'"', b'""', b",", b"'", b"'=", b"@", b"\xef\xbb\xbf", b"\x00", b"\xff", b"\xe2\x80\x8b", b"\xf0\x9f\x98\x80",
    b"2026-02-30", b"9999-12-31", b"true", b"-1", b"1e9", b"9223372036854775808", b"1 CNY", b"0.001 USD", b"\t", b" ",
)


def changed(data: bytes, other: bytes, rand: random.Random) -> bytes:
    """The input with one to four changes."""
    out = bytearray(data)
    for _ in range(rand.randint(1, 4)):
        at = rand.randint(0, len(out))
        until = min(len(out), at + rand.randint(0, 20))
        match rand.randrange(6):
            case 0 if out:
                out[at - 1] = rand.randrange(256)
            case 1:
                out[at:at] = rand.choice(WORDS)
            case 2:
                out[at:until] = rand.choice(WORDS)
            case 3:
                del out[at:until]
            case 4:
                out[at:at] = out[at:until]
            case _:
                out[at:until] = other[rand.randint(0, len(other)) :][:40]
    return bytes(out[:2048])


class Lines:
    """The steps from line to line in the modules that read CSV."""

    def __init__(self) -> None:
        self.steps: set[tuple[object, int, int]] = set()

    def __call__(self, frame, event, _):
        if not frame.f_code.co_filename.endswith(("crmkernel/rows.py", "crmkernel/bulk.py")):
            return None
        before, code = frame.f_lineno, frame.f_code

        def step(frame, event, argument):
            nonlocal before
            self.steps.add((code, before, frame.f_lineno))
            before = frame.f_lineno
            return step

        return step


def reached(data: bytes, folder: pathlib.Path) -> set[object]:
    """What an input reaches."""
    lines = Lines()
    sys.settrace(lines)
    try:
        reasons = csv_reader.read(data, folder)
    finally:
        sys.settrace(None)
    return lines.steps | reasons


def main(seconds: float, kept: pathlib.Path, seed: int) -> int:
    """Runs for so long."""
    kept.mkdir(parents=True, exist_ok=True)
    rand, seen, inputs, runs = random.Random(seed), set(), [], 0
    waiting = [file.read_bytes() for file in sorted(kept.iterdir())] + list(SEEDS)
    end = time.monotonic() + seconds
    with tempfile.TemporaryDirectory() as folder:
        while time.monotonic() < end:
            data = waiting.pop() if waiting else changed(rand.choice(inputs), rand.choice(inputs), rand)
            runs += 1
            try:
                found = reached(data, pathlib.Path(folder))
            except BaseException:
                traceback.print_exc()
                broken = kept.parent / f"failed-csv-{hashlib.sha1(data).hexdigest()}"
                broken.write_bytes(data)
                print(f"SEED={seed} {broken}: {data!r}")
                return 1
            if found - seen:
                seen |= found
                inputs.append(data)
                (kept / hashlib.sha1(data).hexdigest()).write_bytes(data)
    print(f"csv: {runs} inputs, {len(inputs)} kept")
    return 0


if __name__ == "__main__":
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.SystemRandom().randrange(1 << 32)
    sys.exit(main(float(sys.argv[1]), pathlib.Path(sys.argv[2]), seed))
