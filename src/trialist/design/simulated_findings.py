"""Operating characteristics as findings of origin simulated, of either gear."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from trialist.design.characteristics import LEVEL, Characteristic
from trialist.findings.model import Finding, Interval, Method, Origin
from trialist.problems import Problem
from trialist.protocol.model import Protocol
from trialist.software import software

_IN_MONTHS = frozenset({"expected_duration", "median_time"})


@dataclass(frozen=True, slots=True)
class Simulated:
    """The planned analysis that was simulated, and the options that its numbers rest on."""

    protocol: Protocol
    analysis: str
    endpoint: str
    population: str
    arms: tuple[str, ...]
    options: tuple[tuple[str, Any], ...]
    seed: int

    def finding(self, number: Characteristic, problems: tuple[Problem, ...] = ()) -> Finding:
        """The interval shows the Monte Carlo error; the options hold it, and the replicates counted."""
        ends = number.low, number.high
        told = (*self.options, ("monte_carlo_error", number.error), ("count", number.count))
        return Finding(
            trial=self.protocol.plan.trial,
            endpoint=self.endpoint,
            measure=number.measure,
            estimate=number.estimate,
            origin=Origin(
                "simulated", seed=self.seed, protocol=self.protocol.fingerprint, software=software()
            ),
            method=Method("operating_characteristics", told),
            unit="months" if number.measure in _IN_MONTHS else None,
            population=self.population,
            timepoint=number.timepoint,
            groups=self.arms if number.group is None else (self.arms[number.group],),
            interval=None if ends == (None, None) else Interval(*ends, LEVEL),
            analysis=self.analysis,
            problems=problems,
        )
