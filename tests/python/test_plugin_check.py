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
    assert "21 of 21 checks passed" in checked.stdout
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


def test_one_check_that_fails_gives_the_exit_code_1_too(skeleton: Path) -> None:
    """`--only` printed the report and exited 0, whatever it said."""
    cases = skeleton / "cases" / "rules.json"
    only = ("plugin", "check", "libshop_rules.so", "--cases", "cases", "--only", "cases")
    assert crmkernel(*only, cwd=skeleton).returncode == 0
    cases.write_text(cases.read_text().replace("retail.loss required", "retail.loss wanted"))
    failed = crmkernel(*only, cwd=skeleton)
    assert failed.returncode == 1
    assert json.loads(failed.stdout)["passed"] is False


def test_a_plugin_that_prints_does_not_break_the_report(skeleton: Path) -> None:
    """What a plugin printed stood in the report, which then was no JSON any more."""
    source = skeleton / "shop_rules.c"
    text = source.read_text(encoding="utf-8").replace("#include <string.h>", "#include <stdio.h>\n#include <string.h>")
    printing = '  (void)state;\n  puts("{\\"check\\": \\"of the plugin\\"}"); fflush(stdout);\n  if (!is'
    source.write_text(text.replace("  (void)state;\n  if (!is", printing))
    subprocess.run(["make", "-C", str(skeleton)], check=True, capture_output=True)
    checked = crmkernel("plugin", "check", "libshop_rules.so", "--cases", "cases", "--format", "json", cwd=skeleton)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    report = json.loads(checked.stdout)
    (empty,) = [check for check in report["checks"] if check["check"] == "empty"]
    assert report["passed"] and "it printed" in empty["message"]


def test_the_manifest_is_written_from_the_package(skeleton: Path) -> None:
    """The tool for manifests was in no package: a vendor needed the sources of the kernel to sign a library."""
    described = skeleton / "plugin.toml"
    described.write_text('id = "retail.shop_rules"\nversion = "0.1.0"\nentities = ["customer"]\n')
    (skeleton / "libshop_rules.so.toml").unlink()
    written = crmkernel("plugin", "manifest", "libshop_rules.so", "plugin.toml", cwd=skeleton)
    assert written.returncode == 0, written.stderr
    checked = crmkernel("plugin", "check", "libshop_rules.so", "--only", "load", cwd=skeleton)
    assert checked.returncode == 0, checked.stdout
    described.write_text('id = "retail.shop_rules"\nversion = "0.1.0"\ncapabilites = []\n')
    wrong = crmkernel("plugin", "manifest", "libshop_rules.so", "plugin.toml", cwd=skeleton)
    assert wrong.returncode == 2
    assert "`capabilites`" in wrong.stderr and "`capabilities`" in wrong.stderr


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


def test_a_plugin_in_rust_is_built_from_what_the_package_brings(tmp_path: Path) -> None:
    """A skeleton in Rust needed a source tree that only we have. The package brings the crates of the SDK along; the folder
    of the plugin is all that is seen, and it builds, describes, checks and tests itself."""
    cargo = shutil.which("cargo")
    if cargo is None:
        pytest.fail("cargo is missing: install Rust, for example with rustup")
    made = crmkernel("plugin", "new", "shop_rules", "--industry", "retail", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    folder = tmp_path / "shop_rules"
    assert (folder / "FIELDS.md").is_file() and (folder / "CASES.md").is_file()
    assert str(ROOT) not in "".join(path.read_text() for path in folder.rglob("*.toml"))
    environment = os.environ | {"CARGO_TARGET_DIR": str(tmp_path / "target")}
    shutil.copy(ROOT / "Cargo.lock", folder / "Cargo.lock")
    for work in ("test", "build"):
        done = subprocess.run(
            [cargo, work, "--quiet"], cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
    library = tmp_path / "target" / "debug" / "libshop_rules.so"
    assert crmkernel("plugin", "manifest", str(library), "plugin.toml", cwd=folder).returncode == 0
    checked = crmkernel("plugin", "check", str(library), "--cases", "cases", cwd=folder)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_what_a_vendor_builds_against_is_written_by_one_command(tmp_path: Path) -> None:
    written = crmkernel("plugin", "sdk", "kit", cwd=tmp_path)
    assert written.returncode == 0, written.stderr
    names = {"crmkernel_plugin.h", "crm-plugin-abi", "crm-plugin-sdk", "FIELDS.md", "CASES.md"}
    assert {path.name for path in (tmp_path / "kit").iterdir()} == names
    assert crmkernel("plugin", "sdk", "kit", cwd=tmp_path).returncode == 2


def test_a_name_that_is_none_is_refused(tmp_path: Path) -> None:
    made = crmkernel("plugin", "new", "Shop Rules", "--industry", "retail", cwd=tmp_path)
    assert made.returncode == 2
    assert "lower-case letters" in made.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_library_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    """Twenty-one checks failed, each with the same line."""
    checked = crmkernel("plugin", "check", "nosuch.so", cwd=tmp_path)
    assert (checked.returncode, checked.stdout) == (2, "")
    assert checked.stderr == "crmkernel: there is no plugin at nosuch.so [invalid_argument]\n"


def test_a_manifest_that_no_kernel_loads_is_not_written(skeleton: Path) -> None:
    """A capability that no field has was written into the manifest, and a version that cannot be compared."""
    described, manifest = skeleton / "plugin.toml", skeleton / "libshop_rules.so.toml"
    for version, line, wanted in [
        ("0.1.0", 'capabilities = ["customer.fone"]', "customer.fone"),
        ("0.1.0", 'hides = ["planet.phone"]', "planet.phone"),
        ("v9.0.1", "", "numbers with dots"),
    ]:
        manifest.unlink(missing_ok=True)
        described.write_text(f'id = "retail.shop_rules"\nversion = "{version}"\n{line}\n')
        for arguments in [(), ("--platform", "linux-aarch64")]:
            written = crmkernel("plugin", "manifest", "libshop_rules.so", "plugin.toml", *arguments, cwd=skeleton)
            assert written.returncode == 2 and wanted in written.stderr, written.stderr
            assert not manifest.exists()


def test_the_skeleton_in_rust_names_the_tool_that_the_package_has(tmp_path: Path) -> None:
    """It named a program that no package brings."""
    crmkernel("plugin", "new", "shop_rules", "--industry", "retail", cwd=tmp_path)
    for name in ("README.md", "plugin.toml"):
        text = (tmp_path / "shop_rules" / name).read_text(encoding="utf-8")
        assert "crmkernel plugin manifest" in text and "crmk-plugin-manifest" not in text


def test_each_check_is_shown_as_it_ends(skeleton: Path) -> None:
    """Nothing was shown until the last check had ended."""
    command = [sys.executable, "-m", "crmkernel", "plugin", "check", "libshop_rules.so"]
    with subprocess.Popen(command, cwd=skeleton, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        assert running.stdout.readline().startswith("ok   manifest")
        assert running.poll() is None
        assert "20 of 20 checks passed" in running.stdout.read()
