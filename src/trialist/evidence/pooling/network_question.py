"""What is asked of a network of trials, and under which options it is fitted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from trialist.kernels.network import IntervalKind, Model
from trialist.kernels.network_heterogeneity import Tau2

Shared = Literal["auto", "events", "patients", "halves"]
PredictDf = Literal["q", "q_less_one", "normal"]


@dataclass(frozen=True, slots=True)
class NetworkQuestion:
    """An endpoint and a measure, over which trials.

    treatments       only these (ids); none: every treatment that trials of the store compare
    seed             only the part of the network that holds this treatment
    conditions       ids, those of their cases among them; none: any
    lines            lines of therapy; none: any
    definition       what a finding's definition has to say: (("term", "neutropenia"), ("grade", "3+"))
    lower_is_better  whether a ratio below 1 (a difference below 0) favours the first; None: as the vocabulary
                     says of the endpoint (N673 where it says nothing)
    reference        the treatment that the others are shown against; None: the one that most trials have
    randomised       whether only randomised trials may answer
    recalled         whether findings of reliability memory or unreliable may answer (never by default)
    """

    endpoint: str
    measure: str = "hazard_ratio"
    treatments: frozenset[str] = frozenset()
    seed: str | None = None
    conditions: frozenset[str] = frozenset()
    lines: frozenset[str] = frozenset()
    population: str | None = "itt"
    timepoint: str | None = None
    definition: tuple[tuple[str, Any], ...] = ()
    lower_is_better: bool | None = None
    reference: str | None = None
    randomised: bool = True
    recalled: bool = False


@dataclass(frozen=True, slots=True)
class NetworkOptions:
    """How a network is fitted: every option stands in the method of its findings.

    shared_arm   where a trial of several arms does not print all contrasts, whence the variance of the arm
                 that they share: one over its events; the errors parted by patients; half of each squared
                 error. auto takes the first of these that can be had
    tables       how counts are joined: effects of trials (inverse_variance), or odds ratios of designs by
                 mantel_haenszel under common effects, for rare events: nothing is added to empty cells
    add          events added to all arms of a trial with an empty cell
    draws, seed  of the rankogram; without a seed ranks are P-scores only
    """

    model: Model = "random"
    tau2: Tau2 = "reml"
    interval: IntervalKind = "normal"
    level: float = 0.95
    predict_df: PredictDf = "q"
    shared_arm: Shared = "auto"
    split: Literal["back_calculation", "exclusion"] = "back_calculation"
    tables: Literal["inverse_variance", "mantel_haenszel"] = "inverse_variance"
    add: float = 0.5
    draws: int = 100_000
    seed: int | None = None

    def as_options(self) -> tuple[tuple[str, Any], ...]:
        random = self.model == "random" and self.tables == "inverse_variance"
        return (
            ("tables", None if self.tables == "inverse_variance" else self.tables),
            ("model", "random effects" if random else "common effects"),
            ("tau2", self.tau2 if random else None),
            ("interval", self.interval),
            ("level", self.level),
            ("shared_arm", self.shared_arm),
        )
