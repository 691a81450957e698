"""The paired t test: is the mean of the changes 0?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike


@dataclass(frozen=True, slots=True)
class PairedT:
    """`mean` and `sd` of the changes, t on `df`, p (two-sided; greater, less), two-sided interval of the
    mean.

    status   ok; too_few: fewer than two changes; no_variance: all changes equal
    """

    status: Literal["ok", "too_few", "no_variance"]
    n: int
    mean: float | None = None
    sd: float | None = None
    t: float | None = None
    df: int | None = None
    p_value: float | None = None
    low: float | None = None
    high: float | None = None
    p_greater: float | None = None
    p_less: float | None = None


def paired_t(changes: ArrayLike, level: float = 0.95, null: float = 0.0) -> PairedT:
    """Student's t test of the changes (second less first) against `null`, as R's t.test(paired = TRUE).

    Source: Student 1908, Biometrika 6:1.
    """
    x = np.asarray(changes, dtype=float)
    n = int(x.size)
    if n == 0:
        return PairedT("too_few", 0)
    mean = float(x.mean())
    if n < 2:
        return PairedT("too_few", n, mean)
    sd = float(x.std(ddof=1))
    if sd <= 1e-14 * max(abs(mean), float(np.abs(x).max())):
        return PairedT("no_variance", n, mean, 0.0)
    from scipy.special import stdtr, stdtrit

    error, df = sd / math.sqrt(n), n - 1
    t = (mean - null) / error
    half = float(stdtrit(df, 0.5 + level / 2)) * error
    two, greater, less = 2 * float(stdtr(df, -abs(t))), float(stdtr(df, -t)), float(stdtr(df, t))
    return PairedT("ok", n, mean, sd, t, df, two, mean - half, mean + half, greater, less)
