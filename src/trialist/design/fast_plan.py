"""What a fast simulation of a protocol takes and what it is made of; laws and numbers on the way there."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from trialist.kernels.multistate import PiecewiseHazard
from trialist.kernels.trial_batches.inversion import Law, RatioByPeriod
from trialist.kernels.trial_batches.model import BatchModel


@dataclass(frozen=True, slots=True)
class PlannedLook:
    """A look asked for beside the protocol: at `events`, with boundaries on z in favour of the first arm."""

    events: int
    efficacy: float | None = None
    futility: float | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """What a simulation takes instead of what the protocol says; nothing when left out.

    analysis     which analysis of the protocol (cox_ph or log_rank of a comparison of two arms)
    patients     how many; events of the cut-off scale with them
    looks        all looks, the last one included
    effect       (from month, hazard ratio) periods, first arm against second: late effect, crossing hazards
    prognostic   factor -> level -> hazard ratio; the laws of the arms are those where all are 1
    visits_days  interval of the visits at which the event is found, by arm
    """

    analysis: str | None = None
    patients: int | None = None
    looks: tuple[PlannedLook, ...] = ()
    effect: tuple[tuple[float, float], ...] = ()
    prognostic: Mapping[str, Mapping[str, float]] | None = None
    visits_days: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class FastPlan:
    """What is simulated, and what is true in it.

    truth   hazard ratio, first arm against second: geometric, so exp of the mean log ratio over the events of
            both arms without censoring, up to the planned end; under proportional hazards the hazard ratio
    options what the numbers rest on, as (name, value)
    """

    model: BatchModel
    truth: float
    null: bool
    analysis: str
    endpoint: str
    population: str
    compare: tuple[str, str]
    level: float
    options: tuple[tuple[str, object], ...]


def constant(rate: float) -> PiecewiseHazard:
    return PiecewiseHazard((0.0, 1 / rate), (0.0, 1.0), rate)


def scaled(law: Law, ratios: list[float]) -> tuple[Law, ...]:
    if all(ratio == 1 for ratio in ratios):
        return (law,)
    assert isinstance(law, PiecewiseHazard | RatioByPeriod)
    return tuple(law.scaled(ratio) for ratio in ratios)


def numbered(cells: list[tuple[int, ...]], places: list[int]) -> tuple[int, ...]:
    """A number for each combination of the levels at these places."""
    known: dict[tuple[int, ...], int] = {}
    return tuple(known.setdefault(tuple(cell[p] for p in places), len(known)) for cell in cells)


def geometric_ratio(laws: tuple[Law, Law], end: int) -> float:
    """Geometric mean of the hazard ratio over the expected events of both arms up to `end`, uncensored."""
    edges = np.arange(max(end, 365) + 1, dtype=np.float64) + 0.5
    first, second = (law.at(edges) for law in laws)
    gains = np.diff(first), np.diff(second)
    both = (gains[0] > 0) & (gains[1] > 0)
    weight = np.exp(-first[:-1]) * gains[0] + np.exp(-second[:-1]) * gains[1]
    return math.exp(float(np.average(np.log(gains[0][both] / gains[1][both]), weights=weight[both])))
