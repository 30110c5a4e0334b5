"""Pictures and the demonstration."""

from __future__ import annotations

import datetime
import sys
import warnings
from pathlib import Path

import crmkernel
import numpy
import PIL.Image
import pytest
from conftest import REPOSITORY
from crmkernel import demo, importers, plots

SAMPLE = REPOSITORY / "tests" / "data"


def test_complaints_by_month_and_outcome(db: crmkernel.Database, tmp_path: Path) -> None:
    importers.import_cfpb(db, SAMPLE / "complaints/cfpb_sample_2013.csv")
    importers.import_cfpb(db, SAMPLE / "complaints/cfpb_sample_2023.csv")
    months = plots.complaints_by_month(db)
    assert [month for month, counts in months.items() if counts] == ["2013-08", "2013-09", "2013-12", "2023-08"]
    assert len(months) == 121
    assert months["2023-08"]["In progress"] == 3
    assert months["2023-08"][plots.NO_OUTCOME] == 1
    plots.plot_complaints(db, tmp_path / "picture.png")
    assert (tmp_path / "picture.png").read_bytes().startswith(b"\x89PNG")


def test_a_date_that_cannot_be_is_left_out_of_a_plot(db: crmkernel.Database, tmp_path: Path) -> None:
    """One complaint recorded with the year 1 drew 24,000 months of nothing."""
    customer = db.customers.add(name="A")
    doubtful = db.allowing_impossible_dates().complaints
    for year in (2026, 1, 2026):
        at = datetime.datetime(year, 3, 1, 12, tzinfo=datetime.UTC)
        doubtful.add(customer=customer, issue="i", received_at=at)
    with pytest.warns(plots.LeftOutWarning, match="1 complaint with a day of receipt that cannot be is left out"):
        assert plots.complaints_by_month(db) == {"2026-03": {plots.NO_OUTCOME: 2}}
    with pytest.warns(plots.LeftOutWarning):
        plots.plot_complaints(db, tmp_path / "picture.png")
    assert (tmp_path / "picture.png").exists()


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


def complaints(db: crmkernel.Database, outcomes: list[str], days: list[datetime.date]) -> None:
    customer = db.customers.add(name="上海")
    db.complaints.add_many(
        {
            "customer": customer,
            "issue": f"价格{n}",
            "received_at": datetime.datetime(day.year, day.month, day.day, 4, tzinfo=datetime.UTC),
            "outcome": outcomes[n % len(outcomes)],
        }
        for n, day in enumerate(days)
    )


def test_months_without_complaints_are_there(db: crmkernel.Database) -> None:
    """Months in which nothing was received were left out, so that a gap of a year looked like a step of a month."""
    complaints(db, ["Refund"], [datetime.date(2022, 11, 5), datetime.date(2023, 2, 5)])
    assert plots.complaints_by_month(db) == {"2022-11": {"Refund": 1}, "2022-12": {}, "2023-01": {}, "2023-02": {"Refund": 1}}


def test_long_outcomes_are_wrapped(db: crmkernel.Database, tmp_path: Path) -> None:
    """A long outcome made the legend wider than the picture."""
    long = ["The company closed the complaint with monetary relief after it had asked three times for the papers " * 2, "退" * 100]
    for text in long:
        lines = plots.wrapped(text).split("\n")
        assert len(lines) == plots.LABEL_LINES_MAX and lines[-1].endswith("…")
        assert all(plots._width(line) <= plots.LABEL_WIDTH_MAX for line in lines)
    assert plots.wrapped("Refund") == "Refund"
    complaints(db, long[:1] * 2 + ["x" * 90], [datetime.date(2020 + n // 12, n % 12 + 1, 3) for n in range(60)])
    plots.plot_complaints(db, tmp_path / "picture.png")
    with PIL.Image.open(tmp_path / "picture.png") as picture:
        pixels = numpy.asarray(picture.convert("RGB"))
    # The bars take the left half at least: their colours are there, from the first month on.
    blue = (abs(pixels.astype(int) - (31, 119, 180)).sum(axis=2) < 30).any(axis=0)
    assert numpy.flatnonzero(blue)[0] < pixels.shape[1] // 8 and blue[: pixels.shape[1] // 2].sum() > pixels.shape[1] // 20


def chinese_font(path: Path, letters: str) -> Path:
    """A font of a family of its own whose letters are squares."""
    from fontTools.fontBuilder import FontBuilder
    from fontTools.pens.ttGlyphPen import TTGlyphPen

    names = [".notdef", *(f"uni{ord(letter):04X}" for letter in letters)]
    pen = TTGlyphPen(None)
    for move, at in ((pen.moveTo, (100, 0)), (pen.lineTo, (100, 800)), (pen.lineTo, (900, 800)), (pen.lineTo, (900, 0))):
        move(at)
    pen.closePath()
    glyph = pen.glyph()
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({ord(letter): name for letter, name in zip(letters, names[1:], strict=True)})
    builder.setupGlyf(dict.fromkeys(names, glyph))
    builder.setupHorizontalMetrics(dict.fromkeys(names, (1000, 100)))
    builder.setupHorizontalHeader(ascent=900, descent=-100)
    builder.setupNameTable({"familyName": "Zz Squares", "styleName": "Regular"})
    builder.setupOS2(sTypoAscender=900, usWinAscent=900, usWinDescent=100)
    builder.setupPost()
    builder.save(path)
    return path


def test_chinese_is_drawn_with_a_font_that_has_it_or_numbered_with_a_warning(
    db: crmkernel.Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Chinese outcomes were drawn as boxes, with a warning of matplotlib for each letter."""
    from matplotlib import font_manager, rcParams

    complaints(db, ["退款", "更换", "Refund"], [datetime.date(2023, 1, day) for day in range(1, 10)])
    plain = [font for font in font_manager.fontManager.ttflist if "DejaVu" in font.name]
    monkeypatch.setattr(font_manager.fontManager, "ttflist", plain)
    with pytest.warns(plots.MissingFontWarning, match="outcome 1 is .*(退款|更换).*fonts-noto-cjk") as told:
        plots.plot_complaints(db, tmp_path / "numbered.png")
    assert len(told) == 1
    font = chinese_font(tmp_path / "squares.ttf", "退款更换Refund12")
    font_manager.fontManager.addfont(font)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert plots._drawable(["退款", "更换", "Refund"])[0] == "Zz Squares"
        plots.plot_complaints(db, tmp_path / "drawn.png")
    assert (tmp_path / "drawn.png").read_bytes() != (tmp_path / "numbered.png").read_bytes()
    assert rcParams["font.family"] == ["sans-serif"], "the process's own setting stays"
