"""The types: mypy in its strict form, and the stubs against the module that they describe."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from conftest import REPOSITORY

PACKAGE = REPOSITORY / "python"

SNIPPET = """
import datetime
import crmkernel

with crmkernel.open(":memory:", actor="u") as db:
    customer = db.customers.add(name="A", class_="key", status="active")
    reveal_type(customer)
    reveal_type(customer.name)
    reveal_type(customer.status)
    reveal_type(db.visits.find(owner="u").first())
    visit = db.visits.add(customer=customer, owner="u", planned_on=datetime.date(2026, 9, 16))
    reveal_type(visit.hold(duration_s=5).held_at)
    db.customers.add(region="x")
    db.customers.add(name=5)
    db.visits.report(visit)
    customer.name = "B"
"""


def run(*words: str) -> str:
    done = subprocess.run([sys.executable, "-m", *words], cwd=PACKAGE, capture_output=True, text=True)
    return done.stdout + done.stderr


def test_the_package_is_strictly_typed() -> None:
    assert "Success" in run("mypy")


def test_the_stubs_describe_the_module() -> None:
    assert "Success" in run("mypy.stubtest", "crmkernel", "--mypy-config-file", "pyproject.toml")


def test_a_caller_is_told_its_mistakes(tmp_path: Path) -> None:
    path = tmp_path / "snippet.py"
    path.write_text(SNIPPET)
    found = run("mypy", "--config-file", "pyproject.toml", str(path))
    for wanted in (
        'note: Revealed type is "crmkernel._native.Customer"',
        'note: Revealed type is "str"',
        "Literal['prospect'] | Literal['active']",
        'note: Revealed type is "crmkernel._native.Visit | None"',
        "datetime.datetime | None",
        'Missing named argument "name" for "add"',
        'Argument "name" to "add" of "Customers" has incompatible type "int"',
        'Missing named argument "report"',
        'Property "name" defined in "Customer" is read-only',
    ):
        assert wanted in found, found
