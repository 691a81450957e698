"""Closed forms of survival designs beside rpact: events and power."""

from __future__ import annotations

import math
from collections.abc import Iterator
from statistics import NormalDist
from typing import Any

from trialist.kernels import power_times as kernel

FILES = ("design",)
Pair = tuple[str, Any, Any]


def drift(alpha: float, power: float) -> float:
    """The drift of one look: z_alpha + z_power, one-sided."""
    return -NormalDist().inv_cdf(alpha) + NormalDist().inv_cdf(power)


def pieces(starts: Any, values: Any) -> kernel.Pieces:
    return kernel.Pieces(tuple(map(float, _list(starts))), tuple(map(float, _list(values))))


def plan(options: dict[str, Any]) -> kernel.Plan:
    """The plan that a case describes; rpact's dropout is a share by month 12."""
    course, accrual = options["course"], options["accrual"]
    control = pieces(course["starts"], course["hazards"])
    treated = kernel.times(control, kernel.constant(options["hazard_ratio"]))
    leaving = [-math.log(1 - share) / 12 for share in options["dropout"]]
    share = options.get("allocation", 1) / (1 + options.get("allocation", 1))
    arms = (kernel.Arm(treated, leaving[0], share), kernel.Arm(control, leaving[1], 1 - share))
    return kernel.Plan(
        arms, kernel.Accrual(pieces(accrual["starts"], accrual["rates"]), float(accrual["end"]))
    )


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _size(name: str, o: dict[str, Any], expect: dict[str, Any]) -> Iterator[Pair]:
    of = plan(o)
    events = kernel.events_needed(
        o["hazard_ratio"],
        drift(o["alpha"], o["power"]),
        of.arms[0].share,
        null=o.get("margin", 1.0),
        formula=o["formula"],
    )
    yield "events", expect["events"], events


def _power(name: str, o: dict[str, Any], expect: dict[str, Any]) -> Iterator[Pair]:
    share = o["allocation"] / (1 + o["allocation"])
    there = kernel.drift_of(o["hazard_ratio"], o["events"], share, null=o["margin"])
    yield "power", expect["power"], NormalDist().cdf(there + NormalDist().inv_cdf(o["alpha"]))


COMPARE = {"survival_size": _size, "survival_power": _power}
TITLES = {
    "survival_size": "events of a log-rank design: Schoenfeld, Freedman, Hsieh and Freedman",
    "survival_power": "power of a log-rank test, against 1 or a margin",
}
FUNCTIONS = {
    "survival_size": "getSampleSizeSurvival (rpact)",
    "survival_power": "getPowerSurvival (rpact)",
}
