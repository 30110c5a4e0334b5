"""The wheel: packs and plugins lie in it, it is stripped, and it works where there is neither Rust nor a checkout.

It lacked both, and held 49 MB of symbols; where cargo was missing, pip fetched a toolchain of 919 MB unasked.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest
from conftest import REPOSITORY, libraries

PROFILE = libraries().name


def pip_wheel(into: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--disable-pip-version-check"]
    return subprocess.run(
        [*command, "-w", str(into), str(REPOSITORY / "python")],
        capture_output=True, text=True, env={**os.environ, "CRMKERNEL_BUILD_PROFILE": PROFILE, **environment}, check=False,
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    into = tmp_path_factory.mktemp("wheel")
    done = pip_wheel(into)
    assert done.returncode == 0, done.stdout + done.stderr
    (path,) = into.glob("crmkernel-*.whl")
    return path


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an empty environment into which the wheel was installed, with nothing fetched."""
    folder = tmp_path_factory.mktemp("venv")
    venv.create(folder, with_pip=True)
    interpreter = folder / "bin" / "python"
    command = [interpreter, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--disable-pip-version-check", wheel]
    subprocess.run(command, check=True)
    return interpreter


def ended(*command: str | Path, cwd: Path) -> str:
    bare = {"PATH": "/nowhere", "HOME": str(cwd), "LC_ALL": "C.UTF-8"}
    done = subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=bare, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_wheel_holds_packs_and_plugins_and_no_symbols(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        archive.extractall(tmp_path)
    packs = {path.name for path in (REPOSITORY / "plugins" / "policies").glob("*.toml")}
    industries = {path.parent.name for path in (REPOSITORY / "plugins").glob("*/plugin.toml")}
    bundled = tmp_path / "crmkernel" / "bundled"
    assert {path.name for path in (bundled / "policies").iterdir()} == packs
    found = {path.name for path in (bundled / "plugins").iterdir()}
    assert found == {f"libcrm_plugin_{name}.so{ending}" for name in industries for ending in ("", ".toml")}
    assert not [name for name in names if "test" in name or name.endswith(".rs") or "build_backend" in name]
    for library in [*tmp_path.rglob("*.so")]:
        sections = subprocess.run(["readelf", "-SW", library], capture_output=True, text=True, check=True).stdout
        assert ".text" in sections and ".debug_" not in sections and ".symtab" not in sections, library.name


def test_the_tour_runs_from_the_wheel(python: Path, tmp_path: Path) -> None:
    readme = (REPOSITORY / "python" / "README.md").read_text(encoding="utf-8")
    tour = tmp_path / "tour.py"
    tour.write_text("\n".join(re.findall(r"```python\n(.*?)```", readme, re.DOTALL)), encoding="utf-8")
    told = ended(python, tour, cwd=tmp_path)
    assert "重点客户" in told and "due on 2026-" in told and "None" not in told


def test_the_command_line_of_the_wheel_adopts_a_pack_and_loads_a_plugin(python: Path, tmp_path: Path) -> None:
    crmkernel = python.with_name("crmkernel")
    told = ended(crmkernel, "policy", "adopt", "pack:tiering", "--effective-on", "2026-01-01", "--approver", "u", cwd=tmp_path)
    assert "tiering" in told
    ended(crmkernel, "customer", "add", "name=A", cwd=tmp_path)
    assert "bank" in ended(crmkernel, "plugin", "load", "pack:banking", cwd=tmp_path)
    added = ended(crmkernel, "customer", "list", "--plugin", "pack:banking", cwd=tmp_path)
    assert "A" in added


def test_without_rust_a_build_says_so_in_one_line_and_fetches_nothing(tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("sh", "strip", "cc"):
        if found := shutil.which(name):
            (tools / name).symlink_to(found)
    done = pip_wheel(tmp_path, PATH=str(tools))
    told = done.stdout + done.stderr
    assert done.returncode != 0
    assert [line.strip() for line in told.splitlines() if "cargo" in line] == [
        "crmkernel is built with Rust 1.95 or later, and cargo is not on the path: install Rust, or install a wheel"
    ]
    assert "puccinialin" not in told and "Traceback" not in told
    assert not [*tmp_path.glob("*.whl")]
