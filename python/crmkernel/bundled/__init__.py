"""What comes with the package: the policy packs and the plugins of industries.

    db.policy.adopt(bundled.policies()["commercial_fixtures"], effective_on=day, approver="u.boss")
    db.load_plugin(bundled.plugins()["banking"])

They lie beside this file. A wheel holds all of them; in a checkout `make plugins python` brings them here.
"""

from __future__ import annotations

import sys
from pathlib import Path

_HERE = Path(__file__).parent
_ENDING = {"darwin": ".dylib", "win32": ".dll"}.get(sys.platform, ".so")
_PREFIX = "libcrm_plugin_"


def policies() -> dict[str, Path]:
    """The policy packs by their names, such as `commercial_fixtures`; `default` is the one that is built in."""
    return {path.stem: path for path in sorted((_HERE / "policies").glob("*.toml"))}


def plugins() -> dict[str, Path]:
    """The libraries of the plugins by their industries, such as `banking`, each with its manifest beside it."""
    found = sorted((_HERE / "plugins").glob(f"{_PREFIX}*{_ENDING}"))
    return {path.stem.removeprefix(_PREFIX): path for path in found}
