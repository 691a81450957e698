"""Body surface by a named formula, and the dose that follows from it.

The formulas are data (`criteria/body_surface.yaml`); one expression holds for numbers and for Ibis columns.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import ibis

from trialist.endpoints.criteria import criteria

if TYPE_CHECKING:
    from ibis.expr.types import BooleanValue, FloatingValue, Table

_TIMES = 4
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


def with_weight_in_force(rows: Table, recalculate: float, tolerance: float) -> Table:
    """Adds `in_force` (kg): the weight that a dose is calculated by, null where no weight is known.

    It is that of the first dose until the weight differs from it by the share `recalculate` or more; from
    then on it is that weight, until the next one differs from that. After `_TIMES` such changes each weight
    that differs from the last of them counts for its own dose.

    rows         subject, day, weight (the last one known at the dose), first_weight
    """
    whole = ibis.window(group_by="subject")
    nothing = ibis.null("float64")
    rows = rows.mutate(in_force=rows.first_weight)
    for _ in range(_TIMES):
        apart = (rows.weight - rows.in_force).abs() >= recalculate * rows.in_force * (1 - tolerance)
        changed = rows.weight.notnull() & apart.fill_null(rows.in_force.isnull())
        rows = rows.mutate(found=ibis.ifelse(changed, rows.day, ibis.null("int64")).min().over(whole))
        weight = ibis.ifelse((rows.day == rows.found).fill_null(False), rows.weight, nothing)
        rows = rows.mutate(new=weight.max().over(whole))
        held = (rows.day >= rows.found).fill_null(False)
        rows = rows.mutate(
            in_force=ibis.ifelse(held, rows.new, rows.in_force),
            times=rows.found.notnull(),
        )
    apart = (rows.weight - rows.in_force).abs() >= recalculate * rows.in_force * (1 - tolerance)
    again = (rows.times & apart).fill_null(False)
    chosen = ibis.ifelse(again, rows.weight, rows.in_force)
    return rows.mutate(in_force=ibis.ifelse(rows.weight.isnull(), nothing, chosen)).drop(
        "found", "new", "times"
    )


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
