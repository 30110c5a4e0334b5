"""Queries as data frames of other libraries, which are imported only when asked for."""

from __future__ import annotations

import importlib
from typing import Any


def _library(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as missing:
        raise ImportError(f"this needs {name}, which is not installed; install it with: pip install {name}") from missing


def to_arrow(query: Any) -> Any:
    """The records as a `pyarrow.Table`."""
    return _library("pyarrow").table(query)


def to_polars(query: Any) -> Any:
    """The records as a `polars.DataFrame`."""
    return _library("polars").DataFrame(query)


def to_pandas(query: Any) -> Any:
    """The records as a `pandas.DataFrame`; needs pyarrow too."""
    _library("pandas")
    return to_arrow(query).to_pandas()
