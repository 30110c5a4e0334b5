"""Pictures. matplotlib is imported only when one is drawn."""

from __future__ import annotations

import os
import textwrap
import unicodedata
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any
from zoneinfo import ZoneInfo

from ._native import Database

OUTCOMES_MAX = 6
"""How many outcomes are told apart; the rarer ones are drawn as one."""
NO_OUTCOME = "no outcome yet"
OTHERS = "others"
LABEL_WIDTH_MAX = 30
"""How wide a line of a label is at most, in columns; a Chinese letter takes two."""
LABEL_LINES_MAX = 3
"""How many lines a label has at most; a longer one ends in an ellipsis."""
TICKS_MAX = 24
"""How many months are named below the axis at most."""
FONTS = ("Noto Sans CJK SC", "Source Han Sans SC", "WenQuanYi Micro Hei", "Microsoft YaHei", "PingFang SC", "SimHei", "SimSun")
"""The fonts that are tried first for letters that the font of matplotlib does not have; then every other one."""


class MissingFontWarning(UserWarning):
    """No font that is installed has the letters of a label; the picture has numbers in their place."""


class LeftOutWarning(UserWarning):
    """Records whose date cannot be, as their mark `date_doubt` says, are not in the picture."""


def complaints_by_month(db: Database) -> dict[str, dict[str, int]]:
    """How many complaints were received in each month (`2023-08`), by outcome; months without any between them too.

    Complaints whose day of receipt cannot be (`date_doubt`) are left out, and a `LeftOutWarning` says how many.
    """
    months, left_out = _by_month(db)
    if left_out:
        warnings.warn(_left_out(left_out), LeftOutWarning, stacklevel=2)
    return months


def _left_out(count: int) -> str:
    return f"{count} complaint{'s' if count > 1 else ''} with a day of receipt that cannot be {'are' if count > 1 else 'is'} left out"


def _by_month(db: Database) -> tuple[dict[str, dict[str, int]], int]:
    """The complaints by month, and how many have none."""
    zone = ZoneInfo(db.time_zone)
    months: dict[str, Counter[str]] = {}
    left_out = 0
    for complaint in db.complaints.find():
        # A year that cannot be would draw every month since.
        if "received_at" in (complaint.date_doubt or "").split(", "):
            left_out += 1
            continue
        month = complaint.received_at.astimezone(zone).strftime("%Y-%m")
        months.setdefault(month, Counter())[complaint.outcome or NO_OUTCOME] += 1
    every = _months(min(months), max(months)) if months else ()
    return {month: dict(months.get(month, {})) for month in every}, left_out


def _months(first: str, last: str) -> Iterator[str]:
    year, month = map(int, first.split("-"))
    while (name := f"{year:04}-{month:02}") <= last:
        yield name
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)


def plot_complaints(db: Database, path: str | os.PathLike[str]) -> None:
    """Draws the complaints by month and outcome as stacked bars into a PNG file.

    A `MissingFontWarning` says which outcome is which number when no font has its letters. Complaints whose day of receipt
    cannot be are left out; the picture and a `LeftOutWarning` say how many.
    """
    figure = _figure()
    months, left_out = _by_month(db)
    total: Counter[str] = Counter()
    for counts in months.values():
        total.update(counts)
    names = [name for name, _ in total.most_common(OUTCOMES_MAX)]
    if len(total) > len(names):
        names.append(OTHERS)
    font, labels = _drawable(names)
    axes = figure.subplots()
    bottoms = [0] * len(months)
    for name, label in zip(names, labels, strict=True):
        heights = [_height(counts, name, names) for counts in months.values()]
        axes.bar(range(len(months)), heights, bottom=bottoms, label=label)
        bottoms = [low + height for low, height in zip(bottoms, heights, strict=True)]
    axes.set_ylim(0, max(bottoms, default=0) * 1.05 or 1)
    axes.set_title("Complaints by month received and outcome")
    axes.set_ylabel("complaints")
    if left_out:
        warnings.warn(_left_out(left_out), LeftOutWarning, stacklevel=2)
        axes.set_xlabel(_left_out(left_out), fontsize="small")
    axes.yaxis.get_major_locator().set_params(integer=True)
    step = max(1, -(-len(months) // TICKS_MAX))
    axes.set_xticks(range(0, len(months), step), list(months)[::step], rotation=60, ha="right", rotation_mode="anchor")
    if names:
        figure.legend(loc="outside right upper", prop={"size": "small"} | ({"family": [font, "sans-serif"]} if font else {}))
    figure.savefig(path, format="png", dpi=120)


def _height(counts: dict[str, int], name: str, names: list[str]) -> int:
    if name != OTHERS:
        return counts.get(name, 0)
    return sum(count for outcome, count in counts.items() if outcome not in names)


def _drawable(names: list[str]) -> tuple[str | None, list[str]]:
    """A font that has every letter of the names, `None` for that of matplotlib, and the names as labels."""
    names = ["".join(letter if letter.isprintable() else " " for letter in name) for name in names]
    letters = {letter for name in names for letter in name if not letter.isspace()}
    font = _font_for(letters)
    if font is not None:
        return font or None, [wrapped(name) for name in names]
    plain = [name if _has_all(_plain_font(), set(name) - {" "}) else f"outcome {number}" for number, name in enumerate(names, 1)]
    told = "; ".join(f"{label} is {name}" for label, name in zip(plain, names, strict=True) if label != name)
    warnings.warn(
        f"no font that is installed has the letters of some outcomes, which are numbered: {told}. "
        "Install one, for example with: apt-get install fonts-noto-cjk",
        MissingFontWarning,
        stacklevel=3,
    )
    return None, [wrapped(name) for name in plain]


def _font_for(letters: set[str]) -> str | None:
    """The family of a font that has all letters, empty for that of matplotlib; `None` when there is none."""
    from matplotlib import font_manager

    if _has_all(_plain_font(), letters):
        return ""
    fonts = {font.name: font.fname for font in font_manager.fontManager.ttflist if "Last Resort" not in font.name}
    first = [name for name in FONTS if name in fonts]
    return next((name for name in [*first, *sorted(fonts.keys() - set(first))] if _has_all(fonts[name], letters)), None)


def _plain_font() -> str:
    from matplotlib import font_manager

    return str(font_manager.findfont(font_manager.FontProperties()))


def _has_all(path: str, letters: Iterable[str]) -> bool:
    from matplotlib.ft2font import FT2Font

    return {ord(letter) for letter in letters} <= FT2Font(path).get_charmap().keys()


def wrapped(text: str) -> str:
    """A label in lines of at most `LABEL_WIDTH_MAX` columns, at most `LABEL_LINES_MAX` of them."""
    lines: list[str] = []
    for word in textwrap.wrap(text, LABEL_WIDTH_MAX) or [""]:
        line = ""
        for letter in word:
            if _width(line + letter) > LABEL_WIDTH_MAX:
                lines.append(line)
                line = ""
            line += letter
        lines.append(line)
    if len(lines) > LABEL_LINES_MAX:
        lines = lines[:LABEL_LINES_MAX]
        lines[-1] = lines[-1][:-1] + "…"
    return "\n".join(lines)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def _figure() -> Any:
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as missing:
        raise ImportError("a plot needs matplotlib, which is not installed; install it with: pip install matplotlib") from missing
    figure = Figure(figsize=(12, 5), layout="constrained")
    FigureCanvasAgg(figure)
    return figure
