"""Power over a range of sizes around the one that is planned."""

from __future__ import annotations

from collections.abc import Callable

from trialist.design.model import Sheet

SHARES = (0.5, 0.75, 0.9, 1.0, 1.1, 1.25, 1.5)


def power_curve(words: str, size: float, power: Callable[[int], float], at: str) -> tuple[Sheet, ...]:
    """Power at half to one and a half times a size, as a table."""
    sizes = sorted({max(2, round(share * size)) for share in SHARES})
    return (
        Sheet(
            f"power over {words}, {at}", (words, "power"), tuple((f"{n}", f"{power(n):.3f}") for n in sizes)
        ),
    )
