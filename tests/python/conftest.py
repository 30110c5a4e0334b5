"""What the tests share: a database with a fixed clock, the data, and plugins that are built."""

from __future__ import annotations

import datetime
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import crmkernel
import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
CHINA = datetime.timezone(datetime.timedelta(hours=8))
NOW = datetime.datetime(2026, 9, 16, 9, 0, tzinfo=CHINA)


@pytest.fixture
def clock() -> crmkernel.FixedClock:
    """A clock that stands at NOW."""
    return crmkernel.FixedClock(NOW)


@pytest.fixture
def db(clock: crmkernel.FixedClock) -> Iterator[crmkernel.Database]:
    """A database in memory."""
    with crmkernel.open(":memory:", actor="u.test", now=clock) as database:
        yield database


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The path of a database that does not exist yet."""
    return tmp_path / "test.crm"


def data_folder() -> Path:
    """The folder of the public data: DATA, else ../shared/data, else our own sample."""
    for folder in (os.environ.get("DATA"), REPOSITORY.parent / "shared" / "data"):
        if folder and (Path(folder) / "complaints").is_dir():
            return Path(folder)
    return REPOSITORY / "tests" / "data"


def libraries() -> Path:
    """Where cargo put what it built last."""
    target = Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target"))
    built = [target / profile for profile in ("debug", "release") if (target / profile / "crmk-plugin-manifest").exists()]
    return max(built, key=lambda folder: folder.stat().st_mtime, default=target / "debug")


def built(name: str) -> Path:
    """The library of that name that cargo built last."""
    target = Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target"))
    found = [target / profile / name for profile in ("debug", "release") if (target / profile / name).exists()]
    assert found, f"build {name} first: make build"
    return max(found, key=lambda path: path.stat().st_mtime)


@pytest.fixture(scope="session")
def plugin(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Gives the path of a plugin's library with its manifest beside it, by the plugin's name."""
    folder = tmp_path_factory.mktemp("plugins")

    def find(name: str) -> Path:
        library = libraries() / f"libcrm_plugin_{name}.so"
        assert library.exists(), f"build the plugins first: cargo build -p crm-plugin-sdk -p crm-plugin-{name}"
        copy = folder / library.name
        if not copy.exists():
            shutil.copy(library, copy)
            tool = libraries() / "crmk-plugin-manifest"
            subprocess.run([tool, copy, REPOSITORY / "plugins" / name / "plugin.toml"], check=True, capture_output=True)
        return copy

    return find
