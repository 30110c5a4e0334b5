"""The validator of plugins and the skeletons of new ones, on the command line."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def crmkernel(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "crmkernel", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


@pytest.fixture
def skeleton(tmp_path: Path) -> Path:
    """A plugin in C out of the skeleton, built by its own makefile."""
    made = crmkernel("plugin", "new", "shop_rules", "--industry", "retail", "--lang", "c", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    folder = tmp_path / "shop_rules"
    subprocess.run(["make", "-C", str(folder)], check=True, capture_output=True)
    return folder


def test_a_skeleton_in_c_builds_and_passes_every_check(skeleton: Path) -> None:
    checked = crmkernel("plugin", "check", "libshop_rules.so", "--cases", "cases", cwd=skeleton)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "11 of 11 checks passed" in checked.stdout
    assert "2 of 2 cases passed" in checked.stdout


def test_a_case_that_fails_is_shown_and_gives_the_exit_code_1(skeleton: Path) -> None:
    cases = skeleton / "cases" / "rules.json"
    cases.write_text(cases.read_text().replace("retail.loss required", "retail.loss wanted"))
    arguments = ("plugin", "check", "libshop_rules.so", "--cases", "cases", "--format", "json")
    checked = crmkernel(*arguments, cwd=skeleton)
    assert checked.returncode == 1
    report = json.loads(checked.stdout)
    (failed,) = [check for check in report["checks"] if not check["passed"]]
    assert (report["passed"], failed["check"]) == (False, "cases")
    assert "retail.loss required" in failed["cases"][0]["message"]


def test_a_plugin_that_ends_its_process_fails_the_check_and_not_the_validator(skeleton: Path) -> None:
    source = skeleton / "shop_rules.c"
    text = source.read_text(encoding="utf-8")
    source.write_text(text.replace("  (void)state;\n  if (!is", "  (void)state;\n  __builtin_trap();\n  if (!is"))
    subprocess.run(["make", "-C", str(skeleton)], check=True, capture_output=True)
    checked = crmkernel("plugin", "check", "libshop_rules.so", cwd=skeleton)
    assert checked.returncode == 1
    assert "its process ended with signal" in checked.stdout
    assert "ok   load" in checked.stdout


def test_a_library_without_a_manifest_fails(skeleton: Path) -> None:
    (skeleton / "libshop_rules.so.toml").unlink()
    checked = crmkernel("plugin", "check", "libshop_rules.so", cwd=skeleton)
    assert checked.returncode == 1
    assert "plugin_manifest" in checked.stdout


def test_a_skeleton_in_rust_builds_and_tests_itself(tmp_path: Path) -> None:
    cargo = shutil.which("cargo")
    if cargo is None:
        pytest.fail("cargo is missing: install Rust, for example with rustup")
    sdk = str(ROOT / "plugins" / "sdk")
    made = crmkernel("plugin", "new", "shop_rules", "--industry", "retail", "--sdk", sdk, cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    environment = os.environ | {"CARGO_TARGET_DIR": str(tmp_path / "target")}
    folder = tmp_path / "shop_rules"
    shutil.copy(ROOT / "Cargo.lock", folder / "Cargo.lock")
    done = subprocess.run(
        [cargo, "test", "--quiet"], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_name_that_is_none_is_refused(tmp_path: Path) -> None:
    made = crmkernel("plugin", "new", "Shop Rules", "--industry", "retail", cwd=tmp_path)
    assert made.returncode == 2
    assert "lower-case letters" in made.stderr
    assert list(tmp_path.iterdir()) == []
