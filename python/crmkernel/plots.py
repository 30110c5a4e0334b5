"""Pictures. matplotlib is imported only when one is drawn."""

from __future__ import annotations

import os
from collections import Counter
from typing import Any
from zoneinfo import ZoneInfo

from ._native import Database

OUTCOMES_MAX = 6
"""How many outcomes are told apart; the rarer ones are drawn as one."""
NO_OUTCOME = "no outcome yet"
OTHERS = "others"


def complaints_by_month(db: Database) -> dict[str, dict[str, int]]:
    """How many complaints were received in each month (`2023-08`), by outcome."""
    zone = ZoneInfo(db.time_zone)
    months: dict[str, Counter[str]] = {}
    for complaint in db.complaints.find():
        month = complaint.received_at.astimezone(zone).strftime("%Y-%m")
        months.setdefault(month, Counter())[complaint.outcome or NO_OUTCOME] += 1
    return {month: dict(months[month]) for month in sorted(months)}


def plot_complaints(db: Database, path: str | os.PathLike[str]) -> None:
    """Draws the complaints by month and outcome as stacked bars into a PNG file."""
    figure = _figure()
    months = complaints_by_month(db)
    total: Counter[str] = Counter()
    for counts in months.values():
        total.update(counts)
    names = [name for name, _ in total.most_common(OUTCOMES_MAX)]
    if len(total) > len(names):
        names.append(OTHERS)
    axes = figure.subplots()
    bottoms = [0] * len(months)
    for name in names:
        heights = [_height(counts, name, names) for counts in months.values()]
        axes.bar(list(months), heights, bottom=bottoms, label=name)
        bottoms = [low + height for low, height in zip(bottoms, heights, strict=True)]
    axes.set_ylim(0, max(bottoms, default=0) * 1.05 or 1)
    axes.set_title("Complaints by month received and outcome")
    axes.set_ylabel("complaints")
    axes.tick_params(axis="x", rotation=60)
    if names:
        axes.legend(fontsize="small")
    figure.savefig(path, format="png", dpi=120)


def _height(counts: dict[str, int], name: str, names: list[str]) -> int:
    if name != OTHERS:
        return counts.get(name, 0)
    return sum(count for outcome, count in counts.items() if outcome not in names)


def _figure() -> Any:
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as missing:
        raise ImportError("a plot needs matplotlib, which is not installed; install it with: pip install matplotlib") from missing
    figure = Figure(figsize=(10, 5), layout="constrained")
    FigureCanvasAgg(figure)
    return figure
