"""The words of the analyses that count adverse events: tables by term and grade, rates, deaths."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from trialist.protocol.analysis_part import AnalysisPart
from trialist.protocol.quantities import Days, Fraction, Times


def _written(value: object) -> object:
    """A grade that YAML read as a number, as it is written."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Level = Literal["any", "system_organ_class", "term"]
Grades = Annotated[
    Literal["any", "3_or_more", "3_to_4", "1", "2", "3", "4", "5", "not_graded"], BeforeValidator(_written)
]


class ByTerm(AnalysisPart):
    """One row for any event, one per system organ class, one per preferred term."""

    levels: tuple[Level, ...] = Field(default=("any", "system_organ_class", "term"), min_length=1)
    cut: Fraction | None = Field(
        default=None, description="rows that reach it in no arm are left out, but that of any event"
    )
    sort: Literal["frequency", "alphabet"] = Field(
        default="frequency",
        description="classes by their total, terms by the first arm of `compare` (else by their total)",
    )


class Incidence(ByTerm):
    """Subjects with at least one event, by class, term and worst grade."""

    method: Literal["incidence"]
    grades: tuple[Grades, ...] = Field(default=("any", "3_or_more"), min_length=1)
    not_graded: Literal["own", "as_3"] = Field(
        default="own", description="events without a grade: counted as any grade alone, or as grade 3"
    )


class IncidenceByPeriod(ByTerm):
    """Subjects with an event that began in a period on treatment, of those at risk in it."""

    method: Literal["incidence_by_period"]
    grade: Grades = "any"
    every: Days | None = Field(default=None, description="length of each period (a cycle), with `periods`")
    periods: int | None = Field(default=None, ge=2, le=50, description="their number; the last has no end")
    starts: tuple[Days, ...] = Field(
        default=(), description="first days of periods of any length, from the first dose (0 d)"
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        regular = self.every is not None and self.periods is not None
        if regular == bool(self.starts) or (self.every is None) != (self.periods is None):
            raise ValueError("state either `every` with `periods`, or `starts`")
        if self.every is not None and self.every < 1:
            raise ValueError("`every` must be a day or more")
        if self.starts and (self.starts[0] != 0 or list(self.starts) != sorted(set(self.starts))):
            raise ValueError("`starts` must begin with 0 d and rise")
        return self

    @property
    def first_days(self) -> tuple[int, ...]:
        """First day of each period, in days from the first dose."""
        if self.every is None or self.periods is None:
            return self.starts
        return tuple(number * self.every for number in range(self.periods))


class Overview(AnalysisPart):
    """Subjects with any event, related, grade 3 or more, serious, leading to a change of dose, fatal."""

    method: Literal["overview"]


class ExposureAdjustedRate(ByTerm):
    """Per 100 person-years at risk: subjects with an event, up to the first one, or all events."""

    method: Literal["exposure_adjusted_rate"]
    count: Literal["subjects", "events"] = Field(
        default="subjects",
        description="subjects with an event (EAIR), or every event in the whole time at risk (EAER)",
    )
    interval: Literal["exact", "normal", "byar", "mid_p"] | None = Field(
        default=None,
        description="of subjects with an event: exact Poisson when omitted, Byar's, mid-P, or normal; "
        "that of events always allows for subjects who have many",
    )
    merge_gap: Days | None = Field(
        default=None,
        description="of events: one that begins within so many days after the end of an earlier one of its "
        "term is one event with it; each record is one when omitted",
    )

    @model_validator(mode="after")
    def _of_one_count(self) -> Self:
        if self.count == "subjects" and self.merge_gap is not None:
            raise ValueError("`merge_gap` goes with `count: events`: a subject counts once at any rate")
        if self.count == "events" and self.interval is not None:
            raise ValueError("`interval` goes with `count: subjects`: that of events is robust")
        return self


class CumulativeIncidence(AnalysisPart):
    """Probability of an event by a time, death without it competing (Aalen-Johansen)."""

    method: Literal["cumulative_incidence"]
    interval: Literal["log_log", "plain"] = "log_log"
    at_months: Times = Field(min_length=1, description="months from the first dose")


class RiskDifference(ByTerm):
    """Subjects with at least one event: first arm of `compare` less the second."""

    method: Literal["risk_difference"]
    grade: Grades = "any"
    interval: Literal["miettinen_nurminen"] = "miettinen_nurminen"


class Deaths(AnalysisPart):
    """Deaths: all, within a window after the last dose and after it, and by fatal event."""

    method: Literal["deaths"]
    window: Days | None = Field(default=None, description="after the last dose; 30 d when omitted")
