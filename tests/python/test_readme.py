"""The examples of the READMEs run as they stand, one after the other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import REPOSITORY


@pytest.mark.parametrize("readme", ["README.md", "python/README.md"])
def test_the_example_runs(readme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    text = (REPOSITORY / readme).read_text(encoding="utf-8")
    examples = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    exec(compile("\n".join(examples), readme, "exec"), {})
    told = capsys.readouterr().out
    assert "重点客户" in told
    assert "None" not in told, "the tour showed a deadline of None"
