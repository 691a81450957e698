"""What a method is told besides its data: whose result this is, which arms, and where the analysis stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from trialist.findings.model import Finding, Interval, Method, Origin, PValue
from trialist.problems import Place, Problem


@dataclass(frozen=True, slots=True)
class Context:
    """One analysis in one population (and subgroup).

    arms      arm ids to describe, in order
    compare   first against second; empty when nothing is compared
    labels    arm id -> printed label
    place     of the analysis in the protocol file, for problems
    definition  the endpoint's rule as (option, value)
    planned   arm id -> number of subjects that the protocol plans, where it states one
    levels    factor -> its levels, in the protocol's order
    """

    trial: str
    endpoint: str
    analysis: str
    population: str
    subgroup: str | None
    arms: tuple[str, ...]
    compare: tuple[str, ...]
    labels: Mapping[str, str]
    origin: Origin
    place: Place
    definition: tuple[tuple[str, Any], ...] = ()
    planned: Mapping[str, int] = field(default_factory=dict)
    levels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def label(self, arm: str) -> str:
        return self.labels.get(arm, arm)

    def finding(
        self,
        measure: str,
        estimate: float | None,
        method: Method,
        groups: Iterable[str],
        *,
        unit: str | None = None,
        timepoint: str | None = None,
        interval: Interval | None = None,
        p_value: PValue | None = None,
        n: int | None = None,
        events: int | None = None,
        note: str | None = None,
        problems: Iterable[Problem] = (),
    ) -> Finding:
        """A finding of this analysis; `groups` are arm ids."""
        return Finding(
            trial=self.trial,
            endpoint=self.endpoint,
            measure=measure,
            estimate=estimate,
            origin=self.origin,
            method=method,
            unit=unit,
            population=self.population,
            subgroup=self.subgroup,
            timepoint=timepoint,
            groups=tuple(groups),
            interval=interval,
            p_value=p_value,
            n=n,
            events=events,
            analysis=self.analysis,
            definition=self.definition,
            note=note,
            problems=tuple(problems),
        )

    def problem(self, code: str, message: str, remedy: str) -> Problem:
        """A problem at the place of the analysis, naming it and the endpoint."""
        where = f", {self.subgroup}" if self.subgroup else ""
        return Problem(code, f"'{self.analysis}' ({self.endpoint}{where}): {message}", remedy, self.place)
