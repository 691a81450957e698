"""A matched comparison: what was compared, in whom, and every number that came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from trialist.findings.model import Finding
from trialist.individual.own import Floats, Own
from trialist.individual.target import Other, Target
from trialist.kernels.matching import Measure, Variance
from trialist.problems import Problem

OfOutcome = Measure | Literal["hazard_ratio"]
MEASURES: dict[str, tuple[OfOutcome, ...]] = {
    "times": ("hazard_ratio",),
    "responses": ("odds_ratio", "risk_ratio", "risk_difference"),
    "values": ("mean_difference",),
}


@dataclass(frozen=True, slots=True)
class Options:
    """How own patients are matched.

    draws     bootstrap samples (0: none) from `seed`
    variance  stacked: with that weights were estimated; fixed: as if they were known (hazard ratios always)
    spread    whether published standard deviations are matched beside the means
    """

    level: float = 0.95
    draws: int = 1000
    seed: int = 1
    variance: Variance = "stacked"
    spread: bool = True


@dataclass(frozen=True, slots=True)
class Balance:
    """A characteristic before and after: own mean, what it was matched to, own mean under the weights.

    apart, left  how far off before and after, in own standard deviations
    """

    name: str
    own: str
    before: float
    target: float
    after: float
    apart: float | None
    left: float | None


@dataclass(frozen=True, slots=True)
class Line:
    """A number of the comparison: what it is, how it was made, the finding."""

    label: str
    kind: Literal["own", "other", "comparison"]
    finding: Finding


@dataclass(frozen=True, slots=True)
class Comparison:
    """Own patients against the other trial's.

    weight    of each own patient, with sum n; None where none were found
    lines     own effect as it is and weighted (anchored), the other trial's, then one against the other:
              unadjusted, matched (robust, bootstrap), simulated
    """

    own: Own
    target: Target
    other: Other
    measure: OfOutcome
    options: Options
    endpoint: str
    weight: Floats | None = None
    effective_n: float | None = None
    balance: tuple[Balance, ...] = ()
    lines: tuple[Line, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def anchored(self) -> bool:
        return len(self.own.arms) == 2

    @property
    def sides(self) -> tuple[str, str]:
        return self.own.arms[0], self.other.arms[0]

    @property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(line.finding for line in self.lines)
