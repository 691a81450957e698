"""Power of a comparison of two proportions by each formula in use, and the proportion that it detects."""

from __future__ import annotations

from collections.abc import Callable

from trialist.kernels import power as kernel
from trialist.protocol.assumptions import TwoProportions

MOST_EXACT = 2000  # subjects up to which Fisher's power is enumerated


def two_powers(a: TwoProportions, n: int, experimental: float) -> tuple[float, ...]:
    """Power by the pooled and the unpooled normal formula and, where it can be enumerated, Fisher's test."""
    n_experimental = max(1, round(n * a.allocation[0] / sum(a.allocation)))
    n_control = max(1, n - n_experimental)
    alpha, control = a.alpha or 0.05, a.control or 0.5
    sizes = n_control, n_experimental, control, experimental, alpha, a.sides
    pooled = kernel.two_proportions_power(*sizes, variance="pooled")
    unpooled = kernel.two_proportions_power(*sizes, variance="unpooled")
    if n > MOST_EXACT:
        return pooled, unpooled
    return pooled, unpooled, kernel.two_proportions_power_exact(*sizes)


def detected_proportion(a: TwoProportions) -> float | None:
    """The experimental proportion that n subjects detect by the pooled formula, on the stated side."""
    control = a.control or 0.5

    def short(p: float) -> bool:
        return pooled_power(a, p) < (a.power or 0.0)

    end = 1 - 1e-9 if a.experimental is None or a.experimental > control else 1e-9
    return None if short(end) else _bisect(short, control, end)


def pooled_power(a: TwoProportions, experimental: float) -> float:
    n = a.n or 2
    n_experimental = n * a.allocation[0] / sum(a.allocation)
    sizes = n - n_experimental, n_experimental, a.control or 0.5, experimental
    return kernel.two_proportions_power(*sizes, a.alpha or 0.05, a.sides)


def _bisect(short: Callable[[float], bool], low: float, high: float) -> float:
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if short(middle) else (low, middle)
    return high
