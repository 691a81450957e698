"""The verdict on a size that is to make an interval narrow enough."""

from __future__ import annotations

import math
from collections.abc import Callable

from trialist.kernels import precision
from trialist.problems import Place, Problem
from trialist.protocol.checks.design_row import DesignRow
from trialist.protocol.single_arm_designs import Precision


def half_width_of(a: Precision) -> tuple[Callable[[int], float], int]:
    """The half width as a function of the size, and the smallest size that has one."""
    value, level = a.value or 0.0, a.level
    match a.of:
        case "proportion":
            least = precision.falls_from(value, level, a.interval)
            return lambda n: precision.proportion_half_width(n, value, level, a.interval), least
        case "mean":
            return lambda n: precision.mean_half_width(n, level, a.assurance), 2
        case "survival":
            return lambda n: precision.survival_half_width(n, value, level, a.followed), 1
        case "correlation":
            return lambda n: precision.correlation_half_width(n, value, level), 4
    return lambda n: precision.rate_half_width(n, level), 1


def needed_for(a: Precision) -> int | None:
    """The size that does what is asked; None where nothing is asked or no size does it."""
    if a.of == "seen":
        return None if a.assurance is None else precision.subjects_to_see_one(a.value or 0.0, a.assurance)
    if a.half_width is None:
        return None
    width, least = half_width_of(a)
    return precision.smallest_size(width, a.half_width, least)


def precision_row(a: Precision, place: Place) -> DesignRow:
    """Stated size against half width, or against the chance to see one event."""
    noun = "events" if a.of == "rate" else "subjects"
    wanted = f"half width {a.half_width:g}" if a.half_width else None
    if a.of == "seen":
        wanted = f"probability {a.assurance:g} to see one" if a.assurance else None
    facts = (
        f"{a.of.replace('seen', 'event of rate')} {a.value:g}" if a.value is not None else a.of,
        wanted,
        f"{a.n} {noun}" if a.n else None,
        None if a.followed == 1 else f"{a.followed:g} of the information left",
        None if a.of == "seen" else f"level {a.level:g}",
    )
    label, stated = f"{a.for_ or 'design'}: precision", ", ".join(fact for fact in facts if fact)
    needed = needed_for(a)
    asked = needed is not None
    ways = f"{needed} {noun} are needed" if asked else None
    if a.n is None:
        return DesignRow(label, stated, ways or _nothing(a), "not stated", a.source)
    reached = _reached(a)
    follows = "; ".join(part for part in (reached, ways) if part)
    if not asked:
        return DesignRow(label, stated, follows, "not stated", a.source)
    if a.n >= (needed or 0) - 1:
        return DesignRow(label, stated, follows, "agrees", a.source)
    problem = Problem(
        "W142",
        f"{a.n} {noun} are too few for what is stated: {reached}",
        f"{ways}. Correct n, the half width or the value",
        place,
    )
    return DesignRow(label, stated, follows, "differs", a.source, (problem,))


def _reached(a: Precision) -> str:
    if a.of == "seen":
        chance = -math.expm1((a.n or 0) * math.log1p(-(a.value or 0.0)))
        return f"one is seen with probability {chance:.3f}"
    return f"half width {half_width_of(a)[0](a.n or 1):.4f}"


def _nothing(a: Precision) -> str:
    """Why nothing is needed: nothing was asked, or too much."""
    return "no number up to ten million is enough" if a.half_width or a.assurance else "too little is stated"
