"""Every case file, through Python."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from cases import Case, load
from conftest import REPOSITORY

FILES = sorted((REPOSITORY / "tests" / "cases").glob("*.json"))


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_case(path: Path, plugin: Callable[[str], Path]) -> None:
    Case(load(path), plugin).run()


def test_there_are_cases() -> None:
    assert FILES
