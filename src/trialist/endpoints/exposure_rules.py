"""The rule of dose intensity: the words of its entry, with what they leave out from the criteria."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis

from trialist.endpoints.criteria import first, stated
from trialist.protocol.exposure_endpoints import DoseIntensity
from trialist.records.words import pairs
from trialist.units import Quantity

if TYPE_CHECKING:
    from ibis.expr.types import BooleanValue, NumericValue, StringValue


@dataclass(frozen=True, slots=True)
class DoseIntensityRule:
    """How doses of one treatment are read, and what they are held against.

    treatment            in upper case
    cap                  body surface at most, m2; None: no cap
    recalculate          share of the weight that doses are calculated by
    round_mg             mg
    interval             days, None: as the arm says
    delay_tolerance      days
    reduction_tolerance  share of the planned dose
    levels               doses, highest first, in the unit that doses are compared in
    """

    treatment: str
    formula: str
    cap: float | None
    recalculate: float
    round_mg: float
    interval: int | None
    delay_tolerance: int
    reduction_tolerance: float
    duration: str
    planned: str
    levels: tuple[float, ...]
    tolerance: float

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({"subjects", "doses"})


def dose_intensity_rule(endpoint: DoseIntensity) -> DoseIntensityRule:
    """The rule of an entry, every option filled."""
    levels = [comparable(level)[0] for level in endpoint.levels]
    return DoseIntensityRule(
        treatment=endpoint.treatment.strip().upper(),
        formula=first(endpoint.formula, "body_surface", "formula"),
        cap=first(endpoint.cap_m2, "body_surface", "cap"),
        recalculate=first(endpoint.recalculate, "body_surface", "recalculate"),
        round_mg=float(first(endpoint.round_mg, "body_surface", "round_mg")),
        interval=endpoint.interval,
        delay_tolerance=first(endpoint.delay_tolerance, "exposure", "delay_tolerance"),
        reduction_tolerance=first(endpoint.reduction_tolerance, "exposure", "reduction_tolerance"),
        duration=endpoint.duration,
        planned=endpoint.planned,
        levels=tuple(sorted(levels, reverse=True)),
        tolerance=stated("exposure", "tolerance"),
    )


def comparable(dose: Quantity) -> tuple[float, str]:
    """A planned dose as number and unit that doses are compared in: 1 g is 1000 mg."""
    unit, factor = pairs("dose_units")[dose.unit.lower()]
    return dose.value * factor, unit


def holds_none(treatment: StringValue, planned: NumericValue) -> BooleanValue:
    """Whether a dose of 0 was not given; of a placebo, or where 0 is planned, it is what it holds."""
    placebo: BooleanValue = treatment.upper().contains("PLACEBO").fill_null(False)
    return ibis.ifelse(planned.notnull(), planned > 0, ~placebo).fill_null(True)
