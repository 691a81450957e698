"""Body surface by a named formula, and the dose that follows from it.

The formulas are data (`criteria/body_surface.yaml`); one expression holds for numbers and for Ibis columns.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import ibis

from trialist.endpoints.criteria import criteria

if TYPE_CHECKING:
    from ibis.expr.types import BooleanValue, FloatingValue

FORMULAS = tuple(criteria("body_surface")["formulas"])


def body_surface(height: float, weight: float, formula: str = "mosteller", cap: float | None = None) -> float:
    """Body surface of one person.

    Parameters
        height, weight  cm and kg, both above 0
        formula         one of `FORMULAS`
        cap             m2 at most; None: no cap
    Returns   m2
    Problems  KeyError for an unknown formula, ValueError for a height or weight that is not positive
    Source    criteria/body_surface.yaml
    """
    if not (height > 0 and weight > 0):
        raise ValueError(f"no body surface of {height:g} cm and {weight:g} kg")
    found = _by_formula(height, weight, formula, math.log10)
    return float(found if cap is None else min(found, cap))


def surface_of(
    height: FloatingValue, weight: FloatingValue, formula: str, cap: float | None
) -> FloatingValue:
    """The same (m2) as an expression; null where height or weight is missing or not positive."""
    known = ((height > 0) & (weight > 0)).fill_null(False)
    high, heavy = (ibis.ifelse(known, value, ibis.literal(1.0)) for value in (height, weight))
    found = _by_formula(high, heavy, formula, lambda value: value.log10())
    if cap is not None:
        found = ibis.ifelse(found > cap, ibis.literal(float(cap)), found)
    surface: FloatingValue = ibis.ifelse(known, found, ibis.null("float64"))
    return surface


def weight_in_force(
    weight: FloatingValue, first: FloatingValue, recalculate: float, tolerance: float
) -> FloatingValue:
    """The weight (kg) that a dose is calculated by: that of the first dose until it has changed enough.

    weight       the last one known at the dose
    first        the one of the first dose
    recalculate  share of `first`: from this change on the weight itself counts
    """
    changed = (weight - first).abs() >= recalculate * first * (1 - tolerance)
    chosen: FloatingValue = ibis.ifelse(changed.fill_null(True), weight, first)
    return chosen


def rounded(dose: Any, to: float) -> Any:
    """A dose, a number or a column, rounded half up to a multiple of `to`, in the unit of both."""
    steps = dose / to + 0.5
    return (math.floor(steps) if isinstance(steps, float) else steps.floor()) * to


def as_planned(
    given: FloatingValue, planned: FloatingValue, tolerance: float, slack: float = 1e-9
) -> BooleanValue:
    """Whether a dose is within a share of the planned one, both ends included; null where one is unknown."""
    return (given - planned).abs() <= planned * (tolerance + slack)


def _by_formula(height: Any, weight: Any, formula: str, log10: Any) -> Any:
    stated = criteria("body_surface")["formulas"][formula]["value"]
    heavy = weight * float(stated["grams"])
    power = stated["weight_power"]
    if stated["weight_log10"]:
        power = power - stated["weight_log10"] * log10(heavy)
    return stated["factor"] * height ** stated["height_power"] * heavy**power
