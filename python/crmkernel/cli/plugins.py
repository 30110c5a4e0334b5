"""The validator of plugins, and skeletons of new ones. Neither needs a database."""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from .._native import check_plugin, plugin_checks, plugin_docs, plugin_header, plugin_manifest, plugin_sdk
from . import exits, skeleton
from .language import Refused
from .terminal import printable


def check(arguments: argparse.Namespace) -> int:
    """Runs the checks and shows the report; exit code 1 when one failed."""
    if not Path(arguments.path).is_file():
        raise Refused(f"there is no plugin at {arguments.path}", f"{arguments.path} 处没有插件")
    if arguments.only is not None:
        return 0 if _only(arguments) else exits.FAILURE
    names = [name for name, _ in plugin_checks() if name != "cases" or arguments.cases]
    results = []
    for name in names:
        if arguments.format == "table" and sys.stderr.isatty():
            print(f"     {name} ...", end="\r", file=sys.stderr, flush=True)
        results.append(_apart(name, arguments))
        if arguments.format == "table":
            _show(results[-1])
    if arguments.format == "table":
        print(f"{sum(result['passed'] for result in results)} of {len(results)} checks passed")
    else:
        print(json.dumps({"plugin": arguments.path, "passed": _passed(results), "checks": results}, ensure_ascii=False))
    return 0 if _passed(results) else exits.FAILURE


def _only(arguments: argparse.Namespace) -> bool:
    """One check in this process. The result goes to the file that `--report` names, for what a plugin prints itself goes
    to the same output; without it to standard output, behind whatever the plugin printed."""
    result = check_plugin(arguments.only, arguments.path, arguments.cases)
    if arguments.report is None:
        print(result)
    else:
        Path(arguments.report).write_text(result, encoding="utf-8")
    return bool(json.loads(result)["passed"])


def _passed(results: list[dict[str, Any]]) -> bool:
    return all(result["passed"] for result in results)


def _apart(name: str, arguments: argparse.Namespace) -> dict[str, Any]:
    """One check in a process of its own, which a plugin may end or hold up."""
    with tempfile.TemporaryDirectory() as folder:
        return _in_child(name, arguments, Path(folder) / "result.json")


def _in_child(name: str, arguments: argparse.Namespace, report: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "crmkernel", "plugin", "check", arguments.path]
    command += ["--only", name, "--report", str(report)]
    for cases in arguments.cases:
        command += ["--cases", cases]
    what = dict(plugin_checks())[name]
    failed: dict[str, Any] = {"check": name, "what": what, "passed": False, "cases": []}
    try:
        done = subprocess.run(command, capture_output=True, timeout=arguments.timeout, check=False)
    except subprocess.TimeoutExpired:
        return failed | {"message": f"it took longer than {arguments.timeout:g} seconds and was ended"}
    if not report.exists():
        why = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        ended = f"signal {-done.returncode}" if done.returncode < 0 else f"exit code {done.returncode}"
        return failed | {"message": " ".join([f"its process ended with {ended}", *why])}
    result: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    printed = len(done.stdout) + len(done.stderr)
    if printed:
        note = f"it printed {printed} bytes, which nobody reads; use `log`"
        result["message"] = "; ".join(text for text in (result["message"], note) if text)
    return result


def _show(result: dict[str, Any]) -> None:
    print(f"{'ok  ' if result['passed'] else 'FAIL'} {result['check']:<14} {result['what']}")
    if result["message"]:
        print(f"     {printable(result['message'])}")
    for case in result["cases"]:
        if not case["passed"]:
            print(f"     case {printable(case['name'])}: {printable(case['message'])}")
    sys.stdout.flush()


def new(arguments: argparse.Namespace) -> int:
    """Makes the folder of a skeleton under the current one."""
    for word in (arguments.name, arguments.industry):
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,30}", word):
            raise Refused(
                f"{word!r} is not of lower-case letters, digits and _, 31 at most", f"{word!r} 只能用小写字母、数字和 _，最多 31 个"
            )
    folder = Path(arguments.name)
    if folder.exists():
        raise Refused(f"{folder} exists already", f"{folder} 已存在")
    if arguments.lang == "c":
        files = skeleton.in_c(arguments.name, arguments.industry) | {"crmkernel_plugin.h": plugin_header()}
    elif arguments.sdk is None:
        files = skeleton.in_rust(arguments.name, arguments.industry, "vendor/crm-plugin-sdk") | _vendored("vendor")
    else:
        files = skeleton.in_rust(arguments.name, arguments.industry, str(Path(arguments.sdk).resolve()))
    return _write(folder, files | dict(plugin_docs()))


def sdk(arguments: argparse.Namespace) -> int:
    """Writes what a vendor builds against: the header, the crates of the SDK, and the documents."""
    folder = Path(arguments.folder)
    if folder.exists() and any(folder.iterdir()):
        raise Refused(f"{folder} exists already and is not empty", f"{folder} 已存在且不为空")
    return _write(folder, {"crmkernel_plugin.h": plugin_header()} | _vendored("") | dict(plugin_docs()))


def manifest(arguments: argparse.Namespace) -> int:
    """Writes the manifest beside a library."""
    library = Path(arguments.path)
    described = Path(arguments.description).read_text(encoding="utf-8")
    text = plugin_manifest(library.read_bytes(), described, arguments.platform)
    path = library.with_name(library.name + ".toml")
    path.write_text(text, encoding="utf-8")
    print(path)
    return 0


def _vendored(under: str) -> dict[str, str]:
    """The crates of the SDK, in a folder."""
    return {str(Path(under) / path): text for path, text in plugin_sdk()}


def _write(folder: Path, files: dict[str, str]) -> int:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        print(path)
    return 0
