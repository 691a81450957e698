"""The p value that an analysis asks for, and its null hypothesis."""

from __future__ import annotations

import math
from typing import Any

from trialist.findings.model import PValue


def p_value_of(test: Any, alternative: str) -> PValue | None:
    """Two-sided, or of one side, from a kernel's `p_value`, `p_greater` and `p_less`."""
    chosen = {"two_sided": "p_value", "greater": "p_greater", "less": "p_less"}[alternative]
    return sided(getattr(test, chosen), alternative)


def sided(value: float | None, alternative: str) -> PValue | None:
    """A p value with the number of its sides."""
    return None if value is None else PValue(value, sides=2 if alternative == "two_sided" else 1)


def null_of(margin: float | None, scale: str = "natural") -> float:
    """The difference tested against: 0 without a margin; on the log scale the margin's logarithm."""
    if margin is None:
        return 0.0
    return math.log(margin) if scale == "log" else margin
