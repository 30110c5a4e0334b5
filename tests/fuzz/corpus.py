"""Packs the inputs that a fuzzer keeps into one file a reader, and unpacks them.

    python3 tests/fuzz/corpus.py unpack tests/fuzz/corpus/policy FOLDER
    python3 tests/fuzz/corpus.py pack FOLDER tests/fuzz/corpus/policy

A packed corpus is inputs one after the other, each with its length before it (32 bits, little-endian), the shortest first.
"""

import hashlib
import pathlib
import struct
import sys


def pack(folder: pathlib.Path, packed: pathlib.Path) -> None:
    inputs = sorted({file.read_bytes() for file in folder.iterdir()}, key=lambda held: (len(held), held))
    packed.write_bytes(b"".join(struct.pack("<I", len(held)) + held for held in inputs))


def unpack(packed: pathlib.Path, folder: pathlib.Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    held = packed.read_bytes()
    while held:
        (length,) = struct.unpack("<I", held[:4])
        one, held = held[4 : 4 + length], held[4 + length :]
        (folder / hashlib.sha1(one).hexdigest()).write_bytes(one)


if __name__ == "__main__":
    verb, source, target = sys.argv[1:]
    {"pack": pack, "unpack": unpack}[verb](pathlib.Path(source), pathlib.Path(target))
