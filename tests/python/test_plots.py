"""Pictures and the demonstration."""

from __future__ import annotations

import sys
from pathlib import Path

import crmkernel
import pytest
from conftest import REPOSITORY
from crmkernel import demo, importers, plots

SAMPLE = REPOSITORY / "tests" / "data"


def test_complaints_by_month_and_outcome(db: crmkernel.Database, tmp_path: Path) -> None:
    importers.import_cfpb(db, SAMPLE / "complaints/cfpb_sample_2013.csv")
    importers.import_cfpb(db, SAMPLE / "complaints/cfpb_sample_2023.csv")
    months = plots.complaints_by_month(db)
    assert list(months) == ["2013-08", "2013-09", "2013-12", "2023-08"]
    assert months["2023-08"]["In progress"] == 3
    assert months["2023-08"][plots.NO_OUTCOME] == 1
    plots.plot_complaints(db, tmp_path / "picture.png")
    assert (tmp_path / "picture.png").read_bytes().startswith(b"\x89PNG")


def test_a_plot_without_complaints(db: crmkernel.Database, tmp_path: Path) -> None:
    plots.plot_complaints(db, tmp_path / "picture.png")
    assert (tmp_path / "picture.png").exists()


def test_matplotlib_is_asked_for_when_it_is_needed(
    db: crmkernel.Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match="pip install matplotlib"):
        plots.plot_complaints(db, tmp_path / "picture.png")


def test_the_demonstration_on_the_sample(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--data", str(SAMPLE), "--db", str(tmp_path / "demo.crm"), "--picture", str(tmp_path / "demo.png")]
    assert demo.main(arguments) == 0
    out = capsys.readouterr().out
    assert "open complaints: 4" in out
    assert "visits due" in out
    assert str(tmp_path / "demo.png") in out
    assert "talk about 2 open complaints" in out
    assert demo.main(arguments) == 0
    assert "nothing changed" in capsys.readouterr().out
