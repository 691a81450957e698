"""Which subjects can be weighed by a column of the table."""

from __future__ import annotations

from typing import Any

import numpy as np


def weighable(table: Any, column: str) -> bool:
    """Whether the table, an engine's or rows in memory, has this column and it holds numbers."""
    if column not in table.columns:
        return False
    values = table[column]
    kind = getattr(values, "type", None)
    return isinstance(values, np.ndarray) if kind is None else bool(kind().is_numeric())


def weighed(table: Any, column: str) -> Any:
    """The rows with a weight that can be used: not missing, not below 0, finite."""
    values = table[column]
    if isinstance(values, np.ndarray):
        return table.where(np.isfinite(values) & (values >= 0))
    number = values.cast("float64")
    return table.filter((number >= 0) & ~number.isnan() & ~number.isinf())
