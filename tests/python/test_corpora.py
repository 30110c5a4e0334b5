"""The inputs that the fuzzer of the CSV import kept, read again."""

from __future__ import annotations

import struct
from pathlib import Path

import csv_reader
from conftest import REPOSITORY


def test_the_csv_files_that_the_fuzzer_kept_are_imported_or_refused_row_by_row(tmp_path: Path) -> None:
    packed = (REPOSITORY / "tests/fuzz/corpus/csv").read_bytes()
    inputs, seen = 0, set()
    while packed:
        (length,) = struct.unpack("<I", packed[:4])
        seen |= csv_reader.read(packed[4 : 4 + length], tmp_path)
        packed, inputs = packed[4 + length :], inputs + 1
    assert inputs >= 40
    assert {"customers 0 added", "customers 4 changed"} <= seen
    assert any("not_csv" in what for what in seen)
