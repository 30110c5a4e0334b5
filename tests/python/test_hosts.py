"""The importers in C and in Python bring the same file to the same counts, each on a database of its own."""

from __future__ import annotations

import re
import subprocess
import zipfile
from pathlib import Path

import crmkernel
import pytest
from conftest import REPOSITORY, built
from test_importers import FILES, Import

KINDS = {"import_cfpb": "cfpb", "import_accounts": "accounts", "import_uci_bank": "bank"}
COUNTS = re.compile(r"(\w+): (\d+) added, (\d+) changed, (\d+) unchanged, (\d+) rejected")

Counts = dict[str, tuple[int, int, int, int]]


@pytest.fixture(scope="module")
def importer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The importer in C, compiled against the library that was built."""
    folder = tmp_path_factory.mktemp("c")
    for name in ("libcrmkernel.so", "libcrmkernel.so.1"):
        (folder / name).symlink_to(built("libcrmkernel.so"))
    program = folder / "import"
    source = REPOSITORY / "tests" / "hosts" / "c" / "import.c"
    flags = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", f"-I{REPOSITORY / 'include'}"]
    link = [f"-L{folder}", "-lcrmkernel", f"-Wl,-rpath,{folder}"]
    subprocess.run(["cc", *flags, str(source), "-o", str(program), *link], check=True)
    return program


def in_c(importer: Path, kind: str, file: Path, db: Path) -> Counts:
    """What the importer in C counts."""
    done = subprocess.run([importer, db, kind, file], check=True, capture_output=True, text=True)
    numbers = {name: tuple(map(int, rest)) for name, *rest in COUNTS.findall(done.stdout)}
    return {name: (n[0], n[1], n[2], n[3]) for name, n in numbers.items()}


def in_python(read: Import, file: Path, db: Path) -> Counts:
    """What the importer in Python counts."""
    with crmkernel.open(db, actor="import") as opened:
        parts = read(opened, file).parts
    return {name: (r.added, r.changed, r.unchanged, len(r.rejected)) for name, r in parts.items()}


@pytest.mark.parametrize(("folder", "name", "read", "counts"), FILES, ids=[f"{f[0].name}-{f[1]}" for f in FILES])
def test_c_and_python_count_alike_the_first_and_the_second_time(
    importer: Path, tmp_path: Path, folder: Path, name: str, read: Import, counts: dict[str, tuple[int, int]]
) -> None:
    file = folder / name
    if file.suffix == ".zip":
        with zipfile.ZipFile(file) as archive:
            file = Path(archive.extract("Bank/bank-full.csv", tmp_path))
    kind = KINDS[read.__name__]
    first = in_python(read, file, tmp_path / "python.crm")
    assert {name: (n[0], n[3]) for name, n in first.items()} == counts
    assert in_c(importer, kind, file, tmp_path / "c.crm") == first
    second = in_c(importer, kind, file, tmp_path / "c.crm")
    assert second == in_python(read, file, tmp_path / "python.crm")
    assert all((added, changed) == (0, 0) for added, changed, _, _ in second.values())


def test_a_full_disk_is_named_in_c_and_the_database_stays_whole(importer: Path, tmp_path: Path) -> None:
    """A limit on the size of files stands in for a full disk, so that the test needs no right to mount one."""
    rows = "\n".join(f"{n};management;a;b;no;0;yes;no;cellular;5;may;100;1;-1;0;unknown;no" for n in range(20_000))
    heading = "age;job;marital;education;default;balance;housing;loan;contact;day;month;duration;campaign;pdays;previous;poutcome;y"
    file, db = tmp_path / "bank.csv", tmp_path / "full.crm"
    file.write_text(f"{heading}\n{rows}\n")
    with crmkernel.open(db, actor="u.li"):
        pass
    limited = f"trap '' XFSZ; ulimit -f 9000; exec '{importer}' '{db}' bank '{file}'"
    done = subprocess.run(["sh", "-c", limited], check=False, capture_output=True, text=True)
    assert done.returncode == 1
    assert "greatest size that is allowed" in done.stderr
    with crmkernel.open(db, actor="u.li") as opened:
        assert opened.verify().ok
