"""The standard normal distribution of single numbers; of arrays it is scipy's `ndtr`."""

from __future__ import annotations

import math


def cdf(z: float) -> float:
    """P(Z <= z), with all its digits far below 0."""
    return 0.5 * math.erfc(-z / math.sqrt(2))
