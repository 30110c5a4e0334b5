"""Foreign code that calls the package, from code that holds the interpreter and from code that has let it go.

A Python plugin with `rights` and one call of `to_arrow` ended the host with a segmentation fault. pyarrow lets the
interpreter go while it reads a stream. Its call for the next batch came in below our own `to_arrow`, for which pyo3 had
counted the thread as attached; so the hook was called by a thread that held nothing. Callbacks of a stream now bring
thread and count together before they work (`python/src/interpreter.rs`). Each program of `foreign.py` runs in a process of
its own, so that a crash or a hang is a failing test.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from foreign import PROGRAMS

PROGRAM = Path(__file__).with_name("foreign.py")


@pytest.mark.parametrize("name", PROGRAMS)
def test_foreign_code_may_call(name: str) -> None:
    command = [sys.executable, "-X", "dev", "-W", "ignore", str(PROGRAM), name]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout) == (0, f"{name}\n"), done.stderr[-4000:]
