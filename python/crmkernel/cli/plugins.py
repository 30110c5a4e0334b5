"""The validator of plugins, and skeletons of new ones. Neither needs a database."""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from .._native import check_plugin, plugin_checks, plugin_header
from . import exits, skeleton
from .language import Refused
from .terminal import printable


def check(arguments: argparse.Namespace) -> int:
    """Runs the checks and shows the report; exit code 1 when one failed."""
    if arguments.only is not None:
        print(check_plugin(arguments.only, arguments.path, arguments.cases))
        return 0
    names = [name for name, _ in plugin_checks() if name != "cases" or arguments.cases]
    results = [_apart(name, arguments) for name in names]
    if arguments.format == "table":
        _show(results)
    else:
        print(json.dumps({"plugin": arguments.path, "passed": _passed(results), "checks": results}, ensure_ascii=False))
    return 0 if _passed(results) else exits.FAILURE


def _passed(results: list[dict[str, Any]]) -> bool:
    return all(result["passed"] for result in results)


def _apart(name: str, arguments: argparse.Namespace) -> dict[str, Any]:
    """One check in a process of its own, which a plugin may end or hold up."""
    command = [sys.executable, "-m", "crmkernel", "plugin", "check", arguments.path, "--only", name]
    for cases in arguments.cases:
        command += ["--cases", cases]
    what = dict(plugin_checks())[name]
    failed: dict[str, Any] = {"check": name, "what": what, "passed": False, "cases": []}
    try:
        done = subprocess.run(command, capture_output=True, timeout=arguments.timeout, check=False)
    except subprocess.TimeoutExpired:
        return failed | {"message": f"it took longer than {arguments.timeout:g} seconds and was ended"}
    if done.returncode != 0:
        why = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        ended = f"signal {-done.returncode}" if done.returncode < 0 else f"exit code {done.returncode}"
        return failed | {"message": " ".join([f"its process ended with {ended}", *why])}
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def _show(results: list[dict[str, Any]]) -> None:
    for result in results:
        print(f"{'ok  ' if result['passed'] else 'FAIL'} {result['check']:<14} {result['what']}")
        if result["message"]:
            print(f"     {printable(result['message'])}")
        for case in result["cases"]:
            if not case["passed"]:
                print(f"     case {printable(case['name'])}: {printable(case['message'])}")
    failed = sum(not result["passed"] for result in results)
    print(f"{len(results) - failed} of {len(results)} checks passed")


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
        raise Refused(
            "a skeleton in Rust needs --sdk, the folder plugins/sdk of crmkernel's sources",
            "Rust 骨架需用 --sdk 指明源码中的 plugins/sdk 目录",
        )
    else:
        files = skeleton.in_rust(arguments.name, arguments.industry, str(Path(arguments.sdk).resolve()))
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        print(path)
    return 0
