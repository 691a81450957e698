"""What is asked of several trials, and under which options their effects are pooled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

from trialist.evidence.model import Arm
from trialist.kernels.heterogeneity import Tau2
from trialist.kernels.meta_analysis import Prediction
from trialist.kernels.meta_regression import IntervalKind, Model
from trialist.kernels.study_effects import OfProportions
from trialist.problems import Problem

Tables = Literal["inverse_variance", "mantel_haenszel", "peto", "exact_conditional", "binomial_normal"]
To = Literal["only0", "all", "none"]
MODELS: tuple[str, ...] = ("common", *get_args(Tau2))
INTERVALS: tuple[str, ...] = get_args(IntervalKind)
PREDICTIONS: tuple[str, ...] = get_args(Prediction)
PROPORTIONS: tuple[str, ...] = get_args(OfProportions)
TABLES: tuple[str, ...] = get_args(Tables)


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a comparison: arms of these treatments, or given one of these drugs against the disease.

    Neither: any arm (a side `any control` has the trials' control arms). `label` is printed.
    """

    label: str
    treatments: frozenset[str] = frozenset()
    drugs: frozenset[str] = frozenset()
    controls: bool = False

    def holds(self, arm: Arm) -> bool:
        if self.controls:
            return arm.role == "control"
        if not self.treatments and not self.drugs:
            return True
        given = {each.drug for each in arm.give if each.purpose is None}
        return arm.treatment in self.treatments or bool(given & self.drugs)


@dataclass(frozen=True, slots=True)
class Question:
    """An endpoint and a measure of one treatment against another.

    conditions  ids, those of their cases among them; none: any
    population  as the findings name it; None: any (the choice is told)
    timepoint   None: any, the most events first
    recalled    whether findings of reliability memory or unreliable may answer (never by default)
    label       the endpoint in words, for titles
    medians     whether a hazard ratio may be made of two medians, as if times were exponential
    """

    endpoint: str
    first: Side
    second: Side
    measure: str = "hazard_ratio"
    conditions: frozenset[str] = frozenset()
    line: str | None = None
    population: str | None = "itt"
    timepoint: str | None = None
    recalled: bool = False
    medians: bool = False
    label: str | None = None

    def as_options(self) -> tuple[tuple[str, Any], ...]:
        return (
            ("endpoint", self.endpoint),
            ("measure", self.measure),
            ("compare", (self.first.label, self.second.label)),
            ("conditions", tuple(sorted(self.conditions)) or None),
            ("line", self.line),
            ("population", self.population),
            ("timepoint", self.timepoint),
        )


@dataclass(frozen=True, slots=True)
class Options:
    """How effects are pooled: every option stands in the finding's method.

    tables       inverse_variance, or for 2 x 2 tables a method without effects of single trials
    add, to      the correction of tables with empty cells, as `kernels.study_effects.of_counts`
    proportions  the scale on which proportions of one group are pooled
    """

    tau2: Model = "reml"
    interval: IntervalKind = "hartung_knapp"
    level: float = 0.95
    prediction: Prediction = "as_interval"
    tables: Tables = "inverse_variance"
    add: float | None = None
    to: To = "only0"
    proportions: OfProportions = "logit"

    def as_options(self) -> tuple[tuple[str, Any], ...]:
        """What was used, by name. A method for tables has no variance between trials."""
        if self.tables != "inverse_variance":
            return (("tables", self.tables), ("level", self.level))
        return (
            ("model", "common effect" if self.tau2 == "common" else "random effects"),
            ("tau2", None if self.tau2 == "common" else self.tau2),
            ("interval", self.interval),
            ("level", self.level),
            ("prediction", None if self.tau2 == "common" else self.prediction),
        )

    def refused(self) -> Problem | None:
        """E643 for a level that is none."""
        if 0 < self.level < 1:
            return None
        return Problem(
            "E643",
            f"the level of an interval is {self.level:g}",
            "give a number between 0 and 1, such as 0.95",
        )
