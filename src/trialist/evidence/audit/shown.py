"""Numbers in the arithmetic of a verdict."""

from __future__ import annotations

import re

from trialist.evidence.claims.model import Printed
from trialist.kernels.coherence import Range, range_of_p, rounding


def p_text(value: float) -> str:
    """A p value with two digits that count."""
    if value < 1e-6:
        return "below 0.000001"
    return f"{value:.2g}" if value >= 1e-4 else f"{value:.1e}"


def number(value: float, decimals: int = 2) -> str:
    return f"{value:.{decimals}f}"


def percent(value: float, decimals: int = 1) -> str:
    return f"{100 * value:.{decimals}f}%"


def values(printed: Printed, scale: float = 1.0) -> Range:
    """What a printed number may stand for, times `scale`; the number itself where its digits say nothing."""
    found = rounding(printed.text.rstrip("%"))
    return (
        Range(printed.value, printed.value) if found is None else Range(found.low * scale, found.high * scale)
    )


_FLOOR = re.compile(r"0?\.0+1?")


def p_values(printed: Printed, bound: str) -> Range | None:
    """What a printed p value may stand for. `P = 0.001` and `P = 0.000` are often written for `P < 0.001`."""
    found = range_of_p(printed.text, bound)  # type: ignore[arg-type]
    if found is not None and bound == "=" and _FLOOR.fullmatch(printed.text):
        return Range(0.0, found.high)
    return found


def upto(low: float, high: float, decimals: int) -> str:
    return f"{low:.{decimals}f} to {high:.{decimals}f}"
