"""The example of the README runs as it stands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import REPOSITORY


@pytest.mark.parametrize("readme", ["README.md", "python/README.md"])
def test_the_example_runs(readme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    text = (REPOSITORY / readme).read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    exec(compile(example, readme, "exec"), {})
    assert "重点客户" in capsys.readouterr().out
