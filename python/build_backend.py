"""Builds the package: maturin, with the policy packs and the plugins of industries beside the extension.

Rust is never fetched: without it a build says in one line that it is missing. `CRMKERNEL_BUILD_PROFILE=debug` builds without
optimisation. As a program it brings packs and plugins that are built into a checkout:

    python build_backend.py stage debug
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
BUNDLED = HERE / "crmkernel" / "bundled"
ENDING = {"darwin": ".dylib", "win32": ".dll"}.get(sys.platform, ".so")
Settings = Mapping[str, Any] | None


def _need_rust() -> None:
    if shutil.which("cargo") is None:
        sys.exit("crmkernel is built with Rust 1.95 or later, and cargo is not on the path: install Rust, or install a wheel")


def stage(profile: str, *, build: bool) -> None:
    """Brings the policy packs and the plugins of industries, with their manifests, beside the package."""
    sources = ROOT / "plugins"
    if not (sources / "policies").is_dir():
        return
    _refilled(BUNDLED / "policies")
    for pack in sorted((sources / "policies").glob("*.toml")):
        shutil.copy(pack, BUNDLED / "policies")
    industries = sorted(manifest.parent.name for manifest in sources.glob("*/plugin.toml"))
    if build:
        release = ["--release"] if profile == "release" else []
        crates = [word for name in ("sdk", *industries) for word in ("-p", f"crm-plugin-{name}")]
        subprocess.run(["cargo", "build", "--quiet", *release, *crates], cwd=ROOT, check=True)
    built = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / profile
    _refilled(BUNDLED / "plugins")
    for name in industries:
        library = built / f"libcrm_plugin_{name}{ENDING}"
        if library.exists() and (built / "crmk-plugin-manifest").exists():
            copy = Path(shutil.copy(library, BUNDLED / "plugins"))
            if strip := shutil.which("strip"):
                subprocess.run([strip, "-x" if sys.platform == "darwin" else "--strip-unneeded", copy], check=True)
            tool = [built / "crmk-plugin-manifest", copy, sources / name / "plugin.toml"]
            subprocess.run(tool, check=True, stdout=subprocess.DEVNULL)


def _refilled(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def _prepared() -> Any:
    """maturin; packs and plugins are in place."""
    maturin = _maturin()
    stage(_PROFILE, build=True)
    return maturin


_PROFILE = os.environ.get("CRMKERNEL_BUILD_PROFILE", "release")


def _maturin() -> Any:
    """maturin, told to fetch nothing and to strip; its program is looked for beside this interpreter too."""
    _need_rust()
    dev = " --profile dev" if _PROFILE == "debug" else ""
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    os.environ |= {"MATURIN_NO_INSTALL_RUST": "1", "MATURIN_PEP517_ARGS": f"--strip{dev}", "PATH": path}
    import maturin  # type: ignore[import-untyped]

    return maturin


def build_wheel(wheel_directory: str, config_settings: Settings = None, metadata_directory: str | None = None) -> str:
    """PEP 517."""
    return str(_prepared().build_wheel(wheel_directory, config_settings, metadata_directory))


def prepare_metadata_for_build_wheel(metadata_directory: str, config_settings: Settings = None) -> str:
    """PEP 517."""
    return str(_maturin().prepare_metadata_for_build_wheel(metadata_directory, config_settings))


def build_editable(wheel_directory: str, config_settings: Settings = None, metadata_directory: str | None = None) -> str:
    """PEP 660."""
    return str(_prepared().build_editable(wheel_directory, config_settings, metadata_directory))


def build_sdist(sdist_directory: str, config_settings: Settings = None) -> str:
    """PEP 517."""
    return str(_maturin().build_sdist(sdist_directory, config_settings))


def _requires(config_settings: Settings = None) -> list[str]:
    """Nothing beside maturin: without Rust maturin itself would ask for a package that fetches a toolchain."""
    _need_rust()
    return []


get_requires_for_build_wheel = get_requires_for_build_editable = get_requires_for_build_sdist = _requires


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] != "stage" or sys.argv[2] not in ("debug", "release"):
        sys.exit("usage: python build_backend.py stage debug|release")
    stage(sys.argv[2], build=False)
